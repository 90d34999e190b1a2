// SPDX-License-Identifier: Apache-2.0

package adjudicate

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/payment/ipps"
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
	s := shareLine(100_00, 50_00, r.coinsurance.value, r, 10000, 0)
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
		if s := shareLine(100_00, 0, r.coinsurance.value, r, 10000, 0); s.Sequestration != want {
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
		s := shareLine(allowed, left, money.Fixed{Value: rapid.Int64Range(0, 2000).Draw(t, "coinsurance"), Scale: 4}, r, 10000, mips)
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
	// Back before 60 days out are full, the day of discharge being the first: no second deductible, no days left.
	s, _, err = p.shareStay(9_000_00, after.lastDay.AddDays(59), after.lastDay.AddDays(62), 3, after, nil)
	if err != nil || s.NewPeriod || s.Deductible != 0 || s.NonCoveredDays != 3 {
		t.Errorf("%+v, %v", s, err)
	}
	// After 60 days out a new period starts, but reserve days are gone for good.
	s, next, err := p.shareStay(9_000_00, after.lastDay.AddDays(60), after.lastDay.AddDays(63), 3, after, nil)
	if err != nil || !s.NewPeriod || s.Deductible != 1736_00 || s.NonCoveredDays != 0 || next.reserveUsed != 60 {
		t.Errorf("%+v, then %+v, %v", s, next, err)
	}
}

// A benefit period that began in 2025 owes the deductible of 2025 (1676.00), also for
// a stay in 2026 (1736.00): 42 CFR 409.82(a). Of a period whose beginning is not known,
// the last discharge tells the year.
func TestDeductibleIsThatOfThePeriodsYear(t *testing.T) {
	p := testParameters(t)
	_, after, err := p.shareStay(9_000_00, civil.Of(2025, 12, 20), civil.Of(2025, 12, 28), 8, benefitPeriod{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, before := range []benefitPeriod{after, {lastDay: civil.Of(2025, 12, 28), deductibleMet: 1676_00, daysUsed: 8}} {
		s, _, err := p.shareStay(9_000_00, civil.Of(2026, 1, 5), civil.Of(2026, 1, 9), 4, before, nil)
		if err != nil || s.NewPeriod || s.Deductible != 0 || s.Sequestration != 180_00 || s.Paid != 8_820_00 {
			t.Errorf("%+v, %v", s, err)
		}
	}
	// Met in part: 1676.00 - 1000.00 are left.
	s, _, err := p.shareStay(9_000_00, civil.Of(2026, 1, 5), civil.Of(2026, 1, 9), 4,
		benefitPeriod{began: civil.Of(2025, 11, 2), lastDay: civil.Of(2026, 1, 2), deductibleMet: 1000_00, daysUsed: 8}, nil)
	if err != nil || s.Deductible != 676_00 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestPreventiveServices(t *testing.T) {
	p, err := loadPreventive(refdata.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		code, modifier string
		day            civil.Date
		want           int64 // coinsurance in units of 10^-4; -1: shares cost as any service
	}{
		{"G0439", "", civil.Of(2025, 11, 12), 0},
		{"G0439", "", civil.Of(2010, 12, 31), -1},
		{"99213", "", civil.Of(2025, 11, 12), -1},
		{"45385", "PT", civil.Of(2022, 12, 31), 2000},
		{"45385", "PT", civil.Of(2025, 11, 12), 1500},
		{"45385", "PT", civil.Of(2027, 1, 1), 1000},
		{"45385", "59", civil.Of(2025, 11, 12), -1},
	} {
		got := int64(-1)
		if s := p.on(c.code, [4]string{c.modifier}, c.day); s != nil {
			got = s.coinsurance.Value
		}
		if got != c.want {
			t.Errorf("%s %s on %s: %d, want %d", c.code, c.modifier, c.day, got, c.want)
		}
	}
}

// A hospital whose year begins on 1 July: the day before ends it. A payee that is no
// hospital on file gets 31 December of the payment's year.
func TestFiscalYearEnd(t *testing.T) {
	records := ipps.NewProviderFile([]ipps.ProviderRecord{{ProviderNumber: "140991", NPI: "3000000018",
		Effective: civil.Of(2024, 7, 1), FiscalYearBegin: civil.Of(2024, 7, 1)}})
	a := &Adjudicator{opt: Options{Hospitals: records, Run: civil.Of(2025, 12, 15)}}
	hospital, clinic := &claim.Payee{NPI: "3000000018"}, &claim.Payee{NPI: "1000000012"}
	for on, want := range map[civil.Date]civil.Date{
		civil.Of(2025, 6, 30): civil.Of(2025, 6, 30), civil.Of(2025, 7, 1): civil.Of(2026, 6, 30),
		civil.Of(2025, 11, 9): civil.Of(2026, 6, 30),
	} {
		if got := a.FiscalYearEnd(hospital, on); got != want {
			t.Errorf("%s: %s, want %s", on, got, want)
		}
	}
	if got := a.FiscalYearEnd(clinic, civil.Of(2025, 11, 9)); got != civil.Of(2025, 12, 31) {
		t.Errorf("a payee without record: %s", got)
	}
}
