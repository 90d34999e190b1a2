// SPDX-License-Identifier: Apache-2.0

// Package recordlog keeps the authorization server's records in memory and in an
// append-only file: one line of JSON for each Write, on disk before Write
// returns. Opening reads the file; expired records are swept and the file is
// written anew when most of it is out of date. It serves one process; several
// servers of one issuer share a database instead.
package recordlog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/woodlawn-health/woodlawn/smart"
	"github.com/woodlawn-health/woodlawn/smart/journal"
)

// DefaultMax is the number of records kept unless another is set.
const DefaultMax = 1_000_000

// compactAbove is the file size in bytes below which the file is left alone.
const compactAbove = 1 << 20

type id struct {
	kind smart.Kind
	key  string
}

// Log is an open record log. It implements smart.Records.
type Log struct {
	log *journal.Journal
	now func() time.Time
	max int

	mu       sync.RWMutex
	records  map[id]smart.Record
	owned    map[id]map[string]struct{} // kind and owner to keys
	live     int64                      // bytes of the lines that the live records would take, about
	sweeping time.Time                  // when to look for expired records again
}

var _ smart.Records = (*Log)(nil)

// line is a change as the file holds it.
type line struct {
	Kind    smart.Kind      `json:"k"`
	Key     string          `json:"i"`
	Owner   string          `json:"o,omitempty"`
	Expires int64           `json:"x,omitempty"` // Unix milliseconds
	Version int64           `json:"n,omitempty"`
	Value   json.RawMessage `json:"v,omitempty"` // absent: deleted
}

// Open opens or makes the file. At most max records are kept; 0 means DefaultMax.
func Open(path string, max int, now func() time.Time) (*Log, error) {
	if max <= 0 {
		max = DefaultMax
	}
	l := &Log{now: now, max: max, records: map[id]smart.Record{}, owned: map[id]map[string]struct{}{}}
	var err error
	l.log, err = journal.Open(path, func(_ int64, b []byte) error {
		var lines []line
		if err := json.Unmarshal(b, &lines); err != nil {
			return err
		}
		for _, x := range lines {
			l.apply(x)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("records of the authorization server: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l, l.tidy(now())
}

// Close closes the file.
func (l *Log) Close() error { return l.log.Close() }

// Get implements smart.Records.
func (l *Log) Get(_ context.Context, kind smart.Kind, key string) (smart.Record, error) {
	now := l.now()
	l.mu.RLock()
	defer l.mu.RUnlock()
	r, ok := l.records[id{kind, key}]
	if !ok || expired(r, now) {
		return smart.Record{}, smart.ErrNoRecord
	}
	return r, nil
}

// List implements smart.Records. Records come in the order of their keys.
func (l *Log) List(_ context.Context, kind smart.Kind, owner string) ([]smart.Record, error) {
	now := l.now()
	l.mu.RLock()
	defer l.mu.RUnlock()
	var out []smart.Record
	add := func(r smart.Record) {
		if !expired(r, now) {
			out = append(out, r)
		}
	}
	if owner == "" {
		for at, r := range l.records {
			if at.kind == kind {
				add(r)
			}
		}
	} else {
		for key := range l.owned[id{kind, owner}] {
			add(l.records[id{kind, key}])
		}
	}
	slices.SortFunc(out, func(a, b smart.Record) int { return strings.Compare(a.Key, b.Key) })
	return out, nil
}

// Write implements smart.Records.
func (l *Log) Write(_ context.Context, changes ...smart.Change) error {
	now := l.now()
	l.mu.Lock()
	wait, err := l.write(changes, now)
	l.mu.Unlock()
	if err != nil {
		return err
	}
	return wait()
}

func (l *Log) write(changes []smart.Change, now time.Time) (wait func() error, err error) {
	if err := l.tidy(now); err != nil {
		return nil, err
	}
	lines := make([]line, 0, len(changes))
	fresh := 0
	for _, c := range changes {
		have, ok := l.records[id{c.Kind, c.Key}]
		if ok && expired(have, now) {
			have.Version = 0
		}
		if c.Version != smart.AnyVersion && c.Version != have.Version {
			return nil, smart.ErrConflict
		}
		x := line{Kind: c.Kind, Key: c.Key, Owner: c.Owner, Version: have.Version + 1, Value: c.Value}
		if !c.Expires.IsZero() {
			x.Expires = c.Expires.UnixMilli()
		}
		if c.Delete {
			x = line{Kind: c.Kind, Key: c.Key}
		} else if len(c.Value) == 0 {
			return nil, errors.New("a record without a value")
		} else if !ok {
			fresh++
		}
		lines = append(lines, x)
	}
	if len(l.records)+fresh > l.max {
		return nil, smart.ErrFull
	}
	b, err := json.Marshal(lines)
	if err != nil {
		return nil, err
	}
	_, wait, err = l.log.Write(b)
	if err != nil {
		return nil, err
	}
	for _, x := range lines {
		l.apply(x)
	}
	return wait, nil
}

// apply makes a change in memory.
func (l *Log) apply(x line) {
	at := id{x.Kind, x.Key}
	l.drop(at)
	if len(x.Value) == 0 {
		return
	}
	r := smart.Record{Kind: x.Kind, Key: x.Key, Owner: x.Owner, Version: x.Version, Value: slices.Clone(x.Value)}
	if x.Expires != 0 {
		r.Expires = time.UnixMilli(x.Expires)
	}
	l.records[at] = r
	l.live += bytesOf(r)
	if r.Owner != "" {
		mine := id{x.Kind, r.Owner}
		if l.owned[mine] == nil {
			l.owned[mine] = map[string]struct{}{}
		}
		l.owned[mine][x.Key] = struct{}{}
	}
}

func (l *Log) drop(at id) {
	r, ok := l.records[at]
	if !ok {
		return
	}
	delete(l.records, at)
	l.live -= bytesOf(r)
	if r.Owner != "" {
		mine := id{at.kind, r.Owner}
		if delete(l.owned[mine], at.key); len(l.owned[mine]) == 0 {
			delete(l.owned, mine)
		}
	}
}

// tidy sweeps expired records once a minute, and writes the file anew when more
// than half of it is out of date.
func (l *Log) tidy(now time.Time) error {
	if now.Before(l.sweeping) && len(l.records) < l.max {
		return nil
	}
	l.sweeping = now.Add(time.Minute)
	for at, r := range l.records {
		if expired(r, now) {
			l.drop(at)
		}
	}
	if size := l.log.Size(); size < compactAbove || size < 2*l.live {
		return nil
	}
	return l.log.Replace(func(add func([]byte) error) error {
		for at, r := range l.records {
			x := line{Kind: at.kind, Key: at.key, Owner: r.Owner, Version: r.Version, Value: r.Value}
			if !r.Expires.IsZero() {
				x.Expires = r.Expires.UnixMilli()
			}
			b, err := json.Marshal([]line{x})
			if err == nil {
				err = add(b)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func bytesOf(r smart.Record) int64 { return int64(len(r.Key) + len(r.Owner) + len(r.Value) + 70) }

func expired(r smart.Record, now time.Time) bool {
	return !r.Expires.IsZero() && !now.Before(r.Expires)
}
