// SPDX-License-Identifier: Apache-2.0

package emit

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

func TestSegments(t *testing.T) {
	e := NewEncoder(Usual)
	e.Begin("XYZ")
	e.ID("A", 3)
	e.Component("B", 3)
	e.Component("", 3)
	e.Skip(2)
	e.Cents(-310)
	e.CentsIf(0)
	e.Fixed(money.Fixed{Value: 1500, Scale: 3})
	e.FixedIf(money.Fixed{})
	e.Int(0)
	e.IntIf(0)
	e.Padded(7, 4)
	e.Date(civil.Of(2026, 1, 5))
	e.Byte('Q')
	e.Text("José Ångström*~\n", 60)
	e.Text("cut here", 3)
	e.Skip(3)
	e.End()
	if got, want := string(e.Buf), "XYZ*A:B***-3.1**1.5**0**0007*20260105*Q*Jose Angstrom*cut~"; got != want || e.Err() != nil || e.Count != 1 {
		t.Errorf("have %s\nwant %s, %v", got, want, e.Err())
	}
}

func TestRefusals(t *testing.T) {
	for name, write := range map[string]func(e *Encoder){
		"delimiter":         func(e *Encoder) { e.ID("A:B", 9) },
		"control character": func(e *Encoder) { e.ID("A\x01", 9) },
		"too long":          func(e *Encoder) { e.ID("ABCD", 3) },
		"blank at the end":  func(e *Encoder) { e.ID("A ", 3) },
		"nothing":           func(e *Encoder) { e.Required("", 3) },
		"too much":          func(e *Encoder) { e.Cents(1e18) },
		"far date":          func(e *Encoder) { e.Date(civil.Of(2500, 1, 1)) },
	} {
		e := NewEncoder(Usual)
		mark := e.Mark()
		e.Begin("ABC")
		e.Skip(1)
		write(e)
		e.End()
		var at *ElementError
		if !errors.As(e.Err(), &at) || at.Segment != "ABC" || at.Element != 2 {
			t.Errorf("%s: %v", name, e.Err())
		}
		if e.Rollback(mark); len(e.Buf) != 0 || e.Count != 0 || e.Err() != nil {
			t.Errorf("%s: something is left", name)
		}
	}
}

// Whatever text is written, the segment has the elements that were meant.
func TestTextNeverBreaksASegment(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := NewEncoder(Usual)
		e.Begin("N1")
		e.Text(rapid.String().Draw(t, "text"), rapid.IntRange(0, 60).Draw(t, "max"))
		e.ID("X", 1)
		e.End()
		if strings.Count(string(e.Buf), "*") != 2 || strings.ContainsAny(string(e.Buf), ":^\r\n") || strings.Index(string(e.Buf), "~") != len(e.Buf)-1 {
			t.Fatalf("%q", e.Buf)
		}
	})
}

func TestEnvelope(t *testing.T) {
	v := Envelope{Sender: Party{"ZZ", "A"}, Receiver: Party{"30", "521234567"}, Control: 9, Time: time.Date(2026, 1, 5, 8, 30, 0, 0, time.UTC)}
	if err := v.Check(); err != nil {
		t.Fatal(err)
	}
	e := NewEncoder(Usual)
	v.OpenInterchange(e)
	if len(e.Buf) != 106 || e.Err() != nil {
		t.Errorf("the ISA has %d bytes: %s, %v", len(e.Buf), e.Buf, e.Err())
	}
	v.Sender.ID = strings.Repeat("9", 16)
	if v.Check() == nil {
		t.Error("a sender of 16 characters is taken")
	}
}

func TestSpool(t *testing.T) {
	s := Spool{Dir: t.TempDir()}
	defer s.Close()
	var chunks []Chunk
	for _, text := range []string{"one ", "two ", "three"} {
		c, err := s.Put([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		chunks = append(chunks, c)
	}
	var b bytes.Buffer
	if err := s.Copy(&b, []Chunk{chunks[2], chunks[0]}); err != nil || b.String() != "threeone " {
		t.Errorf("%q, %v", b.String(), err)
	}
	r, err := s.Reader(chunks)
	if err != nil {
		t.Fatal(err)
	}
	if all, err := io.ReadAll(r); err != nil || string(all) != "one two three" {
		t.Errorf("%q, %v", all, err)
	}
}
