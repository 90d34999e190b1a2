// SPDX-License-Identifier: Apache-2.0

package settlement

import (
	"errors"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/refdata"

	"pgregory.net/rapid"
)

func rules(tb testing.TB, year int) *Rules {
	tb.Helper()
	r, err := Load(refdata.Embedded(), year)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

const million money.Cents = 1_000_000_00

// oneSided is a Track 1 ACO with 10,000 beneficiaries, whose minimum rate is 3 %.
func oneSided() Inputs {
	return Inputs{Track: "Track 1", TrackYear: 1, Months: 12, Assigned: 10_000, Benchmark: 100 * million, Expenditures: 95 * million,
		Quality: QualityMet, QualityScore: Whole}
}

func TestSettle(t *testing.T) {
	with := func(change func(*Inputs)) Inputs {
		in := oneSided()
		change(&in)
		return in
	}
	for _, c := range []struct {
		name string
		year int
		in   Inputs
		want money.Cents
	}{
		{"half of 5 million less sequestration", 2018, oneSided(), 2_450_000_00},
		{"sequestration suspended", 2019, oneSided(), 2_500_000_00},
		{"exactly at the minimum rate", 2019, with(func(in *Inputs) { in.Expenditures = 97 * million }), 1_500_000_00},
		{"a cent below it", 2019, with(func(in *Inputs) { in.Expenditures = 97*million + 1 }), 0},
		{"quality scales the rate", 2019, with(func(in *Inputs) { in.QualityScore = Whole * 8 / 10 }), 2_000_000_00},
		{"quality not met", 2019, with(func(in *Inputs) { in.Quality = QualityNotMet }), 0},
		{"quality met gives the maximum", 2021, with(func(in *Inputs) { in.QualityScore = Whole / 10 }), 2_450_000_00},
		{"payment limit of 10 %", 2018, with(func(in *Inputs) { in.Expenditures = 70 * million }), 10 * million},
		{"one-sided losses are not owed", 2018, with(func(in *Inputs) { in.Expenditures = 120 * million }), 0},
		{"Track 3 owes 40 % at least", 2018, with(func(in *Inputs) {
			in.Track, in.MSRIsFixed, in.Expenditures = "Track 3", true, 110*million
		}), -4 * million},
		{"Track 3 owes 1 less the sharing rate", 2018, with(func(in *Inputs) {
			in.Track, in.MSRIsFixed, in.Expenditures, in.QualityScore = "Track 3", true, 110*million, Whole/2
		}), -6_250_000_00},
		{"BASIC C loss limit of 1 % of the benchmark", 2019, with(func(in *Inputs) {
			in.Track, in.MSRIsFixed, in.Expenditures = "BASIC C", true, 110*million
		}), -1 * million},
		{"BASIC C loss limit of 2 % of revenue", 2019, with(func(in *Inputs) {
			in.Track, in.MSRIsFixed, in.Expenditures, in.Revenue, in.RevenueKnown = "BASIC C", true, 110*million, 20*million, true
		}), -400_000_00},
		{"relief, prorated for six months", 2019, with(func(in *Inputs) {
			in.Track, in.MSRIsFixed, in.Expenditures, in.Disaster, in.Months = "Track 3", true, 110*million, million, 6
		}), -3_500_000_00},
		{"the alternative standard scales the rate from 2023", 2024, with(func(in *Inputs) {
			in.Track, in.MSRIsFixed, in.Quality, in.QualityScore = "ENHANCED", true, QualityAlternative, Whole*6/10
		}), 2_205_000_00},
		{"and is no standard before", 2021, with(func(in *Inputs) {
			in.Track, in.MSRIsFixed, in.Quality = "ENHANCED", true, QualityAlternative
		}), 0},
		{"low revenue, below the minimum rate: half of 40 %", 2024, with(func(in *Inputs) {
			in.Track, in.Expenditures, in.LowRevenue, in.Agreement = "BASIC A", 98*million, true, civil.Of(2024, time.January, 1)
		}), 392_000_00},
		{"but not in an older agreement", 2024, with(func(in *Inputs) {
			in.Track, in.Expenditures, in.LowRevenue, in.Agreement = "BASIC A", 98*million, true, civil.Of(2022, time.January, 1)
		}), 0},
		{"ENHANCED owes by its score though it met the standard", 2024, with(func(in *Inputs) {
			in.Track, in.MSRIsFixed, in.Expenditures, in.QualityScore = "ENHANCED", true, 110*million, Whole*6/10
		}), -5_500_000_00},
		{"ENHANCED owes the most without a standard", 2024, with(func(in *Inputs) {
			in.Track, in.MSRIsFixed, in.Expenditures, in.Quality = "ENHANCED", true, 110*million, QualityNotMet
		}), -7_500_000_00},
		{"the public health emergency takes losses away", 2020, with(func(in *Inputs) {
			in.Track, in.MSRIsFixed, in.Expenditures = "ENHANCED", true, 110*million
		}), 0},
	} {
		tr := trace.New()
		res, err := Settle(c.in, rules(t, c.year), tr)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if res.Earned != c.want {
			t.Errorf("%s: %s, want %s\n%+v", c.name, res.Earned, c.want, tr.Steps)
		}
	}
}

func TestSettleRefuses(t *testing.T) {
	in := oneSided()
	in.Track = "BASIC C"
	var ie *InputError
	if _, err := Settle(in, rules(t, 2014), nil); !errors.As(err, &ie) || ie.Field != "track" {
		t.Errorf("BASIC in 2014: %v", err)
	}
	in = oneSided()
	in.Benchmark = 0
	if _, err := Settle(in, rules(t, 2018), nil); !errors.As(err, &ie) || ie.Field != "benchmark" {
		t.Errorf("no benchmark: %v", err)
	}
	var missing *refdata.NotLoadedError
	if _, err := Load(refdata.Embedded(), 2031); !errors.As(err, &missing) {
		t.Errorf("rules of 2031: %v", err)
	}
}

func TestVariableMSR(t *testing.T) {
	r := rules(t, 2018)
	for _, c := range []struct {
		assigned int
		want     Rate
	}{{1, 122_000_000}, {500, 122_000_000}, {5000, 39_000_000}, {5999, 36_000_000}, {10_000, 30_000_000}, {59_999, 20_000_000}, {1_000_000, 20_000_000}} {
		if got, ok := r.VariableMSR(c.assigned); !ok || got != c.want {
			t.Errorf("%d beneficiaries: %s, want %s", c.assigned, got, c.want)
		}
	}
}

// TestProperties: spending more never pays more, limits hold, scale does not matter,
// and the trace changes nothing.
func TestProperties(t *testing.T) {
	byYear := map[int]*Rules{}
	for year := 2013; year <= 2025; year++ {
		byYear[year] = rules(t, year)
	}
	rapid.Check(t, func(t *rapid.T) {
		r := byYear[rapid.IntRange(2013, 2025).Draw(t, "year")]
		var tracks []Track
		for _, name := range []Track{"Track 1", "Track 1+", "Track 2", "Track 3", "BASIC A", "BASIC B", "BASIC C", "BASIC D", "BASIC E", "ENHANCED"} {
			if _, ok := r.TwoSided(name); ok {
				tracks = append(tracks, name)
			}
		}
		in := Inputs{Track: rapid.SampledFrom(tracks).Draw(t, "track"), TrackYear: rapid.IntRange(1, 5).Draw(t, "track year"), Months: 12,
			Assigned: rapid.IntRange(1, 200_000).Draw(t, "assigned"), MSRIsFixed: rapid.Bool().Draw(t, "fixed"),
			FixedMSR:  Rate(rapid.IntRange(0, 20).Draw(t, "msr") * 1_000_000),
			Benchmark: money.Cents(rapid.Int64Range(1_000_000, 1e12).Draw(t, "benchmark")), Quality: Quality(rapid.IntRange(0, 2).Draw(t, "quality")),
			LowRevenue: rapid.Bool().Draw(t, "low revenue"), Agreement: civil.Of(2024, time.January, 1),
			QualityScore: Rate(rapid.Int64Range(0, int64(Whole)).Draw(t, "score"))}
		in.Expenditures = money.Cents(rapid.Int64Range(0, 2*int64(in.Benchmark)).Draw(t, "expenditures"))
		res, err := Settle(in, r, trace.New())
		if err != nil {
			t.Fatal(err)
		}
		plain, _ := Settle(in, r, nil)
		if plain.Earned != res.Earned {
			t.Fatalf("traced %s, untraced %s", res.Earned, plain.Earned)
		}
		if res.Earned > in.Benchmark/5+1 || res.Earned > max(res.Difference, 0) || -res.Earned > max(-res.Difference, 0) {
			t.Fatalf("earned %s of %s", res.Earned, res.Difference)
		}
		more := in
		more.Expenditures += money.Cents(rapid.Int64Range(0, 1e9).Draw(t, "more"))
		if m, err := Settle(more, r, nil); err == nil && m.Earned > res.Earned {
			t.Fatalf("spending %s earns %s, spending %s earns %s", in.Expenditures, res.Earned, more.Expenditures, m.Earned)
		}
		tenfold := in
		tenfold.Benchmark *= 10
		tenfold.Expenditures *= 10
		if x, _ := Settle(tenfold, r, nil); x.Outcome != res.Outcome || x.Earned-10*res.Earned > 40 || 10*res.Earned-x.Earned > 40 {
			t.Fatalf("ten times the money: %s %s, was %s %s", x.Outcome, x.Earned, res.Outcome, res.Earned)
		}
	})
}
