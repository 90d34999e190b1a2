// SPDX-License-Identifier: Apache-2.0

// Package emit writes X12: segments, elements and components with their
// delimiters, and the envelopes around transactions. It makes sure that no data
// can be taken for a delimiter.
package emit

import (
	"fmt"
	"strconv"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// Delimiters separate the parts of an interchange.
type Delimiters struct {
	Element, Component, Repetition, Segment byte
	// NewLine puts a line feed after each segment, for people to read.
	NewLine bool
}

// Usual are the delimiters that the guides use in their examples.
var Usual = Delimiters{Element: '*', Component: ':', Repetition: '^', Segment: '~'}

// Check refuses delimiters that are equal, or that data needs.
func (d Delimiters) Check() error {
	list := [...]byte{d.Element, d.Component, d.Repetition, d.Segment}
	for i, c := range list {
		if c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == ' ' || c == '.' || c == '-' || c >= 0x7f || c == 0 {
			return fmt.Errorf("character %q cannot be a delimiter: take one that stands in no name, number or code", c)
		}
		for _, other := range list[:i] {
			if c == other {
				return fmt.Errorf("character %q is given for two delimiters", c)
			}
		}
	}
	return nil
}

// Encoder appends segments to Buf. A segment is Begin, its elements in order, End;
// empty elements at the end of a segment, and empty components at the end of an
// element, are left out as X12 asks. The first error sticks: ask Err after a unit
// of work, and use Rollback to drop what the unit has written.
type Encoder struct {
	Buf []byte
	// Count is the number of segments ended.
	Count int

	delims  Delimiters
	legal   [256]bool // characters that data may hold
	segment string
	element int
	err     error
}

// NewEncoder makes an encoder. The delimiters must pass Check.
func NewEncoder(d Delimiters) *Encoder {
	e := &Encoder{delims: d}
	for c := 0x20; c < 0x7f; c++ { // the extended character set, without the letters of other languages
		e.legal[c] = true
	}
	for _, c := range [...]byte{d.Element, d.Component, d.Repetition, d.Segment} {
		e.legal[c] = false
	}
	return e
}

// ElementError says which element cannot be written and why, without its value.
type ElementError struct {
	Segment string
	Element int
	Reason  string
}

func (e *ElementError) Error() string {
	return fmt.Sprintf("%s%02d %s", e.Segment, e.Element, e.Reason)
}

// Err is the first error since the last Rollback or Reset.
func (e *Encoder) Err() error { return e.err }

// Mark is a place to roll back to.
type Mark struct{ bytes, count int }

// Mark notes the end of what is written.
func (e *Encoder) Mark() Mark { return Mark{len(e.Buf), e.Count} }

// Rollback drops what was written after the mark, and the error.
func (e *Encoder) Rollback(m Mark) { e.Buf, e.Count, e.err = e.Buf[:m.bytes], m.count, nil }

// Fail notes an error of the element being written.
func (e *Encoder) Fail(reason string) {
	if e.err == nil {
		e.err = &ElementError{e.segment, e.element, reason}
	}
}

// Begin starts a segment.
func (e *Encoder) Begin(id string) {
	e.segment, e.element = id, 0
	e.Buf = append(e.Buf, id...)
}

// End ends the segment.
func (e *Encoder) End() {
	n := len(e.Buf)
	for n > 0 && (e.Buf[n-1] == e.delims.Component || e.Buf[n-1] == e.delims.Element) {
		n--
	}
	e.Buf = append(e.Buf[:n], e.delims.Segment)
	if e.delims.NewLine {
		e.Buf = append(e.Buf, '\n')
	}
	e.Count++
}

// next starts an element.
func (e *Encoder) next() {
	n := len(e.Buf)
	for n > 0 && e.Buf[n-1] == e.delims.Component {
		n--
	}
	e.Buf = append(e.Buf[:n], e.delims.Element)
	e.element++
}

// Skip leaves n elements empty.
func (e *Encoder) Skip(n int) {
	for ; n > 0; n-- {
		e.next()
	}
}

// ID writes an identifier or code of at most max characters. One that is too long or
// holds a delimiter or another character that X12 does not allow is refused: a
// changed identifier would be another one.
func (e *Encoder) ID(s string, max int) {
	e.next()
	e.id(s, max)
}

// Required is ID for an element that must not be empty.
func (e *Encoder) Required(s string, max int) {
	e.next()
	if s == "" {
		e.Fail("is required and has no value")
	}
	e.id(s, max)
}

// Component appends one more component to the element just written, as ID does.
func (e *Encoder) Component(s string, max int) {
	e.Buf = append(e.Buf, e.delims.Component)
	e.id(s, max)
}

func (e *Encoder) id(s string, max int) {
	if len(s) > max {
		e.Fail("is longer than " + strconv.Itoa(max) + " characters")
		return
	}
	for i := 0; i < len(s); i++ {
		if !e.legal[s[i]] {
			e.Fail("holds a delimiter or a character that X12 does not allow")
			return
		}
	}
	if s != "" && s[len(s)-1] == ' ' {
		e.Fail("ends in a blank")
		return
	}
	e.Buf = append(e.Buf, s...)
}

// Fits tells whether ID would take s.
func (e *Encoder) Fits(s string, max int) bool {
	if len(s) > max || s == "" || s[len(s)-1] == ' ' {
		return false
	}
	for i := 0; i < len(s); i++ {
		if !e.legal[s[i]] {
			return false
		}
	}
	return true
}

// ComponentInt appends a whole number as one more component; zero is empty.
func (e *Encoder) ComponentInt(n int) {
	e.Buf = append(e.Buf, e.delims.Component)
	if n != 0 {
		e.Buf = strconv.AppendInt(e.Buf, int64(n), 10)
	}
}

// Byte writes a code of one character; 0 is empty.
func (e *Encoder) Byte(c byte) {
	e.next()
	if c == 0 {
		return
	}
	if !e.legal[c] {
		e.Fail("holds a delimiter or a character that X12 does not allow")
		return
	}
	e.Buf = append(e.Buf, c)
}

// Text writes a name or other free text. Characters that may not stand in it become
// a blank, letters with accents lose them, and it is cut to max characters.
func (e *Encoder) Text(s string, max int) {
	e.next()
	e.text(s, max)
}

// TextComponent appends free text as one more component.
func (e *Encoder) TextComponent(s string, max int) {
	e.Buf = append(e.Buf, e.delims.Component)
	e.text(s, max)
}

func (e *Encoder) text(s string, max int) {
	from := len(e.Buf)
	for _, r := range s {
		if len(e.Buf)-from >= max {
			break
		}
		switch {
		case r < 0x80 && e.legal[r]:
			e.Buf = append(e.Buf, byte(r))
		case r >= 0xc0 && r <= 0xff && plain[r-0xc0] != ' ':
			e.Buf = append(e.Buf, plain[r-0xc0])
		default:
			e.Buf = append(e.Buf, ' ')
		}
	}
	for len(e.Buf) > from && e.Buf[len(e.Buf)-1] == ' ' {
		e.Buf = e.Buf[:len(e.Buf)-1]
	}
}

// plain is the letters of Latin-1 from U+00C0 on without their accents.
const plain = "AAAAAAACEEEEIIIIDNOOOOO OUUUUY saaaaaaaceeeeiiiidnooooo ouuuuy y"

// Cents writes an amount, at most 18 digits.
func (e *Encoder) Cents(c money.Cents) {
	e.next()
	if c >= 1e18 || c <= -1e18 {
		e.Fail("has more than 18 digits")
		return
	}
	e.Buf = c.AppendX12(e.Buf)
}

// CentsIf is Cents, with nothing for zero.
func (e *Encoder) CentsIf(c money.Cents) {
	if c == 0 {
		e.next()
		return
	}
	e.Cents(c)
}

// Fixed writes a decimal without needless zeros, at most 15 digits.
func (e *Encoder) Fixed(f money.Fixed) {
	e.next()
	if f.Value >= 1e15 || f.Value <= -1e15 || f.Scale > 15 {
		e.Fail("has more than 15 digits")
		return
	}
	e.Buf = money.AppendTrimmed(e.Buf, f.Value, int(f.Scale))
}

// FixedIf is Fixed, with nothing for zero.
func (e *Encoder) FixedIf(f money.Fixed) {
	if f.Value == 0 {
		e.next()
		return
	}
	e.Fixed(f)
}

// Int writes a whole number.
func (e *Encoder) Int(n int) {
	e.next()
	e.Buf = strconv.AppendInt(e.Buf, int64(n), 10)
}

// IntIf is Int, with nothing for zero.
func (e *Encoder) IntIf(n int) {
	if n == 0 {
		e.next()
		return
	}
	e.Int(n)
}

// Padded writes a number with leading zeros.
func (e *Encoder) Padded(n, width int) {
	e.next()
	digits := strconv.Itoa(n)
	for i := len(digits); i < width; i++ {
		e.Buf = append(e.Buf, '0')
	}
	e.Buf = append(e.Buf, digits...)
}

// Date writes CCYYMMDD, or nothing for no date.
func (e *Encoder) Date(d civil.Date) {
	e.next()
	if d.IsZero() {
		return
	}
	if y := d.Year(); y < 1800 || y > 2199 {
		e.Fail("is a date out of range")
		return
	}
	e.Buf = d.AppendCompact(e.Buf)
}
