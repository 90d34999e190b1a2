// SPDX-License-Identifier: Apache-2.0

package xpath

import (
	"math"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/quality/qrda/xmltree"
)

// kind is one of the four types of XPath 1.0.
type kind uint8

const (
	nodeset kind = iota
	text
	number
	boolean
)

// Value is the result of an expression.
type Value struct {
	kind  kind
	nodes []*xmltree.Node // in document order, no node twice
	s     string
	n     float64
	b     bool
}

// Nodes makes a value of nodes, which are in document order.
func Nodes(list ...*xmltree.Node) Value { return Value{kind: nodeset, nodes: list} }

// String makes a string value.
func String(s string) Value { return Value{kind: text, s: s} }

// Number makes a number value.
func Number(n float64) Value { return Value{kind: number, n: n} }

// Bool makes a boolean value.
func Bool(b bool) Value { return Value{kind: boolean, b: b} }

// Nodes is the node-set, nil if the value is none.
func (v Value) Nodes() []*xmltree.Node { return v.nodes }

// Bool converts as boolean() does: some nodes, a string that is not empty, a
// number that is neither 0 nor NaN.
func (v Value) Bool() bool {
	switch v.kind {
	case nodeset:
		return len(v.nodes) > 0
	case text:
		return v.s != ""
	case number:
		return v.n != 0 && !math.IsNaN(v.n)
	}
	return v.b
}

// Text converts as string() does: the first node's text, the number's digits.
func (v Value) Text() string {
	switch v.kind {
	case nodeset:
		if len(v.nodes) == 0 {
			return ""
		}
		return v.nodes[0].Text()
	case number:
		return formatNumber(v.n)
	case boolean:
		return strconv.FormatBool(v.b)
	}
	return v.s
}

// Float converts as number() does; what is no number is NaN.
func (v Value) Float() float64 {
	switch v.kind {
	case number:
		return v.n
	case boolean:
		if v.b {
			return 1
		}
		return 0
	}
	return parseNumber(v.Text())
}

// parseNumber follows XPath 1.0: blanks, a minus, digits with a point. No plus
// sign, no exponent.
func parseNumber(s string) float64 {
	s = strings.Trim(s, " \t\r\n")
	digits := strings.TrimPrefix(s, "-")
	points, figures := 0, 0
	for i := 0; i < len(digits); i++ {
		switch c := digits[i]; {
		case c == '.':
			points++
		case c >= '0' && c <= '9':
			figures++
		default:
			return math.NaN()
		}
	}
	if points > 1 || figures == 0 {
		return math.NaN()
	}
	// Only a number beyond all range gives an error, and then infinity, as IEEE says.
	n, _ := strconv.ParseFloat(s, 64)
	return n
}

func formatNumber(n float64) string {
	switch {
	case math.IsNaN(n):
		return "NaN"
	case math.IsInf(n, 1):
		return "Infinity"
	case math.IsInf(n, -1):
		return "-Infinity"
	case n == 0:
		return "0"
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}

// compare is one comparison operator on two values; with a node-set it asks for
// any node that makes it true (XPath 1.0, section 3.4).
func compare(op string, a, b Value) bool {
	if a.kind != nodeset && b.kind == nodeset {
		return compare(mirrored(op), b, a)
	}
	if a.kind != nodeset {
		return compareAtoms(op, a, b)
	}
	if b.kind == boolean {
		return compareAtoms(op, Bool(a.Bool()), b)
	}
	for _, x := range a.nodes {
		left := String(x.Text())
		if b.kind != nodeset {
			if compareAtoms(op, left, b) {
				return true
			}
			continue
		}
		for _, y := range b.nodes {
			if compareAtoms(op, left, String(y.Text())) {
				return true
			}
		}
	}
	return false
}

func mirrored(op string) string {
	switch op {
	case "<":
		return ">"
	case "<=":
		return ">="
	case ">":
		return "<"
	case ">=":
		return "<="
	}
	return op
}

func compareAtoms(op string, a, b Value) bool {
	switch op {
	case "=":
		return equal(a, b)
	case "!=":
		return unequal(a, b)
	}
	x, y := a.Float(), b.Float()
	switch op {
	case "<":
		return x < y
	case "<=":
		return x <= y
	case ">":
		return x > y
	}
	return x >= y
}

func equal(a, b Value) bool {
	switch {
	case a.kind == boolean || b.kind == boolean:
		return a.Bool() == b.Bool()
	case a.kind == number || b.kind == number:
		return a.Float() == b.Float()
	}
	return a.s == b.s
}

// unequal is the opposite of equal; NaN differs from everything, as IEEE says.
func unequal(a, b Value) bool { return !equal(a, b) }
