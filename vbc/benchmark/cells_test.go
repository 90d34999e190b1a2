// SPDX-License-Identifier: Apache-2.0

package benchmark

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/vbc/account"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

func TestDecimal(t *testing.T) {
	for _, c := range []struct {
		text  string
		scale int
		want  int64
		bad   bool
	}{
		{"1.04962357443411", 12, 1_049_623_574_434, false},
		{"29893.6862970591", 9, 29_893_686_297_059, false},
		{"0.0000000005", 9, 1, false},
		{"-0.0000000005", 9, -1, false},
		{"-12.5", 2, -1250, false},
		{"1.05E+00", 4, 10_500, false},
		{"125E-2", 4, 12_500, false},
		{"5e-4", 3, 1, false},
		{"7", 0, 7, false},
		{"", 2, 0, true}, {"x", 2, 0, true}, {"1.2.3", 2, 0, true}, {"1e99", 2, 0, true}, {"--1", 2, 0, true},
	} {
		got, err := decimal(c.text, c.scale)
		if (err != nil) != c.bad || got != c.want {
			t.Errorf("decimal(%q, %d) = %d, %v; want %d, bad %t", c.text, c.scale, got, err, c.want, c.bad)
		}
	}
}

const head = "delivery,date,cell,type,year,county,value,source,verified\n"

func TestCellsRefused(t *testing.T) {
	for _, c := range []struct{ line, says string }{
		{"a,2026-03-01,nonsense,ESRD,BY3,,1,s,no", `"nonsense" is no cell`},
		{"a,2026-03-01,acpt,AGED,PY,,1,s,no", `type "AGED"`},
		{"a,2026-03-01,acpt,ESRD,2025,,1,s,no", `year "2025"`},
		{"a,2026-03-01,acpt,ESRD,PY,,104,s,no", "out of range"},
		{"a,2026-03-01,acpt,ESRD,PY,,-1,s,no", "out of range"},
		{"a,2026-03-01,national_per_capita,ESRD,PY,,0.5,s,no", "is no amount a person and year"},
		{"a,2026-03-01,acpt,ESRD,PY,,1,s,maybe", "wanted yes or no"},
		{"a,2026-03-01,acpt,ESRD,PY,12001,1,s,no", `with county "12001"`},
		{"a,2026-13-01,acpt,ESRD,PY,,1,s,no", "is not a date"},
		{"a,2026-03-01,acpt,ESRD,PY,,1,s,no\na,2026-03-01,acpt,ESRD,PY,,2,s,no", "is on line 2 too"},
		{"a,2026-03-01,acpt,ESRD,PY,,1,s,no\na,2026-03-02,acpt,DISABLED,PY,,2,s,no", "of 2026-03-01 and of 2026-03-02"},
	} {
		_, err := ReadCells(strings.NewReader(head+c.line+"\n"), "cells.csv")
		if err == nil || !strings.Contains(err.Error(), c.says) || !strings.HasPrefix(err.Error(), "cells.csv, line ") {
			t.Errorf("%s: %v, want %q", c.line, err, c.says)
		}
	}
}

// TestMissing lists all that is not loaded at once, and computes nothing of the rest.
func TestMissing(t *testing.T) {
	text := strings.Replace(workedCells, "acpt AGED_DUAL - - - 1.04\n", "", 1)
	text = strings.Replace(text, "assignable_share AGED_DUAL - - 0.1 0.1\n", "", 1)
	res, err := Compute(rulesOf(t, 2024), Terms{Start: civil.Of(2024, time.January, 1), Period: 1, RegionalTimes: 1}, Figures{}, sheet(t, text), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"acpt AGED_DUAL PY", "assignable_share AGED_DUAL BY3", "assignable_share AGED_DUAL PY"}
	if diff := cmp.Diff(want, res.Missing); diff != "" {
		t.Errorf("missing (-want +got):\n%s", diff)
	}
	if res.Benchmark != 0 || len(res.Types) != 0 {
		t.Errorf("a benchmark of %s without its cells", res.Benchmark)
	}
}

// TestAsCMSGivesIt: from CMS's historical benchmark, before or after its adjustment, the same
// update leads to the same benchmark as from the benchmark years.
func TestAsCMSGivesIt(t *testing.T) {
	terms := Terms{Start: civil.Of(2024, time.January, 1), Period: 1, RegionalTimes: 1}
	before := workedCells + "historical_benchmark AGED_NON_DUAL 9919.248120301\nhistorical_benchmark AGED_DUAL 14000\n"
	after := strings.Replace(workedCells, "aco_person_years AGED_NON_DUAL 1000 1000 1000 1100", "aco_person_years AGED_NON_DUAL - - - 1100", 1) +
		"adjusted_benchmark AGED_NON_DUAL 10000.248120301\nadjusted_benchmark AGED_DUAL 14081\n"
	for _, text := range []string{before, after} {
		res, err := Compute(rulesOf(t, 2024), terms, Figures{}, sheet(t, text), nil)
		if err != nil || len(res.Missing) > 0 {
			t.Fatal(err, res.Missing)
		}
		if res.Benchmark != 15805421_37 {
			t.Errorf("benchmark %s, want 15805421.37 (%s adjustment)", res.Benchmark, res.Applied)
		}
	}
}

// TestProportion refuses cells whose units can't be right, and does not panic.
func TestProportion(t *testing.T) {
	text := strings.Replace(workedCells, "regional_per_capita AGED_DUAL 12500 12500 12500 13250", "regional_per_capita AGED_DUAL 12500 12500 12500 490000", 1)
	_, err := Compute(rulesOf(t, 2024), Terms{Start: civil.Of(2024, time.January, 1), Period: 1, RegionalTimes: 1}, Figures{}, sheet(t, text), nil)
	if err == nil || !strings.Contains(err.Error(), "regional expenditures BY3 to PY of aged/dual") {
		t.Errorf("error %v", err)
	}
}

// TestCapApplies: with growth of 8 and 10 percent against a cap of 4, both types get 4; a
// type that grows by less keeps its growth.
func TestCapApplies(t *testing.T) {
	text := strings.Replace(workedCells, "0.95 1.00 1.00 1.02", "0.95 1.00 1.00 1.08", 1)
	text = strings.Replace(text, "1.2 1.2 1.2 1.26", "1.2 1.2 1.2 1.206", 1)
	res, err := Compute(rulesOf(t, 2024), Terms{Start: civil.Of(2024, time.January, 1), Period: 1, RegionalTimes: 1}, Figures{}, sheet(t, text), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range res.Types {
		want := map[string]string{"aged/dual": "1.005000", "aged/non-dual": "1.040000"}[x.Name]
		if x.RiskRatio.String() != want {
			t.Errorf("%s: risk ratio %s, want %s", x.Name, x.RiskRatio, want)
		}
	}
}

// TestCounties: a region given as counties is the mean of them where the ACO's people live,
// and the ACO's share of it likewise.
func TestCounties(t *testing.T) {
	d := sheet(t, "acpt ESRD - - - 1.04")
	d.cells = map[cellKey]Cell{}
	for i, county := range []string{"12001", "12003"} {
		for y := BY1; y <= PY; y++ {
			d.cells[cellKey{name: "county_per_capita", kind: feed.AgedNonDual, year: y, county: county}] = Cell{Value: []int64{9000, 11000}[i] * int64(dollar)}
			d.cells[cellKey{name: "county_assignable", kind: feed.AgedNonDual, year: y, county: county}] = Cell{Value: []int64{400, 100}[i] * 1_000_000}
		}
	}
	d.sortCounties()
	f := &account.YearSums{Counties: map[string][account.Types]int64{"12001": {feed.AgedNonDual: 900}, "12003": {feed.AgedNonDual: 300}}}
	f.Cells[feed.AgedNonDual].Months = 1200
	c := &calc{rules: rulesOf(t, 2024), d: d, res: &Result{}, figures: Figures{BY3: f}, unverified: map[*trace.Row]bool{}}
	if got := c.regionOf(feed.AgedNonDual, BY3); got != 9500*dollar {
		t.Errorf("region %s, want 9500.00 (3/4 x 9000 + 1/4 x 11000)", got)
	}
	// 75 of 400 and 25 of 100 person years: 3/4 x 0.1875 + 1/4 x 0.25
	if got := c.assignableShare(feed.AgedNonDual, BY3); got != 203_125_000_000 {
		t.Errorf("share %s, want 0.203125", got)
	}
	f.Counties["12005"] = [account.Types]int64{feed.AgedNonDual: 12}
	f.Cells[feed.AgedNonDual].Months += 12
	if c.regionOf(feed.AgedNonDual, BY3); len(c.res.Missing) != 1 {
		t.Errorf("a county without a cell is not missed: %v", c.res.Missing)
	}
}

func FuzzReadCells(f *testing.F) {
	f.Add(head + "a,2026-03-01,acpt,ESRD,PY,,1.04,s,no\n")
	f.Add(head + "a,2026-03-01,county_per_capita,ESRD,PY,12001,9e3,s,yes\n")
	f.Add(cellText(workedCells))
	f.Add(head + "a,2026-03-01,prior_savings,ALL,P1,,-12.5,s,no\n")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := ReadCells(strings.NewReader(text), "cells.csv")
		if err != nil {
			return
		}
		for _, d := range list {
			if d.Len() == 0 {
				t.Fatal("a delivery without cells")
			}
			// whatever the cells say, the computation ends with a result or an error
			_, _ = Compute(rulesOf(t, 2025), Terms{Start: civil.Of(2025, time.January, 1), Period: 1}, Figures{}, d, nil)
		}
	})
}

func TestChanges(t *testing.T) {
	a, b := sheet(t, "acpt ESRD - - - 1.04\ndual_share ALL - - 0.3 -"), sheet(t, "acpt ESRD - - - 1.045\ntruncation ESRD - - - 60000")
	want := []Change{{"acpt ESRD PY", "1.04", "1.045"}, {"dual_share BY3", "0.3", ""}, {"truncation ESRD PY", "", "60000"}}
	if diff := cmp.Diff(want, b.Changes(a)); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}
