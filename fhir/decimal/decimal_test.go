// SPDX-License-Identifier: Apache-2.0

package decimal

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"0": "0", "-0": "0", "1.50": "1.50", "-0.05": "-0.05", "1e3": "1000", "1.5e-3": "0.0015", "+7": "7",
		"123456789012345678901234567890.10": "123456789012345678901234567890.10", ".5": "0.5", "5.": "5",
		"-9223372036854775808": "-9223372036854775808",
	} {
		if d, err := Parse(in); err != nil || d.String() != want {
			t.Errorf("%s gave %v %v, want %s", in, d, err, want)
		}
	}
	for _, bad := range []string{"", ".", "-", "1e", "1e9999999", "1,5", "0x10", "NaN", "--1", "1.2.3", " 1"} {
		if d, err := Parse(bad); err == nil {
			t.Errorf("%q gave %v", bad, d)
		}
	}
}

func drawn(t *rapid.T, name string) Decimal {
	d := Decimal{
		small: rapid.Int64().Draw(t, name),
		scale: int32(rapid.IntRange(0, 25).Draw(t, name+" scale")),
	}
	if rapid.Bool().Draw(t, name+" big") {
		d = d.Mul(FromInt(rapid.Int64().Draw(t, name+" factor")))
	}
	return d
}

func TestAgainstFractions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawn(t, "a"), drawn(t, "b")
		ra, rb := a.Rat(), b.Rat()
		check := func(op string, got Decimal, want *big.Rat) {
			if got.Rat().Cmp(want) != 0 {
				t.Fatalf("%s %s %s = %s, want %s", a, op, b, got, want)
			}
		}
		check("+", a.Add(b), new(big.Rat).Add(ra, rb))
		check("-", a.Sub(b), new(big.Rat).Sub(ra, rb))
		check("*", a.Mul(b), new(big.Rat).Mul(ra, rb))
		if a.Cmp(b) != ra.Cmp(rb) {
			t.Fatalf("%s cmp %s = %d", a, b, a.Cmp(b))
		}
		back, err := Parse(a.String())
		if err != nil || back.Cmp(a) != 0 || back.Scale() != a.Scale() {
			t.Fatalf("%s came back as %v, %v", a, back, err)
		}
		if q, r, ok := a.QuoRem(b); ok {
			check("quo and rem", q.Mul(b).Add(r), ra)
			if r.Abs().Cmp(b.Abs()) >= 0 {
				t.Fatalf("%s rem %s = %s", a, b, r)
			}
		}
		if q, ok := a.Div(b, 20); ok {
			diff := new(big.Rat).Sub(q.Rat(), new(big.Rat).Quo(ra, rb))
			if diff.Abs(diff).Cmp(New(5, 21).Rat()) > 0 {
				t.Fatalf("%s / %s = %s", a, b, q)
			}
		}
		f, c := a.Floor(), a.Ceiling()
		if f.Cmp(a) > 0 || c.Cmp(a) < 0 || c.Sub(f).Cmp(One) > 0 || !f.IsInt() || !c.IsInt() {
			t.Fatalf("%s: floor %s, ceiling %s", a, f, c)
		}
		if n := a.Normal(); n.Cmp(a) != 0 || n.Scale() > a.Scale() {
			t.Fatalf("%s normal is %s", a, n)
		}
	})
}

func TestRound(t *testing.T) {
	for _, c := range []struct {
		in     string
		places int
		want   string
	}{{"2.5", 0, "3"}, {"-2.5", 0, "-3"}, {"3.14159", 3, "3.142"}, {"1.1", 4, "1.1"}, {"0.05", 1, "0.1"}} {
		if got := MustParse(c.in).Round(c.places).String(); got != c.want {
			t.Errorf("%s to %d places is %s, want %s", c.in, c.places, got, c.want)
		}
	}
}
