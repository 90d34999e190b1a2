// SPDX-License-Identifier: Apache-2.0

package terminology

import (
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// System is a code system that is loaded.
type System struct {
	URL, Version  string
	Complete      bool // it holds all the system's codes
	CaseSensitive bool

	codes     []string // in the order of the definition, parents first
	concepts  map[string]*Concept
	declared  map[string]bool     // the properties that it defines
	hierarchy map[string][]string // by code, what stands right under it
}

// Concept is one code of a system.
type Concept struct {
	Code, Display, Definition string
	Designations              []Designation
	Properties                []Property
	Parents                   []string // the codes right above
	Abstract                  bool     // not for selection: it groups others
	Inactive                  bool

	position int
}

// Designation is another display, for a language or a use.
type Designation struct{ Language, Use, Value string }

// Property is one property of a concept, its value as text. Kind is the data type: code,
// Coding, string, integer, boolean, dateTime or decimal.
type Property struct{ Code, Value, Kind string }

// System is the code system with a canonical URL, nil if it is not loaded.
func (t *Store) System(url string) *System {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.system(url)
}

func (t *Store) system(url string) *System {
	if s, ok := t.systems[url]; ok {
		return s
	}
	var s *System
	if cs, ok := t.definitions.Find(url); ok && cs.ResourceType() == "CodeSystem" && cs.Get("concept").Exists() {
		s = readSystem(cs)
	}
	t.systems[url] = s
	return s
}

func readSystem(cs node.Node) *System {
	s := &System{
		URL: cs.Get("url").Text(), Version: cs.Get("version").Text(), Complete: cs.Get("content").Is("complete"),
		CaseSensitive: !cs.Get("caseSensitive").Is("false"),
		concepts:      map[string]*Concept{}, declared: map[string]bool{}, hierarchy: map[string][]string{},
	}
	for p := range cs.Get("property").Items() {
		s.declared[p.Get("code").Text()] = true
	}
	s.read(cs.Get("concept"), "")
	for _, code := range s.codes {
		for _, parent := range s.concepts[code].Parents {
			s.hierarchy[parent] = append(s.hierarchy[parent], code)
		}
	}
	return s
}

func (s *System) read(concepts node.Node, parent string) {
	for n := range concepts.Items() {
		c := &Concept{
			Code: n.Get("code").Text(), Display: n.Get("display").Text(), Definition: n.Get("definition").Text(), position: len(s.codes),
		}
		if parent != "" {
			c.Parents = []string{parent}
		}
		for d := range n.Get("designation").Items() {
			c.Designations = append(c.Designations, Designation{d.Get("language").Text(), d.Get("use").Get("code").Text(), d.Get("value").Text()})
		}
		for p := range n.Get("property").Items() {
			c.property(p)
		}
		if s.concepts[c.Code] == nil {
			s.codes = append(s.codes, c.Code)
			s.concepts[c.Code] = c
		}
		s.read(n.Get("concept"), c.Code)
	}
}

// property reads a property; those that FHIR defines are kept as fields as well.
func (c *Concept) property(n node.Node) {
	value, kind := n.Choice("value")
	p := Property{Code: n.Get("code").Text(), Value: value.Text(), Kind: kind}
	if kind == "Coding" {
		p.Value, p.Kind = value.Get("code").Text(), "code"
	}
	switch p.Code {
	case "parent", "subsumedBy":
		c.Parents = append(c.Parents, p.Value)
	case "notSelectable", "abstract":
		c.Abstract = c.Abstract || p.Value == "true"
	case "inactive":
		c.Inactive = c.Inactive || p.Value == "true"
	case "status":
		c.Inactive = c.Inactive || p.Value == "retired" || p.Value == "inactive"
	}
	c.Properties = append(c.Properties, p)
}

// Children are the codes right under a code, in the order of the definition.
func (s *System) Children(code string) []string { return s.hierarchy[code] }

// Concept is the concept with a code, nil if the system does not hold it.
func (s *System) Concept(code string) *Concept {
	if c := s.concepts[code]; c != nil || s.CaseSensitive {
		return c
	}
	for _, have := range s.codes {
		if strings.EqualFold(have, code) {
			return s.concepts[have]
		}
	}
	return nil
}

// under adds all codes below a code.
func (s *System) under(code string, found map[string]bool) {
	spread(code, found, func(code string) []string { return s.hierarchy[code] })
}

// above adds all codes over a code.
func (s *System) above(code string, found map[string]bool) {
	spread(code, found, func(code string) []string {
		if c := s.concepts[code]; c != nil {
			return c.Parents
		}
		return nil
	})
}

// spread adds what can be reached from a code, step by step.
func spread(code string, found map[string]bool, next func(string) []string) {
	for todo := []string{code}; len(todo) > 0; {
		last := len(todo) - 1
		code, todo = todo[last], todo[:last]
		for _, c := range next(code) {
			if !found[c] {
				found[c] = true
				todo = append(todo, c)
			}
		}
	}
}
