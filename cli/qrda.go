// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/woodlawn-health/woodlawn/quality/qrda"
	"github.com/woodlawn-health/woodlawn/quality/qrda/schematron"
	"github.com/woodlawn-health/woodlawn/quality/qrda/xmltree"
)

// qrdaCmd groups what is done with QRDA documents.
type qrdaCmd struct {
	Validate qrdaValidateCmd `cmd:"" help:"Check QRDA documents, with CMS's own rules if you name its Schematron file."`
	Check    qrdaCheckCmd    `cmd:"" help:"Check Category III reports for the numbered errors of CMS's QPP conversion tool."`
	Show     qrdaShowCmd     `cmd:"" help:"Show the figures of a Category III report, or the patient's data of a Category I."`
	Patients qrdaPatientsCmd `cmd:"" help:"Write QRDA Category I documents for a hospital, one a patient, from QI-Core data."`
	Attest   qrdaAttestCmd   `cmd:"" help:"Write a QRDA Category III report of improvement activities and interoperability alone."`
}

// qrdaValidateCmd checks documents.
type qrdaValidateCmd struct {
	Files      []string `arg:"" help:"QRDA documents, plain or .gz; - for standard input."`
	Schematron string   `help:"CMS's Schematron file of the year (.sch)." placeholder:"FILE" type:"path"`
	Vocabulary string   `help:"The vocabulary file that comes with it; by default voc.xml beside it." placeholder:"FILE" type:"path"`
}

// qrdaFinding is one line of the answer, from either set of rules.
type qrdaFinding struct {
	File     string `json:"file"`
	Severity string `json:"severity"`
	Rule     string `json:"rule"`
	Line     int    `json:"line"`
	Path     string `json:"path"`
	Message  string `json:"message"`
}

func (cmd *qrdaValidateCmd) Run(a *App) error {
	rules, err := cmd.load(a)
	if err != nil {
		return err
	}
	bad := 0
	var all []qrdaFinding
	for _, name := range cmd.Files {
		doc, err := readTree(a, name)
		if err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(name), err)
		}
		findings, tested := rules.check(filepath.Base(name), doc)
		errors, warnings := 0, 0
		for _, f := range findings {
			if f.Severity == "warning" {
				warnings++
			} else {
				errors++
			}
		}
		if errors > 0 {
			bad++
		}
		all = append(all, findings...)
		fmt.Fprintf(a.Err, "%s: %s: %d errors, %d warnings%s\n", filepath.Base(name), qrda.KindOf(doc), errors, warnings, tested)
	}
	if err := writeFindings(a, all); err != nil {
		return &ExitError{ExitInternal, err}
	}
	if bad > 0 {
		return &ExitError{Code: ExitRejects}
	}
	return nil
}

// qrdaRules are Woodlawn's own rules, and those of a schema if there is one.
type qrdaRules struct {
	schema    *schematron.Schema
	documents map[string]*xmltree.Node
}

func (cmd *qrdaValidateCmd) load(a *App) (*qrdaRules, error) {
	r := &qrdaRules{documents: map[string]*xmltree.Node{}}
	if cmd.Schematron == "" {
		return r, nil
	}
	f, done, err := a.open(cmd.Schematron)
	if err != nil {
		return nil, err
	}
	defer done()
	if r.schema, err = schematron.Load(f); err != nil {
		return nil, err
	}
	for _, u := range r.schema.Unsupported {
		fmt.Fprintf(a.Err, "woodlawn: not checked: %s\n", u)
	}
	for _, name := range r.schema.Documents {
		path := cmd.Vocabulary
		if path == "" {
			path = filepath.Join(filepath.Dir(cmd.Schematron), filepath.Base(name))
		}
		doc, err := readTree(a, path)
		if os.IsNotExist(err) && cmd.Vocabulary == "" {
			continue // the rules that need it say so
		}
		if err != nil {
			return nil, fmt.Errorf("vocabulary: %w", err)
		}
		r.documents[name] = doc
	}
	return r, nil
}

// check gives the findings; what could not be evaluated is an error too.
func (r *qrdaRules) check(file string, doc *xmltree.Node) (findings []qrdaFinding, tested string) {
	_, problems := qrda.Validate(doc)
	for _, p := range problems {
		severity := "error"
		if p.Warning {
			severity = "warning"
		}
		findings = append(findings, qrdaFinding{file, severity, p.Rule, p.Line, p.Path, p.Reason})
	}
	if r.schema == nil {
		return findings, ""
	}
	report := r.schema.Validate(doc, r.documents)
	for _, f := range report.Findings {
		findings = append(findings, qrdaFinding{file, f.Severity.String(), f.ID, f.Line, f.Path, f.Message})
	}
	for _, n := range report.NotEvaluated {
		findings = append(findings, qrdaFinding{file, "not evaluated", n.ID, 0, "", n.Reason})
	}
	for _, u := range r.schema.Unsupported {
		findings = append(findings, qrdaFinding{file, "not evaluated", u.ID, 0, "", u.Reason})
	}
	return findings, fmt.Sprintf("; %d assertions tested, %d different", report.Evaluated, report.Distinct)
}

func writeFindings(a *App, list []qrdaFinding) error {
	switch a.Format {
	case "json":
		enc := json.NewEncoder(a.Out)
		for _, f := range list {
			if err := enc.Encode(f); err != nil {
				return err
			}
		}
		return nil
	case "csv":
		w := csv.NewWriter(a.Out)
		rows := [][]string{{"file", "severity", "rule", "line", "path", "message"}}
		for _, f := range list {
			rows = append(rows, []string{f.File, f.Severity, f.Rule, strconv.Itoa(f.Line), f.Path, f.Message})
		}
		return w.WriteAll(rows)
	}
	for _, f := range list {
		place := f.File
		if f.Line > 0 {
			place += ":" + strconv.Itoa(f.Line)
		}
		if _, err := fmt.Fprintf(a.Out, "%s: %s: %s: %s\n", place, f.Severity, f.Rule, f.Message); err != nil {
			return err
		}
		if f.Path == "" {
			continue
		}
		if _, err := fmt.Fprintf(a.Out, "    %s\n", f.Path); err != nil {
			return err
		}
	}
	return nil
}

func readTree(a *App, name string) (*xmltree.Node, error) {
	f, done, err := a.open(name)
	if err != nil {
		return nil, err
	}
	defer done()
	return xmltree.Parse(f)
}
