// SPDX-License-Identifier: Apache-2.0

package deqm

import (
	"context"
	"strings"
	"testing"
)

// gapStatuses are the patients with their statuses, "ann closed-gap, ...".
func gapStatuses(t *testing.T, body []byte) string {
	t.Helper()
	patients := strings.Fields(values(t, body, "Parameters.parameter.resource.entry.resource.ofType(DetectedIssue).patient.reference"))
	statuses := strings.Fields(values(t, body, "Parameters.parameter.resource.entry.resource.ofType(DetectedIssue).modifierExtension.value.coding.code"))
	if len(patients) != len(statuses) {
		t.Fatalf("%d patients, %d statuses", len(patients), len(statuses))
	}
	var parts []string
	for i, p := range patients {
		parts = append(parts, strings.TrimPrefix(p, "Patient/")+" "+statuses[i])
	}
	return strings.Join(parts, ", ")
}

var allStatuses = []string{"status", "open-gap", "status", "closed-gap", "status", "prospective-gap", "status", "not-applicable"}

func careGaps(t *testing.T, today string, pairs ...string) []byte {
	t.Helper()
	body, err := service(t, today).Gaps(context.Background(), request(demo(t), input(t, append([]string{"measureUrl", measureURL}, pairs...)...)))
	if err != nil {
		t.Fatal(err)
	}
	valid(t, body)
	return body
}

// The period is past: who is in the denominator and not in the numerator has an open
// gap; who is excluded has none; the measure does not apply to who is not in the
// initial population.
func TestGapsOfAPeriodThatIsPast(t *testing.T) {
	body := careGaps(t, "2026-02-01", append([]string{"periodStart", "2025-01-01", "periodEnd", "2025-12-31"}, allStatuses...)...)
	want := "ann closed-gap, bob closed-gap, cai open-gap, dee open-gap, eli closed-gap, fay closed-gap, gus not-applicable, hal not-applicable, ivy closed-gap, jon open-gap"
	if got := gapStatuses(t, body); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	// Where the measure does not apply, there is no score (deqm-12).
	if got := values(t, body, "Parameters.parameter.resource.entry.resource.ofType(MeasureReport).where(subject.reference = 'Patient/gus').group.measureScore.exists()"); got != "false" {
		t.Errorf("a score where the measure does not apply: %s", got)
	}
	only := careGaps(t, "2026-02-01", "periodStart", "2025-01-01", "periodEnd", "2025-12-31", "status", "open-gap", "practitioner", "Practitioner/dr-okafor", "organization", "Organization/riverside-clinic")
	if got := gapStatuses(t, only); got != "cai open-gap, jon open-gap" {
		t.Errorf("open gaps of a practitioner: %s", got)
	}
}

// The guide's own example (gaps-in-care-reporting, Gaps Through Period): a colonoscopy
// counts for ten years, so one of 2011-05-03 closes the gap through 2020, and leaves a
// prospective gap through 2021-06-30 when that is asked for on 2021-04-01. On
// 2021-05-15 the gap is open.
func TestGapsThroughPeriodOfTheGuide(t *testing.T) {
	more := []string{
		`{"resourceType":"Patient","id":"guide","gender":"female","birthDate":"1960-01-01"}`,
		`{"resourceType":"Procedure","id":"scope","status":"completed","code":{"coding":[{"system":"http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets","code":"G0121"}]},"subject":{"reference":"Patient/guide"},"performedDateTime":"2011-05-03"}`,
	}
	for _, day := range []string{"2020-02-02", "2021-02-02"} {
		more = append(more, `{"resourceType":"Encounter","id":"v`+day+`","status":"finished","class":{"code":"AMB"},"type":[{"coding":[{"system":"http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets","code":"G0439"}]}],"subject":{"reference":"Patient/guide"},"period":{"start":"`+day+`T09:00:00Z","end":"`+day+`T09:30:00Z"}}`)
	}
	for _, test := range []struct{ today, start, end, want string }{
		{"2021-04-01", "2020-01-01", "2020-12-31", "closed-gap"},
		{"2021-04-01", "2021-01-01", "2021-06-30", "prospective-gap"},
		{"2021-05-15", "2021-01-01", "2021-06-30", "open-gap"},
		{"2021-07-15", "2021-01-01", "2021-06-30", "open-gap"},
		{"2020-12-01", "2021-01-01", "2021-06-30", "prospective-gap"}, // before the period begins
	} {
		body, err := service(t, test.today).Gaps(context.Background(), request(demo(t, more...),
			input(t, append([]string{"measureUrl", measureURL, "periodStart", test.start, "periodEnd", test.end, "subject", "Patient/guide"}, allStatuses...)...)))
		if err != nil {
			t.Fatal(err)
		}
		if got := gapStatuses(t, body); got != "guide "+test.want {
			t.Errorf("on %s, through %s: got %s, want %s", test.today, test.end, got, test.want)
		}
	}
}

func TestGapsDocument(t *testing.T) {
	body := careGaps(t, "2026-02-01", "periodStart", "2025-01-01", "periodEnd", "2025-12-31", "subject", "Patient/dee", "status", "open-gap")
	const doc = "Parameters.parameter.resource"
	const all = doc + ".entry.resource"
	for expression, want := range map[string]string{
		doc + ".type": "document",
		doc + ".entry.resource.first().ofType(Composition).title":                           "Gaps in Care Report",
		all + ".ofType(Composition).custodian.reference":                                    "Organization/riverside-clinic",
		all + ".ofType(DetectedIssue).detail":                                               "in the denominator, not in the numerator",
		all + ".ofType(MeasureReport).evaluatedResource.reference":                          "Patient/dee Encounter/dee-visit",
		all + ".ofType(Patient).id | " + all + ".ofType(Organization).id":                   "dee riverside-clinic",
		all + ".ofType(Encounter).id":                                                       "dee-visit",
		all + ".ofType(MeasureReport).group.population.count":                               "1 1 0 0",
		all + ".ofType(MeasureReport).reporter.reference":                                   "Organization/riverside-clinic",
		doc + ".entry.where(resource.ofType(Patient).exists()).fullUrl":                     base + "/Patient/dee",
		all + ".ofType(MeasureReport).meta.profile.where($this.endsWith('measurereport'))":  "http://hl7.org/fhir/uv/deqm/StructureDefinition/deqm-individualmeasurereport",
		"Parameters.parameter.name":                                                         "return",
		all + ".ofType(Composition).text.`div`.exists()":                                    "true",
		all + ".ofType(Composition).section.title | " + all + ".ofType(Composition).status": "Demo: Colorectal Cancer Screening final",
	} {
		if got := values(t, body, expression); got != want {
			t.Errorf("%s: got %s, want %s", expression, got, want)
		}
	}
	// The references of the document lead to its entries.
	report, issue := values(t, body, all+".ofType(MeasureReport).id"), values(t, body, all+".ofType(DetectedIssue).id")
	for expression, want := range map[string]string{
		all + ".ofType(Composition).section.focus.reference":     "MeasureReport/" + report,
		all + ".ofType(Composition).section.entry.reference":     "DetectedIssue/" + issue,
		all + ".ofType(DetectedIssue).evidence.detail.reference": "MeasureReport/" + report,
	} {
		if got := values(t, body, expression); got != want {
			t.Errorf("%s: got %s, want %s", expression, got, want)
		}
	}
	body = careGaps(t, "2026-02-01", "periodStart", "2025-01-01", "periodEnd", "2025-12-31", "subject", "Patient/dee", "status", "open-gap", "isDocument", "false")
	if got := values(t, body, doc+".type | "+all+".ofType(Composition).id"); got != "collection" {
		t.Errorf("without a document: %s", got)
	}
}

func TestGapsByProgramAndTopic(t *testing.T) {
	s := service(t, "2026-02-01")
	for _, test := range []struct {
		pairs []string
		says  string
	}{
		{[]string{"program", "demo-program"}, ""},
		{[]string{"program", "demo-program", "topic", "screening"}, ""},
		{nil, ""}, // all measures
		{[]string{"program", "other"}, "no measure says that it is of the program or topic"},
		{[]string{"status", "wide"}, "status is open-gap"},
	} {
		pairs := append([]string{"periodStart", "2025-01-01", "periodEnd", "2025-12-31", "subject", "Patient/dee", "status", "open-gap"}, test.pairs...)
		body, err := s.Gaps(context.Background(), request(demo(t), input(t, pairs...)))
		if test.says != "" {
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%v: got %v", test.pairs, err)
			}
			continue
		}
		if err != nil || gapStatuses(t, body) != "dee open-gap" {
			t.Errorf("%v: %v, %s", test.pairs, err, body)
		}
	}
	if _, err := s.Gaps(context.Background(), request(demo(t), input(t, "periodStart", "2025", "periodEnd", "2025"))); err == nil || !strings.Contains(err.Error(), "status is needed") {
		t.Errorf("without a status: %v", err)
	}
}

// An answer has a bound; a request for more says what to do.
func TestGapsAreBounded(t *testing.T) {
	s := service(t, "2026-02-01")
	s.opt.Documents = 2
	_, err := s.Gaps(context.Background(), request(demo(t), input(t, append([]string{"periodStart", "2025", "periodEnd", "2025"}, allStatuses...)...)))
	if kindOf(err) != TooMuch || !strings.Contains(err.Error(), "more than 2 bundles") {
		t.Errorf("got %v", err)
	}
}
