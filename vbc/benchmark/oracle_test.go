// SPDX-License-Identifier: Apache-2.0

package benchmark

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/woodlawn-health/woodlawn/claim/civil"
)

// drawn is a benchmark's inputs as plain numbers, a type a row.
type drawn struct {
	start, period, times              int
	py, spent, risk, nat, reg         [4][4]float64 // type, year
	share                             [4][2]float64 // BY3, PY
	demo, regRisk, regDemo            [4][2]float64
	acpt                              [4]float64
	dual, proration, lowIncome        float64
	prior                             [3]float64
	hasPrior, hasLow, hasRegionalRisk bool
}

func draw(t *rapid.T) *drawn {
	between := func(name string, lo, hi float64) float64 {
		return math.Round(rapid.Float64Range(lo, hi).Draw(t, name)*1e4) / 1e4
	}
	d := &drawn{start: rapid.SampledFrom([]int{2020, 2024, 2025}).Draw(t, "start"), period: rapid.IntRange(1, 3).Draw(t, "period"), times: rapid.IntRange(1, 5).Draw(t, "times")}
	for k := range 4 {
		base := between("base", 5000, 90000)
		for y := range 4 {
			d.py[k][y] = between("person years", 10, 20000)
			d.spent[k][y] = base * between("spent", 0.8, 1.2)
			d.risk[k][y] = between("risk", 0.7, 1.6)
			d.nat[k][y] = base * between("national", 0.9, 1.2)
			d.reg[k][y] = base * between("regional", 0.7, 1.3)
		}
		for y := range 2 {
			d.share[k][y] = between("share", 0, 1)
			d.demo[k][y] = between("demographic", 0.9, 1.1)
			d.regRisk[k][y] = between("regional risk", 0.9, 1.2)
			d.regDemo[k][y] = between("regional demographic", 0.95, 1.05)
		}
		d.acpt[k] = between("acpt", 0.98, 1.15)
	}
	d.dual, d.proration, d.lowIncome = between("dual", 0, 1), between("proration", 0, 1), between("low income", 0, 0.6)
	for i := range d.prior {
		d.prior[i] = between("prior", -400, 900)
	}
	d.hasPrior, d.hasLow, d.hasRegionalRisk = rapid.Bool().Draw(t, "has prior"), rapid.Bool().Draw(t, "has low"), rapid.Bool().Draw(t, "has regional risk")
	return d
}

func num(v float64) string { return strconv.FormatFloat(v, 'f', 9, 64) }

// text writes the inputs as cells.
func (d *drawn) text() string {
	var b strings.Builder
	for k, code := range typeCodes[1:] {
		row := func(cell string, v []float64) {
			fmt.Fprintf(&b, "%s %s", cell, code)
			for range 4 - len(v) {
				b.WriteString(" -")
			}
			for _, x := range v {
				b.WriteString(" " + num(x))
			}
			b.WriteByte('\n')
		}
		row("aco_person_years", d.py[k][:])
		row("aco_per_capita", d.spent[k][:])
		row("aco_risk", d.risk[k][:])
		row("national_per_capita", d.nat[k][:])
		row("regional_per_capita", d.reg[k][:])
		row("assignable_share", d.share[k][:])
		row("demographic_risk", d.demo[k][:])
		row("acpt", d.acpt[k:k+1])
		if d.hasRegionalRisk {
			row("regional_risk", d.regRisk[k][:])
			row("regional_demographic_risk", d.regDemo[k][:])
		}
	}
	fmt.Fprintf(&b, "dual_share ALL - - %s -\n", num(d.dual))
	if d.hasPrior {
		fmt.Fprintf(&b, "prior_savings ALL %s %s %s\nprior_savings_proration ALL %s\n", num(d.prior[0]), num(d.prior[1]), num(d.prior[2]), num(d.proration))
	}
	if d.hasLow {
		fmt.Fprintf(&b, "low_income_share ALL %s\n", num(d.lowIncome))
	}
	return b.String()
}

// oracle reads the regulation anew, with its percentages written here, and gives the total
// benchmark, the same without the prospective trend, and the name of the adjustment.
func (d *drawn) oracle() (total, twoWay float64, applied string) {
	weights := []float64{0.1, 0.3, 0.6}
	if d.period > 1 {
		weights = []float64{1. / 3, 1. / 3, 1. / 3}
	}
	var hb, adj [4]float64
	by3 := 0.
	for k := range 4 {
		by3 += d.py[k][2]
		for y := range 3 {
			trend := d.share[k][0]*d.nat[k][2]/d.nat[k][y] + (1-d.share[k][0])*d.reg[k][2]/d.reg[k][y]
			hb[k] += weights[y] * d.spent[k][y] * trend * d.risk[k][2] / d.risk[k][y]
		}
	}
	against, national := 0., 0.
	for k := range 4 {
		against += d.py[k][2] / by3 * (d.reg[k][2]*d.risk[k][2] - hb[k])
		national += d.py[k][2] / by3 * d.nat[k][2]
	}
	part := map[bool][]float64{true: {.35, .5, .5, .5}, false: {.15, .25, .35, .5}}[against >= 0][min(d.times, 4)-1]
	old := d.start < 2024
	up, down := 0., 0.
	for k := range 4 {
		up += d.spent[k][2] * d.py[k][2] * d.risk[k][2]
		down += d.spent[k][2] * d.py[k][2]
	}
	offset := math.Max(0, math.Min(1, d.dual+up/down-1))
	regional := 0.
	for k := range 4 {
		adj[k] = part * (d.reg[k][2]*d.risk[k][2] - hb[k])
		switch {
		case old:
			adj[k] = math.Max(-.05*d.nat[k][2], math.Min(.05*d.nat[k][2], adj[k]))
		case adj[k] > 0:
			adj[k] = math.Min(.05*d.nat[k][2], adj[k])
		default:
			adj[k] = math.Max(-.015*d.nat[k][2], adj[k]) * (1 - offset)
		}
		regional += adj[k] * d.py[k][2] / by3
	}
	applied = "regional"
	if !old {
		prior, population := 0., 0.
		if mean := (d.prior[0] + d.prior[1] + d.prior[2]) / 3; d.hasPrior && mean > 0 {
			prior = math.Min(.5*mean*d.proration, .05*national)
		}
		if d.hasLow && d.start >= 2025 && d.lowIncome >= .15 {
			population = d.lowIncome * .05 * national
		}
		switch best := math.Max(regional, math.Max(prior, population)); {
		case best <= 0:
			adj, applied = [4]float64{}, "none"
		case best == regional:
		case best == prior:
			adj, applied = [4]float64{prior, prior, prior, prior}, "prior savings"
		default:
			adj, applied = [4]float64{population, population, population, population}, "population"
		}
	}
	mean := func(growth func(k int) float64) float64 {
		sum, all := 0., 0.
		for k := range 4 {
			w := (hb[k] + adj[k]) * d.py[k][3]
			sum, all = sum+w*growth(k), all+w
		}
		return sum / all
	}
	growth := func(k int) float64 { return d.risk[k][3] / d.risk[k][2] }
	limit, capped := 1.03, true
	if !old {
		limit = mean(func(k int) float64 { return d.demo[k][1] / d.demo[k][0] }) + .03
		capped = mean(growth) > limit
	}
	regionalGrowth := func(k int) float64 { return d.regRisk[k][1] / d.regRisk[k][0] }
	regionalLimit, regionalCapped := 0., false
	if !old && d.hasRegionalRisk {
		base := mean(func(k int) float64 { return d.regDemo[k][1] / d.regDemo[k][0] }) + .03
		people, market := 0., 0.
		for k := range 4 {
			people += d.py[k][3]
			market += d.py[k][3] * d.share[k][1]
		}
		regionalLimit = base + market/people*math.Max(0, mean(regionalGrowth)-base)
		regionalCapped = mean(regionalGrowth) > regionalLimit
	}
	for k := range 4 {
		ratio := growth(k)
		if capped {
			ratio = math.Min(ratio, limit)
		}
		region := d.reg[k][3] / d.reg[k][2]
		if regionalCapped && regionalGrowth(k) > regionalLimit {
			region *= regionalGrowth(k) / regionalLimit
		}
		two := d.share[k][1]*d.nat[k][3]/d.nat[k][2] + (1-d.share[k][1])*region
		three := two
		if !old {
			three = two*2/3 + d.acpt[k]/3
		}
		total += (hb[k] + adj[k]) * ratio * three * d.py[k][3]
		twoWay += (hb[k] + adj[k]) * ratio * two * d.py[k][3]
	}
	return total, twoWay, applied
}

// TestOracle computes drawn benchmarks twice.
func TestOracle(t *testing.T) {
	rules := map[int]*Rules{2020: rulesOf(t, 2020), 2024: rulesOf(t, 2024), 2025: rulesOf(t, 2025)}
	seen := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		d := draw(rt)
		terms := Terms{Start: civil.Of(d.start, time.January, 1), Period: d.period, RegionalTimes: d.times}
		res, err := Compute(rules[d.start], terms, Figures{}, sheet(t, d.text()), nil)
		if err != nil || len(res.Missing) > 0 {
			rt.Fatal(err, res.Missing)
		}
		total, twoWay, applied := d.oracle()
		seen[applied]++
		if applied != res.Applied {
			rt.Fatalf("adjustment %s, oracle %s (regional %s, prior %s, population %s)", res.Applied, applied, res.Regional, res.PriorSavings, res.Population)
		}
		for _, pair := range [][2]float64{{float64(res.Benchmark) / 100, total}, {float64(res.TwoWay) / 100, twoWay}} {
			if math.Abs(pair[0]-pair[1]) > 0.03+pair[1]*1e-8 {
				rt.Fatalf("benchmark %.2f, oracle %.2f", pair[0], pair[1])
			}
		}
		for i, x := range res.Types {
			if national := d.nat[i][2]; res.Applied == "regional" && float64(x.Adjustment)/1e9 > .05*national+1e-6 {
				rt.Fatalf("%s: adjustment %s is more than 5%% of %f", x.Name, x.Adjustment, national)
			}
			if x.RiskRatio > x.RiskGrowth {
				rt.Fatalf("%s: the cap raises the risk ratio", x.Name)
			}
		}
	})
	for _, name := range []string{"regional", "prior savings", "population", "none"} {
		if seen[name] == 0 {
			t.Logf("no drawn benchmark had adjustment %s", name)
		}
	}
}

// TestMoreGrowth: more prospective trend or national growth never lowers a benchmark.
func TestMoreGrowth(t *testing.T) {
	rules := rulesOf(t, 2024)
	rapid.Check(t, func(rt *rapid.T) {
		d := draw(rt)
		d.start = 2024
		terms := Terms{Start: civil.Of(2024, time.January, 1), Period: d.period, RegionalTimes: d.times}
		before, err := Compute(rules, terms, Figures{}, sheet(t, d.text()), nil)
		if err != nil {
			rt.Fatal(err)
		}
		k := rapid.IntRange(0, 3).Draw(rt, "type")
		if rapid.Bool().Draw(rt, "national") {
			d.nat[k][3] *= 1.01
		} else {
			d.acpt[k] *= 1.01
		}
		after, err := Compute(rules, terms, Figures{}, sheet(t, d.text()), nil)
		if err != nil {
			rt.Fatal(err)
		}
		if after.Benchmark < before.Benchmark {
			rt.Fatalf("%s becomes %s", before.Benchmark, after.Benchmark)
		}
	})
}
