// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/vbc/settlement/puf"
)

type acoCmd struct {
	Generate   acoGenerateCmd   `cmd:"" help:"Invent an organisation with its deliveries and lists."`
	Import     acoImportCmd     `cmd:"" help:"Make claim files of FHIR bulk exports of CMS, or of your own claims (837) and remittances (835), for the other commands."`
	Assign     acoAssignCmd     `cmd:"" help:"Assign beneficiaries by claims and designations, with reasons; ask what if."`
	Population acoPopulationCmd `cmd:"" help:"Measure payments, use and readmissions of a population."`
	Settle     acoSettleCmd     `cmd:"" help:"From deliveries to the settlement: benchmark, savings or losses, what if."`
	Episodes   acoEpisodesCmd   `cmd:"" help:"Find episodes of bundled payment models, price them and reconcile hospitals."`
	Gaps       acoGapsCmd       `cmd:"" help:"Care gaps of the assigned: the quality engine's, and annual visits by claims."`
	Risk       acoRiskCmd       `cmd:"" help:"Risk scores by diagnosis and claim, conditions to find again, suspects, chronic conditions."`
	Export     acoExportCmd     `cmd:"" help:"Write beneficiaries, claims, assignment and use as Parquet files."`
	Corridors  acoCorridorsCmd  `cmd:"" help:"Settle a year of ACO REACH or LEAD by its risk corridors."`
	Replay     acoReplayCmd     `cmd:"" help:"Settle CMS's public-use file of Shared Savings Program results anew and compare."`
}

type acoReplayCmd struct {
	File    string `arg:"" help:"CMS ACO public-use file, csv or csv.gz; - is standard input."`
	Explain string `help:"Show how the results of one ACO came about: its ID or, where the file has none, its name." placeholder:"ACO"`
	Year    int    `help:"Only this performance year."`
	Misses  bool   `help:"List only ACO-years in which a figure does not agree."`
}

// Help is the long help.
func (acoReplayCmd) Help() string {
	return `Reads one line an ACO and performance year with the columns of CMS's public-use file and a
column performance_year, computes savings or losses from benchmark, expenditures, beneficiaries,
track and quality (42 CFR part 425 subpart G), and prints computed beside published figures and a
summary. Lines that can't be read are named on standard error, and the exit code is 1.`
}

func (c acoReplayCmd) Run(a *App) error {
	cat, err := a.Catalog()
	if err != nil {
		return err
	}
	in, closeIn, err := a.open(c.File)
	if err != nil {
		return err
	}
	defer closeIn()
	file, err := puf.Read(in)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	rejects := len(file.Rejects)
	for _, e := range file.Rejects {
		fmt.Fprintf(a.Err, "woodlawn: %s: %v\n", c.File, e)
	}
	out := bufio.NewWriter(a.Out)
	view := newReplayView(a.Format, out)
	rp := puf.NewReplayer(file, cat)
	var sum puf.Summary
	shown := 0
	for i := range file.Rows {
		row := &file.Rows[i]
		if c.Year != 0 && row.Year != c.Year || c.Explain != "" && row.ID() != c.Explain && row.Name != c.Explain {
			continue
		}
		var t *trace.Trace
		if c.Explain != "" {
			t = trace.New()
		}
		r, err := rp.Replay(row, t)
		if err != nil {
			fmt.Fprintf(a.Err, "woodlawn: %s: %v\n", c.File, err)
			rejects++
			continue
		}
		sum.Add(r)
		shown++
		if !c.Misses || !r.Reproduced {
			view.row(r, t)
		}
	}
	if c.Explain != "" && shown == 0 {
		return &ExitError{ExitUsage, fmt.Errorf("%s has no ACO %q in the years asked for", c.File, c.Explain)}
	}
	if c.Explain == "" {
		view.summary(&sum, a.Err)
	}
	if err := view.flush(); err != nil {
		return &ExitError{ExitInternal, err}
	}
	if err := out.Flush(); err != nil {
		return &ExitError{ExitInternal, err}
	}
	if rejects > 0 {
		return &ExitError{ExitRejects, fmt.Errorf("%d of %d lines were set aside", rejects, len(file.Rows)+len(file.Rejects))}
	}
	return nil
}

// replayView prints replays in one format.
type replayView struct {
	format string
	out    io.Writer
	csv    *csv.Writer
	head   bool
}

func newReplayView(format string, out io.Writer) *replayView {
	v := &replayView{format: format, out: out}
	if format == "csv" {
		v.csv = csv.NewWriter(out)
	}
	return v
}

func (v *replayView) flush() error {
	if v.csv == nil {
		return nil
	}
	v.csv.Flush()
	return v.csv.Error()
}

// verdict is what the last column says.
func verdict(r *puf.Replay) string {
	if r.Reproduced {
		return "agrees"
	}
	return r.Reason
}

func (v *replayView) row(r *puf.Replay, t *trace.Trace) {
	switch v.format {
	case "json":
		v.jsonRow(r, t)
		return
	case "csv":
		v.csvRow(r)
		return
	}
	if t.On() {
		fmt.Fprintf(v.out, "%s, %d, %s\n", r.Row.ID(), r.Row.Year, r.Track)
		for _, note := range r.Notes {
			fmt.Fprintln(v.out, "note:", note)
		}
		_ = t.WriteTable(v.out) // the buffer's error is seen when it is flushed
		for _, c := range r.Checks {
			fmt.Fprintf(v.out, "%-34s computed %s, published %s\n", c.Name, c.ComputedText(), c.PublishedText())
		}
		fmt.Fprintf(v.out, "%s\n\n", verdict(r))
		return
	}
	if !v.head {
		v.head = true
		fmt.Fprintf(v.out, "%-4s  %-28s  %-8s  %8s  %9s  %9s  %9s  %-7s  %9s  %9s  %16s  %16s  %s\n", "year", "ACO", "track", "assigned",
			"rate", "MSR", "published", "gate", "share", "published", "earned", "published", "verdict")
	}
	res := &r.Result
	fmt.Fprintf(v.out, "%d  %-28.28s  %-8s  %8s  %9s  %9s  %9s  %-7s  %9s  %9s  %16s  %16s  %s\n", r.Row.Year, r.Row.ID(), r.Track,
		r.Row.Assigned(), res.Rate, res.MSR, published(r, "minimum savings rate"), gate(r), res.FinalRate,
		published(r, "final sharing rate"), res.Earned, published(r, "earned savings or losses"), verdict(r))
}

// gate is the outcome in a word.
func gate(r *puf.Replay) string {
	switch {
	case r.Result.Generated > 0 && r.Result.FinalRate == 0:
		return "quality"
	case r.Result.Generated > 0:
		return "savings"
	case r.Result.Generated < 0:
		return "losses"
	}
	return "within"
}

// published is a figure as CMS printed it, or a dash.
func published(r *puf.Replay, name string) string {
	c := r.Check(name)
	if c == nil {
		return "-"
	}
	text := c.PublishedText()
	if c.Scale == 9 {
		return text[:len(text)-3]
	}
	return text
}

func (v *replayView) csvRow(r *puf.Replay) {
	if !v.head {
		v.head = true
		_ = v.csv.Write([]string{"performance_year", "aco_id", "aco_name", "track", "assigned", "savings_rate", "msr", "published_msr", "gate",
			"final_sharing_rate", "published_final_sharing_rate", "earned", "published_earned", "reproduced", "reason"})
	}
	res := &r.Result
	_ = v.csv.Write([]string{strconv.Itoa(r.Row.Year), r.Row.ACO, r.Row.Name, string(r.Track), r.Row.Assigned(), res.Rate.String(), res.MSR.String(),
		published(r, "minimum savings rate"), gate(r), res.FinalRate.String(), published(r, "final sharing rate"), res.Earned.String(),
		published(r, "earned savings or losses"), strconv.FormatBool(r.Reproduced), r.Reason})
}

func (v *replayView) jsonRow(r *puf.Replay, t *trace.Trace) {
	type check struct {
		Name      string          `json:"name"`
		Computed  json.RawMessage `json:"computed"`
		Published json.RawMessage `json:"published"`
		Agrees    bool            `json:"agrees"`
	}
	line := struct {
		Year       int          `json:"performance_year"`
		ACO        string       `json:"aco_id,omitempty"`
		Name       string       `json:"aco_name"`
		Track      string       `json:"track"`
		Result     any          `json:"result"`
		Checks     []check      `json:"checks"`
		Reproduced bool         `json:"reproduced"`
		Reason     string       `json:"reason,omitempty"`
		Notes      []string     `json:"notes,omitempty"`
		Trace      *trace.Trace `json:"trace,omitempty"`
	}{r.Row.Year, r.Row.ACO, r.Row.Name, string(r.Track), r.Result, nil, r.Reproduced, r.Reason, r.Notes, t}
	for _, c := range r.Checks {
		line.Checks = append(line.Checks, check{c.Name, json.RawMessage(c.ComputedText()), json.RawMessage(c.PublishedText()), c.OK})
	}
	v.encode(line)
}

// encode writes one line; the buffer's error is seen when it is flushed.
func (v *replayView) encode(line any) { _ = json.NewEncoder(v.out).Encode(line) }

func (v *replayView) summary(s *puf.Summary, errs io.Writer) {
	switch v.format {
	case "json":
		v.encode(map[string]any{"summary": map[string]any{"years": s.ByYear(), "tracks": s.ByTrack(), "total": s.Total}})
		return
	case "csv":
		fmt.Fprintf(errs, "%d of %d ACO-years reproduce\n", s.Total.Reproduced, s.Total.ACOs)
		return
	}
	fmt.Fprintf(v.out, "\n%-4s  %6s  %10s  %14s  %13s  %18s  %18s  %16s  %16s\n", "year", "ACOs", "reproduced", "earned printed", "earned agrees",
		"earned", "published", "owed", "published")
	for _, y := range append(s.ByYear(), &s.Total) {
		name := "all"
		if y.Year != 0 {
			name = strconv.Itoa(y.Year)
		}
		fmt.Fprintf(v.out, "%-4s  %6d  %10d  %14d  %13d  %18s  %18s  %16s  %16s\n", name, y.ACOs, y.Reproduced, y.Printed, y.Exact,
			y.Earned, y.PublishedEarned, y.Owed, y.PublishedOwed)
	}
}
