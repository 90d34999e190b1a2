// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/path"
)

// slices sorts the items of an element into the profile's slices and checks each
// slice: its items, how many they are, and that none is left over if it is closed.
func (r *run) slices(v path.Value, all []path.Value, d *definition, p *profile, s scope) {
	cut := d.slicing
	if cut == nil {
		cut = r.slicingOf(d, p)
	}
	counts := make(map[*definition]int, len(d.slices))
	order, strayed := 0, false
	for _, item := range all {
		which := -1
		for i, slice := range d.slices {
			if strings.Contains(slice.slice, "/") {
				continue // a slice of a slice is checked with it
			}
			if r.inSlice(item, slice, cut, p, s) {
				which = i
				break
			}
		}
		if which < 0 {
			strayed = true
			if cut.rules == "closed" {
				r.add(Error, "structure", item.Node(), d.label(), p.url, "the item is in none of the slices, and the profile allows no others")
			}
			continue
		}
		if strayed && cut.rules == "openAtEnd" {
			r.add(Error, "structure", item.Node(), d.label(), p.url, "items of no slice may only stand at the end")
		}
		if cut.ordered && which < order {
			r.add(Error, "structure", item.Node(), d.label(), p.url, "the item of the slice %s stands out of order", d.slices[which].slice)
		}
		order = max(order, which)
		counts[d.slices[which]]++
		r.against(item, d.slices[which], p, s)
	}
	for _, slice := range d.slices {
		if !strings.Contains(slice.slice, "/") {
			r.count(v, counts[slice], slice, p)
		}
	}
}

// slicingOf is the slicing of an element whose profile only adds to slices that
// it has from elsewhere: extensions go by url, choices by type, others as the
// profile's base says.
func (r *run) slicingOf(d *definition, p *profile) *slicing {
	switch {
	case d.name == "extension" || d.name == "modifierExtension":
		return &slicing{discriminators: []discriminator{{"value", "url"}}, rules: "open"}
	case strings.HasSuffix(d.name, "[x]"):
		return &slicing{discriminators: []discriminator{{"type", "$this"}}, rules: "open"}
	}
	for base := r.validator.profile(p.base); base != nil; base = r.validator.profile(base.base) {
		at := base.root
		for _, name := range strings.Split(d.path, ".")[1:] {
			if at != nil {
				at = at.child(name)
			}
		}
		if at != nil && at.slicing != nil {
			return at.slicing
		}
	}
	return &slicing{rules: "open"}
}

// inSlice tells whether an item is in a slice, by all the discriminators.
func (r *run) inSlice(v path.Value, slice *definition, cut *slicing, p *profile, s scope) bool {
	if len(cut.discriminators) == 0 {
		return r.quietly(func() { r.against(v, slice, p, s) })
	}
	told := false
	for _, x := range cut.discriminators {
		matched, said := r.discriminates(v, slice, x, p, s)
		if said && !matched {
			return false
		}
		told = told || said
	}
	return told
}

// discriminates tells whether a value has what one discriminator says of a slice;
// said is false if the slice says nothing about it.
func (r *run) discriminates(v path.Value, slice *definition, x discriminator, p *profile, s scope) (matched, said bool) {
	if x.path == "url" && v.Type() != nil && v.Type().Name == "Extension" && len(slice.types) == 1 && len(slice.types[0].profiles) > 0 {
		for _, url := range slice.types[0].profiles {
			if url, _, _ = strings.Cut(url, "|"); v.Node().Get("url").Is(url) {
				return true, true
			}
		}
		return false, true
	}
	if slice.bare() {
		if from, owner := r.inherited(slice, p); from != nil {
			return r.discriminates(v, from, x, owner, s)
		}
	}
	found := []path.Value{v}
	if x.path != "$this" {
		e, err := compile(x.path)
		if err != nil {
			return false, true
		}
		if found, err = e.Evaluate(v, r.options(s)); err != nil {
			return false, true
		}
	}
	def, owner := r.at(slice, p, x.path)
	switch x.kind {
	case "exists":
		switch {
		case def == nil || def.max != 0 && def.min <= 0:
			return false, false
		case def.max == 0:
			return len(found) == 0, true
		}
		return len(found) > 0, true
	case "type":
		return def != nil && r.anyOf(found, func(f path.Value) bool { return hasType(f, def) }), true
	case "profile":
		return def != nil && r.anyOf(found, func(f path.Value) bool {
			return r.quietly(func() { r.typeRules(f, def, owner, s) })
		}), true
	}
	if def == nil || !r.says(def) {
		return false, false
	}
	return r.anyOf(found, func(f path.Value) bool {
		if d := def; d.binding != nil && !d.value.hasFixed && len(d.children) == 0 {
			if r.validator.MemberOf == nil {
				return false
			}
			member, known := r.validator.MemberOf(f, d.binding.ValueSet)
			return known && member
		}
		return r.quietly(func() { r.against(f, def, owner, s) })
	}), true
}

// bare tells whether a slice says nothing by which it could be told, which a
// differential leaves to the slice of that name that it builds on.
func (d *definition) bare() bool {
	if len(d.types) > 0 || d.value.hasFixed {
		return false
	}
	for _, c := range d.children {
		if c.value.hasFixed || !c.bare() && c.name != "value[x]" {
			return false
		}
	}
	return true
}

// inherited is the slice of the same name in what the profile builds on: its
// base, or the profile of the type of an element around it.
func (r *run) inherited(slice *definition, p *profile) (*definition, *profile) {
	steps := strings.Split(slice.path, ".")[1:]
	for base := r.validator.profile(p.base); base != nil; base = r.validator.profile(base.base) {
		if s := base.root.find(steps, slice.slice); s != nil && !s.bare() {
			return s, base
		}
	}
	at := p.root
	for i, name := range steps {
		if at = at.child(name); at == nil {
			break
		}
		for _, t := range at.types {
			for _, url := range t.profiles {
				if owner := r.validator.profile(url); owner != nil {
					if s := owner.root.find(steps[i+1:], slice.slice); s != nil && !s.bare() {
						return s, owner
					}
				}
			}
		}
	}
	return nil, p
}

// find is the slice of a name at the end of a path.
func (d *definition) find(steps []string, slice string) *definition {
	for _, name := range steps {
		if d = d.child(name); d == nil {
			return nil
		}
	}
	for _, s := range d.slices {
		if s.slice == slice {
			return s
		}
	}
	return nil
}

func (r *run) anyOf(found []path.Value, good func(path.Value) bool) bool {
	for _, f := range found {
		if good(f) {
			return true
		}
	}
	return false
}

// hasType tells whether a value is of a type that a definition allows.
func hasType(v path.Value, d *definition) bool {
	for _, t := range d.types {
		if v.Type() != nil && v.Type().Is(strings.TrimPrefix(t.code, definitionPrefix)) {
			return true
		}
	}
	if len(d.types) == 0 { // valueQuantity says its type by its name
		_, typ, _ := strings.Cut(d.slice, "value")
		return v.Type() != nil && typ != "" && strings.EqualFold(v.Type().Name, typ)
	}
	return false
}

// says tells whether a definition tells values apart at all.
func (r *run) says(d *definition) bool {
	if d.value.hasFixed || d.binding != nil {
		return true
	}
	for _, t := range d.types {
		if len(t.profiles) > 0 {
			return true
		}
	}
	for _, c := range d.children {
		if r.says(c) || c.min > 0 {
			return true
		}
		for _, s := range c.slices {
			if r.says(s) {
				return true
			}
		}
	}
	return false
}

// at follows a discriminator's path through a slice's definitions, and through
// the profiles of their types. It gives the profile that the definition is of.
func (r *run) at(d *definition, p *profile, steps string) (*definition, *profile) {
	if steps == "$this" {
		return d, p
	}
	for _, step := range splitPath(steps) {
		if d == nil {
			return nil, p
		}
		switch {
		case step == "$this":
		case strings.HasPrefix(step, "ofType("):
		case step == "resolve()":
			d, p = r.targetOf(d, p)
		case strings.HasPrefix(step, "extension("):
			url := strings.Trim(step[len("extension("):len(step)-1], `'"`)
			d, p = r.extensionOf(d, p, url)
		default:
			next := d.child(step)
			if next == nil || !r.says(next) {
				next = r.inRequiredSlice(d, step, next)
			}
			owner := p
			if next == nil {
				next, owner = r.inTypes(d, p, step)
			}
			d, p = next, owner
		}
	}
	return d, p
}

// inRequiredSlice finds a child that tells values apart in a slice that must be
// there: code.coding.code of blood pressure, whose coding is sliced in turn. Without
// one it gives other.
func (r *run) inRequiredSlice(d *definition, name string, other *definition) *definition {
	for _, s := range d.slices {
		if s.min > 0 {
			if c := s.child(name); c != nil && r.says(c) {
				return c
			}
		}
	}
	return other
}

// splitPath splits at the dots outside quotes and parentheses.
func splitPath(s string) []string {
	var steps []string
	start, depth, quoted := 0, 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\'':
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == '.' && depth == 0:
			steps = append(steps, s[start:i])
			start = i + 1
		}
	}
	return append(steps, s[start:])
}

// inTypes looks for a child in the profiles of a definition's types.
func (r *run) inTypes(d *definition, p *profile, name string) (*definition, *profile) {
	for _, t := range d.types {
		for _, url := range t.profiles {
			for owner := r.validator.profile(url); owner != nil; owner = r.validator.profile(owner.base) {
				if c := owner.root.child(name); c != nil {
					return c, owner
				}
			}
		}
	}
	return nil, p
}

// targetOf is a definition that stands for what a reference points to.
func (r *run) targetOf(d *definition, p *profile) (*definition, *profile) {
	target := &definition{path: d.path + ".resolve()", name: "resolve()", min: -1, max: -1}
	for _, t := range d.types {
		for _, url := range t.targets {
			code := ""
			if known := r.validator.profile(url); known != nil {
				code = known.typeName
			} else if base := r.schema.TypeByURL(url); base != nil {
				code = base.Name
			}
			target.types = append(target.types, typeRule{code: code, profiles: []string{url}})
		}
	}
	return target, p
}

// extensionOf is the slice of a definition's extensions with an address.
func (r *run) extensionOf(d *definition, p *profile, url string) (*definition, *profile) {
	ext := d.child("extension")
	if ext == nil {
		return nil, p
	}
	for _, s := range ext.slices {
		for _, t := range s.types {
			for _, have := range t.profiles {
				if have == url {
					return s, p
				}
			}
		}
	}
	return nil, p
}
