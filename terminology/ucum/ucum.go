// SPDX-License-Identifier: Apache-2.0

// Package ucum reads units of measure of the Unified Code for Units of Measure
// and converts between them in exact fractions.
//
//	mg, _ := ucum.Parse("mg/dL")
//	g, _ := ucum.Parse("g/L")
//	v, err := ucum.Convert(big.NewRat(126, 1), mg, g) // 63/50
package ucum

import (
	"errors"
	"math/big"
	"sync"
	"sync/atomic"
)

// Unit is a parsed unit. It is read-only.
type Unit struct {
	code   string
	value  quantity
	scale  scale
	atom   string   // the special unit's code
	prefix *big.Rat // the special unit's prefix, or nil
}

// The reasons why two quantities cannot be converted or compared.
var (
	ErrDimension   = errors.New("the units measure different things")
	ErrLogarithmic = errors.New("the unit is logarithmic and converts to no other")
)

// known keeps units that were parsed, as there are few and they come often.
var (
	known      sync.Map // code -> *Unit
	knownCount atomic.Int32
)

const keepUnits = 4096

// Parse reads a case-sensitive UCUM code.
func Parse(code string) (*Unit, error) {
	if u, ok := known.Load(code); ok {
		return u.(*Unit), nil
	}
	table := atoms()
	p := parser{text: code, lookup: func(c string) *atom { return table[c] }}
	q, err := p.whole()
	if err != nil {
		return nil, err
	}
	u := &Unit{code: code, value: q}
	if p.special != nil {
		u.scale, u.atom, u.prefix = p.special.scale, p.special.code, p.prefix
	}
	if knownCount.Load() < keepUnits {
		if _, dup := known.LoadOrStore(code, u); !dup {
			knownCount.Add(1)
		}
	}
	return u, nil
}

// String is the code that was parsed.
func (u *Unit) String() string { return u.code }

// Canonical is the unit in base units: "m", "s", "g", "rad", "K", "C", "cd" and
// arbitrary units, sorted, with exponents, as "g.m-3"; "1" for none. Two units
// measure the same if these are the same.
func (u *Unit) Canonical() string {
	if u.scale == logarithmic {
		return u.atom
	}
	return u.value.dims.String()
}

// Factor is how many of its canonical unit one of it is. For a special unit it
// is the size of a degree.
func (u *Unit) Factor() *big.Rat { return new(big.Rat).Set(u.value.factor) }

// Commensurable tells whether quantities in the two units can be compared.
func Commensurable(a, b *Unit) bool {
	if a.scale == logarithmic || b.scale == logarithmic {
		return a.atom == b.atom
	}
	return a.value.dims.equal(b.value.dims)
}

// Convert gives the number of to units that value from units are.
func Convert(value *big.Rat, from, to *Unit) (*big.Rat, error) {
	if from.code == to.code {
		return new(big.Rat).Set(value), nil
	}
	v, err := from.toBase(value, to)
	if err != nil {
		return nil, err
	}
	if to.scale == logarithmic {
		return to.unprefix(v, true), nil
	}
	v.Quo(v, to.atomFactor())
	if off := offset[to.scale]; off != nil {
		v.Sub(v, off)
		v = to.unprefix(v, true)
	}
	return v, nil
}

// Canonicalize gives the number of the canonical unit that value units are.
func (u *Unit) Canonicalize(value *big.Rat) (*big.Rat, error) { return u.toBase(value, u) }

// toBase is the value in base units, if to can take it.
func (u *Unit) toBase(value *big.Rat, to *Unit) (*big.Rat, error) {
	if !Commensurable(u, to) {
		if u.scale == logarithmic || to.scale == logarithmic {
			return nil, ErrLogarithmic
		}
		return nil, ErrDimension
	}
	v := new(big.Rat).Set(value)
	switch off := offset[u.scale]; {
	case u.scale == logarithmic:
		return u.unprefix(v, false), nil
	case off != nil:
		v = u.unprefix(v, false)
		v.Add(v, off)
	}
	return v.Mul(v, u.atomFactor()), nil
}

// atomFactor is the factor without a special unit's prefix, which counts before the offset.
func (u *Unit) atomFactor() *big.Rat {
	if u.scale == ratio || u.prefix == nil {
		return u.value.factor
	}
	return new(big.Rat).Quo(u.value.factor, u.prefix)
}

// unprefix takes a special unit's prefix off a number, or puts it on.
func (u *Unit) unprefix(v *big.Rat, on bool) *big.Rat {
	switch {
	case u.prefix == nil:
		return v
	case on:
		return v.Quo(v, u.prefix)
	}
	return v.Mul(v, u.prefix)
}

// Compare orders two quantities: -1, 0 or 1.
func Compare(a *big.Rat, unitA *Unit, b *big.Rat, unitB *Unit) (int, error) {
	if unitA.code == unitB.code {
		return a.Cmp(b), nil
	}
	x, err := unitA.toBase(a, unitB)
	if err != nil {
		return 0, err
	}
	y, err := unitB.toBase(b, unitA)
	if err != nil {
		return 0, err
	}
	return x.Cmp(y), nil
}

// Mul is the product of two quantities in canonical units.
func Mul(a *big.Rat, unitA *Unit, b *big.Rat, unitB *Unit) (*big.Rat, *Unit, error) {
	return combine(a, unitA, b, unitB, 1)
}

// Div is the quotient of two quantities in canonical units. b must not be 0.
func Div(a *big.Rat, unitA *Unit, b *big.Rat, unitB *Unit) (*big.Rat, *Unit, error) {
	return combine(a, unitA, b, unitB, -1)
}

func combine(a *big.Rat, unitA *Unit, b *big.Rat, unitB *Unit, sign int) (*big.Rat, *Unit, error) {
	if unitA.scale != ratio || unitB.scale != ratio {
		return nil, nil, errors.New("a unit on an offset or logarithmic scale cannot be multiplied")
	}
	v := new(big.Rat).Mul(a, unitA.value.factor)
	w := new(big.Rat).Mul(b, unitB.value.factor)
	if sign < 0 {
		if w.Sign() == 0 {
			return nil, nil, errors.New("division by zero")
		}
		w.Inv(w)
	}
	u, err := Parse(unitA.value.dims.times(unitB.value.dims, sign).String())
	return v.Mul(v, w), u, err
}
