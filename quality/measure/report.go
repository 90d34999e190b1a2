// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"encoding/json"
	"fmt"
	"sort"
	"time"

	"github.com/woodlawn-health/woodlawn/quality/elm"
)

// About is what a MeasureReport says besides its figures.
type About struct {
	ID       string    // of the report; may be empty
	Date     time.Time // when it was computed; the zero time says nothing
	Reporter string    // reference to who reports, Organization/1; may be empty
	// ReporterName says who reports where there is no Reporter.
	ReporterName string
	// Subject is a reference to the group that a summary is about; may be empty.
	Subject string
	// DEQM adds what the profiles of Da Vinci's Data Exchange for Quality Measures ask
	// for (version 5.0: deqm-individualmeasurereport, deqm-summarymeasurereport,
	// deqm-subjectlistmeasurereport). They need an ID of the measure's version, a Date
	// and a Reporter.
	DEQM bool
	// Messages are what readers of the report must know: patients that could not be
	// evaluated, say. They become a contained OperationOutcome (extension cqf-messages).
	Messages []string
	// WithoutScore leaves the scores out, as DEQM asks where a measure does not apply.
	WithoutScore bool
}

const (
	messagesURL       = "http://hl7.org/fhir/StructureDefinition/cqf-messages"
	populationSystem  = "http://terminology.hl7.org/CodeSystem/measure-population"
	improvementSystem = "http://terminology.hl7.org/CodeSystem/measure-improvement-notation"
)

// report starts a report of a kind: individual, summary or subject-list.
func (m *Measure) report(kind string, period Period, about *About) *reportJSON {
	r := &reportJSON{ResourceType: "MeasureReport", ID: about.ID, Status: "complete", Type: kind, Measure: m.Canonical(),
		Period: periodJSON{period.Start.String(), period.End.String()}}
	if !about.Date.IsZero() {
		r.Date = about.Date.UTC().Format(time.RFC3339)
	}
	switch {
	case about.Reporter != "":
		r.Reporter = &referenceJSON{Reference: about.Reporter}
	case about.ReporterName != "":
		r.Reporter = &referenceJSON{Display: about.ReporterName}
	}
	if about.Subject != "" {
		r.Subject = &referenceJSON{Reference: about.Subject}
	}
	if n := m.improvement(); n != "" {
		r.Improvement = &conceptJSON{Coding: []codingJSON{{System: improvementSystem, Code: n}}}
	}
	if about.DEQM {
		r.profile(m, kind)
	}
	r.addMessages(about.Messages)
	return r
}

// addMessages contains what readers must know.
func (rep *reportJSON) addMessages(messages []string) {
	if len(messages) == 0 {
		return
	}
	o := outcomeJSON{ResourceType: "OperationOutcome", ID: "messages"}
	for _, text := range messages {
		o.Issue = append(o.Issue, issueJSON{"warning", "incomplete", text})
	}
	rep.Contained = append(rep.Contained, o)
	rep.Extension = append(rep.Extension, extensionJSON{URL: messagesURL, Reference: &referenceJSON{Reference: "#messages"}})
}

// improvement is the notation that all groups share, or nothing.
func (m *Measure) improvement() string {
	if m.Improvement != "" || len(m.Groups) == 0 {
		return m.Improvement
	}
	for _, g := range m.Groups {
		if g.Improvement != m.Groups[0].Improvement {
			return ""
		}
	}
	return m.Groups[0].Improvement
}

func (p *Criterion) json(count int) populationJSON {
	return populationJSON{ID: p.ID, Count: count, Code: conceptJSON{Coding: []codingJSON{{populationSystem, string(p.Role), p.Display}}}}
}

func (g *Group) json() groupJSON {
	j := groupJSON{ID: g.ID}
	if g.Code != "" {
		j.Code = &conceptJSON{Coding: []codingJSON{{Code: g.Code}}}
	}
	return j
}

func scoreJSON(d elm.Decimal, ok bool) *quantityJSON {
	if !ok {
		return nil
	}
	return &quantityJSON{Value: json.Number(d.String())}
}

// IndividualReport is the patient's result as a MeasureReport. What was observed is in
// the group's measureScore, aggregated as the measure says; supplemental data are
// there if the request asked for them.
func (r *Result) IndividualReport(period Period, about About) ([]byte, error) {
	about.Subject = "Patient/" + r.Subject
	rep := r.Measure.report("individual", period, &about)
	t := NewTally(r.Measure)
	t.Add(r, false)
	for i := range r.Groups {
		g := t.Groups[i].json(nil)
		if about.WithoutScore {
			g.withoutScore()
		}
		rep.Group = append(rep.Group, g)
	}
	rep.addSupplements(r.Measure, r.supplements)
	rep.Evaluated = r.evaluated()
	if about.DEQM {
		rep.link(r.Measure)
	}
	return rep.encode(r.Measure)
}

// Resources are the Type/id of the resources in the definitions that the result was
// computed from.
func (r *Result) Resources() []string {
	if r.run == nil {
		return nil
	}
	var names []string
	for _, g := range r.Measure.Groups {
		for _, p := range g.Populations {
			names = append(names, p.Expression)
		}
	}
	return r.run.Resources(r.unit, names)
}

// evaluated lists the resources, each with the ids of the populations that it was
// evaluated for.
func (r *Result) evaluated() []referenceJSON {
	if r.run == nil {
		return nil
	}
	var list []referenceJSON
	at := map[string]int{}
	for _, g := range r.Measure.Groups {
		for _, p := range g.Populations {
			for _, ref := range r.run.Resources(r.unit, []string{p.Expression}) {
				i, ok := at[ref]
				if !ok {
					i = len(list)
					at[ref] = i
					list = append(list, referenceJSON{Reference: ref})
				}
				if p.ID != "" {
					list[i].Extension = append(list[i].Extension, extensionJSON{URL: criteriaURL, String: p.ID})
				}
			}
		}
	}
	return list
}

// SummaryReport is the tally as a MeasureReport without patients.
func (t *Tally) SummaryReport(period Period, about About) ([]byte, error) {
	return t.report("summary", period, &about).encode(t.Measure)
}

// SubjectListReport is the tally with the patients of every population, as contained
// lists. The tally must have kept them.
func (t *Tally) SubjectListReport(period Period, about About) ([]byte, error) {
	return t.report("subject-list", period, &about).encode(t.Measure)
}

func (t *Tally) report(kind string, period Period, about *About) *reportJSON {
	rep := t.Measure.report(kind, period, about)
	if t.Composite != nil {
		rep.Group = []groupJSON{{Score: scoreJSON(t.Composite.Score())}}
	}
	for i := range t.Groups {
		gt := &t.Groups[i]
		var subjects func(k int) *referenceJSON
		if kind == "subject-list" {
			subjects = func(k int) *referenceJSON {
				list := listJSON{ResourceType: "List", ID: listID(i, k), Status: "current", Mode: "snapshot"}
				for _, id := range gt.Subjects[k] {
					list.Entry = append(list.Entry, entryJSON{referenceJSON{Reference: "Patient/" + id}})
				}
				rep.Contained = append(rep.Contained, list)
				return &referenceJSON{Reference: "#" + list.ID}
			}
		}
		rep.Group = append(rep.Group, gt.json(subjects))
	}
	rep.addSupplementCounts(t)
	if about.DEQM {
		rep.link(t.Measure)
	}
	return rep
}

// json is the group with its counts, strata and score; subjects, if not nil, makes the
// list of those in a population.
func (g *GroupTally) json(subjects func(k int) *referenceJSON) groupJSON {
	j := g.Group.json()
	for k, p := range g.Group.Populations {
		pj := p.json(g.Counts[k])
		if subjects != nil && p.Role != Observation {
			pj.Subjects = subjects(k)
		}
		j.Population = append(j.Population, pj)
	}
	j.Score = scoreJSON(g.Score())
	j.Stratifier = g.stratifiers()
	return j
}

func (g *groupJSON) withoutScore() {
	g.Score = nil
	for i := range g.Stratifier {
		for k := range g.Stratifier[i].Stratum {
			g.Stratifier[i].Stratum[k].Score = nil
		}
	}
}

func listID(group, population int) string {
	return fmt.Sprintf("g%dp%d", group+1, population+1)
}

// stratifiers writes the strata in the order of their values.
func (g *GroupTally) stratifiers() []stratifierJSON {
	var list []stratifierJSON
	for i, s := range g.Group.Stratifiers {
		sj := stratifierJSON{ID: s.ID}
		if len(s.Components) == 0 {
			sj.Code = []conceptJSON{s.label()}
		}
		values := make([]string, 0, len(g.Strata[i]))
		for v := range g.Strata[i] {
			values = append(values, v)
		}
		sort.Strings(values)
		for _, v := range values {
			sj.Stratum = append(sj.Stratum, g.stratum(&s, g.Strata[i][v]))
		}
		list = append(list, sj)
	}
	return list
}

// label is the stratifier's code, or its text, id or expression.
func (s *Stratifier) label() conceptJSON {
	switch {
	case s.Code == "" && s.Text != "":
		return conceptJSON{Text: s.Text}
	case s.Code != "":
		return conceptJSON{Coding: []codingJSON{{Code: s.Code}}}
	case s.ID != "":
		return conceptJSON{Text: s.ID}
	}
	return conceptJSON{Text: s.Expression}
}

func (g *GroupTally) stratum(s *Stratifier, t *StratumTally) stratumJSON {
	var st stratumJSON
	for c, concept := range t.concepts {
		if len(s.Components) == 0 {
			st.Value = &concept
			break
		}
		st.Component = append(st.Component, componentJSON{Code: s.Components[c].label(), Value: concept})
	}
	for k, p := range g.Group.Populations {
		if p.Role != Observation && s.applies(p.Role) {
			st.Population = append(st.Population, p.json(t.Counts[k]))
		}
	}
	if g.Group.Scoring == Proportion {
		st.Score = scoreJSON(rate(t.Counts, g))
	}
	return st
}

func (s *Stratifier) applies(role Role) bool {
	for _, r := range s.AppliesTo {
		if r == role {
			return true
		}
	}
	return len(s.AppliesTo) == 0
}
