// SPDX-License-Identifier: Apache-2.0

package elm

import (
	"bytes"
	"strings"
	"unicode"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// compare orders two points as precisely as asked. known is false if either is
// null or the order is undecided; it panics if the values have no common order.
func (r *run) compare(a, b Value, asked Precision) (order int, known bool) {
	if a == nil || b == nil {
		return 0, false
	}
	switch x := a.(type) {
	case Integer:
		if y, ok := b.(Integer); ok {
			return sign(int64(x) - int64(y)), true
		}
	case Temporal:
		if y, ok := b.(Temporal); ok {
			return compareTemporal(x, y, asked, r.offset)
		}
	case String:
		if y, ok := b.(String); ok {
			return strings.Compare(string(x), string(y)), true
		}
	case Quantity:
		if y, ok := b.(Quantity); ok {
			return compareQuantity(x, y)
		}
	case Boolean:
		if y, ok := b.(Boolean); ok {
			return sign(ord(x) - ord(y)), true
		}
	}
	if x, ok := number(a); ok {
		if y, ok := number(b); ok {
			return x.Cmp(y), true
		}
	}
	a2, b2 := r.plain(a), r.plain(b)
	_, wasElement := a.(Element)
	_, isElement := a2.(Element)
	_, bWasElement := b.(Element)
	_, bIsElement := b2.(Element)
	if wasElement && !isElement || bWasElement && !bIsElement {
		return r.compare(a2, b2, asked)
	}
	panic(failure{"there is no order between " + typeName(a) + " and " + typeName(b)})
}

func sign(n int64) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

func ord(b Boolean) int64 {
	if b {
		return 1
	}
	return 0
}

// number is an Integer, Long or Decimal as a decimal.
func number(v Value) (Decimal, bool) {
	switch n := v.(type) {
	case Decimal:
		return n, true
	case Integer:
		return DecimalOf(int64(n)), true
	case Long:
		return DecimalOf(int64(n)), true
	}
	return Decimal{}, false
}

// bounds are the lowest and highest values that v may have.
func bounds(v Value) (low, high Value) {
	if u, ok := v.(Uncertainty); ok {
		return u.Low, u.High
	}
	return v, v
}

func isUncertain(a, b Value) bool {
	_, x := a.(Uncertainty)
	_, y := b.(Uncertainty)
	return x || y
}

// less tells whether a < b.
func (r *run) less(a, b Value, asked Precision) tri {
	if isUncertain(a, b) {
		al, ah := bounds(a)
		bl, bh := bounds(b)
		if r.less(ah, bl, asked) == yes {
			return yes
		}
		if r.less(al, bh, asked) == no {
			return no
		}
		return unknown
	}
	order, known := r.compare(a, b, asked)
	if !known {
		return unknown
	}
	return triOf(order < 0)
}

// lessOrEqual tells whether a <= b.
func (r *run) lessOrEqual(a, b Value, asked Precision) tri { return r.less(b, a, asked).not() }

// same tells whether two points are equal as precisely as asked.
func (r *run) same(a, b Value, asked Precision) tri {
	if isUncertain(a, b) {
		return r.lessOrEqual(a, b, asked).and(r.lessOrEqual(b, a, asked))
	}
	if a == nil || b == nil {
		return unknown
	}
	if _, ok := a.(Temporal); !ok {
		return r.equal(a, b)
	}
	order, known := r.compare(a, b, asked)
	if known {
		return triOf(order == 0)
	}
	return unknown
}

// equal is the = of CQL.
func (r *run) equal(a, b Value) tri {
	a, b = r.plain(a), r.plain(b)
	if a == nil || b == nil {
		return unknown
	}
	switch x := a.(type) {
	case String:
		if y, ok := b.(String); ok {
			return triOf(x == y)
		}
	case Boolean:
		if y, ok := b.(Boolean); ok {
			return triOf(x == y)
		}
	case List:
		if y, ok := b.(List); ok {
			return r.equalLists(x, y)
		}
	case *Interval:
		if y, ok := b.(*Interval); ok {
			return r.same(r.start(x), r.start(y), noPrecision).and(r.same(r.end(x), r.end(y), noPrecision))
		}
	case *Code:
		if y, ok := b.(*Code); ok {
			return equalText(x.Code, y.Code).and(equalText(x.System, y.System)).
				and(equalText(x.Version, y.Version)).and(equalText(x.Display, y.Display))
		}
	case *Concept:
		if y, ok := b.(*Concept); ok {
			return r.equalLists(codeList(x), codeList(y)).and(equalText(x.Display, y.Display))
		}
	case *Ratio:
		if y, ok := b.(*Ratio); ok {
			return r.equal(x.Numerator, y.Numerator).and(r.equal(x.Denominator, y.Denominator))
		}
	case *Tuple:
		return r.equalTuple(x, b)
	case Element:
		if y, ok := b.(*Tuple); ok {
			return r.equalTuple(y, a)
		}
		if y, ok := b.(Element); ok {
			return triOf(sameElement(x.Node, y.Node))
		}
		return no
	case *ValueSet:
		y, ok := b.(*ValueSet)
		return triOf(ok && x.URL == y.URL)
	case *CodeSystem:
		y, ok := b.(*CodeSystem)
		return triOf(ok && x.URL == y.URL)
	case Temporal:
		if y, ok := b.(Temporal); ok && (x.kind == timeKind) != (y.kind == timeKind) {
			return no
		}
	}
	if isUncertain(a, b) {
		return r.same(a, b, noPrecision)
	}
	if !comparable2(a, b) {
		return no
	}
	order, known := r.compare(a, b, noPrecision)
	if !known {
		return unknown
	}
	return triOf(order == 0)
}

// comparable2 tells whether two values are of types with a common order.
func comparable2(a, b Value) bool {
	switch a.(type) {
	case Temporal:
		_, ok := b.(Temporal)
		return ok
	case Quantity:
		_, ok := b.(Quantity)
		return ok
	}
	_, x := number(a)
	_, y := number(b)
	return x && y
}

func equalText(a, b string) tri {
	switch {
	case a == b:
		return yes
	case a == "" || b == "":
		return unknown
	}
	return no
}

func codeList(c *Concept) List {
	l := make(List, len(c.Codes))
	for i, code := range c.Codes {
		l[i] = code
	}
	return l
}

func (r *run) equalLists(a, b List) tri {
	if len(a) != len(b) {
		return no
	}
	t := yes
	for i := range a {
		if t = t.and(r.equal(a[i], b[i])); t == no {
			break
		}
	}
	return t
}

// equalTuple compares by the elements that either side has; two nulls are equal.
func (r *run) equalTuple(a *Tuple, other Value) tri {
	get := func(string) Value { return nil }
	switch b := other.(type) {
	case *Tuple:
		if len(a.Names) != len(b.Names) {
			return no
		}
		get = b.Get
	case Element:
		get = func(name string) Value { return r.property(b, name) }
	default:
		return no
	}
	t := yes
	for i, name := range a.Names {
		x, y := a.Values[i], get(name)
		if x == nil && y == nil {
			continue
		}
		t = t.and(r.equal(x, y))
	}
	return t
}

// sameElement tells whether two FHIR elements have the same content.
func sameElement(a, b node.Node) bool {
	if a == b {
		return true
	}
	if a.Kind() != b.Kind() || a.Len() != b.Len() {
		return false
	}
	if bytes.Equal(a.JSON(), b.JSON()) && bytes.Equal(a.ExtensionJSON(), b.ExtensionJSON()) {
		return true
	}
	switch a.Kind() {
	case node.Object:
		names := 0
		for name, x := range a.Elements() {
			if names++; !sameElement(x, b.Get(name)) {
				return false
			}
		}
		for range b.Elements() {
			names--
		}
		return names == 0
	case node.Array:
		for i := 0; i < a.Len(); i++ {
			if !sameElement(a.At(i), b.At(i)) {
				return false
			}
		}
		return true
	}
	return a.Text() == b.Text() && bytes.Equal(a.ExtensionJSON(), b.ExtensionJSON())
}

// equivalent is the ~ of CQL, which is never null.
func (r *run) equivalent(a, b Value) bool {
	a, b = r.plain(a), r.plain(b)
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	switch x := a.(type) {
	case String:
		y, ok := b.(String)
		return ok && (x == y || foldText(string(x)) == foldText(string(y)))
	case *Code:
		switch y := b.(type) {
		case *Code:
			return x.Code == y.Code && x.System == y.System
		case *Concept:
			return y.has(x)
		}
		return false
	case *Concept:
		switch y := b.(type) {
		case *Code:
			return x.has(y)
		case *Concept:
			for _, c := range y.Codes {
				if x.has(c) {
					return true
				}
			}
		}
		return false
	case List:
		y, ok := b.(List)
		if !ok || len(x) != len(y) {
			return false
		}
		for i := range x {
			if !r.equivalent(x[i], y[i]) {
				return false
			}
		}
		return true
	case *Interval:
		y, ok := b.(*Interval)
		return ok && r.equivalent(r.start(x), r.start(y)) && r.equivalent(r.end(x), r.end(y))
	case *Tuple:
		y, ok := b.(*Tuple)
		if !ok || len(x.Names) != len(y.Names) {
			return false
		}
		for i, name := range x.Names {
			if !r.equivalent(x.Values[i], y.Get(name)) {
				return false
			}
		}
		return true
	case *Ratio:
		y, ok := b.(*Ratio)
		return ok && r.equivalentRatios(x, y)
	case Quantity:
		y, ok := b.(Quantity)
		return ok && equivalentQuantities(x, y)
	case Decimal:
		if y, ok := number(b); ok {
			p := int(min(x.places, y.places))
			return x.Round(p).Cmp(y.Round(p)) == 0
		}
		return false
	}
	return r.equal(a, b) == yes
}

func (c *Concept) has(code *Code) bool {
	for _, x := range c.Codes {
		if x.Code == code.Code && x.System == code.System {
			return true
		}
	}
	return false
}

// foldText is a text for the ~ of strings: case and the kind of white space do not count.
func foldText(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsSpace(c) {
			return ' '
		}
		return unicode.ToLower(c)
	}, s)
}

// Number is the amount of a number or a quantity; ok is false for another value.
func Number(v Value) (d Decimal, ok bool) {
	d, _, ok = amount(v)
	return d, ok
}
