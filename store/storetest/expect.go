// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/store"
)

// testExpected writes many resources at once, after a look at which are there: new
// ones, kept ones, a deleted one, one that comes twice, and one of another type with
// the same id.
func testExpected(t *testing.T, s *store.Store) {
	id := func(i int) string { return fmt.Sprintf("x%d", i) }
	Put(t, s, patient(id(1), "Kept"), patient(id(2), "Deleted"), `{"resourceType":"Organization","id":"x3","name":"Other"}`)
	write(t, s, func(tx *store.Tx) error {
		_, err := tx.Delete("Patient", id(2))
		return err
	})
	var list []*store.Prepared
	for i := range 700 {
		list = append(list, Prepare(t, patient(id(i), "Many")))
	}
	list = append(list, Prepare(t, patient(id(5), "Again")))
	put := func(tx *store.Tx) (created int, err error) {
		if err := tx.Expect(list); err != nil {
			return 0, err
		}
		for _, p := range list {
			_, isNew, err := tx.Put(p)
			if err != nil {
				return 0, err
			}
			if isNew {
				created++
			}
		}
		return created, nil
	}
	undone := errors.New("undone")
	if err := s.Write(t.Context(), func(tx *store.Tx) error { _, err := put(tx); return errors.Join(err, undone) }); !errors.Is(err, undone) {
		t.Fatal(err)
	}
	for round, want := range []int{699, 0} {
		write(t, s, func(tx *store.Tx) error {
			created, err := put(tx)
			if err == nil && created != want {
				t.Errorf("round %d: %d are new, not %d", round, created, want)
			}
			return err
		})
	}
	for i, want := range map[int]int64{0: 2, 1: 3, 2: 4, 5: 4, 699: 2} {
		v, err := s.Read(t.Context(), "Patient", id(i), nil)
		if err != nil || v.Number != want {
			t.Errorf("%s is version %+v, not %d: %v", id(i), v, want, err)
		} else if family := map[bool]string{true: "Again", false: "Many"}[i == 5]; !strings.Contains(string(v.JSON()), family) {
			t.Errorf("%s is not as it was last written: %s", id(i), v.JSON())
		}
	}
	if got := allPages(t, s, Parse(t, "Patient?family=many")); len(got) != 699 {
		t.Errorf("a search finds %d", len(got))
	}
}
