// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/store"
	"github.com/woodlawn-health/woodlawn/store/sqlite"
	"github.com/woodlawn-health/woodlawn/store/storetest"
)

const async = "Prefer: respond-async"

// export kicks an export off and waits for its manifest.
func (c *client) export(path, body string, headers ...string) (status string, manifest map[string]any) {
	c.t.Helper()
	method := "GET"
	if body != "" {
		method = "POST"
	}
	a := c.want(202, method, path, body, append(headers, async)...)
	status = strings.TrimPrefix(a.header.Get("Content-Location"), c.base)
	for range 20_000 {
		if a = c.do("GET", status, "", headers...); a.status != 202 {
			break
		}
		if a.header.Get("X-Progress") == "" || a.header.Get("Retry-After") == "" {
			c.t.Error("no progress")
		}
		time.Sleep(2 * time.Millisecond)
	}
	if a.status != 200 {
		c.t.Fatalf("%s: %d %s", path, a.status, a.body)
	}
	return status, a.json
}

// exported are the Type/ids in the files of a manifest.
func (c *client) exported(manifest map[string]any, headers ...string) []string {
	c.t.Helper()
	var ids []string
	for _, o := range manifest["output"].([]any) {
		out := o.(map[string]any)
		a := c.want(200, "GET", strings.TrimPrefix(out["url"].(string), c.base), "", headers...)
		lines := strings.Split(strings.TrimSpace(a.body), "\n")
		if float64(len(lines)) != out["count"] || a.header.Get("Content-Type") != "application/fhir+ndjson" {
			c.t.Errorf("%d lines, the manifest says %v", len(lines), out["count"])
		}
		for _, line := range lines {
			var r struct{ ResourceType, ID string }
			if err := json.Unmarshal([]byte(line), &r); err != nil || r.ResourceType != out["type"] {
				c.t.Errorf("a line of %v: %v", out["type"], err)
			}
			ids = append(ids, r.ResourceType+"/"+r.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

func TestExport(t *testing.T) {
	c := start(t, server.Options{Bulk: t.TempDir()})
	storetest.Load(t, c.store)
	storetest.Put(t, c.store, `{"resourceType":"Group","id":"g","type":"person","actual":true,"member":[{"entity":{"reference":"Patient/bob"}},{"entity":{"reference":"Patient/ann"},"inactive":true}]}`)
	for path, want := range map[string]string{
		"/$export?_type=Patient,Organization":                                   "Organization/clinic Organization/plan Patient/ann Patient/bob Patient/cid",
		"/Patient/$export?_type=Observation":                                    "Observation/o1 Observation/o2 Observation/o3",
		"/Group/g/$export":                                                      "Encounter/e2 Group/g Observation/o3 Patient/bob RiskAssessment/r2",
		"/$export?_type=Patient&_since=2099-01-01T00:00:00Z":                    "",
		"/$export?_type=Observation&_typeFilter=Observation%3Fstatus%3Damended": "Observation/o3",
		"/$export?_type=Observation&_typeFilter=Observation%3Fcode%3D8480-6%26status%3Dfinal,Observation%3Fcategory%3Dlaboratory,Observation%3Fstatus%3Dfinal%26_id%3Do1": "Observation/o1 Observation/o2",
		"/$export?_type=ValueSet&_outputFormat=application/fhir%2Bndjson":                                                                                                 "ValueSet/v1 ValueSet/v2",
	} {
		status, manifest := c.export(path, "")
		if got := strings.Join(c.exported(manifest), " "); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
		if manifest["requiresAccessToken"] != false || manifest["transactionTime"] == "" || manifest["request"] == "" {
			t.Errorf("manifest %v", manifest)
		}
		c.want(202, "DELETE", status, "")
		c.want(404, "GET", status, "")
	}
	_, manifest := c.export("/$export", `{"resourceType":"Parameters","parameter":[{"name":"_type","valueString":"Practitioner"},{"name":"_elements","valueString":"name"}]}`)
	if got := strings.Join(c.exported(manifest), " "); got != "Practitioner/doc" {
		t.Errorf("by POST: %s", got)
	}
	for path, status := range map[string]int{
		"/$export?_outputFormat=csv": 400, "/$export?_type=Nonsense": 400, "/$export?_since=now": 400, "/$export?nonsense=1": 400,
		"/$export?_typeFilter=Observation%3Fnonsense%3D1": 400, "/Group/nobody/$export": 404, "/Observation/$export": 404, "/_bulk/none": 404, "/_bulk": 404,
	} {
		c.want(status, "GET", path, "", async)
	}
	c.want(400, "GET", "/$export", "")
	c.want(404, "GET", "/_bulk/%2e%2e/etc", "")
}

// TestExportOfAnother: an export is its client's alone, and holds what that may see.
func TestExportOfAnother(t *testing.T) {
	c := start(t, server.Options{Bulk: t.TempDir(), Authorize: func(r *http.Request) (*server.Grant, error) {
		g := &server.Grant{Client: r.Header.Get("X-Client")}
		if g.Client == "ann" {
			g.Access = &store.Access{Patients: []string{"ann"}, AllTypes: true}
		}
		return g, nil
	}})
	storetest.Load(t, c.store)
	status, manifest := c.export("/Patient/$export", "", "X-Client: ann")
	got := strings.Join(c.exported(manifest, "X-Client: ann"), " ")
	if got != "Encounter/e1 Observation/o1 Observation/o2 Patient/ann RiskAssessment/r1" {
		t.Errorf("%s", got)
	}
	c.want(404, "GET", status, "", "X-Client: eve")
	c.want(404, "DELETE", status, "", "X-Client: eve")
	file := manifest["output"].([]any)[0].(map[string]any)["url"].(string)
	c.want(404, "GET", strings.TrimPrefix(file, c.base), "", "X-Client: eve")
}

// TestExportGoesOn: an export that the server's end cuts off is finished by the
// next server, and every resource is in it once.
func TestExportGoesOn(t *testing.T) {
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "fhir.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const many = 12_000
	err = s.Write(t.Context(), func(tx *store.Tx) error {
		for i := range many {
			if _, _, err := tx.Put(storetest.Prepare(t, fmt.Sprintf(`{"resourceType":"Patient","id":"p%d"}`, i))); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	begin := func() (*client, func()) {
		srv, err := server.New(s, server.Options{Bulk: dir, Base: "http://fhir.example.org"})
		if err != nil {
			t.Fatal(err)
		}
		h := httptest.NewServer(srv)
		return &client{t, h.URL, s}, func() { h.Close(); srv.Close() }
	}
	c, end := begin()
	a := c.want(202, "GET", "/$export?_type=Patient", "", async)
	status := strings.TrimPrefix(a.header.Get("Content-Location"), "http://fhir.example.org")
	for restarts := 0; ; restarts++ {
		time.Sleep(time.Duration(10+2*restarts) * time.Millisecond) // in the end long enough for any machine
		end()
		c, end = begin()
		if a = c.do("GET", status, ""); a.status != 202 || restarts > 100 {
			break
		}
	}
	defer end()
	if a.status != 200 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	for _, o := range a.json["output"].([]any) {
		out := o.(map[string]any)
		out["url"] = strings.Replace(out["url"].(string), "http://fhir.example.org", c.base, 1)
	}
	ids := c.exported(a.json)
	if n := len(ids); n != many || len(slices.Compact(ids)) != many {
		t.Errorf("%d lines, %d resources", n, len(slices.Compact(ids)))
	}
}
