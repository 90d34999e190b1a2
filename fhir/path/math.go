// SPDX-License-Identifier: Apache-2.0

package path

import (
	"math/big"

	"github.com/woodlawn-health/woodlawn/fhir/decimal"
)

// Results that no decimal holds exactly (roots, logarithms, powers) are computed
// with curveBits of precision and rounded to curvePlaces digits.
const (
	curveBits   = 256
	curvePlaces = 16
	maxPower    = 1000 // exponents and arguments beyond it give nothing
)

// numeric is the one number or quantity that a function works on.
func numeric(c *call, in []Value) (v Value, ok bool, err error) {
	v, present, system, err := one(c, in)
	if err != nil || !present {
		return v, false, err
	}
	if !system || !isNumber(v) && v.kind != QuantityKind {
		return v, false, fail(c.at, "%s() takes a number, not %s", c.name, in[0].TypeName())
	}
	return v, true, nil
}

// with is the value with another number.
func (v Value) with(d decimal.Decimal) Value {
	v.big = &number{dec: d}
	return v
}

func fnAbs(_ *evaluator, c *call, in, out []Value) ([]Value, error) {
	v, ok, err := numeric(c, in)
	if err != nil || !ok {
		return out, err
	}
	if v.kind == IntegerKind {
		return append(out, Integer(max(v.num, -v.num))), nil
	}
	return append(out, v.with(v.big.dec.Abs())), nil
}

// fnWhole is ceiling, floor and truncate.
func fnWhole(_ *evaluator, c *call, in, out []Value) ([]Value, error) {
	v, ok, err := numeric(c, in)
	if err != nil || !ok || v.kind == IntegerKind {
		if ok {
			out = append(out, v)
		}
		return out, err
	}
	d := v.big.dec
	switch c.name {
	case "ceiling":
		d = d.Ceiling()
	case "floor":
		d = d.Floor()
	default:
		d = d.Truncate()
	}
	if v.kind == QuantityKind {
		return append(out, v.with(d)), nil
	}
	if i, small := d.Int64(); small {
		return append(out, Integer(i)), nil
	}
	return append(out, Decimal(d)), nil
}

func fnRound(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	v, ok, err := numeric(c, in)
	if err != nil || !ok {
		return out, err
	}
	places := int64(0)
	if len(c.args) == 1 {
		if places, ok, err = ev.integer(c.args[0], "the digits of round()"); err != nil || !ok {
			return out, err
		}
		if places < 0 {
			return out, fail(c.args[0].pos(), "round() takes no negative number of digits")
		}
	}
	if v.kind == IntegerKind {
		return append(out, Decimal(decimal.FromInt(v.num))), nil
	}
	return append(out, v.with(v.big.dec.Round(int(min(places, 1000))))), nil
}

// fnCurve is exp, ln and sqrt.
func fnCurve(_ *evaluator, c *call, in, out []Value) ([]Value, error) {
	v, ok, err := numeric(c, in)
	if err != nil || !ok || v.kind == QuantityKind {
		return out, err
	}
	x := float(number10(v))
	switch {
	case c.name == "sqrt" && x.Sign() >= 0:
		x = newFloat().Sqrt(x)
	case c.name == "ln" && x.Sign() > 0:
		x = ln(x)
	case c.name == "exp" && newFloat().Abs(x).Cmp(newFloat().SetInt64(maxPower)) <= 0:
		x = exp(x)
	default:
		return out, nil
	}
	return append(out, rounded(x)), nil
}

func fnLog(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	x, base, ok, err := ev.twoNumbers(c, in)
	if err != nil || !ok {
		return out, err
	}
	if x.Sign() <= 0 || base.Sign() <= 0 || base.Cmp(decimal.One) == 0 {
		return out, nil
	}
	return append(out, rounded(newFloat().Quo(ln(float(x)), ln(float(base))))), nil
}

func (ev *evaluator) twoNumbers(c *call, in []Value) (x, y decimal.Decimal, ok bool, err error) {
	a, okA, err := numeric(c, in)
	if err != nil {
		return x, y, false, err
	}
	args, err := ev.arg(c, 0)
	defer ev.put(args)
	if err != nil {
		return x, y, false, err
	}
	b, okB, err := numeric(c, args)
	if err != nil || !okA || !okB || !isNumber(a) || !isNumber(b) {
		return x, y, false, err
	}
	return number10(a), number10(b), true, nil
}

func fnPower(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	x, y, ok, err := ev.twoNumbers(c, in)
	if err != nil || !ok || y.Abs().Cmp(decimal.FromInt(maxPower)) > 0 {
		return out, err
	}
	n, whole := y.Int64()
	switch {
	case whole && n >= 0 && len(x.String()) <= 40:
		p := decimal.One
		for ; n > 0; n-- {
			p = p.Mul(x)
		}
		if i, small := p.Int64(); small && x.Scale() == 0 {
			return append(out, Integer(i)), nil
		}
		return append(out, Decimal(p)), nil
	case x.Sign() > 0:
		log := ln(float(x))
		log.Mul(log, float(y))
		if newFloat().Abs(log).Cmp(newFloat().SetInt64(maxPower)) <= 0 {
			out = append(out, rounded(exp(log)))
		}
	case whole && x.Sign() < 0:
		p := decimal.One
		for ; n < 0; n++ {
			p = p.Mul(x)
		}
		q, _ := decimal.One.Div(p, curvePlaces)
		out = append(out, Decimal(q.Normal()))
	}
	return out, nil
}

func newFloat() *big.Float { return new(big.Float).SetPrec(curveBits) }

func float(d decimal.Decimal) *big.Float { return newFloat().SetRat(d.Rat()) }

func rounded(x *big.Float) Value {
	r, _ := x.Rat(nil)
	return Decimal(decimal.FromRat(r, curvePlaces).Normal())
}

// exp is e to the x, by the series of x halved k times, squared k times.
func exp(x *big.Float) *big.Float {
	const halvings = 20
	y := newFloat().SetMantExp(x, -halvings)
	sum, term := newFloat().SetInt64(1), newFloat().SetInt64(1)
	for i := int64(1); i < 60; i++ {
		term.Mul(term, y)
		term.Quo(term, newFloat().SetInt64(i))
		sum.Add(sum, term)
	}
	for range halvings {
		sum.Mul(sum, sum)
	}
	return sum
}

// ln is the natural logarithm of a positive x: of its mantissa by the series of
// 2 artanh((m-1)/(m+1)), plus its exponent times that of 2.
func ln(x *big.Float) *big.Float {
	mantissa := newFloat()
	exponent := x.MantExp(mantissa) // mantissa in [0.5, 1)
	two := newFloat().SetInt64(2)
	ln2 := artanh2(newFloat().SetRat(big.NewRat(1, 3)))
	m := newFloat().Mul(mantissa, two) // [1, 2)
	one := newFloat().SetInt64(1)
	z := newFloat().Quo(newFloat().Sub(m, one), newFloat().Add(m, one))
	sum := artanh2(z)
	return sum.Add(sum, ln2.Mul(ln2, newFloat().SetInt64(int64(exponent-1))))
}

// artanh2 is twice the inverse hyperbolic tangent of z, 0 <= z <= 1/3.
func artanh2(z *big.Float) *big.Float {
	square := newFloat().Mul(z, z)
	sum, term := newFloat(), newFloat().Set(z)
	for i := int64(1); i < 170; i += 2 {
		sum.Add(sum, newFloat().Quo(term, newFloat().SetInt64(i)))
		term.Mul(term, square)
	}
	return sum.Add(sum, sum)
}
