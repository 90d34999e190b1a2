// SPDX-License-Identifier: Apache-2.0

package deqm

import (
	"context"
	"encoding/json"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/quality/measure"
)

// exchangeReport is a MeasureReport of DEQM's data exchange: it has no figures, but the
// data that somebody else can compute them from.
type exchangeReport struct {
	ResourceType string      `json:"resourceType"`
	ID           string      `json:"id"`
	Meta         meta        `json:"meta"`
	Extension    []extension `json:"extension"`
	Status       string      `json:"status"`
	Type         string      `json:"type"`
	Measure      string      `json:"measure"`
	Subject      reference   `json:"subject"`
	Date         string      `json:"date"`
	Reporter     reference   `json:"reporter"`
	Period       span        `json:"period"`
	Evaluated    []reference `json:"evaluatedResource,omitempty"`
}

// Collect answers $collect-data: Parameters with a Bundle for each subject that has
// data of interest, a data exchange MeasureReport for each measure and the data.
// With lastReceivedOn, only resources that changed since.
func (s *Service) Collect(ctx context.Context, req *Request) ([]byte, error) {
	e, err := s.catalog.edition(ctx, req.Definitions)
	if err != nil {
		return nil, err
	}
	measures, named, err := e.requested(req)
	if err != nil {
		return nil, err
	}
	if !named {
		return nil, failure(Invalid, "which measure? Give measureUrl, or ask Measure/[id]/$collect-data")
	}
	p, err := s.populationOf(ctx, req, measures, e)
	if err != nil {
		return nil, err
	}
	if len(p.components) > 0 {
		return nil, failure(Unsupported, "collect the data of the composite's components")
	}
	var since time.Time
	if text := req.Input.Text("lastReceivedOn"); text != "" {
		if since, err = instant(text); err != nil {
			return nil, failure(Invalid, "lastReceivedOn is a time, as 2026-03-31T00:00:00Z")
		}
	}
	bundles, err := s.collect(ctx, req, p, func(data []node.Node, results []measure.Result) (any, error) {
		return s.exchange(ctx, req, p, data, results, since)
	})
	if err != nil {
		return nil, err
	}
	return answer("return", bundles)
}

func instant(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly, "2006-01", "2006"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, failure(Invalid, "not a time")
}

// exchange is the bundle of one subject, nil if there is nothing of interest.
func (s *Service) exchange(ctx context.Context, req *Request, p *population, data []node.Node, results []measure.Result, since time.Time) (any, error) {
	b := newBundle("collection", req.Base)
	patient := results[0].Subject
	any := p.scope.one()
	var all []string
	update := "snapshot"
	if !since.IsZero() {
		update = "incremental"
	}
	for i := range results {
		r := &results[i]
		found, err := r.Interest()
		if err != nil {
			return nil, failure(Impossible, "%s: %s", r.Measure.Label(), err)
		}
		rep := exchangeReport{
			ResourceType: "MeasureReport", ID: s.opt.NewID(), Meta: meta{[]string{profiles + "dataexchangemeasurereport"}},
			Extension: []extension{{URL: profiles + "submitDataUpdateType", Code: update}},
			Status:    "complete", Type: "data-collection", Measure: r.Measure.Canonical(), Subject: reference{Reference: "Patient/" + patient},
			Reporter: s.reporting(req, &p.scope), Date: s.opt.Now().UTC().Format(time.RFC3339), Period: span{p.request.Period.Start.String(), p.request.Period.End.String()},
		}
		for _, n := range found {
			if !since.IsZero() && !changedSince(n, since) {
				continue
			}
			ref := n.ResourceType() + "/" + n.ID()
			rep.Evaluated = append(rep.Evaluated, reference{Reference: ref})
			all = append(all, ref)
			any = any || n.ResourceType() != "Patient"
		}
		body, err := json.Marshal(rep)
		if err != nil {
			return nil, err
		}
		b.add("MeasureReport", rep.ID, body)
	}
	if !any {
		return nil, nil
	}
	b.addData(data, patient, all, true)
	if err := s.addReporter(ctx, req, &p.scope, b); err != nil {
		return nil, err
	}
	return b.done(), nil
}

// changedSince tells whether a resource was written after a time; one that does not
// say when, may have been.
func changedSince(n node.Node, since time.Time) bool {
	t, err := time.Parse(time.RFC3339Nano, n.Get("meta").Get("lastUpdated").Text())
	return err != nil || t.After(since)
}
