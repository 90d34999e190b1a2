// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/edi/claim837"
	"github.com/woodlawn-health/woodlawn/edi/x12"
	"github.com/woodlawn-health/woodlawn/payment/adjudicate"
)

// priceRun is one run over claim files: what is priced by whom, and what was found.
type priceRun struct {
	adj          *adjudicate.Adjudicator
	ledger       *adjudicate.Ledger
	payer        *payerFlags
	payerAddress claim.Address
	date         civil.Date
	workers      int
	explainAll   bool
	only         string // explain the claim of this number alone
	summary      priceSummary
	claims       int // claims of the files before
}

// priceSink takes what a run makes, claim by claim and in the order of the input.
type priceSink interface {
	// result takes a priced claim; both are valid until it returns.
	result(c *claim837.Parsed, r *adjudicate.Result) error
	// refused takes a claim that failed the check of its structure.
	refused(c *claim837.Parsed) error
	// report takes what the reader found in a whole file.
	report(rep *x12.Report) error
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
	rep, err := claim837.Run(ctx, in, opt, run.workers,
		func(i int, b *claim837.Batch) { run.price(workers[i], b) },
		func(b *claim837.Batch) error {
			bar.Add(int64(len(b.Claims)))
			return run.emit(b, sink)
		})
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

// price is the parallel stage.
func (run *priceRun) price(w *adjudicate.Worker, b *claim837.Batch) {
	results, _ := b.User.([]adjudicate.Result)
	for len(results) < len(b.Claims) {
		results = append(results, adjudicate.Result{})
	}
	b.User = results
	for i := range b.Claims {
		p := &b.Claims[i]
		if p.Rejected {
			continue
		}
		var t *trace.Trace
		if run.explainAll || (run.only != "" && p.Claim.ID == run.only) {
			t = trace.New()
		}
		w.Price(&p.Claim, &results[i], t)
		results[i].Index += run.claims
	}
}

// emit is the stage in the order of the file.
func (run *priceRun) emit(b *claim837.Batch, sink priceSink) error {
	results := b.User.([]adjudicate.Result)
	for i := range b.Claims {
		p, r := &b.Claims[i], &results[i]
		if p.Rejected {
			run.summary.refused(&p.Claim)
			if err := sink.refused(p); err != nil {
				return err
			}
			continue
		}
		run.adj.Settle(&p.Claim, r, run.ledger)
		run.summary.add(r)
		if err := sink.result(p, r); err != nil {
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
