// SPDX-License-Identifier: Apache-2.0

package ipps

import (
	"math/big"
	"sync/atomic"
)

// power is base^exponent for a positive base, rounded half up at the scale. The
// pricer raises the wage index, the intern ratio and 2.7183 to fractional powers.
//
// It is exp(exponent x ln base) in binary floating point of 160 bits, of which
// some 45 decimal digits are good; the results have at most 9 decimals.
func power(base, exponent decimal, scale int) decimal {
	x := bigFloat(base)
	if x.Sign() <= 0 {
		return decimal{scale: scale}
	}
	y := new(big.Float).SetPrec(powerBits).Mul(bigFloat(exponent), ln(x))
	r := exp(y)
	r.Mul(r, new(big.Float).SetPrec(powerBits).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)))
	r.Add(r, big.NewFloat(0.5))
	n, _ := r.Int(nil)
	return fromBig(n, scale, false)
}

const powerBits = 160

func bigFloat(d decimal) *big.Float {
	f := new(big.Float).SetPrec(powerBits).SetInt(d.magnitude())
	f.Quo(f, new(big.Float).SetPrec(powerBits).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(d.scale)), nil)))
	if d.neg {
		f.Neg(f)
	}
	return f
}

func number(x float64) *big.Float { return new(big.Float).SetPrec(powerBits).SetFloat64(x) }

// ln halves or doubles x into [0.5, 1) and sums the series of 2 artanh((x-1)/(x+1)).
func ln(x *big.Float) *big.Float {
	m := new(big.Float).SetPrec(powerBits)
	e := x.MantExp(m)
	sum := artanh2(m)
	if e != 0 { // ln x = ln m + e ln 2
		two := artanh2(number(2))
		sum.Add(sum, two.Mul(two, number(float64(e))))
	}
	return sum
}

// artanh2 is 2 artanh((m-1)/(m+1)), which is ln m; it converges fast near 1.
func artanh2(m *big.Float) *big.Float {
	z := new(big.Float).SetPrec(powerBits).Sub(m, number(1))
	z.Quo(z, new(big.Float).SetPrec(powerBits).Add(m, number(1)))
	square := new(big.Float).SetPrec(powerBits).Mul(z, z)
	sum := new(big.Float).SetPrec(powerBits).Set(z)
	term := new(big.Float).SetPrec(powerBits).Set(z)
	for k := 3.0; k < 400; k += 2 {
		term.Mul(term, square)
		add := new(big.Float).SetPrec(powerBits).Quo(term, number(k))
		if add.Sign() == 0 || add.MantExp(nil) < -powerBits {
			break
		}
		sum.Add(sum, add)
	}
	return sum.Mul(sum, number(2))
}

// exp halves y sixteen times, sums the series, and squares as often.
func exp(y *big.Float) *big.Float {
	const halvings = 16
	r := new(big.Float).SetPrec(powerBits).Quo(y, number(1<<halvings))
	sum, term := number(1), number(1)
	for k := 1.0; k < 60; k++ {
		term.Mul(term, r)
		term.Quo(term, number(k))
		if term.Sign() == 0 || term.MantExp(nil) < -powerBits {
			break
		}
		sum.Add(sum, term)
	}
	for range halvings {
		sum.Mul(sum, sum)
	}
	return sum
}

// powerCache keeps powers that were computed before: a hospital's are the same
// from bill to bill. A slot holds the last pair that fell into it, so memory is
// bounded and reading takes no lock.
type powerCache struct {
	exponent func(arg int64) (base, exponent decimal)
	scale    int
	slots    [1 << 12]atomic.Pointer[powerEntry]
}

type powerEntry struct {
	arg    int64
	result decimal
}

// at is the power for one argument.
func (c *powerCache) at(arg int64) decimal {
	slot := &c.slots[uint64(arg)*0x9e3779b97f4a7c15>>52]
	if e := slot.Load(); e != nil && e.arg == arg {
		return e.result
	}
	base, exponent := c.exponent(arg)
	e := &powerEntry{arg, power(base, exponent, c.scale)}
	slot.Store(e)
	return e.result
}
