// SPDX-License-Identifier: Apache-2.0

package elm

import (
	"slices"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// intervalOperators relate intervals and points. Those that CQL defines for lists
// as well look at their operands to tell which is meant.
var intervalOperators = map[string]operator{
	"Start": unary(func(r *run, a Value) Value { return r.start(interval("Start", a)) }),
	"End":   unary(func(r *run, a Value) Value { return r.end(interval("End", a)) }),
	"Width": unary(func(r *run, a Value) Value {
		iv := interval("Width", a)
		return r.width(iv)
	}),
	"Size": unary(func(r *run, a Value) Value {
		iv := interval("Size", a)
		w := r.width(iv)
		if w == nil {
			return nil
		}
		return add(r, w, pointSize(r.start(iv)), 0)
	}),
	"PointFrom": unary(func(r *run, a Value) Value {
		iv := interval("PointFrom", a)
		start, end := r.start(iv), r.end(iv)
		if r.equal(start, end) != yes {
			panic(failure{"the interval has more than one point"})
		}
		return start
	}),
	"In": binaryOfNull(func(r *run, a, b Value, p Precision) Value { return r.contains(b, a, p) }),
	"Contains": binaryOfNull(func(r *run, a, b Value, p Precision) Value {
		return r.contains(a, b, p)
	}),
	"ProperIn":       binaryOfNull(func(r *run, a, b Value, p Precision) Value { return r.properContains(b, a, p) }),
	"ProperContains": binaryOfNull(func(r *run, a, b Value, p Precision) Value { return r.properContains(a, b, p) }),
	"Includes":       binaryOfNull(func(r *run, a, b Value, p Precision) Value { return r.includesAny(a, b, p) }),
	"IncludedIn":     binaryOfNull(func(r *run, a, b Value, p Precision) Value { return r.includesAny(b, a, p) }),
	"ProperIncludes": binaryOfNull(func(r *run, a, b Value, p Precision) Value {
		return r.properIncludes(a, b, p)
	}),
	"ProperIncludedIn": binaryOfNull(func(r *run, a, b Value, p Precision) Value { return r.properIncludes(b, a, p) }),
	"Overlaps":         intervals(func(r *run, a, b *Interval, p Precision) tri { return r.overlaps(a, b, p) }),
	"OverlapsBefore": intervals(func(r *run, a, b *Interval, p Precision) tri {
		return r.less(r.start(a), r.start(b), p).and(r.overlaps(a, b, p))
	}),
	"OverlapsAfter": intervals(func(r *run, a, b *Interval, p Precision) tri {
		return r.less(r.end(b), r.end(a), p).and(r.overlaps(a, b, p))
	}),
	"Before":      intervals(func(r *run, a, b *Interval, p Precision) tri { return r.intervalBefore(a, b, p) }),
	"After":       intervals(func(r *run, a, b *Interval, p Precision) tri { return r.intervalBefore(b, a, p) }),
	"MeetsBefore": intervals(func(r *run, a, b *Interval, p Precision) tri { return r.meetsBefore(a, b, p) }),
	"MeetsAfter":  intervals(func(r *run, a, b *Interval, p Precision) tri { return r.meetsBefore(b, a, p) }),
	"Meets": intervals(func(r *run, a, b *Interval, p Precision) tri {
		return r.meetsBefore(a, b, p).or(r.meetsBefore(b, a, p))
	}),
	"Starts": intervals(func(r *run, a, b *Interval, p Precision) tri {
		return r.same(r.start(a), r.start(b), p).and(r.lessOrEqual(r.end(a), r.end(b), p))
	}),
	"Ends": intervals(func(r *run, a, b *Interval, p Precision) tri {
		return r.same(r.end(a), r.end(b), p).and(r.lessOrEqual(r.start(b), r.start(a), p))
	}),
	"Collapse": {func(c *compiler, n node.Node) expr {
		a, b := c.pair(n)
		return &naryExpr{c.here(), []expr{a, b}, func(r *run, args []Value) Value { return r.collapse(args[0], args[1]) }}
	}},
	"Expand": {func(c *compiler, n node.Node) expr {
		a, b := c.pair(n)
		return &naryExpr{c.here(), []expr{a, b}, func(r *run, args []Value) Value { return r.expand(args[0], args[1]) }}
	}},
}

// intervals is an operator of two intervals; a point stands for the interval of it.
func intervals(fn func(r *run, a, b *Interval, p Precision) tri) operator {
	return binary(func(r *run, a, b Value, p Precision) Value { return fn(r, asInterval(a), asInterval(b), p).value() })
}

func interval(what string, v Value) *Interval {
	iv, ok := v.(*Interval)
	if !ok {
		panic(noOperation(what, v))
	}
	return iv
}

func (r *run) width(iv *Interval) Value {
	start, end := r.start(iv), r.end(iv)
	if start == nil || end == nil {
		return nil
	}
	if _, ok := start.(Temporal); ok {
		panic(failure{"an interval of dates has no width; use a duration"})
	}
	return subtract(r, end, start, 0)
}

// pointSize is the distance between neighbouring points.
func pointSize(point Value) Value {
	switch p := point.(type) {
	case Integer, Long:
		return Integer(1)
	case Quantity:
		return Quantity{hundredMillionths(1), p.Unit}
	}
	return hundredMillionths(1)
}

// contains is Contains for intervals and lists.
func (r *run) contains(whole, item Value, p Precision) Value {
	switch x := whole.(type) {
	case nil:
		return nil
	case *Interval:
		if item == nil {
			return nil
		}
		return r.inInterval(item, x, p).value()
	case List:
		return r.listHas(x, item, p)
	case *ValueSet:
		return r.inValueSet(item, x).value()
	}
	panic(noOperation("Contains", whole, item))
}

func (r *run) properContains(whole, item Value, p Precision) Value {
	switch x := whole.(type) {
	case nil:
		return nil
	case *Interval:
		return r.inInterval(item, x, p).and(r.same(r.start(x), r.end(x), p).not()).value()
	case List:
		if len(x) < 2 {
			return Boolean(false)
		}
		return r.listHas(x, item, p)
	}
	panic(noOperation("ProperContains", whole, item))
}

// includesAny is Includes for intervals and lists, and for a point in either.
func (r *run) includesAny(whole, part Value, p Precision) Value {
	if whole == nil || part == nil {
		return nil
	}
	switch x := whole.(type) {
	case *Interval:
		if iv, ok := part.(*Interval); ok {
			return r.includes(x, iv, p).value()
		}
		return r.inInterval(part, x, p).value()
	case List:
		if l, ok := part.(List); ok {
			return r.listIncludes(x, l).value()
		}
		return r.listHas(x, part, p)
	}
	panic(noOperation("Includes", whole, part))
}

func (r *run) properIncludes(whole, part Value, p Precision) Value {
	if whole == nil || part == nil {
		return nil
	}
	switch x := whole.(type) {
	case *Interval:
		iv := asInterval(part)
		return r.includes(x, iv, p).and(r.sameInterval(x, iv, p).not()).value()
	case List:
		if l, ok := part.(List); ok {
			return r.listIncludes(x, l).and(triOf(len(x) > len(l))).value()
		}
	}
	panic(noOperation("ProperIncludes", whole, part))
}

// collapse joins intervals that overlap or are no further apart than per, in order
// of their starts. A null per means the distance of neighbouring points.
func (r *run) collapse(list, per Value) Value {
	l, ok := list.(List)
	if !ok {
		return nil
	}
	var ivs []*Interval
	for _, v := range l {
		if iv, ok := v.(*Interval); ok && iv != nil {
			start, end := r.start(iv), r.end(iv)
			if start != nil && end != nil {
				ivs = append(ivs, closed(start, end))
			}
		}
	}
	slices.SortStableFunc(ivs, func(a, b *Interval) int {
		order, _ := r.compare(a.Low, b.Low, noPrecision)
		return order
	})
	out := List{}
	var last *Interval
	for _, iv := range ivs {
		if last != nil && r.near(last, iv, per) {
			if r.less(last.High, iv.High, noPrecision) == yes {
				last.High = iv.High
			}
			continue
		}
		last = closed(iv.Low, iv.High)
		out = append(out, last)
	}
	return out
}

// near tells whether b, which starts no earlier than a, belongs to the same stretch.
func (r *run) near(a, b *Interval, per Value) bool {
	reach := a.High
	if q, ok := per.(Quantity); ok {
		if t, ok := reach.(Temporal); ok {
			// Day-wise: an interval that starts on the next day continues this one.
			p, known := timeUnits[plainUnit(q.Unit)]
			if !known {
				panic(failure{"intervals of dates cannot be collapsed per " + q.Unit})
			}
			if p == Week {
				p = Day
			}
			t.prec = min(t.prec, p)
			next := addTime(t, q)
			return r.lessOrEqual(b.Low, next, min(p, t.prec)) == yes
		}
		var gap Value = q
		if _, plain := reach.(Quantity); !plain {
			gap = q.Value
		}
		return r.lessOrEqual(subtract(r, b.Low, reach, 0), gap, noPrecision) == yes
	}
	if next := step(reach, 1); next != nil {
		reach = next
	}
	return r.lessOrEqual(b.Low, reach, noPrecision) == yes
}

// maxExpansion bounds what Expand makes of an interval.
const maxExpansion = 1_000_000

// expand cuts intervals into pieces of size per. A list of intervals gives the
// pieces as intervals, a single interval gives their first points.
func (r *run) expand(v, per Value) Value {
	if iv, ok := v.(*Interval); ok {
		points := List{}
		for _, piece := range r.pieces(iv, per) {
			points = append(points, piece.Low)
		}
		return points
	}
	l, ok := v.(List)
	if !ok {
		return nil
	}
	out := List{}
	for _, item := range l {
		if iv, ok := item.(*Interval); ok {
			for _, piece := range r.pieces(iv, per) {
				out = append(out, piece)
			}
		}
	}
	return r.distinct(out)
}

func (r *run) pieces(iv *Interval, per Value) []*Interval {
	start, end := r.start(iv), r.end(iv)
	if u, ok := end.(Uncertainty); ok {
		end = u.Low
	}
	if start == nil || end == nil {
		return nil
	}
	advance := func(v Value) Value { return step(v, 1) }
	switch s := start.(type) {
	case Temporal:
		q, ok := per.(Quantity)
		if !ok {
			q = Quantity{DecimalOf(1), []string{"year", "month", "day", "hour", "minute", "second", "millisecond"}[s.prec]}
		}
		p, known := timeUnits[plainUnit(q.Unit)]
		if !known || q.Value.Sign() <= 0 {
			panic(failure{"an interval of dates cannot be expanded per " + q.String()})
		}
		if p == Week {
			p = Day
		}
		if p > s.prec {
			return nil // the pieces are finer than what is known
		}
		cut := func(t Temporal) Temporal { t.prec = min(t.prec, p); t.ms = truncate(t.ms, t.prec); return t }
		start = cut(s)
		if e, ok := end.(Temporal); ok {
			end = cut(e)
		}
		advance = func(v Value) Value { return addTime(v.(Temporal), q) }
	case Integer, Long, Decimal, Quantity:
		size := per
		if q, ok := per.(Quantity); ok {
			if _, plain := start.(Quantity); !plain {
				size = q.Value
				if n, fits := q.Value.Truncate(); fits && q.Value.Whole() {
					if _, isInt := start.(Integer); isInt {
						size = intOrNull(n)
					}
				}
			}
		}
		if size == nil {
			size = pointSize(start)
			if _, ok := start.(Decimal); ok {
				size = DecimalOf(1)
			}
		}
		if d, _, ok := amount(size); !ok || d.Sign() <= 0 {
			panic(failure{"an interval cannot be expanded by a size that is not above zero"})
		}
		advance = func(v Value) Value { return add(r, v, size, 0) }
	}
	var out []*Interval
	for r.lessOrEqual(start, end, noPrecision) == yes {
		next := advance(start)
		if next == nil {
			break
		}
		last := step(next, -1)
		if r.less(end, last, noPrecision) == yes {
			break // the last piece would not be whole
		}
		out = append(out, closed(start, last))
		if start = next; len(out) > maxExpansion {
			panic(failure{"the interval expands to more than a million pieces"})
		}
	}
	return out
}
