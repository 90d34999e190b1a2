// SPDX-License-Identifier: Apache-2.0

package adjudicate

import (
	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// remit fills r.Payment, loop 2100 of the 835.
func (a *Adjudicator) remit(c *claim.Claim, r *Result) {
	p := &r.Payment
	p.ClaimID, p.Charge, p.Frequency = c.ID, c.Charge, c.Frequency
	p.Status = claim.Primary
	if c.Responsibility == 'S' {
		p.Status = claim.Secondary
	} else if c.Responsibility == 'T' {
		p.Status = claim.Tertiary
	}
	p.FilingCode = c.FilingIndicator
	p.ControlNumber = controlNumber(a.opt.Run, r.Index)
	p.Patient = c.Patient
	p.From, p.Through = c.From, c.Through
	p.Received = a.opt.Received
	if rendering := c.Provider(claim.Rendering); rendering != nil {
		p.Rendering = *rendering
	}
	if c.Form == claim.Institutional {
		p.FacilityCode = c.BillType
		a.remitStay(c, r)
	} else {
		p.FacilityCode = c.PlaceOfService
		a.remitLines(c, r)
	}
	p.PatientOwes = owed(p)
	r.PatientOwes, r.Paid = p.PatientOwes, p.Paid
}

// owed is the sum of the PR adjustments.
func owed(p *claim.ClaimPayment) money.Cents {
	var sum money.Cents
	add := func(list []claim.Adjustment) {
		for _, x := range list {
			if x.Group == claim.PatientResponsibility {
				sum += x.Amount
			}
		}
	}
	add(p.Adjustments)
	for i := range p.Lines {
		add(p.Lines[i].Adjustments)
	}
	return sum
}

// appealRemark tells the provider of the right to appeal; Medicare puts it on
// every initial determination under Part B.
const appealRemark = "MA01"

var partBDetermination = claim.OutpatientAdjudication{Remarks: []string{appealRemark}}

// remitLines answers a professional claim line by line.
func (a *Adjudicator) remitLines(c *claim.Claim, r *Result) {
	p := &r.Payment
	p.Outpatient = &partBDetermination
	for i := range r.Lines {
		l, billed := &r.Lines[i], &c.Lines[i]
		if len(p.Lines) < cap(p.Lines) {
			p.Lines = p.Lines[:len(p.Lines)+1]
		} else {
			p.Lines = append(p.Lines, claim.LinePayment{})
		}
		out := &p.Lines[len(p.Lines)-1]
		*out = claim.LinePayment{Number: l.Number, ProcedureKind: billed.ProcedureKind, Procedure: billed.Procedure,
			Modifiers: billed.Modifiers, Charge: l.Charge, Paid: l.Share.Paid, Units: billed.Units,
			From: billed.From, Through: billed.Through, Adjustments: l.Adjustments, Control: billed.Control,
			Allowed: l.Allowed, AllowedKnown: l.Status == linePriced, Remarks: l.Remarks}
		p.Paid += l.Share.Paid
	}
}

// remitStay answers an inpatient claim as a whole.
func (a *Adjudicator) remitStay(c *claim.Claim, r *Result) {
	p, in := &r.Payment, r.Inpatient
	var hidden money.Cents
	for i := range c.Lines {
		hidden += c.Lines[i].NonCovered
	}
	add := func(g claim.AdjustmentGroup, reason string, amount money.Cents) {
		if amount != 0 {
			p.Adjustments = append(p.Adjustments, claim.Adjustment{Group: g, Reason: reason, Amount: amount})
		}
	}
	if above := c.Charge - hidden - r.Allowed; above >= 0 {
		add(claim.ContractualObligation, "45", above)
	} else {
		add(claim.OtherAdjustment, "94", above) // the DRG pays more than the charges
	}
	add(claim.ContractualObligation, "253", r.Sequestration)
	add(claim.PatientResponsibility, "1", r.Deductible)
	add(claim.PatientResponsibility, "2", r.Coinsurance)
	add(claim.PatientResponsibility, "96", hidden)
	p.Paid = r.Paid
	in.remit(p)
	p.Amounts = append(p.Amounts, claim.QualifiedAmount{Qualifier: "AU", Amount: c.Charge - hidden})
	p.Quantities = append(p.Quantities, claim.QualifiedQuantity{Qualifier: "CA", Quantity: money.Fixed{Value: int64(in.CoveredDays)}})
	if in.Share.CoinsuranceDays > 0 {
		p.Quantities = append(p.Quantities, claim.QualifiedQuantity{Qualifier: "CD", Quantity: money.Fixed{Value: int64(in.Share.CoinsuranceDays)}})
	}
	if in.Share.ReserveDays > 0 {
		p.Quantities = append(p.Quantities, claim.QualifiedQuantity{Qualifier: "LA", Quantity: money.Fixed{Value: int64(in.Share.ReserveDays)}})
	}
}
