// SPDX-License-Identifier: Apache-2.0

package patientaccess

import "github.com/woodlawn-health/woodlawn/claim"

// memberNumber is the patient's own number, or the subscriber's, which a family shares.
func memberNumber(c *claim.Claim) string {
	if c.Patient.ID != "" || c.PatientIsSubscriber {
		return c.Patient.ID
	}
	return c.Subscriber.ID
}

// memberSystem is the identifier system of member numbers: Original Medicare's are
// Medicare Beneficiary Identifiers.
func (x *mapping) memberSystem(filing string) string {
	if x.in.MemberSystem != "" {
		return x.in.MemberSystem
	}
	if filing == "MA" || filing == "MB" {
		return idMBI
	}
	return x.opt.Base + "/member"
}

// identifyPatient makes the patient's id. A patient without a number of their own
// is told from the family by birth date, sex and first name.
func (x *mapping) identifyPatient() string {
	c := x.c
	system := x.memberSystem(c.FilingIndicator)
	if c.Patient.ID != "" || c.PatientIsSubscriber {
		return x.id("Patient", system, c.Patient.ID)
	}
	return x.id("Patient", system, c.Subscriber.ID, c.Patient.Born.String(), string(c.Patient.Sex), c.Patient.Name.First)
}

// patientResource writes the C4BB-Patient.
func (x *mapping) patientResource() {
	w, p := &x.w, &x.c.Patient
	x.resource("Patient", x.patientID, profilePatient, func() {
		if x.member != nil {
			w.demographics(x.member)
		}
		w.array("identifier", func() {
			w.identifier(sysIdentifierV2, "MB", x.memberSystem(x.c.FilingIndicator), memberNumber(x.c))
			if x.member != nil {
				w.furtherNumbers(x.member.Numbers)
			}
		})
		w.array("name", func() {
			if p.Name.Last == "" && p.Name.First == "" {
				w.element(w.absent)
				return
			}
			w.personName(p.Name)
		})
		w.text("gender", gender(p.Sex))
		w.date("birthDate", p.Born)
		w.date("deceasedDateTime", p.Died)
		w.address(p.Address)
	})
}

func gender(sex byte) string {
	switch sex {
	case 'F':
		return "female"
	case 'M':
		return "male"
	}
	return "unknown"
}
