// SPDX-License-Identifier: Apache-2.0

package claim837

import "github.com/woodlawn-health/woodlawn/claim"

// mapLine puts a segment of a service line into its field; false if no field
// carries the whole of it.
func (p *parser) mapLine(loop, seg int) bool {
	if seg == segLX {
		p.line = grow(&p.c.Lines)
		clearLine(p.line)
		p.line.Number = whole(p.t.El(1))
		p.payer, p.provider, p.adjudicated = nil, nil, nil
		return true
	}
	if p.line == nil {
		return false
	}
	switch loop {
	case loopDrug:
		return p.mapDrug(seg)
	case loopLineProvider:
		if seg == segNM1 {
			p.provider = grow(&p.line.Providers)
			clearProvider(p.provider)
		}
		return p.provider != nil && p.mapProvider(p.provider, p.role(seg, p.provider), seg)
	case loopAdjudication:
		return p.mapAdjudication(seg)
	}
	return p.mapLineLoop(seg)
}

func (p *parser) mapLineLoop(seg int) bool {
	l, t := p.line, &p.t
	switch seg {
	case segSV1:
		p.mapSV1()
	case segSV2:
		l.Revenue = t.El(1)
		l.ProcedureKind, l.Procedure, l.Modifiers, l.Description = p.procedure(2)
		l.Charge, l.UnitKind, l.Units = p.cents(3), t.El(4), p.fixed(5)
		l.RatePerUnit, l.NonCovered = p.cents(6), p.cents(7)
	case segSV3, segTOO:
		return p.mapDentalLine(seg)
	case segPWK:
		l.Attachments = append(l.Attachments, claim.Attachment{ReportType: t.El(1), Transmission: t.El(2), ControlNumber: t.El(6)})
	case segCR1:
		l.Ambulance = p.ambulance()
	case segCRC:
		l.Conditions = append(l.Conditions, p.condition())
	case segDTP:
		from, to, time := period(t.El(2), t.El(3))
		if t.El(1) == "472" {
			l.From, l.Through = from, to
			if to.IsZero() {
				l.Through = from
			}
			break
		}
		l.Dates = append(l.Dates, claim.QualifiedDate{Qualifier: t.El(1), From: from, To: to, Time: time})
	case segQTY:
		l.Quantities = append(l.Quantities, claim.QualifiedQuantity{Qualifier: t.El(1), Quantity: p.fixed(2)})
	case segMEA:
		if t.El(1) != "TR" { // a starting dose is no test result
			return false
		}
		l.Tests = append(l.Tests, claim.TestResult{Qualifier: t.El(2), Value: p.fixed(3)})
	case segREF:
		if t.El(1) == "6R" && l.Control == "" {
			l.Control = t.El(2)
			break
		}
		l.References = append(l.References, claim.Reference{Qualifier: t.El(1), Value: t.El(2)})
		return t.El(4) == ""
	case segAMT:
		l.Amounts = append(l.Amounts, claim.QualifiedAmount{Qualifier: t.El(1), Amount: p.cents(2)})
	case segK3:
		l.Notes = append(l.Notes, claim.Note{Qualifier: "K3", Text: t.El(1)})
	case segNTE:
		l.Notes = append(l.Notes, claim.Note{Qualifier: t.El(1), Text: t.El(2)})
	default:
		return false
	}
	return true
}

func (p *parser) mapSV1() {
	l, t := p.line, &p.t
	l.ProcedureKind, l.Procedure, l.Modifiers, l.Description = p.procedure(1)
	l.Charge, l.UnitKind, l.Units = p.cents(2), t.El(3), p.fixed(4)
	l.PlaceOfService = t.El(5)
	if t.El(7) != "" {
		for i := range l.DiagnosisPointers {
			l.DiagnosisPointers[i] = uint8(min(whole(t.Comp(7, i+1)), 99))
		}
	}
	l.Emergency, l.EPSDT, l.FamilyPlanning = t.El(9) == "Y", t.El(11) == "Y", t.El(12) == "Y"
	l.CopayExempt = t.El(15) == "0"
}

func (p *parser) mapDrug(seg int) bool {
	l, t := p.line, &p.t
	switch {
	case seg == segLIN && t.El(2) == "N4":
		l.Drug = &claim.Drug{NDC: t.El(3)}
		return true
	case l.Drug == nil:
		return false
	case seg == segCTP:
		l.Drug.Quantity, l.Drug.Unit = p.fixed(4), t.Comp(5, 1)
		return true
	case seg == segREF && t.El(1) == "XZ":
		l.Drug.Prescription = t.El(2)
		return true
	}
	return false
}

func (p *parser) mapAdjudication(seg int) bool {
	l, t := p.line, &p.t
	if seg == segSVD {
		p.adjudicated = grow(&l.Adjudications)
		a := p.adjudicated
		clearAdjudication(a)
		a.PayerID, a.Paid = t.El(1), p.cents(2)
		var description string
		a.ProcedureKind, a.Procedure, a.Modifiers, description = p.procedure(3)
		a.Revenue, a.Units, a.BundledLine = t.El(4), p.fixed(5), whole(t.El(6))
		return description == ""
	}
	a := p.adjudicated
	if a == nil {
		return false
	}
	switch seg {
	case segCAS:
		return p.mapAdjustments(&a.Adjustments)
	case segDTP:
		a.Date = date(t.El(3))
	case segAMT:
		a.Remaining = p.cents(2)
	default:
		return false
	}
	return true
}
