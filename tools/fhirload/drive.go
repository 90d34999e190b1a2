// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// driver sends requests to one server.
type driver struct {
	settings
	http *http.Client
}

func newDriver(s settings) *driver {
	s.base = strings.TrimSuffix(s.base, "/")
	return &driver{s, &http.Client{Timeout: 60 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: s.clients, MaxConnsPerHost: s.clients}}}
}

// send does one request and returns its status and the size of the answer.
func (d *driver) send(method, url string, body []byte, headers ...string) (*http.Response, int64, error) {
	if !strings.HasPrefix(url, "http") {
		url = d.base + url
	}
	req, err := http.NewRequest(method, url, bytes.NewReader(body))
	if err != nil {
		return nil, 0, err
	}
	req.Header.Set("Accept", "application/fhir+json")
	if body != nil {
		req.Header.Set("Content-Type", "application/fhir+json")
	}
	if d.bearer != "" {
		req.Header.Set("Authorization", "Bearer "+d.bearer)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := d.http.Do(req)
	if err != nil {
		return nil, 0, err
	}
	defer resp.Body.Close()
	n, err := io.Copy(io.Discard, resp.Body)
	return resp, n, err
}

// requests are the kinds of request that can be mixed, by name.
var requests = map[string]func(d *driver, r *rand.Rand) (method, url string, body []byte){
	"read": func(d *driver, r *rand.Rand) (string, string, []byte) {
		return "GET", fmt.Sprintf("/Patient/load-p%d", r.IntN(d.patients)), nil
	},
	"read-eob": func(d *driver, r *rand.Rand) (string, string, []byte) {
		return "GET", fmt.Sprintf("/ExplanationOfBenefit/load-b%d-%d", r.IntN(d.patients), r.IntN(2)), nil
	},
	"search": func(d *driver, r *rand.Rand) (string, string, []byte) {
		return "GET", fmt.Sprintf("/Observation?patient=load-p%d&code=http://loinc.org%%7C8480-6&_sort=-date", r.IntN(d.patients)), nil
	},
	"search-token": func(d *driver, r *rand.Rand) (string, string, []byte) {
		return "GET", fmt.Sprintf("/Patient?identifier=http://example.org/member%%7CL-%06d", r.IntN(d.patients)), nil
	},
	"search-include": func(d *driver, r *rand.Rand) (string, string, []byte) {
		return "GET", fmt.Sprintf("/ExplanationOfBenefit?patient=load-p%d&_include=ExplanationOfBenefit:patient&_include=ExplanationOfBenefit:coverage", r.IntN(d.patients)), nil
	},
	"transaction": func(_ *driver, r *rand.Rand) (string, string, []byte) {
		return "POST", "/", visit(r)
	},
}

// measure runs each kind of the mix and prints its row.
func (d *driver) measure() error {
	fmt.Println("| request | answered | failed | a second | p50 ms | p95 ms | p99 ms | server CPU ms each |")
	fmt.Println("|---|--:|--:|--:|--:|--:|--:|--:|")
	for _, name := range strings.Split(d.mix, ",") {
		if name == "export" {
			if err := d.export(); err != nil {
				return err
			}
			continue
		}
		kind, ok := requests[name]
		if !ok {
			return fmt.Errorf("-mix: there is no %q", name)
		}
		d.run(kind, seconds(d.warm))
		cpu := d.cpu()
		res := d.run(kind, seconds(d.settings.seconds))
		res.print(name, d.cpu()-cpu)
	}
	return nil
}

// result is what one measurement saw.
type result struct {
	took   []time.Duration // of the answered, sorted
	failed int
	reason string
	all    time.Duration
}

func (r *result) print(name string, cpu float64) {
	at := func(q float64) float64 {
		if len(r.took) == 0 {
			return 0
		}
		return float64(r.took[min(len(r.took)-1, int(q*float64(len(r.took))))].Microseconds()) / 1000
	}
	each := "" // unknown without -pid
	if cpu > 0 && len(r.took) > 0 {
		each = fmt.Sprintf("%.3f", 1000*cpu/float64(len(r.took)))
	}
	fmt.Printf("| %s | %d | %d | %.0f | %.2f | %.2f | %.2f | %s |\n", name, len(r.took), r.failed, float64(len(r.took))/r.all.Seconds(), at(.5), at(.95), at(.99), each)
	if r.reason != "" {
		log.Printf("%s: %s", name, r.reason)
	}
}

// run sends requests of a kind for a while. With a rate, each is due at its time
// and its latency counts from then, so that a server that stalls pays for the
// requests that waited.
func (d *driver) run(kind func(*driver, *rand.Rand) (string, string, []byte), lasts time.Duration) *result {
	res := &result{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	var number atomic.Int64
	began := time.Now()
	for c := range d.clients {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(c), uint64(began.UnixNano())))
			var took []time.Duration
			failed, reason := 0, ""
			for {
				due := time.Now()
				if d.rate > 0 {
					due = began.Add(time.Duration(float64(number.Add(1)-1) / d.rate * float64(time.Second)))
					time.Sleep(time.Until(due))
				}
				if due.Sub(began) >= lasts {
					break
				}
				method, url, body := kind(d, r)
				resp, _, err := d.send(method, url, body)
				switch {
				case err != nil:
					failed, reason = failed+1, err.Error()
				case resp.StatusCode >= 300:
					failed, reason = failed+1, resp.Status
				default:
					took = append(took, time.Since(due))
				}
			}
			mu.Lock()
			defer mu.Unlock()
			res.took, res.failed = append(res.took, took...), res.failed+failed
			if reason != "" {
				res.reason = reason
			}
		})
	}
	wg.Wait()
	res.all = time.Since(began)
	slices.Sort(res.took)
	return res
}

// loadPopulation sends the population in transactions of 100 resources.
func (d *driver) loadPopulation() error {
	const patients = 100 / perPatient
	began, cpu := time.Now(), d.cpu()
	var next atomic.Int64
	next.Store(int64(d.first))
	var failed atomic.Pointer[error]
	var wg sync.WaitGroup
	for range d.clients {
		wg.Go(func() {
			for failed.Load() == nil {
				from := int(next.Add(patients)) - patients
				if from >= d.patients {
					return
				}
				resp, _, err := d.send("POST", "/", updates("transaction", from, min(from+patients, d.patients)))
				if err == nil && resp.StatusCode >= 300 {
					err = fmt.Errorf("loading: %s", resp.Status)
				}
				if err != nil {
					failed.Store(&err)
				}
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	n, took := max(d.patients-d.first, 0)*perPatient, time.Since(began)
	fmt.Printf("%d resources in %.1f s: %.0f a second", n, took.Seconds(), float64(n)/took.Seconds())
	if spent := d.cpu() - cpu; spent > 0 {
		fmt.Printf(", %.3f ms of server CPU each", 1000*spent/float64(n))
	}
	fmt.Println()
	return nil
}
