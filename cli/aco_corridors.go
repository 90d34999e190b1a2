// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"

	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/vbc/settlement/cmmi"
)

type acoCorridorsCmd struct {
	Model        string `help:"Model: ${enum}." enum:"REACH,LEAD" default:"REACH"`
	Option       string `help:"Risk option: ${enum}." enum:"Global,Professional" default:"Global"`
	Spending     string `help:"How a LEAD ACO spends against its region: lower or higher." enum:"lower,higher," default:""`
	Year         int    `help:"Performance year." default:"2026"`
	Benchmark    string `help:"Total benchmark before discount, withhold and add-on, in dollars." required:"" placeholder:"DOLLARS"`
	Expenditures string `help:"Total expenditures, in dollars." required:"" placeholder:"DOLLARS"`
	Quality      string `help:"Part of the quality withhold that is earned back, from 0 to 1." default:"1"`
}

// Help is the long help.
func (acoCorridorsCmd) Help() string {
	return `Settles a year of ACO REACH or LEAD: add-on, discount, quality withhold, risk corridors, sequestration.
No amount is checked against the models' own papers; the result says so.`
}

func (c acoCorridorsCmd) Run(a *App) error {
	cat, err := a.Catalog()
	if err != nil {
		return err
	}
	r, err := cmmi.Load(cat, c.Model, c.Option, c.Spending, c.Year)
	if err != nil {
		return err
	}
	in := cmmi.Inputs{}
	if in.Benchmark, err = money.ParseCents(c.Benchmark); err != nil {
		return &ExitError{ExitUsage, fmt.Errorf("--benchmark: %w", err)}
	}
	if in.Expenditures, err = money.ParseCents(c.Expenditures); err != nil {
		return &ExitError{ExitUsage, fmt.Errorf("--expenditures: %w", err)}
	}
	if in.Quality, err = money.ParseScaled(c.Quality, 4); err != nil {
		return &ExitError{ExitUsage, fmt.Errorf("--quality: %w", err)}
	}
	t := trace.New()
	res, err := r.Settle(in, t)
	if err != nil {
		return &ExitError{ExitUsage, err}
	}
	if a.Format == "json" {
		return writeJSON(a.Out, struct {
			*cmmi.Result
			Trace *trace.Trace `json:"trace"`
		}{res, t})
	}
	return t.WriteTable(a.Out)
}
