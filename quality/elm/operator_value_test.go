// SPDX-License-Identifier: Apache-2.0

package elm

import "testing"

func instance(class string, pairs ...string) string {
	s := `{"type":"Instance","classType":"` + class + `","element":[`
	for i := 0; i < len(pairs); i += 2 {
		if i > 0 {
			s += ","
		}
		s += `{"name":"` + pairs[i] + `","value":` + pairs[i+1] + `}`
	}
	return s + "]}"
}

const system = "{urn:hl7-org:elm-types:r1}"

// Literals and selectors, as the ELM specification describes them.
var valueExamples = []example{
	{null, "null"}, {yesLit, "true"}, {num(5), "5"}, {dec("5.50"), "5.50"}, {lit("Long", "5000000000"), "5000000000"}, {txt("a"), "a"},
	{lit("Integer", "2147483648"), "error:is no Integer"}, {lit("Boolean", "maybe"), "error:is no Boolean"}, {lit("Quantity", "5"), "error:no literals of type Quantity"},
	{when("2012-13"), "error:is no DateTime"}, {hour("10:30"), "10:30"}, {dec("123456789012345678901"), "error:is no Decimal"},
	{qty("5", "mg"), "5.0 'mg'"}, {qty("5", ""), "5.0 '1'"}, {qty("2", "days"), "2.0 days"}, {ratio("1", "128"), "1.0 '1':128.0 '1'"},
	{`{"type":"Code","code":"x","system":{"name":"LOINC"},"display":"X"}`, "http://loinc.org|x (X)"},
	{`{"type":"Concept","code":[{"code":"x","system":{"name":"LOINC"}}],"display":"X"}`, "Concept{http://loinc.org|x}"},
	{nums(1, 2), "{1, 2}"}, {items(), "{}"},
	{`{"type":"Tuple","element":[{"name":"a","value":` + num(1) + `}]}`, "{a: 1}"},
	{nspan(1, 5), "[1, 5]"}, {span("(", num(1), null, "]"), "(1, null]"},
	{`{"type":"Interval","low":` + num(1) + `,"high":` + num(5) + `,"lowClosedExpression":` + noLit + `,"highClosedExpression":` + yesLit + `}`, "(1, 5]"},
	{instance(system+"Quantity", "value", dec("5.0"), "unit", txt("mg")), "5.0 'mg'"}, {instance(system+"Quantity", "value", null, "unit", txt("mg")), "null"},
	{instance(system+"Code", "code", txt("x"), "system", txt("urn:s"), "display", null), "urn:s|x"},
	{instance(system+"Concept", "codes", items(instance(system+"Code", "code", txt("x"), "system", txt("urn:s")))), "Concept{urn:s|x}"},
	{instance(system+"Ratio", "numerator", qty("1", "g"), "denominator", qty("2", "L")), "1.0 'g':2.0 'L'"},
	{instance(system+"ValueSet", "id", txt("urn:example:visits"), "name", txt("Visits")), "value set Visits"},
	{instance(system+"Nonsense", "a", num(1)), "error:no class Nonsense"},
	{instance("{http://hl7.org/fhir}Reference", "reference", txt("Patient/p1")), "Reference{reference: Patient/p1}"},
	{`{"type":"Unheard"}`, `error:"Unheard" is not supported`},
}

func TestValue(t *testing.T) { check(t, valueExamples) }
