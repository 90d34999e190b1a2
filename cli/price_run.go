// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/edi/claim837"
	"github.com/woodlawn-health/woodlawn/edi/x12"
	"github.com/woodlawn-health/woodlawn/interop/patientaccess"
	"github.com/woodlawn-health/woodlawn/payment/adjudicate"
	"github.com/woodlawn-health/woodlawn/refdata/adjustments"
)

// priceRun is one run over claim files: what is priced by whom, and what was found.
type priceRun struct {
	adj          *adjudicate.Adjudicator
	ledger       *adjudicate.Ledger
	codes        *adjustments.Codes
	payer        *payerFlags
	payerAddress claim.Address
	date         civil.Date
	workers      int
	explainAll   bool
	only         string // explain the claim of this number alone
	summary      priceSummary
	claims       int // claims of the files before
}

// priceSink takes what a run makes.
type priceSink interface {
	// check sets aside what cannot be paid whatever comes out; it runs on every core.
	check(worker int, r *adjudicate.Result)
	// prepare makes a claim's output; it runs on every core, with the worker's number.
	prepare(worker int, c *claim837.Parsed, r *adjudicate.Result, out *prepared)
	// result takes a priced claim, in the order of the input.
	result(c *claim837.Parsed, r *adjudicate.Result, out *prepared) error
	// refused takes a claim that failed the check of its structure, in the same order.
	refused(c *claim837.Parsed) error
	// report takes what the reader found in a whole file.
	report(rep *x12.Report) error
}

// prepared is the output of one claim before it is written.
type prepared struct {
	json     []byte
	loops    []byte // of the 835
	segments int
	set      patientaccess.Set
	losses   []byte
	mapErr   error // why the claim cannot be an ExplanationOfBenefit
	early    bool  // its services are older than what is asked for
}

// pricedBatch is what a run keeps with a batch of claims; its memory is used again.
type pricedBatch struct {
	results []adjudicate.Result
	out     []prepared
}

// file prices the claims of one file.
func (run *priceRun) file(ctx context.Context, a *App, name string, sink priceSink) error {
	in, base, err := openInput(a, name)
	if err != nil {
		return err
	}
	defer in.Close()
	bar := newProgress(a.Err, "Pricing "+base, "claims", sizeOf(in))
	defer bar.Done()
	workers := make([]*adjudicate.Worker, run.workers)
	for i := range workers {
		workers[i] = run.adj.NewWorker()
	}
	opt := claim837.Options{File: base, Progress: bar.Bytes}
	rep, err := claim837.Run(ctx, in, opt, run.workers, claim837.Stages{
		Work:   func(i int, b *claim837.Batch) { run.price(i, workers, b, sink) },
		Settle: run.settle,
		Finish: func(i int, b *claim837.Batch) { run.finish(i, b, sink) },
		Emit: func(b *claim837.Batch) error {
			bar.Add(int64(len(b.Claims)))
			return run.emit(b, sink)
		},
	})
	var failed *claim837.PanicError
	if errors.As(err, &failed) {
		return &ExitError{ExitInternal, fmt.Errorf("%s: %w; please report it\n%s", base, err, failed.Stack)}
	}
	if errors.Is(err, context.Canceled) {
		return &ExitError{ExitInternal, errors.New("interrupted; nothing was written")}
	}
	var coded *ExitError
	if err != nil && !errors.As(err, &coded) {
		err = fmt.Errorf("%s: %w", base, err)
	}
	if err != nil {
		return err
	}
	run.claims += int(rep.Claims)
	run.summary.file(rep)
	return sink.report(rep)
}

// sizeOf is the size of a file, or 0.
func sizeOf(r io.Reader) int64 {
	if f, ok := r.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			return info.Size()
		}
	}
	return 0
}

// price edits, groups and prices the claims of a batch, on every core.
func (run *priceRun) price(number int, workers []*adjudicate.Worker, b *claim837.Batch, sink priceSink) {
	priced, _ := b.User.(*pricedBatch)
	if priced == nil {
		priced = &pricedBatch{}
		b.User = priced
	}
	for len(priced.results) < len(b.Claims) {
		priced.results = append(priced.results, adjudicate.Result{})
		priced.out = append(priced.out, prepared{})
	}
	for i := range b.Claims {
		p := &b.Claims[i]
		if p.Rejected {
			continue
		}
		var t *trace.Trace
		if run.explainAll || (run.only != "" && p.Claim.ID == run.only) {
			t = trace.New()
		}
		r := &priced.results[i]
		if !priceOne(workers[number], &p.Claim, r, t) {
			workers[number] = run.adj.NewWorker() // its memory may be in disorder
		}
		r.Index += run.claims
		sink.check(number, r)
	}
}

// priceOne prices a claim. If the program fails on it, the claim is set aside and
// says so, and the other claims go on.
func priceOne(w *adjudicate.Worker, c *claim.Claim, r *adjudicate.Result, t *trace.Trace) (ok bool) {
	defer func() {
		if v := recover(); v != nil {
			*r = adjudicate.Result{Index: c.Source.Index, ClaimID: c.ID, Form: c.Form, Charge: c.Charge, ServiceDate: c.ServiceDate()}
			r.Hold(fmt.Sprintf("an error of the program, please report it: %v", v))
		}
	}()
	w.Price(c, r, t)
	return true
}

// settle divides what was allowed, in the order of the file.
func (run *priceRun) settle(b *claim837.Batch) error {
	results := b.User.(*pricedBatch).results
	for i := range b.Claims {
		if !b.Claims[i].Rejected {
			run.adj.Settle(&b.Claims[i].Claim, &results[i], run.ledger)
		}
	}
	return nil
}

// finish makes the account and the output of each claim, on every core.
func (run *priceRun) finish(worker int, b *claim837.Batch, sink priceSink) {
	priced := b.User.(*pricedBatch)
	for i := range b.Claims {
		if p := &b.Claims[i]; !p.Rejected {
			run.adj.Remit(&p.Claim, &priced.results[i])
			sink.prepare(worker, p, &priced.results[i], &priced.out[i])
		}
	}
}

// emit hands the batch on, in the order of the file.
func (run *priceRun) emit(b *claim837.Batch, sink priceSink) error {
	priced := b.User.(*pricedBatch)
	for i := range b.Claims {
		p, r := &b.Claims[i], &priced.results[i]
		if p.Rejected {
			run.summary.refused(&p.Claim)
			if err := sink.refused(p); err != nil {
				return err
			}
			continue
		}
		run.summary.add(r)
		if err := sink.result(p, r, &priced.out[i]); err != nil {
			return err
		}
	}
	return nil
}

// payee is the key under which a provider's claims are paid together.
func payeeKey(c *claim.Claim) string {
	if c.Billing.NPI != "" {
		return c.Billing.NPI
	}
	return fmt.Sprintf("%s|%s", c.Billing.TaxID, c.Billing.Name.Last)
}
