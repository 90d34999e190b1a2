// SPDX-License-Identifier: Apache-2.0

package claimsbased

import (
	"slices"

	"github.com/woodlawn-health/woodlawn/claim/civil"
)

// instance is what a measure counts once: visits of one patient.
type instance struct {
	visits  []*visit
	outcome Outcome
	decided *visit // whose codes decided; the first where none did
}

// instances are the eligible instances of one clinician's visits, each with its
// outcome, in the order in which their first visits came.
func (m *Measure) instances(s *Stratum, visits []*visit) []*instance {
	var eligible []*visit
	for _, v := range visits {
		if v.rates&s.bit == 0 {
			continue
		}
		if ok, _ := s.eligible(v); ok {
			eligible = append(eligible, v)
		}
	}
	list := m.group(eligible)
	for _, in := range list {
		candidates := in.visits
		if m.Unit == "latest" {
			candidates = s.latest(candidates)
		}
		in.outcome, in.decided = m.best(s, candidates)
	}
	return list
}

func (s *Stratum) eligible(v *visit) (bool, string) {
	why := ""
	for _, g := range s.groups {
		ok, reason := g.eligible(v)
		if ok {
			return true, ""
		}
		why = reason
	}
	return false, why
}

// group puts visits together that count once.
func (m *Measure) group(visits []*visit) []*instance {
	type key struct {
		patient string
		date    civil.Date
	}
	var list []*instance
	seen := map[key]*instance{}
	byPatient := map[string][]*instance{}
	for _, v := range visits {
		k := key{patient: v.patient}
		switch m.Unit {
		case "episode":
			in := m.episode(byPatient[v.patient], v)
			if in == nil {
				in = &instance{}
				list = append(list, in)
				byPatient[v.patient] = append(byPatient[v.patient], in)
			}
			in.visits = append(in.visits, v)
			continue
		case "date":
			k.date = v.from
		}
		in := seen[k]
		if in == nil {
			in = &instance{}
			seen[k] = in
			list = append(list, in)
		}
		in.visits = append(in.visits, v)
	}
	return list
}

// episode is the patient's episode that shares a diagnosis of the measure with the
// visit, nil if none does.
func (m *Measure) episode(open []*instance, v *visit) *instance {
	for _, in := range open {
		for _, other := range in.visits {
			if slices.ContainsFunc(other.diagnoses, func(d string) bool {
				return m.diagnoses[d] && slices.Contains(v.diagnoses, d)
			}) {
				return in
			}
		}
	}
	return nil
}

// latest keeps the visits of the last date with a quality-data code, or of the
// last date where there is none.
func (s *Stratum) latest(visits []*visit) []*visit {
	coded := slices.DeleteFunc(slices.Clone(visits), func(v *visit) bool { return !s.coded(v) })
	if len(coded) > 0 {
		visits = coded
	}
	last := visits[0].from
	for _, v := range visits {
		if v.from.After(last) {
			last = v.from
		}
	}
	return slices.DeleteFunc(slices.Clone(visits), func(v *visit) bool { return v.from != last })
}

func (s *Stratum) coded(v *visit) bool {
	any := false
	s.outcomes(v, func(Outcome) { any = true })
	return any
}

// outcomes are what the visit's codes say in the groups that it is eligible for.
func (s *Stratum) outcomes(v *visit, add func(Outcome)) {
	for _, g := range s.groups {
		if ok, _ := g.eligible(v); ok {
			g.outcomes(v, add)
		}
	}
}

// ranks order outcomes from the most to the least advantageous.
var (
	ranks        = map[Outcome]int{Met: 0, Exclusion: 1, Exception: 2, NotMet: 3, Unreported: 4}
	inverseRanks = map[Outcome]int{NotMet: 0, Exception: 1, Exclusion: 2, Met: 3, Unreported: 4}
)

// best is the most advantageous outcome of the visits, as CMS takes it.
func (m *Measure) best(s *Stratum, visits []*visit) (Outcome, *visit) {
	rank := ranks
	if m.Inverse {
		rank = inverseRanks
	}
	best, decided := Unreported, visits[0]
	for _, v := range visits {
		s.outcomes(v, func(o Outcome) {
			if rank[o] < rank[best] {
				best, decided = o, v
			}
		})
	}
	return best, decided
}
