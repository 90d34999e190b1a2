// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/store"
	"github.com/woodlawn-health/woodlawn/store/storetest"
)

// TestAudit: every request but /metadata is handed to the trail with what it shows,
// before it is answered.
func TestAudit(t *testing.T) {
	var got []string
	var broken error
	c := start(t, server.Options{Audit: func(a *server.Answer) error {
		var refs []string
		for _, v := range a.Versions {
			refs = append(refs, v.Type+"/"+v.ID)
		}
		slices.Sort(refs)
		got = append(got, fmt.Sprintf("%s %s %d %s [%s]", a.Interaction, a.Type, a.Status, a.Patient, strings.Join(refs, " ")))
		return broken
	}})
	storetest.Load(t, c.store)
	c.want(200, "GET", "/metadata", "")
	for _, x := range []struct {
		status             int
		method, path, body string
		want               string
	}{
		{200, "GET", "/Patient/ann", "", "read Patient 200  [Patient/ann]"},
		{404, "GET", "/Patient/nobody", "", "read Patient 404  []"},
		{200, "GET", "/Patient/ann/_history/1", "", "vread Patient 200  [Patient/ann]"},
		{200, "GET", "/Patient?_id=ann,bob", "", "search Patient 200  [Patient/ann Patient/bob]"},
		{200, "GET", "/?_type=Patient&_id=ann", "", "search  200  [Patient/ann]"},
		{201, "POST", "/Basic", `{"resourceType":"Basic","id":"x","code":{"text":"x"}}`, "create Basic 201  [Basic/"},
		{200, "POST", "/", `{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET","url":"Patient/ann"}},{"request":{"method":"GET","url":"Patient/bob"}}]}`, "batch  200  [Patient/ann Patient/bob]"},
		{200, "POST", "/", `{"resourceType":"Bundle","type":"transaction","entry":[{"resource":{"resourceType":"Basic","id":"tx","code":{"text":"x"}},"request":{"method":"PUT","url":"Basic/tx"}}]}`, "transaction  200  [Basic/tx]"},
		{400, "GET", "/Patient?nonsense=1", "", "search Patient 400  []"},
	} {
		got = nil
		c.want(x.status, x.method, x.path, x.body)
		if len(got) != 1 || !strings.HasPrefix(got[0], x.want) {
			t.Errorf("%s %s: %q, want %q", x.method, x.path, got, x.want)
		}
	}
	got = nil
	c.want(200, "GET", "/Patient/ann/$everything", "")
	if len(got) != 1 || !strings.HasPrefix(got[0], "everything Patient 200 ann [") || !strings.Contains(got[0], "Patient/ann") || strings.Contains(got[0], "Patient/bob") {
		t.Errorf("$everything: %q", got)
	}
	broken = errors.New("disk full")
	if a := c.want(500, "GET", "/Patient/ann", ""); strings.Contains(a.body, `"Patient"`) {
		t.Errorf("an access that cannot be recorded is given: %s", a.body)
	}
	c.want(200, "GET", "/metadata", "")
}

func TestReadOnly(t *testing.T) {
	c := start(t, server.Options{ReadOnly: true, Types: []string{"Patient", "Basic", "Bundle"}})
	storetest.Load(t, c.store)
	c.want(200, "GET", "/Patient/ann", "")
	c.want(200, "POST", "/Patient/_search?_id=ann", "")
	const body = `{"resourceType":"Patient","id":"ann"}`
	c.want(405, "PUT", "/Patient/ann", body)
	c.want(405, "POST", "/Patient", body)
	c.want(405, "DELETE", "/Patient/ann", "")
	c.want(405, "PATCH", "/Patient/ann", `[]`, "Content-Type: application/json-patch+json")
	a := c.want(200, "POST", "/", `{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET","url":"Patient/ann"}},{"request":{"method":"DELETE","url":"Patient/ann"}}]}`)
	if !strings.Contains(a.body, `"200 OK"`) || !strings.Contains(a.body, `"403 Forbidden"`) {
		t.Errorf("batch: %s", a.body)
	}
	c.want(403, "POST", "/", `{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"DELETE","url":"Patient/ann"}}]}`)
	c.want(200, "GET", "/Patient/ann", "")
	if m := c.want(200, "GET", "/metadata", ""); strings.Contains(m.body, `"create"`) || strings.Contains(m.body, "transaction") || strings.Contains(m.body, "conditionalCreate") {
		t.Errorf("the CapabilityStatement names changes: %.2000s", m.body)
	}
}

// flags is a Source with two resources.
type flags struct{}

func (flags) Params() [][2]string { return [][2]string{{"patient", "reference"}} }
func (flags) Read(_ context.Context, id string, a *store.Access) ([]byte, error) {
	if id != "7" {
		return nil, store.ErrNotFound
	}
	return []byte(`{"resourceType":"AuditEvent","id":"7"}`), nil
}
func (flags) Search(_ context.Context, values url.Values, count int, cursor string, _ *store.Access) ([]server.SourceEntry, string, error) {
	all := []server.SourceEntry{{ID: "7", Body: []byte(`{"resourceType":"AuditEvent","id":"7"}`)}, {ID: "6", Body: []byte(`{"resourceType":"AuditEvent","id":"6"}`)}}
	if values.Get("patient") != "ann" {
		return nil, "", nil
	}
	if cursor == "6" {
		return all[1:], "", nil
	}
	if count == 1 {
		return all[:1], "6", nil
	}
	return all, "", nil
}

func TestSource(t *testing.T) {
	c := start(t, server.Options{Sources: map[string]server.Source{"AuditEvent": flags{}}})
	c.want(200, "GET", "/AuditEvent/7", "")
	c.want(404, "GET", "/AuditEvent/8", "")
	c.want(404, "GET", "/AuditEvent/7/_history", "")
	first := c.want(200, "GET", "/AuditEvent?patient=ann&_count=1", "")
	if first.ids() != "7" || first.link("next") == "" {
		t.Fatalf("first page: %s", first.body)
	}
	if next := c.want(200, "GET", strings.TrimPrefix(first.link("next"), c.base), ""); next.ids() != "6" || next.link("next") != "" {
		t.Errorf("second page: %s", next.body)
	}
	if a := c.want(200, "GET", "/Patient/ann/AuditEvent", ""); a.ids() != "6 7" {
		t.Errorf("compartment: %s", a.body)
	}
	if a := c.want(200, "POST", "/AuditEvent/_search", "patient=ann", "Content-Type: application/x-www-form-urlencoded"); a.ids() != "6 7" {
		t.Errorf("POST: %s", a.body)
	}
	c.want(400, "GET", "/AuditEvent?nonsense=1", "")
	c.want(400, "GET", "/AuditEvent?_count=x", "")
	c.want(400, "GET", "/?_type=AuditEvent", "")
	const body = `{"resourceType":"AuditEvent","id":"7"}`
	c.want(405, "PUT", "/AuditEvent/7", body)
	c.want(405, "DELETE", "/AuditEvent/7", "")
	c.want(400, "POST", "/", `{"resourceType":"Bundle","type":"transaction","entry":[{"resource":`+body+`,"request":{"method":"PUT","url":"AuditEvent/7"}}]}`)
	m := c.want(200, "GET", "/metadata", "")
	if !strings.Contains(m.body, `{"interaction":[{"code":"read"},{"code":"search-type"}],"searchParam":[{"definition":"http://hl7.org/fhir/SearchParameter/AuditEvent-patient","name":"patient","type":"reference"}],"type":"AuditEvent"}`) {
		t.Error("the CapabilityStatement does not say what the source does")
	}
}

func TestCORS(t *testing.T) {
	h := httptest.NewServer(server.CORS(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusTeapot) })))
	defer h.Close()
	for method, status := range map[string]int{"GET": http.StatusTeapot, "OPTIONS": http.StatusNoContent} {
		req, err := http.NewRequestWithContext(t.Context(), method, h.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Origin", "https://app.example.org")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != status || resp.Header.Get("Access-Control-Allow-Origin") != "*" || resp.Header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s: %d %v", method, resp.StatusCode, resp.Header)
		}
		if method == "OPTIONS" && !strings.Contains(resp.Header.Get("Access-Control-Allow-Headers"), "Authorization") {
			t.Errorf("preflight: %v", resp.Header)
		}
	}
}
