// SPDX-License-Identifier: Apache-2.0

package xpath

import (
	"math"
	"strings"
	"unicode/utf8"

	"github.com/woodlawn-health/woodlawn/quality/qrda/xmltree"
)

// function is one function: how many arguments it takes, what it does.
type function struct {
	least, most int
	// number tells that the result is a number, so that a predicate with it asks
	// for a position.
	number bool
	apply  func(c *context, args []Value) Value
}

// functions is the core library of XPath 1.0 and current() of XSLT. document() is
// compiled apart: its name must be known before the run.
var functions map[string]function

func init() {
	functions = map[string]function{
		"last":     {0, 0, true, func(c *context, _ []Value) Value { return Number(float64(c.size)) }},
		"position": {0, 0, true, func(c *context, _ []Value) Value { return Number(float64(c.position)) }},
		"count":    {1, 1, true, func(c *context, a []Value) Value { return Number(float64(len(c.nodes(a[0])))) }},
		"sum":      {1, 1, true, sum},
		"number":   {0, 1, true, func(c *context, a []Value) Value { return Number(subject(c, a).Float()) }},
		"floor":    {1, 1, true, func(_ *context, a []Value) Value { return Number(math.Floor(a[0].Float())) }},
		"ceiling":  {1, 1, true, func(_ *context, a []Value) Value { return Number(math.Ceil(a[0].Float())) }},
		"round":    {1, 1, true, func(_ *context, a []Value) Value { return Number(math.Floor(a[0].Float() + 0.5)) }},

		"local-name":    {0, 1, false, localName},
		"namespace-uri": {0, 1, false, namespaceURI},
		"current":       {0, 0, false, func(c *context, _ []Value) Value { return Nodes(c.run.current) }},

		"string":           {0, 1, false, func(c *context, a []Value) Value { return String(subject(c, a).Text()) }},
		"concat":           {2, 1000, false, concat},
		"starts-with":      {2, 2, false, func(_ *context, a []Value) Value { return Bool(strings.HasPrefix(a[0].Text(), a[1].Text())) }},
		"contains":         {2, 2, false, func(_ *context, a []Value) Value { return Bool(strings.Contains(a[0].Text(), a[1].Text())) }},
		"substring-before": {2, 2, false, substringBefore},
		"substring-after":  {2, 2, false, substringAfter},
		"substring":        {2, 3, false, substring},
		"string-length":    {0, 1, true, stringLength},
		"normalize-space":  {0, 1, false, normalizeSpace},
		"translate":        {3, 3, false, translate},

		"boolean": {1, 1, false, func(_ *context, a []Value) Value { return Bool(a[0].Bool()) }},
		"not":     {1, 1, false, func(_ *context, a []Value) Value { return Bool(!a[0].Bool()) }},
		"true":    {0, 0, false, func(*context, []Value) Value { return Bool(true) }},
		"false":   {0, 0, false, func(*context, []Value) Value { return Bool(false) }},
	}
}

// call reads the arguments of a function whose name was taken.
func (p *parser) call(name string) eval {
	if name == "document" {
		return p.document()
	}
	f, known := functions[name]
	if !known {
		p.back()
		p.fail("function %s is not supported", name)
		return nil
	}
	switch name {
	case "position", "last":
		p.positional = true
	case "current":
		p.impure++
	}
	p.expect("(")
	var args []eval
	if !p.accept(symbol, ")") {
		args = append(args, p.expression())
		for p.accept(symbol, ",") {
			args = append(args, p.expression())
		}
		p.expect(")")
	}
	if p.err == nil && (len(args) < f.least || len(args) > f.most) {
		p.fail("function %s has %d arguments, which it does not take", name, len(args))
	}
	return f.bind(args)
}

func (f function) bind(args []eval) eval {
	apply := f.apply
	if len(args) == 1 {
		only := args[0]
		return func(c *context) Value {
			list := [1]Value{only(c)}
			return apply(c, list[:])
		}
	}
	return func(c *context) Value {
		values := make([]Value, len(args))
		for i, a := range args {
			values[i] = a(c)
		}
		return apply(c, values)
	}
}

// document reads document('name').
func (p *parser) document() eval {
	p.expect("(")
	t := p.take()
	if t.kind != literal {
		p.fail("document() is supported with a plain name only")
		return nil
	}
	p.expect(")")
	p.documents = append(p.documents, t.text)
	return func(c *context) Value {
		doc := c.run.Documents[t.text]
		if doc == nil {
			if c.run.err == nil {
				c.run.err = &MissingDocumentError{t.text}
			}
			return Nodes()
		}
		return Nodes(doc)
	}
}

// subject is the argument, or the context node where none is given.
func subject(c *context, args []Value) Value {
	if len(args) > 0 {
		return args[0]
	}
	return Nodes(c.node)
}

func sum(c *context, a []Value) Value {
	total := 0.0
	for _, n := range c.nodes(a[0]) {
		total += parseNumber(n.Text())
	}
	return Number(total)
}

func firstName(c *context, args []Value) xmltree.Name {
	if nodes := c.nodes(subject(c, args)); len(nodes) > 0 {
		return nodes[0].Name
	}
	return xmltree.Name{}
}

func localName(c *context, a []Value) Value    { return String(firstName(c, a).Local) }
func namespaceURI(c *context, a []Value) Value { return String(firstName(c, a).Space) }

func concat(_ *context, a []Value) Value {
	var b strings.Builder
	for _, v := range a {
		b.WriteString(v.Text())
	}
	return String(b.String())
}

func substringBefore(_ *context, a []Value) Value {
	before, _, found := strings.Cut(a[0].Text(), a[1].Text())
	if !found {
		return String("")
	}
	return String(before)
}

func substringAfter(_ *context, a []Value) Value {
	_, after, _ := strings.Cut(a[0].Text(), a[1].Text())
	return String(after)
}

// substring counts characters from 1 and rounds its numbers, as section 4.2 says;
// NaN selects nothing.
func substring(_ *context, a []Value) Value {
	round := func(v Value) float64 { return math.Floor(v.Float() + 0.5) }
	from, to := round(a[1]), math.Inf(1)
	if len(a) == 3 {
		to = from + round(a[2])
	}
	var b strings.Builder
	position := 0.0
	for _, r := range a[0].Text() {
		position++
		if position >= from && position < to {
			b.WriteRune(r)
		}
	}
	return String(b.String())
}

func stringLength(c *context, a []Value) Value {
	return Number(float64(utf8.RuneCountInString(subject(c, a).Text())))
}

func normalizeSpace(c *context, a []Value) Value {
	fields := strings.FieldsFunc(subject(c, a).Text(), func(r rune) bool {
		return r == ' ' || r == '\t' || r == '\r' || r == '\n'
	})
	return String(strings.Join(fields, " "))
}

func translate(_ *context, a []Value) Value {
	from, to := []rune(a[1].Text()), []rune(a[2].Text())
	table := map[rune]rune{}
	for i, r := range from {
		if _, twice := table[r]; twice {
			continue
		}
		table[r] = -1
		if i < len(to) {
			table[r] = to[i]
		}
	}
	return String(strings.Map(func(r rune) rune {
		if n, found := table[r]; found {
			return n
		}
		return r
	}, a[0].Text()))
}

// remainder is mod: the sign of the dividend, as in Go.
func remainder(x, y float64) float64 { return math.Mod(x, y) }
