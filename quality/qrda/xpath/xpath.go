// SPDX-License-Identifier: Apache-2.0

// Package xpath is XPath 1.0, compiled to Go closures: the language in which CMS
// writes its QRDA rules. What it does not know is an error of Compile, never a
// wrong answer: the functions id, lang, name and key, and variables that nobody
// defines. The XSLT functions document and current, which Schematron uses, are in.
package xpath

import (
	"fmt"

	"github.com/woodlawn-health/woodlawn/quality/qrda/xmltree"
)

// SyntaxError is an expression that cannot be compiled.
type SyntaxError struct {
	Expression string
	Offset     int // byte offset of the trouble
	Reason     string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s at offset %d of %q", e.Reason, e.Offset, shorten(e.Expression))
}

func shorten(s string) string {
	if len(s) > 120 {
		return s[:117] + "..."
	}
	return s
}

// Scope is what an expression may name.
type Scope struct {
	Namespaces map[string]string // prefix to namespace
	Variables  map[string]bool
}

// Expr is a compiled expression. It may be evaluated by many goroutines, each
// with a Run of its own.
type Expr struct {
	Source string
	// Documents are the names given to document(), in order of use.
	Documents []string
	eval      eval
}

// Run holds what expressions are evaluated against, and remembers what does not
// change from node to node.
type Run struct {
	Documents map[string]*xmltree.Node
	Variables map[string]Value

	current *xmltree.Node
	cache   map[*int][]*xmltree.Node
	err     error
}

// MissingDocumentError is a document() that nobody has supplied.
type MissingDocumentError struct{ Name string }

func (e *MissingDocumentError) Error() string { return "document " + e.Name + " is not loaded" }

// TypeError is a string, number or boolean where nodes are needed.
type TypeError struct{}

func (*TypeError) Error() string { return "nodes are needed where the expression gives a plain value" }

// Eval evaluates the expression at a node. The error is a *MissingDocumentError
// or a *TypeError; the value is of no use then.
func (e *Expr) Eval(run *Run, node *xmltree.Node) (Value, error) {
	run.current, run.err = node, nil
	v := e.eval(&context{node: node, position: 1, size: 1, run: run})
	return v, run.err
}

// Compile translates an expression.
func Compile(src string, scope Scope) (*Expr, error) {
	p, err := newParser(src, scope)
	if err != nil {
		return nil, err
	}
	e := p.expression()
	if p.err == nil && p.peek().kind != end {
		p.fail("unexpected %q", p.peek().text)
	}
	if p.err != nil {
		return nil, p.err
	}
	return &Expr{Source: src, Documents: p.documents, eval: e}, nil
}

// context is where a sub-expression is evaluated.
type context struct {
	node           *xmltree.Node
	position, size int
	run            *Run
}

// nodes is the node-set of a value that must be one.
func (c *context) nodes(v Value) []*xmltree.Node {
	if v.kind != nodeset && c.run.err == nil {
		c.run.err = &TypeError{}
	}
	return v.nodes
}

type eval func(*context) Value
