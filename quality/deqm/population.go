// SPDX-License-Identifier: Apache-2.0

package deqm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/quality/elm"
	"github.com/woodlawn-health/woodlawn/quality/measure"
)

// population is one evaluation of measures over subjects.
type population struct {
	edition    *edition
	measures   []*measure.Measure // that were asked for
	plain      []*measure.Measure // that are evaluated: components of composites too
	components map[*measure.Measure][]*measure.Measure
	types      []string // that are read
	scope      scope
	reader     Reader
	request    measure.Request
	workers    int
}

// populationOf prepares what a request asks for.
func (s *Service) populationOf(ctx context.Context, req *Request, measures []*measure.Measure, e *edition) (*population, error) {
	p := &population{edition: e, measures: measures, reader: req.Reader, workers: s.opt.Workers}
	var err error
	if p.plain, p.components, err = e.parts(measures); err != nil {
		return nil, err
	}
	if p.scope, err = scopeOf(req.Input); err != nil {
		return nil, err
	}
	if p.request.Period, err = period(req.Input); err != nil {
		return nil, err
	}
	if p.request.Parameters, err = parameters(req.Input); err != nil {
		return nil, err
	}
	p.request.Measures, p.request.Supplemental = p.plain, true
	p.types = measure.Types(p.plain)
	for _, typ := range p.types {
		if !req.Reader.Whole(typ) {
			return nil, failure(Forbidden, "your authorization does not reach all %s resources of the patients, and the measure asks for them: a result without them would be wrong", typ)
		}
	}
	if p.scope.one() { // say that the patient is not there before anything else
		if _, err := req.Reader.Read(ctx, "Patient", p.scope.subject[len("Patient/"):]); err != nil {
			if errors.Is(err, ErrNotFound) {
				return nil, failure(Missing, "there is no such Patient, or none that you may see")
			}
			return nil, err
		}
	}
	return p, nil
}

// run evaluates the subjects; visit makes something of each while its data are at hand.
func (p *population) run(ctx context.Context, visit func(data []node.Node, results []measure.Result) (any, error), emit func(*measure.Outcome) error) error {
	b := &measure.Batch{Engine: p.edition.engine, Request: p.request, Workers: p.workers, Visit: visit}
	return b.Run(func(yield func(measure.Patient) bool) error {
		for id, err := range p.scope.patients(ctx, p.reader) {
			if err != nil {
				return err
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			more := yield(measure.Patient{Fetch: func() ([][]byte, error) {
				data, err := p.reader.Record(ctx, id, p.types)
				if err == nil && len(data) == 0 {
					err = ErrNotFound
				}
				return data, err
			}})
			if !more {
				return nil
			}
		}
		return nil
	}, func(o *measure.Outcome) error {
		// What ends the whole is no matter of one patient.
		if err := ctx.Err(); err != nil {
			return err
		}
		return emit(o)
	})
}

// tallies add up outcomes for the measures that were asked for.
type tallies struct {
	p        *population
	by       map[*measure.Measure]*measure.Tally
	subjects bool
	reasons  map[string]int // why patients could not be evaluated
	unsaid   map[string]int // why supplemental data are not there
}

func (p *population) tallies(subjects bool) (*tallies, error) {
	t := &tallies{p: p, by: map[*measure.Measure]*measure.Tally{}, subjects: subjects, reasons: map[string]int{}, unsaid: map[string]int{}}
	for _, m := range p.plain {
		t.by[m] = measure.NewTally(m)
	}
	for m, parts := range p.components {
		var of []*measure.Tally
		for _, part := range parts {
			of = append(of, t.by[part])
		}
		composite, err := measure.NewComposite(m, of)
		if err != nil {
			return nil, failure(Impossible, "%s", err)
		}
		t.by[m] = composite
	}
	return t, nil
}

func (t *tallies) add(o *measure.Outcome) {
	if o.Err != nil {
		reason := o.Err.Error()
		if errors.Is(o.Err, ErrNotFound) {
			reason = "the patient is not here, or may not be seen"
		}
		t.reasons[reason]++
		return
	}
	by := map[*measure.Measure]*measure.Result{}
	for i := range o.Results {
		r := &o.Results[i]
		by[r.Measure] = r
		t.by[r.Measure].Add(r, t.subjects)
		if r.Err != nil {
			t.reasons[r.Measure.Label()+": "+r.Err.Error()]++
		}
		if r.SupplementalErr != nil {
			t.unsaid[r.Measure.Label()+": "+r.SupplementalErr.Error()]++
		}
	}
	for m, parts := range t.p.components {
		var results []*measure.Result
		for _, part := range parts {
			results = append(results, by[part])
		}
		t.by[m].Composite.Add(results)
	}
}

// messages say how many patients are not in the figures, and why.
func (t *tallies) messages() []string {
	return append(counted(t.reasons, "not counted"), counted(t.unsaid, "counted without supplemental data")...)
}

func counted(by map[string]int, what string) (list []string) {
	reasons := make([]string, 0, len(by))
	for r := range by {
		reasons = append(reasons, r)
	}
	sort.Strings(reasons)
	const most = 20
	for i, r := range reasons {
		if i == most {
			return append(list, fmt.Sprintf("and %d more reasons", len(reasons)-most))
		}
		list = append(list, fmt.Sprintf("%d %s: %s", by[r], what, r))
	}
	return list
}

// parameters maps the resource parameters to CQL: types as Using CQL with FHIR maps
// them, a name that comes several times to a list.
func parameters(in Input) (map[string]elm.Value, error) {
	n, ok := in.Resource("parameters")
	if !ok {
		return nil, nil
	}
	if n.ResourceType() != "Parameters" {
		return nil, failure(Invalid, "parameters is a Parameters resource")
	}
	values := map[string]elm.Value{}
	for p := range n.Get("parameter").Items() {
		name := p.Get("name").Text()
		v, typ := p.Choice("value")
		value, ok := cql(v, typ)
		if name == "" || !ok {
			return nil, failure(Unsupported, "a value of parameters is of the type %q, which has no form in CQL here", typ)
		}
		switch old := values[name].(type) {
		case nil:
			values[name] = value
		case elm.List:
			values[name] = append(slices.Clip(old), value)
		default:
			values[name] = elm.List{old, value}
		}
	}
	return values, nil
}

func cql(v node.Node, typ string) (elm.Value, bool) {
	switch typ {
	case "boolean":
		b, ok := v.Bool()
		return elm.Boolean(b), ok
	case "integer", "positiveInt", "unsignedInt":
		i, ok := v.Int()
		return elm.Integer(i), ok && int64(int32(i)) == i
	case "decimal":
		return wrap(elm.ParseDecimal(v.Text()))
	case "string", "code", "id", "uri", "url", "canonical", "markdown":
		return elm.String(v.Text()), true
	case "date":
		return wrap(elm.ParseDate(v.Text()))
	case "dateTime", "instant":
		return wrap(elm.ParseDateTime(v.Text(), 0))
	case "Quantity":
		d, ok := elm.ParseDecimal(v.Get("value").Text())
		return elm.Quantity{Value: d, Unit: v.Get("code").Text()}, ok
	case "Coding":
		return &elm.Code{Code: v.Get("code").Text(), System: v.Get("system").Text(), Display: v.Get("display").Text()}, true
	case "CodeableConcept":
		c := &elm.Concept{Display: v.Get("text").Text()}
		for coding := range v.Get("coding").Items() {
			c.Codes = append(c.Codes, &elm.Code{Code: coding.Get("code").Text(), System: coding.Get("system").Text(), Display: coding.Get("display").Text()})
		}
		return c, true
	case "Period":
		p, err := measure.ParsePeriod(v.Get("start").Text(), v.Get("end").Text())
		return &elm.Interval{Low: p.Start, High: p.End, LowClosed: true, HighClosed: true}, err == nil
	}
	return nil, false
}

func wrap[V elm.Value](v V, ok bool) (elm.Value, bool) { return v, ok }
