// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"slices"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/fhir/search"
	"github.com/woodlawn-health/woodlawn/store"
)

// testMeets: of each resource, the criteria of each search case say by themselves
// what the search says.
func testMeets(t *testing.T, s *store.Store) {
	Load(t, s)
	asked := 0
	for _, c := range Cases {
		q := Parse(t, c.Query)
		if slices.ContainsFunc(q.Criteria, func(cr search.Criterion) bool { return !cr.Self() }) {
			continue
		}
		q.Count, q.Cursor, q.Include, q.RevInclude = 1000, "", nil, nil
		page, err := s.Search(t.Context(), q, nil)
		if err != nil {
			t.Errorf("%s: %v", c.Query, err)
			continue
		}
		var want, got []string
		for _, v := range page.Matches {
			want = append(want, v.ID)
		}
		changes, err := s.Changes(t.Context(), []string{q.Type}, 0, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range changes {
			var x search.Index
			if err := v.Extract(&x); err != nil {
				t.Fatal(err)
			}
			if v.Meets(&x, q.Criteria) {
				got = append(got, v.ID)
			}
		}
		asked++
		slices.Sort(want)
		slices.Sort(got)
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%s: %v meet it, the search finds %v", c.Query, got, want)
		}
	}
	if asked < 80 {
		t.Errorf("only %d cases", asked)
	}
}
