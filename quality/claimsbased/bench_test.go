// SPDX-License-Identifier: Apache-2.0

package claimsbased

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
)

// yearOf is a practice's claims: visits with a diagnosis of measures, a third of them with
// a quality-data code, of 1,000 clinicians.
func yearOf(n int) []*claim.Claim {
	list := make([]*claim.Claim, n)
	for i := range list {
		lines := []string{"G0402", "G9999"}[:1+i%3/2]
		c := bill(fmt.Sprintf("M%07d", i/4), "FM"[i%2], at50, day(1+i%11, 1+i%28), []string{"E119", "I10", "Z0000"}[i%3], lines...)
		c.ID = fmt.Sprintf("C%09d", i)
		c.Billing.NPI = fmt.Sprintf("1%09d", i%1000)
		list[i] = c
	}
	return list
}

func published(b *testing.B) *Set {
	b.Helper()
	set, err := Load(bytes.NewReader(evidence.Read(b, "data/quality/mips/claims-related_data_qpp-single-source-2025.json.gz")), 2025)
	if err != nil {
		b.Fatal(err)
	}
	return set
}

// BenchmarkAdd takes claims in; one operation is one claim.
func BenchmarkAdd(b *testing.B) {
	set, claims := published(b), yearOf(100_000)
	b.ReportAllocs()
	run := NewRun(set)
	i := 0
	for b.Loop() {
		if i == len(claims) {
			b.StopTimer()
			run, i = NewRun(set), 0
			b.StartTimer()
		}
		run.Add(claims[i])
		i++
	}
}

// BenchmarkResults evaluates all measures for all clinicians; it reports claims a second.
func BenchmarkResults(b *testing.B) {
	set, claims := published(b), yearOf(100_000)
	run := NewRun(set)
	for _, c := range claims {
		run.Add(c)
	}
	b.ReportAllocs()
	for b.Loop() {
		run.Results()
	}
	b.ReportMetric(float64(len(claims)*b.N)/b.Elapsed().Seconds(), "claims/s")
}
