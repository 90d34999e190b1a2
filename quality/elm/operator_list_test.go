// SPDX-License-Identifier: Apache-2.0

package elm

import "testing"

// Examples of the CQL reference, List Operators.
var listExamples = []example{
	{un("Exists", nums()), "false"}, {un("Exists", items(null)), "false"}, {un("Exists", nums(1)), "true"}, {un("Exists", null), "false"},
	{agg("First", nums(1, 2, 5)), "1"}, {agg("First", nums()), "null"}, {agg("First", null), "null"},
	{agg("Last", nums(1, 2, 5)), "5"}, {agg("Last", items(num(1), null)), "null"},
	{op("Indexer", nums(1, 2, 3), num(0)), "1"}, {op("Indexer", nums(1, 2, 3), num(3)), "null"}, {op("Indexer", nums(1), num(-1)), "null"},
	{fields2("IndexOf", "source", nums(12, 13, 14), "element", num(13)), "1"}, {fields2("IndexOf", "source", nums(12), "element", num(13)), "-1"},
	{fields2("Slice", "source", nums(1, 2, 3, 4), "startIndex", num(1), "endIndex", num(3)), "{2, 3}"}, {fields2("Slice", "source", nums(1, 2, 3), "startIndex", num(1)), "{2, 3}"},
	{fields2("Slice", "source", nums(1, 2, 3), "startIndex", num(5)), "{}"}, {fields2("Slice", "source", nums(1, 2, 3), "endIndex", num(2)), "{1, 2}"},
	{un("SingletonFrom", nums(7)), "7"}, {un("SingletonFrom", nums()), "null"}, {un("SingletonFrom", nums(1, 2)), "error:has more"},
	{un("ToList", num(1)), "{1}"}, {un("ToList", null), "{}"},
	{un("Distinct", nums(1, 3, 3, 5, 5)), "{1, 3, 5}"}, {un("Distinct", items(null, null, num(1))), "{null, 1}"},
	{un("Distinct", items(qty("1", "g"), qty("1000", "mg"), qty("1", "m"))), "{1.0 'g', 1.0 'm'}"},
	{un("Flatten", items(nums(1, 2), nums(3), null)), "{1, 2, 3}"},
	{op("Union", nums(1, 2, 3), nums(3, 4)), "{1, 2, 3, 4}"}, {op("Union", null, nums(1)), "{1}"}, {op("Union", null, null), "{}"}, {op("Union", nums(1), nums(2), nums(1)), "{1, 2}"},
	{op("Intersect", nums(1, 3, 5), nums(3, 5, 7)), "{3, 5}"}, {op("Intersect", nums(1), null), "null"},
	{op("Except", nums(1, 3, 5, 5), nums(3)), "{1, 5}"}, {op("Except", nums(1, 1), null), "{1}"}, {op("Except", null, nums(1)), "null"},
	{`{"type":"Filter","source":` + nums(1, 2, 3) + `,"condition":` + op("Greater", `{"type":"Current"}`, num(1)) + `}`, "{2, 3}"},
	{`{"type":"ForEach","source":` + nums(1, 2, 3) + `,"scope":"N","element":` + op("Multiply", `{"type":"Current","scope":"N"}`, num(2)) + `}`, "{2, 4, 6}"},
	{`{"type":"Current"}`, "error:no current element"},
	{`{"type":"Sort","source":` + nums(3, 1, 2) + `,"by":[{"type":"ByDirection","direction":"desc"}]}`, "{3, 2, 1}"},
	{agg("First", num(1)), "error:First is not defined for (Integer)"},
}

func TestList(t *testing.T) { check(t, listExamples) }
