// SPDX-License-Identifier: Apache-2.0

package adjudicate

import (
	"strconv"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/payment/mpfs"
)

// professional prices a claim under the physician fee schedule. A claim with a
// line that cannot be priced waits as a whole: a payment that leaves out a line
// without saying why would be wrong.
func (w *Worker) professional(c *claim.Claim, r *Result) {
	r.System = "MPFS"
	w.prices = w.a.fees.Price(c, w.a.opt.Clinicians, w.prices[:0], r.Trace)
	r.Status = Paid
	for i := range w.prices {
		p, billed := &w.prices[i], &c.Lines[w.prices[i].Line]
		l := r.line()
		l.Number, l.Procedure, l.Modifiers = billed.Number, billed.Procedure, billed.Modifiers
		l.Charge, l.Units = billed.Charge, billed.Units
		l.FeeSchedule, l.Allowed, l.Limiting = p.FeeSchedule, min(p.Allowed, billed.Charge), p.LimitingCharge
		l.Facility, l.MIPS, l.PaymentShare = p.Facility, p.MIPSAdjustment, p.PaymentShare
		l.Carrier, l.Locality = p.Carrier, p.Locality
		l.Reductions = append(l.Reductions, p.Reductions()...)
		r.Unverified = r.Unverified || p.Unverified
		switch p.Status {
		case mpfs.Priced:
			l.Status = linePriced
		case mpfs.Bundled, mpfs.Denied:
			l.Status = lineDenied
			if p.Status == mpfs.Bundled {
				l.Status = lineBundled
			}
			l.Allowed = 0
			l.DenialGroup, l.DenialReason = p.Denial.Group, p.Denial.Reason
			if p.Denial.Remark != "" {
				l.Remarks = append(l.Remarks, p.Denial.Remark)
			}
		default:
			l.Status, l.Reason = lineUnpriced, p.Reason
			r.wait("line " + strconv.Itoa(billed.Number) + ": " + p.Reason)
		}
	}
	if primary := primaryPayer(c); primary != nil && r.Status == Paid {
		w.paidBefore(c, primary, r)
	}
}

// line adds a line to the result, with the memory of one used before.
func (r *Result) line() *LineResult {
	if len(r.Lines) < cap(r.Lines) {
		r.Lines = r.Lines[:len(r.Lines)+1]
	} else {
		r.Lines = append(r.Lines, LineResult{})
	}
	l := &r.Lines[len(r.Lines)-1]
	*l = LineResult{Reductions: l.Reductions[:0], Adjustments: l.Adjustments[:0], Remarks: l.Remarks[:0]}
	return l
}

// primaryPayer is the payer that paid before Medicare, or nil.
func primaryPayer(c *claim.Claim) *claim.OtherPayer {
	if c.Responsibility != 'S' && c.Responsibility != 'T' {
		return nil
	}
	for i := range c.OtherPayers {
		if c.OtherPayers[i].Responsibility == 'P' {
			return &c.OtherPayers[i]
		}
	}
	return nil
}

// paidBefore finds what the primary payer did on each line: from the line's own
// adjudication, or else the claim's payment divided by charge.
func (w *Worker) paidBefore(c *claim.Claim, primary *claim.OtherPayer, r *Result) {
	rest, charges := primary.Paid, c.Charge
	for i := range r.Lines {
		l := &r.Lines[i]
		s := &secondary{Allowed: l.Charge}
		if a := adjudication(&c.Lines[i], primary); a != nil {
			s.Paid = a.Paid
			for _, x := range a.Adjustments {
				if x.Group == claim.ContractualObligation {
					s.Allowed -= x.Amount
					s.Obligated = true
				}
			}
		} else if charges > 0 {
			s.Paid = money.Cents(money.HalfUp(int64(rest), int64(l.Charge), int64(charges)))
			rest -= s.Paid
			charges -= l.Charge
		}
		l.Primary = s
	}
}

// adjudication is the primary payer's decision on a line, or nil.
func adjudication(l *claim.Line, primary *claim.OtherPayer) *claim.LineAdjudication {
	for i := range l.Adjudications {
		if l.Adjudications[i].PayerID == primary.Payer.ID {
			return &l.Adjudications[i]
		}
	}
	return nil
}
