// SPDX-License-Identifier: Apache-2.0

package claim837

import "github.com/woodlawn-health/woodlawn/claim"

// clearClaim empties a claim, keeping the memory of its own slices. Billing,
// PayTo, Subscriber, Patient and Payer share slices with other claims: these are
// let go.
func clearClaim(c *claim.Claim) {
	*c = claim.Claim{
		RelatedCauses: c.RelatedCauses[:0], Providers: c.Providers[:0], OtherPayers: c.OtherPayers[:0],
		Diagnoses: c.Diagnoses[:0], Procedures: c.Procedures[:0], ValueCodes: c.ValueCodes[:0],
		ConditionCodes: c.ConditionCodes[:0], OccurrenceCodes: c.OccurrenceCodes[:0], OccurrenceSpans: c.OccurrenceSpans[:0],
		TreatmentCodes: c.TreatmentCodes[:0], Dates: c.Dates[:0], References: c.References[:0], Amounts: c.Amounts[:0],
		Notes: c.Notes[:0], Attachments: c.Attachments[:0], Conditions: c.Conditions[:0], Lines: c.Lines[:0],
		ToothStatus: c.ToothStatus[:0], Unmodelled: c.Unmodelled[:0],
	}
}

func clearLine(l *claim.Line) {
	*l = claim.Line{
		Providers: l.Providers[:0], Adjudications: l.Adjudications[:0], Dates: l.Dates[:0], References: l.References[:0],
		Amounts: l.Amounts[:0], Notes: l.Notes[:0], Attachments: l.Attachments[:0], Conditions: l.Conditions[:0],
		Teeth: l.Teeth[:0], Tests: l.Tests[:0], Quantities: l.Quantities[:0], Unmodelled: l.Unmodelled[:0],
	}
}

func clearProvider(p *claim.Provider) { *p = claim.Provider{References: p.References[:0]} }

func clearOther(o *claim.OtherPayer) {
	*o = claim.OtherPayer{Payer: claim.Payer{References: o.Payer.References[:0]}, Adjustments: o.Adjustments[:0],
		OutpatientRemarks: o.OutpatientRemarks[:0], Unmodelled: o.Unmodelled[:0]}
}

func clearAdjudication(a *claim.LineAdjudication) {
	*a = claim.LineAdjudication{Adjustments: a.Adjustments[:0]}
}

// grow lengthens a list by one element, whose memory it uses again if there is
// some, and returns that element as it was left.
func grow[T any](list *[]T) *T {
	n := len(*list)
	if n < cap(*list) {
		*list = (*list)[:n+1]
	} else {
		var zero T
		*list = append(*list, zero)
	}
	return &(*list)[n]
}
