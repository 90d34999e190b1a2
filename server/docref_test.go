// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/interop/uscore"
	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/store"
)

// TestDocRef: US Core's $docref gives documents by time of care and type, the latest
// without a time, the Continuity of Care Document without a type.
func TestDocRef(t *testing.T) {
	c := start(t, server.Options{Operations: []server.Operation{server.DocRef()}, Authorize: func(r *http.Request) (*server.Grant, error) {
		if r.Header.Get("Authorization") == "Bearer leo" {
			return &server.Grant{Access: &store.Access{Patients: []string{"marin-leo"}, AllTypes: true}}, nil
		}
		return &server.Grant{}, nil
	}})
	if err := c.store.Write(t.Context(), func(tx *store.Tx) error {
		for body := range uscore.Sample() {
			d, err := node.ParseResource(body)
			if err != nil {
				return err
			}
			p, err := store.Prepare(d, d.Root().ID())
			if err == nil {
				_, _, err = tx.Put(p)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	found := func(a *answer) string {
		var ids []string
		entries, _ := a.json["entry"].([]any)
		for _, e := range entries {
			r := e.(map[string]any)["resource"].(map[string]any)
			ids = append(ids, strings.TrimPrefix(r["id"].(string), "ana-"))
		}
		if a.json["resourceType"] != "Bundle" || a.json["type"] != "searchset" {
			t.Errorf("no Bundle of a search: %.200s", a.body)
		}
		return strings.Join(ids, " ")
	}
	const ask = "/DocumentReference/$docref?patient=marin-ana"
	for query, want := range map[string]string{
		"":                                 "summary",
		"&type=http://loinc.org%7C18842-5": "discharge",
		"&type=18842-5,34133-9":            "discharge summary",
		"&start=2024-01-01&end=2024-12-31": "summary-2024",
		"&start=2024-01-01&type=34133-9":   "summary summary-2024",
		"&end=2023-12-31":                  "",
		"&start=2026-01-01":                "",
		"&on-demand=true":                  "",
		"&type=34133-9&profile=http://hl7.org/fhir/us/core/StructureDefinition/us-core-documentreference": "summary",
		"&type=34133-9&profile=http://example.org/other":                                                  "",
	} {
		if got := found(c.want(200, "GET", ask+query, "")); got != want {
			t.Errorf("%q finds %q, want %q", query, got, want)
		}
	}
	body := `{"resourceType":"Parameters","parameter":[{"name":"patient","valueId":"marin-ana"},{"name":"type","valueCoding":{"system":"http://loinc.org","code":"11506-3"}},{"name":"type","valueCoding":{"code":"11488-4"}}]}`
	if got := found(c.want(200, "POST", "/DocumentReference/$docref", body)); got != "progress consult" {
		t.Errorf("POST finds %q", got)
	}
	if got := found(c.want(200, "GET", "/DocumentReference/$docref?patient=nobody", "")); got != "" {
		t.Errorf("nobody has %q", got)
	}
	if got := found(c.do("GET", ask, "", "Authorization: Bearer leo")); got != "" {
		t.Errorf("another member sees %q", got)
	}
	c.want(400, "GET", "/DocumentReference/$docref", "")
	c.want(400, "GET", ask+"&start=yesterday", "")
	if a := c.want(200, "GET", "/metadata", ""); !strings.Contains(a.body, "http://hl7.org/fhir/us/core/OperationDefinition/docref") {
		t.Error("the CapabilityStatement does not name it")
	}
}
