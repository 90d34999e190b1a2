// SPDX-License-Identifier: Apache-2.0

package path

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/datetime"
	"github.com/woodlawn-health/woodlawn/fhir/decimal"
	"github.com/woodlawn-health/woodlawn/terminology/ucum"
)

// conversion makes one System value of another; ok is false if it cannot.
type conversion func(Value) (v Value, ok bool)

// one is the single value that a conversion works on, as a System value.
func one(c *call, in []Value) (v Value, present, system bool, err error) {
	switch len(in) {
	case 0:
		return v, false, false, nil
	case 1:
		v, system = in[0].System()
		return v, true, system, nil
	}
	return v, false, false, fail(c.at, "%s() takes one value, not %d", c.name, len(in))
}

func fnTo(convert conversion) func(*evaluator, *call, []Value, []Value) ([]Value, error) {
	return func(_ *evaluator, c *call, in, out []Value) ([]Value, error) {
		v, present, system, err := one(c, in)
		if err != nil || !present || !system {
			return out, err
		}
		if v, ok := convert(v); ok {
			out = append(out, v)
		}
		return out, nil
	}
}

func fnConverts(convert conversion) func(*evaluator, *call, []Value, []Value) ([]Value, error) {
	return func(_ *evaluator, c *call, in, out []Value) ([]Value, error) {
		v, present, system, err := one(c, in)
		if err != nil || !present {
			return out, err
		}
		ok := false
		if system {
			_, ok = convert(v)
		}
		return append(out, Boolean(ok)), nil
	}
}

func toBoolean(v Value) (Value, bool) {
	switch v.kind {
	case BooleanKind:
		return v, true
	case IntegerKind:
		return Boolean(v.num == 1), v.num == 0 || v.num == 1
	case DecimalKind:
		isOne := v.big.dec.Cmp(decimal.One) == 0
		return Boolean(isOne), isOne || v.big.dec.Sign() == 0
	case StringKind:
		switch strings.ToLower(v.str) {
		case "true", "t", "yes", "y", "1", "1.0":
			return Boolean(true), true
		case "false", "f", "no", "n", "0", "0.0":
			return Boolean(false), true
		}
	}
	return v, false
}

func toInteger(v Value) (Value, bool) {
	switch v.kind {
	case IntegerKind:
		return v, true
	case BooleanKind:
		return Integer(v.num), true
	case StringKind:
		i, err := strconv.ParseInt(v.str, 10, 32)
		return Integer(i), err == nil
	}
	return v, false
}

func toDecimal(v Value) (Value, bool) {
	switch v.kind {
	case DecimalKind:
		return v, true
	case IntegerKind, BooleanKind:
		return Decimal(decimal.FromInt(v.num)), true
	case StringKind:
		if strings.ContainsAny(v.str, "eE") || strings.HasPrefix(v.str, ".") || strings.HasSuffix(v.str, ".") {
			return v, false
		}
		d, err := decimal.Parse(v.str)
		return Decimal(d), err == nil
	}
	return v, false
}

func toText(v Value) (Value, bool) { return String(v.text()), v.kind != typeKind }

func toDate(v Value) (Value, bool) {
	switch v.kind {
	case DateKind, DateTimeKind:
		return Date(v.big.at), true
	case StringKind:
		d, err := datetime.Parse(v.str)
		return Date(d), err == nil
	}
	return v, false
}

func toDateTime(v Value) (Value, bool) {
	switch v.kind {
	case DateKind, DateTimeKind:
		return DateTime(v.big.at), true
	case StringKind:
		d, err := datetime.Parse(v.str)
		return DateTime(d), err == nil
	}
	return v, false
}

func toTime(v Value) (Value, bool) {
	switch v.kind {
	case TimeKind:
		return v, true
	case StringKind:
		d, err := datetime.ParseTime(strings.TrimPrefix(v.str, "T"))
		return Time(d), err == nil
	}
	return v, false
}

// quantityText is a number with a unit in quotes or a calendar word.
var quantityText = regexp.MustCompile(`^([+-]?\d+(?:\.\d+)?)(?:\s*(?:'([^']+)'|([a-zA-Z]+)))?$`)

func toQuantity(v Value) (Value, bool) {
	switch v.kind {
	case QuantityKind:
		return v, true
	case IntegerKind, DecimalKind:
		return asQuantity(v)
	case BooleanKind:
		return Quantity(decimal.New(v.num*10, 1), "1"), true
	case StringKind:
		m := quantityText.FindStringSubmatch(v.str)
		if m == nil {
			return v, false
		}
		d, err := decimal.Parse(m[1])
		q := Quantity(d, "1")
		switch {
		case m[2] != "":
			q.str = m[2]
		case calendarUnits[m[3]] != "":
			q.str, q.calendar = m[3], true
		case m[3] != "":
			return v, false
		}
		return q, err == nil
	}
	return v, false
}

// quantityIn is toQuantity, converted to the unit of the argument if there is one.
func quantityIn(ev *evaluator, c *call, in []Value) (q Value, present, ok bool, err error) {
	v, present, system, err := one(c, in)
	if err != nil || !present || !system {
		return v, present, false, err
	}
	if q, ok = toQuantity(v); !ok || len(c.args) == 0 {
		return q, true, ok, nil
	}
	to, given, err := ev.text(c.args[0], "the unit of "+c.name+"()")
	if err != nil || !given {
		return q, true, ok, err
	}
	from, okFrom := unit(q)
	target := Quantity(decimal.Zero, to)
	target.calendar = calendarUnits[to] != ""
	toUnit, okTo := unit(target)
	if !okFrom || !okTo {
		return q, true, to == q.str, nil
	}
	r, convErr := ucum.Convert(q.big.dec.Rat(), from, toUnit)
	if convErr != nil {
		return q, true, false, nil
	}
	target.big = &number{dec: decimal.FromRat(r, divisionPlaces).Normal()}
	return target, true, true, nil
}

func fnToQuantity(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	q, _, ok, err := quantityIn(ev, c, in)
	if ok && err == nil {
		out = append(out, q)
	}
	return out, err
}

func fnConvertsToQuantity(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	_, present, ok, err := quantityIn(ev, c, in)
	if present && err == nil {
		out = append(out, Boolean(ok))
	}
	return out, err
}

// fnType gives the namespace and name of each value's type.
func fnType(_ *evaluator, _ *call, in, out []Value) ([]Value, error) {
	for _, v := range in {
		t := Value{kind: typeKind, str: systemNames[v.kind]}
		if v.kind == NodeKind {
			t.num = 1
			t.str = "Element"
			if v.typ != nil {
				t.str = v.typ.FHIRName()
			}
		}
		out = append(out, t)
	}
	return out, nil
}

func (v Value) typeNamespace() string {
	if v.num == 1 {
		return "FHIR"
	}
	return "System"
}

func fnNow(ev *evaluator, c *call, _, out []Value) ([]Value, error) {
	at := datetime.FromTime(ev.clock())
	switch c.name {
	case "today":
		return append(out, Date(at)), nil
	case "timeOfDay":
		return append(out, Time(datetime.DateTime{
			Clock: true, Hour: at.Hour, Minute: at.Minute, Second: at.Second, Nano: at.Nano, Digits: 3, Precision: datetime.Fraction,
		})), nil
	}
	return append(out, DateTime(at)), nil
}
