// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"bytes"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/store"
	"github.com/woodlawn-health/woodlawn/store/sqlite"
)

func bulkLines(tb testing.TB) [][]byte {
	var lines [][]byte
	for _, typ := range []string{"Organization", "Location", "Practitioner", "Patient", "Encounter", "Condition", "Procedure", "Immunization", "MedicationRequest"} {
		b := evidence.Read(tb, "data/vbc/synthea_bulk_10/"+typ+".000.ndjson.gz")
		lines = append(lines, bytes.Split(bytes.TrimSpace(b), []byte("\n"))...)
	}
	return lines
}

// BenchmarkLoad writes the bulk sample under new ids, again and again: parsing,
// indexing and packing on every core, 5,000 resources to a transaction.
func BenchmarkLoad(b *testing.B) {
	lines := bulkLines(b)
	s := open(b, sqlite.Options{Import: true})
	var wg sync.WaitGroup
	work, ready := make(chan int, 64), make(chan *store.Prepared, 8192)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range work {
				d, err := node.ParseResource(lines[i%len(lines)])
				if err != nil {
					b.Error(err)
					return
				}
				p, err := store.Prepare(d, fmt.Sprintf("r%d", i))
				if err != nil {
					b.Error(err)
					return
				}
				d.Release()
				ready <- p
			}
		})
	}
	b.ResetTimer()
	go func() {
		for i := range b.N {
			work <- i
		}
		close(work)
		wg.Wait()
		close(ready)
	}()
	for open := true; open; {
		err := s.Write(b.Context(), func(tx *store.Tx) error {
			var batch []*store.Prepared
			for len(batch) < 5000 && open {
				var p *store.Prepared
				if p, open = <-ready; open {
					batch = append(batch, p)
				}
			}
			if err := tx.Expect(batch); err != nil {
				return err
			}
			for _, p := range batch {
				if _, _, err := tx.Put(p); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "resources/s")
}

func BenchmarkPrepare(b *testing.B) {
	lines := bulkLines(b)
	rows := 0
	for i := range b.N {
		d, err := node.ParseResource(lines[i%len(lines)])
		if err != nil {
			b.Fatal(err)
		}
		if _, err := store.Prepare(d, "x"); err != nil {
			b.Fatal(err)
		}
		d.Release()
	}
	_ = rows
}
