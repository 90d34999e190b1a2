// SPDX-License-Identifier: Apache-2.0

package elm

import "strings"

// calendarUnits are CQL's words for units of time, with the precision they count
// and the UCUM unit of the same length. Months and years of the calendar have no
// fixed length: they equal no UCUM unit, though they are equivalent to mo and a.
var calendarUnits = map[string]struct {
	prec Precision
	ucum string
}{
	"year": {Year, "a"}, "years": {Year, "a"},
	"month": {Month, "mo"}, "months": {Month, "mo"},
	"week": {Week, "wk"}, "weeks": {Week, "wk"},
	"day": {Day, "d"}, "days": {Day, "d"},
	"hour": {Hour, "h"}, "hours": {Hour, "h"},
	"minute": {Minute, "min"}, "minutes": {Minute, "min"},
	"second": {Second, "s"}, "seconds": {Second, "s"},
	"millisecond": {Millisecond, "ms"}, "milliseconds": {Millisecond, "ms"},
}

// timeUnits are the units that date arithmetic counts in.
var timeUnits = func() map[string]Precision {
	m := map[string]Precision{}
	for word, u := range calendarUnits {
		m[word], m[u.ucum] = u.prec, u.prec
	}
	return m
}()

// plainUnit is the unit in UCUM; an empty one is 1.
func plainUnit(u string) string {
	if u == "" {
		return "1"
	}
	if c, ok := calendarUnits[u]; ok {
		return c.ucum
	}
	return u
}

// calendarOnly tells whether a unit is a year or month of the calendar.
func calendarOnly(u string) bool {
	c, ok := calendarUnits[u]
	return ok && c.prec <= Month
}

// inUnit is the quantity's value in another unit; ok is false if the units are
// not of the same dimension.
func (q Quantity) inUnit(to string) (Decimal, bool) {
	if q.Unit == to {
		return q.Value, true
	}
	from, to2 := plainUnit(q.Unit), plainUnit(to)
	if from == to2 {
		return q.Value, true
	}
	if calendarOnly(q.Unit) && calendarOnly(to) { // 12 months are a year
		if from == "a" {
			return q.Value.Mul(DecimalOf(12))
		}
		return q.Value.Quo(DecimalOf(12))
	}
	return convertUnit(q.Value, from, to2)
}

func compareQuantity(a, b Quantity) (order int, known bool) {
	if a.Unit != b.Unit && calendarOnly(a.Unit) != calendarOnly(b.Unit) {
		return 0, false
	}
	v, ok := b.inUnit(a.Unit)
	if !ok {
		return 0, false
	}
	return a.Value.Cmp(v), true
}

func equivalentQuantities(a, b Quantity) bool {
	v, ok := b.inUnit(a.Unit)
	return ok && a.Value.Cmp(v) == 0
}

// equivalentRatios compares what the ratios amount to: 1:100 ~ 10:1000.
func (r *run) equivalentRatios(a, b *Ratio) bool {
	an, ok1 := a.Numerator.(Quantity)
	ad, ok2 := a.Denominator.(Quantity)
	bn, ok3 := b.Numerator.(Quantity)
	bd, ok4 := b.Denominator.(Quantity)
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return false
	}
	n, ok1 := bn.inUnit(an.Unit)
	d, ok2 := bd.inUnit(ad.Unit)
	if !ok1 || !ok2 {
		return false
	}
	x, ok1 := an.Value.Mul(d)
	y, ok2 := n.Mul(ad.Value)
	return ok1 && ok2 && x.Cmp(y) == 0
}

// ParseQuantity reads a decimal and an optional unit, which is a UCUM unit in
// single quotes or a calendar unit: "5.2 'mg/dL'", "3 days", "7".
func ParseQuantity(s string) (Quantity, bool) {
	s = strings.TrimSpace(s)
	end := strings.IndexFunc(s, func(c rune) bool { return !strings.ContainsRune("+-.0123456789", c) })
	if end < 0 {
		end = len(s)
	}
	v, ok := ParseDecimal(s[:end])
	if !ok {
		return Quantity{}, false
	}
	u := strings.TrimSpace(s[end:])
	switch {
	case u == "":
		return Quantity{v, "1"}, true
	case len(u) > 2 && u[0] == '\'' && u[len(u)-1] == '\'' && !strings.Contains(u[1:len(u)-1], "'"):
		return Quantity{v, u[1 : len(u)-1]}, knownUnit(u[1 : len(u)-1])
	}
	_, ok = calendarUnits[u]
	return Quantity{v, u}, ok
}

func (q Quantity) String() string {
	u := plainUnit(q.Unit)
	if _, ok := calendarUnits[q.Unit]; ok {
		return q.Value.String() + " " + q.Unit
	}
	return q.Value.String() + " '" + u + "'"
}
