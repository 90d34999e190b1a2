// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"strings"

	"github.com/woodlawn-health/woodlawn/quality/elm"
)

// Stratum is one value of a stratifier, or one value for each of its components, with
// the counts of the group's populations.
type Stratum struct {
	Value    string
	Counts   []int         // in the order of the group's populations
	concepts []conceptJSON // the value, or one a component
}

// stratify sorts members into strata by the values of the stratifiers.
func (e *groupRun) stratify(res *GroupResult) error {
	for i := range e.g.Stratifiers {
		strata, err := e.strata(&e.g.Stratifiers[i])
		if err != nil {
			return err
		}
		res.Strata = append(res.Strata, strata)
	}
	return nil
}

// strata divides the populations by one stratifier.
func (e *groupRun) strata(s *Stratifier) ([]Stratum, error) {
	parts := s.Components
	if len(parts) == 0 {
		parts = []Stratifier{*s}
	}
	var sorters []sorter
	perMember := false
	for i := range parts {
		if parts[i].Expression == "" {
			return nil, nil // described, but without logic
		}
		sort, each, err := e.sorter(&parts[i])
		if err != nil {
			return nil, err
		}
		sorters = append(sorters, sort)
		perMember = perMember || each
	}
	var list []Stratum
	at := map[string]int{}
	find := func(member elm.Value) (int, error) {
		concepts := make([]conceptJSON, len(sorters))
		texts := make([]string, len(sorters))
		for i, sort := range sorters {
			v, err := sort(member)
			if err != nil {
				return 0, err
			}
			concepts[i] = conceptOf(v)
			texts[i] = concepts[i].key()
		}
		key := strings.Join(texts, ", ")
		k, ok := at[key]
		if !ok {
			k = len(list)
			at[key] = k
			list = append(list, Stratum{Value: key, Counts: make([]int, len(e.final)), concepts: concepts})
		}
		return k, nil
	}
	if !perMember { // the patient's own stratum, even if there is nobody to count in it
		if _, err := find(nil); err != nil {
			return nil, err
		}
	}
	for i, members := range e.final {
		for _, member := range members {
			k, err := find(member)
			if err != nil {
				return nil, err
			}
			list[k].Counts[i]++
		}
	}
	return list, nil
}

// sorter gives the value of a stratifier for a member.
type sorter func(member elm.Value) (elm.Value, error)

// sorter makes the sorter of a criterion: an expression that selects episodes sorts
// them into true and false, a function is asked about each, and any other value is the
// patient's and holds for all.
func (e *groupRun) sorter(s *Stratifier) (sort sorter, perMember bool, err error) {
	if e.unit.Definition(s.Expression) == nil && e.unit.HasFunction(s.Expression) {
		return func(member elm.Value) (elm.Value, error) {
			if e.boolean() {
				return e.run.Call(e.unit, s.Expression)
			}
			return e.run.Call(e.unit, s.Expression, member)
		}, !e.boolean(), nil
	}
	v, err := e.run.Evaluate(e.unit, s.Expression)
	if err != nil {
		return nil, false, err
	}
	if list, ok := v.(elm.List); ok && !e.boolean() {
		in := setOf(list)
		return func(member elm.Value) (elm.Value, error) { return elm.Boolean(in.has(member)), nil }, true, nil
	}
	return func(elm.Value) (elm.Value, error) { return v, nil }, false, nil
}
