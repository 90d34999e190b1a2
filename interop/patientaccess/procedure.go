// SPDX-License-Identifier: Apache-2.0

package patientaccess

// procedures writes the ICD procedures of an institutional claim.
func (x *mapping) procedures() {
	w := &x.w
	w.array("procedure", func() {
		for i := range x.c.Procedures {
			p := &x.c.Procedures[i]
			w.element(func() {
				w.int("sequence", i+1)
				kind, system := "other", sysICD10PCS
				if p.Principal {
					kind = "principal"
				}
				if p.ICD9 {
					system = sysICD9PCS
				}
				w.array("type", func() {
					w.element(func() { w.codings(sysProcedureType, kind) })
				})
				w.date("date", p.Date)
				w.concept("procedureCodeableConcept", system, p.Code)
			})
		}
	})
}
