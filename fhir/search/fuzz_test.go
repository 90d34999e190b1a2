// SPDX-License-Identifier: Apache-2.0

package search

import (
	"errors"
	"net/url"
	"testing"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// FuzzMeets: a search is refused with a reason, or can be asked of any resource by
// itself; a negated criterion answers the opposite.
func FuzzMeets(f *testing.F) {
	for _, seed := range []string{"name=x&birthdate=ge2020-01-01", "_id=a,b&_sort=-birthdate,name&_count=5", "identifier=http://x|y&_total=accurate", "general-practitioner:Practitioner.name=x",
		"_has:Observation:patient:code=1234", "name:exact=a%5C,b", "birthdate=ap2020", "_include=Patient:general-practitioner&_revinclude:iterate=Observation:patient", "_lastUpdated=lt2020-13-45", "name:missing=maybe",
		"value-quantity=5.4||mg&code-value-quantity=8480-6$gt100", "_elements=a,b&_summary=true", "date=2020-01-01T00:00:00.000000000000Z", "_cursor=%00", "name='; DROP TABLE res; --", "given=%ff%fe"} {
		f.Add(seed)
	}
	d, err := node.ParseResource([]byte(`{"resourceType":"Observation","id":"o","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"subject":{"reference":"Patient/1"},"effectiveDateTime":"2020","valueQuantity":{"value":5.4,"code":"mg"}}`))
	if err != nil {
		f.Fatal(err)
	}
	var x Index
	if err := For("Observation").Extract(&x, d); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		values, err := url.ParseQuery(text)
		if err != nil {
			return
		}
		for _, typ := range []string{"Patient", "Observation", "ValueSet"} {
			for _, lenient := range []bool{false, true} {
				q, err := Parse(typ, values, Options{Lenient: lenient, Base: "http://example.org/fhir"})
				if err != nil {
					var e *Error
					if !errors.As(err, &e) || e.Reason == "" {
						t.Errorf("%s?%s: %v", typ, text, err)
					}
					continue
				}
				if q.Count < 0 || q.Count > 1000 {
					t.Errorf("%s?%s: a page of %d", typ, text, q.Count)
				}
				for i := range q.Criteria {
					c := q.Criteria[i]
					met := x.Meets(&c, 1, 1)
					if c.Negate = !c.Negate; x.Meets(&c, 1, 1) == met {
						t.Errorf("%s?%s: the criterion %d and its opposite are both %v", typ, text, i, met)
					}
				}
			}
		}
	})
}
