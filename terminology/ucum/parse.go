// SPDX-License-Identifier: Apache-2.0

package ucum

import (
	"fmt"
	"math/big"
	"sort"
	"strconv"
	"strings"
)

// Limits of a unit's text.
const (
	maxLength   = 200
	maxExponent = 40
	maxNesting  = 10
)

// SyntaxError says why a text is no UCUM unit.
type SyntaxError struct {
	Code   string
	Offset int
	Reason string
}

func (e *SyntaxError) Error() string {
	code := e.Code
	if len(code) > 60 {
		code = code[:60] + "..."
	}
	return fmt.Sprintf("unit %q at %d: %s", code, e.Offset, e.Reason)
}

// dimension is a base or arbitrary unit and its exponent.
type dimension struct {
	unit string
	exp  int
}

// dimensions are sorted by unit and hold no exponent 0.
type dimensions []dimension

func (d dimensions) times(o dimensions, exp int) dimensions {
	if len(o) == 0 {
		return d
	}
	sum := append(dimensions{}, d...)
next:
	for _, x := range o {
		for i := range sum {
			if sum[i].unit == x.unit {
				sum[i].exp += x.exp * exp
				continue next
			}
		}
		sum = append(sum, dimension{x.unit, x.exp * exp})
	}
	kept := sum[:0]
	for _, x := range sum {
		if x.exp != 0 {
			kept = append(kept, x)
		}
	}
	sort.Slice(kept, func(i, j int) bool { return kept[i].unit < kept[j].unit })
	return kept
}

func (d dimensions) equal(o dimensions) bool {
	if len(d) != len(o) {
		return false
	}
	for i := range d {
		if d[i] != o[i] {
			return false
		}
	}
	return true
}

func (d dimensions) String() string {
	if len(d) == 0 {
		return "1"
	}
	var b strings.Builder
	for i, x := range d {
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(x.unit)
		if x.exp != 1 {
			b.WriteString(strconv.Itoa(x.exp))
		}
	}
	return b.String()
}

// quantity is a number of base units.
type quantity struct {
	factor  *big.Rat
	dims    dimensions
	pending [2]string // of an atom not yet resolved: value and unit
}

// parser reads a unit term by UCUM's grammar.
type parser struct {
	text    string
	pos     int
	nesting int
	lookup  func(code string) *atom

	special  *atom    // the special unit met, if any
	prefix   *big.Rat // its prefix
	simple   bool     // nothing but the special unit stands in the term
	elements int
}

func (p *parser) fail(reason string) error { return &SyntaxError{p.text, p.pos, reason} }

// whole reads all of the text.
func (p *parser) whole() (quantity, error) {
	if len(p.text) > maxLength {
		return quantity{}, p.fail("the unit is too long")
	}
	if p.text == "" {
		return quantity{}, p.fail("the unit is empty")
	}
	q, err := p.term()
	if err != nil {
		return q, err
	}
	if p.pos < len(p.text) {
		return q, p.fail("something stands after the unit")
	}
	if p.special != nil && !p.simple {
		return q, p.fail("the special unit " + p.special.code + " stands in a product; it may only stand alone")
	}
	return q, nil
}

func (p *parser) term() (quantity, error) {
	q := quantity{factor: big.NewRat(1, 1)}
	sign := 1
	if p.at('/') {
		p.pos++
		p.elements++
		sign = -1
	}
	for {
		c, err := p.component()
		if err != nil {
			return q, err
		}
		q.factor = new(big.Rat).Mul(q.factor, power(c.factor, sign))
		q.dims = q.dims.times(c.dims, sign)
		switch {
		case p.at('.'):
			sign = 1
		case p.at('/'):
			sign = -1
		default:
			return q, nil
		}
		p.pos++
	}
}

func (p *parser) at(c byte) bool { return p.pos < len(p.text) && p.text[p.pos] == c }

func (p *parser) component() (quantity, error) {
	one := quantity{factor: big.NewRat(1, 1)}
	switch {
	case p.pos >= len(p.text):
		return one, p.fail("a unit should follow")
	case p.at('{'):
		return one, p.annotation()
	case p.at('('):
		if p.nesting++; p.nesting > maxNesting {
			return one, p.fail("parentheses are nested too deeply")
		}
		p.pos++
		p.elements++
		q, err := p.term()
		if err != nil {
			return q, err
		}
		if !p.at(')') {
			return q, p.fail("a parenthesis is not closed")
		}
		p.pos++
		p.nesting--
		return q, nil
	}
	q, err := p.simpleUnit()
	if err == nil && p.at('{') {
		err = p.annotation()
	}
	return q, err
}

// annotation reads text in braces, which means nothing.
func (p *parser) annotation() error {
	end := strings.IndexByte(p.text[p.pos:], '}')
	if end < 0 {
		return p.fail("a brace is not closed")
	}
	for _, c := range []byte(p.text[p.pos+1 : p.pos+end]) {
		if c == '{' || c < ' ' || c > '~' {
			return p.fail("an annotation may hold printable ASCII without braces only")
		}
	}
	p.pos += end + 1
	return nil
}

// simpleUnit reads an integer, or an atom with prefix and exponent.
func (p *parser) simpleUnit() (quantity, error) {
	start := p.pos
	inside := false
scan:
	for ; p.pos < len(p.text); p.pos++ {
		switch c := p.text[p.pos]; {
		case c == '[':
			inside = true
		case c == ']':
			inside = false
		case inside:
		case c == '.' || c == '/' || c == '(' || c == ')' || c == '{':
			break scan
		}
	}
	token := p.text[start:p.pos]
	if token == "" {
		return quantity{}, p.fail("a unit should stand here")
	}
	p.elements++
	if strings.Trim(token, "0123456789") == "" {
		n, ok := new(big.Int).SetString(token, 10)
		if !ok || n.Sign() == 0 || len(token) > 18 {
			return quantity{}, p.fail("the number is zero or too large")
		}
		return quantity{factor: new(big.Rat).SetInt(n)}, nil
	}
	symbol, exp, err := splitExponent(token)
	if err != nil {
		p.pos = start
		return quantity{}, p.fail(err.Error())
	}
	a, prefix := p.find(symbol)
	if a == nil {
		p.pos = start
		return quantity{}, p.fail("UCUM has no unit " + symbol)
	}
	if a.scale != ratio {
		p.special, p.prefix = a, prefix
		p.simple = exp == 1 && p.elements == 1
	} else if p.special != nil {
		p.simple = false
	}
	q := quantity{factor: a.value.factor, dims: dimensions(nil).times(a.value.dims, exp)}
	if prefix != nil {
		q.factor = new(big.Rat).Mul(prefix, q.factor)
	}
	if exp != 1 {
		q.factor = power(q.factor, exp)
	}
	return q, nil
}

// splitExponent takes the exponent off the end of a token.
func splitExponent(token string) (symbol string, exp int, err error) {
	i := len(token)
	for i > 0 && token[i-1] >= '0' && token[i-1] <= '9' {
		i--
	}
	if i == len(token) {
		return token, 1, nil
	}
	if i > 0 && (token[i-1] == '-' || token[i-1] == '+') {
		i--
	}
	exp, err = strconv.Atoi(token[i:])
	if err != nil || exp > maxExponent || exp < -maxExponent || exp == 0 {
		return "", 0, fmt.Errorf("the exponent is zero or beyond %d", maxExponent)
	}
	return token[:i], exp, nil
}

// find looks a symbol up, with a prefix if it is no unit by itself.
func (p *parser) find(symbol string) (*atom, *big.Rat) {
	if a := p.lookup(symbol); a != nil {
		return a, nil
	}
	for n := 1; n <= 2 && n < len(symbol); n++ {
		if prefix := prefixes[symbol[:n]]; prefix != nil {
			if a := p.lookup(symbol[n:]); a != nil && a.metric {
				return a, prefix
			}
		}
	}
	return nil, nil
}
