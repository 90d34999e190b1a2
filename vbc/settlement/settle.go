// SPDX-License-Identifier: Apache-2.0

// Package settlement computes what an ACO of the Medicare Shared Savings Program earns
// or owes for a performance year (42 CFR part 425 subpart G): minimum savings and loss
// rate, quality gate, sharing rate, limits, sequestration, relief for extreme and
// uncontrollable circumstances.
//
// Settle is a pure function of its inputs. Whoever has them may call it: the benchmark
// engine, a report of CMS, or CMS's public-use file (package puf).
package settlement

import (
	"fmt"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
)

// Inputs are the figures that settle one ACO-year.
type Inputs struct {
	Track Track
	// TrackYear counts the years of the agreement period, from 1; Track 2's loss limit
	// grows with it.
	TrackYear int
	// Months of the performance period: 12, or 6 in 2019 (42 CFR 425.609). Benchmark
	// and Expenditures are those of the months.
	Months int
	// Assigned counts assigned beneficiaries.
	Assigned int
	// FixedMSR is the symmetric minimum rate that a two-sided ACO elected; it is used
	// if MSRIsFixed. One-sided ACOs always have the variable rate.
	MSRIsFixed bool
	FixedMSR   Rate
	// Benchmark is the total updated benchmark, Expenditures the total of the assigned
	// beneficiaries, for Parts A and B.
	Benchmark, Expenditures money.Cents
	// Quality is which quality performance standard was met; QualityScore counts where it
	// scales the sharing rate or the loss rate.
	Quality      Quality
	QualityScore Rate
	// LowRevenue tells that the ACO is a low-revenue one, and Agreement when its agreement
	// period began; both count for savings below the minimum rate (42 CFR 425.605(h)).
	LowRevenue bool
	Agreement  civil.Date
	// Revenue is the ACO participants' Part A and B fee-for-service revenue.
	Revenue      money.Cents
	RevenueKnown bool
	// Disaster is what CMS takes off shared losses for extreme and uncontrollable
	// circumstances, for twelve months (42 CFR 425.605(f), 425.606(i), 425.610(i)).
	Disaster money.Cents
}

// Quality is the quality performance standard that an ACO met (42 CFR 425.512).
type Quality uint8

// The standards. The alternative one exists from 2023.
const (
	QualityNotMet Quality = iota
	QualityAlternative
	QualityMet
)

func (q Quality) String() string {
	return [...]string{"not met", "alternative standard met", "met"}[min(q, QualityMet)]
}

// Outcome says on which side of the minimum rates an ACO came out.
type Outcome string

// The outcomes.
const (
	Within  Outcome = "within the minimum rates"
	Savings Outcome = "savings"
	// BelowMinimum is a low-revenue ACO's share of savings below the minimum rate.
	BelowMinimum Outcome = "savings below the minimum rate"
	Losses       Outcome = "losses"
)

// Result is a settled ACO-year. Amounts of losses are negative.
type Result struct {
	Outcome Outcome `json:"outcome"`
	// Difference is benchmark less expenditures, Rate its share of the benchmark.
	Difference money.Cents `json:"difference"`
	Rate       Rate        `json:"savings_rate"`
	// MSR is the minimum savings rate and, negated, the minimum loss rate of a
	// two-sided ACO.
	MSR Rate `json:"msr"`
	// Generated is the Difference if it reached the minimum rate; one-sided ACOs
	// generate no losses.
	Generated money.Cents `json:"generated"`
	// FinalRate is the final sharing rate, LossRate the shared loss rate of an ACO
	// with losses.
	FinalRate Rate `json:"final_sharing_rate"`
	LossRate  Rate `json:"loss_rate"`
	// Limit is the performance payment limit or loss recoupment limit that was tested;
	// Limited tells that it cut the amount.
	Limit   money.Cents `json:"limit"`
	Limited bool        `json:"limited"`
	// Relief is what circumstances beyond the ACO's control took off its losses.
	Relief money.Cents `json:"relief"`
	// Earned is what CMS pays (positive) or is owed (negative).
	Earned money.Cents `json:"earned"`
	// Verified is false if a rule behind the result was not compared with CMS's
	// results or text. Missing names inputs that a rule asked for and did not get.
	Verified bool     `json:"verified"`
	Missing  []string `json:"missing,omitempty"`
}

// InputError says which input can't be settled.
type InputError struct{ Field, Value, Reason string }

func (e *InputError) Error() string { return fmt.Sprintf("%s %s: %s", e.Field, e.Value, e.Reason) }

// Settle computes an ACO-year. It fails with an *InputError.
func Settle(in Inputs, r *Rules, t *trace.Trace) (Result, error) {
	tr := r.tracks[in.Track]
	if tr == nil {
		return Result{}, &InputError{"track", string(in.Track), fmt.Sprintf("is not open in performance year %d", r.Year)}
	}
	if err := check(in); err != nil {
		return Result{}, err
	}
	res := Result{Outcome: Within, Difference: in.Benchmark - in.Expenditures, Verified: r.Verified}
	res.Rate = Rate(money.HalfUp(int64(res.Difference), int64(Whole), int64(in.Benchmark)))
	t.Add(trace.Step{Name: "benchmark less expenditures", Inputs: []trace.Input{trace.In("updated benchmark", in.Benchmark),
		trace.In("expenditures", in.Expenditures)}, Result: res.Difference.String(), Cite: tr.cite})
	t.Add(trace.Step{Name: "savings rate", Formula: fmt.Sprintf("%s / %s", res.Difference, in.Benchmark), Result: res.Rate.String(), Cite: tr.cite})
	if err := minimumRate(in, r, tr, &res, t); err != nil {
		return Result{}, err
	}
	res.FinalRate = finalRate(in, r, tr, t)
	switch {
	case res.Difference > 0 && reaches(res.Difference, in.Benchmark, res.MSR):
		res.Outcome, res.Generated = Savings, res.Difference
		share(in, r, tr, &res, t)
	case res.Difference > 0 && lowRevenueShares(in, r):
		res.Outcome, res.Generated = BelowMinimum, res.Difference
		res.FinalRate = res.FinalRate.times(r.LowRevenueShare)
		t.Add(trace.Step{Name: "low-revenue ACO below the minimum rate", Inputs: []trace.Input{trace.In("part of the sharing rate", r.LowRevenueShare)},
			Result: res.FinalRate.String(), Cite: "42 CFR 425.605(h)"})
		share(in, r, tr, &res, t)
	case tr.twoSided && res.Difference < 0 && reaches(-res.Difference, in.Benchmark, res.MSR):
		res.Outcome, res.Generated = Losses, res.Difference
		lose(in, r, tr, &res, t)
	}
	t.Add(trace.Step{Name: "result", Inputs: []trace.Input{trace.In("outcome", res.Outcome)}, Result: res.Earned.String(), Unverified: !res.Verified})
	return res, nil
}

// lowRevenueShares is 42 CFR 425.605(h)(1): BASIC track, low revenue, enough assigned
// beneficiaries, an agreement period that is recent enough.
func lowRevenueShares(in Inputs, r *Rules) bool {
	return r.LowRevenueShare > 0 && in.LowRevenue && strings.HasPrefix(string(in.Track), "BASIC") && in.Assigned >= r.LowRevenueMinimum &&
		!in.Agreement.IsZero() && !in.Agreement.Before(r.LowRevenueFrom)
}

// most is a trillion dollars, more than all of Medicare.
const most money.Cents = 1e14

func check(in Inputs) error {
	switch {
	case in.Benchmark <= 0:
		return &InputError{"benchmark", in.Benchmark.String(), "must be more than 0"}
	case in.Expenditures < 0:
		return &InputError{"expenditures", in.Expenditures.String(), "must not be negative"}
	case in.Benchmark > most || in.Expenditures/100 > in.Benchmark:
		return &InputError{"benchmark and expenditures", in.Benchmark.String() + " and " + in.Expenditures.String(), "are out of proportion"}
	case in.Assigned <= 0:
		return &InputError{"assigned beneficiaries", fmt.Sprint(in.Assigned), "must be more than 0"}
	case in.Months != 6 && in.Months != 12:
		return &InputError{"months", fmt.Sprint(in.Months), "must be 12, or 6 in 2019"}
	case in.Quality > QualityMet:
		return &InputError{"quality", fmt.Sprint(uint8(in.Quality)), "is no quality performance standard"}
	case in.QualityScore < 0 || in.QualityScore > Whole:
		return &InputError{"quality score", in.QualityScore.String(), "must be from 0 to 1"}
	case in.Revenue < 0 || in.Revenue > most || in.Disaster < -most || in.Disaster > most:
		return &InputError{"revenue or relief", in.Revenue.String() + ", " + in.Disaster.String(), "is out of range"}
	case in.FixedMSR < 0 || in.FixedMSR > Whole:
		return &InputError{"minimum savings rate", in.FixedMSR.String(), "must be from 0 to 1"}
	}
	return nil
}

func minimumRate(in Inputs, r *Rules, tr *trackRules, res *Result, t *trace.Trace) error {
	if tr.twoSided && in.MSRIsFixed {
		res.MSR = in.FixedMSR
		t.Add(trace.Step{Name: "minimum savings and loss rate", Inputs: []trace.Input{trace.In("elected", in.FixedMSR)},
			Result: res.MSR.String(), Cite: "42 CFR 425.605(b)(2), 425.606(b), 425.610(b)"})
		return nil
	}
	rate, b, ok := r.variable(in.Assigned)
	if !ok {
		return &InputError{"assigned beneficiaries", fmt.Sprint(in.Assigned), "is in no band of the minimum savings rate"}
	}
	res.MSR = rate
	if t.On() {
		t.Add(trace.Step{Name: "minimum savings rate by number of beneficiaries", Inputs: []trace.Input{trace.In("assigned", in.Assigned)},
			Table:   &trace.Row{Table: "mssp.msr", Version: b.version, Key: b.position},
			Formula: fmt.Sprintf("%s - (%s - %s) x (%d - %d) / (%d - %d)", b.atLow, b.atLow, b.atHigh, in.Assigned, b.low, b.high, b.low),
			Result:  rate.String(), Rounding: "half up to 9 decimals", Cite: "42 CFR 425.604(b), 425.605(b)(1), 425.610(b)"})
	}
	return nil
}

// finalRate is the quality gate and what it leaves of the maximum sharing rate.
func finalRate(in Inputs, r *Rules, tr *trackRules, t *trace.Trace) Rate {
	step := trace.Step{Name: "final sharing rate", Table: &trace.Row{Table: "mssp.tracks", Version: r.versions["mssp.tracks"], Key: string(in.Track)},
		Cite: r.cite, Inputs: []trace.Input{trace.In("maximum", tr.maxShare), trace.In("quality performance standard", in.Quality)}}
	rate := tr.maxShare
	switch {
	case in.Quality == QualityNotMet, in.Quality == QualityAlternative && r.Quality != Alternative:
		rate = 0
	case r.Quality == ScoreScales, in.Quality == QualityAlternative:
		rate = tr.maxShare.times(in.QualityScore)
		step.Formula = fmt.Sprintf("%s x quality score %s", tr.maxShare, in.QualityScore)
	}
	step.Result = rate.String()
	t.Add(step)
	return rate
}

// share pays savings from the first dollar. Sequestration comes before the limit: in
// CMS's results an ACO at its limit (A1409, 2018) is paid the limit in full.
func share(in Inputs, r *Rules, tr *trackRules, res *Result, t *trace.Trace) {
	shared := res.FinalRate.of(res.Generated)
	t.Add(trace.Step{Name: "shared savings", Formula: fmt.Sprintf("%s x %s", res.Generated, res.FinalRate), Result: shared.String(),
		Rounding: "half up to cents", Cite: tr.cite})
	after := (Whole - r.Sequestration).of(shared)
	t.Add(trace.Step{Name: "sequestration", Formula: fmt.Sprintf("%s x (1 - %s)", shared, r.Sequestration), Result: after.String(),
		Table: &trace.Row{Table: "mssp.years", Version: r.versions["mssp.years"], Key: fmt.Sprint(r.Year)}, Rounding: "half up to cents",
		Cite: "section 251A of the Balanced Budget and Emergency Deficit Control Act"})
	res.Limit = tr.shareCap.of(in.Benchmark)
	if res.Limited = after > res.Limit; res.Limited {
		after = res.Limit
	}
	t.Add(trace.Step{Name: "performance payment limit", Formula: fmt.Sprintf("%s x %s", in.Benchmark, tr.shareCap),
		Inputs: []trace.Input{trace.In("limit", res.Limit)}, Result: after.String(), Cite: tr.cite})
	res.Earned = after
}

// lose recoups losses from the first dollar.
func lose(in Inputs, r *Rules, tr *trackRules, res *Result, t *trace.Trace) {
	res.LossRate = tr.lossRate
	if tr.lossRule == "inverse" {
		res.LossRate = tr.lossTo
		if in.Quality != QualityNotMet {
			res.LossRate = min(max(Whole-tr.maxShare.times(in.QualityScore), tr.lossFloor), tr.lossTo)
		}
	}
	lost := res.LossRate.of(-res.Generated)
	t.Add(trace.Step{Name: "shared losses", Formula: fmt.Sprintf("%s x %s", -res.Generated, res.LossRate), Result: lost.String(),
		Rounding: "half up to cents", Table: &trace.Row{Table: "mssp.tracks", Version: r.versions["mssp.tracks"], Key: string(in.Track)}, Cite: tr.cite})
	lost = limitLoss(in, tr, res, lost, t)
	res.Verified = res.Verified && tr.verified
	relief := r.LossesMitigated.of(lost)
	if r.LossesMitigated == 0 {
		relief = money.Cents(money.HalfUp(int64(in.Disaster), int64(in.Months), 12))
	}
	res.Relief = min(max(relief, 0), lost)
	res.Earned = res.Relief - lost
	t.Add(trace.Step{Name: "extreme and uncontrollable circumstances", Inputs: []trace.Input{trace.In("relief", res.Relief),
		trace.In("months", in.Months)}, Result: res.Earned.String(), Cite: "42 CFR 425.605(f), 425.606(i), 425.610(i), 425.609(d)"})
}

// limitLoss applies the lesser of the limits by benchmark and by revenue.
func limitLoss(in Inputs, tr *trackRules, res *Result, lost money.Cents, t *trace.Trace) money.Cents {
	by := tr.benchmarkLimit[min(max(in.TrackYear, 1), 3)-1]
	res.Limit = by.of(in.Benchmark)
	step := trace.Step{Name: "loss recoupment limit", Inputs: []trace.Input{trace.In("by benchmark", res.Limit)}, Cite: tr.cite, Unverified: !tr.verified}
	if tr.revenueLimit > 0 {
		if in.RevenueKnown {
			byRevenue := tr.revenueLimit.of(in.Revenue)
			step.Inputs = append(step.Inputs, trace.In("by revenue", byRevenue))
			res.Limit = min(res.Limit, byRevenue)
		} else {
			res.Missing = append(res.Missing, "ACO participant revenue: the revenue-based loss limit was not tested")
			step.Inputs = append(step.Inputs, trace.In("by revenue", "revenue not known"))
		}
	}
	if res.Limited = lost > res.Limit; res.Limited {
		lost = res.Limit
	}
	step.Result = lost.String()
	t.Add(step)
	return lost
}
