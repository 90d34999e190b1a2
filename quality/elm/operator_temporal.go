// SPDX-License-Identifier: Apache-2.0

package elm

import (
	"strconv"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// temporalOperators make, take apart and measure dates and times.
var temporalOperators = map[string]operator{
	"Now":       {func(*compiler, node.Node) expr { return clock(func(now Temporal) Temporal { return now }) }},
	"Today":     {func(*compiler, node.Node) expr { return clock(Temporal.date) }},
	"TimeOfDay": {func(*compiler, node.Node) expr { return clock(Temporal.timeOfDay) }},
	"DateTime":  named(newDateTime, "year", "month", "day", "hour", "minute", "second", "millisecond", "timezoneOffset"),
	"Date":      named(newDate, "year", "month", "day"),
	"Time":      named(newTime, "hour", "minute", "second", "millisecond"),
	"DateFrom": unary(func(r *run, a Value) Value {
		return temporal("DateFrom", a).date()
	}),
	"TimeFrom": unary(func(r *run, a Value) Value {
		t := temporal("TimeFrom", a)
		if t.prec < Hour {
			return nil
		}
		return t.timeOfDay()
	}),
	"TimezoneFrom": unary(func(r *run, a Value) Value { // the name in the first release
		return offsetHours(temporal("TimezoneFrom", a))
	}),
	"TimezoneOffsetFrom": unary(func(r *run, a Value) Value {
		return offsetHours(temporal("TimezoneOffsetFrom", a))
	}),
	"DateTimeComponentFrom": {func(c *compiler, n node.Node) expr {
		p := c.precision(n)
		return &unaryExpr{c.here(), c.source(n), func(r *run, a Value) Value {
			if v, ok := temporal("a component", a).component(p); ok {
				return Integer(v)
			}
			return nil
		}, true}
	}},
	"DurationBetween":   binary(func(r *run, a, b Value, p Precision) Value { return r.between(a, b, p, duration) }),
	"DifferenceBetween": binary(func(r *run, a, b Value, p Precision) Value { return r.between(a, b, p, difference) }),
	"SameAs": binary(func(r *run, a, b Value, p Precision) Value {
		return relation(a, b, func(x, y *Interval) tri { return r.sameInterval(x, y, p) }, func() tri { return r.same(a, b, p) })
	}),
	"SameOrBefore": binary(func(r *run, a, b Value, p Precision) Value {
		return relation(a, b, func(x, y *Interval) tri { return r.lessOrEqual(r.end(x), r.start(y), p) },
			func() tri { return r.lessOrEqual(a, b, p) })
	}),
	"SameOrAfter": binary(func(r *run, a, b Value, p Precision) Value {
		return relation(a, b, func(x, y *Interval) tri { return r.lessOrEqual(r.end(y), r.start(x), p) },
			func() tri { return r.lessOrEqual(b, a, p) })
	}),
}

// relation asks for intervals if either side is one, and for points else.
func relation(a, b Value, intervals func(x, y *Interval) tri, points func() tri) Value {
	_, x := a.(*Interval)
	_, y := b.(*Interval)
	if x || y {
		return intervals(asInterval(a), asInterval(b)).value()
	}
	return points().value()
}

type clock func(now Temporal) Temporal

func (e clock) eval(r *run, _ []Value) Value { return e(r.now) }

func temporal(what string, v Value) Temporal {
	t, ok := v.(Temporal)
	if !ok {
		panic(noOperation(what, v))
	}
	return t
}

// date is the calendar day of a DateTime, in its own zone.
func (t Temporal) date() Temporal {
	t.ms = truncate(t.ms, Day)
	t.kind, t.offset, t.prec = dateKind, 0, min(t.prec, Day)
	return t
}

func (t Temporal) timeOfDay() Temporal {
	return Temporal{ms: t.clock(), kind: timeKind, prec: max(t.prec, Hour)}
}

// fields reads components up to the first that is null.
func fields(args []Value, first Precision, least, most []int) (v []int, prec Precision) {
	prec = noPrecision
	for i, a := range args {
		n, ok := a.(Integer)
		if !ok {
			break
		}
		if int(n) < least[i] || int(n) > most[i] {
			panic(failure{(first + Precision(i)).String() + " " + strconv.Itoa(int(n)) + " is not one that a date or time can have"})
		}
		v, prec = append(v, int(n)), first+Precision(i)
	}
	rest := make([]int, len(args))
	copy(rest, least)
	copy(rest, v)
	return rest, prec
}

func newDateTime(r *run, args []Value) Value {
	v, prec := fields(args[:7], Year, []int{1, 1, 1, 0, 0, 0, 0}, []int{9999, 12, 31, 23, 59, 59, 999})
	if prec == noPrecision {
		return nil
	}
	t := NewDate(v[0], v[1], checkDay(v), prec).asDateTime(r.offset)
	t.ms += int64(v[3])*msHour + int64(v[4])*msMinute + int64(v[5])*msSecond + int64(v[6])
	if d, ok := number(args[7]); ok {
		minutes, _ := d.Mul(DecimalOf(60))
		n, _ := minutes.Truncate()
		t.offset = int16(n)
	}
	return t
}

func newDate(r *run, args []Value) Value {
	v, prec := fields(args, Year, []int{1, 1, 1}, []int{9999, 12, 31})
	if prec == noPrecision {
		return nil
	}
	return NewDate(v[0], v[1], checkDay(v), prec)
}

func checkDay(v []int) int {
	if v[2] > daysInMonth(v[0], v[1]) {
		panic(failure{"the month has no such day"})
	}
	return v[2]
}

func newTime(r *run, args []Value) Value {
	v, prec := fields(args, Hour, []int{0, 0, 0, 0}, []int{23, 59, 59, 999})
	if prec == noPrecision {
		return nil
	}
	return Temporal{ms: int64(v[0])*msHour + int64(v[1])*msMinute + int64(v[2])*msSecond + int64(v[3]), kind: timeKind, prec: prec}
}

// addTime moves a date or time by a quantity of time. A quantity in a unit finer
// than the value's precision counts in whole units of that precision; what is after
// the point counts for seconds only.
func addTime(t Temporal, q Quantity) Value {
	p, ok := timeUnits[plainUnit(q.Unit)]
	if !ok {
		panic(failure{"a quantity in " + q.Unit + " cannot be added to a date or time"})
	}
	n, ok := q.Value.Truncate()
	if !ok {
		return nil
	}
	if t.kind == timeKind && (p < Hour || p == Week) {
		panic(failure{"a Time has no " + p.String()})
	}
	if p == Second && !q.Value.Whole() {
		ms, _ := q.Value.Mul(DecimalOf(1000))
		n, _ = ms.Truncate()
		p = Millisecond
	}
	if limit := int64(100_000_000_000_000); n > limit || n < -limit {
		return nil
	}
	if p == Week {
		n, p = n*7, Day
	}
	for p > t.prec { // 25 months after 2014 is 2016
		n /= [...]int64{Month: 12, Day: 30, Hour: 24, Minute: 60, Second: 60, Millisecond: 1000}[p]
		p--
	}
	if p <= Month && (n > 200_000 || n < -200_000) {
		return nil
	}
	res := t.addUnits(n, p)
	if t.kind == timeKind {
		res.ms -= floorDiv(res.ms, msDay) * msDay
	}
	if !res.inRange() {
		return nil
	}
	return res
}

// between counts what lies between two dates or times. If either is too imprecise
// to tell, the answer is the range of what it may be.
func (r *run) between(a, b Value, p Precision, count func(a, b Temporal, p Precision) int64) Value {
	x, ok1 := a.(Temporal)
	y, ok2 := b.(Temporal)
	if !ok1 || !ok2 {
		panic(noOperation("a duration", a, b))
	}
	x, y = align(x, y, r.offset)
	for _, t := range []*Temporal{&x, &y} { // seconds are complete: milliseconds are their decimals
		if t.prec == Second {
			t.prec = Millisecond
		}
	}
	if x.kind == dateKind && p > Day && p != Week {
		x, y = x.asDateTime(r.offset), y.asDateTime(r.offset)
	}
	least := count(x.highest(), y.lowest(), p)
	most := count(x.lowest(), y.highest(), p)
	return uncertain(intOrNull(least), intOrNull(most))
}

// duration counts whole periods from a to b.
func duration(a, b Temporal, p Precision) int64 {
	if b.ms < a.ms {
		return -duration(b, a, p)
	}
	if p != Year && p != Month {
		return (b.ms - a.ms) / stepMs(p)
	}
	// A month is full when the day of the month is reached: from 29 February a year is
	// full on 1 March.
	ay, am, ad := a.civil()
	by, bm, bd := b.civil()
	n := int64(by-ay)*12 + int64(bm-am)
	if bd < ad || bd == ad && b.clock() < a.clock() {
		n--
	}
	if p == Year {
		n /= 12
	}
	return n
}

// difference counts the boundaries crossed from a to b; weeks begin on Sunday.
func difference(a, b Temporal, p Precision) int64 {
	switch p {
	case Year, Month:
		ay, am, _ := a.civil()
		by, bm, _ := b.civil()
		if p == Year {
			return int64(by - ay)
		}
		return int64(by-ay)*12 + int64(bm-am)
	case Week:
		const sunday = 4 * msDay // 1970-01-01 was a Thursday
		return floorDiv(b.ms+sunday, 7*msDay) - floorDiv(a.ms+sunday, 7*msDay)
	}
	return floorDiv(b.ms, stepMs(p)) - floorDiv(a.ms, stepMs(p))
}

// offsetHours is the offset from UTC in hours; a value without an hour has none to
// speak of, but CQL gives it that of the evaluation.
func offsetHours(t Temporal) Value {
	d, _ := DecimalOf(int64(t.offset)).Quo(DecimalOf(60))
	return d
}
