// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"fmt"
	"runtime"
	"sync"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// Outcome is what became of one patient in a batch.
type Outcome struct {
	Where   string
	Results []Result // by the request's measures; without resources, which are gone
	// Reports are the individual MeasureReports, where they were asked for: one a
	// measure, nil for a measure that failed.
	Reports [][]byte
	// Seen is what Batch.Visit made of the patient, where it is set.
	Seen any
	Err  error // why the patient's data could not be evaluated at all
}

// Batch evaluates many patients on all cores.
type Batch struct {
	Engine  *Engine
	Request Request
	// Workers is the number of patients at a time; 0 means one a core.
	Workers int
	// Individual asks for individual MeasureReports.
	Individual bool
	// About is what individual reports say of themselves.
	About About
	// Visit, if set, is called for every patient while the data are at hand, by several
	// goroutines at a time. Its answer must not point into the data.
	Visit func(data []node.Node, results []Result) (any, error)
}

// Run evaluates the patients that read yields and hands every outcome to emit in the
// order in which they were read. No more than a few patients a worker are in memory at
// a time. It ends early with the first error of read or emit.
func (b *Batch) Run(read func(yield func(Patient) bool) error, emit func(*Outcome) error) error {
	workers := b.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	type job struct {
		patient Patient
		done    chan *Outcome
	}
	jobs := make(chan job, workers)
	order := make(chan chan *Outcome, 4*workers)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for j := range jobs {
				j.done <- b.one(j.patient)
			}
		}()
	}
	var readErr error
	go func() {
		defer close(order)
		defer close(jobs)
		readErr = read(func(p Patient) bool {
			j := job{p, make(chan *Outcome, 1)}
			select {
			case <-stop:
				return false
			case order <- j.done:
			}
			jobs <- j
			return true
		})
	}()
	var emitErr error
	for done := range order {
		o := <-done
		if emitErr == nil {
			if emitErr = emit(o); emitErr != nil {
				close(stop)
			}
		}
	}
	wg.Wait()
	if emitErr != nil {
		return emitErr
	}
	return readErr
}

// one evaluates one patient. Nothing that goes wrong with a patient ends the batch.
func (b *Batch) one(p Patient) (o *Outcome) {
	o = &Outcome{Where: p.Where, Err: p.Err}
	if p.Err != nil {
		return o
	}
	var docs []*node.Doc
	var roots []node.Node
	defer func() {
		for _, d := range docs {
			d.Release()
		}
	}()
	data := p.Data
	if p.Fetch != nil {
		var err error
		if data, err = p.Fetch(); err != nil {
			o.Err = err
			return o
		}
	}
	for _, src := range data {
		doc, err := node.ParseResource(src)
		if err != nil {
			o.Err = err
			return o
		}
		docs = append(docs, doc)
		roots = append(roots, doc.Root())
	}
	results, err := b.Engine.Evaluate(b.Request, roots...)
	if err != nil {
		o.Err = err
		return o
	}
	if b.Visit != nil {
		if o.Seen, err = b.Visit(roots, results); err != nil {
			o.Err = err
			return o
		}
	}
	if b.Individual {
		o.Reports = make([][]byte, len(results))
		for i := range results {
			if results[i].Err == nil {
				if o.Reports[i], err = results[i].IndividualReport(b.Request.Period, b.About); err != nil {
					o.Err = fmt.Errorf("measure %s: %w", results[i].Measure.Label(), err)
					return o
				}
			}
		}
	}
	for i := range results {
		results[i].detach()
	}
	o.Results = results
	return o
}

// detach drops what points into the patient's documents.
func (r *Result) detach() {
	r.run, r.Supplemental = nil, nil
	for i := range r.Groups {
		for k := range r.Groups[i].Populations {
			r.Groups[i].Populations[k].Members = nil
		}
	}
}
