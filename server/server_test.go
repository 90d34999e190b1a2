// SPDX-License-Identifier: Apache-2.0

package server_test

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

	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/store"
	"github.com/woodlawn-health/woodlawn/store/sqlite"
	"github.com/woodlawn-health/woodlawn/store/storetest"
)

// client talks to a server under /fhir.
type client struct {
	t     testing.TB
	base  string
	store *store.Store
}

func start(t testing.TB, opt server.Options) *client {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "fhir.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return serveStore(t, s, opt)
}

// serveStore serves a store until the test ends, which closes it.
func serveStore(t testing.TB, s *store.Store, opt server.Options) *client {
	t.Helper()
	srv, err := server.New(s, opt)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/fhir/", http.StripPrefix("/fhir", srv))
	h := httptest.NewServer(mux)
	t.Cleanup(func() { h.Close(); srv.Close(); s.Close() })
	return &client{t, h.URL + "/fhir", s}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
	json   map[string]any
}

// do sends a request; headers are Name: value.
func (c *client) do(method, path, body string, headers ...string) *answer {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/fhir+json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	a := &answer{status: resp.StatusCode, header: resp.Header, body: string(b)}
	if len(b) > 0 && strings.Contains(resp.Header.Get("Content-Type"), "json") && !strings.Contains(resp.Header.Get("Content-Type"), "ndjson") {
		if err := json.Unmarshal(b, &a.json); err != nil {
			c.t.Fatalf("%s %s answered %s: %v", method, path, b, err)
		}
	}
	return a
}

// want checks the status, and that failures are OperationOutcomes.
func (c *client) want(status int, method, path, body string, headers ...string) *answer {
	c.t.Helper()
	a := c.do(method, path, body, headers...)
	if a.status != status {
		c.t.Errorf("%s %s: %d, want %d: %.300s", method, path, a.status, status, a.body)
	}
	if a.status >= 400 && method != http.MethodHead && a.json["resourceType"] != "OperationOutcome" {
		c.t.Errorf("%s %s: failure without OperationOutcome: %.200s", method, path, a.body)
	}
	return a
}

// ids are those of a Bundle's entries, with their search mode if it is not match.
func (a *answer) ids() string {
	var ids []string
	entries, _ := a.json["entry"].([]any)
	for _, e := range entries {
		r, _ := e.(map[string]any)["resource"].(map[string]any)
		id, _ := r["id"].(string)
		if mode, ok := e.(map[string]any)["search"].(map[string]any); ok && mode["mode"] != "match" {
			id += "(" + mode["mode"].(string) + ")"
		}
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return strings.Join(ids, " ")
}

func (a *answer) link(relation string) string {
	links, _ := a.json["link"].([]any)
	for _, l := range links {
		if m := l.(map[string]any); m["relation"] == relation {
			return m["url"].(string)
		}
	}
	return ""
}

func TestLifeOfAResource(t *testing.T) {
	c := start(t, server.Options{})
	made := c.want(201, "POST", "/Patient", `{"resourceType":"Patient","id":"ignored","name":[{"family":"One"}]}`)
	id, _ := made.json["id"].(string)
	if id == "" || id == "ignored" || made.header.Get("ETag") != `W/"1"` || made.header.Get("Location") != c.base+"/Patient/"+id+"/_history/1" {
		t.Errorf("create: %s %v", id, made.header)
	}
	at := "/Patient/" + id
	got := c.want(200, "GET", at, "")
	if got.body != made.body || got.header.Get("ETag") != `W/"1"` || got.header.Get("Last-Modified") == "" {
		t.Errorf("read: %s", got.body)
	}
	c.want(304, "GET", at, "", `If-None-Match: W/"1"`)
	c.want(304, "GET", at, "", "If-Modified-Since: "+got.header.Get("Last-Modified"))
	c.want(200, "GET", at, "", "If-Modified-Since: Mon, 02 Jan 2006 15:04:05 GMT")
	if head := c.want(200, "HEAD", at, ""); head.body != "" || head.header.Get("Content-Length") == "" {
		t.Error("HEAD has a body or no length")
	}
	body := fmt.Sprintf(`{"resourceType":"Patient","id":%q,"name":[{"family":"Two"}]}`, id)
	c.want(412, "PUT", at, body, `If-Match: W/"7"`)
	c.want(412, "PUT", at, body, `If-Match: nonsense`)
	if up := c.want(200, "PUT", at, body, `If-Match: W/"1"`); up.header.Get("ETag") != `W/"2"` || up.header.Get("Location") != "" {
		t.Errorf("update: %v", up.header)
	}
	patched := c.want(200, "PATCH", at, `[{"op":"test","path":"/name/0/family","value":"Two"},{"op":"add","path":"/active","value":true}]`, "Content-Type: application/json-patch+json")
	if patched.json["active"] != true || patched.header.Get("ETag") != `W/"3"` {
		t.Errorf("patch: %s", patched.body)
	}
	if h := c.want(200, "GET", at+"/_history", ""); h.json["total"] != 3.0 || h.json["type"] != "history" {
		t.Errorf("history: %s", h.body)
	}
	if v := c.want(200, "GET", at+"/_history/1", ""); v.header.Get("ETag") != `W/"1"` || !strings.Contains(v.body, "One") {
		t.Errorf("vread: %s", v.body)
	}
	c.want(412, "DELETE", at, "", `If-Match: W/"1"`)
	c.want(204, "DELETE", at, "")
	c.want(204, "DELETE", at, "")
	c.want(204, "DELETE", "/Patient/never", "")
	if gone := c.want(410, "GET", at, ""); gone.header.Get("ETag") != `W/"4"` {
		t.Errorf("gone: %v", gone.header)
	}
	c.want(410, "GET", at+"/_history/4", "")
	c.want(404, "GET", at+"/_history/9", "")
	c.want(200, "GET", at+"/_history/2", "")
	c.want(201, "PUT", at, body)
	c.want(412, "PUT", at, body, "If-None-Match: *")
	c.want(201, "PUT", "/Patient/mine", `{"resourceType":"Patient","id":"mine"}`, "If-None-Match: *")
	if h := c.want(200, "GET", "/_history?_count=2", ""); len(h.json["entry"].([]any)) != 2 || h.link("next") == "" {
		t.Errorf("history of the system: %s", h.body)
	}
	c.want(200, "GET", "/Patient/_history?_since=2020-01-01", "")
}

func TestPreferReturn(t *testing.T) {
	c := start(t, server.Options{})
	const body = `{"resourceType":"Patient"}`
	if a := c.want(201, "POST", "/Patient", body, "Prefer: return=minimal"); a.body != "" || a.header.Get("Location") == "" {
		t.Errorf("minimal: %s", a.body)
	}
	if a := c.want(201, "POST", "/Patient", body, "Prefer: return=representation"); a.json["resourceType"] != "Patient" {
		t.Errorf("representation: %s", a.body)
	}
	if a := c.want(201, "POST", "/Patient", body, "Prefer: return=OperationOutcome"); a.json["resourceType"] != "OperationOutcome" {
		t.Errorf("outcome: %s", a.body)
	}
}

func TestConditional(t *testing.T) {
	c := start(t, server.Options{})
	storetest.Load(t, c.store)
	const member = "identifier=http://example.org/member|"
	body := func(value string) string {
		return fmt.Sprintf(`{"resourceType":"Patient","identifier":[{"system":"http://example.org/member","value":%q}]}`, value)
	}
	if a := c.want(200, "POST", "/Patient", body("M-100"), "If-None-Exist: "+member+"M-100"); a.json["id"] != "ann" {
		t.Errorf("existing: %s", a.body)
	}
	c.want(201, "POST", "/Patient", body("M-300"), "If-None-Exist: "+member+"M-300")
	c.want(412, "POST", "/Patient", body("M-1"), "If-None-Exist: gender=male")
	c.want(412, "POST", "/Patient", body("M-1"), "If-None-Exist: _count=1")
	c.want(400, "POST", "/Patient", body("M-1"), "If-None-Exist: nonsense=1")

	if a := c.want(200, "PUT", "/Patient?"+member+"M-200", body("M-200")); a.json["id"] != "bob" || a.header.Get("ETag") != `W/"2"` {
		t.Errorf("conditional update: %s", a.body)
	}
	c.want(201, "PUT", "/Patient?"+member+"M-400", body("M-400"))
	c.want(201, "PUT", "/Patient?"+member+"M-500", strings.Replace(body("M-500"), `{`, `{"id":"five",`, 1))
	c.want(409, "PUT", "/Patient?"+member+"M-600", strings.Replace(body("M-600"), `{`, `{"id":"ann",`, 1))
	c.want(400, "PUT", "/Patient?"+member+"M-200", strings.Replace(body("M-200"), `{`, `{"id":"ann",`, 1))
	c.want(412, "PUT", "/Patient?_id=ann,bob", body("x"))
	c.want(200, "PATCH", "/Patient?"+member+"M-200", `[{"op":"add","path":"/active","value":true}]`, "Content-Type: application/json-patch+json")
	c.want(404, "PATCH", "/Patient?"+member+"none", `[{"op":"add","path":"/active","value":true}]`, "Content-Type: application/json-patch+json")
	c.want(412, "DELETE", "/Patient?_id=ann,bob", "")
	c.want(204, "DELETE", "/Patient?"+member+"none", "")
	c.want(204, "DELETE", "/Patient?"+member+"M-200", "")
	c.want(410, "GET", "/Patient/bob", "")
}

func TestPatchSteps(t *testing.T) {
	c := start(t, server.Options{})
	const media = "Content-Type: application/json-patch+json"
	for _, x := range []struct {
		patch, want string
		status      int
	}{
		{`[{"op":"add","path":"/name/-","value":{"family":"C"}}]`, `[{"family":"A"},{"family":"B"},{"family":"C"}]`, 200},
		{`[{"op":"add","path":"/name/0","value":{"family":"C"}}]`, `[{"family":"C"},{"family":"A"},{"family":"B"}]`, 200},
		{`[{"op":"remove","path":"/name/0"}]`, `[{"family":"B"}]`, 200},
		{`[{"op":"replace","path":"/name/1/family","value":"C"}]`, `[{"family":"A"},{"family":"C"}]`, 200},
		{`[{"op":"move","from":"/name/1","path":"/name/0"}]`, `[{"family":"B"},{"family":"A"}]`, 200},
		{`[{"op":"copy","from":"/name/0","path":"/name/-"}]`, `[{"family":"A"},{"family":"B"},{"family":"A"}]`, 200},
		{`[{"op":"copy","from":"/name/0","path":"/name/-"},{"op":"replace","path":"/name/2/family","value":"Z"}]`, `[{"family":"A"},{"family":"B"},{"family":"Z"}]`, 200},
		{`[{"op":"test","path":"/name/0/family","value":"B"}]`, "", 422},
		{`[{"op":"remove","path":"/name/2"}]`, "", 422},
		{`[{"op":"replace","path":"/gender","value":"male"}]`, "", 422},
		{`[{"op":"add","path":"/name/01","value":{}}]`, "", 422},
		{`[{"op":"add","path":"/a/b","value":1}]`, "", 422},
		{`[{"op":"replace","path":"/id","value":"other"}]`, "", 422},
		{`[{"op":"replace","path":"","value":[]}]`, "", 422},
		{`[{"op":"move","from":"/name","path":"/name/0"}]`, "", 422},
		{`[{"op":"explode","path":"/name"}]`, "", 400},
		{`[{"op":"add","path":"name","value":1}]`, "", 400},
		{`[{"op":"add","path":"/name"}]`, "", 400},
		{`[]`, "", 400}, {`{}`, "", 400}, {`[`, "", 400},
	} {
		c.do("PUT", "/Patient/p", `{"resourceType":"Patient","id":"p","name":[{"family":"A"},{"family":"B"}]}`)
		a := c.do("PATCH", "/Patient/p", x.patch, media)
		got, _ := json.Marshal(a.json["name"])
		if a.status != x.status && !(a.status == 201 && x.status == 200) || x.want != "" && string(got) != x.want {
			t.Errorf("%s: %d %s, want %d %s", x.patch, a.status, got, x.status, x.want)
		}
	}
	c.want(415, "PATCH", "/Patient/p", `[]`)
	c.want(201, "PUT", "/Observation/n", `{"resourceType":"Observation","id":"n","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.500}}`)
	if a := c.want(200, "PATCH", "/Observation/n", `[{"op":"add","path":"/issued","value":"2026-01-01T00:00:00Z"}]`, media); !strings.Contains(a.body, "1.500") {
		t.Errorf("a patch changes the digits of a number: %s", a.body)
	}
}

func TestBadRequests(t *testing.T) {
	c := start(t, server.Options{MaxBody: 100_000, Types: []string{"Patient", "Observation", "Encounter", "Bundle"}})
	deep := strings.Repeat(`{"extension":[`, 300) + strings.Repeat(`]}`, 300)
	for _, x := range []struct {
		status             int
		method, path, body string
		headers            []string
	}{
		{400, "POST", "/Patient", `{"resourceType":"Patient"`, nil},
		{400, "POST", "/Patient", `{"resourceType":"Patient","a":"` + "\xff" + `"}`, nil},
		{400, "POST", "/Patient", `{"resourceType":"Patient","active":true,"active":false}`, nil},
		{400, "POST", "/Patient", `{"resourceType":"Patient","x":` + deep + `}`, nil},
		{400, "POST", "/Patient", `{"resourceType":"Observation"}`, nil},
		{400, "POST", "/Patient", `[]`, nil},
		{400, "POST", "/Patient", ``, nil},
		{413, "POST", "/Patient", `{"resourceType":"Patient","x":"` + strings.Repeat("a", 200_000) + `"}`, nil},
		{415, "POST", "/Patient", `<Patient/>`, []string{"Content-Type: application/fhir+xml"}},
		{415, "POST", "/Patient", `{}`, []string{"Content-Encoding: br"}},
		{400, "POST", "/Patient", `not gzip`, []string{"Content-Encoding: gzip"}},
		{400, "PUT", "/Patient/a", `{"resourceType":"Patient","id":"b"}`, nil},
		{400, "PUT", "/Patient/a", `{"resourceType":"Patient"}`, nil},
		{400, "PUT", "/Patient/a_b", `{"resourceType":"Patient","id":"a_b"}`, nil},
		{405, "PUT", "/Patient", `{"resourceType":"Patient","id":"b"}`, nil},
		{405, "POST", "/Patient/a", `{"resourceType":"Patient"}`, nil},
		{404, "GET", "/Nonsense", "", nil},
		{404, "GET", "/Organization/x", "", nil},
		{404, "GET", "/Patient/x", "", nil},
		{404, "GET", "/Patient/x/y/z/w", "", nil},
		{404, "GET", "/Patient/$nonsense", "", nil},
		{404, "GET", "/$nonsense", "", nil},
		{404, "GET", "/Patient/x/_history/1", "", nil},
		{404, "GET", "/Patient/x/_history/zero", "", nil},
		{404, "GET", "/Patient/x/$everything", "", nil},
		{406, "GET", "/Patient", "", []string{"Accept: application/fhir+xml"}},
		{406, "GET", "/Patient?_format=xml", "", nil},
		{200, "GET", "/Patient?_format=json", "", []string{"Accept: text/html"}},
		{200, "GET", "/Patient", "", []string{"Accept: application/fhir+json; fhirVersion=4.0"}},
		{400, "GET", "/Patient?nonsense=1", "", nil},
		{400, "GET", "/Patient?nonsense=1", "", []string{"Prefer: handling=strict"}},
		{200, "GET", "/Patient?nonsense=1", "", []string{"Prefer: handling=lenient"}},
		{400, "GET", "/Patient?name:nonsense=1", "", nil},
		{400, "GET", "/Patient?birthdate=yesterday", "", nil},
		{400, "GET", "/Patient?birthdate=2026-02-31", "", []string{"Prefer: handling=lenient"}},
		{400, "GET", "/Patient?_count=-1", "", nil},
		{400, "GET", "/Patient?_cursor=%27;DROP", "", nil},
		{400, "GET", "/Patient?_sort=gender", "", nil},
		{400, "GET", "/Patient?%zz", "", nil},
		{400, "GET", "/?name=x", "", nil},
		{414, "GET", "/Patient?name=" + strings.Repeat("a", 70_000), "", nil},
		{200, "GET", "/Patient?name=%27%20OR%201=1--", "", nil},
		{400, "GET", "/Patient?name=%00", "", nil},
		{400, "POST", "", `{"resourceType":"Bundle","type":"collection"}`, nil},
		{400, "POST", "", `{"resourceType":"Patient"}`, nil},
		{404, "GET", "/$export", "", nil},
	} {
		c.want(x.status, x.method, x.path, x.body, x.headers...)
	}
	for _, noise := range []string{"'; DROP TABLE res; --", `"; SELECT`, "%", "_", `\`, "a\\,b"} {
		body, _ := json.Marshal(map[string]any{"resourceType": "Patient", "name": []any{map[string]any{"family": noise}}})
		c.want(201, "POST", "/Patient", string(body))
	}
	if a := c.want(200, "GET", "/Patient?_summary=count", ""); a.json["total"] != 6.0 {
		t.Errorf("after hostile names: %s", a.body)
	}
}

func TestRateLimit(t *testing.T) {
	c := start(t, server.Options{Rate: 0.001, Burst: 2})
	c.want(200, "GET", "/Patient", "")
	c.want(200, "GET", "/Patient", "")
	if a := c.want(429, "GET", "/Patient", ""); a.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}
