// SPDX-License-Identifier: Apache-2.0

package decimal

import "math/big"

// Neg is -d.
func (d Decimal) Neg() Decimal {
	if d.big == nil && d.small != -1<<63 {
		return Decimal{small: -d.small, scale: d.scale}
	}
	return fromBig(new(big.Int).Neg(d.coefficient()), d.scale)
}

// Abs is d without its sign.
func (d Decimal) Abs() Decimal {
	if d.Sign() < 0 {
		return d.Neg()
	}
	return d
}

// Add is d + o.
func (d Decimal) Add(o Decimal) Decimal {
	scale := max(d.scale, o.scale)
	a, okA := d.rescaled(scale)
	b, okB := o.rescaled(scale)
	if sum := a + b; okA && okB && (sum > a) == (b > 0) {
		return Decimal{small: sum, scale: scale}
	}
	return fromBig(new(big.Int).Add(d.rescaledBig(scale), o.rescaledBig(scale)), scale)
}

// Sub is d - o.
func (d Decimal) Sub(o Decimal) Decimal { return d.Add(o.Neg()) }

// Mul is d × o, exactly.
func (d Decimal) Mul(o Decimal) Decimal {
	scale := d.scale + o.scale
	if d.big == nil && o.big == nil {
		if p, ok := mul64(d.small, o.small); ok {
			return Decimal{small: p, scale: scale}
		}
	}
	return fromBig(new(big.Int).Mul(d.coefficient(), o.coefficient()), scale)
}

// Div is d / o rounded half away from zero to places digits; ok is false if o is 0.
func (d Decimal) Div(o Decimal, places int) (q Decimal, ok bool) {
	if o.Sign() == 0 {
		return q, false
	}
	n := new(big.Int).Mul(d.coefficient(), pow10(int(o.scale)+places))
	m := new(big.Int).Mul(o.coefficient(), pow10(int(d.scale)))
	if m.Sign() < 0 {
		n.Neg(n)
		m.Neg(m)
	}
	return fromBig(divHalfUp(n, m), int32(places)), true
}

// QuoRem is the whole number of times that o is in d, towards zero, and what
// remains, which has d's sign; ok is false if o is 0.
func (d Decimal) QuoRem(o Decimal) (quo, rem Decimal, ok bool) {
	if o.Sign() == 0 {
		return quo, rem, false
	}
	scale := max(d.scale, o.scale)
	q, r := new(big.Int).QuoRem(d.rescaledBig(scale), o.rescaledBig(scale), new(big.Int))
	return fromBig(q, 0), fromBig(r, scale), true
}

// Truncate is the whole number towards zero.
func (d Decimal) Truncate() Decimal {
	if d.scale == 0 {
		return d
	}
	if d.big == nil && int(d.scale) < len(powers) {
		return FromInt(d.small / powers[d.scale])
	}
	return fromBig(new(big.Int).Quo(d.coefficient(), pow10(int(d.scale))), 0)
}

// Floor is the largest whole number not above d.
func (d Decimal) Floor() Decimal {
	t := d.Truncate()
	if d.Cmp(t) < 0 {
		return t.Sub(One)
	}
	return t
}

// Ceiling is the smallest whole number not below d.
func (d Decimal) Ceiling() Decimal {
	t := d.Truncate()
	if d.Cmp(t) > 0 {
		return t.Add(One)
	}
	return t
}

// Round rounds half away from zero to places digits after the point. A number
// with fewer digits stays as it is.
func (d Decimal) Round(places int) Decimal {
	if places < 0 || int(d.scale) <= places {
		return d
	}
	return fromBig(divHalfUp(d.coefficient(), pow10(int(d.scale)-places)), int32(places))
}

// RoundDown cuts off all digits after places.
func (d Decimal) RoundDown(places int) Decimal {
	if places < 0 || int(d.scale) <= places {
		return d
	}
	return fromBig(new(big.Int).Quo(d.coefficient(), pow10(int(d.scale)-places)), int32(places))
}

// WithScale writes d with at least scale digits after the point.
func (d Decimal) WithScale(scale int) Decimal {
	if int(d.scale) >= scale {
		return d
	}
	return fromBig(new(big.Int).Set(d.rescaledBig(int32(scale))), int32(scale))
}

// Normal writes d without zeros at the end of its fraction.
func (d Decimal) Normal() Decimal {
	for d.scale > 0 && d.big == nil && d.small%10 == 0 {
		d.small /= 10
		d.scale--
	}
	if d.big != nil && d.scale > 0 {
		b, ten, m := new(big.Int).Set(d.big), big.NewInt(10), new(big.Int)
		for q := new(big.Int); d.scale > 0; d.scale-- {
			if q.QuoRem(b, ten, m); m.Sign() != 0 {
				break
			}
			b.Set(q)
		}
		return fromBig(b, d.scale)
	}
	return d
}
