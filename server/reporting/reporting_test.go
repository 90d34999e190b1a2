// SPDX-License-Identifier: Apache-2.0

package reporting_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/store"
)

const (
	year    = "periodStart=2025-01-01&periodEnd=2025-12-31"
	reports = "Parameters.parameter.resource.entry.resource.ofType(MeasureReport)"
)

// The measure is posted as a transaction and computed from the store, over HTTP in all
// the forms that operations have.
func TestEvaluateOverHTTP(t *testing.T) {
	c := start(t, nil)
	c.do(404, "GET", "/Measure/$evaluate?measureUrl="+measureURL+"&"+year, "")
	c.load()
	for _, test := range []struct{ method, path, body, expression, want string }{
		{"GET", "/Measure/$evaluate?measureUrl=" + measureURL + "&" + year, "", reports + ".group.population.count", "8 8 2 3"},
		{"GET", "/Measure/DemoColorectalScreening/$evaluate?" + year, "", reports + ".group.measureScore.value", "0.5"},
		{"GET", "/Measure/DemoColorectalScreening/$evaluate-measure?" + year + "&reportType=population", "", "MeasureReport.group.population.count", "8 8 2 3"},
		{"GET", "/Measure/$evaluate-measure?measure=DemoColorectalScreening&" + year + "&subject=Patient/dee&reportType=subject", "", "MeasureReport.group.population.count", "1 1 0 0"},
		{"GET", "/Measure/DemoColorectalScreening/$evaluate-measure?" + year + "&practitioner=Practitioner/dr-lind", "", "MeasureReport.group.population.count", "3 3 1 1"},
		{"POST", "/Measure/$evaluate", `{"resourceType":"Parameters","parameter":[{"name":"measureUrl","valueCanonical":"` + measureURL + `"},{"name":"periodStart","valueDate":"2025-01-01"},
			{"name":"periodEnd","valueDate":"2025-12-31"},{"name":"subject","valueReference":{"reference":"Group/lind-panel"}},{"name":"reportType","valueCode":"subject-list"}]}`,
			reports + ".contained.where(id = 'g1p4').entry.item.reference", "Patient/ivy"},
		{"POST", "/Measure/$evaluate", `{"resourceType":"Parameters","parameter":[{"name":"measureId","valueString":"DemoColorectalScreening"},{"name":"periodStart","valueDate":"2025-01-01"},
			{"name":"periodEnd","valueDate":"2025-12-31"},{"name":"measureIdentifier","valueIdentifier":{"value":"DEMO-CRC"}},
			{"name":"reporterResource","resource":{"resourceType":"Organization","id":"adhoc","name":"For once"}},{"name":"subject","valueString":"Patient/ann"}]}`,
			reports + ".reporter.reference | Parameters.parameter.resource.entry.resource.ofType(Organization).name", "Organization/adhoc For once"},
	} {
		body, _ := c.do(200, test.method, test.path, test.body)
		c.valid(body)
		if got := c.values(body, test.expression); got != test.want {
			t.Errorf("%s %s: got %s, want %s", test.method, test.path, got, test.want)
		}
	}
	for path, want := range map[string]string{
		"/Measure/$evaluate?" + year: "400 which measure?", "/Measure/none/$evaluate?" + year: "404 no measure with the id none",
		"/Measure/DemoColorectalScreening/$evaluate?periodStart=2025":                    "400 periodStart and periodEnd are needed",
		"/Measure/DemoColorectalScreening/$evaluate?" + year + "&subject=Patient/x":      "404 no such Patient",
		"/Measure/DemoColorectalScreening/$evaluate?" + year + "&manifest=Library/x":     "400 does not know a parameter",
		"/Measure/$care-gaps?" + year + "&status=open":                                   "400 status is open-gap",
		"/Measure/$care-gaps?" + year + "&status=open-gap&measureId=DemoNothing":         "404 no measure",
		"/Measure/$evaluate?measureUrl=" + measureURL + "&" + year + "&reportType=daily": "400 reportType is",
	} {
		status, says, _ := strings.Cut(want, " ")
		code := map[string]int{"400": 400, "404": 404}[status]
		if body, _ := c.do(code, "GET", path, ""); !strings.Contains(body, says) {
			t.Errorf("%s: %s, want %s", path, body, says)
		}
	}
}

// A client that does not wait gets the answer where it asks for it.
func TestEvaluateWithoutWaiting(t *testing.T) {
	c := start(t, nil)
	c.load()
	_, header := c.do(202, "GET", "/Measure/DemoColorectalScreening/$evaluate?"+year, "", "Prefer: respond-async")
	for range 200 {
		req, err := http.NewRequestWithContext(t.Context(), "GET", header.Get("Content-Location"), nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode == 200 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	body, _ := c.do(200, "GET", header.Get("Content-Location"), "")
	if got := c.values(body, reports+".group.population.count"); got != "8 8 2 3" {
		t.Errorf("counts %s", got)
	}
}

// What is computed follows what is kept: a new value set, a broken library, and the
// library made whole again.
func TestMeasuresFollowTheStore(t *testing.T) {
	c := start(t, nil)
	c.load()
	evaluate := "/Measure/DemoColorectalScreening/$evaluate?" + year
	c.do(200, "PUT", "/ValueSet/fecal-blood-test", `{"resourceType":"ValueSet","id":"fecal-blood-test","url":"http://woodlawn.example/ValueSet/fecal-blood-test","version":"1.0.1","status":"active",
		"compose":{"include":[{"system":"http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets","concept":[{"code":"G0327"}]}]}}`)
	body, _ := c.do(200, "GET", evaluate, "")
	if got := c.values(body, reports+".group.population.count"); got != "8 8 2 2" {
		t.Errorf("counts with another value set: %s", got)
	}
	library, _ := c.do(200, "GET", "/Library/DemoColorectalScreening", "")
	c.do(200, "PUT", "/Library/DemoColorectalScreening", `{"resourceType":"Library","id":"DemoColorectalScreening","url":"http://woodlawn.example/Library/DemoColorectalScreening","name":"Broken","status":"active","type":{"text":"x"},"content":[{"contentType":"application/elm+json","data":"e30="}]}`)
	if body, _ := c.do(404, "GET", evaluate, ""); !strings.Contains(body, "library Broken: ELM: the document has no library") {
		t.Errorf("a broken library: %s", body)
	}
	c.do(200, "PUT", "/Library/DemoColorectalScreening", library)
	c.do(200, "GET", evaluate, "")
	// A value set that is gone is named, for the patients that it matters to.
	c.do(204, "DELETE", "/ValueSet/colorectal-cancer", "")
	body, _ = c.do(200, "GET", evaluate, "")
	if got := c.values(body, reports+".contained.ofType(OperationOutcome).issue.diagnostics"); !strings.Contains(got, `value set "Colorectal Cancer"`) {
		t.Errorf("messages %s", got)
	}
	if got := c.values(body, reports+".group.population.count"); got != "6 6 0 2" { // eli and fay have conditions to look up
		t.Errorf("counts without a value set: %s", got)
	}
}

func TestGapsOverHTTP(t *testing.T) {
	c := start(t, nil)
	c.load()
	for path, want := range map[string]string{
		"/Measure/$care-gaps?" + year + "&status=open-gap&subject=Patient/dee":                                                                                    "Patient/dee",
		"/Measure/$care-gaps?" + year + "&status=open-gap&status=closed-gap&practitioner=Practitioner/dr-okafor&organization=Organization/riverside-clinic":       "Patient/ann Patient/bob Patient/cai Patient/fay Patient/jon",
		"/Measure/$care-gaps?" + year + "&status=open-gap&organization=Organization/riverside-clinic":                                                             "Patient/cai Patient/dee Patient/jon",
		"/Measure/$care-gaps?" + year + "&status=open-gap&practitioner=Practitioner/dr-lind&measureUrl=" + measureURL:                                             "Patient/dee",
		"/Measure/$care-gaps?periodStart=2025-06-01&periodEnd=2026-06-30&status=prospective-gap&subject=Patient/ivy&measureIdentifier=DEMO-CRC":                   "Patient/ivy",
		"/Measure/$care-gaps?periodStart=2025-06-01&periodEnd=2026-01-31&status=prospective-gap&subject=Patient/ivy&program=demo-program":                         "",
		"/Measure/$care-gaps?" + year + "&status=not-applicable&measureId=DemoColorectalScreening":                                                                "Patient/gus Patient/hal",
		"/Measure/$care-gaps?" + year + "&status=open-gap&practitioner=Practitioner/dr-lind&organization=Organization/elsewhere&topic=screening&isDocument=false": "",
	} {
		body, _ := c.do(200, "GET", path, "")
		c.valid(body)
		if got := c.values(body, "Parameters.parameter.resource.entry.resource.ofType(DetectedIssue).patient.reference"); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

// grantFor makes every request one of a client with a grant.
func grantFor(g server.Grant) func(*http.Request) (*server.Grant, error) {
	return func(r *http.Request) (*server.Grant, error) {
		if r.Header.Get("Authorization") == "" {
			return &server.Grant{}, nil // the test's own set-up
		}
		copied := g
		return &copied, nil
	}
}

const bearer = "Authorization: Bearer x"

// A patient's app computes the patient, and no other; what it may not see is not there.
func TestAccessIsEnforced(t *testing.T) {
	mine := &store.Access{Patients: []string{"ann"}, AllTypes: true}
	c := start(t, grantFor(server.Grant{Access: mine, Client: "app"}))
	c.load()
	body, _ := c.do(200, "GET", "/Measure/DemoColorectalScreening/$evaluate?"+year, "", bearer)
	if got := c.values(body, reports+".group.population.count"); got != "1 1 0 1" {
		t.Errorf("the whole population of an app of one patient: %s", got)
	}
	c.do(404, "GET", "/Measure/DemoColorectalScreening/$evaluate?"+year+"&subject=Patient/bob", "", bearer)
	body, _ = c.do(200, "GET", "/Measure/$care-gaps?"+year+"&status=open-gap&status=closed-gap&status=not-applicable", "", bearer)
	if got := c.values(body, "Parameters.parameter.resource.entry.resource.ofType(DetectedIssue).patient.reference"); got != "Patient/ann" {
		t.Errorf("gaps of %s", got)
	}
	body, _ = c.do(200, "GET", "/Measure/DemoColorectalScreening/$collect-data?"+year, "", bearer)
	if strings.Contains(body, "dee-visit") || strings.Contains(body, "ivy-visit") {
		t.Errorf("data of others: %s", body)
	}
	// Data of others cannot be written.
	c.do(422, "POST", "/Measure/$submit-data", `{"resourceType":"Parameters","parameter":[{"name":"bundle","resource":`+exchange("bob", "2025-12-01")+`}]}`, bearer)
}

// Scopes that leave out or filter a type that the measure asks for give no figure.
func TestScopesThatHideData(t *testing.T) {
	for name, access := range map[string]*store.Access{
		"without procedures": {Types: map[string][]store.Filter{"Measure": nil, "Patient": nil, "Encounter": nil, "Condition": nil}},
	} {
		c := start(t, grantFor(server.Grant{Access: access, Client: "app"}))
		c.load()
		body, _ := c.do(403, "GET", "/Measure/DemoColorectalScreening/$evaluate?"+year, "", bearer)
		if !strings.Contains(body, "all Procedure resources") {
			t.Errorf("%s: %s", name, body)
		}
	}
	c := start(t, grantFor(server.Grant{Client: "app", May: func(i server.Interaction, typ string) bool { return typ != "Measure" }}))
	c.load()
	c.do(403, "GET", "/Measure/DemoColorectalScreening/$evaluate?"+year, "", bearer)
}

func TestDataRequirements(t *testing.T) {
	c := start(t, nil)
	c.load()
	body, _ := c.do(200, "GET", "/Measure/DemoColorectalScreening/$data-requirements?periodStart=2025-01-01", "")
	c.valid(body)
	for expression, want := range map[string]string{
		"Library.type.coding.code": "module-definition",
		"Library.relatedArtifact.where(resource.startsWith('" + measureURL + "')).resource": measureURL + "|1.0.0",
		"Library.dataRequirement.type":                                                         "Condition Condition Encounter Patient Procedure Procedure",
		"Library.dataRequirement.where(type = 'Encounter').codeFilter.valueSet":                "http://woodlawn.example/ValueSet/annual-wellness-visit",
		"Library.dataRequirement.where(type = 'Encounter').mustSupport":                        "period status type",
		"Library.dataRequirement.where(type = 'Condition').codeFilter.code.code":               "Z51.5",
		"Library.dataRequirement.where(type = 'Procedure').codeFilter.path.distinct()":         "code",
		"Library.dataRequirement.where(type = 'Procedure').mustSupport.distinct()":             "code performed status",
		"Library.relatedArtifact.where(display = 'Fecal Blood Test').resource":                 "http://woodlawn.example/ValueSet/fecal-blood-test",
		"Library.dataRequirement.profile.where($this.endsWith('StructureDefinition/Patient'))": "http://hl7.org/fhir/StructureDefinition/Patient",
	} {
		if got := c.values(body, expression); got != want {
			t.Errorf("%s: got %s, want %s", expression, got, want)
		}
	}
	c.do(400, "GET", "/Measure/DemoColorectalScreening/$data-requirements?periodStart=soon", "")
}
