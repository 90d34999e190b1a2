// SPDX-License-Identifier: Apache-2.0

package claim

import (
	"strconv"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// Remittance is one payment with its account: one 835 transaction.
type Remittance struct {
	Payer   Payer
	Contact Contact
	Payee   Payee
	// Method is ACH, CHK, NON (no payment) or another X12 591 code.
	Method string
	// TraceNumber reassociates the payment with this account (TRN02).
	TraceNumber  string
	OriginatorID string // TRN03: 1 and the payer's tax number
	Date         civil.Date
	Production   civil.Date
	Claims       []ClaimPayment
	// ProviderAdjustments change the payment without regard to one claim (PLB). A
	// positive amount lowers the payment.
	ProviderAdjustments []ProviderAdjustment

	// Stated is the amount of the payment as the payer wrote it (BPR02). Readers set
	// it; writers compute the amount and ignore it.
	Stated money.Cents
	// Handling is BPR01: I account only, C, D, P, U, X; empty lets the writer choose.
	Handling string
	// Debit tells that the payer takes the amount from the payee (BPR03 is D).
	Debit bool
	// Format is CCP or CTX for an ACH payment (BPR05).
	Format    string
	PayerBank BankAccount
	// OriginatorSupplement is BPR11 and TRN04: a division of the payer.
	OriginatorSupplement string
	Currency             string       // CUR02, empty is US dollars
	Receiver             string       // REF*EV: who gets the account if other than the payee
	System               string       // REF*F2: version of the payer's system
	Technical            []Contact    // PER*BL: whom to ask about the file
	Website              string       // PER*IC: the payer's web site
	Delivery             *Delivery    // RDM
	Batches              []ClaimBatch // loop 2000, in order
	Unmodelled           []Segment    // segments that no field carries, as they came
}

// Payee is who is paid.
type Payee struct {
	Name       string
	NPI        string
	TaxID      string
	Address    Address
	Bank       BankAccount
	References []Reference // further numbers of the payee: 0B, D3, PQ, XV (plan id in N104)
}

// ProviderAdjustment is one PLB pair.
type ProviderAdjustment struct {
	ProviderID    string
	FiscalYearEnd civil.Date
	Reason        string // WO, FB, L6, 72, CS, 50, 90, AP, ...
	Reference     string
	Amount        money.Cents
}

// ClaimStatus is CLP02.
type ClaimStatus uint8

// The statuses that Woodlawn uses.
const (
	Primary   ClaimStatus = 1
	Secondary ClaimStatus = 2
	Tertiary  ClaimStatus = 3
	Denied    ClaimStatus = 4
	Reversal  ClaimStatus = 22
)

// ClaimPayment answers one claim: loop 2100 of the 835.
type ClaimPayment struct {
	ClaimID        string
	Status         ClaimStatus
	Charge, Paid   money.Cents
	PatientOwes    money.Cents // sum of the PR adjustments (CLP05)
	FilingCode     string      // MA, MB
	ControlNumber  string      // the payer's number of the claim (CLP07)
	FacilityCode   string      // CLP08
	Frequency      byte        // CLP09
	DRG            string      // CLP11
	DRGWeight      money.Fixed // CLP12
	DischargeShare money.Fixed // CLP13, per cent of the full DRG payment as a fraction
	Adjustments    []Adjustment
	Patient        Person
	Subscriber     *Person // if other than the patient
	Corrected      *Person
	Rendering      Provider
	CrossoverTo    *Payer
	Inpatient      *InpatientAdjudication
	Outpatient     *OutpatientAdjudication
	References     []Reference
	From, Through  civil.Date
	Received       civil.Date
	Amounts        []QualifiedAmount
	Quantities     []QualifiedQuantity
	Lines          []LinePayment

	// Batch is the LX number under which the claim stands; see Remittance.Batches.
	Batch           int
	CorrectedPayer  *Payer     // NM1*PR: the payer that should have been billed first
	OtherSubscriber *Person    // NM1*GB: subscriber of that payer
	CoverageEnds    civil.Date // DTM*036
	Contacts        []Contact  // PER*CX: whom to ask about this claim
	Unmodelled      []Segment  // segments that no field carries, as they came
}

// QualifiedQuantity is a QTY segment.
type QualifiedQuantity struct {
	Qualifier string
	Quantity  money.Fixed
}

// InpatientAdjudication is the MIA segment.
type InpatientAdjudication struct {
	CoveredDays          int
	OperatingOutlier     money.Cents // MIA02
	LifetimePsychDays    int         // MIA03
	DRGAmount            money.Cents // MIA04
	DSH                  money.Cents // MIA06
	MSPPassThrough       money.Cents // MIA07
	CapitalTotal         money.Cents // MIA08
	CapitalFederal       money.Cents // MIA09
	CapitalHSP           money.Cents // MIA10
	CapitalDSH           money.Cents // MIA11
	OldCapital           money.Cents // MIA12
	CapitalIME           money.Cents // MIA13
	OperatingHSP         money.Cents // MIA14
	CostReportDays       int         // MIA15
	OperatingFederal     money.Cents // MIA16
	CapitalOutlier       money.Cents // MIA17, claim PPS capital outlier
	IndirectTeaching     money.Cents // MIA18
	NonpayableProfession money.Cents // MIA19
	CapitalException     money.Cents // MIA24
	Remarks              []string    // MIA05, 20 to 23: at most five
}

// OutpatientAdjudication is the MOA segment.
type OutpatientAdjudication struct {
	ReimbursementRate money.Fixed
	HCPCSPayable      money.Cents
	Remarks           []string // MOA03 to 07: at most five
	ESRDPayment       money.Cents
	ProfessionalPart  money.Cents
}

// AdjustmentGroup says who bears an adjustment.
type AdjustmentGroup uint8

// The groups of X12 1033.
const (
	ContractualObligation AdjustmentGroup = iota + 1 // CO: the provider
	PatientResponsibility                            // PR: the patient
	OtherAdjustment                                  // OA
	PayerInitiated                                   // PI
)

// Code is the two letters of the group.
func (g AdjustmentGroup) Code() string {
	switch g {
	case ContractualObligation:
		return "CO"
	case PatientResponsibility:
		return "PR"
	case OtherAdjustment:
		return "OA"
	case PayerInitiated:
		return "PI"
	}
	return ""
}

// MarshalText writes the code.
func (g AdjustmentGroup) MarshalText() ([]byte, error) { return []byte(g.Code()), nil }

// Adjustment is why a charge is not paid in full: a group, a claim adjustment
// reason code (CARC) and an amount. A positive amount lowers the payment.
type Adjustment struct {
	Group    AdjustmentGroup
	Reason   string
	Amount   money.Cents
	Quantity money.Fixed // zero if none
}

// LinePayment answers one line: loop 2110.
type LinePayment struct {
	Number        int // the claim's line
	ProcedureKind string
	Procedure     string
	Modifiers     [4]string
	Revenue       string
	Charge, Paid  money.Cents
	Units         money.Fixed // units paid
	BilledUnits   money.Fixed // if other than paid
	Submitted     string      // procedure as billed if the payer changed it
	From, Through civil.Date
	Adjustments   []Adjustment
	Control       string // REF*6R
	References    []Reference
	Allowed       money.Cents // AMT*B6
	AllowedKnown  bool
	Amounts       []QualifiedAmount
	Quantities    []QualifiedQuantity
	Remarks       []string // RARC
	Rendering     *Provider

	Description          string    // SVC01-7
	SubmittedKind        string    // qualifier of Submitted, empty is ProcedureKind
	SubmittedModifiers   [4]string // modifiers of Submitted
	SubmittedDescription string
	PharmacyRejects      []string // LQ*RX: NCPDP reject codes
}

// Balance checks the claim's arithmetic and returns the first break, or nil:
// every line's charge less its adjustments is its payment, the claim's charge less
// all adjustments is the claim's payment, with lines the lines' charges and
// payments add up to the claim's, and what the patient owes is the sum of the PR
// adjustments.
func (p *ClaimPayment) Balance() error {
	for e := range p.Breaks {
		return e
	}
	return nil
}

// Breaks yields every place where the claim's arithmetic does not hold.
func (p *ClaimPayment) Breaks(yield func(*BalanceError) bool) {
	var adjusted, paid, charged, owes money.Cents
	for i := range p.Lines {
		l := &p.Lines[i]
		sum, patient := adjustmentSums(l.Adjustments)
		if l.Charge-sum != l.Paid && !yield(&BalanceError{p.ClaimID, l.Number, "line charge less adjustments", l.Charge - sum,
			"line payment", l.Paid, LineBreak}) {
			return
		}
		adjusted += sum
		owes += patient
		paid += l.Paid
		charged += l.Charge
	}
	atClaim, patient := adjustmentSums(p.Adjustments)
	owes += patient
	if p.Charge-adjusted-atClaim != p.Paid && !yield(&BalanceError{p.ClaimID, 0, "claim charge less adjustments",
		p.Charge - adjusted - atClaim, "claim payment", p.Paid, ClaimBreak}) {
		return
	}
	if len(p.Lines) > 0 {
		if charged != p.Charge && !yield(&BalanceError{p.ClaimID, 0, "sum of line charges", charged, "claim charge", p.Charge, LineChargesBreak}) {
			return
		}
		if paid-atClaim != p.Paid && !yield(&BalanceError{p.ClaimID, 0, "sum of line payments less claim adjustments",
			paid - atClaim, "claim payment", p.Paid, LinePaymentsBreak}) {
			return
		}
	}
	if owes != p.PatientOwes {
		yield(&BalanceError{p.ClaimID, 0, "sum of PR adjustments", owes, "patient responsibility", p.PatientOwes, PatientBreak})
	}
}

// adjustmentSums adds up all adjustments and those the patient bears.
func adjustmentSums(list []Adjustment) (all, patient money.Cents) {
	for i := range list {
		all += list[i].Amount
		if list[i].Group == PatientResponsibility {
			patient += list[i].Amount
		}
	}
	return all, patient
}

// Payment is what the transaction pays: the claims' payments less the provider
// adjustments.
func (r *Remittance) Payment() money.Cents {
	var sum money.Cents
	for i := range r.Claims {
		sum += r.Claims[i].Paid
	}
	for _, a := range r.ProviderAdjustments {
		sum -= a.Amount
	}
	return sum
}

// BalanceError says which two sums of an account differ.
type BalanceError struct {
	ClaimID string
	Line    int // 0 for the claim as a whole
	What    string
	Have    money.Cents
	Other   string
	Want    money.Cents
	Kind    BreakKind
}

// BreakKind says which rule of balance is broken.
type BreakKind uint8

// The rules of balance.
const (
	LineBreak         BreakKind = iota + 1 // a line's charge less its adjustments is its payment
	ClaimBreak                             // the same for a claim with all adjustments
	LineChargesBreak                       // line charges add up to the claim's
	LinePaymentsBreak                      // line payments less claim adjustments add up to the claim's
	PatientBreak                           // CLP05 is the sum of PR adjustments
	PaymentBreak                           // BPR02 is the claims' payments less provider adjustments
)

func (e *BalanceError) Error() string {
	place := "claim"
	if e.Kind == PaymentBreak {
		place = "payment"
	}
	if e.ClaimID != "" {
		place += " " + e.ClaimID
	}
	if e.Line > 0 {
		place += " line " + strconv.Itoa(e.Line)
	}
	return place + ": " + e.What + " is " + e.Have.String() + ", " + e.Other + " is " + e.Want.String()
}
