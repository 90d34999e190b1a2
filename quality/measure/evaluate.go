// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"fmt"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/quality/elm"
)

// Period is a measurement period, both ends included.
type Period struct{ Start, End elm.Temporal }

// ParsePeriod reads the first and the last day of a period, or the exact times. A day
// stands for all of it; without a zone, times are UTC.
func ParsePeriod(start, end string) (Period, error) {
	s, ok1 := elm.ParseDateTime(start, 0)
	e, ok2 := elm.ParseDateTime(end, 0)
	if !ok1 || !ok2 {
		return Period{}, fmt.Errorf("the period %q to %q is not two dates (2026-01-01)", start, end)
	}
	p := Period{s.Earliest(), e.Latest()}
	if p.End.Before(p.Start) {
		return Period{}, fmt.Errorf("the period ends (%s) before it starts (%s)", end, start)
	}
	return p, nil
}

// interval is the period as the parameter "Measurement Period".
func (p Period) interval() elm.Value {
	return &elm.Interval{Low: p.Start, High: p.End, LowClosed: true, HighClosed: true}
}

// Request is what to compute for a patient.
type Request struct {
	Measures []*Measure
	Period   Period
	// Parameters go to the libraries besides "Measurement Period"; nil for none.
	Parameters map[string]elm.Value
	// Supplemental asks for supplemental data and risk variables too.
	Supplemental bool
	// Trace makes runs remember clauses: explanations and reports name the resources
	// that decided, and the CQL can be highlighted. It takes longer.
	Trace bool
}

// Evaluate computes measures for one patient, whose resources are read once for all
// of them. An error of one measure is in its Result; err is one of the data.
func (e *Engine) Evaluate(req Request, data ...node.Node) ([]Result, error) {
	patient, err := elm.NewPatient(data...)
	if err != nil {
		return nil, err
	}
	params := map[string]elm.Value{"Measurement Period": req.Period.interval()}
	for name, v := range req.Parameters {
		params[name] = v
	}
	units := make([]*elm.Unit, len(req.Measures))
	program := e.program
	for i, m := range req.Measures {
		units[i] = m.unit
		if req.Trace && m.traced != nil {
			if units[i], err = m.traced(); err != nil {
				return nil, err
			}
		}
	}
	if req.Trace {
		e.tracing.Lock()
		if e.traced != nil {
			program = e.traced
		}
		e.tracing.Unlock()
	}
	run := program.Start(patient, params, e.opt.Evaluation)
	results := make([]Result, 0, len(req.Measures))
	for i, m := range req.Measures {
		results = append(results, m.evaluate(run, units[i], patient.ID, req.Supplemental))
	}
	return results, nil
}
