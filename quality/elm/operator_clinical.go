// SPDX-License-Identifier: Apache-2.0

package elm

import (
	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// clinicalOperators are those of terminology and of ages.
var clinicalOperators = map[string]operator{
	"InValueSet":    {func(c *compiler, n node.Node) expr { return compileInValueSet(c, n, "code") }},
	"AnyInValueSet": {func(c *compiler, n node.Node) expr { return compileInValueSet(c, n, "codes") }},
	"InCodeSystem":  {func(c *compiler, n node.Node) expr { return compileInCodeSystem(c, n, "code") }},
	"AnyInCodeSystem": {func(c *compiler, n node.Node) expr {
		return compileInCodeSystem(c, n, "codes")
	}},
	"ExpandValueSet": unary(func(r *run, a Value) Value {
		set, ok := a.(*ValueSet)
		if !ok {
			panic(noOperation("ExpandValueSet", a))
		}
		return r.expandSet(set)
	}),
	"CalculateAge": {func(c *compiler, n node.Node) expr {
		p := c.precision(n)
		return &unaryExpr{c.here(), c.source(n), func(r *run, a Value) Value {
			birth := temporal("CalculateAge", r.plain(a))
			on := r.now
			if birth.kind == dateKind {
				on = on.date()
			}
			return r.between(birth, on, p, duration)
		}, true}
	}},
	"CalculateAgeAt": binary(func(r *run, a, b Value, p Precision) Value { return r.between(a, b, p, duration) }),
	"Subsumes":       binary(subsumption),
	"SubsumedBy":     binary(func(r *run, a, b Value, p Precision) Value { return subsumption(r, b, a, p) }),
}

func compileInValueSet(c *compiler, n node.Node, codes string) expr {
	var set expr
	if x := n.Get("valuesetExpression"); x.Exists() {
		set = c.expr(x)
	} else if v := c.valueSet(n.Get("valueset")); v != nil {
		set = constant{v}
	} else {
		set = constant{nil}
	}
	return &binaryExpr{c.here(), c.expr(n.Get(codes)), set, noPrecision, func(r *run, a, b Value, _ Precision) Value {
		switch s := b.(type) {
		case nil:
			return nil
		case *ValueSet:
			return r.inValueSet(a, s).value()
		case List: // a value set that was expanded, or codes given one by one
			for _, code := range s {
				if a != nil && r.equivalent(a, code) {
					return Boolean(true)
				}
			}
			return Boolean(false)
		}
		panic(noOperation("InValueSet", a, b))
	}, false}
}

// compileInCodeSystem asks whether a code is of a code system. What codes a system
// has is not known here; a code counts as one of the system that it names.
func compileInCodeSystem(c *compiler, n node.Node, codes string) expr {
	ref := n.Get("codesystem")
	system := c.unit.scope(ref).system(ref.Get("name").Text())
	if system == nil {
		return c.unresolved(ref, "code system")
	}
	return &unaryExpr{c.here(), c.expr(n.Get(codes)), func(r *run, a Value) Value {
		return Boolean(inSystem(a, system))
	}, false}
}

func inSystem(v Value, s *CodeSystem) bool {
	switch x := v.(type) {
	case *Code:
		return x.System == s.URL
	case *Concept:
		for _, c := range x.Codes {
			if c.System == s.URL {
				return true
			}
		}
	case List:
		for _, item := range x {
			if inSystem(item, s) {
				return true
			}
		}
	case String:
		panic(failure{"whether a bare code is of " + s.URL + " cannot be told: its codes are not loaded"})
	}
	return false
}

func (r *run) expandSet(v *ValueSet) Value {
	s := r.codesOf(v)
	l := make(List, 0, s.Len())
	for k := range s.codes {
		l = append(l, &Code{Code: k.code, System: k.system})
	}
	return l
}

// subsumption holds between equal codes; beyond that it takes the hierarchy of the
// code system, which is not loaded.
func subsumption(r *run, a, b Value, _ Precision) Value {
	if r.equivalent(a, b) {
		return Boolean(true)
	}
	panic(failure{"whether a code subsumes another cannot be told: the code system's hierarchy is not loaded"})
}
