// SPDX-License-Identifier: Apache-2.0

package deqm

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/quality/measure"
)

// ReportType is a kind of MeasureReport.
type ReportType string

// The kinds.
const (
	Individual  ReportType = "individual"
	SubjectList ReportType = "subject-list"
	Summary     ReportType = "summary"
)

// reportType reads reportType: the names of DEQM 5 and FHIR R4 (subject, population).
func reportType(in Input, sc *scope) (ReportType, error) {
	switch t := in.Text("reportType"); t {
	case "":
		if sc.one() {
			return Individual, nil
		}
		return Summary, nil
	case "individual", "subject", "patient":
		return Individual, nil
	case "subject-list", "patient-list":
		return SubjectList, nil
	case "summary", "population":
		return Summary, nil
	default:
		return "", failure(Invalid, "reportType is individual (subject), subject-list or summary (population)")
	}
}

// Evaluate answers $evaluate: Parameters with a Bundle for each subject, or one bundle
// with summaries. Legacy answers as R4's $evaluate-measure: a MeasureReport where there
// is one, else a Bundle of them.
func (s *Service) Evaluate(ctx context.Context, req *Request, legacy bool) ([]byte, error) {
	e, err := s.catalog.edition(ctx, req.Definitions)
	if err != nil {
		return nil, err
	}
	measures, named, err := e.requested(req)
	if err != nil {
		return nil, err
	}
	if !named {
		return nil, failure(Invalid, "which measure? Give measureUrl, measureId or measureIdentifier, or ask Measure/[id]/$evaluate")
	}
	p, err := s.populationOf(ctx, req, measures, e)
	if err != nil {
		return nil, err
	}
	kind, err := reportType(req.Input, &p.scope)
	if err != nil {
		return nil, err
	}
	exclude, err := flag(req.Input, "excludeEvaluatedResources", false)
	if err != nil {
		return nil, err
	}
	var bundles []json.RawMessage
	if kind == Individual {
		bundles, err = s.individuals(ctx, req, p, !exclude && !legacy)
	} else {
		bundles, err = s.summaries(ctx, req, p, kind)
	}
	if err != nil {
		return nil, err
	}
	if legacy {
		return plainReports(bundles, req.Base)
	}
	return answer("return", bundles)
}

// about is what a report of the request says of itself.
func (s *Service) about(req *Request, sc *scope) measure.About {
	return measure.About{ID: s.opt.NewID(), Date: s.opt.Now(), Reporter: s.reporter(req, sc), ReporterName: req.Base, DEQM: true}
}

// reporting is the reference of who reports: DEQM's profiles want one, so where nobody
// is named it is the server at its address.
func (s *Service) reporting(req *Request, sc *scope) reference {
	if who := s.reporter(req, sc); who != "" {
		return reference{Reference: who}
	}
	return reference{Display: req.Base}
}

// reporter is who reports: as the request says, or as the service is told.
func (s *Service) reporter(req *Request, sc *scope) string {
	if r, ok := reporterResource(req.Input); ok && r.ID() != "" {
		return r.ResourceType() + "/" + r.ID()
	}
	for _, ref := range []string{relative(req.Input.Text("reporter")), relative(req.Input.Text("provider")), sc.organization, sc.practitioner} {
		if ref != "" {
			return ref
		}
	}
	return s.opt.Reporter
}

func reporterResource(in Input) (node.Node, bool) { return in.Resource("reporterResource") }

// summaries makes one bundle with a report for each measure over all subjects.
func (s *Service) summaries(ctx context.Context, req *Request, p *population, kind ReportType) ([]json.RawMessage, error) {
	t, err := p.tallies(kind == SubjectList)
	if err != nil {
		return nil, err
	}
	if err := p.run(ctx, nil, func(o *measure.Outcome) error { t.add(o); return nil }); err != nil {
		return nil, err
	}
	b := newBundle("collection", req.Base)
	for _, m := range p.measures {
		about := s.about(req, &p.scope)
		about.Messages = t.messages()
		if p.scope.isGroup() && p.scope.subject != "" {
			about.Subject = p.scope.subject
		}
		var rep []byte
		if kind == SubjectList {
			rep, err = t.by[m].SubjectListReport(p.request.Period, about)
		} else {
			rep, err = t.by[m].SummaryReport(p.request.Period, about)
		}
		if err != nil {
			return nil, err
		}
		b.add("MeasureReport", about.ID, rep)
	}
	if err := s.addReporter(ctx, req, &p.scope, b); err != nil {
		return nil, err
	}
	return []json.RawMessage{b.done()}, nil
}

// individuals makes a bundle for each subject.
func (s *Service) individuals(ctx context.Context, req *Request, p *population, withResources bool) ([]json.RawMessage, error) {
	if len(p.components) > 0 {
		return nil, failure(Unsupported, "a composite measure has summaries only; ask for reports of its components")
	}
	p.request.Trace = true
	visit := func(data []node.Node, results []measure.Result) (any, error) {
		b := newBundle("collection", req.Base)
		var refs []string
		for i := range results {
			r := &results[i]
			if r.Err != nil {
				return nil, failure(Impossible, "%s: %s", r.Measure.Label(), r.Err)
			}
			about := s.about(req, &p.scope)
			rep, err := r.IndividualReport(p.request.Period, about)
			if err != nil {
				return nil, err
			}
			b.add("MeasureReport", about.ID, rep)
			refs = append(refs, r.Resources()...)
		}
		b.addData(data, results[0].Subject, refs, withResources)
		if err := s.addReporter(ctx, req, &p.scope, b); err != nil {
			return nil, err
		}
		return b.done(), nil
	}
	return s.collect(ctx, req, p, visit)
}

// collect runs the subjects and gathers what visit makes of each. For a single subject
// an error is the answer; of many, those that fail have a bundle that says why.
func (s *Service) collect(ctx context.Context, req *Request, p *population, visit func([]node.Node, []measure.Result) (any, error)) ([]json.RawMessage, error) {
	var bundles []json.RawMessage
	err := p.run(ctx, visit, func(o *measure.Outcome) error {
		b, made := o.Seen.(json.RawMessage)
		switch {
		case o.Err != nil && p.scope.one():
			return asFailure(o.Err)
		case o.Err != nil:
			b = failed(asFailure(o.Err))
		case !made || b == nil:
			return nil
		}
		if len(bundles) == s.opt.Documents {
			return failure(TooMuch, "the answer would have more than %d bundles: ask for fewer subjects, by a Group or a practitioner", s.opt.Documents)
		}
		if req.Shown != nil && len(o.Results) > 0 {
			req.Shown(o.Results[0].Subject)
		}
		bundles = append(bundles, b)
		return nil
	})
	return bundles, err
}

// asFailure is an error of one patient as one that the client may read.
func asFailure(err error) error {
	var f *Error
	switch {
	case errors.As(err, &f):
		return f
	case errors.Is(err, ErrNotFound):
		return failure(Missing, "a patient of the group is not here, or may not be seen")
	}
	return failure(Impossible, "%s", err)
}

// failed is a bundle that says why a subject has no report.
func failed(err error) json.RawMessage {
	type issue struct {
		Severity    string `json:"severity"`
		Code        string `json:"code"`
		Diagnostics string `json:"diagnostics"`
	}
	outcome, _ := json.Marshal(struct {
		ResourceType string  `json:"resourceType"`
		Issue        []issue `json:"issue"`
	}{"OperationOutcome", []issue{{"error", "processing", err.Error()}}})
	b := newBundle("collection", "")
	b.add("OperationOutcome", "", outcome)
	return b.done()
}

// addReporter adds the resource of who reports, where it is given or can be read.
func (s *Service) addReporter(ctx context.Context, req *Request, sc *scope, b *bundle) error {
	if r, ok := reporterResource(req.Input); ok {
		b.add(r.ResourceType(), r.ID(), slices.Clone(r.JSON()))
		return nil
	}
	typ, id := split(s.reporter(req, sc))
	if id == "" {
		return nil
	}
	src, err := req.Reader.Read(ctx, typ, id)
	if errors.Is(err, ErrNotFound) {
		return nil // the reference alone says who it is
	}
	if err == nil {
		b.add(typ, id, src)
	}
	return err
}

// plainReports takes the reports out of their bundles: one alone as it is, several in
// a bundle.
func plainReports(bundles []json.RawMessage, base string) ([]byte, error) {
	var reports []json.RawMessage
	for _, b := range bundles {
		doc, err := node.ParseResource(b)
		if err != nil {
			return nil, err
		}
		for e := range doc.Root().Get("entry").Items() {
			if r := e.Get("resource"); r.ResourceType() == "MeasureReport" || r.ResourceType() == "OperationOutcome" {
				reports = append(reports, slices.Clone(r.JSON()))
			}
		}
		doc.Release()
	}
	if len(reports) == 1 {
		return reports[0], nil
	}
	all := newBundle("collection", base)
	for _, r := range reports {
		doc, err := node.ParseResource(r)
		if err != nil {
			return nil, err
		}
		all.add(doc.Root().ResourceType(), doc.Root().ID(), r)
		doc.Release()
	}
	return all.done(), nil
}
