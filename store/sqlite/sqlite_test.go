// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/woodlawn-health/woodlawn/store"
	"github.com/woodlawn-health/woodlawn/store/sqlite"
	"github.com/woodlawn-health/woodlawn/store/storetest"
)

func open(t testing.TB, opt sqlite.Options) *store.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "fhir.db"), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestSuite(t *testing.T) {
	storetest.Run(t, func(t *testing.T) *store.Store { return open(t, sqlite.Options{}) })
}

// The same in many shards: nothing depends on there being one.
func TestSuiteSharded(t *testing.T) {
	storetest.Run(t, func(t *testing.T) *store.Store {
		return open(t, sqlite.Options{Options: store.Options{Shards: 7}})
	})
}
