// SPDX-License-Identifier: Apache-2.0

package reconciliation

import (
	"fmt"

	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/vbc/account"
	"github.com/woodlawn-health/woodlawn/vbc/assignment"
	"github.com/woodlawn-health/woodlawn/vbc/benchmark"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
	"github.com/woodlawn-health/woodlawn/vbc/settlement"
)

// Case is one ACO-year to settle, as it is or under another roster of participants or
// another method.
type Case struct {
	Name       string // "as it is", "without TIN 900001000"
	Agreement  *Agreement
	Deliveries []*benchmark.Delivery
	// plans measure the lives, one for each set of limits; byDelivery finds a delivery's.
	plans      []*account.Plan
	byDelivery []int

	rules     *settlement.Rules
	quality   *settlement.QualityRules
	constants *benchmark.Rules
}

// Scorer computes the risk scores of an agreement's years, nil if they are not asked for.
// All cases of the agreement may share it.
func Scorer(cat *refdata.Catalog, a *Agreement) (*account.Scorer, error) {
	if !a.RiskScores {
		return nil, nil
	}
	return account.NewScorer(cat, a.Years())
}

// New prepares a case: the rules of its year, and a plan for each set of truncation
// amounts and completion factors among the deliveries.
func New(cat *refdata.Catalog, name string, a *Agreement, deliveries []*benchmark.Delivery, assign assignment.Config, scorer *account.Scorer) (*Case, error) {
	c := &Case{Name: name, Agreement: a, Deliveries: deliveries}
	var err error
	if c.rules, err = settlement.Load(cat, a.Year); err != nil {
		return nil, err
	}
	if _, open := c.rules.TwoSided(a.Track); !open {
		return nil, fmt.Errorf("track %s is not open in performance year %d", a.Track, a.Year)
	}
	if a.Year >= 2021 {
		if c.quality, err = settlement.LoadQuality(cat, a.Year); err != nil {
			return nil, err
		}
	}
	if c.constants, err = benchmark.Load(cat, a.Start); err != nil {
		return nil, err
	}
	years := a.Years()
	var sets [][]account.Limits
	for _, d := range deliveries {
		limits := limitsOf(d, len(years))
		k := 0
		for k < len(sets) && !equal(sets[k], limits) {
			k++
		}
		if k == len(sets) {
			plan, err := account.New(account.Config{Years: years, Limits: limits, Roster: a.Roster, Assignment: assign, Catalog: cat, Scorer: scorer})
			if err != nil {
				return nil, err
			}
			sets, c.plans = append(sets, limits), append(c.plans, plan)
		}
		c.byDelivery = append(c.byDelivery, k)
	}
	return c, nil
}

func limitsOf(d *benchmark.Delivery, years int) []account.Limits {
	out := make([]account.Limits, years)
	for i := range out {
		y := benchmark.PY - benchmark.Year(years-1-i)
		out[i].Completion = d.Completion(y)
		for t := feed.ESRD; t <= feed.AgedNonDual; t++ {
			out[i].Truncation[t] = d.Truncation(t, y)
		}
	}
	return out
}

func equal(a, b []account.Limits) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// Plans measure the lives; Settle wants the sums in the same order.
func (c *Case) Plans() []*account.Plan { return c.plans }

// Last is the place in Plans of the last delivery's plan.
func (c *Case) Last() int { return c.byDelivery[len(c.byDelivery)-1] }

// Outcome is one delivery's settlement.
type Outcome struct {
	Case      string              `json:"case"`
	Delivery  string              `json:"delivery"`
	Benchmark *benchmark.Result   `json:"benchmark"`
	Quality   string              `json:"quality,omitempty"`
	Assigned  int64               `json:"assigned"`
	Result    *settlement.Result  `json:"settlement,omitempty"`
	Waterfall []benchmark.Bar     `json:"waterfall,omitempty"`
	Notes     []string            `json:"notes,omitempty"`
	Verified  bool                `json:"verified"`
	Trace     *trace.Trace        `json:"trace,omitempty"`
	Sums      *account.Sums       `json:"-"`
	Inputs    *settlement.Inputs  `json:"-"`
	Plan      *account.Plan       `json:"-"`
	Source    *benchmark.Delivery `json:"-"`
}

// Settle settles every delivery. Traces are written if explain is true. A benchmark with
// cells that are not loaded has no settlement: the outcome lists them.
func (c *Case) Settle(sums []*account.Sums, explain bool) ([]*Outcome, error) {
	var out []*Outcome
	for i, d := range c.Deliveries {
		o := &Outcome{Case: c.Name, Delivery: d.Name, Sums: sums[c.byDelivery[i]], Plan: c.plans[c.byDelivery[i]], Source: d}
		if explain {
			o.Trace = trace.New()
		}
		if err := c.settle(o, d); err != nil {
			return nil, fmt.Errorf("%s, delivery %s: %w", c.Name, d.Name, err)
		}
		out = append(out, o)
	}
	return out, nil
}

// fewest is the number of assigned beneficiaries below which an elected minimum rate does
// not hold (42 CFR 425.110(b)(3); CMS's results of 2013 to 2021 agree).
const fewest = 5000

func (c *Case) settle(o *Outcome, d *benchmark.Delivery) error {
	a := c.Agreement
	terms := benchmark.Terms{Start: a.Start, Period: a.Period, RegionalTimes: a.RegionalTimes}
	figures := benchmark.Of(o.Plan, o.Sums)
	var err error
	if o.Benchmark, err = benchmark.Compute(c.constants, terms, figures, d, o.Trace); err != nil {
		return err
	}
	py := figures[benchmark.PY]
	o.Assigned = py.Lives
	c.notes(o, d, py)
	if len(o.Benchmark.Missing) > 0 {
		return nil
	}
	in := settlement.Inputs{Track: a.Track, TrackYear: a.YearOf, Months: 12, Assigned: int(py.Lives), Benchmark: o.Benchmark.Benchmark, Expenditures: o.Benchmark.Expenditures,
		Agreement: a.Start, Disaster: a.Disaster}
	if a.Period > 1 {
		in.TrackYear = max(in.TrackYear, 3)
	}
	if a.MSR != nil {
		in.MSRIsFixed, in.FixedMSR = py.Lives >= fewest, *a.MSR
		if !in.MSRIsFixed {
			o.Notes = append(o.Notes, fmt.Sprintf("fewer than %d assigned beneficiaries: the minimum rate is the one by number of beneficiaries, not the elected one (42 CFR 425.110(b))", fewest))
		}
	}
	c.qualityOf(o, &in)
	if in.Revenue, in.RevenueKnown = d.Revenue(); in.RevenueKnown {
		in.LowRevenue = c.constants.LowRevenue(in.Revenue, in.Expenditures)
	}
	if a.LowRevenue != nil {
		in.LowRevenue = *a.LowRevenue
	}
	o.Inputs = &in
	res, used, err := settlement.Guarded(in, o.Benchmark.TwoWay, c.rules, o.Trace)
	if err != nil {
		return err
	}
	o.Result, o.Verified = &res, res.Verified && o.Benchmark.Verified
	o.Notes = append(o.Notes, res.Missing...)
	o.Waterfall = waterfall(o, used)
	return nil
}

func (c *Case) qualityOf(o *Outcome, in *settlement.Inputs) {
	q := c.Agreement.Quality
	in.QualityScore = q.Score
	if c.quality == nil {
		in.Quality = settlement.QualityMet
		if q.Nothing {
			in.Quality = settlement.QualityNotMet
		}
		o.Quality = in.Quality.String()
		return
	}
	met, known := c.quality.Standard(q, o.Trace)
	in.Quality, o.Quality = met, met.String()
	if !known {
		o.Notes = append(o.Notes, "the quality score was not held against a percentile: none is loaded for the year")
	}
}

func (c *Case) notes(o *Outcome, d *benchmark.Delivery, py *account.YearSums) {
	o.Notes = append(o.Notes, o.Benchmark.Notes...)
	o.Notes = append(o.Notes, o.Plan.Notes()...)
	note := func(n int64, format string) {
		if n > 0 {
			o.Notes = append(o.Notes, fmt.Sprintf(format, n))
		}
	}
	note(py.OptedOut, "%d assigned beneficiaries do not share claims: what they spent is not in the expenditures")
	note(py.Derived, "%d person months have an enrollment type that follows from demographics, no list tells it")
	if d.Completion(benchmark.PY) == 0 {
		o.Notes = append(o.Notes, "completion PY is not loaded: expenditures are those of the claims at hand")
	}
	for t := feed.ESRD; t <= feed.AgedNonDual; t++ {
		if py.Cells[t].Months > 0 && d.Truncation(t, benchmark.PY) == 0 {
			o.Notes = append(o.Notes, "truncation PY of "+account.TypeNames[t]+" is not loaded: nothing is cut")
		}
	}
}

// waterfall goes on from the benchmark to what is earned or owed.
func waterfall(o *Outcome, used money.Cents) []benchmark.Bar {
	r, in := o.Result, o.Inputs
	bars := append([]benchmark.Bar{}, o.Benchmark.Waterfall...)
	if used != o.Benchmark.Benchmark {
		bars = append(bars, benchmark.Bar{Name: "guardrail: without the prospective trend", Amount: used - o.Benchmark.Benchmark})
	}
	bars = append(bars, benchmark.Bar{Name: "expenditures", Amount: -in.Expenditures}, benchmark.Bar{Name: "benchmark less expenditures", Amount: r.Difference, Level: true})
	if r.Generated == 0 {
		return append(bars, benchmark.Bar{Name: string(r.Outcome), Amount: -r.Difference}, benchmark.Bar{Name: "earned or owed", Amount: r.Earned, Level: true})
	}
	name, rate := "Medicare's part of savings", r.FinalRate
	if r.Generated < 0 {
		name, rate = "Medicare's part of losses", r.LossRate
	}
	shared := money.Cents(money.HalfUp(int64(r.Generated), int64(rate), int64(settlement.Whole)))
	bars = append(bars, benchmark.Bar{Name: name, Amount: shared - r.Generated}, benchmark.Bar{Name: "sequestration, limit and relief", Amount: r.Earned - shared},
		benchmark.Bar{Name: "earned or owed", Amount: r.Earned, Level: true})
	return bars
}
