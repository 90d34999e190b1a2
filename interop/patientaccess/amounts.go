// SPDX-License-Identifier: Apache-2.0

package patientaccess

import (
	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// amounts are the guide's kinds of amount, of a line or of a claim.
type amounts struct {
	submitted                      money.Cents
	eligible                       money.Cents
	eligibleKnown                  bool
	deductible, coinsurance, copay money.Cents
	// noncovered is what the plan does not cover, whoever bears it; discount is what
	// the provider forgoes, or with a minus what a DRG pays above the charges.
	noncovered, discount, priorPaid money.Cents
	toProvider, toPatient           money.Cents
	liability                       money.Cents // what the patient owes, less what the plan paid the patient
	byPatient                       money.Cents // paid with the claim
	denied                          bool
	// stated are the amounts as the payer states them, nil if they are made of
	// adjustments; benefit is then theirs.
	stated  []Amount
	benefit money.Cents
}

// lineAmounts are those of one line of the claim and the payer's lines that answer it.
type lineAmounts struct {
	amounts
	answers []*claim.LinePayment
}

// Claim adjustment reason codes that name a kind of amount of the guide's.
const (
	carcDeductible      = "1"
	carcCoinsurance     = "2"
	carcCopayment       = "3"
	carcPriorPayer      = "23"
	carcAboveFee        = "45"
	carcBloodDeductible = "66"
	carcDRGAboveCharge  = "94"
	carcPaidToPatient   = "100"
)

// adjust adds the adjustments. Whether the service was denied must be known
// before: a contractual adjustment of an allowed service is the provider's
// discount, that of a denied service is the amount that is not covered.
func (a *amounts) adjust(list []claim.Adjustment) {
	for _, x := range list {
		if x.Group == claim.PatientResponsibility && x.Reason != carcPaidToPatient {
			a.liability += x.Amount
		}
		switch x.Reason {
		case carcDeductible, carcBloodDeductible:
			a.deductible += x.Amount
			continue
		case carcCoinsurance:
			a.coinsurance += x.Amount
			continue
		case carcCopayment:
			a.copay += x.Amount
			continue
		case carcPaidToPatient:
			a.toPatient += x.Amount
			continue
		case carcPriorPayer, "22":
			continue // priorPaid is what the other payers said they paid
		}
		switch x.Group {
		case claim.PatientResponsibility:
			if x.Reason != carcAboveFee { // charged above the fee, not uncovered
				a.noncovered += x.Amount
			}
		case claim.ContractualObligation, claim.PayerInitiated:
			if a.denied {
				a.noncovered += x.Amount
			} else {
				a.discount += x.Amount
			}
		case claim.OtherAdjustment:
			if x.Reason == carcDRGAboveCharge || x.Reason == carcAboveFee {
				a.discount += x.Amount
			}
		}
	}
}

// sharesCost tells whether adjustments hold a patient's share or a payment to the
// patient, which only an allowed service has.
func sharesCost(list []claim.Adjustment) bool {
	for _, x := range list {
		switch x.Reason {
		case carcDeductible, carcBloodDeductible, carcCoinsurance, carcCopayment, carcPaidToPatient:
			return true
		}
	}
	return false
}

// add adds another line's amounts.
func (a *amounts) add(b *amounts) {
	a.deductible += b.deductible
	a.coinsurance += b.coinsurance
	a.copay += b.copay
	a.noncovered += b.noncovered
	a.discount += b.discount
	a.priorPaid += b.priorPaid
	a.toPatient += b.toPatient
	a.liability += b.liability
}

// tally computes the amounts of the lines and of the claim.
func (x *mapping) tally() {
	c, p := x.c, x.p
	if x.in.Stated != nil {
		x.takeStated()
		return
	}
	x.byLine = len(p.Lines) > 0
	x.lines = make([]lineAmounts, len(c.Lines))
	for i := range p.Lines {
		if n := x.lineOf(i); n >= 0 {
			x.lines[n].answers = append(x.lines[n].answers, &p.Lines[i])
		}
	}
	total := &x.amounts
	total.eligibleKnown = x.byLine
	for i := range x.lines {
		l := &x.lines[i]
		l.tally(&c.Lines[i])
		total.add(&l.amounts)
		total.eligible += l.eligible
		total.eligibleKnown = total.eligibleKnown && (l.eligibleKnown || l.denied)
	}
	if x.in.AllowedKnown {
		total.eligible, total.eligibleKnown = x.in.Allowed, true
	}
	total.submitted, total.toProvider, total.byPatient = p.Charge, p.Paid, c.PatientPaid
	total.denied = p.Status == claim.Denied || p.Paid == 0 && total.toPatient == 0 && !sharesCost(p.Adjustments) &&
		!(total.eligibleKnown && total.eligible > 0) && !x.someLineAllowed()
	total.adjust(p.Adjustments)
	x.countPrior(total)
}

func (x *mapping) someLineAllowed() bool {
	for i := range x.lines {
		if len(x.lines[i].answers) > 0 && !x.lines[i].denied {
			return true
		}
	}
	return false
}

// countPrior takes what the other payers say of the whole claim over what they
// say of lines, and that over the effect the payer gave it.
func (x *mapping) countPrior(total *amounts) {
	var said money.Cents
	known := false
	for i := range x.c.OtherPayers {
		if o := &x.c.OtherPayers[i]; o.PaidKnown {
			said, known = said+o.Paid, true
		}
	}
	if known {
		total.priorPaid = said
	}
	if total.priorPaid != 0 {
		return
	}
	for _, a := range x.p.Adjustments {
		if a.Reason == carcPriorPayer {
			total.priorPaid += a.Amount
		}
	}
}

// lineOf finds the claim's line that a line of the payment answers: by number, by
// the provider's line number, or by place if both have as many; -1 if none.
func (x *mapping) lineOf(i int) int {
	lines, p := x.c.Lines, &x.p.Lines[i]
	for n := range lines {
		if p.Number != 0 && lines[n].Number == p.Number {
			return n
		}
	}
	for n := range lines {
		if p.Control != "" && lines[n].Control == p.Control {
			return n
		}
	}
	if p.Number == 0 && p.Control == "" && len(lines) == len(x.p.Lines) {
		return i
	}
	return -1
}

func (l *lineAmounts) tally(billed *claim.Line) {
	l.submitted = billed.Charge
	if len(l.answers) > 0 {
		l.submitted, l.eligibleKnown = 0, true
	}
	shares := false
	for _, p := range l.answers {
		l.submitted += p.Charge
		l.toProvider += p.Paid
		l.eligible += p.Allowed
		l.eligibleKnown = l.eligibleKnown && p.AllowedKnown
		shares = shares || sharesCost(p.Adjustments)
	}
	l.denied = len(l.answers) > 0 && l.toProvider == 0 && !shares && !(l.eligibleKnown && l.eligible > 0)
	prior := money.Cents(0)
	for _, p := range l.answers {
		l.adjust(p.Adjustments)
		for _, a := range p.Adjustments {
			if a.Reason == carcPriorPayer {
				prior += a.Amount
			}
		}
	}
	for i := range billed.Adjudications {
		l.priorPaid += billed.Adjudications[i].Paid
	}
	if l.priorPaid == 0 {
		l.priorPaid = prior
	}
}
