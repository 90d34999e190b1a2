// SPDX-License-Identifier: Apache-2.0

package remit835

import (
	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/edi/emit"
)

// maxAmount is the guide's bound of an amount of a claim: ten digits with the cents.
const maxAmount = 9_999_999_999

// writeClaim writes loop 2100 with its 2110 loops.
func writeClaim(e *emit.Encoder, p *claim.ClaimPayment) {
	e.Begin("CLP")
	e.Required(p.ClaimID, 38)
	if p.Status == 0 {
		e.Fail("is required and has no value")
	}
	e.Int(int(p.Status))
	amount(e, p.Charge)
	amount(e, p.Paid)
	if p.PatientOwes == 0 {
		e.Skip(1)
	} else {
		amount(e, p.PatientOwes)
	}
	e.Required(p.FilingCode, 2)
	e.Required(p.ControlNumber, 50)
	e.ID(p.FacilityCode, 2)
	e.Byte(p.Frequency)
	e.Skip(1)
	e.ID(p.DRG, 4)
	e.FixedIf(p.DRGWeight)
	e.FixedIf(p.DischargeShare)
	e.End()
	writeAdjustments(e, p.Adjustments)

	writePerson(e, "QC", &p.Patient, "MI")
	if p.Subscriber != nil {
		writePerson(e, "IL", p.Subscriber, "MI")
	}
	if p.Corrected != nil {
		writePerson(e, "74", p.Corrected, "C")
	}
	writeRendering(e, &p.Rendering)
	if p.CrossoverTo != nil {
		writeOtherPayer(e, "TT", p.CrossoverTo)
	}
	if p.CorrectedPayer != nil {
		writeOtherPayer(e, "PR", p.CorrectedPayer)
	}
	if p.OtherSubscriber != nil {
		writePerson(e, "GB", p.OtherSubscriber, "MI")
	}
	if p.Inpatient != nil {
		writeInpatient(e, p.Inpatient)
	}
	if p.Outpatient != nil {
		writeOutpatient(e, p.Outpatient)
	}
	atMost(e, "REF", len(p.References), 5)
	writeReferences(e, p.References)
	atMost(e, "REF", len(p.Rendering.References), 10)
	for i := range p.Rendering.References {
		if r := &p.Rendering.References[i]; !nameQualifier(r.Qualifier) {
			writeReference(e, r.Qualifier, r.Value)
		}
	}
	writeDate(e, "232", p.From)
	writeDate(e, "233", p.Through)
	writeDate(e, "036", p.CoverageEnds)
	writeDate(e, "050", p.Received)
	for i := range p.Contacts {
		writeContact(e, "CX", &p.Contacts[i])
	}
	atMost(e, "AMT", len(p.Amounts), 13)
	writeAmounts(e, p.Amounts)
	atMost(e, "QTY", len(p.Quantities), 14)
	writeQuantities(e, p.Quantities)
	atMost(e, "SVC", len(p.Lines), 999)
	for i := range p.Lines {
		writeLine(e, &p.Lines[i])
	}
}

// amount writes a claim's amount within the guide's bound.
func amount(e *emit.Encoder, c money.Cents) {
	e.Cents(c)
	if c > maxAmount || c < -maxAmount {
		e.Fail("is over the 99,999,999.99 that the guide allows")
	}
}

// atMost refuses more repetitions than the guide has.
func atMost(e *emit.Encoder, segment string, have, most int) {
	if have > most {
		e.Begin(segment)
		e.Fail("stands more often than the guide allows")
	}
}

// writePerson writes the NM1 of a person.
func writePerson(e *emit.Encoder, role string, p *claim.Person, idKind string) {
	e.Begin("NM1")
	e.ID(role, 3)
	e.ID("1", 1)
	e.Text(p.Name.Last, 60)
	e.Text(p.Name.First, 35)
	e.Text(p.Name.Middle, 25)
	e.Skip(1)
	e.Text(p.Name.Suffix, 10)
	if p.ID != "" {
		if p.IDKind != "" {
			idKind = p.IDKind
		}
		e.ID(idKind, 2)
		e.ID(p.ID, 80)
	}
	e.End()
}

// nameQualifier tells whether a number of a provider stands in NM109 and not in a REF.
func nameQualifier(q string) bool {
	switch q {
	case "BD", "BS", "MC", "PC", "SL", "UP":
		return true
	}
	return false
}

func writeRendering(e *emit.Encoder, p *claim.Provider) {
	kind, id := "", ""
	switch {
	case p.NPI != "":
		kind, id = "XX", p.NPI
	case p.TaxID != "":
		kind, id = "FI", p.TaxID
	case len(p.References) > 0 && nameQualifier(p.References[0].Qualifier):
		kind, id = p.References[0].Qualifier, p.References[0].Value
	}
	if id == "" && p.Name == (claim.Name{}) {
		return
	}
	e.Begin("NM1")
	e.ID("82", 3)
	e.ID(choose(p.Organization, "2", "1"), 1)
	e.Text(p.Name.Last, 60)
	e.Text(p.Name.First, 35)
	e.Text(p.Name.Middle, 25)
	e.Skip(1)
	e.Text(p.Name.Suffix, 10)
	e.ID(kind, 2)
	e.ID(id, 80)
	e.End()
}

func writeOtherPayer(e *emit.Encoder, role string, p *claim.Payer) {
	e.Begin("NM1")
	e.ID(role, 3)
	e.ID("2", 1)
	e.Text(p.Name, 60)
	e.Skip(4)
	if p.ID != "" {
		kind := p.IDKind
		if kind == "" {
			kind = "PI"
		}
		e.ID(kind, 2)
		e.ID(p.ID, 80)
	}
	e.End()
}

func writeInpatient(e *emit.Encoder, m *claim.InpatientAdjudication) {
	e.Begin("MIA")
	e.Int(m.CoveredDays)
	e.CentsIf(m.OperatingOutlier)
	e.IntIf(m.LifetimePsychDays)
	e.CentsIf(m.DRGAmount)
	e.ID(remark(m.Remarks, 0), 50)
	for _, c := range [...]money.Cents{m.DSH, m.MSPPassThrough, m.CapitalTotal, m.CapitalFederal, m.CapitalHSP,
		m.CapitalDSH, m.OldCapital, m.CapitalIME, m.OperatingHSP} {
		e.CentsIf(c)
	}
	e.IntIf(m.CostReportDays)
	for _, c := range [...]money.Cents{m.OperatingFederal, m.CapitalOutlier, m.IndirectTeaching, m.NonpayableProfession} {
		e.CentsIf(c)
	}
	for i := 1; i < 5; i++ {
		e.ID(remark(m.Remarks, i), 50)
	}
	e.CentsIf(m.CapitalException)
	tooManyRemarks(e, m.Remarks)
	e.End()
}

func writeOutpatient(e *emit.Encoder, m *claim.OutpatientAdjudication) {
	e.Begin("MOA")
	e.FixedIf(m.ReimbursementRate)
	e.CentsIf(m.HCPCSPayable)
	for i := range 5 {
		e.ID(remark(m.Remarks, i), 50)
	}
	e.CentsIf(m.ESRDPayment)
	e.CentsIf(m.ProfessionalPart)
	tooManyRemarks(e, m.Remarks)
	e.End()
}

func remark(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return ""
}

func tooManyRemarks(e *emit.Encoder, list []string) {
	if len(list) > 5 {
		e.Fail("has no room: a claim has at most five remark codes")
	}
}

func writeDate(e *emit.Encoder, qualifier string, d civil.Date) {
	if d.IsZero() {
		return
	}
	e.Begin("DTM")
	e.ID(qualifier, 3)
	e.Date(d)
	e.End()
}

func writeAmounts(e *emit.Encoder, list []claim.QualifiedAmount) {
	for i := range list {
		e.Begin("AMT")
		e.Required(list[i].Qualifier, 3)
		amount(e, list[i].Amount)
		e.End()
	}
}

func writeQuantities(e *emit.Encoder, list []claim.QualifiedQuantity) {
	for i := range list {
		e.Begin("QTY")
		e.Required(list[i].Qualifier, 2)
		e.Fixed(list[i].Quantity)
		e.End()
	}
}
