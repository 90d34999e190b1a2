// SPDX-License-Identifier: Apache-2.0

package cmmi

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/refdata"
)

func load(tb testing.TB, model, option, spending string, year int) *Rules {
	tb.Helper()
	r, err := Load(refdata.Embedded(), model, option, spending, year)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// TestSettle works years out by hand.
func TestSettle(t *testing.T) {
	const million = 1_000_000_00
	for _, c := range []struct {
		name                    string
		r                       *Rules
		in                      Inputs
		benchmark, shared, paid money.Cents
	}{
		// 100m less 3.5% is 96.5m, withhold 1.93m earned to half: 95.535m; 30% = 28.6605m saved:
		// 25% of the benchmark (23.88375m) whole, the other 4.77675m to half
		{"REACH Global 2025, 30% saved", load(t, "REACH", "Global", "", 2025), Inputs{100 * million, 66_874_500_00, 5000}, 95_535_000_00, 26_272_125_00, 25_746_682_50},
		// the same of 2026: withhold 5% (4.825m) earned to half: 94.0875m; 10% whole (9.40875m), 15% of 20% = 14.113125m to half
		{"REACH Global 2026, 25% saved", load(t, "REACH", "Global", "", 2026), Inputs{100 * million, 70_565_625_00, 5000}, 94_087_500_00, 16_465_312_50, 16_136_006_25},
		// 98m after withhold not earned; loss 12m: 5% = 4.9m at 50, 4.9m at 35, 2.2m at 15
		{"REACH Professional 2023, 12m lost", load(t, "REACH", "Professional", "", 2023), Inputs{100 * million, 110 * million, 0}, 98 * million, -4_495_000_00, -4_495_000_00},
		// add-on 1.5m, discount 1.75% of 101.5m (1.77625m): 99.72375m, withhold earned
		{"LEAD Global higher 2027, 10m saved", load(t, "LEAD", "Global", "higher", 2027), Inputs{100 * million, 89_723_750_00, 10000}, 99_723_750_00, 10 * million, 9_800_000_00},
		// 60% of savings, 50% of losses in the first corridor
		{"LEAD Professional lower 2027, 5m saved", load(t, "LEAD", "Professional", "lower", 2027), Inputs{100 * million, 95 * million, 10000}, 100 * million, 3 * million, 2_940_000_00},
		{"LEAD Professional lower 2027, 5m lost", load(t, "LEAD", "Professional", "lower", 2027), Inputs{100 * million, 105 * million, 10000}, 100 * million, -2_500_000_00, -2_500_000_00},
	} {
		res, err := c.r.Settle(c.in, nil)
		if err != nil {
			t.Fatal(err)
		}
		if res.Benchmark != c.benchmark || res.Shared != c.shared || res.Payment != c.paid || res.Verified {
			t.Errorf("%s: benchmark %s, shared %s, paid %s, verified %t; want %s, %s, %s, not verified", c.name, res.Benchmark, res.Shared, res.Payment, res.Verified, c.benchmark, c.shared, c.paid)
		}
	}
}

// TestNotLoaded: a year without terms is an answer, not a guess.
func TestNotLoaded(t *testing.T) {
	var missing *refdata.NotLoadedError
	if _, err := Load(refdata.Embedded(), "REACH", "Global", "", 2020); !errors.As(err, &missing) {
		t.Errorf("error %v", err)
	}
	if _, err := Load(refdata.Embedded(), "LEAD", "Global", "", 2027); err == nil {
		t.Error("LEAD without a spending class has terms")
	}
}

// TestProperties: spending more never pays more, nobody keeps more than was saved, and
// quality never costs, up to losses of half the benchmark: beyond, a larger benchmark widens
// the corridors that are kept in full by more than it lessens the loss.
func TestProperties(t *testing.T) {
	rules := []*Rules{load(t, "REACH", "Global", "", 2025), load(t, "REACH", "Global", "", 2026), load(t, "REACH", "Professional", "", 2024),
		load(t, "LEAD", "Global", "higher", 2027), load(t, "LEAD", "Professional", "lower", 2027)}
	rapid.Check(t, func(t *rapid.T) {
		r := rapid.SampledFrom(rules).Draw(t, "rules")
		in := Inputs{Benchmark: money.Cents(rapid.Int64Range(1e6, 1e12).Draw(t, "benchmark")), Quality: rapid.Int64Range(0, 10_000).Draw(t, "quality")}
		in.Expenditures = money.Cents(rapid.Int64Range(0, 2*int64(in.Benchmark)).Draw(t, "spent"))
		res, err := r.Settle(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		if res.Shared.Abs() > res.Gross.Abs()+money.Cents(len(res.Bands)) || res.Shared > 0 && res.Gross < 0 || res.Shared < 0 && res.Gross > 0 {
			t.Fatalf("shared %s of %s", res.Shared, res.Gross)
		}
		more := in
		more.Expenditures += money.Cents(rapid.Int64Range(0, 1e9).Draw(t, "more"))
		if after, err := r.Settle(more, nil); err != nil || after.Payment > res.Payment {
			t.Fatalf("spending more pays %s instead of %s", after.Payment, res.Payment)
		}
		better := in
		better.Quality = rapid.Int64Range(in.Quality, 10_000).Draw(t, "better")
		if after, err := r.Settle(better, nil); err != nil || -2*res.Gross < res.Benchmark && after.Payment < res.Payment-money.Cents(len(res.Bands)) {
			t.Fatalf("better quality pays %s instead of %s", after.Payment, res.Payment)
		}
	})
}
