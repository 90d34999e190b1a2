// SPDX-License-Identifier: Apache-2.0

package benchmark

import (
	"fmt"

	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/vbc/account"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// adjust applies the one adjustment that the ACO gets: regional, prior savings or
// population (42 CFR 425.652(a)(8), 425.601(a)(8)).
func (c *calc) adjust() {
	if c.d.hasAdjusted() {
		c.adjusted, c.res.Applied = c.historical, "CMS's"
		c.note("the adjustment of the historical benchmark is in the figure that CMS gives")
		return
	}
	end := c.t.Section("adjustment of the historical benchmark")
	defer end()
	byType := c.regionalAdjustment()
	c.priorSavings()
	c.population()
	if c.err != nil || len(c.res.Missing) > 0 {
		return
	}
	best, flat := c.res.Regional, Amount(0)
	applied := "regional"
	if best <= 0 && !c.rules.yes("negative_applies") {
		best, applied = 0, "none"
	}
	if c.res.PriorSavings > max(best, 0) {
		best, flat, applied = c.res.PriorSavings, c.res.PriorSavings, "prior savings"
	}
	if c.res.Population > max(best, 0) {
		best, flat, applied = c.res.Population, c.res.Population, "population"
	}
	c.res.Applied = applied
	for _, t := range c.active {
		var by Amount
		switch applied {
		case "regional":
			by = byType[t]
		case "none":
		default:
			by = flat
		}
		c.adjusted[t] = c.bound("adjusted benchmark", t, c.historical[t]+by)
		if c.adjusted[t] <= 0 && c.err == nil {
			c.err = &ProportionError{fmt.Sprintf("the adjusted benchmark of %s is %s", account.TypeNames[t], c.adjusted[t])}
		}
	}
	c.t.Add(trace.Step{Name: "adjustment applied: " + applied, Inputs: []trace.Input{trace.In("regional", c.res.Regional), trace.In("prior savings", c.res.PriorSavings),
		trace.In("population", c.res.Population)}, Result: best.String(), Table: c.rules.row("negative_applies"), Cite: c.rules.values["negative_applies"].cite + ", 425.652(a)(8)"})
}

// by3Share is a type's part of the person years of BY3.
func (c *calc) by3Share(t feed.EnrollmentType) Factor {
	var all PersonYears
	for _, k := range c.active {
		all += c.months[BY3][k]
	}
	return share(int64(c.months[BY3][t]), int64(all))
}

// regionalAdjustment is 42 CFR 425.656, and 425.601(a)(8) and (f) before 2024.
func (c *calc) regionalAdjustment() (byType [account.Types]Amount) {
	var difference [account.Types]Amount
	var sum Amount
	for _, t := range c.active {
		if c.months[BY3][t] == 0 {
			c.missing(fmt.Sprintf("aco_person_years %s BY3: nobody of the type in BY3", typeCodes[t]))
			continue
		}
		c.regional[t] = c.regionOf(t, BY3).times(c.risk[BY3][t])
		difference[t] = c.regional[t] - c.historical[t]
		sum += difference[t].times(c.by3Share(t))
		if c.t.On() {
			c.t.Add(trace.Step{Name: "regional less historical, " + account.TypeNames[t], Formula: fmt.Sprintf("%s x %s - %s", c.regionOf(t, BY3), c.risk[BY3][t], c.historical[t]),
				Result: difference[t].String(), Inputs: []trace.Input{trace.In("part of BY3", c.by3Share(t))}, Rounding: "half up to 9 decimals",
				Table: c.source("regional_per_capita", t, BY3), Cite: "42 CFR 425.656(b), (c)(1)"})
		}
	}
	if len(c.res.Missing) > 0 {
		return byType
	}
	name, cost := fmt.Sprintf("regional_lower_%d", min(max(c.terms.RegionalTimes, 1), 4)), "lower"
	if sum < 0 {
		name, cost = fmt.Sprintf("regional_higher_%d", min(max(c.terms.RegionalTimes, 1), 4)), "higher"
	}
	c.t.Add(trace.Step{Name: "spending against the region", Inputs: []trace.Input{trace.In("weighted difference", sum)}, Result: cost + ", weight " + c.rules.share(name).String(),
		Table: c.rules.row(name), Cite: "42 CFR 425.656(d)", Unverified: !c.rules.values[name].verified})
	offset := Factor(0)
	if c.rules.yes("negative_offset") {
		offset = c.offset()
	}
	for _, t := range c.active {
		byType[t] = c.capped(t, difference[t].times(c.rules.share(name)), offset)
		c.res.Regional += byType[t].times(c.by3Share(t))
	}
	return byType
}

// capped limits a type's adjustment by national expenditures and offsets a negative one.
func (c *calc) capped(t feed.EnrollmentType, a Amount, offset Factor) Amount {
	national := Amount(c.cell("national_per_capita", t, BY3))
	high, low := national.times(c.rules.share("regional_cap")), -national.times(c.rules.share("regional_floor"))
	out := min(max(a, low), high)
	row := "regional_cap"
	if a < 0 {
		row = "regional_floor"
		out = out.times(one - offset)
	}
	if c.t.On() {
		c.t.Add(trace.Step{Name: "adjustment, " + account.TypeNames[t], Inputs: []trace.Input{trace.In("weighted difference", a), trace.In("at least", low), trace.In("at most", high),
			trace.In("offset", offset)}, Result: out.String(), Rounding: "half up to 9 decimals", Table: c.rules.row(row), Cite: c.rules.values[row].cite + ", 425.656(c)(4)"})
	}
	return out
}

// offset is what lessens a negative adjustment: the part of dual beneficiaries and how much
// sicker than average the assigned are, 0 to 1 (42 CFR 425.656(c)(4), (5)).
func (c *calc) offset() Factor {
	var dual Factor
	if v, ok := c.optional("dual_share", feed.NoType, BY3); ok {
		dual = Factor(v)
	} else if f := c.figures[BY3]; f != nil {
		var months int64
		for i := range f.Cells {
			months += f.Cells[i].Months
		}
		dual = share(f.Dual, months)
	} else {
		c.missing(cellKey{name: "dual_share", year: BY3}.String())
	}
	var weighted, weights Factor
	var spent money.Cents
	for _, t := range c.active {
		spent += c.months[BY3][t].times(c.spentBY3(t))
	}
	for _, t := range c.active {
		w := share(int64(c.months[BY3][t].times(c.spentBY3(t))), int64(spent))
		weighted += c.risk[BY3][t].times(w)
		weights += w
	}
	out := min(max(dual+weighted-one, 0), one)
	if weights == 0 {
		out = min(max(dual, 0), one)
	}
	c.t.Add(trace.Step{Name: "offset factor", Inputs: []trace.Input{trace.In("dual", dual), trace.In("weighted risk score of BY3", weighted)},
		Formula: fmt.Sprintf("%s + %s - 1, at least 0, at most 1", dual, weighted), Result: out.String(), Table: c.rules.row("negative_offset"), Cite: "42 CFR 425.656(c)(4), (5)"})
	return out
}

// spentBY3 is the expenditure of BY3 a person, or the historical benchmark where CMS gives
// that alone.
func (c *calc) spentBY3(t feed.EnrollmentType) Amount {
	if c.pmpy[BY3][t] > 0 {
		return c.pmpy[BY3][t]
	}
	return c.historical[t]
}

// national is the national expenditure of BY3 as one value, at the ACO's mix.
func (c *calc) national() Amount {
	var sum Amount
	for _, t := range c.active {
		sum += Amount(c.cell("national_per_capita", t, BY3)).times(c.by3Share(t))
	}
	return sum
}

// priorSavings is 42 CFR 425.658. An ACO whose delivery has no prior savings was not
// reconciled in the three years before.
func (c *calc) priorSavings() {
	part := c.rules.share("prior_savings_share")
	var sum Amount
	known := 0
	for p := 1; p <= 3; p++ {
		if x, ok := c.d.cells[cellKey{name: "prior_savings", year: anyYear, prior: p}]; ok {
			sum += Amount(x.Value)
			known++
		}
	}
	if part == 0 || known == 0 {
		return
	}
	if known < 3 {
		c.missing("prior_savings ALL P1 to P3: a year without reconciliation counts as 0")
		return
	}
	mean := Amount(money.HalfUp(int64(sum), 1, 3))
	step := trace.Step{Name: "prior savings a person, mean of three years", Result: mean.String(), Table: c.row(cellKey{name: "prior_savings", year: anyYear, prior: 1}), Cite: "42 CFR 425.658(b)"}
	c.t.Add(step)
	if mean <= 0 {
		return
	}
	prorated := mean.times(Factor(c.cell("prior_savings_proration", feed.NoType, anyYear)))
	limit := c.national().times(c.rules.share("prior_savings_cap"))
	c.res.PriorSavings = min(prorated.times(part), limit)
	c.t.Add(trace.Step{Name: "prior savings adjustment", Inputs: []trace.Input{trace.In("prorated", prorated), trace.In("at most", limit)}, Formula: fmt.Sprintf("%s x %s", prorated, part),
		Result: c.res.PriorSavings.String(), Rounding: "half up to 9 decimals", Table: c.rules.row("prior_savings_share"), Cite: "42 CFR 425.658(c)"})
}

// population is the population (health equity) adjustment, 42 CFR 425.662.
func (c *calc) population() {
	cap := c.rules.values["population_cap"]
	v, ok := c.optional("low_income_share", feed.NoType, anyYear)
	if cap.raw == 0 || !ok {
		return
	}
	scaler, limit := Factor(v), c.national().times(cap.value)
	if scaler >= c.rules.share("population_minimum") {
		c.res.Population = limit.times(min(scaler, one))
	}
	c.t.Add(trace.Step{Name: "population adjustment", Inputs: []trace.Input{trace.In("at least", c.rules.share("population_minimum"))}, Formula: fmt.Sprintf("%s x %s", limit, scaler),
		Result: c.res.Population.String(), Table: c.rules.row("population_cap"), Cite: cap.cite, Unverified: !cap.verified})
}
