// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"slices"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/quality/elm"
)

// Expressions are the names in the measure's library that it is computed from:
// populations, stratifiers, and supplemental data, each once.
func (m *Measure) Expressions() []string {
	var names []string
	add := func(name string) {
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, g := range m.Groups {
		for _, p := range g.Populations {
			add(p.Expression)
		}
		for _, s := range g.Stratifiers {
			add(s.Expression)
			for _, c := range s.Components {
				add(c.Expression)
			}
		}
	}
	for _, s := range m.Supplemental {
		add(s.Expression)
	}
	return names
}

// Requirements are what the measure's logic retrieves.
func (m *Measure) Requirements() []elm.Requirement {
	if m.unit == nil {
		return nil
	}
	return m.unit.Requirements(m.Expressions())
}

// Types are the resource types that the measures retrieve, with Patient, sorted.
func Types(measures []*Measure) []string {
	types := []string{"Patient"}
	for _, m := range measures {
		if m.unit != nil {
			types = append(types, m.unit.Types(m.Expressions())...)
		}
	}
	slices.Sort(types)
	return slices.Compact(types)
}

// Interest is those of the patient's resources that the measure retrieves, whatever
// its logic then makes of them: what a data collection hands over.
func (r *Result) Interest() ([]node.Node, error) {
	if r.run == nil {
		return nil, nil
	}
	return r.run.Interest(r.unit, r.Measure.Expressions())
}
