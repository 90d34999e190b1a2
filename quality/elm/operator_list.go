// SPDX-License-Identifier: Apache-2.0

package elm

import (
	"math"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// listOperators work on lists; Union, Intersect and Except on intervals too.
var listOperators = map[string]operator{
	"Exists": unaryOfNull(func(r *run, a Value) Value {
		l, ok := a.(List)
		if !ok {
			return Boolean(a != nil)
		}
		for _, item := range l {
			if item != nil {
				return Boolean(true)
			}
		}
		return Boolean(false)
	}),
	"First": unary(func(r *run, a Value) Value { return index(list("First", a), 0) }),
	"Last": unary(func(r *run, a Value) Value {
		l := list("Last", a)
		return index(l, len(l)-1)
	}),
	"Indexer": binary(func(r *run, a, b Value, _ Precision) Value {
		i, ok := b.(Integer)
		if !ok {
			panic(noOperation("Indexer", a, b))
		}
		if s, ok := a.(String); ok {
			return characterAt(s, int(i))
		}
		return index(list("Indexer", a), int(i))
	}),
	"IndexOf": named(func(r *run, args []Value) Value {
		if args[0] == nil || args[1] == nil {
			return nil
		}
		for i, item := range list("IndexOf", args[0]) {
			if r.equal(item, args[1]) == yes {
				return Integer(i)
			}
		}
		return Integer(-1)
	}, "source", "element"),
	"Slice": named(func(r *run, args []Value) Value {
		l, ok := args[0].(List)
		if !ok {
			return nil
		}
		from, to := 0, len(l)
		if n, ok := args[1].(Integer); ok {
			from = int(n)
		}
		if n, ok := args[2].(Integer); ok {
			to = min(to, int(n))
		}
		if from < 0 || from >= to {
			return List{}
		}
		return l[from:to:to]
	}, "source", "startIndex", "endIndex"),
	"SingletonFrom": unary(func(r *run, a Value) Value {
		l, ok := a.(List)
		if !ok {
			return a
		}
		if len(l) > 1 {
			panic(failure{"a list that should have one element has more"})
		}
		return index(l, 0)
	}),
	"ToList": unaryOfNull(func(r *run, a Value) Value {
		if a == nil {
			return List{}
		}
		return List{a}
	}),
	"Distinct": unary(func(r *run, a Value) Value { return r.distinct(list("Distinct", a)) }),
	"Flatten": unary(func(r *run, a Value) Value {
		out := List{}
		for _, item := range list("Flatten", a) {
			if l, ok := item.(List); ok {
				out = append(out, l...)
			} else if item != nil {
				out = append(out, item)
			}
		}
		return out
	}),
	"Union": nary(func(r *run, args []Value) Value { return r.fold(args, r.union) }),
	"Intersect": nary(func(r *run, args []Value) Value {
		return r.fold(args, func(a, b Value) Value { return r.without(a, b, true) })
	}),
	"Except": nary(func(r *run, args []Value) Value {
		return r.fold(args, func(a, b Value) Value { return r.without(a, b, false) })
	}),
	"Filter":  {func(c *compiler, n node.Node) expr { return compileEach(c, n, "condition") }},
	"ForEach": {func(c *compiler, n node.Node) expr { return compileEach(c, n, "element") }},
	"Current": {func(c *compiler, n node.Node) expr {
		name := n.Get("scope").Text()
		if name == "" {
			name = "$this"
		}
		if slot, ok := c.lookup(name); ok {
			return slotRef(slot)
		}
		return c.fail(n, "there is no current element here")
	}},
}

func list(what string, v Value) List {
	l, ok := v.(List)
	if !ok {
		panic(noOperation(what, v))
	}
	return l
}

func index(l List, i int) Value {
	if i < 0 || i >= len(l) {
		return nil
	}
	return l[i]
}

// eachExpr applies an expression to every element: a filter keeps those for which it
// is true, a ForEach collects its values.
type eachExpr struct {
	at
	source, body expr
	slot         int
	filter       bool
}

func compileEach(c *compiler, n node.Node, body string) expr {
	e := &eachExpr{at: c.here(), source: c.expr(n.Get("source")), filter: body == "condition"}
	name := n.Get("scope").Text()
	if name == "" {
		name = "$this"
	}
	e.slot = c.bind(name)
	e.body = c.expr(n.Get(body))
	c.unbind(1)
	return e
}

func (e *eachExpr) eval(r *run, f []Value) Value {
	v := e.source.eval(r, f)
	if v == nil {
		return nil
	}
	r.locator = e.locator
	out := List{}
	for _, item := range list("a loop", v) {
		f[e.slot] = item
		got := e.body.eval(r, f)
		if !e.filter {
			out = append(out, got)
		} else if truth(got) == yes {
			out = append(out, item)
		}
	}
	return out
}

// fold applies a set operator to two or more operands.
func (r *run) fold(args []Value, fn func(a, b Value) Value) Value {
	if len(args) == 0 {
		return nil
	}
	acc := args[0]
	for _, b := range args[1:] {
		acc = fn(acc, b)
	}
	return acc
}

func (r *run) union(a, b Value) Value {
	_, x := a.(*Interval)
	_, y := b.(*Interval)
	if x || y {
		if !x || !y {
			return nil
		}
		return r.unite(a.(*Interval), b.(*Interval))
	}
	if a == nil && b == nil {
		return List{}
	}
	l1, l2 := listOrEmpty(a), listOrEmpty(b)
	all := make(List, 0, len(l1)+len(l2))
	return r.distinct(append(append(all, l1...), l2...))
}

func listOrEmpty(v Value) List {
	switch x := v.(type) {
	case nil:
		return nil
	case List:
		return x
	}
	return List{v}
}

// without keeps of a what b has (shared) or what it has not.
func (r *run) without(a, b Value, shared bool) Value {
	if x, ok := a.(*Interval); ok {
		y, ok := b.(*Interval)
		switch {
		case !ok:
			return nil
		case shared:
			return r.intersect(x, y)
		}
		return r.subtract(x, y)
	}
	if a == nil || b == nil && shared {
		return nil
	}
	l := list("a set operator", a)
	seen := r.newSet(listOrEmpty(b))
	out := List{}
	for _, item := range l {
		if seen.has(item) == shared {
			out = append(out, item)
		}
	}
	return r.distinct(out)
}

func (r *run) listHas(l List, item Value, p Precision) Value {
	if item == nil {
		for _, x := range l {
			if x == nil {
				return Boolean(true)
			}
		}
		return Boolean(false)
	}
	for _, x := range l {
		if x == nil {
			continue
		}
		same := unknown
		if _, ok := x.(Temporal); ok && p != noPrecision {
			same = r.same(x, item, p)
		} else {
			same = r.equal(x, item)
		}
		if same == yes {
			return Boolean(true)
		}
	}
	return Boolean(false)
}

func (r *run) listIncludes(whole, part List) tri {
	s := r.newSet(whole)
	for _, item := range part {
		if !s.has(item) {
			return no
		}
	}
	return yes
}

// distinct is a list without repetitions; nulls count as equal.
func (r *run) distinct(l List) List {
	if len(l) < 2 {
		return l
	}
	s := &valueSet{r: r, buckets: map[uint64][]Value{}}
	out := make(List, 0, len(l))
	for _, item := range l {
		if s.add(item) {
			out = append(out, item)
		}
	}
	return out
}

// valueSet finds equal values fast, by a hash that equal values share.
type valueSet struct {
	r       *run
	buckets map[uint64][]Value
	null    bool
}

func (r *run) newSet(l List) *valueSet {
	s := &valueSet{r: r, buckets: map[uint64][]Value{}}
	for _, item := range l {
		s.add(item)
	}
	return s
}

// add puts a value in and tells whether it was new.
func (s *valueSet) add(v Value) bool {
	if v == nil {
		was := s.null
		s.null = true
		return !was
	}
	h := hashValue(v)
	for _, x := range s.buckets[h] {
		if s.same(x, v) {
			return false
		}
	}
	s.buckets[h] = append(s.buckets[h], v)
	return true
}

func (s *valueSet) has(v Value) bool {
	if v == nil {
		return s.null
	}
	for _, x := range s.buckets[hashValue(v)] {
		if s.same(x, v) {
			return true
		}
	}
	return false
}

func (s *valueSet) same(a, b Value) bool {
	if x, ok := a.(Element); ok {
		if y, ok := b.(Element); ok && x.Node == y.Node {
			return true
		}
	}
	return s.r.equal(a, b) == yes
}

// hashValue is the same for values that are equal.
func hashValue(v Value) uint64 {
	const prime = 1099511628211
	str := func(s string) uint64 {
		h := uint64(14695981039346656037)
		for i := 0; i < len(s); i++ {
			h = (h ^ uint64(s[i])) * prime
		}
		return h
	}
	switch x := v.(type) {
	case String:
		return str(string(x))
	case Boolean:
		return uint64(ord(x)) + 1
	case Integer, Long, Decimal:
		d, _ := number(v)
		if d.large != nil {
			return d.large.Uint64()
		}
		return uint64(d.small)
	case Temporal:
		if x.prec >= Hour && x.kind == dateTimeKind {
			return uint64(x.ms - int64(x.offset)*msMinute)
		}
		return uint64(x.ms)
	case *Code:
		return str(x.Code)
	case Element:
		id := x.Node.ID()
		if id == "" {
			return uint64(x.Node.Len())<<8 | uint64(x.Node.Kind())
		}
		return str(id)
	case List:
		return math.MaxUint32 + uint64(len(x))
	}
	return 7 // quantities may be equal in other units, intervals with other bounds
}
