// SPDX-License-Identifier: Apache-2.0

package elm

import (
	"fmt"
	"strings"
	"testing"
)

func TestRequirements(t *testing.T) {
	during := `"dateProperty":"period","dateRange":{"type":"ParameterRef","name":"Measurement Period"}`
	property := func(path string) string { return `{"type":"Property","scope":"X","path":"` + path + `"}` }
	lib, err := Load([]byte(libraryOf(
		un("Exists", from(ref("visits"), `"where":`+un("Not", un("IsNull", property("period.start"))))),
		`{"name":"visits","expression":`+retrieveOf("Encounter", codedBy("type", "in", valueSetRef("Visits")), `"templateId":"http://example.org/encounter"`)+`}`,
		`{"name":"pressures","expression":`+from(retrieveOf("Observation", codedBy("code", "~", un("ToList", `{"type":"CodeRef","name":"BP"}`))), `"where":`+op("Equal", property("status.value"), txt("final")))+`}`,
		`{"name":"in period","expression":`+retrieveOf("Encounter", during)+`}`,
		`{"name":"unused","expression":`+retrieveOf("Procedure")+`}`,
		`{"name":"all","expression":`+op("And", ref("x"), op("And", un("Exists", ref("pressures")), un("Exists", ref("in period"))))+`}`)))
	if err != nil {
		t.Fatal(err)
	}
	p := NewProgram()
	u, err := p.Link(lib, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, q := range u.Requirements([]string{"all"}) {
		s := q.Type + " " + q.Profile + " " + strings.Join(q.MustSupport, ",") + " " + q.CodePath
		if q.ValueSet != nil {
			s += " " + q.ValueSet.URL
		}
		for _, c := range q.Codes {
			s += " " + c.System + "|" + c.Code
		}
		got = append(got, fmt.Sprintf("%s %s %v", s, q.DatePath, q.Period))
	}
	want := []string{
		"Encounter  period  period true",
		"Encounter http://example.org/encounter period,type type urn:example:visits  false",
		"Observation  code,status code http://loinc.org|85354-9  false",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if types := strings.Join(u.Types([]string{"all"}), " "); types != "Encounter Observation" {
		t.Errorf("types %s", types)
	}
}

// What is of interest is what is retrieved, also where the logic never came to ask.
func TestInterest(t *testing.T) {
	lib, err := Load([]byte(libraryOf(op("And", noLit, un("Exists", retrieveOf("Encounter", codedBy("type", "in", valueSetRef("Visits"))))))))
	if err != nil {
		t.Fatal(err)
	}
	p := NewProgram()
	u, err := p.Link(lib, nil)
	if err != nil {
		t.Fatal(err)
	}
	nodes, err := p.Start(patientOf(t), nil, Options{Terminology: testTerminology(t)}).Interest(u, []string{"x"})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, n := range nodes {
		ids = append(ids, n.ID())
	}
	if strings.Join(ids, " ") != "e1 e2" {
		t.Errorf("got %v", ids)
	}
	if _, err := p.Start(patientOf(t), nil, Options{}).Interest(u, []string{"x"}); err == nil || !strings.Contains(err.Error(), "has no expansion") {
		t.Errorf("a missing value set: %v", err)
	}
}
