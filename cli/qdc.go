// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strconv"
	"text/tabwriter"

	"github.com/woodlawn-health/woodlawn/edi/claim837"
	"github.com/woodlawn-health/woodlawn/quality/claimsbased"
)

// qdcCmd evaluates the measures that clinicians report with quality-data codes.
type qdcCmd struct {
	Files    []string `arg:"" help:"837 files of the year, in the order they were sent; - for standard input."`
	Measures string   `required:"" help:"CMS's single-source file of claims-related measures (JSON, plain or .gz)." placeholder:"FILE" type:"path"`
	Year     int      `required:"" help:"Performance year: claims of other years do not count."`
	Measure  string   `help:"Only this measure, such as 236." placeholder:"ID"`
	Explain  string   `help:"Instead of rates, tell how this member's claims were counted." placeholder:"MEMBER"`
}

func (cmd *qdcCmd) Run(a *App) error {
	f, done, err := a.open(cmd.Measures)
	if err != nil {
		return err
	}
	set, err := claimsbased.Load(f, cmd.Year)
	done()
	if err != nil {
		return err
	}
	run := claimsbased.NewRun(set)
	rejected := 0
	for _, name := range cmd.Files {
		n, err := cmd.read(a, run, name)
		if err != nil {
			return err
		}
		rejected += n
	}
	if cmd.Explain != "" {
		err = run.Explain(cmd.Explain, cmd.Measure).WriteTable(a.Out)
	} else {
		err = cmd.rates(a, run)
	}
	if err != nil {
		return &ExitError{ExitInternal, err}
	}
	fmt.Fprintf(a.Err, "%d claims read, %d used, %d set aside, %d of other years, %d institutional or dental, %d replaced, %d voided, %d replacements or voids of claims not read\n",
		run.Given, run.Kept, rejected, run.OtherYear, run.OtherForm, run.Replaced, run.Voided, run.Unmatched)
	if rejected > 0 {
		return &ExitError{Code: ExitRejects}
	}
	return nil
}

// read adds a file's good claims to the run and answers how many were set aside.
func (cmd *qdcCmd) read(a *App, run *claimsbased.Run, name string) (rejected int, err error) {
	in, done, err := a.open(name)
	if err != nil {
		return 0, err
	}
	defer done()
	base := filepath.Base(name)
	_, err = claim837.Run(context.Background(), in, claim837.Options{File: base, PassOthers: true}, 0, claim837.Stages{Emit: func(b *claim837.Batch) error {
		for i := range b.Claims {
			p := &b.Claims[i]
			why := "the claim has errors: see woodlawn edi check"
			if !p.Rejected {
				why = run.Add(&p.Claim)
			}
			if why != "" {
				rejected++
				fmt.Fprintf(a.Err, "%s: claim %d: %s\n", base, p.Claim.Source.Index+1, why)
			}
		}
		return nil
	}})
	return rejected, err
}

func (cmd *qdcCmd) rates(a *App, run *claimsbased.Run) error {
	var results []claimsbased.Result
	for _, r := range run.Results() {
		if cmd.Measure == "" || r.Measure == cmd.Measure {
			results = append(results, r)
		}
	}
	switch a.Format {
	case "json":
		enc := json.NewEncoder(a.Out)
		for i := range results {
			r := &results[i]
			line := struct {
				*claimsbased.Result
				Rate         *json.Number `json:"rate"` // null if nobody is left
				Completeness *json.Number `json:"completeness"`
			}{r, jsonPart(r.Rate()), jsonPart(r.Completeness())}
			if err := enc.Encode(line); err != nil {
				return err
			}
		}
		return nil
	case "csv":
		w := csv.NewWriter(a.Out)
		rows := [][]string{qdcColumns}
		for i := range results {
			rows = append(rows, qdcRow(&results[i], decimal6))
		}
		return w.WriteAll(rows)
	}
	w := tabwriter.NewWriter(a.Out, 0, 0, 2, ' ', tabwriter.AlignRight)
	writeRow(w, qdcColumns)
	for i := range results {
		writeRow(w, qdcRow(&results[i], percent))
	}
	return w.Flush()
}

var qdcColumns = []string{"tin", "npi", "measure", "group", "eligible", "exclusions", "exceptions", "met", "not met", "unreported",
	"rate", "completeness", "verified"}

func qdcRow(r *claimsbased.Result, figure func(int64) string) []string {
	part := func(v int64, ok bool) string {
		if !ok {
			return "NA"
		}
		return figure(v)
	}
	n := strconv.Itoa
	return []string{r.TIN, r.NPI, r.Measure, r.Stratum, n(r.Eligible), n(r.Exclusions), n(r.Exceptions), n(r.Met), n(r.NotMet),
		n(r.Unreported), part(r.Rate()), part(r.Completeness()), strconv.FormatBool(r.Verified)}
}

func jsonPart(v int64, ok bool) *json.Number {
	if !ok {
		return nil
	}
	n := json.Number(decimal6(v))
	return &n
}

func writeRow(w *tabwriter.Writer, cells []string) {
	for _, c := range cells {
		fmt.Fprintf(w, "%s\t", c) // tabwriter keeps its error until Flush
	}
	fmt.Fprintln(w)
}

// decimal6 writes millionths as a number from 0 to 1.
func decimal6(v int64) string { return fmt.Sprintf("%d.%06d", v/1_000_000, v%1_000_000) }

// percent writes millionths as a percentage of two decimals, rounded half up.
func percent(v int64) string {
	v = (v + 50) / 100
	return fmt.Sprintf("%d.%02d%%", v/100, v%100)
}
