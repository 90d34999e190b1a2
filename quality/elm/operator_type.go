// SPDX-License-Identifier: Apache-2.0

package elm

import (
	"fmt"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// typeOperators test, cast and convert.
var typeOperators = map[string]operator{
	"As": {func(c *compiler, n node.Node) expr {
		strict, _ := n.Get("strict").Bool()
		spec := c.spec(n, "asType", "asTypeSpecifier")
		return &unaryExpr{c.here(), c.source(n), func(r *run, v Value) Value {
			if spec.accepts(v) {
				return v
			}
			if strict {
				panic(failure{fmt.Sprintf("a %s cannot be cast to %s", typeName(v), spec)})
			}
			return nil
		}, true}
	}},
	"Is": {func(c *compiler, n node.Node) expr {
		spec := c.spec(n, "isType", "isTypeSpecifier")
		return &unaryExpr{c.here(), c.source(n), func(r *run, v Value) Value {
			return Boolean(v != nil && spec.accepts(v))
		}, false}
	}},
	"Convert": {func(c *compiler, n node.Node) expr {
		spec := c.spec(n, "toType", "toTypeSpecifier")
		fn := converter(spec.name)
		if fn == nil {
			return c.fail(n, "there is no conversion to %s", spec)
		}
		return &unaryExpr{c.here(), c.source(n), fn, true}
	}},
	"CanConvert": {func(c *compiler, n node.Node) expr {
		spec := c.spec(n, "toType", "toTypeSpecifier")
		fn := converter(spec.name)
		if fn == nil {
			return c.fail(n, "there is no conversion to %s", spec)
		}
		return &unaryExpr{c.here(), c.source(n), func(r *run, v Value) Value { return Boolean(fn(r, v) != nil) }, true}
	}},
	"ToBoolean":  unary(toBoolean),
	"ToInteger":  unary(toInteger),
	"ToLong":     unary(toLong),
	"ToDecimal":  unary(toDecimal),
	"ToString":   unary(toString),
	"ToChars":    unary(func(r *run, a Value) Value { return stringList(strings.Split(str("ToChars", a), "")) }),
	"ToDate":     unary(toDate),
	"ToDateTime": unary(toDateTime),
	"ToTime":     unary(toTime),
	"ToQuantity": unary(toQuantity),
	"ToRatio":    unary(toRatio),
	"ToConcept":  unary(toConcept),

	"ConvertsToBoolean":  converts(toBoolean),
	"ConvertsToInteger":  converts(toInteger),
	"ConvertsToLong":     converts(toLong),
	"ConvertsToDecimal":  converts(toDecimal),
	"ConvertsToString":   converts(toString),
	"ConvertsToDate":     converts(toDate),
	"ConvertsToDateTime": converts(toDateTime),
	"ConvertsToTime":     converts(toTime),
	"ConvertsToQuantity": converts(toQuantity),
	"ConvertsToRatio":    converts(toRatio),

	"ConvertQuantity": binary(func(r *run, a, b Value, _ Precision) Value {
		q, ok1 := a.(Quantity)
		u, ok2 := b.(String)
		if !ok1 || !ok2 {
			panic(noOperation("ConvertQuantity", a, b))
		}
		if d, ok := q.inUnit(string(u)); ok {
			return Quantity{d, string(u)}
		}
		return nil
	}),
	"CanConvertQuantity": binary(func(r *run, a, b Value, _ Precision) Value {
		q, ok1 := a.(Quantity)
		u, ok2 := b.(String)
		if !ok1 || !ok2 {
			panic(noOperation("CanConvertQuantity", a, b))
		}
		_, ok := q.inUnit(string(u))
		return Boolean(ok)
	}),
}

// spec is the type that a node names, by name or by specifier.
func (c *compiler) spec(n node.Node, name, specifier string) *typeSpec {
	if t := n.Get(name); t.Exists() {
		return namedType(t.Text())
	}
	if t := typeSpecOf(n.Get(specifier)); t != nil {
		return t
	}
	c.fail(n, "the type is missing")
	return namedType("")
}

// converts tells whether a conversion succeeds.
func converts(fn unaryFunc) operator {
	return unary(func(r *run, a Value) Value { return Boolean(fn(r, a) != nil) })
}

func converter(typ string) unaryFunc {
	return map[string]unaryFunc{
		"Boolean": toBoolean, "Integer": toInteger, "Long": toLong, "Decimal": toDecimal, "String": toString,
		"Date": toDate, "DateTime": toDateTime, "Time": toTime, "Quantity": toQuantity, "Ratio": toRatio,
		"Concept": toConcept, "Any": func(_ *run, v Value) Value { return v },
	}[typ]
}

func toBoolean(r *run, a Value) Value {
	switch x := a.(type) {
	case Boolean:
		return x
	case Integer, Long, Decimal:
		d, _ := number(x)
		if d.Cmp(DecimalOf(1)) == 0 {
			return Boolean(true)
		}
		if d.Sign() == 0 {
			return Boolean(false)
		}
		return nil
	case String:
		switch strings.ToLower(string(x)) {
		case "true", "t", "yes", "y", "1":
			return Boolean(true)
		case "false", "f", "no", "n", "0":
			return Boolean(false)
		}
		return nil
	}
	panic(noOperation("ToBoolean", a))
}

func toInteger(r *run, a Value) Value {
	switch x := a.(type) {
	case Integer:
		return x
	case Long:
		return intOrNull(int64(x))
	case Boolean:
		return Integer(ord(x))
	case String:
		if n, ok := parseInt(string(x), 10); ok {
			return intOrNull(n)
		}
		return nil
	}
	panic(noOperation("ToInteger", a))
}

func toLong(r *run, a Value) Value {
	switch x := a.(type) {
	case Long:
		return x
	case Integer:
		return Long(x)
	case Boolean:
		return Long(ord(x))
	case String:
		if d, ok := ParseDecimal(string(x)); ok && !strings.ContainsAny(string(x), ".eE") {
			if n, ok := d.Truncate(); ok {
				return Long(n)
			}
		}
		return nil
	}
	panic(noOperation("ToLong", a))
}

func toDecimal(r *run, a Value) Value {
	switch x := a.(type) {
	case Boolean:
		return DecimalOf(ord(x))
	case String:
		if strings.ContainsAny(string(x), "eE") {
			return nil
		}
		return decimalOrNull(ParseDecimal(string(x)))
	case Uncertainty:
		return uncertain(toDecimal(r, x.Low), toDecimal(r, x.High))
	}
	if d, ok := number(a); ok {
		return d
	}
	panic(noOperation("ToDecimal", a))
}

func toString(r *run, a Value) Value {
	switch x := a.(type) {
	case String:
		return x
	case Boolean, Integer, Long, Decimal, Temporal, Quantity, *Ratio:
		return String(Text(x))
	}
	panic(noOperation("ToString", a))
}

func toDate(r *run, a Value) Value {
	switch x := a.(type) {
	case Temporal:
		if x.kind != timeKind {
			return x.date()
		}
	case String:
		if t, ok := ParseDate(string(x)); ok {
			return t
		}
		return nil
	}
	panic(noOperation("ToDate", a))
}

func toDateTime(r *run, a Value) Value {
	switch x := a.(type) {
	case Temporal:
		if x.kind != timeKind {
			return x.asDateTime(r.offset)
		}
	case String:
		if t, ok := ParseDateTime(string(x), r.offset); ok {
			return t
		}
		return nil
	}
	panic(noOperation("ToDateTime", a))
}

func toTime(r *run, a Value) Value {
	switch x := a.(type) {
	case Temporal:
		if x.kind == timeKind {
			return x
		}
		if x.prec >= Hour {
			return x.timeOfDay()
		}
		return nil
	case String:
		if t, ok := ParseTime(string(x)); ok {
			return t
		}
		return nil
	}
	panic(noOperation("ToTime", a))
}

func toQuantity(r *run, a Value) Value {
	switch x := a.(type) {
	case Quantity:
		return x
	case String:
		if q, ok := ParseQuantity(string(x)); ok {
			return q
		}
		return nil
	case *Ratio:
		if x.Numerator == nil || x.Denominator == nil {
			return nil
		}
		return divide(r, x.Numerator, x.Denominator, 0)
	case Uncertainty:
		return uncertain(toQuantity(r, x.Low), toQuantity(r, x.High))
	}
	if d, ok := number(a); ok {
		return Quantity{d, "1"}
	}
	panic(noOperation("ToQuantity", a))
}

func toRatio(r *run, a Value) Value {
	switch x := a.(type) {
	case *Ratio:
		return x
	case String:
		num, den, ok := strings.Cut(string(x), ":")
		n, ok1 := ParseQuantity(num)
		d, ok2 := ParseQuantity(den)
		if !ok || !ok1 || !ok2 {
			return nil
		}
		return &Ratio{n, d}
	}
	panic(noOperation("ToRatio", a))
}

func toConcept(r *run, a Value) Value {
	switch x := a.(type) {
	case *Concept:
		return x
	case *Code:
		return &Concept{Codes: []*Code{x}, Display: x.Display}
	case List:
		c := &Concept{}
		for _, v := range x {
			if code, ok := v.(*Code); ok {
				c.Codes = append(c.Codes, code)
			}
		}
		return c
	}
	panic(noOperation("ToConcept", a))
}

// precisionDigits is how precisely a value is known: places after the point of a
// decimal, digits of a date or time.
func precisionDigits(a Value) Value {
	switch x := a.(type) {
	case Decimal:
		return Integer(x.places)
	case Temporal:
		if x.kind == timeKind {
			return Integer([...]int{Hour: 2, Minute: 4, Second: 6, Millisecond: 9}[x.prec])
		}
		return Integer([...]int{4, 6, 8, 10, 12, 14, 17}[x.prec])
	}
	panic(noOperation("Precision", a))
}

// boundary is the least or greatest value that an imprecise one may be, given to so
// many digits; a null number of digits means as many as the type has.
func boundary(a, digits Value, highest bool) Value {
	if a == nil {
		return nil
	}
	n, given := digits.(Integer)
	switch x := a.(type) {
	case Integer, Long, Decimal:
		d, _ := number(x)
		places := scale
		if given {
			places = int(n)
		}
		if places > scale || places < 0 {
			return nil
		}
		if highest {
			if places > int(d.places) {
				up, _ := d.Add(hundredMillionths(pow10(scale-int(d.places)) - pow10(scale-places)))
				d = up
			}
		}
		d.places = uint8(places)
		return d
	case Temporal:
		want := x.kind.finest()
		if given {
			found := false
			for p := Year; p <= x.kind.finest(); p++ {
				y := x
				y.prec = p
				if (x.kind != timeKind || p >= Hour) && precisionDigits(y) == n {
					want, found = p, true
				}
			}
			if !found {
				return nil
			}
		}
		if highest {
			x = x.highest()
		}
		x.ms = truncate(x.ms, want)
		x.prec = want
		return x
	}
	panic(noOperation("a boundary", a))
}
