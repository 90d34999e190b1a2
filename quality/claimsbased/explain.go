// SPDX-License-Identifier: Apache-2.0

package claimsbased

import (
	"fmt"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/trace"
)

// Explain tells how each of a patient's visits came in or stayed out of a measure,
// and what decided. An empty measure means all. The patient is the member number.
func (r *Run) Explain(patient, measure string) *trace.Trace {
	t := trace.New()
	byClinician := r.byClinician()
	for who, visits := range byClinician {
		byClinician[who] = ofPatient(visits, patient)
	}
	for _, who := range sortedClinicians(byClinician) {
		for _, m := range r.set.Measures {
			if measure != "" && m.ID != measure {
				continue
			}
			for i := range m.Strata {
				m.explain(t, &m.Strata[i], byClinician[who])
			}
		}
	}
	return t
}

func ofPatient(visits []*visit, patient string) []*visit {
	var out []*visit
	for _, v := range visits {
		if v.patient == patient {
			out = append(out, v)
		}
	}
	return out
}

func (m *Measure) explain(t *trace.Trace, s *Stratum, visits []*visit) {
	for _, v := range visits {
		if ok, why := s.eligible(v); !ok {
			t.Add(trace.Step{Name: "measure " + m.ID + " eligibility", Inputs: v.inputs(), Result: "not eligible: " + why})
		}
	}
	for _, in := range m.instances(s, visits) {
		ids := make([]string, len(in.visits))
		for i, v := range in.visits {
			ids[i] = v.claimID
		}
		t.Add(trace.Step{Name: "measure " + m.ID + " instance (" + m.Unit + ")",
			Inputs: append(in.decided.inputs(), trace.In("eligible claims", strings.Join(ids, " "))),
			Table:  &trace.Row{Table: "single source", Version: s.Name, Key: m.ID},
			Result: in.outcome.String(), Cite: "42 CFR 414.1325", Unverified: !m.Verified})
	}
}

// inputs are what a reader needs to find the claim again.
func (v *visit) inputs() []trace.Input {
	codes := make([]string, len(v.lines))
	for i, l := range v.lines {
		codes[i] = l.code
		for _, m := range l.modifiers {
			if m != "" {
				codes[i] += "-" + m
			}
		}
	}
	return []trace.Input{trace.In("NPI", v.clinician.NPI), trace.In("claim", v.claimID), trace.In("date", v.from),
		trace.In("age", v.age), trace.In("codes", fmt.Sprint(codes))}
}
