// SPDX-License-Identifier: Apache-2.0

package remit835

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/edi/x12"
)

// BenchmarkWrite writes professional claims of one line and of three to one payee;
// the file's transactions hold 10,000 claims.
func BenchmarkWrite(b *testing.B) {
	for _, lines := range []int{1, 3} {
		b.Run(fmt.Sprintf("lines=%d", lines), func(b *testing.B) {
			p := officeVisit("A1")
			for i := 1; i < lines; i++ {
				p.Lines = append(p.Lines, p.Lines[0])
				p.Lines[i].Number = i + 1
				p.Charge, p.Paid, p.PatientOwes = p.Charge+15000, p.Paid+3920, p.PatientOwes+6000
			}
			w, err := NewWriter(filepath.Join(b.TempDir(), "out.835"), testHeader())
			must(b, err)
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				if err := w.Add("a", &clinic, p); err != nil {
					b.Fatal(err)
				}
			}
			totals, err := w.Close()
			must(b, err)
			b.SetBytes(totals.Bytes / int64(b.N))
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "claims/s")
		})
	}
}

// BenchmarkWriteManyPayees spreads the claims over a thousand payees, so that
// unfinished transactions go through the spool.
func BenchmarkWriteManyPayees(b *testing.B) {
	p := officeVisit("A1")
	keys := make([]string, 1000)
	payees := make([]claim.Payee, len(keys))
	for i := range keys {
		keys[i] = fmt.Sprint(i)
		payees[i] = clinic
	}
	w, err := NewWriter(filepath.Join(b.TempDir(), "out.835"), testHeader())
	must(b, err)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		if err := w.Add(keys[i%len(keys)], &payees[i%len(keys)], p); err != nil {
			b.Fatal(err)
		}
	}
	_, err = w.Close()
	must(b, err)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "claims/s")
}

// BenchmarkRead reads a file of 20,000 claims of one line.
func BenchmarkRead(b *testing.B) {
	const claims = 20_000
	_, file := written(b, testHeader(), func(w *Writer) {
		for range claims {
			must(b, w.Add("a", &clinic, officeVisit("A1")))
		}
	})
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		r := NewReader(bytes.NewReader(file), x12.Options{})
		n := 0
		for {
			if _, err := r.Next(); err != nil {
				break
			}
			for {
				if _, err := r.Claim(); err != nil {
					break
				}
				n++
			}
		}
		if n != claims {
			b.Fatalf("%d claims", n)
		}
	}
	b.ReportMetric(claims*float64(b.N)/b.Elapsed().Seconds(), "claims/s")
}

// TestMemoryIsFlat writes and reads more than the spool may hold in memory.
func TestMemoryIsFlat(t *testing.T) {
	h := testHeader()
	h.SpoolLimit = 1 << 20
	path := filepath.Join(t.TempDir(), "out.835")
	w, err := NewWriter(path, h)
	must(t, err)
	p := officeVisit("A1")
	payees := make([]claim.Payee, 50)
	before := heap()
	for i := range 100_000 {
		k := i % len(payees)
		payees[k] = clinic
		must(t, w.Add(fmt.Sprint(k), &payees[k], p))
	}
	grown := heap() - before
	totals, err := w.Close()
	must(t, err)
	f, err := os.Open(path)
	must(t, err)
	defer f.Close()
	before = heap()
	r, n := NewReader(f, x12.Options{}), 0
	for {
		if _, err := r.Next(); err != nil {
			if err != io.EOF {
				t.Fatal(err)
			}
			break
		}
		for {
			if _, err := r.Claim(); err != nil {
				break
			}
			n++
		}
	}
	read := heap() - before
	if n != 100_000 || grown > 12<<20 || read > 4<<20 {
		t.Errorf("%d of 100000 claims (%d bytes); the heap grew by %d KB writing and %d KB reading", n, totals.Bytes, grown>>10, read>>10)
	}
}

// heap is what is in use after a collection.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
