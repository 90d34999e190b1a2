// SPDX-License-Identifier: Apache-2.0

package xpath

import "github.com/woodlawn-health/woodlawn/quality/qrda/xmltree"

// Pattern is a match pattern of XSLT 1.0, section 5.2: it tells of a node whether
// it is meant. Schematron's rule contexts are patterns.
type Pattern struct {
	Source       string
	Documents    []string
	alternatives []alternative
}

// alternative is one path of a pattern.
type alternative struct {
	steps []step
	// deep[i] tells that step i-1 may be any ancestor of step i, not just its
	// parent; deep[0] that the first step may be anywhere.
	deep []bool
}

// CompilePattern translates a match pattern. id() and key() are not supported.
func CompilePattern(src string, scope Scope) (*Pattern, error) {
	p, err := newParser(src, scope)
	if err != nil {
		return nil, err
	}
	pattern := &Pattern{Source: src}
	for {
		pattern.alternatives = append(pattern.alternatives, p.alternative())
		if !p.accept(operator, "|") {
			break
		}
	}
	if p.err == nil && p.peek().kind != end {
		p.fail("unexpected %q in a match pattern", p.peek().text)
	}
	if p.err != nil {
		return nil, p.err
	}
	pattern.Documents = p.documents
	return pattern, nil
}

func (p *parser) alternative() alternative {
	var a alternative
	deep := true
	if p.accept(symbol, "/") {
		deep = false
		if !p.stepFollows(p.peek()) { // the document node itself
			return a
		}
	} else {
		p.accept(symbol, "//")
	}
	for {
		s := p.step()
		if s.axis != "child" && s.axis != "attribute" {
			p.fail("axis %s does not belong in a match pattern", s.axis)
		}
		if p.err != nil {
			return a
		}
		a.steps = append(a.steps, s)
		a.deep = append(a.deep, deep)
		if !p.atSlash() {
			return a
		}
		deep = p.take().text == "//"
	}
}

// Names are the local names that a matching node can have; all is true if it may
// have any.
func (p *Pattern) Names() (names []string, all bool) {
	for _, a := range p.alternatives {
		if len(a.steps) == 0 || a.steps[len(a.steps)-1].local == "" {
			return nil, true
		}
		names = append(names, a.steps[len(a.steps)-1].local)
	}
	return names, false
}

// Matches tells whether the node is meant. Errors are those of
// Expr.Eval.
func (p *Pattern) Matches(run *Run, n *xmltree.Node) (bool, error) {
	run.current, run.err = n, nil
	for i := range p.alternatives {
		if p.alternatives[i].matches(run, n) {
			return true, run.err
		}
	}
	return false, run.err
}

func (a *alternative) matches(run *Run, n *xmltree.Node) bool {
	if len(a.steps) == 0 {
		return n.Kind == xmltree.Document
	}
	return a.upTo(run, len(a.steps)-1, n)
}

// upTo matches steps 0 to i with n as the last.
func (a *alternative) upTo(run *Run, i int, n *xmltree.Node) bool {
	if n == nil || n.Kind == xmltree.Document || !a.steps[i].accepts(run, n) {
		return false
	}
	switch {
	case i == 0:
		return a.deep[0] || n.Parent.Kind == xmltree.Document
	case !a.deep[i]:
		return a.upTo(run, i-1, n.Parent)
	}
	for up := n.Parent; up != nil; up = up.Parent {
		if a.upTo(run, i-1, up) {
			return true
		}
	}
	return false
}

// accepts tells whether the step, taken from n's parent, leads to n.
func (s *step) accepts(run *Run, n *xmltree.Node) bool {
	if (n.Kind == xmltree.Attribute) != (s.axis == "attribute") || !s.test(n) {
		return false
	}
	for _, q := range s.predicates {
		if q.positional {
			return s.acceptsAmongBrothers(run, n)
		}
	}
	c := context{node: n, position: 1, size: 1, run: run}
	for _, q := range s.predicates {
		if !q.eval(&c).Bool() {
			return false
		}
	}
	return true
}

func (s *step) acceptsAmongBrothers(run *Run, n *xmltree.Node) bool {
	for _, m := range s.from([]*xmltree.Node{n.Parent}, run) {
		if m == n {
			return true
		}
	}
	return false
}
