// SPDX-License-Identifier: Apache-2.0

package site_test

import (
	"io"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/server/site"
)

// BenchmarkRead measures what logins, scopes and the audit trail cost a request: the
// same reads and searches of an open service and of one with all of them, over HTTP
// on loopback from two clients, with the slowest hundredth beside the mean.
func BenchmarkRead(b *testing.B) {
	for _, x := range []struct {
		name   string
		config *site.Config
	}{{"open", &site.Config{Open: true}}, {"with login and trail", oneLine()}} {
		w := open(b, x.config)
		token := ""
		if !x.config.Open {
			token = w.quick("ann", "launch/patient patient/*.rs")
		}
		for name, path := range map[string]string{"read": "/fhir/Patient/ann", "search": "/fhir/ExplanationOfBenefit?patient=ann"} {
			b.Run(x.name+"/"+name, func(b *testing.B) { load(b, w.url+path, token) })
		}
	}
}

func load(b *testing.B, address, token string) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 4}}
	var mu sync.Mutex
	var all []time.Duration
	b.RunParallel(func(pb *testing.PB) {
		var mine []time.Duration
		for pb.Next() {
			req, err := http.NewRequest("GET", address, nil)
			if err != nil {
				b.Error(err)
				return
			}
			if token != "" {
				req.Header.Set("Authorization", "Bearer "+token)
			}
			began := time.Now()
			res, err := client.Do(req)
			if err != nil {
				b.Error(err)
				return
			}
			io.Copy(io.Discard, res.Body)
			res.Body.Close()
			mine = append(mine, time.Since(began))
			if res.StatusCode != 200 {
				b.Errorf("%s: %s", address, res.Status)
				return
			}
		}
		mu.Lock()
		all = append(all, mine...)
		mu.Unlock()
	})
	slices.Sort(all)
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds()), "p99-µs")
}
