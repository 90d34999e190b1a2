// SPDX-License-Identifier: Apache-2.0

package elm

import (
	"maps"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// operators holds every node type of ELM that the package evaluates, by family.
// It is filled at start because the families' compile functions refer to it.
var operators = map[string]operator{}

func init() {
	for _, family := range []map[string]operator{
		valueOperators, referenceOperators, logicalOperators, comparisonOperators, arithmeticOperators,
		stringOperators, temporalOperators, intervalOperators, listOperators, aggregateOperators,
		typeOperators, clinicalOperators, queryOperators, errorOperators,
	} {
		maps.Copy(operators, family)
	}
}

// operator makes the node of one ELM type.
type operator struct {
	compile func(c *compiler, n node.Node) expr
}

type (
	unaryFunc  func(r *run, a Value) Value
	binaryFunc func(r *run, a, b Value, p Precision) Value
	naryFunc   func(r *run, args []Value) Value
)

// unary is an operator of one operand that is null if its operand is.
func unary(fn unaryFunc) operator {
	return operator{func(c *compiler, n node.Node) expr {
		return &unaryExpr{c.here(), c.source(n), fn, true}
	}}
}

// unaryOfNull is an operator of one operand that has an answer for null too.
func unaryOfNull(fn unaryFunc) operator {
	return operator{func(c *compiler, n node.Node) expr {
		return &unaryExpr{c.here(), c.source(n), fn, false}
	}}
}

// binary is an operator of two operands that is null if either is.
func binary(fn binaryFunc) operator {
	return operator{func(c *compiler, n node.Node) expr {
		a, b := c.pair(n)
		return &binaryExpr{c.here(), a, b, c.precision(n), fn, true}
	}}
}

// binaryOfNull is an operator of two operands that has an answer for nulls too.
func binaryOfNull(fn binaryFunc) operator {
	return operator{func(c *compiler, n node.Node) expr {
		a, b := c.pair(n)
		return &binaryExpr{c.here(), a, b, c.precision(n), fn, false}
	}}
}

// nary is an operator of any number of operands, nulls included.
func nary(fn naryFunc) operator {
	return operator{func(c *compiler, n node.Node) expr {
		return &naryExpr{c.here(), c.operands(n), fn}
	}}
}

// named is an operator whose operands stand under names of their own.
func named(fn naryFunc, names ...string) operator {
	return operator{func(c *compiler, n node.Node) expr {
		e := &naryExpr{at: c.here(), fn: fn}
		for _, name := range names {
			e.args = append(e.args, c.expr(n.Get(name)))
		}
		return e
	}}
}

type unaryExpr struct {
	at
	x      expr
	fn     unaryFunc
	strict bool
}

func (e *unaryExpr) eval(r *run, f []Value) Value {
	v := e.x.eval(r, f)
	if v == nil && e.strict {
		return nil
	}
	r.locator = e.locator
	return e.fn(r, v)
}

type binaryExpr struct {
	at
	a, b   expr
	prec   Precision
	fn     binaryFunc
	strict bool
}

func (e *binaryExpr) eval(r *run, f []Value) Value {
	a := e.a.eval(r, f)
	if a == nil && e.strict {
		return nil
	}
	b := e.b.eval(r, f)
	if b == nil && e.strict {
		return nil
	}
	r.locator = e.locator
	return e.fn(r, a, b, e.prec)
}

type naryExpr struct {
	at
	args []expr
	fn   naryFunc
}

func (e *naryExpr) eval(r *run, f []Value) Value {
	args := make([]Value, len(e.args))
	for i, a := range e.args {
		args[i] = a.eval(r, f)
	}
	r.locator = e.locator
	return e.fn(r, args)
}

// constant is a value known at compile time.
type constant struct{ v Value }

func (e constant) eval(*run, []Value) Value { return e.v }
