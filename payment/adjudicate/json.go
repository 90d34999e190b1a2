// SPDX-License-Identifier: Apache-2.0

package adjudicate

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// AppendJSON appends the result as one line of JSON, without the line's end.
// Amounts are JSON numbers of dollars with two decimals. It is written by hand
// because every claim of a file passes through it.
func (r *Result) AppendJSON(b []byte) []byte {
	w := object{b: append(b, '{')}
	w.text("claim_id", r.ClaimID)
	w.number("index", int64(r.Index))
	w.text("form", r.Form.String())
	w.text("status", r.Status.String())
	w.text("system", r.System)
	w.text("service_date", r.ServiceDate.String())
	w.texts("reasons", r.Reasons)
	w.cents("charge", r.Charge)
	if r.Status == Paid {
		w.cents("allowed", r.Allowed)
		w.cents("deductible", r.Deductible)
		w.cents("coinsurance", r.Coinsurance)
		w.cents("sequestration", r.Sequestration)
		w.optional("primary_paid", r.PrimaryPaid)
		w.optional("paid_to_patient", r.PaidToPatient)
		w.cents("patient_owes", r.PatientOwes)
		w.cents("paid", r.Paid)
		w.text("control_number", r.Payment.ControlNumber)
	}
	w.flag("unverified", r.Unverified)
	w.adjustments(r.Payment.Adjustments)
	if len(r.Lines) > 0 {
		w.key("lines")
		w.b = append(w.b, '[')
		for i := range r.Lines {
			if i > 0 {
				w.b = append(w.b, ',')
			}
			w.b = r.Lines[i].appendJSON(w.b, r.Status == Paid)
		}
		w.b = append(w.b, ']')
	}
	if r.Inpatient != nil {
		w.value("inpatient", r.Inpatient)
	}
	if r.Trace != nil {
		w.value("trace", r.Trace.Steps)
	}
	return append(w.b, '}')
}

func (l *LineResult) appendJSON(b []byte, paid bool) []byte {
	w := object{b: append(b, '{')}
	w.number("line", int64(l.Number))
	w.text("procedure", l.Procedure)
	n := 0
	for n < len(l.Modifiers) && l.Modifiers[n] != "" {
		n++
	}
	w.texts("modifiers", l.Modifiers[:n])
	w.cents("charge", l.Charge)
	w.key("units")
	w.b = money.AppendTrimmed(w.b, l.Units.Value, int(l.Units.Scale))
	w.text("status", l.Status)
	w.text("carrier", l.Carrier)
	w.text("locality", l.Locality)
	w.flag("facility", l.Facility)
	w.optional("fee_schedule", l.FeeSchedule)
	w.optional("limiting_charge", l.Limiting)
	if paid {
		w.cents("allowed", l.Allowed)
		w.cents("deductible", l.Share.Deductible)
		w.cents("coinsurance", l.Share.Coinsurance)
		w.optional("mips", l.Share.MIPS)
		w.cents("sequestration", l.Share.Sequestration)
		w.cents("paid", l.Share.Paid)
	}
	w.adjustments(l.Adjustments)
	w.texts("remarks", l.Remarks)
	w.text("reason", l.Reason)
	return append(w.b, '}')
}

// object appends the members of one JSON object; members without content are
// left out, except amounts.
type object struct {
	b    []byte
	more bool
}

func (w *object) key(name string) {
	if w.more {
		w.b = append(w.b, ',')
	}
	w.more = true
	w.b = append(w.b, '"')
	w.b = append(w.b, name...)
	w.b = append(w.b, '"', ':')
}

func (w *object) text(name, value string) {
	if value != "" {
		w.key(name)
		w.b = appendString(w.b, value)
	}
}

func (w *object) texts(name string, values []string) {
	if len(values) == 0 {
		return
	}
	w.key(name)
	w.b = append(w.b, '[')
	for i, v := range values {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		w.b = appendString(w.b, v)
	}
	w.b = append(w.b, ']')
}

func (w *object) number(name string, v int64) {
	w.key(name)
	w.b = strconv.AppendInt(w.b, v, 10)
}

func (w *object) cents(name string, v money.Cents) {
	w.key(name)
	w.b = v.Append(w.b)
}

func (w *object) optional(name string, v money.Cents) {
	if v != 0 {
		w.cents(name, v)
	}
}

func (w *object) flag(name string, v bool) {
	if v {
		w.key(name)
		w.b = append(w.b, "true"...)
	}
}

func (w *object) adjustments(list []claim.Adjustment) {
	if len(list) == 0 {
		return
	}
	w.key("adjustments")
	w.b = append(w.b, '[')
	for i, a := range list {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		m := object{b: append(w.b, '{')}
		m.text("group", a.Group.Code())
		m.text("reason", a.Reason)
		m.cents("amount", a.Amount)
		w.b = append(m.b, '}')
	}
	w.b = append(w.b, ']')
}

// value appends what encoding/json makes of v. It is for rare members whose type
// knows its own JSON; one that can't be marshalled would be an error of the program.
func (w *object) value(name string, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		panic("adjudicate: " + err.Error())
	}
	w.key(name)
	w.b = append(w.b, text...)
}

// appendString appends a JSON string; bytes that are no UTF-8 become U+FFFD.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
			i++
		case c < 0x20:
			const hex = "0123456789abcdef"
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			i++
		case c < utf8.RuneSelf:
			b = append(b, c)
			i++
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			b = utf8.AppendRune(b, r)
			i += n
		}
	}
	return append(b, '"')
}
