// SPDX-License-Identifier: Apache-2.0

package remit835

import (
	"bytes"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/edi/x12"
)

// raw is the n-th element, empty if there is none.
func (r *Reader) raw(n int) []byte {
	if n < len(r.el) {
		return r.el[n]
	}
	return nil
}

// text is the n-th element without the blanks around it.
func (r *Reader) text(n int) string { return string(bytes.TrimSpace(r.raw(n))) }

func (r *Reader) byte(n int) byte {
	if b := r.raw(n); len(b) > 0 {
		return b[0]
	}
	return 0
}

// required is text, with an issue if it is empty.
func (r *Reader) required(n, dataElement int) string {
	s := r.text(n)
	if s == "" {
		r.element(n, dataElement, "1", "a required element has no value", "give it")
	}
	return s
}

// cents is an amount; nothing is zero.
func (r *Reader) cents(n int) money.Cents {
	b := bytes.TrimSpace(r.raw(n))
	if len(b) == 0 {
		return 0
	}
	c, err := money.ParseCents(b)
	if err != nil || c > maxRead || c < -maxRead {
		r.element(n, 782, "6", "an amount is no decimal number with at most two decimals", "write it as 1234.5")
		return 0
	}
	return c
}

// maxRead bounds amounts so that sums over a file cannot overflow: a trillion dollars.
const maxRead = 1e14

// fixed is a decimal with as many decimals as it came with; nothing is zero.
func (r *Reader) fixed(n int) money.Fixed { return r.parseFixed(n, r.raw(n)) }

func (r *Reader) parseFixed(n int, b []byte) money.Fixed {
	b = bytes.TrimSpace(b)
	if len(b) == 0 {
		return money.Fixed{}
	}
	scale := 0
	if i := bytes.IndexByte(b, '.'); i >= 0 {
		b = bytes.TrimRight(b, "0")
		scale = len(b) - i - 1
	}
	if scale > 9 {
		r.element(n, 380, "5", "a quantity has more than nine decimals", "write it with fewer")
		return money.Fixed{}
	}
	if scale == 0 {
		b = bytes.TrimSuffix(b, []byte("."))
	}
	f, err := money.ParseFixed(b, uint8(scale))
	if err != nil || f.Value > 1e15 || f.Value < -1e15 {
		r.element(n, 380, "6", "a quantity is no decimal number", "write it as 12.5")
		return money.Fixed{}
	}
	if f.Value == 0 {
		f.Scale = 0
	}
	return f
}

// int is a whole number; nothing is zero. A number that came with decimals keeps the
// whole part, if nothing is lost by it.
func (r *Reader) int(n int) int {
	f := r.fixed(n)
	if f.Scale != 0 || f.Value > 1e9 || f.Value < -1e9 {
		r.element(n, 380, "6", "a count is no whole number", "write it without decimals")
		return 0
	}
	return int(f.Value)
}

// date is CCYYMMDD; what is no date is said and left out.
func (r *Reader) date(n int) civil.Date {
	b := bytes.TrimSpace(r.raw(n))
	if len(b) == 0 {
		return 0
	}
	d, err := civil.ParseCompact(b)
	if err != nil {
		r.raise(x12.Issue{Level: x12.ElementLevel, Rule: "835." + string(r.el[0]) + ".date", Code: "8", Warning: true, Element: n,
			DataElement: 373, Value: clip(string(b)), Message: "a date is none of the calendar; it is left out", Remedy: "write it as CCYYMMDD"})
		return 0
	}
	return d
}

// components takes an element apart.
func (r *Reader) components(n int) []string {
	b := r.raw(n)
	if len(b) == 0 {
		return nil
	}
	return strings.Split(string(b), string(r.seg.Delimiters.Component))
}

func (r *Reader) element(n, dataElement int, code, message, remedy string) {
	r.raise(x12.Issue{Level: x12.ElementLevel, Rule: "835." + clip(string(r.el[0])) + ".element", Code: code, Element: n,
		DataElement: dataElement, Value: clip(r.text(n)), Message: message, Remedy: remedy})
}

func clip(s string) string { return s[:min(len(s), 99)] }
