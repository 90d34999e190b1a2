// SPDX-License-Identifier: Apache-2.0

package episodes

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// TestSpending has one claim of each kind, worked by hand. The episode runs from 1 March to
// 2 April 2026.
func TestSpending(t *testing.T) {
	p := person()
	anchor := stay(1, "980101", "470", "2026-03-01", "2026-03-04", 12000)
	anchor.IME, anchor.DSH, anchor.Uncompensated = 30000, 20000, 10000
	anchor.PatientStatus = "02"
	moved := stay(2, "980104", "560", "2026-03-04", "2026-03-04", 700)                                                              // same-day transfer, same discharge
	snf := feed.Claim{ID: 3, Setting: feed.SNF, Facility: "985001", From: day("2026-03-24"), Thru: day("2026-04-12"), Paid: 200000} // 10 of 20 days
	rehab := stay(4, "983025", "949", "2026-03-04", "2026-03-10", 9000)
	whole := stay(5, "980103", "291", "2026-03-20", "2026-03-25", 5000)
	cut := stay(6, "980103", "871", "2026-04-02", "2026-04-20", 4800) // 1 day of a geometric mean stay of 4.8 in FY 2026
	eye := stay(7, "980103", "124", "2026-03-26", "2026-03-28", 3000) // MDC 2
	late := visit(8, "2026-04-03", "99213", 80)
	mixed := feed.Claim{ID: 9, Setting: feed.Professional, From: day("2026-04-01"), Thru: day("2026-04-04"), Lines: []feed.Line{
		{Code: "99213", From: day("2026-04-01"), Allowed: 10000}, {Code: "J7190", From: day("2026-04-01"), Allowed: 90000},
		{Code: "99213", From: day("2026-04-04"), Allowed: 7000}, {Code: "99213", From: day("2026-04-02"), Allowed: 5000, Denial: "0"}}}
	drugs := feed.Claim{ID: 10, Setting: feed.Drug, From: day("2026-03-10"), Thru: day("2026-03-10"), Paid: 5000}
	early := visit(11, "2026-02-28", "99213", 80)
	p.Claims = []feed.Claim{early, anchor, moved, rehab, drugs, whole, snf, eye, mixed, cut, late}
	x, err := ReadExclusions(strings.NewReader("kind,code,reason\nhcpcs,J7190,clotting factor\n"), "exclusions.csv")
	if err != nil {
		t.Fatal(err)
	}
	b := New(Config{Rules: rules(t, "TEAM", 2026), Hospitals: hospitals(t, twoHospitals), Exclusions: x})
	e := only(t, b.Episodes(p))
	want := Spend{Anchor: 1140000 + 70000, Readmission: 500000 + 100000, Rehabilitation: 900000, SNF: 100000, Professional: 10000}
	gmlos := b.Rules.gmlos["871"]
	want[Readmission] = 500000 + money.Cents((480000*10+gmlos/2)/gmlos)
	if diff := cmp.Diff(want, e.Spend); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if e.Excluded != 300000+90000 || e.Readmissions != 2 || e.ExcludedReadmissions != 1 {
		t.Errorf("excluded %s, readmissions %d and %d", e.Excluded, e.Readmissions, e.ExcludedReadmissions)
	}
	// After the episode: the visit, the later line, ten days of the SNF stay.
	if e.Post != 8000+7000+100000 {
		t.Errorf("after the episode %s", e.Post)
	}
	tr := trace.New()
	if got := b.Explain(p, e.ID, tr); got == nil || got.Total != e.Total {
		t.Fatal("the explained episode differs")
	}
	var text strings.Builder
	if err := tr.WriteTable(&text); err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"42 CFR 512.537", "claim 7, readmission", "MDC 02", "clotting factor", "2000.00 x 10 of 20 days", "joins the anchor"} {
		if !strings.Contains(text.String(), s) {
			t.Errorf("the trace lacks %q:\n%s", s, text.String())
		}
	}
}

// TestAmounts replaces and takes off amounts.
func TestAmounts(t *testing.T) {
	a, err := ReadAmounts(strings.NewReader("claim_id,kind,amount\n1,standardized,10000\n1,new-technology,2500.50\n2,standardized,60\n"), "amounts.csv")
	if err != nil {
		t.Fatal(err)
	}
	p := person()
	p.Claims = []feed.Claim{stay(1, "980101", "470", "2026-03-01", "2026-03-04", 12000), {ID: 2, Setting: feed.Professional, From: day("2026-04-02"), Thru: day("2026-04-03"),
		Lines: []feed.Line{{Code: "97110", From: day("2026-04-02"), Allowed: 2000}, {Code: "97110", From: day("2026-04-03"), Allowed: 1000}}}}
	e := only(t, New(Config{Rules: rules(t, "TEAM", 2026), Hospitals: hospitals(t, twoHospitals), Amounts: a}).Episodes(p))
	if e.Spend[Anchor] != 749950 || e.Spend[Professional] != 4000 {
		t.Errorf("%+v", e.Spend)
	}
}
