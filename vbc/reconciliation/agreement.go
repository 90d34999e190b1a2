// SPDX-License-Identifier: Apache-2.0

// Package reconciliation takes an ACO of the Medicare Shared Savings Program from its
// account (package account) to its settlement: a benchmark for every delivery of CMS's
// figures, the quality standard, shared savings or losses, and what would be otherwise.
package reconciliation

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/vbc/account"
	"github.com/woodlawn-health/woodlawn/vbc/assignment"
	"github.com/woodlawn-health/woodlawn/vbc/settlement"
)

// Agreement is what an ACO and CMS agreed on, with the figures of the year that no claim
// tells.
type Agreement struct {
	ACO   string           `json:"aco"`
	Year  int              `json:"performance_year"`
	Track settlement.Track `json:"track"`
	// Start is when the agreement period began, Period which one it is and YearOf which
	// performance year of it, both from 1.
	Start  civil.Date `json:"agreement_start"`
	Period int        `json:"agreement_period"`
	YearOf int        `json:"agreement_year"`
	// RegionalTimes counts the agreement periods with a regional adjustment; without it
	// Period is taken.
	RegionalTimes int               `json:"regional_adjustments"`
	Method        assignment.Method `json:"assignment"`
	Roster        account.Roster    `json:"roster"`
	// MSR is the elected minimum savings rate of a two-sided track; none is the variable one.
	MSR     *settlement.Rate         `json:"minimum_savings_rate"`
	Quality settlement.QualityReport `json:"quality"`
	// LowRevenue overrides what follows from the revenue.
	LowRevenue *bool `json:"low_revenue"`
	// Disaster is what CMS takes off losses for extreme and uncontrollable circumstances.
	Disaster money.Cents `json:"disaster_relief"`
	// BenchmarkYears tells that benchmark years are measured from claims. They need not be
	// where CMS's historical benchmark is among the cells.
	BenchmarkYears bool `json:"benchmark_years"`
	// RiskScores tells that risk scores are computed from claims.
	RiskScores bool   `json:"risk_scores"`
	Note       string `json:"note"`
}

// ReadAgreement reads an agreement from JSON. Names that it does not know are an error.
func ReadAgreement(r io.Reader, name string) (*Agreement, error) {
	d := json.NewDecoder(io.LimitReader(r, 1<<20))
	d.DisallowUnknownFields()
	a := &Agreement{Period: 1, YearOf: 1, Method: assignment.Retrospective, Roster: account.ByClaims, BenchmarkYears: true, RiskScores: true}
	if err := d.Decode(a); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	bad := func(field string, v any, want string) (*Agreement, error) {
		return nil, fmt.Errorf("%s: %s is %v, wanted %s", name, field, v, want)
	}
	switch {
	case a.Year < 2019 || a.Year > 2099:
		return bad("performance_year", a.Year, "a year from 2019")
	case a.Start.IsZero() || a.Start.Year() > a.Year || a.Year-a.Start.Year() > 5:
		return bad("agreement_start", a.Start, "a day at most five years before the performance year")
	case a.Period < 1 || a.Period > 20 || a.YearOf < 1 || a.YearOf > 6 || a.RegionalTimes < 0 || a.RegionalTimes > 20:
		return bad("agreement_period, agreement_year or regional_adjustments", fmt.Sprint(a.Period, " ", a.YearOf, " ", a.RegionalTimes), "small numbers from 1")
	case a.Method != assignment.Prospective && a.Method != assignment.Retrospective:
		return bad("assignment", a.Method, "prospective or retrospective")
	case a.Roster != account.ByClaims && a.Roster != account.ByList:
		return bad("roster", a.Roster, "claims or list")
	case a.Track == "":
		return bad("track", "empty", "BASIC A to BASIC E, ENHANCED or an earlier track")
	}
	if a.RegionalTimes == 0 {
		a.RegionalTimes = a.Period
	}
	return a, nil
}

// Years are the calendar years to measure: three before the agreement and the performance
// year, or that alone.
func (a *Agreement) Years() []int {
	if !a.BenchmarkYears {
		return []int{a.Year}
	}
	start := a.Start.Year() // an agreement that begins in July has that year's predecessors too
	return []int{start - 3, start - 2, start - 1, a.Year}
}
