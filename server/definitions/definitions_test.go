// SPDX-License-Identifier: Apache-2.0

package definitions_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/packages"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/server/definitions"
	"github.com/woodlawn-health/woodlawn/store"
	"github.com/woodlawn-health/woodlawn/store/sqlite"
)

// ours are small definitions of invented things.
var ours = []string{
	`{"resourceType":"CodeSystem","id":"shapes","url":"http://example.org/shapes","version":"2","name":"Shapes","status":"active","content":"complete","caseSensitive":true,
	 "property":[{"code":"sides","type":"integer"},{"code":"inactive","type":"boolean"}],
	 "concept":[{"code":"shape","display":"Shape","concept":[{"code":"tri","display":"Triangle","designation":[{"language":"de","value":"Dreieck"}],"property":[{"code":"sides","valueInteger":3}]},
	  {"code":"quad","display":"Square","property":[{"code":"sides","valueInteger":4}]},{"code":"old","display":"Old square","property":[{"code":"inactive","valueBoolean":true}]}]}]}`,
	`{"resourceType":"CodeSystem","url":"http://example.org/part","name":"Part","status":"active","content":"fragment","concept":[{"code":"a","display":"A"}]}`,
	`{"resourceType":"ValueSet","id":"all","url":"http://example.org/vs/all","version":"1","name":"All","status":"active","compose":{"include":[{"system":"http://example.org/shapes"}]}}`,
	`{"resourceType":"ValueSet","url":"http://example.org/vs/open","name":"Open","status":"active","compose":{"include":[{"system":"http://example.org/shapes"},{"system":"http://example.org/nowhere"}]}}`,
	`{"resourceType":"StructureDefinition","url":"http://example.org/sd/tag","name":"Tagged","status":"active","kind":"resource","abstract":false,"type":"Patient",
	 "baseDefinition":"http://hl7.org/fhir/StructureDefinition/Patient","derivation":"constraint",
	 "differential":{"element":[{"id":"Patient","path":"Patient"},{"id":"Patient.birthDate","path":"Patient.birthDate","min":1},{"id":"Patient.maritalStatus","path":"Patient.maritalStatus","binding":{"strength":"required","valueSet":"http://example.org/vs/all"}}]}}`,
}

type client struct {
	*testing.T
	base  string
	store *store.Store
}

func start(t *testing.T, index *packages.Index, guard bool) *client {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "fhir.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l := definitions.New(index)
	opt := server.Options{Operations: l.Operations(), Codes: l.Codes}
	if guard {
		opt.Guards = []server.Guard{l.Guard}
	}
	srv, err := server.New(s, opt)
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(srv)
	t.Cleanup(func() { h.Close(); srv.Close(); s.Close() })
	return &client{t, h.URL, s}
}

func indexOf(t *testing.T, texts ...string) *packages.Index {
	t.Helper()
	x := packages.NewIndex()
	for _, text := range texts {
		d, err := node.ParseResource([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		x.Add(d.Root())
	}
	return x
}

// want asks and checks the status. The answer is JSON.
func (c *client) want(status int, method, path, body string) map[string]any {
	c.Helper()
	req, err := http.NewRequestWithContext(c.Context(), method, c.base+path, strings.NewReader(body))
	if err != nil {
		c.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/fhir+json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		c.Fatal(err)
	}
	var answer map[string]any
	if err := json.Unmarshal(b, &answer); err != nil {
		c.Fatalf("%s %s: %s", method, path, b)
	}
	if resp.StatusCode != status {
		c.Errorf("%s %s: %d, want %d: %.400s", method, path, resp.StatusCode, status, b)
	}
	return answer
}

// flat writes parameters as name=value, parts in brackets.
func flat(params any) string {
	var list []string
	items, _ := params.([]any)
	for _, p := range items {
		m := p.(map[string]any)
		text := m["name"].(string)
		for k, v := range m {
			if strings.HasPrefix(k, "value") {
				text += "=" + fmt.Sprint(v)
			}
		}
		if m["part"] != nil {
			text += "[" + flat(m["part"]) + "]"
		}
		list = append(list, text)
	}
	return strings.Join(list, " ")
}

// codes lists an expansion.
func codes(answer map[string]any) string {
	var list []string
	e, _ := answer["expansion"].(map[string]any)
	contains, _ := e["contains"].([]any)
	for _, c := range contains {
		list = append(list, c.(map[string]any)["code"].(string))
	}
	return strings.Join(list, " ")
}

// issues lists an OperationOutcome: severity, code and place.
func issues(answer map[string]any) string {
	var list []string
	for _, i := range answer["issue"].([]any) {
		m := i.(map[string]any)
		text := fmt.Sprint(m["severity"], " ", m["code"])
		if at, ok := m["expression"].([]any); ok {
			text += fmt.Sprint(" ", at[0])
		}
		list = append(list, text)
	}
	return strings.Join(list, "; ")
}

func TestLookup(t *testing.T) {
	c := start(t, indexOf(t, ours...), false)
	for query, want := range map[string]string{
		"system=http://example.org/shapes&code=tri":                  "name=Shapes version=2 display=Triangle designation[language=de value=Dreieck] property[code=sides value=3] property[code=parent value=shape]",
		"system=http://example.org/shapes&code=tri&property=parent":  "name=Shapes version=2 display=Triangle property[code=parent value=shape]",
		"system=http://example.org/shapes&code=shape&property=child": "name=Shapes version=2 display=Shape property[code=child value=tri] property[code=child value=quad] property[code=child value=old]",
		"system=http://unitsofmeasure.org&code=mm[Hg]":               "name=http://unitsofmeasure.org display=mm[Hg]",
	} {
		if got := flat(c.want(200, "GET", "/CodeSystem/$lookup?"+query, "")["parameter"]); got != want {
			t.Errorf("%s: %s\nwant %s", query, got, want)
		}
	}
	posted := c.want(200, "POST", "/CodeSystem/$lookup", `{"resourceType":"Parameters","parameter":[{"name":"coding","valueCoding":{"system":"http://example.org/shapes","code":"quad"}}]}`)
	if !strings.Contains(flat(posted["parameter"]), "display=Square") {
		t.Error(flat(posted["parameter"]))
	}
	for query, said := range map[string]string{
		"system=http://example.org/shapes&code=circle":        "no such code",
		"system=http://example.org/nowhere&code=a":            "not loaded",
		"system=http://example.org/part&code=b":               "of which a part is loaded: not loaded",
		"system=http://example.org/shapes&code=tri&version=9": "version 9",
		"system=http://unitsofmeasure.org&code=nonsense":      "no such code",
	} {
		a := c.want(404, "GET", "/CodeSystem/$lookup?"+query, "")
		if text := fmt.Sprint(a["issue"]); !strings.Contains(text, said) {
			t.Errorf("%s: %s", query, text)
		}
	}
	c.want(400, "GET", "/CodeSystem/$lookup?code=tri", "")
}

func TestSubsumes(t *testing.T) {
	c := start(t, indexOf(t, ours...), false)
	for codes, want := range map[string]string{"codeA=shape&codeB=tri": "subsumes", "codeA=tri&codeB=shape": "subsumed-by", "codeA=tri&codeB=tri": "equivalent", "codeA=tri&codeB=quad": "not-subsumed"} {
		if got := flat(c.want(200, "GET", "/CodeSystem/$subsumes?system=http://example.org/shapes&"+codes, "")["parameter"]); got != "outcome="+want {
			t.Errorf("%s: %s", codes, got)
		}
	}
	c.want(404, "GET", "/CodeSystem/$subsumes?system=http://example.org/nowhere&codeA=a&codeB=b", "")
	c.want(400, "GET", "/CodeSystem/$subsumes?system=http://example.org/shapes&codeA=a", "")
}

func TestValidateCode(t *testing.T) {
	c := start(t, indexOf(t, ours...), false)
	c.want(201, "PUT", "/ValueSet/all", ours[2])
	for path, want := range map[string]string{
		"CodeSystem/$validate-code?url=http://example.org/shapes&code=tri":                                                             "result=true display=Triangle",
		"CodeSystem/$validate-code?url=http://example.org/shapes&code=tri&display=triangle":                                            "result=true display=Triangle",
		"CodeSystem/$validate-code?url=http://example.org/shapes&code=tri&display=Circle":                                              `result=false message=the code is right, but its display is "Triangle" display=Triangle`,
		"CodeSystem/$validate-code?url=http://example.org/shapes&code=circle":                                                          "result=false message=the code is not in the code system http://example.org/shapes",
		"ValueSet/$validate-code?url=http://example.org/vs/all&system=http://example.org/shapes&code=quad":                             "result=true display=Square",
		"ValueSet/$validate-code?url=http://example.org/vs/all&system=http://example.org/shapes&code=circle":                           "result=false message=the code is not in the value set http://example.org/vs/all",
		"ValueSet/$validate-code?url=http://example.org/vs/all&system=http://example.org/other&code=tri":                               "result=false message=the code is not in the value set http://example.org/vs/all",
		"ValueSet/all/$validate-code?system=http://example.org/shapes&code=quad":                                                       "result=true display=Square",
		"ValueSet/$validate-code?context=http://example.org/sd/tag%23Patient.maritalStatus&system=http://example.org/shapes&code=quad": "result=true display=Square",
	} {
		if got := flat(c.want(200, "GET", "/"+path, "")["parameter"]); got != want {
			t.Errorf("%s: %s\nwant %s", path, got, want)
		}
	}
	concept := `{"resourceType":"Parameters","parameter":[{"name":"url","valueUri":"http://example.org/vs/all"},{"name":"codeableConcept","valueCodeableConcept":{"coding":[
		{"system":"http://example.org/other","code":"x"},{"system":"http://example.org/shapes","code":"tri"}]}}]}`
	if got := flat(c.want(200, "POST", "/ValueSet/$validate-code", concept)["parameter"]); got != "result=true display=Triangle" {
		t.Error(got)
	}
	inline := `{"resourceType":"Parameters","parameter":[{"name":"valueSet","resource":{"resourceType":"ValueSet","status":"active","compose":{"include":[{"system":"http://example.org/shapes","concept":[{"code":"tri"}]}]}}},
		{"name":"coding","valueCoding":{"system":"http://example.org/shapes","code":"quad"}}]}`
	if got := flat(c.want(200, "POST", "/ValueSet/$validate-code", inline)["parameter"]); !strings.HasPrefix(got, "result=false") {
		t.Error(got)
	}
	for path, status := range map[string]int{
		"CodeSystem/$validate-code?url=http://example.org/nowhere&code=a":                                     404,
		"CodeSystem/$validate-code?url=http://example.org/part&code=b":                                        404,
		"ValueSet/$validate-code?url=http://example.org/vs/none&system=http://example.org/shapes&code=a":      404,
		"ValueSet/$validate-code?url=http://example.org/vs/open&system=http://example.org/nowhere&code=a":     404,
		"ValueSet/$validate-code?url=http://example.org/vs/all&valueSetVersion=7&system=http://x.org&code=a":  404,
		"ValueSet/$validate-code?url=http://example.org/vs/all&code=tri":                                      400,
		"ValueSet/$validate-code?url=http://example.org/vs/all&system=http://example.org/shapes":              400,
		"ValueSet/$validate-code?system=http://example.org/shapes&code=a":                                     400,
		"ValueSet/$validate-code?context=http://example.org/sd/tag%23Patient.name&system=http://x.org&code=a": 404,
		"ValueSet/nowhere/$validate-code?system=http://example.org/shapes&code=quad":                          404,
	} {
		c.want(status, "GET", "/"+path, "")
	}
}

func TestExpand(t *testing.T) {
	c := start(t, indexOf(t, ours...), false)
	c.want(201, "PUT", "/ValueSet/all", ours[2])
	for query, want := range map[string]string{
		"": "shape tri quad old", "&filter=squ": "quad old", "&filter=squ&activeOnly=true": "quad", "&offset=1&count=2": "tri quad", "&count=0": "", "&offset=9": "",
	} {
		a := c.want(200, "GET", "/ValueSet/$expand?url=http://example.org/vs/all"+query, "")
		if got := codes(a); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	if a := c.want(200, "GET", "/ValueSet/all/$expand?count=1&includeDesignations=true&filter=tri", ""); codes(a) != "tri" || !strings.Contains(fmt.Sprint(a), "Dreieck") || a["expansion"].(map[string]any)["total"] != 1.0 {
		t.Error(a)
	}
	if a := c.want(422, "GET", "/ValueSet/$expand?url=http://example.org/vs/open", ""); !strings.Contains(fmt.Sprint(a), "http://example.org/nowhere") {
		t.Error(a)
	}
	c.want(404, "GET", "/ValueSet/$expand?url=http://example.org/vs/none", "")
	c.want(400, "GET", "/ValueSet/$expand?url=http://example.org/vs/all&count=many", "")
	c.want(400, "GET", "/ValueSet/$expand?url=http://example.org/vs/all&displayLanguage=de", "")
}

// TestOwnDefinitions: what is written to the store counts at once, and what is
// deleted counts no longer.
func TestOwnDefinitions(t *testing.T) {
	c := start(t, packages.NewIndex(), false)
	const ask = "/ValueSet/$expand?url=http://example.org/vs/all"
	c.want(404, "GET", ask, "")
	c.want(201, "PUT", "/ValueSet/all", ours[2])
	c.want(422, "GET", ask, "")
	c.want(201, "PUT", "/CodeSystem/shapes", ours[0])
	if got := codes(c.want(200, "GET", ask, "")); got != "shape tri quad old" {
		t.Error(got)
	}
	c.want(200, "PUT", "/CodeSystem/shapes", strings.Replace(ours[0], `"tri"`, `"trigon"`, 1))
	if got := codes(c.want(200, "GET", ask, "")); got != "shape trigon quad old" {
		t.Error(got)
	}
	req, _ := http.NewRequest("DELETE", c.base+"/CodeSystem/shapes", nil)
	if resp, err := http.DefaultClient.Do(req); err != nil || resp.StatusCode != 204 {
		t.Fatal(resp, err)
	}
	c.want(422, "GET", ask, "")
}

func TestValidate(t *testing.T) {
	c := start(t, indexOf(t, ours...), false)
	c.want(201, "PUT", "/Patient/p", `{"resourceType":"Patient","id":"p"}`)
	const good, bad = `{"resourceType":"Patient","id":"p","birthDate":"1950-01-02"}`, `{"resourceType":"Patient","id":"p","gender":"other","color":1}`
	wrapped := func(body, more string) string {
		return `{"resourceType":"Parameters","parameter":[{"name":"resource","resource":` + body + `}` + more + `]}`
	}
	const profile = `,{"name":"profile","valueUri":"http://example.org/sd/tag"}`
	for _, test := range []struct{ path, body, want string }{
		{"Patient/$validate", good, "no error"},
		{"Patient/$validate", bad, "error structure Patient.color"},
		{"Patient/$validate", wrapped(bad, ""), "error structure Patient.color"},
		{"Patient/$validate", wrapped(good, profile), "no error"},
		{"Patient/$validate?profile=http://example.org/sd/tag", `{"resourceType":"Patient"}`, "error required Patient"},
		{"Patient/$validate", wrapped(good, `,{"name":"profile","valueUri":"http://example.org/sd/none"}`), "error not-found Patient"},
		{"Observation/$validate", good, "error invalid Patient"},
		{"Patient/p/$validate?mode=update", good, "no error"},
		{"Patient/q/$validate?mode=update", good, "error invalid Patient.id"},
		{"Patient/p/$validate?mode=delete", "", "no error"},
	} {
		got := issues(c.want(200, "POST", "/"+test.path, test.body))
		if test.want == "no error" && strings.Contains(got, "error") || test.want != "no error" && !strings.Contains(got, test.want) {
			t.Errorf("%s %s: %s, want %s", test.path, test.body, got, test.want)
		}
	}
	if got := issues(c.want(200, "GET", "/Patient/p/$validate?profile=http://example.org/sd/tag", "")); !strings.Contains(got, "error required Patient") {
		t.Errorf("what is kept: %s", got)
	}
	c.want(400, "POST", "/Patient/$validate?mode=update", good)
	c.want(400, "POST", "/Patient/$validate?mode=maybe", good)
	c.want(400, "POST", "/Patient/$validate", "")
	c.want(404, "POST", "/Patient/q/$validate?mode=delete", "")
	c.want(404, "GET", "/Patient/q/$validate", "")
}

// TestValidationOnWrite: with the guard, what has errors is refused, alone and in a
// Bundle, and also what a patch would make.
func TestValidationOnWrite(t *testing.T) {
	c := start(t, indexOf(t, ours...), true)
	const good, bad = `{"resourceType":"Patient","id":"p","birthDate":"1950-01-02"}`, `{"resourceType":"Patient","id":"p","color":1}`
	c.want(201, "PUT", "/Patient/p", good)
	if got := issues(c.want(422, "PUT", "/Patient/p", bad)); !strings.Contains(got, "error structure Patient.color") {
		t.Error(got)
	}
	c.want(422, "POST", "/Patient", bad)
	c.want(422, "POST", "/Patient", `{"resourceType":"Patient","meta":{"profile":["http://example.org/sd/tag"]}}`)
	entry := `{"resourceType":"Bundle","type":"%s","entry":[{"request":{"method":"PUT","url":"Patient/p"},"resource":` + bad + `},{"request":{"method":"POST","url":"Patient"},"resource":{"resourceType":"Patient"}}]}`
	c.want(422, "POST", "/", fmt.Sprintf(entry, "transaction"))
	batch := c.want(200, "POST", "/", fmt.Sprintf(entry, "batch"))
	var statuses []string
	for _, e := range batch["entry"].([]any) {
		statuses = append(statuses, e.(map[string]any)["response"].(map[string]any)["status"].(string)[:3])
	}
	if !slices.Equal(statuses, []string{"422", "201"}) {
		t.Error(statuses)
	}
	req, _ := http.NewRequest("PATCH", c.base+"/Patient/p", strings.NewReader(`[{"op":"add","path":"/color","value":1}]`))
	req.Header.Set("Content-Type", "application/json-patch+json")
	if resp, err := http.DefaultClient.Do(req); err != nil || resp.StatusCode != 422 {
		t.Error(resp, err)
	}
}

// TestPublished asks for codes that HL7's own package publishes with their answers.
func TestPublished(t *testing.T) {
	p, err := packages.Open(evidence.Path(t, "fhir/packages/hl7.fhir.r4.core#4.0.1.tgz"))
	if err != nil {
		t.Fatal(err)
	}
	index := packages.NewIndex()
	index.AddPackage(p)
	c := start(t, index, false)
	checked := 0
	for _, vs := range index.OfType("ValueSet") {
		published := vs.Get("expansion").Get("contains")
		url := vs.Get("url").Text()
		if !published.Exists() || strings.HasSuffix(url, "/example-hierarchical") { // of a system that is called hacked, not what it is composed of
			continue
		}
		displays := map[string]string{}
		a, expanded := answered(c, "/ValueSet/$expand?url="+url)
		if e, ok := a["expansion"].(map[string]any); ok {
			for _, item := range e["contains"].([]any) {
				m := item.(map[string]any)
				displays[m["code"].(string)], _ = m["display"].(string)
			}
		}
		for item := range published.Items() {
			system, code := item.Get("system").Text(), item.Get("code").Text()
			if expanded {
				checked++
				if displays[code] != item.Get("display").Text() {
					t.Errorf("%s: %s is %q, published %q", url, code, displays[code], item.Get("display").Text())
				}
				delete(displays, code)
			}
			if a, known := answered(c, "/ValueSet/$validate-code?url="+url+"&system="+system+"&code="+code); known {
				checked++
				if got := flat(a["parameter"]); !strings.HasPrefix(got, "result=true") {
					t.Errorf("%s holds %s#%s: %s", url, system, code, got)
				}
			}
		}
		if len(displays) > 0 && !strings.HasSuffix(url, "/inactive") { // published in 2017, before its code system grew
			t.Errorf("%s: not published: %v", url, displays)
		}
	}
	if checked < 10 {
		t.Errorf("only %d published answers were compared", checked)
	}
	// R4, valueset-administrative-gender.html and valueset-observation-status.html list these.
	for url, want := range map[string]string{
		"http://hl7.org/fhir/ValueSet/administrative-gender": "male female other unknown",
		"http://hl7.org/fhir/ValueSet/observation-status":    "registered preliminary final amended corrected cancelled entered-in-error unknown",
	} {
		if got := codes(c.want(200, "GET", "/ValueSet/$expand?url="+url, "")); got != want {
			t.Errorf("%s: %s, want %s", url, got, want)
		}
	}
	c.want(422, "GET", "/ValueSet/$expand?url=http://hl7.org/fhir/ValueSet/observation-codes", "") // LOINC is not in the package
}

// answered asks; known is false where the server says that content is not loaded.
func answered(c *client, path string) (answer map[string]any, known bool) {
	resp, err := http.Get(c.base + path)
	if err != nil {
		c.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode == 404 {
		return nil, false
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		c.Fatal(err)
	}
	return answer, resp.StatusCode == 200
}
