// SPDX-License-Identifier: Apache-2.0

package benchmark

import (
	"fmt"
	"slices"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/vbc/account"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// Terms are those of an ACO's agreement.
type Terms struct {
	// Start is when the agreement period began, Period which one it is, from 1.
	Start  civil.Date
	Period int
	// RegionalTimes counts the agreement periods whose benchmark was adjusted by regional
	// expenditures, this one included (42 CFR 425.656(d)).
	RegionalTimes int
}

// Figures are what claims tell of the benchmark years and the performance year. A nil year
// was not measured: the cells of a delivery must give what is needed of it.
type Figures [years]*account.YearSums

// Of takes the figures from the sums of a plan, whose last year is the performance year.
func Of(p *account.Plan, s *account.Sums) Figures {
	var f Figures
	n := len(p.Years())
	for i := range n {
		f[years-n+i] = &s.Years[i]
	}
	return f
}

// Type is the benchmark of one enrollment type, dollars a person and year.
type Type struct {
	Name        string      `json:"type"`
	PersonYears PersonYears `json:"person_years"`
	// Expenditure is what the performance year spent.
	Expenditure Amount `json:"expenditure"`
	Historical  Amount `json:"historical"`
	Adjustment  Amount `json:"adjustment"`
	// RiskRatio is the growth of the risk score since BY3 after the cap, RiskGrowth before.
	RiskGrowth Factor `json:"risk_growth"`
	RiskRatio  Factor `json:"risk_ratio"`
	// TwoWay, ACPT and Update are the update factors.
	TwoWay Factor `json:"two_way"`
	ACPT   Factor `json:"acpt,omitempty"`
	Update Factor `json:"update"`
	// Updated is the updated benchmark, UpdatedTwoWay the same without the ACPT.
	Updated       Amount `json:"updated"`
	UpdatedTwoWay Amount `json:"updated_two_way"`
}

// Result is a benchmark computed from the figures and one delivery.
type Result struct {
	Delivery string `json:"delivery"`
	// Missing lists the cells that are not loaded. With any, there is no benchmark.
	Missing []string `json:"missing,omitempty"`
	Types   []Type   `json:"types"`
	// PersonYears and Expenditures are those of the performance year.
	PersonYears  PersonYears `json:"person_years"`
	Expenditures money.Cents `json:"expenditures"`
	// Benchmark is the total updated benchmark; TwoWay is the same with national and
	// regional growth alone, which decides losses that the ACPT would make (42 CFR
	// 425.652(b)(5)).
	Benchmark money.Cents `json:"benchmark"`
	TwoWay    money.Cents `json:"benchmark_two_way"`
	// Regional, PriorSavings and Population are what each adjustment would be, a person
	// and year; Applied names the one that was used.
	Regional     Amount `json:"regional_adjustment"`
	PriorSavings Amount `json:"prior_savings_adjustment"`
	Population   Amount `json:"population_adjustment"`
	Applied      string `json:"applied_adjustment"`
	// Waterfall leads from the historical benchmark to the updated one, in total dollars
	// at the performance year's person years.
	Waterfall []Bar    `json:"waterfall"`
	Notes     []string `json:"notes,omitempty"`
	Verified  bool     `json:"verified"`
}

// Bar is one step of the waterfall.
type Bar struct {
	Name   string      `json:"name"`
	Amount money.Cents `json:"amount"`
	// Level tells a sum from a change.
	Level bool `json:"level,omitempty"`
}

// ProportionError says which two figures do not go together.
type ProportionError struct{ What string }

func (e *ProportionError) Error() string {
	return e.What + ": out of proportion; check the cells' units"
}

// calc is one computation.
type calc struct {
	rules   *Rules
	terms   Terms
	figures Figures
	d       *Delivery
	t       *trace.Trace
	res     *Result
	err     error
	// unverified are the rows handed to the trace whose cells were not checked.
	unverified map[*trace.Row]bool

	pmpy       [years][account.Types]Amount // expenditures a person and year
	months     [years][account.Types]PersonYears
	total      [years]PersonYears
	risk       [years][account.Types]Factor
	historical [account.Types]Amount
	adjusted   [account.Types]Amount
	regional   [account.Types]Amount // of BY3, at the ACO's risk
	active     []feed.EnrollmentType
}

// Compute makes the benchmark of one delivery and, if t is not nil, writes down every cell.
// It fails with a *ProportionError; cells that are not loaded are no error but listed.
func Compute(r *Rules, terms Terms, f Figures, d *Delivery, t *trace.Trace) (*Result, error) {
	c := &calc{rules: r, terms: terms, figures: f, d: d, t: t, res: &Result{Delivery: d.Name, Verified: d.Verified(), Applied: "none"}, unverified: map[*trace.Row]bool{}}
	defer c.mark()
	if !d.Verified() {
		c.note("delivery %s holds cells that are not verified", d.Name)
	}
	for _, v := range r.values {
		c.res.Verified = c.res.Verified && v.verified
	}
	c.readFigures()
	c.require()
	steps := []func(){c.makeHistorical, c.adjust, c.update}
	for _, step := range steps {
		if c.err == nil && len(c.res.Missing) == 0 {
			step()
		}
	}
	slices.Sort(c.res.Missing)
	return c.res, c.err
}

// mark says of each step that points at a cell whether that was checked.
func (c *calc) mark() {
	if !c.t.On() {
		return
	}
	for i := range c.t.Steps {
		if c.unverified[c.t.Steps[i].Table] {
			c.t.Steps[i].Unverified = true
		}
	}
}

func (c *calc) note(format string, args ...any) {
	c.res.Notes = append(c.res.Notes, fmt.Sprintf(format, args...))
}

// cell finds a cell; one that is not loaded is remembered as missing.
func (c *calc) cell(name string, t feed.EnrollmentType, y Year) int64 {
	v, ok := c.optional(name, t, y)
	if !ok {
		c.missing(cellKey{name: name, kind: t, year: y}.String())
	}
	return v
}

func (c *calc) missing(what string) {
	if !slices.Contains(c.res.Missing, what) {
		c.res.Missing = append(c.res.Missing, what)
	}
}

func (c *calc) optional(name string, t feed.EnrollmentType, y Year) (int64, bool) {
	x, ok := c.d.cells[cellKey{name: name, kind: t, year: y}]
	return x.Value, ok
}

// source points at a cell for a trace.
func (c *calc) source(name string, t feed.EnrollmentType, y Year) *trace.Row {
	return c.row(cellKey{name: name, kind: t, year: y})
}

func (c *calc) row(k cellKey) *trace.Row {
	x, ok := c.d.cells[k]
	if !ok {
		return nil
	}
	row := &trace.Row{Table: "cells of " + x.Source, Version: c.d.Name, Key: fmt.Sprintf("%s (line %d)", k, x.Line)}
	if !x.Verified {
		c.unverified[row] = true
	}
	return row
}

// ratio is a/b; both must be there and near each other.
func (c *calc) ratio(what string, a, b int64) Factor {
	if a <= 0 || b <= 0 || a/16 > b || b/16 > a {
		if c.err == nil && len(c.res.Missing) == 0 {
			c.err = &ProportionError{fmt.Sprintf("%s: %s to %s", what, money.AppendTrimmed(nil, a, 9), money.AppendTrimmed(nil, b, 9))}
		}
		return one
	}
	return Factor(money.HalfUp(a, int64(one), b))
}

// bound remembers an amount that nobody spends in a year.
func (c *calc) bound(what string, t feed.EnrollmentType, a Amount) Amount {
	if a <= most && a >= -most {
		return a
	}
	if c.err == nil {
		c.err = &ProportionError{fmt.Sprintf("%s of %s is %s a person and year", what, account.TypeNames[t], a)}
	}
	return dollar
}

// readFigures takes expenditures, person years and risk scores from the delivery where it
// gives them, else from the claims.
func (c *calc) readFigures() {
	first := BY1
	if c.d.HasHistorical() {
		first = BY3 // of which the person years weight the adjustment
	}
	for y := first; y <= PY; y++ {
		for t := feed.ESRD; t <= feed.AgedNonDual; t++ {
			c.readType(y, t)
			c.total[y] += c.months[y][t]
		}
		if c.total[y] == 0 && len(c.res.Missing) == 0 {
			c.missing(fmt.Sprintf("aco_person_years %s: neither claims nor cells tell of anybody", y))
		}
	}
	for t := feed.ESRD; t <= feed.AgedNonDual; t++ {
		if c.months[PY][t] > 0 {
			c.active = append(c.active, t)
		}
	}
	for y := first; y <= PY; y++ {
		for _, t := range c.active {
			if c.months[y][t] > 0 {
				c.readRisk(y, t)
			}
		}
	}
	c.res.PersonYears = c.total[PY]
	for _, t := range c.active {
		c.res.Expenditures += c.months[PY][t].times(c.pmpy[PY][t])
	}
	if f := c.figures[PY]; f != nil && !c.gives("aco_per_capita", PY) {
		c.res.Expenditures = 0
		for t := feed.ESRD; t <= feed.AgedNonDual; t++ {
			c.res.Expenditures += f.Cells[t].Expenditure // exact where the claims are at hand
		}
	}
}

// gives tells that a delivery has a cell of a year for any type.
func (c *calc) gives(name string, y Year) bool {
	for t := feed.NoType; t <= feed.AgedNonDual; t++ {
		if _, ok := c.optional(name, t, y); ok {
			return true
		}
	}
	return false
}

func (c *calc) readType(y Year, t feed.EnrollmentType) {
	f := c.figures[y]
	var sum *account.Cell
	if f != nil {
		sum = &f.Cells[t]
	}
	if y == BY3 && c.d.hasAdjusted() {
		c.months[y][t] = 1 // weighs nothing; the risk score of the year counts
		return
	}
	if v, ok := c.optional("aco_person_years", t, y); ok {
		c.months[y][t] = PersonYears(v)
	} else if sum != nil {
		c.months[y][t] = personYears(sum.Months)
	} else {
		c.missing(cellKey{name: "aco_person_years", kind: t, year: y}.String())
	}
	if c.months[y][t] > mostYears && c.err == nil {
		c.err = &ProportionError{fmt.Sprintf("%s person years of %s", c.months[y][t], account.TypeNames[t])}
	}
	if c.months[y][t] == 0 || y < PY && c.d.HasHistorical() && f == nil {
		return
	}
	if v, ok := c.optional("aco_per_capita", t, y); ok {
		c.pmpy[y][t] = Amount(v)
	} else if sum != nil && sum.Months > 0 {
		c.pmpy[y][t] = c.bound("expenditure", t, perCapita(sum.Expenditure, sum.Months))
	} else {
		c.missing(cellKey{name: "aco_per_capita", kind: t, year: y}.String())
	}
}

// readRisk finds the risk score, renormalised to the national mean of the type (42 CFR
// 425.659(b)(2)).
func (c *calc) readRisk(y Year, t feed.EnrollmentType) {
	if v, ok := c.optional("aco_risk", t, y); ok {
		c.risk[y][t] = Factor(v)
		c.t.Add(trace.Step{Name: fmt.Sprintf("risk score %s, %s", y, account.TypeNames[t]), Result: Factor(v).String(), Table: c.source("aco_risk", t, y), Cite: "42 CFR 425.659(b)"})
		return
	}
	f := c.figures[y]
	if f == nil || f.Cells[t].ScoredMonths == 0 {
		c.missing(cellKey{name: "aco_risk", kind: t, year: y}.String())
		return
	}
	x := &f.Cells[t]
	mean := money.HalfUp(x.Risk, 1_000_000, x.ScoredMonths)
	national := c.cell("national_risk", t, y)
	if national == 0 {
		return
	}
	c.risk[y][t] = c.ratio(fmt.Sprintf("risk score %s of %s", y, account.TypeNames[t]), mean, national)
	if c.t.On() {
		c.t.Add(trace.Step{Name: fmt.Sprintf("risk score %s, %s", y, account.TypeNames[t]), Formula: fmt.Sprintf("%s / %s", Factor(mean), Factor(national)),
			Result: c.risk[y][t].String(), Rounding: "half up to 12 decimals", Table: c.source("national_risk", t, y), Cite: "42 CFR 425.659(b)(2)(ii)"})
	}
}

// require lists every cell that the steps will ask for, so that all that is not loaded is
// said at once.
func (c *calc) require() {
	counties := len(c.d.order) > 0
	for _, t := range c.active {
		c.cell("national_per_capita", t, BY3)
		c.cell("national_per_capita", t, PY)
		if c.rules.yes("acpt_thirds") {
			c.cell("acpt", t, PY)
		}
		if c.rules.yes("risk_cap_demographic") {
			c.cell("demographic_risk", t, BY3)
			c.cell("demographic_risk", t, PY)
		}
		if !c.d.HasHistorical() {
			c.cell("national_per_capita", t, BY1)
			c.cell("national_per_capita", t, BY2)
		}
		for y := BY1; y <= PY && !counties; y++ {
			if y >= BY3 {
				c.cell("assignable_share", t, y)
			}
			if y >= BY3 || !c.d.HasHistorical() {
				c.cell("regional_per_capita", t, y)
			}
		}
	}
}
