// SPDX-License-Identifier: Apache-2.0

// Package definitions gives a server the operations that rest on profiles, value
// sets and code systems: $validate, $lookup, $validate-code, $expand and
// $subsumes. The definitions come from FHIR packages and files, and from the
// store's own CodeSystem, ValueSet and StructureDefinition resources, which win.
// What is not loaded is said to be so; it is never guessed.
package definitions

import (
	"context"
	"sync"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/packages"
	"github.com/woodlawn-health/woodlawn/fhir/validate"
	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/store"
	"github.com/woodlawn-health/woodlawn/terminology"
)

// Library is the definitions of a server. It is safe for use by many goroutines.
type Library struct {
	base *view

	mu  sync.Mutex
	seq int64 // of the store's own definitions when own was made
	own *view
}

// view is one state of the definitions.
type view struct {
	index     *packages.Index
	terms     *terminology.Store
	validator *validate.Validator
}

// New makes a library of the definitions of packages and files. The index must
// not be changed afterwards.
func New(index *packages.Index) *Library { return &Library{base: newView(index)} }

func newView(index *packages.Index) *view {
	terms := terminology.NewStore(index)
	return &view{index, terms, &validate.Validator{Definitions: index, MemberOf: terms.MemberOf, Display: terms.CheckDisplay}}
}

// kept are the types of which the store's own resources count.
var kept = []string{"CodeSystem", "ValueSet", "StructureDefinition"}

// view gives the definitions as they are now, with those of the store.
func (l *Library) view(ctx context.Context, s *store.Store) (*view, error) {
	seq, err := s.Latest(ctx, kept...)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if seq == 0 {
		return l.base, nil
	}
	if l.own != nil && l.seq == seq {
		return l.own, nil
	}
	index := packages.NewIndex()
	index.Parent = l.base.index
	for _, typ := range kept {
		for v, err := range s.Each(ctx, typ, nil, time.Time{}, 0, nil) {
			if err != nil {
				return nil, err
			}
			d, err := node.ParseResource(v.JSON())
			if err != nil {
				return nil, err
			}
			index.Add(d.Root())
		}
	}
	l.seq, l.own = seq, newView(index)
	return l.own, nil
}

// seen is the view for a client: with the store's own definitions if it may read
// all of their type, else with those of the packages alone.
func (l *Library) seen(ctx context.Context, c *server.Call) (*view, error) {
	for _, typ := range kept {
		if c.May(server.Read, typ) != nil || c.Access != nil && len(c.Access.Types[typ]) > 0 {
			return l.base, nil
		}
	}
	return l.view(ctx, c.Store)
}

// with adds definitions that came with a request to a view.
func (v *view) with(extra ...node.Node) *view {
	index := packages.NewIndex()
	index.Parent = v.index
	for _, r := range extra {
		index.Add(r)
	}
	return newView(index)
}

// Operations are those of the library.
func (l *Library) Operations() []server.Operation {
	const base = "http://hl7.org/fhir/OperationDefinition/"
	return []server.Operation{
		{Name: "validate", Definition: base + "Resource-validate", Levels: server.OnType | server.OnInstance,
			Parameters: []string{"resource", "mode", "profile"}, Run: l.validate},
		{Name: "lookup", Definition: base + "CodeSystem-lookup", Levels: server.OnType, Types: []string{"CodeSystem"},
			Parameters: []string{"code", "system", "version", "coding", "property"}, Run: l.lookup},
		{Name: "subsumes", Definition: base + "CodeSystem-subsumes", Levels: server.OnType | server.OnInstance, Types: []string{"CodeSystem"},
			Parameters: []string{"codeA", "codeB", "system", "version", "codingA", "codingB"}, Run: l.subsumes},
		{Name: "validate-code", Definition: base + "CodeSystem-validate-code", Levels: server.OnType | server.OnInstance, Types: []string{"CodeSystem"}, Bare: "codeSystem",
			Parameters: []string{"url", "codeSystem", "code", "version", "display", "coding", "codeableConcept"}, Run: l.validateInSystem},
		{Name: "validate-code", Definition: base + "ValueSet-validate-code", Levels: server.OnType | server.OnInstance, Types: []string{"ValueSet"}, Bare: "valueSet",
			Parameters: []string{"url", "context", "valueSet", "valueSetVersion", "code", "system", "systemVersion", "display", "coding", "codeableConcept"}, Run: l.validateInSet},
		{Name: "expand", Definition: base + "ValueSet-expand", Levels: server.OnType | server.OnInstance, Types: []string{"ValueSet"}, Bare: "valueSet",
			Parameters: []string{"url", "context", "valueSet", "valueSetVersion", "filter", "offset", "count", "activeOnly", "includeDesignations", "excludeNested"}, Run: l.expand},
	}
}
