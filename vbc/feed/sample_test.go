// SPDX-License-Identifier: Apache-2.0

package feed_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// TestSample reads CMS's synthetic delivery and its list of opt-outs.
func TestSample(t *testing.T) {
	dir := t.TempDir()
	for _, rel := range []string{"zips/archives/valid/T.BCD.A0001.ZCY18.D181120.T1000000", "suppression/T_EFT.ON.ACO.NGD1800.DPRF.D181120.T1000009"} {
		write(t, filepath.Join(dir, filepath.Base(rel)), evidence.Read(t, "data/vbc/cclf_bcda/"+rel))
	}
	f, err := feed.Open(feed.Config{Dir: dir, Layouts: layouts(t), Temp: t.TempDir(), Reject: func(err error) { t.Error(err) }})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []string
	var mu sync.Mutex
	if err := f.Each(func(_ int, b *feed.Beneficiary) error {
		mu.Lock()
		defer mu.Unlock()
		if b.OptedOut {
			out = append(out, b.MBI)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	// Of four lines two agree, one says nothing of claims, one refuses.
	if got := strings.Join(out, " "); got != "8SG0A00AA00" {
		t.Errorf("opted out: %s", got)
	}
	// Six identifiers in CCLF8, four of them of one person by three changes in a row; three
	// persons more in the list of opt-outs, where the fourth line says nothing.
	if n := f.Report.Totals.Beneficiaries; n != 6 {
		t.Errorf("%d beneficiaries, want 6", n)
	}
	if got := strings.Join(f.Crossref.Former("1A69B98CD35"), " "); got != "1A69B98CD32 1A69B98CD33 1A69B98CD34" {
		t.Errorf("former identifiers %s", got)
	}
	if text := f.Report.String(); !strings.Contains(text, "CCLF1: CCLF0 promises 6 records, the file is not there") {
		t.Errorf("what the sample lacks is not told:\n%s", text)
	}
}

// TestTemporaryFilesGo leaves nothing behind.
func TestTemporaryFilesGo(t *testing.T) {
	temp := t.TempDir()
	f, err := feed.Open(feed.Config{Dir: generated(t, 20, 3), Layouts: layouts(t), Temp: temp})
	if err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(temp)
	if err != nil || len(left) != 1 {
		t.Fatalf("%d folders of temporary files, %v", len(left), err)
	}
	info, err := left[0].Info()
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("others may read the temporary files: %v, %v", info.Mode(), err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(temp); len(left) != 0 {
		t.Errorf("%d left behind", len(left))
	}
}

// TestLists sets bad lines of lists aside, with their line and reason.
func TestLists(t *testing.T) {
	dir := generated(t, 20, 3)
	write(t, filepath.Join(dir, "more.csv"), []byte("bene_mbi_id,year,coverage,types,residence\n1S00A00AA00,2025,FFFF,,US\nshort,2025,FFFFFFFFFFFF,,US\n1S00A00AA00,2025,FFFFFFFFFFFF,000000000009,US\n1S00A00AA00,2024,FFFFFFFFFFFF,,US\n"))
	write(t, filepath.Join(dir, "optout"), []byte("HDR_BENEDATASHR20251231\n1S00A00AA00 too short\nTRL_BENEDATASHR\n"))
	var told []string
	f, err := feed.Open(feed.Config{Dir: dir, Layouts: layouts(t), Temp: t.TempDir(), Reject: func(err error) { told = append(told, err.Error()) }})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	text := strings.Join(told, "\n")
	for _, want := range []string{"more.csv, line 2", "more.csv, line 3", "more.csv, line 4", "optout, line 2"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not told in\n%s", want, text)
		}
	}
	if strings.Contains(text, "1S00A00AA00") {
		t.Error("an identifier is in the text of an error")
	}
	if len(told) != 4 {
		t.Errorf("%d lines set aside", len(told))
	}
	if _, err := feed.Open(feed.Config{Dir: t.TempDir(), Layouts: layouts(t)}); err == nil {
		t.Error("an empty folder is taken")
	}
}
