// SPDX-License-Identifier: Apache-2.0

package subscriptions

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/store"
)

type object = map[string]any

const (
	notificationProfile = guide + "StructureDefinition/backport-subscription-notification-r4"
	statusProfile       = guide + "StructureDefinition/backport-subscription-status-r4"
)

func uuid() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// statusOf is the Parameters resource that stands for SubscriptionStatus in R4.
func (e *Engine) statusOf(s *state, kind, content string, list []event) object {
	params := []object{
		{"name": "subscription", "valueReference": object{"reference": s.Spec.Base + "/Subscription/" + s.ID}},
	}
	if content != "empty" || kind == "query-status" { // the guide: not with empty payloads
		params = append(params, object{"name": "topic", "valueCanonical": s.Spec.Topic})
	}
	params = append(params, object{"name": "status", "valueCode": s.Status}, object{"name": "type", "valueCode": kind},
		object{"name": "events-since-subscription-start", "valueString": strconv.FormatInt(s.Events, 10)})
	for _, ev := range list {
		part := []object{
			{"name": "event-number", "valueString": strconv.FormatInt(ev.Number, 10)},
			{"name": "timestamp", "valueInstant": ev.At.UTC().Format(store.TimeFormat)},
		}
		if content != "empty" {
			part = append(part, object{"name": "focus", "valueReference": object{"reference": s.Spec.Base + "/" + ev.Focus}})
		}
		params = append(params, object{"name": "notification-event", "part": part})
	}
	if s.Error != "" {
		params = append(params, object{"name": "error", "valueCodeableConcept": object{"text": s.Error}})
	}
	return object{"resourceType": "Parameters", "id": uuid(), "meta": object{"profile": []string{statusProfile}}, "parameter": params}
}

// notification is the Bundle that a subscriber gets. bodies are the resources by
// their place in the log, for full-resource.
func (e *Engine) notification(s *state, kind string, list []event, bodies map[int64][]byte) []byte {
	content := s.Spec.Content
	if kind == "handshake" || kind == "heartbeat" {
		content = "id-only" // there are no events in them; the topic may be named
		if s.Spec.Content == "empty" {
			content = "empty"
		}
	}
	return e.bundle(s, kind, content, list, bodies)
}

func (e *Engine) bundle(s *state, kind, content string, list []event, bodies map[int64][]byte) []byte {
	status := e.statusOf(s, kind, content, list)
	entries := []object{{
		"fullUrl": "urn:uuid:" + status["id"].(string), "resource": status,
		"request":  object{"method": "GET", "url": s.Spec.Base + "/Subscription/" + s.ID + "/$status"},
		"response": object{"status": "200"},
	}}
	if content != "empty" {
		for _, ev := range list {
			entries = append(entries, entryOf(s, ev, bodies[ev.Seq]))
		}
	}
	b, err := json.Marshal(object{
		"resourceType": "Bundle", "id": uuid(), "meta": object{"profile": []string{notificationProfile}},
		"type": "history", "timestamp": e.now().UTC().Format(time.RFC3339Nano), "entry": entries,
	})
	if err != nil {
		panic(err) // of texts and resources that were read
	}
	return b
}

// entryOf is the entry of an event's resource; without a body it names it only.
func entryOf(s *state, ev event, body []byte) object {
	typ, _, _ := strings.Cut(ev.Focus, "/")
	entry := object{"fullUrl": s.Spec.Base + "/" + ev.Focus}
	switch ev.Method {
	case store.Create:
		entry["request"], entry["response"] = object{"method": "POST", "url": typ}, object{"status": "201"}
	case store.Delete:
		entry["request"], entry["response"] = object{"method": "DELETE", "url": ev.Focus}, object{"status": "204"}
	default:
		entry["request"], entry["response"] = object{"method": "PUT", "url": ev.Focus}, object{"status": "200"}
	}
	if body != nil {
		entry["resource"] = json.RawMessage(body)
	}
	return entry
}
