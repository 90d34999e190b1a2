// SPDX-License-Identifier: Apache-2.0

package elm

import (
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// queryOperators are the query, what stands in it, and retrieves.
var queryOperators = map[string]operator{
	"Query":    {compileQuery},
	"Sort":     {compileSort},
	"Retrieve": {compileRetrieve},
}

// query is a CQL query with its clauses.
type query struct {
	at
	sources   []querySource
	lets      []slotted
	relations []relationship
	where     expr // nil for all
	result    expr // nil for the source's element
	distinct  bool
	aggregate *aggregateClause
	sort      *sorting
	index     *equalityIndex
	tuple     []string // names of the sources, for a result of several without a return
}

type querySource struct {
	expr expr
	slot int
	name string
}

type slotted struct {
	expr expr
	slot int
}

// relationship is a with or without clause.
type relationship struct {
	source   expr
	slot     int
	suchThat expr
	without  bool
	constant bool // the source is the same for every row
}

type aggregateClause struct {
	starting, expr expr
	slot           int
	distinct       bool
}

func compileQuery(c *compiler, n node.Node) expr {
	q := &query{at: c.here()}
	bound := 0
	bind := func(name string) int {
		bound++
		return c.bind(name)
	}
	start := len(c.touched)
	for s := range n.Get("source").Items() {
		src := querySource{expr: c.expr(s.Get("expression")), name: s.Get("alias").Text()}
		src.slot = bind(src.name)
		c.from(src.slot, src.expr)
		q.sources = append(q.sources, src)
		q.tuple = append(q.tuple, src.name)
	}
	constant := len(c.touched) == start
	for l := range n.Get("let").Items() {
		e := c.expr(l.Get("expression"))
		q.lets = append(q.lets, slotted{e, bind(l.Get("identifier").Text())})
	}
	for w := range n.Get("relationship").Items() {
		before := len(c.touched)
		rel := relationship{source: c.expr(w.Get("expression")), without: w.Get("type").Is("Without")}
		rel.constant = len(c.touched) == before
		rel.slot = c.bind(w.Get("alias").Text())
		c.from(rel.slot, rel.source)
		rel.suchThat = c.expr(w.Get("suchThat"))
		c.unbind(1)
		q.relations = append(q.relations, rel)
	}
	if w := n.Get("where"); w.Exists() {
		q.where = c.expr(w)
		if constant && len(q.sources) == 1 && len(q.lets) == 0 && len(q.relations) == 0 {
			q.index = c.equalityIndex(w, q.sources[0].slot)
		}
	}
	if ret := n.Get("return"); ret.Exists() {
		q.result = c.expr(ret.Get("expression"))
		q.distinct = !ret.Get("distinct").Is("false")
	}
	if a := n.Get("aggregate"); a.Exists() {
		q.aggregate = &aggregateClause{starting: c.expr(a.Get("starting")), distinct: a.Get("distinct").Is("true")}
		q.aggregate.slot = bind(a.Get("identifier").Text())
		q.aggregate.expr = c.expr(a.Get("expression"))
	}
	if s := n.Get("sort"); s.Exists() {
		q.sort = c.sorting(s.Get("by"))
	}
	c.unbind(bound)
	return q
}

func (q *query) eval(r *run, f []Value) Value {
	lists := make([]List, len(q.sources))
	single := true
	for i, s := range q.sources {
		switch v := s.expr.eval(r, f).(type) {
		case nil:
			return nil
		case List:
			lists[i], single = v, false
		default:
			lists[i] = List{v}
		}
	}
	if q.index != nil && len(lists[0]) >= indexFrom {
		lists[0] = q.index.narrow(r, f, q.sources[0].slot, lists[0])
	}
	var out List
	acc := &accumulator{related: make([]List, len(q.relations))}
	if a := q.aggregate; a != nil {
		acc.value = a.starting.eval(r, f)
	}
	q.loop(r, f, lists, 0, &out, acc)
	if q.aggregate != nil {
		return acc.value
	}
	if single {
		return index(out, 0)
	}
	if q.distinct {
		out = r.distinct(out)
	}
	if q.sort != nil {
		out = q.sort.apply(r, f, out)
	}
	if out == nil {
		out = List{}
	}
	return out
}

// accumulator is what a query keeps from row to row.
type accumulator struct {
	value   Value     // of the aggregate clause
	seen    *valueSet // rows that the aggregate clause had
	related []List    // sources of relationships that are the same for every row
}

// loop binds the sources from the i-th on, each to all its elements in turn.
func (q *query) loop(r *run, f []Value, lists []List, i int, out *List, acc *accumulator) {
	if i < len(lists) {
		for _, item := range lists[i] {
			r.step()
			f[q.sources[i].slot] = item
			q.loop(r, f, lists, i+1, out, acc)
		}
		return
	}
	for _, l := range q.lets {
		f[l.slot] = l.expr.eval(r, f)
	}
	for j := range q.relations {
		if !q.relations[j].holds(r, f, &acc.related[j]) {
			return
		}
	}
	if q.where != nil && truth(q.where.eval(r, f)) != yes {
		return
	}
	var row Value
	switch {
	case q.result != nil:
		row = q.result.eval(r, f)
	case len(q.sources) == 1:
		row = f[q.sources[0].slot]
	default:
		t := &Tuple{Names: q.tuple, Values: make([]Value, len(q.sources))}
		for k, s := range q.sources {
			t.Values[k] = f[s.slot]
		}
		row = t
	}
	a := q.aggregate
	if a == nil {
		*out = append(*out, row)
		return
	}
	if a.distinct {
		if acc.seen == nil {
			acc.seen = r.newSet(nil)
		}
		if !acc.seen.add(row) {
			return
		}
	}
	f[a.slot] = acc.value
	acc.value = a.expr.eval(r, f)
}

// holds tells whether the row has a related element. known keeps the source between
// rows if it does not depend on them.
func (w *relationship) holds(r *run, f []Value, known *List) bool {
	list := *known
	if list == nil {
		if list = listOrEmpty(w.source.eval(r, f)); w.constant {
			*known = list
		}
	}
	for _, item := range list {
		r.step()
		f[w.slot] = item
		if truth(w.suchThat.eval(r, f)) == yes {
			return !w.without
		}
	}
	return w.without
}

// sorting is the order of a query's result or of a Sort.
type sorting struct {
	at
	by   []sortBy
	this int
}

type sortBy struct {
	descending bool
	key        expr // nil for the element itself
}

func (c *compiler) sorting(by node.Node) *sorting {
	s := &sorting{at: c.here(), this: c.bind("$this")}
	outer := c.this
	c.this = s.this
	for item := range by.Items() {
		d := item.Get("direction").Text()
		k := sortBy{descending: d == "desc" || d == "descending"}
		switch item.Get("type").Text() {
		case "ByColumn":
			k.key = &property{c.here(), slotRef(s.this), strings.Split(item.Get("path").Text(), ".")}
		case "ByExpression":
			k.key = c.expr(item.Get("expression"))
		}
		s.by = append(s.by, k)
	}
	c.this = outer
	c.unbind(1)
	return s
}

// apply sorts stably; a null goes before every value, after it in descending order.
func (s *sorting) apply(r *run, f []Value, l List) List {
	type row struct {
		value Value
		keys  []Value
	}
	rows := make([]row, len(l))
	for i, v := range l {
		f[s.this] = v
		rows[i] = row{v, make([]Value, len(s.by))}
		for j, b := range s.by {
			if rows[i].keys[j] = v; b.key != nil {
				rows[i].keys[j] = b.key.eval(r, f)
			}
		}
	}
	r.locator = s.locator
	slices.SortStableFunc(rows, func(a, b row) int {
		for j, by := range s.by {
			x, y := a.keys[j], b.keys[j]
			order := 0
			switch {
			case x == nil && y == nil:
			case x == nil:
				order = -1
			case y == nil:
				order = 1
			default:
				order, _ = r.compare(x, y, noPrecision)
			}
			if by.descending {
				order = -order
			}
			if order != 0 {
				return order
			}
		}
		return 0
	})
	out := make(List, len(rows))
	for i := range rows {
		out[i] = rows[i].value
	}
	return out
}

type sortExpr struct {
	source expr
	order  *sorting
}

func compileSort(c *compiler, n node.Node) expr {
	return &sortExpr{c.expr(n.Get("source")), c.sorting(n.Get("by"))}
}

func (e *sortExpr) eval(r *run, f []Value) Value {
	v := e.source.eval(r, f)
	if v == nil {
		return nil
	}
	return e.order.apply(r, f, list("Sort", v))
}
