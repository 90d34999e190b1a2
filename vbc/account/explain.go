// SPDX-License-Identifier: Apache-2.0

package account

import (
	"fmt"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// Item is one claim that counts in a year.
type Item struct {
	Claim   *feed.Claim
	Type    feed.EnrollmentType
	Paid    money.Cents // less AddOns and Suspect
	AddOns  money.Cents
	Suspect money.Cents
}

// TypeNames are the enrollment types in words.
var TypeNames = [Types]string{feed.NoType: "no type", feed.ESRD: "ESRD", feed.Disabled: "disabled", feed.AgedDual: "aged/dual", feed.AgedNonDual: "aged/non-dual"}

// Explain writes down how a beneficiary's part in one year of the plan came about, claim by
// claim. i counts the plan's years from 0.
func Explain(p *Plan, b *feed.Beneficiary, i int, t *trace.Trace) Year {
	w := newWorker(p)
	year := p.years[i]
	var y Year
	end := t.Section(fmt.Sprintf("assignment %d", year))
	if p.roster == ByList {
		w.assign(p, b, i, year, &y)
		t.Add(trace.Step{Name: "assignment list of CMS", Result: fmt.Sprint(y.Assigned), Cite: "42 CFR 425.702(c)"})
	} else {
		w.assigners[i].Assign(b, t)
		w.assign(p, b, i, year, &y)
	}
	end()
	if !y.Assigned {
		return y
	}
	months := monthsOf(b, year, &y)
	end = t.Section(fmt.Sprintf("expenditures %d", year))
	p.spend(b, year, &months, &y, func(it *Item) { explainItem(it, t) })
	p.limits[i].apply(&y)
	for k := range y.Paid {
		if y.Months[k] > 0 || y.Paid[k] != 0 {
			p.explainType(&y, i, k, t)
		}
	}
	end()
	if p.scorer != nil {
		w.score(p, b, i, &y)
		w.collectDiagnoses(p, b, i)
		p.explainDiagnoses(b, i, t)
		if y.Months[feed.ESRD] > 0 {
			w.blend(p, b, i, true, t)
		}
		if y.PersonMonths() > y.Months[feed.ESRD] {
			w.blend(p, b, i, false, t)
		}
	}
	return y
}

// explainDiagnoses names the claims whose diagnoses count for the year's risk score.
func (p *Plan) explainDiagnoses(b *feed.Beneficiary, i int, t *trace.Trace) {
	f, year := p.scorer.filters[i], p.years[i]-1
	defer t.Section(fmt.Sprintf("diagnoses of %d that count", year))()
	for k := range b.Claims {
		if c := &b.Claims[k]; c.Thru.Year() == year && Eligible(f, c) {
			t.Add(trace.Step{Name: fmt.Sprintf("%s %s, claim %d", c.Thru, c.Setting, c.ID), Result: strings.Join(c.Diagnoses, " "),
				Table: &trace.Row{Table: "hcc.procedures", Version: f.Version(), Key: "eligible procedure or bill type"}, Cite: "42 CFR 425.659(b), 422.310(b)"})
		}
	}
}

func explainItem(it *Item, t *trace.Trace) {
	c := it.Claim
	step := trace.Step{Name: fmt.Sprintf("%s %s, claim %d", c.Thru, c.Setting, c.ID), Result: it.Paid.String(), Cite: "42 CFR 425.652(a)(1), 425.605(a)(5)",
		Inputs: []trace.Input{trace.In("type", TypeNames[it.Type]), trace.In("Medicare paid", c.Paid)}}
	if it.AddOns != 0 {
		step.Inputs = append(step.Inputs, trace.In("IME", c.IME), trace.In("DSH", c.DSH), trace.In("uncompensated care", c.Uncompensated))
	}
	if it.Suspect != 0 {
		step.Inputs = append(step.Inputs, trace.In("suspect billing left out", it.Suspect))
		step.Cite += ", 425.670"
	}
	t.Add(step)
}

func (p *Plan) explainType(y *Year, i, k int, t *trace.Trace) {
	l := &p.limits[i]
	step := trace.Step{Name: TypeNames[k], Result: y.Expenditure[k].String(), Rounding: "half up to cents",
		Inputs: []trace.Input{trace.In("months", y.Months[k]), trace.In("paid", y.Paid[k])}, Cite: "42 CFR 425.652(a)(1), (a)(4), 425.605(a)(3), (a)(4)"}
	factor, limit := "not loaded", "not loaded"
	if l.Completion > 0 {
		factor = string(money.AppendScaled(nil, l.Completion, 6))
	}
	if l.Truncation[k] > 0 {
		limit = l.Truncation[k].String()
	}
	step.Inputs = append(step.Inputs, trace.In("completion factor", factor), trace.In("99th percentile a year", limit), trace.In("cut", y.Cut[k]))
	t.Add(step)
}
