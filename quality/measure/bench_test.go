// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"testing"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/quality/elm"
)

const ecqmFolder = "data/quality/ecqm/"

// measureNames are the folders of the published measures.
func measureNames(tb testing.TB) []string {
	dirs, err := os.ReadDir(evidence.Path(tb, ecqmFolder))
	if err != nil {
		tb.Fatal(err)
	}
	var names []string
	for _, d := range dirs {
		names = append(names, d.Name())
	}
	return names
}

// BenchmarkLoad loads one measure: bundle, ELM, value sets, compilation.
func BenchmarkLoad(b *testing.B) {
	for _, name := range measureNames(b) {
		z, err := gzip.NewReader(bytes.NewReader(evidence.Read(b, ecqmFolder+name+"/measure-bundle.json.gz")))
		src := evidence.Read(b, ecqmFolder+name+"/measure-bundle.json.gz")
		if err == nil {
			src, _ = io.ReadAll(z)
		}
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				if _, err := NewEngine(Options{}).Load(src); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkPatient evaluates the patients of all test cases for all measures, each
// in its own period, from the bytes of the bundles to the counts.
func BenchmarkPatient(b *testing.B) {
	e := NewEngine(Options{Evaluation: elm.Options{MissingAsEmpty: true}})
	var measures []*Measure
	type input struct {
		src    []byte
		period Period
	}
	var inputs []input
	for _, name := range measureNames(b) {
		ms, err := e.Load(evidence.Read(b, ecqmFolder+name+"/measure-bundle.json.gz"))
		if err != nil {
			b.Fatal(err)
		}
		measures = append(measures, ms...)
		evidence.Lines(b, ecqmFolder+name+"/cases.ndjson.gz", func(_ int, line []byte) {
			c, err := ParseCase(bytes.Clone(line))
			if err != nil {
				b.Fatal(err)
			}
			inputs = append(inputs, input{bytes.Clone(line), c.Period})
		})
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		for _, in := range inputs {
			doc, err := node.ParseResource(in.src)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := e.Evaluate(Request{Measures: measures, Period: in.period}, doc.Root()); err != nil {
				b.Fatal(err)
			}
			doc.Release()
			n++
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(n*len(measures)), "µs/patient-measure")
}

// BenchmarkCase evaluates every test case for its own measure: data that the measure's
// logic has to go all the way through.
func BenchmarkCase(b *testing.B) {
	for _, name := range measureNames(b) {
		e := NewEngine(Options{Evaluation: elm.Options{MissingAsEmpty: true}})
		ms, err := e.Load(evidence.Read(b, ecqmFolder+name+"/measure-bundle.json.gz"))
		if err != nil {
			b.Fatal(err)
		}
		var sources [][]byte
		var period Period
		evidence.Lines(b, ecqmFolder+name+"/cases.ndjson.gz", func(_ int, line []byte) {
			c, err := ParseCase(bytes.Clone(line))
			if err != nil {
				b.Fatal(err)
			}
			sources, period = append(sources, bytes.Clone(line)), c.Period
		})
		b.Run(name, func(b *testing.B) {
			n := 0
			for b.Loop() {
				for _, src := range sources {
					doc, err := node.ParseResource(src)
					if err != nil {
						b.Fatal(err)
					}
					if _, err := e.Evaluate(Request{Measures: ms, Period: period}, doc.Root()); err != nil {
						b.Fatal(err)
					}
					doc.Release()
					n++
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(n), "µs/patient")
		})
	}
}
