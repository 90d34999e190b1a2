// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/edi/claim837"
	"github.com/woodlawn-health/woodlawn/edi/remit835"
	"github.com/woodlawn-health/woodlawn/edi/x12"
	"github.com/woodlawn-health/woodlawn/interop/patientaccess"
)

// answer is what an 835 says of a claim.
type answer struct {
	payment *claim.ClaimPayment
	mapper  *patientaccess.Mapper // with the remittance's payer
	date    civil.Date
	trace   string
	used    bool
}

// answerKey tells claims with the same number of two providers apart.
type answerKey struct{ npi, claimID string }

// answered explains the claims of the files with the answers of the 835 files.
func (cmd *eobCmd) answered(ctx context.Context, a *App, run *priceRun, sink *eobFiles) error {
	answers := map[answerKey]*answer{}
	superseded := 0
	for _, name := range cmd.Remittance {
		n, err := cmd.readAnswers(a, run, name, answers)
		if err != nil {
			return err
		}
		superseded += n
	}
	for _, name := range cmd.Files {
		if err := explainFile(ctx, a, run, name, answers, sink); err != nil {
			return err
		}
	}
	unused := 0
	for _, found := range answers {
		if !found.used {
			unused++
		}
	}
	if unused > 0 {
		fmt.Fprintf(a.Err, "woodlawn: %d answers of the 835 have no claim in the files\n", unused)
	}
	if superseded > 0 {
		fmt.Fprintf(a.Err, "woodlawn: %d answers of the 835 are followed by a later one for the same claim, which stands\n", superseded)
	}
	return nil
}

// readAnswers reads an 835 file and returns how many answers took the place of
// earlier ones.
func (cmd *eobCmd) readAnswers(a *App, run *priceRun, name string, answers map[answerKey]*answer) (superseded int, err error) {
	in, base, err := openInput(a, name)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	r := remit835.NewReader(in, x12.Options{File: base})
	for {
		remittance, err := r.Next()
		if errors.Is(err, io.EOF) {
			run.summary.file(r.Report())
			return superseded, nil
		}
		if err != nil {
			return superseded, fmt.Errorf("%s: %w", base, err)
		}
		mapper, err := cmd.mapper(run, remittance.Payer)
		if err != nil {
			return superseded, err
		}
		for {
			p, err := r.Claim()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return superseded, fmt.Errorf("%s: %w", base, err)
			}
			key := answerKey{remittance.Payee.NPI, p.ClaimID}
			if answers[key] != nil {
				superseded++
			}
			answers[key] = &answer{payment: p, mapper: mapper, date: remittance.Date, trace: remittance.TraceNumber}
		}
	}
}

// explainFile maps the claims of one 837 file on every core.
func explainFile(ctx context.Context, a *App, run *priceRun, name string, answers map[answerKey]*answer, sink *eobFiles) error {
	in, base, err := openInput(a, name)
	if err != nil {
		return err
	}
	defer in.Close()
	bar := newProgress(a.Err, "Mapping "+base, "claims", sizeOf(in))
	defer bar.Done()
	rep, err := claim837.Run(ctx, in, claim837.Options{File: base, Progress: bar.Bytes}, run.workers, claim837.Stages{
		Work: func(_ int, b *claim837.Batch) { explainBatch(b, answers, sink) },
		Emit: func(b *claim837.Batch) error {
			bar.Add(int64(len(b.Claims)))
			return emitExplained(b, answers, sink)
		},
	})
	if err != nil {
		return err
	}
	run.summary.file(rep)
	return nil
}

func explainBatch(b *claim837.Batch, answers map[answerKey]*answer, sink *eobFiles) {
	made, _ := b.User.(*pricedBatch)
	if made == nil {
		made = &pricedBatch{}
		b.User = made
	}
	for len(made.out) < len(b.Claims) {
		made.out = append(made.out, prepared{})
	}
	for i := range b.Claims {
		p := &b.Claims[i]
		if found := answerTo(&p.Claim, answers); found != nil && !p.Rejected {
			in := patientaccess.Input{Claim: &p.Claim, Payment: found.payment, Adjudicated: found.date, Trace: found.trace}
			if found.payment.Paid != 0 {
				in.Paid = found.date
			}
			sink.explain(found.mapper, &in, &made.out[i])
		}
	}
}

// emitExplained writes a batch in the order of the file.
func emitExplained(b *claim837.Batch, answers map[answerKey]*answer, sink *eobFiles) error {
	made := b.User.(*pricedBatch)
	for i := range b.Claims {
		p := &b.Claims[i]
		found := answerTo(&p.Claim, answers)
		var err error
		switch {
		case p.Rejected:
			err = sink.refused(p)
		case found == nil:
			err = sink.reject(p, "unanswered", []string{"no 835 answers claim " + p.Claim.ID + " of this billing provider"})
		case found.used:
			err = sink.reject(p, "repeated", []string{"claim " + p.Claim.ID + " of this billing provider stands in the files twice"})
		default:
			found.used = true
			err = sink.explained(p, &made.out[i])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func answerTo(c *claim.Claim, answers map[answerKey]*answer) *answer {
	return answers[answerKey{c.Billing.NPI, c.ID}]
}
