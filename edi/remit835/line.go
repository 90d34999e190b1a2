// SPDX-License-Identifier: Apache-2.0

package remit835

import (
	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/edi/emit"
)

// writeLine writes loop 2110.
func writeLine(e *emit.Encoder, l *claim.LinePayment) {
	e.Begin("SVC")
	if l.Procedure != "" {
		writeProcedure(e, l.ProcedureKind, l.Procedure, &l.Modifiers, l.Description)
	} else { // a line known by its revenue code alone
		e.Required("NU", 2)
		if l.Revenue == "" {
			e.Fail("is required: the line has neither a procedure nor a revenue code")
		}
		e.Component(l.Revenue, 48)
	}
	amount(e, l.Charge)
	amount(e, l.Paid)
	e.ID(choose(l.Procedure != "", l.Revenue, ""), 48)
	e.Fixed(l.Units)
	if l.Submitted != "" {
		kind := l.SubmittedKind
		if kind == "" {
			kind = l.ProcedureKind
		}
		writeProcedure(e, kind, l.Submitted, &l.SubmittedModifiers, l.SubmittedDescription)
	} else {
		e.Skip(1)
	}
	e.FixedIf(l.BilledUnits)
	e.End()
	if l.Through.IsZero() || l.Through == l.From {
		writeDate(e, "472", l.From)
	} else {
		writeDate(e, "150", l.From)
		writeDate(e, "151", l.Through)
	}
	writeAdjustments(e, l.Adjustments)
	writeLineReferences(e, l)
	if l.AllowedKnown {
		e.Begin("AMT")
		e.ID("B6", 3)
		amount(e, l.Allowed)
		e.End()
	}
	atMost(e, "AMT", len(l.Amounts), 9)
	writeAmounts(e, l.Amounts)
	atMost(e, "QTY", len(l.Quantities), 6)
	writeQuantities(e, l.Quantities)
	atMost(e, "LQ", len(l.Remarks)+len(l.PharmacyRejects), 99)
	writeRemarks(e, "HE", l.Remarks)
	writeRemarks(e, "RX", l.PharmacyRejects)
}

func writeRemarks(e *emit.Encoder, list string, codes []string) {
	for _, code := range codes {
		e.Begin("LQ")
		e.ID(list, 3)
		e.Required(code, 30)
		e.End()
	}
}

// writeLineReferences writes the line's numbers in the guide's order: of the service,
// the provider's line number, of the rendering provider, of the payment policy.
func writeLineReferences(e *emit.Encoder, l *claim.LinePayment) {
	policies := 0
	for i := range l.References {
		if l.References[i].Qualifier == "0K" {
			policies++
			continue
		}
		writeReference(e, l.References[i].Qualifier, l.References[i].Value)
	}
	atMost(e, "REF", len(l.References)-policies, 8)
	atMost(e, "REF", policies, 5)
	writeReference(e, "6R", l.Control)
	if l.Rendering != nil {
		writeReference(e, "HPI", l.Rendering.NPI)
		writeReferences(e, l.Rendering.References)
	}
	for i := range l.References {
		if policies > 0 && l.References[i].Qualifier == "0K" {
			writeReference(e, "0K", l.References[i].Value)
		}
	}
}

// writeProcedure writes the composite of SVC01 and SVC06.
func writeProcedure(e *emit.Encoder, kind, code string, modifiers *[4]string, description string) {
	if kind == "" {
		kind = "HC"
	}
	e.Required(kind, 2)
	e.Component(code, 48)
	for _, m := range modifiers {
		e.Component(m, 2)
	}
	if description != "" {
		e.TextComponent(description, 80)
	}
}

// groupOrder is the order of CAS segments.
var groupOrder = [...]claim.AdjustmentGroup{claim.ContractualObligation, claim.PatientResponsibility,
	claim.OtherAdjustment, claim.PayerInitiated}

// writeAdjustments writes CAS segments: the groups in their order, the adjustments of
// a group in the order given, six to a segment.
func writeAdjustments(e *emit.Encoder, list []claim.Adjustment) {
	written, segments := 0, 0
	for _, group := range groupOrder {
		n := 0
		for i := range list {
			a := &list[i]
			if a.Group != group {
				continue
			}
			if n == 0 {
				e.Begin("CAS")
				e.ID(group.Code(), 2)
				segments++
			}
			e.Required(a.Reason, 5)
			amount(e, a.Amount)
			e.FixedIf(a.Quantity)
			written++
			if n++; n == 6 {
				e.End()
				n = 0
			}
		}
		if n > 0 {
			e.End()
		}
	}
	if written < len(list) {
		e.Begin("CAS")
		e.Skip(1)
		e.Fail("is required: an adjustment has no group CO, PR, OA or PI")
	}
	atMost(e, "CAS", segments, 99)
}
