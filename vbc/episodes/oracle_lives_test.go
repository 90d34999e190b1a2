// SPDX-License-Identifier: Apache-2.0

package episodes

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/vbc/cclf"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
	"github.com/woodlawn-health/woodlawn/vbc/synth"
)

// tally counts what was compared.
type tally struct {
	beneficiaries, episodes int
	by                      map[string]int
}

// compareWithOracle runs every model over generated lives, in history mode, so that one
// feed serves all three.
func compareWithOracle(t *testing.T, lives int) map[string]*tally {
	t.Helper()
	cat := refdata.Embedded()
	layouts, err := cclf.Load(cat)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := synth.Generate(synth.Config{Lives: lives, Seed: 11, Year: 2026, Months: 9, Dir: dir, Layouts: layouts, Surgery: 40}); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(filepath.Join(dir, "hospitals.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	hospitals, err := ReadHospitals(file, "hospitals.csv")
	if err != nil {
		t.Fatal(err)
	}
	f, err := feed.Open(feed.Config{Dir: dir, Layouts: layouts, Temp: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := map[string]*tally{}
	type side struct {
		cfg Config
		o   *oracle
	}
	var sides []side
	for _, m := range []struct {
		model string
		year  int
	}{{"TEAM", 2026}, {"CJR", 2023}, {"BPCI Advanced", 2024}} {
		rules, err := Load(cat, m.model, m.year)
		if err != nil {
			t.Fatal(err)
		}
		cfg := Config{Rules: rules, Hospitals: hospitals, Baseline: true, From: civil.Of(2026, 4, 1), To: civil.Of(2026, 12, 31)}
		sides = append(sides, side{cfg, newOracle(t, m.model, civil.Of(m.year, 12, 31), hospitals, cfg.From, cfg.To)})
		out[m.model] = &tally{by: map[string]int{}}
	}
	var mu sync.Mutex
	failed := 0
	err = f.Each(func(_ int, p *feed.Beneficiary) error {
		for _, s := range sides {
			got := New(s.cfg).Episodes(p)
			diff := cmp.Diff(s.o.lines(p), ours(got))
			mu.Lock()
			k := out[s.o.model]
			k.beneficiaries++
			k.episodes += len(got)
			for i := range got {
				reason := "counts"
				if got[i].Cancelled != nil {
					reason = string(got[i].Cancelled.Reason)
				}
				k.by[reason]++
				k.by["readmissions"] += got[i].Readmissions
				if got[i].Excluded > 0 {
					k.by["with exclusions"]++
				}
			}
			if diff != "" {
				if failed++; failed < 5 {
					t.Errorf("%s (-oracle +ours):\n%s", s.o.model, diff)
				}
			}
			mu.Unlock()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if failed > 0 {
		t.Errorf("%d beneficiaries differ", failed)
	}
	return out
}
