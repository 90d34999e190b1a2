// SPDX-License-Identifier: Apache-2.0

package patientaccess

import "github.com/woodlawn-health/woodlawn/claim"

// diagnosisType is the type that the profile's value set has for a diagnosis, or
// empty.
func (k profileKind) diagnosisType(d claim.DiagnosisKind) (system, code string) {
	switch {
	case k == pharmacy:
	case d == claim.PrincipalDiagnosis:
		return sysPlainDiagnosis, "principal"
	case d == claim.OtherDiagnosis && k.institutional():
		return sysDiagnosisType, "other"
	case d == claim.OtherDiagnosis:
		return sysDiagnosisType, "secondary"
	case d == claim.ExternalCause && k.institutional():
		return sysDiagnosisType, "externalcauseofinjury"
	case d == claim.AdmittingDiagnosis && k == inpatient:
		return sysPlainDiagnosis, "admitting"
	case d == claim.ReasonForVisit && k == outpatient:
		return sysDiagnosisType, "patientreasonforvisit"
	}
	return "", ""
}

// diagnoses writes the diagnoses that the profile has a type for.
func (x *mapping) diagnoses() {
	w := &x.w
	w.array("diagnosis", func() {
		if x.in.NoDiagnoses && !x.hasDiagnosis() {
			w.element(func() {
				w.int("sequence", 1)
				w.object("diagnosisCodeableConcept", w.absent)
				w.array("type", func() {
					w.element(func() { w.codings(sysPlainDiagnosis, "principal") })
				})
			})
			return
		}
		for i := range x.c.Diagnoses {
			d := &x.c.Diagnoses[i]
			typeSystem, kind := x.profile.diagnosisType(d.Kind)
			if kind == "" {
				continue
			}
			w.element(func() {
				w.int("sequence", i+1)
				system := sysICD10CM
				if d.ICD9 {
					system = sysICD9CM
				}
				w.concept("diagnosisCodeableConcept", system, pointed(d))
				w.array("type", func() {
					w.element(func() { w.codings(typeSystem, kind) })
				})
				if d.POA != 0 {
					w.concept("onAdmission", sysPOA, string(d.POA))
				}
			})
		}
	})
}

// pointed is a diagnosis code with its point: after the third character, in
// ICD-9-CM after the fourth of an E code.
func pointed(d *claim.Diagnosis) string {
	at := 3
	if d.ICD9 && len(d.Code) > 0 && d.Code[0] == 'E' {
		at = 4
	}
	if len(d.Code) <= at {
		return d.Code
	}
	return d.Code[:at] + "." + d.Code[at:]
}

// pointers are the sequences to which a line points. The line counts the
// principal and other diagnoses alone.
func (x *mapping) pointers(l *claim.Line) []int {
	var out []int
	for _, p := range l.DiagnosisPointers {
		n := 0
		for i := range x.c.Diagnoses {
			if k := x.c.Diagnoses[i].Kind; k != claim.PrincipalDiagnosis && k != claim.OtherDiagnosis {
				continue
			}
			if n++; n == int(p) {
				out = append(out, i+1)
			}
		}
	}
	return out
}
