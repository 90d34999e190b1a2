// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/population"
	"github.com/woodlawn-health/woodlawn/population/gaps"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// annualVisit is the gap that claims alone tell of.
const annualVisit = "annual wellness visit (claims)"

type acoGapsCmd struct {
	rosterFlags
	Reports  []string `help:"Individual MeasureReports, NDJSON, as woodlawn measure run --report individual -o writes them." type:"existingfile" placeholder:"FILE"`
	Patients []string `help:"Patient resources, NDJSON, whose identifiers of system http://hl7.org/fhir/sid/us-mbi say which beneficiaries the reports' patients are." type:"existingfile" placeholder:"FILE"`
	List     bool     `help:"List the open gaps, person by person, in place of rates. The list names people."`
	By       string   `help:"Whose rates are printed without --list: ${enum}." enum:"practice,clinician" default:"practice"`
}

// Help is the long help.
func (acoGapsCmd) Help() string {
	return `Joins the quality engine's results to the assigned beneficiaries, and adds what claims alone tell:
whose annual wellness visit is not yet billed in the year. Without --list it prints, for each
measure, how many of those to whom it applies have no gap, by practice or clinician; counts of 1 to
10 and what they would give away are suppressed. With --list it names people and open gaps: it is
for care, not for export. People who died or do not share claims are left out of the gap from claims.`
}

// gapped is what is kept of one beneficiary.
type gapped struct {
	mbi   string
	at    panel
	items []gaps.Item
}

func (c acoGapsCmd) Run(a *App) error {
	if len(c.Reports) > 0 && len(c.Patients) == 0 {
		fmt.Fprintln(a.Err, "note: without --patients only reports whose subject is an MBI find their beneficiary")
	}
	cat, err := a.Catalog()
	if err != nil {
		return err
	}
	rules, err := population.Load(cat, c.Year)
	if err != nil {
		return err
	}
	book := gaps.NewBook()
	bad := 0
	reject := func(err error) {
		if bad++; bad <= 20 {
			fmt.Fprintln(a.Err, "woodlawn:", err)
		}
	}
	for _, set := range []struct {
		names []string
		read  func(io.Reader, string, func(error)) error
	}{{c.Patients, book.ReadPatients}, {c.Reports, book.ReadReports}} {
		for _, name := range set.names {
			in, done, err := a.open(name)
			if err != nil {
				return err
			}
			err = set.read(in, name, reject)
			done()
			if err != nil {
				return &ExitError{ExitInput, err}
			}
		}
	}
	rates := map[string]map[string]*population.Share{}
	rows := [][]string{{"bene_mbi_id", "practice", "clinician", "measure", "group", "reason"}}
	joined := 0
	rejects, err := eachAssigned(a, &c.rosterFlags, func(b *feed.Beneficiary, at panel) (gapped, error) {
		g := gapped{mbi: strings.Clone(b.MBI), at: at, items: slices.Clone(book.Items(b.MBI, b.Former))}
		if b.Death.IsZero() && !b.OptedOut {
			last := rules.LastAnnualVisit(b, c.Year)
			it := gaps.Item{Measure: annualVisit, Open: last.Year() != c.Year || last.IsZero(), Reason: "none known"}
			if !last.IsZero() {
				it.Reason = "last " + last.String()
			}
			g.items = append(g.items, it)
		}
		return g, nil
	}, func(g gapped) error {
		key := g.at.practice
		if c.By == "clinician" {
			key = g.at.clinician
		}
		if key == "" {
			key = "none" // aligned by choice alone
		}
		for _, it := range g.items {
			name := it.Measure
			if it.Group != "" {
				name += ", group " + it.Group
			}
			if it.Measure != annualVisit {
				joined++
			}
			if rates[name] == nil {
				rates[name] = map[string]*population.Share{}
			}
			if rates[name][key] == nil {
				rates[name][key] = &population.Share{Key: key}
			}
			rates[name][key].Of++
			if !it.Open {
				rates[name][key].N++
			} else if c.List {
				rows = append(rows, []string{g.mbi, g.at.practice, g.at.clinician, it.Measure, it.Group, it.Reason})
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if book.Reports > 0 {
		fmt.Fprintf(a.Err, "%d reports: %d groups of measures apply to assigned beneficiaries, %d reports are of patients without a known MBI\n", book.Reports, joined, book.Unknown)
	}
	if !c.List {
		rows = [][]string{{"measure", c.By, "no_gap", "applies", "percent"}}
		for _, name := range slices.Sorted(maps.Keys(rates)) {
			var list []population.Share
			for _, key := range slices.Sorted(maps.Keys(rates[name])) {
				list = append(list, *rates[name][key])
			}
			for _, r := range rules.Shares(list) {
				rows = append(rows, []string{name, r.Key, r.N, r.Of, r.Percent})
			}
		}
	}
	if a.Format == "json" {
		err = writeJSON(a.Out, objects(rows))
	} else {
		err = writeRows(a, rows)
	}
	if err != nil {
		return &ExitError{ExitInternal, err}
	}
	return setAside(rejects + bad)
}
