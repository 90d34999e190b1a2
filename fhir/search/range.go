// SPDX-License-Identifier: Apache-2.0

package search

import (
	"math"
	"math/big"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/datetime"
	"github.com/woodlawn-health/woodlawn/fhir/decimal"
	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/path"
	"github.com/woodlawn-health/woodlawn/terminology/ucum"
)

// The ends of time, for periods that have no start or end.
const (
	beginning int64 = math.MinInt64
	ending    int64 = math.MaxInt64
)

// span is the time that a value of its precision may mean, in microseconds, both
// ends within. A time without zone is taken as UTC.
func span(d datetime.DateTime) (lo, hi int64) {
	from := d.Time(time.UTC)
	to := from
	switch d.Precision {
	case datetime.Year:
		to = from.AddDate(1, 0, 0)
	case datetime.Month:
		to = from.AddDate(0, 1, 0)
	case datetime.Day:
		to = from.AddDate(0, 0, 1)
	case datetime.Hour:
		to = from.Add(time.Hour)
	case datetime.Minute:
		to = from.Add(time.Minute)
	case datetime.Second:
		to = from.Add(time.Second)
	default:
		unit := time.Second
		for i := uint8(0); i < d.Digits && unit > time.Microsecond; i++ {
			unit /= 10
		}
		to = from.Add(unit)
	}
	return from.UnixMicro(), to.UnixMicro() - 1
}

// dateSpan is the time that a date, Period or Timing covers.
func dateSpan(v path.Value) (lo, hi int64, ok bool) {
	n := v.Node()
	if n.Kind() != node.Object {
		d, ok := v.DateTime()
		if !ok || d.Clock {
			return 0, 0, false
		}
		lo, hi = span(d)
		return lo, hi, true
	}
	switch typeName(v) {
	case "Period":
		return periodSpan(n)
	case "Timing":
		return timingSpan(n)
	}
	return 0, 0, false
}

func periodSpan(n node.Node) (lo, hi int64, ok bool) {
	lo, hi = beginning, ending
	if d, good := n.Get("start").DateTime(); good {
		lo, _ = span(d)
		ok = true
	}
	if d, good := n.Get("end").DateTime(); good {
		_, hi = span(d)
		ok = true
	}
	return lo, hi, ok && lo <= hi
}

// timingSpan is from the first to the last event that a Timing names.
func timingSpan(n node.Node) (lo, hi int64, ok bool) {
	lo, hi = ending, beginning
	for e := range n.Get("event").Items() {
		if d, good := e.DateTime(); good {
			from, to := span(d)
			lo, hi, ok = min(lo, from), max(hi, to), true
		}
	}
	if from, to, good := periodSpan(n.Get("repeat").Get("boundsPeriod")); good {
		lo, hi, ok = min(lo, from), max(hi, to), true
	}
	return lo, hi, ok
}

// float is the nearest float64 of a fraction. Order is kept: a larger fraction
// never becomes a smaller float, and equal fractions become equal floats.
func float(r *big.Rat) float64 {
	f, _ := r.Float64()
	return f
}

// number appends the rows of a number, Quantity, Money, Range or Duration.
func (x *Index) number(param int64, v path.Value) {
	n := v.Node()
	if n.Kind() != node.Object {
		if d, ok := v.Decimal(); ok {
			f := float(d.Rat())
			x.Numbers = append(x.Numbers, Number{param, f, f, 0})
		}
		return
	}
	switch typ := v.Type(); {
	case typ == nil:
	case typ.Is("Money"):
		if d, ok := n.Get("value").Decimal(); ok {
			x.quantity(param, d, d, unit{currencySystem, n.Get("currency").Text(), ""})
		}
	case typ.Is("Range"):
		x.rangeOf(param, n)
	case typ.Is("Quantity"):
		if d, ok := n.Get("value").Decimal(); ok {
			x.measured(param, d, n)
		}
	}
}

const (
	currencySystem = "urn:iso:std:iso:4217"
	ucumSystem     = "http://unitsofmeasure.org"
)

// unit is how a quantity names its unit.
type unit struct{ system, code, text string }

func unitOf(n node.Node) unit {
	return unit{n.Get("system").Text(), n.Get("code").Text(), n.Get("unit").Text()}
}

// measured appends a Quantity; one with a comparator (< 5 mg) covers all that it may be.
func (x *Index) measured(param int64, d decimal.Decimal, n node.Node) {
	from := len(x.Numbers)
	x.quantity(param, d, d, unitOf(n))
	for i := from; i < len(x.Numbers); i++ {
		switch n.Get("comparator").Text() {
		case "<", "<=":
			x.Numbers[i].Lo = -math.MaxFloat64
		case ">", ">=":
			x.Numbers[i].Hi = math.MaxFloat64
		}
	}
}

// rangeOf appends a Range, open where an end is missing.
func (x *Index) rangeOf(param int64, n node.Node) {
	low, okLow := n.Get("low").Get("value").Decimal()
	high, okHigh := n.Get("high").Get("value").Decimal()
	if !okLow && !okHigh {
		return
	}
	named := n.Get("low")
	if !okLow {
		low, named = high, n.Get("high")
	}
	if !okHigh {
		high = low
	}
	from := len(x.Numbers)
	x.quantity(param, low, high, unitOf(named))
	for i := from; i < len(x.Numbers); i++ {
		if !okLow {
			x.Numbers[i].Lo = -math.MaxFloat64
		}
		if !okHigh {
			x.Numbers[i].Hi = math.MaxFloat64
		}
	}
}

// quantity appends a row for each way to name the unit, and one in base units.
func (x *Index) quantity(param int64, lo, hi decimal.Decimal, u unit) {
	from, to := float(lo.Rat()), float(hi.Rat())
	first := u.code
	if first == "" {
		first = u.text
	}
	x.Numbers = append(x.Numbers, Number{param, from, to, unitKey("", first)})
	if u.text != "" && u.text != first {
		x.Numbers = append(x.Numbers, Number{param, from, to, unitKey("", u.text)})
	}
	if u.system == "" || u.code == "" {
		return
	}
	key := canonicalKey(param)
	if u.system == ucumSystem {
		if base, a, ok := canonical(lo.Rat(), u.code); ok {
			if _, b, ok := canonical(hi.Rat(), u.code); ok {
				x.Numbers = append(x.Numbers, Number{key, float(a), float(b), base})
				return
			}
		}
	}
	x.Numbers = append(x.Numbers, Number{key, from, to, unitKey(u.system, u.code)})
}

func unitKey(system, code string) int64 { return Key("unit", system, code) }

// canonical is a UCUM quantity in base units.
func canonical(r *big.Rat, code string) (unit int64, value *big.Rat, ok bool) {
	u, err := ucum.Parse(code)
	if err != nil {
		return 0, nil, false
	}
	if value, err = u.Canonicalize(r); err != nil {
		return 0, nil, false
	}
	return unitKey(ucumSystem+"#base", u.Canonical()), value, true
}
