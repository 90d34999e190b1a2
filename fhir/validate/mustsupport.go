// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/path"
	"github.com/woodlawn-health/woodlawn/fhir/schema"
)

// Support is one element that a profile says must be supported.
type Support struct {
	Element string // Patient.name.family, with :slice
	Profile string // that says so: the one asked for, or one that it builds on
	Present int    // how often the element stands in the resource
}

// MustSupport lists the elements that a profile marks mustSupport, and how often
// each stands in a resource: what a conformance tester asks of a set of examples.
// It is false if the profile is not loaded.
func (v *Validator) MustSupport(d *node.Doc, url string) ([]Support, bool) {
	p := v.profile(url)
	if p == nil {
		return nil, false
	}
	r := &run{validator: v, schema: schema.R4(), root: d.Root(), trail: map[visit]bool{}}
	root := path.Root(d)
	var all []Support
	said := map[string]bool{}
	seen := map[*profile]bool{}
	for ; p != nil && !seen[p]; p = v.profile(p.base) {
		seen[p] = true
		for _, s := range r.supports([]path.Value{root}, p.root, p, scope{resource: root, root: root}) {
			if !said[s.Element] {
				said[s.Element] = true
				all = append(all, s)
			}
		}
	}
	return all, true
}

// supports walks a definition's children and slices with the values that they
// stand for.
func (r *run) supports(values []path.Value, d *definition, p *profile, s scope) []Support {
	var all []Support
	note := func(d *definition, found []path.Value) {
		if d.must && d.max != 0 { // what a profile forbids, its base may still mark
			all = append(all, Support{d.label(), p.url, len(found)})
		}
		all = append(all, r.supports(found, d, p, s)...)
	}
	for _, c := range d.children {
		var found []path.Value
		for _, v := range values {
			found = append(found, items(v, c.name)...)
		}
		note(c, found)
		if len(c.slices) == 0 {
			continue
		}
		cut := c.slicing
		if cut == nil {
			cut = r.slicingOf(c, p)
		}
		for _, slice := range c.slices {
			var in []path.Value
			for _, v := range found {
				if r.inSlice(v, slice, cut, p, s) {
					in = append(in, v)
				}
			}
			note(slice, in)
		}
	}
	return all
}
