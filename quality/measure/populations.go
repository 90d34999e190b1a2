// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"errors"
	"fmt"

	"github.com/woodlawn-health/woodlawn/quality/elm"
)

// Result is what one measure amounts to for one patient.
type Result struct {
	Measure *Measure
	Subject string // Patient id
	Groups  []GroupResult
	// Supplemental are the values of the measure's supplemental data, in its order; nil
	// unless they were asked for.
	Supplemental []elm.Value
	// SupplementalErr is why some of them are not there.
	SupplementalErr error
	// Err is why there is no result.
	Err error

	run         *elm.Run
	unit        *elm.Unit      // the library as the run has it
	supplements [][]supplement // Supplemental, as reports say it
}

// GroupResult is what one group amounts to.
type GroupResult struct {
	Group       *Group
	Populations []PopulationResult // in the order of the group's populations
	// Strata are the values of the stratifiers, in their order: for each the strata
	// that the patient or the episodes belong to.
	Strata [][]Stratum
}

// PopulationResult is who or what of one patient is in a population.
type PopulationResult struct {
	Criterion *Criterion
	// Count is 1 or 0 for a patient, or the number of episodes.
	Count int
	// Members are the episodes, nil with a boolean basis.
	Members []elm.Value
	// Observations are the values of a measure-observation, one a member that is observed.
	Observations []elm.Value
}

// evaluate computes a measure for the patient of a run.
func (m *Measure) evaluate(run *elm.Run, unit *elm.Unit, subject string, supplemental bool) Result {
	res := Result{Measure: m, Subject: subject, run: run, unit: unit}
	for _, g := range m.Groups {
		e := &groupRun{unit: unit, g: g, run: run}
		gr, err := e.evaluate()
		if err != nil {
			res.Err = err
			return res
		}
		res.Groups = append(res.Groups, gr)
	}
	if supplemental {
		for _, s := range m.Supplemental {
			v, err := run.Evaluate(unit, s.Expression)
			if err != nil { // the populations stand all the same
				res.SupplementalErr = errors.Join(res.SupplementalErr, err)
			}
			res.Supplemental = append(res.Supplemental, v)
			res.supplements = append(res.supplements, supplementsOf(v, nil))
		}
	}
	return res
}

// groupRun evaluates one group. A member is an episode, or the patient, who is
// counted as the value true.
type groupRun struct {
	unit  *elm.Unit
	g     *Group
	run   *elm.Run
	final [][]elm.Value // by population: its members
}

func (e *groupRun) boolean() bool { return e.g.Basis == "boolean" || e.g.Basis == "Boolean" }

func (e *groupRun) evaluate() (GroupResult, error) {
	res := GroupResult{Group: e.g, Populations: make([]PopulationResult, len(e.g.Populations))}
	e.final = make([][]elm.Value, len(e.g.Populations))
	if err := e.membership(); err != nil {
		return res, err
	}
	for i, p := range e.g.Populations {
		pr := &res.Populations[i]
		pr.Criterion = p
		if p.Role == Observation {
			observed, err := e.observe(p)
			if err != nil {
				return res, err
			}
			pr.Observations, pr.Count = observed, len(observed)
			continue
		}
		pr.Count = len(e.final[i])
		if !e.boolean() {
			pr.Members = e.final[i]
		}
	}
	return res, e.stratify(&res)
}

// members is what a population's expression selects: the patient, or episodes, each once.
func (e *groupRun) members(p *Criterion) ([]elm.Value, error) {
	v, err := e.run.Evaluate(e.unit, p.Expression)
	if err != nil {
		return nil, err
	}
	switch x := v.(type) {
	case nil:
		return nil, nil
	case elm.Boolean:
		if !e.boolean() {
			return nil, fmt.Errorf("%q is a Boolean, but the group counts %s", p.Expression, e.g.Basis)
		}
		if x {
			return []elm.Value{x}, nil
		}
		return nil, nil
	case elm.List:
		if e.boolean() {
			if len(x) > 0 {
				return []elm.Value{elm.Boolean(true)}, nil
			}
			return nil, nil
		}
		var list []elm.Value
		seen := make(memberSet, len(x))
		for _, item := range x {
			if item != nil && seen.add(item) {
				list = append(list, item)
			}
		}
		return list, nil
	}
	if e.boolean() {
		return []elm.Value{elm.Boolean(true)}, nil
	}
	return []elm.Value{v}, nil
}

// memberSet finds episodes. Episodes are resources, which are the same only if they
// are one; what else a population may count is told apart by its text.
type memberSet map[any]bool

func setOf(list []elm.Value) memberSet {
	s := make(memberSet, len(list))
	for _, v := range list {
		s.add(v)
	}
	return s
}

// add puts a member in and tells whether it was new.
func (s memberSet) add(v elm.Value) bool {
	k := memberKey(v)
	if s[k] {
		return false
	}
	s[k] = true
	return true
}

func (s memberSet) has(v elm.Value) bool { return s[memberKey(v)] }

func memberKey(v elm.Value) any {
	if e, ok := v.(elm.Element); ok {
		return e.Node
	}
	return elm.Text(v)
}

// membership applies the rules of the scoring: who is in a population is in those
// that it is a part of, and in none that goes before it. A population that nobody can
// be in any more is not evaluated: what is wrong with data that do not matter to the
// answer does no harm.
func (e *groupRun) membership() error {
	err := e.fill(InitialPopulation, nil, true)
	steps := func(steps ...func() error) {
		for _, step := range steps {
			if err == nil {
				err = step()
			}
		}
	}
	of := func(role Role, within func() []elm.Value) func() error {
		return func() error { return e.fill(role, within(), false) }
	}
	get := func(role Role) func() []elm.Value { return func() []elm.Value { return e.get(role) } }
	eligible := func() []elm.Value { return minus(e.get(Denominator), e.get(DenominatorExclusion)) }
	switch e.g.Scoring {
	case Proportion:
		steps(of(Denominator, get(InitialPopulation)), of(DenominatorExclusion, get(Denominator)),
			of(Numerator, eligible), of(NumeratorExclusion, get(Numerator)),
			of(DenominatorException, func() []elm.Value { return minus(eligible(), e.get(Numerator)) }))
	case Ratio:
		for i, p := range e.g.Populations {
			if p.Role == Denominator || p.Role == Numerator {
				steps(func() error { return e.fillOne(i, e.initial(p), false) })
			}
		}
		steps(of(DenominatorExclusion, get(Denominator)), of(NumeratorExclusion, get(Numerator)))
	case Continuous:
		steps(of(Population, get(InitialPopulation)), of(PopulationExclusion, get(Population)))
	}
	return err
}

// get is the members of the first population with a role.
func (e *groupRun) get(role Role) []elm.Value {
	for i, p := range e.g.Populations {
		if p.Role == role {
			return e.final[i]
		}
	}
	return nil
}

// fill evaluates the populations with a role: their members within a list, or all.
func (e *groupRun) fill(role Role, within []elm.Value, all bool) error {
	for i, p := range e.g.Populations {
		if p.Role == role {
			if err := e.fillOne(i, within, all); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *groupRun) fillOne(i int, within []elm.Value, all bool) error {
	if len(within) == 0 && !all {
		return nil
	}
	members, err := e.members(e.g.Populations[i])
	if !all {
		members = both(members, within)
	}
	e.final[i] = members
	return err
}

// initial is the initial population that a ratio's population starts from: the one
// that it refers to, or the first.
func (e *groupRun) initial(p *Criterion) []elm.Value {
	var first []elm.Value
	for i := len(e.g.Populations) - 1; i >= 0; i-- {
		if q := e.g.Populations[i]; q.Role == InitialPopulation {
			first = e.final[i]
			if q.ID == p.Of && p.Of != "" {
				return first
			}
		}
	}
	return first
}

// both keeps what is in both lists.
func both(list, within []elm.Value) []elm.Value {
	in := setOf(within)
	var out []elm.Value
	for _, v := range list {
		if in.has(v) {
			out = append(out, v)
		}
	}
	return out
}

func minus(list, less []elm.Value) []elm.Value {
	drop := setOf(less)
	var out []elm.Value
	for _, v := range list {
		if !drop.has(v) {
			out = append(out, v)
		}
	}
	return out
}

// observe computes an observation for what it observes: the members of a population
// that are not excluded from it.
func (e *groupRun) observe(p *Criterion) ([]elm.Value, error) {
	target := e.g.observed(p)
	if target == nil {
		return nil, fmt.Errorf("%q does not say which population it observes", p.Expression)
	}
	var members []elm.Value
	for i, q := range e.g.Populations {
		if q == target {
			members = e.final[i]
		}
	}
	for i, q := range e.g.Populations {
		if q.Role == exclusionOf[target.Role] {
			members = minus(members, e.final[i])
		}
	}
	var out []elm.Value
	for _, member := range members {
		var v elm.Value
		var err error
		if e.boolean() && e.unit.Definition(p.Expression) != nil {
			v, err = e.run.Evaluate(e.unit, p.Expression)
		} else if e.boolean() {
			v, err = e.run.Call(e.unit, p.Expression)
		} else {
			v, err = e.run.Call(e.unit, p.Expression, member)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// observed is the population that an observation observes, nil if nothing tells.
func (g *Group) observed(p *Criterion) *Criterion {
	for _, q := range g.Populations {
		if q.ID != "" && q.ID == p.Of {
			return q
		}
	}
	if g.Scoring == Continuous {
		return g.first(Population)
	}
	return nil
}

// exclusionOf is the role of those that are left out of an observed population.
var exclusionOf = map[Role]Role{
	Denominator: DenominatorExclusion, Numerator: NumeratorExclusion, Population: PopulationExclusion,
}
