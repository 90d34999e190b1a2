// SPDX-License-Identifier: Apache-2.0

package elm

import "math"

// start is the first point of an interval; null if it is unknown.
func (r *run) start(iv *Interval) Value {
	switch {
	case iv.Low == nil && iv.LowClosed:
		return extreme(iv, false)
	case iv.Low == nil || iv.LowClosed:
		return iv.Low
	}
	return step(iv.Low, 1)
}

// end is the last point of an interval; null if it is unknown.
func (r *run) end(iv *Interval) Value {
	switch {
	case iv.High == nil && iv.HighClosed:
		return extreme(iv, true)
	case iv.High == nil || iv.HighClosed:
		return iv.High
	}
	return step(iv.High, -1)
}

// extreme is the lowest or highest value of an interval's point type, null if
// nothing tells the type.
func extreme(iv *Interval, highest bool) Value {
	sample := iv.Low
	if sample == nil {
		sample = iv.High
	}
	if sample == nil {
		if iv.Point == nil {
			return nil
		}
		v, _ := extremeOf(iv.Point.name, highest)
		return v
	}
	if t, ok := sample.(Temporal); ok {
		v, _ := extremeOf(typeName(sample), highest)
		e := v.(Temporal)
		e.offset = t.offset
		return e
	}
	if q, ok := sample.(Quantity); ok {
		v, _ := extremeOf("Decimal", highest)
		return Quantity{v.(Decimal), q.Unit}
	}
	v, _ := extremeOf(typeName(sample), highest)
	return v
}

// extremeOf is the lowest or highest value of a type that has one.
func extremeOf(typ string, highest bool) (Value, bool) {
	pick := func(low, high Value) (Value, bool) {
		if highest {
			return high, true
		}
		return low, true
	}
	switch typ {
	case "Integer":
		return pick(Integer(math.MinInt32), Integer(math.MaxInt32))
	case "Long":
		return pick(Long(math.MinInt64), Long(math.MaxInt64))
	case "Decimal":
		most := Decimal{large: maxDecimal, places: scale}
		return pick(most.Neg(), most)
	case "Quantity":
		most := Decimal{large: maxDecimal, places: scale}
		return pick(Quantity{most.Neg(), "1"}, Quantity{most, "1"})
	case "Date":
		return pick(minDate, maxDate)
	case "DateTime":
		return pick(minDateTime, maxDateTime)
	case "Time":
		return pick(minTime, maxTime)
	}
	return nil, false
}

// step is the successor (by 1) or predecessor (by -1) of a point, null at the end
// of its type.
func step(v Value, by int) Value {
	switch x := v.(type) {
	case nil:
		return nil
	case Integer:
		if n := int64(x) + int64(by); n >= math.MinInt32 && n <= math.MaxInt32 {
			return Integer(n)
		}
		return nil
	case Long:
		if n := x + Long(by); (n > x) == (by > 0) {
			return n
		}
		return nil
	case Decimal:
		if d, ok := x.Add(hundredMillionths(int64(by))); ok {
			return d
		}
		return nil
	case Quantity:
		if d, ok := x.Value.Add(hundredMillionths(int64(by))); ok {
			return Quantity{d, x.Unit}
		}
		return nil
	case Temporal:
		t := x.addUnits(int64(by), x.prec)
		if t.inRange() {
			return t
		}
		return nil
	}
	panic(failure{typeName(v) + " has no next value"})
}

// The relations of intervals and points. Each takes the precision to compare with,
// or noPrecision.

func (r *run) inInterval(point Value, iv *Interval, p Precision) tri {
	low := r.lessOrEqual(r.start(iv), point, p)
	if low == no {
		return no
	}
	return low.and(r.lessOrEqual(point, r.end(iv), p))
}

func (r *run) includes(a, b *Interval, p Precision) tri {
	return r.lessOrEqual(r.start(a), r.start(b), p).and(r.lessOrEqual(r.end(b), r.end(a), p))
}

func (r *run) overlaps(a, b *Interval, p Precision) tri {
	return r.lessOrEqual(r.start(a), r.end(b), p).and(r.lessOrEqual(r.start(b), r.end(a), p))
}

func (r *run) intervalBefore(a, b *Interval, p Precision) tri {
	return r.less(r.end(a), r.start(b), p)
}

func (r *run) sameInterval(a, b *Interval, p Precision) tri {
	return r.same(r.start(a), r.start(b), p).and(r.same(r.end(a), r.end(b), p))
}

// meetsBefore tells whether b starts right after a ends.
func (r *run) meetsBefore(a, b *Interval, p Precision) tri {
	end, start := r.end(a), r.start(b)
	if end == nil || start == nil {
		return unknown
	}
	if t, ok := end.(Temporal); ok && p != noPrecision {
		next := t
		next.prec = min(t.prec, p)
		next.ms = truncate(next.ms, next.prec)
		return r.same(next.addUnits(1, next.prec), start, p)
	}
	next := step(end, 1)
	if next == nil {
		return no
	}
	return r.same(next, start, p)
}

// pointOf is the interval of a single point.
func pointOf(v Value) *Interval { return &Interval{Low: v, High: v, LowClosed: true, HighClosed: true} }

// asInterval is an interval as it is, and a point as the interval of it.
func asInterval(v Value) *Interval {
	if iv, ok := v.(*Interval); ok {
		return iv
	}
	return pointOf(v)
}

// closed is an interval from one point to another.
func closed(low, high Value) *Interval {
	return &Interval{Low: low, High: high, LowClosed: true, HighClosed: true}
}

// intersect is what two intervals share, null if nothing or if that is unknown.
func (r *run) intersect(a, b *Interval) Value {
	if r.overlaps(a, b, noPrecision) == no {
		return nil
	}
	res := &Interval{Point: a.Point}
	res.Low, res.LowClosed = r.bound(a, b, true, false)
	res.High, res.HighClosed = r.bound(a, b, false, true)
	return res
}

// bound picks the lower or higher of two bounds: the low ones if low is set. The
// higher low bound and the lower high bound make an intersection, the others a union.
// A bound that is unknown stays so if it might be the one.
func (r *run) bound(a, b *Interval, low, lower bool) (Value, bool) {
	type limit struct {
		point, given Value
		closed       bool
	}
	of := func(iv *Interval) limit {
		if low {
			return limit{r.start(iv), iv.Low, iv.LowClosed}
		}
		return limit{r.end(iv), iv.High, iv.HighClosed}
	}
	x, y := of(a), of(b)
	if x.point == nil {
		return x.given, x.closed
	}
	if y.point == nil {
		return y.given, y.closed
	}
	less := r.less(x.point, y.point, noPrecision)
	if less == unknown {
		return nil, false
	}
	if (less == yes) == lower {
		return x.given, x.closed
	}
	return y.given, y.closed
}

// unite is the interval of two that overlap or meet, null otherwise.
func (r *run) unite(a, b *Interval) Value {
	if r.overlaps(a, b, noPrecision).or(r.meetsBefore(a, b, noPrecision)).or(r.meetsBefore(b, a, noPrecision)) != yes {
		return nil
	}
	res := &Interval{Point: a.Point}
	res.Low, res.LowClosed = r.bound(a, b, true, true)
	res.High, res.HighClosed = r.bound(a, b, false, false)
	return res
}

// subtract is what of a does not overlap b, null if that is nothing or two pieces.
func (r *run) subtract(a, b *Interval) Value {
	switch r.overlaps(a, b, noPrecision) {
	case unknown:
		return nil
	case no:
		return a
	}
	left := r.less(r.start(a), r.start(b), noPrecision)
	right := r.less(r.end(b), r.end(a), noPrecision)
	switch {
	case left == yes && right == no:
		return &Interval{Low: a.Low, LowClosed: a.LowClosed, High: step(r.start(b), -1), HighClosed: true}
	case right == yes && left == no:
		return &Interval{Low: step(r.end(b), 1), LowClosed: true, High: a.High, HighClosed: a.HighClosed}
	}
	return nil
}
