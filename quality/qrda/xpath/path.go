// SPDX-License-Identifier: Apache-2.0

package xpath

import (
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/quality/qrda/xmltree"
)

// step is one step of a path.
type step struct {
	axis       string
	test       func(*xmltree.Node) bool
	local      string // name asked for, empty if any or none
	predicates []predicate
}

type predicate struct {
	eval       eval
	positional bool // may ask for a position
}

// path is a location path, or a filter expression with what follows it.
func (p *parser) path() eval {
	impure, documents := p.impure, len(p.documents)
	start := p.pathStart()
	var steps []step
	switch {
	case start != nil: // filter expression
		if filters := p.predicates(); len(filters) > 0 {
			start = filtered(start, filters)
		}
		if !p.atSlash() {
			return start
		}
		steps = p.slashSteps(steps)
	case p.atSlash():
		start = func(c *context) Value { return Nodes(c.node.Root()) }
		if p.peek().text == "/" && !p.stepFollows(p.peekSecond()) {
			p.take()
			return start
		}
		steps = p.slashSteps(steps)
	default:
		start = func(c *context) Value { return Nodes(c.node) }
		steps = p.slashSteps(append(steps, p.step()))
	}
	walk := walker(start, simplify(steps))
	if len(p.documents) > documents && p.impure == impure && p.opensWithDocument(documents) {
		return remembered(walk)
	}
	return walk
}

// opensWithDocument tells whether the path just read starts from exactly one
// document, so that its answer is the same at every node.
func (p *parser) opensWithDocument(before int) bool {
	return len(p.documents) == before+1 && p.fromDocument
}

func (p *parser) atSlash() bool {
	t := p.peek()
	return t.kind == symbol && (t.text == "/" || t.text == "//")
}

func (p *parser) stepFollows(t token) bool {
	return t.kind == name || t.kind == symbol && (t.text == "@" || t.text == "." || t.text == "..")
}

// pathStart reads a primary expression, or answers nil where a step stands.
func (p *parser) pathStart() eval {
	p.fromDocument = false
	t := p.peek()
	switch t.kind {
	case literal, figure, variable:
		return p.primary()
	case symbol:
		if t.text == "(" {
			return p.primary()
		}
	case name:
		after := p.peekSecond()
		if after.kind == symbol && after.text == "(" && !nodeTypes[t.text] {
			e := p.primary()
			p.fromDocument = t.text == "document"
			return e
		}
	}
	return nil
}

func (p *parser) slashSteps(steps []step) []step {
	for p.atSlash() {
		fromDocument := p.fromDocument
		if p.take().text == "//" {
			steps = append(steps, step{axis: "descendant-or-self", test: anyNode})
		}
		steps = append(steps, p.step())
		p.fromDocument = fromDocument // steps have paths of their own in predicates
	}
	return steps
}

func anyNode(*xmltree.Node) bool { return true }

var nodeTypes = map[string]bool{"node": true, "text": true, "comment": true, "processing-instruction": true}

func (p *parser) step() step {
	switch {
	case p.accept(symbol, "."):
		return step{axis: "self", test: anyNode}
	case p.accept(symbol, ".."):
		return step{axis: "parent", test: anyNode}
	}
	s := step{axis: "child"}
	if p.accept(symbol, "@") {
		s.axis = "attribute"
	} else if t := p.peekSecond(); t.kind == symbol && t.text == "::" {
		s.axis = p.take().text
		p.take()
		if axes[s.axis] == nil {
			p.fail("axis %s is not supported", s.axis)
		}
	}
	s.test, s.local = p.nodeTest(s.axis == "attribute")
	s.predicates = p.predicates()
	return s
}

func (p *parser) nodeTest(attribute bool) (func(*xmltree.Node) bool, string) {
	t := p.take()
	if t.kind != name {
		p.back()
		p.fail("expected a name, found %q", t.text)
		return anyNode, ""
	}
	if nodeTypes[t.text] && p.accept(symbol, "(") {
		p.expect(")")
		return typeTest(t.text), ""
	}
	principal := xmltree.Element
	if attribute {
		principal = xmltree.Attribute
	}
	if t.text == "*" {
		return func(n *xmltree.Node) bool { return n.Kind == principal }, ""
	}
	prefix, local, qualified := strings.Cut(t.text, ":")
	space := ""
	if !qualified {
		local = prefix
	} else if uri, known := p.scope.Namespaces[prefix]; known {
		space = uri
	} else {
		p.fail("prefix %s is not declared", prefix)
	}
	if local == "*" {
		return func(n *xmltree.Node) bool { return n.Kind == principal && n.Name.Space == space }, ""
	}
	want := xmltree.Name{Space: space, Local: local}
	return func(n *xmltree.Node) bool { return n.Kind == principal && n.Name == want }, local
}

func typeTest(name string) func(*xmltree.Node) bool {
	kinds := map[string]xmltree.Kind{"text": xmltree.Text, "comment": xmltree.Comment,
		"processing-instruction": xmltree.Instruction}
	kind, one := kinds[name]
	if !one {
		return anyNode
	}
	return func(n *xmltree.Node) bool { return n.Kind == kind }
}

func (p *parser) predicates() []predicate {
	var list []predicate
	for p.accept(symbol, "[") {
		outer := p.positional
		p.positional = false
		// A predicate that is a plain number or ends in one asks for a position.
		// Which type comes out is known only when it runs, so whatever is no
		// comparison or path counts as positional where that matters.
		first := p.at
		e := p.expression()
		positional := p.positional || p.mayBeNumber(first)
		p.positional = outer
		p.expect("]")
		list = append(list, predicate{e, positional})
	}
	return list
}

// mayBeNumber tells whether the predicate that starts at token first may give a
// number: it has a figure, a variable or a numeric function outside any comparison.
func (p *parser) mayBeNumber(first int) bool {
	depth := 0
	numeric := false
	for _, t := range p.tokens[first:p.at] {
		switch {
		case t.kind == symbol && (t.text == "(" || t.text == "["):
			depth++
		case t.kind == symbol && (t.text == ")" || t.text == "]"):
			depth--
		case depth > 0:
		case t.kind == operator && (equality[t.text] || order[t.text] || t.text == "and" || t.text == "or"):
			return false
		case t.kind == figure || t.kind == variable || t.kind == operator && t.text != "|":
			numeric = true
		case t.kind == name && functions[t.text].number:
			numeric = true
		}
	}
	// A single bracketed expression keeps its inside hidden: be careful.
	return numeric || p.tokens[first].kind == symbol && p.tokens[first].text == "("
}

// simplify joins descendant-or-self::node()/child::x to descendant::x, which says
// the same unless a predicate asks for a position.
func simplify(steps []step) []step {
	var out []step
	for _, s := range steps {
		if n := len(out); n > 0 && s.axis == "child" && out[n-1].axis == "descendant-or-self" &&
			len(out[n-1].predicates) == 0 && out[n-1].local == "" &&
			!slices.ContainsFunc(s.predicates, func(q predicate) bool { return q.positional }) {
			s.axis = "descendant"
			out[n-1] = s
			continue
		}
		out = append(out, s)
	}
	return out
}

func walker(start eval, steps []step) eval {
	return func(c *context) Value {
		nodes := c.nodes(start(c))
		for i := range steps {
			if len(nodes) == 0 {
				break
			}
			nodes = steps[i].from(nodes, c.run)
		}
		return Value{kind: nodeset, nodes: nodes}
	}
}

// remembered evaluates a path once a Run.
func remembered(e eval) eval {
	key := new(int)
	return func(c *context) Value {
		if nodes, done := c.run.cache[key]; done {
			return Value{kind: nodeset, nodes: nodes}
		}
		v := e(c)
		if c.run.err == nil {
			if c.run.cache == nil {
				c.run.cache = map[*int][]*xmltree.Node{}
			}
			c.run.cache[key] = v.nodes
		}
		return v
	}
}

func filtered(start eval, filters []predicate) eval {
	return func(c *context) Value {
		nodes := c.nodes(start(c))
		for _, f := range filters {
			nodes = f.keep(slices.Clone(nodes), c.run)
		}
		return Value{kind: nodeset, nodes: nodes}
	}
}
