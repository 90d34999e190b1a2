// SPDX-License-Identifier: Apache-2.0

package population

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

func rules(t testing.TB) *Rules {
	t.Helper()
	r, err := Load(refdata.Embedded(), 2025)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func day(m time.Month, d int) civil.Date { return civil.Of(2025, m, d) }

func person(claims ...feed.Claim) *feed.Beneficiary {
	b := &feed.Beneficiary{MBI: "1S00A00AA00", Claims: claims}
	for m := time.January; m <= time.December; m++ {
		b.Enrollment.Set(2025, m, feed.BothParts, feed.AgedNonDual)
	}
	return b
}

func inpatient(facility string, from, thru civil.Date, status string) feed.Claim {
	return feed.Claim{Setting: feed.Inpatient, Facility: facility, From: from, Thru: thru, PatientStatus: status, Paid: 100_000,
		Lines: []feed.Line{{Revenue: "0450", From: from}}}
}

func TestCount(t *testing.T) {
	r := rules(t)
	hospital := func(from, thru civil.Date) feed.Claim { return inpatient("980101", from, thru, "01") }
	for name, x := range map[string]struct {
		b    *feed.Beneficiary
		want func(Counts) bool
	}{
		"readmitted after 30 days":  {person(hospital(day(3, 1), day(3, 5)), hospital(day(4, 4), day(4, 6))), func(c Counts) bool { return c.Admissions == 2 && c.IndexStays == 2 && c.Readmissions == 1 }},
		"readmitted after 31 days":  {person(hospital(day(3, 1), day(3, 5)), hospital(day(4, 5), day(4, 6))), func(c Counts) bool { return c.Admissions == 2 && c.Readmissions == 0 }},
		"billed in two parts":       {person(inpatient("980101", day(3, 1), day(3, 5), "30"), hospital(day(3, 5), day(3, 9))), func(c Counts) bool { return c.Admissions == 1 && c.Days == 8 && c.Readmissions == 0 }},
		"transferred":               {person(inpatient("980101", day(3, 1), day(3, 5), "02"), inpatient("980102", day(3, 5), day(3, 9), "01")), func(c Counts) bool { return c.Admissions == 2 && c.IndexStays == 1 && c.Readmissions == 0 }},
		"died in hospital":          {person(inpatient("980101", day(3, 1), day(3, 5), "20")), func(c Counts) bool { return c.IndexStays == 0 && c.Admissions == 1 }},
		"left against advice":       {person(inpatient("980101", day(3, 1), day(3, 5), "07")), func(c Counts) bool { return c.IndexStays == 0 }},
		"no month to follow":        {person(hospital(day(12, 10), day(12, 20))), func(c Counts) bool { return c.IndexStays == 0 && c.Admissions == 1 }},
		"emergency, admitted":       {person(hospital(day(3, 1), day(3, 5))), func(c Counts) bool { return c.EDVisits == 1 && c.EDAdmitted == 1 }},
		"emergency, two lines":      {person(feed.Claim{Setting: feed.Outpatient, Facility: "980101", From: day(2, 2), Thru: day(2, 2), Lines: []feed.Line{{Revenue: "0450", From: day(2, 2)}, {Revenue: "0981", From: day(2, 2)}}}), func(c Counts) bool { return c.EDVisits == 1 && c.EDAdmitted == 0 }},
		"annual visit counts once":  {person(feed.Claim{Setting: feed.Professional, From: day(2, 2), Thru: day(2, 2), Lines: []feed.Line{{Code: "G0438"}, {Code: "G0439"}}}), func(c Counts) bool { return c.AnnualVisits == 1 }},
		"drugs are no Part A and B": {person(feed.Claim{Setting: feed.Drug, From: day(2, 2), Thru: day(2, 2), Paid: 500}), func(c Counts) bool { return c.Total() == 0 && c.Paid[feed.Drug] == 500 }},
		"another year":              {person(feed.Claim{Setting: feed.Professional, From: civil.Of(2024, 2, 2), Thru: civil.Of(2024, 2, 2), Paid: 500}), func(c Counts) bool { return c.Total() == 0 && c.Months() == 12 }},
	} {
		if c := r.Count(x.b, 2025); !x.want(c) {
			t.Errorf("%s: %+v", name, c)
		}
	}
	b := person(hospital(day(3, 1), day(3, 5)))
	b.Enrollment.Set(2025, time.March, feed.HealthPlan, feed.NoType)
	if c := r.Count(b, 2025); c.Months() != 11 || c.Total() != 0 || c.Admissions != 0 {
		t.Errorf("a month in a health plan counts: %+v", c)
	}
	if c := r.Count(&feed.Beneficiary{}, 2025); c != (Counts{}) {
		t.Errorf("nobody counts: %+v", c)
	}
}

// TestMerge: counts add up the same in any order, and payments to what the claims say.
func TestMerge(t *testing.T) {
	r := rules(t)
	rapid.Check(t, func(rt *rapid.T) {
		var people []*feed.Beneficiary
		var paid money.Cents
		for range rapid.IntRange(1, 6).Draw(rt, "people") {
			var claims []feed.Claim
			for range rapid.IntRange(0, 5).Draw(rt, "claims") {
				from := day(1, 1).AddDays(rapid.IntRange(0, 340).Draw(rt, "from"))
				c := inpatient(rapid.SampledFrom([]string{"980101", "980102"}).Draw(rt, "facility"), from, from.AddDays(rapid.IntRange(0, 20).Draw(rt, "nights")), "01")
				claims = append(claims, c)
				paid += c.Paid
			}
			people = append(people, person(claims...))
		}
		var forward, backward Counts
		for i := range people {
			a, b := r.Count(people[i], 2025), r.Count(people[len(people)-1-i], 2025)
			forward.Merge(&a)
			backward.Merge(&b)
		}
		if forward != backward {
			rt.Fatalf("%+v, the other way %+v", forward, backward)
		}
		if forward.Total() != paid {
			rt.Fatalf("paid %s, the claims say %s", forward.Total(), paid)
		}
		if forward.Readmissions > forward.IndexStays || forward.IndexStays > forward.Admissions || forward.EDAdmitted > forward.EDVisits {
			rt.Fatalf("a part is more than the whole: %+v", forward)
		}
	})
}

func TestSuppression(t *testing.T) {
	r := rules(t)
	c := Counts{Lives: 500, MemberMonths: [5]int64{0, 7, 600, 300, 5000}, Admissions: 10, EDVisits: 11, IndexStays: 100, Readmissions: 95}
	text := map[string]string{}
	for _, m := range r.Metrics(&c) {
		text[m.Name] = m.Text
		if m.Suppressed && m.Value != 0 {
			t.Errorf("%s: a suppressed value is there", m.Name)
		}
	}
	for name, want := range map[string]string{"lives": "500", "member months, ESRD": "<11", "member months, aged, dual": "<11", "member months, disabled": "600",
		"member months": "5907", "admissions": "<11", "emergency department visits": "22.3",
		"30-day readmissions, unplanned": "<11"} {
		if text[name] != want {
			t.Errorf("%s is %s, want %s", name, text[name], want)
		}
	}
	c.Lives = 10
	for _, m := range r.Metrics(&c) {
		if !strings.HasPrefix(m.Text, "<") {
			t.Errorf("ten lives, and %s is %s", m.Name, m.Text)
		}
	}
}
