// SPDX-License-Identifier: Apache-2.0

package assignment

import (
	"fmt"

	"github.com/woodlawn-health/woodlawn/claim/trace"
)

func (a *Assigner) traceEligible(t *trace.Trace, r *Result) {
	if !t.On() {
		return
	}
	w := a.cfg.Window
	inputs := []trace.Input{trace.In("performance year", a.cfg.Rules.Year)}
	if a.cfg.Rules.reach == nil {
		inputs = append([]trace.Input{trace.In("method", a.cfg.Method)}, inputs...)
	}
	t.Add(trace.Step{Name: "assignment window", Inputs: inputs, Result: fmt.Sprintf("%s to %s, %s from %s", w.Begin, w.End, a.cfg.Rules.before(), w.Expanded),
		Cite: a.cfg.Rules.cite("42 CFR 425.20, 425.400(a)")})
	result := "met"
	switch {
	case r.Not != "":
		result = "not met: " + r.Not
	case r.EnrollmentUnknown:
		result = "not known: no list tells the months of enrollment"
	}
	t.Add(trace.Step{Name: "eligibility", Result: result, Cite: a.cfg.Rules.cite("42 CFR 425.401")})
}

// traceSteps writes down the services and the steps.
func (a *Assigner) traceSteps(t *trace.Trace, v verdict) {
	if !t.On() {
		return
	}
	end := t.Section("primary care services")
	for i := range a.c.services {
		s := &a.c.services[i]
		where := ""
		if s.Expanded {
			where = " (expanded window)"
			if a.cfg.Rules.reach != nil {
				where = " (earlier alignment year)"
			}
		}
		who := s.who
		if who == "" {
			who = "nobody: its TIN takes part in several organisations"
		}
		t.Add(trace.Step{Name: fmt.Sprintf("%s %s", s.Day, s.Code), Result: s.Allowed.String() + where,
			Inputs: []trace.Input{trace.In("claim", s.Claim), trace.In("clinician", s.Group), trace.In("NPI", s.NPI), trace.In("of", s.key), trace.In("for", who)},
			Table:  &trace.Row{Table: "mssp.assignment", Version: a.cfg.Rules.Version, Key: s.Code}, Cite: a.cfg.Rules.cite("42 CFR 425.400(c)"), Unverified: !a.cfg.Rules.Verified})
	}
	if a.c.unknown > 0 {
		t.Add(trace.Step{Name: "left out", Result: fmt.Sprintf("%d claims of hospitals whose clinician's specialty is not known", a.c.unknown), Cite: a.cfg.Rules.cite("42 CFR 425.404")})
	}
	end()
	if a.cfg.Rules.reach != nil {
		a.traceREACH(t, v)
		return
	}
	name, cite := string(v.step), map[Step]string{NoStep: "42 CFR 425.402(b)(1)", Step1: "42 CFR 425.402(b)(3)", Step2: "42 CFR 425.402(b)(4)", Step3: "42 CFR 425.402(b)(5)"}[v.step]
	if v.step == NoStep {
		name = "pre-step"
	}
	end = t.Section(name)
	for _, s := range v.shares {
		t.Add(trace.Step{Name: s.Entity, Result: s.Charges.String(), Inputs: []trace.Input{trace.In("services", s.Services), trace.In("latest", s.Latest)}, Cite: cite})
	}
	end()
	t.Add(trace.Step{Name: "result", Result: string(v.reason), Cite: cite})
}
