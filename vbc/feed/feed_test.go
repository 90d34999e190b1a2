// SPDX-License-Identifier: Apache-2.0

package feed_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/vbc/cclf"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
	"github.com/woodlawn-health/woodlawn/vbc/synth"
)

func layouts(tb testing.TB) *cclf.Layouts {
	tb.Helper()
	l, err := cclf.Load(refdata.Embedded())
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

// generated is a folder with an invented organisation.
func generated(tb testing.TB, lives, months int) string {
	tb.Helper()
	dir := tb.TempDir()
	if _, err := synth.Generate(synth.Config{Lives: lives, Seed: 7, Year: 2025, Months: months, Dir: dir, Layouts: layouts(tb)}); err != nil {
		tb.Fatal(err)
	}
	return dir
}

// roll reads a folder and prints every beneficiary with what is in force.
func roll(tb testing.TB, dir string, workers int) (map[string]string, *feed.Report) {
	tb.Helper()
	f, err := feed.Open(feed.Config{Dir: dir, Layouts: layouts(tb), Temp: tb.TempDir(), Workers: workers, Reject: func(err error) { tb.Error(err) }})
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	out := map[string]string{}
	var mu sync.Mutex
	if err := f.Each(func(_ int, b *feed.Beneficiary) error {
		mu.Lock()
		defer mu.Unlock()
		if _, twice := out[b.MBI]; twice {
			tb.Errorf("a beneficiary comes twice")
		}
		out[b.MBI] = fmt.Sprintf("%+v", *b)
		return nil
	}); err != nil {
		tb.Fatal(err)
	}
	return out, &f.Report
}

// TestTruth holds what is in force against what the generator knows it made.
func TestTruth(t *testing.T) {
	dir := generated(t, 1500, 14)
	f, err := feed.Open(feed.Config{Dir: dir, Layouts: layouts(t), Temp: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	type sums struct {
		out                   bool
		claims                int
		partA, partB, dme, rx money.Cents
	}
	got := map[string]sums{}
	var mu sync.Mutex
	if err := f.Each(func(_ int, b *feed.Beneficiary) error {
		s := sums{out: b.OptedOut, claims: len(b.Claims)}
		for i := range b.Claims {
			switch c := &b.Claims[i]; c.Setting {
			case feed.Professional:
				s.partB += c.Paid
			case feed.Equipment:
				s.dme += c.Paid
			case feed.Drug:
				s.rx += c.Paid
			default:
				s.partA += c.Paid
			}
		}
		mu.Lock()
		defer mu.Unlock()
		got[b.MBI] = s
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(filepath.Join(dir, "truth.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows)-1 != len(got) {
		t.Errorf("%d beneficiaries, %d were made", len(got), len(rows)-1)
	}
	cents := func(s string) money.Cents {
		c, err := money.ParseCents(s)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for _, r := range rows[1:] {
		want := sums{out: r[1] == "true"}
		if !want.out {
			want.claims, _ = strconv.Atoi(r[2])
			want.partA, want.partB, want.dme, want.rx = cents(r[3]), cents(r[4]), cents(r[5]), cents(r[6])
		}
		if got[r[0]] != want {
			t.Errorf("%s: %+v, made %+v", r[0], got[r[0]], want)
		}
	}
	if !f.Report.Complete() {
		t.Errorf("a whole set of deliveries is told to lack something:\n%s", f.Report.String())
	}
	tot := &f.Report.Totals
	if tot.Adjustments.Cancelled == 0 || tot.OptedOut == 0 || tot.Deceased == 0 || f.Report.Replaced == 0 {
		t.Errorf("the sample has no cancels, opt-outs, deaths or changes of identifiers: %+v", tot)
	}
}

// TestOrderDoesNotMatter shuffles records and files, renames the zips, and sends one
// delivery twice: the same beneficiaries come out.
func TestOrderDoesNotMatter(t *testing.T) {
	dir := generated(t, 120, 8)
	want, _ := roll(t, dir, 1)
	for seed := range uint64(3) {
		shuffled := t.TempDir()
		shuffleFolder(t, dir, shuffled, rand.New(rand.NewPCG(seed, 3)))
		got, report := roll(t, shuffled, 2)
		if len(got) != len(want) {
			t.Fatalf("%d beneficiaries, want %d", len(got), len(want))
		}
		for mbi, text := range want {
			if strip(got[mbi]) != strip(text) {
				t.Fatalf("%s:\n%s\nwant\n%s", mbi, got[mbi], text)
			}
		}
		if report.Totals.Adjustments.Repeated == 0 || report.Complete() {
			t.Error("a delivery that came twice is not told")
		}
	}
}

// strip takes out the count of repeated records.
func strip(s string) string {
	head, rest, _ := strings.Cut(s, "Repeated:")
	_, rest, _ = strings.Cut(rest, " ")
	return head + rest
}

func shuffleFolder(t *testing.T, from, to string, rng *rand.Rand) {
	t.Helper()
	entries, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	twice := rng.IntN(5)
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(from, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(e.Name(), ".zip") {
			write(t, filepath.Join(to, e.Name()), data)
			continue
		}
		data = shuffleZip(t, data, rng)
		write(t, filepath.Join(to, fmt.Sprintf("%08x", rng.Uint32())), data)
		if twice--; twice == -1 {
			write(t, filepath.Join(to, "again.zip"), data)
		}
	}
}

func shuffleZip(t *testing.T, data []byte, rng *rand.Rand) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, i := range rng.Perm(len(z.File)) {
		r, err := z.File[i].Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.SplitAfter(string(content), "\n")
		if n, _ := cclf.ParseName(z.File[i].Name); n.File != '0' {
			rng.Shuffle(len(lines), func(a, b int) { lines[a], lines[b] = lines[b], lines[a] })
		}
		f, err := w.Create(z.File[i].Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, strings.Join(lines, "")); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestGaps takes a delivery away, cuts one short and adds a file of nothing.
func TestGaps(t *testing.T) {
	dir := generated(t, 60, 8)
	zips, err := filepath.Glob(filepath.Join(dir, "*.zip"))
	if err != nil || len(zips) < 6 {
		t.Fatal(len(zips), err)
	}
	if err := os.Remove(zips[2]); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(zips[4])
	if err != nil {
		t.Fatal(err)
	}
	write(t, zips[4], whole[:len(whole)/2])
	write(t, filepath.Join(dir, "notes.txt"), []byte("nothing of the feed"))
	_, report := roll(t, dir, 2)
	text := report.String()
	for _, want := range []string{"months without a delivery: ", "is no whole zip", "notes.txt: no file of the feed", "not read"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if report.Complete() {
		t.Error("told to be complete")
	}
}
