// SPDX-License-Identifier: Apache-2.0

package ack

import (
	"bufio"
	"bytes"
	"cmp"
	"io"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/edi/emit"
	"github.com/woodlawn-health/woodlawn/edi/x12"
)

// group writes an interchange that answers a group of claims.
func (w *Claims) group(out io.Writer, ic *x12.InterchangeReport, g *x12.GroupReport, list []answer, done *Written) error {
	e, v, err := open(ic, w.opt.Options, done.NextControl)
	if err != nil {
		return err
	}
	v.GroupSender, v.GroupReceiver = g.Receiver, g.Sender
	v.OpenGroup(e, "HN", ClaimsVersion)
	buffered := bufio.NewWriterSize(out, 256<<10)
	for i, a := range list {
		if err := w.transaction(buffered, e, a.claims, a.report, i+1, g.Sender, done.NextControl); err != nil {
			return err
		}
		done.Transactions++
	}
	v.CloseGroup(e, len(list))
	v.CloseInterchange(e, 1)
	if err := done.flush(buffered, e, w.opt.Options); err != nil {
		return err
	}
	return buffered.Flush()
}

// transaction writes the 277 of one transaction of claims.
func (w *Claims) transaction(out io.Writer, e *emit.Encoder, tx *claimsTx, t *x12.TransactionReport, number int, submitter string, control int) error {
	first := e.Count
	e.Begin("ST")
	e.ID("277", 3)
	e.Padded(number, 4)
	e.ID(ClaimsVersion, 35)
	e.End()
	e.Begin("BHT")
	e.ID("0085", 4)
	e.ID("08", 2)
	e.Int(control)
	e.Date(civil.FromTime(w.opt.Time))
	e.ID(w.opt.Time.Format("1504"), 8)
	e.ID("TH", 2)
	e.End()
	w.source(e, control)
	w.receiver(e, tx, t, submitter)
	level := 2
	for _, p := range tx.providers {
		level++
		w.provider(e, p, level)
		provider := level
		var err error
		if level, err = w.claims(out, e, p, provider); err != nil {
			return err
		}
	}
	e.Begin("SE")
	e.Int(e.Count - first + 1)
	e.Padded(number, 4)
	e.End()
	return nil
}

func writeLevel(e *emit.Encoder, number, parent int, code string, children bool) {
	e.Begin("HL")
	e.Int(number)
	e.IntIf(parent)
	e.ID(code, 2)
	if children {
		e.ID("1", 1)
	}
	e.End()
}

// source writes level 20: the payer that answers.
func (w *Claims) source(e *emit.Encoder, control int) {
	writeLevel(e, 1, 0, "20", true)
	e.Begin("NM1")
	e.ID("PR", 3)
	e.ID("2", 1)
	e.Text(w.opt.Payer.Name, 60)
	e.Skip(4)
	if w.opt.Payer.IDKind == "" {
		e.ID("PI", 2)
	} else {
		e.ID(w.opt.Payer.IDKind, 2)
	}
	e.ID(w.opt.Payer.ID, 80)
	e.End()
	e.Begin("TRN")
	e.ID("1", 2)
	e.Int(control)
	e.End()
	for _, d := range [...]struct {
		qualifier string
		day       civil.Date
	}{{"050", w.opt.Received}, {"009", w.opt.Processed}} {
		e.Begin("DTP")
		e.ID(d.qualifier, 3)
		e.ID("D8", 3)
		e.Date(d.day)
		e.End()
	}
}

// receiver writes level 21: who sent the claims, and what became of all of them. TRN02
// repeats the sender's number of the batch.
func (w *Claims) receiver(e *emit.Encoder, tx *claimsTx, t *x12.TransactionReport, submitter string) {
	writeLevel(e, 2, 1, "21", true)
	e.Begin("NM1")
	e.ID("41", 3)
	e.ID("2", 1)
	e.Text(cmp.Or(w.opt.Submitter, submitter), 60)
	e.Skip(4)
	e.ID("46", 2)
	e.Text(submitter, 80)
	e.End()
	e.Begin("TRN")
	e.ID("2", 2)
	if t.Reference != "" {
		e.Text(t.Reference, 50)
	} else {
		e.Text(t.ControlNumber, 50)
	}
	e.End()
	writeStatus(e, []Status{{"A1", "19", "PR"}}, w.opt.Processed, true, tx.acceptedCharges+tx.rejectedCharges)
	tx.write(e, "90", "AA")
}

// write writes the counts and charges of the claims accepted and rejected.
func (t *tally) write(e *emit.Encoder, accepted, rejected string) {
	for _, q := range [...]struct {
		qualifier string
		n         int
	}{{accepted, t.accepted}, {rejected, t.rejected}} {
		if q.n > 0 {
			e.Begin("QTY")
			e.ID(q.qualifier, 2)
			e.Int(q.n)
			e.End()
		}
	}
	if t.accepted > 0 {
		e.Begin("AMT")
		e.ID("YU", 3)
		e.Cents(t.acceptedCharges)
		e.End()
	}
	if t.rejected > 0 {
		e.Begin("AMT")
		e.ID("YY", 3)
		e.Cents(t.rejectedCharges)
		e.End()
	}
}

// provider writes level 19: a billing provider with its totals.
func (w *Claims) provider(e *emit.Encoder, p *providerClaims, level int) {
	writeLevel(e, level, 2, "19", true)
	e.Begin("NM1")
	e.ID("85", 3)
	if p.provider.Organization || p.provider.Name.First == "" {
		e.ID("2", 1)
	} else {
		e.ID("1", 1)
	}
	e.Text(p.provider.Name.Last, 60)
	e.Text(p.provider.Name.First, 35)
	e.Text(p.provider.Name.Middle, 25)
	e.Skip(1)
	e.Text(p.provider.Name.Suffix, 10)
	if p.provider.NPI != "" {
		e.ID("XX", 2)
		e.Text(p.provider.NPI, 80)
	}
	e.End()
	e.Begin("TRN")
	e.ID("1", 2)
	e.ID("0", 50)
	e.End()
	p.tally.write(e, "QA", "QC")
}

// claims writes the claims of a provider, each with its HL, and returns the last level's
// number.
func (w *Claims) claims(out io.Writer, e *emit.Encoder, p *providerClaims, provider int) (int, error) {
	spooled, err := w.spool.Reader(p.chunks)
	if err != nil {
		return provider, err
	}
	in := bufio.NewReaderSize(io.MultiReader(spooled, bytes.NewReader(p.buf)), 64<<10)
	level := provider
	for _, c := range p.claims {
		level++
		writeLevel(e, level, provider, "PT", false)
		n := len(e.Buf)
		e.Buf = append(e.Buf, make([]byte, c.bytes)...)
		if _, err := io.ReadFull(in, e.Buf[n:]); err != nil {
			return level, err
		}
		e.Count += int(c.segments)
		if len(e.Buf) > 64<<10 && e.Err() == nil {
			if _, err := out.Write(e.Buf); err != nil {
				return level, err
			}
			e.Buf = e.Buf[:0]
		}
	}
	return level, nil
}
