// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/schema"
)

const (
	expectationURL = "http://hl7.org/fhir/StructureDefinition/capabilitystatement-expectation"
	combinationURL = "http://hl7.org/fhir/StructureDefinition/capabilitystatement-search-parameter-combination"
)

// guide reads a guide's CapabilityStatement for servers.
func (b *builder) guide(r node.Node) schema.Guide {
	g := schema.Guide{
		ID:      strings.ReplaceAll(guideName(b.pkg.Name), ".", "-") + "-" + b.pkg.Version,
		Package: b.pkg.ID(),
		URL:     r.Get("url").Text(),
		Version: r.Get("version").Text(),
	}
	for res := range r.Get("rest").At(0).Get("resource").Items() {
		v := schema.GuideResource{Type: res.Get("type").Text()}
		for p := range res.Get("supportedProfile").Items() {
			url, _, _ := strings.Cut(p.Text(), "|")
			v.Profiles = append(v.Profiles, url)
		}
		for p := range res.Get("searchParam").Items() {
			definition, _, _ := strings.Cut(p.Get("definition").Text(), "|")
			v.Params = append(v.Params, schema.GuideParam{Code: p.Get("name").Text(), Definition: definition})
		}
		for e := range res.Get("extension").Items() {
			if !e.Get("url").Is(combinationURL) {
				continue
			}
			m := schema.Combination{Expectation: e.Extension(expectationURL).Get("valueCode").Text()}
			for part := range e.Get("extension").Items() {
				if part.Get("url").Is("required") {
					m.Required = append(m.Required, part.Get("valueString").Text())
				}
			}
			v.Combined = append(v.Combined, m)
		}
		v.Includes = includes(res.Get("searchInclude"), v.Type)
		v.RevIncludes = includes(res.Get("searchRevInclude"), v.Type)
		g.Resources = append(g.Resources, v)
	}
	return g
}

// includes reads a list of includes; a guide that leaves the type away means its own.
func includes(list node.Node, resource string) (all []string) {
	for i := range list.Items() {
		text := i.Text()
		if !strings.Contains(text, ":") {
			text = resource + ":" + text
		}
		all = append(all, text)
	}
	return all
}

// guideName is what people call a guide: carin-bb for hl7.fhir.us.carin-bb.
func guideName(pkg string) string {
	switch name := strings.TrimPrefix(pkg, "hl7.fhir.us."); name {
	case "core":
		return "us-core"
	case "davinci-pdex-plan-net":
		return "plan-net"
	default:
		return strings.TrimPrefix(name, "davinci-")
	}
}
