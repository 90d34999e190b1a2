// SPDX-License-Identifier: Apache-2.0

package adjudicate

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/refdata"
)

func testParameters(t testing.TB) *parameters {
	t.Helper()
	p, err := loadParameters(refdata.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The worked example that the Medicare contractors published: 100.00 approved,
// 50.00 to the deductible, 40.00 calculated, 39.20 paid.
func TestPublishedSequestrationExample(t *testing.T) {
	r, err := testParameters(t).partB(civil.Of(2025, 3, 1))
	if err != nil {
		t.Fatal(err)
	}
	s := shareLine(100_00, 50_00, false, r, 10000, 0)
	if s != (lineShare{Deductible: 50_00, Coinsurance: 10_00, Sequestration: 80, Paid: 39_20}) {
		t.Errorf("%+v", s)
	}
}

// 42 CFR 411.33(b): charge 175, primary allowed 150 and paid 120, fee schedule 125,
// deductible met: Medicare pays 30.
func TestSecondaryPayerExampleOfTheRegulation(t *testing.T) {
	pay, tests := secondaryPayment(175_00, 125_00, 100_00, secondary{Paid: 120_00, Allowed: 150_00})
	if pay != 30_00 || tests != [3]money.Cents{55_00, 100_00, 30_00} {
		t.Errorf("pays %s after %v", pay, tests)
	}
}

func TestSequestrationByDate(t *testing.T) {
	p := testParameters(t)
	for day, want := range map[civil.Date]money.Cents{
		civil.Of(2020, 4, 30): 1_60, civil.Of(2020, 5, 1): 0, civil.Of(2022, 3, 31): 0, civil.Of(2022, 4, 1): 80,
		civil.Of(2022, 6, 30): 80, civil.Of(2022, 7, 1): 1_60,
	} {
		r, err := p.partB(day)
		if err != nil {
			t.Fatal(err)
		}
		if s := shareLine(100_00, 0, false, r, 10000, 0); s.Sequestration != want {
			t.Errorf("%s: %s", day, s.Sequestration)
		}
	}
	if _, err := p.partB(civil.Of(2031, 1, 1)); err == nil {
		t.Error("a year without a deductible must be an error, not a guess")
	}
}

func TestShareAddsUp(t *testing.T) {
	r, err := testParameters(t).partB(civil.Of(2026, 1, 1))
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		allowed := money.Cents(rapid.Int64Range(0, 1_000_000_00).Draw(t, "allowed"))
		left := money.Cents(rapid.Int64Range(0, 283_00).Draw(t, "left"))
		mips := rapid.Int64Range(-90000, 90000).Draw(t, "mips")
		s := shareLine(allowed, left, rapid.Bool().Draw(t, "free"), r, 10000, mips)
		if s.Paid+s.Sequestration-s.MIPS+s.Deductible+s.Coinsurance != allowed {
			t.Fatalf("%+v does not add up to %s", s, allowed)
		}
		if s.Deductible > left || s.Paid < 0 || s.Sequestration < 0 {
			t.Fatalf("%+v", s)
		}
	})
}

// A long stay in 2026: 60 full days, 30 at 434.00, 60 at 868.00, one not covered.
func TestBenefitPeriod(t *testing.T) {
	p := testParameters(t)
	adm := civil.Of(2026, 1, 1)
	s, after, err := p.shareStay(500_000_00, adm, adm.AddDays(151), 151, benefitPeriod{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !s.NewPeriod || s.Deductible != 1736_00 || s.CoinsuranceDays != 30 || s.ReserveDays != 60 || s.NonCoveredDays != 1 ||
		s.Coinsurance != 30*434_00+60*868_00 || after.daysUsed != 90 || after.reserveUsed != 60 {
		t.Errorf("%+v, then %+v", s, after)
	}
	// Back within 60 days: no second deductible, no days left.
	s, _, err = p.shareStay(9_000_00, after.lastDay.AddDays(60), after.lastDay.AddDays(63), 3, after, nil)
	if err != nil || s.NewPeriod || s.Deductible != 0 || s.NonCoveredDays != 3 {
		t.Errorf("%+v, %v", s, err)
	}
	// After 61 days out a new period starts, but reserve days are gone for good.
	s, next, err := p.shareStay(9_000_00, after.lastDay.AddDays(61), after.lastDay.AddDays(64), 3, after, nil)
	if err != nil || !s.NewPeriod || s.Deductible != 1736_00 || s.NonCoveredDays != 0 || next.reserveUsed != 60 {
		t.Errorf("%+v, then %+v, %v", s, next, err)
	}
}
