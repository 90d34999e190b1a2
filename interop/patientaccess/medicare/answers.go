// SPDX-License-Identifier: Apache-2.0

package medicare

import (
	"fmt"
	"slices"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
)

// Answers are what 835 files say of claims. Read all files with Add, then ask Match for
// each claim. It keeps every answer in memory,
// about 5 KB each.
type Answers struct {
	// Reversals counts the payments that were taken back (CLP02 is 22), LoneReversals those
	// among them whose payment is in no file, Repeated the answers that a later one replaces.
	Reversals, LoneReversals, Repeated int

	by      map[answerKey][]*Answer
	settled bool
	back    map[string]bool // control numbers of payments that were taken back
}

// answerKey tells claims with the same number of two providers apart.
type answerKey struct{ npi, claimID string }

// Answer is one claim of an 835.
type Answer struct {
	Payment *claim.ClaimPayment
	// Date is the day of the remittance.
	Date civil.Date
	// CCN is the provider's number by TS3 if it is a CMS certification number.
	CCN string
	// Reversed tells that a later reversal takes the payment back.
	Reversed bool

	taken bool
}

// Add takes an answer of a remittance.
func (a *Answers) Add(r *claim.Remittance, p *claim.ClaimPayment) {
	if a.by == nil {
		a.by, a.back = map[answerKey][]*Answer{}, map[string]bool{}
	}
	a.settled = false
	x := &Answer{Payment: p, Date: r.Date}
	for i := range r.Batches {
		if b := &r.Batches[i]; b.Number == p.Batch && b.Summary != nil && len(b.Summary.ProviderID) == 6 {
			x.CCN = b.Summary.ProviderID
		}
	}
	key := answerKey{r.Payee.NPI, p.ClaimID}
	a.by[key] = append(a.by[key], x)
}

// settle orders the answers by day and applies the reversals, whatever the order of the files.
// On one day a reversal stands before what it makes room for, as payers write them, unless
// only what stands after can be meant.
func (a *Answers) settle() {
	a.settled = true
	for key, list := range a.by {
		slices.SortStableFunc(list, func(x, y *Answer) int { return x.Date.Sub(y.Date) })
		kept := list[:0:0]
		for i, x := range list {
			if x.Payment.Status != claim.Reversal {
				kept = append(kept, x)
				continue
			}
			a.Reversals++
			back := reversedBy(x, list[:i])
			if back == nil {
				back = reversedBy(x, list[i+1:])
			}
			if back == nil {
				a.LoneReversals++
				continue
			}
			back.Reversed = true
			a.back[back.Payment.ControlNumber] = true
		}
		for i, x := range kept {
			later := func(y *Answer) bool {
				return y.Payment.ControlNumber == x.Payment.ControlNumber && y.Payment.Frequency == x.Payment.Frequency
			}
			if x.Payment.ControlNumber != "" && slices.ContainsFunc(kept[i+1:], later) {
				a.Repeated++
				kept[i] = nil
			}
		}
		a.by[key] = slices.DeleteFunc(kept, func(x *Answer) bool { return x == nil })
	}
}

// reversedBy is the payment that a reversal takes back: the latest with its control number or
// the one that it refers to, else the latest of its amount.
func reversedBy(r *Answer, list []*Answer) *Answer {
	original := reference(r.Payment.References, "F8")
	for _, same := range []func(*claim.ClaimPayment) bool{
		func(p *claim.ClaimPayment) bool { return original != "" && p.ControlNumber == original },
		func(p *claim.ClaimPayment) bool { return p.ControlNumber == r.Payment.ControlNumber },
		func(p *claim.ClaimPayment) bool { return p.Paid == -r.Payment.Paid && p.Charge == -r.Payment.Charge },
	} {
		for _, x := range slices.Backward(list) {
			if x.Payment.Status != claim.Reversal && !x.Reversed && same(x.Payment) {
				return x
			}
		}
	}
	return nil
}

func reference(refs []claim.Reference, qualifier string) string {
	for _, r := range refs {
		if r.Qualifier == qualifier {
			return r.Value
		}
	}
	return ""
}

// replaces tells the claims that replace or void an earlier one.
func replaces(frequency byte) bool { return frequency == '7' || frequency == '8' }

// Match gives the answer to a claim and takes it from the others: each explains one claim.
// The error says why there is none. Several answers under the claim's number are told apart by
// frequency code, then by charge and first day where one agrees; of what is left the latest
// counts. A replacement has the first answer after that of the claim that it replaces.
func (a *Answers) Match(c *claim.Claim) (*Answer, error) {
	if !a.settled {
		a.settle()
	}
	list := a.by[answerKey{c.Billing.NPI, c.ID}]
	var fit []*Answer
	after := 0 // where the answer of the replaced claim is
	for i, x := range list {
		f := x.Payment.Frequency
		if f == c.Frequency || f == 0 || !replaces(c.Frequency) && !replaces(f) {
			fit = append(fit, x)
		}
		if replaces(c.Frequency) && x.Payment.ControlNumber == c.PayerControlNumber {
			after = i + 1
		}
	}
	if len(fit) == 0 {
		return nil, fmt.Errorf("no 835 answers claim %s (frequency code %c) of this billing provider", c.ID, c.Frequency)
	}
	if exact := filter(fit, func(x *Answer) bool { return agrees(c, x.Payment) }); len(exact) > 0 {
		fit = exact
	}
	if replaces(c.Frequency) {
		fit = filter(fit, func(x *Answer) bool {
			if original := reference(x.Payment.References, "F8"); original != "" {
				return original == c.PayerControlNumber
			}
			return slices.Index(list, x) >= after
		})
	}
	free := filter(fit, func(x *Answer) bool { return !x.taken })
	if len(fit) > 0 && len(free) == 0 {
		return nil, fmt.Errorf("claim %s (frequency code %c) of this billing provider stands in the files twice", c.ID, c.Frequency)
	}
	if len(free) == 0 {
		return nil, fmt.Errorf("no 835 answers claim %s (frequency code %c) of this billing provider after the claim that it replaces", c.ID, c.Frequency)
	}
	if replaces(c.Frequency) {
		free[0].taken = true
		return free[0], nil
	}
	best := free[len(free)-1]
	for _, x := range slices.Backward(free) {
		if !x.Reversed {
			best = x
			break
		}
	}
	for _, x := range free {
		x.taken = true
	}
	return best, nil
}

func filter(list []*Answer, keep func(*Answer) bool) (out []*Answer) {
	for _, x := range list {
		if keep(x) {
			out = append(out, x)
		}
	}
	return out
}

// agrees tells whether an answer has a claim's charge and first day, as far as it says them.
func agrees(c *claim.Claim, p *claim.ClaimPayment) bool {
	answered := p.From
	for i := range p.Lines {
		if d := p.Lines[i].From; !d.IsZero() && (answered.IsZero() || p.From.IsZero() && d.Before(answered)) {
			answered = d
		}
	}
	billed := firstDay(c)
	return p.Charge == c.Charge && (answered.IsZero() || billed.IsZero() || answered == billed)
}

// firstDay is a claim's first day of service.
func firstDay(c *claim.Claim) civil.Date {
	first := c.From
	for i := range c.Lines {
		if d := c.Lines[i].From; c.From.IsZero() && !d.IsZero() && (first.IsZero() || d.Before(first)) {
			first = d
		}
	}
	return first
}

// Unused is how many answers explained no claim.
func (a *Answers) Unused() (n int) {
	if !a.settled {
		a.settle()
	}
	for _, list := range a.by {
		for _, x := range list {
			if !x.taken {
				n++
			}
		}
	}
	return n
}

// WasReversed tells whether an 835 took the payment of a control number back.
func (a *Answers) WasReversed(control string) bool {
	if !a.settled {
		a.settle()
	}
	return a.back[control]
}
