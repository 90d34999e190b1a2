// SPDX-License-Identifier: Apache-2.0

// Package store keeps FHIR resources: every version of each, and an index of the
// values that searches look for. It runs on SQLite (package sqlite) and on
// PostgreSQL (package postgres) with the same statements.
//
// One goroutine writes. It takes all writes that wait, runs each in a savepoint
// and commits them together, so that many clients share one flush to disk. A
// write has returned only when it is durable. Readers never wait for it.
//
// docs/architecture.md shows the tables with their keys.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"github.com/woodlawn-health/woodlawn/fhir/search"
)

// The reasons why a request cannot be done.
var (
	ErrNotFound  = errors.New("there is no such resource")
	ErrGone      = errors.New("the resource was deleted")
	ErrConflict  = errors.New("the resource has been changed since")
	ErrMultiple  = errors.New("more than one resource meets the condition")
	ErrForbidden = errors.New("the resource is outside what may be accessed")
	ErrFull      = errors.New("the disk or database is full")
	ErrCursor    = errors.New("the page's address is not one that this server gave out")
	ErrClosed    = errors.New("the store is closed")
)

// Dialect is what differs between databases.
type Dialect struct {
	Name string
	// Numbered placeholders: $1 instead of ?.
	Numbered bool
	// Types are the column types: big integer, double, text that compares by its
	// bytes, and bytes.
	BigInt, Double, Text, Blob string
	// NoRowID is what follows a table whose primary key is its only tree.
	NoRowID string
	// LogKey is the primary key of change_log.
	LogKey string
	// Begin starts a write transaction that excludes other writers.
	Begin []string
	// BeginRead starts a transaction that sees one state.
	BeginRead string
	// Full tells whether an error means that there is no room left.
	Full func(error) bool
	// Among is the condition that a big integer is in a list, which is bound as one
	// text, a JSON array: a value set may have more codes than MaxArgs.
	Among string
	// Arrays tells that the database may guess badly how many rows a condition finds, as
	// PostgreSQL does before it has counted, and that it has arrays: the ids that lead a
	// search are put into one first, and Fence, at the end of a subquery, keeps it from
	// being turned into a join.
	Arrays bool
	Fence  string
	// Analyze, if not empty, has the database count its rows anew. The store does it
	// whenever it has doubled, as the database's own round may come a minute too late.
	Analyze string
	// MaxArgs bounds the values of one statement.
	MaxArgs int
}

// Options of a store.
type Options struct {
	// Shards is how many buckets the resources of patients fall into; 1 by default.
	// It cannot be changed once there are resources.
	Shards int
}

// Store keeps resources. It is safe for use by many goroutines.
type Store struct {
	dialect *Dialect
	write   *sql.DB
	read    *sql.DB
	shards  int64
	anyOf   string // SQL list of all shards

	jobs    chan *job
	stopped chan struct{}
	closing chan struct{}
	once    sync.Once

	mu         sync.Mutex
	statements map[string]*sql.Stmt
}

// Open makes a store of two pools of connections to one database, creating its
// tables if need be. Resources whose index another version of Woodlawn made are
// indexed anew. Close closes the pools.
func Open(ctx context.Context, d *Dialect, write, read *sql.DB, opt Options) (*Store, error) {
	s := &Store{dialect: d, write: write, read: read, shards: int64(max(opt.Shards, 1)),
		jobs: make(chan *job, 1024), stopped: make(chan struct{}), closing: make(chan struct{}), statements: map[string]*sql.Stmt{}}
	for i := range s.shards {
		if i > 0 {
			s.anyOf += ","
		}
		s.anyOf += fmt.Sprint(i)
	}
	if err := s.migrate(ctx); err != nil {
		return nil, err
	}
	go s.writer()
	if err := s.reindexIfOld(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Close waits for the writes under way and closes the database.
func (s *Store) Close() error {
	s.once.Do(func() { close(s.closing) })
	<-s.stopped
	s.mu.Lock()
	for _, st := range s.statements {
		st.Close()
	}
	s.statements = nil
	s.mu.Unlock()
	return errors.Join(s.read.Close(), s.write.Close())
}

// Check reads something, to tell whether the database answers.
func (s *Store) Check(ctx context.Context) error {
	var n int64
	return s.read.QueryRowContext(ctx, "SELECT value FROM counter WHERE name = 'seq'").Scan(&n)
}

// home is the shard that a resource lives in: its first patient's, or its own.
func (s *Store) home(key int64, patients []string) int64 {
	if len(patients) > 0 {
		key = search.ResourceKey("Patient", patients[0])
	}
	return s.shardOf(key)
}

func (s *Store) shardOf(key int64) int64 { return int64(uint64(key) % uint64(s.shards)) }

// prepared is a statement of the read pool, prepared once. Statements are few:
// their texts hold no values.
func (s *Store) prepared(ctx context.Context, text string) (*sql.Stmt, error) {
	const keep = 1000
	s.mu.Lock()
	defer s.mu.Unlock()
	if st := s.statements[text]; st != nil {
		return st, nil
	}
	if s.statements == nil {
		return nil, ErrClosed
	}
	st, err := s.read.PrepareContext(ctx, s.bind(text))
	if err != nil {
		return nil, err
	}
	if len(s.statements) >= keep {
		for old, st := range s.statements {
			st.Close()
			delete(s.statements, old)
			break
		}
	}
	s.statements[text] = st
	return st, nil
}

// bind writes the placeholders as the database wants them.
func (s *Store) bind(text string) string {
	if !s.dialect.Numbered {
		return text
	}
	out := make([]byte, 0, len(text)+64)
	n := 0
	for i := 0; i < len(text); i++ {
		if text[i] != '?' {
			out = append(out, text[i])
			continue
		}
		n++
		out = fmt.Appendf(out, "$%d", n)
	}
	return string(out)
}

// explain turns a database's error into ours where there is one.
func (s *Store) explain(err error) error {
	if err != nil && s.dialect.Full(err) {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return err
}
