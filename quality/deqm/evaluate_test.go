// SPDX-License-Identifier: Apache-2.0

package deqm

import (
	"context"
	"strings"
	"testing"
)

const reports = "Parameters.parameter.resource.entry.resource.ofType(MeasureReport)"

// The counts are those of the demo, which demo/quality's patients are made for: two of
// eight are excluded, three of the others are screened.
func TestEvaluateSummary(t *testing.T) {
	s := service(t, "2026-02-01")
	body, err := s.Evaluate(context.Background(), request(demo(t), input(t, "measureUrl", measureURL, "periodStart", "2025-01-01", "periodEnd", "2025-12-31")), false)
	if err != nil {
		t.Fatal(err)
	}
	valid(t, body)
	if got := values(t, body, reports+".group.population.count"); got != "8 8 2 3" {
		t.Errorf("counts %s", got)
	}
	if got := values(t, body, reports+".group.measureScore.value"); got != "0.5" {
		t.Errorf("score %s", got)
	}
	if got := values(t, body, reports+".group.stratifier.stratum.measureScore.value"); got != "0.5 0.5" { // female 2 of 4, male 1 of 2
		t.Errorf("strata %s", got)
	}
	if got := values(t, body, "Parameters.parameter.resource.entry.resource.ofType(Organization).name"); got != "Riverside Clinic (invented)" {
		t.Errorf("reporter %s", got)
	}
}

// Whom a request is about: everybody, a group by reference or as it comes, the patients
// of a practitioner or organization, a patient.
func TestEvaluateScopes(t *testing.T) {
	s := service(t, "2026-02-01")
	group := `{"resourceType":"Group","type":"person","actual":true,"member":[{"entity":{"reference":"Patient/ann"}},{"entity":{"reference":"Group/lind-panel"}},{"entity":{"reference":"Patient/bob"},"inactive":true}]}`
	for name, test := range map[string]struct {
		pairs []string
		want  string
	}{
		"group":            {[]string{"subject", "Group/lind-panel"}, "3 3 1 1"},
		"group, absolute":  {[]string{"subject", base + "/Group/lind-panel"}, "3 3 1 1"},
		"subjectGroup":     {[]string{"subjectGroup", group}, "4 4 1 2"},
		"practitioner":     {[]string{"practitioner", "Practitioner/dr-lind"}, "3 3 1 1"},
		"reporter":         {[]string{"reporter", "Practitioner/dr-lind"}, "3 3 1 1"},
		"organization":     {[]string{"reporter", "Organization/riverside-clinic"}, "8 8 2 3"},
		"nobody's":         {[]string{"practitioner", "Practitioner/dr-nobody"}, "0 0 0 0"},
		"patient":          {[]string{"subject", "Patient/ann", "reportType", "summary"}, "1 1 0 1"},
		"population, R4":   {[]string{"reportType", "population"}, "8 8 2 3"},
		"by id":            {[]string{"measureId", "DemoColorectalScreening", "measureUrl", ""}, "8 8 2 3"},
		"by identifier":    {[]string{"measureIdentifier", "DEMO-CRC", "measureUrl", ""}, "8 8 2 3"},
		"by full name":     {[]string{"measureIdentifier", "http://woodlawn.example/measures|DEMO-CRC", "measureUrl", ""}, "8 8 2 3"},
		"with its version": {[]string{"measureUrl", measureURL + "|1.0.0"}, "8 8 2 3"},
	} {
		pairs := append([]string{"periodStart", "2025-01-01", "periodEnd", "2025-12-31"}, test.pairs...)
		if !strings.Contains(strings.Join(pairs, " "), "measure") {
			pairs = append(pairs, "measureUrl", measureURL)
		}
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == "measureUrl" && pairs[i+1] == "" {
				pairs = append(pairs[:i], pairs[i+2:]...)
				break
			}
		}
		body, err := s.Evaluate(context.Background(), request(demo(t), input(t, pairs...)), false)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := values(t, body, reports+".group.population.count"); got != test.want {
			t.Errorf("%s: counts %s, want %s", name, got, test.want)
		}
	}
}

func TestEvaluateIndividual(t *testing.T) {
	s := service(t, "2026-02-01")
	pairs := []string{"measureUrl", measureURL, "periodStart", "2025-01-01", "periodEnd", "2025-12-31", "subject", "Patient/ann"}
	body, err := s.Evaluate(context.Background(), request(demo(t), input(t, pairs...)), false)
	if err != nil {
		t.Fatal(err)
	}
	valid(t, body)
	if got := values(t, body, reports+".type | "+reports+".subject.reference"); got != "individual Patient/ann" {
		t.Errorf("report %s", got)
	}
	// What decided is in the bundle, with the populations that it was evaluated for.
	if got := values(t, body, "Parameters.parameter.resource.entry.resource.id.where($this.matches('^ann'))"); got != "ann ann-visit ann-g0121" {
		t.Errorf("resources %s", got)
	}
	if got := values(t, body, reports+".evaluatedResource.where(reference = 'Procedure/ann-g0121').extension.value"); got != "1c5f1f5e-3f0c-4b6a-9d0e-2a7d8f0a1b04" {
		t.Errorf("the colonoscopy was evaluated for %s", got)
	}
	body, err = s.Evaluate(context.Background(), request(demo(t), input(t, append(pairs, "excludeEvaluatedResources", "true")...)), false)
	if err != nil {
		t.Fatal(err)
	}
	if got := values(t, body, "Parameters.parameter.resource.entry.resource.id.where($this.matches('^ann'))"); got != "ann" {
		t.Errorf("without evaluated resources: %s", got)
	}
	// One bundle for each subject of a group.
	body, err = s.Evaluate(context.Background(), request(demo(t), input(t, "measureUrl", measureURL, "periodStart", "2025", "periodEnd", "2025", "subject", "Group/lind-panel", "reportType", "individual")), false)
	if err != nil {
		t.Fatal(err)
	}
	valid(t, body)
	if got := values(t, body, reports+".subject.reference"); got != "Patient/dee Patient/eli Patient/ivy" {
		t.Errorf("subjects %s", got)
	}
}

func TestEvaluateSubjectList(t *testing.T) {
	s := service(t, "2026-02-01")
	body, err := s.Evaluate(context.Background(), request(demo(t), input(t, "measureUrl", measureURL, "periodStart", "2025-01-01", "periodEnd", "2025-12-31", "reportType", "subject-list")), false)
	if err != nil {
		t.Fatal(err)
	}
	valid(t, body)
	if got := values(t, body, reports+".contained.where(id = 'g1p4').entry.item.reference"); got != "Patient/ann Patient/bob Patient/ivy" {
		t.Errorf("numerator %s", got)
	}
}

// R4's $evaluate-measure answers with the report itself.
func TestEvaluateMeasureOfR4(t *testing.T) {
	s := service(t, "2026-02-01")
	req := request(demo(t), input(t, "periodStart", "2025-01-01", "periodEnd", "2025-12-31", "reportType", "subject", "subject", "Patient/cai"))
	req.MeasureID = "DemoColorectalScreening"
	body, err := s.Evaluate(context.Background(), req, true)
	if err != nil {
		t.Fatal(err)
	}
	valid(t, body)
	if got := values(t, body, "MeasureReport.group.population.count"); got != "1 1 0 0" {
		t.Errorf("counts %s", got)
	}
	req.Input = input(t, "periodStart", "2025-01-01", "periodEnd", "2025-12-31", "reportType", "subject", "subject", "Group/lind-panel")
	if body, err = s.Evaluate(context.Background(), req, true); err != nil {
		t.Fatal(err)
	}
	if got := values(t, body, "Bundle.entry.resource.ofType(MeasureReport).subject.reference"); got != "Patient/dee Patient/eli Patient/ivy" {
		t.Errorf("subjects %s", got)
	}
}

func TestEvaluateSaysWhatIsWrong(t *testing.T) {
	s := service(t, "2026-02-01")
	for _, test := range []struct {
		pairs []string
		kind  Kind
		says  string
	}{
		{[]string{"periodStart", "2025-01-01", "periodEnd", "2025-12-31"}, Invalid, "which measure?"},
		{[]string{"measureUrl", measureURL}, Invalid, "periodStart and periodEnd are needed"},
		{[]string{"measureUrl", measureURL, "periodStart", "2025-12-31", "periodEnd", "2025-01-01"}, Invalid, "not before the start"},
		{[]string{"measureUrl", measureURL, "periodStart", "soon", "periodEnd", "later"}, Invalid, "two dates"},
		{[]string{"measureUrl", "http://example.org/none", "periodStart", "2025", "periodEnd", "2025"}, Missing, "no measure with the address http://example.org/none"},
		{[]string{"measureUrl", measureURL + "|9", "periodStart", "2025", "periodEnd", "2025"}, Missing, "no measure"},
		{[]string{"measureUrl", measureURL, "periodStart", "2025", "periodEnd", "2025", "subject", "Patient/nobody"}, Missing, "no such Patient"},
		{[]string{"measureUrl", measureURL, "periodStart", "2025", "periodEnd", "2025", "subject", "Group/none"}, Missing, "no such Group"},
		{[]string{"measureUrl", measureURL, "periodStart", "2025", "periodEnd", "2025", "subject", "Device/1"}, Unsupported, "a Patient or a Group"},
		{[]string{"measureUrl", measureURL, "periodStart", "2025", "periodEnd", "2025", "subject", "Patient/a b"}, Invalid, "a reference"},
		{[]string{"measureUrl", measureURL, "periodStart", "2025", "periodEnd", "2025", "reportType", "all"}, Invalid, "reportType is"},
		{[]string{"measureUrl", measureURL, "periodStart", "2025", "periodEnd", "2025", "subject", "Patient/ann", "subjectGroup", `{"resourceType":"Group"}`}, Invalid, "exclude each other"},
		{[]string{"measureUrl", measureURL, "periodStart", "2025", "periodEnd", "2025", "parameters", `{"resourceType":"Parameters","parameter":[{"name":"x","valueAddress":{}}]}`}, Unsupported, `type "Address"`},
	} {
		_, err := s.Evaluate(context.Background(), request(demo(t), input(t, test.pairs...)), false)
		if err == nil || kindOf(err) != test.kind || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%v: got %v, want %q", test.pairs, err, test.says)
		}
	}
}

// A caller that does not see all that the measure asks for gets no wrong figure.
func TestEvaluateNeedsAllData(t *testing.T) {
	s := service(t, "2026-02-01")
	l := demo(t)
	l.hidden = "Procedure"
	_, err := s.Evaluate(context.Background(), request(l, input(t, "measureUrl", measureURL, "periodStart", "2025", "periodEnd", "2025")), false)
	if kindOf(err) != Forbidden || !strings.Contains(err.Error(), "all Procedure resources") {
		t.Errorf("got %v", err)
	}
}

// A patient that cannot be evaluated is counted and said, and harms no other.
func TestEvaluateBadPatient(t *testing.T) {
	s := service(t, "2026-02-01")
	group := `{"resourceType":"Group","type":"person","actual":true,"member":[{"entity":{"reference":"Patient/ann"}},{"entity":{"reference":"Patient/gone"}}]}`
	body, err := s.Evaluate(context.Background(), request(demo(t), input(t, "measureUrl", measureURL, "periodStart", "2025", "periodEnd", "2025", "subjectGroup", group)), false)
	if err != nil {
		t.Fatal(err)
	}
	valid(t, body)
	if got := values(t, body, reports+".group.population.count"); got != "1 1 0 1" {
		t.Errorf("counts %s", got)
	}
	if got := values(t, body, reports+".contained.issue.diagnostics"); got != "1 not counted: the patient is not here, or may not be seen" {
		t.Errorf("messages %s", got)
	}
}

// A composite of the service's measures has a summary; its components are evaluated with it.
func TestEvaluateComposite(t *testing.T) {
	s := service(t, "2026-02-01")
	s.opt.Bundles = append(s.opt.Bundles, []byte(`{"resourceType":"Measure","id":"all","url":"http://example.org/Measure/all","version":"1","name":"All","status":"active",
		"scoring":{"coding":[{"code":"composite"}]},"compositeScoring":{"coding":[{"code":"all-or-nothing"}]},"relatedArtifact":[{"type":"composed-of","resource":"`+measureURL+`|1.0.0"}]}`))
	s.catalog.now = nil
	pairs := []string{"measureUrl", "http://example.org/Measure/all", "periodStart", "2025-01-01", "periodEnd", "2025-12-31"}
	body, err := s.Evaluate(context.Background(), request(demo(t), input(t, pairs...)), false)
	if err != nil {
		t.Fatal(err)
	}
	valid(t, body)
	if got := values(t, body, reports+".group.measureScore.value"); got != "0.5" { // 3 of the 6 who are not excluded
		t.Errorf("score %s", got)
	}
	_, err = s.Evaluate(context.Background(), request(demo(t), input(t, append(pairs, "subject", "Patient/ann")...)), false)
	if kindOf(err) != Unsupported || !strings.Contains(err.Error(), "summaries only") {
		t.Errorf("individual: %v", err)
	}
	if _, err := s.Gaps(context.Background(), request(demo(t), input(t, append(pairs, allStatuses...)...))); kindOf(err) != Unsupported {
		t.Errorf("gaps: %v", err)
	}
}
