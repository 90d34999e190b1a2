// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"sort"

	"github.com/woodlawn-health/woodlawn/quality/elm"
)

// Tally adds up the results of one measure over many patients.
type Tally struct {
	Measure  *Measure
	Subjects int // patients with a result
	Failed   int // patients without one
	Groups   []GroupTally
	// Composite is the score of a composite measure.
	Composite *CompositeTally
	// Supplements are by the measure's supplemental data and value: how many patients
	// have it. Empty unless the results had them.
	Supplements []map[string]*SupplementTally
}

// StratumTally adds up one stratum.
type StratumTally struct {
	Counts   []int // by population
	concepts []conceptJSON
}

// SupplementTally counts the patients with one value of supplemental data.
type SupplementTally struct {
	Count   int
	concept conceptJSON
}

// GroupTally adds up one group.
type GroupTally struct {
	Group *Group
	// Counts are by population: patients, or episodes.
	Counts []int
	// Observed are the observations by population.
	Observed [][]elm.Decimal
	// Strata are by stratifier and value.
	Strata []map[string]*StratumTally
	// Subjects are the ids of the patients by population; empty unless they were asked for.
	Subjects [][]string
}

// NewTally is an empty one. withSubjects keeps who is in which population.
func NewTally(m *Measure) *Tally {
	t := &Tally{Measure: m}
	for _, g := range m.Groups {
		n := len(g.Populations)
		gt := GroupTally{Group: g, Counts: make([]int, n), Observed: make([][]elm.Decimal, n), Subjects: make([][]string, n)}
		for range g.Stratifiers {
			gt.Strata = append(gt.Strata, map[string]*StratumTally{})
		}
		t.Groups = append(t.Groups, gt)
	}
	for range m.Supplemental {
		t.Supplements = append(t.Supplements, map[string]*SupplementTally{})
	}
	return t
}

// Add counts one patient's result.
func (t *Tally) Add(r *Result, withSubjects bool) {
	if r.Err != nil {
		t.Failed++
		return
	}
	t.Subjects++
	for i := range r.Groups {
		gt := &t.Groups[i]
		for k := range r.Groups[i].Populations {
			p := &r.Groups[i].Populations[k]
			gt.Counts[k] += p.Count
			for _, v := range p.Observations {
				if d, ok := elm.Number(v); ok {
					gt.Observed[k] = append(gt.Observed[k], d)
				}
			}
			if withSubjects && p.Count > 0 {
				gt.Subjects[k] = append(gt.Subjects[k], r.Subject)
			}
		}
		for k, strata := range r.Groups[i].Strata {
			for _, s := range strata {
				st := gt.Strata[k][s.Value]
				if st == nil {
					st = &StratumTally{Counts: make([]int, len(s.Counts)), concepts: s.concepts}
					gt.Strata[k][s.Value] = st
				}
				for j, n := range s.Counts {
					st.Counts[j] += n
				}
			}
		}
	}
	for i, values := range r.supplements {
		for _, v := range values {
			if v.reference != "" {
				continue // resources are not counted by value
			}
			key := v.concept.key()
			st := t.Supplements[i][key]
			if st == nil {
				st = &SupplementTally{concept: v.concept}
				t.Supplements[i][key] = st
			}
			st.Count++
		}
	}
}

// Count is the number in the first population with a role.
func (g *GroupTally) Count(role Role) int { return g.in(role, g.Counts) }

func (g *GroupTally) in(role Role, counts []int) int {
	for i, p := range g.Group.Populations {
		if p.Role == role {
			return counts[i]
		}
	}
	return 0
}

// Score is the group's measure score; ok is false if there is nobody to score, or the
// scoring has none.
func (g *GroupTally) Score() (score elm.Decimal, ok bool) {
	switch g.Group.Scoring {
	case Proportion:
		return rate(g.Counts, g)
	case Ratio:
		num, ok1 := g.observedOf(Numerator)
		den, ok2 := g.observedOf(Denominator)
		if !ok1 {
			num = elm.DecimalOf(int64(g.Count(Numerator) - g.Count(NumeratorExclusion)))
		}
		if !ok2 {
			den = elm.DecimalOf(int64(g.Count(Denominator) - g.Count(DenominatorExclusion)))
		}
		return num.Quo(den)
	case Continuous:
		return g.observedOf(Population)
	}
	return score, false
}

// rate is a proportion: who met the measure of those it applied to.
func rate(counts []int, g *GroupTally) (elm.Decimal, bool) {
	num := g.in(Numerator, counts) - g.in(NumeratorExclusion, counts)
	den := g.in(Denominator, counts) - g.in(DenominatorExclusion, counts) - g.in(DenominatorException, counts)
	return elm.DecimalOf(int64(num)).Quo(elm.DecimalOf(int64(den)))
}

// observedOf aggregates the observations of a population by the method that the
// measure names; ok is false if the measure has none, or there are no values.
func (g *GroupTally) observedOf(role Role) (elm.Decimal, bool) {
	for i, p := range g.Group.Populations {
		if p.Role != Observation {
			continue
		}
		if target := g.Group.observed(p); target != nil && target.Role == role {
			return aggregate(p.Aggregate, g.Observed[i])
		}
	}
	return elm.Decimal{}, false
}

// ObservedAt aggregates the observations of the i-th population, a measure observation, by
// the method that the measure names; ok is false if there are no values.
func (g *GroupTally) ObservedAt(i int) (value elm.Decimal, ok bool) {
	return aggregate(g.Group.Populations[i].Aggregate, g.Observed[i])
}

// Observes is the place of the population that the i-th, a measure observation, observes;
// -1 if the group has none.
func (g *Group) Observes(i int) int {
	target := g.observed(g.Populations[i])
	for k, p := range g.Populations {
		if p == target {
			return k
		}
	}
	return -1
}

func aggregate(method string, values []elm.Decimal) (elm.Decimal, bool) {
	if method == "Count" || method == "count" {
		return elm.DecimalOf(int64(len(values))), true
	}
	if len(values) == 0 {
		return elm.Decimal{}, false
	}
	sum, ok := elm.Decimal{}, true
	sorted := append([]elm.Decimal(nil), values...)
	sort.Slice(sorted, func(i, j int) bool { return sorted[i].Cmp(sorted[j]) < 0 })
	for _, v := range values {
		if sum, ok = sum.Add(v); !ok {
			return sum, false
		}
	}
	switch method {
	case "Sum", "sum", "":
		return sum, true
	case "Average", "average", "Avg":
		return sum.Quo(elm.DecimalOf(int64(len(values))))
	case "Min", "Minimum", "min", "minimum":
		return sorted[0], true
	case "Max", "Maximum", "max", "maximum":
		return sorted[len(sorted)-1], true
	case "Median", "median":
		mid := len(sorted) / 2
		if len(sorted)%2 == 1 {
			return sorted[mid], true
		}
		s, _ := sorted[mid-1].Add(sorted[mid])
		return s.Quo(elm.DecimalOf(2))
	}
	return elm.Decimal{}, false
}
