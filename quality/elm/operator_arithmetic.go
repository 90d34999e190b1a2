// SPDX-License-Identifier: Apache-2.0

package elm

import (
	"math"
	"math/big"
)

// arithmeticOperators compute with numbers, quantities and, for Add and Subtract,
// dates. What overflows the type, or divides by zero, is null.
var arithmeticOperators = map[string]operator{
	"Add":      binary(add),
	"Subtract": binary(subtract),
	"Multiply": binary(multiply),
	"Divide":   binary(divide),
	"TruncatedDivide": binary(func(r *run, a, b Value, _ Precision) Value {
		return wholeDivide(a, b, func(x, y int64) int64 { return x / y }, func(x, y Decimal) (Decimal, bool) {
			q, ok := x.Quo(y)
			if !ok {
				return q, false
			}
			n, ok := q.Truncate()
			return DecimalOf(n), ok
		})
	}),
	"Modulo": binary(func(r *run, a, b Value, _ Precision) Value {
		return wholeDivide(a, b, func(x, y int64) int64 { return x % y }, modulo)
	}),
	"Negate": unary(func(r *run, a Value) Value {
		switch x := a.(type) {
		case Integer:
			return intOrNull(-int64(x))
		case Long:
			if x == math.MinInt64 {
				return nil
			}
			return -x
		case Decimal:
			return x.Neg()
		case Quantity:
			return Quantity{x.Value.Neg(), x.Unit}
		}
		panic(noOperation("Negate", a))
	}),
	"Abs": unary(func(r *run, a Value) Value {
		switch x := a.(type) {
		case Integer:
			return intOrNull(max(int64(x), -int64(x)))
		case Long:
			if x == math.MinInt64 {
				return nil
			}
			return max(x, -x)
		case Decimal:
			if x.Sign() < 0 {
				return x.Neg()
			}
			return x
		case Quantity:
			if x.Value.Sign() < 0 {
				return Quantity{x.Value.Neg(), x.Unit}
			}
			return x
		}
		panic(noOperation("Abs", a))
	}),
	"Ceiling":  unary(func(r *run, a Value) Value { return toWhole(a, 1) }),
	"Floor":    unary(func(r *run, a Value) Value { return toWhole(a, -1) }),
	"Truncate": unary(func(r *run, a Value) Value { return toWhole(a, 0) }),
	"Round": named(func(r *run, args []Value) Value {
		if args[0] == nil {
			return nil
		}
		places, _ := args[1].(Integer)
		d, ok := number(args[0])
		if !ok {
			panic(noOperation("Round", args[0]))
		}
		return d.Round(int(places))
	}, "operand", "precision"),
	"Ln":  unary(func(r *run, a Value) Value { return viaFloat("Ln", a, math.Log) }),
	"Exp": unary(func(r *run, a Value) Value { return viaFloat("Exp", a, math.Exp) }),
	"Log": binary(func(r *run, a, b Value, _ Precision) Value {
		base, ok := number(b)
		if !ok {
			panic(noOperation("Log", a, b))
		}
		return viaFloat("Log", a, func(x float64) float64 { return math.Log(x) / math.Log(base.Float()) })
	}),
	"Power":        binary(power),
	"Successor":    unary(func(r *run, a Value) Value { return mustStep(a, 1) }),
	"Predecessor":  unary(func(r *run, a Value) Value { return mustStep(a, -1) }),
	"Precision":    unary(func(r *run, a Value) Value { return precisionDigits(a) }),
	"LowBoundary":  binaryOfNull(func(r *run, a, b Value, _ Precision) Value { return boundary(a, b, false) }),
	"HighBoundary": binaryOfNull(func(r *run, a, b Value, _ Precision) Value { return boundary(a, b, true) }),
}

func noOperation(name string, args ...Value) failure {
	return failure{name + " is not defined for " + describeTypes(args)}
}

func intOrNull(n int64) Value {
	if n < math.MinInt32 || n > math.MaxInt32 {
		return nil
	}
	return Integer(n)
}

func decimalOrNull(d Decimal, ok bool) Value {
	if !ok {
		return nil
	}
	return d
}

// integers are two whole numbers, widened; long tells whether either is a Long.
func integers(a, b Value) (x, y int64, long, ok bool) {
	get := func(v Value) (int64, bool) {
		switch n := v.(type) {
		case Integer:
			return int64(n), true
		case Long:
			long = true
			return int64(n), true
		}
		return 0, false
	}
	x, ok1 := get(a)
	y, ok2 := get(b)
	return x, y, long, ok1 && ok2
}

func whole(n int64, long bool) Value {
	if long {
		return Long(n)
	}
	return intOrNull(n)
}

func add(r *run, a, b Value, _ Precision) Value {
	if x, y, long, ok := integers(a, b); ok {
		s := x + y
		if (s > x) != (y > 0) && y != 0 {
			return nil
		}
		return whole(s, long)
	}
	if u, ok := a.(Uncertainty); ok {
		return uncertain(add(r, u.Low, low(b), 0), add(r, u.High, high(b), 0))
	}
	if u, ok := b.(Uncertainty); ok {
		return uncertain(add(r, a, u.Low, 0), add(r, a, u.High, 0))
	}
	switch x := a.(type) {
	case String:
		if y, ok := b.(String); ok {
			return x + y
		}
	case Quantity:
		if y, ok := b.(Quantity); ok {
			v, ok := y.inUnit(x.Unit)
			if !ok {
				return nil
			}
			s, ok := x.Value.Add(v)
			if !ok {
				return nil
			}
			return Quantity{s, x.Unit}
		}
	case Temporal:
		if y, ok := b.(Quantity); ok {
			return addTime(x, y)
		}
	}
	x, ok1 := number(a)
	y, ok2 := number(b)
	if !ok1 || !ok2 {
		panic(noOperation("Add", a, b))
	}
	return decimalOrNull(x.Add(y))
}

func subtract(r *run, a, b Value, _ Precision) Value {
	switch y := b.(type) {
	case Integer:
		if _, ok := a.(Integer); ok {
			return intOrNull(int64(a.(Integer)) - int64(y))
		}
		return add(r, a, Long(-int64(y)), 0)
	case Long:
		if y == math.MinInt64 {
			return nil
		}
		return add(r, a, -y, 0)
	case Decimal:
		return add(r, a, y.Neg(), 0)
	case Quantity:
		return add(r, a, Quantity{y.Value.Neg(), y.Unit}, 0)
	case Uncertainty:
		return uncertain(subtract(r, low(a), y.High, 0), subtract(r, high(a), y.Low, 0))
	}
	panic(noOperation("Subtract", a, b))
}

func low(v Value) Value  { l, _ := bounds(v); return l }
func high(v Value) Value { _, h := bounds(v); return h }

// uncertain is the range of two values, or the one value if they are the same.
func uncertain(low, high Value) Value {
	if low == nil || high == nil {
		return nil
	}
	if low == high {
		return low
	}
	return Uncertainty{low, high}
}

func multiply(r *run, a, b Value, _ Precision) Value {
	if x, y, long, ok := integers(a, b); ok {
		p := x * y
		if x != 0 && (p/x != y || x == -1 && y == math.MinInt64) {
			return nil
		}
		return whole(p, long)
	}
	if u, ok := a.(Uncertainty); ok {
		return uncertain(multiply(r, u.Low, b, 0), multiply(r, u.High, b, 0))
	}
	if u, ok := b.(Uncertainty); ok {
		return uncertain(multiply(r, a, u.Low, 0), multiply(r, a, u.High, 0))
	}
	x, xu, ok1 := amount(a)
	y, yu, ok2 := amount(b)
	if !ok1 || !ok2 {
		panic(noOperation("Multiply", a, b))
	}
	p, ok := x.Mul(y)
	return withUnit(p, ok, a, b, multiplyUnits(xu, yu))
}

func divide(r *run, a, b Value, _ Precision) Value {
	x, xu, ok1 := amount(a)
	y, yu, ok2 := amount(b)
	if !ok1 || !ok2 {
		panic(noOperation("Divide", a, b))
	}
	if xu != yu && yu != "1" {
		if v, ok := (Quantity{y, yu}).inUnit(xu); ok { // like units cancel
			y, yu = v, xu
		}
	}
	q, ok := x.Quo(y)
	return withUnit(q, ok, a, b, divideUnits(xu, yu))
}

// amount is a number with its unit, which is 1 for a plain number.
func amount(v Value) (Decimal, string, bool) {
	if q, ok := v.(Quantity); ok {
		if q.Unit == "" {
			return q.Value, "1", true
		}
		return q.Value, q.Unit, true
	}
	d, ok := number(v)
	return d, "1", ok
}

// withUnit is a quantity if either operand is one, else a decimal.
func withUnit(d Decimal, ok bool, a, b Value, u string) Value {
	if !ok {
		return nil
	}
	_, x := a.(Quantity)
	_, y := b.(Quantity)
	if x || y {
		return Quantity{d, u}
	}
	return d
}

func wholeDivide(a, b Value, ints func(x, y int64) int64, decimals func(x, y Decimal) (Decimal, bool)) Value {
	if x, y, long, ok := integers(a, b); ok {
		if y == 0 || y == -1 && x == math.MinInt64 {
			return nil
		}
		return whole(ints(x, y), long)
	}
	x, xu, ok1 := amount(a)
	y, _, ok2 := amount(b)
	if !ok1 || !ok2 {
		panic(noOperation("whole division", a, b))
	}
	if y.Sign() == 0 {
		return nil
	}
	d, ok := decimals(x, y)
	return withUnit(d, ok, a, b, xu)
}

// modulo is what is left of x after taking away y as often as it goes.
func modulo(x, y Decimal) (Decimal, bool) {
	return fromBig(new(big.Int).Rem(x.big(), y.big()))
}

func toWhole(a Value, direction int) Value {
	d, ok := number(a)
	if !ok {
		panic(noOperation("a whole number", a))
	}
	n, ok := d.Truncate()
	if !ok {
		return nil
	}
	if !d.Whole() && d.Sign() == direction {
		n += int64(direction)
	}
	return intOrNull(n)
}

func viaFloat(name string, a Value, fn func(float64) float64) Value {
	d, ok := number(a)
	if !ok {
		panic(noOperation(name, a))
	}
	return decimalOrNull(decimalOfFloat(fn(d.Float())))
}

func power(r *run, a, b Value, _ Precision) Value {
	if x, y, long, ok := integers(a, b); ok && y >= 0 {
		n := new(big.Int).Exp(big.NewInt(x), big.NewInt(min(y, 64+y%2)), nil) // beyond 64 only 0, 1 and -1 fit
		if y > 64 && (x < -1 || x > 1) || !n.IsInt64() {
			return nil
		}
		return whole(n.Int64(), long)
	}
	x, ok1 := number(a)
	y, ok2 := number(b)
	if !ok1 || !ok2 {
		panic(noOperation("Power", a, b))
	}
	if n, ok := y.Truncate(); ok && y.Whole() && n >= 0 && n <= 64 {
		p := DecimalOf(1)
		for ; n > 0; n-- {
			if p, ok = p.Mul(x); !ok {
				return nil
			}
		}
		return p
	}
	return decimalOrNull(decimalOfFloat(math.Pow(x.Float(), y.Float())))
}

// mustStep is the next or last value; there is none beyond the end of the type.
func mustStep(v Value, by int) Value {
	if next := step(v, by); next != nil {
		return next
	}
	panic(failure{"there is no " + typeName(v) + " beyond the last one of the type"})
}
