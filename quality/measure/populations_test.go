// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"strings"
	"testing"
)

// A patient is in a population only within those that it is a part of; an exclusion
// keeps out of the numerator, and an exception counts for those not in the numerator.
func TestProportion(t *testing.T) {
	e, ms := load(t, proportionMeasure())
	for labels, want := range map[string]string{
		"":                       "ip 0 den 0 denex 0 num 0 numex 0 excep 0",
		"den num":                "ip 0 den 0 denex 0 num 0 numex 0 excep 0",
		"ip":                     "ip 1 den 0 denex 0 num 0 numex 0 excep 0",
		"ip num":                 "ip 1 den 0 denex 0 num 0 numex 0 excep 0",
		"ip den":                 "ip 1 den 1 denex 0 num 0 numex 0 excep 0",
		"ip den num":             "ip 1 den 1 denex 0 num 1 numex 0 excep 0",
		"ip den num numex":       "ip 1 den 1 denex 0 num 1 numex 1 excep 0",
		"ip den numex":           "ip 1 den 1 denex 0 num 0 numex 0 excep 0",
		"ip den denex":           "ip 1 den 1 denex 1 num 0 numex 0 excep 0",
		"ip den denex num excep": "ip 1 den 1 denex 1 num 0 numex 0 excep 0",
		"ip denex":               "ip 1 den 0 denex 0 num 0 numex 0 excep 0",
		"ip den excep":           "ip 1 den 1 denex 0 num 0 numex 0 excep 1",
		"ip den num excep":       "ip 1 den 1 denex 0 num 1 numex 0 excep 0",
	} {
		rs := evaluateOne(t, e, ms, labelledPatient("p", strings.Fields(labels)))
		if rs[0].Err != nil {
			t.Fatal(rs[0].Err)
		}
		if got := counts(&rs[0].Groups[0]); got != want {
			t.Errorf("%q: got %s, want %s", labels, got, want)
		}
	}
}

func TestRatioByEpisode(t *testing.T) {
	e, ms := load(t, ratioMeasure())
	rs := evaluateOne(t, e, ms, labelledPatient("p", nil,
		"v1:ip,den,num=10", "v2:ip,den,denex=20", "v3:ip,num,numex=40", "v4:den,num=80", "v5:ip,den=5", "v6:ip,num=2.5"))
	want := "ip 5 den 3 denex 1 num 3 numex 1 dobs [10.0 5.0] nobs [10.0 2.5]"
	if got := counts(&rs[0].Groups[0]); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	tally := NewTally(ms[0])
	tally.Add(&rs[0], false)
	if score, ok := tally.Groups[0].Score(); !ok || score.String() != "0.83333333" { // 12.5 to 15
		t.Errorf("score %v, %v", score, ok)
	}
}

func TestContinuousVariable(t *testing.T) {
	for method, want := range map[string]string{"Sum": "60.0", "Average": "20.0", "Median": "20.0", "Count": "3.0", "Min": "10.0", "Max": "30.0"} {
		e, ms := load(t, continuousMeasure(method))
		rs := evaluateOne(t, e, ms, labelledPatient("p", nil, "v1:ip,mp=10", "v2:ip,mp=20", "v3:ip,mp=30", "v4:ip,mp,mpex=99", "v5:mp=99", "v6:ip=99"))
		if got := counts(&rs[0].Groups[0]); got != "ip 5 mp 4 mpex 1 obs [10.0 20.0 30.0]" {
			t.Errorf("%s: %s", method, got)
		}
		tally := NewTally(ms[0])
		tally.Add(&rs[0], false)
		if score, ok := tally.Groups[0].Score(); !ok || score.String() != want {
			t.Errorf("%s: score %v, %v; want %s", method, score, ok, want)
		}
	}
}

func TestCohortAndStratifiers(t *testing.T) {
	strata := `,"stratifier":[{"id":"s1","criteria":{"expression":"num visits"}},{"id":"s2","criteria":{"expression":"gender"}},{"id":"s3","description":"without logic"}]`
	e, ms := load(t, measureJSON("Stays", Cohort, "Encounter", strata, population("ip", InitialPopulation, "ip visits")))
	rs := evaluateOne(t, e, ms, labelledPatient("p", nil, "v1:ip,num=1", "v2:ip=1", "v3:num=1"))
	g := &rs[0].Groups[0]
	if got := counts(g); got != "ip 2" {
		t.Errorf("got %s", got)
	}
	want := [][]Stratum{{{Value: "true", Counts: []int{1}}, {Value: "false", Counts: []int{1}}}, {{Value: "female", Counts: []int{2}}}, nil}
	for i := range want {
		if len(g.Strata[i]) != len(want[i]) {
			t.Fatalf("stratifier %d: %v", i+1, g.Strata[i])
		}
		for k, s := range want[i] {
			if got := g.Strata[i][k]; got.Value != s.Value || got.Counts[0] != s.Counts[0] {
				t.Errorf("stratifier %d: got %v, want %v", i+1, got, s)
			}
		}
	}
	if len(rs[0].Supplemental) != 1 || rs[0].Supplemental[0] == nil {
		t.Errorf("supplemental data %v", rs[0].Supplemental)
	}
}

// A population that nobody can be in is not evaluated, so what is wrong in it does no harm;
// where it matters, the patient fails with the reason.
func TestErrorsOnlyWhereTheyMatter(t *testing.T) {
	e, ms := load(t, measureJSON("Fragile", Proportion, "boolean", "", population("ip", InitialPopulation, "ip"), population("den", Denominator, "den"), population("num", Numerator, "broken")))
	rs := evaluateOne(t, e, ms, labelledPatient("p", []string{"ip", "twice", "twice"}))
	if rs[0].Err != nil {
		t.Errorf("the numerator was evaluated without need: %v", rs[0].Err)
	}
	rs = evaluateOne(t, e, ms, labelledPatient("p", []string{"ip", "den", "twice", "twice"}))
	if rs[0].Err == nil || !strings.Contains(rs[0].Err.Error(), `Example|1.0, "broken"`) {
		t.Errorf("got %v", rs[0].Err)
	}
}
