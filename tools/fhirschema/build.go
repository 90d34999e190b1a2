// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"sort"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/packages"
	"github.com/woodlawn-health/woodlawn/fhir/schema"
)

const (
	regexURL    = "http://hl7.org/fhir/StructureDefinition/regex"
	fhirTypeURL = "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type"
	typePrefix  = "http://hl7.org/fhir/StructureDefinition/"
)

// builder adds one package to the table.
type builder struct {
	schema   *schema.Schema
	pkg      *packages.Package
	rules    map[schema.Invariant]*schema.Invariant
	bindings map[schema.Binding]*schema.Binding
}

// read takes the definitions of a package: of the core its types, search
// parameters and compartments, of a guide its search parameters.
func (b *builder) read(core bool) error {
	var params []*schema.SearchParameter
	for name, r := range b.pkg.Resources() {
		if r.Err != nil {
			return fmt.Errorf("%s: %w", name, r.Err)
		}
		switch r.ResourceType() {
		case "StructureDefinition":
			if core && !r.Get("derivation").Is("constraint") && !r.Get("kind").Is("logical") {
				if err := b.structure(r.Node); err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
			}
		case "SearchParameter":
			params = append(params, b.searchParameter(r.Node))
		case "CapabilityStatement":
			if !core && b.pkg.Name != "hl7.fhir.us.davinci-dtr" && r.Get("rest").At(0).Get("mode").Is("server") { // of DTR they are for EHRs
				b.schema.Guides = append(b.schema.Guides, b.guide(r.Node))
			}
		case "CompartmentDefinition":
			if core && r.ID() != "example" {
				b.schema.Compartments = append(b.schema.Compartments, compartment(r.Node))
			}
		}
	}
	sort.Slice(params, func(i, j int) bool { return params[i].URL < params[j].URL })
	b.schema.SearchParameters = append(b.schema.SearchParameters, params...)
	sort.Slice(b.schema.Compartments, func(i, j int) bool { return b.schema.Compartments[i].Code < b.schema.Compartments[j].Code })
	return nil
}

// structure adds a type and the unnamed types inside it, from its snapshot.
func (b *builder) structure(r node.Node) error {
	t := &schema.Type{Name: r.Get("type").Text(), Abstract: r.Get("abstract").Is("true")}
	switch kind := r.Get("kind").Text(); kind {
	case "primitive-type":
		t.Kind = schema.Primitive
	case "complex-type":
		t.Kind = schema.Complex
	case "resource":
		t.Kind = schema.Resource
	default:
		return fmt.Errorf("kind %q is not known", kind)
	}
	t.BaseName = strings.TrimPrefix(r.Get("baseDefinition").Text(), typePrefix)
	b.schema.Types = append(b.schema.Types, t)
	elements := r.Get("snapshot").Get("element").AppendItems(nil)
	if len(elements) == 0 {
		return fmt.Errorf("it has no snapshot")
	}
	t.Invariants = b.invariants(elements[0], nil)
	byPath := map[string]*schema.Type{t.Name: t}
	for i, e := range elements[1:] {
		path := e.Get("path").Text()
		dot := strings.LastIndexByte(path, '.')
		owner := byPath[path[:dot]]
		if owner == nil {
			return fmt.Errorf("%s stands before its parent", path)
		}
		if t.Kind == schema.Primitive && path == t.Name+".value" {
			t.Regex = e.Get("type").At(0).Extension(regexURL).Get("valueString").Text()
			continue
		}
		el, err := b.element(e, path[dot+1:], t.Kind == schema.Resource)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if i+2 < len(elements) && strings.HasPrefix(elements[i+2].Get("path").Text(), path+".") {
			inner := &schema.Type{Name: path, Kind: schema.Backbone, BaseName: el.Types[0].Name}
			el.Types = []schema.TypeRef{{Name: "#" + path}}
			byPath[path] = inner
			b.schema.Types = append(b.schema.Types, inner)
		}
		owner.Elements = append(owner.Elements, el)
	}
	return nil
}

func (b *builder) element(e node.Node, name string, resource bool) (schema.Element, error) {
	el := schema.Element{
		Name:      name,
		Path:      e.Get("path").Text(),
		Modifier:  e.Get("isModifier").Is("true"),
		Summary:   e.Get("isSummary").Is("true"),
		Attribute: e.Get("representation").At(0).Is("xmlAttr"),
	}
	el.Name, el.Choice = strings.CutSuffix(name, "[x]")
	least, _ := e.Get("min").Int()
	el.Min = int(least)
	if most := e.Get("max").Text(); most == "*" {
		el.Max = schema.Unbounded
	} else {
		n, err := strconv.Atoi(most)
		if err != nil {
			return el, fmt.Errorf("max %q is no number", most)
		}
		el.Max = n
	}
	for t := range e.Get("type").Items() {
		el.Types = append(el.Types, typeRef(t, el.Path, resource))
	}
	if to := e.Get("contentReference").Text(); to != "" {
		el.Types = []schema.TypeRef{{Name: to[strings.IndexByte(to, '#'):]}}
	}
	if set := e.Get("binding").Get("valueSet").Text(); set != "" {
		v := schema.Binding{Strength: e.Get("binding").Get("strength").Text(), ValueSet: set}
		if b.bindings[v] == nil {
			b.bindings[v] = &v
		}
		el.Binding = b.bindings[v]
	}
	el.Invariants = b.invariants(e, []string{"ele-1", "ext-1"})
	return el, nil
}

// typeRef reads a type; FHIRPath's own types of ids and URLs become FHIR's.
func typeRef(t node.Node, path string, resource bool) schema.TypeRef {
	r := schema.TypeRef{Name: t.Get("code").Text()}
	if strings.HasPrefix(r.Name, "http://hl7.org/fhirpath/") {
		if r.Name = t.Extension(fhirTypeURL).Get("valueUrl").Text(); r.Name == "" {
			r.Name = "string"
		}
		if resource && strings.HasSuffix(path, ".id") && strings.Count(path, ".") == 1 {
			r.Name = "id" // the snapshots say string, the specification means id
		}
	}
	for p := range t.Get("profile").Items() {
		r.Profiles = append(r.Profiles, p.Text())
	}
	for p := range t.Get("targetProfile").Items() {
		r.Targets = append(r.Targets, p.Text())
	}
	return r
}

// invariants reads an element's rules without those that its type has anyway.
func (b *builder) invariants(e node.Node, without []string) []*schema.Invariant {
	var rules []*schema.Invariant
next:
	for c := range e.Get("constraint").Items() {
		v := schema.Invariant{
			Key:        c.Get("key").Text(),
			Warning:    c.Get("severity").Is("warning"),
			Human:      c.Get("human").Text(),
			Expression: c.Get("expression").Text(),
			Source:     c.Get("source").Text(),
		}
		v.Correct()
		for _, key := range without {
			if v.Key == key {
				continue next
			}
		}
		if b.rules[v] == nil {
			b.rules[v] = &v
		}
		rules = append(rules, b.rules[v])
	}
	return rules
}

func (b *builder) searchParameter(r node.Node) *schema.SearchParameter {
	p := &schema.SearchParameter{
		URL:        r.Get("url").Text(),
		Code:       r.Get("code").Text(),
		Type:       r.Get("type").Text(),
		Expression: r.Get("expression").Text(),
		Package:    b.pkg.ID(),
	}
	for v := range r.Get("base").Items() {
		p.Base = append(p.Base, v.Text())
	}
	for v := range r.Get("target").Items() {
		p.Targets = append(p.Targets, v.Text())
	}
	for c := range r.Get("component").Items() {
		p.Components = append(p.Components, schema.Component{
			Definition: c.Get("definition").Text(),
			Expression: c.Get("expression").Text(),
		})
	}
	p.Correct()
	return p
}

func compartment(r node.Node) *schema.Compartment {
	c := &schema.Compartment{Code: r.Get("code").Text(), Members: map[string][]string{}}
	for m := range r.Get("resource").Items() {
		var codes []string
		for p := range m.Get("param").Items() {
			codes = append(codes, p.Text())
		}
		if len(codes) > 0 {
			c.Members[m.Get("code").Text()] = codes
		}
	}
	return c
}
