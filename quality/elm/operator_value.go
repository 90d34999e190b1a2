// SPDX-License-Identifier: Apache-2.0

package elm

import (
	"fmt"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// valueOperators make values: literals and selectors.
var valueOperators = map[string]operator{
	"Null":     {func(*compiler, node.Node) expr { return constant{nil} }},
	"Literal":  {compileLiteral},
	"Quantity": {compileQuantity},
	"Ratio": {func(c *compiler, n node.Node) expr {
		num, den := compileQuantity(c, n.Get("numerator")), compileQuantity(c, n.Get("denominator"))
		return &naryExpr{c.here(), []expr{num, den}, func(_ *run, args []Value) Value { return &Ratio{args[0], args[1]} }}
	}},
	"Code": {func(c *compiler, n node.Node) expr {
		code := &Code{Code: n.Get("code").Text(), Display: n.Get("display").Text()}
		ref := n.Get("system")
		if s := c.unit.scope(ref).system(ref.Get("name").Text()); s != nil {
			code.System, code.Version = s.URL, s.Version
		}
		return constant{code}
	}},
	"Concept": {func(c *compiler, n node.Node) expr {
		concept := &Concept{Display: n.Get("display").Text()}
		for code := range n.Get("code").Items() {
			if k, ok := operators["Code"].compile(c, code).(constant); ok {
				concept.Codes = append(concept.Codes, k.v.(*Code))
			}
		}
		return constant{concept}
	}},
	"List": {func(c *compiler, n node.Node) expr {
		e := &naryExpr{at: c.here(), fn: func(_ *run, args []Value) Value { return List(args) }}
		for item := range n.Get("element").Items() {
			e.args = append(e.args, c.expr(item))
		}
		return e
	}},
	"Tuple":    {func(c *compiler, n node.Node) expr { return compileTuple(c, n, "") }},
	"Instance": {compileInstance},
	"Interval": {compileInterval},
	"MinValue": {func(c *compiler, n node.Node) expr { return compileExtreme(c, n, false) }},
	"MaxValue": {func(c *compiler, n node.Node) expr { return compileExtreme(c, n, true) }},
}

func compileLiteral(c *compiler, n node.Node) expr {
	s := n.Get("value").Text()
	t := namedType(n.Get("valueType").Text())
	var v Value
	ok := true
	switch t.name {
	case "Boolean":
		v, ok = Boolean(s == "true"), s == "true" || s == "false"
	case "Integer":
		i, fine := parseInt(s, 10)
		v, ok = Integer(i), fine && int64(int32(i)) == i
	case "Long":
		i, fine := parseInt(s, 18)
		v, ok = Long(i), fine
	case "Decimal":
		v, ok = parsed(ParseDecimal(s))
	case "String":
		v = String(s)
	case "Date":
		v, ok = parsed(ParseDate(s))
	case "DateTime":
		v, ok = parsed(ParseDateTime(s, 0))
	case "Time":
		v, ok = parsed(ParseTime(s))
	default:
		return c.fail(n, "there are no literals of type %s", t)
	}
	if !ok {
		return c.fail(n, "%q is no %s", s, t)
	}
	return constant{v}
}

// parsed is the result of a parse as a Value.
func parsed[T Value](v T, ok bool) (Value, bool) { return v, ok }

func compileQuantity(c *compiler, n node.Node) expr {
	d, ok := ParseDecimal(n.Get("value").Text())
	if !ok {
		return c.fail(n, "%q is no decimal", n.Get("value").Text())
	}
	u := n.Get("unit").Text()
	if u == "" {
		u = "1"
	}
	return constant{Quantity{d, u}}
}

func compileExtreme(c *compiler, n node.Node, highest bool) expr {
	t := namedType(n.Get("valueType").Text())
	v, ok := extremeOf(t.name, highest)
	if !ok {
		return c.fail(n, "type %s has no least or greatest value", t)
	}
	return constant{v}
}

func compileTuple(c *compiler, n node.Node, class string) expr {
	e := &tupleExpr{class: class}
	for item := range n.Get("element").Items() {
		e.names = append(e.names, item.Get("name").Text())
		e.values = append(e.values, c.expr(item.Get("value")))
	}
	return e
}

type tupleExpr struct {
	class  string
	names  []string
	values []expr
}

func (e *tupleExpr) eval(r *run, f []Value) Value {
	t := &Tuple{Class: e.class, Names: e.names, Values: make([]Value, len(e.values))}
	for i, x := range e.values {
		t.Values[i] = x.eval(r, f)
	}
	return t
}

// compileInstance makes an instance of a class: one of CQL's own structured types,
// or one of the data model, which is kept as its elements.
func compileInstance(c *compiler, n node.Node) expr {
	t := namedType(n.Get("classType").Text())
	tuple := compileTuple(c, n, t.name).(*tupleExpr)
	if !t.system {
		return tuple
	}
	return &unaryExpr{c.here(), tuple, instanceOf, true}
}

func instanceOf(r *run, v Value) Value {
	t := v.(*Tuple)
	str := func(name string) string {
		s, _ := t.Get(name).(String)
		return string(s)
	}
	switch t.Class {
	case "Quantity":
		d, ok := number(t.Get("value"))
		if !ok {
			return nil // a quantity without a value says nothing
		}
		u := str("unit")
		if u == "" {
			u = "1"
		}
		return Quantity{d, u}
	case "Ratio":
		return &Ratio{t.Get("numerator"), t.Get("denominator")}
	case "Code":
		return &Code{Code: str("code"), System: str("system"), Version: str("version"), Display: str("display")}
	case "Concept":
		concept := &Concept{Display: str("display")}
		codes, _ := t.Get("codes").(List)
		for _, code := range codes {
			if k, ok := code.(*Code); ok {
				concept.Codes = append(concept.Codes, k)
			}
		}
		return concept
	case "ValueSet":
		return &ValueSet{Name: str("name"), URL: str("id"), Version: str("version")}
	case "CodeSystem":
		return &CodeSystem{Name: str("name"), URL: str("id"), Version: str("version")}
	}
	panic(failure{fmt.Sprintf("CQL has no class %s to make an instance of", t.Class)})
}

// intervalExpr selects an interval. Which bounds are closed may be an expression.
type intervalExpr struct {
	at
	low, high                 expr
	lowClosed, highClosed     expr
	point                     *typeSpec
	lowIsClosed, highIsClosed bool
}

func compileInterval(c *compiler, n node.Node) expr {
	e := &intervalExpr{at: c.here(), low: c.expr(n.Get("low")), high: c.expr(n.Get("high"))}
	e.lowIsClosed = !n.Get("lowClosed").Is("false")
	e.highIsClosed = !n.Get("highClosed").Is("false")
	if x := n.Get("lowClosedExpression"); x.Exists() {
		e.lowClosed = c.expr(x)
	}
	if x := n.Get("highClosedExpression"); x.Exists() {
		e.highClosed = c.expr(x)
	}
	for _, side := range []string{"low", "high"} { // a null bound may still say its type
		if x := n.Get(side); e.point == nil && (x.Get("type").Is("As") || x.Get("type").Is("Null")) {
			if t := x.Get("asType"); t.Exists() {
				e.point = namedType(t.Text())
			} else if e.point = typeSpecOf(x.Get("asTypeSpecifier")); e.point == nil && x.Get("resultTypeName").Exists() {
				e.point = namedType(x.Get("resultTypeName").Text())
			}
		}
	}
	return e
}

func (e *intervalExpr) eval(r *run, f []Value) Value {
	iv := &Interval{Low: e.low.eval(r, f), High: e.high.eval(r, f), LowClosed: e.lowIsClosed, HighClosed: e.highIsClosed, Point: e.point}
	if e.lowClosed != nil {
		iv.LowClosed = truth(e.lowClosed.eval(r, f)) == yes
	}
	if e.highClosed != nil {
		iv.HighClosed = truth(e.highClosed.eval(r, f)) == yes
	}
	if iv.Low == nil && iv.High == nil && e.point == nil {
		return nil // an interval of nothing known, not even a type, is null
	}
	return iv
}
