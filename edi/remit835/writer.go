// SPDX-License-Identifier: Apache-2.0

package remit835

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/edi/emit"
)

// Writer writes one file of payments: one interchange, one group, a transaction for
// each payee and for every MaxClaims claims of it. Claims come one by one and in any
// order of payees; those of unfinished transactions lie in a temporary file once
// they fill SpoolLimit, so memory is flat. The file appears under its name when it is
// whole and not before. A Writer is for one goroutine.
type Writer struct {
	h     Header
	path  string
	file  *os.File
	out   *bufio.Writer
	claim *emit.Encoder // claim loops, into the buffer of their batch
	frame *emit.Encoder // everything else
	spool emit.Spool

	accounts map[string]*account
	order    []*account // by first claim
	held     int        // bytes in the buffers of unfinished transactions
	free     [][]byte   // buffers to use again
	totals   Totals
	err      error // of the output: nothing can be written after it
}

// account is one payee with the transaction that is being filled.
type account struct {
	key         string
	payee       claim.Payee
	adjustments []claim.ProviderAdjustment // not written yet
	owed        ForwardBalance             // by this payee's earlier transactions in the file
	part        part
	opened      bool // gets a transaction in any case
	payments    int  // transactions written
}

// part is a transaction that is being filled.
type part struct {
	claims       int
	charge, paid money.Cents
	batches      []*batch
}

// batch is one LX loop of it.
type batch struct {
	claim.ClaimBatch
	key      batchKey
	buf      []byte
	chunks   []emit.Chunk
	segments int
}

type batchKey struct {
	number   int // as the caller numbered it, or 0
	facility string
	year     civil.Date
}

// NewWriter starts a file. The header must be complete; path must lie in a folder
// that exists.
func NewWriter(path string, h Header) (*Writer, error) {
	if h.Delimiters == (emit.Delimiters{}) {
		h.Delimiters = emit.Usual
	}
	if err := cmp.Or(h.Delimiters.Check(), h.Envelope.Check(), checkCommon(&h)); err != nil {
		return nil, fmt.Errorf("835: %w", err)
	}
	h.MaxClaims = cmp.Or(h.MaxClaims, DefaultMaxClaims)
	h.SpoolLimit = cmp.Or(h.SpoolLimit, 32<<20)
	w := &Writer{h: h, path: path, accounts: map[string]*account{},
		claim: emit.NewEncoder(h.Delimiters), frame: emit.NewEncoder(h.Delimiters)}
	f, err := os.CreateTemp(filepath.Dir(path), ".835-*.part")
	if err != nil {
		return nil, err
	}
	w.file, w.out, w.spool.Dir = f, bufio.NewWriterSize(f, 1<<20), filepath.Dir(path)
	h.Envelope.OpenInterchange(w.frame)
	h.Envelope.OpenGroup(w.frame, "HP", Version)
	err = w.frame.Err()
	if err == nil {
		err = w.try(func(e *emit.Encoder) { w.head(e, &account{}, 1) })
	}
	if err != nil {
		w.Abort()
		return nil, fmt.Errorf("835: %w", err)
	}
	w.flushFrame()
	return w, w.err
}

// Add writes one claim payment for a payee. The key tells payees apart; what payee
// holds is taken at the key's first claim. A claim that does not balance, or that
// cannot be written as the guide has it, is refused with an error that says why, and
// the file stays good without it. The claim is not kept.
func (w *Writer) Add(key string, payee *claim.Payee, p *claim.ClaimPayment) error {
	if w.err != nil {
		return w.err
	}
	a, err := w.account(key, payee)
	if err != nil {
		return err
	}
	if err := p.Balance(); err != nil {
		return err
	}
	if a.part.claims >= w.h.MaxClaims {
		if err := w.finish(a, false); err != nil {
			return err
		}
	}
	return w.add(&a.part, w.batchKey(a, p), p)
}

// Adjust puts a provider adjustment into the payee's next transaction that is
// finished: call it before the payee's claims where a payee may have more than
// MaxClaims, so that the first payment bears it. Provider and fiscal year are filled
// in from the payee if empty.
func (w *Writer) Adjust(key string, payee *claim.Payee, adj claim.ProviderAdjustment) error {
	if w.err != nil {
		return w.err
	}
	a, err := w.account(key, payee)
	if err != nil {
		return err
	}
	adj = w.complete(a, adj)
	err = w.try(func(e *emit.Encoder) { writeProviderAdjustments(e, []claim.ProviderAdjustment{adj}) })
	if err != nil {
		return fmt.Errorf("provider adjustment: %w", err)
	}
	a.adjustments = append(a.adjustments, adj)
	return nil
}

// try tells whether something can be written, without writing it, so that what is
// wrong with a payee is said at once and not when its payment is finished.
func (w *Writer) try(write func(*emit.Encoder)) error {
	mark := w.frame.Mark()
	write(w.frame)
	err := w.frame.Err()
	w.frame.Rollback(mark)
	return err
}

func (w *Writer) complete(a *account, adj claim.ProviderAdjustment) claim.ProviderAdjustment {
	if adj.ProviderID == "" {
		adj.ProviderID = payeeID(&a.payee)
	}
	if adj.FiscalYearEnd.IsZero() {
		adj.FiscalYearEnd = w.fiscalYearEnd(&a.payee, w.h.Common.Date)
	}
	return adj
}

func (w *Writer) account(key string, payee *claim.Payee) (*account, error) {
	if a := w.accounts[key]; a != nil {
		return a, nil
	}
	if err := checkPayee(payee); err != nil {
		return nil, err
	}
	a := &account{key: key, payee: *payee}
	if err := w.try(func(e *emit.Encoder) { w.head(e, a, 1) }); err != nil {
		return nil, fmt.Errorf("payee %s: %w", key, err)
	}
	w.accounts[key] = a
	w.order = append(w.order, a)
	return a, nil
}

// head writes the head of a payment to an account, as finish will.
func (w *Writer) head(e *emit.Encoder, a *account, total money.Cents) {
	r := w.h.Common
	r.Payee = a.payee
	if r.TraceNumber == "" {
		r.TraceNumber = "1" // the caller numbers payments
	}
	writeHeader(e, &r, total)
}

func (w *Writer) fiscalYearEnd(payee *claim.Payee, on civil.Date) civil.Date {
	if w.h.FiscalYearEnd != nil {
		return w.h.FiscalYearEnd(payee, on)
	}
	return civil.Of(w.h.Common.Date.Year(), 12, 31)
}

func (w *Writer) batchKey(a *account, p *claim.ClaimPayment) batchKey {
	if !w.h.Batches {
		return batchKey{}
	}
	on := p.Through
	if on.IsZero() {
		on = p.From
	}
	return batchKey{facility: p.FacilityCode, year: w.fiscalYearEnd(&a.payee, on)}
}

// add encodes the claim into its batch.
func (w *Writer) add(t *part, key batchKey, p *claim.ClaimPayment) error {
	b := t.batch(key)
	if b == nil {
		b = &batch{key: key}
		b.Number = cmp.Or(key.number, len(t.batches)+1)
		if n := len(w.free); n > 0 {
			b.buf, w.free = w.free[n-1], w.free[:n-1]
		}
		t.batches = append(t.batches, b)
	}
	e := w.claim
	e.Buf, e.Count = b.buf, 0
	start := e.Mark()
	writeClaim(e, p)
	if err := e.Err(); err != nil {
		e.Rollback(start)
		b.buf = e.Buf
		if len(b.buf) == 0 && len(b.chunks) == 0 {
			t.batches = t.batches[:len(t.batches)-1]
			w.free = append(w.free, b.buf)
		}
		return fmt.Errorf("claim %s: %w", p.ClaimID, err)
	}
	w.held += len(e.Buf) - len(b.buf)
	b.buf = e.Buf
	b.segments += e.Count
	b.count(p)
	t.claims++
	t.charge += p.Charge
	t.paid += p.Paid
	if w.held > w.h.SpoolLimit {
		w.spill()
	}
	return w.err
}

func (t *part) batch(key batchKey) *batch {
	for i := len(t.batches) - 1; i >= 0; i-- {
		if t.batches[i].key == key {
			return t.batches[i]
		}
	}
	return nil
}

// spill moves the buffers of all unfinished transactions to the spool.
func (w *Writer) spill() {
	for _, a := range w.order {
		for _, b := range a.part.batches {
			if len(b.buf) == 0 {
				continue
			}
			c, err := w.spool.Put(b.buf)
			if err != nil {
				w.err = err
				return
			}
			b.chunks = append(b.chunks, c)
			b.buf = nil
		}
	}
	w.held, w.free = 0, nil
}

// flushFrame moves what the frame encoder holds to the file.
func (w *Writer) flushFrame() {
	w.totals.Segments += int64(w.frame.Count)
	w.frame.Count = 0
	w.write(w.frame.Buf)
	w.frame.Buf = w.frame.Buf[:0]
}

func (w *Writer) write(b []byte) {
	n, err := w.out.Write(b)
	w.totals.Bytes += int64(n)
	if w.err == nil && err != nil {
		w.err = err
	}
}

// copied moves what a batch has in the spool to the file.
func (w *Writer) copied(chunks []emit.Chunk) {
	if w.err != nil || len(chunks) == 0 {
		return
	}
	w.err = w.spool.Copy(w.out, chunks)
	for _, c := range chunks {
		w.totals.Bytes += int64(c.Length)
	}
}

// ErrNoPayments is what Close answers when no payee was named: there is no file.
var ErrNoPayments = errors.New("835: there is no payee")

// Open names a payee who gets a transaction even without claims: a payment of
// zero, which tells the receiver that nothing was paid.
func (w *Writer) Open(key string, payee *claim.Payee) error {
	if w.err != nil {
		return w.err
	}
	a, err := w.account(key, payee)
	if err == nil {
		a.opened = true
	}
	return err
}

// Close writes the transactions that are open, in the order in which their payees
// came, and gives the file its name. After an error there is no file.
func (w *Writer) Close() (Totals, error) {
	if w.file == nil {
		return w.totals, cmp.Or(w.err, errors.New("835: the writer is closed"))
	}
	if w.err == nil && len(w.order) == 0 {
		w.Abort()
		return w.totals, ErrNoPayments
	}
	for _, a := range w.order {
		if a.part.claims > 0 || len(a.adjustments) > 0 || a.opened && a.payments == 0 {
			if err := w.finish(a, true); err != nil {
				w.Abort()
				return w.totals, err
			}
		}
		if a.owed.Amount > 0 {
			w.totals.Forward = append(w.totals.Forward, a.owed)
		}
	}
	w.h.Envelope.CloseGroup(w.frame, w.totals.Transactions)
	w.h.Envelope.CloseInterchange(w.frame, 1)
	w.flushFrame()
	err := w.err
	if err == nil {
		err = w.publish()
	}
	w.Abort()
	return w.totals, err
}

// publish makes the file durable and gives it its name.
func (w *Writer) publish() error {
	if err := w.out.Flush(); err != nil {
		return err
	}
	if err := w.file.Sync(); err != nil {
		return err
	}
	if err := w.file.Close(); err != nil {
		return err
	}
	if err := os.Rename(w.file.Name(), w.path); err != nil {
		return err
	}
	w.file = nil
	return syncDir(filepath.Dir(w.path))
}

// Abort drops the file. It does nothing after Close.
func (w *Writer) Abort() {
	w.spool.Close()
	if w.file != nil {
		w.file.Close()
		os.Remove(w.file.Name())
		w.file = nil
	}
	w.accounts, w.order, w.free = nil, nil, nil
	if w.err == nil {
		w.err = errors.New("835: the writer is closed")
	}
}

// syncDir makes the new name durable. Systems that cannot sync a folder keep names
// by themselves.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	_ = d.Sync()
	return nil
}
