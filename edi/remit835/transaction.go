// SPDX-License-Identifier: Apache-2.0

package remit835

import (
	"fmt"
	"strconv"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/edi/emit"
)

// finish writes the transaction that is being filled, and opens the payee's next.
//
// A payment cannot be negative. If claims and adjustments come to less than zero the
// transaction pays zero, and a PLB with reason FB and a negative amount, under its own
// trace number, moves the balance forward. The payee's next transaction in the file
// that comes to anything but zero takes the whole of it in again, by an FB with the
// positive amount under the number it was moved forward with; if that is more than
// it pays, the rest moves forward under its own number. So one balance is under way at
// a time, as X12 wants it (interpretations 738 and 2051). What is left after the last
// transaction is in Totals.Forward.
func (w *Writer) finish(a *account, last bool) error {
	r := w.h.Common
	r.Payee = a.payee
	r.TraceNumber = w.traceNumber(&a.payee)
	r.ProviderAdjustments = a.adjustments
	total := a.part.paid
	for _, adj := range a.adjustments {
		total -= adj.Amount
	}
	forward := func(reference string, amount money.Cents) {
		r.ProviderAdjustments = append(r.ProviderAdjustments,
			w.complete(a, claim.ProviderAdjustment{Reason: "FB", Reference: reference, Amount: amount}))
		total -= amount
	}
	if total != 0 && a.owed.Amount > 0 {
		forward(a.owed.Reference, a.owed.Amount)
		a.owed = ForwardBalance{}
	}
	if total < 0 {
		a.owed = ForwardBalance{a.key, r.TraceNumber, -total}
		forward(r.TraceNumber, total)
	}
	err := w.transaction(&r, &a.part, total)
	a.adjustments = nil
	a.part = part{}
	a.payments++
	return err
}

func (w *Writer) traceNumber(payee *claim.Payee) string {
	n := w.totals.Transactions + 1
	if w.h.TraceNumber != nil {
		return w.h.TraceNumber(payee, n)
	}
	if n == 1 {
		return w.h.Common.TraceNumber
	}
	return w.h.Common.TraceNumber + "-" + strconv.Itoa(n)
}

// Write writes one payment as a transaction of its own, whole and as it stands, with
// its own payer, trace number and batches. It is refused if it does not balance or
// comes to less than zero.
func (w *Writer) Write(r *claim.Remittance) error {
	if w.err != nil {
		return w.err
	}
	if err := check(r); err != nil {
		return fmt.Errorf("payment %s: %w", r.TraceNumber, err)
	}
	if err := checkPayee(&r.Payee); err != nil {
		return fmt.Errorf("payment %s: %w", r.TraceNumber, err)
	}
	total := r.Payment()
	if total < 0 {
		return fmt.Errorf("payment %s comes to %s: carry it forward with a provider adjustment FB", r.TraceNumber, total)
	}
	var t part
	used := map[int]bool{}
	for i := range r.Claims {
		used[r.Claims[i].Batch] = true
	}
	for i := range r.Batches {
		if !used[r.Batches[i].Number] {
			continue // the guide has no batch without claims
		}
		used[r.Batches[i].Number] = false
		b := &batch{ClaimBatch: r.Batches[i], key: batchKey{number: r.Batches[i].Number}}
		t.batches = append(t.batches, b)
	}
	defer func() { w.held = 0; w.recount() }()
	for i := range r.Claims {
		p := &r.Claims[i]
		if err := p.Balance(); err != nil {
			return err
		}
		if err := w.add(&t, batchKey{number: p.Batch}, p); err != nil {
			return err
		}
	}
	return w.transaction(r, &t, total)
}

// recount finds again how much the open transactions hold.
func (w *Writer) recount() {
	for _, a := range w.order {
		for _, b := range a.part.batches {
			w.held += len(b.buf)
		}
	}
}

// transaction writes ST to SE.
func (w *Writer) transaction(r *claim.Remittance, t *part, total money.Cents) error {
	e := w.frame
	start := e.Mark()
	number := w.totals.Transactions + 1
	segments := 0
	e.Begin("ST")
	e.ID("835", 3)
	e.Padded(number, 4)
	e.End()
	writeHeader(e, r, total)
	// The frame is encoded whole before any of it goes out, so that a transaction that
	// cannot be written leaves no trace.
	cut := make([]int, len(t.batches))
	for i, b := range t.batches {
		writeBatch(e, &b.ClaimBatch, payeeID(&r.Payee))
		cut[i] = len(e.Buf)
		segments += b.segments
	}
	writeProviderAdjustments(e, r.ProviderAdjustments)
	e.Begin("SE")
	e.Int(e.Count + segments + 1)
	e.Padded(number, 4)
	e.End()
	if err := e.Err(); err != nil {
		e.Rollback(start)
		return fmt.Errorf("payment %s: %w", r.TraceNumber, err)
	}
	frame, at := e.Buf, 0
	for i, b := range t.batches {
		w.write(frame[at:cut[i]])
		at = cut[i]
		w.copied(b.chunks)
		w.write(b.buf)
		w.held -= len(b.buf)
		if len(w.free) < 4 {
			w.free = append(w.free, b.buf[:0])
		}
	}
	w.write(frame[at:])
	w.totals.Segments += int64(e.Count + segments)
	e.Buf, e.Count = e.Buf[:0], 0
	w.totals.Transactions++
	w.totals.Claims += t.claims
	w.totals.Charge += t.charge
	w.totals.Paid += t.paid
	w.totals.Payment += total
	return w.err
}

// writeProviderAdjustments writes PLB segments: up to six adjustments each, in order,
// those of one provider and fiscal year together.
func writeProviderAdjustments(e *emit.Encoder, list []claim.ProviderAdjustment) {
	for i, n := 0, 0; i < len(list); i++ {
		adj := &list[i]
		if n == 0 {
			e.Begin("PLB")
			e.Required(adj.ProviderID, 50)
			e.Date(adj.FiscalYearEnd)
		}
		e.Required(adj.Reason, 2)
		if adj.Reference != "" {
			e.Component(adj.Reference, 50)
		}
		e.Cents(adj.Amount)
		if adj.Amount == 0 {
			e.Fail("is zero: an adjustment that changes nothing has no place in a payment")
		}
		n++
		if n == 6 || i+1 == len(list) || list[i+1].ProviderID != adj.ProviderID || list[i+1].FiscalYearEnd != adj.FiscalYearEnd {
			e.End()
			n = 0
		}
	}
}
