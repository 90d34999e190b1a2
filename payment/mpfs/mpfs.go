// SPDX-License-Identifier: Apache-2.0

// Package mpfs prices the lines of professional claims under the Medicare
// Physician Fee Schedule: 42 CFR part 414 and Pub. 100-04 chapter 12.
//
// The fee schedule amount of a service is
//
//	(work RVU × work GPCI + PE RVU × PE GPCI + MP RVU × MP GPCI) × conversion factor
//
// with full precision inside and rounded once, half up to the cent; so CMS
// computes the prices it publishes. An imaging service is paid no more than its
// OPPS amount. Every further share (a modifier, a multiple procedure, a kind of
// practitioner) is applied to one unit in turn, each result rounded half up to the
// cent.
//
// A Pricer sees one claim: global periods, multiple procedures and bilateral pairs
// are looked for among the lines of that claim, not in the patient's history.
package mpfs

import (
	"sync"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// Status is the outcome of a line.
type Status uint8

// The outcomes. Unpriced lines say why in Reason: a table is not loaded, the
// contractor sets the amount, or another fee schedule pays.
const (
	Priced Status = iota + 1
	Bundled
	Denied
	Unpriced
)

func (s Status) String() string {
	names := [...]string{"", "priced", "bundled", "denied", "unpriced"}
	if int(s) < len(names) {
		return names[s]
	}
	return "unknown"
}

// MarshalText writes the name of the outcome.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Denial is why a line is not paid, in the codes of a remittance.
type Denial struct {
	Group  claim.AdjustmentGroup
	Reason string // CARC
	Remark string // RARC, may be empty
	Cite   string
}

// LinePrice is the answer to one line of a claim.
type LinePrice struct {
	Line   int // index in Claim.Lines
	Status Status
	// FeeSchedule is the amount of one unit before modifiers and multiple
	// procedures, under the OPPS cap. For anesthesia it is the whole service.
	FeeSchedule money.Cents
	// Allowed is what Medicare allows for the line: the lesser of the charge and the
	// fee schedule amount after all rules (42 CFR 414.21).
	Allowed money.Cents
	// LimitingCharge is the most that a nonparticipating provider without assignment
	// may charge; zero for others.
	LimitingCharge money.Cents
	Denial         Denial // for Bundled and Denied
	Reason         string // for Unpriced
	Facility       bool
	// Carrier and Locality are the payment locality, empty if it was not needed.
	Carrier, Locality string
	// NeedsZIP9 is set if a locality's border divides the ZIP code and the claim has
	// only five digits: the first five digits' locality was used.
	NeedsZIP9 bool
	Units     int64 // units that were priced; minutes for anesthesia
	// MIPSAdjustment is the provider's factor less one, in units of 10^-6, where the
	// service is one that it applies to; it multiplies the amount paid.
	MIPSAdjustment int64
	// Bonus is the HPSA bonus, a share of the amount paid in units of 10^-4, paid
	// each quarter and no part of the claim's payment.
	Bonus int64
	// PaymentShare is the part of the payment (after deductible and coinsurance) that
	// is made, in units of 10^-4: 10000 but for therapy assistants.
	PaymentShare int64
	// Unverified is set if a rule or rate behind the amount was not compared with
	// CMS's publication.
	Unverified bool

	reduction claim.Adjustment
}

// Reductions are the adjustments that the fee schedule's own rules explain, such as
// CO-59 for multiple procedures. What else lies between charge and allowed amount
// is the contractual difference (CO-45), which is the caller's.
func (p *LinePrice) Reductions() []claim.Adjustment {
	if p.reduction.Amount == 0 {
		return nil
	}
	return []claim.Adjustment{p.reduction}
}

// ProviderID names a provider in Options: tax number and NPI, or the NPI alone, or
// the tax number alone. The most particular one found counts.
type ProviderID struct{ TaxID, NPI string }

// Provider is what a claim does not say of its provider.
type Provider struct {
	NonParticipating bool
	QualifyingAPM    bool // paid under the qualifying APM conversion factor (since 2026)
	// NonPhysician marks a practitioner paid as a nurse practitioner is, where the
	// claim carries no taxonomy code that says so.
	NonPhysician bool
	// MIPS is the payment adjustment in units of 10^-6: 12300 is +1.23 %.
	MIPS int64
}

// Options are the caller's knowledge. The zero value prices a participating
// physician without adjustments.
type Options struct {
	Providers map[ProviderID]Provider
}

func (o *Options) provider(taxID, npi string) Provider {
	if len(o.Providers) == 0 {
		return Provider{}
	}
	for _, id := range [...]ProviderID{{taxID, npi}, {"", npi}, {taxID, ""}} {
		if p, ok := o.Providers[id]; ok {
			return p
		}
	}
	return Provider{}
}

// Pricer prices claims. It is safe for concurrent use. Tables are read when a
// date of service first asks for them.
type Pricer struct {
	cat    *refdata.Catalog
	starts []civil.Date // first days of the periods in which no table changes
	spans  []period
	zips   zipCache
	pool   sync.Pool
}

// New makes a pricer over the tables of a catalog.
func New(cat *refdata.Catalog) *Pricer {
	p := &Pricer{cat: cat, zips: zipCache{byTable: map[*refdata.Table]*zipIndex{}}}
	p.starts = boundaries(cat)
	p.spans = make([]period, len(p.starts))
	p.pool.New = func() any { return new(work) }
	return p
}

// Price appends one LinePrice for each line of the claim, in the claim's order.
// The trace, if it is on, gets a section a line.
func (p *Pricer) Price(c *claim.Claim, opt Options, out []LinePrice, t *trace.Trace) []LinePrice {
	if len(c.Lines) == 0 {
		return out
	}
	w := p.pool.Get().(*work)
	w.start(len(c.Lines))
	for i := range c.Lines {
		p.resolve(c, &opt, i, &w.items[i])
	}
	if len(w.items) > 1 {
		w.globalPackages()
		w.aloneServices()
	}
	w.multipleProcedures()
	for i := range w.items {
		out = append(out, w.items[i].finish())
	}
	if t.On() {
		for i := range w.items {
			w.items[i].explain(t, &out[len(out)-len(w.items)+i])
		}
	}
	w.end()
	p.pool.Put(w)
	return out
}

// work is the space for one claim, used again for the next.
type work struct {
	items []item
	order []int
	svc   []service
}

func (w *work) start(n int) {
	if cap(w.items) < n {
		w.items = make([]item, n)
	}
	w.items = w.items[:n] // clean: end has cleared them
}

// end drops the references to the claim and leaves the space clean.
func (w *work) end() {
	clear(w.items)
	w.items, w.order, w.svc = w.items[:0], w.order[:0], w.svc[:0]
}
