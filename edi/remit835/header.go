// SPDX-License-Identifier: Apache-2.0

// Package remit835 writes and reads the 835, the account of a payment (guide
// 005010X221A1). Nothing leaves the writer that does not balance: every line,
// every claim and every payment is added up before it is written.
package remit835

import (
	"errors"
	"fmt"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/edi/emit"
)

// Version is the guide that the package writes (GS08).
const Version = "005010X221A1"

// DefaultMaxClaims is the guide's advice on how many claims one transaction holds.
const DefaultMaxClaims = 10_000

// Header is what a Writer needs to know before the first claim.
type Header struct {
	Envelope emit.Envelope
	// Delimiters of the file; the zero value is emit.Usual.
	Delimiters emit.Delimiters
	// Common holds what all payments of the file share: payer, contacts, method,
	// date, banks. Its payee, claims and adjustments are not used.
	Common claim.Remittance
	// MaxClaims is how many claims a transaction may hold before the payee's next one
	// is opened; 0 is DefaultMaxClaims. Each transaction is a payment of its own.
	MaxClaims int
	// Batches makes the loops that Medicare Part A uses: one for each facility type and
	// fiscal year of the provider, with totals (TS3, and TS2 for inpatient claims).
	Batches bool
	// FiscalYearEnd is the last day of the payee's fiscal year that a day falls in. If
	// nil it is 31 December of the payment's year, as the guide has it for payers that do
	// not know.
	FiscalYearEnd func(payee *claim.Payee, on civil.Date) civil.Date
	// TraceNumber makes the number of the file's n-th payment, from 1. If nil it is
	// Common.TraceNumber for the first and that number with -2, -3, ... for the others.
	TraceNumber func(payee *claim.Payee, n int) string
	// SpoolLimit is how many bytes of unfinished transactions are kept in memory
	// before they go to a temporary file; 0 is 32 MiB.
	SpoolLimit int
}

// Totals is what a Writer has written.
type Totals struct {
	Transactions int
	Claims       int
	Segments     int64
	Bytes        int64
	Charge       money.Cents // of all claims
	Paid         money.Cents // of all claims, before provider adjustments
	Payment      money.Cents // of all transactions: what leaves the bank
	// Forward lists what payees owe after this file: it is to be recovered from their
	// next payment by an FB adjustment of the same amount and reference.
	Forward []ForwardBalance
}

// ForwardBalance is a negative payment that was carried forward.
type ForwardBalance struct {
	PayeeKey  string
	Reference string      // trace number of the payment that was short
	Amount    money.Cents // owed, positive
}

// check refuses a payment that lacks what the guide requires before the claims.
func check(r *claim.Remittance) error {
	switch {
	case r.Payer.Name == "":
		return errors.New("the payer has no name (N102 of loop 1000A)")
	case r.Payer.Address.Line1 == "" || r.Payer.Address.City == "":
		return errors.New("the payer has no address (N3 and N4 of loop 1000A)")
	case len(r.Technical) == 0:
		return errors.New("the payer has no technical contact (PER*BL of loop 1000A)")
	case r.OriginatorID == "":
		return errors.New("the payer has no originator number: 1 and the tax number (TRN03)")
	case r.Date.IsZero():
		return errors.New("the payment has no date (BPR16)")
	case r.Method == "":
		return errors.New("the payment has no method: ACH, CHK, NON (BPR04)")
	}
	return nil
}

// checkCommon is check for a Header.
func checkCommon(h *Header) error {
	if err := check(&h.Common); err != nil {
		return err
	}
	if h.Common.TraceNumber == "" && h.TraceNumber == nil {
		return errors.New("the payments have no trace number (TRN02)")
	}
	return nil
}

// checkPayee refuses a payee that could not be named in loop 1000B.
func checkPayee(p *claim.Payee) error {
	if p.Name == "" {
		return errors.New("the payee has no name (N102 of loop 1000B)")
	}
	if payeeID(p) == "" {
		return fmt.Errorf("the payee has neither an NPI nor a tax number (N104 of loop 1000B)")
	}
	return nil
}

// payeeID is the number under which the payee is known.
func payeeID(p *claim.Payee) string {
	if p.NPI != "" {
		return p.NPI
	}
	if p.TaxID != "" {
		return p.TaxID
	}
	for _, r := range p.References {
		if r.Qualifier == "XV" {
			return r.Value
		}
	}
	return ""
}
