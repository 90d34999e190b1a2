// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"fmt"
	"strings"

	"github.com/woodlawn-health/woodlawn/quality/elm"
)

// CompositeTally adds up the components of a composite measure, by the formulas of
// the Quality Measure Implementation Guide (composite-measures.html, conformance
// requirements 5.2 to 5.5):
//
//	opportunity     every component that applies to a patient is a case
//	all-or-nothing  a patient is met if every component that applies was met;
//	                who is excluded from one component is excluded
//	linear          the mean over patients of met by applicable components
//	weighted        the weighted mean of the components' scores
//
// A component whose improvement is a decrease counts as met where the patient is not
// in its numerator.
type CompositeTally struct {
	Method                 string
	numerator, denominator int
	shares                 elm.Decimal // linear: sum over patients
	parts                  []part
}

// part is one component with the tally that its score comes from.
type part struct {
	tally  *Tally
	group  int
	weight elm.Decimal
}

// NewComposite prepares a composite of measures whose tallies are given in the order
// of its components.
func NewComposite(m *Measure, components []*Tally) (*Tally, error) {
	c := &CompositeTally{Method: m.CompositeMethod}
	switch c.Method {
	case "opportunity", "all-or-nothing", "linear", "weighted":
	default:
		return nil, fmt.Errorf("composite measure %s: there is no composite scoring %q", m.Label(), c.Method)
	}
	if len(components) != len(m.Components) {
		return nil, fmt.Errorf("composite measure %s has %d components, %d are given", m.Label(), len(m.Components), len(components))
	}
	for i, component := range m.Components {
		p := part{tally: components[i], weight: elm.DecimalOf(1)}
		if component.Weight != "" {
			w, ok := elm.ParseDecimal(component.Weight)
			if !ok {
				return nil, fmt.Errorf("composite measure %s: the weight %q of %s is no decimal", m.Label(), component.Weight, component.URL)
			}
			p.weight = w
		}
		group := components[i].Measure.groupIndex(component.Group)
		if group < 0 {
			return nil, fmt.Errorf("composite measure %s: %s has no group %s", m.Label(), component.URL, component.Group)
		}
		p.group = group
		c.parts = append(c.parts, p)
	}
	return &Tally{Measure: m, Composite: c}, nil
}

// groupIndex finds a group by id, the first for none; -1 if there is none.
func (m *Measure) groupIndex(id string) int {
	for i, g := range m.Groups {
		if g.ID == id || id == "" {
			return i
		}
	}
	return -1
}

// ComponentsIn finds a composite's measures by their canonical addresses among others.
func (m *Measure) ComponentsIn(all []*Measure) ([]*Measure, error) {
	var found []*Measure
	for _, c := range m.Components {
		url, version, _ := strings.Cut(c.URL, "|")
		var hit *Measure
		for _, other := range all {
			if other.URL == url && other != m && (version == "" || other.Version == "" || other.Version == version) {
				hit = other
			}
		}
		if hit == nil {
			return nil, fmt.Errorf("composite measure %s is composed of %s, which is not at hand", m.Label(), c.URL)
		}
		found = append(found, hit)
	}
	return found, nil
}

// Add counts one patient's results for the components, in their order. A component
// that failed makes the patient's composite unknown, and the patient is not counted.
func (c *CompositeTally) Add(components []*Result) {
	met, applied := 0, 0
	excluded, excepted, all := false, false, true
	for i, r := range components {
		if i >= len(c.parts) || r == nil {
			continue
		}
		if r.Err != nil {
			return
		}
		if c.parts[i].group >= len(r.Groups) {
			continue
		}
		g := &r.Groups[c.parts[i].group]
		cases, done := g.opportunities()
		met += done
		applied += cases
		excluded = excluded || g.count(DenominatorExclusion) > 0
		excepted = excepted || g.count(DenominatorException) > 0
		all = all && done >= cases
	}
	switch c.Method {
	case "all-or-nothing":
		if applied == 0 || excluded || excepted && !all {
			return
		}
		c.denominator++
		if all {
			c.numerator++
		}
	case "linear":
		if applied > 0 {
			share, _ := elm.DecimalOf(int64(met)).Quo(elm.DecimalOf(int64(applied)))
			c.shares, _ = c.shares.Add(share)
			c.denominator++
		}
	default:
		c.numerator += met
		c.denominator += applied
	}
}

// opportunities is how many cases of a group call for what it measures, and in how
// many of them it was done.
func (g *GroupResult) opportunities() (cases, done int) {
	cases = g.count(Denominator) - g.count(DenominatorExclusion) - g.count(DenominatorException)
	done = g.count(Numerator) - g.count(NumeratorExclusion)
	if g.Group.Improvement == "decrease" {
		done = cases - done
	}
	return cases, done
}

func (g *GroupResult) count(role Role) int {
	if p := g.population(role); p != nil {
		return p.Count
	}
	return 0
}

// Score is the composite's score; ok is false if there is nobody to score.
func (c *CompositeTally) Score() (elm.Decimal, bool) {
	switch c.Method {
	case "linear":
		return c.shares.Quo(elm.DecimalOf(int64(c.denominator)))
	case "weighted":
		return c.weighted()
	}
	return elm.DecimalOf(int64(c.numerator)).Quo(elm.DecimalOf(int64(c.denominator)))
}

// weighted is the mean of the components' scores by their weights. A component that
// has nobody to score takes its weight away with it.
func (c *CompositeTally) weighted() (elm.Decimal, bool) {
	var sum, weights elm.Decimal
	for _, p := range c.parts {
		g := &p.tally.Groups[p.group]
		score, ok := g.Score()
		if !ok {
			continue
		}
		if g.Group.Improvement == "decrease" && g.Group.Scoring == Proportion {
			score, _ = elm.DecimalOf(1).Sub(score)
		}
		share, _ := score.Mul(p.weight)
		sum, _ = sum.Add(share)
		weights, _ = weights.Add(p.weight)
	}
	return sum.Quo(weights)
}
