// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"encoding/json"
	"fmt"
	"sort"

	"github.com/woodlawn-health/woodlawn/quality/elm"
)

// The parts of a FHIR MeasureReport that are written.
type (
	reportJSON struct {
		ResourceType string          `json:"resourceType"`
		Contained    []any           `json:"contained,omitempty"`
		Status       string          `json:"status"`
		Type         string          `json:"type"`
		Measure      string          `json:"measure"`
		Subject      *referenceJSON  `json:"subject,omitempty"`
		Date         string          `json:"date,omitempty"`
		Period       periodJSON      `json:"period"`
		Improvement  *conceptJSON    `json:"improvementNotation,omitempty"`
		Group        []groupJSON     `json:"group,omitempty"`
		Evaluated    []referenceJSON `json:"evaluatedResource,omitempty"`
	}
	referenceJSON struct {
		Reference string `json:"reference"`
	}
	periodJSON struct {
		Start string `json:"start"`
		End   string `json:"end"`
	}
	codingJSON struct {
		System  string `json:"system,omitempty"`
		Code    string `json:"code"`
		Display string `json:"display,omitempty"`
	}
	conceptJSON struct {
		Coding []codingJSON `json:"coding,omitempty"`
		Text   string       `json:"text,omitempty"`
	}
	groupJSON struct {
		ID         string           `json:"id,omitempty"`
		Code       *conceptJSON     `json:"code,omitempty"`
		Population []populationJSON `json:"population"`
		Score      *quantityJSON    `json:"measureScore,omitempty"`
		Stratifier []stratifierJSON `json:"stratifier,omitempty"`
	}
	populationJSON struct {
		ID       string         `json:"id,omitempty"`
		Code     conceptJSON    `json:"code"`
		Count    int            `json:"count"`
		Subjects *referenceJSON `json:"subjectResults,omitempty"`
	}
	quantityJSON struct {
		Value json.Number `json:"value"`
	}
	stratifierJSON struct {
		ID      string        `json:"id,omitempty"`
		Code    []conceptJSON `json:"code,omitempty"`
		Stratum []stratumJSON `json:"stratum,omitempty"`
	}
	stratumJSON struct {
		Value      conceptJSON      `json:"value"`
		Population []populationJSON `json:"population"`
		Score      *quantityJSON    `json:"measureScore,omitempty"`
	}
	listJSON struct {
		ResourceType string      `json:"resourceType"`
		ID           string      `json:"id"`
		Status       string      `json:"status"`
		Mode         string      `json:"mode"`
		Entry        []entryJSON `json:"entry,omitempty"`
	}
	entryJSON struct {
		Item referenceJSON `json:"item"`
	}
)

const (
	populationSystem  = "http://terminology.hl7.org/CodeSystem/measure-population"
	improvementSystem = "http://terminology.hl7.org/CodeSystem/measure-improvement-notation"
)

func (m *Measure) report(kind string, period Period) *reportJSON {
	r := &reportJSON{ResourceType: "MeasureReport", Status: "complete", Type: kind, Measure: m.Canonical(),
		Period: periodJSON{period.Start.String(), period.End.String()}}
	if m.Improvement != "" {
		r.Improvement = &conceptJSON{Coding: []codingJSON{{System: improvementSystem, Code: m.Improvement}}}
	}
	return r
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
	return &quantityJSON{json.Number(d.String())}
}

// IndividualReport is the patient's result as a MeasureReport. What was observed is in
// the group's measureScore, aggregated as the measure says.
func (r *Result) IndividualReport(period Period) ([]byte, error) {
	rep := r.Measure.report("individual", period)
	rep.Subject = &referenceJSON{"Patient/" + r.Subject}
	t := NewTally(r.Measure)
	t.Add(r, false)
	for i := range r.Groups {
		g := r.Groups[i].Group.json()
		for _, p := range r.Groups[i].Populations {
			g.Population = append(g.Population, p.Criterion.json(p.Count))
		}
		g.Score = scoreJSON(t.Groups[i].Score())
		g.Stratifier = t.Groups[i].stratifiers()
		rep.Group = append(rep.Group, g)
	}
	for _, ref := range r.Resources() {
		rep.Evaluated = append(rep.Evaluated, referenceJSON{ref})
	}
	return json.Marshal(rep)
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
	return r.run.Resources(r.Measure.unit, names)
}

// SummaryReport is the tally as a MeasureReport without patients.
func (t *Tally) SummaryReport(period Period) ([]byte, error) {
	return json.Marshal(t.report("summary", period, false))
}

// SubjectListReport is the tally with the patients of every population, as contained
// lists. The tally must have kept them.
func (t *Tally) SubjectListReport(period Period) ([]byte, error) {
	return json.Marshal(t.report("subject-list", period, true))
}

func (t *Tally) report(kind string, period Period, lists bool) *reportJSON {
	rep := t.Measure.report(kind, period)
	if t.Composite != nil {
		rep.Group = []groupJSON{{Population: []populationJSON{}, Score: scoreJSON(t.Composite.Score())}}
		return rep
	}
	for i := range t.Groups {
		gt := &t.Groups[i]
		g := gt.Group.json()
		for k, p := range gt.Group.Populations {
			pj := p.json(gt.Counts[k])
			if lists && p.Role != Observation {
				list := listJSON{ResourceType: "List", ID: listID(i, k), Status: "current", Mode: "snapshot"}
				for _, id := range gt.Subjects[k] {
					list.Entry = append(list.Entry, entryJSON{referenceJSON{"Patient/" + id}})
				}
				rep.Contained = append(rep.Contained, list)
				pj.Subjects = &referenceJSON{"#" + list.ID}
			}
			g.Population = append(g.Population, pj)
		}
		g.Score = scoreJSON(gt.Score())
		g.Stratifier = gt.stratifiers()
		rep.Group = append(rep.Group, g)
	}
	return rep
}

func listID(group, population int) string {
	return fmt.Sprintf("g%dp%d", group+1, population+1)
}

// stratifiers writes the strata in the order of their values.
func (g *GroupTally) stratifiers() []stratifierJSON {
	var list []stratifierJSON
	for i, s := range g.Group.Stratifiers {
		sj := stratifierJSON{ID: s.ID}
		if s.Code != "" {
			sj.Code = []conceptJSON{{Coding: []codingJSON{{Code: s.Code}}}}
		}
		values := make([]string, 0, len(g.Strata[i]))
		for v := range g.Strata[i] {
			values = append(values, v)
		}
		sort.Strings(values)
		for _, v := range values {
			counts := g.Strata[i][v]
			st := stratumJSON{Value: conceptJSON{Text: v}}
			for k, p := range g.Group.Populations {
				if p.Role != Observation && s.applies(p.Role) {
					st.Population = append(st.Population, p.json(counts[k]))
				}
			}
			if g.Group.Scoring == Proportion {
				st.Score = scoreJSON(rate(counts, g))
			}
			sj.Stratum = append(sj.Stratum, st)
		}
		list = append(list, sj)
	}
	return list
}

func (s *Stratifier) applies(role Role) bool {
	for _, r := range s.AppliesTo {
		if r == role {
			return true
		}
	}
	return len(s.AppliesTo) == 0
}
