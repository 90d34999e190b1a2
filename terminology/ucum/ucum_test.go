// SPDX-License-Identifier: Apache-2.0

package ucum

import (
	"errors"
	"math/big"
	"sort"
	"testing"

	"pgregory.net/rapid"
)

func rat(s string) *big.Rat {
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		panic(s)
	}
	return r
}

func TestConvert(t *testing.T) {
	for _, c := range []struct{ value, from, to, want string }{
		{"4", "g", "mg", "4000"}, {"1", "wk", "d", "7"}, {"126", "mg/dL", "g/L", "1.26"},
		{"98.6", "[degF]", "Cel", "37"}, {"37", "Cel", "K", "310.15"}, {"0", "K", "[degF]", "-459.67"}, {"1000", "mCel", "Cel", "1"},
		{"185", "[lb_av]", "kg", "83.91458845"}, {"6", "[ft_i]", "cm", "182.88"}, {"1", "[in_i]", "cm", "2.54"},
		{"7.5", "10*3/uL", "10*9/L", "7.5"}, {"120", "mm[Hg]", "Pa", "15998.64"}, {"1", "kat", "U", "60000000"},
		{"30", "kg/m2", "g/cm2", "3"}, {"1", "meq/L", "mmol/L", "1"}, {"50", "%", "1", "0.5"}, {"1", "[IU]/mL", "k[iU]/L", "1"},
		{"2", "10*3{cells}/uL", "10*3/uL", "2"}, {"1", "/min", "/h", "60"}, {"1", "h", "s", "3600"}, {"1", "a", "d", "365.25"},
		{"1", "[gal_us]", "mL", "3785.411784"}, {"1", "kcal", "kJ", "4.184"}, {"1", "mo", "d", "30.4375"}, {"5", "(mg.kg)/(d.L)", "mg.kg/d/L", "5"},
		{"1", "{score}", "1", "1"}, {"1", "KiBy", "bit", "8192"}, {"1", "[tsp_us]", "[tbs_us]", "1/3"}, {"7.4", "[pH]", "[pH]", "7.4"},
		{"1", "10^6", "10*6", "1"}, {"1", "ng/mL/h", "ug/L/h", "1"}, {"1", "mL/min/{1.73_m2}", "mL/min", "1"}, {"1", "dB", "B", "1/10"},
	} {
		from, err := Parse(c.from)
		if err != nil {
			t.Error(err)
			continue
		}
		to, err := Parse(c.to)
		if err != nil {
			t.Error(err)
			continue
		}
		got, err := Convert(rat(c.value), from, to)
		if err != nil || got.Cmp(rat(c.want)) != 0 {
			t.Errorf("%s %s is %v %s (%v), want %s", c.value, c.from, got, c.to, err, c.want)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, code := range []string{
		"", "foo", "mg/", "mg//L", "kgg", "[lb_av", "(mg", "mg)", "m0", "m99", "Cel/min", "2Cel", "k[lb_av]", "mg dL", "{open",
		"((((((((((((m))))))))))))", "1e3", "k", "m.", "MGx", "Cel2",
	} {
		if u, err := Parse(code); err == nil {
			t.Errorf("%q is %s", code, u.Canonical())
		}
	}
	kg, _ := Parse("kg")
	m, _ := Parse("m")
	ph, _ := Parse("[pH]")
	iu, _ := Parse("[iU]")
	if _, err := Convert(rat("1"), kg, m); !errors.Is(err, ErrDimension) {
		t.Errorf("kg to m: %v", err)
	}
	if _, err := Convert(rat("1"), kg, iu); !errors.Is(err, ErrDimension) {
		t.Errorf("kg to [iU]: %v", err)
	}
	if _, err := Convert(rat("1"), ph, m); !errors.Is(err, ErrLogarithmic) {
		t.Errorf("[pH] to m: %v", err)
	}
}

func TestProducts(t *testing.T) {
	cm, _ := Parse("cm")
	m, _ := Parse("m")
	v, u, err := Mul(rat("2"), cm, rat("2"), m)
	if err != nil || u.Canonical() != "m2" || v.Cmp(rat("0.04")) != 0 {
		t.Errorf("2 cm × 2 m is %v %v, %v", v, u, err)
	}
	v, u, err = Div(rat("1"), cm, rat("1"), m)
	if err != nil || u.Canonical() != "1" || v.Cmp(rat("0.01")) != 0 {
		t.Errorf("1 cm / 1 m is %v %v, %v", v, u, err)
	}
}

func codes() []string {
	var all []string
	for code := range atoms() {
		all = append(all, code)
	}
	sort.Strings(all)
	return all
}

// Every unit converts into every other of its kind and back, exactly; order is
// kept; and its canonical form is a unit of the same kind.
func TestEveryUnit(t *testing.T) {
	t.Logf("%d unit atoms", len(codes()))
	byKind := map[string][]*Unit{}
	for _, code := range codes() {
		u, err := Parse(code)
		if err != nil {
			t.Fatal(err)
		}
		byKind[u.Canonical()] = append(byKind[u.Canonical()], u)
		c, err := Parse(u.Canonical())
		if err != nil || !Commensurable(u, c) {
			t.Errorf("%s has the canonical form %s, %v", code, u.Canonical(), err)
		}
		if u.scale == ratio && u.Factor().Sign() <= 0 {
			t.Errorf("%s has the factor %s", code, u.Factor())
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a, err := Parse(rapid.SampledFrom(codes()).Draw(t, "unit"))
		if err != nil {
			t.Fatal(err)
		}
		b := rapid.SampledFrom(byKind[a.Canonical()]).Draw(t, "other")
		v := big.NewRat(rapid.Int64().Draw(t, "value"), 1000)
		w, err := Convert(v, a, b)
		if err != nil {
			t.Fatal(err)
		}
		back, err := Convert(w, b, a)
		if err != nil || back.Cmp(v) != 0 {
			t.Fatalf("%s %s is %s %s is %s %s", v, a, w, b, back, a)
		}
		if order, err := Compare(v, a, w, b); err != nil || order != 0 {
			t.Fatalf("%s %s and %s %s compare %d, %v", v, a, w, b, order, err)
		}
	})
}

// A product's factor is the product of the factors, whatever the order.
func TestTerms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plain := []string{"mg", "dL", "kg", "min", "10*3", "uL", "mol", "mm[Hg]", "[lb_av]", "[iU]", "m2", "s-1", "h", "%"}
		a := rapid.SampledFrom(plain).Draw(t, "a")
		b := rapid.SampledFrom(plain).Draw(t, "b")
		c := rapid.SampledFrom(plain).Draw(t, "c")
		u, err1 := Parse(a + "/" + b + "." + c)
		w, err2 := Parse("(" + c + "{x}." + a + ")/" + b)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if !Commensurable(u, w) || u.Factor().Cmp(w.Factor()) != 0 {
			t.Fatalf("%s is %s %s, %s is %s %s", u, u.Factor(), u.Canonical(), w, w.Factor(), w.Canonical())
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add("mg/dL")
	f.Add("10*3{a}/(uL.m[H2O]-2)")
	f.Fuzz(func(t *testing.T, code string) {
		if u, err := Parse(code); err == nil {
			if _, err := u.Canonicalize(big.NewRat(1, 1)); err != nil {
				t.Fatal(err)
			}
		} else {
			_ = err.Error()
		}
	})
}
