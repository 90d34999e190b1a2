// SPDX-License-Identifier: Apache-2.0

package deqm

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// bundle is a Bundle in the making. A resource comes in once.
type bundle struct {
	base  string
	head  []byte
	entry []byte
	seen  map[string]bool
}

func newBundle(kind, base string) *bundle {
	return &bundle{base: strings.TrimSuffix(base, "/"), head: []byte(`{"resourceType":"Bundle","type":"` + kind + `"`), seen: map[string]bool{}}
}

// set adds an element to the head.
func (b *bundle) set(name string, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // our own values
	}
	b.head = append(append(append(b.head, `,"`+name+`":`...), text...), ' ')
	b.head = b.head[:len(b.head)-1]
}

// add appends a resource under its address.
func (b *bundle) add(typ, id string, resource []byte) {
	if id != "" {
		if b.seen[typ+"/"+id] {
			return
		}
		b.seen[typ+"/"+id] = true
	}
	if len(b.entry) > 0 {
		b.entry = append(b.entry, ',')
	}
	b.entry = append(b.entry, '{')
	if id != "" && b.base != "" {
		url, _ := json.Marshal(b.base + "/" + typ + "/" + id)
		b.entry = append(append(append(b.entry, `"fullUrl":`...), url...), ',')
	}
	b.entry = append(append(append(b.entry, `"resource":`...), resource...), '}')
}

// addData adds the patient and those of the data that are referred to, or the patient
// alone.
func (b *bundle) addData(data []node.Node, patient string, refs []string, all bool) {
	want := map[string]bool{"Patient/" + patient: true}
	if all {
		for _, r := range refs {
			want[r] = true
		}
	}
	for _, n := range data {
		if typ, id := n.ResourceType(), n.ID(); want[typ+"/"+id] {
			b.add(typ, id, slices.Clone(n.JSON()))
		}
	}
}

// done is the bundle.
func (b *bundle) done() json.RawMessage {
	out := append(b.head, `,"entry":[`...)
	out = append(out, b.entry...)
	if len(b.entry) == 0 { // FHIR knows no empty arrays
		return append(out[:len(out)-len(`,"entry":[`)], '}')
	}
	return append(out, ']', '}')
}

// answer is Parameters with a resource for each of a list.
func answer(name string, resources []json.RawMessage) ([]byte, error) {
	type parameter struct {
		Name     string          `json:"name"`
		Resource json.RawMessage `json:"resource"`
	}
	p := struct {
		ResourceType string      `json:"resourceType"`
		Parameter    []parameter `json:"parameter,omitempty"`
	}{ResourceType: "Parameters"}
	for _, r := range resources {
		p.Parameter = append(p.Parameter, parameter{name, r})
	}
	return json.Marshal(p)
}

// split cuts Type/id.
func split(ref string) (typ, id string) {
	typ, id, _ = strings.Cut(ref, "/")
	return typ, id
}
