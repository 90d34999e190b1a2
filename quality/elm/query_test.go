// SPDX-License-Identifier: Apache-2.0

package elm

import (
	"strings"
	"testing"
)

func retrieveOf(typ string, attrs ...string) string {
	s := `{"type":"Retrieve","dataType":"{http://hl7.org/fhir}` + typ + `"`
	for _, a := range attrs {
		s += "," + a
	}
	return s + "}"
}

const qicore = `"templateId":"http://hl7.org/fhir/us/qicore/StructureDefinition/qicore-`

func codedBy(path, comparator, codes string) string {
	return `"codeProperty":"` + path + `","codeComparator":"` + comparator + `","codes":` + codes
}

func valueSetRef(name string) string { return `{"type":"ValueSetRef","name":"` + name + `"}` }

// from is a query over one source with the alias X and more clauses.
func from(source string, clauses ...string) string {
	s := `{"type":"Query","source":[{"alias":"X","expression":` + source + `}]`
	for _, c := range clauses {
		s += "," + c
	}
	return s + "}"
}

func alias(name string) string { return `{"type":"AliasRef","name":"` + name + `"}` }

func prop(scope, path string) string {
	return `{"type":"Property","scope":"` + scope + `","path":"` + path + `"}`
}

func returning(expr string) string  { return `"return":{"distinct":false,"expression":` + expr + `}` }
func where(condition string) string { return `"where":` + condition }

var queryExamples = []example{
	{from(nums(3, 1, 2), where(op("Greater", alias("X"), num(1)))), "{3, 2}"},
	{from(nums(3, 1, 3), `"return":{"expression":`+alias("X")+`}`), "{3, 1}"},
	{from(nums(3, 1, 3), returning(op("Add", alias("X"), num(1)))), "{4, 2, 4}"},
	{from(null, where(yesLit)), "null"},
	{from(num(5), returning(op("Add", alias("X"), num(1)))), "6"},
	{from(nums(1, 2), `"let":[{"identifier":"L","expression":`+op("Multiply", alias("X"), num(10))+`}]`, returning(`{"type":"QueryLetRef","name":"L"}`)), "{10, 20}"},
	{from(nums(1, 2, 3), `"relationship":[{"type":"With","alias":"Y","expression":`+nums(2, 3)+`,"suchThat":`+op("Equal", alias("X"), alias("Y"))+`}]`), "{2, 3}"},
	{from(nums(1, 2, 3), `"relationship":[{"type":"Without","alias":"Y","expression":`+nums(2, 3)+`,"suchThat":`+op("Equal", alias("X"), alias("Y"))+`}]`), "{1}"},
	{`{"type":"Query","source":[{"alias":"A","expression":` + nums(1, 2) + `},{"alias":"B","expression":` + nums(3) + `}]}`, "{{A: 1, B: 3}, {A: 2, B: 3}}"},
	{from(nums(2, 3, 1), `"sort":{"by":[{"type":"ByDirection","direction":"asc"}]}`), "{1, 2, 3}"},
	{from(items(num(2), null, num(1)), `"sort":{"by":[{"type":"ByDirection","direction":"desc"}]}`), "{2, 1, null}"},
	{from(retrieveOf("Encounter"), `"sort":{"by":[{"type":"ByExpression","direction":"desc","expression":{"type":"IdentifierRef","name":"status"}}]}`), "{Encounter/e2, Encounter/e1}"},
	{from(retrieveOf("Encounter"), `"sort":{"by":[{"type":"ByColumn","direction":"desc","path":"period.start"}]}`), "{Encounter/e2, Encounter/e1}"},
	{from(nums(1, 2, 3, 3), `"aggregate":{"identifier":"T","starting":`+num(0)+`,"expression":`+op("Add", `{"type":"QueryLetRef","name":"T"}`, alias("X"))+`}`), "9"},
	{from(nums(1, 2, 3, 3), `"aggregate":{"distinct":true,"identifier":"T","starting":`+num(0)+`,"expression":`+op("Add", `{"type":"QueryLetRef","name":"T"}`, alias("X"))+`}`), "6"},

	{retrieveOf("Encounter"), "{Encounter/e1, Encounter/e2}"}, {retrieveOf("Coverage"), "{}"},
	{retrieveOf("Encounter", codedBy("type", "in", valueSetRef("Visits"))), "{Encounter/e1, Encounter/e2}"},
	{retrieveOf("Encounter", codedBy("class", "~", items(`{"type":"Code","code":"AMB","system":{"name":"LOINC"}}`))), "{}"},
	{retrieveOf("Observation", codedBy("code", "in", valueSetRef("Tests"))), "{Observation/o1}"},
	{retrieveOf("Observation", codedBy("code", "~", un("ToList", `{"type":"CodeRef","name":"BP"}`))), "{Observation/o2}"},
	{retrieveOf("Observation", `"templateId":"http://hl7.org/fhir/StructureDefinition/bp"`), "{Observation/o2}"},
	{retrieveOf("Observation", `"templateId":"http://hl7.org/fhir/StructureDefinition/bmi"`), "{}"},
	{retrieveOf("Observation", codedBy("code", "in", valueSetRef("Missing"))), `error:value set "Missing" (urn:example:missing) has no expansion`},
	{retrieveOf("Procedure", codedBy("code", "in", valueSetRef("Missing"))), "{}"},
	{retrieveOf("MedicationRequest", qicore+`medicationrequest"`), "{MedicationRequest/m1}"},
	{retrieveOf("MedicationRequest", qicore+`mednotrequested"`), "{MedicationRequest/m2}"},
	{retrieveOf("MedicationRequest", qicore+`mednotrequested"`, codedBy("medication", "~", valueSetRef("Visits"))), "{MedicationRequest/m2}"},
	{retrieveOf("Encounter", `"dateProperty":"period","dateRange":`+span("[", when("2026-01-01T00:00:00.000Z"), when("2026-01-31T00:00:00.000Z"), "]")), "{Encounter/e1}"},
	{retrieveOf("Encounter", `"context":`+null), "error:related context"},
}

func TestQuery(t *testing.T) { check(t, queryExamples) }

// Paths into FHIR data, and what names in a library refer to.
var referenceExamples = []example{
	{from(retrieveOf("Patient"), returning(prop("X", "birthDate.value"))), "{1960-02-29}"},
	{from(retrieveOf("Patient"), returning(prop("X", "name.given.value"))), "{{Ann, Bea}}"},
	{from(retrieveOf("Patient"), returning(prop("X", "maritalStatus"))), "{null}"},
	{from(retrieveOf("Encounter"), returning(prop("X", "period.start.value"))), "{2026-01-10T09:00:00Z, 2026-02-01T09:00:00-05:00}"},
	{from(retrieveOf("Observation"), returning(prop("X", "effective.value"))), "{2026-01-10, 2026-01-10T09:10:00Z, null}"},
	{from(retrieveOf("Observation"), returning(prop("X", "value.value.value"))), "{9.5, null, null}"},
	{from(retrieveOf("Observation"), returning(prop("X", "component.value.value.value"))), "{{}, {128.0}, {}}"},
	{from(retrieveOf("Observation"), returning(`{"type":"Is","operand":`+prop("X", "value")+`,"isType":"{http://hl7.org/fhir}Quantity"}`)), "{true, false, false}"},
	{from(retrieveOf("Observation"), returning(`{"type":"Is","operand":`+prop("X", "effective")+`,"isType":"{http://hl7.org/fhir}dateTime"}`)), "{true, true, false}"},
	{`{"type":"Property","path":"low","source":` + nspan(1, 5) + `}`, "1"}, {`{"type":"Property","path":"highClosed","source":` + nspan(1, 5) + `}`, "true"},
	{`{"type":"Property","path":"unit","source":` + qty("1", "mg") + `}`, "mg"}, {`{"type":"Property","path":"code","source":{"type":"CodeRef","name":"A"}}`, "a"},
	{`{"type":"Property","path":"a","source":{"type":"Tuple","element":[{"name":"a","value":` + num(1) + `}]}}`, "1"},
	{`{"type":"Property","path":"nothing","source":` + nspan(1, 5) + `}`, "error:has no element nothing"}, {`{"type":"Property","path":"a","scope":"Z"}`, "error:alias \"Z\" is not known"},
	{`{"type":"ParameterRef","name":"Limit"}`, "7"}, {`{"type":"ParameterRef","name":"Measurement Period"}`, "null"}, {`{"type":"ParameterRef","name":"Other"}`, `error:parameter "Other" is not defined`},
	{`{"type":"ValueSetRef","name":"Visits"}`, "value set Visits"}, {`{"type":"CodeSystemRef","name":"LOINC"}`, "code system LOINC"}, {`{"type":"ConceptRef","name":"AB"}`, "Concept{urn:example:local|a}"},
	{`{"type":"CodeRef","name":"A"}`, "urn:example:local|a"}, {`{"type":"CodeRef","name":"Z","libraryName":"L"}`, `error:code "L.Z" is not defined`},
	{`{"type":"ExpressionRef","name":"Nothing"}`, `error:definition "Nothing" is not defined`}, {`{"type":"ExpressionRef","name":"x"}`, `error:"x" refers to itself`},
	{`{"type":"FunctionRef","name":"f","operand":[]}`, "error:not defined"}, {alias("Z"), `error:name "Z" is not known`},
	{`{"type":"IdentifierRef","name":"nobody"}`, `error:identifier "nobody" is not defined`}, {`{"type":"OperandRef","name":"a"}`, "error:not known"},
}

func TestReference(t *testing.T) { check(t, referenceExamples) }

func TestFunctions(t *testing.T) {
	define := func(name, body string, operands ...string) string {
		var ops []string
		for _, o := range operands {
			n, typ, _ := strings.Cut(o, " ")
			ops = append(ops, `{"name":"`+n+`","operandTypeSpecifier":{"type":"NamedTypeSpecifier","name":"`+system+typ+`"}}`)
		}
		return `{"type":"FunctionDef","name":"` + name + `","context":"Patient","expression":` + body + `,"operand":[` + strings.Join(ops, ",") + `]}`
	}
	call := func(name string, args ...string) string {
		return `{"type":"FunctionRef","name":"` + name + `","operand":[` + strings.Join(args, ",") + `]}`
	}
	arg := func(name string) string { return `{"type":"OperandRef","name":"` + name + `"}` }
	rest := []string{
		define("twice", op("Multiply", arg("n"), num(2)), "n Integer"),
		define("name", txt("an integer"), "v Integer"), define("name", txt("a text"), "v String"),
		define("forever", call("forever", arg("n")), "n Integer"),
		`{"type":"FunctionDef","name":"outside","external":true,"operand":[]}`,
		`{"name":"y","expression":` + op("Add", num(1), num(1)) + `}`,
	}
	for _, e := range []example{
		{call("twice", num(4)), "8"}, {call("twice", call("twice", num(4))), "16"},
		{call("name", num(1)), "an integer"}, {call("name", txt("x")), "a text"}, {call("name", null), "an integer"},
		{call("name", yesLit), `error:no overload of "name" takes (Boolean)`},
		{`{"type":"FunctionRef","name":"name","operand":[` + null + `],"signature":[{"type":"NamedTypeSpecifier","name":"` + system + `String"}]}`, "a text"},
		{call("forever", num(1)), "error:more than 500 deep"}, {call("outside"), "error:it is external"},
		{from(nums(1, 2), returning(op("Add", call("twice", alias("X")), `{"type":"ExpressionRef","name":"y"}`))), "{4, 6}"},
	} {
		v, err := evaluate(t, libraryOf(e.elm, rest...), Options{})
		want, wantErr := strings.CutPrefix(e.want, "error:")
		if wantErr && (err == nil || !strings.Contains(err.Error(), want)) || !wantErr && (err != nil || Text(v) != want) {
			t.Errorf("%s: got %s, %v; want %s", e.elm, Text(v), err, e.want)
		}
	}
}

func TestRetrieveOptions(t *testing.T) {
	trusting := Options{TrustProfiles: true}
	v, err := evaluate(t, libraryOf(retrieveOf("MedicationRequest", qicore+`mednotrequested"`)), trusting)
	if err != nil || Text(v) != "{MedicationRequest/m2}" {
		t.Errorf("got %s, %v", Text(v), err)
	}
	v, err = evaluate(t, libraryOf(retrieveOf("MedicationRequest", qicore+`medicationrequest"`)), trusting)
	if err != nil || Text(v) != "{}" {
		t.Errorf("a resource that names no profile was trusted to have it: %s, %v", Text(v), err)
	}
	v, err = evaluate(t, libraryOf(retrieveOf("Observation", codedBy("code", "in", valueSetRef("Missing")))), Options{MissingAsEmpty: true})
	if err != nil || Text(v) != "{}" {
		t.Errorf("got %s, %v", Text(v), err)
	}
	_, err = evaluate(t, libraryOf(from(nums(1, 2, 3))), Options{MaxSteps: 2})
	if err == nil || !strings.Contains(err.Error(), "more than 2 rows") {
		t.Errorf("the limit of rows does not hold: %v", err)
	}
}
