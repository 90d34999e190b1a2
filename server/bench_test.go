// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/store"
	"github.com/woodlawn-health/woodlawn/store/storetest"
)

const benchmarkTransaction = `{"resourceType":"Bundle","type":"transaction","entry":[
{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","name":[{"family":"Load","given":["Test"]}],"birthDate":"1950-01-01"},"request":{"method":"POST","url":"Patient"}},
{"fullUrl":"urn:uuid:2","resource":{"resourceType":"Encounter","status":"finished","class":{"code":"AMB"},"subject":{"reference":"urn:uuid:1"},"period":{"start":"2026-01-01T10:00:00Z"}},"request":{"method":"POST","url":"Encounter"}},
{"resource":{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"subject":{"reference":"urn:uuid:1"},"encounter":{"reference":"urn:uuid:2"},"valueQuantity":{"value":120,"code":"mm[Hg]","system":"http://unitsofmeasure.org"}},"request":{"method":"POST","url":"Observation"}},
{"resource":{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},"subject":{"reference":"urn:uuid:1"},"encounter":{"reference":"urn:uuid:2"},"valueQuantity":{"value":80,"code":"mm[Hg]","system":"http://unitsofmeasure.org"}},"request":{"method":"POST","url":"Observation"}},
{"resource":{"resourceType":"Condition","code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10-cm","code":"I10"}]},"subject":{"reference":"urn:uuid:1"},"encounter":{"reference":"urn:uuid:2"}},"request":{"method":"POST","url":"Condition"}}]}`

type benchClient struct {
	*client
	http *http.Client
}

// benchmarkClient serves 20,000 patients with an observation each, beside the fixture.
func benchmarkClient(b *testing.B) *benchClient {
	c := start(b, server.Options{})
	storetest.Load(b, c.store)
	err := c.store.Write(b.Context(), func(tx *store.Tx) error {
		for i := range 20_000 {
			for _, text := range []string{
				fmt.Sprintf(`{"resourceType":"Patient","id":"p%d","identifier":[{"system":"http://example.org/member","value":"X-%d"}],"name":[{"family":"Lind%d"}],"gender":"female"}`, i, i, i),
				fmt.Sprintf(`{"resourceType":"Observation","id":"q%d","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"subject":{"reference":"Patient/p%d"},"effectiveDateTime":"2026-01-01"}`, i, i),
			} {
				if _, _, err := tx.Put(storetest.Prepare(b, text)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return &benchClient{c, &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
}

func (c *benchClient) get(path string) int {
	resp, err := c.http.Get(c.base + path)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

func (c *benchClient) post(body string) int {
	resp, err := c.http.Post(c.base+"/", "application/fhir+json", strings.NewReader(body))
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

// BenchmarkServer measures requests over HTTP on loopback.
func BenchmarkServer(b *testing.B) {
	c := benchmarkClient(b)
	for name, path := range map[string]string{
		"read":              "/Patient/ann",
		"search by patient": "/Observation?patient=ann&_sort=-date",
		"search by token":   "/Patient?identifier=http://example.org/member|M-100",
		"chained search":    "/Observation?patient.family=lind1234&code=8480-6",
	} {
		b.Run(name, func(b *testing.B) {
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if got := c.get(path); got != 200 {
						b.Errorf("%s: %d", path, got)
					}
				}
			})
		})
	}
	b.Run("transaction of 5", func(b *testing.B) {
		b.SetParallelism(8)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if got := c.post(benchmarkTransaction); got != 200 {
					b.Errorf("transaction: %d", got)
				}
			}
		})
	})
}
