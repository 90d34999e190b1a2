// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/woodlawn-health/woodlawn/store"
	"github.com/woodlawn-health/woodlawn/store/postgres"
	"github.com/woodlawn-health/woodlawn/store/storetest"
)

var schemas atomic.Int32

// open makes a store in a schema of its own in the database of TEST_POSTGRES_URL.
func open(t *testing.T, opt store.Options) *store.Store {
	t.Helper()
	s, _ := openSchema(t, opt)
	return s
}

func openSchema(t *testing.T, opt store.Options) (*store.Store, string) {
	t.Helper()
	address := os.Getenv("TEST_POSTGRES_URL")
	if address == "" {
		t.Skip("TEST_POSTGRES_URL names no database, so the suite does not run on PostgreSQL")
	}
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	schema := fmt.Sprintf("woodlawn_test_%d_%d", os.Getpid(), schemas.Add(1))
	if _, err := conn.Exec(t.Context(), "CREATE SCHEMA "+schema); err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	s, err := postgres.Open(t.Context(), u.String(), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		conn.Exec(context.Background(), "DROP SCHEMA "+schema+" CASCADE")
		conn.Close(context.Background())
	})
	return s, schema
}

// TestCounts: searches of a store that has just been filled must not wait for the
// database's own counting, without which it plans them as for empty tables.
func TestCounts(t *testing.T) {
	s, schema := openSchema(t, store.Options{})
	err := s.Write(t.Context(), func(tx *store.Tx) error {
		for i := range 1200 {
			text := fmt.Sprintf(`{"resourceType":"Patient","id":"p%d","gender":"female"}`, i)
			if _, _, err := tx.Put(storetest.Prepare(t, text)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	storetest.Put(t, s, `{"resourceType":"Patient","id":"last"}`) // comes after the count
	conn, err := pgx.Connect(t.Context(), os.Getenv("TEST_POSTGRES_URL"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var rows float64
	err = conn.QueryRow(t.Context(), "SELECT reltuples FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = 'ix_tok'", schema).Scan(&rows)
	if err != nil || rows < 1200 {
		t.Errorf("the database knows of %v rows: %v", rows, err)
	}
}

func TestSuite(t *testing.T) {
	storetest.Run(t, func(t *testing.T) *store.Store { return open(t, store.Options{}) })
}

func TestSuiteSharded(t *testing.T) {
	storetest.Run(t, func(t *testing.T) *store.Store { return open(t, store.Options{Shards: 7}) })
}

// An address may hold a password, which no error may repeat.
func TestBadAddress(t *testing.T) {
	_, err := postgres.Open(t.Context(), "postgres://u:sesame@host:notaport/x", store.Options{})
	if err == nil || fmt.Sprint(err) == "" || strings.Contains(err.Error(), "sesame") {
		t.Errorf("%v", err)
	}
}
