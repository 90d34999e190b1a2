// SPDX-License-Identifier: Apache-2.0

package patientaccess

import "github.com/woodlawn-health/woodlawn/claim"

// profileKind is the ExplanationOfBenefit profile of a claim.
type profileKind uint8

const (
	professional profileKind = iota
	inpatient
	outpatient
	oral
	pharmacy
)

// profiles are the guide's.
var profiles = [...]struct{ url, name, claimType, subType string }{
	professional: {guide + "StructureDefinition/C4BB-ExplanationOfBenefit-Professional-NonClinician" + version,
		"Professional-NonClinician", "professional", ""},
	inpatient: {guide + "StructureDefinition/C4BB-ExplanationOfBenefit-Inpatient-Institutional" + version,
		"Inpatient-Institutional", "institutional", "inpatient"},
	outpatient: {guide + "StructureDefinition/C4BB-ExplanationOfBenefit-Outpatient-Institutional" + version,
		"Outpatient-Institutional", "institutional", "outpatient"},
	oral:     {guide + "StructureDefinition/C4BB-ExplanationOfBenefit-Oral" + version, "Oral", "oral", ""},
	pharmacy: {guide + "StructureDefinition/C4BB-ExplanationOfBenefit-Pharmacy" + version, "Pharmacy", "pharmacy", ""},
}

func (k profileKind) institutional() bool { return k == inpatient || k == outpatient }

func profileOf(c *claim.Claim) profileKind {
	switch {
	case c.Form == claim.Dental:
		return oral
	case c.Form == claim.Pharmacy:
		return pharmacy
	case c.Form != claim.Institutional:
		return professional
	case inpatientBill(c.BillType):
		return inpatient
	}
	return outpatient
}

// inpatientBill tells whether a bill is for a stay: hospital (11), hospital swing
// bed (18), skilled nursing facility (21), its swing bed (28) and religious
// nonmedical institution (41), the bill types of Medicare's inpatient and SNF
// claims. Inpatient Part B bills (12, 22) list services and are outpatient claims.
func inpatientBill(facility string) bool {
	switch facility {
	case "11", "18", "21", "28", "41":
		return true
	}
	return false
}
