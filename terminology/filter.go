// SPDX-License-Identifier: Apache-2.0

package terminology

import (
	"regexp"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// filter gives the codes of a system that meet one filter of a value set; known is
// false for a filter that the system's definition does not answer.
func (s *System) filter(f node.Node) (met map[string]bool, known bool) {
	property, op, value := f.Get("property").Text(), f.Get("op").Text(), f.Get("value").Text()
	switch op {
	case "is-a", "descendent-of", "is-not-a", "generalizes":
		if property != "concept" && property != "code" {
			return nil, false
		}
		return s.byHierarchy(op, value), true
	}
	test, ok := comparison(op, value)
	if !ok || !s.knows(property) {
		return nil, false
	}
	met = map[string]bool{}
	for _, code := range s.codes {
		if test(s.concepts[code].values(property)) {
			met[code] = true
		}
	}
	return met, true
}

func (s *System) byHierarchy(op, value string) map[string]bool {
	found := map[string]bool{}
	if op == "generalizes" {
		s.above(value, found)
	} else {
		s.under(value, found)
	}
	if op != "descendent-of" {
		found[value] = true
	}
	if op != "is-not-a" {
		return found
	}
	rest := map[string]bool{}
	for _, code := range s.codes {
		if !found[code] {
			rest[code] = true
		}
	}
	return rest
}

// knows tells whether the concepts' values of a property are defined here: the
// system declares it, or FHIR does for every system.
func (s *System) knows(property string) bool {
	switch property {
	case "concept", "code", "display", "definition", "parent", "child", "inactive", "notSelectable":
		return property != "child"
	}
	return s.declared[property]
}

// values are a concept's values of a property.
func (c *Concept) values(property string) []string {
	var values []string
	switch property {
	case "concept", "code":
		return []string{c.Code}
	case "display":
		return []string{c.Display}
	case "definition":
		return []string{c.Definition}
	case "parent":
		return c.Parents
	case "inactive":
		return []string{truth(c.Inactive)}
	case "notSelectable":
		return []string{truth(c.Abstract)}
	}
	for _, p := range c.Properties {
		if p.Code == property {
			values = append(values, p.Value)
		}
	}
	return values
}

func truth(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// comparison is the test that an operator makes of a property's values.
func comparison(op, value string) (test func([]string) bool, ok bool) {
	anyOf := func(match func(string) bool) func([]string) bool {
		return func(values []string) bool {
			for _, v := range values {
				if match(v) {
					return true
				}
			}
			return false
		}
	}
	switch op {
	case "=":
		return anyOf(func(v string) bool { return v == value }), true
	case "in", "not-in":
		listed := map[string]bool{}
		for _, v := range strings.Split(value, ",") {
			listed[strings.TrimSpace(v)] = true
		}
		in := anyOf(func(v string) bool { return listed[v] })
		if op == "in" {
			return in, true
		}
		return func(values []string) bool { return !in(values) }, true
	case "exists":
		want := value == "true"
		return func(values []string) bool { return anyOf(func(v string) bool { return v != "" })(values) == want }, want || value == "false"
	case "regex":
		re, err := regexp.Compile("^(?:" + value + ")$")
		if err != nil {
			return nil, false
		}
		return anyOf(re.MatchString), true
	}
	return nil, false
}
