// SPDX-License-Identifier: Apache-2.0

// Package calendar counts business days: Monday to Friday, without federal
// holidays. CMS's interoperability rules (42 CFR 422.119 and others) speak of
// business days without a definition of their own.
package calendar

import (
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// Calendar is the federal holidays.
type Calendar struct {
	Meta refdata.Meta
	days []holiday
}

// holiday is a day of a month, or the nth of a weekday in it (-1 the last).
type holiday struct {
	name     string
	month    time.Month
	day      int
	weekday  time.Weekday
	nth      int
	from, to civil.Date
}

// Open reads the table in force on a day. Without one the error is a
// *refdata.NotLoadedError.
func Open(c *refdata.Catalog, on civil.Date) (*Calendar, error) {
	t, err := c.Load("calendar.holidays", on)
	if err != nil {
		return nil, err
	}
	b := t.Bind()
	name, month, day, weekday := b.Text("name"), b.Numbers("month", 0), b.Numbers("day", 0), b.Text("weekday")
	nth, from, to := b.Numbers("nth", 0), b.Days("from"), b.Days("to")
	if err := b.Err(); err != nil {
		return nil, err
	}
	out := &Calendar{Meta: t.Meta}
	for i := range t.Rows {
		h := holiday{name: name[i], month: time.Month(month[i]), day: int(day[i]), nth: int(nth[i]), from: from[i], to: to[i]}
		for d := time.Sunday; d <= time.Saturday; d++ {
			if d.String() == weekday[i] {
				h.weekday = d
			}
		}
		out.days = append(out.days, h)
	}
	return out, nil
}

// in is the day on which the holiday is kept for a year.
func (h *holiday) in(year int) civil.Date {
	if h.nth == 0 {
		d := civil.Of(year, h.month, h.day)
		switch d.Time().Weekday() {
		case time.Saturday:
			return d.AddDays(-1)
		case time.Sunday:
			return d.AddDays(1)
		}
		return d
	}
	if h.nth < 0 {
		last := civil.Of(year, h.month+1, 1).AddDays(-1)
		return last.AddDays(-int((last.Time().Weekday() - h.weekday + 7) % 7))
	}
	first := civil.Of(year, h.month, 1)
	return first.AddDays(int((h.weekday-first.Time().Weekday()+7)%7) + 7*(h.nth-1))
}

// Holiday is the name of the holiday that is kept on a day; empty if there is none.
func (c *Calendar) Holiday(d civil.Date) string {
	for i := range c.days {
		h := &c.days[i]
		for _, year := range [...]int{d.Year(), d.Year() + 1} { // New Year's Day may be kept on 31 December
			if kept := h.in(year); kept == d && !d.Before(h.from) && (h.to.IsZero() || !d.After(h.to)) {
				return h.name
			}
		}
	}
	return ""
}

// Business tells whether a day is a business day.
func (c *Calendar) Business(d civil.Date) bool {
	w := d.Time().Weekday()
	return w != time.Saturday && w != time.Sunday && c.Holiday(d) == ""
}

// Add is the nth business day after a day, which need not be one itself.
func (c *Calendar) Add(d civil.Date, n int) civil.Date {
	for n > 0 {
		if d = d.AddDays(1); c.Business(d) {
			n--
		}
	}
	return d
}

// Between counts the business days after one day up to and with another; 0 if that
// is not later.
func (c *Calendar) Between(after, to civil.Date) (n int) {
	for d := after.AddDays(1); !d.After(to); d = d.AddDays(1) {
		if c.Business(d) {
			n++
		}
	}
	return n
}
