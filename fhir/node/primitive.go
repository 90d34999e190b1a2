// SPDX-License-Identifier: Apache-2.0

package node

import (
	"github.com/woodlawn-health/woodlawn/fhir/datetime"
	"github.com/woodlawn-health/woodlawn/fhir/decimal"
)

// HasValue tells whether the element is a primitive with a value.
func (n Node) HasValue() bool {
	k := n.Kind()
	return k >= False && k <= String
}

// Text is the text of a primitive: a string without its quotes and escapes, a
// number or boolean as it is written. It is empty for anything else.
func (n Node) Text() string {
	if !n.HasValue() {
		return ""
	}
	return string(n.AppendText(nil))
}

// AppendText appends the text of a primitive.
func (n Node) AppendText(dst []byte) []byte {
	if !n.HasValue() {
		return dst
	}
	raw, esc := n.inside()
	if esc {
		return unescape(dst, raw)
	}
	return append(dst, raw...)
}

// inside is the source of a primitive, without quotes.
func (n Node) inside() (raw []byte, esc bool) {
	e := &n.doc.tape[n.val]
	if e.kind == String {
		return n.doc.src[e.start+1 : e.end-1], e.flags&escaped != 0
	}
	return n.doc.src[e.start:e.end], false
}

// Is tells whether the element is a primitive with this text. It does not allocate.
func (n Node) Is(text string) bool {
	if !n.HasValue() {
		return false
	}
	raw, esc := n.inside()
	if !esc {
		return string(raw) == text
	}
	var buf [64]byte
	return string(unescape(buf[:0], raw)) == text
}

// Bool is the value of a boolean; ok is false for anything else.
func (n Node) Bool() (value, ok bool) {
	switch n.Kind() {
	case True:
		return true, true
	case False:
		return false, true
	}
	return false, false
}

// Int is the value of a whole number without point or exponent that fits 64 bits.
func (n Node) Int() (value int64, ok bool) {
	if n.Kind() != Number {
		return 0, false
	}
	raw, _ := n.inside()
	neg := raw[0] == '-'
	if neg {
		raw = raw[1:]
	}
	for _, c := range raw {
		digit := int64(c) - '0'
		if digit < 0 || digit > 9 || value > (1<<63-1-digit)/10 {
			return 0, false
		}
		value = value*10 + digit
	}
	if neg {
		value = -value
	}
	return value, true
}

// Decimal is the exact value of a number, with the precision that it is written in.
func (n Node) Decimal() (value decimal.Decimal, ok bool) {
	if n.Kind() != Number {
		return value, false
	}
	raw, _ := n.inside()
	value, err := decimal.Parse(string(raw))
	return value, err == nil
}

// DateTime is the value of a date, dateTime or instant, as precise as it is written.
func (n Node) DateTime() (value datetime.DateTime, ok bool) {
	if n.Kind() != String {
		return value, false
	}
	raw, esc := n.inside()
	if esc {
		return value, false
	}
	value, err := datetime.Parse(string(raw))
	return value, err == nil
}

// Time is the value of a time of day, as precise as it is written.
func (n Node) Time() (value datetime.DateTime, ok bool) {
	if n.Kind() != String {
		return value, false
	}
	raw, esc := n.inside()
	if esc {
		return value, false
	}
	value, err := datetime.ParseTime(string(raw))
	return value, err == nil
}
