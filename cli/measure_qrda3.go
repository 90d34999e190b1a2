// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/quality/measure"
	"github.com/woodlawn-health/woodlawn/quality/qrda"
	"github.com/woodlawn-health/woodlawn/quality/qrda/submission"
)

// reportFlags ask for a QRDA Category III report of the run.
type reportFlags struct {
	QRDA3      string `name:"qrda3" help:"QRDA Category III report to write; needs --submission." type:"path" placeholder:"FILE"`
	Submission string `help:"Who submits: program, TIN, NPI, entity, organization, activities (JSON)." type:"path" placeholder:"FILE"`
	Names      string `name:"measures-data" help:"CMS's measures-data.json of the year: its UUIDs take the place of the FHIR measures' own." type:"path" placeholder:"FILE"`
}

// open reads the files; nil if no report is asked for.
func (f reportFlags) open(a *App, period string, explains bool) (*summaryReport, error) {
	switch {
	case f.QRDA3 == "" && f.Submission == "":
		return nil, nil
	case f.QRDA3 == "" || f.Submission == "":
		return nil, &ExitError{ExitUsage, errors.New("--qrda3 and --submission go together")}
	case explains:
		return nil, &ExitError{ExitUsage, errors.New("--explain shows one patient, --qrda3 reports all: run them one after the other")}
	}
	r := &summaryReport{path: f.QRDA3}
	var err error
	if r.file, err = readSubmission(a, f.Submission); err != nil {
		return nil, err
	}
	if from, through := r.file.Period(); from.String()+".."+through.String() != period {
		return nil, &ExitError{ExitUsage, fmt.Errorf("the submission is for %s..%s, the measures are computed for %s", from, through, period)}
	}
	r.names, err = readNames(a, f.Names)
	return r, err
}

// readNames reads CMS's measures data; nil without a file.
func readNames(a *App, name string) (*submission.Names, error) {
	if name == "" {
		return nil, nil
	}
	in, done, err := a.open(name)
	if err != nil {
		return nil, err
	}
	defer done()
	n, err := submission.LoadNames(in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(name), err)
	}
	return n, nil
}

func readSubmission(a *App, name string) (*submission.File, error) {
	in, done, err := a.open(name)
	if err != nil {
		return nil, err
	}
	defer done()
	f, err := submission.Read(in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(name), err)
	}
	return f, nil
}

// summaryReport gathers what a Category III report needs besides the measures' tallies.
type summaryReport struct {
	path     string
	file     *submission.File
	names    *submission.Names
	measures []*measure.Measure
	tallies  map[*measure.Measure]*submission.Tally
}

func (r *summaryReport) begin(measures []*measure.Measure) {
	r.measures, r.tallies = measures, map[*measure.Measure]*submission.Tally{}
	for _, m := range measures {
		r.tallies[m] = submission.NewTally(m)
	}
}

func (r *summaryReport) visit(data []node.Node, _ []measure.Result) (any, error) {
	return submission.PeopleOf(data), nil
}

func (r *summaryReport) add(res *measure.Result, seen any) {
	people, _ := seen.(submission.People)
	r.tallies[res.Measure].Add(res, people)
}

func (r *summaryReport) write(a *App, tallies map[*measure.Measure]*measure.Tally) error {
	var results []qrda.MeasureResult
	for _, m := range r.measures {
		res, err := submission.Result(tallies[m], r.tallies[m], r.file.Year, r.names)
		if err != nil {
			return err
		}
		results = append(results, res)
	}
	return writeReport(a, r.path, r.file.Report(results, r.names, time.Now()))
}

// writeReport writes a Category III report; a file that CMS would refuse is not made.
func writeReport(a *App, name string, report *qrda.CategoryIII) error {
	templates, err := qrda.TemplatesOf(report.Year)
	if err != nil {
		return err
	}
	if problems := report.Check(); len(problems) > 0 {
		for _, p := range problems {
			fmt.Fprintln(a.Err, "woodlawn:", p)
		}
		return fmt.Errorf("%s was not written: CMS would refuse it for the %d reasons above", filepath.Base(name), len(problems))
	}
	f, err := os.Create(name)
	if err != nil {
		return &ExitError{ExitInternal, err}
	}
	if err = report.Write(f); err == nil {
		err = f.Close()
	} else {
		f.Close()
	}
	if err != nil {
		return &ExitError{ExitInternal, err}
	}
	note := ""
	if !templates.Verified {
		note = fmt.Sprintf("; the templates of %d were not checked against CMS's guide of that year", report.Year)
	}
	fmt.Fprintf(a.Err, "%s: %s, %d measures, %d activities, %d interoperability measures%s\n", filepath.Base(name), report.Program,
		len(report.Measures), len(report.Activities), len(report.Interoperability), note)
	return nil
}
