// SPDX-License-Identifier: Apache-2.0

package ipps

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func ratOf(d decimal) *big.Rat {
	r := new(big.Rat).SetFrac(d.magnitude(), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(d.scale)), nil))
	if d.neg {
		r.Neg(r)
	}
	return r
}

// roundRat rounds half away from zero.
func roundRat(r *big.Rat, scale int) *big.Rat {
	pow := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)
	n := new(big.Int).Mul(new(big.Int).Abs(r.Num()), pow)
	n.Mul(n, big.NewInt(2)).Add(n, r.Denom()).Quo(n, new(big.Int).Mul(r.Denom(), big.NewInt(2)))
	if r.Sign() < 0 {
		n.Neg(n)
	}
	return new(big.Rat).SetFrac(n, pow)
}

// Sums, differences, products, quotients and roundings agree with exact rationals.
func TestDecimalAgainstRationals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) decimal {
			return dec(rapid.Int64Range(-1e12, 1e12).Draw(t, name), rapid.IntRange(0, 9).Draw(t, name+" scale"))
		}
		a, b, c := draw("a"), draw("b"), draw("c")
		x, y, z := ratOf(a), ratOf(b), ratOf(c)
		check := func(name string, got decimal, want *big.Rat) {
			if ratOf(got).Cmp(want) != 0 {
				t.Fatalf("%s of %s, %s, %s is %s, want %s", name, a, b, c, got, want.FloatString(30))
			}
		}
		check("sum", a.plus(b), new(big.Rat).Add(x, y))
		check("difference", a.minus(b), new(big.Rat).Sub(x, y))
		check("product", a.times(b), new(big.Rat).Mul(x, y))
		scale := rapid.IntRange(0, 9).Draw(t, "scale")
		check("rounded product", a.times(b).plus(c).round(scale), roundRat(new(big.Rat).Add(new(big.Rat).Mul(x, y), z), scale))
		if !b.isZero() {
			check("quotient", a.over(b, scale), roundRat(new(big.Rat).Quo(x, y), scale))
		}
		if got, want := a.cmp(b), x.Cmp(y); got != want {
			t.Fatalf("%s against %s is %d", a, b, got)
		}
		check("trim", a.trim(), x)
	})
}

// A product beyond 128 bits keeps its first 38 digits.
func TestDecimalBeyond128Bits(t *testing.T) {
	a := dec(1<<62, 0)
	p := a.times(a).times(dec(123456789, 9))
	want := new(big.Rat).Mul(new(big.Rat).Mul(ratOf(a), ratOf(a)), ratOf(dec(123456789, 9)))
	diff := new(big.Rat).Sub(ratOf(p), want)
	if f, _ := new(big.Rat).Quo(diff, want).Float64(); math.Abs(f) > 1e-36 {
		t.Errorf("product %s is off by %g", p, f)
	}
	if got := dec(1<<62, 0).times(dec(1<<62, 0)).units(0); got != 1<<63-1 {
		t.Errorf("units beyond 64 bits are %d", got)
	}
}

func TestParseDecimal(t *testing.T) {
	for _, c := range []struct{ in, want string }{{"0.6848", "0.6848"}, {"100", "100"}, {"-1.50", "-1.50"}} {
		if d, err := parseDecimal(c.in); err != nil || d.String() != c.want {
			t.Errorf("%q gives %s, %v", c.in, d, err)
		}
	}
	for _, s := range []string{"", "x", "1e3", "0.0000000000000000001"} {
		if d, err := parseDecimal(s); err == nil {
			t.Errorf("%q gives %s", s, d)
		}
	}
}

// Powers against the square, where the answer is exact, and against math.Pow
// elsewhere.
func TestPower(t *testing.T) {
	if got := power(dec(12, 1), whole(2), 12); got.String() != "1.440000000000" {
		t.Errorf("1.2^2 is %s", got)
	}
	if got := power(whole(4), dec(5, 1), 20); got.String() != "2.00000000000000000000" {
		t.Errorf("4^0.5 is %s", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		base, exponent := dec(rapid.Int64Range(1, 99999).Draw(t, "base"), 4), dec(rapid.Int64Range(0, 20000).Draw(t, "exponent"), 4)
		x, _ := ratOf(base).Float64()
		y, _ := ratOf(exponent).Float64()
		want := math.Pow(x, y)
		got, _ := ratOf(power(base, exponent, 12)).Float64()
		if math.Abs(got-want) > 1e-11*(1+want) {
			t.Fatalf("%s^%s is %v, math.Pow has %v", base, exponent, got, want)
		}
	})
}
