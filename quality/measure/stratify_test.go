// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// strataText writes the strata of a tally as "value: counts", sorted.
func strataText(g *GroupTally, stratifier int) string {
	var parts []string
	for v, s := range g.Strata[stratifier] {
		parts = append(parts, fmt.Sprintf("%s: %v", v, s.Counts))
	}
	slices.Sort(parts)
	return strings.Join(parts, "; ")
}

// A stratifier may be an expression that selects episodes, a function that is asked
// about each, or several components, whose combinations are the strata.
func TestStratifierForms(t *testing.T) {
	strata := `,"stratifier":[
		{"id":"selects","criteria":{"expression":"num visits"}},
		{"id":"function","criteria":{"expression":"length of visit"}},
		{"id":"components","component":[{"code":{"text":"sex"},"criteria":{"expression":"gender"}},{"criteria":{"expression":"num visits"}}]}]`
	e, ms := load(t, measureJSON("Stays", Cohort, "Encounter", strata, population("ip", InitialPopulation, "ip visits")))
	tally := NewTally(ms[0])
	for _, visits := range [][]string{{"v1:ip,num=30", "v2:ip=30", "v3:num=30"}, {"v4:ip=45"}} {
		rs := evaluateOne(t, e, ms, labelledPatient("p", nil, visits...))
		if rs[0].Err != nil {
			t.Fatal(rs[0].Err)
		}
		tally.Add(&rs[0], false)
	}
	for i, want := range []string{"false: [2]; true: [1]", "30.0: [2]; 45.0: [1]", "female, false: [2]; female, true: [1]"} {
		if got := strataText(&tally.Groups[0], i); got != want {
			t.Errorf("stratifier %d: got %s, want %s", i+1, got, want)
		}
	}
	rep, err := tally.SummaryReport(year2026(t), About{})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(rep), `"component":[{"code":{"text":"sex"},"value":{"text":"female"}},{"code":{"text":"num visits"},"value":{"text":"true"}}]`) {
		t.Errorf("components are not in %s", rep)
	}
}

// A stratifier that applies to the numerator alone reports no other population.
func TestStratifierAppliesTo(t *testing.T) {
	strata := `,"stratifier":[{"id":"s","extension":[{"url":"` + cqfm + `appliesTo","valueCodeableConcept":{"coding":[{"code":"numerator"}]}}],"criteria":{"expression":"gender"}}]`
	e, ms := load(t, measureJSON("Share", Proportion, "boolean", strata, population("ip", InitialPopulation, "ip"), population("den", Denominator, "den"), population("num", Numerator, "num")))
	rs := evaluateOne(t, e, ms, labelledPatient("p", []string{"ip", "den"}))
	tally := NewTally(ms[0])
	tally.Add(&rs[0], false)
	populations := tally.Groups[0].stratifiers()[0].Stratum[0].Population
	if len(populations) != 1 || populations[0].ID != "num" {
		t.Errorf("got %v", populations)
	}
}

func TestUnknownStratifierIsRefused(t *testing.T) {
	strata := `,"stratifier":[{"id":"s","criteria":{"expression":"nowhere"}}]`
	_, err := NewEngine(Options{}).Load(bundleOf(measureJSON("M", Cohort, "boolean", strata, population("ip", InitialPopulation, "ip"))))
	if err == nil || !strings.Contains(err.Error(), `group g1, stratifier s: library Example|1.0 does not define "nowhere"`) {
		t.Errorf("got %v", err)
	}
}

// Supplemental data and risk variables go into a patient's report as contained
// observations or references, and into the summary as counts by value.
func TestSupplementalData(t *testing.T) {
	more := `"supplementalData":[{"id":"risk","usage":[{"coding":[{"code":"risk-adjustment-factor"}]}],"criteria":{"expression":"ip visits"}},`
	m := strings.Replace(measureJSON("Share", Proportion, "boolean", "", population("ip", InitialPopulation, "ip"), population("den", Denominator, "den"), population("num", Numerator, "num")),
		`"supplementalData":[`, more, 1)
	e, ms := load(t, m)
	if ms[0].Supplemental[0].Usage != "risk-adjustment-factor" || ms[0].Supplemental[1].Usage != "supplemental-data" {
		t.Fatalf("supplemental data %v", ms[0].Supplemental)
	}
	tally := NewTally(ms[0])
	for range 2 {
		rs := evaluateOne(t, e, ms, labelledPatient("p", []string{"ip"}, "v1:ip=10"))
		rep, err := rs[0].IndividualReport(year2026(t), About{})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{
			`{"resourceType":"Observation","id":"sde-sex","status":"final","code":{"text":"gender"},"subject":{"reference":"Patient/p"},"valueCodeableConcept":{"text":"female"}}`,
			`"valueReference":{"extension":[{"url":"` + criteriaURL + `","valueString":"sde-sex"}],"reference":"#sde-sex"}`,
			`"valueReference":{"extension":[{"url":"` + criteriaURL + `","valueString":"risk"}],"reference":"Encounter/v1"}`,
		} {
			if !strings.Contains(string(rep), want) {
				t.Errorf("%s is not in %s", want, rep)
			}
		}
		tally.Add(&rs[0], false)
	}
	rep, err := tally.SummaryReport(year2026(t), About{})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"resourceType":"Observation","id":"sde-sex","status":"final","code":{"text":"female"},"valueInteger":2}`; !strings.Contains(string(rep), want) {
		t.Errorf("%s is not in %s", want, rep)
	}
}

// Supplemental data that cannot be had do not cost the patient its populations.
func TestSupplementalErrorLeavesPopulations(t *testing.T) {
	m := strings.Replace(measureJSON("Share", Proportion, "boolean", "", population("ip", InitialPopulation, "ip"), population("den", Denominator, "den"), population("num", Numerator, "num")),
		`"criteria":{"expression":"gender"}`, `"criteria":{"expression":"broken"}`, 1)
	e, ms := load(t, m)
	rs := evaluateOne(t, e, ms, labelledPatient("p", []string{"ip", "den", "twice", "twice"}))
	if rs[0].Err != nil || counts(&rs[0].Groups[0]) != "ip 1 den 1 num 0" {
		t.Errorf("got %v, %v", rs[0].Groups, rs[0].Err)
	}
	if rs[0].SupplementalErr == nil || !strings.Contains(rs[0].SupplementalErr.Error(), `"broken"`) {
		t.Errorf("supplemental error %v", rs[0].SupplementalErr)
	}
}
