// SPDX-License-Identifier: Apache-2.0

package reporting_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/server/reporting"
	"github.com/woodlawn-health/woodlawn/store"
)

// provider serves manifests and files to who sends the agreed header.
func provider(t *testing.T) *httptest.Server {
	files := map[string]string{
		"/one.json":   `{"output":[{"type":"Patient","url":"patients.ndjson"},{"type":"Procedure","url":"/procedures.ndjson"},{"type":"Patient","url":"gone.ndjson"}],"link":[{"relation":"next","url":"more.json"}]}`,
		"/more.json":  `{"output":[{"type":"Encounter","url":"encounters.ndjson"}]}`,
		"/two.json":   `{"output":[{"type":"Patient","url":"patients2.ndjson"}]}`,
		"/odd.json":   `[]`,
		"/loop.json":  `{"output":[],"link":[{"relation":"next","url":"loop.json"}]}`,
		"/leads.json": `{"output":[{"type":"Patient","url":"http://127.0.0.1:1/secret"}]}`,
		"/patients.ndjson": `{"resourceType":"Patient","id":"sub1"}
{"resourceType":"Patient","id":
{"resourceType":"Patient","id":"sub2"}
{"resourceType":"Practitioner","id":"dr"}
`,
		"/patients2.ndjson":  `{"resourceType":"Patient","id":"sub3"}`,
		"/procedures.ndjson": `{"resourceType":"Procedure","id":"pr1","status":"completed","subject":{"reference":"Patient/sub1"}}`,
		"/encounters.ndjson": `{"resourceType":"Encounter","id":"en1","status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/sub1"}}`,
	}
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, ok := files[r.URL.Path]
		if !ok || r.Header.Get("X-Agreed") != "yes" {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, text)
	}))
	t.Cleanup(h.Close)
	return h
}

func submitting(t *testing.T, authorize func(*http.Request) (*server.Grant, error), from, dir string) *client {
	s, err := reporting.NewSubmissions(&server.ImportOptions{Addresses: []string{from}, Client: http.DefaultClient}, dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return start(t, authorize, s.Operations()...)
}

// submission is the body of $bulk-submit.
func submission(id, status, manifest string, more ...string) string {
	parts := []string{`{"name":"submitter","valueIdentifier":{"system":"urn:example","value":"acme"}}`, `{"name":"submissionId","valueString":"` + id + `"}`}
	if status != "" {
		parts = append(parts, `{"name":"submissionStatus","valueCoding":{"code":"`+status+`"}}`)
	}
	if manifest != "" {
		parts = append(parts, `{"name":"manifestUrl","valueUrl":"`+manifest+`"}`, `{"name":"fhirBaseUrl","valueUrl":"http://provider.example/fhir"}`,
			`{"name":"fileRequestHeader","part":[{"name":"headerName","valueString":"X-Agreed"},{"name":"headerValue","valueString":"yes"}]}`)
	}
	return `{"resourceType":"Parameters","parameter":[` + strings.Join(append(parts, more...), ",") + `]}`
}

// finished polls until a submission is done, and gives its manifest.
func (c *client) finished(id string) map[string]any {
	c.Helper()
	_, header := c.do(202, "POST", "/$bulk-submit-status", submission(id, "", ""))
	for range 500 {
		resp, err := http.Get(header.Get("Content-Location"))
		if err != nil {
			c.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode == 200 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	body, _ := c.do(200, "GET", header.Get("Content-Location"), "")
	var m map[string]any
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		c.Fatal(err)
	}
	return m
}

func TestBulkSubmit(t *testing.T) {
	p := provider(t)
	c := submitting(t, nil, p.URL, filepath.Join(t.TempDir(), "submissions"))
	c.do(200, "POST", "/$bulk-submit", submission("s1", "in-progress", p.URL+"/one.json"))
	c.do(409, "POST", "/$bulk-submit", submission("s1", "", p.URL+"/one.json"))
	c.do(200, "POST", "/$bulk-submit", submission("s1", "complete", p.URL+"/two.json"))
	m := c.finished("s1")
	if m["submissionId"] != "s1" || len(m["error"].([]any)) != 2 {
		t.Fatalf("manifest %v", m)
	}
	first := m["error"].([]any)[0].(map[string]any)
	if first["manifestUrl"] != p.URL+"/one.json" || fmt.Sprint(first["countSeverity"]) != "[map[code:information count:4] map[code:error count:3]]" {
		t.Errorf("first manifest: %v", first)
	}
	outcomes, _ := c.do(200, "GET", first["url"].(string), "")
	for _, want := range []string{"patients.ndjson line 2", "patients.ndjson line 4: the resource is no Patient", "a file cannot be read", "4 resources created, 0 updated, 0 unchanged, 3 set aside"} {
		if !strings.Contains(outcomes, want) {
			t.Errorf("%s is not in %s", want, outcomes)
		}
	}
	for _, path := range []string{"/Patient/sub1", "/Patient/sub2", "/Patient/sub3", "/Procedure/pr1", "/Encounter/en1"} {
		c.do(200, "GET", path, "")
	}
	// Nothing more can be submitted.
	c.do(409, "POST", "/$bulk-submit", submission("s1", "", p.URL+"/more.json"))
}

// A manifest that replaces another takes its data away, and an aborted submission all of
// its own. What was there before stays.
func TestBulkSubmitReplaceAndAbort(t *testing.T) {
	p := provider(t)
	c := submitting(t, nil, p.URL, filepath.Join(t.TempDir(), "submissions"))
	c.do(201, "PUT", "/Patient/sub2", `{"resourceType":"Patient","id":"sub2","gender":"female"}`)
	c.do(200, "POST", "/$bulk-submit", submission("s2", "", p.URL+"/one.json"))
	c.waitFor("/Encounter/en1")
	replace := `{"name":"replacesManifestUrl","valueString":"` + p.URL + `/one.json"}`
	for range 500 { // the first is still being read, perhaps
		req, _ := http.NewRequest("POST", c.base+"/$bulk-submit", strings.NewReader(submission("s2", "", p.URL+"/two.json", replace)))
		req.Header.Set("Content-Type", "application/fhir+json")
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
	c.do(410, "GET", "/Patient/sub1", "")
	c.do(200, "GET", "/Patient/sub2", "")
	c.waitFor("/Patient/sub3")
	c.do(200, "POST", "/$bulk-submit", submission("s2", "aborted", ""))
	c.do(410, "GET", "/Patient/sub3", "")
	_, header := c.do(202, "POST", "/$bulk-submit-status", submission("s2", "", ""))
	if body, _ := c.do(422, "GET", header.Get("Content-Location"), ""); !strings.Contains(body, "was aborted") {
		t.Errorf("status %s", body)
	}
}

func (c *client) waitFor(path string) {
	c.Helper()
	for range 500 {
		resp, err := http.Get(c.base + path)
		if err != nil {
			c.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode == 200 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	c.Fatalf("%s does not come", path)
}

func TestBulkSubmitRefuses(t *testing.T) {
	p := provider(t)
	c := submitting(t, nil, p.URL+"/", filepath.Join(t.TempDir(), "submissions"))
	for want, body := range map[string]string{
		"400 submitter is needed":        `{"resourceType":"Parameters"}`,
		"400 manifestUrl or submission":  submission("s", "", ""),
		"400 submissionStatus is":        submission("s", "soon", ""),
		"403 not among":                  submission("s", "", "http://127.0.0.1:1/x.json"),
		"400 fhirBaseUrl goes with":      strings.Replace(submission("s", "", p.URL+"/one.json"), "fhirBaseUrl", "metadata", 1),
		"400 replacesManifestUrl names":  submission("s", "", "", `{"name":"replacesManifestUrl","valueString":"x"}`),
		"400 outputFormat is":            submission("s", "complete", "", `{"name":"outputFormat","valueString":"text/csv"}`),
		"400 does not know a parameter;": submission("s", "complete", "", `{"name":"oauthMetadataUrl","valueUrl":"https://x.example"}`),
	} {
		status, says, _ := strings.Cut(want, " ")
		code := map[string]int{"400": 400, "403": 403}[status]
		if text, _ := c.do(code, "POST", "/$bulk-submit", body); !strings.Contains(text, says) {
			t.Errorf("%s: %s", want, text)
		}
	}
	c.do(404, "POST", "/$bulk-submit-status", submission("other", "", ""))
	// What a manifest leads to is held against the settings, too.
	for name, says := range map[string]string{"leads": "not among", "odd": "no JSON object", "loop": "without end", "none": "cannot be read"} {
		c.do(200, "POST", "/$bulk-submit", submission(name, "complete", p.URL+"/"+name+".json"))
		m := c.finished(name)
		outcomes, _ := c.do(200, "GET", m["error"].([]any)[0].(map[string]any)["url"].(string), "")
		if !strings.Contains(outcomes, says) {
			t.Errorf("%s: %s", name, outcomes)
		}
	}
}

// Whoever may not write everything may not submit, and nobody sees the submissions of others.
func TestBulkSubmitAccess(t *testing.T) {
	p := provider(t)
	grants := map[string]*server.Grant{
		"Bearer app":   {Access: &store.Access{Patients: []string{"ann"}, AllTypes: true}, Client: "app"},
		"Bearer one":   {Client: "one"},
		"Bearer other": {Client: "other"},
	}
	authorize := func(r *http.Request) (*server.Grant, error) {
		g := *grants[r.Header.Get("Authorization")]
		return &g, nil
	}
	c := submitting(t, authorize, p.URL, filepath.Join(t.TempDir(), "submissions"))
	const one, other, app = "Authorization: Bearer one", "Authorization: Bearer other", "Authorization: Bearer app"
	c.do(403, "POST", "/$bulk-submit", submission("s", "", p.URL+"/one.json"), app)
	c.do(200, "POST", "/$bulk-submit", submission("s", "in-progress", p.URL+"/two.json"), one)
	_, header := c.do(202, "POST", "/$bulk-submit-status", submission("s", "", ""), one)
	c.do(404, "POST", "/$bulk-submit-status", submission("s", "", ""), other)
	c.do(404, "GET", header.Get("Content-Location"), "", other)
	c.do(403, "GET", header.Get("Content-Location"), "", app)
	c.do(202, "GET", header.Get("Content-Location"), "", one)
}

// After a restart what was not read to its end has failed, and says what to do.
func TestBulkSubmitAfterRestart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "submissions")
	block := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-block:
		case <-r.Context().Done():
		}
	}))
	defer slow.Close()
	defer close(block)
	s, err := reporting.NewSubmissions(&server.ImportOptions{Addresses: []string{slow.URL}, Client: http.DefaultClient}, dir)
	if err != nil {
		t.Fatal(err)
	}
	c := start(t, nil, s.Operations()...)
	c.do(200, "POST", "/$bulk-submit", submission("s", "complete", slow.URL+"/m.json"))
	s.Close()
	again := submitting(t, nil, slow.URL, dir)
	m := again.finished("s")
	outcomes, _ := again.do(200, "GET", m["error"].([]any)[0].(map[string]any)["url"].(string), "")
	if !strings.Contains(outcomes, "submit the manifest again") {
		t.Errorf("outcomes %s", outcomes)
	}
}
