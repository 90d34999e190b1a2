// SPDX-License-Identifier: Apache-2.0

package money

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestParseCents(t *testing.T) {
	for _, c := range []struct {
		in   string
		want Cents
		ok   bool
	}{
		{"0", 0, true}, {"12", 1200, true}, {"12.5", 1250, true}, {".07", 7, true}, {"-3.10", -310, true},
		{"+4", 400, true}, {"1.500", 150, true}, {"92233720368547758.07", 1<<63 - 1, false},
		{"1.005", 0, false}, {"", 0, false}, {"-", 0, false}, {".", 0, false}, {"1e3", 0, false},
		{"1,000", 0, false}, {"$5", 0, false}, {"1.2.3", 0, false}, {"99999999999999999999", 0, false},
	} {
		got, err := ParseCents(c.in)
		if (err == nil) != c.ok || (c.ok && got != c.want) {
			t.Errorf("ParseCents(%q) = %d, %v; want %d, ok %v", c.in, got, err, c.want, c.ok)
		}
	}
}

func TestCentsText(t *testing.T) {
	for _, c := range []struct {
		in        Cents
		text, x12 string
	}{{0, "0.00", "0"}, {7, "0.07", "0.07"}, {-310, "-3.10", "-3.1"}, {120000, "1200.00", "1200"}} {
		if c.in.String() != c.text {
			t.Errorf("%d prints %q, want %q", int64(c.in), c.in, c.text)
		}
		if got := string(c.in.AppendX12(nil)); got != c.x12 {
			t.Errorf("%d in X12 is %q, want %q", int64(c.in), got, c.x12)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Int64Range(-1<<60, 1<<60).Draw(t, "v")
		scale := rapid.IntRange(0, 12).Draw(t, "scale")
		back, err := ParseScaled(AppendScaled(nil, v, scale), scale)
		if err != nil || back != v {
			t.Fatalf("scale %d: %d came back as %d, %v", scale, v, back, err)
		}
	})
}

// HalfUp must agree with exact rational arithmetic.
func TestHalfUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.Int64Range(-1<<40, 1<<40).Draw(t, "a")
		b := rapid.Int64Range(-1<<40, 1<<40).Draw(t, "b")
		d := rapid.Int64Range(1<<20, 1<<50).Draw(t, "d")
		p := new(big.Int).Mul(big.NewInt(a), big.NewInt(b))
		neg := p.Sign() < 0
		p.Abs(p)
		p.Mul(p, big.NewInt(2)).Add(p, big.NewInt(d))
		p.Quo(p, big.NewInt(2*d))
		if neg {
			p.Neg(p)
		}
		if got := HalfUp(a, b, d); got != p.Int64() {
			t.Fatalf("HalfUp(%d, %d, %d) = %d, want %s", a, b, d, got, p)
		}
	})
}

func FuzzParseCents(f *testing.F) {
	f.Add("12.34")
	f.Add("-.5")
	f.Fuzz(func(t *testing.T, s string) {
		if c, err := ParseCents(s); err == nil {
			if back, err := ParseCents(c.String()); err != nil || back != c {
				t.Fatalf("%q -> %d -> %q", s, c, c.String())
			}
		}
	})
}
