// SPDX-License-Identifier: Apache-2.0

package mpfs

import (
	"fmt"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
)

const toTheCent = "half up to the cent"

// explain records how the item came to its answer.
func (it *item) explain(t *trace.Trace, p *LinePrice) {
	name := fmt.Sprintf("line %d: %s", it.line+1, it.l.Procedure)
	for _, m := range it.l.Modifiers {
		if m != "" {
			name += "-" + m
		}
	}
	defer t.Section(name)()
	if it.r != nil {
		st := it.s.status[it.r.status]
		t.Add(trace.Step{Name: "status indicator", Result: strings.TrimSpace(string(it.r.status) + " " + st.note),
			Table: &trace.Row{Table: it.s.table.ID, Version: it.s.table.Version, Key: it.r.key.String()}, Cite: "Pub. 100-04 ch. 23 30.2.2"})
	}
	if it.g != nil {
		it.explainPlace(t)
	}
	if it.base != 0 {
		it.explainBase(t)
	}
	it.explainRules(t)
	switch p.Status {
	case Priced:
		it.explainEnd(t, p)
	case Unpriced:
		t.Add(trace.Step{Name: "unpriced", Result: it.reason})
	default:
		t.Add(trace.Step{Name: p.Status.String(), Result: strings.TrimSpace(fmt.Sprintf("%s-%s %s", p.Denial.Group.Code(), p.Denial.Reason, p.Denial.Remark)),
			Inputs: inputsOf(it.rule.name), Cite: p.Denial.Cite, Unverified: true})
	}
}

func inputsOf(note string) []trace.Input {
	if note == "" {
		return nil
	}
	return []trace.Input{trace.In("because", note)}
}

func (it *item) explainPlace(t *trace.Trace) {
	step := trace.Step{Name: "locality", Result: it.g.carrier + "/" + it.g.locality,
		Inputs: []trace.Input{trace.In("ZIP code", it.zip), trace.In("of", it.zipSource), trace.In("date", it.on)},
		Table:  &trace.Row{Table: it.s.zip.table.ID, Version: it.s.zip.table.Version, Key: it.zip}, Cite: "42 CFR 414.4; Pub. 100-04 ch. 1 10.1.1"}
	if it.divided {
		step.Inputs = append(step.Inputs, trace.In("note", "a border runs through this ZIP code: nine digits are required"))
	}
	t.Add(step)
	setting := "non-facility"
	if it.setting == facility {
		setting = "facility"
	}
	inputs := []trace.Input{trace.In("place of service", it.posCode)}
	if it.r.rare[it.setting] {
		inputs = append(inputs, trace.In("note", "CMS marks the service as rarely performed in this setting (NA)"))
	}
	t.Add(trace.Step{Name: "payment setting", Result: setting, Inputs: inputs, Cite: it.place.cite, Unverified: !it.place.verified})
}

func (it *item) explainBase(t *trace.Trace) {
	if it.anes.used {
		a := &it.anes
		t.Add(trace.Step{Name: "anesthesia service", Result: it.base.String(), Rounding: toTheCent, Cite: "42 CFR 414.46",
			Formula: fmt.Sprintf("(%s base units + %s time units) × %s", decimals(a.base.value, 4), decimals(a.time, 1), decimals(a.cf, 4)),
			Inputs:  []trace.Input{trace.In("minutes", it.units)}, Table: a.base.at(), Unverified: !a.base.verified})
		return
	}
	r, g := it.r, it.g
	pe := int64(r.pe[it.setting])
	row := &trace.Row{Table: it.s.gpciTab.ID, Version: it.s.gpciTab.Version, Key: g.carrier + "/" + g.locality}
	for _, c := range []struct {
		name string
		rvu  int64
		gpci int64
		cite string
	}{{"work", int64(r.work), g.work, "42 CFR 414.22(a)"}, {"practice expense", pe, g.pe, "42 CFR 414.22(b)"},
		{"malpractice", int64(r.mp), g.mp, "42 CFR 414.22(c)"}} {
		t.Add(trace.Step{Name: c.name, Result: decimals(c.rvu*c.gpci, 5), Cite: c.cite, Table: row,
			Formula: fmt.Sprintf("%s RVU × %s GPCI", decimals(c.rvu, 2), decimals(c.gpci, 3))})
	}
	sum := int64(r.work)*g.work + pe*g.pe + int64(r.mp)*g.mp
	t.Add(trace.Step{Name: "fee schedule amount", Result: r.uncapped(g, it.setting, it.cf.value, whole).String(), Rounding: toTheCent,
		Formula: fmt.Sprintf("%s × %s", decimals(sum, 5), decimals(it.cf.value, 4)), Table: it.cf.at(), Cite: "42 CFR 414.20(a)", Unverified: !it.cf.verified})
	if r.capped() {
		t.Add(trace.Step{Name: "OPPS cap", Result: it.base.String(), Rounding: toTheCent,
			Formula: fmt.Sprintf("the lesser of that and (%s × %s + %s × %s + %s × %s) × %s = %s", decimals(int64(r.work), 2), decimals(g.work, 3),
				decimals(int64(r.oppsPE[it.setting]), 2), decimals(g.pe, 3), decimals(int64(r.oppsMP), 2), decimals(g.mp, 3),
				decimals(it.cf.value, 4), r.cap(g, it.setting, it.cf.value)), Cite: "section 1848(b)(4) of the Act"})
	}
	it.explainFactors(t, &it.pre, it.base)
}

// explainFactors records each share of a chain.
func (it *item) explainFactors(t *trace.Trace, f *factors, a money.Cents) {
	for _, x := range f.all() {
		before := a
		a = a.Percent(x.share)
		step := trace.Step{Name: x.what, Result: a.String(), Rounding: toTheCent, Cite: x.cite,
			Formula: fmt.Sprintf("%s × %s", before, decimals(x.share, 4))}
		if x.rate != nil {
			step.Table, step.Unverified = x.rate.at(), !x.rate.verified
		}
		t.Add(step)
	}
}

func (it *item) explainRules(t *trace.Trace) {
	if it.rule.name == "" || it.status != Priced {
		return
	}
	var texts []string
	for _, x := range it.parts.all() {
		text := fmt.Sprintf("%d × %s", x.units, x.amount)
		if x.share != whole {
			text += fmt.Sprintf(" (share %s)", decimals(x.share, 4))
		}
		texts = append(texts, text)
	}
	step := trace.Step{Name: it.rule.name, Result: it.parts.total().String(), Formula: strings.Join(texts, " + "), Rounding: toTheCent, Cite: it.rule.cite}
	for _, r := range it.rule.rates {
		if r != nil {
			step.Inputs = append(step.Inputs, trace.In(r.key, decimals(r.value, 4)))
			step.Table, step.Unverified = r.at(), step.Unverified || !r.verified
		}
	}
	t.Add(step)
}

func (it *item) explainEnd(t *trace.Trace, p *LinePrice) {
	var sum money.Cents
	for _, x := range it.parts.all() {
		it.explainFactors(t, &it.post, x.amount)
		sum += it.paid(x.amount) * money.Cents(x.units)
	}
	t.Add(trace.Step{Name: "all units", Result: sum.String(), Inputs: []trace.Input{trace.In("units", it.units)}})
	t.Add(trace.Step{Name: "allowed", Result: p.Allowed.String(), Cite: "42 CFR 414.21",
		Formula: fmt.Sprintf("the lesser of the charge %s and %s", it.l.Charge, sum), Unverified: p.Unverified})
	if p.LimitingCharge != 0 {
		t.Add(trace.Step{Name: "limiting charge", Result: p.LimitingCharge.String(), Cite: "42 CFR 414.48(b)", Table: it.s.policy[limiting].at()})
	}
	if p.Bonus != 0 {
		t.Add(trace.Step{Name: "HPSA bonus, share of the amount paid", Result: decimals(p.Bonus, 4), Cite: "42 CFR 414.67", Table: it.s.policy[hpsaBonus].at()})
	}
}

func decimals(v int64, scale int) string { return string(money.AppendTrimmed(nil, v, scale)) }
