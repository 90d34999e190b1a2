// SPDX-License-Identifier: Apache-2.0

package ipps

import (
	"math/big"
	"math/bits"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/money"
)

// decimal is an exact decimal number: sign, 128-bit magnitude, scale. The
// pricer's formulas are written with it, and only round says where a digit is
// lost. A product that needs more than 38 digits, which no field of the records
// can bring about, loses its last decimals, never its first digits.
type decimal struct {
	hi, lo uint64
	scale  int
	neg    bool
}

// dec makes v units of 10^-scale.
func dec(v int64, scale int) decimal {
	if v < 0 {
		return decimal{lo: -uint64(v), scale: scale, neg: true}
	}
	return decimal{lo: uint64(v), scale: scale}
}

func cents(c money.Cents) decimal    { return dec(int64(c), 2) }
func fixed(f money.Fixed) decimal    { return dec(f.Value, int(f.Scale)) }
func whole(n int) decimal            { return dec(int64(n), 0) }
func (a decimal) isZero() bool       { return a.hi|a.lo == 0 }
func (a decimal) positive() bool     { return !a.neg && !a.isZero() }
func (a decimal) cents() money.Cents { return money.Cents(a.units(2)) }
func (a decimal) fixed(scale int) money.Fixed {
	return money.Fixed{Value: a.units(scale), Scale: uint8(scale)}
}

// parseDecimal reads plain decimal text, keeping its decimals.
func parseDecimal(s string) (decimal, error) {
	scale := 0
	if i := strings.IndexByte(s, '.'); i >= 0 {
		scale = len(s) - i - 1
	}
	if scale > 18 {
		return decimal{}, &money.NumberError{Text: s, Reason: "more than 18 decimals"}
	}
	v, err := money.ParseScaled(s, scale)
	return dec(v, scale), err
}

var tens = func() (p [20]uint64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * 10
	}
	return p
}()

// up brings a to a larger scale. It reports false if that needs more than 128 bits.
func (a decimal) up(scale int) (decimal, bool) {
	for a.scale < scale {
		k := min(scale-a.scale, 19)
		hi1, lo := bits.Mul64(a.lo, tens[k])
		hi2, mid := bits.Mul64(a.hi, tens[k])
		hi, carry := bits.Add64(mid, hi1, 0)
		if hi2 != 0 || carry != 0 {
			return a, false
		}
		a.hi, a.lo, a.scale = hi, lo, a.scale+k
	}
	return a, true
}

// cut drops decimals without rounding.
func (a decimal) cut(scale int) decimal {
	for a.scale > scale {
		k := min(a.scale-scale, 19)
		a.hi, a.lo = div128(a.hi, a.lo, tens[k])
		a.scale -= k
	}
	return a
}

// trim drops zeros at the end.
func (a decimal) trim() decimal {
	for a.scale > 0 {
		hi, lo := div128(a.hi, a.lo, 10)
		backHi, backLo := bits.Mul64(lo, 10)
		if backLo != a.lo || backHi+hi*10 != a.hi {
			break
		}
		a.hi, a.lo, a.scale = hi, lo, a.scale-1
	}
	return a
}

func div128(hi, lo, d uint64) (uint64, uint64) {
	qhi, r := hi/d, hi%d
	qlo, _ := bits.Div64(r, lo, d)
	return qhi, qlo
}

// align brings two numbers to one scale.
func align(a, b decimal) (decimal, decimal) {
	var ok bool
	if a.scale < b.scale {
		if a, ok = a.up(b.scale); !ok {
			b = b.cut(a.scale)
		}
	} else if b.scale < a.scale {
		if b, ok = b.up(a.scale); !ok {
			a = a.cut(b.scale)
		}
	}
	return a, b
}

func (a decimal) plus(b decimal) decimal {
	a, b = align(a, b)
	if a.neg == b.neg {
		lo, c := bits.Add64(a.lo, b.lo, 0)
		hi, _ := bits.Add64(a.hi, b.hi, c)
		return decimal{hi, lo, a.scale, a.neg}
	}
	if less128(a, b) {
		a, b = b, a
	}
	lo, c := bits.Sub64(a.lo, b.lo, 0)
	hi, _ := bits.Sub64(a.hi, b.hi, c)
	return decimal{hi, lo, a.scale, a.neg && hi|lo != 0}
}

func (a decimal) minus(b decimal) decimal {
	b.neg = !b.neg && !b.isZero()
	return a.plus(b)
}

func less128(a, b decimal) bool { return a.hi < b.hi || a.hi == b.hi && a.lo < b.lo }

// cmp is -1, 0 or 1 as a is less than, equal to or greater than b.
func (a decimal) cmp(b decimal) int {
	d := a.minus(b)
	switch {
	case d.isZero():
		return 0
	case d.neg:
		return -1
	}
	return 1
}

func (a decimal) less(b decimal) bool { return a.cmp(b) < 0 }

func (a decimal) times(b decimal) decimal {
	neg := a.neg != b.neg && !a.isZero() && !b.isZero()
	if a.hi|b.hi == 0 {
		hi, lo := bits.Mul64(a.lo, b.lo)
		return decimal{hi, lo, a.scale + b.scale, neg}
	}
	if a.hi != 0 && b.hi == 0 {
		a, b = b, a
	}
	if a.hi == 0 { // 64 by 128 bits
		hi1, lo := bits.Mul64(a.lo, b.lo)
		hi2, mid := bits.Mul64(a.lo, b.hi)
		hi, carry := bits.Add64(mid, hi1, 0)
		if hi2 == 0 && carry == 0 {
			return decimal{hi, lo, a.scale + b.scale, neg}
		}
	}
	return wideProduct(a.trim(), b.trim(), neg)
}

// wideProduct multiplies what may not fit in 128 bits.
func wideProduct(a, b decimal, neg bool) decimal {
	p := new(big.Int).Mul(a.magnitude(), b.magnitude())
	scale := a.scale + b.scale
	for ten := big.NewInt(10); p.BitLen() > 127; scale-- {
		p.Quo(p, ten)
	}
	return fromBig(p, scale, neg)
}

func (a decimal) magnitude() *big.Int {
	m := new(big.Int).SetUint64(a.hi)
	return m.Lsh(m, 64).Or(m, new(big.Int).SetUint64(a.lo))
}

func fromBig(p *big.Int, scale int, neg bool) decimal {
	low := new(big.Int).And(p, new(big.Int).SetUint64(1<<64-1))
	return decimal{new(big.Int).Rsh(p, 64).Uint64(), low.Uint64(), scale, neg && p.Sign() != 0}
}

// over is the quotient a/b, rounded half up at the scale. b must not be zero.
func (a decimal) over(b decimal, scale int) decimal {
	neg := a.neg != b.neg
	// One digit more than wanted, cut: enough to round half up.
	num, ok := a.up(scale + 1 + b.scale)
	if !ok || b.hi != 0 {
		n := new(big.Int).Mul(a.magnitude(), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(scale+1+b.scale-a.scale, 0))), nil))
		num = fromBig(n.Quo(n, b.magnitude()), max(scale+1, a.scale-b.scale), false)
	} else {
		num.hi, num.lo = div128(num.hi, num.lo, b.lo)
		num.scale -= b.scale
	}
	num = num.round(scale)
	num.neg = neg && !num.isZero()
	return num
}

// round rounds half away from zero, which is ROUNDED in CMS's pricer.
func (a decimal) round(scale int) decimal {
	if a.scale <= scale {
		up, _ := a.up(scale)
		return up
	}
	a = a.cut(scale + 1)
	lo, carry := bits.Add64(a.lo, 5, 0)
	a.hi, a.lo = div128(a.hi+carry, lo, 10)
	a.scale = scale
	a.neg = a.neg && !a.isZero()
	return a
}

// units is the number in units of 10^-scale, rounded. What is beyond 64 bits is
// held at the largest value, far outside every field.
func (a decimal) units(scale int) int64 {
	a = a.round(scale)
	if a.hi != 0 || a.lo > 1<<63-1 {
		a.lo = 1<<63 - 1
	}
	if a.neg {
		return -int64(a.lo)
	}
	return int64(a.lo)
}

// String prints every decimal of the scale.
func (a decimal) String() string {
	digits := a.magnitude().String()
	if pad := a.scale + 1 - len(digits); pad > 0 {
		digits = strings.Repeat("0", pad) + digits
	}
	if a.scale > 0 {
		digits = digits[:len(digits)-a.scale] + "." + digits[len(digits)-a.scale:]
	}
	if a.neg {
		digits = "-" + digits
	}
	return digits
}
