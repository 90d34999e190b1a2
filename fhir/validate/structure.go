// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/path"
	"github.com/woodlawn-health/woodlawn/fhir/schema"
)

// object checks an object against a type of R4: names, cardinality, each
// element, and the invariants of the type and of the element it stands in.
func (r *run) object(n node.Node, typ *schema.Type, in *schema.Element, s scope) {
	s.ownerNode = n
	present := make(map[*schema.Element]string, 8)
	empty := true
	for name, child := range n.Elements() {
		empty = false
		el, t := typ.JSONElement(name)
		if el == nil {
			r.add(Error, "structure", child, "element", "", "%s has no element %s", typ.Name, quoteName(name))
			continue
		}
		if other, twice := present[el]; twice {
			r.add(Error, "structure", child, el.Path, "", "only one of %s and %s may stand here", other, name)
		}
		present[el] = name
		r.element(child, el, t, s, typ)
	}
	if empty && typ.Kind != schema.Resource {
		r.add(Error, "structure", n, "ele-1", "", "an object must not be empty")
	}
	for i := range typ.Elements {
		el := &typ.Elements[i]
		if el.Min > 0 && present[el] == "" {
			r.add(Error, "required", n, el.Path, "", "%s is required", strings.TrimSuffix(el.Path[strings.LastIndexByte(el.Path, '.')+1:], "[x]"))
		}
	}
	v := path.NodeValue(n, typ)
	r.invariants(v, typ.Invariants, "", s)
	if typ.Kind == schema.Backbone && typ.Base() != nil {
		r.invariants(v, typ.Base().Invariants, "", s)
	}
	if in != nil {
		r.invariants(v, in.Invariants, "", s)
	}
}

// isArray tells whether an element is an array in JSON, by its value or its extensions.
func isArray(n node.Node) bool {
	x := n.ExtensionJSON()
	return n.Kind() == node.Array || n.Kind() == node.Absent && len(x) > 0 && x[0] == '['
}

// element checks all items of an element.
func (r *run) element(n node.Node, el *schema.Element, t *schema.Type, s scope, owner *schema.Type) {
	switch array := isArray(n); {
	case array && !el.Repeats():
		r.add(Error, "structure", n, el.Path, "", "%s does not repeat, so it must be no array", el.Path)
	case !array && el.Repeats():
		r.add(Error, "structure", n, el.Path, "", "%s may repeat, so it must be an array", el.Path)
	case array && n.Len() == 0:
		r.add(Error, "structure", n, el.Path, "", "an array must not be empty")
	}
	if el.Max != schema.Unbounded && n.Len() > el.Max && el.Max > 1 {
		r.add(Error, "structure", n, el.Path, "", "%s may stand %d times, not %d", el.Path, el.Max, n.Len())
	}
	if t == nil {
		return
	}
	for item := range n.Items() {
		switch {
		case item.Kind() == node.Array:
			r.add(Error, "structure", item, el.Path, "", "an array must not stand in an array")
		case t.Kind == schema.Resource && t.Abstract:
			r.nested(item, el, s)
		case t.Kind == schema.Primitive:
			r.primitive(item, t, el, s)
		case item.Kind() != node.Object:
			r.add(Error, "structure", item, el.Path, "", "%s is an object, not %s", el.Path, item.Kind())
		default:
			inner := s
			inner.owner, inner.ownerPath, inner.ownerURL = t, el.Path, ""
			if t.Name == "Extension" {
				r.extension(item, s, owner)
				inner.ownerURL = item.Get("url").Text()
				inner.holderURL = inner.ownerURL
			}
			r.object(item, t, el, inner)
			r.required(path.NodeValue(item, t), el)
			switch t.Name {
			case "Reference":
				r.reference(item, el, s)
			case "Coding":
				if system := item.Get("system").Text(); system != "" && !strings.Contains(system, ":") {
					r.add(Error, "value", item, "Coding.system", "", "the system of a Coding must be an absolute address")
				}
			}
		}
	}
}

// required checks an element's required binding, as far as the value set is loaded.
func (r *run) required(v path.Value, el *schema.Element) {
	if b := el.Binding; b != nil && b.Strength == "required" && r.validator.MemberOf != nil {
		if member, known := r.validator.MemberOf(v, b.ValueSet); known && !member {
			r.add(Error, "code-invalid", v.Node(), el.Path, "", "the code is not in the value set %s, which is required", b.ValueSet)
		}
	}
}

// nested checks a resource inside another: contained ones see the outer one as
// %rootResource, the entries of a Bundle stand alone.
func (r *run) nested(n node.Node, el *schema.Element, s scope) {
	inner := scope{resource: path.ResourceValue(n), root: s.root}
	if el.Name != "contained" {
		inner.root = inner.resource
	} else if n.Get("contained").Exists() {
		r.add(Error, "structure", n, "dom-2", "", "a contained resource must not contain others")
	}
	r.resource(n, inner)
}
