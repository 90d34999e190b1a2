// SPDX-License-Identifier: Apache-2.0

package elm

import "github.com/woodlawn-health/woodlawn/fhir/node"

// logicalOperators are those of three-valued logic, and the conditionals.
var logicalOperators = map[string]operator{
	"And":     logical(tri.and, no),
	"Or":      logical(tri.or, yes),
	"Implies": logical(func(a, b tri) tri { return a.not().or(b) }, unknown),
	"Xor": logical(func(a, b tri) tri {
		if a == unknown || b == unknown {
			return unknown
		}
		return triOf(a != b)
	}, unknown),
	"Not":     unary(func(r *run, a Value) Value { return truth(a).not().value() }),
	"IsNull":  unaryOfNull(func(r *run, a Value) Value { return Boolean(r.plain(a) == nil) }),
	"IsTrue":  unaryOfNull(func(r *run, a Value) Value { return Boolean(truth(a) == yes) }),
	"IsFalse": unaryOfNull(func(r *run, a Value) Value { return Boolean(truth(a) == no) }),
	"Coalesce": {func(c *compiler, n node.Node) expr {
		return coalesce(c.operands(n))
	}},
	"If": {func(c *compiler, n node.Node) expr {
		return &ifExpr{c.expr(n.Get("condition")), c.expr(n.Get("then")), c.expr(n.Get("else"))}
	}},
	"Case": {func(c *compiler, n node.Node) expr {
		e := &caseExpr{otherwise: c.expr(n.Get("else"))}
		if comparand := n.Get("comparand"); comparand.Exists() {
			e.comparand = c.expr(comparand)
		}
		for item := range n.Get("caseItem").Items() {
			e.when = append(e.when, c.expr(item.Get("when")))
			e.then = append(e.then, c.expr(item.Get("then")))
		}
		return e
	}},
}

// logical is an operator of two truth values. A first operand that decides the
// answer spares the second; unknown means that none does.
func logical(fn func(a, b tri) tri, decides tri) operator {
	return operator{func(c *compiler, n node.Node) expr {
		a, b := c.pair(n)
		return &logicalExpr{c.here(), a, b, fn, decides}
	}}
}

type logicalExpr struct {
	at
	a, b    expr
	fn      func(a, b tri) tri
	decides tri
}

func (e *logicalExpr) eval(r *run, f []Value) Value {
	x := e.a.eval(r, f)
	r.locator = e.locator
	a := truth(r.plain(x))
	if a != unknown && a == e.decides {
		return a.value()
	}
	y := e.b.eval(r, f)
	r.locator = e.locator
	return e.fn(a, truth(r.plain(y))).value()
}

// coalesce is the first operand that is not null; a single list stands for its elements.
type coalesce []expr

func (e coalesce) eval(r *run, f []Value) Value {
	for _, x := range e {
		v := x.eval(r, f)
		if l, ok := v.(List); ok && len(e) == 1 {
			for _, item := range l {
				if item != nil {
					return item
				}
			}
			return nil
		}
		if v != nil {
			return v
		}
	}
	return nil
}

type ifExpr struct{ condition, then, otherwise expr }

func (e *ifExpr) eval(r *run, f []Value) Value {
	if truth(e.condition.eval(r, f)) == yes {
		return e.then.eval(r, f)
	}
	return e.otherwise.eval(r, f)
}

type caseExpr struct {
	comparand  expr // nil for a case of conditions
	when, then []expr
	otherwise  expr
}

func (e *caseExpr) eval(r *run, f []Value) Value {
	var against Value
	if e.comparand != nil {
		against = e.comparand.eval(r, f)
	}
	for i, when := range e.when {
		v := when.eval(r, f)
		hit := false
		if e.comparand == nil {
			hit = truth(v) == yes
		} else {
			hit = r.equal(against, v) == yes
		}
		if hit {
			return e.then[i].eval(r, f)
		}
	}
	return e.otherwise.eval(r, f)
}
