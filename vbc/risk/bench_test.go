// SPDX-License-Identifier: Apache-2.0

package risk

import (
	"bytes"
	"io"
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

// BenchmarkStream reads, scores and writes JSON lines on every core.
func BenchmarkStream(b *testing.B) {
	data := bytes.Repeat(evidence.Read(b, casesFile), 20)
	s := &Stream{Catalog: refdata.Embedded(), Model: "CMS-HCC V28", Year: 2026}
	lines := 0
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		stats, err := s.Run(bytes.NewReader(data), io.Discard)
		if err != nil || stats.Rejects > 0 {
			b.Fatal(stats, err)
		}
		lines += stats.Lines
	}
	b.ReportMetric(float64(lines)/b.Elapsed().Seconds(), "lines/s")
}
