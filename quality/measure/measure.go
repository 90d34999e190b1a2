// SPDX-License-Identifier: Apache-2.0

// Package measure computes FHIR quality measures: it loads a measure's bundle,
// evaluates its populations for patients, and writes MeasureReports.
//
//	engine := measure.NewEngine(measure.Options{})
//	measures, err := engine.Load(bundleJSON)
//	result := engine.Evaluate(patient, measures, period)
package measure

import (
	"fmt"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/quality/elm"
)

// Scoring is how a group's populations make a score.
type Scoring string

// The scorings of FHIR's measure-scoring.
const (
	Proportion Scoring = "proportion"
	Ratio      Scoring = "ratio"
	Continuous Scoring = "continuous-variable"
	Cohort     Scoring = "cohort"
	Composite  Scoring = "composite"
)

// Role is a population's part in a group, as FHIR's measure-population names it.
type Role string

// The roles.
const (
	InitialPopulation    Role = "initial-population"
	Denominator          Role = "denominator"
	DenominatorExclusion Role = "denominator-exclusion"
	DenominatorException Role = "denominator-exception"
	Numerator            Role = "numerator"
	NumeratorExclusion   Role = "numerator-exclusion"
	Population           Role = "measure-population"
	PopulationExclusion  Role = "measure-population-exclusion"
	Observation          Role = "measure-observation"
)

// Measure is a measure that is ready to be evaluated.
type Measure struct {
	ID, URL, Version, Name, Title string
	Identifiers                   []string // system|value
	// IDs are its identifiers by type: short-name, version-specific, version-independent,
	// publisher. UUIDs are without urn:uuid:.
	IDs              map[string]string
	Programs, Topics []string // codes of useContext (program) and topic
	Improvement      string   // increase or decrease; may be empty
	// Start and End are the measure's effective period; may be empty.
	Start, End   string
	Groups       []*Group
	Supplemental []Supplement

	// Components are the measures of a composite, and CompositeMethod how their scores
	// make one: opportunity, all-or-nothing, linear or weighted.
	Components      []Component
	CompositeMethod string

	unit   *elm.Unit
	traced func() (*elm.Unit, error) // the library in the engine's traced program
}

// Component is a measure within a composite, or one of its groups.
type Component struct {
	URL    string
	Group  string // id of the group; empty for the first
	Weight string // decimal, empty for equal weights
}

// Group is a group of populations with a score of its own.
type Group struct {
	ID, Code    string
	Scoring     Scoring
	Basis       string // boolean, or the resource type that is counted
	Improvement string
	Populations []*Criterion
	Stratifiers []Stratifier
}

// Criterion is one population of a group.
type Criterion struct {
	ID, Display string
	Role        Role
	Expression  string
	// Of is the id of the population that an observation observes, or the initial
	// population that a ratio's denominator or numerator starts from.
	Of string
	// Aggregate is how observations make a score: Sum, Average, Count, Median, ...
	Aggregate string
}

// Stratifier divides a group's report by the value of an expression.
type Stratifier struct {
	ID, Code, Text, Expression string
	AppliesTo                  []Role // empty: all
	Components                 []Stratifier
}

// Supplement is supplemental data or a risk adjustment variable.
type Supplement struct {
	ID, Expression, Usage string // usage: supplemental-data, risk-adjustment-factor
}

// The addresses of the quality measure guide's extensions: of the guide for the
// United States, and of the universal one that follows it.
const (
	cqfm = "http://hl7.org/fhir/us/cqfmeasures/StructureDefinition/cqfm-"
	cqm  = "http://hl7.org/fhir/uv/cqm/StructureDefinition/cqm-"
)

// extension is the text of one of the quality measure guide's extensions.
func extension(n node.Node, name string) string {
	x := n.Extension(cqfm + name)
	if !x.Exists() {
		x = n.Extension(cqm + name)
	}
	v, typ := x.Choice("value")
	if typ == "CodeableConcept" {
		return code(v)
	}
	return v.Text()
}

// appendCodes lists a concept by system|code, by code, and by its text.
func appendCodes(list []string, concept node.Node) []string {
	for c := range concept.Get("coding").Items() {
		list = append(list, c.Get("system").Text()+"|"+c.Get("code").Text(), c.Get("code").Text())
	}
	if text := concept.Get("text"); text.Exists() {
		list = append(list, text.Text())
	}
	return list
}

func code(concept node.Node) string { return concept.Get("coding").At(0).Get("code").Text() }

// parseMeasure reads a Measure resource.
func parseMeasure(n node.Node) (*Measure, error) {
	m := &Measure{
		ID: n.ID(), URL: n.Get("url").Text(), Version: n.Get("version").Text(),
		Name: n.Get("name").Text(), Title: n.Get("title").Text(), Improvement: code(n.Get("improvementNotation")),
	}
	m.IDs = map[string]string{}
	for i := range n.Get("identifier").Items() {
		m.Identifiers = append(m.Identifiers, i.Get("system").Text()+"|"+i.Get("value").Text())
		m.IDs[code(i.Get("type"))] = strings.TrimPrefix(i.Get("value").Text(), "urn:uuid:")
	}
	for c := range n.Get("useContext").Items() {
		if c.Get("code").Get("code").Is("program") {
			m.Programs = appendCodes(m.Programs, c.Get("valueCodeableConcept"))
		}
	}
	for t := range n.Get("topic").Items() {
		m.Topics = appendCodes(m.Topics, t)
	}
	m.Start, m.End = n.Get("effectivePeriod").Get("start").Text(), n.Get("effectivePeriod").Get("end").Text()
	scoring := Scoring(code(n.Get("scoring")))
	basis := extension(n, "populationBasis")
	for g := range n.Get("group").Items() {
		group := &Group{ID: g.ID(), Code: code(g.Get("code")), Scoring: scoring, Basis: basis}
		if s := extension(g, "scoring"); s != "" {
			group.Scoring = Scoring(s)
		}
		if b := extension(g, "populationBasis"); b != "" {
			group.Basis = b
		}
		if group.Basis == "" {
			group.Basis = "boolean"
		}
		group.Improvement = extension(g, "improvementNotation")
		if group.Improvement == "" {
			group.Improvement = m.Improvement
		}
		for p := range g.Get("population").Items() {
			c := &Criterion{
				ID: p.ID(), Role: Role(code(p.Get("code"))), Expression: p.Get("criteria").Get("expression").Text(),
				Display: p.Get("code").Get("coding").At(0).Get("display").Text(),
				Of:      extension(p, "criteriaReference"), Aggregate: extension(p, "aggregateMethod"),
			}
			group.Populations = append(group.Populations, c)
		}
		for s := range g.Get("stratifier").Items() {
			group.Stratifiers = append(group.Stratifiers, parseStratifier(s))
		}
		if err := group.check(m); err != nil {
			return nil, err
		}
		m.Groups = append(m.Groups, group)
	}
	for s := range n.Get("supplementalData").Items() {
		m.Supplemental = append(m.Supplemental, Supplement{s.ID(), s.Get("criteria").Get("expression").Text(), code(s.Get("usage").At(0))})
	}
	for r := range n.Get("relatedArtifact").Items() {
		if r.Get("type").Is("composed-of") {
			m.Components = append(m.Components, Component{r.Get("resource").Text(), extension(r, "groupId"), extension(r, "weight")})
		}
	}
	m.CompositeMethod = code(n.Get("compositeScoring"))
	if len(m.Groups) == 0 && len(m.Components) == 0 {
		return nil, fmt.Errorf("measure %s has no group of populations", m.Label())
	}
	return m, nil
}

func parseStratifier(s node.Node) Stratifier {
	st := Stratifier{ID: s.ID(), Code: code(s.Get("code")), Text: s.Get("code").Get("text").Text(), Expression: s.Get("criteria").Get("expression").Text()}
	for _, base := range []string{cqfm, cqm} {
		for x := range s.Extensions(base + "appliesTo") {
			st.AppliesTo = append(st.AppliesTo, Role(code(x.Get("valueCodeableConcept"))))
		}
	}
	for c := range s.Get("component").Items() {
		st.Components = append(st.Components, parseStratifier(c))
	}
	return st
}

// check refuses a group whose populations its scoring does not have.
func (g *Group) check(m *Measure) error {
	var need []Role
	switch g.Scoring {
	case Proportion, Ratio:
		need = []Role{InitialPopulation, Denominator, Numerator}
	case Continuous:
		need = []Role{InitialPopulation, Population}
	case Cohort:
		need = []Role{InitialPopulation}
	case Composite:
	default:
		return fmt.Errorf("measure %s, group %s: there is no scoring %q", m.Label(), g.ID, g.Scoring)
	}
	for _, role := range need {
		if g.first(role) == nil {
			return fmt.Errorf("measure %s, group %s: a %s measure needs a population %s", m.Label(), g.ID, g.Scoring, role)
		}
	}
	for _, p := range g.Populations {
		if p.Expression == "" {
			return fmt.Errorf("measure %s, group %s: population %s has no expression", m.Label(), g.ID, p.Role)
		}
	}
	return nil
}

func (g *Group) first(role Role) *Criterion {
	for _, p := range g.Populations {
		if p.Role == role {
			return p
		}
	}
	return nil
}

// Label names the measure for messages.
func (m *Measure) Label() string {
	for _, s := range []string{m.Name, m.ID, m.URL} {
		if s != "" {
			return s
		}
	}
	return "without a name"
}

// Canonical is the measure's address with its version.
func (m *Measure) Canonical() string {
	if m.Version == "" || strings.Contains(m.URL, "|") {
		return m.URL
	}
	return m.URL + "|" + m.Version
}

// MissingValueSets are the value sets that the measure's libraries name and that have
// no expansion in t.
func (m *Measure) MissingValueSets(t *elm.Terminology) []*elm.ValueSet {
	if m.unit == nil {
		return nil
	}
	var missing []*elm.ValueSet
	seen := map[string]bool{}
	for _, v := range m.unit.ValueSets() {
		if !seen[v.URL] && t.Find(v.URL, v.Version) == nil {
			missing = append(missing, v)
		}
		seen[v.URL] = true
	}
	return missing
}
