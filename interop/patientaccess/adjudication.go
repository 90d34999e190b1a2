// SPDX-License-Identifier: Apache-2.0

package patientaccess

import (
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// each yields the amounts that there are. The charge, the benefit, what the
// provider got and what the member owes are always said, the others unless zero.
func (a *amounts) each(yield func(system, code string, amount money.Cents)) {
	for i := range a.stated {
		c := categories[a.stated[i].Category]
		yield(c.system, c.code, a.stated[i].Cents)
	}
	if a.stated != nil {
		return
	}
	yield(sysPlainAdjudicate, "submitted", a.submitted)
	if a.eligibleKnown {
		yield(sysPlainAdjudicate, "eligible", a.eligible)
	}
	some := func(system, code string, amount money.Cents) {
		if amount != 0 {
			yield(system, code, amount)
		}
	}
	some(sysPlainAdjudicate, "deductible", a.deductible)
	some(sysAdjudication, "coinsurance", a.coinsurance)
	some(sysPlainAdjudicate, "copay", a.copay)
	some(sysAdjudication, "noncovered", a.noncovered)
	some(sysAdjudication, "discount", a.discount)
	some(sysAdjudication, "priorpayerpaid", a.priorPaid)
	yield(sysPlainAdjudicate, "benefit", a.toProvider+a.toPatient)
	yield(sysAdjudication, "paidtoprovider", a.toProvider)
	some(sysAdjudication, "paidtopatient", a.toPatient)
	some(sysAdjudication, "paidbypatient", a.byPatient)
	yield(sysAdjudication, "memberliability", a.liability)
}

// amountList writes the amounts as items of an adjudication or total.
func (w *writer) amountList(a *amounts) {
	if a.stated != nil {
		w.statedList(a.stated)
		return
	}
	a.each(func(system, code string, amount money.Cents) {
		w.element(func() {
			w.concept("category", system, code)
			w.money("amount", amount)
		})
	})
}

// status writes an adjudication that says how the network took part.
func (w *writer) status(category, code string) {
	w.element(func() {
		w.concept("category", sysDiscriminator, category)
		w.concept("reason", sysPayerStatus, code)
	})
}

func (n Network) code() string {
	switch n {
	case InNetwork:
		return "innetwork"
	case OutOfNetwork:
		return "outofnetwork"
	}
	return "other"
}

// header writes the adjudication of the claim as a whole.
func (x *mapping) header() {
	w := &x.w
	w.array("adjudication", func() {
		if x.profile != professional {
			w.status("benefitpaymentstatus", x.in.Network.code())
		}
		if x.in.Network != NoNetwork {
			w.status("billingnetworkstatus", x.in.Network.code())
			if !x.profile.institutional() && x.profile != pharmacy {
				w.status("renderingnetworkstatus", x.in.Network.code())
			}
		}
		if x.profile.institutional() && !x.byLine {
			w.amountList(&x.amounts)
		}
		x.reasonEach(x.p.Adjustments, x.headerRemarks())
	})
}

// headerRemarks are the remark codes of the claim as a whole.
func (x *mapping) headerRemarks() []string {
	var out []string
	if in := x.p.Inpatient; in != nil {
		out = append(out, in.Remarks...)
	}
	if out2 := x.p.Outpatient; out2 != nil {
		out = append(out, out2.Remarks...)
	}
	return out
}

// reasonEach writes a reason for each adjustment, with its amount, and for each remark.
func (x *mapping) reasonEach(list []claim.Adjustment, remarks []string) {
	w := &x.w
	for _, a := range list {
		w.element(func() {
			w.concept("category", sysDiscriminator, "adjustmentreason")
			w.concept("reason", sysCARC, a.Reason)
			if !x.withoutAmounts() {
				w.money("amount", a.Amount)
			}
		})
	}
	for _, r := range remarks {
		w.element(func() {
			w.concept("category", sysDiscriminator, "adjustmentreason")
			w.concept("reason", sysRARC, r)
		})
	}
}

// reasonOnce writes all reasons of a line as one, for professional and oral items
// may have no more; which amount belongs to which stands in the process note.
func (x *mapping) reasonOnce(list []claim.Adjustment, remarks []string) {
	w := &x.w
	if len(list) == 0 && len(remarks) == 0 {
		return
	}
	w.element(func() {
		w.concept("category", sysDiscriminator, "adjustmentreason")
		w.object("reason", func() {
			w.array("coding", func() {
				for i, a := range list {
					if !namedBefore(list[:i], a.Reason) {
						w.coding(sysCARC, a.Reason)
					}
				}
				for _, r := range remarks {
					w.coding(sysRARC, r)
				}
			})
		})
		if len(list) == 1 && !x.withoutAmounts() {
			w.money("amount", list[0].Amount)
		}
	})
}

// withoutAmounts tells whether reasons come without amounts, which are stated by kind.
func (x *mapping) withoutAmounts() bool { return x.in.Stated != nil }

func namedBefore(list []claim.Adjustment, reason string) bool {
	for _, a := range list {
		if a.Reason == reason {
			return true
		}
	}
	return false
}

// note words the adjustments of a line (0 for the claim) and returns the number of
// its process note, 0 if there is nothing to say.
func (x *mapping) note(line int, list []claim.Adjustment, remarks []string) int {
	if len(list) == 0 && len(remarks) == 0 || x.withoutAmounts() {
		return 0
	}
	var b strings.Builder
	b.WriteString("Claim: ")
	if line > 0 {
		b.Reset()
		b.WriteString("Line " + strconv.Itoa(line) + ": ")
	}
	for i, a := range list {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(a.Group.Code() + "-" + a.Reason + " " + a.Amount.String())
		if a.Quantity.Value != 0 {
			b.WriteString(" (quantity " + a.Quantity.String() + ")")
		}
	}
	for i, r := range remarks {
		if i > 0 || len(list) > 0 {
			b.WriteString("; ")
		}
		b.WriteString(r)
	}
	x.notes = append(x.notes, b.String())
	return len(x.notes)
}

// paymentType is the guide's status of the claim's payment.
func (x *mapping) paymentType() string {
	if x.amounts.denied {
		return "denied"
	}
	for i := range x.lines {
		if x.lines[i].denied {
			return "partiallypaid"
		}
	}
	return "paid"
}

// payment writes what was paid, when, and under which number.
func (x *mapping) payment() {
	w := &x.w
	w.object("payment", func() {
		w.concept("type", sysPayerStatus, x.paymentType())
		w.date("date", x.in.Paid)
		w.money("amount", x.amounts.paid())
		w.object("identifier", func() { w.text("value", x.in.Trace) })
	})
}
