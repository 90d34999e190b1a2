// SPDX-License-Identifier: Apache-2.0

package measure

import "fmt"

// DEQM is the base address of the artifacts of Da Vinci's Data Exchange for Quality
// Measures, version 5.0.
const DEQM = "http://hl7.org/fhir/uv/deqm/"

const (
	deqmProfile   = DEQM + "StructureDefinition/deqm-"
	scoringSystem = "http://terminology.hl7.org/CodeSystem/measure-scoring"
	// R5's element linkId, as an extension of R4's elements.
	linkIDs = "http://hl7.org/fhir/5.0/StructureDefinition/extension-MeasureReport.group."
)

var deqmProfiles = map[string]string{
	"individual": deqmProfile + "individualmeasurereport", "summary": deqmProfile + "summarymeasurereport",
	"subject-list": deqmProfile + "subjectlistmeasurereport",
}

// profile claims the DEQM profile and says the scoring: at the root if all groups have
// the same scoring and direction (deqm-3).
func (rep *reportJSON) profile(m *Measure, kind string) {
	rep.Meta = &metaJSON{Profile: []string{deqmProfiles[kind]}}
	if len(m.Groups) == 0 {
		rep.Extension = append(rep.Extension, scoring(Composite))
	} else if m.uniform() {
		rep.Extension = append(rep.Extension, scoring(m.Groups[0].Scoring))
	} else {
		rep.Improvement = nil
	}
}

// uniform tells whether all groups are scored alike.
func (m *Measure) uniform() bool {
	for _, g := range m.Groups {
		if g.Scoring != m.Groups[0].Scoring || g.Improvement != m.Groups[0].Improvement {
			return false
		}
	}
	return true
}

func scoring(s Scoring) extensionJSON {
	return extensionJSON{URL: deqmProfile + "measureScoring", Concept: &conceptJSON{Coding: []codingJSON{{System: scoringSystem, Code: string(s)}}}}
}

// link names by linkId which group, population and stratifier of the measure each of
// the report's is, and gives groups their scoring where the root does not have it.
func (rep *reportJSON) link(m *Measure) {
	uniform := m.uniform()
	for i := range rep.Group {
		g := &rep.Group[i]
		id := g.ID
		if id == "" {
			id = fmt.Sprintf("group-%d", i+1)
		}
		g.Extension = append(g.Extension, extensionJSON{URL: linkIDs + "linkId", String: id})
		if i < len(m.Groups) && !uniform {
			g.Extension = append(g.Extension, scoring(m.Groups[i].Scoring))
			if n := m.Groups[i].Improvement; n != "" {
				g.Extension = append(g.Extension, extensionJSON{URL: deqmProfile + "groupImprovementNotation",
					Concept: &conceptJSON{Coding: []codingJSON{{System: improvementSystem, Code: n}}}})
			}
		}
		linkPopulations(g.Population, "population.linkId")
		for k := range g.Stratifier {
			s := &g.Stratifier[k]
			id := s.ID
			if id == "" {
				id = fmt.Sprintf("stratifier-%d", k+1)
			}
			s.Extension = append(s.Extension, extensionJSON{URL: linkIDs + "stratifier.linkId", String: id})
			for j := range s.Stratum {
				linkPopulations(s.Stratum[j].Population, "stratifier.stratum.population.linkId")
				for c := range s.Stratum[j].Component {
					s.Stratum[j].Component[c].Extension = []extensionJSON{{URL: linkIDs + "stratifier.stratum.component.linkId", String: fmt.Sprintf("%s-%d", id, c+1)}}
				}
			}
		}
	}
}

func linkPopulations(list []populationJSON, name string) {
	for i := range list {
		id := list[i].ID
		if id == "" {
			id = list[i].Code.Coding[0].Code
		}
		list[i].Extension = append(list[i].Extension, extensionJSON{URL: linkIDs + name, String: id})
	}
}
