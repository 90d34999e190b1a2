// SPDX-License-Identifier: Apache-2.0

package elm

import "testing"

// Examples of the CQL reference, Date and Time Operators. Durations count whole
// periods, differences count boundaries; imprecise dates give a range.
var temporalExamples = []example{
	{`{"type":"Now"}`, "2026-03-15T10:30:00.000Z"}, {`{"type":"Today"}`, "2026-03-15"}, {`{"type":"TimeOfDay"}`, "10:30:00.000"},
	{fields2("DateTime", "year", num(2012), "month", num(2)), "2012-02"},
	{fields2("DateTime", "year", num(2012), "month", num(2), "day", num(12), "hour", num(12), "minute", num(10), "second", num(59), "millisecond", num(456), "timezoneOffset", dec("-8.0")), "2012-02-12T12:10:59.456-08:00"},
	{fields2("DateTime", "year", null), "null"}, {fields2("DateTime", "year", num(2012), "month", num(13)), "error:Month 13"},
	{fields2("Date", "year", num(2012), "month", num(2), "day", num(29)), "2012-02-29"}, {fields2("Date", "year", num(2013), "month", num(2), "day", num(29)), "error:no such day"},
	{fields2("Time", "hour", num(12), "minute", num(10)), "12:10"},
	{un("DateFrom", when("2012-02-12T12:10Z")), "2012-02-12"}, {un("DateFrom", when("2012")), "2012"},
	{un("TimeFrom", when("2012-02-12T12:10:59Z")), "12:10:59"}, {un("TimeFrom", when("2012-02-12")), "null"},
	{un("TimezoneOffsetFrom", when("2012-02-12T12:10-05:30")), "-5.5"}, {un("TimezoneFrom", when("2012-02-12T12:10+02:00")), "2.0"},
	{withPrecision("Month", un("DateTimeComponentFrom", when("2012-02-12T12:10Z"))), "2"},
	{withPrecision("Second", un("DateTimeComponentFrom", when("2012-02-12T12:10Z"))), "null"},
	{withPrecision("Hour", un("DateTimeComponentFrom", hour("07:15"))), "7"},

	{op("Add", date("2014-05-15"), qty("1", "month")), "2014-06-15"}, {op("Add", date("2014-01-31"), qty("1", "month")), "2014-02-28"},
	{op("Add", when("2014"), qty("24", "months")), "2016"}, {op("Add", when("2014"), qty("25", "months")), "2016"},
	{op("Add", date("2014-06"), qty("1", "week")), "2014-06"}, {op("Add", date("2016-02-29"), qty("1", "year")), "2017-02-28"},
	{op("Add", when("2014-06-10T10:00:00Z"), qty("1.5", "seconds")), "2014-06-10T10:00:01Z"},
	{op("Add", when("2014-06-10T10:00:00.000Z"), qty("1.5", "seconds")), "2014-06-10T10:00:01.500Z"},
	{op("Add", hour("23:30"), qty("1", "hour")), "00:30"}, {op("Add", date("9999-12-31"), qty("1", "day")), "null"},
	{op("Subtract", date("2014-06-15"), qty("15", "days")), "2014-05-31"}, {op("Subtract", date("0001-01-01"), qty("1", "day")), "null"},
	{op("Add", date("2014-06-15"), qty("1", "mg")), "error:cannot be added"},

	{withPrecision("Month", op("DurationBetween", when("2012-01-31"), when("2012-03-01"))), "1"},
	{withPrecision("Year", op("DurationBetween", date("2000-02-29"), date("2001-02-28"))), "0"},
	{withPrecision("Year", op("DurationBetween", date("2000-02-29"), date("2001-03-01"))), "1"},
	{withPrecision("Day", op("DurationBetween", when("2012-01-01T23:00Z"), when("2012-01-02T22:59Z"))), "0"},
	{withPrecision("Week", op("DurationBetween", date("2012-01-01"), date("2012-01-20"))), "2"},
	{withPrecision("Day", op("DurationBetween", date("2012-01-05"), date("2012-01-01"))), "-4"},
	{withPrecision("Month", op("DurationBetween", date("2012-01"), date("2012-03-15"))), "between 1 and 2"},
	{withPrecision("Hour", op("DurationBetween", when("2012-01-01T10:00Z"), when("2012-01-01T10:00-05:00"))), "between 4 and 5"},
	{withPrecision("Hour", op("DurationBetween", when("2012-01-01T10:00:00.000Z"), when("2012-01-01T10:00:00.000-05:00"))), "5"},
	{withPrecision("Hour", op("DurationBetween", when("2012-01-01T10:00:00Z"), when("2012-01-01T12:00:00Z"))), "2"},
	{op("Greater", withPrecision("Month", op("DurationBetween", date("2012-01"), date("2012-06-15"))), num(3)), "true"},
	{op("Greater", withPrecision("Month", op("DurationBetween", date("2012-01"), date("2012-06-15"))), num(4)), "null"},
	{op("Less", withPrecision("Month", op("DurationBetween", date("2012-01"), date("2012-06-15"))), num(4)), "false"},
	{op("Add", withPrecision("Month", op("DurationBetween", date("2012-01"), date("2012-03-15"))), num(10)), "between 11 and 12"},
	{op("Equal", withPrecision("Day", op("DurationBetween", date("2012"), date("2014"))), num(1)), "false"},
	{withPrecision("Year", op("DifferenceBetween", date("2012-12-31"), date("2013-01-01"))), "1"},
	{withPrecision("Month", op("DifferenceBetween", date("2012-01-31"), date("2012-03-01"))), "2"},
	{withPrecision("Day", op("DifferenceBetween", when("2012-01-01T23:00Z"), when("2012-01-02T01:00Z"))), "1"},
	{withPrecision("Week", op("DifferenceBetween", date("2026-03-14"), date("2026-03-15"))), "1"}, // Saturday, Sunday
	{withPrecision("Minute", op("DifferenceBetween", hour("10:59:59"), hour("11:00:01"))), "1"},
	{withPrecision("Day", op("DifferenceBetween", null, date("2012-01-01"))), "null"},

	{withPrecision("Day", op("SameAs", when("2012-01-01T10:00Z"), when("2012-01-01T11:00Z"))), "true"},
	{withPrecision("Day", op("SameAs", when("2012-01-01T23:00Z"), when("2012-01-01T20:00-05:00"))), "false"},
	{withPrecision("Month", op("SameAs", when("2012-01"), when("2012-01-15"))), "true"}, {withPrecision("Day", op("SameAs", when("2012-01"), when("2012-01-15"))), "null"},
	{withPrecision("Month", op("SameOrBefore", date("2012-01-31"), date("2012-01-01"))), "true"}, {op("SameOrBefore", date("2012-02-01"), date("2012-01-01")), "false"},
	{op("SameOrBefore", span("[", date("2012-01-01"), date("2012-01-31"), "]"), span("[", date("2012-01-31"), date("2012-02-28"), "]")), "true"},
	{op("SameOrAfter", date("2012-01-31"), date("2012-01-01")), "true"}, {withPrecision("Day", op("SameOrAfter", date("2012-01"), date("2012-01-05"))), "null"},
	{op("SameOrAfter", span("[", date("2012-03-01"), null, "]"), date("2012-02-01")), "true"},
}

func TestTemporal(t *testing.T) { check(t, temporalExamples) }

func TestParseTemporal(t *testing.T) {
	for _, s := range []string{"", "2012-13", "2012-02-30", "201", "2012-01-01T25", "2012-01-01T10:00:00.Z", "2012-01T10:00", "2012-01-01T10:00+5", "0000-01-01", "2012-01-01T10:61", "2012-01-01X"} {
		if v, ok := ParseDateTime(s, 0); ok {
			t.Errorf("%q was read as %v", s, v)
		}
	}
	for _, s := range []string{"2012", "2012-01", "2012-01-31", "2012-01-31T23Z", "2012-01-31T23:59:59.999+14:00"} {
		if v, ok := ParseDateTime(s, 0); !ok || v.String() != s {
			t.Errorf("%q was read as %v, %v", s, v, ok)
		}
	}
}

func FuzzParseDateTime(f *testing.F) {
	for _, s := range []string{"2012-01-31T23:59:59.999+14:00", "2012-02-29", "T10:00", "9999-12-31T23:59:59.999Z"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, ok := ParseDateTime(s, -300)
		if !ok {
			return
		}
		again, ok := ParseDateTime(v.String(), -300)
		if !ok || again != v && v.prec >= Hour {
			t.Errorf("%q is %v, which reads as %v, %v", s, v, again, ok)
		}
	})
}
