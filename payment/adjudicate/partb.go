// SPDX-License-Identifier: Apache-2.0

package adjudicate

import (
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
)

// partBRates are the figures of Part B cost sharing on one day.
type partBRates struct {
	deductible, coinsurance, sequestration *parameter
}

func (p *parameters) partB(day civil.Date) (partBRates, error) {
	var r partBRates
	var err error
	for _, x := range []struct {
		name string
		to   **parameter
	}{{"part_b_deductible", &r.deductible}, {"part_b_coinsurance", &r.coinsurance}, {"sequestration", &r.sequestration}} {
		if *x.to, err = p.on(x.name, day); err != nil {
			return r, err
		}
	}
	return r, nil
}

// lineShare is how the allowed amount of one Part B line is divided.
type lineShare struct {
	Deductible    money.Cents // patient
	Coinsurance   money.Cents // patient
	Assistant     money.Cents // taken from Medicare's part: therapy assistants
	MIPS          money.Cents // added to (or, negative, taken from) Medicare's part
	Sequestration money.Cents // taken from Medicare's part
	Paid          money.Cents // Medicare's payment
}

// shareLine divides an allowed amount: first the deductible that is left, then
// coinsurance on the rest; Medicare's part is adjusted for MIPS and reduced by sequestration last, which never touches what the patient owes.
// 42 CFR 410.152, 410.160, 414.1405; Pub. 100-04 ch. 1 (sequestration, after
// deductible, coinsurance and secondary payer).
//
// share is the part of Medicare's payment that is made, in units of 10^-4: less
// than 10000 for therapy assistants (Social Security Act 1834(v); it does not touch
// what the patient owes). mips is the adjustment in units of 10^-6.
func shareLine(allowed, left money.Cents, free bool, r partBRates, share, mips int64) lineShare {
	var s lineShare
	if !free {
		s.Deductible = min(allowed, left)
		s.Coinsurance = (allowed - s.Deductible).Times(r.coinsurance.value)
	}
	base := allowed - s.Deductible - s.Coinsurance
	part := base.Times(money.Fixed{Value: share, Scale: 4})
	s.Assistant = base - part
	base = part
	s.MIPS = base.Times(money.Fixed{Value: mips, Scale: 6})
	s.Sequestration = (base + s.MIPS).Times(r.sequestration.value)
	s.Paid = base + s.MIPS - s.Sequestration
	return s
}

// secondary is what a primary payer did on a line, for 42 CFR 411.33(a).
type secondary struct {
	Paid, Allowed money.Cents
	Obligated     bool // the provider must accept Allowed as payment in full
}

// secondaryPayment is the Medicare secondary payment of a line: the lowest of
// (1) the charge, or what the provider is obligated to accept, less the primary
// payment; (2) what Medicare would pay as primary; (3) the higher of the fee
// schedule amount and the primary payer's allowed amount, less the primary payment.
// Never below zero.
func secondaryPayment(charge, feeSchedule, asPrimary money.Cents, s secondary) (pay money.Cents, tests [3]money.Cents) {
	accepted := charge
	if s.Obligated {
		accepted = min(accepted, s.Allowed)
	}
	tests = [3]money.Cents{accepted - s.Paid, asPrimary, max(feeSchedule, s.Allowed) - s.Paid}
	return max(0, min(tests[0], tests[1], tests[2])), tests
}

// traceShare writes the account of a line's division.
func (p *parameters) traceShare(t *trace.Trace, allowed, left money.Cents, s lineShare, r partBRates) {
	if !t.On() {
		return
	}
	t.Add(trace.Step{Name: "Deductible", Result: s.Deductible.String(), Cite: r.deductible.cite,
		Formula: "least of allowed " + allowed.String() + " and deductible left " + left.String(),
		Table:   p.row(r.deductible), Unverified: !r.deductible.verified})
	t.Add(trace.Step{Name: "Coinsurance", Result: s.Coinsurance.String(), Cite: r.coinsurance.cite,
		Formula:  "(" + allowed.String() + " - " + s.Deductible.String() + ") x " + r.coinsurance.value.String(),
		Rounding: "half up to cents", Table: p.row(r.coinsurance), Unverified: !r.coinsurance.verified})
	base := allowed - s.Deductible - s.Coinsurance - s.Assistant
	if s.Assistant != 0 {
		t.Add(trace.Step{Name: "Therapy assistant", Result: (-s.Assistant).String(), Cite: "Social Security Act 1834(v)"})
	}
	if s.MIPS != 0 {
		t.Add(trace.Step{Name: "MIPS payment adjustment", Result: s.MIPS.String(), Cite: "42 CFR 414.1405",
			Inputs: []trace.Input{trace.In("Medicare's part", base)}, Rounding: "half up to cents"})
	}
	t.Add(trace.Step{Name: "Sequestration", Result: s.Sequestration.String(), Cite: r.sequestration.cite,
		Formula:  (base + s.MIPS).String() + " x " + r.sequestration.value.String(),
		Rounding: "half up to cents", Table: p.row(r.sequestration), Unverified: !r.sequestration.verified})
	t.Add(trace.Step{Name: "Medicare pays", Result: s.Paid.String(),
		Formula: (base + s.MIPS).String() + " - " + s.Sequestration.String()})
}
