// SPDX-License-Identifier: Apache-2.0

package feed_test

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
	"github.com/woodlawn-health/woodlawn/vbc/rif"
	"github.com/woodlawn-health/woodlawn/vbc/synth"
)

// asRIF writes what is in force of a folder of deliveries as RIF, beside its lists.
func asRIF(tb testing.TB, dir string, first, last int) string {
	tb.Helper()
	f, err := feed.Open(feed.Config{Dir: dir, Layouts: layouts(tb), Temp: tb.TempDir()})
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	out := filepath.Join(tb.TempDir(), "rif")
	if _, err := synth.WriteRIF(f, out, first, last); err != nil {
		tb.Fatal(err)
	}
	lists, _ := filepath.Glob(filepath.Join(dir, "P.*ALR*.csv"))
	optOuts, _ := filepath.Glob(filepath.Join(dir, "P.ON.ACO*"))
	for _, name := range append(lists, optOuts...) {
		data, err := os.ReadFile(name)
		if err == nil {
			err = os.WriteFile(filepath.Join(out, filepath.Base(name)), data, 0o600)
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
	return out
}

// timeline prints a beneficiary without what RIF does not hold: when CMS loaded a claim,
// whether it was adjusted, payments of lines of stays, hospice periods of CCLF8; the
// processing indicator of denied lines is the writer's.
func timeline(b *feed.Beneficiary) string {
	x := *b
	x.Adjustments, x.Hospice = feed.Adjustments{}, nil
	x.Claims = nil
	for _, c := range b.Claims {
		c.Adjusted, c.Loaded = false, 0
		lines := append([]feed.Line(nil), c.Lines...)
		for i := range lines {
			lines[i].Processing = ""
			if c.Setting == feed.Inpatient || c.Setting == feed.SNF {
				lines[i].Paid = 0
			}
		}
		c.Lines = lines
		x.Claims = append(x.Claims, c)
	}
	return strings.ReplaceAll(fmt.Sprintf("%+v", x), "} ", "}\n")
}

func timelines(tb testing.TB, dir string) (map[string]string, *feed.Report) {
	tb.Helper()
	f, err := feed.Open(feed.Config{Dir: dir, Layouts: layouts(tb), Temp: tb.TempDir(), Reject: func(err error) { tb.Error(err) }})
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	out := map[string]string{}
	var mu sync.Mutex
	if err := f.Each(func(_ int, b *feed.Beneficiary) error {
		text := timeline(b)
		mu.Lock()
		defer mu.Unlock()
		out[b.MBI] = text
		return nil
	}); err != nil {
		tb.Fatal(err)
	}
	return out, &f.Report
}

// TestRIFGivesTheSameTimelines reads the same lives from CCLF and from RIF.
func TestRIFGivesTheSameTimelines(t *testing.T) {
	dir := generated(t, 500, 14)
	want, _ := timelines(t, dir)
	got, report := timelines(t, asRIF(t, dir, 2024, 2025))
	if diff := cmp.Diff(len(want), len(got)); diff != "" {
		t.Error(diff)
	}
	bad := 0
	for mbi, text := range want {
		if diff := cmp.Diff(text, got[mbi]); diff != "" {
			if bad++; bad < 3 {
				t.Errorf("%s (-CCLF +RIF):\n%s", mbi, diff)
			}
		}
	}
	if bad > 0 || len(report.MissingService) > 0 || !strings.Contains(report.String(), "carrier.csv: ") {
		t.Errorf("%d lives differ; report:\n%s", bad, report)
	}
}

const carrierHead = "DML_IND|BENE_ID|CLM_ID|FINAL_ACTION|NCH_CLM_TYPE_CD|CLM_FROM_DT|CLM_THRU_DT|NCH_WKLY_PROC_DT|LINE_NUM|CARR_LINE_PRCNG_LCLTY_CD|LINE_NCH_PMT_AMT\n"

// TestRIFWithdrawn: in any order of files a claim that a later one calls no final action is
// not in force, and one that came again counts once.
func TestRIFWithdrawn(t *testing.T) {
	row := func(id int, action, week, paid string) string {
		return fmt.Sprintf("INSERT|-7|%d|%s|71|01-Mar-2025|01-Mar-2025|%s-Mar-2025|1||%s\n", id, action, week, paid)
	}
	for _, names := range [][2]string{{"a.csv", "b.csv"}, {"b.csv", "a.csv"}} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, names[0]), []byte(carrierHead+row(1, "F", "08", "10.00")+row(2, "F", "08", "20.00")+row(3, "F", "08", "40.00")))
		write(t, filepath.Join(dir, names[1]), []byte(carrierHead+row(1, "N", "15", "10.00")+row(4, "F", "15", "80.00")+row(2, "F", "08", "20.00")+strings.Replace(row(3, "F", "15", "40.00"), "INSERT", "DELETE", 1)))
		f, err := feed.Open(feed.Config{Dir: dir, Layouts: layouts(t), Temp: t.TempDir(), Reject: func(err error) { t.Error(err) }})
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Each(func(_ int, b *feed.Beneficiary) error {
			ids := ""
			for _, c := range b.Claims {
				ids += fmt.Sprint(c.ID, " ", c.Paid, "; ")
			}
			if b.MBI != "BENE_ID:-7" || b.Known || ids != "2 20.00; 4 80.00; " {
				t.Errorf("%s has %s", b.MBI, ids)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
}

// TestRIFBadRecords: a bad claim is named with file, line and field, and the good are kept.
func TestRIFBadRecords(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "carrier.csv"), []byte(carrierHead+"INSERT|-7|1|F|71|01-Mar-2025|01-Mar-2025|08-Mar-2025|1||1.00\nINSERT|-7|2|F|71|31-Feb-2025|01-Mar-2025|08-Mar-2025|1||1.00\n"+
		"INSERT||3|F|71|01-Mar-2025|01-Mar-2025|08-Mar-2025|1||1.00\nINSERT|-7|x4|F|71|01-Mar-2025|01-Mar-2025|08-Mar-2025|1||1.00\nINSERT|-7|5\n"))
	write(t, filepath.Join(dir, "beneficiary.csv"), []byte("BENE_ID|RFRNC_YR|MBI_NUM\n-7|2025|1S00A00AA00\n-8|twenty|1S00A00AA01\n"))
	var fields []string
	f, err := feed.Open(feed.Config{Dir: dir, Layouts: layouts(t), Temp: t.TempDir(), Workers: 1, Reject: func(err error) {
		var bad *rif.RecordError
		if !errors.As(err, &bad) {
			t.Fatal(err)
		}
		fields = append(fields, fmt.Sprint(bad.File, " ", bad.Line, " ", bad.Field))
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want := "beneficiary.csv 3 RFRNC_YR; carrier.csv 3 CLM_FROM_DT; carrier.csv 4 BENE_ID; carrier.csv 5 CLM_ID; carrier.csv 6 "
	if got := strings.Join(fields, "; "); got != want {
		t.Errorf("set aside: %s", got)
	}
	n := 0
	if err := f.Each(func(_ int, b *feed.Beneficiary) error {
		if n += len(b.Claims); b.MBI != "1S00A00AA00" || len(b.Former) > 0 {
			t.Errorf("%s, formerly %v", b.MBI, b.Former)
		}
		return nil
	}); err != nil || n != 1 {
		t.Errorf("%d claims, %v", n, err)
	}
}

// TestRIFSamples compares the claims of each beneficiary with the summary that Synthea wrote
// beside its files.
func TestRIFSamples(t *testing.T) {
	dir := evidence.Path(t, "data/vbc/bfd_rif_synthea")
	file, err := os.Open(filepath.Join(dir, "export_summary.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{}
	settings := map[int]feed.Setting{1: feed.Professional, 2: feed.Equipment, 3: feed.HomeHealth, 4: feed.Hospice, 5: feed.Inpatient, 6: feed.Outpatient, 7: feed.Drug, 8: feed.SNF}
	total := 0
	for _, row := range rows[1:] {
		for column, s := range settings {
			n, _ := strconv.Atoi(row[column])
			want[s.String()] += n
			total += n
		}
	}
	f, err := feed.Open(feed.Config{Dir: dir, Layouts: layouts(t), Temp: t.TempDir(), Reject: func(err error) { t.Error(err) }})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got := map[string]int{}
	people := 0
	var mu sync.Mutex
	if err := f.Each(func(_ int, b *feed.Beneficiary) error {
		mu.Lock()
		defer mu.Unlock()
		people++
		if !b.Known || b.Birth.IsZero() || b.Sex == 0 || len(b.MBI) != 11 {
			t.Error("a beneficiary is not known")
		}
		for i := range b.Claims {
			got[b.Claims[i].Setting.String()]++
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" || people != len(rows)-1 || total == 0 {
		t.Errorf("%d people; claims (-summary +read):\n%s", people, diff)
	}
}
