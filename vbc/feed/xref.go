// SPDX-License-Identifier: Apache-2.0

package feed

import (
	"cmp"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
)

// Crossref closes the changes of beneficiary identifiers that CCLF9 tells of: every
// identifier that a person ever had leads to the current one.
type Crossref struct {
	current map[string]string
	former  map[string][]string
	keys    int // of current, those that are BENE_IDs
	// Cycles are groups of identifiers that replace each other in a ring; Splits are
	// those in which one identifier was replaced by two. In both the latest change counts.
	Cycles, Splits [][]string
}

// Change is one row of CCLF9.
type Change struct {
	Current, Previous   string
	Effective, Obsolete civil.Date // of the previous identifier
}

// NewCrossref closes a list of changes in any order.
func NewCrossref(changes []Change) *Crossref {
	x := &Crossref{current: map[string]string{}, former: map[string][]string{}}
	parent := map[string]string{}
	var root func(string) string
	root = func(s string) string {
		for parent[s] != "" && parent[s] != s {
			if up := parent[parent[s]]; up != "" {
				parent[s] = up // halve the path
			}
			s = parent[s]
		}
		return s
	}
	for _, c := range changes {
		if c.Current == "" || c.Previous == "" || c.Current == c.Previous {
			continue
		}
		if a, b := root(c.Current), root(c.Previous); a != b {
			parent[b] = a
		}
	}
	groups := map[string][]Change{}
	for _, c := range changes {
		if c.Current != "" && c.Previous != "" && c.Current != c.Previous {
			r := root(c.Current)
			groups[r] = append(groups[r], c)
		}
	}
	for _, g := range groups {
		x.close(g)
	}
	order := func(a, b []string) int { return slices.Compare(a, b) }
	slices.SortFunc(x.Cycles, order)
	slices.SortFunc(x.Splits, order)
	return x
}

// close settles one person's identifiers.
func (x *Crossref) close(changes []Change) {
	replaced := map[string]string{}
	split := false
	var ids []string
	for _, c := range changes {
		ids = append(ids, c.Current, c.Previous)
		if to, ok := replaced[c.Previous]; ok && to != c.Current && !strings.HasPrefix(c.Previous, beneKey) {
			split = true
		}
		replaced[c.Previous] = c.Current
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	var heads []string
	for _, id := range ids {
		if replaced[id] == "" {
			heads = append(heads, id)
		}
	}
	latest := slices.MaxFunc(changes, func(a, b Change) int {
		return cmp.Or(a.Obsolete.Sub(b.Obsolete), a.Effective.Sub(b.Effective), strings.Compare(a.Current, b.Current))
	})
	current := latest.Current
	switch {
	case len(heads) == 0:
		x.Cycles = append(x.Cycles, ids)
	case len(heads) == 1:
		current = heads[0]
	case !slices.Contains(heads, current):
		current = heads[len(heads)-1]
	}
	if split {
		x.Splits = append(x.Splits, ids)
	}
	for _, id := range ids {
		if id == current {
			continue
		}
		x.current[id] = current
		if strings.HasPrefix(id, beneKey) {
			x.keys++ // a number of CMS's own, no identifier of the person
		} else {
			x.former[current] = append(x.former[current], id)
		}
	}
}

// Current is the identifier in use for a person known by id.
func (x *Crossref) Current(id string) string {
	if c, ok := x.current[id]; ok {
		return c
	}
	return id
}

// currentOf is Current without making a string of an identifier that never changed.
func (x *Crossref) currentOf(id []byte) []byte {
	if c, ok := x.current[string(id)]; ok {
		return []byte(c)
	}
	return id
}

// Former are the earlier identifiers behind a current one, sorted.
func (x *Crossref) Former(current string) []string { return x.former[current] }

// Len counts the identifiers that were replaced.
func (x *Crossref) Len() int { return len(x.current) - x.keys }
