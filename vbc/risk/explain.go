// SPDX-License-Identifier: Apache-2.0

package risk

import (
	"fmt"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
)

const cite = "42 CFR 422.308(c)"

// milli prints thousandths.
func milli(v int64) string { return string(money.AppendScaled(nil, v, 3)) }

// explain writes the steps of a score.
func (m *Model) explain(p *Person, s *Scratch, seg *segment, found, kept set, r *Result, t *trace.Trace) {
	t.Add(trace.Step{Name: "segment", Result: seg.name, Cite: cite, Inputs: []trace.Input{
		trace.In("model", m.Name), trace.In("payment year", m.Year), trace.In("age", p.Age), trace.In("sex", string(rune(p.Sex))),
		trace.In("dual status", p.Dual), trace.In("OREC", string(rune(p.OREC))), trace.In("institution", p.Institution),
		trace.In("new enrollee", p.NewEnrollee)}})
	for i, code := range p.Diagnoses {
		m.explainDiagnosis(code, s.perDx[i], t)
	}
	gone := found.without(kept)
	for i := gone.next(0); i >= 0; i = gone.next(i + 1) {
		m.explainDrop(i, found, t)
	}
	for _, term := range s.terms {
		step := trace.Step{Name: term.Name, Result: milli(term.Coefficient), Unverified: !m.Verified,
			Table: &trace.Row{Table: "hcc.coefficients", Version: m.versions["hcc.coefficients"], Key: m.Name + " " + seg.name + "_" + term.Name}}
		if i := m.termCategory(term.Name); i >= 0 {
			step.Inputs = append(step.Inputs, trace.In("diagnoses", m.behind(p, s, i)), trace.In("category", m.categories[i].label))
		}
		t.Add(step)
	}
	var sum strings.Builder
	for i, term := range s.terms {
		if i > 0 {
			sum.WriteString(" + ")
		}
		sum.WriteString(milli(term.Coefficient))
	}
	t.Add(trace.Step{Name: "raw risk score", Formula: sum.String(), Result: milli(r.Score), Cite: cite, Unverified: !m.Verified})
	m.explainPayment(r, t)
}

func (m *Model) explainDiagnosis(code string, c set, t *trace.Trace) {
	step := trace.Step{Name: "diagnosis " + code, Table: &trace.Row{Table: "hcc.mapping", Version: m.versions["hcc.mapping"], Key: m.Name + " " + code}}
	d, mapped := m.diagnoses[code]
	switch {
	case !mapped:
		step.Result, step.Table = "no category of the model", nil
	case c.empty():
		step.Result = "invalid at this age or sex"
		step.Table = &trace.Row{Table: "hcc.edits", Version: m.versions["hcc.edits"], Key: m.Name + " " + code}
	default:
		step.Result = m.list(c)
		if c != d.categories {
			step.Table = &trace.Row{Table: "hcc.edits", Version: m.versions["hcc.edits"], Key: m.Name + " " + code}
			step.Inputs = []trace.Input{trace.In("mapped to", m.list(d.categories))}
		}
	}
	t.Add(step)
}

func (m *Model) explainDrop(i int, found set, t *trace.Trace) {
	step := trace.Step{Name: "HCC" + m.categories[i].text + " dropped"}
	for j := found.next(0); j >= 0; j = found.next(j + 1) {
		if m.categories[j].drops.has(i) {
			step.Result = "HCC" + m.categories[j].text + " stands above it"
			step.Table = &trace.Row{Table: "hcc.hierarchy", Version: m.versions["hcc.hierarchy"],
				Key: fmt.Sprintf("%s %s > %s", m.Name, m.categories[j].text, m.categories[i].text)}
			break
		}
	}
	if step.Result == "" {
		step.Result = "does not count without certain others beside it"
		step.Table = &trace.Row{Table: "hcc.requirements", Version: m.versions["hcc.requirements"], Key: m.Name + " " + m.categories[i].text}
	}
	t.Add(step)
}

func (m *Model) explainPayment(r *Result, t *trace.Trace) {
	if m.Factors == nil {
		t.Add(trace.Step{Name: "payment score", Result: "normalization factor not loaded", Unverified: true})
		return
	}
	f := m.Factors
	row := &trace.Row{Table: "hcc.factors", Version: m.versions["hcc.factors"], Key: m.Name}
	normalized := money.HalfUp(r.Score, 1000, f.Normalization)
	t.Add(trace.Step{Name: "normalization", Formula: milli(r.Score) + " / " + milli(f.Normalization), Table: row,
		Rounding: "half up to 3 decimals", Result: milli(normalized), Cite: "42 CFR 422.308(c)", Unverified: !f.Verified})
	t.Add(trace.Step{Name: "MA coding pattern adjustment",
		Formula: fmt.Sprintf("%s x (1 - %s%%)", milli(normalized), money.AppendScaled(nil, f.CodingPercent, 2)), Table: row,
		Rounding: "half up to 3 decimals", Result: milli(r.Payment), Cite: "section 1853(a)(1)(C)(ii) of the Social Security Act", Unverified: !f.Verified})
}

// behind lists the diagnoses that led to a category.
func (m *Model) behind(p *Person, s *Scratch, category int) string {
	var codes []string
	for i, c := range s.perDx {
		if c.has(category) {
			codes = append(codes, p.Diagnoses[i])
		}
	}
	return strings.Join(codes, " ")
}

// termCategory is the category whose factor a term is, or -1.
func (m *Model) termCategory(name string) int {
	name = strings.TrimPrefix(strings.ToUpper(name), "RX")
	for i := range m.categories {
		if name == "HCC"+m.categories[i].text {
			return i
		}
	}
	return -1
}

func (m *Model) list(c set) string {
	var out []string
	for i := c.next(0); i >= 0; i = c.next(i + 1) {
		out = append(out, "HCC"+m.categories[i].text)
	}
	return strings.Join(out, " ")
}
