// SPDX-License-Identifier: Apache-2.0

package adjudicate

import (
	"fmt"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// account settles a professional claim whose lines are priced already and returns
// each line's adjustments and payment.
func account(t *testing.T, met money.Cents, assignment byte, lines ...LineResult) string {
	t.Helper()
	a, err := New(refdata.Embedded(), Options{Run: civil.Of(2025, 12, 15)})
	if err != nil {
		t.Fatal(err)
	}
	l := a.NewLedger()
	l.SetPartB("M1", 2025, met)
	c := &claim.Claim{ID: "C1", Form: claim.Professional, AcceptsAssignment: assignment, Patient: claim.Person{ID: "M1"}}
	r := &Result{Status: Paid}
	for i := range lines {
		x := lines[i]
		x.Number = i + 1
		if x.PaymentShare == 0 {
			x.PaymentShare = 10000
		}
		if x.Status == "" {
			x.Status = linePriced
		}
		r.Lines = append(r.Lines, x)
		c.Charge += x.Charge
		c.Lines = append(c.Lines, claim.Line{Number: i + 1, Charge: x.Charge, From: civil.Of(2025, 11, 12)})
	}
	a.Settle(c, r, l)
	a.Remit(c, r)
	if err := r.Payment.Balance(); err != nil {
		t.Error(err)
	}
	var out []string
	for _, p := range r.Payment.Lines {
		s := ""
		for _, x := range p.Adjustments {
			s += fmt.Sprintf("%s-%s %s ", x.Group.Code(), x.Reason, x.Amount)
		}
		out = append(out, s+p.Paid.String())
	}
	return strings.Join(out, "; ")
}

// The Part B deductible of 2025 is 257.00, coinsurance 20 %, sequestration 2 %.
func TestAccountsWorkedByHand(t *testing.T) {
	line := func(charge, allowed money.Cents) LineResult { return LineResult{Charge: charge, Allowed: allowed} }
	with := func(l LineResult, change func(*LineResult)) LineResult { change(&l); return l }
	for _, c := range []struct {
		name       string
		met        money.Cents
		assignment byte
		lines      []LineResult
		want       string
	}{
		// 80.00 is Medicare's part; 2 % of it 1.60.
		{"coinsurance", 257_00, 'A', []LineResult{line(150_00, 100_00)}, "CO-45 50.00 CO-253 1.60 PR-2 20.00 78.40"},
		// 17.00 are left: 17.00 and then 20 % of 83.00 = 16.60; 66.40 x 2 % = 1.33.
		{"deductible across lines", 40_00, 'A', []LineResult{line(200_00, 200_00), line(100_00, 100_00)},
			"PR-1 200.00 0.00; CO-253 1.33 PR-1 17.00 PR-2 16.60 65.07"},
		// 20 % of 0.12 = 0.024 -> 0.02; of 0.13 = 0.026 -> 0.03; sequestration 0.002 -> 0.
		{"rounding", 257_00, 'A', []LineResult{line(12, 12), line(13, 13)}, "PR-2 0.02 0.10; PR-2 0.03 0.10"},
		// 80.00 x 1.25 % = 1.00; 81.00 x 2 % = 1.62.
		{"MIPS plus", 257_00, 'A', []LineResult{with(line(100_00, 100_00), func(l *LineResult) { l.MIPS = 12500 })},
			"CO-144 -1.00 CO-253 1.62 PR-2 20.00 79.38"},
		// 80.00 x 9 % = 7.20; 72.80 x 2 % = 1.456 -> 1.46.
		{"MIPS minus", 257_00, 'A', []LineResult{with(line(100_00, 100_00), func(l *LineResult) { l.MIPS = -90000 })},
			"CO-237 7.20 CO-253 1.46 PR-2 20.00 71.34"},
		// 85 % of 80.00 = 68.00, 12.00 less; 68.00 x 2 % = 1.36.
		{"therapy assistant", 257_00, 'A', []LineResult{with(line(100_00, 100_00), func(l *LineResult) { l.PaymentShare = 8500 })},
			"CO-45 12.00 CO-253 1.36 PR-2 20.00 66.64"},
		// Limiting charge 109.25 of 150.00: 40.75 nobody owes, 9.25 the patient; 78.40 goes to the patient.
		{"unassigned", 257_00, 'C', []LineResult{with(line(150_00, 100_00), func(l *LineResult) { l.Limiting = 109_25 })},
			"CO-45 40.75 PR-45 9.25 CO-253 1.60 PR-2 20.00 PR-100 78.40 0.00"},
		// 42 CFR 411.33(b): 30.00 is paid, less 0.60; limit is the primary's 150.00; nothing is owed.
		{"secondary", 257_00, 'A', []LineResult{with(line(175_00, 125_00), func(l *LineResult) { l.Primary = &secondary{Paid: 120_00, Allowed: 150_00} })},
			"CO-45 25.00 OA-23 120.00 CO-253 0.60 29.40"},
		// Obligated to accept 110.00, of which 96.00 is paid: Medicare pays the 14.00 left, less 0.28.
		{"obligated to accept", 257_00, 'A', []LineResult{with(line(220_00, 125_00), func(l *LineResult) {
			l.Primary = &secondary{Paid: 96_00, Allowed: 110_00, Obligated: true}
		})}, "CO-45 110.00 OA-23 96.00 CO-253 0.28 13.72"},
		{"denied and bundled", 257_00, 'A', []LineResult{
			{Charge: 120_00, Status: lineDenied, DenialGroup: claim.PatientResponsibility, DenialReason: "96"},
			{Charge: 30_00, Status: lineBundled, DenialGroup: claim.ContractualObligation, DenialReason: "97"}}, "PR-96 120.00 0.00; CO-97 30.00 0.00"},
	} {
		if got := account(t, c.met, c.assignment, c.lines...); got != c.want {
			t.Errorf("%s:\n%s, want\n%s", c.name, got, c.want)
		}
	}
}

func TestTimelyFiling(t *testing.T) {
	for _, c := range []struct {
		service, received civil.Date
		late              bool
	}{
		{civil.Of(2025, 7, 1), civil.Of(2026, 7, 1), false}, {civil.Of(2025, 7, 1), civil.Of(2026, 7, 2), true},
		{civil.Of(2024, 2, 29), civil.Of(2025, 2, 28), false}, {civil.Of(2024, 2, 29), civil.Of(2025, 3, 1), true},
	} {
		a, err := New(refdata.Embedded(), Options{Run: c.received, Received: c.received})
		if err != nil {
			t.Fatal(err)
		}
		if got := a.NewWorker().late(c.service); got != c.late {
			t.Errorf("service %s, received %s: late %t", c.service, c.received, got)
		}
	}
}

// TestHeldClaimPostsNothing: a line on a day without figures holds the claim, and
// the deductible of its other lines stays unmet.
func TestHeldClaimPostsNothing(t *testing.T) {
	a, err := New(refdata.Embedded(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	l := a.NewLedger()
	c := &claim.Claim{Form: claim.Professional, Patient: claim.Person{ID: "M1"},
		Lines: []claim.Line{{From: civil.Of(2025, 11, 12)}, {From: civil.Of(2031, 1, 1)}}}
	r := &Result{Status: Paid, Lines: []LineResult{{Status: linePriced, Allowed: 100_00}, {Status: linePriced, Allowed: 100_00}}}
	a.Settle(c, r, l)
	if r.Status != Unpriced || len(l.partB) != 0 {
		t.Errorf("%s, %d posted", r.Status, len(l.partB))
	}
}
