// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/store"
)

// testChanges: the log of changes gives each version once, in order, by type, and
// what was deleted is told with the patients it belonged to.
func testChanges(t *testing.T, s *store.Store) {
	before := time.Now().Add(-time.Minute)
	if seq, err := s.Latest(t.Context(), "Patient", "Observation"); err != nil || seq != 0 {
		t.Errorf("latest of nothing: %d %v", seq, err)
	}
	observation := `{"resourceType":"Observation","id":"o","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/a"}}`
	Put(t, s, patient("a", "One"), observation, patient("a", "Two"), `{"resourceType":"Basic","id":"b","code":{"text":"x"}}`)
	last, err := s.Seq(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if seq, err := s.Latest(t.Context(), "Patient", "Observation"); err != nil || seq != last-1 {
		t.Errorf("latest: %d of %d, %v", seq, last, err)
	}
	write(t, s, func(tx *store.Tx) error {
		if _, err := tx.Delete("Observation", "o"); err != nil {
			return err
		}
		if tx.Seq() != last+1 {
			t.Errorf("place %d after %d", tx.Seq(), last)
		}
		_, err := tx.Delete("Basic", "b")
		return err
	})
	list := func(types []string, limit int) (text string) {
		for after := int64(0); ; {
			page, err := s.Changes(t.Context(), types, after, limit)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range page {
				text += fmt.Sprintf("%s/%s:%d ", c.Type, c.ID, c.Number)
				if c.Seq <= after {
					t.Errorf("place %d after %d", c.Seq, after)
				}
				after = c.Seq
				if v, err := s.ChangeAt(t.Context(), c.Seq); err != nil || v.ID != c.ID || v.Number != c.Number {
					t.Errorf("at %d: %v %v", c.Seq, v, err)
				}
			}
			if len(page) < limit {
				return strings.TrimSpace(text)
			}
		}
	}
	for limit := 1; limit < 8; limit++ {
		if got := list([]string{"Patient", "Observation"}, limit); got != "Patient/a:1 Observation/o:1 Patient/a:2 Observation/o:2" {
			t.Errorf("%d at once: %s", limit, got)
		}
	}
	if got := list(nil, 5); got != "" {
		t.Errorf("of no type: %s", got)
	}
	if _, err := s.ChangeAt(t.Context(), 9999); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("beyond the end: %v", err)
	}
	deleted := func(typ string, since time.Time) (text string) {
		for g, err := range s.EachDeleted(t.Context(), typ, since, 0) {
			if err != nil {
				t.Fatal(err)
			}
			text += fmt.Sprintf("%s of %v ", g.ID, g.Patients)
		}
		return text
	}
	if got := deleted("Observation", before); got != "o of [a] " {
		t.Errorf("deleted: %s", got)
	}
	if got := deleted("Basic", before) + deleted("Patient", before) + deleted("Observation", time.Now().Add(time.Hour)); got != "b of [] " {
		t.Errorf("deleted: %s", got)
	}
	Put(t, s, observation)
	if got := deleted("Observation", before); got != "" {
		t.Errorf("what is there again is told as deleted: %s", got)
	}
}
