// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"strings"
	"unicode/utf8"

	"github.com/woodlawn-health/woodlawn/fhir/datetime"
	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/path"
	"github.com/woodlawn-health/woodlawn/fhir/schema"
)

// conform checks a value against a profile.
func (r *run) conform(v path.Value, p *profile, s scope) {
	key := visit{p.url, v.Node()}
	if r.trail[key] {
		return
	}
	r.trail[key] = true
	defer delete(r.trail, key)
	if v.Type() != nil && v.Type().Kind == schema.Resource {
		s.resource = v
		if p.typeName != "" && !v.Type().Is(p.typeName) {
			r.add(Error, "structure", v.Node(), "type", p.url, "the profile is for a %s, this is a %s", p.typeName, v.Type().Name)
			return
		}
	}
	if base := r.validator.profile(p.base); base != nil {
		r.conform(v, base, s)
	}
	r.against(v, p.root, p, s)
}

// against checks one value against a definition, and what is in it.
func (r *run) against(v path.Value, d *definition, p *profile, s scope) {
	r.valueRules(v, d, p)
	r.typeRules(v, d, p, s)
	r.bindingRule(v, d, p)
	r.invariants(v, d.rules, p.url, s)
	if t := v.Type(); t != nil && t.Kind == schema.Resource && v.Node() != s.resource.Node() {
		// What is inside a nested resource has that as its %resource; the rules
		// on it, just done, are of the resource around it.
		s.resource = v
		if d.name != "contained" {
			s.root = v
		}
	}
	for _, c := range d.children {
		r.children(v, c, p, s)
	}
}

// items are the elements of a name, which may be value[x] or valueQuantity.
func items(v path.Value, name string) []path.Value {
	typ := v.Type()
	if typ == nil {
		return nil
	}
	stem := strings.TrimSuffix(name, "[x]")
	el := typ.Element(stem)
	if el == nil {
		var t *schema.Type
		if el, t = typ.JSONElement(name); el == nil {
			return nil
		}
		return collect(v.Node().Get(name), t)
	}
	if el.Choice {
		n, choice := v.Node().Choice(stem)
		if t := el.ChoiceType(choice); t != nil {
			return collect(n, t)
		}
		return nil
	}
	return collect(v.Node().Get(stem), el.Type())
}

func collect(n node.Node, t *schema.Type) []path.Value {
	var all []path.Value
	for item := range n.Items() {
		if t != nil && t.Abstract && t.Kind == schema.Resource {
			all = append(all, path.ResourceValue(item))
		} else {
			all = append(all, path.NodeValue(item, t))
		}
	}
	return all
}

// children checks the elements of one name: how many, each, and their slices.
func (r *run) children(v path.Value, d *definition, p *profile, s scope) {
	all := items(v, d.name)
	r.count(v, len(all), d, p)
	for _, item := range all {
		r.against(item, d, p, s)
	}
	if d.name == "extension" && len(d.slices) > 0 && v.Type() != nil && v.Type().Name == "Extension" {
		r.onlyDefined(all, d, p)
	}
	if len(d.slices) > 0 {
		r.slices(v, all, d, p, s)
	}
}

// onlyDefined refuses what stands in a complex extension but not in its definition.
func (r *run) onlyDefined(all []path.Value, d *definition, p *profile) {
next:
	for _, item := range all {
		url := item.Node().Get("url").Text()
		if strings.Contains(url, ":") {
			continue // an extension in its own right
		}
		for _, slice := range d.slices {
			if u := slice.child("url"); slice.slice == url || u != nil && u.value.fixed.Is(url) {
				continue next
			}
		}
		r.add(Error, "structure", item.Node(), d.label(), p.url, "the extension is not defined to hold a %s", quoteName(url))
	}
}

func (r *run) count(v path.Value, n int, d *definition, p *profile) {
	if d.min > n {
		r.add(Error, "required", v.Node(), d.label(), p.url, "%s must stand at least %d times, but stands %d times", d.label(), d.min, n)
	}
	if d.max >= 0 && n > d.max {
		r.add(Error, "structure", v.Node(), d.label(), p.url, "%s may stand at most %d times, but stands %d times", d.label(), d.max, n)
	}
}

// valueRules are fixed values, patterns, bounds and lengths.
func (r *run) valueRules(v path.Value, d *definition, p *profile) {
	n := v.Node()
	if d.value.hasFixed {
		if f := d.value.fixed; f.Exists() && !matches(n, f, true) {
			r.add(Error, "value", n, d.label(), p.url, "the value is not the one that the profile fixes")
		}
		if f := d.value.pattern; f.Exists() && !matches(n, f, false) {
			r.add(Error, "value", n, d.label(), p.url, "the value does not hold all of the profile's pattern")
		}
	}
	if d.value.maxLength > 0 && int64(utf8.RuneCountInString(n.Text())) > d.value.maxLength {
		r.add(Error, "value", n, d.label(), p.url, "the value is longer than %d characters", d.value.maxLength)
	}
	if n.HasValue() && int64(utf8.RuneCountInString(n.Text())) < d.value.minLength {
		r.add(Error, "value", n, d.label(), p.url, "the value is shorter than %d characters", d.value.minLength)
	}
	if d.value.hasBound {
		r.bounds(v, d, p)
	}
}

// bounds checks minValue and maxValue. A bound that is a Quantity in units of
// time for a date counts from today and is not checked here.
func (r *run) bounds(v path.Value, d *definition, p *profile) {
	for _, bound := range []struct {
		n    node.Node
		sign int
		word string
	}{{d.value.least, -1, "less"}, {d.value.most, 1, "more"}} {
		if !bound.n.Exists() {
			continue
		}
		order, ok := compareTo(v, bound.n)
		if ok && order == bound.sign {
			r.add(Error, "value", v.Node(), d.label(), p.url, "the value is %s than the profile allows", bound.word)
		}
	}
}

var isLess, isMore = path.MustCompile("$this < %bound"), path.MustCompile("$this > %bound")

// compareTo orders a value and a bound of the same type.
func compareTo(v path.Value, bound node.Node) (order int, ok bool) {
	if a, okA := v.DateTime(); okA {
		b, okB := bound.DateTime()
		if !okB {
			return 0, false
		}
		return datetime.Compare(a, b)
	}
	opts := &path.Options{Variables: map[string][]path.Value{"bound": {path.NodeValue(bound, v.Type())}}}
	if less, known, err := isLess.Test(v, opts); err == nil && known && less {
		return -1, true
	}
	if more, known, err := isMore.Test(v, opts); err == nil && known && more {
		return 1, true
	}
	return 0, false
}

// matches compares a value with a fixed value, which must be equal, or with a
// pattern, all of which it must hold.
func matches(n, want node.Node, exact bool) bool {
	switch want.Kind() {
	case node.Object:
		if n.Kind() != node.Object {
			return false
		}
	case node.Array:
		for item := range want.Items() {
			found := false
			for have := range n.Items() {
				found = found || matches(have, item, exact)
			}
			if !found {
				return false
			}
		}
		return !exact || n.Len() == want.Len()
	case node.Number:
		a, okA := n.Decimal()
		b, okB := want.Decimal()
		if !okA || !okB || a.Cmp(b) != 0 {
			return false
		}
	case node.Absent:
	default:
		if !n.Is(want.Text()) {
			return false
		}
	}
	for name, part := range want.Elements() {
		if have := n.Get(name); !have.Exists() || !matches(have, part, exact) {
			return false
		}
	}
	if exact && want.Kind() == node.Object {
		for name := range n.Elements() {
			if !want.Get(name).Exists() {
				return false
			}
		}
	}
	return true
}

// typeRules checks that the value is of a type that the profile allows, and
// meets one of the profiles of that type.
func (r *run) typeRules(v path.Value, d *definition, p *profile, s scope) {
	if len(d.types) == 0 || v.Type() == nil || v.Type().Kind == schema.Backbone {
		return
	}
	allowed := false
	var profiles, targets []string
	open := false
	for _, t := range d.types {
		code := strings.TrimPrefix(t.code, definitionPrefix)
		if strings.HasPrefix(code, "http://hl7.org/fhirpath/") || v.Type().Is(code) {
			allowed = true
			open = open || len(t.profiles) == 0
			profiles = append(profiles, t.profiles...)
			targets = append(targets, t.targets...)
		}
	}
	if !allowed {
		r.add(Error, "structure", v.Node(), d.label(), p.url, "the profile does not allow a %s here", v.Type().Name)
		return
	}
	if !open && v.Type().Name != "Extension" && v.Type().Name != "Reference" {
		r.oneOf(v, profiles, d, p, s)
	}
	if len(targets) > 0 && v.Type().Name == "Reference" {
		r.target(v, targets, d, p, s)
	}
}

// oneOf checks that a value meets one of some profiles. One that is not loaded
// leaves the question open.
func (r *run) oneOf(v path.Value, profiles []string, d *definition, p *profile, s scope) {
	for _, url := range profiles {
		known := r.validator.profile(url)
		if known == nil {
			if t := r.schema.TypeByURL(url); t != nil && v.Type().Is(t.Name) {
				return
			}
			if r.schema.TypeByURL(url) == nil {
				r.add(Information, "not-found", v.Node(), d.label(), url, "the profile is not loaded, so it was not checked")
				return
			}
			continue
		}
		if len(profiles) == 1 {
			r.conform(v, known, s)
			return
		}
		if r.quietly(func() { r.conform(v, known, s) }) {
			return
		}
	}
	r.add(Error, "structure", v.Node(), d.label(), p.url, "the value meets none of the profiles that are allowed here")
}

var resolves = path.MustCompile("resolve()")

// target checks what a reference points to, as far as it can be found.
func (r *run) target(v path.Value, targets []string, d *definition, p *profile, s scope) {
	name := ""
	found, err := resolves.Evaluate(v, r.options(s))
	if err == nil && len(found) == 1 && found[0].Type() != nil {
		name = found[0].Type().Name
	} else {
		found = nil
		if name = r.referenceType(v.Node().Get("reference").Text()); name == "" {
			return
		}
	}
	for _, url := range targets {
		t := r.schema.TypeByURL(url)
		known := r.validator.profile(url)
		switch {
		case t != nil && known == nil:
			if t.Name == "Resource" || t.Name == name {
				return
			}
		case known == nil: // not loaded: nothing can be said
			return
		case known.typeName != name:
		case found == nil:
			return
		case r.quietly(func() {
			inner := s
			inner.resource = found[0]
			r.conform(found[0], known, inner)
		}):
			return
		}
	}
	r.add(Error, "structure", v.Node(), d.label(), p.url, "the profile does not allow a reference to this %s here", name)
}

// bindingRule checks a required binding, if the value set can be asked.
func (r *run) bindingRule(v path.Value, d *definition, p *profile) {
	if d.binding == nil || d.binding.Strength != "required" || r.validator.MemberOf == nil {
		return
	}
	if member, known := r.validator.MemberOf(v, d.binding.ValueSet); known && !member {
		r.add(Error, "code-invalid", v.Node(), d.label(), p.url, "the code is not in the value set %s", d.binding.ValueSet)
	}
}
