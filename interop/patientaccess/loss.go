// SPDX-License-Identifier: Apache-2.0

package patientaccess

import (
	"strconv"

	"github.com/woodlawn-health/woodlawn/claim"
)

// Why is the reason of a loss.
type Why string

// The reasons.
const (
	NoPlace    Why = "the guide has no element for it"
	Withheld   Why = "a social security number is not handed on"
	NoNumber   Why = "the guide asks for an NPI or tax number of a practitioner"
	NoTaxonomy Why = "the guide asks for a taxonomy code of an organization that renders outpatient services"
	Differs    Why = "it differs from the claim, which stands"
	Replaced   Why = "it differs from what the payer says, which stands"
	NoMember   Why = "the guide asks for the payer and the member number of a coverage"
)

// Loss is a field of the claim or payment that found no place in the resources.
// Its value is not told, so that a report holds no health information.
type Loss struct {
	Field string `json:"field"` // as claim.lines[0].notes(ADD): with the X12 qualifier, if the field has one
	Why   Why    `json:"why"`
}

func (x *mapping) lost(present bool, field string, why Why) {
	if present {
		x.set.Losses = append(x.set.Losses, Loss{field, why})
	}
}

// lostIn is lost for a field of a part; the name is made only if it is needed.
func (x *mapping) lostIn(present bool, of, field string, why Why) {
	if present {
		x.lost(true, of+field, why)
	}
}

// losses names every field that the mapping leaves out.
func (x *mapping) losses() {
	x.lostHeader()
	x.lostInstitutional()
	x.lostCodes()
	x.lostProviders("claim", x.c.Providers, -1)
	x.lostProvider("claim.billing", &x.c.Billing, claim.Billing)
	x.lost(!emptyProvider(&x.c.PayTo), "claim.payTo", NoPlace)
	x.lostPerson("claim.patient", &x.c.Patient)
	if !x.c.PatientIsSubscriber {
		x.lostPerson("claim.subscriber", &x.c.Subscriber)
		x.lost(x.c.Subscriber.Relationship != "", "claim.subscriber.relationship", NoPlace)
		x.lost(x.c.Patient.Group != "" || x.c.Patient.GroupName != "", "claim.patient.group", NoPlace)
		x.lost(!x.c.Subscriber.Died.IsZero(), "claim.subscriber.died", NoPlace)
	} else {
		x.lost(x.c.Subscriber != (claim.Person{}) && !sameMember(&x.c.Subscriber, &x.c.Patient), "claim.subscriber", Differs)
		x.lost(!self(x.c.Patient.Relationship), "claim.patient.relationship", NoPlace)
	}
	x.lostDispensing()
	x.lostTeeth()
	x.lostPlan()
	x.lostPayers()
	for i := range x.c.Lines {
		x.lostLine(i)
	}
	x.lostPayment()
}

// sameMember tells whether the subscriber's record adds nothing to the patient's,
// but for the group, which is the plan's.
func sameMember(s, p *claim.Person) bool {
	a, b := *s, *p
	a.Group, a.GroupName, b.Group, b.GroupName = "", "", "", ""
	return a == b
}

func (x *mapping) lostHeader() {
	c := x.c
	x.lost(c.Charge != x.p.Charge, "claim.charge", Replaced)
	x.lost(c.Frequency != 0 && c.Frequency != '1' && !x.profile.institutional() && !(c.Frequency == '7' && c.PayerControlNumber != ""),
		"claim.frequency", NoPlace)
	x.lost(c.PlaceOfService != "" && !x.usedPlace, "claim.placeOfService", NoPlace)
	x.lost(c.AcceptsAssignment != 0, "claim.acceptsAssignment", NoPlace)
	x.lost(c.ProviderSigned != 0, "claim.providerSigned", NoPlace)
	x.lost(c.BenefitsAssigned != 0, "claim.benefitsAssigned", NoPlace)
	x.lost(c.Release != 0, "claim.release", NoPlace)
	x.lost(c.PatientSignature != 0, "claim.patientSignature", NoPlace)
	x.lost(c.DelayReason != "", "claim.delayReason", NoPlace)
	x.lost(c.SpecialProgram != "", "claim.specialProgram", NoPlace)
	x.lost(c.Homebound, "claim.homebound", NoPlace)
	x.lost(c.Demonstration != "", "claim.demonstration", NoPlace)
	x.lost(c.MammographyCert != "", "claim.mammographyCert", NoPlace)
	x.lost(c.CLIA != "", "claim.clia", NoPlace)
	x.lost(c.InvestigationalID != "", "claim.investigationalID", NoPlace)
	x.lost(c.InsuranceType != "", "claim.insuranceType", NoPlace)
	x.lost(c.Spinal != nil, "claim.spinal", NoPlace)
	x.lost(c.PayToPlan != nil, "claim.payToPlan", NoPlace)
	kind, accident := x.accidentKind()
	for _, cause := range c.RelatedCauses {
		x.lost(!accident || cause != "AA" && (cause != "OA" || kind != ""), "claim.relatedCauses("+cause+")", NoPlace)
	}
	x.lost(!accident && c.AccidentState != "", "claim.accidentState", NoPlace)
	x.lost(!accident && c.AccidentCountry != "", "claim.accidentCountry", NoPlace)
	seen := false
	for i, d := range c.Dates {
		if x.placedDate(c.Dates, i, -1) {
			continue
		}
		placed := accident && d.Qualifier == accidentDate && !seen
		seen = seen || d.Qualifier == accidentDate
		x.lost(!placed, "claim.dates("+d.Qualifier+")", NoPlace)
		x.lost(placed && (d.Time != "" || !d.To.IsZero()), "claim.dates("+d.Qualifier+").time", NoPlace)
	}
	x.lostLists("claim", c.References, c.Amounts, c.Notes, c.Attachments, c.Conditions)
	x.lostSegments("claim", c.Unmodelled)
	if c.Ambulance != nil {
		x.lostAmbulance("claim.ambulance", c.Ambulance, len(x.linesWithoutAmbulance()) > 0)
	}
}

func (x *mapping) lostInstitutional() {
	c := x.c
	stay, hospital := x.profile == inpatient, x.profile.institutional()
	x.lost(c.BillType != "" && !hospital, "claim.billType", NoPlace)
	x.lost(c.Frequency != 0 && hospital && c.BillType == "", "claim.frequency", NoPlace)
	x.lost(!c.Admission.IsZero() && !hospital, "claim.admission", NoPlace)
	x.lost(c.AdmissionHour != "", "claim.admissionHour", NoPlace)
	x.lost(c.DischargeHour != "", "claim.dischargeHour", NoPlace)
	x.lost(c.AdmissionType != 0 && !hospital, "claim.admissionType", NoPlace)
	x.lost(c.AdmissionSource != 0 && !hospital, "claim.admissionSource", NoPlace)
	x.lost(c.PatientStatus != "" && !hospital, "claim.patientStatus", NoPlace)
	x.lost(c.DRG != "" && !stay, "claim.drg", NoPlace)
	x.lost(c.DRG != "" && stay && c.DRG != x.drg(), "claim.drg", Replaced)
	for i := range c.Diagnoses {
		d := &c.Diagnoses[i]
		if _, kind := x.profile.diagnosisType(d.Kind); kind == "" {
			x.lost(true, "claim.diagnoses["+strconv.Itoa(i)+"]", NoPlace)
		}
	}
	x.lost(len(c.Procedures) > 0 && !hospital, "claim.procedures", NoPlace)
}

// lostCodes names the NUBC codes, for which the guide has no category.
func (x *mapping) lostCodes() {
	for _, v := range x.c.ValueCodes {
		x.lost(true, "claim.valueCodes("+v.Code+")", NoPlace)
	}
	for _, v := range x.c.ConditionCodes {
		x.lost(true, "claim.conditionCodes("+v+")", NoPlace)
	}
	for _, v := range x.c.OccurrenceCodes {
		x.lost(true, "claim.occurrenceCodes("+v.Code+")", NoPlace)
	}
	for _, v := range x.c.OccurrenceSpans {
		x.lost(true, "claim.occurrenceSpans("+v.Code+")", NoPlace)
	}
	for _, v := range x.c.TreatmentCodes {
		x.lost(true, "claim.treatmentCodes("+v+")", NoPlace)
	}
}

// lostLists names what lists that have no place hold, by qualifier.
func (x *mapping) lostLists(of string, refs []claim.Reference, amounts []claim.QualifiedAmount, notes []claim.Note,
	papers []claim.Attachment, conditions []claim.ConditionIndicator) {
	for _, r := range refs {
		x.lost(true, of+".references("+r.Qualifier+")", NoPlace)
	}
	for _, a := range amounts {
		x.lost(true, of+".amounts("+a.Qualifier+")", NoPlace)
	}
	for _, n := range notes {
		x.lost(true, of+".notes("+n.Qualifier+")", NoPlace)
	}
	for _, p := range papers {
		x.lost(true, of+".attachments("+p.ReportType+")", NoPlace)
	}
	for _, c := range conditions {
		x.lost(true, of+".conditions("+c.Category+")", NoPlace)
	}
}

func (x *mapping) lostQuantities(of string, list []claim.QualifiedQuantity) {
	for _, q := range list {
		x.lost(true, of+".quantities("+q.Qualifier+")", NoPlace)
	}
}

// lostSegments names segments that no field carries by their first letters.
func (x *mapping) lostSegments(of string, list []claim.Segment) {
	for _, s := range list {
		name := s.Text[:min(3, len(s.Text))]
		for len(name) > 0 {
			if b := name[len(name)-1]; 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' {
				break
			}
			name = name[:len(name)-1]
		}
		x.lost(true, of+".unmodelled("+s.Loop+" "+name+")", NoPlace)
	}
}

func (x *mapping) lostAmbulance(of string, a *claim.Ambulance, used bool) {
	if x.profile != professional || !used {
		x.lost(true, of, NoPlace)
		return
	}
	_, numeric := poundsOf(a)
	x.lostIn(a.Weight != "" && !numeric, of, ".weight", NoPlace)
	x.lostIn(a.TransportCode != "", of, ".transportCode", NoPlace)
}
