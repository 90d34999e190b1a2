// SPDX-License-Identifier: Apache-2.0

package patientaccess

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// writer appends JSON. FHIR knows no empty objects, arrays or strings, so a member
// without content is not written.
type writer struct {
	b     []byte
	depth int // objects and arrays that are open
}

// separate puts a comma unless a value is the first of its object or array.
func (w *writer) separate() {
	if w.depth == 0 {
		return
	}
	if last := w.b[len(w.b)-1]; last != '{' && last != '[' {
		w.b = append(w.b, ',')
	}
}

func (w *writer) name(name string) {
	w.separate()
	w.b = append(w.b, '"')
	w.b = append(w.b, name...)
	w.b = append(w.b, '"', ':')
}

// object writes a member that is an object.
func (w *writer) object(name string, body func()) {
	before := len(w.b)
	w.name(name)
	w.within(before, '{', '}', body)
}

// array writes a member that is an array.
func (w *writer) array(name string, body func()) {
	before := len(w.b)
	w.name(name)
	w.within(before, '[', ']', body)
}

// element writes an object that is an item of an array, or a resource.
func (w *writer) element(body func()) {
	before := len(w.b)
	w.separate()
	w.within(before, '{', '}', body)
}

func (w *writer) within(before int, open, end byte, body func()) {
	w.b = append(w.b, open)
	start := len(w.b)
	w.depth++
	body()
	w.depth--
	if len(w.b) == start {
		w.b = w.b[:before]
		return
	}
	w.b = append(w.b, end)
}

// text writes a member that is a string, without the white space around it, which
// FHIR does not allow.
func (w *writer) text(name, value string) {
	if value = strings.TrimSpace(value); value != "" {
		w.name(name)
		w.quote(value)
	}
}

// string writes an item of an array that is a string.
func (w *writer) string(value string) {
	if value = strings.TrimSpace(value); value != "" {
		w.separate()
		w.quote(value)
	}
}

func (w *writer) int(name string, n int) {
	w.name(name)
	w.b = strconv.AppendInt(w.b, int64(n), 10)
}

// ints writes an array of numbers.
func (w *writer) ints(name string, list []int) {
	w.array(name, func() {
		for _, n := range list {
			w.separate()
			w.b = strconv.AppendInt(w.b, int64(n), 10)
		}
	})
}

func (w *writer) bool(name string, v bool) {
	w.name(name)
	w.b = strconv.AppendBool(w.b, v)
}

func (w *writer) date(name string, d civil.Date) {
	if !d.IsZero() {
		w.text(name, d.String())
	}
}

// period writes a Period; one day has both ends.
func (w *writer) period(name string, from, through civil.Date) {
	w.object(name, func() {
		w.date("start", from)
		w.date("end", through)
	})
}

// decimal writes a number without zeros at its end.
func (w *writer) decimal(name string, f money.Fixed) {
	w.name(name)
	w.b = money.AppendTrimmed(w.b, f.Value, int(f.Scale))
}

// money writes an amount of US dollars.
func (w *writer) money(name string, c money.Cents) {
	w.object(name, func() {
		w.name("value")
		w.b = c.Append(w.b)
		w.text("currency", "USD")
	})
}

// coding writes an item of a coding array.
func (w *writer) coding(system, code string) {
	w.element(func() {
		w.text("system", system)
		w.text("code", code)
	})
}

// concept writes a CodeableConcept of one code.
func (w *writer) concept(name, system, code string) {
	w.object(name, func() { w.codings(system, code) })
}

func (w *writer) codings(system, code string) {
	w.array("coding", func() { w.coding(system, code) })
}

// reference writes a literal reference.
func (w *writer) reference(name, to string) {
	w.object(name, func() { w.text("reference", to) })
}

// absent says that a value that the profile asks for is not known.
func (w *writer) absent() {
	w.array("extension", func() {
		w.element(func() {
			w.text("url", dataAbsentReason)
			w.text("valueCode", "unknown")
		})
	})
}

// quote writes a JSON string; bytes that are no UTF-8, and control characters that
// FHIR does not allow, become U+FFFD.
func (w *writer) quote(s string) {
	w.b = append(w.b, '"')
	plain := 0 // where the run of bytes begins that are written as they are
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' {
			i++
			continue
		}
		w.b = append(w.b, s[plain:i]...)
		n := 1
		switch {
		case c == '"' || c == '\\':
			w.b = append(w.b, '\\', c)
		case c == '\n':
			w.b = append(w.b, '\\', 'n')
		case c == '\r':
			w.b = append(w.b, '\\', 'r')
		case c == '\t':
			w.b = append(w.b, '\\', 't')
		case c < ' ':
			w.b = utf8.AppendRune(w.b, utf8.RuneError)
		default:
			var r rune
			r, n = utf8.DecodeRuneInString(s[i:])
			w.b = utf8.AppendRune(w.b, r)
		}
		i += n
		plain = i
	}
	w.b = append(w.b, s[plain:]...)
	w.b = append(w.b, '"')
}
