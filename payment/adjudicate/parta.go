// SPDX-License-Identifier: Apache-2.0

package adjudicate

import (
	"fmt"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
)

// stayShare is how an inpatient payment is divided.
type stayShare struct {
	NewPeriod       bool
	Deductible      money.Cents
	CoinsuranceDays int
	ReserveDays     int
	NonCoveredDays  int
	Coinsurance     money.Cents // of both kinds of days
	Sequestration   money.Cents
	Paid            money.Cents
}

// shareStay divides an inpatient payment and returns the benefit period after the
// stay: the deductible once a benefit period, a quarter of it a day for days 61 to
// 90, half of it a day for lifetime reserve days. What the patient owes never
// exceeds the payment. 42 CFR 409.61, 409.82, 409.83.
func (p *parameters) shareStay(payment money.Cents, admission, discharge civil.Date, days int, before benefitPeriod,
	t *trace.Trace) (stayShare, benefitPeriod, error) {
	var s stayShare
	f, err := p.figures(admission, discharge)
	if err != nil {
		return s, before, err
	}
	period := before
	if before.lastDay.IsZero() || admission.Sub(before.lastDay) > f.count("benefit_period_gap") {
		period = benefitPeriod{reserveUsed: before.reserveUsed}
		s.NewPeriod = true
	}
	deductible := f.of("part_a_deductible").cents()
	s.Deductible = min(payment, max(0, deductible-period.deductibleMet))
	full, shared, reserve := f.count("part_a_full_days"), f.count("part_a_coinsurance_days"), f.count("part_a_reserve_days")
	rest := days - min(days, max(0, full-period.daysUsed))
	s.CoinsuranceDays = min(rest, max(0, full+shared-max(period.daysUsed, full)))
	rest -= s.CoinsuranceDays
	s.ReserveDays = min(rest, max(0, reserve-period.reserveUsed))
	s.NonCoveredDays = rest - s.ReserveDays
	perDay := deductible.Times(f.of("part_a_coinsurance_day_61_90").value)
	perReserve := deductible.Times(f.of("part_a_coinsurance_reserve_day").value)
	s.Coinsurance = min(payment-s.Deductible, perDay*money.Cents(s.CoinsuranceDays)+perReserve*money.Cents(s.ReserveDays))
	base := payment - s.Deductible - s.Coinsurance
	seq := f.of("sequestration")
	s.Sequestration = base.Times(seq.value)
	s.Paid = base - s.Sequestration

	period.lastDay = discharge
	period.deductibleMet += s.Deductible
	period.daysUsed += days - s.ReserveDays - s.NonCoveredDays
	period.reserveUsed += s.ReserveDays
	if t.On() {
		f.trace(t, payment, s, perDay, perReserve)
	}
	return s, period, nil
}

// stayFigures are the figures of one stay; the deductible is that of the admission,
// sequestration that of the discharge.
type stayFigures struct {
	p      *parameters
	byName map[string]*parameter
}

func (p *parameters) figures(admission, discharge civil.Date) (stayFigures, error) {
	f := stayFigures{p, make(map[string]*parameter, 8)}
	for _, name := range []string{"part_a_deductible", "part_a_coinsurance_day_61_90", "part_a_coinsurance_reserve_day",
		"part_a_full_days", "part_a_coinsurance_days", "part_a_reserve_days", "benefit_period_gap", "sequestration"} {
		day := admission
		if name == "sequestration" {
			day = discharge
		}
		x, err := p.on(name, day)
		if err != nil {
			return f, err
		}
		f.byName[name] = x
	}
	return f, nil
}

func (f stayFigures) of(name string) *parameter { return f.byName[name] }

func (f stayFigures) count(name string) int { return int(f.byName[name].value.Value / money.Pow10(4)) }

func (f stayFigures) trace(t *trace.Trace, payment money.Cents, s stayShare, perDay, perReserve money.Cents) {
	ded, seq := f.of("part_a_deductible"), f.of("sequestration")
	period := "continued"
	if s.NewPeriod {
		period = "new"
	}
	t.Add(trace.Step{Name: "Inpatient deductible", Result: s.Deductible.String(), Cite: ded.cite, Table: f.p.row(ded),
		Inputs: []trace.Input{trace.In("benefit period", period)}, Unverified: !ded.verified})
	if s.CoinsuranceDays+s.ReserveDays > 0 {
		t.Add(trace.Step{Name: "Coinsurance days", Result: s.Coinsurance.String(), Cite: "42 CFR 409.83(a)",
			Formula: fmt.Sprintf("%d days x %s + %d reserve days x %s", s.CoinsuranceDays, perDay, s.ReserveDays, perReserve)})
	}
	base := payment - s.Deductible - s.Coinsurance
	t.Add(trace.Step{Name: "Sequestration", Result: s.Sequestration.String(), Cite: seq.cite, Table: f.p.row(seq),
		Formula: base.String() + " x " + seq.value.String(), Rounding: "half up to cents", Unverified: !seq.verified})
	t.Add(trace.Step{Name: "Medicare pays", Result: s.Paid.String(), Formula: base.String() + " - " + s.Sequestration.String()})
}
