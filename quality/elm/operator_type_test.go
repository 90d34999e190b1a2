// SPDX-License-Identifier: Apache-2.0

package elm

import "testing"

func isType(typ, expr string) string {
	return `{"type":"Is","operand":` + expr + `,"isType":"{urn:hl7-org:elm-types:r1}` + typ + `"}`
}

func strictAs(typ, expr string) string {
	return `{"type":"As","strict":true,"operand":` + expr + `,"asType":"{urn:hl7-org:elm-types:r1}` + typ + `"}`
}

func convert(op, typ, expr string) string {
	return `{"type":"` + op + `","operand":` + expr + `,"toType":"{urn:hl7-org:elm-types:r1}` + typ + `"}`
}

const (
	listOfInteger = `{"type":"ListTypeSpecifier","elementType":{"type":"NamedTypeSpecifier","name":"{urn:hl7-org:elm-types:r1}Integer"}}`
	choiceOfTwo   = `{"type":"ChoiceTypeSpecifier","type":[],"choice":[{"type":"NamedTypeSpecifier","name":"{urn:hl7-org:elm-types:r1}String"},{"type":"NamedTypeSpecifier","name":"{urn:hl7-org:elm-types:r1}Integer"}]}`
	dateInterval  = `{"type":"IntervalTypeSpecifier","pointType":{"type":"NamedTypeSpecifier","name":"{urn:hl7-org:elm-types:r1}Date"}}`
)

// Examples of the CQL reference, Type Operators.
var typeExamples = []example{
	{asType("Integer", num(1)), "1"}, {asType("String", num(1)), "null"}, {strictAs("String", num(1)), "error:cannot be cast to String"}, {strictAs("String", null), "null"},
	{`{"type":"As","operand":` + nums(1) + `,"asTypeSpecifier":` + listOfInteger + `}`, "{1}"},
	{`{"type":"As","operand":` + num(1) + `,"asTypeSpecifier":` + choiceOfTwo + `}`, "1"}, {`{"type":"As","operand":` + dec("1.0") + `,"asTypeSpecifier":` + choiceOfTwo + `}`, "null"},
	{`{"type":"Is","operand":` + dspan("2012-01-01", "2012-01-02") + `,"isTypeSpecifier":` + dateInterval + `}`, "true"},
	{`{"type":"Is","operand":` + nspan(1, 2) + `,"isTypeSpecifier":` + dateInterval + `}`, "false"},
	{isType("Integer", num(1)), "true"}, {isType("Decimal", num(1)), "false"}, {isType("Integer", null), "false"}, {isType("Any", txt("a")), "true"},
	{convert("Convert", "String", num(5)), "5"}, {convert("Convert", "Date", txt("2012-01-01")), "2012-01-01"}, {convert("Convert", "Interval", num(5)), "error:no conversion to Interval"},
	{convert("CanConvert", "Integer", txt("5")), "true"}, {convert("CanConvert", "Integer", txt("five")), "false"},
	{un("ToBoolean", txt("Y")), "true"}, {un("ToBoolean", txt("foo")), "null"}, {un("ToBoolean", num(0)), "false"}, {un("ToBoolean", dec("1.0")), "true"},
	{un("ToInteger", txt("-12")), "-12"}, {un("ToInteger", txt("2147483648")), "null"}, {un("ToInteger", txt("1.5")), "null"}, {un("ToInteger", yesLit), "1"},
	{un("ToLong", txt("5000000000")), "5000000000"}, {un("ToLong", num(3)), "3"}, {un("ToLong", txt("x")), "null"},
	{un("ToDecimal", txt("1.25")), "1.25"}, {un("ToDecimal", num(3)), "3.0"}, {un("ToDecimal", txt("1,5")), "null"}, {un("ToDecimal", txt("+.5")), "null"},
	{un("ToString", num(5)), "5"}, {un("ToString", qty("5.5", "mg")), "5.5 'mg'"}, {un("ToString", date("2012-01")), "2012-01"}, {un("ToString", yesLit), "true"},
	{un("ToChars", txt("ab")), "{a, b}"},
	{un("ToDate", txt("2012-01-31")), "2012-01-31"}, {un("ToDate", txt("2012-31-01")), "null"}, {un("ToDate", when("2012-01-31T10:00Z")), "2012-01-31"},
	{un("ToDateTime", txt("2012-01-31T10:00+02:00")), "2012-01-31T10:00+02:00"}, {un("ToDateTime", date("2012-01")), "2012-01"}, {un("ToDateTime", txt("x")), "null"},
	{un("ToTime", txt("T14:30:00.0")), "14:30:00.000"}, {un("ToTime", when("2012-01-01T14:30Z")), "14:30"}, {un("ToTime", when("2012-01-01")), "null"}, {un("ToTime", txt("25:00")), "null"},
	{un("ToQuantity", txt("5.5 'cm'")), "5.5 'cm'"}, {un("ToQuantity", txt("3 days")), "3.0 days"}, {un("ToQuantity", txt("3 'nonsense'")), "null"}, {un("ToQuantity", dec("7.5")), "7.5 '1'"},
	{un("ToQuantity", ratio("10", "4")), "2.5 '1'"},
	{un("ToRatio", txt("1.0 'mg':2.0 'mL'")), "1.0 'mg':2.0 'mL'"}, {un("ToRatio", txt("1.0")), "null"},
	{un("ToConcept", `{"type":"CodeRef","name":"A"}`), "Concept{urn:example:local|a}"}, {un("ToConcept", num(1)), "error:ToConcept is not defined"},
	{un("ConvertsToBoolean", txt("no")), "true"}, {un("ConvertsToInteger", txt("x")), "false"}, {un("ConvertsToLong", txt("12")), "true"}, {un("ConvertsToDecimal", txt("1.0")), "true"},
	{un("ConvertsToString", num(1)), "true"}, {un("ConvertsToDate", txt("2012-02-30")), "false"}, {un("ConvertsToDateTime", txt("2012")), "true"}, {un("ConvertsToTime", txt("10")), "true"},
	{un("ConvertsToQuantity", txt("1 'mg'")), "true"}, {un("ConvertsToRatio", txt("1:2")), "true"}, {un("ConvertsToInteger", null), "null"},
	{op("ConvertQuantity", qty("5", "mg"), txt("g")), "0.005 'g'"}, {op("ConvertQuantity", qty("5", "mg"), txt("m")), "null"}, {op("ConvertQuantity", qty("2", "weeks"), txt("d")), "14.0 'd'"},
	{op("ConvertQuantity", qty("98.6", "[degF]"), txt("Cel")), "37.0 'Cel'"},
	{op("CanConvertQuantity", qty("5", "mg"), txt("g")), "true"}, {op("CanConvertQuantity", qty("5", "mg"), txt("m")), "false"},
}

func TestType(t *testing.T) { check(t, typeExamples) }

func FuzzParseQuantity(f *testing.F) {
	for _, s := range []string{"5.5 'cm'", "3 days", "-7", "1e5 'mg'", "5 'mg''"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		q, ok := ParseQuantity(s)
		if !ok {
			return
		}
		again, ok := ParseQuantity(q.String())
		if !ok || again.Value.Cmp(q.Value) != 0 {
			t.Errorf("%q is %v, which reads as %v, %v", s, q, again, ok)
		}
	})
}
