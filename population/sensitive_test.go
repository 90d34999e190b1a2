// SPDX-License-Identifier: Apache-2.0

package population

import (
	"strings"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

const definitions = `indicator,kind,code
heart,numerator,I50.9
heart,exclude-procedure,02703ZZ
heart,exclude-source,4
heart,age-from,18
asthma,numerator,J45901
asthma,exclude-diagnosis,E84.0
asthma,age-from,18
asthma,age-to,39
`

func TestSensitive(t *testing.T) {
	x, err := ReadIndicators(strings.NewReader(definitions), "own.csv")
	if err != nil {
		t.Fatal(err)
	}
	stay := func(m time.Month, principal string) feed.Claim {
		return feed.Claim{ID: int64(m), Setting: feed.Inpatient, Facility: "980101", From: day(m, 1), Thru: day(m, 4), PatientStatus: "01", Principal: principal, Diagnoses: []string{principal}}
	}
	with := func(c feed.Claim, change func(*feed.Claim)) feed.Claim { change(&c); return c }
	for name, c := range map[string]struct {
		birth         civil.Date
		claim         feed.Claim
		heart, asthma int64
		excluded      string
	}{
		"counted":                 {civil.Of(1950, 1, 1), stay(3, "I509"), 1, 0, ""},
		"another principal":       {civil.Of(1950, 1, 1), with(stay(3, "I10"), func(c *feed.Claim) { c.Diagnoses = append(c.Diagnoses, "I509") }), 0, 0, ""},
		"excluded by procedure":   {civil.Of(1950, 1, 1), with(stay(3, "I509"), func(c *feed.Claim) { c.Procedures = []feed.Procedure{{Code: "02703ZZ"}} }), 0, 0, "procedure 02703ZZ: own.csv, line 3"},
		"excluded by source":      {civil.Of(1950, 1, 1), with(stay(3, "I509"), func(c *feed.Claim) { c.AdmissionSource = "4" }), 0, 0, "admission source 4: own.csv, line 4"},
		"excluded by diagnosis":   {civil.Of(1990, 1, 1), with(stay(3, "J45901"), func(c *feed.Claim) { c.Diagnoses = append(c.Diagnoses, "E840") }), 0, 0, "diagnosis E840: own.csv, line 7"},
		"39 on the day":           {civil.Of(1985, 3, 2), stay(3, "J45901"), 0, 1, ""},
		"40 on the day":           {civil.Of(1985, 3, 1), stay(3, "J45901"), 0, 0, ""},
		"age not known":           {civil.Date(0), stay(3, "I509"), 0, 0, ""},
		"a month in another plan": {civil.Of(1950, 1, 1), stay(5, "I509"), 0, 0, ""},
	} {
		b := person(c.claim)
		b.Birth = c.birth
		b.Enrollment.Set(2025, time.May, feed.HealthPlan, feed.NoType)
		got, list := x.Count(b, 2025)
		if got.Stays[0] != c.heart || got.Stays[1] != c.asthma || got.Stays[MostIndicators] != c.heart+c.asthma {
			t.Errorf("%s: %v", name, got.Stays)
		}
		if got.Months[MostIndicators] != 11 {
			t.Errorf("%s: %d months", name, got.Months[MostIndicators])
		}
		if c.heart+c.asthma == 1 && (len(list) != 1 || list[0].Excluded != "" || !strings.HasPrefix(list[0].Rule, "own.csv, line ") || list[0].Claims[0] != 3) {
			t.Errorf("%s: %+v", name, list)
		}
		if c.excluded != "" && (len(list) != 1 || list[0].Excluded != c.excluded) {
			t.Errorf("%s: %+v", name, list)
		}
	}
	// 24 stays in 1,200 months are 240.0 per 1,000 person-years; of 5 nothing is told, nor of the sum.
	c := SensitiveCounts{}
	c.Stays[0], c.Months[0], c.Stays[1], c.Months[1] = 24, 1200, 5, 600
	c.Stays[MostIndicators], c.Months[MostIndicators] = 29, 1200
	m := rules(t).SensitiveMetrics(x, &c)
	if m[0].Text != "240.0" || m[1].Text != "<11" || m[2].Text != "<11" {
		t.Errorf("%+v", m)
	}
	for _, bad := range []string{"indicator,kind\n", "indicator,kind,code\nx,what,I10\n", "indicator,kind,code\nx,age-from,ten\n", "indicator,kind,code\nx,exclude-diagnosis,I10\n", "indicator,kind,code\n,numerator,I10\n"} {
		if _, err := ReadIndicators(strings.NewReader(bad), "own.csv"); err == nil || !strings.Contains(err.Error(), "own.csv") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
