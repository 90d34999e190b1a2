// SPDX-License-Identifier: Apache-2.0

package remit835

import (
	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/edi/x12"
)

// readClaim reads from CLP to the segment before the next claim, batch, PLB or SE.
// A claim with an error is set aside: it is nil.
func (r *Reader) readClaim() *claim.ClaimPayment {
	r.bad, r.claimID = false, r.text(1)
	if r.claimID == "" {
		r.claimID = "?" // so that what is wrong with it counts as wrong with a claim
		r.required(1, 1028)
	}
	p := &claim.ClaimPayment{Batch: r.batch}
	r.claimHead(p)
	var line *claim.LinePayment
	for r.advance() {
		id := string(r.el[0])
		switch id {
		case "CLP", "LX", "PLB", "SE", "ST", "GE", "GS", "IEA", "ISA":
			r.held = true
			return r.closeClaim(p)
		case "SVC":
			p.Lines = append(p.Lines, claim.LinePayment{Number: len(p.Lines) + 1})
			line = &p.Lines[len(p.Lines)-1]
			r.service(line)
		case "CAS":
			if line != nil {
				line.Adjustments = r.adjustments(line.Adjustments)
			} else {
				p.Adjustments = r.adjustments(p.Adjustments)
			}
		default:
			known := false
			if line != nil {
				known = r.lineSegment(line, id)
			} else {
				known = r.claimSegment(p, id)
			}
			if !known {
				loop := "2100"
				if line != nil {
					loop = "2110"
				}
				r.unexpected(&p.Unmodelled, loop)
			}
		}
	}
	return r.closeClaim(p)
}

// closeClaim counts the claim.
func (r *Reader) closeClaim(p *claim.ClaimPayment) *claim.ClaimPayment {
	for i := range p.Lines {
		if l := &p.Lines[i]; l.Through.IsZero() {
			l.Through = l.From
		}
	}
	report, t := r.x.Report(), r.x.Transaction()
	report.Claims++
	if t != nil {
		t.Claims++
	}
	r.claimID = ""
	if !r.bad {
		return p
	}
	report.Rejected++
	if t != nil {
		t.Rejected++
	}
	return nil
}

func (r *Reader) claimHead(p *claim.ClaimPayment) {
	p.ClaimID = r.text(1)
	status := r.int(2)
	if status < 1 || status > 255 {
		r.element(2, 1029, "7", "the claim has no status", "give it, for example 1")
	}
	p.Status = claim.ClaimStatus(status)
	p.Charge, p.Paid, p.PatientOwes = r.cents(3), r.cents(4), r.cents(5)
	p.FilingCode, p.ControlNumber, p.FacilityCode, p.Frequency = r.text(6), r.text(7), r.text(8), r.byte(9)
	p.DRG, p.DRGWeight, p.DischargeShare = r.text(11), r.fixed(12), r.fixed(13)
	if r.text(10) != "" {
		r.keep(&p.Unmodelled, "2100")
	}
}

// claimSegment reads a segment of loop 2100, and tells whether it knows it.
func (r *Reader) claimSegment(p *claim.ClaimPayment, id string) bool {
	switch id {
	case "NM1":
		return r.name(p)
	case "MIA":
		p.Inpatient = r.inpatient()
	case "MOA":
		p.Outpatient = &claim.OutpatientAdjudication{ReimbursementRate: r.fixed(1), HCPCSPayable: r.cents(2),
			Remarks: r.remarks(3, 4, 5, 6, 7), ESRDPayment: r.cents(8), ProfessionalPart: r.cents(9)}
	case "REF":
		ref := claim.Reference{Qualifier: r.text(1), Value: r.text(2)}
		if renderingQualifier(ref.Qualifier) {
			p.Rendering.References = append(p.Rendering.References, ref)
		} else {
			p.References = append(p.References, ref)
		}
	case "DTM":
		switch r.text(1) {
		case "232":
			p.From = r.date(2)
		case "233":
			p.Through = r.date(2)
		case "036":
			p.CoverageEnds = r.date(2)
		case "050":
			p.Received = r.date(2)
		default:
			return false
		}
	case "PER":
		c, whole := r.contact()
		p.Contacts = append(p.Contacts, c)
		return whole
	case "AMT":
		p.Amounts = append(p.Amounts, claim.QualifiedAmount{Qualifier: r.text(1), Amount: r.cents(2)})
	case "QTY":
		p.Quantities = append(p.Quantities, claim.QualifiedQuantity{Qualifier: r.text(1), Quantity: r.fixed(2)})
	default:
		return false
	}
	return true
}

// renderingQualifier tells the numbers of a rendering provider from those of a claim.
func renderingQualifier(q string) bool {
	switch q {
	case "0B", "1A", "1B", "1C", "1D", "1G", "1H", "1J", "D3", "G2":
		return true
	}
	return false
}

func (r *Reader) name(p *claim.ClaimPayment) bool {
	name := claim.Name{Last: r.text(3), First: r.text(4), Middle: r.text(5), Suffix: r.text(7)}
	kind, id := r.text(8), r.text(9)
	person := func(usual string) claim.Person {
		if kind == usual {
			kind = ""
		}
		return claim.Person{Name: name, ID: id, IDKind: kind}
	}
	switch r.text(1) {
	case "QC":
		p.Patient = person("MI")
	case "IL":
		s := person("MI")
		p.Subscriber = &s
	case "74":
		s := person("C")
		p.Corrected = &s
	case "GB":
		s := person("MI")
		p.OtherSubscriber = &s
	case "82":
		q := &p.Rendering
		q.Role, q.Organization, q.Name = claim.Rendering, r.text(2) == "2", name
		switch kind {
		case "XX":
			q.NPI = id
		case "FI":
			q.TaxID = id
		case "":
		default:
			q.References = append([]claim.Reference{{Qualifier: kind, Value: id}}, q.References...)
		}
	case "TT":
		p.CrossoverTo = &claim.Payer{Name: name.Last, ID: id, IDKind: kind}
	case "PR":
		p.CorrectedPayer = &claim.Payer{Name: name.Last, ID: id, IDKind: kind}
	default:
		return false
	}
	return true
}

func (r *Reader) inpatient() *claim.InpatientAdjudication {
	return &claim.InpatientAdjudication{CoveredDays: r.int(1), OperatingOutlier: r.cents(2), LifetimePsychDays: r.int(3),
		DRGAmount: r.cents(4), DSH: r.cents(6), MSPPassThrough: r.cents(7), CapitalTotal: r.cents(8), CapitalFederal: r.cents(9),
		CapitalHSP: r.cents(10), CapitalDSH: r.cents(11), OldCapital: r.cents(12), CapitalIME: r.cents(13),
		OperatingHSP: r.cents(14), CostReportDays: r.int(15), OperatingFederal: r.cents(16), CapitalOutlier: r.cents(17),
		IndirectTeaching: r.cents(18), NonpayableProfession: r.cents(19), CapitalException: r.cents(24),
		Remarks: r.remarks(5, 20, 21, 22, 23)}
}

func (r *Reader) remarks(elements ...int) []string {
	var list []string
	for _, n := range elements {
		if s := r.text(n); s != "" {
			list = append(list, s)
		}
	}
	return list
}

// adjustments appends those of a CAS.
func (r *Reader) adjustments(list []claim.Adjustment) []claim.Adjustment {
	var group claim.AdjustmentGroup
	switch r.text(1) {
	case "CO":
		group = claim.ContractualObligation
	case "PR":
		group = claim.PatientResponsibility
	case "OA":
		group = claim.OtherAdjustment
	case "PI":
		group = claim.PayerInitiated
	default:
		r.element(1, 1033, "7", "the group of an adjustment is none of CO, PR, OA and PI", "give one of them")
		return list
	}
	for n := 2; n < len(r.el) && n < 20; n += 3 {
		reason := r.text(n)
		if reason == "" && r.text(n+1) == "" {
			continue
		}
		if reason == "" {
			r.raise(x12.Issue{Level: x12.ElementLevel, Rule: "835.CAS.reason", Code: "1", Element: n, DataElement: 1034,
				Message: "an adjustment has no reason code", Remedy: "give it"})
		}
		list = append(list, claim.Adjustment{Group: group, Reason: reason, Amount: r.cents(n + 1), Quantity: r.fixed(n + 2)})
	}
	return list
}

// service reads the SVC.
func (r *Reader) service(l *claim.LinePayment) {
	kind, code, mods, description := r.procedure(1)
	l.Charge, l.Paid, l.Revenue = r.cents(2), r.cents(3), r.text(4)
	if kind == "NU" && l.Revenue == "" {
		l.Revenue = code
	} else {
		l.ProcedureKind, l.Procedure, l.Modifiers, l.Description = kind, code, mods, description
	}
	l.Units = money.Fixed{Value: 1} // what the guide says of a line without a count
	if r.text(5) != "" {
		l.Units = r.fixed(5)
	}
	if r.text(6) != "" {
		l.SubmittedKind, l.Submitted, l.SubmittedModifiers, l.SubmittedDescription = r.procedure(6)
	}
	l.BilledUnits = r.fixed(7)
}

// procedure takes a procedure composite apart. One that has no components is kept
// whole as the code: the sender took another separator than the ISA names.
func (r *Reader) procedure(n int) (kind, code string, mods [4]string, description string) {
	parts := r.components(n)
	if len(parts) == 1 {
		r.raise(x12.Issue{Level: x12.ElementLevel, Rule: "835.SVC.components", Code: "1", Warning: true, Element: n, Component: 2,
			DataElement: 234, Value: clip(parts[0]), Message: "a procedure has no code beside its kind; it is kept whole",
			Remedy: "part kind and code with the component separator of ISA16"})
		return "", parts[0], mods, ""
	}
	for i, s := range parts {
		switch {
		case i == 0:
			kind = s
		case i == 1:
			code = s
		case i < 6:
			mods[i-2] = s
		case i == 6:
			description = s
		}
	}
	return
}

// lineSegment reads a segment of loop 2110, and tells whether it knows it.
func (r *Reader) lineSegment(l *claim.LinePayment, id string) bool {
	switch id {
	case "DTM":
		d := r.date(2)
		switch r.text(1) {
		case "472":
			l.From, l.Through = d, d
		case "150":
			l.From = d
		case "151":
			l.Through = d
		default:
			return false
		}
	case "REF":
		r.lineReference(l, claim.Reference{Qualifier: r.text(1), Value: r.text(2)})
	case "AMT":
		a := claim.QualifiedAmount{Qualifier: r.text(1), Amount: r.cents(2)}
		if a.Qualifier == "B6" && !l.AllowedKnown {
			l.Allowed, l.AllowedKnown = a.Amount, true
		} else {
			l.Amounts = append(l.Amounts, a)
		}
	case "QTY":
		l.Quantities = append(l.Quantities, claim.QualifiedQuantity{Qualifier: r.text(1), Quantity: r.fixed(2)})
	case "LQ":
		switch r.text(1) {
		case "HE":
			l.Remarks = append(l.Remarks, r.text(2))
		case "RX":
			l.PharmacyRejects = append(l.PharmacyRejects, r.text(2))
		default:
			return false
		}
	default:
		return false
	}
	return true
}

func (r *Reader) lineReference(l *claim.LinePayment, ref claim.Reference) {
	rendering := func() *claim.Provider {
		if l.Rendering == nil {
			l.Rendering = &claim.Provider{Role: claim.Rendering}
		}
		return l.Rendering
	}
	switch q := ref.Qualifier; {
	case q == "6R" && l.Control == "":
		l.Control = ref.Value
	case q == "HPI" && rendering().NPI == "":
		l.Rendering.NPI = ref.Value
	case renderingQualifier(q), q == "SY", q == "TJ", q == "HPI":
		p := rendering()
		p.References = append(p.References, ref)
	default:
		l.References = append(l.References, ref)
	}
}
