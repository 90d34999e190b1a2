// SPDX-License-Identifier: Apache-2.0

package elm

import "testing"

// Examples of the CQL reference (Comparison Operators) and of its rules for
// quantities, lists, tuples and imprecise dates.
var comparisonExamples = []example{
	{op("Equal", num(4), op("Add", num(2), num(2))), "true"},
	{op("Equal", dec("3.5"), op("Subtract", dec("3.5"), dec("0.1"))), "false"},
	{op("Equal", null, null), "null"},
	{op("Equal", dec("1.0"), dec("1.00")), "true"},
	{op("Equal", txt("a"), txt("A")), "false"},
	{op("Equal", qty("1", "g"), qty("1000", "mg")), "true"},
	{op("Equal", qty("1", "g"), qty("1", "m")), "null"},
	{op("Equal", qty("1", "year"), qty("1", "a")), "null"},
	{op("Equal", qty("1", "year"), qty("12", "months")), "true"},
	{op("Equal", qty("7", "days"), qty("1", "wk")), "true"},
	{op("Equal", items(num(1), null), items(num(1), null)), "null"},
	{op("Equal", items(num(1), num(2)), items(num(1))), "false"},
	{op("Equal", when("2012-01-01"), when("2012-01-01T12")), "null"},
	{op("Equal", when("2012-01-01"), when("2012-01-02T12")), "false"},
	{op("Equal", when("2012-01-01T12:00:00Z"), when("2012-01-01T07:00:00-05:00")), "true"},
	{op("Equal", when("2012-01-01T12:00:00Z"), when("2012-01-01T12:00:00.000Z")), "true"},
	{op("Equal", date("2012-01-01"), date("2012-01")), "null"},
	{op("Equal", hour("10:30"), hour("10:30:00")), "null"},
	{op("Equal", nspan(1, 5), span("(", num(0), num(6), ")")), "true"},
	{op("Equal", `{"type":"Tuple","element":[{"name":"a","value":`+num(1)+`},{"name":"b","value":`+null+`}]}`,
		`{"type":"Tuple","element":[{"name":"a","value":`+num(1)+`},{"name":"b","value":`+null+`}]}`), "true"},
	{op("NotEqual", num(1), num(2)), "true"}, {op("NotEqual", num(1), null), "null"},
	{op("Equivalent", null, null), "true"}, {op("Equivalent", num(1), null), "false"},
	{op("Equivalent", txt("Big Apple"), txt("big\tapple")), "true"},
	{op("Equivalent", dec("1.1"), dec("1.12")), "true"}, {op("Equivalent", dec("1.1"), dec("1.16")), "false"},
	{op("Equivalent", qty("1", "year"), qty("1", "a")), "true"},
	{op("Equivalent", qty("1", "g"), qty("1", "m")), "false"},
	{op("Equivalent", when("2012-01-01"), when("2012-01-01T12")), "false"},
	{op("Equivalent", items(num(1), null), items(num(1), null)), "true"},
	{op("Equivalent", `{"type":"CodeRef","name":"A"}`, `{"type":"ConceptRef","name":"AB"}`), "true"},
	{op("Equivalent", ratio("1", "100"), ratio("10", "1000")), "true"},
	{op("Equal", ratio("1", "100"), ratio("10", "1000")), "false"},
	{op("Less", num(1), num(2)), "true"}, {op("Less", num(2), num(2)), "false"}, {op("Less", null, num(2)), "null"},
	{op("Less", txt("abc"), txt("abd")), "true"},
	{op("Less", qty("500", "mg"), qty("1", "g")), "true"}, {op("Less", qty("1", "cm"), qty("1", "g")), "null"},
	{op("Less", qty("4", "{INR}"), qty("5", "1")), "true"},
	{op("Less", when("2012-01"), when("2012-01-15")), "null"}, {op("Less", when("2012-01"), when("2012-02-15")), "true"},
	{op("LessOrEqual", dec("2.0"), num(2)), "true"}, {op("LessOrEqual", num(3), num(2)), "false"},
	{op("Greater", num(3), num(2)), "true"}, {op("Greater", num(2), num(3)), "false"},
	{op("GreaterOrEqual", num(2), num(2)), "true"}, {op("GreaterOrEqual", qty("1", "g"), qty("999", "mg")), "true"},
	{op("Less", txt("a"), num(1)), "error:no order between String and Integer"},
}

func ratio(a, b string) string {
	return `{"type":"Ratio","numerator":` + qty(a, "1") + `,"denominator":` + qty(b, "1") + `}`
}

func TestComparison(t *testing.T) { check(t, comparisonExamples) }
