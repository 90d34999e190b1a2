// SPDX-License-Identifier: Apache-2.0

// Package datetime holds dates and times that are only as precise as someone
// wrote them: a year, a month, a day, a minute with or without a zone. FHIR and
// FHIRPath compare them without inventing what was not said.
package datetime

import (
	"errors"
	"time"
)

// Precision is how much of a date and time is known.
type Precision uint8

// The precisions, coarse to fine. Fraction means that digits follow the seconds.
const (
	None Precision = iota
	Year
	Month
	Day
	Hour
	Minute
	Second
	Fraction
)

// DateTime is a date, a date with time, or a time of day. Compare with Compare;
// == compares the way it was written.
type DateTime struct {
	Year      int16 // 1 to 9999; 0 in a time of day
	Month     uint8
	Day       uint8
	Hour      uint8
	Minute    uint8
	Second    uint8 // 60 for a leap second as FHIR's pattern allows
	Digits    uint8 // digits after the seconds' point
	Precision Precision
	Clock     bool  // a time of day without a date
	Zoned     bool  // Offset is known
	Nano      int32 // fraction of the second
	Offset    int16 // minutes east of UTC
}

// ErrSyntax is returned for a text that is no date or time, or names a day that
// the calendar does not have.
var ErrSyntax = errors.New("not a date or time")

// Parse reads CCYY, CCYY-MM, CCYY-MM-DD, or CCYY-MM-DDThh:mm[:ss[.f]][zone], the
// forms of FHIR's date, dateTime and instant, and also CCYY-MM-DDThh, which
// FHIRPath knows.
func Parse(s string) (DateTime, error) {
	d, rest, err := parseDate(s)
	if err != nil || rest == "" {
		return d, err
	}
	if rest[0] != 'T' || d.Precision != Day {
		return DateTime{}, ErrSyntax
	}
	rest, err = d.parseClock(rest[1:])
	if err == nil && rest != "" {
		rest, err = d.parseZone(rest)
	}
	if err != nil || rest != "" {
		return DateTime{}, ErrSyntax
	}
	return d, nil
}

// ParseTime reads a time of day: hh[:mm[:ss[.f]]], without a zone.
func ParseTime(s string) (DateTime, error) {
	d := DateTime{Clock: true}
	if rest, err := d.parseClock(s); err != nil || rest != "" {
		return DateTime{}, ErrSyntax
	}
	return d, nil
}

func parseDate(s string) (d DateTime, rest string, err error) {
	y, ok := number(s, 4)
	if !ok || y == 0 {
		return d, "", ErrSyntax
	}
	d.Year, d.Precision = int16(y), Year
	rest = s[4:]
	if rest == "" || rest[0] != '-' {
		return d, rest, nil
	}
	m, ok := number(rest[1:], 2)
	if !ok || m < 1 || m > 12 {
		return d, "", ErrSyntax
	}
	d.Month, d.Precision = uint8(m), Month
	rest = rest[3:]
	if rest == "" || rest[0] != '-' {
		return d, rest, nil
	}
	day, ok := number(rest[1:], 2)
	if !ok || day < 1 || day > DaysIn(y, m) {
		return d, "", ErrSyntax
	}
	d.Day, d.Precision = uint8(day), Day
	return d, rest[3:], nil
}

func (d *DateTime) parseClock(s string) (rest string, err error) {
	h, ok := number(s, 2)
	if !ok || h > 23 {
		return "", ErrSyntax
	}
	d.Hour, d.Precision = uint8(h), Hour
	rest = s[2:]
	if rest == "" || rest[0] != ':' {
		return rest, nil
	}
	m, ok := number(rest[1:], 2)
	if !ok || m > 59 {
		return "", ErrSyntax
	}
	d.Minute, d.Precision = uint8(m), Minute
	rest = rest[3:]
	if rest == "" || rest[0] != ':' {
		return rest, nil
	}
	sec, ok := number(rest[1:], 2)
	if !ok || sec > 60 {
		return "", ErrSyntax
	}
	d.Second, d.Precision = uint8(sec), Second
	rest = rest[3:]
	if rest == "" || rest[0] != '.' {
		return rest, nil
	}
	return d.parseFraction(rest[1:])
}

func (d *DateTime) parseFraction(s string) (rest string, err error) {
	n := 0
	for unit := int32(100_000_000); n < len(s) && s[n]-'0' <= 9; n++ {
		d.Nano += int32(s[n]-'0') * unit // digits beyond the nanosecond add nothing
		unit /= 10
	}
	if n == 0 || n > 100 {
		return "", ErrSyntax
	}
	d.Precision, d.Digits = Fraction, uint8(min(n, 9))
	return s[n:], nil
}

func (d *DateTime) parseZone(s string) (rest string, err error) {
	if s[0] == 'Z' {
		d.Zoned = true
		return s[1:], nil
	}
	if len(s) < 6 || s[0] != '+' && s[0] != '-' || s[3] != ':' {
		return "", ErrSyntax
	}
	h, okH := number(s[1:], 2)
	m, okM := number(s[4:], 2)
	if !okH || !okM || m > 59 || h*60+m > 14*60 {
		return "", ErrSyntax
	}
	d.Zoned, d.Offset = true, int16(h*60+m)
	if s[0] == '-' {
		d.Offset = -d.Offset
	}
	return s[6:], nil
}

func number(s string, n int) (v int, ok bool) {
	if len(s) < n {
		return 0, false
	}
	for i := 0; i < n; i++ {
		if s[i]-'0' > 9 {
			return 0, false
		}
		v = v*10 + int(s[i]-'0')
	}
	return v, true
}

// DaysIn is the number of days in a month.
func DaysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// FromTime is t to the millisecond, with its offset.
func FromTime(t time.Time) DateTime {
	_, offset := t.Zone()
	return DateTime{
		Year: int16(t.Year()), Month: uint8(t.Month()), Day: uint8(t.Day()),
		Hour: uint8(t.Hour()), Minute: uint8(t.Minute()), Second: uint8(t.Second()),
		Nano: int32(t.Nanosecond() / 1e6 * 1e6), Digits: 3, Precision: Fraction,
		Zoned: true, Offset: int16(offset / 60),
	}
}

// Time is the first instant that the value may mean. A value without zone is taken in loc.
func (d DateTime) Time(loc *time.Location) time.Time {
	if d.Zoned {
		loc = time.FixedZone("", int(d.Offset)*60)
	}
	return time.Date(int(d.Year), time.Month(max(d.Month, 1)), int(max(d.Day, 1)),
		int(d.Hour), int(d.Minute), int(d.Second), int(d.Nano), loc)
}

// String prints the value as FHIR writes it.
func (d DateTime) String() string { return string(d.Append(nil)) }

// Append appends what String prints.
func (d DateTime) Append(b []byte) []byte {
	two := func(c byte, v uint8) { b = append(b, c, '0'+v/10, '0'+v%10) }
	if !d.Clock {
		y := int(d.Year)
		b = append(b, byte('0'+y/1000), byte('0'+y/100%10), byte('0'+y/10%10), byte('0'+y%10))
		if d.Precision >= Month {
			two('-', d.Month)
		}
		if d.Precision >= Day {
			two('-', d.Day)
		}
	}
	if d.Precision >= Hour {
		if d.Clock {
			b = append(b, '0'+d.Hour/10, '0'+d.Hour%10)
		} else {
			two('T', d.Hour)
		}
	}
	if d.Precision >= Minute {
		two(':', d.Minute)
	}
	if d.Precision >= Second {
		two(':', d.Second)
	}
	if d.Precision == Fraction {
		b = append(b, '.')
		for i, unit := uint8(0), int32(100_000_000); i < d.Digits; i++ {
			b = append(b, byte('0'+d.Nano/unit%10))
			unit /= 10
		}
	}
	if d.Zoned {
		if d.Offset == 0 {
			return append(b, 'Z')
		}
		sign, off := byte('+'), d.Offset
		if off < 0 {
			sign, off = '-', -off
		}
		two(sign, uint8(off/60))
		two(':', uint8(off%60))
	}
	return b
}
