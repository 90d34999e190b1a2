// SPDX-License-Identifier: Apache-2.0

// Package schematron checks a document against a Schematron schema with XPath 1.0
// rules, such as the ones that CMS publishes for QRDA. A schema is compiled once.
// What the compiler does not know it lists in Schema.Unsupported; a rule that
// cannot be evaluated is listed in the report: neither ever counts as passed.
package schematron

import (
	"fmt"
	"io"

	"github.com/woodlawn-health/woodlawn/quality/qrda/xmltree"
	"github.com/woodlawn-health/woodlawn/quality/qrda/xpath"
)

// Severity says how much a finding weighs.
type Severity uint8

// The severities. CMS puts SHALL rules in the phase "errors" and SHOULD rules in
// the phase "warnings".
const (
	Error Severity = iota + 1
	Warning
)

func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// MarshalText writes the name of the severity.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Schema is a compiled schema. It may be used by many goroutines.
type Schema struct {
	Title string
	// Documents are the other documents that its rules read, such as voc.xml.
	Documents []string
	// Unsupported lists what could not be compiled. Rules in it are not checked.
	Unsupported []Unsupported
	// Patterns, Rules and Assertions count what was compiled.
	Patterns, Rules, Assertions int

	lets     []let
	patterns []*pattern
	byName   map[string][]indexed // rules by the name a node must have
	anyName  []indexed
}

// Unsupported is one construct of the schema that is not checked.
type Unsupported struct {
	Line   int
	ID     string // of the assertion, rule or pattern
	Reason string
}

func (u Unsupported) String() string { return fmt.Sprintf("line %d: %s: %s", u.Line, u.ID, u.Reason) }

type let struct {
	name string
	expr *xpath.Expr
}

type pattern struct {
	id       string
	index    int
	severity Severity
	lets     []let
	rules    []*rule
}

type rule struct {
	id      string
	pattern *pattern
	context *xpath.Pattern
	lets    []let
	asserts []assertion
}

type assertion struct {
	id       string
	test     *xpath.Expr
	report   bool // finds when true instead of when false
	severity Severity
	message  []part
}

// part is a piece of a message: text, or an expression.
type part struct {
	text string
	expr *xpath.Expr
}

type indexed struct {
	rule     *rule
	position int // among the rules of its pattern
}

// Load compiles a schema. An error means that it is no schema at all.
func Load(r io.Reader) (*Schema, error) {
	doc, err := xmltree.Parse(r)
	if err != nil {
		return nil, fmt.Errorf("schema: %w", err)
	}
	top := doc.Top()
	if top.Name.Local != "schema" || (top.Name.Space != iso && top.Name.Space != old) {
		return nil, fmt.Errorf("schema: the outermost element is %s, not a Schematron schema", top.Name.Local)
	}
	c := newCompiler(top)
	c.compile()
	return c.schema, nil
}

const (
	iso = "http://purl.oclc.org/dsdl/schematron"
	old = "http://www.ascc.net/xml/schematron"
)
