// SPDX-License-Identifier: Apache-2.0

// Package terminology answers whether a code is in a value set, from the value
// sets and code systems that are loaded. Where a value set draws on a system
// that is not loaded, the answer for that system's codes is "not known", never a
// guess.
package terminology

import (
	"strings"
	"sync"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/packages"
	"github.com/woodlawn-health/woodlawn/fhir/path"
	"github.com/woodlawn-health/woodlawn/terminology/ucum"
)

const ucumSystem = "http://unitsofmeasure.org"

// Store answers from the definitions of an index. It is safe for use by many
// goroutines once the index is complete.
type Store struct {
	definitions *packages.Index

	mu   sync.Mutex
	sets map[string]*Set // by canonical URL
}

// NewStore makes a store over an index.
func NewStore(definitions *packages.Index) *Store {
	return &Store{definitions: definitions, sets: map[string]*Set{}}
}

// Set is what is known of a value set's content.
type Set struct {
	codes   map[string]map[string]bool // by system
	open    map[string]bool            // systems of which it holds codes that are not loaded
	unknown bool                       // it draws on something that is not loaded at all
}

// Contains tells whether the set holds a code; known is false if that cannot be
// said. An empty system asks for the code in any.
func (s *Set) Contains(system, code string) (member, known bool) {
	if system == "" {
		for name, codes := range s.codes {
			if codes[code] && !s.open[name] {
				return true, true
			}
		}
		return false, !s.unknown && len(s.open) == 0
	}
	if s.codes[system][code] {
		return true, true
	}
	if system == ucumSystem && s.open[system] {
		if _, err := ucum.Parse(code); err != nil {
			return false, true
		}
	}
	return false, !s.unknown && !s.open[system]
}

// Size is the number of codes known to be in the set; complete is false if
// there may be more.
func (s *Set) Size() (n int, complete bool) {
	for _, codes := range s.codes {
		n += len(codes)
	}
	return n, !s.unknown && len(s.open) == 0
}

// Set is the value set with a canonical URL, nil if it is not loaded.
func (t *Store) Set(url string) *Set {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.set(url, 0)
}

const maxImports = 20 // value sets that import value sets

func (t *Store) set(url string, depth int) *Set {
	if s, ok := t.sets[url]; ok {
		return s
	}
	vs, ok := t.definitions.Find(url)
	if !ok || vs.ResourceType() != "ValueSet" || depth > maxImports {
		return nil
	}
	t.sets[url] = &Set{unknown: true} // the answer to a set that imports itself
	s := t.build(vs, depth)
	t.sets[url] = s
	return s
}

func newSet() *Set { return &Set{codes: map[string]map[string]bool{}, open: map[string]bool{}} }

func (s *Set) add(system, code string) {
	if s.codes[system] == nil {
		s.codes[system] = map[string]bool{}
	}
	s.codes[system][code] = true
}

func (t *Store) build(vs node.Node, depth int) *Set {
	s := newSet()
	compose := vs.Get("compose")
	if !compose.Exists() {
		if contains := vs.Get("expansion").Get("contains"); contains.Exists() {
			s.expansion(contains)
		} else {
			s.unknown = true
		}
		return s
	}
	for include := range compose.Get("include").Items() {
		s.union(t.part(include, depth))
	}
	for exclude := range compose.Get("exclude").Items() {
		s.exclude(t.part(exclude, depth))
	}
	return s
}

func (s *Set) expansion(contains node.Node) {
	for c := range contains.Items() {
		if code := c.Get("code").Text(); code != "" && !c.Get("abstract").Is("true") {
			s.add(c.Get("system").Text(), code)
		}
		s.expansion(c.Get("contains"))
	}
}

func (s *Set) union(o *Set) {
	for system, codes := range o.codes {
		for code := range codes {
			s.add(system, code)
		}
	}
	for system := range o.open {
		s.open[system] = true
	}
	s.unknown = s.unknown || o.unknown
}

// exclude takes codes out; what is excluded but not loaded makes its system open.
func (s *Set) exclude(o *Set) {
	for system, codes := range o.codes {
		for code := range codes {
			delete(s.codes[system], code)
		}
	}
	for system := range o.open {
		delete(s.codes, system)
		s.open[system] = true
	}
	s.unknown = s.unknown || o.unknown
}

// intersect keeps what both hold.
func (s *Set) intersect(o *Set) *Set {
	both := newSet()
	both.unknown = s.unknown || o.unknown
	for system, codes := range s.codes {
		for code := range codes {
			if member, known := o.Contains(system, code); member {
				both.add(system, code)
			} else if !known {
				both.open[system] = true
			}
		}
	}
	for system := range s.open {
		if o.open[system] || o.unknown || len(o.codes[system]) > 0 {
			both.open[system] = true
		}
	}
	return both
}

// part is the content of one include or exclude.
func (t *Store) part(include node.Node, depth int) *Set {
	var s *Set
	if system := include.Get("system").Text(); system != "" {
		s = t.fromSystem(include, system)
	}
	for url := range include.Get("valueSet").Items() {
		imported := t.set(url.Text(), depth+1)
		if imported == nil {
			imported = newSet()
			imported.unknown = true
		}
		if s == nil {
			s = newSet()
			s.union(imported)
		} else {
			s = s.intersect(imported)
		}
	}
	if s == nil {
		s = newSet()
		s.unknown = true
	}
	return s
}

func (t *Store) fromSystem(include node.Node, system string) *Set {
	s := newSet()
	if concepts := include.Get("concept"); concepts.Exists() {
		for c := range concepts.Items() {
			s.add(system, c.Get("code").Text())
		}
		return s
	}
	cs, ok := t.definitions.Find(system)
	if !ok || cs.ResourceType() != "CodeSystem" || !cs.Get("content").Is("complete") {
		s.open[system] = true
		return s
	}
	all := hierarchy{children: map[string][]string{}}
	all.read(cs.Get("concept"), "")
	keep := all.codes
	for filter := range include.Get("filter").Items() {
		value := filter.Get("value").Text()
		op := filter.Get("op").Text()
		if filter.Get("property").Text() != "concept" || op != "is-a" && op != "descendent-of" {
			s.open[system] = true // a filter that this package does not evaluate
			return s
		}
		under := map[string]bool{}
		all.under(value, under, 0)
		if op == "is-a" {
			under[value] = true
		}
		keep = intersection(keep, under)
	}
	for _, code := range keep {
		s.add(system, code)
	}
	return s
}

func intersection(codes []string, in map[string]bool) []string {
	var kept []string
	for _, code := range codes {
		if in[code] {
			kept = append(kept, code)
		}
	}
	return kept
}

// hierarchy is the codes of a code system and what stands under each.
type hierarchy struct {
	codes    []string
	children map[string][]string
}

func (h *hierarchy) read(concepts node.Node, parent string) {
	for c := range concepts.Items() {
		code := c.Get("code").Text()
		h.codes = append(h.codes, code)
		if parent != "" {
			h.children[parent] = append(h.children[parent], code)
		}
		for p := range c.Get("property").Items() {
			if name := p.Get("code").Text(); name == "subsumedBy" || name == "parent" {
				above := p.Get("valueCode").Text()
				h.children[above] = append(h.children[above], code)
			}
		}
		h.read(c.Get("concept"), code)
	}
}

func (h *hierarchy) under(code string, found map[string]bool, depth int) {
	for _, c := range h.children[code] {
		if !found[c] && depth < 100 {
			found[c] = true
			h.under(c, found, depth+1)
		}
	}
}

// MemberOf tells whether a code, Coding, CodeableConcept or Quantity is in a
// value set. A CodeableConcept is if one of its codings is. It has the form that
// FHIRPath's memberOf() and the validator ask for.
func (t *Store) MemberOf(v path.Value, valueSet string) (member, known bool) {
	s := t.Set(valueSet)
	if s == nil {
		if url, _, versioned := strings.Cut(valueSet, "|"); versioned {
			s = t.Set(url)
		}
	}
	if s == nil {
		return false, false
	}
	n := v.Node()
	switch {
	case n.Kind() != node.Object:
		if text := v.String(); text != "" {
			return s.Contains("", text)
		}
		return false, false
	case n.Get("coding").Exists():
		known = true
		for c := range n.Get("coding").Items() {
			m, k := s.coding(c)
			if m {
				return true, true
			}
			known = known && k
		}
		return false, known
	case v.Type() != nil && v.Type().Name == "CodeableConcept":
		_, complete := s.Size()
		return false, complete
	}
	return s.coding(n)
}

func (s *Set) coding(c node.Node) (member, known bool) {
	code, system := c.Get("code").Text(), c.Get("system").Text()
	if code == "" {
		return false, false
	}
	if system == "" {
		if m, k := s.Contains("", code); !m || !k {
			return false, k
		}
		return false, true // a code without its system is in no value set
	}
	return s.Contains(system, code)
}
