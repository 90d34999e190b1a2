// SPDX-License-Identifier: Apache-2.0

package population

import (
	"encoding/csv"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// TestNeeds visits an emergency department once with every diagnosis of the published
// classification and compares with its probabilities.
func TestNeeds(t *testing.T) {
	r := rules(t)
	records, err := csv.NewReader(strings.NewReader(string(evidence.Read(t, "data/vbc/nyu_ed/johnston_icd10.csv.gz")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, name := range records[0] {
		column[name] = i
	}
	for _, rec := range records[1:] {
		b := person(feed.Claim{Setting: feed.Outpatient, Facility: "980101", Principal: rec[0], From: day(2, 2), Thru: day(2, 2), Lines: []feed.Line{{Revenue: "0450", From: day(2, 2)}}})
		c := r.Count(b, 2025)
		if c.Classified != 1 {
			t.Fatalf("%s has no class", rec[0])
		}
		for i, name := range needColumns {
			want, err := strconv.ParseFloat(rec[column[name]], 64)
			if err != nil {
				t.Fatal(err)
			}
			if d := float64(c.ByNeed[i])/1e6 - want; d > 1e-6 || d < -1e-6 {
				t.Errorf("%s, %s: %d millionths, want %s", rec[0], NeedNames[i], c.ByNeed[i], rec[column[name]])
			}
		}
	}
	if len(records) < 40_000 {
		t.Errorf("only %d diagnoses", len(records))
	}
	admitted := inpatient("980101", day(3, 1), day(3, 5), "01")
	admitted.Principal = records[1][0]
	if c := r.Count(person(admitted), 2025); c.EDAdmitted != 1 || c.Classified != 0 {
		t.Errorf("an admitted visit is classified: %+v", c)
	}
}

// TestBands compares with percentiles over all 475 organisations of 2021 that were computed
// elsewhere from CMS's whole file; half of its rows were at hand for ours.
func TestBands(t *testing.T) {
	r := rules(t)
	for metric, want := range map[string][3]float64{
		"PMPM, Part A and Part B":     {9404. / 12, 10929. / 12, 13148. / 12},
		"admissions":                  {206, 258, 319},
		"emergency department visits": {476, 593, 750},
		"SNF stays":                   {28, 45, 67},
		"days of a SNF stay":          {22, 26, 32},
		"risk score, aged, not dual":  {.927, 1.016, 1.151},
	} {
		for i, rank := range []int64{10, 50, 90} {
			got := float64(r.Bands.by[metric][rank]) / 1e4
			if d := got/want[i] - 1; d > .05 || d < -.05 {
				t.Errorf("%s, p%d: %v, all organisations %v", metric, rank, got, want[i])
			}
		}
	}
	for value, want := range map[int64]string{1: "below p10", 2580: "p50 to p75", 2579: "p25 to p50", 9999: "above p90"} {
		if place, median, ok := r.Bands.Place("admissions", value, 1); !ok || place != want || median != 2580 {
			t.Errorf("%d admissions: %s, median %d", value, place, median)
		}
	}
	if _, _, ok := r.Bands.Place("nothing", 1, 0); ok {
		t.Error("a place without a band")
	}
}

// TestPlannedReadmission: chemotherapy (always planned), and the hospitals that count.
func TestPlannedReadmission(t *testing.T) {
	r := rules(t)
	first := inpatient("980101", day(3, 1), day(3, 5), "01")
	for name, x := range map[string]struct {
		principal, facility string
		unplanned, planned  int64
	}{
		"pneumonia":               {"J189", "980102", 1, 0},
		"chemotherapy":            {"Z5111", "980102", 0, 1},
		"rehabilitation hospital": {"J189", "983025", 0, 0},
		"psychiatric unit":        {"J189", "98S102", 0, 0},
		"critical access":         {"J189", "981301", 1, 0},
	} {
		again := inpatient(x.facility, day(3, 10), day(3, 12), "01")
		again.Principal = x.principal
		if c := r.Count(person(first, again), 2025); c.Readmissions != x.unplanned || c.PlannedReadmissions != x.planned || c.Admissions != 2 {
			t.Errorf("%s: %d unplanned, %d planned, %d admissions", name, c.Readmissions, c.PlannedReadmissions, c.Admissions)
		}
	}
}

// TestHalves: the halves add up to the year.
func TestHalves(t *testing.T) {
	r := rules(t)
	rapid.Check(t, func(rt *rapid.T) {
		var claims []feed.Claim
		for range rapid.IntRange(0, 8).Draw(rt, "claims") {
			d := day(1, 1).AddDays(rapid.IntRange(0, 364).Draw(rt, "day"))
			claims = append(claims, feed.Claim{Setting: feed.Professional, From: d, Thru: d, Paid: money.Cents(rapid.IntRange(0, 1e6).Draw(rt, "paid"))})
		}
		b := person(claims...)
		c := r.Count(b, 2025)
		h, ok := r.Halves(b, 2025)
		if !ok || h.First+h.Second != c.Total() {
			rt.Fatalf("halves %v, year %s", h, c.Total())
		}
	})
	b := person()
	for m := time.July; m <= time.October; m++ {
		b.Enrollment.Set(2025, m, feed.HealthPlan, feed.NoType)
	}
	if _, ok := r.Halves(b, 2025); ok {
		t.Error("two months are compared with six")
	}
	june, july := civil.Of(2025, 6, 30), civil.Of(2025, 7, 1)
	if h, _ := r.Halves(person(feed.Claim{Setting: feed.Professional, Thru: june, Paid: 1}, feed.Claim{Setting: feed.Professional, Thru: july, Paid: 2}), 2025); h.First != 1 || h.Second != 2 {
		t.Errorf("the border of the halves: %v", h)
	}
}

// TestPanels: a panel that is too small is not given away by the others and the total.
func TestPanels(t *testing.T) {
	r := rules(t)
	p := Panels{}
	for key, lives := range map[string]int{"A": 500, "B": 40, "C": 5} {
		for range lives {
			c := r.Count(person(), 2025)
			p.Add(key, &c)
		}
	}
	hidden := map[string]bool{}
	for _, x := range r.PanelMetrics(p) {
		for _, m := range x.Metrics {
			if m.Name == "lives" {
				hidden[x.Key] = m.Suppressed
			}
			if x.Key != "A" && (!m.Suppressed || m.Place != "" || m.Text != "<11") {
				t.Errorf("panel %s tells %s: %s %s", x.Key, m.Name, m.Text, m.Place)
			}
		}
	}
	if hidden["A"] || !hidden["B"] || !hidden["C"] {
		t.Errorf("suppressed: %v", hidden)
	}
}
