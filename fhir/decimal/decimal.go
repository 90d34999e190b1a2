// SPDX-License-Identifier: Apache-2.0

// Package decimal computes with FHIR's decimals exactly. A Decimal keeps the
// precision that it was written in: 1.50 stays 1.50, and equals 1.5.
package decimal

import (
	"errors"
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"strings"
)

// MaxExponent bounds the exponent of a text that Parse takes, so that a short
// text cannot make a huge number.
const MaxExponent = 1000

// Decimal is coefficient / 10^scale. The zero value is 0.
type Decimal struct {
	small int64    // the coefficient, if big is nil
	big   *big.Int // never changed after it is made
	scale int32    // digits after the point, not negative
}

// Zero and One.
var (
	Zero = FromInt(0)
	One  = FromInt(1)
)

// FromInt makes a whole number.
func FromInt(i int64) Decimal { return Decimal{small: i} }

// New makes coefficient / 10^scale; a negative scale multiplies.
func New(coefficient int64, scale int) Decimal {
	if scale >= 0 {
		return Decimal{small: coefficient, scale: int32(scale)}
	}
	return fromBig(new(big.Int).Mul(big.NewInt(coefficient), pow10(-scale)), 0)
}

func fromBig(b *big.Int, scale int32) Decimal {
	if b.IsInt64() {
		return Decimal{small: b.Int64(), scale: scale}
	}
	return Decimal{big: b, scale: scale}
}

// ErrSyntax is returned for a text that is not a number, or whose exponent or
// length is beyond all use.
var ErrSyntax = errors.New("not a decimal number")

// Parse reads digits with an optional sign, point and exponent.
func Parse(s string) (Decimal, error) {
	mantissa, exp := s, 0
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		e, err := strconv.Atoi(strings.TrimPrefix(s[i+1:], "+"))
		if err != nil || e > MaxExponent || e < -MaxExponent {
			return Decimal{}, ErrSyntax
		}
		mantissa, exp = s[:i], e
	}
	neg := strings.HasPrefix(mantissa, "-")
	if neg || strings.HasPrefix(mantissa, "+") {
		mantissa = mantissa[1:]
	}
	whole, frac, _ := strings.Cut(mantissa, ".")
	if len(whole)+len(frac) == 0 || len(whole)+len(frac) > 4*MaxExponent || !digits(whole) || !digits(frac) {
		return Decimal{}, ErrSyntax
	}
	var d Decimal
	if len(whole)+len(frac) <= 18 {
		n, _ := strconv.ParseInt(whole+frac, 10, 64)
		d = Decimal{small: n}
	} else {
		b, _ := new(big.Int).SetString(whole+frac, 10)
		d = fromBig(b, 0)
	}
	if neg {
		d = d.Neg()
	}
	if scale := len(frac) - exp; scale >= 0 {
		d.scale = int32(scale)
	} else {
		d = fromBig(new(big.Int).Mul(d.coefficient(), pow10(-scale)), 0)
	}
	return d, nil
}

func digits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i]-'0' > 9 {
			return false
		}
	}
	return true
}

// MustParse is Parse for constants; it panics on a text that is no number.
func MustParse(s string) Decimal {
	d, err := Parse(s)
	if err != nil {
		panic(s + ": " + err.Error())
	}
	return d
}

// coefficient is for reading only.
func (d Decimal) coefficient() *big.Int {
	if d.big != nil {
		return d.big
	}
	return big.NewInt(d.small)
}

// String prints the number without exponent, in its own precision.
func (d Decimal) String() string { return string(d.Append(nil)) }

// Append appends what String prints.
func (d Decimal) Append(dst []byte) []byte {
	var buf [24]byte
	var digits []byte
	if d.big == nil {
		digits = strconv.AppendInt(buf[:0], d.small, 10)
	} else {
		digits = d.big.Append(nil, 10)
	}
	if digits[0] == '-' {
		dst = append(dst, '-')
		digits = digits[1:]
	}
	point := len(digits) - int(d.scale)
	if point <= 0 {
		dst = append(dst, '0')
	} else {
		dst = append(dst, digits[:point]...)
		digits = digits[point:]
		point = 0
	}
	if d.scale > 0 {
		dst = append(dst, '.')
		for ; point < 0; point++ {
			dst = append(dst, '0')
		}
		dst = append(dst, digits...)
	}
	return dst
}

// Scale is the number of digits after the point.
func (d Decimal) Scale() int { return int(d.scale) }

// Sign is -1, 0 or 1.
func (d Decimal) Sign() int {
	if d.big != nil {
		return d.big.Sign()
	}
	switch {
	case d.small < 0:
		return -1
	case d.small > 0:
		return 1
	}
	return 0
}

// IsInt tells whether nothing but zeros stands after the point.
func (d Decimal) IsInt() bool { return d.scale == 0 || d.Cmp(d.Truncate()) == 0 }

// Int64 is the number as an int64, if it is whole and fits.
func (d Decimal) Int64() (int64, bool) {
	if d.scale == 0 && d.big == nil {
		return d.small, true
	}
	t := d.Truncate()
	if t.big != nil || t.Cmp(d) != 0 {
		return 0, false
	}
	return t.small, true
}

// Rat is the number as a fraction.
func (d Decimal) Rat() *big.Rat {
	return new(big.Rat).SetFrac(d.coefficient(), pow10(int(d.scale)))
}

// FromRat is the fraction rounded half away from zero to places digits.
func FromRat(r *big.Rat, places int) Decimal {
	n := new(big.Int).Mul(r.Num(), pow10(places))
	return fromBig(divHalfUp(n, r.Denom()), int32(places))
}

// divHalfUp is n/d rounded half away from zero; d is positive.
func divHalfUp(n, d *big.Int) *big.Int {
	q, m := new(big.Int).QuoRem(n, d, new(big.Int))
	if m.Abs(m).Lsh(m, 1).Cmp(d) >= 0 {
		q.Add(q, big.NewInt(int64(n.Sign())))
	}
	return q
}

var powers = func() (p [19]int64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * 10
	}
	return p
}()

func pow10(n int) *big.Int {
	if n < len(powers) {
		return big.NewInt(powers[n])
	}
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

// rescaled is the coefficient at a larger scale, if it fits 64 bits.
func (d Decimal) rescaled(scale int32) (int64, bool) {
	up := scale - d.scale
	if d.big != nil || up >= int32(len(powers)) {
		return 0, false
	}
	return mul64(d.small, powers[up])
}

func (d Decimal) rescaledBig(scale int32) *big.Int {
	if scale == d.scale {
		return d.coefficient()
	}
	return new(big.Int).Mul(d.coefficient(), pow10(int(scale-d.scale)))
}

func mul64(a, b int64) (int64, bool) {
	hi, lo := bits.Mul64(abs64(a), abs64(b))
	if hi != 0 || lo > math.MaxInt64 {
		return 0, false
	}
	if (a < 0) != (b < 0) {
		return -int64(lo), true
	}
	return int64(lo), true
}

func abs64(a int64) uint64 {
	if a < 0 {
		return -uint64(a)
	}
	return uint64(a)
}

// Cmp compares two numbers: -1, 0 or 1.
func (d Decimal) Cmp(o Decimal) int {
	scale := max(d.scale, o.scale)
	a, okA := d.rescaled(scale)
	b, okB := o.rescaled(scale)
	if !okA || !okB {
		return d.rescaledBig(scale).Cmp(o.rescaledBig(scale))
	}
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
