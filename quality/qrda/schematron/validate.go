// SPDX-License-Identifier: Apache-2.0

package schematron

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/quality/qrda/xmltree"
	"github.com/woodlawn-health/woodlawn/quality/qrda/xpath"
)

// Finding is one assertion that a node does not meet.
type Finding struct {
	ID       string   `json:"id"` // of the assertion, such as a-CMS_0115-error
	Severity Severity `json:"severity"`
	Message  string   `json:"message"` // the schema's own words
	Path     string   `json:"path"`
	Line     int      `json:"line"`
	Pattern  string   `json:"pattern"`
	Rule     string   `json:"rule"`
}

// Report is what a document was found to be.
type Report struct {
	Findings []Finding `json:"findings"` // in document order
	// NotEvaluated lists assertions and rules that fired but could not be
	// evaluated, each once with its reason. The document is not known to be valid
	// while there are any.
	NotEvaluated []NotEvaluated `json:"notEvaluated,omitempty"`
	// Fired counts rules that met their node, Evaluated the assertions tested.
	Fired     int `json:"fired"`
	Evaluated int `json:"evaluated"`
	// Distinct counts the different assertions tested at least once.
	Distinct int `json:"distinct"`
}

// NotEvaluated is a rule that could not be evaluated.
type NotEvaluated struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

// Errors counts the findings that are errors.
func (r *Report) Errors() int { return r.count(Error) }

// Warnings counts the findings that are warnings.
func (r *Report) Warnings() int { return r.count(Warning) }

func (r *Report) count(s Severity) int {
	n := 0
	for i := range r.Findings {
		if r.Findings[i].Severity == s {
			n++
		}
	}
	return n
}

// Valid tells whether every rule that fired was evaluated and none found an error.
func (r *Report) Valid() bool { return r.Errors() == 0 && len(r.NotEvaluated) == 0 }

// Validate checks a parsed document. documents holds what the schema reads besides,
// by name (see Schema.Documents).
func (s *Schema) Validate(doc *xmltree.Node, documents map[string]*xmltree.Node) *Report {
	v := &validation{schema: s, run: &xpath.Run{Documents: documents, Variables: map[string]xpath.Value{}},
		report: &Report{}, taken: make([]int, len(s.patterns)), tested: map[*assertion]bool{}, failed: map[string]bool{}}
	v.bind(s.lets, doc, "schema")
	v.patternValues(doc)
	v.visit(doc)
	v.report.Distinct = len(v.tested)
	slices.SortStableFunc(v.report.NotEvaluated, func(a, b NotEvaluated) int { return cmp.Compare(a.ID, b.ID) })
	return v.report
}

type validation struct {
	schema *Schema
	run    *xpath.Run
	report *Report
	// taken[i] is one more than the number of the last node that a rule of pattern
	// i took: within a pattern only the first rule that meets a node fires.
	taken  []int
	values []map[string]xpath.Value // of the lets of each pattern
	tested map[*assertion]bool
	failed map[string]bool
}

// bind evaluates lets into the run's variables.
func (v *validation) bind(lets []let, n *xmltree.Node, owner string) {
	for _, l := range lets {
		value, err := l.expr.Eval(v.run, n)
		if err != nil {
			v.notEvaluated(owner+" let "+l.name, err)
		}
		v.run.Variables[l.name] = value
	}
}

// patternValues evaluates the variables of patterns once: their context is the
// document.
func (v *validation) patternValues(doc *xmltree.Node) {
	v.values = make([]map[string]xpath.Value, len(v.schema.patterns))
	for i, p := range v.schema.patterns {
		if len(p.lets) == 0 {
			continue
		}
		v.bind(p.lets, doc, p.id)
		v.values[i] = map[string]xpath.Value{}
		for _, l := range p.lets {
			v.values[i][l.name] = v.run.Variables[l.name]
		}
	}
}

// visit goes through the document in its order.
func (v *validation) visit(n *xmltree.Node) {
	v.node(n)
	for _, a := range n.Attrs {
		v.node(a)
	}
	for _, c := range n.Children {
		v.visit(c)
	}
}

func (v *validation) node(n *xmltree.Node) {
	candidates := v.schema.byName[n.Name.Local]
	if len(v.schema.anyName) > 0 {
		candidates = slices.Concat(candidates, v.schema.anyName)
		slices.SortStableFunc(candidates, func(a, b indexed) int {
			return cmp.Or(a.rule.pattern.index-b.rule.pattern.index, a.position-b.position)
		})
	}
	for _, c := range candidates {
		p := c.rule.pattern
		if v.taken[p.index] == n.Order+1 {
			continue
		}
		for name, value := range v.values[p.index] {
			v.run.Variables[name] = value
		}
		meets, err := c.rule.context.Matches(v.run, n)
		if err != nil {
			v.notEvaluated(c.rule.id, err)
			continue
		}
		if meets {
			v.taken[p.index] = n.Order + 1
			v.fire(c.rule, n)
		}
	}
}

func (v *validation) fire(r *rule, n *xmltree.Node) {
	v.report.Fired++
	v.bind(r.lets, n, r.id)
	for i := range r.asserts {
		a := &r.asserts[i]
		value, err := a.test.Eval(v.run, n)
		if err != nil {
			v.notEvaluated(a.id, err)
			continue
		}
		v.report.Evaluated++
		v.tested[a] = true
		if value.Bool() == a.report {
			v.report.Findings = append(v.report.Findings, Finding{ID: a.id, Severity: a.severity,
				Message: v.message(a, n), Path: n.Path(), Line: n.Line, Pattern: r.pattern.id, Rule: r.id})
		}
	}
}

func (v *validation) message(a *assertion, n *xmltree.Node) string {
	var b strings.Builder
	for _, p := range a.message {
		if p.expr == nil {
			b.WriteString(p.text)
			continue
		}
		if value, err := p.expr.Eval(v.run, n); err == nil {
			b.WriteString(value.Text())
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func (v *validation) notEvaluated(id string, err error) {
	var missing *xpath.MissingDocumentError
	reason := err.Error()
	if errors.As(err, &missing) {
		reason += ": name the vocabulary file"
	}
	if key := id + reason; !v.failed[key] {
		v.failed[key] = true
		v.report.NotEvaluated = append(v.report.NotEvaluated, NotEvaluated{id, reason})
	}
}
