// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/quality/measure"
	"github.com/woodlawn-health/woodlawn/quality/qrda"
	"github.com/woodlawn-health/woodlawn/quality/qrda/qicore"
)

// qrdaAttestCmd writes a Category III report of activities and interoperability alone.
type qrdaAttestCmd struct {
	Submission string `arg:"" help:"Who submits and what was done (JSON)." type:"path"`
	Names      string `name:"measures-data" help:"CMS's measures-data.json of the year, for titles." type:"path" placeholder:"FILE"`
	Output     string `short:"o" required:"" help:"Report to write." type:"path" placeholder:"FILE"`
}

func (c *qrdaAttestCmd) Run(a *App) error {
	f, err := readSubmission(a, c.Submission)
	if err != nil {
		return err
	}
	names, err := readNames(a, c.Names)
	if err != nil {
		return err
	}
	return writeReport(a, c.Output, f.Report(nil, names, time.Now()))
}

// qrdaPatientsCmd writes Category I documents, one a patient.
type qrdaPatientsCmd struct {
	documentFlags
	Bundle   []string `required:"" help:"Bundles of the measures that the data are for." type:"existingfile" placeholder:"FILE"`
	Input    string   `name:"data" required:"" help:"Patients: a folder or a file of FHIR JSON or NDJSON (QI-Core)." type:"path" placeholder:"PATH"`
	Period   string   `required:"" help:"Reporting period, both days included." placeholder:"2027-01-01..2027-03-31"`
	Program  string   `required:"" help:"CMS program: HQR_IQR, HQR_PI, HQR_PI_IQR, HQR_OQR or HQR_REHQR." placeholder:"NAME"`
	CCN      string   `name:"ccn" required:"" help:"The hospital's CMS certification number." placeholder:"N"`
	CEHRT    string   `name:"cehrt" required:"" help:"CMS EHR certification ID, 15 characters." placeholder:"ID"`
	Hospital string   `required:"" help:"The hospital's name." placeholder:"NAME"`
	NPI      string   `name:"npi" help:"The hospital's NPI."`
	TIN      string   `name:"tin" help:"The hospital's TIN."`
	Root     string   `help:"OID or UUID under which the hospital's identifiers are unique; by default one derived from the CCN." placeholder:"OID"`
	Output   string   `short:"o" required:"" help:"Folder for the documents." type:"path" placeholder:"DIR"`
	Losses   string   `help:"File for what QDM has no place for, a line each (NDJSON)." type:"path" placeholder:"FILE"`
	Rejects  string   `help:"File for the patients set aside, with reasons (NDJSON)." type:"path" placeholder:"FILE"`
}

func (c *qrdaPatientsCmd) Run(a *App) error {
	run, err := c.prepare(a)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.Output, 0o755); err != nil {
		return &ExitError{ExitInternal, err}
	}
	for _, f := range []struct {
		name string
		to   **lineFile
	}{{c.Losses, &run.losses}, {c.Rejects, &run.rejects}} {
		if f.name == "" {
			continue
		}
		if *f.to, err = createLines(f.name); err != nil {
			return err
		}
		defer (*f.to).Close()
	}
	var stop error
	if err := measure.ReadPatients(c.Input, func(p measure.Patient) bool { stop = run.patient(p); return stop == nil }); err != nil {
		return err
	}
	if stop != nil {
		return stop
	}
	if run.losses == nil {
		run.lost.print(a, "not carried")
	}
	note := ""
	if verified, err := qrda.HospitalYear(run.from.Year()); err == nil && !verified {
		note = fmt.Sprintf("; the templates of %d were not checked against CMS's guide of that year", run.from.Year())
	}
	fmt.Fprintf(a.Err, "%d documents written, %d patients set aside, %d losses%s\n", run.written, run.aside, run.count, note)
	if run.aside > 0 {
		return &ExitError{Code: ExitRejects}
	}
	return nil
}

// patientRun is one run over a population.
type patientRun struct {
	cmd             *qrdaPatientsCmd
	app             *App
	opt             qicore.Options
	from, through   civil.Date
	measures        []qrda.MeasureReference
	created         time.Time
	losses, rejects *lineFile
	lost            lossCount
	names           map[string]bool

	written, aside, count int
}

func (c *qrdaPatientsCmd) prepare(a *App) (*patientRun, error) {
	run := &patientRun{cmd: c, app: a, created: time.Now(), names: map[string]bool{}}
	var err error
	if run.opt, err = c.options(); err != nil {
		return nil, err
	}
	run.opt.Root = c.Root
	if c.Root == "" {
		run.opt.Root = qrda.DerivedUUID("CCN " + c.CCN)
	}
	first, last, ok := strings.Cut(c.Period, "..")
	if run.from, err = civil.ParseISO(first); err == nil && ok {
		run.through, err = civil.ParseISO(last)
	}
	if err != nil || !ok {
		return nil, &ExitError{ExitUsage, fmt.Errorf("--period %s is not FIRST..LAST day, as in 2027-01-01..2027-03-31", c.Period)}
	}
	if _, err := qrda.HospitalYear(run.from.Year()); err != nil {
		return nil, &ExitError{ExitUsage, err}
	}
	e := measure.NewEngine(measure.Options{})
	for _, path := range c.Bundle {
		src, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		measures, err := e.Load(src)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
		}
		for _, m := range measures {
			id := m.IDs["version-specific"]
			if id == "" {
				return nil, fmt.Errorf("measure %s has no version-specific identifier, which a document needs", m.Label())
			}
			run.measures = append(run.measures, qrda.MeasureReference{ID: id, SetID: m.IDs["version-independent"], Title: m.Title})
		}
	}
	run.opt.Intervention = func(system, code string) bool {
		for _, url := range qicore.Interventions() {
			if set := e.Terminology().Find(url, ""); set != nil && set.Has(system, code) {
				return true
			}
		}
		return false
	}
	if len(run.measures) == 0 {
		return nil, errors.New("the bundles hold no measure")
	}
	return run, nil
}

// patient writes one document, or sets the patient aside. An error ends the run.
func (r *patientRun) patient(p measure.Patient) error {
	doc, losses, err := r.document(p)
	var text strings.Builder
	if err == nil {
		err = doc.Write(&text)
	}
	if err != nil {
		r.aside++
		if r.rejects != nil {
			return r.rejects.Line(map[string]string{"where": p.Where, "reason": err.Error()})
		}
		if r.aside <= 20 {
			fmt.Fprintf(r.app.Err, "%s: %v\n", p.Where, err)
		}
		return nil
	}
	name := r.fileName(doc.Patient.IDs[0].Extension)
	if err := os.WriteFile(filepath.Join(r.cmd.Output, name), []byte(text.String()), 0o600); err != nil {
		return &ExitError{ExitInternal, err}
	}
	r.written++
	r.count += len(losses)
	r.lost.add(p.Where, losses)
	if r.losses != nil {
		for _, l := range losses {
			line := struct {
				Where string `json:"where"`
				File  string `json:"file"`
				qicore.Loss
			}{p.Where, name, l}
			if err := r.losses.Line(line); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *patientRun) document(p measure.Patient) (*qrda.CategoryI, []qicore.Loss, error) {
	if p.Err != nil {
		return nil, nil, p.Err
	}
	var roots []node.Node
	for _, src := range p.Data {
		d, err := node.ParseResource(src)
		if err != nil {
			return nil, nil, err
		}
		defer d.Release()
		roots = append(roots, d.Root())
	}
	doc, losses, err := qicore.Export(roots, r.opt)
	if err != nil {
		return nil, nil, err
	}
	c := r.cmd
	doc.Program, doc.CCN, doc.CEHRT, doc.NPI, doc.TIN = c.Program, c.CCN, c.CEHRT, c.NPI, c.TIN
	doc.Software, doc.Hospital, doc.Created = "Woodlawn", qrda.Organization{Name: c.Hospital}, r.created
	doc.From, doc.Through, doc.Measures = r.from, r.through, r.measures
	doc.ID = qrda.DerivedUUID(strings.Join([]string{"category I", c.CCN, c.Program, c.Period, doc.Patient.IDs[0].Extension}, "|"))
	return doc, losses, nil
}

// fileName is a patient's: the id, if it makes a plain name that is not taken, else a number.
func (r *patientRun) fileName(id string) string {
	ok := id != "" && len(id) <= 64
	for _, c := range id {
		ok = ok && (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-')
	}
	name := id + ".xml"
	if !ok || r.names[name] {
		name = fmt.Sprintf("patient-%06d.xml", len(r.names)+1)
	}
	r.names[name] = true
	return name
}

// lineFile is a file of JSON lines.
type lineFile struct {
	f   *os.File
	enc *json.Encoder
}

func createLines(name string) (*lineFile, error) {
	f, err := os.Create(name)
	if err != nil {
		return nil, &ExitError{ExitInternal, err}
	}
	return &lineFile{f, json.NewEncoder(f)}, nil
}

// Line writes a value as one line.
func (l *lineFile) Line(v any) error {
	if err := l.enc.Encode(v); err != nil {
		return &ExitError{ExitInternal, err}
	}
	return nil
}

// Close closes the file.
func (l *lineFile) Close() error { return l.f.Close() }
