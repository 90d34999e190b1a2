// SPDX-License-Identifier: Apache-2.0

// Package ack writes and reads acknowledgments: the TA1 of an interchange, the 999
// of a functional group (guide 005010X231A1), and the 277CA of the claims in it (guide
// 005010X214, written only). They are made from the same Report
// from which claims are kept or set aside, so what is acknowledged agrees with what is
// processed. The policy is written down in docs/reference/acknowledgments.md.
package ack

import (
	"fmt"
	"io"
	"time"

	"github.com/woodlawn-health/woodlawn/edi/emit"
	"github.com/woodlawn-health/woodlawn/edi/x12"
)

// Version is the guide of the 999s that the package writes (GS08).
const Version = "005010X231A1"

// Options of the writers.
type Options struct {
	// Control is ISA13 of the first interchange written, and GS06 of its first group;
	// each further group and interchange takes the next number.
	Control int
	// Time stands in ISA09, ISA10, GS04 and GS05.
	Time time.Time
	// Delimiters of the acknowledgment. The zero value takes those of the interchange
	// that is acknowledged, so that every value of it can be repeated.
	Delimiters emit.Delimiters
	// WholeLoops writes loop ids whole in IK303 (2010BA). The standard has room for four
	// characters (2010), but many receivers take, and expect, all six.
	WholeLoops bool
}

// Written is what a writer has written.
type Written struct {
	Interchanges int
	Transactions int // of a 999
	NextControl  int // for the next interchange
}

// WriteTA1 writes an interchange with a TA1 for each interchange of the report that
// asks for one or has an error. Text without a readable ISA has no sender to answer.
func WriteTA1(w io.Writer, rep *x12.Report, opt Options) (Written, error) {
	done := Written{NextControl: opt.Control}
	for _, ic := range rep.Interchanges {
		if isAcknowledgment(ic) || (!ic.AckRequested && !ic.Failed) {
			continue
		}
		e, v, err := open(ic, opt, done.NextControl)
		if err != nil {
			return done, err
		}
		code, note := Interchange(ic)
		e.Begin("TA1")
		e.Text(ic.ControlNumber, 9)
		e.Text(ic.Date, 6)
		e.Text(ic.Time, 4)
		e.Byte(code)
		e.ID(note, 3)
		e.End()
		v.CloseInterchange(e, 0)
		if err := done.flush(w, e, opt); err != nil {
			return done, err
		}
	}
	return done, nil
}

// Interchange is the fate of an interchange and its note code (TA104, TA105): A
// accepted, E accepted although something is wrong, R rejected. An interchange of
// which claims were kept is not rejected.
func Interchange(ic *x12.InterchangeReport) (code byte, note string) {
	code, note = 'A', "000"
	var warning string
	for i := range ic.Issues {
		issue := &ic.Issues[i]
		if !issue.Warning {
			note = noteCode(issue.Code)
			break
		}
		if warning == "" {
			warning = noteCode(issue.Code)
		}
	}
	switch {
	case ic.Failed && !keptClaims(ic):
		code = 'R'
	case ic.Failed:
		code = 'E'
	case warning != "":
		code, note = 'E', warning
	}
	if code != 'A' && note == "000" {
		note = "024" // content that is not valid, without saying more
	}
	return code, note
}

// noteCode is a code that TA105 can hold.
func noteCode(code string) string {
	if len(code) == 3 && code <= "031" && code >= "000" {
		return code
	}
	return "024"
}

func keptClaims(ic *x12.InterchangeReport) bool {
	for _, g := range ic.Groups {
		if groupKeptClaims(g) {
			return true
		}
	}
	return false
}

func groupKeptClaims(g *x12.GroupReport) bool {
	for _, t := range g.Transactions {
		if t.Accepted() > 0 {
			return true
		}
	}
	return false
}

// isAcknowledgment tells whether an interchange holds nothing but acknowledgments,
// which are never acknowledged themselves.
func isAcknowledgment(ic *x12.InterchangeReport) bool {
	for _, g := range ic.Groups {
		if g.FunctionalID != "FA" {
			return false
		}
	}
	return len(ic.Groups) > 0 || !ic.Failed
}

// open starts an interchange that answers ic, with sender and receiver swapped.
func open(ic *x12.InterchangeReport, opt Options, control int) (*emit.Encoder, *emit.Envelope, error) {
	d := opt.Delimiters
	if d == (emit.Delimiters{}) {
		got := ic.Delimiters
		d = emit.Delimiters{Element: got.Element, Component: got.Component, Repetition: got.Repetition, Segment: got.Segment}
		if d.Check() != nil {
			d = emit.Usual
		}
	}
	v := &emit.Envelope{Sender: emit.Party{Qualifier: ic.ReceiverQualifier, ID: ic.Receiver},
		Receiver: emit.Party{Qualifier: ic.SenderQualifier, ID: ic.Sender}, Control: control, Time: opt.Time, Test: ic.Usage == "T"}
	if err := v.Check(); err != nil {
		return nil, nil, fmt.Errorf("acknowledgment of interchange %s: %w", ic.ControlNumber, err)
	}
	if err := d.Check(); err != nil {
		return nil, nil, fmt.Errorf("acknowledgment of interchange %s: %w", ic.ControlNumber, err)
	}
	e := emit.NewEncoder(d)
	v.OpenInterchange(e)
	return e, v, nil
}

// flush writes an interchange that is whole.
func (done *Written) flush(w io.Writer, e *emit.Encoder, opt Options) error {
	if err := e.Err(); err != nil {
		return fmt.Errorf("acknowledgment: %w", err)
	}
	if _, err := w.Write(e.Buf); err != nil {
		return err
	}
	done.Interchanges++
	done.NextControl = next(done.NextControl, 1)
	return nil
}

// next is the control number n after c; after nine nines comes 1.
func next(c, n int) int { return (c+n-1)%999_999_999 + 1 }
