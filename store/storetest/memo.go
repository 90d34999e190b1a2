// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/woodlawn-health/woodlawn/store"
)

// testMemos: memos are written with the resources or not at all, and listed in the
// order of their names' bytes.
func testMemos(t *testing.T, s *store.Store) {
	write(t, s, func(tx *store.Tx) error {
		for _, name := range []string{"b/2", "a", "b/10", "b/1", "c"} {
			if err := tx.SetMemo(name, []byte("of "+name)); err != nil {
				return err
			}
		}
		return nil
	})
	failed := errors.New("failed")
	err := s.Write(t.Context(), func(tx *store.Tx) error {
		if err := tx.SetMemo("a", []byte("undone")); err != nil {
			return err
		}
		if v, err := tx.Memo("a"); err != nil || string(v) != "undone" {
			t.Errorf("inside: %q %v", v, err)
		}
		return failed
	})
	if !errors.Is(err, failed) {
		t.Error(err)
	}
	write(t, s, func(tx *store.Tx) error { return tx.SetMemo("b/2", []byte{}) })
	if v, err := s.Memo(t.Context(), "a"); err != nil || string(v) != "of a" {
		t.Errorf("a: %q %v", v, err)
	}
	if v, err := s.Memo(t.Context(), "none"); err != nil || v != nil {
		t.Errorf("none: %q %v", v, err)
	}
	list := func() (text string) {
		memos, err := s.Memos(t.Context(), "b/", "b0", 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range memos {
			text += fmt.Sprintf("%s=%s;", m.Name, m.Value)
		}
		return text
	}
	if got := list(); got != "b/1=of b/1;b/10=of b/10;b/2=;" {
		t.Errorf("list: %s", got)
	}
	write(t, s, func(tx *store.Tx) error { return tx.DeleteMemos("b/1", "b/2") })
	if got := list(); got != "b/2=;" {
		t.Errorf("after deletes: %s", got)
	}
	write(t, s, func(tx *store.Tx) error { return tx.SetMemo("b/2", nil) })
	if got := list(); got != "" {
		t.Errorf("after all are gone: %s", got)
	}
}
