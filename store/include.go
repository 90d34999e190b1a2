// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/search"
)

// Limits of what a page includes.
const (
	maxIncluded = 2000
	maxRounds   = 8 // of :iterate
)

// include adds what the matches refer to and what refers to them.
func (s *Store) include(ctx context.Context, q *search.Query, access *Access, page *Page) error {
	seen := map[int64]bool{}
	for _, v := range page.Matches {
		seen[search.ResourceKey(v.Type, v.ID)] = true
	}
	from := page.Matches
	for round := 0; len(from) > 0; round++ {
		if round == maxRounds {
			page.Cut = true
			return nil
		}
		wanted := map[string][]int64{}
		for _, inc := range q.Include {
			if round == 0 || inc.Iterate {
				if err := forward(inc, from, seen, wanted); err != nil {
					return err
				}
			}
		}
		found, err := s.readMany(ctx, access, wanted)
		if err != nil {
			return err
		}
		for _, inc := range q.RevInclude {
			if round > 0 && !inc.Iterate {
				continue
			}
			more, err := s.backward(ctx, inc, from, access)
			if err != nil {
				return err
			}
			for _, v := range more {
				if key := search.ResourceKey(v.Type, v.ID); !seen[key] {
					seen[key] = true
					found = append(found, v)
				}
			}
		}
		if room := maxIncluded - len(page.Included); len(found) > room {
			page.Included, page.Cut = append(page.Included, found[:room]...), true
			return nil
		}
		page.Included = append(page.Included, found...)
		from = found
	}
	slices.SortStableFunc(page.Included, func(a, b *Version) int { return strings.Compare(a.Type+"/"+a.ID, b.Type+"/"+b.ID) })
	return nil
}

// forward collects the keys of what resources refer to.
func forward(inc search.Include, from []*Version, seen map[int64]bool, wanted map[string][]int64) error {
	for _, v := range from {
		if inc.Source != "*" && inc.Source != v.Type {
			continue
		}
		d, err := node.ParseResource(v.JSON())
		if err != nil {
			return err
		}
		for _, p := range search.For(v.Type).Params() {
			if p.Type != "reference" || inc.Param != nil && p != inc.Param {
				continue
			}
			for _, ref := range p.References(d) {
				typ, id := search.LocalReference(ref)
				if typ == "" || inc.Target != "" && inc.Target != typ {
					continue
				}
				if key := search.ResourceKey(typ, id); !seen[key] {
					seen[key] = true
					wanted[typ] = append(wanted[typ], key)
				}
			}
		}
		d.Release()
	}
	return nil
}

// backward finds the resources that refer to those of from.
func (s *Store) backward(ctx context.Context, inc search.Include, from []*Version, access *Access) ([]*Version, error) {
	if !access.Allows(inc.Source) {
		return nil, nil
	}
	var params []int64
	for _, p := range search.For(inc.Source).Params() {
		if p.Type == "reference" && (inc.Param == nil || p == inc.Param) {
			params = append(params, p.Key)
		}
	}
	var targets []int64
	for _, v := range from {
		if inc.Target == "" || inc.Target == v.Type {
			targets = append(targets, search.ResourceKey(v.Type, v.ID))
		}
	}
	var found []*Version
	const atOnce = 100
	for len(targets) > 0 && len(params) > 0 && len(found) <= maxIncluded {
		some := targets[:min(atOnce, len(targets))]
		targets = targets[len(some):]
		b := newBuilder(s, access)
		b.add("SELECT " + versionColumns + " FROM res r JOIN change_log l ON l.shard = r.shard AND l.seq = r.seq WHERE r.shard IN (" + s.anyOf + ") AND r.type = ? AND r.deleted = 0 AND r.rid IN (SELECT x.rid FROM ix_ref x WHERE x.shard IN (" + s.anyOf + ") AND x.sp IN (")
		b.args = append(b.args, inc.Source)
		b.list(params, len(params))
		b.add(") AND x.target IN (")
		b.list(some, atOnce)
		b.add("))")
		b.permitted(inc.Source)
		b.add(" ORDER BY r.rid LIMIT ?", maxIncluded+1)
		versions, err := s.versions(ctx, b)
		if err != nil {
			return nil, err
		}
		found = append(found, versions...)
	}
	return found, nil
}

// Referenced gives the resources that others refer to, directly, of types that
// belong to no patient: who and where stands in a patient's records.
func (s *Store) Referenced(ctx context.Context, from []*Version, access *Access) ([]*Version, error) {
	wanted := map[string][]int64{}
	if err := forward(search.Include{Source: "*"}, from, map[int64]bool{}, wanted); err != nil {
		return nil, err
	}
	for typ := range wanted {
		if search.For(typ).InPatientCompartment() {
			delete(wanted, typ)
		}
	}
	return s.readMany(ctx, access, wanted)
}
