// SPDX-License-Identifier: Apache-2.0

package elm

import (
	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/schema"
)

// The data models of measures (FHIR, QI-Core, US Core) all navigate FHIR R4's own
// elements: what their names map to, the translator has written into the ELM. So one
// reading of FHIR elements serves all of them; profiles matter to retrieves only.

// elementOf makes the value of a node whose type is known, and of a resource, which
// names its type itself.
func elementOf(n node.Node, t *schema.Type) Element {
	if t == nil || t.Abstract || t.Name == "Resource" {
		if name := n.ResourceType(); name != "" {
			t = schema.R4().Type(name)
		}
	}
	return Element{n, t}
}

// property is an element's child by its FHIR name: a list if it repeats, the one
// that is there if it is a choice, and for "value" of a primitive the CQL value.
func (r *run) property(e Element, name string) Value {
	if e.Type == nil {
		return r.untyped(e, name)
	}
	if e.Type.Kind == schema.Primitive && name == "value" {
		v, _ := r.primitive(e)
		return v
	}
	el := e.Type.Element(name)
	if el == nil {
		return r.untyped(e, name)
	}
	if el.Choice {
		child, typeName := e.Node.Choice(name)
		if !child.Exists() {
			return nil
		}
		return Element{child, el.ChoiceType(typeName)}
	}
	child := e.Node.Get(name)
	if el.Repeats() {
		list := make(List, 0, child.Len())
		for item := range child.Items() {
			list = append(list, elementOf(item, el.Type()))
		}
		return list
	}
	if !child.Exists() {
		return nil
	}
	return elementOf(child, el.Type())
}

// untyped reads an element that the schema does not know, by its JSON alone.
func (r *run) untyped(e Element, name string) Value {
	child := e.Node.Get(name)
	switch {
	case !child.Exists():
		return nil
	case child.Kind() == node.Array:
		list := make(List, 0, child.Len())
		for item := range child.Items() {
			list = append(list, elementOf(item, nil))
		}
		return list
	}
	return elementOf(child, nil)
}

// primitive is the CQL value of a FHIR primitive; ok is false for other elements.
func (r *run) primitive(e Element) (v Value, ok bool) {
	if e.Type == nil || e.Type.Kind != schema.Primitive {
		return nil, false
	}
	n := e.Node
	if !n.HasValue() {
		return nil, true
	}
	switch e.Type.Name {
	case "boolean":
		if b, ok := n.Bool(); ok {
			return Boolean(b), true
		}
	case "integer", "positiveInt", "unsignedInt":
		if i, ok := n.Int(); ok && int64(int32(i)) == i {
			return Integer(i), true
		}
	case "decimal":
		if d, ok := ParseDecimal(n.Text()); ok && n.Kind() == node.Number {
			return d, true
		}
	case "date":
		if t, ok := ParseDate(n.Text()); ok {
			return t, true
		}
	case "dateTime", "instant":
		if t, ok := ParseDateTime(n.Text(), r.offset); ok {
			return t, true
		}
	case "time":
		if t, ok := ParseTime(n.Text()); ok {
			return t, true
		}
	default:
		if n.Kind() == node.String {
			return String(n.Text()), true
		}
	}
	panic(failure{n.Location() + " is no " + e.Type.Name + " that CQL can hold"})
}

// plain is the CQL value of a FHIR primitive, and any other value as it is. The
// translator writes these conversions out; where a column is sorted by name it does not.
func (r *run) plain(v Value) Value {
	if e, ok := v.(Element); ok {
		if p, ok := r.primitive(e); ok {
			return p
		}
	}
	return v
}

// get is the property of any structured value.
func (r *run) get(v Value, name string) Value {
	switch x := v.(type) {
	case nil:
		return nil
	case Element:
		return r.property(x, name)
	case *Tuple:
		return x.Get(name)
	case Quantity:
		switch name {
		case "value":
			return x.Value
		case "unit":
			return String(x.Unit)
		}
	case *Interval:
		switch name {
		case "low":
			return x.Low
		case "high":
			return x.High
		case "lowClosed":
			return Boolean(x.LowClosed)
		case "highClosed":
			return Boolean(x.HighClosed)
		}
	case *Code:
		switch name {
		case "code":
			return text(x.Code)
		case "system":
			return text(x.System)
		case "version":
			return text(x.Version)
		case "display":
			return text(x.Display)
		}
	case *Concept:
		switch name {
		case "codes":
			return codeList(x)
		case "display":
			return text(x.Display)
		}
	case *Ratio:
		switch name {
		case "numerator":
			return x.Numerator
		case "denominator":
			return x.Denominator
		}
	case *ValueSet:
		switch name {
		case "id":
			return text(x.URL)
		case "version":
			return text(x.Version)
		case "name":
			return text(x.Name)
		}
	case List: // a path through a list, as FHIRPath reads it
		var out List
		for _, item := range x {
			switch p := r.get(item, name).(type) {
			case nil:
			case List:
				out = append(out, p...)
			default:
				out = append(out, p)
			}
		}
		return out
	case String, Integer, Decimal, Boolean, Temporal:
		if name == "value" {
			return v
		}
	}
	panic(failure{typeName(v) + " has no element " + name})
}

// text is a string that is null if it is empty.
func text(s string) Value {
	if s == "" {
		return nil
	}
	return String(s)
}
