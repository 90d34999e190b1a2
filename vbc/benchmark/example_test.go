// SPDX-License-Identifier: Apache-2.0

package benchmark

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
	"github.com/woodlawn-health/woodlawn/refdata"
)

func rulesOf(tb testing.TB, year int) *Rules {
	tb.Helper()
	r, err := Load(refdata.Embedded(), civil.Of(year, time.January, 1))
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// sheet writes cells of one delivery: each line is "cell type BY1 BY2 BY3 PY", with - for
// a year without a value, or "cell type value" without years.
func sheet(tb testing.TB, text string) *Delivery {
	tb.Helper()
	list, err := ReadCells(strings.NewReader(cellText(text)), "sheet")
	if err != nil {
		tb.Fatal(err)
	}
	return list[0]
}

// cellText is the csv of a sheet.
func cellText(text string) string {
	var b strings.Builder
	b.WriteString("delivery,date,cell,type,year,county,value,source,verified\n")
	line := func(cell, kind, year, value string) {
		fmt.Fprintf(&b, "final,2026-10-01,%s,%s,%s,,%s,a test,yes\n", cell, kind, year, value)
	}
	for _, l := range strings.Split(strings.TrimSpace(text), "\n") {
		f := strings.Fields(l)
		switch {
		case f[0] == "prior_savings":
			for i, v := range f[2:] {
				line(f[0], f[1], fmt.Sprintf("P%d", i+1), v)
			}
		case len(f) == 3:
			line(f[0], f[1], "", f[2])
		default:
			for i, v := range f[2:] {
				if v != "-" {
					line(f[0], f[1], yearNames[i], v)
				}
			}
		}
	}
	return b.String()
}

// workedCells are the figures of the worked example.
const workedCells = `
aco_person_years AGED_NON_DUAL 1000 1000 1000 1100
aco_person_years AGED_DUAL 250 250 250 260
aco_person_years ESRD 0 0 0 0
aco_person_years DISABLED 0 0 0 0
aco_per_capita AGED_NON_DUAL 9000 9500 10000 10600
aco_per_capita AGED_DUAL 14000 14000 14000 15000
aco_risk AGED_NON_DUAL 0.95 1.00 1.00 1.02
aco_risk AGED_DUAL 1.2 1.2 1.2 1.26
national_per_capita AGED_NON_DUAL 8000 8400 8800 9328
national_per_capita AGED_DUAL 12000 12000 12000 12600
regional_per_capita AGED_NON_DUAL 9000 9900 9900 10395
regional_per_capita AGED_DUAL 12500 12500 12500 13250
assignable_share AGED_NON_DUAL - - 0.2 0.2
assignable_share AGED_DUAL - - 0.1 0.1
demographic_risk AGED_NON_DUAL - - 1.00 1.01
demographic_risk AGED_DUAL - - 1.00 1.01
acpt AGED_NON_DUAL - - - 1.04
acpt AGED_DUAL - - - 1.04
dual_share ALL - - 0.3 -
prior_savings ALL 300 0 240
prior_savings_proration ALL 0.9
`

// workedSteps are the steps of the example, worked out by hand with exact fractions from the
// text of the regulation. Amounts are dollars a person and year.
var workedSteps = []struct{ name, result, how string }{
	{"weighted", "14000.00", "aged/dual: every year 14000"},
	{"blend", "1.100000", "aged/non-dual BY1 to BY3: 0.2 x 8800/8000 + 0.8 x 9900/9000"},
	{"BY1 trended and risk adjusted", "10421.05", "9000 x 1.1 x 1.00/0.95"},
	{"blend", "1.009524", "BY2 to BY3: 0.2 x 8800/8400 + 0.8 x 9900/9900"},
	{"BY2 trended and risk adjusted", "9590.48", "9500 x 1.009523809524"},
	{"weighted", "9919.25", "10% x 10421.0526 + 30% x 9590.4762 + 60% x 10000"},
	{"regional less historical, aged/dual", "1000.00", "12500 x 1.2 - 14000"},
	{"regional less historical, aged/non-dual", "-19.25", "9900 x 1.00 - 9919.2481"},
	{"spending against the region", "lower, weight 0.350000", "0.8 x -19.2481 + 0.2 x 1000 = 184.6015: lower; first time: 35%"},
	{"offset factor", "0.351852", "0.3 + (1.0 x 10.0 + 1.2 x 3.5) / 13.5 - 1"},
	{"adjustment, aged/dual", "350.00", "1000 x 35%, below the cap of 600"},
	{"adjustment, aged/non-dual", "-4.37", "-19.2481 x 35% x (1 - 0.351852), above the floor of -132"},
	{"prior savings adjustment", "81.00", "(300 + 0 + 240)/3 x 0.9 x 50%, below 5% of 9440"},
	{"adjustment applied: prior savings", "81.00", "more than the regional 0.8 x -4.3665 + 0.2 x 350 = 66.5068"},
	{"cap", "1.040000, applies: false", "demographic 1.01 + 3 points; growth of HCC scores 1.0275"},
	{"three-way blend", "1.052667", "aged/dual: (0.1 x 1.05 + 0.9 x 1.06) x 2/3 + 1.04 x 1/3"},
	{"updated benchmark, aged/dual", "15563.73", "14081 x 1.05 x 1.052666666667"},
	{"blend", "1.052000", "aged/non-dual BY3 to PY: 0.2 x 1.06 + 0.8 x 1.05"},
	{"three-way blend", "1.048000", "1.052 x 2/3 + 1.04 x 1/3"},
	{"updated benchmark, aged/non-dual", "10689.87", "10000.2481 x 1.02 x 1.048"},
	{"total updated benchmark", "15805421.37", "1100 x 10689.865230677 + 260 x 15563.7293"},
}

// TestWorkedExample goes through the example step by step, and writes the ledger.
func TestWorkedExample(t *testing.T) {
	d := sheet(t, workedCells)
	tr := trace.New()
	res, err := Compute(rulesOf(t, 2024), Terms{Start: civil.Of(2024, time.January, 1), Period: 1, RegionalTimes: 1}, Figures{}, d, tr)
	if err != nil || len(res.Missing) > 0 {
		t.Fatal(err, res.Missing)
	}
	at := 0
	var rows strings.Builder
	for _, want := range workedSteps {
		for at < len(tr.Steps) && tr.Steps[at].Name != want.name {
			at++
		}
		if at == len(tr.Steps) {
			t.Fatalf("no step %q in its place", want.name)
		}
		got := &tr.Steps[at]
		if got.Result != want.result {
			t.Errorf("%s: %s, by hand %s (%s)", want.name, got.Result, want.result, want.how)
		}
		if got.Cite == "" {
			t.Errorf("%s cites nothing", want.name)
		}
		fmt.Fprintf(&rows, "| %s | %s | %s | %s |\n", want.name, want.how, got.Result, got.Cite)
		at++
	}
	bars := []Bar{{"historical benchmark", 14551172_93, true}, {"prior savings adjustment", 110160_00, false}, {"risk score growth since BY3", 15064391_39 - 14661332_93, false},
		{"national and regional growth", 15874648_53 - 15064391_39, false}, {"prospective trend (ACPT)", 15805421_37 - 15874648_53, false}, {"updated benchmark", 15805421_37, true}}
	if diff := cmp.Diff(bars, res.Waterfall); diff != "" {
		t.Errorf("waterfall (-by hand +computed):\n%s", diff)
	}
	if res.Benchmark != 15805421_37 || res.TwoWay != 15874648_53 || res.Expenditures != 15560000_00 {
		t.Errorf("benchmark %s (two-way %s), expenditures %s", res.Benchmark, res.TwoWay, res.Expenditures)
	}
	ledger.Check(t, "benchmark.md", fmt.Sprintf(ledgerText, rows.String(), constants(t)))
}

// constants lists the rows of the table and whether they were compared with the text.
func constants(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for _, start := range []civil.Date{civil.Of(2019, time.July, 1), civil.Of(2024, time.January, 1), civil.Of(2025, time.January, 1)} {
		table, err := refdata.Embedded().Load("mssp.benchmark", start)
		if err != nil {
			t.Fatal(err)
		}
		bind := table.Bind()
		yes, no := 0, []string{}
		for i, v := range bind.Text("verified") {
			if v == "yes" {
				yes++
			} else {
				no = append(no, bind.Text("name")[i])
			}
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %s |\n", table.Version, table.Rows, yes, strings.Join(no, ", "))
	}
	return b.String()
}

const ledgerText = `# Benchmark of the Shared Savings Program

Written by the tests of vbc/benchmark. What CMS published of historical benchmarks is compared in [another ledger](benchmark-puf.md);
of adjustments and updates CMS publishes no figure with its inputs: here the arithmetic is compared with the regulation's text.

## A worked example

An agreement period from 1 January 2024, its first, with prior savings. Every step was worked out by hand with exact fractions; the
figures are invented. [The cells](../../vbc/benchmark/example_test.go) stand in the test.

| step | by hand | computed | regulation |
|---|---|---|---|
%s
## An oracle

A second reading of the regulation, in floating point and in another order, computes drawn benchmarks of agreement
periods from 2019, 2024 and 2025 beside the program: they agree to a cent in a million dollars. Properties hold besides: an adjustment
never goes beyond its caps, the risk ratio never beyond its cap, more growth never lowers a benchmark.

## The table mssp.benchmark

| agreement periods from | rows | compared with the text | not compared |
|---|---|---|---|
%s
The text that was compared is that of 42 CFR 425.601, 425.605, 425.610, 425.652, 425.655, 425.656 and 425.658 as amended up to the
final rule of 16 November 2023 (88 FR 78818). The amendments of 9 December 2024 (89 FR 98574) were not at hand: the population
adjustment of 425.662 rests on what is published about it.

## What is not built

- Sections 425.602 and 425.603 (agreement periods that began before July 2019): their results are replayed, and their historical
  benchmarks compared where the rules are those of later ones; their adjustments and updates are not built.
- Demographic risk scores are taken from the cells; their factors are not loaded.
- The capital parts of indirect medical education and disproportionate share payments are left out with the operating parts; the
  text says payments without telling the parts.
`
