// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"

	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/vbc/account"
	"github.com/woodlawn-health/woodlawn/vbc/assignment"
	"github.com/woodlawn-health/woodlawn/vbc/benchmark"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
	"github.com/woodlawn-health/woodlawn/vbc/reconciliation"
)

type acoSettleCmd struct {
	Dir          string   `arg:"" help:"Folder with deliveries, assignment lists and opt-outs as they came." type:"existingdir"`
	Agreement    string   `help:"Agreement and quality of the ACO (json)." required:"" type:"existingfile" placeholder:"FILE"`
	Cells        []string `help:"CMS's figures, a cell a line (csv); the flag may be repeated." required:"" type:"existingfile" placeholder:"FILE"`
	Participants string   `help:"Participants (csv: aco_id, tin, ccn, kind); without it participants.csv of the folder." placeholder:"FILE"`
	Providers    string   `help:"Specialties of clinicians at hospitals (csv: npi, specialty); without it providers.csv of the folder, if there is one." placeholder:"FILE"`
	DropTIN      []string `name:"drop-tin" help:"What if this practice left." placeholder:"TIN"`
	AddTIN       []string `name:"add-tin" help:"What if this practice joined." placeholder:"TIN"`
	Compare      string   `help:"What if the assignment method were another: prospective or retrospective." enum:"prospective,retrospective," default:""`
	Changes      bool     `help:"List the cells that changed from one delivery to the next."`
	Steps        bool     `help:"Show every step of the last delivery's benchmark and settlement."`
	Explain      string   `help:"Show what one beneficiary adds to each year, claim by claim." placeholder:"MBI"`
	Lives        string   `help:"Write a line of JSON for each beneficiary assigned in any year. The file names people." type:"path" placeholder:"FILE"`
	SmallCells   bool     `name:"small-cells" help:"Show figures of 1 to 10 people in csv and json too: not for whoever may not see single people."`
	Report       bool     `help:"Print the completeness report of the deliveries."`
	Temp         string   `help:"Folder for temporary files, which hold claims and are taken away." type:"path" placeholder:"DIR"`
}

// Help is the long help.
func (acoSettleCmd) Help() string {
	return `Takes an ACO of the Shared Savings Program from raw deliveries to its settlement in one pass: whose
beneficiaries, for how many months, at what expenditures and risk, in the benchmark years and the
performance year; the benchmark for each delivery of CMS's figures; shared savings or losses. What
CMS alone knows (national and regional expenditures, 99th percentiles, completion factors,
prospective trend) comes from the file of cells, and is said to be missing where it is not there.
With --drop-tin, --add-tin or --compare the settlement is shown as it is and as it would be.
With --format csv or json figures of 1 to 10 people are suppressed unless --small-cells is given.
docs/guide/aco.md describes the files.`
}

func (c acoSettleCmd) Run(a *App) error {
	cases, err := c.cases(a)
	if err != nil {
		return err
	}
	f, rejects, err := a.openDeliveries(c.Dir, c.Temp)
	if err != nil {
		return err
	}
	defer f.Close()
	if c.Explain != "" {
		return c.explain(a, f, cases[0].Plans()[cases[0].Last()])
	}
	sums, err := c.measure(a, f, cases)
	if err != nil {
		return &ExitError{ExitInternal, err}
	}
	var outcomes [][]*reconciliation.Outcome
	for i, k := range cases {
		o, err := k.Settle(sums[i], c.Steps && i == 0)
		if err != nil {
			return err
		}
		outcomes = append(outcomes, o)
	}
	out := bufio.NewWriter(a.Out)
	if err := (&settleView{format: a.Format, out: out, cases: cases, outcomes: outcomes, cells: c.Changes, small: c.SmallCells}).write(); err != nil {
		return &ExitError{ExitInternal, err}
	}
	if c.Report {
		fmt.Fprint(out, "\n", f.Report.String())
	}
	if err := out.Flush(); err != nil {
		return &ExitError{ExitInternal, err}
	}
	return setAside(rejects())
}

// cases are the ACO as it is and, if something else is asked, as it would be.
func (c acoSettleCmd) cases(a *App) ([]*reconciliation.Case, error) {
	cat, err := a.Catalog()
	if err != nil {
		return nil, err
	}
	file, err := os.Open(c.Agreement)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	agreement, err := reconciliation.ReadAgreement(file, c.Agreement)
	if err != nil {
		return nil, err
	}
	deliveries, err := c.deliveries()
	if err != nil {
		return nil, err
	}
	assign := acoAssignCmd{Dir: c.Dir, Participants: c.Participants, Providers: c.Providers, ACO: agreement.ACO, Year: agreement.Year, Method: string(agreement.Method),
		DropTIN: c.DropTIN, AddTIN: c.AddTIN, Compare: c.Compare}
	base, other, err := assign.configs(a)
	if err != nil {
		return nil, err
	}
	if agreement.Roster == account.ByList && other != nil {
		return nil, &ExitError{ExitUsage, errors.New("what would be otherwise follows from assignment by claims; the agreement's roster is CMS's list")}
	}
	scorer, err := reconciliation.Scorer(cat, agreement)
	if err != nil {
		return nil, err
	}
	cases := []*reconciliation.Case{nil}
	if cases[0], err = reconciliation.New(cat, "as it is", agreement, deliveries, base, scorer); err != nil || other == nil {
		return cases, err
	}
	changed := *agreement
	if c.Compare != "" {
		changed.Method = assignment.Method(c.Compare)
	}
	k, err := reconciliation.New(cat, c.scenario(), &changed, deliveries, *other, scorer)
	return append(cases, k), err
}

// scenario names what is asked.
func (c acoSettleCmd) scenario() string {
	s := ""
	for _, tin := range c.DropTIN {
		s += ", without TIN " + tin
	}
	for _, tin := range c.AddTIN {
		s += ", with TIN " + tin
	}
	if c.Compare != "" {
		s += ", " + c.Compare + " assignment"
	}
	return s[2:]
}

func (c acoSettleCmd) deliveries() ([]*benchmark.Delivery, error) {
	var all []*benchmark.Delivery
	for _, name := range c.Cells {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		list, err := benchmark.ReadCells(bufio.NewReader(file), name)
		file.Close()
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	slices.SortStableFunc(all, func(a, b *benchmark.Delivery) int { return a.Date.Sub(b.Date) })
	return all, nil
}

// measure runs every case's plans in one pass over the beneficiaries.
func (c acoSettleCmd) measure(a *App, f *feed.Feed, cases []*reconciliation.Case) ([][]*account.Sums, error) {
	var plans []*account.Plan
	for _, k := range cases {
		plans = append(plans, k.Plans()...)
	}
	seen, closeLives, err := c.lives()
	if err != nil {
		return nil, err
	}
	p := newProgress(a.Err, "measuring", "lives", 0)
	flat, err := account.Run(f, plans, func(b *feed.Beneficiary, lives []account.Life) error {
		p.Add(1)
		if seen == nil {
			return nil
		}
		return seen(&lives[cases[0].Last()])
	})
	p.Done()
	if err = errors.Join(err, closeLives()); err != nil {
		return nil, err
	}
	var out [][]*account.Sums
	for _, k := range cases {
		n := len(k.Plans())
		out, flat = append(out, flat[:n]), flat[n:]
	}
	return out, nil
}

// lives writes the lives that are assigned in any year.
func (c acoSettleCmd) lives() (seen func(*account.Life) error, done func() error, err error) {
	if c.Lives == "" {
		return nil, func() error { return nil }, nil
	}
	file, err := os.OpenFile(c.Lives, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, err
	}
	w := bufio.NewWriterSize(file, 1<<16)
	enc := json.NewEncoder(w)
	var mu sync.Mutex
	return func(l *account.Life) error {
			for i := range l.Years {
				if l.Years[i].Assigned {
					mu.Lock()
					defer mu.Unlock()
					return enc.Encode(l)
				}
			}
			return nil
		}, func() error {
			return errors.Join(w.Flush(), file.Close())
		}, nil
}

// explain prints one beneficiary's part in every year.
func (c acoSettleCmd) explain(a *App, f *feed.Feed, p *account.Plan) error {
	mbi := f.Crossref.Current(c.Explain)
	found := false
	var mu sync.Mutex
	err := f.Each(func(_ int, b *feed.Beneficiary) error {
		if b.MBI != mbi {
			return nil
		}
		mu.Lock()
		defer mu.Unlock()
		found = true
		t := trace.New()
		for i := range p.Years() {
			account.Explain(p, b, i, t)
		}
		if a.Format == "json" {
			return writeJSON(a.Out, t)
		}
		return t.WriteTable(a.Out)
	})
	if err != nil {
		return &ExitError{ExitInternal, err}
	}
	if !found {
		return &ExitError{ExitUsage, errors.New("the deliveries have no beneficiary of that identifier")}
	}
	return nil
}
