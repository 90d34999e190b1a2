// SPDX-License-Identifier: Apache-2.0

// Package sqlite opens a store in a SQLite file, the default.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/woodlawn-health/woodlawn/store"
)

// dialect: a table whose key is an integer is ordered by it already, and needs no
// second tree.
var dialect = store.Dialect{
	Name: "sqlite", BigInt: "INTEGER", Double: "REAL", Text: "TEXT", Blob: "BLOB",
	NoRowID: "WITHOUT ROWID", LogKey: "PRIMARY KEY (seq)",
	Begin: []string{"BEGIN IMMEDIATE"}, BeginRead: "BEGIN",
	Full: full, MaxArgs: 32_000,
	Among: "IN (SELECT value FROM json_each(?))",
}

func full(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == lib.SQLITE_FULL
}

// Options of the file.
type Options struct {
	store.Options
	// MaxBytes bounds the file's size; 0 is no bound. A write beyond it is store.ErrFull.
	MaxBytes int64
	// Import trades the flush of each commit for speed: what was written last may
	// be lost if the machine (not the process) stops. For imports that can be run again.
	Import bool
}

// pageSize is that of the file: large enough that most resources fit a page.
const pageSize = 8192

// Open opens the file, making it if need be. The write-ahead log and shared
// memory lie beside it.
func Open(ctx context.Context, path string, opt Options) (*store.Store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) // before SQLite makes it readable to all
	if err != nil {
		return nil, err
	}
	f.Close()
	sync, checkpoint := "FULL", 4000 // pages
	if opt.Import {
		sync, checkpoint = "NORMAL", 50_000 // a page that changes often is copied back once
	}
	pragmas := []string{fmt.Sprintf("page_size(%d)", pageSize), "journal_mode(WAL)", "synchronous(" + sync + ")", "busy_timeout(10000)",
		"cache_size(-262144)", "temp_store(MEMORY)", fmt.Sprintf("wal_autocheckpoint(%d)", checkpoint), "journal_size_limit(67108864)"}
	if opt.MaxBytes > 0 {
		pragmas = append(pragmas, fmt.Sprintf("max_page_count(%d)", opt.MaxBytes/pageSize))
	}
	write, err := sql.Open("sqlite", dsn(path, pragmas))
	if err != nil {
		return nil, err
	}
	write.SetMaxOpenConns(1)
	if err := write.PingContext(ctx); err != nil { // makes the file before readers come
		write.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	read, err := sql.Open("sqlite", dsn(path, []string{"busy_timeout(10000)", "query_only(1)", "cache_size(-32768)", "mmap_size(1073741824)", "temp_store(MEMORY)"}))
	if err != nil {
		write.Close()
		return nil, err
	}
	readers := max(4, 2*runtime.GOMAXPROCS(0))
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	s, err := store.Open(ctx, &dialect, write, read, opt.Options)
	if err != nil {
		read.Close()
		write.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

func dsn(path string, pragmas []string) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + url.Values{"_pragma": pragmas}.Encode()
}
