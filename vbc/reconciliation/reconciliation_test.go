// SPDX-License-Identifier: Apache-2.0

package reconciliation_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/vbc/account"
	"github.com/woodlawn-health/woodlawn/vbc/assignment"
	"github.com/woodlawn-health/woodlawn/vbc/benchmark"
	"github.com/woodlawn-health/woodlawn/vbc/cclf"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
	"github.com/woodlawn-health/woodlawn/vbc/reconciliation"
	"github.com/woodlawn-health/woodlawn/vbc/synth"
)

// demo reads the demonstration's agreement and cells.
func demo(tb testing.TB) (*reconciliation.Agreement, []*benchmark.Delivery) {
	tb.Helper()
	dir := filepath.Join(evidence.Root(), "demo", "aco")
	file, err := os.Open(filepath.Join(dir, "agreement.json"))
	if err != nil {
		tb.Fatal(err)
	}
	defer file.Close()
	a, err := reconciliation.ReadAgreement(file, "agreement.json")
	if err != nil {
		tb.Fatal(err)
	}
	cells, err := os.ReadFile(filepath.Join(dir, "cells.csv"))
	if err != nil {
		tb.Fatal(err)
	}
	d, err := benchmark.ReadCells(bytes.NewReader(cells), "cells.csv")
	if err != nil {
		tb.Fatal(err)
	}
	return a, d
}

// TestFromDeliveries settles an invented ACO, as it is and without a practice.
func TestFromDeliveries(t *testing.T) {
	cat := refdata.Embedded()
	layouts, err := cclf.Load(cat)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := synth.Generate(synth.Config{Lives: 700, Seed: 1, Year: 2025, Months: 60, Dir: dir, Layouts: layouts}); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(filepath.Join(dir, "participants.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	participants, err := assignment.ReadParticipants(file, "participants.csv")
	if err != nil {
		t.Fatal(err)
	}
	rules, err := assignment.Load(cat, 2025)
	if err != nil {
		t.Fatal(err)
	}
	a, deliveries := demo(t)
	cfg := assignment.Config{Rules: rules, Participants: participants, ACO: a.ACO, Method: a.Method}
	scorer, err := reconciliation.Scorer(cat, a)
	if err != nil {
		t.Fatal(err)
	}
	base, err := reconciliation.New(cat, "as it is", a, deliveries, cfg, scorer)
	if err != nil {
		t.Fatal(err)
	}
	tin := participants.TINs(a.ACO)[1]
	if cfg.Participants, err = participants.With(a.ACO, nil, []string{tin}); err != nil {
		t.Fatal(err)
	}
	without, err := reconciliation.New(cat, "without", a, deliveries, cfg, scorer)
	if err != nil {
		t.Fatal(err)
	}
	// March has a completion factor of its own: its lives are measured apart
	if len(base.Plans()) != 2 {
		t.Fatalf("%d plans for three deliveries with two sets of limits", len(base.Plans()))
	}
	f, err := feed.Open(feed.Config{Dir: dir, Layouts: layouts, Temp: t.TempDir(), Reject: func(err error) { t.Error(err) }})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sums, err := account.Run(f, append(base.Plans(), without.Plans()...), nil)
	if err != nil {
		t.Fatal(err)
	}
	now, err := base.Settle(sums[:2], true)
	if err != nil {
		t.Fatal(err)
	}
	then, err := without.Settle(sums[2:], false)
	if err != nil {
		t.Fatal(err)
	}
	if len(now) != 3 || now[0].Result != nil || len(now[0].Benchmark.Missing) == 0 || !strings.HasPrefix(now[0].Benchmark.Missing[0], "acpt ") {
		t.Fatalf("March has no prospective trend and must not be settled: %+v", now[0].Benchmark)
	}
	if now[0].Sums.Years[3].Cells[feed.AgedNonDual].Expenditure <= now[2].Sums.Years[3].Cells[feed.AgedNonDual].Expenditure {
		t.Error("March's larger completion factor does not tell")
	}
	for _, o := range append(now[1:], then[1:]...) {
		check(t, o)
	}
	if then[2].Assigned >= now[2].Assigned || then[2].Benchmark.Benchmark == now[2].Benchmark.Benchmark {
		t.Errorf("without a practice: %d assigned, benchmark %s; with it %d, %s", then[2].Assigned, then[2].Benchmark.Benchmark, now[2].Assigned, now[2].Benchmark.Benchmark)
	}
	if now[1].Benchmark.Benchmark == now[2].Benchmark.Benchmark {
		t.Error("June and October have other figures and the same benchmark")
	}
	steps := 0
	for _, s := range now[2].Trace.Steps {
		if s.Table != nil {
			steps++
		}
	}
	if steps < 40 {
		t.Errorf("only %d steps point at a table row", steps)
	}
}

// check holds an outcome together: each level of the waterfall is the sum of what stands
// above it, and types add up to the whole.
func check(t *testing.T, o *reconciliation.Outcome) {
	t.Helper()
	if o.Result == nil {
		t.Fatalf("%s %s is not settled: %v", o.Case, o.Delivery, o.Benchmark.Missing)
	}
	var sum money.Cents
	for i, b := range o.Waterfall {
		if !b.Level {
			sum += b.Amount
			continue
		}
		if i > 0 && sum != b.Amount {
			t.Errorf("%s %s: %s is %s, the steps before come to %s", o.Case, o.Delivery, b.Name, b.Amount, sum)
		}
		sum = b.Amount
	}
	if sum != o.Result.Earned {
		t.Errorf("the waterfall ends at %s, earned are %s", sum, o.Result.Earned)
	}
	var spent money.Cents
	var months int64
	for _, c := range o.Sums.Years[3].Cells {
		spent += c.Expenditure
		months += c.Months
	}
	if spent != o.Benchmark.Expenditures || o.Result.Difference != o.Benchmark.Benchmark-spent {
		t.Errorf("spent %s, expenditures %s, difference %s of %s", spent, o.Benchmark.Expenditures, o.Result.Difference, o.Benchmark.Benchmark)
	}
	if years := float64(months) / 12; float64(o.Benchmark.PersonYears)/1e6-years > 1e-5 || years-float64(o.Benchmark.PersonYears)/1e6 > 1e-5 {
		t.Errorf("%d months are %s person years", months, o.Benchmark.PersonYears)
	}
	if o.Verified {
		t.Error("invented cells make a verified result")
	}
}

func TestAgreementRefused(t *testing.T) {
	good := `{"aco":"A1","performance_year":2025,"track":"BASIC E","agreement_start":"2024-01-01"}`
	if _, err := reconciliation.ReadAgreement(strings.NewReader(good), "a"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ from, to, says string }{
		{`"performance_year":2025`, `"performance_year":1999`, "performance_year"},
		{`2024-01-01`, `2018-01-01`, "agreement_start"},
		{`"BASIC E"`, `""`, "track"},
		{`"aco"`, `"acco"`, "unknown field"},
		{`"track"`, `"assignment":"both","track"`, "assignment"},
		{`"track"`, `"minimum_savings_rate":"x","track"`, "not a decimal number"},
	} {
		_, err := reconciliation.ReadAgreement(strings.NewReader(strings.Replace(good, c.from, c.to, 1)), "a")
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %s", c.to, err, c.says)
		}
	}
}

func FuzzReadAgreement(f *testing.F) {
	f.Add(`{"aco":"A1","performance_year":2025,"track":"BASIC E","agreement_start":"2024-01-01","minimum_savings_rate":0.02}`)
	f.Fuzz(func(t *testing.T, text string) {
		if a, err := reconciliation.ReadAgreement(strings.NewReader(text), "a"); err == nil && len(a.Years()) == 0 {
			t.Fatal("an agreement without years")
		}
	})
}
