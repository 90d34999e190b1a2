// SPDX-License-Identifier: Apache-2.0

package elm

import (
	"fmt"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// ValueSet is a value set that a library names. It is a value of CQL itself, and
// knows its codes if an expansion was loaded.
type ValueSet struct {
	Name, URL, Version string
	set                *CodeSet
}

// CodeSystem is a code system that a library names.
type CodeSystem struct{ Name, URL, Version string }

// CodeSet is the expansion of a value set.
type CodeSet struct {
	URL, Version string
	codes        map[codeKey]struct{}
	systems      map[string]string // system to the one string that stands for it
}

type codeKey struct{ system, code string }

// Has tells whether the set holds a code.
func (s *CodeSet) Has(system, code string) bool {
	_, ok := s.codes[codeKey{system, code}]
	return ok
}

// hasCode tells whether the set holds the code in any system.
func (s *CodeSet) hasCode(code string) bool {
	for system := range s.systems {
		if s.Has(system, code) {
			return true
		}
	}
	return false
}

// Len is the number of codes.
func (s *CodeSet) Len() int { return len(s.codes) }

// Terminology holds the expansions of value sets by canonical URL. Load it before
// programs use it; after that it is safe for concurrent use.
type Terminology struct {
	sets    map[string]*CodeSet // by url and by url|version
	systems map[string]string
}

// NewTerminology is an empty one.
func NewTerminology() *Terminology {
	return &Terminology{sets: map[string]*CodeSet{}, systems: map[string]string{}}
}

// Add loads a FHIR ValueSet resource from its expansion, or from a compose that
// lists every code. It reports false if the resource has neither: such a value set
// stays missing, and what asks for it says so.
func (t *Terminology) Add(valueSet node.Node) (loaded bool, err error) {
	url := valueSet.Get("url").Text()
	if url == "" {
		return false, fmt.Errorf("value set %s has no url", valueSet.ID())
	}
	s := &CodeSet{URL: url, Version: valueSet.Get("version").Text(), codes: map[codeKey]struct{}{}, systems: map[string]string{}}
	contains := valueSet.Get("expansion").Get("contains")
	switch {
	case contains.Exists():
		s.codes = make(map[codeKey]struct{}, contains.Len())
		t.addContains(s, contains)
	case valueSet.Get("expansion").Get("total").Is("0"):
	case !t.addCompose(s, valueSet.Get("compose")):
		return false, nil
	}
	t.put(url, s)
	if s.Version != "" {
		t.put(url+"|"+s.Version, s)
	}
	return true, nil
}

// put keeps the expansion with the later version where two share a name.
func (t *Terminology) put(name string, s *CodeSet) {
	if old, ok := t.sets[name]; ok && old.Version > s.Version {
		return
	}
	t.sets[name] = s
}

func (t *Terminology) addContains(s *CodeSet, contains node.Node) {
	for c := range contains.Items() {
		if code := c.Get("code").Text(); code != "" {
			if abstract, _ := c.Get("abstract").Bool(); !abstract {
				t.addCode(s, c.Get("system").Text(), code)
			}
		}
		if more := c.Get("contains"); more.Exists() {
			t.addContains(s, more)
		}
	}
}

// addCompose reads a definition that names every code; any filter or reference to
// another value set needs a terminology server.
func (t *Terminology) addCompose(s *CodeSet, compose node.Node) bool {
	if !compose.Get("include").Exists() || compose.Get("exclude").Exists() {
		return false
	}
	for include := range compose.Get("include").Items() {
		if include.Get("filter").Exists() || include.Get("valueSet").Exists() || !include.Get("concept").Exists() {
			return false
		}
		for c := range include.Get("concept").Items() {
			t.addCode(s, include.Get("system").Text(), c.Get("code").Text())
		}
	}
	return true
}

func (t *Terminology) addCode(s *CodeSet, system, code string) {
	one, ok := t.systems[system]
	if !ok {
		one = strings.Clone(system)
		t.systems[one] = one
	}
	s.systems[one] = one
	s.codes[codeKey{one, code}] = struct{}{}
}

// Find is the expansion of a value set, nil if none was loaded. An empty version
// means the latest.
func (t *Terminology) Find(url, version string) *CodeSet {
	if t == nil {
		return nil
	}
	if bare, v, ok := strings.Cut(url, "|"); ok {
		url, version = bare, v
	}
	if version != "" {
		return t.sets[url+"|"+version]
	}
	return t.sets[url]
}

// codesOf is the expansion of a value set. It fails if there is none, unless the
// options say to take it as empty.
func (r *run) codesOf(v *ValueSet) *CodeSet {
	if v.set != nil {
		return v.set
	}
	if s := r.opt.Terminology.Find(v.URL, v.Version); s != nil {
		return s
	}
	if r.opt.MissingAsEmpty {
		return &CodeSet{URL: v.URL}
	}
	panic(failure{fmt.Sprintf("value set %q (%s) has no expansion; load one, or take missing value sets as empty", v.Name, canonical(v.URL, v.Version))})
}

func canonical(url, version string) string {
	if version == "" {
		return url
	}
	return url + "|" + version
}

// inValueSet tells whether a code, a concept or a bare code text is in a value set.
// A null code is in none.
func (r *run) inValueSet(v Value, set *ValueSet) tri {
	switch x := r.plain(v).(type) {
	case nil:
		return no
	case *Code:
		return triOf(r.codesOf(set).Has(x.System, x.Code))
	case *Concept:
		s := r.codesOf(set)
		for _, c := range x.Codes {
			if s.Has(c.System, c.Code) {
				return yes
			}
		}
		return no
	case String:
		return triOf(r.codesOf(set).hasCode(string(x)))
	case List:
		for _, item := range x {
			if r.inValueSet(item, set) == yes {
				return yes
			}
		}
		return no
	case Element:
		if c := conceptOf(x.Node); c != nil {
			return r.inValueSet(c, set)
		}
	}
	panic(failure{typeName(v) + " cannot be in a value set"})
}

// conceptOf reads a FHIR CodeableConcept or Coding, nil for another element.
func conceptOf(n node.Node) *Concept {
	c := &Concept{}
	switch {
	case n.Get("coding").Exists():
		c.Display = n.Get("text").Text()
		for coding := range n.Get("coding").Items() {
			c.Codes = append(c.Codes, codeOf(coding))
		}
	case n.Get("code").Exists():
		c.Codes = []*Code{codeOf(n)}
	default:
		return nil
	}
	return c
}

func codeOf(coding node.Node) *Code {
	return &Code{
		Code: coding.Get("code").Text(), System: coding.Get("system").Text(),
		Version: coding.Get("version").Text(), Display: coding.Get("display").Text(),
	}
}
