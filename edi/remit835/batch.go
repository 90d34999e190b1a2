// SPDX-License-Identifier: Apache-2.0

package remit835

import (
	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/edi/emit"
)

// count adds a claim to the totals of its batch. Totals are kept only of what a
// claim payment carries; TS3 and TS2 elements that nothing adds up to stay empty.
func (b *batch) count(p *claim.ClaimPayment) {
	if b.key.facility == "" {
		return
	}
	s := b.Summary
	if s == nil {
		s = &claim.ProviderSummary{FacilityCode: b.key.facility, FiscalYearEnd: b.key.year}
		b.Summary = s
	}
	s.Claims++
	s.Charge += p.Charge
	if m := p.Outpatient; m != nil {
		s.HCPCSPayable += m.HCPCSPayable
		s.Professional += m.ProfessionalPart
	}
	m := p.Inpatient
	if m == nil {
		return
	}
	t := b.Inpatient
	if t == nil {
		t = &claim.InpatientSummary{}
		b.Inpatient = t
	}
	t.DRG += m.DRGAmount
	t.Federal += m.OperatingFederal
	t.HospitalSpecific += m.OperatingHSP
	t.DSH += m.DSH
	t.Capital += m.CapitalTotal
	t.IndirectTeaching += m.IndirectTeaching
	t.CostOutlier += m.OperatingOutlier
	t.Discharges++
	t.CostReportDays += m.CostReportDays
	t.CoveredDays += m.CoveredDays
	t.MSPPassThrough += m.MSPPassThrough
	t.CapitalFederal += m.CapitalFederal
	t.CapitalHSP += m.CapitalHSP
	t.CapitalDSH += m.CapitalDSH
}

// writeBatch writes LX, TS3 and TS2.
func writeBatch(e *emit.Encoder, b *claim.ClaimBatch, providerID string) {
	e.Begin("LX")
	e.Int(b.Number)
	e.End()
	if s := b.Summary; s != nil {
		if s.ProviderID != "" {
			providerID = s.ProviderID
		}
		e.Begin("TS3")
		e.Required(providerID, 50)
		e.Required(s.FacilityCode, 2)
		e.Date(s.FiscalYearEnd)
		e.Int(s.Claims)
		e.Cents(s.Charge)
		e.Skip(7)
		for i, amount := range [...]money.Cents{s.MSPPayer, s.NonLabCharge, s.HCPCSReported} {
			e.Skip(min(i, 1))
			e.CentsIf(amount)
		}
		e.CentsIf(s.HCPCSPayable)
		e.Skip(1)
		e.CentsIf(s.Professional)
		e.CentsIf(s.MSPLiabilityMet)
		e.CentsIf(s.PatientRefund)
		e.IntIf(s.PeriodicClaims)
		e.CentsIf(s.PeriodicAdjustment)
		e.End()
	}
	if t := b.Inpatient; t != nil && *t != (claim.InpatientSummary{}) {
		e.Begin("TS2")
		for _, amount := range [...]money.Cents{t.DRG, t.Federal, t.HospitalSpecific, t.DSH, t.Capital, t.IndirectTeaching} {
			e.CentsIf(amount)
		}
		e.IntIf(t.OutlierDays)
		e.CentsIf(t.DayOutlier)
		e.CentsIf(t.CostOutlier)
		e.FixedIf(t.AverageStay)
		for _, n := range [...]int{t.Discharges, t.CostReportDays, t.CoveredDays, t.NoncoveredDays} {
			e.IntIf(n)
		}
		e.CentsIf(t.MSPPassThrough)
		e.FixedIf(t.AverageWeight)
		e.CentsIf(t.CapitalFederal)
		e.CentsIf(t.CapitalHSP)
		e.CentsIf(t.CapitalDSH)
		e.End()
	}
}
