// SPDX-License-Identifier: Apache-2.0

package adjudicate

import (
	"fmt"
	"strconv"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
)

// Settle divides what Price allowed between Medicare and the patient and makes the
// claim's part of the remittance. It posts to the ledger, so claims are settled
// one after another in the order of receipt.
func (a *Adjudicator) Settle(c *claim.Claim, r *Result, l *Ledger) {
	if r.Status != Paid {
		return
	}
	var err error
	if c.Form == claim.Institutional {
		err = a.settleStay(c, r, l)
	} else {
		err = a.settleLines(c, r, l)
	}
	if err != nil {
		r.wait(err.Error())
		return
	}
	a.remit(c, r)
	if err := r.Payment.Balance(); err != nil {
		// The account of every paid claim balances by construction; if ever one
		// does not, it must not be paid.
		r.wait("internal: " + err.Error())
	}
}

// settleLines divides the lines of a Part B claim.
func (a *Adjudicator) settleLines(c *claim.Claim, r *Result, l *Ledger) error {
	person := l.person(c)
	for i := range r.Lines {
		line := &r.Lines[i]
		if line.Status != linePriced {
			line.deny()
			continue
		}
		day := c.Lines[i].From
		rates, err := a.params.partB(day)
		if err != nil {
			return err
		}
		key := l.year(person, day)
		left := max(0, rates.deductible.cents()-l.partB[key])
		end := func() {}
		if r.Trace.On() {
			end = r.Trace.Section(fmt.Sprintf("Line %d: who pays the %s allowed", line.Number, line.Allowed))
		}
		share := shareLine(line.Allowed, left, line.NoCostSharing, rates, line.PaymentShare, line.MIPS)
		a.params.traceShare(r.Trace, line.Allowed, left, share, rates)
		l.partB[key] += share.Deductible
		line.Share = share
		switch {
		case line.Primary != nil:
			a.afterPrimary(line, rates, r)
		case c.AcceptsAssignment == 'C':
			line.toPatient()
		default:
			line.assigned()
		}
		end()
		r.Allowed += line.Allowed
		r.Deductible += line.Share.Deductible
		r.Coinsurance += line.Share.Coinsurance
		r.Sequestration += line.Share.Sequestration
		r.PaidToPatient += line.PaidToPatient
		if line.Primary != nil {
			r.PrimaryPaid += line.Primary.Paid
		}
	}
	return nil
}

// deny puts the whole charge of a line under its denial.
func (l *LineResult) deny() {
	l.Adjustments = append(l.Adjustments[:0], claim.Adjustment{Group: l.DenialGroup, Reason: l.DenialReason, Amount: l.Charge})
}

// adjust adds an adjustment unless it is of nothing.
func (l *LineResult) adjust(g claim.AdjustmentGroup, reason string, amount money.Cents) {
	if amount != 0 {
		l.Adjustments = append(l.Adjustments, claim.Adjustment{Group: g, Reason: reason, Amount: amount})
	}
}

// contractual explains the part of the charge above what is allowed: the pricer's
// own reductions first, as far as the charge reaches, the rest as CO-45.
func (l *LineResult) contractual(above money.Cents) {
	rest := above
	for _, reduction := range l.Reductions {
		part := min(reduction.Amount, rest)
		rest -= part
		l.adjust(reduction.Group, reduction.Reason, part)
	}
	l.adjust(claim.ContractualObligation, "45", rest)
}

// medicare adds the adjustments of Medicare's part and the patient's.
func (l *LineResult) medicare() {
	if l.Share.Assistant != 0 {
		l.adjust(claim.ContractualObligation, "45", l.Share.Assistant)
		l.Remarks = append(l.Remarks, "N851")
	}
	switch {
	case l.Share.MIPS > 0:
		l.adjust(claim.ContractualObligation, "144", -l.Share.MIPS)
		l.Remarks = append(l.Remarks, "N807")
	case l.Share.MIPS < 0:
		l.adjust(claim.ContractualObligation, "237", -l.Share.MIPS)
		l.Remarks = append(l.Remarks, "N807")
	}
	l.adjust(claim.ContractualObligation, "253", l.Share.Sequestration)
	l.adjust(claim.PatientResponsibility, "1", l.Share.Deductible)
	l.adjust(claim.PatientResponsibility, "2", l.Share.Coinsurance)
}

// assigned is the account of a line that Medicare pays to the provider.
func (l *LineResult) assigned() {
	l.contractual(l.Charge - l.Allowed)
	l.medicare()
}

// toPatient is the account of a line without assignment: Medicare pays the
// patient (PR-100), who owes the provider up to the limiting charge.
func (l *LineResult) toPatient() {
	l.PaidToPatient = l.Share.Paid
	over := l.Charge - max(l.Allowed, min(l.Charge, l.Limiting))
	l.adjust(claim.ContractualObligation, "45", over)
	l.adjust(claim.PatientResponsibility, "45", l.Charge-l.Allowed-over)
	l.medicare()
	l.adjust(claim.PatientResponsibility, "100", l.PaidToPatient)
	l.Share.Paid = 0
}

// afterPrimary is the account of a line that another payer paid first.
func (a *Adjudicator) afterPrimary(l *LineResult, rates partBRates, r *Result) {
	asPrimary := l.Allowed - l.Share.Deductible - l.Share.Coinsurance - l.Share.Assistant
	l.Share.Assistant = 0
	pay, tests := secondaryPayment(l.Charge, l.Allowed, asPrimary, *l.Primary)
	if r.Trace.On() {
		r.Trace.Add(trace.Step{Name: "Medicare secondary payment", Result: pay.String(), Cite: "42 CFR 411.33(a)",
			Formula: fmt.Sprintf("lowest of charge or accepted amount less primary payment %s, Medicare as primary %s, higher allowed less primary payment %s",
				tests[0], tests[1], tests[2])})
	}
	limit := min(l.Charge, max(l.Allowed, l.Primary.Allowed))
	owes := max(0, min(l.Share.Deductible+l.Share.Coinsurance, limit-l.Primary.Paid-pay))
	l.Share.Deductible = min(l.Share.Deductible, owes)
	l.Share.Coinsurance = owes - l.Share.Deductible
	l.Share.MIPS = pay.Times(money.Fixed{Value: l.MIPS, Scale: 6})
	l.Share.Sequestration = (pay + l.Share.MIPS).Times(rates.sequestration.value)
	l.Share.Paid = pay + l.Share.MIPS - l.Share.Sequestration
	l.contractual(l.Charge - limit)
	l.adjust(claim.OtherAdjustment, "23", limit-pay-owes)
	l.medicare()
}

// settleStay divides an inpatient payment.
func (a *Adjudicator) settleStay(c *claim.Claim, r *Result, l *Ledger) error {
	person := l.person(c)
	admission := c.Admission
	if admission.IsZero() {
		admission = c.From
	}
	if r.Trace.On() {
		defer r.Trace.Section(fmt.Sprintf("Who pays the %s", r.Allowed))()
	}
	share, after, err := a.params.shareStay(r.Allowed, admission, c.Through, r.Inpatient.CoveredDays, l.spells[person], r.Trace)
	if err != nil {
		return err
	}
	l.spells[person] = after
	r.Inpatient.Share = share
	r.Deductible, r.Coinsurance = share.Deductible, share.Coinsurance
	r.Sequestration, r.Paid = share.Sequestration, share.Paid
	return nil
}

// controlNumber makes the payer's number of a claim: the year and day of the run,
// then the claim's place in it.
func controlNumber(run civil.Date, index int) string {
	y, _, _ := run.YMD()
	b := make([]byte, 0, 14)
	b = append(b, byte('0'+y/10%10), byte('0'+y%10))
	day := run.Sub(civil.Of(y, 1, 1)) + 1
	b = append(b, byte('0'+day/100), byte('0'+day/10%10), byte('0'+day%10))
	n := strconv.Itoa(index + 1)
	for i := len(n); i < 9; i++ {
		b = append(b, '0')
	}
	return string(append(b, n...))
}
