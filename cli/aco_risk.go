// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/population"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
	"github.com/woodlawn-health/woodlawn/vbc/worklist"
)

type acoRiskCmd struct {
	rosterFlags
	Model      string `help:"Risk adjustment model." default:"CMS-HCC V28"`
	Lookback   int    `help:"Years before the performance year in which conditions are looked for, 1 to 3." default:"1"`
	List       string `help:"A list that names people: scores, recapture, suspects or conditions." enum:"scores,recapture,suspects,conditions," default:""`
	By         string `help:"Whose rates are printed without --list: ${enum}." enum:"practice,clinician" default:"practice"`
	Suspects   string `help:"Your rules for --list suspects (csv: system, code, hcc, reason)." type:"existingfile" placeholder:"FILE"`
	Conditions string `help:"Your definitions of chronic conditions for --list conditions (csv: condition, code, setting, claims, months)." type:"existingfile" placeholder:"FILE"`
	Explain    string `help:"Show every step of one beneficiary's scores, and the claims behind them." placeholder:"MBI"`
}

// Help is the long help.
func (acoRiskCmd) Help() string {
	return `Scores the assigned beneficiaries with a CMS-HCC model and compares conditions found in the
performance year with those of the years before. Without --list it prints, for each practice or
clinician, how many payment categories were found again (the recapture rate); counts of 1 to 10 and
what they would give away are suppressed.

The lists name people and their conditions: they are for care, not for export.
  scores      the raw score that pays for the performance year, by the diagnoses of the year before,
              with each term's diagnoses and claims; and the score of the year after by what has
              been found so far
  recapture   payment categories of the years before that are not found yet, with the last claim and
              clinician, the category's factor and what the next score would gain
  suspects    categories that your rules see in codes of claims and no diagnosis states. No rules
              are shipped. Systems are HCPCS, NDC, ICD10CM, ICD10PCS, DRG and
              REVENUE; a code that ends with * stands for all that begin so
  conditions  groups of categories of the model, and conditions that your definitions find. CMS's
              Chronic Conditions Warehouse defines its conditions so; its code lists are not shipped

Nothing here is a diagnosis: a condition counts when a clinician finds and documents it. People with
ESRD have no score of this model; people who died or share no claims are on no list of work.`
}

func (c acoRiskCmd) lister(a *App) (*worklist.Lister, error) {
	cat, err := a.Catalog()
	if err != nil {
		return nil, err
	}
	cfg := worklist.Config{Catalog: cat, Model: c.Model, Year: c.Year, Lookback: c.Lookback}
	if err := withFile(c.Suspects, func(r io.Reader) (err error) {
		cfg.Suspects, err = worklist.ReadSuspects(r, c.Suspects)
		return err
	}); err != nil {
		return nil, &ExitError{ExitInput, err}
	}
	if err := withFile(c.Conditions, func(r io.Reader) (err error) {
		cfg.Chronic, err = worklist.ReadDefinitions(r, c.Conditions)
		return err
	}); err != nil {
		return nil, &ExitError{ExitInput, err}
	}
	return worklist.New(cfg)
}

// withFile opens a file for fn; no name is no file.
func withFile(name string, fn func(io.Reader) error) error {
	if name == "" {
		return nil
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	return fn(f)
}

func (c acoRiskCmd) Run(a *App) error {
	if c.List == "suspects" && c.Suspects == "" {
		return &ExitError{ExitUsage, fmt.Errorf("--list suspects wants rules of yours: --suspects FILE (csv: system, code, hcc, reason); none are shipped")}
	}
	l, err := c.lister(a)
	if err != nil {
		return err
	}
	rules, err := population.Load(l.Catalog(), c.Year)
	if err != nil {
		return err
	}
	for _, note := range l.Notes {
		fmt.Fprintln(a.Err, "note:", note)
	}
	view := newRiskView(a, c.List)
	rates := map[string]*population.Share{}
	found := false
	finders := sync.Pool{New: func() any { return l.Finder() }}
	rejects, err := eachAssigned(a, &c.rosterFlags, func(b *feed.Beneficiary, at panel) (worklist.Person, error) {
		f := finders.Get().(*worklist.Finder)
		defer finders.Put(f)
		var t *trace.Trace
		if c.Explain != "" && (b.MBI == c.Explain || slices.Contains(b.Former, c.Explain)) {
			t = trace.New()
		}
		p := f.Find(b, t)
		p.Practice, p.Clinician, p.Trace = at.practice, at.clinician, t
		return p, nil
	}, func(p worklist.Person) error {
		if c.Explain != "" {
			if p.Trace == nil {
				return nil
			}
			found = true
			return explainRisk(a, &p)
		}
		if c.List != "" {
			return view.add(&p)
		}
		key := p.Practice
		if c.By == "clinician" {
			key = p.Clinician
		}
		if key == "" {
			key = "none" // aligned by choice alone
		}
		if rates[key] == nil {
			rates[key] = &population.Share{Key: key}
		}
		rates[key].People++
		rates[key].N += int64(p.Again)
		rates[key].Of += int64(p.Before)
		return nil
	})
	if err != nil {
		return err
	}
	if c.Explain != "" && !found {
		return &ExitError{ExitUsage, fmt.Errorf("no assigned beneficiary has that identifier")}
	}
	if c.Explain == "" && c.List == "" {
		var list []population.Share
		for _, key := range slices.Sorted(maps.Keys(rates)) {
			list = append(list, *rates[key])
		}
		err = printShares(a, rules.Shares(list), []string{c.By, "found_again", "categories", "percent"})
	} else {
		err = view.finish()
	}
	if err != nil {
		return &ExitError{ExitInternal, err}
	}
	return setAside(rejects)
}

// printShares prints rates of panels under their headings.
func printShares(a *App, rows []population.ShareRow, head []string) error {
	out := [][]string{head}
	for _, r := range rows {
		out = append(out, []string{r.Key, r.N, r.Of, r.Percent})
	}
	if a.Format == "json" {
		return writeJSON(a.Out, objects(out))
	}
	return writeRows(a, out)
}

// explainRisk prints one beneficiary whole.
func explainRisk(a *App, p *worklist.Person) error {
	if a.Format == "json" {
		return writeJSON(a.Out, p)
	}
	if err := p.Trace.WriteTable(a.Out); err != nil {
		return err
	}
	for _, s := range []*worklist.Score{p.Score, p.Next} {
		if s == nil {
			continue
		}
		fmt.Fprintf(a.Out, "\nraw score %d, segment %s: %s\n", s.PaymentYear, s.Segment, s.Text)
		for _, term := range s.Terms {
			fmt.Fprintf(a.Out, "  %-28s %8s  %s\n", term.Name, term.Factor, term.Label)
			for _, e := range term.Evidence {
				fmt.Fprintf(a.Out, "      %s, %s claim %d of %s, clinician %s\n", e.Code, e.Place, e.Claim, e.Day, e.NPI)
			}
		}
	}
	if p.Unscored != "" {
		fmt.Fprintln(a.Out, "no score:", p.Unscored)
	}
	for _, g := range p.Open {
		fmt.Fprintf(a.Out, "open: HCC%d %s, last %s claim %d of %s; would add %s\n", g.HCC, g.Label, g.Last.Code, g.Last.Claim, g.Last.Day, g.Gain)
	}
	return nil
}

// evidenceText is the claims behind a term in one cell.
func evidenceText(list []worklist.Evidence) string {
	var out []string
	for _, e := range list {
		out = append(out, fmt.Sprintf("%s %d %s", e.Code, e.Claim, e.Day))
	}
	return strings.Join(out, "; ")
}
