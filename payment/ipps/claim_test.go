// SPDX-License-Identifier: Apache-2.0

package ipps

import (
	"testing"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/refdata"
)

func inpatientClaim() *claim.Claim {
	return &claim.Claim{Form: claim.Institutional, BillType: "11", Admission: civil.Of(2026, 3, 2), From: civil.Of(2026, 3, 2),
		Through: civil.Of(2026, 3, 9), PatientStatus: "01", Billing: claim.Provider{NPI: "1999999984"},
		ValueCodes: []claim.ValueCode{{Code: "80", Amount: 700}, {Code: "83", Amount: 200}, {Code: "82", Amount: 300}},
		Diagnoses: []claim.Diagnosis{{Code: "I10", Kind: claim.OtherDiagnosis}, {Code: "R079", Kind: claim.AdmittingDiagnosis},
			{Code: "I5023", Kind: claim.PrincipalDiagnosis}},
		Procedures: []claim.Procedure{{Code: "5A09357"}, {Code: "02HV33Z", Principal: true}},
		Lines: []claim.Line{
			{Revenue: "0120", Charge: 1400000}, {Revenue: "0250", Charge: 300000, NonCovered: 50000},
			{Revenue: "0636", Procedure: "J7192", Charge: 900000}, {Revenue: "0812", Charge: 5000000},
			{Revenue: "0636", Procedure: "J1644", Charge: 10000, Drug: &claim.Drug{NDC: "00000-0000-00"}},
			{Revenue: "0001", Charge: 7560000}},
		ConditionCodes: []string{"09"}}
}

func TestBillFromClaim(t *testing.T) {
	c := inpatientClaim()
	b, problems, err := testPricer().BillFromClaim(c, "291")
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	if b.LengthOfStay != 7 || b.CoveredDays != 7 || b.LifetimeReserveDays != 2 || b.ReviewCode != "00" || b.DRG != "291" {
		t.Errorf("bill %+v", b)
	}
	// Room, drugs less what is not covered, heparin; no clotting factor, organ or total.
	if want := money.Cents(1400000 + 250000 + 10000); b.CoveredCharges != want {
		t.Errorf("covered charges %s, want %s", b.CoveredCharges, want)
	}
	if len(b.Diagnoses) != 2 || b.Diagnoses[0] != "I5023" || b.Procedures[0] != "02HV33Z" || b.NDCs[0] != "00000000000" {
		t.Errorf("codes %v %v %v", b.Diagnoses, b.Procedures, b.NDCs)
	}
	days, err := testPricer().DaysOf(c)
	if err != nil || days.Coinsurance != 3 || days.Reserve != 2 {
		t.Errorf("days %+v, %v", days, err)
	}
}

func TestReviewCode(t *testing.T) {
	for _, c := range []struct {
		status, drg string
		conditions  []string
		want        string
	}{
		{"01", "291", nil, "00"}, {"20", "291", nil, "00"}, {"01", "291", []string{"66"}, "07"},
		{"02", "291", nil, "03"}, {"66", "039", nil, "03"}, {"82", "291", nil, "03"}, {"02", "291", []string{"66"}, "06"},
		{"03", "291", nil, "09"}, {"62", "291", nil, "09"}, {"50", "291", nil, "09"}, {"83", "291", nil, "09"}, {"03", "291", []string{"66"}, "11"},
		{"61", "291", nil, "00"}, {"04", "291", nil, "00"}, {"43", "291", nil, "00"},
		{"03", "001", nil, "00"}, // no post-acute DRG
		{"06", "291", nil, "09"}, {"06", "291", []string{"42"}, "00"}, {"06", "291", []string{"43"}, "00"}, {"03", "291", []string{"42"}, "09"},
	} {
		k := inpatientClaim()
		k.PatientStatus, k.ConditionCodes = c.status, c.conditions
		b, problems, err := testPricer().BillFromClaim(k, c.drg)
		if err != nil || len(problems) > 0 || b.ReviewCode != c.want {
			t.Errorf("status %s, DRG %s, conditions %v: review code %s, want %s (%v %v)", c.status, c.drg, c.conditions, b.ReviewCode, c.want, problems, err)
		}
	}
}

func TestClaimProblems(t *testing.T) {
	for field, change := range map[string]func(*claim.Claim){
		"discharge status": func(c *claim.Claim) { c.PatientStatus = "30" },
		"type of bill":     func(c *claim.Claim) { c.BillType = "13" },
		"admission date":   func(c *claim.Claim) { c.Admission = civil.Of(2026, 4, 1) },
	} {
		c := inpatientClaim()
		change(c)
		_, problems, err := testPricer().BillFromClaim(c, "291")
		if err != nil || len(problems) != 1 || problems[0].Field != field || problems[0].Assumed {
			t.Errorf("%s: %v, %v", field, problems, err)
		}
	}
	c := inpatientClaim()
	c.PatientStatus = "99"
	if _, problems, _ := testPricer().BillFromClaim(c, "291"); len(problems) != 1 {
		t.Errorf("status 99 gives %v", problems)
	}
	c = inpatientClaim()
	c.ValueCodes = nil
	if b, problems, _ := testPricer().BillFromClaim(c, "291"); len(problems) != 1 || !problems[0].Assumed || b.CoveredDays != 7 {
		t.Errorf("without value codes %v, %d covered days", problems, b.CoveredDays)
	}
}

func TestLengthOfStay(t *testing.T) {
	c := inpatientClaim()
	c.Admission = c.Through
	if d, _ := testPricer().DaysOf(c); d.LengthOfStay != 1 {
		t.Errorf("admitted and discharged on one day: %d days", d.LengthOfStay)
	}
	c.ConditionCodes = []string{"40"}
	if d, _ := testPricer().DaysOf(c); d.LengthOfStay != 0 {
		t.Errorf("same-day transfer: %d days", d.LengthOfStay)
	}
}

func TestBeneficiaryShare(t *testing.T) {
	day := civil.Of(2026, 3, 9)
	a, err := LoadAmounts(refdata.Embedded(), day)
	if err != nil {
		t.Fatal(err)
	}
	tr := trace.New()
	s, err := a.Share(CostSharing{Admission: civil.Of(2025, 12, 30), Service: day, DeductibleMet: 100000, CoinsuranceDays: 3, ReserveDays: 2}, tr)
	if err != nil {
		t.Fatal(err)
	}
	// 1,676 of 2025 less 1,000 met; 3 x 434 and 2 x 868 of 2026.
	if s.Deductible != 67600 || s.Coinsurance != 130200 || s.Reserve != 173600 || s.Total() != 371400 || s.Unverified || len(tr.Steps) != 3 {
		t.Errorf("share %+v, %d steps", s, len(tr.Steps))
	}
	if s, err := a.Share(CostSharing{Admission: civil.Of(2021, 5, 1), DeductibleMet: 999999}, nil); err != nil || s.Total() != 0 || !s.Unverified {
		t.Errorf("deductible met: %+v, %v", s, err)
	}
	if _, err := a.Share(CostSharing{Admission: civil.Of(2035, 1, 1)}, nil); err == nil {
		t.Error("an unknown year has no deductible")
	}
}

func TestSequestration(t *testing.T) {
	a, err := LoadAmounts(refdata.Embedded(), civil.Of(2026, 1, 1))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		day  civil.Date
		want money.Cents
	}{
		{civil.Of(2020, 4, 30), 2000}, {civil.Of(2020, 5, 1), 0}, {civil.Of(2022, 3, 31), 0}, {civil.Of(2022, 4, 1), 1000},
		{civil.Of(2022, 6, 30), 1000}, {civil.Of(2022, 7, 1), 2000}, {civil.Of(2026, 1, 1), 2000},
	} {
		if cut, err := a.Sequestration(100000, c.day, nil); err != nil || cut != c.want {
			t.Errorf("%s: %s, %v; want %s", c.day, cut, err, c.want)
		}
	}
	if _, err := a.Sequestration(100, civil.Of(2012, 1, 1), nil); err == nil {
		t.Error("no sequestration row before 2013-04-01")
	}
}
