// SPDX-License-Identifier: Apache-2.0

package subscriptions

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/woodlawn-health/woodlawn/server"
)

// Operations are $status and $events.
func (e *Engine) Operations() []server.Operation {
	return []server.Operation{
		{Name: "status", Definition: guide + "OperationDefinition/backport-subscription-status", Levels: server.OnType | server.OnInstance, Types: []string{"Subscription"},
			Needs: server.Read, Parameters: []string{"id", "status"}, Run: e.statusOperation},
		{Name: "events", Definition: guide + "OperationDefinition/backport-subscription-events", Levels: server.OnInstance, Types: []string{"Subscription"},
			Needs: server.Read, Parameters: []string{"eventsSinceNumber", "eventsUntilNumber", "content"}, Run: e.eventsOperation},
	}
}

// Capability adds the guide's profile and the topics to the entry of Subscription in a
// CapabilityStatement.
func (e *Engine) Capability(typ string, resource map[string]any) {
	if typ != "Subscription" {
		return
	}
	profiles, _ := resource["supportedProfile"].([]string)
	resource["supportedProfile"] = append(profiles, guide+"StructureDefinition/backport-subscription")
	var topics []string
	for url := range e.topics {
		topics = append(topics, url)
	}
	slices.Sort(topics)
	extensions, _ := resource["extension"].([]object)
	for _, url := range topics {
		extensions = append(extensions, object{"url": guide + "StructureDefinition/capabilitystatement-subscriptiontopic-canonical", "valueCanonical": url})
	}
	resource["extension"] = extensions
}

// stateFor is the state of a subscription that the client may read.
func (e *Engine) stateFor(ctx context.Context, c *server.Call, id string) (*state, error) {
	v, err := c.Read(ctx, "Subscription", id)
	if err != nil {
		return nil, err
	}
	b, err := c.Store.Memo(ctx, statePrefix+v.ID)
	if err != nil {
		return nil, err
	}
	if b == nil {
		return nil, server.Failure(http.StatusUnprocessableEntity, "business-rule", "the Subscription is not served: it was not written through this server")
	}
	s := &state{}
	return s, json.Unmarshal(b, s)
}

// statusOperation is $status, of one subscription or of those that are asked for.
func (e *Engine) statusOperation(ctx context.Context, c *server.Call) (*server.Result, error) {
	ids := c.Texts("id")
	if c.ID != "" {
		ids = []string{c.ID}
	}
	var states []*state
	if len(ids) == 0 {
		for v, err := range c.Store.Each(ctx, "Subscription", nil, time.Time{}, 0, c.Access) {
			if err != nil {
				return nil, err
			}
			ids = append(ids, v.ID)
		}
		for _, id := range ids { // those that are not served have no status
			if s, err := e.stateFor(ctx, c, id); err == nil {
				states = append(states, s)
			}
		}
	} else {
		for _, id := range ids {
			s, err := e.stateFor(ctx, c, id)
			if err != nil {
				return nil, err
			}
			states = append(states, s)
		}
	}
	entries := []object{}
	for _, s := range states {
		if wanted := c.Texts("status"); c.ID == "" && len(wanted) > 0 && !slices.Contains(wanted, s.Status) {
			continue
		}
		status := e.statusOf(s, "query-status", s.Spec.Content, nil)
		entries = append(entries, object{"fullUrl": "urn:uuid:" + status["id"].(string), "resource": status, "search": object{"mode": "match"}})
	}
	bundle := object{"resourceType": "Bundle", "type": "searchset", "total": len(entries), "timestamp": e.now().UTC().Format(time.RFC3339Nano)}
	if len(entries) > 0 {
		bundle["entry"] = entries
	}
	b, err := json.Marshal(bundle)
	return &server.Result{Body: b}, err
}

// eventsOperation is $events: events of the past once more, for whoever missed them.
func (e *Engine) eventsOperation(ctx context.Context, c *server.Call) (*server.Result, error) {
	s, err := e.stateFor(ctx, c, c.ID)
	if err != nil {
		return nil, err
	}
	if !owns(c.Client, c.Access, s) { // it holds what its subscriber may see
		return nil, server.Failure(http.StatusForbidden, "forbidden", "events are for the client that subscribed")
	}
	from, to := s.First, s.Events
	for name, n := range map[string]*int64{"eventsSinceNumber": &from, "eventsUntilNumber": &to} {
		if text := c.Text(name); text != "" {
			if *n, err = strconv.ParseInt(text, 10, 64); err != nil || *n < 0 {
				return nil, server.Failure(http.StatusBadRequest, "invalid", "the parameter %s is the number of an event", name)
			}
		}
	}
	content := s.Spec.Content
	if want := c.Text("content"); want != "" {
		order := []string{"empty", "id-only", "full-resource"}
		at := slices.Index(order, want)
		if at < 0 {
			return nil, server.Failure(http.StatusBadRequest, "invalid", "content is empty, id-only or full-resource")
		}
		content = order[min(at, slices.Index(order, content))] // never more than was subscribed to
	}
	list, err := e.events(ctx, s.ID, from, min(to, s.Events), maxInOne)
	if err != nil {
		return nil, err
	}
	bodies, err := e.bodies(ctx, content, list)
	if err != nil {
		return nil, err
	}
	for _, ev := range list {
		if v, err := c.Store.ChangeAt(ctx, ev.Seq); err == nil {
			c.Shows(v)
		}
	}
	return &server.Result{Body: e.bundle(s, "query-event", content, list, bodies)}, nil
}
