// SPDX-License-Identifier: Apache-2.0

package ack

import (
	"cmp"
	"fmt"
	"io"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/edi/emit"
	"github.com/woodlawn-health/woodlawn/edi/x12"
)

// ClaimsVersion is the guide of the 277CAs that the package writes (GS08).
const ClaimsVersion = "005010X214"

// ClaimsOptions are Options of the 277CA, and what its head says.
type ClaimsOptions struct {
	Options
	// Payer is who answers: its name, and its number with kind PI or XV in NM109.
	Payer claim.Payer
	// Submitter is the name of who sent the claims; empty takes its number.
	Submitter string
	// Received is the day when the claims came, Processed when they were looked at.
	Received, Processed civil.Date
	// Dir is the folder for a temporary file, if the claims of a file need one.
	Dir string
	// SpoolLimit is how many bytes are kept in memory; 0 is 32 MiB.
	SpoolLimit int
}

// Status is what is said of a claim: a category and a status code of the lists that
// X12 publishes, and the entity that is meant, if any ("85" is the billing provider).
type Status struct{ Category, Code, Entity string }

// The statuses that need no knowledge of the claim.
var (
	AcceptedIntoAdjudication = Status{"A2", "20", ""}
	// Unprocessable says that a claim was not taken in, and not why.
	Unprocessable = Status{"A3", "0", ""}
)

// Claims collects the fate of claims, one by one in the order of the file, and then
// writes the 277CA (guide 005010X214): one transaction for each transaction of claims that
// the 999 accepts, in it every claim with its status, with totals for each billing provider
// and for all. It holds no claim.
type Claims struct {
	opt   ClaimsOptions
	enc   *emit.Encoder
	spool emit.Spool
	txs   map[txKey]*claimsTx
	held  int
}

type txKey struct{ interchange, group, transaction string }

// claimsTx is what is known of one transaction of claims.
type claimsTx struct {
	tally
	providers []*providerClaims
	index     map[string]*providerClaims // by NPI or name
}

// answer is a transaction and what became of its claims.
type answer struct {
	report *x12.TransactionReport
	claims *claimsTx
}

// providerClaims are the claims of one billing provider.
type providerClaims struct {
	tally
	provider claim.Provider
	buf      []byte
	chunks   []emit.Chunk
	claims   []claimRun
}

// claimRun is how long the segments of one claim are: its HL is written when its number
// is known.
type claimRun struct{ bytes, segments int32 }

// tally counts claims and their charges.
type tally struct {
	accepted, rejected               int
	acceptedCharges, rejectedCharges money.Cents
}

func (t *tally) add(accepted bool, charge money.Cents) {
	if accepted {
		t.accepted++
		t.acceptedCharges += charge
	} else {
		t.rejected++
		t.rejectedCharges += charge
	}
}

// NewClaims starts a 277CA. Delimiters must be given or are the usual ones.
func NewClaims(opt ClaimsOptions) (*Claims, error) {
	if opt.Delimiters == (emit.Delimiters{}) {
		opt.Delimiters = emit.Usual
	}
	if err := opt.Delimiters.Check(); err != nil {
		return nil, err
	}
	if opt.Payer.Name == "" || opt.Payer.ID == "" || opt.Received.IsZero() || opt.Processed.IsZero() {
		return nil, fmt.Errorf("a 277CA needs the payer's name and number, and the days of receipt and processing")
	}
	opt.SpoolLimit = cmp.Or(opt.SpoolLimit, 32<<20)
	return &Claims{opt: opt, enc: emit.NewEncoder(opt.Delimiters), spool: emit.Spool{Dir: opt.Dir}, txs: map[txKey]*claimsTx{}}, nil
}

// Add notes the fate of a claim. An accepted claim carries the payer's number of it;
// statuses are at most three, none is AcceptedIntoAdjudication or Unprocessable.
func (w *Claims) Add(c *claim.Claim, accepted bool, controlNumber string, statuses ...Status) error {
	if len(statuses) == 0 {
		statuses = []Status{Unprocessable}
		if accepted {
			statuses[0] = AcceptedIntoAdjudication
		}
	}
	if len(statuses) > 3 {
		return fmt.Errorf("claim %s has %d statuses; the 277CA holds three", c.ID, len(statuses))
	}
	key := txKey{c.Source.Interchange, c.Source.Group, c.Source.Transaction}
	tx := w.txs[key]
	if tx == nil {
		tx = &claimsTx{index: map[string]*providerClaims{}}
		w.txs[key] = tx
	}
	name := cmp.Or(c.Billing.NPI, c.Billing.Name.Last)
	p := tx.index[name]
	if p == nil {
		p = &providerClaims{provider: claim.Provider{Organization: c.Billing.Organization, Name: c.Billing.Name, NPI: c.Billing.NPI}}
		tx.index[name] = p
		tx.providers = append(tx.providers, p)
	}
	e := w.enc
	e.Buf, e.Count = p.buf, 0
	mark := e.Mark()
	w.claim(c, accepted, controlNumber, statuses)
	if err := e.Err(); err != nil {
		e.Rollback(mark)
		p.buf = e.Buf
		return fmt.Errorf("claim %s: %w", c.ID, err)
	}
	size := len(e.Buf) - len(p.buf)
	w.held += size
	p.buf = e.Buf
	p.claims = append(p.claims, claimRun{int32(size), int32(e.Count)})
	tx.add(accepted, c.Charge)
	p.add(accepted, c.Charge)
	if w.held > w.opt.SpoolLimit {
		return w.spill()
	}
	return nil
}

func (w *Claims) spill() error {
	for _, tx := range w.txs {
		for _, p := range tx.providers {
			if len(p.buf) == 0 {
				continue
			}
			c, err := w.spool.Put(p.buf)
			if err != nil {
				return err
			}
			p.chunks, p.buf = append(p.chunks, c), nil
		}
	}
	w.held = 0
	return nil
}

// claim writes the segments of level PT after its HL.
func (w *Claims) claim(c *claim.Claim, accepted bool, controlNumber string, statuses []Status) {
	e := w.enc
	patient := &c.Patient
	if c.PatientIsSubscriber || patient.Name.Last == "" {
		patient = &c.Subscriber
	}
	e.Begin("NM1")
	e.ID("QC", 3)
	e.ID("1", 1)
	e.Text(patient.Name.Last, 60)
	e.Text(patient.Name.First, 35)
	e.Text(patient.Name.Middle, 25)
	e.Skip(1)
	e.Text(patient.Name.Suffix, 10)
	if id := cmp.Or(c.Subscriber.ID, patient.ID); e.Fits(id, 80) {
		e.ID("MI", 2)
		e.ID(id, 80)
	}
	e.End()
	e.Begin("TRN")
	e.ID("2", 2)
	e.Text(c.ID, 50)
	e.End()
	writeStatus(e, statuses, w.opt.Processed, accepted, c.Charge)
	if accepted && controlNumber != "" {
		e.Begin("REF")
		e.ID("1K", 3)
		e.ID(controlNumber, 50)
		e.End()
	}
	if c.Form == claim.Institutional && c.BillType != "" && c.Frequency > ' ' && e.Fits(c.BillType+string(c.Frequency), 50) {
		e.Begin("REF")
		e.ID("BLT", 3)
		e.ID(c.BillType+string(c.Frequency), 50)
		e.End()
	}
	writeServiceDates(e, c)
}

// writeServiceDates writes the span of the claim's days of service.
func writeServiceDates(e *emit.Encoder, c *claim.Claim) {
	from, through := c.From, c.Through
	for i := range c.Lines {
		l := &c.Lines[i]
		if !l.From.IsZero() && (from.IsZero() || l.From.Before(from)) {
			from = l.From
		}
		if last := cmp.Or(l.Through, l.From); !last.IsZero() && (through.IsZero() || last.After(through)) {
			through = last
		}
	}
	if from.IsZero() {
		return
	}
	e.Begin("DTP")
	e.ID("472", 3)
	if through.IsZero() || through == from {
		e.ID("D8", 3)
		e.Date(from)
	} else {
		e.ID("RD8", 3)
		e.Date(from)
		e.Buf = through.AppendCompact(append(e.Buf, '-'))
	}
	e.End()
}

// writeStatus writes the STC: WQ accepts, U rejects.
func writeStatus(e *emit.Encoder, statuses []Status, on civil.Date, accepted bool, charge money.Cents) {
	status := func(s Status) {
		e.Required(s.Category, 30)
		e.Component(s.Code, 30)
		e.Component(s.Entity, 3)
	}
	e.Begin("STC")
	status(statuses[0])
	e.Date(on)
	if accepted {
		e.ID("WQ", 2)
	} else {
		e.ID("U", 2)
	}
	e.Cents(charge)
	e.Skip(5)
	for _, s := range statuses[1:] {
		status(s)
	}
	e.End()
}

// Close writes an interchange for each group of the report with claims that were noted,
// the first with the control number given, and drops the temporary file.
func (w *Claims) Close(out io.Writer, rep *x12.Report, control int) (Written, error) {
	defer w.spool.Close()
	done := Written{NextControl: control}
	for _, ic := range rep.Interchanges {
		if code, _ := Interchange(ic); code == 'R' {
			continue
		}
		for _, g := range ic.Groups {
			var list []answer
			for _, t := range g.Transactions {
				key := txKey{ic.ControlNumber, g.ControlNumber, t.ControlNumber}
				if tx := w.txs[key]; tx != nil && Transaction(t) != 'R' {
					list = append(list, answer{t, tx})
					delete(w.txs, key) // transactions of one number are answered together, once
				}
			}
			if len(list) == 0 {
				continue
			}
			if err := w.group(out, ic, g, list, &done); err != nil {
				return done, err
			}
		}
	}
	return done, nil
}
