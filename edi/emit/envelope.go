// SPDX-License-Identifier: Apache-2.0

package emit

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Party is one end of an interchange: the qualifier of its number (ISA05, ISA07; ZZ
// mutually defined, 30 tax number, XX NPI, ...) and the number, at most 15 characters.
type Party struct{ Qualifier, ID string }

// Envelope is an ISA and GS with their ends. One group fills an interchange.
type Envelope struct {
	Sender, Receiver Party
	// GroupSender and GroupReceiver are GS02 and GS03; empty takes the parties' numbers.
	GroupSender, GroupReceiver string
	Control                    int // ISA13, 1 to 999,999,999, new for every interchange
	Group                      int // GS06, 1 to 999,999,999; 0 takes Control
	Time                       time.Time
	Test                       bool // ISA15
	AckRequested               bool // ISA14: ask for a TA1
}

// Check refuses an envelope that could not be written whole.
func (v *Envelope) Check() error {
	for _, p := range []struct {
		name string
		p    Party
	}{{"sender", v.Sender}, {"receiver", v.Receiver}} {
		if len(p.p.Qualifier) != 2 || p.p.ID == "" || len(p.p.ID) > 15 {
			return fmt.Errorf("the interchange's %s needs a qualifier of two characters and a number of 1 to 15", p.name)
		}
	}
	if v.Control < 1 || v.Control > 999_999_999 || v.Group < 0 || v.Group > 999_999_999 {
		return errors.New("the control numbers of interchange and group run from 1 to 999999999")
	}
	if v.Time.IsZero() {
		return errors.New("the interchange needs its date and time")
	}
	return nil
}

// OpenInterchange writes the ISA.
func (v *Envelope) OpenInterchange(e *Encoder) {
	d := e.delims
	e.Begin("ISA")
	fixed := func(s string, width int) {
		e.id(s, width)
		e.Buf = append(e.Buf, strings.Repeat(" ", max(0, width-len(s)))...)
	}
	for _, f := range []struct {
		s     string
		width int
	}{{"00", 2}, {"", 10}, {"00", 2}, {"", 10}, {v.Sender.Qualifier, 2}, {v.Sender.ID, 15}, {v.Receiver.Qualifier, 2},
		{v.Receiver.ID, 15}, {v.Time.Format("060102"), 6}, {v.Time.Format("1504"), 4}} {
		e.next()
		fixed(f.s, f.width)
	}
	e.next()
	e.Buf = append(e.Buf, d.Repetition)
	e.ID("00501", 5)
	e.Padded(v.Control, 9)
	e.Byte(choose(v.AckRequested, '1', '0'))
	e.Byte(choose(v.Test, 'T', 'P'))
	e.next()
	e.Buf = append(e.Buf, d.Component, d.Segment)
	if d.NewLine {
		e.Buf = append(e.Buf, '\n')
	}
	e.Count++
}

// OpenGroup writes the GS: the functional identifier (HP, FA, HN) and the guide's version.
func (v *Envelope) OpenGroup(e *Encoder, functional, version string) {
	e.Begin("GS")
	e.Required(functional, 2)
	e.Required(or(v.GroupSender, v.Sender.ID), 15)
	e.Required(or(v.GroupReceiver, v.Receiver.ID), 15)
	e.ID(v.Time.Format("20060102"), 8)
	e.ID(v.Time.Format("150405"), 6)
	e.Int(v.group())
	e.ID("X", 1)
	e.Required(version, 12)
	e.End()
}

// CloseGroup writes the GE with the number of transactions.
func (v *Envelope) CloseGroup(e *Encoder, transactions int) {
	e.Begin("GE")
	e.Int(transactions)
	e.Int(v.group())
	e.End()
}

// CloseInterchange writes the IEA with the number of groups.
func (v *Envelope) CloseInterchange(e *Encoder, groups int) {
	e.Begin("IEA")
	e.Int(groups)
	e.Padded(v.Control, 9)
	e.End()
}

func (v *Envelope) group() int {
	if v.Group == 0 {
		return v.Control
	}
	return v.Group
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func choose(b bool, yes, no byte) byte {
	if b {
		return yes
	}
	return no
}
