// SPDX-License-Identifier: Apache-2.0

package deqm

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/woodlawn-health/woodlawn/quality/elm"
	"github.com/woodlawn-health/woodlawn/quality/measure"
)

// The parts of a module-definition Library.
type (
	moduleDefinition struct {
		ResourceType string            `json:"resourceType"`
		ID           string            `json:"id"`
		Status       string            `json:"status"`
		Type         concept           `json:"type"`
		Date         string            `json:"date"`
		Subject      concept           `json:"subjectCodeableConcept"`
		Related      []relatedArtifact `json:"relatedArtifact,omitempty"`
		Requirement  []dataRequirement `json:"dataRequirement,omitempty"`
	}
	relatedArtifact struct {
		Type     string `json:"type"`
		Display  string `json:"display,omitempty"`
		Resource string `json:"resource"`
	}
	dataRequirement struct {
		Type        string       `json:"type"`
		Profile     []string     `json:"profile,omitempty"`
		MustSupport []string     `json:"mustSupport,omitempty"`
		CodeFilter  []codeFilter `json:"codeFilter,omitempty"`
		DateFilter  []dateFilter `json:"dateFilter,omitempty"`
	}
	codeFilter struct {
		Path     string   `json:"path"`
		ValueSet string   `json:"valueSet,omitempty"`
		Code     []coding `json:"code,omitempty"`
	}
	dateFilter struct {
		Path   string `json:"path"`
		Period span   `json:"valuePeriod"`
	}
	span struct {
		Start string `json:"start"`
		End   string `json:"end"`
	}
)

// Requirements answers $data-requirements: a module-definition Library with a data
// requirement for each retrieve of the measures.
func (s *Service) Requirements(ctx context.Context, req *Request) ([]byte, error) {
	e, err := s.catalog.edition(ctx, req.Definitions)
	if err != nil {
		return nil, err
	}
	measures, named, err := e.requested(req)
	if err != nil {
		return nil, err
	}
	if !named {
		return nil, failure(Invalid, "which measure? Ask Measure/[id]/$data-requirements, or give measureUrl")
	}
	plain, _, err := e.parts(measures)
	if err != nil {
		return nil, err
	}
	lib := moduleDefinition{
		ResourceType: "Library", ID: s.opt.NewID(), Status: "active", Date: s.opt.Now().UTC().Format(time.RFC3339),
		Type:    concept{Coding: []coding{{"http://terminology.hl7.org/CodeSystem/library-type", "module-definition", "Module Definition"}}},
		Subject: concept{Coding: []coding{{"http://hl7.org/fhir/resource-types", "Patient", ""}}},
	}
	patient := dataRequirement{Type: "Patient"}
	for _, m := range plain {
		when, err := requirementPeriod(req.Input, m)
		if err != nil {
			return nil, err
		}
		for _, q := range m.Requirements() {
			lib.add(&q, when)
		}
	}
	if !slices.ContainsFunc(lib.Requirement, func(d dataRequirement) bool { return d.Type == "Patient" }) {
		lib.Requirement = append([]dataRequirement{patient}, lib.Requirement...)
	}
	for _, m := range measures {
		if m.URL != "" {
			lib.Related = append([]relatedArtifact{{"depends-on", m.Label(), m.Canonical()}}, lib.Related...)
		}
	}
	return json.Marshal(lib)
}

func (lib *moduleDefinition) add(q *elm.Requirement, when *span) {
	d := dataRequirement{Type: q.Type, MustSupport: q.MustSupport}
	if q.Profile != "" {
		d.Profile = []string{q.Profile}
	}
	if q.CodePath != "" {
		f := codeFilter{Path: q.CodePath}
		if q.ValueSet != nil {
			f.ValueSet = q.ValueSet.URL
			if q.ValueSet.Version != "" {
				f.ValueSet += "|" + q.ValueSet.Version
			}
			dependency := relatedArtifact{"depends-on", q.ValueSet.Name, f.ValueSet}
			if !slices.Contains(lib.Related, dependency) {
				lib.Related = append(lib.Related, dependency)
			}
		}
		for _, c := range q.Codes {
			f.Code = append(f.Code, coding{c.System, c.Code, c.Display})
		}
		if f.ValueSet != "" || len(f.Code) > 0 {
			d.CodeFilter = []codeFilter{f}
		}
	}
	if q.Period && when != nil {
		d.DateFilter = []dateFilter{{q.DatePath, *when}}
	}
	lib.Requirement = append(lib.Requirement, d)
}

// requirementPeriod is the period of date filters: as asked for, a year where one end
// is given, or the measure's effective period; nil if nothing tells.
func requirementPeriod(in Input, m *measure.Measure) (*span, error) {
	start, end := in.Text("periodStart"), in.Text("periodEnd")
	const day = time.DateOnly
	switch {
	case start == "" && end == "":
		if start, end = m.Start, m.End; start == "" || end == "" {
			return nil, nil
		}
	case end == "":
		t, err := time.Parse(day, start)
		if err != nil {
			return nil, failure(Invalid, "periodStart is a date, as 2026-01-01")
		}
		end = t.AddDate(1, 0, -1).Format(day)
	case start == "":
		t, err := time.Parse(day, end)
		if err != nil {
			return nil, failure(Invalid, "periodEnd is a date, as 2026-12-31")
		}
		start = t.AddDate(-1, 0, 1).Format(day)
	}
	if _, err := measure.ParsePeriod(start, end); err != nil {
		return nil, failure(Invalid, "periodStart and periodEnd are two dates (2026-01-01), the end not before the start")
	}
	return &span{start, end}, nil
}
