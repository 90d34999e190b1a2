// SPDX-License-Identifier: Apache-2.0

package elm

import "testing"

func fields2(typ string, pairs ...string) string {
	s := `{"type":"` + typ + `"`
	for i := 0; i < len(pairs); i += 2 {
		s += `,"` + pairs[i] + `":` + pairs[i+1]
	}
	return s + "}"
}

// Examples of the CQL reference, String Operators.
var stringExamples = []example{
	{op("Concatenate", txt("John"), txt(" "), txt("Doe")), "John Doe"}, {op("Concatenate", txt("John"), null), "null"},
	{fields2("Combine", "source", items(txt("A"), null, txt("B")), "separator", txt(",")), "A,B"},
	{fields2("Combine", "source", items(null), "separator", txt(",")), "null"}, {fields2("Combine", "source", items(txt("A"), txt("B"))), "AB"},
	{fields2("Split", "stringToSplit", txt("A B C"), "separator", txt(" ")), "{A, B, C}"},
	{fields2("Split", "stringToSplit", null, "separator", txt(" ")), "null"}, {fields2("Split", "stringToSplit", txt("AB")), "{AB}"},
	{fields2("SplitOnMatches", "stringToSplit", txt("ABC 1 DEF 2"), "separatorPattern", txt(` \d ?`)), "{ABC, DEF, }"},
	{un("Length", txt("ABCDE")), "5"}, {un("Length", txt("äöü")), "3"}, {un("Length", nums(1, 2)), "2"}, {un("Length", null), "null"},
	{un("Upper", txt("patrick")), "PATRICK"}, {un("Lower", txt("PATRICK")), "patrick"}, {un("Upper", null), "null"},
	{op("Indexer", txt("ABCDE"), num(1)), "B"}, {op("Indexer", txt("ABCDE"), num(5)), "null"},
	{op("StartsWith", txt("ABCDE"), txt("ABC")), "true"}, {op("StartsWith", txt("ABCDE"), txt("XYZ")), "false"},
	{op("EndsWith", txt("ABC"), txt("C")), "true"}, {op("EndsWith", txt("ABC"), txt("Z")), "false"},
	{op("Matches", txt("1,2three"), txt(`\d,\d\w+`)), "true"}, {op("Matches", txt("1,2three"), txt(`\w+`)), "false"},
	{op("Matches", txt("a"), txt("(")), "error:not a regular expression"},
	{op("ReplaceMatches", txt("ABCDE"), txt("C"), txt("XYZ")), "ABXYZDE"},
	{op("ReplaceMatches", txt("All that glitters"), txt(`\s`), txt(`\\$`)), `All\$that\$glitters`},
	{op("ReplaceMatches", txt("11/28/1972"), txt(`^(\d+)/(\d+)/(\d+)$`), txt("$3-$1-$2")), "1972-11-28"},
	{fields2("PositionOf", "pattern", txt("B"), "string", txt("ABCDEDCBA")), "1"}, {fields2("PositionOf", "pattern", txt("Z"), "string", txt("AB")), "-1"},
	{fields2("PositionOf", "pattern", txt("c"), "string", txt("äöc")), "2"},
	{fields2("LastPositionOf", "pattern", txt("B"), "string", txt("ABCDEDCBA")), "7"},
	{fields2("Substring", "stringToSub", txt("ABCDE"), "startIndex", num(0), "length", num(3)), "ABC"},
	{fields2("Substring", "stringToSub", txt("ABCDE"), "startIndex", num(2)), "CDE"},
	{fields2("Substring", "stringToSub", txt("ABCDE"), "startIndex", num(5)), "null"},
	{un("Upper", num(1)), "error:Upper is not defined for (Integer)"},
}

func TestString(t *testing.T) { check(t, stringExamples) }
