// SPDX-License-Identifier: Apache-2.0

// Package subscriptions tells subscribers of changes: topic-based subscriptions as
// the Subscriptions R5 Backport guide (1.1.0) has them for R4, over rest-hook.
//
// What happened is read from the store's log of changes, in order, and becomes
// numbered events that are kept beside the resources; an event is gone from the list
// of what is to be sent only when the subscriber has taken it. So none is lost
// by a restart, and one may come twice. docs/architecture.md has the picture.
package subscriptions

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/search"
	"github.com/woodlawn-health/woodlawn/store"
)

// AnyChange is the topic of all changes. A subscription to it names the resource
// types in its filters: Observation?patient=Patient/1.
const AnyChange = "https://github.com/woodlawn-health/woodlawn/SubscriptionTopic/any-change"

// Topic is what subscribers can be told of.
type Topic struct {
	URL      string    `json:"url"` // canonical
	Title    string    `json:"title"`
	Triggers []Trigger `json:"triggers"`
	// Keys are filters of the topic's own, beside the search parameters of its resources,
	// by name.
	Keys map[string]Key `json:"-"`

	named bool // subscriptions must name their types
}

// Trigger is a kind of change that makes an event. One suffices.
type Trigger struct {
	Resource string   `json:"resource"`
	On       []string `json:"on"` // create, update, delete; all if there is none
	// Current and Previous are searches (status=final&category=laboratory) that the
	// resource must meet after, or must have met before, the change.
	Current  string `json:"current"`
	Previous string `json:"previous"`
	// NotPrevious turns Previous round: the resource must not have met it. A resource
	// that was not there has met nothing.
	NotPrevious bool `json:"notPrevious"`

	current, previous []search.Criterion
}

// Key is a filter that a search parameter cannot express. It tells whether an event
// has the value that a subscription asks for.
type Key func(ctx context.Context, s *store.Store, changed *store.Version, value string) (bool, error)

// Methods of changes.
var methods = map[string]int{"create": int(store.Create), "update": int(store.Update), "delete": int(store.Delete)}

// anyChange is the topic of all changes to the types.
func anyChange(types []string) *Topic {
	t := &Topic{URL: AnyChange, Title: "Any change of the resources that the filters name", named: true}
	for _, typ := range types {
		if typ != "Subscription" {
			t.Triggers = append(t.Triggers, Trigger{Resource: typ})
		}
	}
	return t
}

// prepare reads the searches of a topic.
func (t *Topic) prepare() error {
	if u, err := url.Parse(t.URL); err != nil || !u.IsAbs() {
		return fmt.Errorf("the topic %q has no canonical url", t.URL)
	}
	if len(t.Triggers) == 0 {
		return fmt.Errorf("the topic %s has no triggers", t.URL)
	}
	for i := range t.Triggers {
		tr := &t.Triggers[i]
		if !search.IsResource(tr.Resource) {
			return fmt.Errorf("the topic %s: FHIR R4 has no resource type %q", t.URL, tr.Resource)
		}
		for _, on := range tr.On {
			if _, ok := methods[on]; !ok {
				return fmt.Errorf("the topic %s: a trigger is on create, update or delete, not %q", t.URL, on)
			}
		}
		var err error
		if tr.current, err = criteria(tr.Resource, tr.Current, ""); err == nil {
			tr.previous, err = criteria(tr.Resource, tr.Previous, "")
		}
		if err != nil {
			return fmt.Errorf("the topic %s: %w", t.URL, err)
		}
	}
	return nil
}

// criteria reads a search that one resource alone can answer.
func criteria(typ, query, base string) ([]search.Criterion, error) {
	if query == "" {
		return nil, nil
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, fmt.Errorf("the filter of %s cannot be read as a search", typ)
	}
	q, err := search.Parse(typ, values, search.Options{Base: base, Now: time.Now()})
	if err != nil {
		return nil, err
	}
	if len(q.Criteria) == 0 {
		return nil, fmt.Errorf("the filter of %s selects nothing", typ)
	}
	if len(q.Sort)+len(q.Include)+len(q.RevInclude)+len(q.Elements) > 0 || q.Summary != "" {
		return nil, fmt.Errorf("the filter of %s asks for more than a choice of resources", typ)
	}
	for i := range q.Criteria {
		if !q.Criteria[i].Self() {
			return nil, fmt.Errorf("the filter of %s follows references, which filters cannot", typ)
		}
	}
	return q.Criteria, nil
}

// types are the resource types of the topic.
func (t *Topic) types() (list []string) {
	for i := range t.Triggers {
		if !slices.Contains(list, t.Triggers[i].Resource) {
			list = append(list, t.Triggers[i].Resource)
		}
	}
	return list
}

// changed is a change with its search values, made once for all subscriptions.
type changed struct {
	store.Change
	index    search.Index
	previous *store.Version // the version before, if there is one; read when a trigger asks
	before   search.Index
}

// triggered tells whether a change makes an event of the topic.
func (t *Topic) triggered(c *changed) bool {
	for i := range t.Triggers {
		tr := &t.Triggers[i]
		if tr.Resource != c.Type {
			continue
		}
		if len(tr.On) > 0 && !slices.ContainsFunc(tr.On, func(on string) bool { return methods[on] == int(c.Method) }) {
			continue
		}
		if tr.current != nil && (c.Deleted || !c.Version.Meets(&c.index, tr.current)) {
			continue
		}
		if tr.previous != nil && (c.previous != nil && c.previous.Meets(&c.before, tr.previous)) == tr.NotPrevious {
			continue
		}
		return true
	}
	return false
}
