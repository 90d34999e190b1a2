// SPDX-License-Identifier: Apache-2.0

package risk

import (
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// BenchmarkScore scores the agreed cases on one core.
func BenchmarkScore(b *testing.B) {
	models := map[string]*Model{"CMS-HCC V24": model(b, "CMS-HCC V24", 2026), "CMS-HCC V28": model(b, "CMS-HCC V28", 2026)}
	var persons []*Person
	var with []*Model
	for _, c := range cases(b) {
		persons, with = append(persons, c.person()), append(with, models[c.Model])
	}
	var s Scratch
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if _, err := with[i].Score(persons[i], &s, nil); err != nil {
			b.Fatal(err)
		}
		if i++; i == len(persons) {
			i = 0
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "scores/s")
}

// BenchmarkLines reads, scores and writes JSON lines on one core.
func BenchmarkLines(b *testing.B) {
	data := evidence.Read(b, casesFile)
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	sc := (&Answers{Catalog: refdata.Embedded(), Model: "CMS-HCC V28", Year: 2026}).Scorer()
	var out []byte
	b.SetBytes(int64(len(data) / len(lines)))
	n := 0
	for b.Loop() {
		var ok bool
		if out, ok = sc.Line(1, lines[n%len(lines)], out[:0]); !ok {
			b.Fatal(string(out))
		}
		n++
	}
}
