// SPDX-License-Identifier: Apache-2.0

package calendar

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
)

func open(t testing.TB) *Calendar {
	t.Helper()
	catalog, err := refdata.Open("")
	if err != nil {
		t.Fatal(err)
	}
	c, err := Open(catalog, civil.Of(2026, time.January, 1))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// published is the days that the Office of Personnel Management lists.
var published = map[int][]string{
	2009: {"01-01", "01-19", "02-16", "05-25", "07-03", "09-07", "10-12", "11-11", "11-26", "12-25"},
	2016: {"01-01", "01-18", "02-15", "05-30", "07-04", "09-05", "10-10", "11-11", "11-24", "12-26"},
	2021: {"01-01", "01-18", "02-15", "05-31", "06-18", "07-05", "09-06", "10-11", "11-11", "11-25", "12-24", "12-31"},
	2022: {"01-17", "02-21", "05-30", "06-20", "07-04", "09-05", "10-10", "11-11", "11-24", "12-26"},
	2023: {"01-02", "01-16", "02-20", "05-29", "06-19", "07-04", "09-04", "10-09", "11-10", "11-23", "12-25"},
	2026: {"01-01", "01-19", "02-16", "05-25", "06-19", "07-03", "09-07", "10-12", "11-11", "11-26", "12-25"},
}

func TestHolidaysAsPublished(t *testing.T) {
	c := open(t)
	for year, want := range published {
		var got []string
		for d := civil.Of(year, 1, 1); d.Year() == year; d = d.AddDays(1) {
			if c.Holiday(d) != "" {
				got = append(got, d.String()[5:])
			}
		}
		if len(got) != len(want) {
			t.Errorf("%d: %v, want %v", year, got, want)
			continue
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%d: %v, want %v", year, got, want)
				break
			}
		}
	}
}

func TestBusinessDays(t *testing.T) {
	c := open(t)
	for _, x := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-11-25", 1, "2026-11-27"}, // Thanksgiving between
		{"2026-11-27", 1, "2026-11-30"}, // a Friday
		{"2026-11-28", 1, "2026-11-30"}, // a Saturday
		{"2021-12-30", 1, "2022-01-03"}, // New Year's Day kept on 31 December
		{"2026-07-02", 1, "2026-07-06"}, // Independence Day kept on the 3rd
		{"2020-06-18", 1, "2020-06-19"}, // no Juneteenth yet
		{"2026-01-05", 5, "2026-01-12"},
	} {
		from, err := civil.ParseISO(x.from)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Add(from, x.n); got.String() != x.want {
			t.Errorf("%d business days after %s: %s, want %s", x.n, x.from, got, x.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		from := civil.Of(2000, 1, 1).AddDays(rapid.IntRange(0, 12000).Draw(t, "day"))
		n := rapid.IntRange(1, 30).Draw(t, "n")
		to := c.Add(from, n)
		if !c.Business(to) || c.Between(from, to) != n || c.Between(from, to.AddDays(-1)) != n-1 {
			t.Errorf("%d business days after %s are not %s", n, from, to)
		}
	})
}
