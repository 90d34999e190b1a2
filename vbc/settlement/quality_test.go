// SPDX-License-Identifier: Apache-2.0

package settlement

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// TestStandard follows the text of 42 CFR 425.512(a) by year.
func TestStandard(t *testing.T) {
	for _, c := range []struct {
		name  string
		year  int
		r     QualityReport
		met   Quality
		known bool
	}{
		{"40th percentile of 2025", 2025, QualityReport{Reported: true, Score: 767_000_000}, QualityMet, true},
		{"a hundredth below", 2025, QualityReport{Reported: true, Score: 766_900_000}, QualityNotMet, true},
		{"below, an outcome measure at the 10th", 2025, QualityReport{Reported: true, Score: 500_000_000, OutcomePercentile: 10}, QualityAlternative, true},
		{"below, an outcome measure at the 9th", 2025, QualityReport{Reported: true, Score: 500_000_000, OutcomePercentile: 9}, QualityNotMet, true},
		{"all CQMs, 10th and 40th", 2025, QualityReport{Reported: true, CQMs: true, OutcomePercentile: 10, OtherPercentile: 40}, QualityMet, true},
		{"all CQMs, 10th and 39th", 2025, QualityReport{Reported: true, CQMs: true, OutcomePercentile: 10, OtherPercentile: 39}, QualityAlternative, true},
		{"nothing reported", 2025, QualityReport{Nothing: true, Score: Whole}, QualityNotMet, true},
		{"first year", 2025, QualityReport{Reported: true, FirstYear: true}, QualityMet, true},
		{"2021 has no way but the score", 2021, QualityReport{Reported: true, CQMs: true, OutcomePercentile: 99, OtherPercentile: 99, Threshold: 500_000_000, Score: 499_999_999}, QualityNotMet, true},
		{"2022 has no alternative", 2022, QualityReport{Reported: true, OutcomePercentile: 50, Threshold: 500_000_000}, QualityNotMet, true},
		{"2022 CQMs, 10th and 30th", 2022, QualityReport{Reported: true, CQMs: true, OutcomePercentile: 10, OtherPercentile: 30, Threshold: 900_000_000}, QualityMet, true},
		{"percentile not loaded", 2023, QualityReport{Reported: true, Score: 900_000_000}, QualityNotMet, false},
		{"percentile given", 2023, QualityReport{Reported: true, Score: 900_000_000, Threshold: 800_000_000}, QualityMet, true},
	} {
		q, err := LoadQuality(refdata.Embedded(), c.year)
		if err != nil {
			t.Fatal(err)
		}
		met, known := q.Standard(c.r, nil)
		if met != c.met || known != c.known {
			t.Errorf("%s: %s, known %t; want %s, %t", c.name, met, known, c.met, c.known)
		}
	}
}

// TestGuardrail follows 42 CFR 425.652(b)(5): 100 spent above a benchmark of 96.
func TestGuardrail(t *testing.T) {
	r, err := Load(refdata.Embedded(), 2025)
	if err != nil {
		t.Fatal(err)
	}
	in := Inputs{Track: "BASIC E", TrackYear: 1, Months: 12, Assigned: 10_000, MSRIsFixed: true, FixedMSR: 20_000_000, Quality: QualityMet, QualityScore: Whole,
		Benchmark: 96_000_000_00, Expenditures: 100_000_000_00, Agreement: civil.Of(2024, time.January, 1)}
	for _, c := range []struct {
		name    string
		twoWay  money.Cents
		used    money.Cents
		outcome Outcome
		earned  money.Cents
	}{
		{"two-way lower still: the trend's benchmark counts", 95_000_000_00, 96_000_000_00, Losses, -1_200_000_00},
		{"two-way makes the losses smaller", 97_000_000_00, 97_000_000_00, Losses, -900_000_00},
		{"two-way brings them within the minimum rate", 99_000_000_00, 99_000_000_00, Within, 0},
		{"two-way is above what was spent: neither savings nor losses", 110_000_000_00, 110_000_000_00, Within, 0},
	} {
		res, used, err := Guarded(in, c.twoWay, r, nil)
		if err != nil {
			t.Fatal(err)
		}
		if used != c.used || res.Outcome != c.outcome || res.Earned != c.earned {
			t.Errorf("%s: %s of %s, earned %s; want %s of %s, earned %s", c.name, res.Outcome, used, res.Earned, c.outcome, c.used, c.earned)
		}
	}
	// savings are never measured against the two-way benchmark
	in.Expenditures = 90_000_000_00
	if res, used, err := Guarded(in, 110_000_000_00, r, nil); err != nil || used != in.Benchmark || res.Earned != 2_940_000_00 {
		t.Errorf("savings: earned %s of %s, %v", res.Earned, used, err)
	}
}

// TestGuardrailProperties: it never makes an ACO owe more, but for a loss recoupment limit
// that grows with the benchmark; and spending more never pays more.
func TestGuardrailProperties(t *testing.T) {
	r, err := Load(refdata.Embedded(), 2025)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		in := Inputs{Track: rapid.SampledFrom([]Track{"BASIC A", "BASIC C", "BASIC D", "BASIC E", "ENHANCED"}).Draw(t, "track"), TrackYear: 1, Months: 12,
			Assigned: rapid.IntRange(5000, 60_000).Draw(t, "assigned"), Benchmark: money.Cents(rapid.Int64Range(1e9, 1e11).Draw(t, "benchmark")),
			Quality: Quality(rapid.IntRange(0, 2).Draw(t, "quality")), QualityScore: Rate(rapid.Int64Range(0, int64(Whole)).Draw(t, "score")),
			MSRIsFixed: rapid.Bool().Draw(t, "fixed"), FixedMSR: Rate(rapid.Int64Range(0, 4).Draw(t, "msr") * 5_000_000), Agreement: civil.Of(2024, time.January, 1)}
		in.Expenditures = money.Cents(rapid.Int64Range(int64(in.Benchmark)/2, int64(in.Benchmark)*3/2).Draw(t, "spent"))
		twoWay := money.Cents(rapid.Int64Range(int64(in.Benchmark)*9/10, int64(in.Benchmark)*11/10).Draw(t, "two-way"))
		plain, err := Settle(in, r, nil)
		if err != nil {
			t.Fatal(err)
		}
		guarded, _, err := Guarded(in, twoWay, r, nil)
		if err != nil {
			t.Fatal(err)
		}
		if guarded.Earned < plain.Earned && !(guarded.Limited && guarded.Earned == -guarded.Limit) {
			t.Fatalf("guarded %s, plain %s", guarded.Earned, plain.Earned)
		}
		if plain.Earned > 0 && guarded.Earned != plain.Earned {
			t.Fatalf("savings %s become %s", plain.Earned, guarded.Earned)
		}
		more := in
		more.Expenditures += money.Cents(rapid.Int64Range(0, 1e9).Draw(t, "more"))
		if after, _, err := Guarded(more, twoWay, r, nil); err != nil || after.Earned > guarded.Earned {
			t.Fatalf("spending more earns %s instead of %s (%v)", after.Earned, guarded.Earned, err)
		}
	})
}
