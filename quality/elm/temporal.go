// SPDX-License-Identifier: Apache-2.0

package elm

import (
	"fmt"
	"strings"
)

// Precision is a unit of time: how precisely a date or time is known, or what an
// operator counts in.
type Precision uint8

// The precisions, from coarse to fine. Week is no precision of a value; operators count in it.
const (
	Year Precision = iota
	Month
	Day
	Hour
	Minute
	Second
	Millisecond
	Week
	noPrecision Precision = 255
)

var precisionNames = [...]string{"Year", "Month", "Day", "Hour", "Minute", "Second", "Millisecond", "Week"}

func (p Precision) String() string {
	if int(p) < len(precisionNames) {
		return precisionNames[p]
	}
	return "none"
}

func precisionOf(name string) (Precision, bool) {
	for i, n := range precisionNames {
		if n == name {
			return Precision(i), true
		}
	}
	return noPrecision, false
}

type temporalKind uint8

const (
	dateKind temporalKind = iota
	dateTimeKind
	timeKind
)

// Temporal is a Date, a DateTime or a Time, as precise as it was given. What is
// below its precision counts as the lowest value.
type Temporal struct {
	ms     int64 // wall clock: milliseconds since 1970-01-01T00:00, or since midnight for a Time
	offset int16 // minutes east of UTC, of a DateTime
	kind   temporalKind
	prec   Precision
}

const (
	msSecond = 1000
	msMinute = 60 * msSecond
	msHour   = 60 * msMinute
	msDay    = 24 * msHour
)

// IsDate, IsDateTime, IsTime tell the type.
func (t Temporal) IsDate() bool     { return t.kind == dateKind }
func (t Temporal) IsDateTime() bool { return t.kind == dateTimeKind }
func (t Temporal) IsTime() bool     { return t.kind == timeKind }

// Precision is the finest component that is known.
func (t Temporal) Precision() Precision { return t.prec }

// daysFromCivil counts the days from 1970-01-01 in the proleptic Gregorian
// calendar, with years that start in March; civilFromDays is its inverse.
func daysFromCivil(y, m, d int) int64 {
	if m <= 2 {
		y--
		m += 12
	}
	era := floorDiv(int64(y), 400)
	yoe := int64(y) - era*400
	doy := int64((153*(m-3)+2)/5 + d - 1)
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return era*146097 + doe - 719468
}

func civilFromDays(z int64) (y, m, d int) {
	z += 719468
	era := floorDiv(z, 146097)
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	d = int(doy - (153*mp+2)/5 + 1)
	m = int(mp + 3)
	y = int(yoe + era*400)
	if m > 12 {
		m -= 12
		y++
	}
	return y, m, d
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

func daysInMonth(y, m int) int {
	switch m {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// NewDate makes a Date. Components below prec are ignored.
func NewDate(y, m, d int, prec Precision) Temporal {
	if prec < Month {
		m = 1
	}
	if prec < Day {
		d = 1
	}
	return Temporal{ms: daysFromCivil(y, m, d) * msDay, kind: dateKind, prec: prec}
}

// civil is the calendar day.
func (t Temporal) civil() (y, m, d int) { return civilFromDays(floorDiv(t.ms, msDay)) }

// clock is the time of day in milliseconds.
func (t Temporal) clock() int64 { return t.ms - floorDiv(t.ms, msDay)*msDay }

// component is one part of the value; ok is false if it is not known.
func (t Temporal) component(p Precision) (n int, ok bool) {
	if p > t.prec || p > Millisecond || t.kind == timeKind && p < Hour {
		return 0, false
	}
	switch p {
	case Year, Month, Day:
		y, m, d := t.civil()
		return [...]int{y, m, d}[p], true
	case Hour:
		return int(t.clock() / msHour), true
	case Minute:
		return int(t.clock() / msMinute % 60), true
	case Second:
		return int(t.clock() / msSecond % 60), true
	}
	return int(t.clock() % msSecond), true
}

// finest is the precision of a complete value of the kind.
func (k temporalKind) finest() Precision {
	if k == dateKind {
		return Day
	}
	return Millisecond
}

// stepMs is the length of a precision that has a fixed one.
func stepMs(p Precision) int64 {
	return [...]int64{Day: msDay, Hour: msHour, Minute: msMinute, Second: msSecond, Millisecond: 1, Week: 7 * msDay}[p]
}

// truncate cuts the wall clock to a precision.
func truncate(ms int64, p Precision) int64 {
	switch p {
	case Year, Month:
		y, m, _ := civilFromDays(floorDiv(ms, msDay))
		if p == Year {
			m = 1
		}
		return daysFromCivil(y, m, 1) * msDay
	}
	step := stepMs(p)
	return floorDiv(ms, step) * step
}

// lowest and highest are the bounds of what an imprecise value may be, as values
// of full precision.
func (t Temporal) lowest() Temporal {
	t.prec = t.kind.finest()
	return t
}

func (t Temporal) highest() Temporal {
	if fin := t.kind.finest(); t.prec < fin {
		end := t.addUnits(1, t.prec)
		t.ms = end.ms - stepMs(fin)
		t.prec = fin
	}
	return t
}

// addUnits moves the value by n units; a day beyond the end of the month becomes
// its last day.
func (t Temporal) addUnits(n int64, p Precision) Temporal {
	switch p {
	case Year, Month:
		y, m, d := t.civil()
		months := int64(y)*12 + int64(m-1)
		if p == Year {
			n *= 12
		}
		months += n
		ny, nm := int(floorDiv(months, 12)), int(months-floorDiv(months, 12)*12)+1
		d = min(d, daysInMonth(ny, nm))
		t.ms = daysFromCivil(ny, nm, d)*msDay + t.clock()
	default:
		t.ms += n * stepMs(p)
	}
	return t
}

// inRange tells whether the value is one that the type has: years 1 to 9999, or
// within the day for a Time.
func (t Temporal) inRange() bool {
	if t.kind == timeKind {
		return t.ms >= 0 && t.ms < msDay
	}
	return t.ms >= minDateTime.ms && t.ms <= maxDateTime.ms
}

var (
	minDateTime = Temporal{ms: daysFromCivil(1, 1, 1) * msDay, kind: dateTimeKind, prec: Millisecond}
	maxDateTime = Temporal{ms: daysFromCivil(10000, 1, 1)*msDay - 1, kind: dateTimeKind, prec: Millisecond}
	minDate     = Temporal{ms: minDateTime.ms, kind: dateKind, prec: Day}
	maxDate     = Temporal{ms: daysFromCivil(9999, 12, 31) * msDay, kind: dateKind, prec: Day}
	minTime     = Temporal{kind: timeKind, prec: Millisecond}
	maxTime     = Temporal{ms: msDay - 1, kind: timeKind, prec: Millisecond}
)

// asDateTime is a Date as a DateTime of the same precision; other values stay.
func (t Temporal) asDateTime(offset int16) Temporal {
	if t.kind == dateKind {
		t.kind, t.offset = dateTimeKind, offset
	}
	return t
}

// shift moves the wall clock of a DateTime to another offset. A value without an
// hour cannot be moved.
func (t Temporal) shift(offset int16) Temporal {
	if t.kind == dateTimeKind && t.offset != offset && t.prec >= Hour {
		t.ms += int64(offset-t.offset) * msMinute
		t.offset = offset
	}
	return t
}

// align gives two values the same type and offset for a comparison: a Date meets a
// DateTime as a DateTime, and different offsets meet at that of the evaluation.
func align(a, b Temporal, offset int16) (Temporal, Temporal) {
	if a.kind != b.kind {
		a, b = a.asDateTime(offset), b.asDateTime(offset)
	}
	if a.offset != b.offset {
		a, b = a.shift(offset), b.shift(offset)
	}
	return a, b
}

// compareTemporal orders two values, component by component, as far as asked;
// noPrecision asks for all. known is false if a component is missing before the
// order is decided. Seconds and milliseconds are one component unless one of them
// is asked for.
func compareTemporal(a, b Temporal, asked Precision, offset int16) (order int, known bool) {
	a, b = align(a, b, offset)
	if asked == noPrecision {
		asked = Millisecond
		if a.prec == b.prec {
			asked = a.prec
		} else {
			if a.prec == Second {
				a.prec = Millisecond
			}
			if b.prec == Second {
				b.prec = Millisecond
			}
		}
	}
	p := min(a.prec, b.prec, asked)
	x, y := a.ms, b.ms
	if p < Millisecond {
		x, y = truncate(x, p), truncate(y, p)
	}
	switch {
	case x < y:
		return -1, true
	case x > y:
		return 1, true
	}
	return 0, p >= asked
}

// String prints the value in the form that ParseTemporal reads, as precisely as it is known.
func (t Temporal) String() string {
	var b strings.Builder
	if t.kind != timeKind {
		y, m, d := t.civil()
		fmt.Fprintf(&b, "%04d", y)
		if t.prec >= Month {
			fmt.Fprintf(&b, "-%02d", m)
		}
		if t.prec >= Day {
			fmt.Fprintf(&b, "-%02d", d)
		}
	}
	if t.kind != dateKind && t.prec >= Hour {
		if t.kind == dateTimeKind {
			b.WriteByte('T')
		}
		c := t.clock()
		fmt.Fprintf(&b, "%02d", c/msHour)
		if t.prec >= Minute {
			fmt.Fprintf(&b, ":%02d", c/msMinute%60)
		}
		if t.prec >= Second {
			fmt.Fprintf(&b, ":%02d", c/msSecond%60)
		}
		if t.prec >= Millisecond {
			fmt.Fprintf(&b, ".%03d", c%msSecond)
		}
		if t.kind == dateTimeKind {
			b.WriteString(offsetText(t.offset))
		}
	}
	return b.String()
}

func offsetText(minutes int16) string {
	if minutes == 0 {
		return "Z"
	}
	sign := '+'
	if minutes < 0 {
		sign, minutes = '-', -minutes
	}
	return fmt.Sprintf("%c%02d:%02d", sign, minutes/60, minutes%60)
}

// Earliest and Latest are the first and last moment that an imprecise value may be.
func (t Temporal) Earliest() Temporal { return t.lowest() }

// Latest is the last moment that an imprecise value may be.
func (t Temporal) Latest() Temporal { return t.highest() }

// Before tells whether t is the earlier of two complete values.
func (t Temporal) Before(o Temporal) bool {
	order, known := compareTemporal(t, o, noPrecision, 0)
	return known && order < 0
}
