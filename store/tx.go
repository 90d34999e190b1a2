// SPDX-License-Identifier: Apache-2.0

package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/search"
)

// Tx is a write under way. It is good only inside the function that got it.
type Tx struct {
	w      *session
	store  *Store
	access *Access
	seq    int64
	wrote  bool
	rows   rows
	fresh  map[int64]*state // resources that were created and still wait in rows
	absent map[int64]bool   // keys that Expect found nowhere; each is good once
}

// state is where a resource stands.
type state struct {
	typ, id             string
	key                 int64
	rid, home, ver, seq int64
	updated             int64
	deleted             bool
}

// Within makes the following reads and writes of the transaction see and touch
// only what the access allows. Nil allows everything.
func (tx *Tx) Within(a *Access) { tx.access = a }

const lookupSQL = `SELECT i.rid, i.home, r.id, r.ver, r.seq, r.updated, r.deleted
	FROM ids i JOIN res r ON r.shard = i.home AND r.type = ? AND r.rid = i.rid WHERE i.shard = ? AND i.key = ?`

// lookup finds a resource, deleted or not; nil if there never was one.
func (tx *Tx) lookup(typ, id string, key int64) (*state, error) {
	if st := tx.fresh[key]; st != nil {
		return st, nil
	}
	if tx.absent[key] {
		delete(tx.absent, key)
		return nil, nil
	}
	rows, err := tx.w.query(lookupSQL, typ, tx.store.shardOf(key), key)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	if !rows.Next() {
		return nil, rows.Err()
	}
	st := &state{typ: typ, key: key}
	if err := rows.Scan(&st.rid, &st.home, &st.id, &st.ver, &st.seq, &st.updated, &st.deleted); err != nil {
		return nil, err
	}
	if st.id != id {
		return nil, fmt.Errorf("two ids of %s have the same key", typ)
	}
	return st, nil
}

// Expect finds out which of many resources were never there, in few statements, so
// that Put need not ask for each.
func (tx *Tx) Expect(list []*Prepared) error {
	const many = 256
	keys := map[int64][]int64{} // by shard
	for _, p := range list {
		shard := tx.store.shardOf(p.key)
		keys[shard] = append(keys[shard], p.key)
	}
	tx.absent = make(map[int64]bool, len(list))
	for shard, of := range keys {
		slices.Sort(of)
		for part := range slices.Chunk(slices.Compact(of), many) {
			if len(part) < many { // not worth a statement of its own size
				break
			}
			if err := tx.expect(shard, part); err != nil {
				return err
			}
		}
	}
	return nil
}

func (tx *Tx) expect(shard int64, keys []int64) error {
	args := make([]any, 0, len(keys)+1)
	args = append(args, shard)
	for _, key := range keys {
		tx.absent[key] = true
		args = append(args, key)
	}
	rows, err := tx.w.query("SELECT key FROM ids WHERE shard = ? AND key IN (?"+strings.Repeat(",?", len(keys)-1)+")", args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var key int64
		if err := rows.Scan(&key); err != nil {
			return err
		}
		delete(tx.absent, key)
	}
	return rows.Err()
}

// Current is the present version of a resource. The error is ErrNotFound or
// ErrGone if there is none, ErrForbidden if it may not be seen.
func (tx *Tx) Current(typ, id string) (*Version, error) {
	key := search.ResourceKey(typ, id)
	st, err := tx.lookup(typ, id, key)
	switch {
	case err != nil:
		return nil, err
	case st == nil:
		return nil, ErrNotFound
	case st.deleted:
		return nil, ErrGone
	}
	if err := tx.visible(st); err != nil {
		return nil, err
	}
	return tx.version(st)
}

// version reads the body of a state.
func (tx *Tx) version(st *state) (*Version, error) {
	if err := tx.flush(); err != nil {
		return nil, err
	}
	rows, err := tx.w.query("SELECT body FROM change_log WHERE shard = ? AND seq = ?", st.home, st.seq)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	if !rows.Next() {
		return nil, errors.Join(fmt.Errorf("version %d of a resource is not in the log", st.ver), rows.Err())
	}
	var body sql.RawBytes
	if err := rows.Scan(&body); err != nil {
		return nil, err
	}
	tail, err := unpack(bytes.Clone(body))
	if err != nil {
		return nil, err
	}
	return &Version{Type: st.typ, ID: st.id, Number: st.ver, Updated: time.UnixMicro(st.updated), Deleted: st.deleted, tail: tail}, nil
}

// visible tells whether the access allows to see a resource that exists.
func (tx *Tx) visible(st *state) error {
	if tx.access == nil {
		return nil
	}
	if err := tx.flush(); err != nil {
		return err
	}
	b := newBuilder(tx.store, tx.access)
	b.add("SELECT 1 FROM res r WHERE r.shard = ? AND r.type = ? AND r.rid = ?", st.home, st.typ, st.rid)
	b.permitted(st.typ)
	rows, err := tx.w.query(b.text.String(), b.args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	if !rows.Next() {
		return errors.Join(rows.Err(), ErrForbidden)
	}
	return nil
}

// Put writes a new version of a resource, or its first. A body that is the same
// as the present one makes a new version too, as FHIR's update does.
func (tx *Tx) Put(p *Prepared) (v *Version, created bool, err error) {
	st, err := tx.lookup(p.Type, p.ID, p.key)
	if err != nil {
		return nil, false, err
	}
	return tx.put(p, st)
}

// PutChanged is Put, but writes nothing, and returns no version, where the present
// version has the same body, byte for byte but for meta.versionId and lastUpdated:
// what is loaded again and again gets a version only when it changes.
func (tx *Tx) PutChanged(p *Prepared) (v *Version, created bool, err error) {
	st, err := tx.lookup(p.Type, p.ID, p.key)
	if err != nil {
		return nil, false, err
	}
	if st != nil && !st.deleted {
		now, err := tx.version(st)
		if err != nil || bytes.Equal(now.tail, p.tail) {
			return nil, false, err
		}
	}
	return tx.put(p, st)
}

func (tx *Tx) put(p *Prepared, st *state) (v *Version, created bool, err error) {
	tx.seq++
	tx.wrote = true
	home := tx.store.home(p.key, p.index.Patients)
	method := Update
	if st == nil {
		method = Create
		st = &state{typ: p.Type, id: p.ID, key: p.key, rid: tx.seq, home: home, ver: 1, seq: tx.seq, updated: tx.w.now}
		tx.rows.ids = append(tx.rows.ids, st)
		tx.rows.res = append(tx.rows.res, st)
		tx.rows.index(home, st.rid, &p.index)
		if tx.fresh == nil {
			tx.fresh = map[int64]*state{}
		}
		tx.fresh[p.key] = st
	} else {
		if created = st.deleted; created {
			method = Create
		}
		if err := tx.replace(st, home, &p.index); err != nil {
			return nil, false, err
		}
	}
	tx.rows.log = append(tx.rows.log, logRow{*st, method, p.body})
	if err := tx.rows.full(tx); err != nil {
		return nil, false, err
	}
	if err := tx.visible(st); err != nil {
		return nil, false, err
	}
	return &Version{Type: p.Type, ID: p.ID, Number: st.ver, Updated: time.UnixMicro(tx.w.now), Method: method, tail: p.tail},
		method == Create, nil
}

// replace moves a resource to its next version: the index rows that are no longer
// true go, the new ones come.
func (tx *Tx) replace(st *state, home int64, index *search.Index) error {
	if err := tx.flush(); err != nil {
		return err
	}
	var old search.Index
	if !st.deleted {
		if err := tx.visible(st); err != nil {
			return err
		}
		var err error
		if old, err = tx.indexed(st); err != nil {
			return err
		}
	}
	moved := home != st.home
	if err := tx.supersede(st, home); err != nil {
		return err
	}
	if moved { // to another patient's shard: nothing of the old rows stays
		if err := tx.rows.remove(tx, st.home, st.rid, &old, &search.Index{}); err != nil {
			return err
		}
		tx.rows.index(home, st.rid, index)
	} else {
		if err := tx.rows.remove(tx, home, st.rid, &old, index); err != nil {
			return err
		}
		tx.rows.indexNew(home, st.rid, &old, index)
	}
	st.home = home
	return nil
}

// supersede files the present version under hist and advances the state.
func (tx *Tx) supersede(st *state, home int64) error {
	w := tx.w
	err := w.exec("INSERT INTO hist (shard, rid, ver, home, seq) VALUES (?, ?, ?, ?, ?)",
		tx.store.shardOf(st.key), st.rid, st.ver, st.home, st.seq)
	if err != nil {
		return err
	}
	st.ver, st.seq, st.updated, st.deleted = st.ver+1, tx.seq, w.now, false
	if home == st.home {
		return w.exec("UPDATE res SET ver = ?, seq = ?, updated = ?, deleted = 0 WHERE shard = ? AND type = ? AND rid = ?",
			st.ver, st.seq, st.updated, st.home, st.typ, st.rid)
	}
	if err := w.exec("DELETE FROM res WHERE shard = ? AND type = ? AND rid = ?", st.home, st.typ, st.rid); err != nil {
		return err
	}
	if err := w.exec("UPDATE ids SET home = ? WHERE shard = ? AND key = ?", home, tx.store.shardOf(st.key), st.key); err != nil {
		return err
	}
	moved := *st
	moved.home = home
	tx.rows.res = append(tx.rows.res, &moved)
	return nil
}

// indexed is the index rows of a resource's present version.
func (tx *Tx) indexed(st *state) (search.Index, error) {
	v, err := tx.version(st)
	if err != nil {
		return search.Index{}, err
	}
	d, err := node.ParseResource(v.JSON())
	if err != nil {
		return search.Index{}, fmt.Errorf("a kept resource is damaged: %w", err)
	}
	defer d.Release()
	var x search.Index
	err = search.For(st.typ).Extract(&x, d)
	return x, err
}

// Delete deletes a resource. Its versions stay. Deleting what is not there is
// ErrNotFound, what is deleted already ErrGone.
func (tx *Tx) Delete(typ, id string) (*Version, error) {
	st, err := tx.lookup(typ, id, search.ResourceKey(typ, id))
	switch {
	case err != nil:
		return nil, err
	case st == nil:
		return nil, ErrNotFound
	case st.deleted:
		return nil, ErrGone
	}
	tx.seq++
	tx.wrote = true
	if err := tx.replace(st, st.home, &search.Index{}); err != nil {
		return nil, err
	}
	err = tx.w.exec("UPDATE res SET deleted = 1 WHERE shard = ? AND type = ? AND rid = ?", st.home, st.typ, st.rid)
	if err != nil {
		return nil, err
	}
	st.deleted = true
	tx.rows.log = append(tx.rows.log, logRow{*st, Delete, []byte{}})
	return &Version{Type: typ, ID: id, Number: st.ver, Updated: time.UnixMicro(tx.w.now), Deleted: true, Method: Delete}, nil
}

// Find gives the ids of resources that meet all criteria, at most limit of them.
func (tx *Tx) Find(typ string, criteria []search.Criterion, limit int) ([]string, error) {
	if err := tx.flush(); err != nil {
		return nil, err
	}
	b := newBuilder(tx.store, tx.access)
	b.add("SELECT r.id FROM res r WHERE r.shard IN ("+tx.store.anyOf+") AND r.type = ? AND r.deleted = 0", typ)
	b.permitted(typ)
	if err := b.criteria(context.Background(), tx.w.query, criteria); err != nil {
		return nil, err
	}
	b.add(" ORDER BY r.rid LIMIT ?", limit)
	rows, err := tx.w.query(b.text.String(), b.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}
