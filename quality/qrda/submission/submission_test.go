// SPDX-License-Identifier: Apache-2.0

package submission

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/quality/elm"
	"github.com/woodlawn-health/woodlawn/quality/measure"
	"github.com/woodlawn-health/woodlawn/quality/qrda"
)

const ids = "00000000-0000-4000-8000-00000000000"

func proportion() *measure.Measure {
	g := &measure.Group{Scoring: measure.Proportion, Basis: "boolean", Populations: []*measure.Criterion{
		{ID: ids + "1", Role: measure.InitialPopulation}, {ID: ids + "2", Role: measure.Denominator}, {ID: ids + "3", Role: measure.Numerator}},
		Stratifiers: []measure.Stratifier{{ID: ids + "9"}}}
	return &measure.Measure{Name: "M", Title: "Invented", Groups: []*measure.Group{g},
		IDs: map[string]string{"version-specific": ids + "0", "short-name": "CMS125FHIR"}}
}

func result(m *measure.Measure, counts ...int) *measure.Result {
	r := &measure.Result{Measure: m, Groups: []measure.GroupResult{{Group: m.Groups[0], Strata: [][]measure.Stratum{{{Value: "true", Counts: counts}}}}}}
	for i, n := range counts {
		r.Groups[0].Populations = append(r.Groups[0].Populations, measure.PopulationResult{Criterion: m.Groups[0].Populations[i], Count: n})
	}
	return r
}

func TestResult(t *testing.T) {
	m := proportion()
	tally, people := measure.NewTally(m), NewTally(m)
	for i, p := range []People{{Sex: "F", Race: "2106-3", Ethnicity: "2186-5", Payer: "A"}, {Sex: "M", Payer: "D"}, {}} {
		r := result(m, 1, 1, i%2)
		tally.Add(r, false)
		people.Add(r, p)
	}
	got, err := Result(tally, people, 2026, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.ID != ids+"0" || len(got.Populations) != 3 || len(got.Rates) != 1 || got.Rates[0].Millionths != 333333 || got.Rates[0].Numerator != ids+"3" {
		t.Errorf("%+v", got)
	}
	pop := got.Populations[1]
	if pop.Code != "DENOM" || pop.Count != 3 || pop.Sex[0] != (qrda.Tally{Code: "248152002", Count: 1}) || pop.Sex[1].Count != 1 ||
		pop.Payer[0].Count != 1 || pop.Payer[3].Count != 1 || len(pop.Race) != 6 || len(pop.Strata) != 1 || pop.Strata[0].Count != 3 {
		t.Errorf("%+v", pop)
	}
	f, err := Read(strings.NewReader(`{"year":2026,"program":"MIPS_GROUP","tin":"000777777","organization":{"name":"Harbour","id":"2.16.840.1.113883.19.5"},
		"interoperability":[{"id":"PI_EP_1","numerator":3,"denominator":4}]}`))
	if err != nil {
		t.Fatal(err)
	}
	report := f.Report([]qrda.MeasureResult{got}, nil, time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC))
	var b bytes.Buffer
	if err := report.Write(&b); err != nil {
		t.Fatal(err)
	}
	back, problems, err := qrda.Read(&b)
	if err != nil || len(problems) > 0 || back.Interoperability[0].Denominator != 4 || back.Measures[0].Populations[1].Count != 3 {
		t.Errorf("%v %v %+v", err, problems, back)
	}
}

func TestNames(t *testing.T) {
	const file = `[{"category":"ia","measureId":"IA_1","title":"An activity"},
		{"category":"quality","eMeasureId":"CMS125v13","eMeasureUuid":"u-1","title":"Own title","strata":[
		{"eMeasureUuids":{"initialPopulationUuid":"` + ids + `4","denominatorUuid":"` + ids + `5","numeratorUuid":"` + ids + `6","strata":["` + ids + `7"]}}]}]`
	names, err := LoadNames(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	m := proportion()
	tally, people := measure.NewTally(m), NewTally(m)
	r := result(m, 1, 1, 1)
	tally.Add(r, false)
	people.Add(r, People{})
	got, err := Result(tally, people, 2025, names)
	if err != nil || got.ID != "u-1" || got.Populations[2].ID != ids+"6" || got.Rates[0].Numerator != ids+"6" ||
		got.Populations[0].Strata[0].ID != ids+"7" || got.Populations[0].Sex[0].Code != "F" {
		t.Errorf("%v %+v", err, got)
	}
	if names.title("IA_1", "") != "An activity" {
		t.Error("the activity has no title")
	}
	m.IDs["short-name"] = "CMS999FHIR"
	if _, err := Result(tally, people, 2025, names); err == nil {
		t.Error("a measure that CMS does not have is reported")
	}
	m.IDs["short-name"] = "CMS125FHIR"
	m.Groups = append(m.Groups, m.Groups[0])
	if _, err := Result(measure.NewTally(m), NewTally(m), 2025, names); err == nil {
		t.Error("two groups pass for one rate")
	}
	for _, bad := range []string{``, `{}`, `[]`, `[{"category":"quality","eMeasureId":1}]`} {
		if _, err := LoadNames(strings.NewReader(bad)); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestObserved(t *testing.T) {
	m := proportion()
	g := m.Groups[0]
	g.Scoring, g.Stratifiers = measure.Continuous, nil
	g.Populations = []*measure.Criterion{{ID: ids + "1", Role: measure.InitialPopulation}, {ID: ids + "2", Role: measure.Population},
		{ID: ids + "3", Role: measure.Observation, Aggregate: "Average"}}
	tally, people := measure.NewTally(m), NewTally(m)
	r := &measure.Result{Measure: m, Groups: []measure.GroupResult{{Group: g, Populations: []measure.PopulationResult{
		{Count: 2}, {Count: 2}, {Count: 2, Observations: []elm.Value{elm.Integer(1), elm.Integer(2)}}}}}}
	tally.Add(r, false)
	people.Add(r, People{Sex: "F"})
	got, err := Result(tally, people, 2026, nil)
	if err != nil {
		t.Fatal(err)
	}
	if o := got.Populations[1].Observed; o == nil || o.Value != 1_500_000 || o.Method != "AVERAGE" || o.ID != ids+"3" {
		t.Errorf("%+v", got.Populations[1])
	}
	g.Populations[2].Aggregate = "Mode"
	if _, err := Result(tally, people, 2026, nil); err == nil {
		t.Error("an unknown method is reported")
	}
}

func TestPeople(t *testing.T) {
	d, err := node.ParseResource([]byte(`{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","gender":"female","extension":[
		{"url":"http://hl7.org/fhir/us/core/StructureDefinition/us-core-race","extension":[{"url":"ombCategory","valueCoding":{"code":"2028-9"}}]},
		{"url":"http://hl7.org/fhir/us/core/StructureDefinition/us-core-ethnicity","extension":[{"url":"ombCategory","valueCoding":{"code":"2135-2"}}]}]}},
		{"resource":{"resourceType":"Coverage","type":{"coding":[{"system":"http://x","code":"1"},{"system":"https://nahdo.org/sopt","code":"212"}]}}},
		{"resource":{"resourceType":"Coverage","type":{"coding":[{"system":"https://nahdo.org/sopt","code":"1"}]}}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if p := PeopleOf([]node.Node{d.Root()}); p != (People{"F", "2028-9", "2135-2", "B"}) {
		t.Errorf("%+v", p)
	}
}

func TestReadRefuses(t *testing.T) {
	for _, bad := range []string{``, `{"yaer":2026}`, `{"interoperability":[{"id":"PI_EP_1"}]}`, `{"interoperability":[{"id":"PI_EP_1","numerator":1}]}`,
		`{"interoperability":[{"id":"PI_EP_1","answer":true,"numerator":1,"denominator":2}]}`} {
		if _, err := Read(strings.NewReader(bad)); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
