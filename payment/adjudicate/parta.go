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
	gap, err := p.on("benefit_period_gap", admission)
	if err != nil {
		return s, before, err
	}
	period := before
	// The days out of hospital are counted from the day of discharge on: Pub. 100-01
	// ch. 3 10.4.
	if before.lastDay.IsZero() || admission.Sub(before.lastDay) >= int(gap.value.Value/money.Pow10(4)) {
		period = benefitPeriod{began: admission, reserveUsed: before.reserveUsed}
		s.NewPeriod = true
	}
	if period.began.IsZero() {
		period.began = before.lastDay
	}
	f, err := p.figures(period.began, admission, discharge)
	if err != nil {
		return s, before, err
	}
	deductible := f.of("part_a_deductible").cents()
	s.Deductible = min(payment, max(0, deductible-period.deductibleMet))
	full, shared, reserve := f.count("part_a_full_days"), f.count("part_a_coinsurance_days"), f.count("part_a_reserve_days")
	rest := days - min(days, max(0, full-period.daysUsed))
	s.CoinsuranceDays = min(rest, max(0, full+shared-max(period.daysUsed, full)))
	rest -= s.CoinsuranceDays
	s.ReserveDays = min(rest, max(0, reserve-period.reserveUsed))
	s.NonCoveredDays = rest - s.ReserveDays
	// The shared days are the last of the stay; each costs the share of the
	// deductible of its own year.
	first := admission.AddDays(days - s.CoinsuranceDays - s.ReserveDays - s.NonCoveredDays)
	coinsurance, err := p.daily("part_a_coinsurance_day_61_90", first, s.CoinsuranceDays)
	if err != nil {
		return s, before, err
	}
	reserved, err := p.daily("part_a_coinsurance_reserve_day", first.AddDays(s.CoinsuranceDays), s.ReserveDays)
	if err != nil {
		return s, before, err
	}
	s.Coinsurance = min(payment-s.Deductible, coinsurance+reserved)
	base := payment - s.Deductible - s.Coinsurance
	seq := f.of("sequestration")
	s.Sequestration = base.Times(seq.value)
	s.Paid = base - s.Sequestration

	period.lastDay = discharge
	period.deductibleMet += s.Deductible
	period.daysUsed += days - s.ReserveDays - s.NonCoveredDays
	period.reserveUsed += s.ReserveDays
	if t.On() {
		f.trace(t, payment, s, coinsurance, reserved)
	}
	return s, period, nil
}

// daily adds up a share of the deductible for each of some days in a row, the
// deductible being that of the year in which the day lies.
func (p *parameters) daily(share string, first civil.Date, days int) (money.Cents, error) {
	var sum money.Cents
	for i := range days {
		day := first.AddDays(i)
		deductible, err := p.on("part_a_deductible", day)
		if err != nil {
			return 0, err
		}
		part, err := p.on(share, day)
		if err != nil {
			return 0, err
		}
		sum += deductible.cents().Times(part.value)
	}
	return sum, nil
}

// stayFigures are the figures of one stay; the deductible is that of the year in
// which the benefit period began (42 CFR 409.82(a)), sequestration that of the discharge.
type stayFigures struct {
	p      *parameters
	byName map[string]*parameter
}

func (p *parameters) figures(began, admission, discharge civil.Date) (stayFigures, error) {
	f := stayFigures{p, make(map[string]*parameter, 8)}
	for _, name := range []string{"part_a_deductible", "part_a_full_days", "part_a_coinsurance_days",
		"part_a_reserve_days", "sequestration"} {
		day := admission
		switch name {
		case "part_a_deductible":
			day = began
		case "sequestration":
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

func (f stayFigures) trace(t *trace.Trace, payment money.Cents, s stayShare, coinsurance, reserved money.Cents) {
	ded, seq := f.of("part_a_deductible"), f.of("sequestration")
	period := "continued"
	if s.NewPeriod {
		period = "new"
	}
	t.Add(trace.Step{Name: "Inpatient deductible", Result: s.Deductible.String(), Cite: ded.cite, Table: f.p.row(ded),
		Inputs: []trace.Input{trace.In("benefit period", period)}, Unverified: !ded.verified})
	if s.CoinsuranceDays+s.ReserveDays > 0 {
		t.Add(trace.Step{Name: "Coinsurance days", Result: s.Coinsurance.String(), Cite: "42 CFR 409.83(a)",
			Formula: fmt.Sprintf("%d days, %s + %d reserve days, %s", s.CoinsuranceDays, coinsurance, s.ReserveDays, reserved)})
	}
	base := payment - s.Deductible - s.Coinsurance
	t.Add(trace.Step{Name: "Sequestration", Result: s.Sequestration.String(), Cite: seq.cite, Table: f.p.row(seq),
		Formula: base.String() + " x " + seq.value.String(), Rounding: "half up to cents", Unverified: !seq.verified})
	t.Add(trace.Step{Name: "Medicare pays", Result: s.Paid.String(), Formula: base.String() + " - " + s.Sequestration.String()})
}
