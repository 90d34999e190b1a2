// SPDX-License-Identifier: Apache-2.0

package ipps

import (
	"fmt"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
)

// CostSharing is what a claim says of the beneficiary's benefit period.
type CostSharing struct {
	// Admission picks the year of the deductible, Service that of the daily
	// coinsurance; a stay across New Year with coinsurance days is asked in two parts.
	Admission, Service civil.Date
	// DeductibleMet is what the beneficiary has paid in this benefit period.
	DeductibleMet money.Cents
	// CoinsuranceDays are days 61 to 90 (value code 82), ReserveDays lifetime reserve
	// days (value code 83) of this claim.
	CoinsuranceDays, ReserveDays int
}

// Share is what the beneficiary owes.
type Share struct {
	Deductible, Coinsurance, Reserve money.Cents
	Unverified                       bool
}

// Total is the sum of the parts.
func (s Share) Total() money.Cents { return s.Deductible + s.Coinsurance + s.Reserve }

// Share computes the Part A deductible and coinsurance of a stay (42 CFR 409.82
// and 409.83). The payment bounds what is owed: the caller holds the total to it.
func (a *Amounts) Share(c CostSharing, t *trace.Trace) (Share, error) {
	var s Share
	deductible, err := a.amount("parta.deductible", c.Admission, &s)
	if err != nil {
		return s, err
	}
	s.Deductible = max(deductible-c.DeductibleMet, 0)
	a.explain(t, "Part A deductible", s.Deductible, "parta.deductible", c.Admission, fmt.Sprintf("%s - %s met", deductible, c.DeductibleMet))
	if c.CoinsuranceDays > 0 {
		daily, err := a.amount("parta.coinsurance", c.Service, &s)
		if err != nil {
			return s, err
		}
		s.Coinsurance = daily * money.Cents(c.CoinsuranceDays)
		a.explain(t, "Coinsurance, days 61 to 90", s.Coinsurance, "parta.coinsurance", c.Service, fmt.Sprintf("%d x %s", c.CoinsuranceDays, daily))
	}
	if c.ReserveDays > 0 {
		daily, err := a.amount("parta.reserve_coinsurance", c.Service, &s)
		if err != nil {
			return s, err
		}
		s.Reserve = daily * money.Cents(c.ReserveDays)
		a.explain(t, "Coinsurance, lifetime reserve days", s.Reserve, "parta.reserve_coinsurance", c.Service, fmt.Sprintf("%d x %s", c.ReserveDays, daily))
	}
	return s, nil
}

func (a *Amounts) amount(name string, on civil.Date, s *Share) (money.Cents, error) {
	row, value, err := a.on(name, on)
	s.Unverified = s.Unverified || err == nil && !row.verified
	return value.cents(), err
}

func (a *Amounts) explain(t *trace.Trace, name string, amount money.Cents, param string, on civil.Date, formula string) {
	if !t.On() {
		return
	}
	row, _, _ := a.on(param, on)
	t.Add(trace.Step{Name: name, Result: amount.String(), Formula: formula, Cite: row.cite, Unverified: !row.verified,
		Table: &trace.Row{Table: "medicare.amounts", Version: a.p.version, Key: param + " " + on.String()}})
}

// Sequestration is the reduction of a Medicare payment, after the beneficiary's
// share, for a discharge on a day.
func (a *Amounts) Sequestration(payment money.Cents, on civil.Date, t *trace.Trace) (money.Cents, error) {
	_, rate, err := a.on("sequestration", on)
	if err != nil {
		return 0, err
	}
	cut := cents(payment).times(rate).cents()
	a.explain(t, "Sequestration", cut, "sequestration", on, fmt.Sprintf("%s x %s", payment, rate))
	return cut, nil
}
