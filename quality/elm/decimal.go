// SPDX-License-Identifier: Apache-2.0

package elm

import (
	"math"
	"math/big"
	"math/bits"
	"strings"
)

// Decimal is an exact number with at most 28 digits, 8 of them after the point, as
// CQL defines it. It is held as a count of hundred-millionths: in small while that
// fits 64 bits, else in large.
type Decimal struct {
	small  int64
	large  *big.Int
	places uint8 // digits after the point as written, for Precision and equivalence
}

// unit is 1 in hundred-millionths; scale is the number of its zeroes.
const (
	unit  = 100_000_000
	scale = 8
)

var (
	bigUnit    = big.NewInt(unit)
	maxDecimal = func() *big.Int { // 99999999999999999999.99999999
		n := new(big.Int).Exp(big.NewInt(10), big.NewInt(28), nil)
		return n.Sub(n, big.NewInt(1))
	}()
)

// DecimalOf is a whole number as a decimal.
func DecimalOf(n int64) Decimal {
	hi, lo := bits.Mul64(magnitude(n), unit)
	if hi == 0 && lo <= math.MaxInt64 {
		return Decimal{small: n * unit}
	}
	return Decimal{large: new(big.Int).Mul(big.NewInt(n), bigUnit)}
}

// hundredMillionths makes a decimal of its count.
func hundredMillionths(n int64) Decimal { return Decimal{small: n, places: placesOf(n)} }

func placesOf(n int64) uint8 {
	if n == 0 {
		return 0
	}
	p := uint8(scale)
	for p > 0 && n%10 == 0 {
		n /= 10
		p--
	}
	return p
}

// ParseDecimal reads digits with an optional sign, point and exponent. Digits after
// the eighth are rounded half away from zero. ok is false for another text or a number
// beyond the range of the type.
func ParseDecimal(s string) (d Decimal, ok bool) {
	if len(s) == 0 || len(s) > 64 {
		return d, false
	}
	mantissa, exponent := s, 0
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa = s[:i]
		e, ok := parseInt(s[i+1:], 2)
		if !ok {
			return d, false
		}
		exponent = int(e)
	}
	neg := false
	if c := mantissa; c != "" && (c[0] == '-' || c[0] == '+') {
		neg, mantissa = c[0] == '-', c[1:]
	}
	whole, frac, point := strings.Cut(mantissa, ".")
	if whole == "" || point && frac == "" || !digits(whole) || !digits(frac) {
		return d, false
	}
	all := whole + frac
	fracLen := len(frac) - exponent
	d.places = uint8(min(max(fracLen, 0), scale))
	n, fits := parseInt(all, 18)
	if fits && fracLen >= 0 && fracLen <= scale {
		if hi, lo := bits.Mul64(uint64(n), uint64(pow10(scale-fracLen))); hi == 0 && lo <= math.MaxInt64 {
			d.small = int64(lo)
			if neg {
				d.small = -d.small
			}
			return d, true
		}
	}
	b, _ := new(big.Int).SetString(all, 10)
	if neg {
		b.Neg(b)
	}
	if shift := scale - fracLen; shift >= 0 {
		b.Mul(b, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(shift)), nil))
	} else {
		b = quoHalfUp(b, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(-shift)), nil))
	}
	r, ok := fromBig(b)
	r.places = d.places
	return r, ok
}

func digits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// parseInt reads at most limit digits with an optional sign.
func parseInt(s string, limit int) (n int64, ok bool) {
	neg := false
	if s != "" && (s[0] == '-' || s[0] == '+') {
		neg, s = s[0] == '-', s[1:]
	}
	if s == "" || len(s) > limit || !digits(s) {
		return 0, false
	}
	for i := 0; i < len(s); i++ {
		n = n*10 + int64(s[i]-'0')
	}
	if neg {
		n = -n
	}
	return n, true
}

func pow10(n int) int64 {
	p := int64(1)
	for ; n > 0; n-- {
		p *= 10
	}
	return p
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// big is the count of hundred-millionths.
func (d Decimal) big() *big.Int {
	if d.large != nil {
		return d.large
	}
	return big.NewInt(d.small)
}

// fromBig makes a decimal of its count; ok is false beyond the range of the type.
func fromBig(b *big.Int) (Decimal, bool) {
	if b.IsInt64() {
		return hundredMillionths(b.Int64()), true
	}
	if b.CmpAbs(maxDecimal) > 0 {
		return Decimal{}, false
	}
	return Decimal{large: b, places: scale}, true
}

// quoHalfUp divides, rounding half away from zero.
func quoHalfUp(a, b *big.Int) *big.Int {
	q, r := new(big.Int).QuoRem(a, b, new(big.Int))
	if r.Lsh(r.Abs(r), 1).CmpAbs(b) >= 0 {
		q.Add(q, big.NewInt(int64(a.Sign()*b.Sign())))
	}
	return q
}

// Cmp is -1, 0 or 1.
func (d Decimal) Cmp(o Decimal) int {
	if d.large == nil && o.large == nil {
		switch {
		case d.small < o.small:
			return -1
		case d.small > o.small:
			return 1
		}
		return 0
	}
	return d.big().Cmp(o.big())
}

// Sign is -1, 0 or 1.
func (d Decimal) Sign() int { return d.Cmp(Decimal{}) }

// Add, Sub, Mul and Quo: ok is false if the result is beyond the range of the
// type, or the divisor is zero.
func (d Decimal) Add(o Decimal) (Decimal, bool) {
	if d.large == nil && o.large == nil {
		if s := d.small + o.small; (s > d.small) == (o.small > 0) {
			return Decimal{small: s, places: max(d.places, o.places)}, true
		}
	}
	return fromBig(new(big.Int).Add(d.big(), o.big()))
}

// Neg is the number with the other sign.
func (d Decimal) Neg() Decimal {
	if d.large == nil && d.small != math.MinInt64 {
		return Decimal{small: -d.small, places: d.places}
	}
	return Decimal{large: new(big.Int).Neg(d.big()), places: d.places}
}

// Sub is d - o.
func (d Decimal) Sub(o Decimal) (Decimal, bool) { return d.Add(o.Neg()) }

// Mul is d * o, rounded to 8 places half away from zero.
func (d Decimal) Mul(o Decimal) (Decimal, bool) {
	if d.large == nil && o.large == nil {
		hi, lo := bits.Mul64(magnitude(d.small), magnitude(o.small))
		if hi < unit {
			q, r := bits.Div64(hi, lo, unit)
			if r >= unit/2 {
				q++
			}
			if q <= math.MaxInt64 {
				n := int64(q)
				if (d.small < 0) != (o.small < 0) {
					n = -n
				}
				return hundredMillionths(n), true
			}
		}
	}
	return fromBig(quoHalfUp(new(big.Int).Mul(d.big(), o.big()), bigUnit))
}

// Quo is d / o, rounded to 8 places half away from zero.
func (d Decimal) Quo(o Decimal) (Decimal, bool) {
	if o.Sign() == 0 {
		return Decimal{}, false
	}
	return fromBig(quoHalfUp(new(big.Int).Mul(d.big(), bigUnit), o.big()))
}

// Truncate is the whole part; ok is false if it does not fit 64 bits.
func (d Decimal) Truncate() (int64, bool) {
	if d.large == nil {
		return d.small / unit, true
	}
	q := new(big.Int).Quo(d.large, bigUnit)
	return q.Int64(), q.IsInt64()
}

// Whole tells whether nothing stands after the point.
func (d Decimal) Whole() bool {
	if d.large == nil {
		return d.small%unit == 0
	}
	return new(big.Int).Rem(d.large, bigUnit).Sign() == 0
}

// Round rounds half up (toward positive infinity, as CQL does) to places digits.
func (d Decimal) Round(places int) Decimal {
	if places >= scale {
		return d
	}
	step := big.NewInt(pow10(scale - max(places, 0)))
	half := big.NewInt(pow10(scale-max(places, 0)) / 2)
	n := new(big.Int).Add(d.big(), half)
	n.Div(n, step).Mul(n, step) // Div is Euclidean: floor for a positive step
	r, _ := fromBig(n)
	r.places = uint8(max(places, 0))
	return r
}

// Float is the nearest floating point number, for logarithms and powers.
func (d Decimal) Float() float64 {
	f, _ := new(big.Rat).SetFrac(d.big(), bigUnit).Float64()
	return f
}

// decimalOfFloat rounds to 8 places; ok is false for infinities and beyond the range.
func decimalOfFloat(f float64) (Decimal, bool) {
	if math.IsNaN(f) || math.IsInf(f, 0) || math.Abs(f) > 1e20 {
		return Decimal{}, false
	}
	r := new(big.Rat).SetFloat64(f)
	n := new(big.Int).Mul(r.Num(), bigUnit)
	return fromBig(quoHalfUp(n, r.Denom()))
}

// String prints the number with the places that it was written with, at least one.
func (d Decimal) String() string {
	s := d.big().String()
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	if len(s) <= scale {
		s = strings.Repeat("0", scale+1-len(s)) + s
	}
	whole, frac := s[:len(s)-scale], s[len(s)-scale:]
	keep := max(int(d.places), 1)
	for len(frac) > keep && frac[len(frac)-1] == '0' {
		frac = frac[:len(frac)-1]
	}
	return sign + whole + "." + frac
}
