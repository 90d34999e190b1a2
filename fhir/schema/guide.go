// SPDX-License-Identifier: Apache-2.0

package schema

// Guide is what an implementation guide asks of a server, from the guide's own
// CapabilityStatement.
type Guide struct {
	ID        string // us-core-6.1.0
	Package   string // hl7.fhir.us.core#6.1.0
	URL       string // canonical URL of the CapabilityStatement, without version
	Version   string // 6.1.0
	Resources []GuideResource
}

// GuideResource is what a guide asks for one resource type.
type GuideResource struct {
	Type        string
	Profiles    []string // canonical URLs, without version
	Params      []GuideParam
	Combined    []Combination
	Includes    []string // as the guide writes them: PractitionerRole:practitioner
	RevIncludes []string
}

// GuideParam is a search parameter as a guide names it.
type GuideParam struct {
	Code       string
	Definition string // canonical URL
}

// Combination is a set of parameters that clients may use together.
type Combination struct {
	Expectation string // SHALL, SHOULD, MAY
	Required    []string
}

// Guide is the guide of that id, or nil.
func (s *Schema) Guide(id string) *Guide {
	for i := range s.Guides {
		if s.Guides[i].ID == id {
			return &s.Guides[i]
		}
	}
	return nil
}

// Resource is what the guide asks for a type, or nil.
func (g *Guide) Resource(resourceType string) *GuideResource {
	for i := range g.Resources {
		if g.Resources[i].Type == resourceType {
			return &g.Resources[i]
		}
	}
	return nil
}

func (c *coder) guide(g *Guide) {
	c.text(&g.ID)
	c.text(&g.Package)
	c.text(&g.URL)
	c.text(&g.Version)
	list(c, &g.Resources, func(c *coder, r *GuideResource) {
		c.text(&r.Type)
		c.texts(&r.Profiles)
		list(c, &r.Params, func(c *coder, p *GuideParam) {
			c.text(&p.Code)
			c.text(&p.Definition)
		})
		list(c, &r.Combined, func(c *coder, m *Combination) {
			c.text(&m.Expectation)
			c.texts(&m.Required)
		})
		c.texts(&r.Includes)
		c.texts(&r.RevIncludes)
	})
}
