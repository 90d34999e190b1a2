// SPDX-License-Identifier: Apache-2.0

package money

import "math/bits"

var pow10 = [...]int64{1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000,
	100_000_000, 1_000_000_000, 10_000_000_000, 100_000_000_000, 1_000_000_000_000,
	10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000,
	10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000}

// Pow10 is 10^n for n from 0 to 18.
func Pow10(n int) int64 { return pow10[n] }

// Fixed is a rate: Value counts units of 10^-Scale (RVU 1.23 is {123, 2}, a wage
// index 0.9171 is {9171, 4}). Scale runs from 0 to 18.
type Fixed struct {
	Value int64
	Scale uint8
}

// ParseFixed reads a decimal at the given scale; see ParseScaled.
func ParseFixed[T string | []byte](s T, scale uint8) (Fixed, error) {
	v, err := ParseScaled(s, int(scale))
	return Fixed{v, scale}, err
}

// String prints every decimal of the scale.
func (f Fixed) String() string { return string(AppendScaled(nil, f.Value, int(f.Scale))) }

// MarshalJSON writes the rate as a JSON number.
func (f Fixed) MarshalJSON() ([]byte, error) { return []byte(f.String()), nil }

// HalfUp is a*b/d rounded half away from zero, with a 128-bit product: the
// ROUNDED of CMS's COBOL pricers. It panics if d is not positive or if the
// quotient does not fit in 64 bits, both of which are errors of the program.
func HalfUp(a, b, d int64) int64 {
	neg := (a < 0) != (b < 0)
	hi, lo := bits.Mul64(mag(a), mag(b))
	half := uint64(d) / 2
	var carry uint64
	lo, carry = bits.Add64(lo, half, 0)
	hi += carry
	if d <= 0 || hi >= uint64(d) {
		panic("money: quotient out of range")
	}
	q, _ := bits.Div64(hi, lo, uint64(d))
	if q > 1<<63-1 {
		panic("money: quotient out of range")
	}
	if neg {
		return -int64(q)
	}
	return int64(q)
}

// Rescale brings v from one scale to another, rounding half away from zero when
// decimals are dropped.
func Rescale(v int64, from, to int) int64 {
	if to >= from {
		return v * pow10[to-from]
	}
	return HalfUp(v, 1, pow10[from-to])
}

// Times is c*f rounded half up to the cent.
func (c Cents) Times(f Fixed) Cents { return Cents(HalfUp(int64(c), f.Value, pow10[f.Scale])) }

// Percent is c*bp/10000 rounded half up to the cent; bp counts basis points
// (2 % is 200).
func (c Cents) Percent(bp int64) Cents { return Cents(HalfUp(int64(c), bp, 10_000)) }

func mag(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}
