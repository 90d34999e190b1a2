// SPDX-License-Identifier: Apache-2.0

// Package element puts FHIR resources together that are made of a payer's own
// tables: values without content are left out, as FHIR knows no empty ones.
package element

import (
	"encoding/json"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
)

// Object is an element with its children.
type Object map[string]any

// Set adds a child unless it is empty: no text, no items, no children.
func (o Object) Set(name string, v any) Object {
	switch x := v.(type) {
	case nil:
		return o
	case string:
		if x == "" {
			return o
		}
	case []string:
		if len(x) == 0 {
			return o
		}
	case []Object:
		if len(x) == 0 {
			return o
		}
	case Object:
		if len(x) == 0 {
			return o
		}
	}
	o[name] = v
	return o
}

// Add appends a child to a list, unless it is empty.
func (o Object) Add(name string, v Object) Object {
	if len(v) > 0 {
		list, _ := o[name].([]Object)
		o[name] = append(list, v)
	}
	return o
}

// Extend adds an extension with a value: valueCode, valueReference and so on. An
// empty value adds nothing.
func (o Object) Extend(url, name string, v any) Object {
	e := Object{}.Set(name, v)
	if len(e) == 0 {
		return o
	}
	return o.Add("extension", e.Set("url", url))
}

// ExtendBy adds an extension made of extensions, if it has any.
func (o Object) ExtendBy(url string, inner Object) Object {
	if len(inner) == 0 {
		return o
	}
	return o.Add("extension", inner.Set("url", url))
}

// Coding is a code of a system.
func Coding(system, code string) Object {
	if code == "" {
		return nil
	}
	return Object{"code": code}.Set("system", system)
}

// Concept is a CodeableConcept of one code.
func Concept(system, code string) Object {
	return Object{}.Add("coding", Coding(system, code))
}

// Concepts are CodeableConcepts of one code each.
func Concepts(system string, codes []string) (list []Object) {
	for _, c := range codes {
		list = append(list, Concept(system, c))
	}
	return list
}

// Reference points to a resource of the same server; nothing for no id.
func Reference(resourceType, id string) Object {
	if id == "" {
		return nil
	}
	return Object{"reference": resourceType + "/" + id}
}

// References point to resources of one type.
func References(resourceType string, ids []string) (list []Object) {
	for _, id := range ids {
		list = append(list, Reference(resourceType, id))
	}
	return list
}

// Period has a beginning, an end or both.
func Period(start, end civil.Date) Object {
	o := Object{}
	if !start.IsZero() {
		o["start"] = start.String()
	}
	if !end.IsZero() {
		o["end"] = end.String()
	}
	return o
}

// Resource is the JSON of a resource on one line. lastUpdated is an instant.
func Resource(resourceType, id, lastUpdated, profile string, o Object) ([]byte, error) {
	head, err := json.Marshal(struct {
		Type string `json:"resourceType"`
		ID   string `json:"id"`
		Meta struct {
			LastUpdated string   `json:"lastUpdated,omitempty"`
			Profile     []string `json:"profile"`
		} `json:"meta"`
	}{resourceType, id, struct {
		LastUpdated string   `json:"lastUpdated,omitempty"`
		Profile     []string `json:"profile"`
	}{lastUpdated, []string{profile}}})
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(o); err != nil {
		return nil, err
	}
	if len(o) == 0 {
		return head, nil
	}
	rest := strings.TrimSuffix(b.String(), "\n")
	return append(append(head[:len(head)-1], ','), rest[1:]...), nil
}
