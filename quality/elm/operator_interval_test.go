// SPDX-License-Identifier: Apache-2.0

package elm

import "testing"

var (
	year12   = span("[", when("2012-01-01T00:00:00.000Z"), when("2013-01-01T00:00:00.000Z"), ")")
	openEnd  = span("[", date("2012-01-01"), null, "]")
	unknownE = span("[", date("2012-01-01"), null, ")")
)

func dspan(low, high string) string { return span("[", date(low), date(high), "]") }

// Examples of the CQL reference, Interval Operators. A closed null bound reaches as
// far as the type goes, an open one is unknown.
var intervalExamples = []example{
	{un("Start", span("(", num(1), num(5), ")")), "2"}, {un("End", span("(", num(1), num(5), ")")), "4"},
	{un("Start", span("[", null, num(5), "]")), "-2147483648"}, {un("Start", span("(", null, num(5), "]")), "null"},
	{un("End", year12), "2012-12-31T23:59:59.999Z"}, {un("End", openEnd), "9999-12-31"}, {un("End", unknownE), "null"},
	{un("End", `{"type":"Interval","low":`+asType("DateTime", null)+`,"high":`+asType("DateTime", null)+`,"lowClosed":true,"highClosed":true}`), "9999-12-31T23:59:59.999Z"},
	{span("[", null, null, "]"), "null"},
	{un("Width", nspan(1, 5)), "4"}, {un("Width", dspan("2012-01-01", "2012-01-05")), "error:use a duration"},
	{un("Size", nspan(1, 5)), "5"}, {un("Size", span("[", num(1), null, ")")), "null"},
	{un("PointFrom", nspan(4, 4)), "4"}, {un("PointFrom", nspan(4, 5)), "error:more than one point"},
	{op("In", num(4), nspan(3, 5)), "true"}, {op("In", num(6), nspan(3, 5)), "false"}, {op("In", null, nspan(3, 5)), "null"}, {op("In", num(3), null), "null"},
	{op("In", num(5), span("[", num(3), num(5), ")")), "false"}, {op("In", date("2030-01-01"), openEnd), "true"}, {op("In", date("2030-01-01"), unknownE), "null"},
	{op("In", date("2011-01-01"), unknownE), "false"},
	{withPrecision("Day", op("In", when("2012-12-31T23:59:59.9999Z"), year12)), "true"}, {withPrecision("Day", op("In", when("2013-01-01"), year12)), "false"},
	{op("In", num(5), nums(1, 3, 5)), "true"}, {op("In", null, items(num(1), null)), "true"},
	{op("Contains", nspan(1, 5), num(4)), "true"}, {op("Contains", nspan(1, 5), num(6)), "false"}, {op("Contains", nums(1, 3), num(4)), "false"}, {op("Contains", null, num(4)), "null"},
	{op("ProperContains", nspan(1, 5), num(1)), "true"}, {op("ProperContains", nspan(1, 1), num(1)), "false"}, {op("ProperContains", nums(1), num(1)), "false"},
	{op("ProperIn", num(1), nspan(1, 5)), "true"}, {op("ProperIn", num(1), nums(1, 2)), "true"},
	{op("Includes", nspan(1, 10), nspan(2, 5)), "true"}, {op("Includes", nspan(1, 10), nspan(5, 11)), "false"}, {op("Includes", nums(1, 3, 5), nums(1, 5)), "true"},
	{op("IncludedIn", nspan(2, 5), nspan(1, 10)), "true"}, {op("IncludedIn", nums(1, 7), nums(1, 3, 5)), "false"}, {op("IncludedIn", null, nspan(1, 2)), "null"},
	{op("IncludedIn", date("2012-05-05"), dspan("2012-01-01", "2012-12-31")), "true"},
	{withPrecision("Day", op("IncludedIn", span("[", when("2012-01-01T09:00Z"), when("2012-01-01T10:00Z"), "]"), year12)), "true"},
	{op("ProperIncludes", nspan(1, 10), nspan(1, 10)), "false"}, {op("ProperIncludes", nspan(1, 10), nspan(1, 9)), "true"}, {op("ProperIncludes", nums(1, 2), nums(1)), "true"},
	{op("ProperIncludedIn", nspan(1, 9), nspan(1, 10)), "true"},
	{op("Overlaps", nspan(1, 4), nspan(3, 6)), "true"}, {op("Overlaps", nspan(1, 2), nspan(3, 6)), "false"}, {op("Overlaps", nspan(1, 4), null), "null"},
	{withPrecision("Day", op("Overlaps", dspan("2012-01-01", "2012-01-31"), openEnd)), "true"},
	{op("OverlapsBefore", nspan(1, 4), nspan(3, 6)), "true"}, {op("OverlapsBefore", nspan(4, 6), nspan(1, 5)), "false"},
	{op("OverlapsAfter", nspan(4, 6), nspan(1, 5)), "true"}, {op("OverlapsAfter", nspan(1, 4), nspan(3, 6)), "false"},
	{op("Before", nspan(1, 2), nspan(3, 6)), "true"}, {op("Before", nspan(1, 3), nspan(3, 6)), "false"}, {op("Before", num(1), nspan(3, 6)), "true"},
	{withPrecision("Day", op("Before", when("2012-01-01T10:00Z"), when("2012-01-01T11:00Z"))), "false"},
	{op("After", nspan(7, 8), nspan(3, 6)), "true"}, {op("After", date("2012-03-01"), date("2012-02")), "true"}, {op("After", date("2012-02-05"), date("2012-02")), "null"},
	{op("Meets", nspan(1, 4), nspan(5, 6)), "true"}, {op("Meets", nspan(1, 4), nspan(6, 8)), "false"}, {op("Meets", nspan(5, 6), nspan(1, 4)), "true"},
	{op("MeetsBefore", nspan(1, 4), nspan(5, 6)), "true"}, {op("MeetsBefore", nspan(5, 6), nspan(1, 4)), "false"},
	{withPrecision("Day", op("MeetsBefore", span("[", when("2012-01-01T00:00Z"), when("2012-01-05T15:00Z"), "]"), span("[", when("2012-01-06T02:00Z"), when("2012-01-09T00:00Z"), "]"))), "true"},
	{op("MeetsAfter", nspan(5, 6), nspan(1, 4)), "true"},
	{op("Starts", nspan(1, 4), nspan(1, 10)), "true"}, {op("Starts", nspan(2, 4), nspan(1, 10)), "false"},
	{op("Ends", nspan(5, 10), nspan(1, 10)), "true"}, {op("Ends", nspan(5, 9), nspan(1, 10)), "false"},
	{op("Union", nspan(1, 10), nspan(4, 12)), "[1, 12]"}, {op("Union", nspan(1, 2), nspan(3, 4)), "[1, 4]"}, {op("Union", nspan(1, 2), nspan(5, 6)), "null"},
	{op("Intersect", nspan(1, 10), nspan(4, 12)), "[4, 10]"}, {op("Intersect", nspan(1, 2), nspan(5, 6)), "null"},
	{op("Intersect", span("[", num(1), null, ")"), nspan(4, 12)), "[4, null)"},
	{op("Except", nspan(1, 10), nspan(4, 12)), "[1, 3]"}, {op("Except", nspan(1, 10), nspan(3, 5)), "null"}, {op("Except", nspan(4, 12), nspan(1, 10)), "[11, 12]"},
	{op("Collapse", items(nspan(1, 4), nspan(4, 8), nspan(10, 12)), null), "{[1, 8], [10, 12]}"}, {op("Collapse", items(nspan(1, 4), nspan(5, 8)), null), "{[1, 8]}"},
	{op("Collapse", items(dspan("2012-01-01", "2012-01-15"), dspan("2012-01-16", "2012-01-31")), qty("1", "day")), "{[2012-01-01, 2012-01-31]}"},
	{op("Collapse", items(dspan("2012-01-01", "2012-01-15"), dspan("2012-01-18", "2012-01-31")), qty("1", "day")), "{[2012-01-01, 2012-01-15], [2012-01-18, 2012-01-31]}"},
	{op("Collapse", items(dspan("2012-01-10", "2012-01-20"), dspan("2012-01-01", "2012-01-12"), null), qty("1", "day")), "{[2012-01-01, 2012-01-20]}"},
	{op("Collapse", null, null), "null"},
	{op("Expand", items(dspan("2018-01-01", "2018-01-03")), qty("1", "day")), "{[2018-01-01, 2018-01-01], [2018-01-02, 2018-01-02], [2018-01-03, 2018-01-03]}"},
	{op("Expand", items(nspan(1, 3)), null), "{[1, 1], [2, 2], [3, 3]}"}, {op("Expand", nspan(1, 10), qty("4", "1")), "{1, 5}"},
	{op("Expand", items(dspan("2018-01", "2018-03")), qty("1", "day")), "{}"},
	{op("Expand", nspan(1, 2000000000), null), "error:more than a million"},
	{op("Equal", nspan(1, 3), span("[", num(1), num(4), ")")), "true"},
}

func TestInterval(t *testing.T) { check(t, intervalExamples) }
