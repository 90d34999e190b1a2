// SPDX-License-Identifier: Apache-2.0

package benchmark

import (
	"fmt"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/vbc/account"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// makeHistorical makes the historical benchmark of each type before adjustments (42 CFR
// 425.652(a)(1) to (7), 425.601(a)(1) to (7)).
func (c *calc) makeHistorical() {
	for _, t := range c.active {
		end := c.t.Section("historical benchmark, " + account.TypeNames[t])
		name := "historical_benchmark"
		if c.d.hasAdjusted() {
			name = "adjusted_benchmark"
		}
		if c.d.HasHistorical() {
			c.historical[t] = Amount(c.cell(name, t, anyYear))
			c.t.Add(trace.Step{Name: "as CMS gives it", Result: c.historical[t].String(), Table: c.source(name, t, anyYear), Cite: "42 CFR 425.652(a)"})
		} else {
			c.historicalOf(t)
		}
		end()
	}
}

func (c *calc) historicalOf(t feed.EnrollmentType) {
	weights := c.weights()
	var sum Amount
	var used Factor
	var terms []string
	for y := BY1; y <= BY3; y++ {
		if c.months[y][t] == 0 {
			continue
		}
		v := c.trended(t, y)
		sum += v.times(weights[y])
		used += weights[y]
		terms = append(terms, fmt.Sprintf("%s x %s", v, weights[y]))
	}
	switch {
	case used == 0:
		c.missing(fmt.Sprintf("historical_benchmark %s: nobody of the type in the benchmark years", typeCodes[t]))
		return
	case used != one:
		c.note("%s: the benchmark rests on the years that have anybody of the type; their weights are scaled to 1, which the regulation does not say", account.TypeNames[t])
		sum = Amount(money.HalfUp(int64(sum), int64(one), int64(used)))
	}
	c.historical[t] = sum
	if c.t.On() {
		cite := "42 CFR 425.652(a)(7)"
		if c.terms.Period > 1 {
			cite = "42 CFR 425.652(c)(2)"
		}
		c.t.Add(trace.Step{Name: "weighted", Formula: strings.Join(terms, " + "), Result: sum.String(), Rounding: "half up to 9 decimals",
			Table: c.rules.row("first_period_by1, _by2, _by3"), Cite: cite})
	}
}

// weights of the benchmark years: 10, 30 and 60 percent in the first agreement period,
// equal ones later.
func (c *calc) weights() [3]Factor {
	if c.terms.Period <= 1 {
		return [3]Factor{c.rules.share("first_period_by1"), c.rules.share("first_period_by2"), c.rules.share("first_period_by3")}
	}
	third := share(1, 3)
	return [3]Factor{third, third, one - 2*third}
}

// trended brings a benchmark year's expenditures to BY3: risk and growth.
func (c *calc) trended(t feed.EnrollmentType, y Year) Amount {
	v := c.pmpy[y][t]
	step := trace.Step{Name: y.String() + " expenditures", Result: v.String(), Inputs: []trace.Input{trace.In("person years", c.months[y][t])}, Cite: "42 CFR 425.652(a)(1), (2), (4)"}
	if row := c.source("aco_per_capita", t, y); row != nil {
		step.Table = row
	}
	c.t.Add(step)
	if y == BY3 {
		return v
	}
	if c.months[BY3][t] == 0 {
		c.missing(fmt.Sprintf("aco_risk %s BY3: nobody of the type in BY3 to adjust to", typeCodes[t]))
		return v
	}
	growth := c.blend(t, y, BY3, BY3, nil)
	ratio := c.ratio(fmt.Sprintf("risk scores BY3 to %s of %s", y, account.TypeNames[t]), int64(c.risk[BY3][t]), int64(c.risk[y][t]))
	out := c.bound("trended expenditure", t, v.times(growth).times(ratio))
	if c.t.On() {
		c.t.Add(trace.Step{Name: "risk ratio BY3 / " + y.String(), Formula: fmt.Sprintf("%s / %s", c.risk[BY3][t], c.risk[y][t]), Result: ratio.String(),
			Rounding: "half up to 12 decimals", Cite: "42 CFR 425.652(a)(3)"})
		c.t.Add(trace.Step{Name: y.String() + " trended and risk adjusted", Formula: fmt.Sprintf("%s x %s x %s", v, growth, ratio), Result: out.String(),
			Rounding: "half up to 9 decimals", Cite: "42 CFR 425.652(a)(3), (5)"})
	}
	return out
}

// blend is the growth from one year to another: the national one weighted with the ACO's
// share of the assignable beneficiaries of its region in the year weights, the regional one
// with the rest. regional may scale the regional growth.
func (c *calc) blend(t feed.EnrollmentType, from, to, weights Year, regional *Factor) Factor {
	name := account.TypeNames[t]
	national := c.ratio(fmt.Sprintf("national expenditures %s to %s of %s", from, to, name), c.cell("national_per_capita", t, to), c.cell("national_per_capita", t, from))
	region := c.ratio(fmt.Sprintf("regional expenditures %s to %s of %s", from, to, name), int64(c.regionOf(t, to)), int64(c.regionOf(t, from)))
	if regional != nil {
		region = region.times(*regional)
	}
	w := c.assignableShare(t, weights)
	if w > one {
		c.err = &ProportionError{fmt.Sprintf("assignable_share %s %s is more than 1", typeCodes[t], weights)}
		return one
	}
	out := national.times(w) + region.times(one-w)
	if out > 16*one && c.err == nil {
		c.err = &ProportionError{fmt.Sprintf("growth %s to %s of %s is %s", from, to, name, out)}
		out = one
	}
	if c.t.On() {
		cite := "42 CFR 425.652(a)(5)"
		if to == PY {
			cite = "42 CFR 425.652(b)(2)"
		}
		c.t.Add(trace.Step{Name: fmt.Sprintf("national growth %s to %s", from, to), Formula: fmt.Sprintf("%s / %s", Amount(c.cell("national_per_capita", t, to)), Amount(c.cell("national_per_capita", t, from))),
			Result: national.String(), Rounding: "half up to 12 decimals", Table: c.source("national_per_capita", t, to), Cite: cite})
		c.t.Add(trace.Step{Name: fmt.Sprintf("regional growth %s to %s", from, to), Formula: fmt.Sprintf("%s / %s", c.regionOf(t, to), c.regionOf(t, from)),
			Result: region.String(), Rounding: "half up to 12 decimals", Table: c.source("regional_per_capita", t, to), Cite: cite + ", 425.654"})
		c.t.Add(trace.Step{Name: "blend", Formula: fmt.Sprintf("%s x %s + %s x %s", national, w, region, one-w), Result: out.String(),
			Rounding: "half up to 12 decimals", Table: c.source("assignable_share", t, weights), Cite: cite + "(iv)"})
	}
	return out
}

// regionOf is the risk adjusted expenditure of the ACO's region: given, or the counties'
// weighted by where the assigned beneficiaries of the type live (42 CFR 425.654(b)).
func (c *calc) regionOf(t feed.EnrollmentType, y Year) Amount {
	if v, ok := c.optional("regional_per_capita", t, y); ok {
		return Amount(v)
	}
	f := c.figures[y]
	if f == nil || len(c.d.order) == 0 || f.Cells[t].Months == 0 {
		return Amount(c.cell("regional_per_capita", t, y))
	}
	var sum Amount
	var weighted int64
	for _, county := range c.d.order {
		months := f.Counties[county][t]
		x, ok := c.d.cells[cellKey{name: "county_per_capita", kind: t, year: y, county: county}]
		if months == 0 || !ok {
			continue
		}
		sum += Amount(money.HalfUp(x.Value, months, f.Cells[t].Months))
		weighted += months
	}
	if weighted != f.Cells[t].Months {
		c.missing(fmt.Sprintf("county_per_capita %s %s: counties of %d of %d person months are not loaded", typeCodes[t], y, f.Cells[t].Months-weighted, f.Cells[t].Months))
	}
	return sum
}

// assignableShare is the ACO's share of the assignable beneficiaries of its region: given,
// or each county's share weighted by where the assigned beneficiaries live (42 CFR
// 425.652(a)(5)(v), (b)(2)(iv)).
func (c *calc) assignableShare(t feed.EnrollmentType, y Year) Factor {
	if v, ok := c.optional("assignable_share", t, y); ok {
		return Factor(v)
	}
	f := c.figures[y]
	if f == nil || len(c.d.order) == 0 || f.Cells[t].Months == 0 {
		return Factor(c.cell("assignable_share", t, y))
	}
	var sum Factor
	for _, county := range c.d.order {
		months := f.Counties[county][t]
		x, ok := c.d.cells[cellKey{name: "county_assignable", kind: t, year: y, county: county}]
		if months == 0 || !ok || x.Value == 0 {
			continue
		}
		here := share(int64(personYears(months)), x.Value)
		sum += here.times(share(months, f.Cells[t].Months))
	}
	return sum
}
