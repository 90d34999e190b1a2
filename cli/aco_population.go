// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/population"
	"github.com/woodlawn-health/woodlawn/vbc/assignment"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

type acoPopulationCmd struct {
	Dir          string `arg:"" help:"Folder with deliveries, assignment lists and opt-outs as they came." type:"existingdir"`
	Year         int    `help:"Year to measure." default:"2025"`
	Assigned     bool   `help:"Only beneficiaries assigned to the organisation in that performance year."`
	Participants string `help:"Participants, for --assigned; without it participants.csv of the folder." placeholder:"FILE"`
	Providers    string `help:"Specialties of clinicians at hospitals, for --assigned." placeholder:"FILE"`
	ACO          string `name:"aco" help:"Organisation, for --assigned." placeholder:"ID"`
	Method       string `help:"Assignment method: ${enum}." enum:"prospective,retrospective" default:"retrospective"`
	By           string `help:"A panel of each practice or clinician with the most primary care of its assigned beneficiaries: practice or clinician." enum:"practice,clinician," default:""`
	Rising       int    `help:"List this many beneficiaries whose payments rose most from the first half of the year to the second, in place of the metrics. The list names people."`
	HighCost     int    `help:"List this many beneficiaries with the highest payments in place of the metrics. The list names people: it is for care, not for export."`
	Indicators   string `help:"Definitions of ambulatory-sensitive admissions (csv: indicator, kind, code), to count too." type:"existingfile" placeholder:"FILE"`
	Stays        bool   `help:"With --indicators, list the admissions that they count or leave out, and why. The list names people."`
	Temp         string `help:"Folder for temporary files, which hold claims and are taken away." type:"path" placeholder:"DIR"`
}

// Help is the long help.
func (acoPopulationCmd) Help() string {
	return `Reads every delivery of the folder and prints member months, payments a member month by setting,
admissions, emergency visits and SNF stays per 1,000 person-years, emergency visits by need,
unplanned and planned 30-day readmissions and annual visits, and where they lie among ACOs.
Months with Part A and Part B count. Counts of 1 to 10, and rates that rest on them, are
suppressed in every format.`
}

// measured is one beneficiary's part.
type measured struct {
	counts population.Counts
	mbi    string
	panel  string
	total  money.Cents // what lists are ordered by
	halves population.Halves

	sensitive population.SensitiveCounts
	stays     []population.SensitiveStay
}

func (c acoPopulationCmd) Run(a *App) error {
	cat, err := a.Catalog()
	if err != nil {
		return err
	}
	rules, err := population.Load(cat, c.Year)
	if err != nil {
		return err
	}
	indicators, err := readIndicators(c.Indicators)
	if err != nil {
		return err
	}
	if c.Stays && indicators == nil {
		return &ExitError{ExitUsage, errors.New("--stays lists what --indicators defines")}
	}
	var cfg assignment.Config
	c.Assigned = c.Assigned || c.By != ""
	if c.Assigned {
		cmd := acoAssignCmd{Dir: c.Dir, Participants: c.Participants, Providers: c.Providers, ACO: c.ACO, Year: c.Year, Method: c.Method}
		if cfg, _, err = cmd.configs(a); err != nil {
			return err
		}
	}
	f, rejects, err := a.openDeliveries(c.Dir, c.Temp)
	if err != nil {
		return err
	}
	defer f.Close()
	pool := sync.Pool{New: func() any { return assignment.New(cfg) }}
	var sum population.Counts
	var sensitive population.SensitiveCounts
	var stays []population.SensitiveStay
	var top []measured
	panels := population.Panels{}
	keep := max(c.HighCost, c.Rising)
	err = feed.Collect(f, func(b *feed.Beneficiary) (measured, bool, error) {
		m := measured{counts: rules.Count(b, c.Year)}
		if c.Assigned {
			one := pool.Get().(*assignment.Assigner)
			defer pool.Put(one)
			if !one.Assign(b, nil).Assigned {
				return measured{}, false, nil
			}
			if m.panel = c.panel(one); m.panel == "" {
				m.panel = "none" // aligned by choice alone
			}
		}
		if m.total = m.counts.Total(); c.Rising > 0 {
			m.halves, _ = rules.Halves(b, c.Year)
			m.total = m.halves.Rise()
		}
		if keep > 0 {
			m.mbi = strings.Clone(b.MBI)
		}
		if indicators != nil {
			m.sensitive, m.stays = indicators.Count(b, c.Year)
		}
		return m, true, nil
	}, func(m measured) error {
		sum.Merge(&m.counts)
		sensitive.Merge(&m.sensitive)
		if c.Stays {
			stays = append(stays, m.stays...)
		}
		if c.By != "" {
			panels.Add(m.panel, &m.counts)
		}
		if keep > 0 && m.total > 0 {
			top = highest(append(top, m), keep, 2*keep)
		}
		return nil
	})
	if err != nil {
		return &ExitError{ExitInternal, err}
	}
	out := bufio.NewWriter(a.Out)
	switch {
	case c.Stays:
		err = printSensitive(out, a.Format, stays)
	case c.Rising > 0:
		err = printRising(out, a.Format, highest(top, keep, 0))
	case c.HighCost > 0:
		err = printHighCost(out, a.Format, highest(top, keep, 0))
	case c.By != "":
		err = printPanels(out, a.Format, rules.PanelMetrics(panels))
	default:
		list := rules.Metrics(&sum)
		if indicators != nil {
			list = append(list, rules.SensitiveMetrics(indicators, &sensitive)...)
		}
		err = printMetrics(out, a.Format, list, rules.Bands)
	}
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		return &ExitError{ExitInternal, err}
	}
	return setAside(rejects())
}

// panel is whose panel the beneficiary is on that was assigned last.
func (c acoPopulationCmd) panel(one *assignment.Assigner) string {
	switch c.By {
	case "practice":
		return strings.Clone(one.Practice())
	case "clinician":
		return strings.Clone(one.Clinician())
	}
	return ""
}

// highest cuts a list to its n largest once it is longer than limit.
func highest(list []measured, n, limit int) []measured {
	if len(list) <= limit {
		return list
	}
	slices.SortFunc(list, func(x, y measured) int { return cmp.Or(cmp.Compare(y.total, x.total), strings.Compare(x.mbi, y.mbi)) })
	return list[:min(n, len(list))]
}

func printMetrics(out *bufio.Writer, format string, list []population.Metric, bands *population.Bands) error {
	switch format {
	case "json":
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false) // "<11" stays readable
		for _, m := range list {
			if err := enc.Encode(m); err != nil {
				return err
			}
		}
		return nil
	case "csv":
		w := csv.NewWriter(out)
		_ = w.Write([]string{"metric", "unit", "value", "suppressed", "place", "median"}) // seen at the end
		for _, m := range list {
			_ = w.Write([]string{m.Name, m.Unit, m.Text, fmt.Sprint(m.Suppressed), m.Place, m.Median})
		}
		w.Flush()
		return w.Error()
	}
	for _, m := range list {
		place := ""
		if m.Place != "" {
			place = fmt.Sprintf("  (%s of ACOs, their median %s)", m.Place, m.Median)
		}
		fmt.Fprintf(out, "%-76s  %10s  %s%s\n", m.Name, m.Text, m.Unit, place)
	}
	if bands != nil {
		fmt.Fprintf(out, "\nACOs: Shared Savings Program, %s; %s.\n", bands.Version, bands.Note)
	}
	return nil
}

func printHighCost(out *bufio.Writer, format string, list []measured) error {
	switch format {
	case "json":
		enc := json.NewEncoder(out)
		for _, m := range list {
			if err := enc.Encode(map[string]any{"mbi": m.mbi, "paid": m.total, "admissions": m.counts.Admissions, "ed_visits": m.counts.EDVisits, "readmissions": m.counts.Readmissions}); err != nil {
				return err
			}
		}
		return nil
	case "csv":
		fmt.Fprintln(out, "bene_mbi_id,paid,admissions,ed_visits,readmissions")
		for _, m := range list {
			fmt.Fprintf(out, "%s,%s,%d,%d,%d\n", m.mbi, m.total, m.counts.Admissions, m.counts.EDVisits, m.counts.Readmissions)
		}
		return nil
	}
	fmt.Fprintf(out, "%-11s  %14s  %10s  %9s  %12s\n", "MBI", "paid", "admissions", "ED visits", "readmissions")
	for _, m := range list {
		fmt.Fprintf(out, "%-11s  %14s  %10d  %9d  %12d\n", m.mbi, m.total, m.counts.Admissions, m.counts.EDVisits, m.counts.Readmissions)
	}
	return nil
}
