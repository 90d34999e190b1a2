// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/schema"
)

// profile is a StructureDefinition made ready: the tree of its elements, from
// its snapshot, or from its differential with the profile that it builds on.
type profile struct {
	url      string
	typeName string
	base     string // the profile to check as well; nothing if the snapshot says all
	root     *definition
	contexts []extensionContext
	onOwner  []string // FHIRPath that must hold where an extension stands
}

// extensionContext is where an extension may stand.
type extensionContext struct{ kind, expression string }

// definition is one element of a profile.
type definition struct {
	path     string // Patient.extension
	name     string // extension; value[x]
	slice    string // race
	min, max int    // -1: not said
	types    []typeRule
	value    valueRule
	rules    []*schema.Invariant
	binding  *schema.Binding
	slicing  *slicing
	children []*definition // by name, in order
	slices   []*definition // of this element
}

// typeRule is a type that an element may have, and the profiles it must meet.
type typeRule struct {
	code     string
	profiles []string
	targets  []string
}

// valueRule is what a profile says about an element's value.
type valueRule struct {
	fixed, pattern     node.Node
	least, most        node.Node
	leastType          string
	maxLength          int64
	minLength          int64
	hasFixed, hasBound bool
}

// slicing tells how the items of an element are told apart.
type slicing struct {
	discriminators []discriminator
	rules          string // closed, open, openAtEnd
	ordered        bool
}

type discriminator struct{ kind, path string }

// profile is the profile with a canonical URL, nil if it is not loaded or is one
// of R4's own types.
func (v *Validator) profile(url string) *profile {
	if v.Definitions == nil {
		return nil
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if p, ok := v.profiles[url]; ok {
		return p
	}
	if v.profiles == nil {
		v.profiles = map[string]*profile{}
	}
	var p *profile
	if sd, ok := v.Definitions.Find(url); ok && sd.ResourceType() == "StructureDefinition" && sd.Get("derivation").Is("constraint") {
		p = load(sd)
	}
	v.profiles[url] = p
	return p
}

// load builds a profile's tree.
func load(sd node.Node) *profile {
	p := &profile{url: sd.Get("url").Text(), typeName: sd.Get("type").Text()}
	elements := sd.Get("snapshot").Get("element")
	if elements.Len() == 0 {
		elements = sd.Get("differential").Get("element")
		p.base = sd.Get("baseDefinition").Text()
	}
	for c := range sd.Get("context").Items() {
		p.contexts = append(p.contexts, extensionContext{c.Get("type").Text(), c.Get("expression").Text()})
	}
	for c := range sd.Get("contextInvariant").Items() {
		p.onOwner = append(p.onOwner, c.Text())
	}
	p.root = &definition{path: p.typeName, name: p.typeName, min: -1, max: -1}
	last := map[string]*definition{p.typeName: p.root} // by path, the latest element or slice
	for e := range elements.Items() {
		path := e.Get("path").Text()
		if path == p.typeName {
			p.root.read(e)
			continue
		}
		d := place(last, path, e.Get("sliceName").Text())
		if d != nil {
			d.read(e)
		}
	}
	return p
}

// place finds or makes the definition of a path under the latest parent.
func place(last map[string]*definition, path, slice string) *definition {
	dot := strings.LastIndexByte(path, '.')
	if dot < 0 {
		return nil
	}
	parent := last[path[:dot]]
	if parent == nil {
		if parent = place(last, path[:dot], ""); parent == nil {
			return nil
		}
	}
	name := path[dot+1:]
	var d *definition
	for _, c := range parent.children {
		if c.name == name {
			d = c
		}
	}
	if d == nil {
		d = &definition{path: path, name: name, min: -1, max: -1}
		parent.children = append(parent.children, d)
	}
	if slice != "" {
		s := &definition{path: path, name: name, slice: slice, min: -1, max: -1}
		d.slices = append(d.slices, s)
		d = s
	}
	for p := range last { // children that follow are of this element, not of an earlier one
		if strings.HasPrefix(p, path+".") {
			delete(last, p)
		}
	}
	last[path] = d
	return d
}

// read fills a definition from its ElementDefinition.
func (d *definition) read(e node.Node) {
	if n, ok := e.Get("min").Int(); ok {
		d.min = int(n)
	}
	if most := e.Get("max").Text(); most == "*" {
		d.max = schema.Unbounded
	} else if n, err := strconv.Atoi(most); err == nil {
		d.max = n
	}
	for t := range e.Get("type").Items() {
		rule := typeRule{code: t.Get("code").Text()}
		for p := range t.Get("profile").Items() {
			rule.profiles = append(rule.profiles, p.Text())
		}
		for p := range t.Get("targetProfile").Items() {
			rule.targets = append(rule.targets, p.Text())
		}
		d.types = append(d.types, rule)
	}
	d.value.fixed, _ = e.Choice("fixed")
	d.value.pattern, _ = e.Choice("pattern")
	d.value.hasFixed = d.value.fixed.Exists() || d.value.pattern.Exists()
	d.value.least, d.value.leastType = e.Choice("minValue")
	d.value.most, _ = e.Choice("maxValue")
	d.value.hasBound = d.value.least.Exists() || d.value.most.Exists()
	d.value.maxLength, _ = e.Get("maxLength").Int()
	d.value.minLength, _ = e.Extension(definitionPrefix + "minLength").Get("valueInteger").Int()
	if set := e.Get("binding").Get("valueSet").Text(); set != "" {
		d.binding = &schema.Binding{Strength: e.Get("binding").Get("strength").Text(), ValueSet: set}
	}
	for c := range e.Get("constraint").Items() {
		rule := &schema.Invariant{
			Key: c.Get("key").Text(), Warning: !c.Get("severity").Is("error"), Human: c.Get("human").Text(),
			Expression: c.Get("expression").Text(), Source: c.Get("source").Text(),
		}
		if rule.Correct(); !ofR4(rule) {
			d.rules = append(d.rules, rule)
		}
	}
	if s := e.Get("slicing"); s.Exists() {
		d.slicing = &slicing{rules: s.Get("rules").Text(), ordered: s.Get("ordered").Is("true")}
		for x := range s.Get("discriminator").Items() {
			d.slicing.discriminators = append(d.slicing.discriminators, discriminator{x.Get("type").Text(), x.Get("path").Text()})
		}
	}
}

// ofR4 tells whether a rule is one of R4's own types, which are checked anyway.
func ofR4(rule *schema.Invariant) bool {
	switch rule.Key {
	case "ele-1", "ext-1", "dom-1", "dom-2", "dom-3", "dom-4", "dom-5", "dom-6":
		return true
	}
	t := schema.R4().TypeByURL(rule.Source)
	if t == nil {
		return false
	}
	for _, own := range t.Invariants {
		if own.Key == rule.Key {
			return true
		}
	}
	return rule.Source != "" && t.Kind != schema.Backbone
}

// child is the definition of a child by name, or nil.
func (d *definition) child(name string) *definition {
	for _, c := range d.children {
		if c.name == name || strings.TrimSuffix(c.name, "[x]") == name {
			return c
		}
	}
	for _, c := range d.children { // contentString is the content of a slice
		if rest, ok := strings.CutPrefix(c.name, name); ok && rest[0] >= 'A' && rest[0] <= 'Z' && len(c.types) == 1 {
			return c
		}
	}
	return nil
}

// label names the definition in messages.
func (d *definition) label() string {
	if d.slice != "" {
		return d.path + ":" + d.slice
	}
	return d.path
}
