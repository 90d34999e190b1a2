// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/store/storetest"
)

// bomb is a small body that unpacks to a large one.
func bomb(size int) string {
	var b bytes.Buffer
	zw := gzip.NewWriter(&b)
	fmt.Fprintf(zw, `{"resourceType":"Patient","photo":[{"title":"%s"}]}`, strings.Repeat("a", size))
	zw.Close()
	return b.String()
}

// doubling is a JSON Patch that copies an array into itself again and again.
func doubling(steps int) string {
	return `[{"op":"add","path":"/extension","value":[{"url":"http://example.org/x","valueString":"` + strings.Repeat("y", 100) + `"}]}` +
		strings.Repeat(`,{"op":"copy","from":"/extension","path":"/extension/-"}`, steps) + `]`
}

// TestBadInput: whatever comes in gets the right status and an OperationOutcome that
// tells nothing of the inside, and the server goes on.
func TestBadInput(t *testing.T) {
	c := start(t, server.Options{MaxBody: 1 << 20, MaxBundle: 100, Bulk: t.TempDir(), Import: &server.ImportOptions{}, Operations: echoes})
	storetest.Load(t, c.store)
	deep := func(n int) string {
		return `{"resourceType":"Patient","extension":` + strings.Repeat(`[{"url":"http://example.org/x","extension":`, n) + `[]` + strings.Repeat(`}]`, n) + `}`
	}
	const patch = "Content-Type: application/json-patch+json"
	for _, test := range []struct {
		name, method, path, body string
		status                   int
		headers                  []string
	}{
		// malformed JSON
		{"nothing", "POST", "/Patient", " ", 400, nil},
		{"cut off", "POST", "/Patient", `{"resourceType":"Patient"`, 400, nil},
		{"two values", "POST", "/Patient", `{"resourceType":"Patient"}{}`, 400, nil},
		{"trailing comma", "POST", "/Patient", `{"resourceType":"Patient",}`, 400, nil},
		{"comment", "POST", "/Patient", `{/* x */"resourceType":"Patient"}`, 400, nil},
		{"array", "POST", "/Patient", `[{"resourceType":"Patient"}]`, 400, nil},
		{"null", "POST", "/Patient", `null`, 400, nil},
		{"text", "POST", "/Patient", `hello`, 400, nil},
		{"XML", "POST", "/Patient", `<Patient xmlns="http://hl7.org/fhir"/>`, 400, nil},
		{"same name twice", "POST", "/Patient", `{"resourceType":"Patient","gender":"male","gender":"female"}`, 400, nil},
		{"control character", "POST", "/Patient", "{\"resourceType\":\"Patient\",\"id\":\"a\x01\"}", 400, nil},
		{"number", "POST", "/Patient", `{"resourceType":"Patient","multipleBirthInteger":01}`, 400, nil},
		// invalid UTF-8
		{"UTF-8", "POST", "/Patient", "{\"resourceType\":\"Patient\",\"name\":[{\"family\":\"\xff\xfe\"}]}", 400, nil},
		{"half a rune", "POST", "/Patient", "{\"resourceType\":\"Patient\",\"name\":[{\"family\":\"\xc3\"}]}", 400, nil},
		{"UTF-16", "POST", "/Patient", "\xff\xfe{\x00}\x00", 400, nil},
		// wrong types
		{"no type", "POST", "/Patient", `{"id":"x"}`, 400, nil},
		{"type is a number", "POST", "/Patient", `{"resourceType":5}`, 400, nil},
		{"another type", "POST", "/Patient", `{"resourceType":"Observation"}`, 400, nil},
		{"unknown type", "POST", "/Patience", `{"resourceType":"Patience"}`, 404, nil},
		{"id is a number", "PUT", "/Patient/1", `{"resourceType":"Patient","id":1}`, 400, nil},
		{"id with a slash", "PUT", "/Patient/a%2Fb", `{"resourceType":"Patient","id":"a/b"}`, 404, nil},
		{"long id", "PUT", "/Patient/" + strings.Repeat("a", 65), `{"resourceType":"Patient","id":"` + strings.Repeat("a", 65) + `"}`, 400, nil},
		{"Bundle without entries' requests", "POST", "/", `{"resourceType":"Bundle","type":"transaction","entry":[{"resource":{"resourceType":"Patient"}}]}`, 400, nil},
		{"Bundle's entry is a text", "POST", "/", `{"resourceType":"Bundle","type":"transaction","entry":["x"]}`, 400, nil},
		{"Bundle of no type", "POST", "/", `{"resourceType":"Bundle"}`, 400, nil},
		{"no Bundle", "POST", "/", `{"resourceType":"Patient"}`, 400, nil},
		// huge and deep
		{"huge", "POST", "/Patient", `{"resourceType":"Patient","photo":[{"title":"` + strings.Repeat("a", 1<<20) + `"}]}`, 413, nil},
		{"packed huge", "POST", "/Patient", bomb(1 << 24), 413, []string{"Content-Encoding: gzip"}},
		{"not packed", "POST", "/Patient", `{"resourceType":"Patient"}`, 400, []string{"Content-Encoding: gzip"}},
		{"packed otherwise", "POST", "/Patient", `x`, 415, []string{"Content-Encoding: br"}},
		{"deep", "POST", "/Patient", deep(5000), 400, nil},
		{"deep arrays", "POST", "/Patient", strings.Repeat("[", 100_000), 400, nil},
		{"deep parameters", "POST", "/$echo", deep(5000), 400, nil},
		{"large Bundle", "POST", "/", `{"resourceType":"Bundle","type":"batch","entry":[` + strings.Repeat(`{"request":{"method":"GET","url":"Patient/ann"}},`, 200) + `{}]}`, 413, nil},
		{"patch that doubles", "PATCH", "/Patient/ann", doubling(60), 422, []string{patch}},
		{"patch without end", "PATCH", "/Patient/ann", `[` + strings.Repeat(`{"op":"test","path":"/id","value":"ann"},`, 2000) + `{"op":"remove","path":"/id"}]`, 400, []string{patch}},
		{"patch of the type", "PATCH", "/Patient/ann", `[{"op":"replace","path":"/resourceType","value":"Observation"}]`, 422, []string{patch}},
		{"patch of the id", "PATCH", "/Patient/ann", `[{"op":"replace","path":"/id","value":"bob"}]`, 422, []string{patch}},
		{"patch to nothing", "PATCH", "/Patient/ann", `[{"op":"replace","path":"","value":5}]`, 422, []string{patch}},
		{"patch is no array", "PATCH", "/Patient/ann", `{"op":"remove"}`, 400, []string{patch}},
		{"long address", "GET", "/Patient?name=" + strings.Repeat("a", 70_000), "", 414, nil},
		{"many values", "GET", "/Patient?_id=" + strings.Repeat("a,", 1000), "", 400, nil},
		{"many parameters", "GET", "/Patient?" + strings.Repeat("name=a&", 500), "", 400, nil},
		{"long chain", "GET", "/Patient?" + strings.Repeat("organization.partof.", 10) + "name=a", "", 400, nil},
		// addresses
		{"broken escape", "GET", "/Patient?name=%zz", "", 400, nil},
		{"parent", "GET", "/Patient/..%2f..%2fetc%2fpasswd", "", 404, nil},
		{"NUL", "GET", "/Patient/a%00b", "", 400, nil},
		{"file of a job", "GET", "/_bulk/..%2f..%2fetc/passwd", "", 404, nil},
		{"version", "GET", "/Patient/ann/_history/99999999999999999999", "", 404, nil},
		{"version is a text", "GET", "/Patient/ann/_history/x", "", 404, nil},
		{"cursor", "GET", "/Patient?_cursor=AAAA", "", 400, nil},
		{"date", "GET", "/Patient?birthdate=ge20-99-99", "", 400, nil},
		{"number as prefix", "GET", "/RiskAssessment?probability=gt", "", 400, nil},
		{"count", "GET", "/Patient?_count=-1", "", 400, nil},
		{"If-Match", "PUT", "/Patient/ann", `{"resourceType":"Patient","id":"ann"}`, 412, []string{"If-Match: W/\"x\""}},
		{"condition", "POST", "/Patient", `{"resourceType":"Patient"}`, 400, []string{"If-None-Exist: %zz"}},
		{"condition of nothing", "PUT", "/Patient?_sort=name", `{"resourceType":"Patient"}`, 412, nil},
		{"method", "TRACE", "/Patient/ann", "", 405, nil},
	} {
		a := c.want(test.status, test.method, test.path, test.body, test.headers...)
		if a.status != test.status {
			t.Errorf("%s: %d", test.name, a.status)
		}
		lower := strings.ToLower(a.body)
		for _, inside := range []string{"sqlite", "select ", "goroutine", ".go:", "panic", "/root", "/tmp/", "woodlawn/"} {
			if strings.Contains(lower, inside) {
				t.Errorf("%s tells of the inside: %.300s", test.name, a.body)
			}
		}
	}
	c.want(200, "GET", "/Patient/ann", "")
}

// TestInjection: SQL and FHIRPath in values, names and ids are values, names and
// ids: they find nothing and change nothing.
func TestInjection(t *testing.T) {
	c := start(t, server.Options{})
	storetest.Load(t, c.store)
	before := c.want(200, "GET", "/?_type=Patient,Observation,Organization", "").ids()
	for _, evil := range []string{
		`'; DROP TABLE res; --`, `' OR '1'='1`, `" OR ""="`, `x') UNION SELECT body FROM change_log --`, `%`, `_`, `%' ESCAPE '!`, `!%`, `\`, `a' || (SELECT 1) || '`,
		`Patient.name.where(true)`, `%resource.descendants()`, "${1+1}", `{{7*7}}`, `$1`, `?`, `1;PRAGMA writable_schema=1`, "\u0000", "\u202e", `); ATTACH DATABASE '/tmp/x' AS x; --`,
	} {
		q := url.QueryEscape(evil)
		for _, path := range []string{"/Patient?family=" + q, "/Patient?family:contains=" + q, "/Patient?family:exact=" + q, "/Patient?identifier=" + q, "/Patient?identifier=http://example.org/member%7C" + q,
			"/Patient?_id=" + q, "/Patient?organization=" + q, "/Observation?code:text=" + q, "/ValueSet?url=" + q, "/ValueSet?url:below=" + q, "/Patient?organization.name=" + q, "/Patient?_has:Observation:patient:code=" + q,
			"/Patient?address-city=" + q, "/Patient?_tag=" + q} {
			a := c.do("GET", path, "")
			if a.status == 200 && a.ids() != "" || a.status != 200 && a.status != 400 {
				t.Errorf("%s: %d finds %s", path, a.status, a.ids())
			}
		}
		for _, path := range []string{"/Patient?" + q + "=x", "/Patient?_sort=" + q, "/Patient?_include=" + q, "/Patient?_cursor=" + q, "/Observation?date=" + q, "/Observation?value-quantity=" + q, "/Patient?family:" + q + "=x"} {
			if a := c.do("GET", path, ""); a.status != 400 {
				t.Errorf("%s: %d %.200s", path, a.status, a.body)
			}
		}
		if a := c.do("POST", "/Patient", fmt.Sprintf(`{"resourceType":"Patient","name":[{"family":%q}]}`, strings.ReplaceAll(evil, "\x00", "")), "If-None-Exist: identifier="+url.QueryEscape(strings.ReplaceAll(evil, "\x00", ""))); a.status >= 500 {
			t.Errorf("%q in a create: %d", evil, a.status)
		} else if id, ok := a.json["id"].(string); ok {
			c.want(204, "DELETE", "/Patient/"+id, "")
		}
	}
	if after := c.want(200, "GET", "/?_type=Patient,Observation,Organization", "").ids(); after != before {
		t.Errorf("before %s, after %s", before, after)
	}
}
