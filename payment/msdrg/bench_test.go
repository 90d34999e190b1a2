// SPDX-License-Identifier: Apache-2.0

package msdrg_test

import (
	"math/rand/v2"
	"testing"

	"github.com/woodlawn-health/woodlawn/payment/msdrg"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// BenchmarkOfficialCases groups the cases that the official grouper answered.
func BenchmarkOfficialCases(b *testing.B) {
	var cases []msdrg.Case
	for _, l := range readCases(b, "msdrg_v431_grouper_cases.jsonl.gz") {
		cases = append(cases, l.input())
	}
	benchmark(b, cases)
}

// BenchmarkSyntheticCases groups cases drawn from the code tables, so that it runs
// anywhere: up to eight secondary diagnoses and four procedures.
func BenchmarkSyntheticCases(b *testing.B) { benchmark(b, syntheticCases(b, 4000)) }

func benchmark(b *testing.B, cases []msdrg.Case) {
	v, err := grouper().Named("v43.1")
	if err != nil {
		b.Fatal(err)
	}
	var s msdrg.Scratch
	for i := range cases { // so that the scratch has grown
		v.Group(&cases[i], &s, nil)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		v.Group(&cases[i], &s, nil)
		if i++; i == len(cases) {
			i = 0
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "cases/s")
}

// BenchmarkFirstResult builds a version from the packs and groups one case.
func BenchmarkFirstResult(b *testing.B) {
	dir := b.TempDir()
	for b.Loop() {
		cat, err := refdata.Open(dir) // a catalog without decoded tables
		if err != nil {
			b.Fatal(err)
		}
		v, err := msdrg.New(cat).Named("v43.1")
		if err != nil {
			b.Fatal(err)
		}
		var s msdrg.Scratch
		v.Group(&msdrg.Case{Age: 70, Principal: msdrg.Diagnosis{Code: "I2101"}}, &s, nil)
	}
}

// syntheticCases draws cases from the codes of the version v43.1.
func syntheticCases(tb testing.TB, n int) []msdrg.Case {
	tb.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	dx, pr := codesOf(tb, "msdrg.diagnoses"), codesOf(tb, "msdrg.procedures")
	diagnosis := func() msdrg.Diagnosis {
		return msdrg.Diagnosis{Code: dx[rng.IntN(len(dx))], POA: "YYYYNUW"[rng.IntN(7)]}
	}
	statuses := []int{1, 1, 1, 2, 3, 6, 20, 62}
	cases := make([]msdrg.Case, n)
	for i := range cases {
		c := &cases[i]
		c.Age, c.Sex = rng.IntN(100), msdrg.Sex(1+rng.IntN(2))
		c.DischargeStatus = statuses[rng.IntN(len(statuses))]
		c.POAExempt = rng.IntN(10) == 0
		c.Principal = diagnosis()
		for range rng.IntN(9) {
			c.Secondary = append(c.Secondary, diagnosis())
		}
		for range rng.IntN(5) {
			c.Procedures = append(c.Procedures, pr[rng.IntN(len(pr))])
		}
	}
	return cases
}

// codesOf are the codes of a table that are in force in v43.1.
func codesOf(tb testing.TB, id string) []string {
	tb.Helper()
	t, err := refdata.Embedded().LoadVersion(id, "v43.1")
	if err != nil {
		tb.Fatal(err)
	}
	b := t.Bind()
	code, to := b.Text("code"), b.Numbers("to", 0)
	if err := b.Err(); err != nil {
		tb.Fatal(err)
	}
	var out []string
	for i := range code {
		if to[i] == 431 {
			out = append(out, code[i])
		}
	}
	return out
}
