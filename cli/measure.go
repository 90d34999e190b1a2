// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/quality/elm"
	"github.com/woodlawn-health/woodlawn/quality/measure"
)

type measureCmd struct {
	Test     measureTestCmd `cmd:"" name:"test" help:"Run a measure's test cases and compare with what they expect."`
	Evaluate measureRunCmd  `cmd:"" name:"run" help:"Compute measures for a population."`
}

// evaluationFlags are those of how libraries are evaluated.
type evaluationFlags struct {
	ValueSets     []string `name:"valuesets" help:"More bundles or resources with value set expansions." type:"existingfile" placeholder:"FILE"`
	MissingEmpty  bool     `name:"missing-as-empty" help:"Take value sets without an expansion as empty."`
	TrustProfiles bool     `help:"Retrieve by meta.profile instead of by what the profile asks for."`
	MaxRows       int64    `help:"Rows that queries may look at for one patient before it is set aside." default:"20000000" placeholder:"N"`
}

// engine loads bundles into a new engine and says which value sets are missing.
func (f *evaluationFlags) engine(a *App, bundles []string) (*measure.Engine, []*measure.Measure, error) {
	e := measure.NewEngine(measure.Options{Evaluation: elm.Options{MissingAsEmpty: f.MissingEmpty, TrustProfiles: f.TrustProfiles, MaxSteps: f.MaxRows}})
	var all []*measure.Measure
	for _, path := range append(append([]string{}, f.ValueSets...), bundles...) {
		src, err := os.ReadFile(path)
		if err != nil {
			return nil, nil, err
		}
		measures, err := e.Load(src)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", path, err)
		}
		all = append(all, measures...)
	}
	if len(all) == 0 {
		return nil, nil, errors.New("the bundles hold no measure")
	}
	for _, m := range all {
		for _, v := range m.MissingValueSets(e.Terminology()) {
			fmt.Fprintf(a.Err, "%s: value set %q (%s) has no expansion\n", m.Label(), v.Name, v.URL)
		}
	}
	return e, all, nil
}

type measureTestCmd struct {
	evaluationFlags
	Bundle string `arg:"" help:"Measure bundle: Measure, Libraries with ELM, ValueSets (JSON, may be gzipped)." type:"existingfile"`
	Cases  string `arg:"" help:"Test cases: NDJSON, one bundle a line with the expected MeasureReport (may be gzipped)." type:"existingfile"`
}

func (c *measureTestCmd) Run(a *App) error {
	e, measures, err := c.engine(a, []string{c.Bundle})
	if err != nil {
		return err
	}
	if len(measures) != 1 {
		return fmt.Errorf("%s holds %d measures; test cases are for one", c.Bundle, len(measures))
	}
	f, err := os.Open(c.Cases)
	if err != nil {
		return err
	}
	defer f.Close()
	lines, err := openLines(f)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Cases, err)
	}
	passed, failed := 0, 0
	for n := 1; lines.Scan(); n++ {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		if c.test(a, e, measures[0], n, bytes.Clone(line)) {
			passed++
		} else {
			failed++
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s: %w", c.Cases, err)
	}
	fmt.Fprintf(a.Out, "%d passed, %d failed\n", passed, failed)
	if failed > 0 {
		return &ExitError{Code: ExitRejects}
	}
	return nil
}

// test runs one case and prints what is not as expected, with the definitions that
// decided it.
func (c *measureTestCmd) test(a *App, e *measure.Engine, m *measure.Measure, line int, src []byte) bool {
	k, err := measure.ParseCase(src)
	if err != nil {
		fmt.Fprintf(a.Out, "line %d: %v\n", line, err)
		return false
	}
	request := measure.Request{Measures: []*measure.Measure{m}, Period: k.Period}
	results, err := e.Evaluate(request, k.Data...)
	if err == nil {
		err = results[0].Err
	}
	if err != nil {
		fmt.Fprintf(a.Out, "%s: %v\n", k.Name, err)
		return false
	}
	mismatches := k.Compare(&results[0])
	if len(mismatches) == 0 {
		return true
	}
	// Once more with traces, by which explanations name the resources behind a truth.
	request.Trace = true
	if traced, err := e.Evaluate(request, k.Data...); err == nil && traced[0].Err == nil {
		results = traced
	}
	fmt.Fprintf(a.Out, "%s: %s\n", k.Name, strings.TrimSpace(k.Description))
	for _, mm := range mismatches {
		fmt.Fprintf(a.Out, "  %s\n", mm)
		if mm.Criterion == nil {
			continue
		}
		if x, err := results[0].Explain(mm.Criterion); err == nil {
			x.Indent(a.Out, 2)
		}
	}
	return false
}

// openLines reads lines of any length, unpacked if they are gzipped.
func openLines(r io.Reader) (*bufio.Scanner, error) {
	buffered := bufio.NewReader(r)
	r = buffered
	if head, err := buffered.Peek(2); err == nil && head[0] == 0x1f && head[1] == 0x8b {
		if r, err = gzip.NewReader(buffered); err != nil {
			return nil, err
		}
	}
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 1<<20), 256<<20)
	return s, nil
}

type measureRunCmd struct {
	evaluationFlags
	documentFlags
	reportFlags
	showFlags
	serverFlags
	Bundle   []string `required:"" help:"Measure bundles." type:"existingfile" placeholder:"FILE"`
	Input    string   `name:"data" required:"" help:"Patients: a folder or a file of FHIR JSON or NDJSON, or of QRDA Category I documents (.xml, .zip), or the address of a FHIR server." placeholder:"PATH"`
	Period   string   `required:"" help:"Measurement period, both days included." placeholder:"2026-01-01..2026-12-31"`
	Report   string   `help:"MeasureReports to write: ${enum}." enum:"summary,subject-list,individual" default:"summary"`
	Reporter string   `help:"Who reports, as Organization/1: the MeasureReports then follow DEQM's profiles." placeholder:"REFERENCE"`
	Output   string   `short:"o" help:"File for the MeasureReports (NDJSON); else they go to the output with --format json." type:"path"`
	Rejects  string   `help:"File for the patients set aside, with reasons." type:"path"`
	Workers  int      `help:"Patients at a time; 0 means one a core."`
	Quiet    bool     `help:"No progress."`
}

func (c *measureRunCmd) Run(a *App) (err error) {
	start, end, ok := strings.Cut(c.Period, "..")
	period, perr := measure.ParsePeriod(start, end)
	if !ok || perr != nil {
		return &ExitError{ExitUsage, fmt.Errorf("--period %s is not FIRST..LAST day, as in 2026-01-01..2026-12-31", c.Period)}
	}
	if err := c.check(); err != nil {
		return err
	}
	report, err := c.reportFlags.open(a, c.Period, c.Explain != "")
	if err != nil {
		return err
	}
	e, measures, err := c.engine(a, c.Bundle)
	if err != nil {
		return err
	}
	out := a.Out
	if c.Output != "" {
		f, ferr := os.Create(c.Output)
		if ferr != nil {
			return &ExitError{ExitInternal, ferr}
		}
		defer func() {
			if cerr := f.Close(); cerr != nil && err == nil {
				err = &ExitError{ExitInternal, cerr}
			}
		}()
		out = f
	}
	run := &populationRun{cmd: c, app: a, measures: measures, period: period, out: bufio.NewWriter(out), began: time.Now(), report: report}
	if err := run.do(e); err != nil {
		return err
	}
	return run.finish()
}

// about is what MeasureReports say of themselves.
func (c *measureRunCmd) about() measure.About {
	return measure.About{Date: time.Now(), Reporter: c.Reporter, DEQM: c.Reporter != ""}
}

// populationRun is one run of measures over a population.
type populationRun struct {
	cmd      *measureRunCmd
	app      *App
	measures []*measure.Measure
	period   measure.Period
	out      *bufio.Writer
	rejects  *bufio.Writer
	lost     lossCount // what documents could not carry
	report   *summaryReport
	tallies  map[*measure.Measure]*measure.Tally
	parts    map[*measure.Measure][]*measure.Measure // of composites
	patients int
	aside    int
	found    bool // the patient to explain
	began    time.Time
	shown    time.Time
}

func (p *populationRun) do(e *measure.Engine) error {
	var plain []*measure.Measure
	p.tallies, p.parts = map[*measure.Measure]*measure.Tally{}, map[*measure.Measure][]*measure.Measure{}
	for _, m := range p.measures {
		if len(m.Components) == 0 {
			plain = append(plain, m)
			p.tallies[m] = measure.NewTally(m)
		}
	}
	for _, m := range p.measures {
		if len(m.Components) > 0 {
			parts, err := m.ComponentsIn(p.measures)
			if err != nil {
				return err
			}
			tallies := make([]*measure.Tally, len(parts))
			for i, part := range parts {
				tallies[i] = p.tallies[part]
			}
			if p.tallies[m], err = measure.NewComposite(m, tallies); err != nil {
				return err
			}
			p.parts[m] = parts
		}
	}
	if p.cmd.Rejects != "" {
		f, err := os.Create(p.cmd.Rejects)
		if err != nil {
			return &ExitError{ExitInternal, err}
		}
		defer f.Close()
		p.rejects = bufio.NewWriter(f)
		defer p.rejects.Flush()
	}
	b := &measure.Batch{Engine: e, Workers: p.cmd.Workers, Individual: p.cmd.Report == "individual", About: p.cmd.about(),
		Request: measure.Request{Measures: plain, Period: p.period, Supplemental: p.cmd.Output != "" || p.app.Format == "json",
			Trace: p.cmd.Report == "individual"}} // which names the resources that were evaluated
	if p.cmd.Explain != "" {
		b.Visit = func(data []node.Node, results []measure.Result) (any, error) {
			if len(results) == 0 || results[0].Subject != p.cmd.Explain {
				return nil, nil
			}
			traced := b.Request
			traced.Trace = true
			results, err := e.Evaluate(traced, data...)
			if err != nil {
				return nil, err
			}
			return p.cmd.show(results, p.app.inColour())
		}
	}
	if p.report != nil {
		p.report.begin(plain)
		b.Visit = p.report.visit
	}
	opt, err := p.cmd.options()
	if err != nil {
		return err
	}
	return b.Run(func(yield func(measure.Patient) bool) error { return p.cmd.patients(plain, opt, &p.lost, yield) }, p.take)
}

// take counts an outcome and writes what is asked for.
func (p *populationRun) take(o *measure.Outcome) error {
	p.patients++
	if s, _ := o.Seen.(*shown); s != nil {
		p.found = true
		if err := p.cmd.print(p.app, s); err != nil {
			return err
		}
	}
	if o.Err != nil {
		p.setAside(o.Where, "", o.Err)
		return nil
	}
	byMeasure := map[*measure.Measure]*measure.Result{}
	for i := range o.Results {
		r := &o.Results[i]
		byMeasure[r.Measure] = r
		p.tallies[r.Measure].Add(r, p.cmd.Report == "subject-list")
		if p.report != nil {
			p.report.add(r, o.Seen)
		}
		if r.Err != nil {
			p.setAside(o.Where, r.Measure.Label(), r.Err)
		}
	}
	for _, m := range p.measures {
		if t := p.tallies[m]; t.Composite != nil {
			var parts []*measure.Result
			for _, part := range p.parts[m] {
				parts = append(parts, byMeasure[part])
			}
			t.Composite.Add(parts)
		}
	}
	if p.cmd.Output != "" || p.app.Format == "json" {
		for _, rep := range o.Reports {
			if rep != nil {
				p.out.Write(rep)
				if err := p.out.WriteByte('\n'); err != nil {
					return &ExitError{ExitInternal, err}
				}
			}
		}
	}
	p.progress()
	return nil
}

func (p *populationRun) setAside(where, label string, err error) {
	p.aside++
	reason := err.Error()
	if label != "" {
		reason = label + ": " + reason
	}
	if p.rejects != nil {
		line, _ := json.Marshal(map[string]string{"where": where, "reason": reason})
		p.rejects.Write(append(line, '\n'))
		return
	}
	if p.aside <= 20 {
		fmt.Fprintf(p.app.Err, "%s: %s\n", where, reason)
	}
}

// progress says now and then how far the run is.
func (p *populationRun) progress() {
	if p.cmd.Quiet || time.Since(p.began) < 3*time.Second || time.Since(p.shown) < 2*time.Second {
		return
	}
	p.shown = time.Now()
	fmt.Fprintf(p.app.Err, "%d patients, %.0f a second\n", p.patients, float64(p.patients)/time.Since(p.began).Seconds())
}

// finish writes the reports over all patients and the table.
func (p *populationRun) finish() error {
	if p.cmd.Explain != "" && !p.found {
		return fmt.Errorf("the data hold no patient %s", p.cmd.Explain)
	}
	for _, m := range p.measures {
		t := p.tallies[m]
		var rep []byte
		var err error
		switch p.cmd.Report {
		case "summary":
			rep, err = t.SummaryReport(p.period, p.cmd.about())
		case "subject-list":
			rep, err = t.SubjectListReport(p.period, p.cmd.about())
		}
		if err == nil && rep != nil && (p.cmd.Output != "" || p.app.Format == "json") {
			_, err = p.out.Write(append(rep, '\n'))
		}
		if err != nil {
			return &ExitError{ExitInternal, err}
		}
	}
	if err := p.out.Flush(); err != nil {
		return &ExitError{ExitInternal, err}
	}
	if p.app.Format != "json" && p.cmd.Explain == "" {
		if err := p.table(); err != nil {
			return &ExitError{ExitInternal, err}
		}
	}
	p.lost.print(p.app, "not read of the documents")
	if p.report != nil {
		if err := p.report.write(p.app, p.tallies); err != nil {
			return err
		}
	}
	if p.aside > 0 {
		fmt.Fprintf(p.app.Err, "%d results set aside\n", p.aside)
		return &ExitError{Code: ExitRejects}
	}
	return nil
}

// table prints a line a population and the scores.
func (p *populationRun) table() error {
	separator := "\t"
	var w io.Writer = p.app.Out
	tw := tabwriter.NewWriter(p.app.Out, 0, 0, 2, ' ', 0)
	if p.app.Format == "csv" {
		separator = ","
	} else {
		w = tw
	}
	line := func(cells ...string) { fmt.Fprintln(w, strings.Join(cells, separator)) }
	line("measure", "group", "population", "count")
	for _, m := range p.measures {
		t := p.tallies[m]
		if t.Composite != nil {
			line(m.Label(), "1", "score", scoreText(t.Composite.Score()))
			continue
		}
		for i := range t.Groups {
			g := &t.Groups[i]
			group := fmt.Sprint(i + 1)
			for k, criterion := range g.Group.Populations {
				line(m.Label(), group, string(criterion.Role), fmt.Sprint(g.Counts[k]))
			}
			if g.Group.Scoring != measure.Cohort {
				line(m.Label(), group, "score", scoreText(g.Score()))
			}
		}
	}
	return tw.Flush()
}

func scoreText(d elm.Decimal, ok bool) string {
	if !ok {
		return "none"
	}
	return d.String()
}
