// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"database/sql"
	"math"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/search"
)

// builder writes a statement. Values are bound, never written into the text.
// Conditions are about a row r of res.
type builder struct {
	store  *Store
	access *Access
	text   strings.Builder
	args   []any
}

func newBuilder(s *Store, a *Access) *builder { return &builder{store: s, access: a} }

func (b *builder) add(text string, args ...any) {
	b.text.WriteString(text)
	b.args = append(b.args, args...)
}

// form is how a criterion is asked: as the set of all resources that
// meet it, or as a test of one resource that something else found.
type form bool

const (
	asSet  form = true
	asTest form = false
)

type queryFunc func(text string, args ...any) (*sql.Rows, error)

// criteria adds conditions to a statement that ends in WHERE and something. The
// criterion that few resources meet leads, the others test what it finds; if
// there is none such, all resources of the type are tested in order, and a page
// is full soon.
func (b *builder) criteria(ctx context.Context, query queryFunc, list []search.Criterion) error {
	lead, err := b.leader(ctx, query, list)
	if err != nil {
		return err
	}
	for i := range list {
		b.add(" AND ")
		switch {
		case i == lead && b.store.dialect.Arrays && len(list[i].Any) > 0:
			b.array(&list[i])
		case i == lead:
			b.criterion(&list[i], asSet)
		default:
			b.criterion(&list[i], asTest)
		}
	}
	return nil
}

// few is up to how many resources a criterion is worth leading with.
const few = 2000

// leader picks the criterion to lead, or -1.
func (b *builder) leader(ctx context.Context, query queryFunc, list []search.Criterion) (int, error) {
	for rank := 0; rank <= 4; rank++ {
		for i := range list {
			if rankOf(&list[i]) != rank {
				continue
			}
			if rank == 0 || rank == 1 && len(list) == 1 {
				return i, nil
			}
			n, err := b.count(ctx, query, &list[i])
			if err != nil {
				return -1, err
			}
			if n < few {
				return i, nil
			}
		}
	}
	return -1, nil
}

// rankOf is how narrow a criterion is likely to be: 0 narrow, 5 wide.
func rankOf(c *search.Criterion) int {
	if c.Negate {
		return 5
	}
	worst := 0
	for i := range c.Any {
		m := &c.Any[i]
		rank := 4
		switch {
		case m.Exists:
			rank = 5
		case m.Table == search.IDs:
			rank = 0
		case m.Table == search.References:
			rank = 1
		case m.Table == search.Tokens && !m.AnyCode, m.Table == search.Strings && m.How != search.Contains:
			rank = 2
		case m.Table == search.Chain, m.Table == search.Has:
			rank = 3
		case m.Table == search.Updated:
			rank = 5
		}
		worst = max(worst, rank)
	}
	return worst
}

// count is how many rows a criterion finds, up to few.
func (b *builder) count(ctx context.Context, query queryFunc, c *search.Criterion) (n int64, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	probe := newBuilder(b.store, b.access)
	probe.add("SELECT COUNT(*) FROM (")
	for i := range c.Any {
		if i > 0 {
			probe.add(" UNION ALL ")
		}
		probe.add("SELECT 1 FROM (")
		probe.set(&c.Any[i])
		probe.add(" LIMIT ?) q", few)
	}
	probe.add(") q")
	rows, err := query(probe.text.String(), probe.args...)
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

// criterion adds one condition about r.
func (b *builder) criterion(c *search.Criterion, how form) {
	if len(c.Any) == 0 {
		b.add(map[bool]string{true: "1 = 1", false: "1 = 0"}[c.Negate])
		return
	}
	if c.Negate {
		b.add("NOT ")
	}
	b.add("(")
	if how == asSet {
		b.add("r.rid IN (")
		for i := range c.Any {
			if i > 0 {
				b.add(" UNION ALL ")
			}
			b.set(&c.Any[i])
		}
		b.add("))")
		return
	}
	for i := range c.Any {
		if i > 0 {
			b.add(" OR ")
		}
		b.test(&c.Any[i])
	}
	b.add(")")
}

// array adds a leading criterion, whose resources are few.
func (b *builder) array(c *search.Criterion) {
	b.add("r.rid = ANY(ARRAY(")
	for i := range c.Any {
		if i > 0 {
			b.add(" UNION ALL ")
		}
		b.set(&c.Any[i])
	}
	b.add("))")
}

var tableNames = map[search.Table]string{search.Tokens: "ix_tok", search.References: "ix_ref", search.Strings: "ix_str",
	search.Dates: "ix_date", search.Numbers: "ix_num"}

// set adds a SELECT of the rid of all resources that match.
func (b *builder) set(m *search.Match) {
	shards := "IN (" + b.store.anyOf + ")"
	switch m.Table {
	case search.IDs:
		b.add("SELECT i.rid FROM ids i WHERE i.shard = ? AND i.key = ?", b.store.shardOf(m.Code), m.Code)
	case search.Updated:
		b.add("SELECT u.rid FROM res u WHERE u.shard " + shards + " AND ")
		b.span("u.updated", "u.updated", m)
	case search.Chain:
		b.add("SELECT x.rid FROM ix_ref x WHERE x.shard "+shards+" AND x.sp = ? AND x.target IN (", m.Param)
		b.inner(m, "key")
		b.add(")")
	case search.Has:
		b.add("SELECT i.rid FROM ix_ref x JOIN ids i ON i.shard IN ("+b.store.anyOf+") AND i.key = x.target WHERE x.shard "+shards+" AND x.sp = ? AND x.rid IN (", m.Param)
		b.inner(m, "rid")
		b.add(")")
	default:
		b.add("SELECT x.rid FROM "+tableNames[m.Table]+" x WHERE x.shard "+shards+" AND x.sp = ?", m.Param)
		b.values(m)
	}
}

// test adds a condition that r matches.
func (b *builder) test(m *search.Match) {
	switch m.Table {
	case search.IDs:
		b.add("r.key = ?", m.Code)
	case search.Updated:
		b.add("(")
		b.span("r.updated", "r.updated", m)
		b.add(")")
	case search.Has:
		b.add("EXISTS (SELECT 1 FROM ix_ref x WHERE x.shard IN ("+b.store.anyOf+") AND x.sp = ? AND x.target = r.key AND x.rid IN (", m.Param)
		b.inner(m, "rid")
		b.add(")" + b.store.dialect.Fence + ")")
	case search.Chain, search.Strings:
		b.add("r.rid IN (")
		b.set(m)
		b.add(")")
	default:
		if m.Exists || m.Table == search.Tokens && m.AnyCode {
			b.add("r.rid IN (")
			b.set(m)
			b.add(")")
			return
		}
		b.add("EXISTS (SELECT 1 FROM "+tableNames[m.Table]+" x WHERE x.shard = r.shard AND x.sp = ? AND x.rid = r.rid", m.Param)
		b.values(m)
		b.add(b.store.dialect.Fence + ")")
	}
}

// inner adds a SELECT of the resources at the other end of a reference.
func (b *builder) inner(m *search.Match, column string) {
	for i := range m.Inner {
		in := &m.Inner[i]
		if i > 0 {
			b.add(" UNION ALL ")
		}
		b.add("SELECT r."+column+" FROM res r WHERE r.shard IN ("+b.store.anyOf+") AND r.type = ? AND r.deleted = 0", in.Type)
		b.permitted(in.Type)
		b.add(" AND ")
		b.criterion(&in.Criterion, form(rankOf(&in.Criterion) < 5))
	}
}

// values adds the conditions on the columns of an index table x.
func (b *builder) values(m *search.Match) {
	if m.Exists {
		return
	}
	switch m.Table {
	case search.Tokens:
		switch {
		case m.Codes != nil:
			b.add(" AND x.code "+b.store.dialect.Among, listText(m.Codes))
		case !m.AnyCode:
			b.add(" AND x.code = ?", m.Code)
		}
		if len(m.Systems) > 0 {
			b.add(" AND x.sys IN (?" + strings.Repeat(",?", len(m.Systems)-1) + ")")
			for _, s := range m.Systems {
				b.args = append(b.args, s)
			}
		}
	case search.References:
		b.add(" AND x.target = ?", m.Code)
	case search.Strings:
		b.textValues(m)
	case search.Dates:
		b.add(" AND ")
		b.span("x.lo", "x.hi", m)
	case search.Numbers:
		b.number(m)
	}
}

// listText is how Dialect.Among takes a list: a JSON array.
func listText(keys []int64) string {
	t := []byte{'['}
	for i, key := range keys {
		if i > 0 {
			t = append(t, ',')
		}
		t = strconv.AppendInt(t, key, 10)
	}
	return string(append(t, ']'))
}

// last is a character that comes after all others.
const last = "\U0010FFFF"

func (b *builder) textValues(m *search.Match) {
	t := text(m.Text)
	switch m.How {
	case search.Starts, search.Below:
		b.add(" AND x.norm >= ? AND x.norm < ?", t, t+last)
	case search.Contains:
		b.add(` AND x.norm LIKE ? ESCAPE '!'`, "%"+strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(t)+"%")
	case search.Exact:
		b.add(" AND x.norm = ? AND x.exact = ?", t, m.Code)
	case search.Equal:
		b.add(" AND x.norm = ?", t)
	}
}

// span compares a span of time with that of a match (R4, search.html#prefix).
func (b *builder) span(lo, hi string, m *search.Match) {
	within := "(" + lo + " BETWEEN ? AND ? AND " + hi + " <= ?)"
	switch m.Prefix {
	case search.NE:
		b.add("NOT "+within, m.Lo, m.Hi, m.Hi)
	case search.GT:
		b.add(hi+" > ?", m.Hi)
	case search.LT:
		b.add(lo+" < ?", m.Lo)
	case search.GE:
		b.add("("+hi+" > ? OR "+within+")", m.Hi, m.Lo, m.Hi, m.Hi)
	case search.LE:
		b.add("("+lo+" < ? OR "+within+")", m.Lo, m.Lo, m.Hi, m.Hi)
	case search.SA:
		b.add(lo+" > ?", m.Hi)
	case search.EB:
		b.add(hi+" < ?", m.Lo)
	case search.AP:
		b.add("("+lo+" <= ? AND "+hi+" >= ?)", m.Hi, m.Lo)
	default:
		b.add(within, m.Lo, m.Hi, m.Hi)
	}
}

// number compares a number or range with that of a match. Only eq and ne mind
// with how many digits it was written.
func (b *builder) number(m *search.Match) {
	if m.Unit != 0 {
		b.add(" AND x.unit = ?", m.Unit)
	}
	switch m.Prefix {
	case search.NE:
		b.add(" AND NOT (x.lo >= ? AND x.hi < ?)", m.Min, m.Max)
	case search.GT:
		b.add(" AND x.hi > ?", m.Point)
	case search.LT:
		b.add(" AND x.lo < ?", m.Point)
	case search.GE:
		b.add(" AND x.hi >= ?", m.Point)
	case search.LE:
		b.add(" AND x.lo <= ?", m.Point)
	case search.SA:
		b.add(" AND x.lo > ?", m.Point)
	case search.EB:
		b.add(" AND x.hi < ?", m.Point)
	case search.AP:
		slack := math.Abs(m.Point) / 10
		b.add(" AND x.hi >= ? AND x.lo <= ?", m.Point-slack, m.Point+slack)
	default:
		b.add(" AND x.lo >= ? AND x.hi < ?", m.Min, m.Max)
	}
}
