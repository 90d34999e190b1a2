// SPDX-License-Identifier: Apache-2.0

package subscriptions

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/smart/outbound"
)

// FuzzParse: a Subscription is refused, or what is kept of it in the open holds no
// value of a header and is JSON.
func FuzzParse(f *testing.F) {
	const payload = `"payload":"application/fhir+json","_payload":{"extension":[{"url":"http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-payload-content","valueCode":"id-only"}]}`
	f.Add(`{"resourceType":"Subscription","status":"requested","criteria":"` + AnyChange + `","_criteria":{"extension":[{"url":"http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-filter-criteria","valueString":"Patient?family=a"}]},"channel":{"type":"rest-hook","endpoint":"https://example.org/x","header":["Authorization: Bearer SECRET"],` + payload + `}}`)
	f.Add(`{"resourceType":"Subscription","channel":{"header":["X:SECRET","Y: \u0000"]}}`)
	f.Add(`{"resourceType":"Subscription","status":5,"criteria":{"a":1},"channel":[1]}`)
	e := &Engine{opt: Options{Gate: outbound.Gate{}}, topics: map[string]*Topic{AnyChange: anyChange([]string{"Patient", "Observation"})}}
	e.opt.Now = func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }
	if err := e.topics[AnyChange].prepare(); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := node.ParseResource([]byte(text))
		if err != nil {
			return
		}
		s, err := e.parse(d.Root(), "https://example.org/fhir")
		if err != nil {
			return
		}
		out := rewritten(d.Root(), requested, "", s.Headers)
		if !json.Valid(out) {
			t.Errorf("%s became %s", text, out)
		}
		for _, h := range s.Headers {
			if name, value, _ := strings.Cut(h, ": "); len(value) > 5 && strings.Contains(string(out), name+": "+value) {
				t.Errorf("%s tells %s", out, h)
			}
		}
	})
}
