// SPDX-License-Identifier: Apache-2.0

package path

import (
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/datetime"
	"github.com/woodlawn-health/woodlawn/fhir/decimal"
	"github.com/woodlawn-health/woodlawn/fhir/schema"
)

// parser builds the tree of an expression by precedence.
type parser struct {
	lex     lexer
	tok     token
	nesting int
}

// precedence of the binary operators, loosest first, as the specification orders them.
var precedence = map[string]int{
	"implies": 1, "or": 2, "xor": 2, "and": 3, "in": 4, "contains": 4,
	"=": 5, "~": 5, "!=": 5, "!~": 5, "<": 6, ">": 6, "<=": 6, ">=": 6, "|": 7, "is": 8, "as": 8,
	"+": 9, "-": 9, "&": 9, "*": 10, "/": 10, "div": 10, "mod": 10,
}

// calendarUnits are the words that may follow a number, and their singular.
var calendarUnits = map[string]string{
	"year": "year", "years": "year", "month": "month", "months": "month", "week": "week", "weeks": "week",
	"day": "day", "days": "day", "hour": "hour", "hours": "hour", "minute": "minute", "minutes": "minute",
	"second": "second", "seconds": "second", "millisecond": "millisecond", "milliseconds": "millisecond",
}

func (p *parser) parse() (expr, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	e, err := p.binary(1)
	if err != nil {
		return nil, err
	}
	if p.tok.kind != endToken {
		return nil, fail(p.tok.pos, "something stands after the end of the expression")
	}
	return e, nil
}

func (p *parser) advance() (err error) {
	p.tok, err = p.lex.next()
	return err
}

func (p *parser) symbol(s string) bool { return p.tok.kind == symbolToken && p.tok.text == s }

func (p *parser) expect(s string) error {
	if !p.symbol(s) {
		return fail(p.tok.pos, "%s should stand here", s)
	}
	return p.advance()
}

func (p *parser) enter() error {
	if p.nesting++; p.nesting > maxNesting {
		return fail(p.tok.pos, "the expression is nested more than %d deep", maxNesting)
	}
	return nil
}

// binary reads operators that bind at least as tightly as level.
func (p *parser) binary(level int) (expr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.nesting-- }()
	left, err := p.unary()
	if err != nil {
		return nil, err
	}
	for {
		op := p.tok
		if op.kind != symbolToken && op.kind != nameToken {
			return left, nil
		}
		prec := precedence[op.text]
		if prec < level || prec == 0 {
			return left, nil
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
		if op.text == "is" || op.text == "as" {
			typ, err := p.typeName()
			if err != nil {
				return nil, err
			}
			left = &typeExpr{at: op.pos, operand: left, typ: typ, as: op.text == "as"}
			continue
		}
		right, err := p.binary(prec + 1)
		if err != nil {
			return nil, err
		}
		if left, err = newBinary(op, left, right); err != nil {
			return nil, err
		}
	}
}

func (p *parser) unary() (expr, error) {
	if !p.symbol("+") && !p.symbol("-") {
		return p.postfix()
	}
	op := p.tok
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.nesting-- }()
	if err := p.advance(); err != nil {
		return nil, err
	}
	operand, err := p.unary()
	if err != nil {
		return nil, err
	}
	return &polarity{at: op.pos, minus: op.text == "-", operand: operand}, nil
}

// postfix reads a term and the steps, calls and indexes after it.
func (p *parser) postfix() (expr, error) {
	e, err := p.term()
	for err == nil {
		switch {
		case p.symbol("."):
			if err = p.advance(); err == nil {
				e, err = p.invocation(e)
			}
		case p.symbol("["):
			e, err = p.indexer(e)
		default:
			return e, nil
		}
	}
	return nil, err
}

func (p *parser) indexer(target expr) (expr, error) {
	at := p.tok.pos
	if err := p.advance(); err != nil {
		return nil, err
	}
	index, err := p.binary(1)
	if err != nil {
		return nil, err
	}
	return &indexer{at: at, target: target, index: index}, p.expect("]")
}

func (p *parser) term() (expr, error) {
	t := p.tok
	switch t.kind {
	case symbolToken:
		switch t.text {
		case "(":
			if err := p.advance(); err != nil {
				return nil, err
			}
			e, err := p.binary(1)
			if err != nil {
				return nil, err
			}
			return &group{e}, p.expect(")")
		case "{":
			if err := p.advance(); err != nil {
				return nil, err
			}
			return &literal{at: t.pos}, p.expect("}")
		}
	case nameToken, quotedNameToken, thisToken:
		if t.kind == nameToken && (t.text == "true" || t.text == "false") {
			return &literal{t.pos, []Value{Boolean(t.text == "true")}}, p.advance()
		}
		return p.invocation(nil)
	case stringToken:
		return &literal{t.pos, []Value{String(t.text)}}, p.advance()
	case numberToken:
		return p.number()
	case dateToken:
		v, ok := dateLiteral(t.text)
		if !ok {
			return nil, fail(t.pos, "this is no date or time")
		}
		return &literal{t.pos, []Value{v}}, p.advance()
	case variableToken:
		return &external{t.pos, t.text}, p.advance()
	case endToken:
		return nil, fail(t.pos, "the expression ends too early")
	}
	return nil, fail(t.pos, "an expression should stand here")
}

// number reads a number and the unit after it, if there is one.
func (p *parser) number() (expr, error) {
	t := p.tok
	d, err := decimal.Parse(t.text)
	if err != nil {
		return nil, fail(t.pos, "this number is too large")
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	switch {
	case p.tok.kind == stringToken:
		v := Quantity(d, p.tok.text)
		return &literal{t.pos, []Value{v}}, p.advance()
	case p.tok.kind == nameToken && calendarUnits[p.tok.text] != "":
		v := Quantity(d, p.tok.text)
		v.calendar = true
		return &literal{t.pos, []Value{v}}, p.advance()
	case strings.Contains(t.text, "."):
		return &literal{t.pos, []Value{Decimal(d)}}, nil
	}
	i, err := strconv.ParseInt(t.text, 10, 64)
	if err != nil {
		return nil, fail(t.pos, "this number is too large for an Integer")
	}
	return &literal{t.pos, []Value{Integer(i)}}, nil
}

// dateLiteral reads a Date, a DateTime (with a T) or a Time (T first).
func dateLiteral(s string) (Value, bool) {
	if clock, ok := strings.CutPrefix(s, "T"); ok {
		d, err := datetime.ParseTime(clock)
		return Time(d), err == nil
	}
	date, partial := strings.CutSuffix(s, "T")
	d, err := datetime.Parse(date)
	if err != nil {
		return Value{}, false
	}
	if partial || strings.Contains(s, "T") {
		return DateTime(d), true
	}
	return Date(d), true
}

// invocation reads a step, a call, $this, $index or $total on a target; nil is $this.
func (p *parser) invocation(target expr) (expr, error) {
	t := p.tok
	switch t.kind {
	case thisToken:
		if target != nil || t.text != "this" && t.text != "index" && t.text != "total" {
			return nil, fail(t.pos, "$%s is not known here", t.text)
		}
		return &special{t.pos, t.text}, p.advance()
	case nameToken, quotedNameToken:
	default:
		return nil, fail(t.pos, "the name of an element or function should stand here")
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if t.kind == nameToken && p.symbol("(") {
		return p.call(target, t)
	}
	return newStep(target, t), nil
}

func (p *parser) call(target expr, name token) (expr, error) {
	f, ok := functions[name.text]
	if !ok {
		return nil, fail(name.pos, "FHIRPath has no function %s()", name.text)
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	c := &call{at: name.pos, name: name.text, target: target, fn: f}
	if f.typed && !p.symbol(")") {
		typ, err := p.typeName()
		if err != nil {
			return nil, err
		}
		c.typ = typ
		return c, p.expect(")")
	}
	for !p.symbol(")") {
		if len(c.args) > 0 {
			if err := p.expect(","); err != nil {
				return nil, err
			}
		}
		arg, err := p.binary(1)
		if err != nil {
			return nil, err
		}
		c.args = append(c.args, arg)
	}
	if n := len(c.args); n < f.min || n > f.max {
		return nil, fail(name.pos, "%s() takes %s, not %d", name.text, f.arity(), n)
	}
	return c, p.advance()
}

// typeName reads a type, with its namespace or not.
func (p *parser) typeName() (typeSpec, error) {
	var spec typeSpec
	at := p.tok.pos
	for {
		if p.tok.kind == stringToken { // is('Patient') is seen in the wild
			spec.name = p.tok.text
		} else if p.tok.kind == nameToken || p.tok.kind == quotedNameToken {
			spec.name = p.tok.text
		} else {
			return spec, fail(p.tok.pos, "the name of a type should stand here")
		}
		if err := p.advance(); err != nil {
			return spec, err
		}
		if spec.namespace != "" || !p.symbol(".") || spec.name != "FHIR" && spec.name != "System" {
			break
		}
		spec.namespace = spec.name
		if err := p.advance(); err != nil {
			return spec, err
		}
	}
	if !spec.known() {
		return spec, fail(at, "the type %s is not known", spec.name)
	}
	return spec, nil
}

// typeSpec names a type; without a namespace it may be FHIR's or the System's.
type typeSpec struct{ namespace, name string }

func (s typeSpec) known() bool {
	if s.namespace == "System" {
		return true // FHIRPath's own tests ask for System.Patient, which nothing is
	}
	for _, name := range systemNames {
		if s.namespace == "" && name == s.name {
			return true
		}
	}
	return schema.R4().Type(s.name) != nil
}

// holds tells whether a value is of the type or of one that specialises it.
func (s typeSpec) holds(v Value) bool {
	if v.kind != NodeKind {
		return s.namespace != "FHIR" && (systemNames[v.kind] == s.name || s.name == "Any")
	}
	return s.namespace != "System" && v.typ != nil && v.typ.Is(s.name)
}
