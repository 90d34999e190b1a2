// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/woodlawn-health/woodlawn/vbc/worklist"
)

// riskView prints a list, person by person as they come.
type riskView struct {
	list, format string
	out          *bufio.Writer
	csv          *csv.Writer
	head         bool
}

func newRiskView(a *App, list string) *riskView {
	v := &riskView{list: list, format: a.Format, out: bufio.NewWriter(a.Out)}
	v.csv = csv.NewWriter(v.out)
	return v
}

var riskHeads = map[string][]string{
	"scores":     {"bene_mbi_id", "practice", "payment_year", "segment", "raw_score", "term", "coefficient", "label", "evidence"},
	"recapture":  {"bene_mbi_id", "practice", "clinician", "hcc", "label", "coefficient", "adds", "last_day", "last_code", "last_clinician", "claim"},
	"suspects":   {"bene_mbi_id", "practice", "clinician", "hcc", "label", "reason", "system", "code", "last_day", "last_clinician", "claim"},
	"conditions": {"bene_mbi_id", "practice", "condition", "basis", "claims", "first_day", "last_day"},
}

var riskWidths = map[string]string{
	"scores":     "%-11s  %-9s  %-4s  %-5s  %7s  %-28s  %11s  %-50.50s  %s",
	"recapture":  "%-11s  %-9s  %-10s  %4s  %-50.50s  %11s  %7s  %-10s  %-9s  %-14s  %s",
	"suspects":   "%-11s  %-9s  %-10s  %4s  %-50.50s  %-30.30s  %-8s  %-11s  %-10s  %-14s  %s",
	"conditions": "%-11s  %-9s  %-30.30s  %-12s  %6s  %-10s  %s",
}

func (v *riskView) row(fields []string) error {
	if v.format == "csv" {
		return v.csv.Write(fields)
	}
	list := make([]any, len(fields))
	for i, f := range fields {
		list[i] = f
	}
	_, err := fmt.Fprintf(v.out, riskWidths[v.list]+"\n", list...)
	return err
}

func (v *riskView) add(p *worklist.Person) error {
	if v.format == "json" {
		return v.json(p)
	}
	if !v.head {
		v.head = true
		if err := v.row(riskHeads[v.list]); err != nil {
			return err
		}
	}
	for _, fields := range riskRows(v.list, p) {
		if err := v.row(fields); err != nil {
			return err
		}
	}
	return nil
}

// riskRows are the lines of a person in a list.
func riskRows(list string, p *worklist.Person) (rows [][]string) {
	claim := func(e *worklist.Evidence) string { return strconv.FormatInt(e.Claim, 10) }
	switch list {
	case "scores":
		for _, s := range []*worklist.Score{p.Score, p.Next} {
			if s == nil {
				continue
			}
			for _, t := range s.Terms {
				rows = append(rows, []string{p.MBI, p.Practice, strconv.Itoa(s.PaymentYear), s.Segment, s.Text, t.Name, t.Factor, t.Label, evidenceText(t.Evidence)})
			}
		}
		if p.Unscored != "" {
			rows = append(rows, []string{p.MBI, p.Practice, "", "", "", "", "", p.Unscored, ""})
		}
	case "recapture":
		for i := range p.Open {
			g := &p.Open[i]
			rows = append(rows, []string{p.MBI, p.Practice, p.Clinician, strconv.Itoa(g.HCC), g.Label, g.Factor, g.Gain, g.Last.Day.String(), g.Last.Code, g.Last.NPI, claim(&g.Last)})
		}
	case "suspects":
		for i := range p.Suspects {
			s := &p.Suspects[i]
			rows = append(rows, []string{p.MBI, p.Practice, p.Clinician, strconv.Itoa(s.HCC), s.Label, s.Reason, s.System, s.Last.Code, s.Last.Day.String(), s.Last.NPI, claim(&s.Last)})
		}
	case "conditions":
		for _, c := range p.Condition {
			rows = append(rows, []string{p.MBI, p.Practice, c.Name, c.Basis, strconv.Itoa(c.Claims), c.First.String(), c.Last.String()})
		}
	}
	return rows
}

// json writes a person who is on the list, with what the list is about.
func (v *riskView) json(p *worklist.Person) error {
	x := *p
	keep := false
	switch v.list {
	case "scores":
		x.Open, x.Suspects, x.Condition, keep = nil, nil, nil, true
	case "recapture":
		x.Score, x.Next, x.Suspects, x.Condition, keep = nil, nil, nil, nil, len(p.Open) > 0
	case "suspects":
		x.Score, x.Next, x.Open, x.Condition, keep = nil, nil, nil, nil, len(p.Suspects) > 0
	case "conditions":
		x.Score, x.Next, x.Open, x.Suspects, keep = nil, nil, nil, nil, len(p.Condition) > 0
	}
	if !keep {
		return nil
	}
	return json.NewEncoder(v.out).Encode(&x)
}

func (v *riskView) finish() error {
	v.csv.Flush()
	if err := v.csv.Error(); err != nil {
		return err
	}
	return v.out.Flush()
}
