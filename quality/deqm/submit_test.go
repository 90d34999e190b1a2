// SPDX-License-Identifier: Apache-2.0

package deqm

import (
	"bytes"
	"context"
	"testing"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// kept is a Writer that holds what it is given.
type kept struct{ resources []string }

func (k *kept) Put(_ context.Context, docs []*node.Doc) ([]bool, error) {
	for _, d := range docs {
		k.resources = append(k.resources, d.Root().ResourceType()+"/"+d.Root().ID())
	}
	return make([]bool, len(docs)), nil
}

// Any resource may be submitted: it is refused or kept, whole and with an id, never a crash.
func FuzzSubmit(f *testing.F) {
	f.Add([]byte(`{"resourceType":"Bundle","entry":[{"fullUrl":"urn:uuid:1","resource":{"resourceType":"MeasureReport","type":"data-collection"}},{"resource":{"resourceType":"Procedure","id":"x","subject":{"reference":"urn:uuid:1"}}}]}`))
	f.Add([]byte(`{"resourceType":"Bundle","entry":[{"resource":{ "resourceType":"Patient"}},{"fullUrl":"urn:uuid:","resource":{"resourceType":"0"}}]}`))
	f.Add([]byte(`{"resourceType":"MeasureReport","extension":[{"url":"urn:\"}]}`))
	s := service(f, "2026-02-01")
	f.Fuzz(func(t *testing.T, src []byte) {
		d, err := node.ParseResource(src)
		if err != nil {
			return
		}
		docs, err := s.unpack([]node.Node{d.Root()})
		for _, x := range docs {
			if x.Root().ID() == "" && err == nil {
				t.Errorf("a resource without an id: %s", x.Root().JSON())
			}
		}
		k := &kept{}
		in := &params{names: []string{"bundle"}, values: []string{""}, docs: map[int]*node.Doc{0: d}}
		answer, err := s.Submit(context.Background(), &Request{Input: in}, k)
		if err == nil && !bytes.Contains(answer.Body, []byte("OperationOutcome")) {
			t.Errorf("answer %s", answer.Body)
		}
	})
}
