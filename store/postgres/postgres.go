// SPDX-License-Identifier: Apache-2.0

// Package postgres opens a store in a PostgreSQL database, for more data or more
// servers than one SQLite file serves.
package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/woodlawn-health/woodlawn/store"
)

// writeLock is the advisory lock that a write transaction holds, so that writers of
// several processes run one after another, as within one.
const writeLock = 0x776f6f646c61776e

// dialect: texts compare by their bytes, as in SQLite.
var dialect = store.Dialect{
	Name: "postgres", Numbered: true,
	BigInt: "bigint", Double: "double precision", Text: `text COLLATE "C"`, Blob: "bytea",
	LogKey:    "PRIMARY KEY (shard, seq)",
	Begin:     []string{"BEGIN", fmt.Sprintf("SELECT pg_advisory_xact_lock(%d)", int64(writeLock))},
	BeginRead: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
	Arrays:    true, Fence: " LIMIT 1 OFFSET 0",
	Analyze: "ANALYZE ids, res, change_log, hist, ix_tok, ix_ref, ix_str, ix_date, ix_num",
	Full:    full, MaxArgs: 60_000,
	Among: "= ANY (ARRAY (SELECT value::bigint FROM json_array_elements_text(?::json)))",
}

// full: disk_full (53100) of class 53, insufficient resources.
func full(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == "53100"
}

// Open opens the database that a connection string names, as
// postgres://user@host/name, and makes its tables if need be.
func Open(ctx context.Context, url string, opt store.Options) (*store.Store, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, errors.New("the address of the database cannot be read; write postgres://user@host:port/name") // not the text: it may hold a password
	}
	write := stdlib.OpenDB(*config)
	write.SetMaxOpenConns(1)
	read := stdlib.OpenDB(*config)
	readers := max(8, 4*runtime.GOMAXPROCS(0))
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	s, err := store.Open(ctx, &dialect, write, read, opt)
	if err != nil {
		return nil, errors.Join(err, closeAll(read, write))
	}
	return s, nil
}

func closeAll(pools ...*sql.DB) error {
	var errs []error
	for _, p := range pools {
		errs = append(errs, p.Close())
	}
	return errors.Join(errs...)
}
