// SPDX-License-Identifier: Apache-2.0

// Package civil holds calendar dates without a time or a zone: dates of service,
// admission, birth, and the effective dates of rules.
package civil

import (
	"fmt"
	"time"
)

// Date counts days from 1970-01-01; the zero value means "no date". The first of
// January 1970 itself is therefore stored as a separate value (see dayZero).
type Date int32

// dayZero stands for 1970-01-01, whose day count would be the "no date" value.
const dayZero Date = -1 << 31

// Of makes a date. Month and day are normalised as time.Date does.
func Of(year int, month time.Month, day int) Date {
	return FromTime(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}

// FromTime is the civil date of t in t's own location.
func FromTime(t time.Time) Date {
	y, m, d := t.Date()
	days := Date(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
	if days == 0 {
		return dayZero
	}
	return days
}

// ParseCompact reads CCYYMMDD, the form of X12 (D8) and of CMS files. It refuses
// days that the calendar does not have and years before 1800 or after 2199.
func ParseCompact[T string | []byte](s T) (Date, error) {
	if len(s) != 8 {
		return 0, &DateError{string(s)}
	}
	n := 0
	for i := 0; i < 8; i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, &DateError{string(s)}
		}
		n = n*10 + int(s[i]-'0')
	}
	return checked(n/10000, n/100%100, n%100, func() string { return string(s) })
}

// ParseISO reads CCYY-MM-DD.
func ParseISO[T string | []byte](s T) (Date, error) {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return 0, &DateError{string(s)}
	}
	return ParseCompact([]byte{s[0], s[1], s[2], s[3], s[5], s[6], s[8], s[9]})
}

func checked(y, m, d int, text func() string) (Date, error) {
	if y < 1800 || y > 2199 || m < 1 || m > 12 || d < 1 || d > daysIn(y, m) {
		return 0, &DateError{text()}
	}
	// Days from civil, after the proleptic Gregorian calendar with years that
	// start in March.
	if m <= 2 {
		y--
		m += 12
	}
	era := y / 400
	yoe := y - era*400
	doy := (153*(m-3)+2)/5 + d - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	days := Date(era*146097 + doe - 719468)
	if days == 0 {
		return dayZero, nil
	}
	return days, nil
}

func daysIn(y, m int) int {
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

// days is the true day count.
func (d Date) days() int {
	if d == dayZero {
		return 0
	}
	return int(d)
}

// IsZero tells whether no date is held.
func (d Date) IsZero() bool { return d == 0 }

// Time is midnight UTC of the date.
func (d Date) Time() time.Time { return time.Unix(int64(d.days())*86400, 0).UTC() }

// Year, Month and Day of the date.
func (d Date) YMD() (int, time.Month, int) { return d.Time().Date() }

// Year of the date.
func (d Date) Year() int { y, _, _ := d.YMD(); return y }

// FiscalYear is the federal fiscal year, which starts on 1 October of the year before.
func (d Date) FiscalYear() int {
	y, m, _ := d.YMD()
	if m >= time.October {
		y++
	}
	return y
}

// AddDays moves the date by n days.
func (d Date) AddDays(n int) Date {
	v := Date(d.days() + n)
	if v == 0 {
		return dayZero
	}
	return v
}

// Sub is the number of days from o to d.
func (d Date) Sub(o Date) int { return d.days() - o.days() }

// Before, After: order of two dates.
func (d Date) Before(o Date) bool { return d.days() < o.days() }
func (d Date) After(o Date) bool  { return d.days() > o.days() }

// Age is the number of completed years at on, for a person born on d.
func (d Date) Age(on Date) int {
	by, bm, bd := d.YMD()
	y, m, day := on.YMD()
	age := y - by
	if m < bm || (m == bm && day < bd) {
		age--
	}
	return age
}

// String prints CCYY-MM-DD, or nothing for no date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.Time().Format(time.DateOnly)
}

// AppendCompact appends CCYYMMDD.
func (d Date) AppendCompact(b []byte) []byte {
	y, m, day := d.YMD()
	return append(b, byte('0'+y/1000), byte('0'+y/100%10), byte('0'+y/10%10), byte('0'+y%10),
		byte('0'+m/10), byte('0'+m%10), byte('0'+day/10), byte('0'+day%10))
}

// MarshalText and UnmarshalText use CCYY-MM-DD; no date is the empty text.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (d *Date) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = 0
		return nil
	}
	v, err := ParseISO(b)
	if err == nil {
		*d = v
	}
	return err
}

// DateError says which text is not a date.
type DateError struct{ Text string }

func (e *DateError) Error() string {
	text := e.Text
	if len(text) > 20 {
		text = text[:20] + "..."
	}
	return fmt.Sprintf("%q is not a date", text)
}
