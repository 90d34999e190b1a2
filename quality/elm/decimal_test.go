// SPDX-License-Identifier: Apache-2.0

package elm

import (
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// drawDecimal is any decimal: small, large, whole or with places.
func drawDecimal(t *rapid.T, name string) Decimal {
	s := rapid.OneOf(
		rapid.StringMatching(`-?[0-9]{1,3}(\.[0-9]{1,8})?`),
		rapid.StringMatching(`-?[0-9]{1,20}(\.[0-9]{1,8})?`),
	).Draw(t, name)
	d, ok := ParseDecimal(s)
	if !ok {
		t.Fatalf("%q was not read", s)
	}
	return d
}

func rat(d Decimal) *big.Rat { return new(big.Rat).SetFrac(d.big(), bigUnit) }

// The fast paths in 64 bits agree with exact fractions.
func TestDecimalArithmeticIsExact(t *testing.T) {
	half := big.NewRat(1, 2*unit)
	within := func(t *rapid.T, what string, got Decimal, ok bool, want *big.Rat) {
		limit := new(big.Rat).SetFrac(maxDecimal, bigUnit)
		if !ok {
			if new(big.Rat).Abs(want).Cmp(new(big.Rat).Sub(limit, half)) < 0 {
				t.Fatalf("%s has no result, want %s", what, want.FloatString(9))
			}
			return
		}
		if diff := new(big.Rat).Sub(rat(got), want); diff.Abs(diff).Cmp(half) > 0 {
			t.Fatalf("%s is %s, want %s", what, got, want.FloatString(9))
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawDecimal(t, "a"), drawDecimal(t, "b")
		sum, ok := a.Add(b)
		within(t, "the sum", sum, ok, new(big.Rat).Add(rat(a), rat(b)))
		diff, ok := a.Sub(b)
		within(t, "the difference", diff, ok, new(big.Rat).Sub(rat(a), rat(b)))
		product, ok := a.Mul(b)
		within(t, "the product", product, ok, new(big.Rat).Mul(rat(a), rat(b)))
		if b.Sign() != 0 {
			quotient, ok := a.Quo(b)
			within(t, "the quotient", quotient, ok, new(big.Rat).Quo(rat(a), rat(b)))
		}
		if got, want := a.Cmp(b), rat(a).Cmp(rat(b)); got != want {
			t.Fatalf("%s against %s: %d, want %d", a, b, got, want)
		}
		if again, ok := ParseDecimal(a.String()); !ok || again.Cmp(a) != 0 {
			t.Fatalf("%s was read back as %s", a, again)
		}
	})
}

func TestParseDecimalRefuses(t *testing.T) {
	for _, s := range []string{"", "-", ".5", "5.", "1e", "0x5", "1.2.3", "123456789012345678901", "1e99", "NaN"} {
		if d, ok := ParseDecimal(s); ok {
			t.Errorf("%q was read as %s", s, d)
		}
	}
	for s, want := range map[string]string{"1e2": "100.0", "1.5E-3": "0.0015", "0.123456785": "0.12345679", "-0.123456785": "-0.12345679", "1.50": "1.50"} {
		if d, ok := ParseDecimal(s); !ok || d.String() != want {
			t.Errorf("%q was read as %s, %v", s, d, ok)
		}
	}
}

// Our calendar is the standard library's.
func TestCalendar(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		days := rapid.Int64Range(-719162, 2932896).Draw(t, "days") // 0001-01-01 to 9999-12-31
		y, m, d := civilFromDays(days)
		want := time.Unix(days*86400, 0).UTC()
		if y != want.Year() || m != int(want.Month()) || d != want.Day() || daysFromCivil(y, m, d) != days {
			t.Fatalf("day %d is %04d-%02d-%02d, want %s", days, y, m, d, want.Format(time.DateOnly))
		}
	})
}

// Adding units and measuring them again gives what was added, short of the end of a month.
func TestDurationsUndoAddition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := NewDate(rapid.IntRange(1900, 2100).Draw(t, "year"), rapid.IntRange(1, 12).Draw(t, "month"), rapid.IntRange(1, 28).Draw(t, "day"), Day)
		n := rapid.Int64Range(-500, 500).Draw(t, "n")
		p := rapid.SampledFrom([]Precision{Year, Month, Week, Day}).Draw(t, "unit")
		if p == Year {
			n /= 10
		}
		end := start.addUnits(n, p)
		if got := duration(start, end, p); got != n {
			t.Fatalf("%d %ss after %s is %s, which is %d", n, p, start, end, got)
		}
	})
}
