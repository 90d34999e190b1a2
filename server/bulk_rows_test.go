// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/store"
	"github.com/woodlawn-health/woodlawn/store/storetest"
)

// tokens answers 401 without a token.
func tokens(r *http.Request) (*server.Grant, error) {
	if r.Header.Get("Authorization") != "Bearer good" {
		return nil, &server.DeniedError{Status: 401, Authenticate: "Bearer", Reason: "a token is needed"}
	}
	return &server.Grant{Client: "app"}, nil
}

const bearer = "Authorization: Bearer good"

var exportLevels = []string{"/$export", "/Patient/$export", "/Group/g/$export"}

const twoMembers = `{"resourceType":"Group","id":"g","type":"person","actual":true,"member":[{"entity":{"reference":"Patient/bob"}},{"entity":{"reference":"Patient/ann"}}]}`

// TestExportNeedsAToken: kick-off, status and files are refused without one, and the
// manifest says so.
func TestExportNeedsAToken(t *testing.T) {
	c := start(t, server.Options{Bulk: t.TempDir(), Authorize: tokens})
	storetest.Load(t, c.store)
	storetest.Put(t, c.store, twoMembers)
	for _, level := range exportLevels {
		c.want(401, "GET", level, "", async)
		status, manifest := c.export(level, "", bearer)
		if manifest["requiresAccessToken"] != true {
			t.Errorf("%s: %v", level, manifest)
		}
		c.want(401, "GET", status, "")
		file := manifest["output"].([]any)[0].(map[string]any)["url"].(string)
		c.want(401, "GET", strings.TrimPrefix(file, c.base), "", "Accept: application/fhir+ndjson")
		c.want(200, "GET", strings.TrimPrefix(file, c.base), "", bearer, "Accept: application/fhir+ndjson")
		if got := strings.Join(c.exported(manifest, bearer), " "); !strings.Contains(got, "Patient/ann") || !strings.Contains(got, "Patient/bob") {
			t.Errorf("%s: %s", level, got)
		}
	}
}

// TestExportProtocol: headers of each step, cancel, and the parameters of 2.0.0, at
// every level.
func TestExportProtocol(t *testing.T) {
	c := start(t, server.Options{Bulk: t.TempDir()})
	storetest.Load(t, c.store)
	storetest.Put(t, c.store, twoMembers)
	for _, level := range exportLevels {
		kickOff := c.want(202, "GET", level, "", async, "Accept: application/fhir+json")
		if !strings.HasPrefix(kickOff.header.Get("Content-Location"), "http://") {
			t.Errorf("Content-Location %q is not absolute", kickOff.header.Get("Content-Location"))
		}
		status, done := c.wait(kickOff, "Accept: application/json")
		if done.status != 200 || done.header.Get("Content-Type") != "application/json" || done.header.Get("Expires") == "" {
			t.Errorf("%s: %d %v", level, done.status, done.header)
		}
		for _, member := range []string{"transactionTime", "request", "requiresAccessToken", "output", "deleted", "error"} {
			if _, ok := done.json[member]; !ok {
				t.Errorf("%s: no %s in the manifest", level, member)
			}
		}
		if done.json["request"] != c.base+level {
			t.Errorf("request %v", done.json["request"])
		}
		for _, o := range done.json["output"].([]any) {
			if out := o.(map[string]any); out["type"] == "" || !strings.HasPrefix(out["url"].(string), "http://") {
				t.Errorf("output %v", out)
			}
		}
		c.want(202, "DELETE", status, "")
		c.want(404, "GET", status, "")
		for _, format := range []string{"application%2Ffhir%2Bndjson", "application/ndjson", "ndjson"} {
			path, _ := c.wait(c.want(202, "GET", level+"?_outputFormat="+format, "", async))
			c.want(202, "DELETE", path, "")
		}
		if _, a := c.wait(c.want(202, "GET", level+"?_since=2020-01-01T00:00:00Z", "", async)); len(a.json["output"].([]any)) == 0 {
			t.Errorf("%s: nothing since 2020", level)
		}
		c.want(406, "GET", level, "", async, "Accept: text/csv")
	}
}

// TestExportHoldsWhatReadsGive: each line is the resource as a read gives it.
func TestExportHoldsWhatReadsGive(t *testing.T) {
	c := start(t, server.Options{Bulk: t.TempDir()})
	storetest.Load(t, c.store)
	_, manifest := c.export("/$export", "")
	lines := 0
	for _, o := range manifest["output"].([]any) {
		a := c.want(200, "GET", strings.TrimPrefix(o.(map[string]any)["url"].(string), c.base), "")
		for line := range strings.Lines(a.body) {
			lines++
			typ, id := between(line, `"resourceType":"`), between(line, `"id":"`)
			if read := c.want(200, "GET", "/"+typ+"/"+id, ""); read.body != strings.TrimSpace(line) {
				t.Errorf("%s/%s: %s, a read gives %s", typ, id, line, read.body)
			}
		}
	}
	if lines != len(strings.Split(strings.TrimSpace(storetest.Fixture), "\n")) {
		t.Errorf("%d lines", lines)
	}
}

func between(text, before string) string {
	_, rest, _ := strings.Cut(text, before)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// TestExportOfDeletions: with _since, the manifest tells what was deleted, as far as
// the client may see it and asked for it.
func TestExportOfDeletions(t *testing.T) {
	access := map[string]*store.Access{"ann": {Patients: []string{"ann"}, AllTypes: true}, "bob": {Patients: []string{"bob"}, AllTypes: true}}
	c := start(t, server.Options{Bulk: t.TempDir(), Authorize: func(r *http.Request) (*server.Grant, error) {
		return &server.Grant{Client: r.Header.Get("X-Client"), Access: access[r.Header.Get("X-Client")]}, nil
	}})
	storetest.Load(t, c.store)
	storetest.Put(t, c.store, twoMembers)
	c.want(204, "DELETE", "/Observation/o1", "") // ann's
	c.want(204, "DELETE", "/Observation/o3", "") // bob's
	c.want(204, "DELETE", "/Observation/o4", "") // nobody's
	c.want(204, "DELETE", "/ValueSet/v1", "")
	const since = "?_since=2020-01-01T00:00:00Z"
	for _, test := range []struct{ path, client, want string }{
		{"/$export" + since, "", "Observation/o1 Observation/o3 Observation/o4 ValueSet/v1"},
		{"/$export" + since + "&_type=Observation", "", "Observation/o1 Observation/o3 Observation/o4"},
		{"/$export" + since + "&_type=Observation&_typeFilter=Observation%3Fstatus%3Dfinal", "", ""},
		{"/Patient/$export" + since, "", "Observation/o1 Observation/o3"},
		{"/Group/g/$export" + since, "", "Observation/o1 Observation/o3"},
		{"/Patient/$export" + since, "ann", "Observation/o1"},
		{"/$export" + since, "bob", "Observation/o3 ValueSet/v1"},
		{"/$export?_since=2099-01-01T00:00:00Z", "", ""},
		{"/$export", "", ""},
	} {
		_, manifest := c.export(test.path, "", "X-Client: "+test.client)
		var got []string
		for _, o := range manifest["deleted"].([]any) {
			out := o.(map[string]any)
			a := c.want(200, "GET", strings.TrimPrefix(out["url"].(string), c.base), "", "X-Client: "+test.client)
			if out["type"] != "Bundle" || float64(strings.Count(a.body, "\n")) != out["count"] || !strings.Contains(a.body, `"type":"transaction"`) || !strings.Contains(a.body, `"method":"DELETE"`) {
				t.Errorf("%v: %s", out, a.body)
			}
			for _, part := range strings.Split(a.body, `"url":"`)[1:] {
				url, _, _ := strings.Cut(part, `"`)
				got = append(got, url)
			}
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s of %s: %v, want %s", test.path, test.client, got, test.want)
		}
	}
}

// TestExportOfNamedPatients: the parameter patient narrows an export, and a lenient
// client is told what was not heeded.
func TestExportOfNamedPatients(t *testing.T) {
	c := start(t, server.Options{Bulk: t.TempDir()})
	storetest.Load(t, c.store)
	storetest.Put(t, c.store, `{"resourceType":"Group","id":"g","type":"person","actual":true,"member":[{"entity":{"reference":"Patient/bob"}}]}`)
	body := func(ids ...string) string {
		list := []string{`{"name":"_type","valueString":"Patient,Encounter"}`}
		for _, id := range ids {
			list = append(list, fmt.Sprintf(`{"name":"patient","valueReference":{"reference":%q}}`, id))
		}
		return `{"resourceType":"Parameters","parameter":[` + strings.Join(list, ",") + `]}`
	}
	for _, test := range []struct{ path, body, want string }{
		{"/Patient/$export", body("Patient/ann"), "Encounter/e1 Patient/ann"},
		{"/Patient/$export", body("Patient/ann", c.base+"/Patient/bob"), "Encounter/e1 Encounter/e2 Patient/ann Patient/bob"},
		{"/Group/g/$export", body("Patient/ann", "Patient/bob"), "Encounter/e2 Patient/bob"},
		{"/Group/g/$export", body("Patient/ann"), ""},
	} {
		_, manifest := c.export(test.path, test.body)
		if got := strings.Join(c.exported(manifest), " "); got != test.want {
			t.Errorf("%s %s: %s, want %s", test.path, test.body, got, test.want)
		}
	}
	c.want(400, "POST", "/$export", body("Patient/ann"), async)
	c.want(400, "POST", "/Patient/$export", body("Organization/plan"), async)
	c.want(400, "GET", "/Patient/$export?patient=Patient/ann", "", async)
	c.want(400, "GET", "/$export?includeAssociatedData=LatestProvenanceResources", "", async)
	_, done := c.wait(c.want(202, "GET", "/$export?_type=Patient,Nothing&includeAssociatedData=LatestProvenanceResources", "", "Prefer: handling=lenient, respond-async"))
	errors := done.json["error"].([]any)
	if len(errors) != 1 {
		t.Fatalf("%s", done.body)
	}
	if a := c.want(200, "GET", strings.TrimPrefix(errors[0].(map[string]any)["url"].(string), c.base), ""); strings.Count(a.body, "OperationOutcome") != 2 || !strings.Contains(a.body, "includeAssociatedData") {
		t.Errorf("%s", a.body)
	}
}

// bulkTraced tells, for the last part of an Inferno test id without its level, which
// test of ours holds it or why none does.
var bulkTraced = map[string]string{
	"export_operation_support": "TestCapabilityIsTrue", "no_auth_reject": "TestExportNeedsAToken", "kick_off": "TestExportProtocol", "status_check": "TestExportProtocol",
	"output_check": "TestExportProtocol", "ndjson_download": "TestExportNeedsAToken", "valid_resources": "TestExportHoldsWhatReadsGive",
	"multiple_patients": "TestExportNeedsAToken", "export_cancel": "TestExportProtocol", "export_cancel_stu2": "TestExportProtocol",
	"bulk_data_export_group_cancel": "TestExportProtocol", "output_format_in_response": "TestExportProtocol", "since_in_response": "TestExportProtocol",
}

// heldBy gives the test that holds an Inferno test of Bulk Data.
func heldBy(id string) string {
	if strings.Contains(id, "tls_version") {
		return "TestTLS"
	}
	if where, ok := bulkTraced[id]; ok {
		return where
	}
	short := id
	for _, level := range []string{"group_", "patient_", "system_"} {
		short = strings.Replace(strings.Replace(short, "bulk_data_"+level, "", 1), level+"export_response", "response", 1)
	}
	if where, ok := bulkTraced[short]; ok {
		return where
	}
	if where, ok := ledger.SMART[id]; ok {
		return where
	}
	if id == "bulk_data_smart_discovery_v101_contents" {
		return ledger.SMART["well_known_capabilities_stu2"]
	}
	return ""
}

func TestBulkLedger(t *testing.T) {
	rows, err := csv.NewReader(bytes.NewReader(evidence.Read(t, "reference/conformance/inferno-bulk-data.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	tests := testsOf(t, "server/*_test.go", "server/site/*_test.go", "smart/*_test.go")
	var b strings.Builder
	b.WriteString("# Bulk Data\n\nEach test of Inferno's Bulk Data kit (Bulk Data 1.0.1 and 2.0.0), and the test in server/, server/site/ or smart/ that holds the same.\n" +
		"These are our own tests after Inferno's list; no row says that Inferno itself was run. A row ending in a reason instead of a test is not covered here.\n")
	var table strings.Builder
	held, all := 0, 0
	for _, row := range rows[1:] {
		id := row[2][strings.LastIndexByte(row[2], '-')+1:]
		where := heldBy(id)
		if where == "" {
			t.Errorf("%s is not traced", row[2])
		}
		if all++; strings.HasPrefix(where, "Test") {
			held++
			if !strings.Contains(tests, "func "+where+"(") {
				t.Errorf("there is no test %s", where)
			}
		}
		fmt.Fprintf(&table, "| %s | %s | `%s` | %s | %s |\n", row[0], row[1], id, row[5], where)
	}
	fmt.Fprintf(&b, "\n%d of %d held by a test.\n\n| suite | number | test | | held by |\n|---|---|---|---|---|\n%s", held, all, table.String())
	b.WriteString("\n## Beyond the list\n\n| what | test |\n|---|---|\n")
	for _, extra := range [][2]string{{"deletions since _since (2.0.0, deleted)", "TestExportOfDeletions"}, {"patient; what a lenient client is told (2.0.0, error)", "TestExportOfNamedPatients"},
		{"_typeFilter, _elements, Parameters", "TestExport"}, {"an export is its client's alone", "TestExportOfAnother"}, {"an export goes on after a restart", "TestExportGoesOn"},
		{"$import", "TestImport"}} {
		if !strings.Contains(tests, "func "+extra[1]+"(") {
			t.Errorf("there is no test %s", extra[1])
		}
		fmt.Fprintf(&b, "| %s | %s |\n", extra[0], extra[1])
	}
	b.WriteString("\n## Not there\n\n| what | why |\n|---|---|\n| includeAssociatedData | optional; refused, or told in error to a lenient client |\n" +
		"| files packed with gzip | not written; a proxy can |\n| members that came to a group after _since, with all their data | optional; not written |\n")
	ledger.Check(t, "bulk-data.md", b.String())
}

// testsOf is the text of test files.
func testsOf(t *testing.T, patterns ...string) (text string) {
	t.Helper()
	for _, pattern := range patterns {
		files, err := filepath.Glob(filepath.Join(evidence.Root(), pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			text += string(b)
		}
	}
	return text
}
