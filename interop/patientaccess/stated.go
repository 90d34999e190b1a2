// SPDX-License-Identifier: Apache-2.0

package patientaccess

import (
	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// Category is a kind of amount of the guide's value set C4BBAdjudication.
type Category uint8

// The kinds of amount.
const (
	Submitted Category = iota
	Eligible
	Deductible
	Coinsurance
	Copay
	NonCovered
	Discount
	DrugCost
	PriorPayerPaid
	PaidByPatient
	Benefit
	PaidToProvider
	PaidToPatient
	MemberLiability
)

var categories = [...]struct{ system, code string }{
	{sysPlainAdjudicate, "submitted"}, {sysPlainAdjudicate, "eligible"}, {sysPlainAdjudicate, "deductible"},
	{sysAdjudication, "coinsurance"}, {sysPlainAdjudicate, "copay"}, {sysAdjudication, "noncovered"}, {sysAdjudication, "discount"},
	{sysAdjudication, "drugcost"}, {sysAdjudication, "priorpayerpaid"}, {sysAdjudication, "paidbypatient"},
	{sysPlainAdjudicate, "benefit"}, {sysAdjudication, "paidtoprovider"}, {sysAdjudication, "paidtopatient"},
	{sysAdjudication, "memberliability"}}

// Amount is one amount as the payer states it. Source is the payer's own code of it with
// its system, which tells apart what the guide has one kind for.
type Amount struct {
	Category     Category
	Cents        money.Cents
	Source, Code string
}

// Stated is what a payer says of a claim by kinds of amount.
type Stated struct {
	Amounts []Amount // of the claim as a whole
	Denied  bool     // nothing of the claim was allowed
	// Lines are the amounts of the claim's lines, one for each; empty if the payer states
	// none of lines.
	Lines []StatedLine
}

// StatedLine is what a payer says of a line.
type StatedLine struct {
	Amounts []Amount
	Denied  bool
	// Reasons are reason codes without amounts.
	Reasons []claim.Adjustment
}

// takeStated makes the amounts of the claim and its lines from what the payer states.
func (x *mapping) takeStated() {
	s := x.in.Stated
	x.byLine = len(s.Lines) > 0
	x.lines = make([]lineAmounts, len(x.c.Lines))
	for i := range x.lines {
		x.lines[i].submitted = x.c.Lines[i].Charge
		if i < len(s.Lines) {
			x.lines[i].state(s.Lines[i].Amounts)
			x.lines[i].denied = s.Lines[i].Denied
		}
	}
	x.amounts.submitted = x.p.Charge
	x.amounts.state(s.Amounts)
	x.amounts.denied = s.Denied
}

// state takes the amounts over and sums up those that decide who was paid.
func (a *amounts) state(list []Amount) {
	a.stated = list
	if list == nil {
		a.stated = []Amount{}
	}
	for i := range list {
		switch list[i].Category {
		case PaidToProvider:
			a.toProvider += list[i].Cents
		case PaidToPatient:
			a.toPatient += list[i].Cents
		case Benefit:
			a.benefit += list[i].Cents
		}
	}
}

// says tells whether an amount is stated.
func (a *amounts) says(kind Category, amount money.Cents) bool {
	for i := range a.stated {
		if a.stated[i].Category == kind && a.stated[i].Cents == amount {
			return true
		}
	}
	return false
}

// paid is what the plan paid: the benefit, if the payer states it.
func (a *amounts) paid() money.Cents {
	for i := range a.stated {
		if a.stated[i].Category == Benefit {
			return a.benefit
		}
	}
	return a.toProvider + a.toPatient
}

// statedList writes the amounts as items of an adjudication or total, each with the payer's
// own code of it.
func (w *writer) statedList(list []Amount) {
	for i := range list {
		a := &list[i]
		w.element(func() {
			w.object("category", func() {
				w.array("coding", func() {
					w.coding(categories[a.Category].system, categories[a.Category].code)
					if a.Code != "" {
						w.coding(a.Source, a.Code)
					}
				})
			})
			w.money("amount", a.Cents)
		})
	}
}
