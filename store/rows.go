// SPDX-License-Identifier: Apache-2.0

package store

import (
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
	if r.indexed() < many {
		return nil
	}
	return tx.flush()
}

// indexed is how many index rows wait.
func (r *rows) indexed() int {
	return len(r.tok) + len(r.ref) + len(r.str) + len(r.date) + len(r.num)
}
