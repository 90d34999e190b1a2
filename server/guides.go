// SPDX-License-Identifier: Apache-2.0

package server

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/schema"
	"github.com/woodlawn-health/woodlawn/fhir/search"
)

// guidesOf finds the guides by their ids.
func guidesOf(ids []string) (guides []*schema.Guide, err error) {
	for _, id := range ids {
		g := schema.R4().Guide(id)
		if g == nil {
			var known []string
			for _, k := range schema.R4().Guides {
				known = append(known, k.ID)
			}
			return nil, fmt.Errorf("there is no guide %q; the program knows %s", id, strings.Join(known, ", "))
		}
		if !slices.Contains(guides, g) {
			guides = append(guides, g)
		}
	}
	return guides, nil
}

// instantiates names the CapabilityStatements that this server follows: each as
// clients look for it, and with the version that is meant.
func (s *Server) instantiates() (list []string) {
	for _, g := range s.guides {
		if !slices.Contains(list, g.URL) {
			list = append(list, g.URL)
		}
		list = append(list, g.URL+"|"+g.Version)
	}
	if s.bulk != nil {
		list = append(list, "http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data")
	}
	return list
}

// profiles are those that the guides name for a type.
func (s *Server) profiles(resourceType string) (urls []string) {
	for _, g := range s.guides {
		if r := g.Resource(resourceType); r != nil {
			for _, p := range r.Profiles {
				if !slices.Contains(urls, p) {
					urls = append(urls, p)
				}
			}
		}
	}
	return urls
}

// definition is the SearchParameter that says what a parameter means: that of the
// first guide which has one of its own, or FHIR's.
func (s *Server) definition(p *search.Param) string {
	for _, g := range s.guides {
		if r := g.Resource(p.Resource); r != nil {
			for _, gp := range r.Params {
				if gp.Code == p.Code && gp.Definition != "" {
					return gp.Definition
				}
			}
		}
	}
	return p.URL
}

// guideIncludes are the includes of a type that the guides name beside those that
// are listed: a reference with the type of its target.
func (s *Server) guideIncludes(resourceType string, listed []string) (more []string) {
	for _, g := range s.guides {
		r := g.Resource(resourceType)
		if r == nil {
			continue
		}
		for _, inc := range r.Includes {
			if slices.Contains(listed, inc) || slices.Contains(more, inc) {
				continue
			}
			if _, err := search.Parse(resourceType, url.Values{"_include": {inc}}, search.Options{}); err == nil {
				more = append(more, inc)
			}
		}
	}
	return more
}

// combinations are the sets of parameters that the guides want answered together,
// as extensions of the type's entry.
func (s *Server) combinations(types *search.Types) (list []object) {
	const base = "http://hl7.org/fhir/StructureDefinition/capabilitystatement-"
	said := map[string]bool{}
	for _, g := range s.guides {
		r := g.Resource(types.Resource)
		if r == nil {
			continue
		}
		for _, m := range r.Combined {
			key := strings.Join(slices.Sorted(slices.Values(m.Required)), "+")
			if said[key] || slices.ContainsFunc(m.Required, func(code string) bool { return types.Param(code) == nil }) {
				continue
			}
			said[key] = true
			parts := []object{{"url": base + "expectation", "valueCode": m.Expectation}}
			for _, code := range m.Required {
				parts = append(parts, object{"url": "required", "valueString": code})
			}
			list = append(list, object{"url": base + "search-parameter-combination", "extension": parts})
		}
	}
	return list
}
