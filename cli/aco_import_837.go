// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/woodlawn-health/woodlawn/edi/claim837"
	"github.com/woodlawn-health/woodlawn/edi/remit835"
	"github.com/woodlawn-health/woodlawn/edi/x12"
	"github.com/woodlawn-health/woodlawn/interop/patientaccess/medicare"
)

// billedImport takes 837 files with the 835 files that answer them.
type billedImport struct {
	app        *App
	w          *medicare.Research
	rejects    *output
	remittance []string

	answers *medicare.Answers // nil before the first 837
	bad     int               // claims set aside, and answers that can't be read
}

// isX12 tells a file of X12 by its first letters. Standard input can be read but once: it is
// taken for resources.
func isX12(a *App, name string) (bool, error) {
	if name == "-" {
		return false, nil
	}
	in, done, err := a.open(name)
	if err != nil {
		return false, err
	}
	defer done()
	head := make([]byte, 16)
	n, err := io.ReadFull(in, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false, fmt.Errorf("%s: %w", name, err)
	}
	return bytes.HasPrefix(bytes.TrimLeft(head[:n], " \r\n\ufeff"), []byte("ISA")), nil
}

// read takes the claims of one 837 file.
func (b *billedImport) read(name string) error {
	if b.answers == nil {
		if len(b.remittance) == 0 {
			return fmt.Errorf("%s holds claims; name the 835 files that answer them by --remittance", filepath.Base(name))
		}
		b.answers = &medicare.Answers{}
		for _, r := range b.remittance {
			if err := b.readAnswers(r); err != nil {
				return err
			}
		}
	}
	in, done, err := b.app.open(name)
	if err != nil {
		return err
	}
	defer done()
	base := filepath.Base(name)
	report, err := claim837.Run(context.Background(), in, claim837.Options{File: base}, 0, claim837.Stages{Emit: func(batch *claim837.Batch) error {
		for i := range batch.Claims {
			p := &batch.Claims[i]
			if p.Rejected {
				b.bad++
				if err := b.rejects.reject(p, "refused", refusals(p)); err != nil {
					return err
				}
				continue
			}
			err := b.w.Bill(&p.Claim, b.answers)
			var one *medicare.Unreadable
			if errors.As(err, &one) {
				b.bad++
				err = b.rejects.reject(p, "set aside", []string{one.Error()})
			}
			if err != nil {
				return err
			}
		}
		return nil
	}})
	if err != nil {
		return fmt.Errorf("%s: %w", base, err)
	}
	b.tell(base, report)
	return nil
}

// readAnswers reads an 835 file.
func (b *billedImport) readAnswers(name string) error {
	in, done, err := b.app.open(name)
	if err != nil {
		return err
	}
	defer done()
	base := filepath.Base(name)
	r := remit835.NewReader(in, x12.Options{File: base})
	for {
		remittance, err := r.Next()
		if errors.Is(err, io.EOF) {
			b.tell(base, r.Report())
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", base, err)
		}
		for {
			p, err := r.Claim()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return fmt.Errorf("%s: %w", base, err)
			}
			b.answers.Add(remittance, p)
		}
	}
}

// tell names what is wrong with a file as a whole.
func (b *billedImport) tell(base string, report *x12.Report) {
	if !report.OK() {
		fmt.Fprintf(b.app.Err, "woodlawn: %s has errors; woodlawn edi tells them\n", base)
	}
}

// print says what became of the claims.
func (b *billedImport) print() {
	if b.answers == nil {
		return
	}
	n := &b.w.Billed
	fmt.Fprintf(b.app.Out, "837: %d claims, for which Medicare paid %v before replacements and voids; %d replace and %d void an earlier claim, of %d the payment was taken back\n",
		n.Written, n.Paid, n.Replaced, n.Voided, n.Reversed)
	for _, x := range []struct {
		n    int
		text string
	}{
		{b.answers.Unused(), "answers of the 835 have no claim in the files"},
		{b.answers.Repeated, "answers of the 835 are followed by a later one with the same control number, which stands"},
		{b.answers.LoneReversals, "reversals of the 835 take back a payment that is in no file"},
		{n.NoSpecialty, "lines have no specialty of the clinician, by which assignment counts; name a list by --providers"},
		{n.NoAllowed, "lines have no allowed amount on the 835"},
		{n.Rest, "claims are paid otherwise than their lines add up to: the difference stands on the first line"},
	} {
		if x.n > 0 {
			fmt.Fprintf(b.app.Err, "woodlawn: %d %s\n", x.n, x.text)
		}
	}
}
