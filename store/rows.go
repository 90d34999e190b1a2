// SPDX-License-Identifier: Apache-2.0

package store

import (
	"cmp"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/search"
)

// rows are those that a transaction will insert. They wait so that many go into
// one statement, in the order of the table's key.
type rows struct {
	ids  []*state
	res  []*state
	log  []logRow
	tok  []filed[search.Token]
	ref  []filed[search.Reference]
	str  []filed[search.String]
	date []filed[search.Date]
	num  []filed[search.Number]
}

type logRow struct {
	state
	method Method
	body   []byte
}

// filed is an index row with the resource it is of.
type filed[T comparable] struct {
	shard, rid int64
	row        T
}

func file[T comparable](dst []filed[T], shard, rid int64, items []T) []filed[T] {
	for _, item := range items {
		dst = append(dst, filed[T]{shard, rid, item})
	}
	return dst
}

// index adds the rows of a resource.
func (r *rows) index(shard, rid int64, x *search.Index) {
	r.tok = file(r.tok, shard, rid, x.Tokens)
	r.ref = file(r.ref, shard, rid, x.References)
	r.str = file(r.str, shard, rid, x.Strings)
	r.date = file(r.date, shard, rid, x.Dates)
	r.num = file(r.num, shard, rid, x.Numbers)
}

// indexNew adds the rows that the old version did not have.
func (r *rows) indexNew(shard, rid int64, old, now *search.Index) {
	r.index(shard, rid, &search.Index{
		Tokens:     without(now.Tokens, old.Tokens),
		References: without(now.References, old.References),
		Strings:    without(now.Strings, old.Strings),
		Dates:      without(now.Dates, old.Dates),
		Numbers:    without(now.Numbers, old.Numbers),
	})
}

func without[T comparable](items, other []T) []T {
	var left []T
	for _, item := range items {
		if !slices.Contains(other, item) {
			left = append(left, item)
		}
	}
	return left
}

// remove deletes the rows of the old version that the new one does not have.
func (r *rows) remove(tx *Tx, shard, rid int64, old, now *search.Index) error {
	w := tx.w
	for _, t := range without(old.Tokens, now.Tokens) {
		if err := w.exec("DELETE FROM ix_tok WHERE shard = ? AND sp = ? AND code = ? AND rid = ? AND sys = ?", shard, t.Param, t.Code, rid, t.System); err != nil {
			return err
		}
	}
	for _, t := range without(old.References, now.References) {
		if err := w.exec("DELETE FROM ix_ref WHERE shard = ? AND sp = ? AND target = ? AND rid = ?", shard, t.Param, t.Target, rid); err != nil {
			return err
		}
	}
	for _, t := range without(old.Strings, now.Strings) {
		if err := w.exec("DELETE FROM ix_str WHERE shard = ? AND sp = ? AND norm = ? AND rid = ? AND exact = ?", shard, t.Param, text(t.Norm), rid, t.Exact); err != nil {
			return err
		}
	}
	for _, t := range without(old.Dates, now.Dates) {
		if err := w.exec("DELETE FROM ix_date WHERE shard = ? AND sp = ? AND rid = ? AND lo = ? AND hi = ?", shard, t.Param, rid, t.Lo, t.Hi); err != nil {
			return err
		}
	}
	for _, t := range without(old.Numbers, now.Numbers) {
		if err := w.exec("DELETE FROM ix_num WHERE shard = ? AND sp = ? AND rid = ? AND lo = ? AND hi = ? AND unit = ?", shard, t.Param, rid, t.Lo, t.Hi, t.Unit); err != nil {
			return err
		}
	}
	return nil
}

// text is a text as both databases take it.
func text(s string) string {
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", " ")
	}
	return s
}

// full writes the rows out when there are many.
func (r *rows) full(tx *Tx) error {
	const many = 400_000
	if len(r.tok)+len(r.ref)+len(r.str)+len(r.date)+len(r.num) < many {
		return nil
	}
	return tx.flush()
}

// flush inserts the rows that wait.
func (tx *Tx) flush() error {
	r := &tx.rows
	for _, f := range []func() error{
		func() error { return tx.insertIDs(r.ids) },
		func() error { return tx.insertResources(r.res) },
		func() error { return tx.insertLog(r.log) },
		func() error { return tx.insertTokens(r.tok) },
		func() error { return tx.insertReferences(r.ref) },
		func() error { return tx.insertStrings(r.str) },
		func() error { return tx.insertDates(r.date) },
		func() error { return tx.insertNumbers(r.num) },
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
	slices.SortFunc(rows, func(a, b *state) int {
		return cmp.Or(cmp.Compare(tx.store.shardOf(a.key), tx.store.shardOf(b.key)), cmp.Compare(a.key, b.key))
	})
	return insert(tx, "INSERT INTO ids (shard, key, rid, home) VALUES ", 4, rows, func(st *state, a []any) []any {
		return append(a, tx.store.shardOf(st.key), st.key, st.rid, st.home)
	})
}

func (tx *Tx) insertResources(rows []*state) error {
	return insert(tx, "INSERT INTO res (shard, type, rid, key, id, ver, seq, updated, deleted) VALUES ", 9, rows, func(st *state, a []any) []any {
		return append(a, st.home, st.typ, st.rid, st.key, st.id, st.ver, st.seq, st.updated, int64(0))
	})
}

func (tx *Tx) insertLog(rows []logRow) error {
	return insert(tx, "INSERT INTO change_log (seq, shard, type, rid, id, ver, op, updated, body) VALUES ", 9, rows, func(l logRow, a []any) []any {
		return append(a, l.seq, l.home, l.typ, l.rid, l.id, l.ver, int64(l.method), l.updated, l.body)
	})
}

const ignoreKnown = " ON CONFLICT DO NOTHING"

func (tx *Tx) insertTokens(rows []filed[search.Token]) error {
	slices.SortFunc(rows, func(a, b filed[search.Token]) int {
		return cmp.Or(cmp.Compare(a.shard, b.shard), cmp.Compare(a.row.Param, b.row.Param), cmp.Compare(a.row.Code, b.row.Code), cmp.Compare(a.rid, b.rid))
	})
	return insert(tx, "INSERT INTO ix_tok (shard, sp, code, rid, sys) VALUES ", 5, rows, func(f filed[search.Token], a []any) []any {
		return append(a, f.shard, f.row.Param, f.row.Code, f.rid, f.row.System)
	})
}

func (tx *Tx) insertReferences(rows []filed[search.Reference]) error {
	slices.SortFunc(rows, func(a, b filed[search.Reference]) int {
		return cmp.Or(cmp.Compare(a.shard, b.shard), cmp.Compare(a.row.Param, b.row.Param), cmp.Compare(a.row.Target, b.row.Target), cmp.Compare(a.rid, b.rid))
	})
	return insert(tx, "INSERT INTO ix_ref (shard, sp, target, rid) VALUES ", 4, rows, func(f filed[search.Reference], a []any) []any {
		return append(a, f.shard, f.row.Param, f.row.Target, f.rid)
	})
}

func (tx *Tx) insertStrings(rows []filed[search.String]) error {
	slices.SortFunc(rows, func(a, b filed[search.String]) int {
		return cmp.Or(cmp.Compare(a.shard, b.shard), cmp.Compare(a.row.Param, b.row.Param), strings.Compare(a.row.Norm, b.row.Norm), cmp.Compare(a.rid, b.rid))
	})
	return insert(tx, "INSERT INTO ix_str (shard, sp, norm, rid, exact) VALUES ", 5, rows, func(f filed[search.String], a []any) []any {
		return append(a, f.shard, f.row.Param, text(f.row.Norm), f.rid, f.row.Exact)
	})
}

func (tx *Tx) insertDates(rows []filed[search.Date]) error {
	slices.SortFunc(rows, func(a, b filed[search.Date]) int {
		return cmp.Or(cmp.Compare(a.shard, b.shard), cmp.Compare(a.row.Param, b.row.Param), cmp.Compare(a.rid, b.rid), cmp.Compare(a.row.Lo, b.row.Lo))
	})
	return insert(tx, "INSERT INTO ix_date (shard, sp, rid, lo, hi) VALUES ", 5, rows, func(f filed[search.Date], a []any) []any {
		return append(a, f.shard, f.row.Param, f.rid, f.row.Lo, f.row.Hi)
	})
}

func (tx *Tx) insertNumbers(rows []filed[search.Number]) error {
	slices.SortFunc(rows, func(a, b filed[search.Number]) int {
		return cmp.Or(cmp.Compare(a.shard, b.shard), cmp.Compare(a.row.Param, b.row.Param), cmp.Compare(a.rid, b.rid))
	})
	return insert(tx, "INSERT INTO ix_num (shard, sp, rid, lo, hi, unit) VALUES ", 6, rows, func(f filed[search.Number], a []any) []any {
		return append(a, f.shard, f.row.Param, f.rid, f.row.Lo, f.row.Hi, f.row.Unit)
	})
}

// insert writes rows with as few statements as there can be, in few sizes so that
// each is prepared once.
func insert[T any](tx *Tx, into string, columns int, items []T, values func(T, []any) []any) error {
	if len(items) == 0 {
		return nil
	}
	most := min(tx.store.dialect.MaxArgs/columns, 256)
	args := make([]any, 0, min(most, len(items))*columns)
	for len(items) > 0 {
		n := most
		for n > len(items) {
			n = max(n/4, 1)
		}
		args = args[:0]
		for _, item := range items[:n] {
			args = values(item, args)
		}
		if err := tx.w.exec(insertText(into, columns, n), args...); err != nil {
			return err
		}
		items = items[n:]
	}
	return nil
}

// insertText is the statement for n rows.
func insertText(into string, columns, n int) string {
	row := "(" + strings.Repeat("?,", columns-1) + "?)"
	text := into + strings.Repeat(row+",", n-1) + row
	if strings.Contains(into, " ix_") {
		text += ignoreKnown
	}
	return text
}
