// SPDX-License-Identifier: Apache-2.0

package edits

import "strings"

// mceCheck is one claim on its way through the rules.
type mceCheck struct {
	t     *mceTables
	c     *MCECase
	codes []mceCode // principal, secondary, procedures, admitting
	found []MCEEdit
}

// mceCode is a code of the claim with what the tables say of it.
type mceCode struct {
	place MCEPlace
	index int
	code  string
	valid bool
	flags flagSet
}

// read looks up every code of a claim. An empty secondary or admitting diagnosis
// or procedure is none; the principal diagnosis must be there.
func (t *mceTables) read(c *MCECase) *mceCheck {
	k := &mceCheck{t: t, c: c, codes: make([]mceCode, 0, 2+len(c.Secondary)+len(c.Procedures))}
	add := func(place MCEPlace, index int, code string, codes *mceCodes) {
		code = strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(code), ".", ""))
		if code == "" && place != PlacePrincipal {
			return
		}
		flags, ok := codes.find(code, c.Discharge)
		k.codes = append(k.codes, mceCode{place, index, code, ok, flags})
	}
	add(PlacePrincipal, 0, c.Principal, &t.diagnoses)
	for i, code := range c.Secondary {
		add(PlaceSecondary, i, code, &t.diagnoses)
	}
	for i, code := range c.Procedures {
		add(PlaceProcedure, i, code, &t.procedures)
	}
	add(PlaceAdmitting, 0, c.Admitting, &t.diagnoses)
	return k
}

// report adds a finding about one of the claim's codes.
func (k *mceCheck) report(r *mceRule, code *mceCode) {
	k.found = append(k.found, MCEEdit{Number: r.number, Name: r.name, Place: code.place, Index: code.index, Code: code.code,
		Message: r.message, Effect: r.effect, Cite: k.t.cite, Unverified: !r.verified})
}

// reportClaim adds a finding about the claim as a whole.
func (k *mceCheck) reportClaim(r *mceRule) { k.report(r, &mceCode{place: PlaceClaim}) }

// each reports the codes in one of the places for which want is true.
func (k *mceCheck) each(r *mceRule, want func(*mceCode) bool, places ...MCEPlace) {
	for i := range k.codes {
		code := &k.codes[i]
		for _, p := range places {
			if code.place == p && want(code) {
				k.report(r, code)
			}
		}
	}
}

// some tells whether a code in one of the places has one of the flags.
func (k *mceCheck) some(flags flagSet, places ...MCEPlace) bool {
	for i := range k.codes {
		for _, p := range places {
			if k.codes[i].place == p && k.codes[i].flags&flags != 0 {
				return true
			}
		}
	}
	return false
}

// flagged is a code with one of the rule's flags.
func flagged(r *mceRule) func(*mceCode) bool {
	return func(c *mceCode) bool { return c.flags&r.flags != 0 }
}

func checkCodes(k *mceCheck, r *mceRule) {
	k.each(r, func(c *mceCode) bool { return !c.valid }, PlacePrincipal, PlaceSecondary, PlaceProcedure, PlaceAdmitting)
}

func checkPrincipal(k *mceCheck, r *mceRule) { k.each(r, flagged(r), PlacePrincipal) }

func checkPrincipalUnless(k *mceCheck, r *mceRule) {
	k.each(r, func(c *mceCode) bool { return c.flags&r.flags != 0 && c.flags&r.with == 0 }, PlacePrincipal)
}

func checkPrincipalAlone(k *mceCheck, r *mceRule) {
	for i := range k.codes {
		if k.codes[i].place == PlaceSecondary {
			return
		}
	}
	k.each(r, flagged(r), PlacePrincipal)
}

func checkDuplicate(k *mceCheck, r *mceRule) {
	principal := k.codes[0].code
	k.each(r, func(c *mceCode) bool { return c.code == principal }, PlaceSecondary)
}

func checkDiagnosis(k *mceCheck, r *mceRule) { k.each(r, flagged(r), PlacePrincipal, PlaceSecondary) }

// checkAgeGroup wants the age inside a range of every group that the code is in.
func checkAgeGroup(k *mceCheck, r *mceRule) {
	k.each(r, func(c *mceCode) bool {
		for _, group := range r.each {
			if c.flags&group != 0 && !k.ageFits(group) {
				return true
			}
		}
		return false
	}, PlacePrincipal, PlaceSecondary, PlaceAdmitting)
}

func (k *mceCheck) ageFits(group flagSet) bool {
	for _, a := range k.t.ages {
		if a.flag == group && a.span.holds(k.c.Discharge) && a.youngest <= k.c.Age && k.c.Age <= a.oldest {
			return true
		}
	}
	return false
}

// checkSexConflict has the flag of male codes first and that of female codes second.
func checkSexConflict(k *mceCheck, r *mceRule) {
	k.each(r, func(c *mceCode) bool {
		return c.flags&r.each[0] != 0 && k.c.Sex != 'M' || c.flags&r.each[1] != 0 && k.c.Sex != 'F'
	}, PlacePrincipal, PlaceSecondary, PlaceAdmitting, PlaceProcedure)
}

// checkProcedure leaves out limited coverage where a procedure is not covered at all.
func checkProcedure(k *mceCheck, r *mceRule) {
	k.each(r, func(c *mceCode) bool { return c.flags&r.flags != 0 && !k.denied(c, r) }, PlaceProcedure)
}

// denied tells whether an earlier rule denied the procedure.
func (k *mceCheck) denied(c *mceCode, r *mceRule) bool {
	for i := range k.found {
		e := &k.found[i]
		if e.Place == PlaceProcedure && e.Index == c.index && e.Effect == Deny && r.effect != Deny {
			return true
		}
	}
	return false
}

func checkProcedureUnless(k *mceCheck, r *mceRule) {
	if !k.some(r.with, PlacePrincipal, PlaceSecondary, PlaceProcedure) {
		k.each(r, flagged(r), PlaceProcedure)
	}
}

func checkProcedureWithDiagnosis(k *mceCheck, r *mceRule) {
	if k.some(r.with, PlacePrincipal, PlaceSecondary) {
		k.each(r, flagged(r), PlaceProcedure)
	}
}

func checkProcedureWithoutSecondary(k *mceCheck, r *mceRule) {
	if !k.some(r.with, PlaceSecondary) {
		k.each(r, flagged(r), PlaceProcedure)
	}
}

func checkProcedureAboveAge(k *mceCheck, r *mceRule) {
	if k.c.Age > r.limit {
		k.each(r, flagged(r), PlaceProcedure)
	}
}

func checkProcedureShorterStay(k *mceCheck, r *mceRule) {
	if !k.c.Admission.IsZero() && k.c.Discharge.Sub(k.c.Admission) < r.limit {
		k.each(r, flagged(r), PlaceProcedure)
	}
}

func checkProcedurePairWith(k *mceCheck, r *mceRule) {
	if k.complete(r) && k.some(r.with, PlacePrincipal, PlaceSecondary) {
		k.each(r, flagged(r), PlaceProcedure)
	}
}

func checkProcedurePairWithout(k *mceCheck, r *mceRule) {
	if k.complete(r) && !k.some(r.with, PlacePrincipal, PlaceSecondary) {
		k.each(r, flagged(r), PlaceProcedure)
	}
}

// complete tells whether each of the rule's flags is on some procedure.
func (k *mceCheck) complete(r *mceRule) bool {
	for _, f := range r.each {
		if !k.some(f, PlaceProcedure) {
			return false
		}
	}
	return true
}

func checkAge(k *mceCheck, r *mceRule) {
	if k.c.Age < 0 || k.c.Age > r.limit {
		k.reportClaim(r)
	}
}

func checkSex(k *mceCheck, r *mceRule) {
	if k.c.Sex == 0 || k.c.Sex == ' ' || strings.IndexByte(r.letters, k.c.Sex) < 0 {
		k.reportClaim(r)
	}
}

func checkDischargeStatus(k *mceCheck, r *mceRule) {
	for _, s := range k.t.statuses {
		if s.status == k.c.DischargeStatus && s.span.holds(k.c.Discharge) {
			return
		}
	}
	k.reportClaim(r)
}
