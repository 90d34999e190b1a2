// SPDX-License-Identifier: Apache-2.0

package claim837

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/edi/x12"
)

// benchFile is about 5 MB: claims of four lines, each with a patient of its own.
func benchFile() string {
	parts := [][]string{header, billing}
	for i := range 5_000 {
		s := subscriber(i + 2)
		parts = append(parts, s, []string{"CLM*BENCH" + itoa(i) + "*160***11:B:1*Y*A*Y*Y", "REF*D9*17312345600006351",
			"HI*ABK:J069*ABF:E119*ABF:I10", "NM1*82*1*RENDER*RALPH****XX*1912301953", "PRV*PE*PXC*207Q00000X"})
		for n := 1; n <= 4; n++ {
			parts = append(parts, []string{"LX*" + itoa(n), "SV1*HC:G0438:25*40*UN*1***1:2", "DTP*472*D8*20260105", "REF*6R*" + itoa(i) + "L" + itoa(n)})
		}
	}
	return envelope("005010X222A1", join(parts...)...)
}

// BenchmarkRun reads, checks and maps claims with one worker.
func BenchmarkRun(b *testing.B) {
	text := benchFile()
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		r, err := Run(context.Background(), strings.NewReader(text), Options{}, 1, nil, nil)
		if err != nil || r.Accepted() != 5_000 {
			b.Fatal(err, r.Accepted())
		}
	}
	b.ReportMetric(5_000*float64(b.N)/b.Elapsed().Seconds(), "claims/s")
}

// BenchmarkReader reads the same claims one by one.
func BenchmarkReader(b *testing.B) {
	text := benchFile()
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	var c claim.Claim
	for b.Loop() {
		r := NewReader(strings.NewReader(text), Options{})
		for {
			if err := r.Next(&c); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(5_000*float64(b.N)/b.Elapsed().Seconds(), "claims/s")
}

// BenchmarkScan only splits the file into segments.
func BenchmarkScan(b *testing.B) {
	text := benchFile()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		s := x12.NewScanner(strings.NewReader(text), x12.Limits{}, nil)
		for s.Scan() {
		}
	}
}

// BenchmarkEnvelopes splits the file and checks its envelopes.
func BenchmarkEnvelopes(b *testing.B) {
	text := benchFile()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		r := x12.NewReader(strings.NewReader(text), x12.Options{})
		for {
			if _, err := r.Next(); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}
