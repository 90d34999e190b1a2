// SPDX-License-Identifier: Apache-2.0

package benchmark

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// acoYear is what CMS published of the benchmark of an ACO in its first agreement period:
// per type the expenditures and risk scores of BY1 to BY3 and PY, person years of BY3 and PY.
type acoYear struct {
	historical float64
	spent      [4][4]float64
	risk       [4][4]float64
	py         [4][2]float64
}

// pufRows are the lines of CMS's public-use file, each a function from a column's name to
// its text.
func pufRows(t *testing.T) []func(name string) string {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(evidence.Read(t, "data/vbc/mssp_puf/mssp_aco_puf_2013_2021.csv.gz"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]int{}
	for i, name := range rows[0] {
		at[name] = i
	}
	var out []func(string) string
	for _, row := range rows[1:] {
		out = append(out, func(name string) string { return row[at[name]] })
	}
	return out
}

// numbers reads figures of a line and remembers whether all were there.
type numbers struct {
	row func(string) string
	bad bool
}

func (n *numbers) of(name string) float64 {
	v, err := strconv.ParseFloat(strings.NewReplacer(",", "", "$", "").Replace(n.row(name)), 64)
	n.bad = n.bad || err != nil || v <= 0
	return v
}

var pufTypes = [4][2]string{{"esrd", "esrd"}, {"dis", "dis"}, {"agdu", "aged_dual"}, {"agnd", "aged_nondual"}}

// published reads the ACO-years of the public-use file whose agreement period is their
// first, by cohort: performance year and begin of the agreement.
func published(t *testing.T) map[string][]acoYear {
	t.Helper()
	out := map[string][]acoYear{}
	for _, row := range pufRows(t) {
		n := numbers{row: row}
		a := acoYear{historical: n.of("histbnchmk")}
		for k, name := range pufTypes {
			for y, year := range []string{"by1", "by2", "by3", "py"} {
				a.spent[k][y], a.risk[k][y] = n.of("per_capita_exp_all_"+name[0]+"_"+year), n.of("cms_hcc_riskscore_"+name[0]+"_"+year)
			}
			a.py[k] = [2]float64{n.of("n_ab_year_" + name[1] + "_by3"), n.of("n_ab_year_" + name[1] + "_py")}
		}
		start, _, _ := strings.Cut(row("current_start_date"), " ")
		if month, rest, found := strings.Cut(start, "/"); found && !n.bad && row("agreement_period_num") == "1" {
			day, year, _ := strings.Cut(rest, "/")
			cohort := fmt.Sprintf("%s, agreement from %s-%02s-%02s", row("performance_year"), year, month, day)
			out[cohort] = append(out[cohort], a)
		}
	}
	return out
}

// totals multiplies expenditures by type with person years for every ACO-year that prints
// them, and counts those that come to the total that CMS printed, within what the printed
// dollars and whole person years leave open. Performance periods of six months in 2019 have
// half a year's expenditures.
func totals(t *testing.T) (all, equal, halves int) {
	t.Helper()
	for _, row := range pufRows(t) {
		n := numbers{row: row}
		printed := n.of("abtotexp")
		var sheetText strings.Builder
		open := 1.
		for k, name := range pufTypes {
			spent, years := n.of("per_capita_exp_all_"+name[0]+"_py"), n.of("n_ab_year_"+name[1]+"_py")
			fmt.Fprintf(&sheetText, "aco_person_years %s - - - %.6f\naco_per_capita %s - - - %.6f\n", typeCodes[k+1], years, typeCodes[k+1], spent)
			open += years/2 + spent/2 + 1
		}
		if n.bad {
			continue
		}
		all++
		c := &calc{d: sheet(t, sheetText.String()), res: &Result{}}
		for _, k := range []int{1, 2, 3, 4} {
			c.readType(PY, feed.EnrollmentType(k))
			c.res.Expenditures += c.months[PY][k].times(c.pmpy[PY][k])
		}
		got := float64(c.res.Expenditures) / 100
		switch {
		case math.Abs(got-printed) <= open:
			equal++
		case row("performance_year") == "2019" && math.Abs(got/2-printed) <= open:
			equal++
			halves++
		}
	}
	return all, equal, halves
}

// growths finds the eight national growth factors of a cohort (four types, BY1 and BY2 to
// BY3), which CMS did not publish and which are the same for all its ACOs, by least squares.
func growths(list []acoYear, weights [3]float64) (g [8]float64, ok bool) {
	var m [8][9]float64
	for i := range list {
		a := &list[i]
		all := a.py[0][0] + a.py[1][0] + a.py[2][0] + a.py[3][0]
		var x [8]float64
		rest := a.historical
		for k := range 4 {
			part := a.py[k][0] / all
			x[2*k] = part * weights[0] * a.spent[k][0] * a.risk[k][2] / a.risk[k][0]
			x[2*k+1] = part * weights[1] * a.spent[k][1] * a.risk[k][2] / a.risk[k][1]
			rest -= part * weights[2] * a.spent[k][2]
		}
		for r := range 8 {
			for c := range 8 {
				m[r][c] += x[r] * x[c]
			}
			m[r][8] += x[r] * rest
		}
	}
	for i := range 8 {
		p := i
		for r := i; r < 8; r++ {
			if math.Abs(m[r][i]) > math.Abs(m[p][i]) {
				p = r
			}
		}
		m[i], m[p] = m[p], m[i]
		if math.Abs(m[i][i]) < 1e-9 {
			return g, false
		}
		for r := range 8 {
			if r == i {
				continue
			}
			f := m[r][i] / m[i][i]
			for c := i; c < 9; c++ {
				m[r][c] -= f * m[i][c]
			}
		}
	}
	for i := range 8 {
		g[i] = m[i][8] / m[i][i]
	}
	return g, true
}

// historicalOf computes an ACO's historical benchmark with the program.
func (a *acoYear) historicalBy(t *testing.T, g [8]float64) float64 {
	t.Helper()
	var b strings.Builder
	for k, code := range typeCodes[1:] {
		n := func(v float64) string { return strconv.FormatFloat(v, 'f', 9, 64) }
		fmt.Fprintf(&b, "aco_person_years %s %s %s %s %s\n", code, n(a.py[k][0]), n(a.py[k][0]), n(a.py[k][0]), n(a.py[k][1]))
		fmt.Fprintf(&b, "aco_per_capita %s %s %s %s %s\n", code, n(a.spent[k][0]), n(a.spent[k][1]), n(a.spent[k][2]), n(a.spent[k][3]))
		fmt.Fprintf(&b, "aco_risk %s %s %s %s %s\n", code, n(a.risk[k][0]), n(a.risk[k][1]), n(a.risk[k][2]), n(a.risk[k][3]))
		for _, cell := range []string{"national_per_capita", "regional_per_capita"} {
			fmt.Fprintf(&b, "%s %s %s %s 10000 10000\n", cell, code, n(10000/g[2*k]), n(10000/g[2*k+1]))
		}
		fmt.Fprintf(&b, "assignable_share %s - - 1 1\n", code)
	}
	c := &calc{rules: rulesOf(t, 2020), terms: Terms{Start: civil.Of(2020, time.January, 1), Period: 1, RegionalTimes: 1}, d: sheet(t, b.String()), res: &Result{}}
	c.readFigures()
	c.makeHistorical()
	if c.err != nil || len(c.res.Missing) > 0 {
		t.Fatal(c.err, c.res.Missing)
	}
	var sum Amount
	for _, k := range c.active {
		sum += c.historical[k].times(c.by3Share(k))
	}
	return float64(sum) / float64(dollar)
}

// leastCohort is the least number of ACOs of a cohort: eight growth factors are found from it.
const leastCohort = 30

// TestPublishedBenchmarks holds the historical benchmark against what CMS published for
// ACOs in their first agreement period: weights, risk ratios and mix are CMS's if eight
// growth factors make all benchmarks of a cohort come out.
func TestPublishedBenchmarks(t *testing.T) {
	cohorts := published(t)
	var names []string
	for name, list := range cohorts {
		if len(list) >= leastCohort {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var rows strings.Builder
	total, near := 0, 0
	for _, name := range names {
		list := cohorts[name]
		g, ok := growths(list, [3]float64{.1, .3, .6})
		if !ok {
			t.Fatalf("%s: the growth factors can't be found", name)
		}
		var misses []float64
		for i := range list {
			misses = append(misses, math.Abs(list[i].historicalBy(t, g)/list[i].historical-1))
		}
		slices.Sort(misses)
		for _, m := range misses {
			total++
			if m < 0.0005 {
				near++
			}
		}
		if median := misses[len(misses)/2]; median > 0.0002 {
			t.Errorf("%s: median miss %.5f", name, median)
		}
		// what another reading would give: equal weights, as in later agreement periods
		equal, ok := growths(list, [3]float64{1. / 3, 1. / 3, 1. / 3})
		var other []float64
		for i := range list {
			a, all, sum := &list[i], 0., 0.
			for k := range 4 {
				all += a.py[k][0]
			}
			for k := range 4 {
				sum += a.py[k][0] / all / 3 * (a.spent[k][2] + equal[2*k]*a.spent[k][0]*a.risk[k][2]/a.risk[k][0] + equal[2*k+1]*a.spent[k][1]*a.risk[k][2]/a.risk[k][1])
			}
			other = append(other, math.Abs(sum/a.historical-1))
		}
		slices.Sort(other)
		if !ok || other[len(other)/2] < 10*misses[len(misses)/2] {
			t.Errorf("%s: equal weights miss by %.5f only: the comparison tells nothing", name, other[len(other)/2])
		}
		fmt.Fprintf(&rows, "| %s | %d | %.3f %% | %.3f %% | %.2f %% |\n", name, len(list), misses[len(misses)/2]*100, misses[len(misses)-1]*100, other[len(other)/2]*100)
	}
	if total < 600 || near*100 < total*97 {
		t.Errorf("%d of %d benchmarks within 0.05 %%", near, total)
	}
	all, equal, halves := totals(t)
	if all < 1600 || equal != all {
		t.Errorf("%d of %d totals of expenditures", equal, all)
	}
	ledger.Check(t, "benchmark-puf.md", fmt.Sprintf(pufText, total, near, rows.String(), equal, all, halves))
}

const pufText = `# Historical benchmarks that CMS published

Written by a test of vbc/benchmark from CMS's ACO public-use file: for ACOs in their first agreement period it prints expenditures
and risk scores of the benchmark years by enrollment type, the person years of BY3, and the historical benchmark. It does not
print the national growth from BY1 and BY2 to BY3: eight factors, the same for every ACO of a cohort. They are found by least squares
over the cohort (at least 30 ACOs); then the program computes each ACO's benchmark. That all of a cohort come out shows that the weights
of the years, the risk ratios and the restatement on BY3's mix are CMS's. Risk scores are printed with three decimals and expenditures
in dollars, which leaves about 0.05 %% open. With equal weights of the years, the last column, the same exercise misses by many times more.

%d ACO-years, of them %d within 0.05 %%.

| performance year, agreement | ACOs | median miss | largest miss | median miss with equal weights |
|---|---|---|---|---|
%s
Expenditures by type, times person years, added up: %d of %d ACO-years come to the total that CMS printed, %d of them over the six months
of a performance period in 2019.

Not compared, because the file does not print what they follow from: regional growth and adjustments, the update, agreement
periods after the first.
`
