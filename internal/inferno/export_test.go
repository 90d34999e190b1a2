// SPDX-License-Identifier: Apache-2.0

package inferno

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/server"
)

// TestFormularyExport: a bulk export gives the whole formulary and nothing else.
func TestFormularyExport(t *testing.T) {
	data := append(drugs(t), []byte(`{"resourceType":"Patient","id":"p"}`))
	w := open(t, nil, server.Options{Guides: []string{"drug-formulary-2.0.1"}, Bulk: t.TempDir()}, data)
	a := w.request("GET", "$export?_type=InsurancePlan,Basic,MedicationKnowledge,Location", "", "")
	place := strings.TrimPrefix(a.header.Get("Content-Location"), w.base+"/")
	if a.status != 202 || place == "" {
		t.Fatalf("$export is answered by %d", a.status)
	}
	for end := time.Now().Add(30 * time.Second); a.status == 202 && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		a = w.request("GET", place, "", "")
	}
	if a.status != 200 {
		t.Fatalf("the status is %d", a.status)
	}
	found := map[string]bool{}
	for f := range a.root.Get("output").Items() {
		body := w.request("GET", strings.TrimPrefix(f.Get("url").Text(), w.base+"/"), "", "").body
		for line := range bytes.Lines(body) {
			for _, d := range w.docs {
				if bytes.Contains(line, []byte(`"resourceType":"`+d.typ+`","id":"`+d.id+`"`)) {
					found[d.ref()] = true
				}
			}
		}
	}
	for _, d := range w.docs {
		if found[d.ref()] != (d.typ != "Patient") {
			t.Errorf("%s is in the export: %v", d.ref(), found[d.ref()])
		}
	}
}
