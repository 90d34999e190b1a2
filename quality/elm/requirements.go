// SPDX-License-Identifier: Apache-2.0

package elm

import (
	"slices"
	"sort"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// Requirement is what a library retrieves: resources of a type that meet all filters.
type Requirement struct {
	Type    string // of FHIR
	Profile string // address, may be empty
	// MustSupport are the elements that filters and the logic ask for, as far as the
	// text tells where they are asked: within the query over the retrieve.
	MustSupport []string
	// CodePath is the element that ValueSet or Codes filter; empty for no filter.
	CodePath string
	ValueSet *ValueSet
	Codes    []*Code
	// NotDone tells that ValueSet is what was not done, all of it.
	NotDone bool
	// DatePath is the element that must lie in a period which the library computes;
	// Period tells that it is the measurement period.
	DatePath string
	Period   bool
}

// Requirements lists what the named definitions retrieve, and those and the functions
// that they refer to: each once, by type and filter.
func (u *Unit) Requirements(names []string) []Requirement {
	var list []Requirement
	at := map[string]int{}
	reached := u.retrieves(names)
	for _, e := range reached.list {
		q := e.requirement(reached.asked[e])
		key := q.key()
		if i, ok := at[key]; ok {
			for _, name := range q.MustSupport {
				if !slices.Contains(list[i].MustSupport, name) {
					list[i].MustSupport = append(list[i].MustSupport, name)
				}
			}
			continue
		}
		at[key] = len(list)
		list = append(list, q)
	}
	for i := range list {
		sort.Strings(list[i].MustSupport)
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].key() < list[j].key() })
	return list
}

// Types are the resource types that the named definitions retrieve, sorted.
func (u *Unit) Types(names []string) []string {
	seen := map[string]bool{}
	var list []string
	for _, e := range u.retrieves(names).list {
		if !seen[e.typ] {
			seen[e.typ] = true
			list = append(list, e.typ)
		}
	}
	sort.Strings(list)
	return list
}

// reached are the retrieves behind definitions, with the elements that other
// definitions ask of those that are no more than a name for a retrieve.
type reached struct {
	list  []*retrieve
	asked map[*retrieve][]string
}

// retrieves gathers the retrieves behind definitions or functions.
func (u *Unit) retrieves(names []string) reached {
	r := reached{asked: map[*retrieve][]string{}}
	seen := map[any]bool{}
	var follow func(uses []*Definition, calls []*function)
	definition := func(d *Definition) {
		if !seen[d] {
			seen[d] = true
			r.list = append(r.list, d.retrieves...)
			if e, ok := untraced(d.body).(*retrieve); ok {
				r.asked[e] = append(r.asked[e], d.asked...)
			}
			follow(d.uses, d.calls)
		}
	}
	call := func(f *function) {
		if !seen[f] {
			seen[f] = true
			r.list = append(r.list, f.retrieves...)
			follow(f.uses, f.calls)
		}
	}
	follow = func(uses []*Definition, calls []*function) {
		for _, d := range uses {
			definition(d)
		}
		for _, f := range calls {
			call(f)
		}
	}
	for _, name := range names {
		if d := u.defs[name]; d != nil {
			definition(d)
		}
		for _, f := range u.funcs[name] {
			call(f)
		}
	}
	return r
}

func (e *retrieve) requirement(asked []string) Requirement {
	q := Requirement{Type: e.typ, Profile: e.profile, CodePath: e.path, ValueSet: e.set, NotDone: e.notDone, DatePath: e.date}
	for _, name := range slices.Concat([]string{e.path, e.date}, e.asked, asked) {
		if name != "" && !slices.Contains(q.MustSupport, name) {
			q.MustSupport = append(q.MustSupport, name)
		}
	}
	q.Codes = constantCodes(e.codes)
	if p, ok := untraced(e.during).(parameterRef); ok {
		q.Period = p.p.name == "Measurement Period"
	}
	return q
}

func (q *Requirement) key() string {
	parts := []string{q.Type, q.Profile, q.CodePath, q.DatePath}
	if q.ValueSet != nil {
		parts = append(parts, q.ValueSet.URL, q.ValueSet.Version)
	}
	for _, c := range q.Codes {
		parts = append(parts, c.System, c.Code)
	}
	if q.NotDone {
		parts = append(parts, "not done")
	}
	if q.Period {
		parts = append(parts, "period")
	}
	return strings.Join(parts, "\x00")
}

// constantCodes are the codes of an expression that is a code, a concept, or a list of them.
func constantCodes(e expr) []*Code {
	switch x := untraced(e).(type) {
	case constant:
		return codesIn(x.v, nil)
	case *unaryExpr: // ToList, ToConcept, Property codes
		return constantCodes(x.x)
	case *property:
		return constantCodes(x.source)
	case *naryExpr: // List
		var all []*Code
		for _, item := range x.args {
			all = append(all, constantCodes(item)...)
		}
		return all
	}
	return nil
}

// untraced is a node without the one that notes what it amounts to.
func untraced(e expr) expr {
	if t, ok := e.(*tracedExpr); ok {
		return t.expr
	}
	return e
}

// from notes what an alias runs over.
func (c *compiler) from(slot int, source expr) {
	if c.origins == nil {
		c.origins = map[int]expr{}
	}
	c.origins[slot] = untraced(source)
}

// asks notes that an element of an alias is asked for: of the retrieve, or of what the
// definition that it runs over retrieves.
func (c *compiler) asks(slot int, path string) {
	name, _, _ := strings.Cut(path, ".")
	if name == "" || name == "value" {
		return
	}
	switch x := c.origins[slot].(type) {
	case *retrieve:
		if !slices.Contains(x.asked, name) {
			x.asked = append(x.asked, name)
		}
	case definitionRef:
		if !slices.Contains(x.d.asked, name) {
			x.d.asked = append(x.d.asked, name)
		}
	}
}

// Interest is the patient's resources that the named definitions retrieve, and those
// and the functions that they refer to, whatever the logic then makes of them. The
// codes of a retrieve that depend on other values are not looked at. An error names the
// value set that is missing.
func (r *Run) Interest(u *Unit, names []string) (found []node.Node, err error) {
	defer r.r.rescue(&err)
	taken := map[*resource]bool{}
	for _, e := range u.retrieves(names).list {
		all := r.r.patient.byType[e.typ]
		keep := map[node.Node]bool{}
		if e.same {
			for _, v := range e.eval(&r.r, nil).(List) {
				keep[v.(Element).Node] = true
			}
		}
		for _, res := range all {
			if !taken[res] && (!e.same || keep[res.node]) {
				taken[res] = true
				found = append(found, res.node)
			}
		}
	}
	return found, nil
}
