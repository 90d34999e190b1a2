// SPDX-License-Identifier: Apache-2.0

// Package adjudicate takes a claim to its payment under Original Medicare: it
// decides which payment system prices the claim, has it edited, grouped and
// priced, and divides the amount between Medicare and the patient.
//
// The work has two stages. Worker.Price needs only the claim and the tables, so it
// runs on every core. Adjudicator.Settle needs the beneficiary's history and runs
// in the order of receipt.
package adjudicate

import (
	"errors"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/payment/edits"
	"github.com/woodlawn-health/woodlawn/payment/ipps"
	"github.com/woodlawn-health/woodlawn/payment/mpfs"
	"github.com/woodlawn-health/woodlawn/payment/msdrg"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// Options are what a payer knows beside the claims and the tables.
type Options struct {
	// Clinicians carries MIPS adjustments, participation and APM status.
	Clinicians mpfs.Options
	// Hospitals are the provider specific records for inpatient claims; nil takes
	// those of the catalog, if any were imported.
	Hospitals *ipps.ProviderFile
	// Run is the date of the payment; Received, if set, the date on which the claims
	// came in, and timely filing is checked against it (42 CFR 424.44).
	Run, Received civil.Date
}

// Adjudicator pays claims. It is safe for concurrent use, but for Settle.
type Adjudicator struct {
	opt     Options
	params  *parameters
	fees    *mpfs.Pricer
	grouper *msdrg.Grouper
	editor  *edits.MCE
	ipps    *ipps.Pricer
}

// New makes an adjudicator over the tables of a catalog.
func New(cat *refdata.Catalog, opt Options) (*Adjudicator, error) {
	params, err := loadParameters(cat)
	if err != nil {
		return nil, err
	}
	if opt.Hospitals == nil {
		var missing *refdata.NotLoadedError
		if opt.Hospitals, err = ipps.LatestProviders(cat); err != nil && !errors.As(err, &missing) {
			return nil, err
		}
	}
	a := &Adjudicator{opt: opt, params: params, fees: mpfs.New(cat), grouper: msdrg.New(cat), editor: edits.NewMCE(cat), ipps: ipps.New(cat)}
	return a, nil
}

// NewLedger starts a ledger of beneficiaries' cost sharing.
func (a *Adjudicator) NewLedger() *Ledger { return newLedger(a.params) }

// Worker prices claims on one goroutine.
type Worker struct {
	a      *Adjudicator
	prices []mpfs.LinePrice
	stay   stayScratch
}

// NewWorker makes a worker with memory of its own.
func (a *Adjudicator) NewWorker() *Worker { return &Worker{a: a} }

// Price edits, groups and prices a claim into r, which may have been used before.
// A trace that is not nil takes the account.
func (w *Worker) Price(c *claim.Claim, r *Result, t *trace.Trace) {
	r.reset()
	r.Index, r.ClaimID, r.Form, r.Charge = c.Source.Index, c.ID, c.Form, c.Charge
	r.ServiceDate, r.Trace = c.ServiceDate(), t
	r.Payee = payee(c)
	switch {
	case c.Frequency == '8':
		r.wait("frequency 8 voids claim " + c.PayerControlNumber + ", of which this run has no payment to take back")
	case w.late(c):
		r.deny(c, claim.ContractualObligation, "29")
	case c.Form == claim.Professional:
		w.professional(c, r)
	case c.Form == claim.Institutional && c.BillType == inpatientBill:
		w.inpatient(c, r)
	case c.Form == claim.Institutional:
		r.wait("bill type " + c.BillType + string(c.Frequency) + " is not an inpatient hospital bill (11x): its payment system is not built")
	default:
		r.wait(c.Form.String() + " claims are not paid by Medicare's claim systems")
	}
}

// inpatientBill is the facility code of a hospital inpatient claim.
const inpatientBill = "11"

// late tells whether a claim came in more than a calendar year after the service.
func (w *Worker) late(c *claim.Claim) bool {
	received := w.a.opt.Received
	if received.IsZero() {
		return false
	}
	years, err := w.a.params.on("timely_filing", received)
	if err != nil {
		return false
	}
	y, m, d := c.ServiceDate().YMD()
	return received.After(civil.Of(y+int(years.value.Value/10000), m, d))
}

// payee is the billing provider, or the pay-to address if the claim has one.
func payee(c *claim.Claim) claim.Payee {
	p := claim.Payee{Name: c.Billing.Name.Last, NPI: c.Billing.NPI, TaxID: c.Billing.TaxID, Address: c.Billing.Address}
	if c.Billing.Name.First != "" {
		p.Name = c.Billing.Name.First + " " + c.Billing.Name.Last
	}
	if c.PayTo.Address.Line1 != "" {
		p.Address = c.PayTo.Address
	}
	return p
}

// deny denies every line of a claim for one reason.
func (r *Result) deny(c *claim.Claim, group claim.AdjustmentGroup, reason string) {
	r.Status = Paid
	r.Lines = r.Lines[:0]
	for i := range c.Lines {
		l := &c.Lines[i]
		r.Lines = append(r.Lines, LineResult{Number: l.Number, Procedure: l.Procedure, Modifiers: l.Modifiers, Charge: l.Charge,
			Units: l.Units, Status: lineDenied, DenialGroup: group, DenialReason: reason})
	}
}
