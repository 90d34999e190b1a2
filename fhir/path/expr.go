// SPDX-License-Identifier: Apache-2.0

package path

import (
	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/schema"
)

// expr is a part of a compiled expression. eval appends its values to out.
type expr interface {
	eval(ev *evaluator, out []Value) ([]Value, error)
	pos() int
}

// literal is constant values.
type literal struct {
	at     int
	values []Value
}

func (e *literal) pos() int { return e.at }
func (e *literal) eval(_ *evaluator, out []Value) ([]Value, error) {
	return append(out, e.values...), nil
}

// external is a % variable.
type external struct {
	at   int
	name string
}

func (e *external) pos() int { return e.at }
func (e *external) eval(ev *evaluator, out []Value) ([]Value, error) {
	return ev.variable(e.name, e.at, out)
}

// special is $this, $index or $total.
type special struct {
	at   int
	name string
}

func (e *special) pos() int { return e.at }
func (e *special) eval(ev *evaluator, out []Value) ([]Value, error) {
	switch e.name {
	case "index":
		return append(out, Integer(int64(ev.index))), nil
	case "total":
		return append(out, ev.total...), nil
	}
	return ev.appendThis(out), nil
}

func (ev *evaluator) appendThis(out []Value) []Value {
	if ev.this.kind == NoKind {
		return out
	}
	return append(out, ev.this)
}

// group is an expression in parentheses.
type group struct{ expr }

// target evaluates what a step or function is applied to.
func (ev *evaluator) target(e expr, out []Value) ([]Value, error) {
	if e == nil {
		return ev.appendThis(out), nil
	}
	return e.eval(ev, out)
}

// step goes to the elements of a name.
type step struct {
	at     int
	target expr
	name   string
	isType bool // the first step, which may name the type of the context
}

func newStep(target expr, name token) *step {
	s := &step{at: name.pos, target: target, name: name.text}
	s.isType = target == nil && schema.R4().Type(name.text) != nil && name.text[0] >= 'A' && name.text[0] <= 'Z'
	return s
}

func (e *step) pos() int { return e.at }

func (e *step) eval(ev *evaluator, out []Value) ([]Value, error) {
	if e.target == nil {
		if e.isType {
			if ev.this.kind == NodeKind && ev.this.typ != nil && ev.this.typ.Is(e.name) {
				return append(out, ev.this), nil
			}
			if ev.opts.Strict {
				return out, fail(e.at, "the context is no %s", e.name)
			}
			return out, nil
		}
		if ev.this.kind == NoKind {
			return out, nil
		}
		return e.from(ev, ev.this, out)
	}
	if ev.opts.Strict {
		if typ := asType(e.target); typ != nil && typ.Element(e.name) == nil {
			return out, fail(e.at, "%s has no element %s", typ.Name, e.name)
		}
	}
	in, err := e.target.eval(ev, ev.get())
	if err == nil {
		if err = ev.step(e.at, 1+len(in)); err == nil {
			for i := range in {
				if out, err = e.from(ev, in[i], out); err != nil {
					break
				}
			}
		}
	}
	ev.put(in)
	return out, err
}

// asType is the type that "as" gives what stands before a step, if it does.
func asType(e expr) *schema.Type {
	if g, ok := e.(*group); ok {
		e = g.expr
	}
	if t, ok := e.(*typeExpr); ok && t.as && t.typ.namespace != "System" {
		return schema.R4().Type(t.typ.name)
	}
	return nil
}

// from appends the elements of one value.
func (e *step) from(ev *evaluator, v Value, out []Value) ([]Value, error) {
	if v.kind == typeKind {
		switch e.name {
		case "namespace":
			return append(out, String(v.typeNamespace())), nil
		case "name":
			return append(out, String(v.str)), nil
		}
	}
	if v.kind != NodeKind {
		if ev.opts.Strict {
			return out, fail(e.at, "a %s has no element %s", v.TypeName(), e.name)
		}
		return quantityPart(v, e.name, out), nil
	}
	if v.typ == nil {
		n := v.node.Get(e.name)
		if !n.Exists() {
			n, _ = v.node.Choice(e.name)
		}
		return appendItems(out, n, nil), nil
	}
	el := v.typ.Element(e.name)
	if el == nil {
		if ev.opts.Strict {
			return out, fail(e.at, "%s has no element %s", v.typ.Name, e.name)
		}
		return out, nil
	}
	if el.Choice {
		n, name := v.node.Choice(e.name)
		if typ := el.ChoiceType(name); typ != nil {
			return append(out, Value{kind: NodeKind, node: n, typ: typ}), nil
		}
		return out, nil
	}
	return appendItems(out, v.node.Get(e.name), el.Type()), nil
}

// quantityPart lets a System Quantity be asked for its value and unit.
func quantityPart(v Value, name string, out []Value) []Value {
	if v.kind == QuantityKind {
		switch name {
		case "value":
			return append(out, Decimal(v.big.dec))
		case "unit", "code":
			return append(out, String(v.str))
		}
	}
	return out
}

// appendItems appends an element's items with their type. Where the element
// holds any resource, each item says its own type.
func appendItems(out []Value, n node.Node, typ *schema.Type) []Value {
	if !n.Exists() {
		return out
	}
	anyResource := typ != nil && typ.Abstract && typ.Kind == schema.Resource
	if n.Kind() != node.Array && n.Kind() != node.Absent {
		return append(out, typed(n, typ, anyResource))
	}
	for item := range n.Items() {
		out = append(out, typed(item, typ, anyResource))
	}
	return out
}

func typed(n node.Node, typ *schema.Type, anyResource bool) Value {
	if anyResource {
		return ResourceValue(n)
	}
	return Value{kind: NodeKind, node: n, typ: typ}
}

// children appends all elements of a value.
func children(v Value, out []Value) []Value {
	if v.kind != NodeKind {
		return out
	}
	for name, n := range v.node.Elements() {
		var typ *schema.Type
		if v.typ != nil {
			_, typ = v.typ.JSONElement(name)
		}
		out = appendItems(out, n, typ)
	}
	return out
}

// indexer picks one item.
type indexer struct {
	at            int
	target, index expr
}

func (e *indexer) pos() int { return e.at }
func (e *indexer) eval(ev *evaluator, out []Value) ([]Value, error) {
	in, err := e.target.eval(ev, ev.get())
	if err == nil {
		var i int64
		var ok bool
		if i, ok, err = ev.integer(e.index, "an index"); err == nil && ok && i >= 0 && i < int64(len(in)) {
			out = append(out, in[i])
		}
	}
	ev.put(in)
	return out, err
}

// integer evaluates an argument that is one Integer; ok is false if it is empty.
func (ev *evaluator) integer(e expr, what string) (i int64, ok bool, err error) {
	vals, err := e.eval(ev, ev.get())
	if err == nil {
		switch len(vals) {
		case 0:
		case 1:
			if i, ok = vals[0].Int(); !ok {
				err = fail(e.pos(), "%s must be an Integer, not %s", what, vals[0].TypeName())
			}
		default:
			err = fail(e.pos(), "%s must be one Integer, not %d values", what, len(vals))
		}
	}
	ev.put(vals)
	return i, ok, err
}

// text evaluates an argument that is one String; ok is false if it is empty.
func (ev *evaluator) text(e expr, what string) (s string, ok bool, err error) {
	vals, err := e.eval(ev, ev.get())
	if err == nil {
		s, ok, err = ev.singleText(vals, e.pos(), what)
	}
	ev.put(vals)
	return s, ok, err
}

func (ev *evaluator) singleText(vals []Value, pos int, what string) (s string, ok bool, err error) {
	switch len(vals) {
	case 0:
		return "", false, nil
	case 1:
		if v, good := vals[0].System(); good && v.kind == StringKind {
			return v.str, true, nil
		} else if vals[0].kind == NodeKind && !vals[0].node.HasValue() && vals[0].node.Kind() == node.Absent {
			return "", false, nil // a primitive with extensions only
		}
		return "", false, fail(pos, "%s must be a String, not %s", what, vals[0].TypeName())
	}
	return "", false, fail(pos, "%s must be one String, not %d values", what, len(vals))
}

// truth is a collection as a boolean: one boolean is itself, one other value is
// true, none is ok false.
func (ev *evaluator) truth(vals []Value, pos int) (result, ok bool, err error) {
	switch len(vals) {
	case 0:
		return false, false, nil
	case 1:
		if s, good := vals[0].System(); good && s.kind == BooleanKind {
			return s.num == 1, true, nil
		}
		return true, true, nil
	}
	return false, false, fail(pos, "one boolean should stand here, not %d values", len(vals))
}

// criterion evaluates a condition on $this.
func (ev *evaluator) criterion(e expr) (result, ok bool, err error) {
	vals, err := e.eval(ev, ev.get())
	if err == nil {
		result, ok, err = ev.truth(vals, e.pos())
		if err == nil && ev.opts.Strict && len(vals) == 1 {
			if _, isBool := vals[0].Bool(); !isBool {
				err = fail(e.pos(), "a condition must be a Boolean, not %s", vals[0].TypeName())
			}
		}
	}
	ev.put(vals)
	return result, ok, err
}

// call is a function call.
type call struct {
	at     int
	name   string
	target expr
	fn     *function
	args   []expr
	typ    typeSpec
}

func (e *call) pos() int { return e.at }
func (e *call) eval(ev *evaluator, out []Value) ([]Value, error) {
	in, err := ev.target(e.target, ev.get())
	if err == nil {
		if err = ev.step(e.at, 1+len(in)); err == nil {
			out, err = e.fn.run(ev, e, in, out)
		}
	}
	ev.put(in)
	return out, err
}

// each evaluates body once for every value of in, with $this and $index set.
func (ev *evaluator) each(in []Value, body func(i int) (more bool, err error)) error {
	this, index, vars := ev.this, ev.index, len(ev.vars)
	defer func() { ev.this, ev.index, ev.vars = this, index, ev.vars[:vars] }()
	for i := range in {
		ev.this, ev.index, ev.vars = in[i], i, ev.vars[:vars]
		if more, err := body(i); err != nil || !more {
			return err
		}
	}
	return nil
}

// typeExpr is "is" or "as" as an operator.
type typeExpr struct {
	at      int
	operand expr
	typ     typeSpec
	as      bool
}

func (e *typeExpr) pos() int { return e.at }
func (e *typeExpr) eval(ev *evaluator, out []Value) ([]Value, error) {
	in, err := e.operand.eval(ev, ev.get())
	if err == nil {
		if e.as {
			out = ofType(e.typ, in, out)
		} else {
			out, err = isType(e.typ, in, out, e.at)
		}
	}
	ev.put(in)
	return out, err
}

func isType(typ typeSpec, in, out []Value, pos int) ([]Value, error) {
	switch len(in) {
	case 0:
		return out, nil
	case 1:
		return append(out, Boolean(typ.holds(in[0]))), nil
	}
	return out, fail(pos, "is asks about one value, not %d", len(in))
}

// ofType keeps the values of a type; of primitives those of exactly that type, so
// that a code is no string. The operator as does the same: R4's search parameters
// and invariants use it on elements that repeat.
func ofType(typ typeSpec, in, out []Value) []Value {
	for _, v := range in {
		if !typ.holds(v) || v.typ != nil && v.typ.Kind == schema.Primitive && v.typ.Name != typ.name {
			continue
		}
		out = append(out, v)
	}
	return out
}
