// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/woodlawn-health/woodlawn/quality/qrda"
)

// qrdaShowCmd shows what a document reports.
type qrdaShowCmd struct {
	File string `arg:"" help:"QRDA document, plain or .gz; - for standard input."`
}

func (cmd *qrdaShowCmd) Run(a *App) error {
	doc, err := readTree(a, cmd.File)
	if err != nil {
		return err
	}
	var shown any
	var problems qrda.Problems
	switch kind := qrda.KindOf(doc); kind {
	case qrda.Category3, qrda.Fragment:
		report, p := qrda.ReadTree(doc)
		shown, problems = report, p
		if a.Format == "table" {
			if err := showCategory3(a.Out, report); err != nil {
				return &ExitError{ExitInternal, err}
			}
		}
	case qrda.Category1:
		record, p := qrda.ReadCategoryI(doc)
		shown, problems = record, p
		if a.Format == "table" {
			if err := showCategory1(a.Out, record); err != nil {
				return &ExitError{ExitInternal, err}
			}
		}
	default:
		return fmt.Errorf("the document is neither QRDA Category I nor III")
	}
	if a.Format != "table" {
		enc := json.NewEncoder(a.Out)
		enc.SetIndent("", "  ")
		if err := enc.Encode(shown); err != nil {
			return &ExitError{ExitInternal, err}
		}
	}
	for _, p := range problems {
		fmt.Fprintln(a.Err, "woodlawn:", p)
	}
	if len(problems) > 0 {
		return &ExitError{Code: ExitRejects}
	}
	return nil
}

func showCategory3(w io.Writer, r *qrda.CategoryIII) error {
	p := &printer{w: w}
	p.line("program %s  period %s to %s", r.Program, r.From, r.Through)
	for _, m := range r.Measures {
		p.line("measure %s  %s", m.ID, m.Title)
		for _, pop := range m.Populations {
			p.line("  %-10s %8d  %s", pop.Code, pop.Count, pop.ID)
		}
		for _, rate := range m.Rates {
			value := "NA"
			if !rate.Undefined {
				value = fmt.Sprintf("%d.%06d", rate.Millionths/1_000_000, rate.Millionths%1_000_000)
			}
			p.line("  rate       %s", value)
		}
	}
	for _, x := range r.Activities {
		p.line("activity %s  %v", x.ID, x.Performed)
	}
	for _, x := range r.Interoperability {
		if x.Answer != nil {
			p.line("interoperability %s  %v", x.ID, *x.Answer)
			continue
		}
		p.line("interoperability %s  %d of %d", x.ID, x.Numerator, x.Denominator)
	}
	return p.err
}

// showCategory1 prints codes and times, no names.
func showCategory1(w io.Writer, r *qrda.CategoryI) error {
	p := &printer{w: w}
	p.line("program %s  hospital %s  period %s to %s", r.Program, r.CCN, r.From, r.Through)
	for _, m := range r.Measures {
		p.line("measure %s  %s", m.ID, m.Title)
	}
	for _, e := range r.Entries {
		p.line("  %-22s %s  %s %s  %s %s", e.Datatype, e.Code.Code, e.From, e.Through, e.Code.System, e.ValueSet)
	}
	return p.err
}

// printer keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}
