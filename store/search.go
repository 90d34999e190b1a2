// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"math"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/search"
)

// Page is one page of a search.
type Page struct {
	Matches  []*Version
	Included []*Version
	Next     string // the cursor of the next page, nothing after the last
	Total    int64  // matches in all; -1 where they were not counted
	// Cut tells that not all that should be included is: there was too much.
	Cut bool
}

// cheapTotal is how far matches are counted when nobody asks for it.
const cheapTotal = 10_000

// Search answers a query. Pages are cut by the values of the last entry, not by
// counting: what is written between two pages makes no entry come twice or not
// at all.
func (s *Store) Search(ctx context.Context, q *search.Query, access *Access) (*Page, error) {
	page := &Page{Total: -1}
	if !access.Allows(q.Type) {
		page.Total = 0
		return page, nil
	}
	if q.Summary != "count" {
		if err := s.matches(ctx, q, access, page); err != nil {
			return nil, err
		}
	}
	switch {
	case q.Total == search.NoTotal && q.Summary != "count":
	case q.Summary != "count" && page.Next == "" && q.Cursor == "":
		page.Total = int64(len(page.Matches))
	case q.Total == search.AccurateTotal || q.Summary == "count":
		n, err := s.count(ctx, q, access, math.MaxInt64)
		if err != nil {
			return nil, err
		}
		page.Total = n
	default:
		n, err := s.count(ctx, q, access, cheapTotal+1)
		if err != nil {
			return nil, err
		}
		if n <= cheapTotal {
			page.Total = n
		}
	}
	if len(page.Matches) > 0 && (len(q.Include) > 0 || len(q.RevInclude) > 0) {
		return page, s.include(ctx, q, access, page)
	}
	return page, nil
}

// count is the number of matches, up to a limit.
func (s *Store) count(ctx context.Context, q *search.Query, access *Access, limit int64) (n int64, err error) {
	b := newBuilder(s, access)
	b.add("SELECT COUNT(*) FROM (SELECT 1 FROM res r WHERE r.shard IN ("+s.anyOf+") AND r.type = ? AND r.deleted = 0", q.Type)
	b.permitted(q.Type)
	if err := b.criteria(ctx, s.queries(ctx), q.Criteria); err != nil {
		return 0, err
	}
	b.add(" LIMIT ?) q", limit)
	rows, err := s.query(ctx, b.text.String(), b.args...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	if rows.Next() {
		err = rows.Scan(&n)
	}
	if err == nil {
		err = rows.Err()
	}
	return n, err
}

// matches reads the entries of a page.
func (s *Store) matches(ctx context.Context, q *search.Query, access *Access, page *Page) error {
	after, err := decodeCursor(q.Cursor)
	if err != nil {
		return err
	}
	keys := sortKeys(q.Sort)
	if len(after) > 0 && len(after) != len(keys)+1 {
		return ErrCursor
	}
	b := newBuilder(s, access)
	b.add("SELECT " + versionColumns + ", p.rid")
	for _, k := range keys {
		b.add(", p." + k.name)
	}
	b.add(" FROM (SELECT * FROM (SELECT r.shard, r.rid, r.seq")
	for _, k := range keys {
		b.add(", ")
		b.sortValue(k)
	}
	b.add(" FROM res r WHERE r.shard IN ("+s.anyOf+") AND r.type = ? AND r.deleted = 0", q.Type)
	b.permitted(q.Type)
	if err := b.criteria(ctx, s.queries(ctx), q.Criteria); err != nil {
		return err
	}
	if len(keys) == 0 && len(after) == 1 {
		b.add(" AND r.rid > ?", after[0])
	}
	b.add(") m")
	if len(keys) > 0 && len(after) > 0 {
		b.add(" WHERE ")
		b.later(keys, after)
	}
	order := orderBy(keys)
	b.add(" ORDER BY "+order+" LIMIT ?) p JOIN change_log l ON l.shard = p.shard AND l.seq = p.seq ORDER BY "+strings.ReplaceAll(order, "m.", "p."), q.Count+1)
	rows, err := s.query(ctx, b.text.String(), b.args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	values := make([]any, len(keys)+1)
	into := make([]any, 0, len(values))
	var rid int64
	into = append(into, &rid)
	for i := range keys {
		into = append(into, &values[i])
	}
	var last []any
	for rows.Next() {
		v, err := scan(rows, into...)
		if err != nil {
			return err
		}
		if len(page.Matches) == q.Count {
			page.Next = encodeCursor(last...)
			break
		}
		values[len(keys)] = rid
		last = append(last[:0], values...)
		page.Matches = append(page.Matches, v)
	}
	return rows.Err()
}

// sortKey is a column by which a page is ordered.
type sortKey struct {
	search.Sort
	name string
}

func sortKeys(sorts []search.Sort) []sortKey {
	var keys []sortKey
	for i, s := range sorts {
		keys = append(keys, sortKey{s, "s" + string(rune('0'+i))})
	}
	return keys
}

// sortValue adds the value of r to sort by: the smallest of those it has, or the
// largest where the order descends. Resources without one come last.
func (b *builder) sortValue(k sortKey) {
	pick, missing := "MIN", any(int64(math.MaxInt64))
	if k.Descending {
		pick, missing = "MAX", int64(math.MinInt64)
	}
	column, table := "lo", "ix_date"
	switch k.Param.Type {
	case "date":
		if k.Param.Code == "_lastUpdated" {
			b.add("r.updated AS " + k.name)
			return
		}
		if k.Descending {
			column = "hi"
		}
	case "number", "quantity":
		table, missing = "ix_num", math.MaxFloat64
		if k.Descending {
			column, missing = "hi", -math.MaxFloat64
		}
	case "token": // _id
		b.add("r.id AS " + k.name)
		return
	default:
		column, table, missing = "norm", "ix_str", last
		if k.Descending {
			missing = ""
		}
	}
	b.add("COALESCE((SELECT "+pick+"(x."+column+") FROM "+table+" x WHERE x.shard = r.shard AND x.sp = ? AND x.rid = r.rid), ?) AS "+k.name, k.Param.Key, missing)
}

func orderBy(keys []sortKey) string {
	var parts []string
	for _, k := range keys {
		dir := ""
		if k.Descending {
			dir = " DESC"
		}
		parts = append(parts, "m."+k.name+dir)
	}
	return strings.Join(append(parts, "m.rid"), ", ")
}

// later adds the condition that a row comes after the one that a cursor names.
func (b *builder) later(keys []sortKey, after []any) {
	for i := range len(keys) + 1 {
		if i > 0 {
			b.add(" OR ")
		}
		b.add("(")
		for j := range i {
			b.add("m."+keys[j].name+" = ? AND ", after[j])
		}
		switch {
		case i == len(keys):
			b.add("m.rid > ?", after[i])
		case keys[i].Descending:
			b.add("m."+keys[i].name+" < ?", after[i])
		default:
			b.add("m."+keys[i].name+" > ?", after[i])
		}
		b.add(")")
	}
}

// encodeCursor makes a page's address of the sort values and rid of its last entry.
func encodeCursor(values ...any) string {
	for i, v := range values {
		if t, ok := v.([]byte); ok {
			values[i] = string(t)
		}
	}
	b, err := json.Marshal(values)
	if err != nil {
		panic(err) // numbers and texts only
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func decodeCursor(cursor string) ([]any, error) {
	if cursor == "" {
		return nil, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(cursor) > 8<<10 {
		return nil, ErrCursor
	}
	var raw []json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil || len(raw) == 0 {
		return nil, ErrCursor
	}
	values := make([]any, len(raw))
	for i, r := range raw {
		var n int64
		var f float64
		var t string
		switch {
		case json.Unmarshal(r, &n) == nil:
			values[i] = n
		case json.Unmarshal(r, &f) == nil:
			values[i] = f
		case json.Unmarshal(r, &t) == nil:
			values[i] = t
		default:
			return nil, ErrCursor
		}
	}
	if _, ok := values[len(values)-1].(int64); !ok {
		return nil, ErrCursor
	}
	return values, nil
}
