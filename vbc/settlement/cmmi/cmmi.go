// SPDX-License-Identifier: Apache-2.0

// Package cmmi settles the Innovation Center's ACO models, ACO REACH and LEAD: discount,
// quality withhold, administrative add-on, risk corridors. Their terms are rows of the
// tables cmmi.terms and cmmi.corridors, by model and year.
package cmmi

import (
	"fmt"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// Rules are the terms of one model, option and year. Rates are in hundredths of a percent.
type Rules struct {
	Model, Option, Spending string
	Year                    int
	// Verified tells that every row was compared with the model's own papers.
	Verified                               bool
	Discount, Withhold, AddOn, Sequestered int64
	corridors                              []corridor
	version, cite                          string
}

// corridor is the part of savings and losses beyond a share of the benchmark that the ACO
// keeps.
type corridor struct{ above, savings, losses int64 }

// Load reads the terms. spending is "lower" or "higher" where the model's terms depend on
// how the ACO spends against its region, else empty.
func Load(cat *refdata.Catalog, model, option, spending string, year int) (*Rules, error) {
	on := civil.Of(year, time.January, 1)
	t, err := cat.Load("cmmi.terms", on)
	if err != nil {
		return nil, err
	}
	r := &Rules{Model: model, Option: option, Spending: spending, Year: year, version: t.Version}
	b := t.Bind()
	m, o, s, verified, cite := b.Text("model"), b.Text("option"), b.Text("spending"), b.Text("verified"), b.Text("cite")
	discount, withhold, addOn, seq := b.Numbers("discount", 2), b.Numbers("withhold", 2), b.Numbers("add_on", 2), b.Numbers("sequestration", 2)
	if b.Err() != nil {
		return nil, b.Err()
	}
	found := false
	for i := range m {
		if m[i] == model && o[i] == option && s[i] == spending {
			found, r.Verified, r.cite = true, verified[i] == "yes", cite[i]
			r.Discount, r.Withhold, r.AddOn, r.Sequestered = discount[i], withhold[i], addOn[i], seq[i]
		}
	}
	if !found {
		return nil, fmt.Errorf("table %s %s has no terms of %s %s %s", t.ID, t.Version, model, option, spending)
	}
	if t, err = cat.Load("cmmi.corridors", on); err != nil {
		return nil, err
	}
	b = t.Bind()
	m, o, verified = b.Text("model"), b.Text("option"), b.Text("verified")
	above, savings, losses := b.Numbers("above", 2), b.Numbers("savings", 2), b.Numbers("losses", 2)
	for i := range m {
		if m[i] == model && o[i] == option {
			r.corridors = append(r.corridors, corridor{above[i], savings[i], losses[i]})
			r.Verified = r.Verified && verified[i] == "yes"
		}
	}
	if b.Err() == nil && len(r.corridors) == 0 {
		err = fmt.Errorf("table %s %s has no corridors of %s %s", t.ID, t.Version, model, option)
	}
	return r, firstOf(b.Err(), err)
}

func firstOf(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// Inputs are the figures of a performance year.
type Inputs struct {
	// Benchmark is the total before discount, withhold and add-on.
	Benchmark, Expenditures money.Cents
	// Quality is the part of the withhold that was earned back, in ten-thousandths.
	Quality int64
}

// Result is a settled year. Losses are negative.
type Result struct {
	Benchmark money.Cents   `json:"benchmark"` // after add-on, discount and what was not earned of the withhold
	Withheld  money.Cents   `json:"withheld"`
	Earned    money.Cents   `json:"withhold_earned"`
	Gross     money.Cents   `json:"gross"` // benchmark less expenditures
	Bands     []money.Cents `json:"bands"` // what the ACO keeps of each corridor
	Shared    money.Cents   `json:"shared"`
	Payment   money.Cents   `json:"payment"` // after sequestration
	Verified  bool          `json:"verified"`
}

// most is a trillion dollars, more than all of Medicare.
const most money.Cents = 1e14

// Settle computes a year.
func (r *Rules) Settle(in Inputs, t *trace.Trace) (*Result, error) {
	if in.Benchmark <= 0 || in.Benchmark > most || in.Expenditures < 0 || in.Expenditures > most || in.Quality < 0 || in.Quality > 10_000 {
		return nil, fmt.Errorf("benchmark %s, expenditures %s, quality %d: out of range", in.Benchmark, in.Expenditures, in.Quality)
	}
	res := &Result{Verified: r.Verified}
	addOn := in.Benchmark.Percent(r.AddOn)
	discount := (in.Benchmark + addOn).Percent(r.Discount)
	after := in.Benchmark + addOn - discount
	res.Withheld = after.Percent(r.Withhold)
	res.Earned = money.Cents(money.HalfUp(int64(res.Withheld), in.Quality, 10_000))
	res.Benchmark = after - res.Withheld + res.Earned
	res.Gross = res.Benchmark - in.Expenditures
	row := &trace.Row{Table: "cmmi.terms", Version: r.version, Key: r.Model + " " + r.Option + " " + r.Spending}
	t.Add(trace.Step{Name: "benchmark after add-on and discount", Formula: fmt.Sprintf("%s + %s - %s", in.Benchmark, addOn, discount), Result: after.String(), Table: row, Cite: r.cite, Unverified: !r.Verified})
	t.Add(trace.Step{Name: "quality withhold", Inputs: []trace.Input{trace.In("withheld", res.Withheld), trace.In("earned", res.Earned)}, Result: res.Benchmark.String(), Table: row, Cite: r.cite, Unverified: !r.Verified})
	t.Add(trace.Step{Name: "benchmark less expenditures", Formula: fmt.Sprintf("%s - %s", res.Benchmark, in.Expenditures), Result: res.Gross.String()})
	r.share(res, t)
	res.Payment = res.Shared
	if res.Shared > 0 {
		res.Payment -= res.Shared.Percent(r.Sequestered)
	}
	t.Add(trace.Step{Name: "payment after sequestration", Result: res.Payment.String(), Table: row, Unverified: !r.Verified})
	return res, nil
}

// share divides savings or losses over the corridors.
func (r *Rules) share(res *Result, t *trace.Trace) {
	size := res.Gross.Abs()
	for i, c := range r.corridors {
		low := res.Benchmark.Percent(c.above)
		part := size - low
		if i+1 < len(r.corridors) {
			part = min(part, res.Benchmark.Percent(r.corridors[i+1].above)-low)
		}
		part = max(part, 0)
		keep, sign := c.savings, money.Cents(1)
		if res.Gross < 0 {
			keep, sign = c.losses, -1
		}
		kept := sign * part.Percent(keep)
		res.Bands = append(res.Bands, kept)
		res.Shared += kept
		if part > 0 {
			t.Add(trace.Step{Name: fmt.Sprintf("corridor above %s%%", money.AppendTrimmed(nil, c.above, 2)), Formula: fmt.Sprintf("%s x %s%%", part, money.AppendTrimmed(nil, keep, 2)), Result: kept.String(),
				Rounding: "half up to cents", Table: &trace.Row{Table: "cmmi.corridors", Version: r.version, Key: r.Model + " " + r.Option}, Cite: r.cite, Unverified: !r.Verified})
		}
	}
}
