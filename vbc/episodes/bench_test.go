// SPDX-License-Identifier: Apache-2.0

package episodes

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/vbc/cclf"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
	"github.com/woodlawn-health/woodlawn/vbc/risk"
	"github.com/woodlawn-health/woodlawn/vbc/synth"
)

// organisation generates a folder of deliveries and reads its hospitals.
func organisation(t testing.TB, lives, months, surgery int) (dir string, layouts *cclf.Layouts, h Hospitals) {
	t.Helper()
	layouts, err := cclf.Load(refdata.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	if _, err := synth.Generate(synth.Config{Lives: lives, Seed: 2, Year: 2026, Months: months, Dir: dir, Layouts: layouts, Surgery: surgery}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "hospitals.csv"))
	if err != nil {
		t.Fatal(err)
	}
	return dir, layouts, hospitals(t, string(text))
}

// TestPackets spreads rows as over several machines, in any order: the episodes are those of
// the feed.
func TestPackets(t *testing.T) {
	dir, layouts, h := organisation(t, 400, 6, 100)
	cfg := Config{Rules: rules(t, "TEAM", 2026), Hospitals: h}
	f, err := feed.Open(feed.Config{Dir: dir, Layouts: layouts, Temp: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want := map[string][]string{}
	var mu sync.Mutex
	if err := f.Each(func(_ int, p *feed.Beneficiary) error {
		list := ours(New(cfg).Episodes(p))
		mu.Lock()
		defer mu.Unlock()
		want[strings.Clone(p.MBI)] = list
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	files, err := feed.Files(dir)
	if err != nil {
		t.Fatal(err)
	}
	xref, err := feed.ReadCrossref(files, layouts)
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][]string{}
	for _, path := range files {
		if err := feed.ReadRows(path, layouts, xref, func(mbi, row []byte) error {
			rows[string(mbi)] = append(rows[string(mbi)], string(row))
			return nil
		}, nil); err != nil {
			t.Fatal(err)
		}
	}
	b, rng, n := New(cfg), rand.New(rand.NewPCG(1, 2)), 0
	for mbi, list := range rows {
		rng.Shuffle(len(list), func(i, k int) { list[i], list[k] = list[k], list[i] })
		got, err := b.Measure(feed.Packet{MBI: mbi, Former: xref.Former(mbi), Rows: list})
		if err != nil {
			t.Fatal(err)
		}
		n += len(got)
		if diff := cmp.Diff(want[mbi], ours(got)); diff != "" {
			t.Fatalf("beneficiary %s (-feed +packet):\n%s", mbi, diff)
		}
	}
	if n < 100 || len(rows) != len(want) {
		t.Errorf("%d episodes of %d beneficiaries, the feed has %d", n, len(rows), len(want))
	}
}

// BenchmarkEpisodes finds, sums and prices the episodes of assembled timelines of two years,
// 2 operations a thousand lives and month; one operation is one beneficiary.
func BenchmarkEpisodes(b *testing.B) {
	dir, layouts, h := organisation(b, 3000, 24, 2)
	f, err := feed.Open(feed.Config{Dir: dir, Layouts: layouts, Temp: b.TempDir(), Workers: 1})
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	var people []*feed.Beneficiary
	claims := 0
	if err := f.Each(func(_ int, p *feed.Beneficiary) error {
		people = append(people, keep(p))
		claims += len(p.Claims)
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	hcc, err := risk.New(refdata.Embedded(), "CMS-HCC V28", 2026)
	if err != nil {
		b.Fatal(err)
	}
	prices, err := ReadPrices(strings.NewReader("region,type,price\n1,470,20000\n2,470,20000\n"), "prices.csv", 2026)
	if err != nil {
		b.Fatal(err)
	}
	builder := New(Config{Rules: rules(b, "TEAM", 2026), Hospitals: h, Prices: prices, HCC: hcc})
	episodes := 0
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		episodes += len(builder.Episodes(people[i]))
		if i++; i == len(people) {
			i = 0
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "beneficiaries/s")
	b.ReportMetric(float64(claims)/float64(len(people)), "claims/beneficiary")
	b.ReportMetric(float64(episodes)/float64(b.N), "episodes/beneficiary")
}

// keep copies what a beneficiary's slices hold, which the feed uses again.
func keep(p *feed.Beneficiary) *feed.Beneficiary {
	q := *p
	q.Claims = slices.Clone(p.Claims)
	for i := range q.Claims {
		c := &q.Claims[i]
		c.Lines, c.Diagnoses = slices.Clone(c.Lines), slices.Clone(c.Diagnoses)
	}
	q.Enrollment = feed.Enrollment{}
	for y := 2024; y <= 2027; y++ {
		for m := time.January; m <= time.December; m++ {
			q.Enrollment.Set(y, m, p.Enrollment.At(y, m), p.Enrollment.TypeAt(y, m))
		}
	}
	return &q
}
