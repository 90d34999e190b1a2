// SPDX-License-Identifier: Apache-2.0

package deqm

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"slices"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/quality/measure"
)

// GapStatus is what a measure says about a patient's care (DEQM's code system
// deqm-gaps-status).
type GapStatus string

// The statuses. A gap is open if care and recommendation differ now, or did at the end
// of a period that is past. It is prospective if they do not differ now but will at
// the end of the period unless something is done.
const (
	OpenGap        GapStatus = "open-gap"
	ProspectiveGap GapStatus = "prospective-gap"
	ClosedGap      GapStatus = "closed-gap"
	NotApplicable  GapStatus = "not-applicable"
)

var gapDisplays = map[GapStatus]string{OpenGap: "Open Gap", ProspectiveGap: "Prospective Gap", ClosedGap: "Closed Gap", NotApplicable: "Not Applicable"}

// gap is the status of one group of a measure for a patient, with the reason in words.
type gap struct {
	status GapStatus
	group  int
	reason string
}

// Gaps answers $care-gaps: Parameters with a document Bundle for each subject that has
// a gap of the statuses asked for.
func (s *Service) Gaps(ctx context.Context, req *Request) ([]byte, error) {
	statuses, err := statusesOf(req.Input)
	if err != nil {
		return nil, err
	}
	document, err := flag(req.Input, "isDocument", true)
	if err != nil {
		return nil, err
	}
	e, err := s.catalog.edition(ctx, req.Definitions)
	if err != nil {
		return nil, err
	}
	measures, named, err := e.requested(req)
	if err != nil {
		return nil, err
	}
	measures = slices.DeleteFunc(slices.Clone(measures), func(m *measure.Measure) bool { return !hasGaps(m) })
	if len(measures) == 0 {
		if named {
			return nil, failure(Unsupported, "care gaps are told by proportion and ratio measures; the measure is neither")
		}
		return nil, failure(Missing, "no measure here is a proportion or a ratio, which tell care gaps")
	}
	p, err := s.populationOf(ctx, req, measures, e)
	if err != nil {
		return nil, err
	}
	p.request.Trace = true
	bundles, err := s.collect(ctx, req, p, func(data []node.Node, results []measure.Result) (any, error) {
		return s.gapBundle(ctx, req, p, data, results, statuses, document)
	})
	if err != nil {
		return nil, err
	}
	return answer("return", bundles)
}

func statusesOf(in Input) ([]GapStatus, error) {
	var list []GapStatus
	for _, text := range in.Texts("status") {
		for _, one := range strings.Split(text, ",") {
			status := GapStatus(strings.TrimSpace(one))
			if gapDisplays[status] == "" {
				return nil, failure(Invalid, "status is open-gap, prospective-gap, closed-gap or not-applicable")
			}
			list = append(list, status)
		}
	}
	if len(list) == 0 {
		return nil, failure(Invalid, "status is needed: open-gap, prospective-gap, closed-gap, not-applicable, each in a parameter of its own")
	}
	return list, nil
}

// hasGaps tells whether a measure's scoring lets gaps be inferred.
func hasGaps(m *measure.Measure) bool {
	return slices.ContainsFunc(m.Groups, func(g *measure.Group) bool {
		return g.Scoring == measure.Proportion || g.Scoring == measure.Ratio
	})
}

// gapsOf are the statuses of a measure's groups, given the result for the whole period
// and, where the period ends in the future, that for the part that is past (nil if the
// period has not begun).
func gapsOf(through, soFar *measure.Result, future bool) []gap {
	var list []gap
	for i := range through.Groups {
		g := &through.Groups[i]
		if g.Group.Scoring != measure.Proportion && g.Group.Scoring != measure.Ratio {
			continue
		}
		x := gap{group: i}
		switch open, reason := g.Gap(); {
		case g.Count(measure.InitialPopulation) == 0:
			x.status, x.reason = NotApplicable, "not in the initial population"
		case !open:
			x.status, x.reason = ClosedGap, reason
		case !future:
			x.status, x.reason = OpenGap, reason
		default:
			x.status, x.reason = ProspectiveGap, reason+" by the end of the period"
			if soFar != nil && soFar.Err == nil {
				if now, _ := soFar.Groups[i].Gap(); now {
					x.status, x.reason = OpenGap, reason
				}
			}
		}
		list = append(list, x)
	}
	return list
}

// gapBundle is one patient's report, or nil if there is no gap of the statuses.
func (s *Service) gapBundle(ctx context.Context, req *Request, p *population, data []node.Node, results []measure.Result, statuses []GapStatus, document bool) (any, error) {
	now := s.opt.Now()
	today, err := measure.ParsePeriod(now.UTC().Format(time.DateOnly), now.UTC().Format(time.DateOnly))
	if err != nil {
		return nil, err
	}
	future := today.End.Before(p.request.Period.End)
	var soFar []measure.Result
	if future && !today.End.Before(p.request.Period.Start) {
		part := p.request
		part.Period.End = today.End
		part.Supplemental, part.Trace = false, false
		if soFar, err = p.edition.engine.Evaluate(part, data...); err != nil {
			return nil, err
		}
	}
	d := &gapDocument{service: s, req: req, scope: &p.scope, now: now, document: document, patient: results[0].Subject}
	for i := range results {
		r := &results[i]
		if r.Err != nil {
			return nil, failure(Impossible, "%s: %s", r.Measure.Label(), r.Err)
		}
		var before *measure.Result
		if soFar != nil {
			before = &soFar[i]
		}
		gaps := gapsOf(r, before, future)
		wanted := slices.DeleteFunc(slices.Clone(gaps), func(g gap) bool { return !slices.Contains(statuses, g.status) })
		if len(wanted) == 0 {
			continue
		}
		if err := d.add(r, wanted, p.request.Period); err != nil {
			return nil, err
		}
	}
	if len(d.sections) == 0 {
		return nil, nil
	}
	return d.bundle(ctx, data)
}

// gapDocument gathers one patient's report.
type gapDocument struct {
	service  *Service
	req      *Request
	scope    *scope
	now      time.Time
	document bool
	patient  string

	sections  []section
	resources []resource // reports and detected issues, in the order of the sections
	refs      []string   // resources that were evaluated
	lines     []string   // of the narrative
}

type resource struct {
	typ, id string
	body    []byte
}

// add puts a measure's report and its gaps into the document.
func (d *gapDocument) add(r *measure.Result, gaps []gap, period measure.Period) error {
	about := d.service.about(d.req, d.scope)
	about.WithoutScore = !slices.ContainsFunc(gaps, func(g gap) bool { return g.status != NotApplicable })
	rep, err := r.IndividualReport(period, about)
	if err != nil {
		return err
	}
	title := r.Measure.Title
	if title == "" {
		title = r.Measure.Label()
	}
	sec := section{Title: title, Focus: reference{Reference: "MeasureReport/" + about.ID}}
	d.resources = append(d.resources, resource{"MeasureReport", about.ID, rep})
	for _, g := range gaps {
		issue := d.issue(r, g, about.ID)
		body, err := json.Marshal(issue)
		if err != nil {
			return err
		}
		d.resources = append(d.resources, resource{"DetectedIssue", issue.ID, body})
		sec.Entry = append(sec.Entry, reference{Reference: "DetectedIssue/" + issue.ID})
		d.lines = append(d.lines, fmt.Sprintf("%s: %s (%s)", title, gapDisplays[g.status], g.reason))
	}
	d.sections = append(d.sections, sec)
	d.refs = append(d.refs, r.Resources()...)
	return nil
}

// issue is one gap as a DetectedIssue.
func (d *gapDocument) issue(r *measure.Result, g gap, report string) detectedIssue {
	detail := reference{Reference: "MeasureReport/" + report}
	if group := r.Groups[g.group].Group; group.ID != "" && len(r.Groups) > 1 {
		detail.Extension = []extension{{URL: criteriaReference, String: group.ID}}
	}
	issue := detectedIssue{
		ResourceType: "DetectedIssue", ID: d.service.opt.NewID(), Meta: meta{[]string{profiles + "gapsincaredetectedissue"}},
		Modifier: []extension{{URL: profiles + "gapStatus", Concept: &concept{Coding: []coding{{measure.DEQM + "CodeSystem/deqm-gaps-status", string(g.status), gapDisplays[g.status]}}}}},
		Status:   "final", Code: concept{Coding: []coding{{"http://terminology.hl7.org/CodeSystem/v3-ActCode", "CAREGAP", "Care Gaps"}}},
		Patient: reference{Reference: "Patient/" + d.patient}, Identified: d.now.UTC().Format(time.RFC3339),
		Evidence: []proof{{Detail: []reference{detail}}}, Detail: g.reason,
	}
	return issue
}

// bundle is the finished document, or collection.
func (d *gapDocument) bundle(ctx context.Context, data []node.Node) (json.RawMessage, error) {
	kind := "document"
	if !d.document {
		kind = "collection"
	}
	b := newBundle(kind, d.req.Base)
	b.set("meta", meta{[]string{profiles + "gapsincarebundle"}})
	b.set("identifier", identifier{"urn:ietf:rfc:3986", "urn:uuid:" + d.service.opt.NewID()})
	b.set("timestamp", d.now.UTC().Format(time.RFC3339))
	if d.document {
		id := d.service.opt.NewID()
		body, err := json.Marshal(d.composition(id))
		if err != nil {
			return nil, err
		}
		b.add("Composition", id, body)
	}
	for _, r := range d.resources {
		b.add(r.typ, r.id, r.body)
	}
	b.addData(data, d.patient, d.refs, true)
	if err := d.service.addReporter(ctx, d.req, d.scope, b); err != nil {
		return nil, err
	}
	return b.done(), nil
}

func (d *gapDocument) composition(id string) composition {
	c := composition{
		ResourceType: "Composition", ID: id, Meta: meta{[]string{profiles + "gapsincarecomposition"}}, Status: "final",
		Type:    concept{Coding: []coding{{"http://loinc.org", "96315-7", "Gaps in care report"}}},
		Subject: reference{Reference: "Patient/" + d.patient}, Date: d.now.UTC().Format(time.RFC3339),
		Title: "Gaps in Care Report", Section: d.sections, Text: d.narrative(),
	}
	c.Author = []reference{d.service.reporting(d.req, d.scope)}
	if strings.HasPrefix(c.Author[0].Reference, "Organization/") {
		c.Custodian = &c.Author[0]
	}
	return c
}

func (d *gapDocument) narrative() narrative {
	var b strings.Builder
	b.WriteString(`<div xmlns="http://www.w3.org/1999/xhtml"><ul>`)
	for _, line := range d.lines {
		b.WriteString("<li>" + html.EscapeString(line) + "</li>")
	}
	b.WriteString("</ul></div>")
	return narrative{"generated", b.String()}
}
