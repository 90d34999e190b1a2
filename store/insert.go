// SPDX-License-Identifier: Apache-2.0

package store

import (
	"cmp"
	"database/sql/driver"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/search"
)

// sort brings the index rows into the order of their tables' keys, so that each
// page is touched once. Many rows are sorted beside the writer, while it inserts
// those before; the functions wait for each table's.
func (r *rows) sort() (wait [5]func()) {
	const many = 4000
	beside := r.indexed() >= many
	for i, sort := range [5]func(){
		func() {
			slices.SortFunc(r.tok, func(a, b filed[search.Token]) int {
				if a.shard != b.shard || a.row.Param != b.row.Param {
					return order(a.shard, a.row.Param, b.shard, b.row.Param)
				}
				return order(a.row.Code, a.rid, b.row.Code, b.rid)
			})
		},
		func() {
			slices.SortFunc(r.ref, func(a, b filed[search.Reference]) int {
				if a.shard != b.shard || a.row.Param != b.row.Param {
					return order(a.shard, a.row.Param, b.shard, b.row.Param)
				}
				return order(a.row.Target, a.rid, b.row.Target, b.rid)
			})
		},
		func() {
			slices.SortFunc(r.str, func(a, b filed[search.String]) int {
				if a.shard != b.shard || a.row.Param != b.row.Param {
					return order(a.shard, a.row.Param, b.shard, b.row.Param)
				}
				if c := strings.Compare(a.row.Norm, b.row.Norm); c != 0 {
					return c
				}
				return cmp.Compare(a.rid, b.rid)
			})
		},
		func() {
			slices.SortFunc(r.date, func(a, b filed[search.Date]) int {
				if a.shard != b.shard || a.row.Param != b.row.Param {
					return order(a.shard, a.row.Param, b.shard, b.row.Param)
				}
				return order(a.rid, a.row.Lo, b.rid, b.row.Lo)
			})
		},
		func() {
			slices.SortFunc(r.num, func(a, b filed[search.Number]) int {
				if a.shard != b.shard || a.row.Param != b.row.Param {
					return order(a.shard, a.row.Param, b.shard, b.row.Param)
				}
				return cmp.Compare(a.rid, b.rid)
			})
		},
	} {
		if !beside {
			sort()
			wait[i] = func() {}
			continue
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			sort()
		}()
		wait[i] = func() { <-done }
	}
	return wait
}

// order compares two pairs.
func order(a, a2, b, b2 int64) int {
	if a != b {
		return cmp.Compare(a, b)
	}
	return cmp.Compare(a2, b2)
}

// flush inserts the rows that wait.
func (tx *Tx) flush() error {
	r := &tx.rows
	sorted := r.sort()
	defer func() {
		for _, wait := range sorted { // none may go on sorting what is used again
			wait()
		}
	}()
	for _, f := range []func() error{
		func() error { return tx.insertIDs(r.ids) },
		func() error { return tx.insertResources(r.res) },
		func() error { return tx.insertLog(r.log) },
		func() error { sorted[0](); return tx.insertTokens(r.tok) },
		func() error { sorted[1](); return tx.insertReferences(r.ref) },
		func() error { sorted[2](); return tx.insertStrings(r.str) },
		func() error { sorted[3](); return tx.insertDates(r.date) },
		func() error { sorted[4](); return tx.insertNumbers(r.num) },
	} {
		if err := f(); err != nil {
			return err
		}
	}
	r.ids, r.res, r.log = r.ids[:0], r.res[:0], r.log[:0]
	r.tok, r.ref, r.str, r.date, r.num = r.tok[:0], r.ref[:0], r.str[:0], r.date[:0], r.num[:0]
	clear(tx.fresh)
	return nil
}

func (tx *Tx) insertIDs(rows []*state) error {
	shard := func(st *state) int64 { return tx.store.shardOf(st.key) }
	slices.SortFunc(rows, func(a, b *state) int { return order(shard(a), a.key, shard(b), b.key) })
	return insert(tx, "ids (shard, key, rid, home)", 3, rows, shard, func(st *state, v *values) { v.add(st.key, st.rid, st.home) })
}

func (tx *Tx) insertResources(rows []*state) error {
	return insert(tx, "res (shard, type, rid, key, id, ver, seq, updated, deleted)", 8, rows, func(st *state) int64 { return st.home },
		func(st *state, v *values) { v.add(st.typ, st.rid, st.key, st.id, st.ver, st.seq, st.updated, int64(0)) })
}

func (tx *Tx) insertLog(rows []logRow) error {
	return insert(tx, "change_log (shard, seq, type, rid, id, ver, op, updated, body)", 8, rows, func(l logRow) int64 { return l.home },
		func(l logRow, v *values) { v.add(l.seq, l.typ, l.rid, l.id, l.ver, int64(l.method), l.updated, l.body) })
}

func (tx *Tx) insertTokens(rows []filed[search.Token]) error {
	return insert(tx, "ix_tok (shard, sp, code, rid, sys)", 4, rows, filed[search.Token].in,
		func(f filed[search.Token], v *values) { v.add(f.row.Param, f.row.Code, f.rid, f.row.System) })
}

func (tx *Tx) insertReferences(rows []filed[search.Reference]) error {
	return insert(tx, "ix_ref (shard, sp, target, rid)", 3, rows, filed[search.Reference].in,
		func(f filed[search.Reference], v *values) { v.add(f.row.Param, f.row.Target, f.rid) })
}

func (tx *Tx) insertStrings(rows []filed[search.String]) error {
	return insert(tx, "ix_str (shard, sp, norm, rid, exact)", 4, rows, filed[search.String].in,
		func(f filed[search.String], v *values) { v.add(f.row.Param, text(f.row.Norm), f.rid, f.row.Exact) })
}

func (tx *Tx) insertDates(rows []filed[search.Date]) error {
	return insert(tx, "ix_date (shard, sp, rid, lo, hi)", 4, rows, filed[search.Date].in,
		func(f filed[search.Date], v *values) { v.add(f.row.Param, f.rid, f.row.Lo, f.row.Hi) })
}

func (tx *Tx) insertNumbers(rows []filed[search.Number]) error {
	return insert(tx, "ix_num (shard, sp, rid, lo, hi, unit)", 5, rows, filed[search.Number].in,
		func(f filed[search.Number], v *values) { v.add(f.row.Param, f.rid, f.row.Lo, f.row.Hi, f.row.Unit) })
}

func (f filed[T]) in() int64 { return f.shard }

// values are those of one statement.
type values []driver.NamedValue

func (v *values) add(list ...driver.Value) {
	for _, one := range list {
		*v = append(*v, driver.NamedValue{Ordinal: len(*v) + 1, Value: one})
	}
}

// maxRows is how many rows one statement inserts.
const maxRows = 256

// insert writes rows with as few statements as there can be, in few sizes so that
// each is prepared once. Columns are those beside the shard, which comes first; the
// only shard of a store needs no value.
func insert[T any](tx *Tx, into string, columns int, items []T, shard func(T) int64, row func(T, *values)) error {
	single := tx.store.shards == 1
	if !single {
		columns++
	}
	most := min(tx.store.dialect.MaxArgs/columns, maxRows)
	for len(items) > 0 {
		n := most
		for n > len(items) {
			n = max(n/4, 1)
		}
		v := values(tx.w.values[:0])
		for _, item := range items[:n] {
			if !single {
				v.add(shard(item))
			}
			row(item, &v)
		}
		tx.w.values = v
		if err := tx.w.execRows(insertText(into, columns, n, single), v); err != nil {
			return err
		}
		items = items[n:]
	}
	return nil
}

// insertText is the statement for n rows.
func insertText(into string, columns, n int, single bool) string {
	row := "(" + strings.Repeat("?,", columns-1) + "?)"
	if single {
		row = "(0," + row[1:]
	}
	text := "INSERT INTO " + into + " VALUES " + strings.Repeat(row+",", n-1) + row
	if strings.HasPrefix(into, "ix_") {
		text += " ON CONFLICT DO NOTHING" // a value may stand twice in a resource
	}
	return text
}
