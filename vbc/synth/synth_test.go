// SPDX-License-Identifier: Apache-2.0

package synth

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/vbc/cclf"
)

func generate(t *testing.T, seed uint64, workers int) map[string]string {
	t.Helper()
	layouts, err := cclf.Load(refdata.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := Generate(Config{Lives: 600, Seed: seed, Year: 2025, Months: 4, Dir: dir, Layouts: layouts, Workers: workers}); err != nil {
		t.Fatal(err)
	}
	sums := map[string]string{}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		sums[f.Name()] = fmt.Sprintf("%x", sha256.Sum256(data))
	}
	return sums
}

// TestSameSeedSameBytes makes an organisation on one core and on three.
func TestSameSeedSameBytes(t *testing.T) {
	one, three, other := generate(t, 1, 1), generate(t, 1, 3), generate(t, 2, 2)
	if diff := cmp.Diff(one, three); diff != "" {
		t.Errorf("cores change the bytes (-one +three):\n%s", diff)
	}
	if len(one) != 5+6 {
		t.Errorf("%d files: %v", len(one), one)
	}
	if one["truth.csv"] == other["truth.csv"] {
		t.Error("another seed gives the same lives")
	}
}

// TestEveryRecordIsGood reads each delivery with the layouts: nothing is set aside, and
// CCLF0 promises what is there.
func TestEveryRecordIsGood(t *testing.T) {
	layouts, err := cclf.Load(refdata.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	sum, err := Generate(Config{Lives: 300, Seed: 3, Year: 2025, Months: 6, Dir: dir, Layouts: layouts})
	if err != nil {
		t.Fatal(err)
	}
	zips, _ := filepath.Glob(filepath.Join(dir, "*.zip"))
	total := int64(0)
	for _, name := range zips {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		report, err := cclf.ReadZip(f, info.Size(), filepath.Base(name), layouts, func(*cclf.Record) error { total++; return nil },
			func(e *cclf.RecordError) { t.Error(e) })
		if err != nil {
			t.Fatal(err)
		}
		if !report.Complete() {
			t.Errorf("%s", report)
		}
	}
	if total != sum.Records || total == 0 {
		t.Errorf("%d records, told %d", total, sum.Records)
	}
}

func TestIdentifiers(t *testing.T) {
	seen := map[string]bool{}
	for n := 0; n < MaxLives; n += 997 {
		for change := range 4 {
			id := newID(n, change)
			if len(id) != 11 || id[:2] != "1S" || seen[id] {
				t.Fatalf("identifier %s of life %d", id, n)
			}
			seen[id] = true
		}
	}
}

// TestLastLives makes the last block of the largest organisation: every field still fits.
func TestLastLives(t *testing.T) {
	layouts, err := cclf.Load(refdata.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	g, err := newGenerator(Config{Lives: MaxLives, Seed: 1, Year: 2025, Months: 6, Layouts: layouts})
	if err != nil {
		t.Fatal(err)
	}
	b := g.block(MaxLives/blockLives - 1)
	if n := b.counts[7]; n != blockLives {
		t.Errorf("%d lives in the first CCLF8 of the last block, want %d", n, blockLives)
	}
}

// TestSurgeryAddsOnly makes the same lives with and without operations: the lists are the
// same, operations and their aftercare come on top, and no more claims are lost.
func TestSurgeryAddsOnly(t *testing.T) {
	layouts, err := cclf.Load(refdata.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	read := func(surgery int) (list string, records int64) {
		dir := t.TempDir()
		sum, err := Generate(Config{Lives: 500, Seed: 4, Year: 2026, Months: 6, Dir: dir, Layouts: layouts, Surgery: surgery})
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(filepath.Join(dir, "enrollment.csv"))
		if err != nil {
			t.Fatal(err)
		}
		return string(data), sum.Records
	}
	plain, records := read(0)
	with, more := read(100)
	if plain != with {
		t.Error("operations change the enrollment")
	}
	if more < records+2000 {
		t.Errorf("%d records without, %d with operations", records, more)
	}
}
