// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"encoding/base64"
	"regexp"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// definition finds a definition of a resource type by its canonical URL.
func (r *run) definition(url, resourceType string) (node.Node, bool) {
	if r.validator.Definitions == nil || url == "" {
		return node.Node{}, false
	}
	n, ok := r.validator.Definitions.Find(url)
	return n, ok && n.ResourceType() == resourceType
}

// measureReport checks a MeasureReport against its Measure, if that is loaded:
// each group, population and stratifier that has a code must be one of the
// Measure's, and a data-collection or summary group must not invent any
// (R4, measurereport.html, boundaries and relationships).
func (r *run) measureReport(n node.Node) {
	m, ok := r.definition(n.Get("measure").Text(), "Measure")
	if !ok {
		return
	}
	only := m.Get("group").Len() == 1
	for group := range n.Get("group").Items() {
		defined, ok := withCode(m.Get("group"), group.Get("code"))
		switch {
		case only && !group.Get("code").Exists():
			defined = m.Get("group").At(0)
		case !ok && !group.Get("code").Exists():
			continue // several groups and no code: which one is meant cannot be told
		case !ok:
			r.add(Error, "invalid", group, "MeasureReport.group", "", "the Measure has no group with this code")
			continue
		}
		for p := range group.Get("population").Items() {
			if _, ok := withCode(defined.Get("population"), p.Get("code")); !ok && p.Get("code").Exists() {
				r.add(Error, "invalid", p, "MeasureReport.group.population", "", "the Measure's group has no population with this code")
			}
		}
		for s := range group.Get("stratifier").Items() {
			if _, ok := withCode(defined.Get("stratifier"), s.Get("code").At(0)); !ok && s.Get("code").Exists() {
				r.add(Error, "invalid", s, "MeasureReport.group.stratifier", "", "the Measure's group has no stratifier with this code")
			}
		}
	}
}

// withCode is the part of a Measure whose code is the one given: that shares a
// coding with it, or its text if there are none.
func withCode(parts, code node.Node) (node.Node, bool) {
	for part := range parts.Items() {
		own := part.Get("code")
		if !code.Get("coding").Exists() || !own.Get("coding").Exists() {
			if text := code.Get("text").Text(); text != "" && own.Get("text").Is(text) {
				return part, true
			}
			continue
		}
		for a := range code.Get("coding").Items() {
			for b := range own.Get("coding").Items() {
				if a.Get("code").Is(b.Get("code").Text()) && a.Get("system").Text() == b.Get("system").Text() {
					return part, true
				}
			}
		}
	}
	return node.Node{}, false
}

// measure checks that the CQL expressions of a Measure are defined in its
// libraries, as far as these are loaded with their CQL.
func (r *run) measure(n node.Node) {
	defined := map[string]map[string]bool{} // by library name
	for url := range n.Get("library").Items() {
		if lib, ok := r.definition(url.Text(), "Library"); ok {
			if names := cqlNames(lib); names != nil {
				defined[lib.Get("name").Text()] = names
			}
		}
	}
	if len(defined) == 0 {
		return
	}
	check := func(criteria node.Node) {
		if l := criteria.Get("language").Text(); l != "text/cql" && l != "text/cql-identifier" {
			return
		}
		expression := criteria.Get("expression").Text()
		library, name, qualified := strings.Cut(expression, ".")
		if names := defined[strings.Trim(library, `"`)]; qualified && names != nil && cqlName.MatchString(name) && !names[strings.Trim(name, `"`)] {
			r.add(Error, "not-found", criteria, "Measure.criteria", "", "the library %s does not define %s", quoteName(library), quoteName(name))
		}
	}
	for group := range n.Get("group").Items() {
		for p := range group.Get("population").Items() {
			check(p.Get("criteria"))
		}
		for s := range group.Get("stratifier").Items() {
			check(s.Get("criteria"))
			for c := range s.Get("component").Items() {
				check(c.Get("criteria"))
			}
		}
	}
	for s := range n.Get("supplementalData").Items() {
		check(s.Get("criteria"))
	}
}

var (
	cqlName   = regexp.MustCompile(`^(?:"[^"]+"|[A-Za-z_][A-Za-z0-9_]*)$`)
	cqlDefine = regexp.MustCompile(`(?m)^\s*define\s+(?:(?:public|private)\s+)?(?:fluent\s+)?(?:function\s+)?(?:"([^"]+)"|([A-Za-z_][A-Za-z0-9_]*))`)
)

// cqlNames are what the CQL of a Library defines, nil if it holds no CQL.
func cqlNames(lib node.Node) map[string]bool {
	for content := range lib.Get("content").Items() {
		if !content.Get("contentType").Is("text/cql") {
			continue
		}
		source, err := base64.StdEncoding.DecodeString(content.Get("data").Text())
		if err != nil || len(source) == 0 {
			continue
		}
		names := map[string]bool{}
		for _, m := range cqlDefine.FindAllStringSubmatch(string(source), -1) {
			names[m[1]+m[2]] = true
		}
		return names
	}
	return nil
}
