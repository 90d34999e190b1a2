// SPDX-License-Identifier: Apache-2.0

package benchmark

import (
	"fmt"

	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/vbc/account"
)

// update brings the adjusted benchmark to the performance year: risk score growth and the
// update factor (42 CFR 425.652(a)(10), (b), 425.605(a), 425.610(a)).
func (c *calc) update() {
	ratios, growth := c.riskRatios()
	regional := c.regionalCap()
	if c.err != nil || len(c.res.Missing) > 0 {
		return
	}
	for _, t := range c.active {
		end := c.t.Section("update, " + account.TypeNames[t])
		scale := regional[t]
		x := Type{Name: account.TypeNames[t], PersonYears: c.months[PY][t], Expenditure: c.pmpy[PY][t], Historical: c.historical[t],
			Adjustment: c.adjusted[t] - c.historical[t], RiskGrowth: growth[t], RiskRatio: ratios[t]}
		x.TwoWay = c.blend(t, BY3, PY, PY, &scale)
		x.Update = x.TwoWay
		if c.rules.yes("acpt_thirds") {
			x.ACPT = Factor(c.cell("acpt", t, PY))
			x.Update = Factor(money.HalfUp(int64(2*x.TwoWay+x.ACPT), 1, 3))
			if c.t.On() {
				c.t.Add(trace.Step{Name: "three-way blend", Formula: fmt.Sprintf("%s x 2/3 + %s x 1/3", x.TwoWay, x.ACPT), Result: x.Update.String(),
					Rounding: "half up to 12 decimals", Table: c.source("acpt", t, PY), Cite: "42 CFR 425.652(b)(4), 425.660"})
			}
		}
		base := c.bound("risk adjusted benchmark", t, c.adjusted[t].times(x.RiskRatio))
		x.Updated, x.UpdatedTwoWay = c.bound("updated benchmark", t, base.times(x.Update)), c.bound("updated benchmark", t, base.times(x.TwoWay))
		if c.t.On() {
			c.t.Add(trace.Step{Name: "updated benchmark, " + x.Name, Formula: fmt.Sprintf("%s x %s x %s", c.adjusted[t], x.RiskRatio, x.Update), Result: x.Updated.String(),
				Rounding: "half up to 9 decimals", Inputs: []trace.Input{trace.In("person years", x.PersonYears)}, Cite: "42 CFR 425.652(a)(10), (b)"})
		}
		c.res.Types = append(c.res.Types, x)
		end()
	}
	if c.err == nil && len(c.res.Missing) == 0 {
		c.totals()
	}
}

// riskRatios are the growths of the risk scores from BY3, before and after the cap.
func (c *calc) riskRatios() (capped, growth [account.Types]Factor) {
	end := c.t.Section("risk score growth")
	defer end()
	for _, t := range c.active {
		growth[t] = c.ratio("risk scores PY to BY3 of "+account.TypeNames[t], int64(c.risk[PY][t]), int64(c.risk[BY3][t]))
	}
	limit := one + c.rules.share("risk_cap")
	applies := true
	if c.rules.yes("risk_cap_demographic") {
		demographic := c.growthOf("demographic_risk")
		aggregate := c.weighted(growth)
		limit = c.weighted(demographic) + c.rules.share("risk_cap")
		applies = aggregate > limit
		c.t.Add(trace.Step{Name: "cap", Inputs: []trace.Input{trace.In("demographic growth", c.weighted(demographic)), trace.In("growth of HCC scores, all types", aggregate)},
			Formula: fmt.Sprintf("%s + %s", c.weighted(demographic), c.rules.share("risk_cap")), Result: fmt.Sprintf("%s, applies: %t", limit, applies),
			Table: c.rules.row("risk_cap"), Cite: "42 CFR 425.605(a)(1)(ii), 425.610(a)(2)(ii)"})
	}
	for _, t := range c.active {
		capped[t] = growth[t]
		if applies {
			capped[t] = min(growth[t], limit)
		}
		if c.t.On() {
			c.t.Add(trace.Step{Name: account.TypeNames[t], Formula: fmt.Sprintf("%s / %s", c.risk[PY][t], c.risk[BY3][t]), Inputs: []trace.Input{trace.In("growth", growth[t])},
				Result: capped[t].String(), Rounding: "half up to 12 decimals", Table: c.rules.row("risk_cap"), Cite: "42 CFR 425.605(a)(1), 425.610(a)(2)"})
		}
	}
	return capped, growth
}

// growthOf is the growth of a score that cells give, from BY3 to the performance year.
func (c *calc) growthOf(name string) (out [account.Types]Factor) {
	for _, t := range c.active {
		out[t] = c.ratio(name+" PY to BY3 of "+account.TypeNames[t], c.cell(name, t, PY), c.cell(name, t, BY3))
	}
	return out
}

// weighted is the mean of growths, weighted with benchmark expenditures x person years of
// the performance year.
func (c *calc) weighted(growth [account.Types]Factor) (sum Factor) {
	var all money.Cents
	for _, t := range c.active {
		all += c.months[PY][t].times(c.adjusted[t])
	}
	for _, t := range c.active {
		sum += growth[t].times(share(int64(c.months[PY][t].times(c.adjusted[t])), int64(all)))
	}
	return sum
}

// regionalCap is the regional risk score growth cap adjustment factor by type, 42 CFR
// 425.655. Without regional scores it is not tested, which the result says.
func (c *calc) regionalCap() (out [account.Types]Factor) {
	for t := range out {
		out[t] = one
	}
	if !c.rules.yes("regional_risk_cap") || len(c.res.Missing) > 0 {
		return out
	}
	if !c.gives("regional_risk", PY) {
		c.note("regional risk scores are not loaded: the cap on regional risk score growth (42 CFR 425.655) was not tested")
		return out
	}
	end := c.t.Section("regional risk score growth")
	defer end()
	hcc, demographic := c.growthOf("regional_risk"), c.growthOf("regional_demographic_risk")
	aggregate := c.weighted(hcc)
	base := c.weighted(demographic) + c.rules.share("regional_risk_cap")
	var market Factor
	for _, t := range c.active {
		market += c.assignableShare(t, PY).times(share(int64(c.months[PY][t]), int64(c.total[PY])))
	}
	limit := base + max(aggregate-base, 0).times(market)
	c.t.Add(trace.Step{Name: "cap", Inputs: []trace.Input{trace.In("growth of regional HCC scores", aggregate), trace.In("market share", market)},
		Formula: fmt.Sprintf("%s + %s x %s", base, market, max(aggregate-base, 0)), Result: limit.String(), Table: c.rules.row("regional_risk_cap"), Cite: "42 CFR 425.655(e)"})
	if aggregate <= limit {
		return out
	}
	for _, t := range c.active {
		if hcc[t] > limit {
			out[t] = c.ratio("regional risk growth to its cap", int64(hcc[t]), int64(limit))
		}
		c.t.Add(trace.Step{Name: account.TypeNames[t], Inputs: []trace.Input{trace.In("growth", hcc[t])}, Result: out[t].String(), Cite: "42 CFR 425.655(f)"})
	}
	return out
}

// totals multiplies with person years and draws the waterfall.
func (c *calc) totals() {
	r := c.res
	var historical, adjusted, risk, benchmark, twoWay micro
	for i := range r.Types {
		x := &r.Types[i]
		t := c.active[i]
		historical += x.PersonYears.micro(x.Historical)
		adjusted += x.PersonYears.micro(c.adjusted[t])
		risk += x.PersonYears.micro(c.adjusted[t].times(x.RiskRatio))
		benchmark += x.PersonYears.micro(x.Updated)
		twoWay += x.PersonYears.micro(x.UpdatedTwoWay)
		c.t.Add(trace.Step{Name: "updated benchmark x person years, " + x.Name, Formula: fmt.Sprintf("%s x %s", x.Updated, x.PersonYears),
			Result: x.PersonYears.times(x.Updated).String(), Rounding: "half up to cents", Cite: "42 CFR 425.652(b)"})
	}
	r.Benchmark, r.TwoWay = benchmark.cents(), twoWay.cents()
	r.Waterfall = []Bar{{Name: "historical benchmark", Amount: historical.cents(), Level: true}, {Name: r.Applied + " adjustment", Amount: adjusted.cents() - historical.cents()},
		{Name: "risk score growth since BY3", Amount: risk.cents() - adjusted.cents()}, {Name: "national and regional growth", Amount: r.TwoWay - risk.cents()}}
	if c.rules.yes("acpt_thirds") {
		r.Waterfall = append(r.Waterfall, Bar{Name: "prospective trend (ACPT)", Amount: r.Benchmark - r.TwoWay})
	}
	r.Waterfall = append(r.Waterfall, Bar{Name: "updated benchmark", Amount: r.Benchmark, Level: true})
	c.t.Add(trace.Step{Name: "total updated benchmark", Inputs: []trace.Input{trace.In("person years", r.PersonYears), trace.In("with national and regional growth alone", r.TwoWay)},
		Result: r.Benchmark.String(), Cite: "42 CFR 425.652(b), 425.605(a)", Unverified: !r.Verified})
}

// PerCapita is the total updated benchmark a person and year.
func (r *Result) PerCapita() Amount {
	if r.PersonYears == 0 {
		return 0
	}
	return Amount(money.HalfUp(int64(r.Benchmark), int64(dollar)/100*1_000_000, int64(r.PersonYears)))
}
