// SPDX-License-Identifier: Apache-2.0

package patientaccess

import "github.com/woodlawn-health/woodlawn/claim"

// relatedPerson writes the C4BB-RelatedPerson of a subscriber who is not the
// patient. relationship is the patient's to the subscriber, X12 1069.
func (x *mapping) relatedPerson(id, system string, p *claim.Person, relationship string) {
	w := &x.w
	x.resource("RelatedPerson", id, profileRelated, func() {
		if p.ID != "" {
			w.array("identifier", func() { w.identifier(sysIdentifierV2, "MB", system, p.ID) })
		}
		w.bool("active", true)
		w.reference("patient", "Patient/"+x.patientID)
		if role := subscriberRole(relationship); role != "" || displayName(p.Name) == "" {
			w.array("relationship", func() {
				w.element(func() {
					if role == "" {
						w.text("text", "subscriber")
						return
					}
					w.codings(sysRoleCode, role)
				})
			})
		}
		if displayName(p.Name) != "" {
			w.array("name", func() { w.personName(p.Name) })
		}
		if p.Sex != 0 {
			w.text("gender", gender(p.Sex))
		}
		w.date("birthDate", p.Born)
		w.address(p.Address)
	})
}

// subscriberRole is what the subscriber is to the patient.
func subscriberRole(patientIs string) string {
	switch patientIs {
	case "01":
		return "SPS"
	case "19":
		return "PRN"
	case "53":
		return "DOMPART"
	}
	return ""
}
