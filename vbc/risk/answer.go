// SPDX-License-Identifier: Apache-2.0

package risk

import (
	"encoding/json"
	"strconv"

	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
)

// AppendAnswer appends the answer to a line as one JSON object without line end.
func (m *Model) AppendAnswer(b []byte, l *Line, r *Result, t *trace.Trace) []byte {
	b = append(b, '{')
	if l.ID != "" {
		b = append(append(b, `"id":`...), l.ID...)
		b = append(b, ',')
	}
	b = append(b, `"model":`...)
	b = strconv.AppendQuote(b, m.Name)
	b = append(b, `,"payment_year":`...)
	b = strconv.AppendInt(b, int64(m.Year), 10)
	b = append(b, `,"segment":"`...)
	b = append(b, r.Segment...)
	b = append(b, `","risk_score":`...)
	b = money.AppendTrimmed(b, r.Score, 3)
	b = append(b, `,"hccs":[`...)
	for i, h := range r.HCCs {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), h...), '"')
	}
	b = append(b, `],"terms":[`...)
	for i, term := range r.Terms {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, `{"name":"`...), term.Name...), `","coefficient":`...)
		b = append(money.AppendTrimmed(b, term.Coefficient, 3), '}')
	}
	b = append(b, `],"verified":`...)
	b = strconv.AppendBool(b, r.Verified)
	if r.PaymentKnown {
		b = append(b, `,"payment_score":`...)
		b = money.AppendTrimmed(b, r.Payment, 3)
		b = append(b, `,"payment_verified":`...)
		b = strconv.AppendBool(b, m.Factors.Verified)
	}
	if t.On() {
		if steps, err := json.Marshal(t.Steps); err == nil {
			b = append(append(b, `,"trace":`...), steps...)
		}
	}
	return append(b, '}')
}

// appendError appends what is wrong with a line as one JSON object.
func appendError(b []byte, l *Line, number int, err error) []byte {
	b = append(b, '{')
	if l.ID != "" {
		b = append(append(b, `"id":`...), l.ID...)
		b = append(b, ',')
	}
	b = append(b, `"line":`...)
	b = strconv.AppendInt(b, int64(number), 10)
	b = append(b, `,"error":`...)
	text, _ := json.Marshal(err.Error())
	return append(append(b, text...), '}')
}
