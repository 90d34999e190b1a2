// SPDX-License-Identifier: Apache-2.0

package ucum

import (
	_ "embed"
	"fmt"
	"math/big"
	"strings"
	"sync"
)

//go:embed units.txt
var unitsText string

// scale is how a special unit's numbers relate to its reference unit.
type scale uint8

const (
	ratio       scale = iota // a plain multiple
	celsius                  // from the freezing point of water
	fahrenheit               // from 459.67 of its degrees above absolute zero
	reaumur                  // 218.52 of its degrees above absolute zero
	logarithmic              // a logarithm or another curve: only comparable with itself
)

// offset is what is added to a number on an offset scale to count from zero.
var offset = map[scale]*big.Rat{
	celsius:    big.NewRat(27315, 100),
	fahrenheit: big.NewRat(45967, 100),
	reaumur:    big.NewRat(21852, 100),
}

// atom is one unit of the table, resolved to base units.
type atom struct {
	code, name string
	metric     bool
	scale      scale
	value      quantity
}

// atoms is the table, resolved at first use.
var atoms = sync.OnceValue(func() map[string]*atom {
	table := map[string]*atom{}
	for n, line := range strings.Split(strings.TrimSpace(unitsText), "\n") {
		if line[0] == '#' {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != 5 {
			panic(fmt.Sprintf("units.txt line %d has %d fields", n+1, len(f)))
		}
		a := &atom{code: f[0], name: f[4]}
		table[a.code] = a
		own := false
		for _, flag := range strings.Split(f[1], ",") {
			switch flag {
			case "m":
				a.metric = true
			case "mb":
				a.metric, own = true, true
			case "a":
				own = true
			case "Cel":
				a.scale = celsius
			case "degF":
				a.scale = fahrenheit
			case "degRe":
				a.scale = reaumur
			case "log":
				a.scale = logarithmic
			}
		}
		if own {
			a.value = quantity{factor: big.NewRat(1, 1), dims: dimensions{{a.code, 1}}}
		} else {
			a.value.pending = [2]string{f[2], f[3]}
		}
	}
	for _, a := range table {
		resolve(table, a, 0)
	}
	return table
})

// resolve works out an atom that is defined by others.
func resolve(table map[string]*atom, a *atom, depth int) {
	if a.value.factor != nil {
		return
	}
	if depth > 20 {
		panic("units.txt: " + a.code + " is defined by itself")
	}
	factor, ok := new(big.Rat).SetString(a.value.pending[0])
	if !ok {
		panic("units.txt: the value of " + a.code + " is no number")
	}
	p := parser{text: a.value.pending[1], lookup: func(code string) *atom {
		if other := table[code]; other != nil {
			resolve(table, other, depth+1)
			return other
		}
		return nil
	}}
	q, err := p.whole()
	if err != nil {
		panic("units.txt: " + a.code + ": " + err.Error())
	}
	a.value = quantity{factor: factor.Mul(factor, q.factor), dims: q.dims}
}

// prefixes are the powers of ten (or two) that a metric unit may take.
var prefixes = func() map[string]*big.Rat {
	m := map[string]*big.Rat{}
	for prefix, exp := range map[string]int{
		"Y": 24, "Z": 21, "E": 18, "P": 15, "T": 12, "G": 9, "M": 6, "k": 3, "h": 2, "da": 1,
		"d": -1, "c": -2, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15, "a": -18, "z": -21, "y": -24,
	} {
		m[prefix] = power(big.NewRat(10, 1), exp)
	}
	for i, prefix := range []string{"Ki", "Mi", "Gi", "Ti"} {
		m[prefix] = power(big.NewRat(1024, 1), i+1)
	}
	return m
}()

// power is r to a whole exponent.
func power(r *big.Rat, exp int) *big.Rat {
	num, den := r.Num(), r.Denom()
	if exp < 0 {
		num, den, exp = den, num, -exp
	}
	e := big.NewInt(int64(exp))
	return new(big.Rat).SetFrac(new(big.Int).Exp(num, e, nil), new(big.Int).Exp(den, e, nil))
}
