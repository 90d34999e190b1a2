// SPDX-License-Identifier: Apache-2.0

// Package reporting gives a server the operations of quality reporting that package
// quality/deqm computes: $evaluate, $evaluate-measure, $care-gaps, $collect-data,
// $submit-data and $data-requirements on Measure, and $bulk-submit. Measures come from
// bundles that are given at the start, and from the Measure, Library and ValueSet
// resources of the store.
package reporting

import (
	"context"
	"errors"
	"net/http"

	"github.com/woodlawn-health/woodlawn/quality/deqm"
	"github.com/woodlawn-health/woodlawn/quality/measure"
	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/store"
)

// Parameters that are common to the operations on measures.
var (
	measureNames = []string{"measureUrl", "measureURL", "measureId", "measureIdentifier", "measure"}
	subjectNames = []string{"subject", "subjectGroup", "practitioner", "organization", "reporter", "reporterResource", "provider"}
	periodNames  = []string{"periodStart", "periodEnd"}
)

func names(lists ...[]string) []string {
	var all []string
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// run is one of the service's operations.
type run func(context.Context, *deqm.Request) ([]byte, error)

// Operations are those of a service.
func Operations(s *deqm.Service) []server.Operation {
	const base = measure.DEQM + "OperationDefinition/"
	both := server.OnType | server.OnInstance
	of := func(name, definition string, level server.Level, parameters []string, do run) server.Operation {
		return server.Operation{Name: name, Definition: definition, Levels: level, Types: []string{"Measure"}, Async: true,
			Needs: server.Read, Parameters: parameters, Run: answering(do)}
	}
	evaluate := names(measureNames, subjectNames, periodNames, []string{"reportType", "parameters", "excludeEvaluatedResources"})
	list := []server.Operation{
		of("evaluate", base+"evaluate", both, evaluate, func(ctx context.Context, r *deqm.Request) ([]byte, error) { return s.Evaluate(ctx, r, false) }),
		of("evaluate-measure", "http://hl7.org/fhir/OperationDefinition/Measure-evaluate-measure", both, evaluate, func(ctx context.Context, r *deqm.Request) ([]byte, error) { return s.Evaluate(ctx, r, true) }),
		of("care-gaps", base+"care-gaps", server.OnType, names(measureNames, subjectNames, periodNames,
			[]string{"status", "program", "topic", "isDocument", "parameters"}), s.Gaps),
		of("collect-data", base+"collect-data", both, names(measureNames, subjectNames, periodNames, []string{"lastReceivedOn", "parameters"}), s.Collect),
		of("data-requirements", "http://hl7.org/fhir/OperationDefinition/Measure-data-requirements", both, names(measureNames, periodNames), s.Requirements),
	}
	return append(list, server.Operation{Name: "submit-data", Definition: base + "submit-data", Levels: both, Types: []string{"Measure"}, Async: true,
		Changes: true, Parameters: []string{"bundle", "measureReport", "resource"}, Bare: "bundle", Run: func(ctx context.Context, c *server.Call) (*server.Result, error) {
			done, err := s.Submit(ctx, request(c), writer{c})
			if err != nil {
				return nil, refusal(err)
			}
			result := &server.Result{Body: done.Body}
			if done.Kept == 0 {
				result.Status = http.StatusUnprocessableEntity
			}
			return result, nil
		}})
}

// request is a call as the service takes it.
func request(c *server.Call) *deqm.Request {
	return &deqm.Request{Input: &c.Input, Reader: reader{c}, Definitions: definitions{c.Store}, Base: c.Base, MeasureID: c.ID,
		Shown: func(patient string) { c.Shows(&store.Version{Type: "Patient", ID: patient}) }}
}

func answering(do run) func(context.Context, *server.Call) (*server.Result, error) {
	return func(ctx context.Context, c *server.Call) (*server.Result, error) {
		body, err := do(ctx, request(c))
		if err != nil {
			return nil, refusal(err)
		}
		return &server.Result{Body: body}, nil
	}
}

// statuses and issue types of what a service refuses.
var refusals = map[deqm.Kind]struct {
	status int
	code   string
}{
	deqm.Invalid:     {http.StatusBadRequest, "invalid"},
	deqm.Unsupported: {http.StatusBadRequest, "not-supported"},
	deqm.Forbidden:   {http.StatusForbidden, "forbidden"},
	deqm.Missing:     {http.StatusNotFound, "not-found"},
	deqm.TooMuch:     {http.StatusUnprocessableEntity, "too-costly"},
	deqm.Impossible:  {http.StatusUnprocessableEntity, "processing"},
}

// refusal gives an error of the service its status.
func refusal(err error) error {
	var e *deqm.Error
	if errors.As(err, &e) {
		r := refusals[e.Kind]
		return server.Failure(r.status, r.code, "%s", e.Text)
	}
	return err
}
