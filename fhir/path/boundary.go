// SPDX-License-Identifier: Apache-2.0

package path

import (
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/datetime"
	"github.com/woodlawn-health/woodlawn/fhir/decimal"
	"github.com/woodlawn-health/woodlawn/terminology/ucum"
)

// The precisions that the boundary functions count in: digits after the point of
// a decimal, digits of a date or time.
const (
	defaultPlaces = 8
	maxPlaces     = 31
	datePlaces    = 8
	momentPlaces  = 17
	timePlaces    = 9
)

// fnBoundary is lowBoundary and highBoundary: the least and greatest value that
// the input may stand for.
func fnBoundary(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	v, present, system, err := one(c, in)
	if err != nil || !present || !system {
		return out, err
	}
	places, given := int64(0), false
	if len(c.args) == 1 {
		if places, given, err = ev.integer(c.args[0], "the precision of "+c.name+"()"); err != nil {
			return out, err
		}
	}
	high := c.name == "highBoundary"
	def := map[Kind]int64{DateKind: datePlaces, DateTimeKind: momentPlaces, TimeKind: timePlaces}[v.kind]
	if def == 0 {
		def = defaultPlaces
	}
	if !given {
		places = def
	}
	switch v.kind {
	case IntegerKind, DecimalKind, QuantityKind:
		d, _ := v.Decimal()
		if places < 0 || places > maxPlaces {
			return out, nil
		}
		b := boundaryOf(d, int(places), high)
		if v.kind == QuantityKind {
			return append(out, v.with(b)), nil
		}
		return append(out, Decimal(b)), nil
	case DateKind, DateTimeKind, TimeKind:
		if b, ok := dateBoundary(v.big.at, int(places), high); ok {
			kind := v.kind
			if places <= datePlaces && kind == DateTimeKind {
				kind = DateKind
			} else if places > datePlaces && kind == DateKind {
				kind = DateTimeKind
			}
			return append(out, Value{kind: kind, big: &number{at: b}}), nil
		}
		return out, nil
	}
	return out, fail(c.at, "%s() takes a number, a date or a time, not %s", c.name, in[0].TypeName())
}

// boundaryOf moves d by half of its last digit and writes it with places digits,
// rounded outwards.
func boundaryOf(d decimal.Decimal, places int, high bool) decimal.Decimal {
	half := decimal.New(5, d.Scale()+1)
	if high {
		d = d.Add(half)
	} else {
		d = d.Sub(half)
	}
	cut := d.RoundDown(places)
	if unit := decimal.New(1, places); high && cut.Cmp(d) < 0 {
		cut = cut.Add(unit)
	} else if !high && cut.Cmp(d) > 0 {
		cut = cut.Sub(unit)
	}
	return cut.WithScale(places)
}

// dateBoundary fills a date or time up to its first or last moment, and cuts it
// to the number of digits asked for. An hour without minutes, which FHIR does not
// know, counts as its first minute.
func dateBoundary(d datetime.DateTime, places int, high bool) (datetime.DateTime, bool) {
	pick := func(low, up int) uint8 {
		if high {
			return uint8(up)
		}
		return uint8(low)
	}
	if d.Precision < datetime.Month && !d.Clock {
		d.Month = pick(1, 12)
	}
	if d.Precision < datetime.Day && !d.Clock {
		d.Day = pick(1, datetime.DaysIn(int(d.Year), int(d.Month)))
	}
	if d.Precision < datetime.Hour {
		d.Hour = pick(0, 23)
	}
	if d.Precision < datetime.Minute {
		if d.Minute = pick(0, 59); d.Precision == datetime.Hour {
			d.Minute = 0
		}
	}
	if d.Precision < datetime.Second {
		d.Second = pick(0, 59)
	}
	if d.Precision < datetime.Fraction {
		d.Nano = int32(pick(0, 1)) * 999_000_000
	}
	want, ok := precisionOf(places, d.Clock)
	if !ok {
		return d, false
	}
	if want <= datetime.Day && !d.Clock {
		d = d.Date()
		d.Precision = want
		return d, true
	}
	if !d.Zoned && !d.Clock {
		if d.Zoned, d.Offset = true, 14*60; high {
			d.Offset = -12 * 60
		}
	}
	if d.Precision = want; want == datetime.Fraction {
		d.Digits = max(d.Digits, 3)
	}
	return d, true
}

// precisionOf is the precision that a number of digits stands for.
func precisionOf(digits int, clock bool) (datetime.Precision, bool) {
	if clock {
		digits += datePlaces
	}
	p, ok := map[int]datetime.Precision{
		4: datetime.Year, 6: datetime.Month, 8: datetime.Day, 10: datetime.Hour, 12: datetime.Minute, 14: datetime.Second, 17: datetime.Fraction,
	}[digits]
	return p, ok
}

// fnPrecision is the number of digits that the input is written with.
func fnPrecision(_ *evaluator, c *call, in, out []Value) ([]Value, error) {
	v, present, system, err := one(c, in)
	if err != nil || !present || !system {
		return out, err
	}
	switch v.kind {
	case IntegerKind:
		return append(out, Integer(0)), nil
	case DecimalKind, QuantityKind:
		return append(out, Integer(int64(v.big.dec.Scale()))), nil
	case DateKind, DateTimeKind, TimeKind:
		d := v.big.at
		d.Zoned = false
		digits := strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return r
			}
			return -1
		}, d.String())
		return append(out, Integer(int64(len(digits)))), nil
	}
	return out, fail(c.at, "precision() takes a number, a date or a time, not %s", in[0].TypeName())
}

// fnComparable tells whether two quantities measure the same.
func fnComparable(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	args, err := ev.arg(c, 0)
	defer ev.put(args)
	if err != nil {
		return out, err
	}
	a, okA, err := numeric(c, in)
	if err != nil || !okA {
		return out, err
	}
	b, okB, err := numeric(c, args)
	if err != nil || !okB {
		return out, err
	}
	a, _ = asQuantity(a)
	b, _ = asQuantity(b)
	ua, okA := unit(a)
	ub, okB := unit(b)
	return append(out, Boolean(okA && okB && ucum.Commensurable(ua, ub))), nil
}
