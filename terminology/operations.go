// SPDX-License-Identifier: Apache-2.0

package terminology

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/terminology/ucum"
)

// ErrNotLoaded says that a value set or code system is not loaded, so that there
// is no answer.
var ErrNotLoaded = errors.New("not loaded")

// ErrUnknownCode says that a code system, which is loaded completely, has no such code.
var ErrUnknownCode = errors.New("no such code")

// Coding is a code of a system.
type Coding struct{ System, Code, Display string }

// Lookup is the concept of a code, as of CodeSystem's $lookup. The error is
// ErrNotLoaded or ErrUnknownCode.
func (t *Store) Lookup(system, code string) (*Concept, error) {
	s := t.System(system)
	if s == nil && system == ucumSystem { // a grammar, not a list
		if _, err := ucum.Parse(code); err != nil {
			return nil, fmt.Errorf("code %s of %s: %w", code, system, ErrUnknownCode)
		}
		return &Concept{Code: code, Display: code}, nil
	}
	if s == nil {
		return nil, fmt.Errorf("code system %s: %w", system, ErrNotLoaded)
	}
	if c := s.Concept(code); c != nil {
		return c, nil
	}
	if !s.Complete {
		return nil, fmt.Errorf("code %s of %s, of which a part is loaded: %w", code, system, ErrNotLoaded)
	}
	return nil, fmt.Errorf("code %s of %s: %w", code, system, ErrUnknownCode)
}

// Subsumes tells how two codes of a system stand to each other: "equivalent",
// "subsumes", "subsumed-by" or "not-subsumed", as of CodeSystem's $subsumes.
func (t *Store) Subsumes(system, a, b string) (string, error) {
	for _, code := range []string{a, b} {
		if _, err := t.Lookup(system, code); err != nil {
			return "", err
		}
	}
	s := t.System(system)
	under, over := map[string]bool{}, map[string]bool{}
	s.under(a, under)
	s.above(a, over)
	switch {
	case a == b:
		return "equivalent", nil
	case under[b]:
		return "subsumes", nil
	case over[b]:
		return "subsumed-by", nil
	}
	return "not-subsumed", nil
}

// Validation is the answer of $validate-code.
type Validation struct {
	Member  bool   // the code is in the value set or code system
	Known   bool   // Member can be said from what is loaded
	Display string // the system's display, if it is loaded
	// WrongDisplay says that the Coding has a display that the system does not give.
	WrongDisplay bool
}

// ValidateCode tells whether a coding is in a value set, or, if that is empty, in
// its code system, as of $validate-code.
func (t *Store) ValidateCode(valueSet string, c Coding) Validation {
	var v Validation
	concept, err := t.Lookup(c.System, c.Code)
	if valueSet == "" {
		v.Member, v.Known = err == nil, !errors.Is(err, ErrNotLoaded)
	} else if s := t.Set(valueSet); s != nil {
		v.Member, v.Known = s.Contains(c.System, c.Code)
	}
	if concept != nil {
		v.Display = concept.Display
		v.WrongDisplay = c.Display != "" && !concept.Displays(c.Display)
	}
	return v
}

// Displays tells whether a text is the concept's display or one of its
// designations, whatever the case and white space. A concept without a display
// takes any.
func (c *Concept) Displays(text string) bool {
	if c.Display == "" || sameText(c.Display, text) {
		return true
	}
	for _, d := range c.Designations {
		if sameText(d.Value, text) {
			return true
		}
	}
	return false
}

func sameText(a, b string) bool {
	return strings.EqualFold(a, b) || strings.EqualFold(strings.Join(strings.Fields(a), " "), strings.Join(strings.Fields(b), " "))
}

// CheckDisplay tells whether a display is right for a code, and which one is; known
// is false if the code is not loaded. It has the form that the validator asks for.
func (t *Store) CheckDisplay(system, code, display string) (right string, ok, known bool) {
	s := t.System(system)
	if s == nil {
		return "", false, false
	}
	c := s.Concept(code)
	if c == nil {
		return "", false, false
	}
	return c.Display, c.Displays(display), true
}

// ExpandOptions narrow an expansion. Zero values ask for everything.
type ExpandOptions struct {
	Filter        string // words that the display or code must hold
	Offset, Count int    // the page; a Count of 0 gives all
	ActiveOnly    bool
}

// Expansion is the content of a value set.
type Expansion struct {
	Contains []Coding // by system, then in the system's order
	Total    int      // before paging
	Complete bool     // false if the value set draws on what is not loaded
	Open     []string // the systems of which codes are missing
}

// Expand lists a value set, as of ValueSet's $expand. The error is ErrNotLoaded;
// for a value set that draws on systems that are not loaded, see Expansion.Open.
func (t *Store) Expand(valueSet string, o ExpandOptions) (*Expansion, error) {
	s := t.Set(valueSet)
	if s == nil {
		return nil, fmt.Errorf("value set %s: %w", valueSet, ErrNotLoaded)
	}
	displays := map[Coding]string{}
	if vs, ok := t.definitions.Find(valueSet); ok {
		ownDisplays(vs, displays)
	}
	_, complete := s.Size()
	e := &Expansion{Complete: complete}
	for system := range s.open {
		e.Open = append(e.Open, system)
	}
	sort.Strings(e.Open)
	var systems []string
	for system := range s.codes {
		systems = append(systems, system)
	}
	sort.Strings(systems)
	for _, system := range systems {
		e.Contains = append(e.Contains, t.listed(system, s.codes[system], displays, o)...)
	}
	e.Total = len(e.Contains)
	e.Contains = e.Contains[min(max(o.Offset, 0), e.Total):]
	if o.Count > 0 && o.Count < len(e.Contains) {
		e.Contains = e.Contains[:o.Count]
	}
	return e, nil
}

// listed are codes of one system in its order, as far as the options ask for them.
func (t *Store) listed(system string, codes map[string]bool, displays map[Coding]string, o ExpandOptions) []Coding {
	cs := t.System(system)
	concept := func(code string) *Concept {
		if cs == nil {
			return nil
		}
		return cs.concepts[code]
	}
	var list []Coding
	for code := range codes {
		c := Coding{System: system, Code: code}
		c.Display = displays[c]
		if known := concept(code); known != nil {
			if o.ActiveOnly && known.Inactive {
				continue
			}
			if c.Display == "" {
				c.Display = known.Display
			}
		}
		if hasWords(c.Display+" "+code, o.Filter) {
			list = append(list, c)
		}
	}
	sort.Slice(list, func(i, j int) bool {
		a, b := concept(list[i].Code), concept(list[j].Code)
		if a != nil && b != nil && a != b {
			return a.position < b.position
		}
		return list[i].Code < list[j].Code
	})
	return list
}

// ownDisplays are the displays that a value set gives codes itself.
func ownDisplays(vs node.Node, displays map[Coding]string) {
	for include := range vs.Get("compose").Get("include").Items() {
		for c := range include.Get("concept").Items() {
			if d := c.Get("display").Text(); d != "" {
				displays[Coding{System: include.Get("system").Text(), Code: c.Get("code").Text()}] = d
			}
		}
	}
	expandedDisplays(vs.Get("expansion").Get("contains"), displays)
}

func expandedDisplays(contains node.Node, displays map[Coding]string) {
	for c := range contains.Items() {
		displays[Coding{System: c.Get("system").Text(), Code: c.Get("code").Text()}] = c.Get("display").Text()
		expandedDisplays(c.Get("contains"), displays)
	}
}

// hasWords tells whether a text holds all the words of a filter.
func hasWords(text, filter string) bool {
	text = strings.ToLower(text)
	for _, word := range strings.Fields(strings.ToLower(filter)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// Below are a code and all codes that it subsumes, in order. The error is
// ErrNotLoaded, also for a system of which a part is loaded, or ErrUnknownCode.
func (t *Store) Below(system, code string) ([]string, error) {
	return t.related(system, code, (*System).under)
}

// Above are a code and all codes that subsume it; see Below.
func (t *Store) Above(system, code string) ([]string, error) {
	return t.related(system, code, (*System).above)
}

func (t *Store) related(system, code string, collect func(*System, string, map[string]bool)) ([]string, error) {
	s := t.System(system)
	if s == nil || !s.Complete {
		return nil, fmt.Errorf("all of the code system %s: %w", system, ErrNotLoaded)
	}
	c := s.Concept(code)
	if c == nil {
		return nil, fmt.Errorf("the code in %s: %w", system, ErrUnknownCode)
	}
	found := map[string]bool{c.Code: true}
	collect(s, c.Code, found)
	return slices.Sorted(maps.Keys(found)), nil
}
