// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/vbc/episodes"
)

// episodeView prints episodes and hospitals' results in one format. Errors of writing are
// seen when it is flushed.
type episodeView struct {
	format string
	out    *bufio.Writer
	csv    *csv.Writer
	quiet  bool // hospitals alone
	head   [2]bool
}

func newEpisodeView(a *App, quiet bool) *episodeView {
	v := &episodeView{format: a.Format, out: bufio.NewWriter(a.Out), quiet: quiet}
	v.csv = csv.NewWriter(v.out)
	return v
}

func (v *episodeView) flush() error {
	v.csv.Flush()
	return v.out.Flush()
}

// status is what became of an episode in a word.
func status(e *episodes.Episode) string {
	if e.Cancelled != nil {
		return string(e.Cancelled.Reason)
	}
	return "counts"
}

func (v *episodeView) episode(e *episodes.Episode) {
	if v.quiet {
		return
	}
	var p episodes.Price
	if e.Price != nil {
		p = *e.Price
	}
	switch v.format {
	case "json":
		_ = json.NewEncoder(v.out).Encode(map[string]any{"episode": e})
		return
	case "csv":
		v.episodeCSV(e, &p)
		return
	}
	if !v.head[0] {
		v.head[0] = true
		fmt.Fprintf(v.out, "%-24s  %-6s  %-4s  %-6s  %-10s  %-10s  %12s  %12s  %12s  %12s  %12s  %5s  %s\n", "episode", "kind", "type", "CCN", "start", "end",
			"anchor", "post-acute", "other", "spending", "target", "readm", "status")
	}
	post := e.Spend[episodes.SNF] + e.Spend[episodes.HomeHealth] + e.Spend[episodes.Rehabilitation] + e.Spend[episodes.LongTerm]
	target := "-"
	if e.Price != nil {
		target = p.Target.String()
	}
	fmt.Fprintf(v.out, "%-24s  %-6s  %-4s  %-6s  %s  %s  %12s  %12s  %12s  %12s  %12s  %5d  %s\n", e.ID, e.Category, e.Type, e.Hospital, e.Start, e.End,
		e.Spend[episodes.Anchor], post, e.Total-post-e.Spend[episodes.Anchor], e.Total, target, e.Readmissions, status(e))
}

func (v *episodeView) episodeCSV(e *episodes.Episode, p *episodes.Price) {
	if !v.head[0] {
		v.head[0] = true
		row := []string{"episode_id", "model", "performance_year", "category", "type", "trigger", "ccn", "region", "start", "discharged", "end", "status", "detail", "cite"}
		for _, s := range episodes.Settings() {
			row = append(row, "spend_"+s.String())
		}
		_ = v.csv.Write(append(row, "total", "excluded", "post_episode", "readmissions", "hccs", "risk_multiplier", "preliminary_price", "target", "spending"))
	}
	row := []string{e.ID, e.Model, strconv.Itoa(e.Year), e.Category, e.Type, e.Code, e.Hospital, e.Region, e.Start.String(), e.Discharged.String(), e.End.String(), status(e), "", ""}
	if e.Cancelled != nil {
		row[12], row[13] = e.Cancelled.Detail, e.Cancelled.Cite
	}
	for _, s := range episodes.Settings() {
		row = append(row, e.Spend[s].String())
	}
	row = append(row, e.Total.String(), e.Excluded.String(), e.Post.String(), strconv.Itoa(e.Readmissions))
	if e.Cancelled == nil {
		hccs := ""
		if e.Risk.HCCs >= 0 {
			hccs = strconv.Itoa(e.Risk.HCCs)
		}
		row = append(row, hccs, string(money.AppendTrimmed(nil, e.Risk.Multiplier, 9)))
	} else {
		row = append(row, "", "")
	}
	if e.Price != nil {
		row = append(row, p.Preliminary.String(), p.Target.String(), p.Spending.String())
	} else {
		row = append(row, "", "", "")
	}
	_ = v.csv.Write(row)
}

func (v *episodeView) hospital(r *episodes.Result, t *trace.Trace) {
	score := string(money.AppendScaled(nil, r.Quality, 2))
	switch v.format {
	case "json":
		line := map[string]any{"hospital": r, "composite_quality_score": json.RawMessage(score)}
		if t.On() {
			line["trace"] = t
		}
		_ = json.NewEncoder(v.out).Encode(line)
		return
	case "csv":
		if v.quiet {
			v.hospitalCSV(r, score)
		}
		return
	}
	if t.On() {
		fmt.Fprintf(v.out, "hospital %s %s\n", r.CCN, r.Name)
		_ = t.WriteTable(v.out)
	} else {
		if !v.head[1] {
			v.head[1] = true
			if !v.quiet {
				fmt.Fprintln(v.out)
			}
			fmt.Fprintf(v.out, "%-6s  %-9s  %8s  %9s  %8s  %5s  %14s  %14s  %14s  %6s  %14s  %14s  %12s  %14s\n", "CCN", "track", "episodes", "cancelled", "unpriced", "readm",
				"target", "spending", "amount", "CQS", "adjusted", "limited", "post-episode", "payment")
		}
		fmt.Fprintf(v.out, "%-6s  %-9s  %8d  %9d  %8d  %5d  %14s  %14s  %14s  %6s  %14s  %14s  %12s  %14s\n", r.CCN, r.Track, r.Episodes, r.Cancelled, r.Unpriced, r.Readmissions,
			r.Target, r.Spending, r.Amount, score, r.Adjusted, r.Limited, r.PostEpisode, r.Payment)
	}
	if t.On() {
		for _, n := range r.Notes {
			fmt.Fprintln(v.out, "note:", n)
		}
	}
}

func (v *episodeView) hospitalCSV(r *episodes.Result, score string) {
	if !v.head[1] {
		v.head[1] = true
		row := []string{"ccn", "name", "track", "episodes", "cancelled", "unpriced", "readmissions"}
		for _, s := range episodes.Settings() {
			row = append(row, "spend_"+s.String())
		}
		_ = v.csv.Write(append(row, "target", "spending", "reconciliation_amount", "composite_quality_score", "quality_adjusted", "limited", "post_episode_excess", "payment", "final"))
	}
	row := []string{r.CCN, r.Name, r.Track, strconv.Itoa(r.Episodes), strconv.Itoa(r.Cancelled), strconv.Itoa(r.Unpriced), strconv.Itoa(r.Readmissions)}
	for _, s := range episodes.Settings() {
		row = append(row, r.Settings[s].String())
	}
	_ = v.csv.Write(append(row, r.Target.String(), r.Spending.String(), r.Amount.String(), score, r.Adjusted.String(), r.Limited.String(), r.PostEpisode.String(),
		r.Payment.String(), strconv.FormatBool(r.Final)))
}

// explained prints one episode with its steps.
func (v *episodeView) explained(e *episodes.Episode, t *trace.Trace) {
	if v.format == "json" {
		_ = json.NewEncoder(v.out).Encode(map[string]any{"episode": e, "trace": t})
		return
	}
	fmt.Fprintf(v.out, "%s, %s %d, hospital %s: %s\n", e.ID, e.Model, e.Year, e.Hospital, status(e))
	_ = t.WriteTable(v.out)
}

// notes ends JSON with what the results rest on.
func (v *episodeView) notes(list []string) {
	if v.format == "json" {
		_ = json.NewEncoder(v.out).Encode(map[string]any{"notes": list})
	}
}
