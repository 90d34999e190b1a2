// SPDX-License-Identifier: Apache-2.0

package reporting_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/quality/deqm"
)

// exchange is a bundle with a data exchange report about a patient and a blood test.
func exchange(patient, day string) string {
	return fmt.Sprintf(`{"resourceType":"Bundle","type":"collection","entry":[
	{"fullUrl":"urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0","resource":{"resourceType":"MeasureReport","meta":{"profile":["http://hl7.org/fhir/uv/deqm/StructureDefinition/deqm-dataexchangemeasurereport"]},
		"extension":[{"url":"http://hl7.org/fhir/uv/deqm/StructureDefinition/deqm-submitDataUpdateType","valueCode":"incremental"}],
		"status":"complete","type":"data-collection","measure":"%s|1.0.0","subject":{"reference":"Patient/%s"},"date":"2026-01-15","reporter":{"reference":"Organization/riverside-clinic"},
		"period":{"start":"2025-01-01","end":"2025-12-31"},"evaluatedResource":[{"reference":"urn:uuid:77831928-2a35-4c08-9496-8232323bf48c"}]}},
	{"fullUrl":"urn:uuid:77831928-2a35-4c08-9496-8232323bf48c","resource":{"resourceType":"Procedure","status":"completed","code":{"coding":[{"system":"http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets","code":"G0328"}]},
		"subject":{"reference":"Patient/%s"},"performedDateTime":"%s"}}]}`, measureURL, patient, patient, day)
}

// What is collected for a measure is what it retrieves, whether it counts or not.
func TestCollectData(t *testing.T) {
	c := start(t, nil)
	c.load()
	c.do(201, "POST", "/Procedure", `{"resourceType":"Procedure","status":"completed","code":{"text":"a walk"},"subject":{"reference":"Patient/dee"},"performedDateTime":"2025-01-01"}`)
	path := "/Measure/DemoColorectalScreening/$collect-data?" + year
	body, _ := c.do(200, "GET", path+"&subject=Patient/dee", "")
	c.valid(body)
	for expression, want := range map[string]string{
		reports + ".type":                        "data-collection",
		reports + ".evaluatedResource.reference": "Patient/dee Encounter/dee-visit Procedure/dee-g0105",
		reports + ".extension.value":             "snapshot",
		"Parameters.parameter.resource.entry.resource.ofType(Procedure).id":    "dee-g0105",
		"Parameters.parameter.resource.entry.resource.ofType(Organization).id": "riverside-clinic",
		reports + ".group.exists()": "false",
	} {
		if expression == reports+".evaluatedResource.reference" {
			got := strings.Fields(c.values(body, expression))
			if len(got) != 3 || !strings.Contains(strings.Join(got, " "), "Procedure/dee-g0105") {
				t.Errorf("%s: got %v, want %s", expression, got, want)
			}
			continue
		}
		if got := c.values(body, expression); got != want {
			t.Errorf("%s: got %s, want %s", expression, got, want)
		}
	}
	d, err := node.ParseResource([]byte(c.reportOf(body)))
	if err != nil {
		t.Fatal(err)
	}
	if broken, err := deqm.Check(d, "dataexchangemeasurereport"); err != nil || len(broken) > 0 {
		t.Errorf("the report breaks %v, %v", broken, err)
	}
	// All subjects with data of interest; with lastReceivedOn, what changed since.
	body, _ = c.do(200, "GET", path, "")
	if got := c.values(body, reports+".subject.reference.count()"); got != "10" {
		t.Errorf("%s subjects", got)
	}
	body, _ = c.do(200, "GET", path+"&lastReceivedOn=2999-01-01", "")
	if got := c.values(body, "Parameters.parameter.exists()"); got != "false" {
		t.Errorf("changed after 2999: %s", body)
	}
	body, _ = c.do(200, "GET", path+"&lastReceivedOn=2000-01-01&subject=Patient/dee", "")
	if got := c.values(body, reports+".extension.value"); got != "incremental" {
		t.Errorf("update type %s", got)
	}
}

func (c *client) reportOf(body string) string {
	c.Helper()
	d, err := node.ParseResource([]byte(body))
	if err != nil {
		c.Fatal(err)
	}
	return string(d.Root().Get("parameter").At(0).Get("resource").Get("entry").At(0).Get("resource").JSON())
}

// Data that are submitted close the gap that they are about. Of two bundles, the one
// that is refused does not harm the other.
func TestSubmitData(t *testing.T) {
	c := start(t, nil)
	c.load()
	bad := strings.Replace(exchange("jon", "2025-11-11"), `"type":"data-collection"`, `"type":"summary"`, 1)
	body, _ := c.do(200, "POST", "/Measure/DemoColorectalScreening/$submit-data", `{"resourceType":"Parameters","parameter":[{"name":"bundle","resource":`+exchange("cai", "2025-11-11")+`},{"name":"bundle","resource":`+bad+`}]}`)
	c.valid(body)
	if got := c.values(body, "OperationOutcome.issue.severity"); got != "information error" {
		t.Errorf("issues %s", got)
	}
	if !strings.Contains(body, "MeasureReport.type: the type is data-collection") {
		t.Errorf("no reason in %s", body)
	}
	body, _ = c.do(200, "GET", "/Measure/$care-gaps?"+year+"&status=open-gap", "")
	if got := c.values(body, "Parameters.parameter.resource.entry.resource.ofType(DetectedIssue).patient.reference"); got != "Patient/dee Patient/jon" {
		t.Errorf("open gaps of %s", got)
	}
	// References by urn lead to what was kept.
	body, _ = c.do(200, "GET", "/MeasureReport?patient=Patient/cai", "")
	if got := c.values(body, "Bundle.entry.resource.evaluatedResource.reference"); got != "Procedure/77831928-2a35-4c08-9496-8232323bf48c" {
		t.Errorf("evaluated %s", got)
	}
	// R4's form, and what is none.
	c.do(422, "POST", "/Measure/$submit-data", `{"resourceType":"Parameters","parameter":[{"name":"measureReport","resource":{"resourceType":"MeasureReport","status":"complete","type":"data-collection","measure":"x","period":{}}},{"name":"resource","resource":{"resourceType":"Procedure","id":"p","status":"completed","subject":{"reference":"Patient/ann"}}}]}`)
	c.do(422, "POST", "/Measure/$submit-data", `{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Procedure","id":"p","status":"completed","subject":{"reference":"Patient/ann"}}}]}`)
	c.do(404, "GET", "/Procedure/p", "")
	c.do(400, "POST", "/Measure/$submit-data", `{"resourceType":"Parameters"}`)
	c.do(405, "GET", "/Measure/$submit-data", "")
}

// What one server collects, another takes.
func TestCollectThenSubmit(t *testing.T) {
	from, to := start(t, nil), start(t, nil)
	from.load()
	to.do(200, "POST", "", demoFile(t, "measure.json"))
	body, _ := from.do(200, "GET", "/Measure/DemoColorectalScreening/$collect-data?"+year, "")
	to.do(200, "POST", "/Measure/$submit-data", strings.ReplaceAll(body, `"name":"return"`, `"name":"bundle"`))
	for _, path := range []string{"/Measure/DemoColorectalScreening/$evaluate?" + year, "/Measure/DemoColorectalScreening/$evaluate?" + year + "&practitioner=Practitioner/dr-lind"} {
		there, _ := from.do(200, "GET", path, "")
		here, _ := to.do(200, "GET", path, "")
		if a, b := from.values(there, reports+".group.population.count"), to.values(here, reports+".group.population.count"); a != b {
			t.Errorf("%s: %s there, %s here", path, a, b)
		}
	}
}

// What a server without a reporter hands over, another takes: the report says by the
// address who made it.
func TestCollectedIsTakenWithoutAReporter(t *testing.T) {
	c := startAs(t, "", nil)
	c.load()
	body, _ := c.do(200, "GET", "/Measure/DemoColorectalScreening/$collect-data?"+year+"&subject=Patient/dee", "")
	if got := c.values(body, reports+".reporter.display"); got == "" || got != c.base {
		t.Errorf("the reporter is %q, want %s", got, c.base)
	}
	other := startAs(t, "", nil)
	other.load()
	answer, _ := other.do(200, "POST", "/Measure/DemoColorectalScreening/$submit-data", strings.ReplaceAll(body, `"name":"return"`, `"name":"bundle"`))
	if strings.Contains(answer, `"error"`) {
		t.Errorf("refused: %s", answer)
	}
	for path, profile := range map[string]string{"/Measure/DemoColorectalScreening/$evaluate-measure?": "summarymeasurereport",
		"/Measure/DemoColorectalScreening/$evaluate-measure?subject=Patient/ann&": "individualmeasurereport"} {
		body, _ := c.do(200, "GET", path+year, "")
		d, err := node.ParseResource([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		if broken, err := deqm.Check(d, profile); err != nil || len(broken) > 0 {
			t.Errorf("%s breaks %v, %v", path, broken, err)
		}
	}
}
