// SPDX-License-Identifier: Apache-2.0

package adjudicate

import (
	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
)

// Status is what became of a claim.
type Status uint8

// The statuses.
const (
	// Paid claims are on the remittance, also if the payment is zero: a denial is
	// a payment of zero with its reasons.
	Paid Status = iota + 1
	// Returned claims failed an edit that returns them to the provider; they are
	// not on the remittance.
	Returned
	// Unpriced claims wait: a table, a provider record or a payment system is
	// missing. They are not on the remittance, and Reason says what is missing.
	Unpriced
)

func (s Status) String() string {
	switch s {
	case Paid:
		return "paid"
	case Returned:
		return "returned"
	case Unpriced:
		return "unpriced"
	}
	return ""
}

// Result is the outcome of one claim. Its slices are reused when the Result is.
type Result struct {
	Index       int
	ClaimID     string
	Form        claim.Form
	Status      Status
	System      string // MPFS or IPPS
	Reasons     []string
	ServiceDate civil.Date

	Charge, Allowed            money.Cents
	Deductible, Coinsurance    money.Cents
	Sequestration, Paid        money.Cents
	PatientOwes                money.Cents
	PaidToPatient, PrimaryPaid money.Cents

	// Unverified is set if a figure that was not compared with CMS's publication
	// went into the payment.
	Unverified bool

	Lines     []LineResult
	Inpatient *Inpatient
	Payment   claim.ClaimPayment
	Payee     claim.Payee
	Trace     *trace.Trace
}

// The statuses of a line.
const (
	linePriced   = "priced"
	lineBundled  = "bundled"
	lineDenied   = "denied"
	lineUnpriced = "unpriced"
)

// LineResult is the outcome of one professional line.
type LineResult struct {
	Number        int
	Procedure     string
	Modifiers     [4]string
	Charge        money.Cents
	Units         money.Fixed
	Status        string
	Reason        string // why it is not priced, in words
	Carrier       string
	Locality      string
	Facility      bool
	FeeSchedule   money.Cents // before reductions
	Allowed       money.Cents // never more than the charge
	Limiting      money.Cents // limiting charge, if assignment is not accepted
	MIPS          int64       // payment adjustment in units of 10^-6
	PaymentShare  int64       // part of Medicare's payment that is made, in units of 10^-4
	NoCostSharing bool
	Primary       *secondary // what another payer did before Medicare
	Reductions    []claim.Adjustment
	DenialGroup   claim.AdjustmentGroup
	DenialReason  string

	Share         lineShare
	PaidToPatient money.Cents
	Adjustments   []claim.Adjustment
	Remarks       []string
}

// reset empties a Result for the next claim and keeps its memory.
func (r *Result) reset() {
	lines, payment := r.Lines[:0], r.Payment
	*r = Result{Reasons: r.Reasons[:0], Lines: lines}
	r.Payment.Lines = payment.Lines[:0]
	r.Payment.Adjustments = payment.Adjustments[:0]
	r.Payment.References = payment.References[:0]
	r.Payment.Amounts = payment.Amounts[:0]
	r.Payment.Quantities = payment.Quantities[:0]
}

// wait leaves the claim unpriced for a reason.
func (r *Result) wait(reason string) {
	r.Status = Unpriced
	r.Reasons = append(r.Reasons, reason)
}
