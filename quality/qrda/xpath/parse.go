// SPDX-License-Identifier: Apache-2.0

package xpath

import (
	"fmt"
	"strings"
)

// maxNesting bounds the recursion of the parser.
const maxNesting = 200

type parser struct {
	src       string
	tokens    []token
	at        int
	scope     Scope
	err       *SyntaxError
	depth     int
	documents []string
	// impure counts variables and current(): what makes a path's answer depend on
	// more than its own start.
	impure int
	// positional tells whether position() or last() was used since it was cleared.
	positional bool
	// fromDocument tells whether the path being read starts with document().
	fromDocument bool
}

func newParser(src string, scope Scope) (*parser, error) {
	tokens, err := lex(src)
	if err != nil {
		return nil, err
	}
	return &parser{src: src, tokens: tokens, scope: scope}, nil
}

func (p *parser) peek() token { return p.tokens[p.at] }

func (p *parser) peekSecond() token {
	if p.at+1 < len(p.tokens) {
		return p.tokens[p.at+1]
	}
	return p.tokens[p.at]
}

func (p *parser) take() token {
	t := p.tokens[p.at]
	if t.kind != end {
		p.at++
	}
	return t
}

// back steps to the token before, so that an error names it.
func (p *parser) back() {
	if p.at > 0 {
		p.at--
	}
}

// accept takes the token if it is the sign or word.
func (p *parser) accept(kind tokenKind, text string) bool {
	if t := p.peek(); t.kind == kind && t.text == text {
		p.at++
		return true
	}
	return false
}

func (p *parser) expect(text string) {
	if !p.accept(symbol, text) {
		p.fail("expected %q, found %q", text, p.peek().text)
	}
}

func (p *parser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = &SyntaxError{p.src, p.peek().pos, fmt.Sprintf(format, args...)}
	}
	p.at = len(p.tokens) - 1 // the end token: parsing stops everywhere
}

// expression is an OrExpr, the top of the grammar.
func (p *parser) expression() eval {
	if p.depth++; p.depth > maxNesting {
		p.fail("nested more than %d deep", maxNesting)
	}
	defer func() { p.depth-- }()
	left := p.and()
	for p.accept(operator, "or") {
		a, b := left, p.and()
		left = func(c *context) Value { return Bool(a(c).Bool() || b(c).Bool()) }
	}
	return left
}

func (p *parser) and() eval {
	left := p.comparison(equality, func() eval { return p.comparison(order, p.sum) })
	for p.accept(operator, "and") {
		a := left
		b := p.comparison(equality, func() eval { return p.comparison(order, p.sum) })
		left = func(c *context) Value { return Bool(a(c).Bool() && b(c).Bool()) }
	}
	return left
}

var (
	equality = map[string]bool{"=": true, "!=": true}
	order    = map[string]bool{"<": true, "<=": true, ">": true, ">=": true}
)

func (p *parser) comparison(ops map[string]bool, operand func() eval) eval {
	if ops["="] { // the loosest comparison: nothing stands to the left
		if e := p.attributeEquals(); e != nil {
			return e
		}
	}
	left := operand()
	for p.peek().kind == operator && ops[p.peek().text] {
		op := p.take().text
		a, b := left, operand()
		left = func(c *context) Value { return Bool(compare(op, a(c), b(c))) }
	}
	return left
}

// attributeEquals reads @name = 'text' with nothing after it that binds closer than
// the comparison: nine predicates of ten in CMS's rules, so it has a short way.
func (p *parser) attributeEquals() eval {
	if p.at+4 >= len(p.tokens) {
		return nil
	}
	t := p.tokens[p.at : p.at+5]
	after := t[4].kind == symbol && (t[4].text == "]" || t[4].text == ")") || t[4].kind == end ||
		t[4].kind == operator && (t[4].text == "and" || t[4].text == "or")
	if t[0].kind != symbol || t[0].text != "@" || t[1].kind != name || strings.ContainsAny(t[1].text, ":*") ||
		t[2].kind != operator || t[2].text != "=" || t[3].kind != literal || !after {
		return nil
	}
	p.at += 4
	local, want := t[1].text, t[3].text
	return func(c *context) Value {
		v, given := c.node.Attr(local)
		return Bool(given && v == want)
	}
}

func (p *parser) sum() eval {
	left := p.product()
	for {
		switch {
		case p.accept(operator, "+"):
			a, b := left, p.product()
			left = func(c *context) Value { return Number(a(c).Float() + b(c).Float()) }
		case p.accept(operator, "-"):
			a, b := left, p.product()
			left = func(c *context) Value { return Number(a(c).Float() - b(c).Float()) }
		default:
			return left
		}
	}
}

func (p *parser) product() eval {
	left := p.unary()
	for {
		var apply func(x, y float64) float64
		switch {
		case p.accept(operator, "*"):
			apply = func(x, y float64) float64 { return x * y }
		case p.accept(operator, "div"):
			apply = func(x, y float64) float64 { return x / y }
		case p.accept(operator, "mod"):
			apply = remainder
		default:
			return left
		}
		a, b := left, p.unary()
		left = func(c *context) Value { return Number(apply(a(c).Float(), b(c).Float())) }
	}
}

func (p *parser) unary() eval {
	negative := false
	for p.accept(operator, "-") {
		negative = !negative
	}
	e := p.union()
	if negative {
		return func(c *context) Value { return Number(-e(c).Float()) }
	}
	return e
}

func (p *parser) union() eval {
	left := p.path()
	for p.accept(operator, "|") {
		a, b := left, p.path()
		left = func(c *context) Value {
			x, y := c.nodes(a(c)), c.nodes(b(c))
			return Value{kind: nodeset, nodes: inOrder(append(x[:len(x):len(x)], y...))}
		}
	}
	return left
}

// primary is a variable, a literal, a number, a bracketed expression or a call.
func (p *parser) primary() eval {
	switch t := p.take(); t.kind {
	case literal:
		v := String(t.text)
		return func(*context) Value { return v }
	case figure:
		v := Number(parseNumber(t.text))
		return func(*context) Value { return v }
	case variable:
		p.impure++
		if !p.scope.Variables[t.text] {
			p.back()
			p.fail("variable $%s is not defined", t.text)
		}
		return func(c *context) Value { return c.run.Variables[t.text] }
	case name:
		return p.call(t.text)
	case symbol:
		if t.text == "(" {
			e := p.expression()
			p.expect(")")
			return e
		}
	}
	p.back()
	p.fail("unexpected %q", p.peek().text)
	return func(*context) Value { return Value{} }
}
