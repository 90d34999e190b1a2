// SPDX-License-Identifier: Apache-2.0

package datetime

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func must(t *testing.T, s string) DateTime {
	t.Helper()
	read := Parse
	if len(s) > 2 && s[2] == ':' {
		read = ParseTime
	}
	d, err := read(s)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return d
}

func TestText(t *testing.T) {
	for _, s := range []string{
		"2014", "2014-02", "2014-02-28", "2024-02-29", "2014-02-28T10", "2014-02-28T10:30", "2014-02-28T10:30:05",
		"2014-02-28T10:30:05.120", "2014-02-28T10:30:05.1-05:30", "2014-02-28T10:30Z", "10:30", "23:59:59.999",
	} {
		if got := must(t, s).String(); got != s {
			t.Errorf("%s came back as %s", s, got)
		}
	}
	for _, s := range []string{
		"", "14", "0000", "2014-13", "2014-00", "2014-02-30", "2023-02-29", "2014-1-1", "2014-02-28T", "2014-02T10:00",
		"2014-02-28T24:00", "2014-02-28T10:60", "2014-02-28T10:30:61", "2014-02-28T10:30:05.", "2014-02-28T10:30+15:00",
		"2014-02-28T10:30+5", "2014-02-28 10:30", "2014Z", "2014-02-28Zx",
	} {
		if d, err := Parse(s); err == nil {
			t.Errorf("%q gave %s", s, d)
		}
	}
	if _, err := ParseTime("10:30Z"); err == nil {
		t.Error("a time of day with a zone was taken")
	}
}

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		a, b  string
		order int
		ok    bool
	}{
		{"2012", "2013", -1, true},
		{"2012-04", "2012", 0, false},
		{"2012-04", "2011", 1, true},
		{"2012-04-15", "2012-04-15T10:00:00", 0, false},
		{"2012-04-15", "2012-04-15", 0, true},
		{"2012-04-15T15:30:31", "2012-04-15T15:30:31.0", 0, true},
		{"2012-04-15T15:30:31", "2012-04-15T15:30:31.1", -1, true},
		{"2012-04-15T15:30", "2012-04-15T15:30:00", 0, false},
		{"2012-04-15T15:00:00+02:00", "2012-04-15T16:00:00+03:00", 0, true},
		{"2017-11-05T01:30:00.0-04:00", "2017-11-05T01:15:00.0-05:00", -1, true},
		{"2012-04-15T15:00:00Z", "2012-04-15T10:00:00", 0, false},
		{"2012-04-15T15:00:00Z", "2012-04-17T10:00:00", -1, true},
		{"10:30", "10:30:00", 0, false},
		{"10:30", "10:29:00", 1, true},
		{"10:30", "2012", 0, false},
	} {
		order, ok := Compare(must(t, c.a), must(t, c.b))
		if order != c.order || ok != c.ok {
			t.Errorf("%s and %s: %d %v, want %d %v", c.a, c.b, order, ok, c.order, c.ok)
		}
		if back, _ := Compare(must(t, c.b), must(t, c.a)); back != -order {
			t.Errorf("%s and %s turned round: %d", c.a, c.b, back)
		}
	}
}

func TestAdd(t *testing.T) {
	for _, c := range []struct {
		in   string
		n    int64
		unit Precision
		want string
	}{
		{"2014-01-31", 1, Month, "2014-02-28"},
		{"2012-02-29", 1, Year, "2013-02-28"},
		{"2012-02-29", -1, Month, "2012-01-29"},
		{"2014", 24, Month, "2016"},
		{"2014", 23, Month, "2015"},
		{"2014-03", 31, Day, "2014-04"},
		{"2014-03-01", -1, Day, "2014-02-28"},
		{"2014-03-01", 25, Hour, "2014-03-02"},
		{"2014-12-31T23:59:59.999-05:00", 1, Fraction, "2015-01-01T00:00:00.000-05:00"},
		{"2014-12-31T23:59", 61, Second, "2015-01-01T00:00"},
		{"23:30:00", 1, Hour, "00:30:00"},
		{"00:30:00", -1, Hour, "23:30:00"},
	} {
		if got, ok := must(t, c.in).Add(c.n, c.unit); !ok || got.String() != c.want {
			t.Errorf("%s + %d of %d is %s %v, want %s", c.in, c.n, c.unit, got, ok, c.want)
		}
	}
	if d, ok := must(t, "9999-12-31").Add(1, Day); ok {
		t.Errorf("the year 10000 is %s", d)
	}
	if d, ok := must(t, "0001-01").Add(-1, Month); ok {
		t.Errorf("the year 0 is %s", d)
	}
}

func TestAgainstTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone := time.FixedZone("", 60*rapid.IntRange(-12*60, 14*60).Draw(t, "zone"))
		at := time.UnixMilli(rapid.Int64Range(-50_000_000_000_000, 200_000_000_000_000).Draw(t, "at")).In(zone)
		d := FromTime(at)
		if !d.Time(nil).Equal(at) || !d.UTC().Time(nil).Equal(at) {
			t.Fatalf("%s is %s and %s", at, d, d.UTC())
		}
		back, err := Parse(d.String())
		if err != nil || back != d {
			t.Fatalf("%s came back as %s, %v", d, back, err)
		}
		n := rapid.Int64Range(-1_000_000_000_000, 1_000_000_000_000).Draw(t, "ms")
		moved := at.Add(time.Duration(n) * time.Millisecond)
		if got, ok := d.Add(n, Fraction); !ok || !got.Time(nil).Equal(moved) {
			t.Fatalf("%s + %d ms is %s, want %s", d, n, got, moved)
		}
		other := FromTime(moved.UTC())
		if order, ok := Compare(d, other); !ok || order != at.Compare(moved) {
			t.Fatalf("%s and %s compare %d %v", d, other, order, ok)
		}
	})
}
