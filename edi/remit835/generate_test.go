// SPDX-License-Identifier: Apache-2.0

package remit835

import (
	"fmt"

	"pgregory.net/rapid"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// The generators draw payments that balance and that use every field that a guide
// segment carries.

var (
	word    = rapid.StringMatching(`[A-Z][A-Z0-9]{0,11}`)
	free    = rapid.StringMatching(`[A-Z][A-Za-z0-9 ,.'&()-]{0,18}[A-Za-z.]`)
	letters = rapid.StringMatching(`[A-Z]{2}`)
	small   = rapid.Int64Range(0, 999_999)
)

func cents(t *rapid.T, name string) money.Cents { return money.Cents(small.Draw(t, name)) }

func day(t *rapid.T, name string) civil.Date {
	return civil.Of(2025, 1, 1).AddDays(rapid.IntRange(0, 700).Draw(t, name))
}

func fixed(t *rapid.T, name string) money.Fixed {
	f := money.Fixed{Value: rapid.Int64Range(0, 99_999).Draw(t, name), Scale: uint8(rapid.IntRange(0, 4).Draw(t, name))}
	for f.Scale > 0 && f.Value%10 == 0 {
		f.Value /= 10
		f.Scale--
	}
	return f
}

func maybe(t *rapid.T) bool { return rapid.Bool().Draw(t, "maybe") }

func references(t *rapid.T, qualifiers ...string) []claim.Reference {
	var list []claim.Reference
	for range rapid.IntRange(0, 2).Draw(t, "references") {
		list = append(list, claim.Reference{Qualifier: rapid.SampledFrom(qualifiers).Draw(t, "qualifier"), Value: word.Draw(t, "value")})
	}
	return list
}

func person(t *rapid.T) claim.Person {
	p := claim.Person{Name: claim.Name{Last: free.Draw(t, "last"), First: free.Draw(t, "first")}}
	if maybe(t) {
		p.ID = word.Draw(t, "id")
	}
	return p
}

func adjustments(t *rapid.T, reversal bool) []claim.Adjustment {
	var list []claim.Adjustment
	for range rapid.IntRange(0, 9).Draw(t, "adjustments") {
		a := claim.Adjustment{Group: claim.AdjustmentGroup(rapid.IntRange(1, 4).Draw(t, "group")),
			Reason: rapid.SampledFrom([]string{"45", "1", "2", "253", "97", "94", "B7"}).Draw(t, "reason"),
			Amount: money.Cents(rapid.Int64Range(-50_000, 200_000).Draw(t, "amount"))}
		if maybe(t) {
			a.Quantity = fixed(t, "quantity")
		}
		if reversal {
			a.Amount = -a.Amount
		}
		list = append(list, a)
	}
	return list
}

func line(t *rapid.T, n int, reversal bool) claim.LinePayment {
	l := claim.LinePayment{Number: n, Revenue: rapid.StringMatching(`0[1-9][0-9]{2}`).Draw(t, "revenue"), Charge: cents(t, "charge"),
		Units: fixed(t, "units"), From: day(t, "from"), Adjustments: adjustments(t, reversal)}
	l.Through = l.From
	if maybe(t) {
		l.Through = l.From.AddDays(rapid.IntRange(0, 5).Draw(t, "days"))
	}
	if maybe(t) {
		l.ProcedureKind, l.Procedure = "HC", "G0463"
		for i := range rapid.IntRange(0, 4).Draw(t, "modifiers") {
			l.Modifiers[i] = letters.Draw(t, "modifier")
		}
		if maybe(t) {
			l.Description = free.Draw(t, "description")
		}
		if maybe(t) {
			l.SubmittedKind, l.Submitted, l.BilledUnits = "HC", "G0438", fixed(t, "billed")
		}
	}
	if reversal {
		l.Charge = -l.Charge
	}
	l.Paid = l.Charge
	for _, a := range l.Adjustments {
		l.Paid -= a.Amount
	}
	if maybe(t) {
		l.Control = word.Draw(t, "control")
	}
	if maybe(t) {
		l.Allowed, l.AllowedKnown = cents(t, "allowed"), true
	}
	if maybe(t) {
		l.Rendering = &claim.Provider{Role: claim.Rendering, NPI: "1234567893", References: references(t, "1C", "G2")}
	}
	l.References = references(t, "1S", "APC", "LU")
	if maybe(t) {
		l.References = append(l.References, claim.Reference{Qualifier: "0K", Value: word.Draw(t, "policy")})
		l.Remarks, l.PharmacyRejects = []string{"N115", "M15"}, []string{"75"}
		l.Amounts = []claim.QualifiedAmount{{Qualifier: "KH", Amount: cents(t, "amount")}}
		l.Quantities = []claim.QualifiedQuantity{{Qualifier: "ZK", Quantity: fixed(t, "quantity")}}
	}
	return l
}

func claimPayment(t *rapid.T, n int) claim.ClaimPayment {
	reversal := rapid.IntRange(0, 9).Draw(t, "reversal") == 0
	p := claim.ClaimPayment{ClaimID: fmt.Sprintf("C%d", n), Status: claim.Primary, FilingCode: "MB", ControlNumber: word.Draw(t, "icn"),
		Patient: person(t), Adjustments: adjustments(t, reversal), From: day(t, "from"), Batch: 1}
	for i := range rapid.IntRange(0, 4).Draw(t, "lines") {
		p.Lines = append(p.Lines, line(t, i+1, reversal))
		p.Charge += p.Lines[i].Charge
	}
	if len(p.Lines) == 0 {
		p.Charge = cents(t, "charge")
	}
	p.Paid = p.Charge
	settle := func(list []claim.Adjustment) {
		for _, a := range list {
			p.Paid -= a.Amount
			if a.Group == claim.PatientResponsibility {
				p.PatientOwes += a.Amount
			}
		}
	}
	settle(p.Adjustments)
	for i := range p.Lines {
		settle(p.Lines[i].Adjustments)
	}
	if reversal {
		p.Status = claim.Reversal
	}
	if maybe(t) {
		p.Through, p.Received, p.CoverageEnds = p.From.AddDays(3), p.From.AddDays(9), p.From.AddDays(30)
	}
	if maybe(t) {
		p.FacilityCode, p.Frequency, p.DRG, p.DRGWeight, p.DischargeShare = "11", '1', "291", fixed(t, "weight"), fixed(t, "share")
		p.Inpatient = &claim.InpatientAdjudication{CoveredDays: 3, DRGAmount: cents(t, "drg"), CapitalTotal: cents(t, "capital"),
			CapitalException: cents(t, "exception"), CostReportDays: 3, Remarks: []string{"MA18", "N1", "N2"}}
	} else if maybe(t) {
		p.Outpatient = &claim.OutpatientAdjudication{ReimbursementRate: fixed(t, "rate"), HCPCSPayable: cents(t, "payable"),
			Remarks: []string{"MA01"}, ProfessionalPart: cents(t, "professional")}
	}
	if maybe(t) {
		s, c, g := person(t), person(t), person(t)
		p.Subscriber, p.Corrected, p.OtherSubscriber = &s, &c, &g
		p.CrossoverTo = &claim.Payer{Name: free.Draw(t, "payer"), IDKind: "PI", ID: word.Draw(t, "payer id")}
		p.CorrectedPayer = &claim.Payer{Name: free.Draw(t, "payer"), IDKind: "XV", ID: word.Draw(t, "payer id")}
	}
	if maybe(t) {
		p.Rendering = claim.Provider{Role: claim.Rendering, NPI: "1234567893", References: references(t, "1C", "0B")}
		p.Contacts = []claim.Contact{{Name: free.Draw(t, "contact"), Phone: "8005550101", Extension: "7"}}
	}
	p.References = references(t, "EA", "F8", "1L")
	if maybe(t) {
		p.Amounts = []claim.QualifiedAmount{{Qualifier: "AU", Amount: cents(t, "covered")}}
		p.Quantities = []claim.QualifiedQuantity{{Qualifier: "CA", Quantity: fixed(t, "days")}}
	}
	return p
}

// remittance draws a payment that is not negative.
func remittance(t *rapid.T) *claim.Remittance {
	r := testHeader().Common
	r.Payee = claim.Payee{Name: free.Draw(t, "payee"), NPI: "1234567893", TaxID: word.Draw(t, "tax"),
		References: references(t, "0B", "PQ"), Address: claim.Address{Line1: free.Draw(t, "street"), City: free.Draw(t, "city"), State: "MD", ZIP: "21244"}}
	r.Receiver, r.System, r.Website, r.Handling = word.Draw(t, "receiver"), word.Draw(t, "system"), "payer.example", "I"
	r.Contact = claim.Contact{Name: free.Draw(t, "contact"), Phone: "8005550102", Fax: "8005550103"}
	r.Delivery = &claim.Delivery{Method: "EM", Name: free.Draw(t, "to"), Number: "remit.example"}
	r.Method, r.Format = "ACH", "CCP"
	r.PayerBank = claim.BankAccount{RoutingKind: "01", Routing: "011000015", AccountKind: "DA", Account: word.Draw(t, "account")}
	r.Payee.Bank = r.PayerBank
	r.OriginatorSupplement = "D1"
	r.Batches = []claim.ClaimBatch{{Number: 1, Summary: &claim.ProviderSummary{ProviderID: "1234567893", FacilityCode: "11",
		FiscalYearEnd: civil.Of(2026, 9, 30), Claims: 4, Charge: cents(t, "charge"), MSPPayer: cents(t, "msp"),
		NonLabCharge: cents(t, "non lab"), HCPCSReported: cents(t, "reported"), PeriodicClaims: 2, PeriodicAdjustment: cents(t, "pip")},
		Inpatient: &claim.InpatientSummary{DRG: cents(t, "drg"), Discharges: 4, AverageStay: fixed(t, "stay"), CapitalDSH: cents(t, "dsh")}}}
	claims := rapid.IntRange(0, 4).Draw(t, "claims")
	if claims == 0 {
		r.Batches = nil
	}
	for i := range claims {
		r.Claims = append(r.Claims, claimPayment(t, i))
	}
	for range rapid.IntRange(0, 8).Draw(t, "adjustments") {
		r.ProviderAdjustments = append(r.ProviderAdjustments, claim.ProviderAdjustment{ProviderID: "1234567893",
			FiscalYearEnd: civil.Of(2026, 12, 31), Reason: rapid.SampledFrom([]string{"WO", "L6", "72", "CS"}).Draw(t, "plb"),
			Reference: rapid.SampledFrom([]string{"", "R1", "R2"}).Draw(t, "reference"), Amount: money.Cents(rapid.Int64Range(-9999, 9999).Filter(func(v int64) bool { return v != 0 }).Draw(t, "plb amount"))})
	}
	if total := r.Payment(); total <= 0 {
		r.ProviderAdjustments = append(r.ProviderAdjustments, claim.ProviderAdjustment{ProviderID: "1234567893",
			FiscalYearEnd: civil.Of(2026, 12, 31), Reason: "FB", Reference: "T0", Amount: total - 1})
	}
	r.Stated = r.Payment()
	return &r
}
