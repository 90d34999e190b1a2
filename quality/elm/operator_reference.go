// SPDX-License-Identifier: Apache-2.0

package elm

import (
	"fmt"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// referenceOperators refer to what a library or an expression names.
var referenceOperators = map[string]operator{
	"ExpressionRef": {compileExpressionRef},
	"FunctionRef":   {compileFunctionRef},
	"ParameterRef": {func(c *compiler, n node.Node) expr {
		if u := c.unit.scope(n); u != nil {
			if p := u.parameters[n.Get("name").Text()]; p != nil {
				return parameterRef{p}
			}
		}
		return c.unresolved(n, "parameter")
	}},
	"OperandRef":  {compileName},
	"AliasRef":    {compileName},
	"QueryLetRef": {compileName},
	"IdentifierRef": {func(c *compiler, n node.Node) expr {
		name := n.Get("name").Text()
		if slot, ok := c.lookup(name); ok {
			return slotRef(slot)
		}
		if c.this >= 0 { // an element of what is being sorted
			return &property{c.here(), slotRef(c.this), strings.Split(name, ".")}
		}
		if d := c.unit.defs[name]; d != nil {
			return c.definitionRef(d)
		}
		return c.unresolved(n, "identifier")
	}},
	"ValueSetRef": {func(c *compiler, n node.Node) expr {
		set := c.valueSet(n)
		if set == nil {
			return constant{nil}
		}
		return constant{set}
	}},
	"CodeSystemRef": {func(c *compiler, n node.Node) expr {
		if s := c.unit.scope(n).system(n.Get("name").Text()); s != nil {
			return constant{s}
		}
		return c.unresolved(n, "code system")
	}},
	"CodeRef": {func(c *compiler, n node.Node) expr {
		if u := c.unit.scope(n); u != nil {
			if code := u.codes[n.Get("name").Text()]; code != nil {
				return constant{code}
			}
		}
		return c.unresolved(n, "code")
	}},
	"ConceptRef": {func(c *compiler, n node.Node) expr {
		if u := c.unit.scope(n); u != nil {
			if concept := u.concepts[n.Get("name").Text()]; concept != nil {
				return constant{concept}
			}
		}
		return c.unresolved(n, "concept")
	}},
	"Property": {func(c *compiler, n node.Node) expr {
		var source expr
		if scope := n.Get("scope"); scope.Exists() {
			slot, ok := c.lookup(scope.Text())
			if !ok {
				return c.fail(n, "the alias %q is not known here", scope.Text())
			}
			source = slotRef(slot)
			c.asks(slot, n.Get("path").Text())
		} else {
			source = c.expr(n.Get("source"))
			if ref := n.Get("source"); ref.Get("type").Is("AliasRef") {
				if slot, ok := c.lookup(ref.Get("name").Text()); ok {
					c.asks(slot, n.Get("path").Text())
				}
			}
		}
		return &property{c.here(), source, strings.Split(n.Get("path").Text(), ".")}
	}},
}

func (c *compiler) unresolved(n node.Node, what string) expr {
	name := n.Get("name").Text()
	if lib := n.Get("libraryName").Text(); lib != "" {
		name = lib + "." + name
	}
	return c.fail(n, "the %s %q is not defined", what, name)
}

// valueSet is the value set that a reference names, nil if it is not defined.
func (c *compiler) valueSet(n node.Node) *ValueSet {
	if u := c.unit.scope(n); u != nil {
		if set := u.valueSets[n.Get("name").Text()]; set != nil {
			return set
		}
	}
	c.unresolved(n, "value set")
	return nil
}

type slotRef int

func (s slotRef) eval(_ *run, f []Value) Value { return f[s] }

func compileName(c *compiler, n node.Node) expr {
	name := n.Get("name").Text()
	if slot, ok := c.lookup(name); ok {
		return slotRef(slot)
	}
	return c.fail(n, "the name %q is not known here", name)
}

type parameterRef struct{ p *parameter }

func (e parameterRef) eval(r *run, _ []Value) Value { return r.parameter(e.p) }

// definitionRef is resolved by name when it is first compiled; definitions may
// refer to later ones, so all are declared before any is compiled.
type definitionRef struct{ d *Definition }

func (e definitionRef) eval(r *run, _ []Value) Value { return r.definition(e.d) }

func (c *compiler) definitionRef(d *Definition) expr {
	c.uses = append(c.uses, d)
	return definitionRef{d}
}

func compileExpressionRef(c *compiler, n node.Node) expr {
	if u := c.unit.scope(n); u != nil {
		if d := u.defs[n.Get("name").Text()]; d != nil {
			return c.definitionRef(d)
		}
	}
	return c.unresolved(n, "definition")
}

// functionRef calls a function. Where overloads differ only in types that the ELM
// does not state, the arguments decide when they are known.
type functionRef struct {
	at
	name string
	fns  []*function
	args []expr
}

func compileFunctionRef(c *compiler, n node.Node) expr {
	u := c.unit.scope(n)
	name := n.Get("name").Text()
	if u == nil {
		return c.unresolved(n, "function")
	}
	e := &functionRef{at: c.here(), name: name, args: c.operands(n)}
	var signature []*typeSpec
	for s := range n.Get("signature").Items() {
		signature = append(signature, typeSpecOf(s))
	}
	for _, f := range u.funcs[name] {
		if len(f.operands) == len(e.args) {
			e.fns = append(e.fns, f)
		}
	}
	if len(e.fns) == 0 {
		return c.unresolved(n, fmt.Sprintf("function of %d operands", len(e.args)))
	}
	if len(signature) == len(e.args) && len(e.fns) > 1 {
		for _, f := range e.fns {
			if f.signed(signature) {
				e.fns = []*function{f}
				break
			}
		}
	}
	c.calls = append(c.calls, e.fns...)
	return e
}

// signed tells whether the function's operands have just these types.
func (f *function) signed(signature []*typeSpec) bool {
	for i, s := range signature {
		if f.operands[i].spec == nil || f.operands[i].spec.String() != s.String() || f.operands[i].spec.system != s.system {
			return false
		}
	}
	return true
}

// choose picks the overload for arguments: the first whose operands have exactly
// their types, else the first that accepts them, nil if none does.
func choose(fns []*function, args []Value) *function {
	var loose *function
	for _, f := range fns {
		exact, accepts := true, len(f.operands) == len(args)
		for i := 0; accepts && i < len(args); i++ {
			spec := f.operands[i].spec
			if spec == nil {
				exact = false
				continue
			}
			accepts = spec.accepts(args[i])
			exact = exact && spec.exactly(args[i])
		}
		if accepts && exact {
			return f
		}
		if accepts && loose == nil {
			loose = f
		}
	}
	return loose
}

func (e *functionRef) eval(r *run, f []Value) Value {
	var buf [4]Value
	args := buf[:0]
	for _, a := range e.args {
		args = append(args, a.eval(r, f))
	}
	fn := e.fns[0]
	if len(e.fns) > 1 {
		if fn = choose(e.fns, args); fn == nil {
			r.locator = e.locator
			panic(failure{fmt.Sprintf("no overload of %q takes %s", e.name, describeTypes(args))})
		}
	}
	r.locator = e.locator
	return r.call(fn, args)
}

// property is a path into a value.
type property struct {
	at
	source expr
	path   []string
}

func (e *property) eval(r *run, f []Value) Value {
	v := e.source.eval(r, f)
	r.locator = e.locator
	for _, name := range e.path {
		if v == nil {
			return nil
		}
		v = r.get(v, name)
	}
	return v
}
