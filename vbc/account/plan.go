// SPDX-License-Identifier: Apache-2.0

// Package account measures what one beneficiary adds to the account of an accountable care
// organisation: assignment, member months, Part A and Part B expenditures by enrollment
// type, risk score, for the benchmark years and the performance year of a Shared Savings
// Program agreement.
//
// Measure is a pure function: of a Plan, which is read-only, and the packed rows of one
// beneficiary it makes a Life, and nothing else decides. Lives add up to Sums, which merge
// in any order: everything in them is an integer (cents, months, counts). The same function
// runs on all cores of one machine and wherever else rows can be sent.
package account

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/vbc/assignment"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// MaxYears is how many years a plan may measure: three benchmark years and the performance
// year.
const MaxYears = 4

// Types is the number of enrollment types and of the place without one.
const Types = int(feed.AgedNonDual) + 1

// Settings is the number of categories that expenditures are summed by.
const Settings = int(feed.Drug) + 1

// Roster says whose list of beneficiaries counts.
type Roster string

// The rosters.
const (
	// ByClaims assigns beneficiaries by the claims (42 CFR 425.400 to 425.404).
	ByClaims Roster = "claims"
	// ByList takes those whom CMS's assignment list of the year names.
	ByList Roster = "list"
)

// Limits are what CMS publishes for a year.
type Limits struct {
	// Truncation is the 99th percentile of national expenditures of assignable
	// beneficiaries, a year, by enrollment type (42 CFR 425.652(a)(4), 425.605(a)(3)); 0 is
	// not loaded, and nothing is cut.
	Truncation [Types]money.Cents
	// Completion is the completion factor for three months of run-out, in millionths
	// (42 CFR 425.652(a)(1)); 0 is not loaded, and nothing is added.
	Completion int64
}

// Config says what to measure.
type Config struct {
	// Years are calendar years in order: benchmark years, then the performance year.
	Years  []int
	Limits []Limits // one a year
	Roster Roster
	// Assignment is the configuration of the performance year. Earlier years use its
	// rules with windows of their own.
	Assignment assignment.Config
	// Catalog has the risk models and the codes of suspect billing.
	Catalog *refdata.Catalog
	// Scorer computes risk scores, for which it needs the diagnoses of the year before; nil
	// computes none.
	Scorer *Scorer
}

// Plan is a configuration that was checked and prepared. It is read-only and safe for
// concurrent use.
type Plan struct {
	years   []int
	first   []civil.Date // of each year
	last    []civil.Date
	limits  []Limits
	roster  Roster
	assign  []assignment.Config
	aco     string
	suspect []suspectCode
	scorer  *Scorer
	// Notes say what is not loaded or stands in for something else.
	notes   []string
	workers sync.Pool
}

// New prepares a plan.
func New(cfg Config) (*Plan, error) {
	n := len(cfg.Years)
	if n < 1 || n > MaxYears || len(cfg.Limits) != n {
		return nil, fmt.Errorf("%d years with limits of %d: wanted 1 to %d years, and limits of each", n, len(cfg.Limits), MaxYears)
	}
	p := &Plan{years: cfg.Years, limits: cfg.Limits, roster: cfg.Roster, aco: cfg.Assignment.ACO}
	for i, y := range cfg.Years {
		if i > 0 && y <= cfg.Years[i-1] {
			return nil, fmt.Errorf("years %v are not in order", cfg.Years)
		}
		p.first, p.last = append(p.first, civil.Of(y, time.January, 1)), append(p.last, civil.Of(y, time.December, 31))
		if cfg.Roster == ByList {
			continue
		}
		a := cfg.Assignment
		if i < n-1 {
			a.Rules, a.Window = a.Rules.At(y), assignment.Window{}
		}
		p.assign = append(p.assign, a)
	}
	var err error
	if p.suspect, err = loadSuspect(cfg.Catalog); err != nil {
		return nil, err
	}
	if p.scorer = cfg.Scorer; p.scorer != nil {
		if !slices.Equal(p.scorer.years, cfg.Years) {
			return nil, fmt.Errorf("risk scores of %v for years %v", p.scorer.years, cfg.Years)
		}
		p.notes = p.scorer.notes
	}
	p.workers.New = func() any { return newWorker(p) }
	return p, nil
}

// Years are the years that the plan measures.
func (p *Plan) Years() []int { return p.years }

// Notes say what is not loaded, and what stands in its place.
func (p *Plan) Notes() []string { return p.notes }

// suspectCode is a HCPCS code whose billing CMS leaves out of a year's calculations.
type suspectCode struct {
	code     string
	from, to civil.Date
	cite     string
	verified bool
}

// loadSuspect reads the codes of significant, anomalous and highly suspect billing
// (42 CFR 425.670 for 2023, 425.672 from 2024).
func loadSuspect(cat *refdata.Catalog) ([]suspectCode, error) {
	var out []suspectCode
	for _, m := range cat.Versions("mssp.suspect") {
		t, err := cat.LoadVersion("mssp.suspect", m.Version)
		if err != nil {
			return nil, err
		}
		b := t.Bind()
		code, from, to, verified, cite := b.Text("code"), b.Days("from"), b.Days("to"), b.Text("verified"), b.Text("cite")
		if b.Err() != nil {
			return nil, b.Err()
		}
		for i := range code {
			out = append(out, suspectCode{code[i], from[i], to[i], cite[i], verified[i] == "yes"})
		}
	}
	return out, nil
}

// isSuspect tells whether a line's code is left out on its day.
func (p *Plan) isSuspect(code string, day civil.Date) *suspectCode {
	for i := range p.suspect {
		if s := &p.suspect[i]; s.code == code && !day.Before(s.from) && !day.After(s.to) {
			return s
		}
	}
	return nil
}
