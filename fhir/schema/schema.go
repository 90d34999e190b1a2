// SPDX-License-Identifier: Apache-2.0

// Package schema knows what FHIR R4's types look like: their elements with
// cardinality, types and bindings, their invariants, and the search parameters
// and compartments of R4 and of the implementation guides that Woodlawn serves.
// Everything comes from one table (r4.bin) that tools/fhirschema makes of HL7's
// packages; nothing here is written by hand.
package schema

import (
	_ "embed"
	"strings"
	"sync"
)

// Kind tells what a type is for.
type Kind uint8

// The kinds of types.
const (
	Primitive Kind = iota
	Complex
	Backbone // the unnamed type of an element with children, as Patient.contact
	Resource
	Logical
)

// Unbounded is the Max of an element that may repeat for ever.
const Unbounded = 1<<31 - 1

// Type is a data type, a resource type, or the unnamed type inside one.
type Type struct {
	Name       string // Patient, HumanName, boolean; Patient.contact for an unnamed type
	Kind       Kind
	Abstract   bool
	BaseName   string // the type that this one specialises, nothing for the roots
	Regex      string // of a primitive's text, if FHIR gives one
	Elements   []Element
	Invariants []*Invariant // those of every element of the type

	base   *Type
	byName map[string]int // by element name, and by the JSON names of choices
}

// Element is one element of a type.
type Element struct {
	Name       string // as FHIRPath says it: value for value[x]
	Path       string // Observation.value[x]
	Min, Max   int
	Choice     bool // value[x]: the JSON name carries the type
	Modifier   bool
	Summary    bool
	Attribute  bool // an XML attribute
	Types      []TypeRef
	Binding    *Binding
	Invariants []*Invariant // those that the element adds to its type's

	inline *Type // of an element with children of its own, or that refers to one
}

// TypeRef is a type that an element allows.
type TypeRef struct {
	Name     string
	Profiles []string // canonical URLs of the type's profiles, if it must meet one
	Targets  []string // canonical URLs of what a Reference or canonical may point to

	typ *Type
}

// Binding is the value set of a coded element.
type Binding struct {
	Strength string // required, extensible, preferred, example
	ValueSet string // canonical URL, with |version if given
}

// Invariant is a rule about an element, in FHIRPath.
type Invariant struct {
	Key        string // pat-1
	Warning    bool   // the rule warns instead of forbidding
	Human      string
	Expression string
	Source     string // canonical URL of the definition that the rule comes from
}

// Correct mends a rule that FHIR published with a slip, so that it says what its
// text says. It tells whether it did.
func (v *Invariant) Correct() bool {
	if v.Key == "que-7" && v.Expression == "operator = 'exists' implies (answer is Boolean)" {
		v.Expression = "operator = 'exists' implies (answer is boolean)" // an element is no System.Boolean
		return true
	}
	if v.Key == "que-12" && v.Expression == "enableWhen.count() > 2 implies enableBehavior.exists()" {
		v.Expression = "enableWhen.count() > 1 implies enableBehavior.exists()" // "more than one", says the rule
		return true
	}
	return false
}

// SearchParameter is one search parameter of a package.
type SearchParameter struct {
	URL        string
	Code       string   // the name in a search: birthdate
	Base       []string // resource types
	Type       string   // number date string token reference composite quantity uri special
	Expression string   // FHIRPath, may be empty for special ones
	Targets    []string // resource types that a reference may point to
	Components []Component
	Package    string // hl7.fhir.r4.core#4.0.1
}

// Correct mends an expression that a guide published with a slip, so that it finds
// what its text says. It tells whether it did.
func (p *SearchParameter) Correct() bool {
	before := p.Expression
	switch {
	case strings.HasSuffix(before, ".valueDateTime"): // FHIRPath says value for valueDateTime
		p.Expression = strings.TrimSuffix(before, "DateTime")
	case p.Type == "reference" && strings.HasSuffix(before, "-reference')"): // the extension, where its value is meant
		p.Expression = before + ".value"
	case p.Type == "token" && strings.HasSuffix(before, ".extension.value.code"): // the code without its system
		p.Expression = strings.TrimSuffix(before, ".code") + ".ofType(Coding)"
	case p.Type == "token" && strings.HasSuffix(before, ".value.coding.code"):
		p.Expression = strings.TrimSuffix(before, ".coding.code")
	}
	return p.Expression != before
}

// Component is a part of a composite search parameter.
type Component struct {
	Definition string // URL of the part's own search parameter
	Expression string // FHIRPath from the element that the composite finds
}

// Compartment lists the search parameters that put a resource into a compartment.
type Compartment struct {
	Code    string              // Patient
	Members map[string][]string // resource type -> codes of search parameters; none: not a member
}

// Schema is the whole table.
type Schema struct {
	Types            []*Type
	SearchParameters []*SearchParameter
	Compartments     []*Compartment
	Guides           []Guide

	byName  map[string]*Type
	byBase  map[string]map[string][]*SearchParameter
	byParam map[string]*SearchParameter
}

//go:embed r4.bin
var r4 []byte

// R4 is the schema of FHIR 4.0.1, decoded at its first use and shared. It is
// read-only.
var R4 = sync.OnceValue(func() *Schema {
	s, err := Decode(r4)
	if err != nil {
		panic("the embedded FHIR table is damaged: " + err.Error())
	}
	return s
})

// Type is the type of that name, or nil.
func (s *Schema) Type(name string) *Type { return s.byName[name] }

// TypeByURL is the type that a StructureDefinition's URL names, or nil.
func (s *Schema) TypeByURL(url string) *Type {
	name, ok := strings.CutPrefix(url, "http://hl7.org/fhir/StructureDefinition/")
	if !ok {
		return nil
	}
	return s.byName[name]
}

// Base is the type that this one specialises, or nil.
func (t *Type) Base() *Type { return t.base }

// Is tells whether the type is name or specialises it, however far.
func (t *Type) Is(name string) bool {
	for ; t != nil; t = t.base {
		if t.Name == name {
			return true
		}
	}
	return false
}

// FHIRName is the name that FHIR gives the type: BackboneElement or Element for
// an unnamed one.
func (t *Type) FHIRName() string {
	if t.Kind == Backbone {
		return t.BaseName
	}
	return t.Name
}

// Element is the element of that name (value for value[x]), or nil.
func (t *Type) Element(name string) *Element {
	if i, ok := t.byName[name]; ok && t.Elements[i].Name == name {
		return &t.Elements[i]
	}
	return nil
}

// JSONElement finds an element by its name in JSON: valueQuantity is the element
// value with the type Quantity. The type is nil for an element whose type is
// what the resource in it says.
func (t *Type) JSONElement(name string) (*Element, *Type) {
	i, ok := t.byName[name]
	if !ok {
		return nil, nil
	}
	e := &t.Elements[i]
	if !e.Choice {
		return e, e.Type()
	}
	for j := range e.Types {
		if n := len(e.Name); strings.EqualFold(e.Types[j].Name, name[n:]) {
			return e, e.Types[j].typ
		}
	}
	return nil, nil
}

// Type is the type of an element that is no choice, or nil.
func (e *Element) Type() *Type {
	if e.inline != nil {
		return e.inline
	}
	if len(e.Types) == 1 {
		return e.Types[0].typ
	}
	return nil
}

// ChoiceType is the type of a choice element by its FHIR name, nil if the element does
// not allow it.
func (e *Element) ChoiceType(name string) *Type {
	for i := range e.Types {
		if e.Types[i].Name == name {
			return e.Types[i].typ
		}
	}
	return nil
}

// Repeats tells whether the element is an array in JSON.
func (e *Element) Repeats() bool { return e.Max > 1 }

// Type of a reference in an element.
func (r *TypeRef) Type() *Type { return r.typ }

// Search is the search parameters of a resource type with a code, those of R4
// first. Parameters of Resource and DomainResource are found for every resource.
func (s *Schema) Search(resource, code string) []*SearchParameter {
	var found []*SearchParameter
	for t := s.Type(resource); t != nil; t = t.base {
		found = append(found, s.byBase[t.Name][code]...)
	}
	return found
}

// SearchParameter is the parameter with a canonical URL, or nil.
func (s *Schema) SearchParameter(url string) *SearchParameter { return s.byParam[url] }

// Compartment is the compartment of that code (Patient, Encounter,
// RelatedPerson, Practitioner, Device), or nil.
func (s *Schema) Compartment(code string) *Compartment {
	for _, c := range s.Compartments {
		if c.Code == code {
			return c
		}
	}
	return nil
}
