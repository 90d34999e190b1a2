// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"iter"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/search"
)

// Each yields all resources of a type that meet the criteria, in the order of
// their making, from after a rid: for exports of any size. It holds one page at a
// time. The number with each is its rid, from which it can be resumed.
func (s *Store) Each(ctx context.Context, typ string, criteria []search.Criterion, since time.Time, after int64, access *Access) iter.Seq2[Scanned, error] {
	return func(yield func(Scanned, error) bool) {
		const atOnce = 500
		for {
			b := newBuilder(s, access)
			b.add("SELECT "+versionColumns+", r.rid FROM res r JOIN change_log l ON l.shard = r.shard AND l.seq = r.seq WHERE r.shard IN ("+s.anyOf+") AND r.type = ? AND r.deleted = 0 AND r.rid > ?", typ, after)
			if !since.IsZero() {
				b.add(" AND r.updated >= ?", since.UnixMicro())
			}
			b.permitted(typ)
			if err := b.criteria(ctx, s.queries(ctx), criteria); err != nil {
				yield(Scanned{}, err)
				return
			}
			b.add(" ORDER BY r.rid LIMIT ?", atOnce)
			page, err := s.scanned(ctx, b)
			if err != nil {
				yield(Scanned{}, err)
				return
			}
			for _, v := range page {
				if !yield(v, nil) {
					return
				}
				after = v.RID
			}
			if len(page) < atOnce {
				return
			}
		}
	}
}

// Scanned is a resource with the number that orders it.
type Scanned struct {
	*Version
	RID int64
}

func (s *Store) scanned(ctx context.Context, b *builder) ([]Scanned, error) {
	rows, err := s.query(ctx, b.text.String(), b.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var page []Scanned
	for rows.Next() {
		var rid int64
		v, err := scan(rows, &rid)
		if err != nil {
			return nil, err
		}
		page = append(page, Scanned{v, rid})
	}
	return page, rows.Err()
}

// Made gives for resources, named by their rids, when their first versions were
// written.
func (s *Store) Made(ctx context.Context, rids []int64) (map[int64]time.Time, error) {
	const atOnce = 500
	made := make(map[int64]time.Time, len(rids))
	for len(rids) > 0 {
		some := rids[:min(atOnce, len(rids))]
		rids = rids[len(some):]
		b := newBuilder(s, nil)
		b.add("SELECT l.seq, l.updated FROM change_log l WHERE l.shard IN (" + s.anyOf + ") AND l.seq IN (")
		b.list(some, atOnce)
		b.add(")")
		rows, err := s.query(ctx, b.text.String(), b.args...)
		if err != nil {
			return nil, err
		}
		for rows.Next() {
			var rid, updated int64
			if err := rows.Scan(&rid, &updated); err != nil {
				rows.Close()
				return nil, err
			}
			made[rid] = time.UnixMicro(updated)
		}
		if err := rows.Err(); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// Counts is how many resources there are of each type.
func (s *Store) Counts(ctx context.Context) (map[string]int64, error) {
	rows, err := s.query(ctx, "SELECT type, COUNT(*) FROM res WHERE deleted = 0 GROUP BY type")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	counts := map[string]int64{}
	for rows.Next() {
		var typ string
		var n int64
		if err := rows.Scan(&typ, &n); err != nil {
			return nil, err
		}
		counts[typ] = n
	}
	return counts, rows.Err()
}

// reindexIfOld makes the index anew if another version of Extract made it.
func (s *Store) reindexIfOld(ctx context.Context) error {
	var version int64
	if err := s.read.QueryRowContext(ctx, "SELECT value FROM counter WHERE name = 'index'").Scan(&version); err != nil {
		return err
	}
	if version == search.Version {
		return nil
	}
	return s.Reindex(ctx)
}

// Reindex makes the index of all resources anew, in one transaction. Writes wait
// for it.
func (s *Store) Reindex(ctx context.Context) error {
	return s.Write(ctx, func(tx *Tx) error {
		for _, table := range indexTables {
			if err := tx.w.exec("DELETE FROM " + table); err != nil {
				return err
			}
		}
		for after := int64(0); ; {
			page, err := tx.logPage(after)
			if err != nil {
				return err
			}
			if len(page) == 0 {
				return tx.w.exec("UPDATE counter SET value = ? WHERE name = 'index'", int64(search.Version))
			}
			for _, p := range page {
				if err := tx.reindexOne(p); err != nil {
					return err
				}
				after = p.seq
			}
			if err := tx.flush(); err != nil {
				return err
			}
		}
	})
}

// present is a present version as the log has it.
type present struct {
	*Version
	shard, rid, seq int64
}

func (tx *Tx) logPage(after int64) ([]present, error) {
	const atOnce = 1000
	rows, err := tx.w.query("SELECT "+versionColumns+`, r.shard, r.rid, r.seq FROM change_log l
		JOIN res r ON r.shard = l.shard AND r.type = l.type AND r.rid = l.rid AND r.seq = l.seq AND r.deleted = 0
		WHERE l.seq > ? ORDER BY l.seq LIMIT ?`, after, atOnce)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var page []present
	for rows.Next() {
		var p present
		if p.Version, err = scan(rows, &p.shard, &p.rid, &p.seq); err != nil {
			return nil, err
		}
		page = append(page, p)
	}
	return page, rows.Err()
}

func (tx *Tx) reindexOne(p present) error {
	d, err := node.ParseResource(p.JSON())
	if err != nil {
		return err
	}
	defer d.Release()
	var x search.Index
	if err := search.For(p.Type).Extract(&x, d); err != nil {
		return err
	}
	tx.rows.index(p.shard, p.rid, &x)
	return nil
}
