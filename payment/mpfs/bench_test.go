// SPDX-License-Identifier: Apache-2.0

package mpfs

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/refdata"
)

func BenchmarkPriceOneLine(b *testing.B) {
	p := New(refdata.Embedded())
	c := oneLine("99214", "", "11", civil.Of(2025, time.March, 3))
	c.Lines[0].Charge = 20000
	out := p.Price(c, Options{}, nil, nil)
	b.ReportAllocs()
	for b.Loop() {
		out = p.Price(c, Options{}, out[:0], nil)
	}
	if out[0].Status != Priced {
		b.Fatal(out[0].Reason)
	}
}

// Six lines with every kind of multiple procedure rule.
func BenchmarkPriceSixLines(b *testing.B) {
	p := New(refdata.Embedded())
	c := bill(b, "99213-25", "45385", "43239", "93306", "93000", "97110 x3")
	out := p.Price(c, Options{}, nil, nil)
	b.ReportAllocs()
	for b.Loop() {
		out = p.Price(c, Options{}, out[:0], nil)
	}
}

func BenchmarkPriceOneLineTraced(b *testing.B) {
	p := New(refdata.Embedded())
	c := oneLine("99214", "", "11", civil.Of(2025, time.March, 3))
	var out []LinePrice
	for b.Loop() {
		out = p.Price(c, Options{}, out[:0], trace.New())
	}
}

func BenchmarkPriceParallel(b *testing.B) {
	p := New(refdata.Embedded())
	b.RunParallel(func(pb *testing.PB) {
		c := oneLine("99214", "", "11", civil.Of(2025, time.March, 3))
		var out []LinePrice
		for pb.Next() {
			out = p.Price(c, Options{}, out[:0], nil)
		}
	})
}

// BenchmarkLoadZIP unpacks the ZIP tables and builds their index, which the first
// claim of a process waits for.
func BenchmarkLoadZIP(b *testing.B) {
	for b.Loop() {
		for _, name := range []string{"mpfs.zip@2026.pack", "mpfs.zip9@2026.pack"} {
			pack, err := os.ReadFile(filepath.Join(evidence.Root(), "refdata", "packs", name))
			if err != nil {
				b.Fatal(err)
			}
			t, err := refdata.Unpack(pack)
			if err == nil {
				_, err = readZIPs(t, t.ID == "mpfs.zip9")
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkFirstPrice makes a pricer and prices one claim, the tables being unpacked.
func BenchmarkFirstPrice(b *testing.B) {
	c := oneLine("99214", "", "11", civil.Of(2025, time.March, 3))
	for b.Loop() {
		New(refdata.Embedded()).Price(c, Options{}, nil, nil)
	}
}
