// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/search"
)

// query runs a statement of the read pool.
func (s *Store) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	st, err := s.prepared(ctx, text)
	if err != nil {
		return nil, err
	}
	return st.QueryContext(ctx, args...)
}

// queries binds query to a context.
func (s *Store) queries(ctx context.Context) queryFunc {
	return func(text string, args ...any) (*sql.Rows, error) { return s.query(ctx, text, args...) }
}

// versionColumns are those that scan reads.
const versionColumns = "l.type, l.id, l.ver, l.op, l.updated, l.body"

// scan reads a version.
func scan(rows *sql.Rows, more ...any) (*Version, error) {
	v := &Version{}
	var updated int64
	var body []byte
	if err := rows.Scan(append([]any{&v.Type, &v.ID, &v.Number, &v.Method, &updated, &body}, more...)...); err != nil {
		return nil, err
	}
	var err error
	v.tail, err = unpack(body)
	v.Updated, v.Deleted = time.UnixMicro(updated), v.Method == Delete
	return v, err
}

// one reads the only version that a statement gives, or nil.
func one(rows *sql.Rows, err error) (*Version, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	if !rows.Next() {
		return nil, rows.Err()
	}
	return scan(rows)
}

// Read gives the present version of a resource. A deleted one is returned with
// ErrGone. Where the access does not reach, the error is ErrNotFound, so that
// nobody learns what there is.
func (s *Store) Read(ctx context.Context, typ, id string, access *Access) (*Version, error) {
	key := search.ResourceKey(typ, id)
	b := newBuilder(s, access)
	b.add("SELECT "+versionColumns+` FROM ids i JOIN res r ON r.shard = i.home AND r.type = ? AND r.rid = i.rid
		JOIN change_log l ON l.shard = r.shard AND l.seq = r.seq WHERE i.shard = ? AND i.key = ? AND r.id = ?`, typ, s.shardOf(key), key, id)
	b.permitted(typ)
	v, err := one(s.query(ctx, b.text.String(), b.args...))
	switch {
	case err != nil:
		return nil, err
	case v == nil:
		return nil, ErrNotFound
	case v.Deleted:
		return v, ErrGone
	}
	return v, nil
}

// ReadVersion gives one version of a resource; ErrGone with that which says that it was deleted.
func (s *Store) ReadVersion(ctx context.Context, typ, id string, number int64, access *Access) (*Version, error) {
	page, err := s.history(ctx, HistoryQuery{Type: typ, ID: id, Count: 1, access: access}, number)
	if err != nil {
		return nil, err
	}
	if len(page.Versions) == 0 {
		return nil, ErrNotFound
	}
	if v := page.Versions[0]; v.Deleted {
		return v, ErrGone
	}
	return page.Versions[0], nil
}

// HistoryQuery asks for versions: of a resource, of a type, or of all.
type HistoryQuery struct {
	Type, ID string    // both, the type alone, or none
	Since    time.Time // versions made at this time or later
	At       time.Time // versions that were the present ones at this time or came to be after it; zero: any
	Count    int
	Cursor   string
	access   *Access
}

// HistoryPage is versions, the newest first.
type HistoryPage struct {
	Versions []*Version
	Next     string // the cursor of the next page, nothing after the last
	Total    int64  // of a resource's history; -1 where it is not counted
}

// History gives versions, the newest first. An access with limits to patients or
// filters sees the history of resources that it may see now.
func (s *Store) History(ctx context.Context, q HistoryQuery, access *Access) (*HistoryPage, error) {
	q.access = access
	return s.history(ctx, q, 0)
}

func (s *Store) history(ctx context.Context, q HistoryQuery, number int64) (*HistoryPage, error) {
	before, err := decodeCursor(q.Cursor)
	if err != nil {
		return nil, err
	}
	b := newBuilder(s, q.access)
	b.add("SELECT " + versionColumns + ", l.seq FROM change_log l JOIN res r ON r.shard IN (" + s.anyOf + ") AND r.type = l.type AND r.rid = l.rid WHERE ")
	page := &HistoryPage{Total: -1}
	if q.ID != "" {
		st, err := s.stateOf(ctx, q.Type, q.ID)
		if err != nil {
			return nil, err
		}
		if err := s.mayKnow(ctx, st, q.access); err != nil {
			return nil, err
		}
		shard := s.shardOf(st.key)
		b.add("(l.shard, l.seq) IN (SELECT home, seq FROM hist WHERE shard = ? AND rid = ? UNION ALL SELECT shard, seq FROM res WHERE shard = ? AND type = ? AND rid = ?)",
			shard, st.rid, st.home, q.Type, st.rid)
		page.Total = st.ver
		if number > 0 {
			b.add(" AND l.ver = ?", number)
		}
	} else {
		b.add("l.shard IN (" + s.anyOf + ")")
		if q.Type != "" {
			b.add(" AND l.type = ?", q.Type)
		}
	}
	if len(before) == 1 {
		b.add(" AND l.seq < ?", before[0])
	}
	if !q.Since.IsZero() {
		b.add(" AND l.updated >= ?", q.Since.UnixMicro())
		page.Total = -1
	}
	if !q.At.IsZero() { // the version of that time is the last one not after it
		b.add(" AND (l.updated > ? OR NOT EXISTS (SELECT 1 FROM change_log n WHERE n.shard IN ("+s.anyOf+") AND n.rid = l.rid AND n.ver = l.ver + 1 AND n.updated <= ?))", q.At.UnixMicro(), q.At.UnixMicro())
		page.Total = -1
	}
	if q.ID != "" {
		b.permitted(q.Type)
	} else if err := b.permittedTypes(q.Type); err != nil {
		return nil, err
	}
	b.add(" ORDER BY l.seq DESC LIMIT ?", q.Count+1)
	rows, err := s.query(ctx, b.text.String(), b.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var seq, lastSeq int64
	for rows.Next() {
		v, err := scan(rows, &seq)
		if err != nil {
			return nil, err
		}
		if len(page.Versions) == q.Count {
			page.Next = encodeCursor(lastSeq)
			break
		}
		lastSeq = seq
		page.Versions = append(page.Versions, v)
	}
	return page, rows.Err()
}

// mayKnow gives ErrNotFound for a resource that the access does not reach: not even
// that it has a history may be told.
func (s *Store) mayKnow(ctx context.Context, st *state, access *Access) error {
	if access == nil {
		return nil
	}
	b := newBuilder(s, access)
	b.add("SELECT 1 FROM res r WHERE r.shard = ? AND r.type = ? AND r.rid = ?", st.home, st.typ, st.rid)
	b.permitted(st.typ)
	rows, err := s.query(ctx, b.text.String(), b.args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	if !rows.Next() {
		return errors.Join(rows.Err(), ErrNotFound)
	}
	return nil
}

// permittedTypes limits a history of many resources.
func (b *builder) permittedTypes(typ string) error {
	switch a := b.access; {
	case a == nil:
	case typ != "":
		b.permitted(typ)
	case a.Patients != nil || !a.AllTypes || len(a.Types) > 0:
		return ErrForbidden // the history of the whole system is for those who may see all of it
	}
	return nil
}

func (s *Store) stateOf(ctx context.Context, typ, id string) (*state, error) {
	st := &state{typ: typ, key: search.ResourceKey(typ, id)}
	stmt, err := s.prepared(ctx, lookupSQL)
	if err != nil {
		return nil, err
	}
	err = stmt.QueryRowContext(ctx, typ, s.shardOf(st.key), st.key).Scan(&st.rid, &st.home, &st.id, &st.ver, &st.seq, &st.updated, &st.deleted)
	if errors.Is(err, sql.ErrNoRows) || err == nil && st.id != id {
		return nil, ErrNotFound
	}
	return st, err
}

// readMany gives those of the resources that exist and may be seen, in no order.
func (s *Store) readMany(ctx context.Context, access *Access, keys map[string][]int64) ([]*Version, error) {
	var found []*Version
	const atOnce = 100
	for typ, all := range keys {
		if !access.Allows(typ) {
			continue
		}
		for len(all) > 0 {
			some := all[:min(atOnce, len(all))]
			all = all[len(some):]
			b := newBuilder(s, access)
			b.add("SELECT "+versionColumns+" FROM ids i JOIN res r ON r.shard = i.home AND r.type = ? AND r.rid = i.rid JOIN change_log l ON l.shard = r.shard AND l.seq = r.seq WHERE i.shard IN ("+s.anyOf+") AND i.key IN (", typ)
			b.list(some, atOnce)
			b.add(") AND r.deleted = 0")
			b.permitted(typ)
			versions, err := s.versions(ctx, b)
			if err != nil {
				return nil, err
			}
			found = append(found, versions...)
		}
	}
	return found, nil
}

// list adds values for an IN, in few lengths so that statements stay few.
func (b *builder) list(values []int64, most int) {
	n := 1
	for n < len(values) {
		n = min(n*4, most)
	}
	b.add(strings.Repeat("?,", n-1) + "?")
	for i := range n {
		b.args = append(b.args, values[min(i, len(values)-1)])
	}
}

func (s *Store) versions(ctx context.Context, b *builder) ([]*Version, error) {
	rows, err := s.query(ctx, b.text.String(), b.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []*Version
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, v)
	}
	return found, rows.Err()
}
