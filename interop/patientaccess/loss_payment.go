// SPDX-License-Identifier: Apache-2.0

package patientaccess

import (
	"strconv"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

func (x *mapping) lostPayment() {
	p, c := x.p, x.c
	if x.in.Stated != nil {
		x.lost(p.Paid != x.amounts.paid(), "payment.paid", Differs)
		x.lost(c.PatientPaid != 0, "claim.patientPaid", NoPlace)
		for i := range c.Lines {
			x.lost(x.byLine && c.Lines[i].Charge != 0 && !x.lines[i].says(Submitted, c.Lines[i].Charge), lineName(i)+".charge", NoPlace)
		}
		for i := range x.in.Stated.Lines {
			x.lost(x.profile == pharmacy && len(x.in.Stated.Lines[i].Reasons) > 0, "stated.lines["+strconv.Itoa(i)+"].reasons", NoPlace)
		}
		for i := range p.Lines {
			x.lost(true, "payment.lines["+strconv.Itoa(i)+"]", NoPlace)
		}
	}
	x.lost(p.ClaimID != "" && p.ClaimID != c.ID, "payment.claimID", Differs)
	x.lost(p.PatientOwes != x.amounts.liability+x.paidOn(), "payment.patientOwes", Differs)
	x.lost(p.FilingCode != "" && p.FilingCode != c.FilingIndicator, "payment.filingCode", Differs)
	place := c.PlaceOfService
	if c.Form == claim.Institutional {
		place = c.BillType
	}
	x.lost(p.FacilityCode != "" && p.FacilityCode != place, "payment.facilityCode", Differs)
	x.lost(p.Frequency != 0 && p.Frequency != c.Frequency, "payment.frequency", Differs)
	x.lost(p.DRG != "" && x.profile != inpatient, "payment.drg", NoPlace)
	x.lost(p.DRGWeight.Value != 0, "payment.drgWeight", NoPlace)
	x.lost(p.DischargeShare.Value != 0, "payment.dischargeShare", NoPlace)
	x.lost(tellsMore(&p.Patient, &c.Patient), "payment.patient", Differs)
	x.lost(p.Subscriber != nil && tellsMore(p.Subscriber, &c.Subscriber), "payment.subscriber", Differs)
	x.lost(p.Corrected != nil, "payment.corrected", NoPlace)
	x.lost(!x.knownProvider(&p.Rendering), "payment.rendering", Differs)
	for _, r := range p.Rendering.References {
		x.lost(true, "payment.rendering.references("+r.Qualifier+")", NoPlace)
	}
	x.lost(p.CrossoverTo != nil, "payment.crossoverTo", NoPlace)
	x.lost(p.CorrectedPayer != nil, "payment.correctedPayer", NoPlace)
	x.lost(p.OtherSubscriber != nil, "payment.otherSubscriber", NoPlace)
	x.lost(!p.From.IsZero() && p.From != c.From, "payment.from", Differs)
	x.lost(!p.Through.IsZero() && p.Through != c.Through, "payment.through", Differs)
	x.lost(len(p.Contacts) > 0, "payment.contacts", NoPlace)
	x.lostLists("payment", p.References, p.Amounts, nil, nil, nil)
	x.lostQuantities("payment", p.Quantities)
	x.lostSegments("payment", p.Unmodelled)
	x.lostInpatientAnswer(p.Inpatient)
	x.lostOutpatientAnswer(p.Outpatient)
	for i := range p.Lines {
		x.lostLinePayment(i)
	}
}

// tellsMore tells whether the payer's record of a person holds what the claim's
// does not; a remittance says little of a person, and that is no difference.
func tellsMore(p, have *claim.Person) bool {
	more := func(p, have string) bool { return p != "" && p != have }
	return more(p.Name.Last, have.Name.Last) || more(p.Name.First, have.Name.First) || more(p.Name.Middle, have.Name.Middle) ||
		more(p.Name.Prefix, have.Name.Prefix) || more(p.Name.Suffix, have.Name.Suffix) || more(p.ID, have.ID) ||
		p.Address != (claim.Address{}) && p.Address != have.Address || p.IDKind != "MI" && more(p.IDKind, have.IDKind) ||
		!p.Born.IsZero() && p.Born != have.Born || !p.Died.IsZero() && p.Died != have.Died || p.Sex != 0 && p.Sex != have.Sex ||
		more(p.Relationship, have.Relationship) || more(p.Group, have.Group) || more(p.GroupName, have.GroupName) || more(p.SSN, have.SSN) ||
		more(p.PropertyID, have.PropertyID) || p.Weight.Value != 0 && p.Weight != have.Weight || p.Pregnant && !have.Pregnant
}

// paidOn is the part of the PR adjustments that the plan paid to the patient.
func (x *mapping) paidOn() money.Cents {
	var sum money.Cents
	count := func(list []claim.Adjustment) {
		for _, a := range list {
			if a.Group == claim.PatientResponsibility && a.Reason == carcPaidToPatient {
				sum += a.Amount
			}
		}
	}
	count(x.p.Adjustments)
	for i := range x.p.Lines {
		count(x.p.Lines[i].Adjustments)
	}
	return sum
}

// knownProvider tells whether the payer's rendering provider is one of the claim's.
func (x *mapping) knownProvider(p *claim.Provider) bool {
	if emptyProvider(p) {
		return true
	}
	for i := range x.parties {
		q := &x.parties[i].provider
		if p.NPI != "" && q.NPI == p.NPI && (p.Name == (claim.Name{}) || p.Name == q.Name) && (p.TaxID == "" || p.TaxID == q.TaxID) &&
			(p.Taxonomy == "" || p.Taxonomy == q.Taxonomy) && (p.Address == (claim.Address{}) || p.Address == q.Address) &&
			(p.Contact == (claim.Contact{}) || p.Contact == q.Contact) {
			return true
		}
	}
	return false
}

// lostInpatientAnswer names the figures of the payer's inpatient pricing.
func (x *mapping) lostInpatientAnswer(a *claim.InpatientAdjudication) {
	if a == nil {
		return
	}
	for _, f := range []struct {
		name   string
		amount money.Cents
	}{{"operatingOutlier", a.OperatingOutlier}, {"drgAmount", a.DRGAmount}, {"dsh", a.DSH}, {"mspPassThrough", a.MSPPassThrough},
		{"capitalTotal", a.CapitalTotal}, {"capitalFederal", a.CapitalFederal}, {"capitalHSP", a.CapitalHSP},
		{"capitalDSH", a.CapitalDSH}, {"oldCapital", a.OldCapital}, {"capitalIME", a.CapitalIME}, {"operatingHSP", a.OperatingHSP},
		{"operatingFederal", a.OperatingFederal}, {"capitalOutlier", a.CapitalOutlier}, {"indirectTeaching", a.IndirectTeaching},
		{"nonpayableProfession", a.NonpayableProfession}, {"capitalException", a.CapitalException}} {
		x.lost(f.amount != 0, "payment.inpatient."+f.name, NoPlace)
	}
	x.lost(a.CoveredDays != 0, "payment.inpatient.coveredDays", NoPlace)
	x.lost(a.LifetimePsychDays != 0, "payment.inpatient.lifetimePsychDays", NoPlace)
	x.lost(a.CostReportDays != 0, "payment.inpatient.costReportDays", NoPlace)
}

func (x *mapping) lostOutpatientAnswer(a *claim.OutpatientAdjudication) {
	if a == nil {
		return
	}
	x.lost(a.ReimbursementRate.Value != 0, "payment.outpatient.reimbursementRate", NoPlace)
	x.lost(a.HCPCSPayable != 0, "payment.outpatient.hcpcsPayable", NoPlace)
	x.lost(a.ESRDPayment != 0, "payment.outpatient.esrdPayment", NoPlace)
	x.lost(a.ProfessionalPart != 0, "payment.outpatient.professionalPart", NoPlace)
}

func (x *mapping) lostLinePayment(i int) {
	p := &x.p.Lines[i]
	of := "payment.lines[" + strconv.Itoa(i) + "]"
	n := x.lineOf(i)
	if n < 0 {
		x.lost(true, of, NoPlace)
		return
	}
	l := &x.c.Lines[n]
	x.lostIn(p.Number != 0 && p.Number != l.Number, of, ".number", Differs)
	x.lostIn(p.ProcedureKind != l.ProcedureKind || p.Procedure != l.Procedure, of, ".procedure", Differs)
	x.lostIn(p.Modifiers != l.Modifiers, of, ".modifiers", Differs)
	x.lostIn(p.Revenue != "" && p.Revenue != l.Revenue, of, ".revenue", Differs)
	x.lostIn(p.Units.Value != 0 && len(x.lines[n].answers) > 1, of, ".units", NoPlace)
	x.lostIn(p.BilledUnits.Value != 0 && p.BilledUnits != l.Units, of, ".billedUnits", Differs)
	x.lostIn(!p.From.IsZero() && p.From != l.From, of, ".from", Differs)
	x.lostIn(!p.Through.IsZero() && p.Through != l.Through, of, ".through", Differs)
	x.lostIn(p.Control != "" && p.Control != l.Control, of, ".control", Differs)
	x.lostLists(of, p.References, p.Amounts, nil, nil, nil)
	x.lostQuantities(of, p.Quantities)
	x.lostIn(p.Rendering != nil && !x.knownProvider(p.Rendering), of, ".rendering", Differs)
	x.lostIn(p.Description != "", of, ".description", NoPlace)
	x.lostIn(p.Submitted != "" && p.Submitted != l.Procedure, of, ".submitted", Differs)
	x.lostIn(p.SubmittedKind != "" && p.SubmittedKind != l.ProcedureKind, of, ".submittedKind", Differs)
	x.lostIn(p.SubmittedModifiers != [4]string{} && p.SubmittedModifiers != l.Modifiers, of, ".submittedModifiers", Differs)
	x.lostIn(p.SubmittedDescription != "", of, ".submittedDescription", NoPlace)
	for j, r := range p.PharmacyRejects {
		if x.profile == pharmacy && j == 0 && x.lines[n].answers[0] == p {
			continue
		}
		x.lost(true, of+".pharmacyRejects("+r+")", NoPlace)
	}
}
