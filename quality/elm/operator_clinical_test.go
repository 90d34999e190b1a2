// SPDX-License-Identifier: Apache-2.0

package elm

import "testing"

func inSet(typ, name, codes, set string) string {
	return `{"type":"` + typ + `","` + name + `":` + codes + `,"valueset":{"name":"` + set + `"}}`
}

const (
	visit = `{"type":"Code","code":"visit","system":{"name":"Local"}}`
	other = `{"type":"Code","code":"other","system":{"name":"Local"}}`
)

// Examples of the ELM specification's clinical operators.
var clinicalExamples = []example{
	{inSet("InValueSet", "code", visit, "Visits"), "true"}, {inSet("InValueSet", "code", other, "Visits"), "false"}, {inSet("InValueSet", "code", null, "Visits"), "false"},
	{inSet("InValueSet", "code", un("ToConcept", visit), "Visits"), "true"}, {inSet("InValueSet", "code", txt("visit"), "Visits"), "true"},
	{inSet("InValueSet", "code", visit, "Missing"), "error:has no expansion"}, {inSet("InValueSet", "code", visit, "Nowhere"), `error:value set "Nowhere" is not defined`},
	{inSet("InValueSet", "code", num(1), "Visits"), "error:cannot be in a value set"},
	{`{"type":"InValueSet","code":` + visit + `,"valuesetExpression":` + valueSetRef("Visits") + `}`, "true"},
	{inSet("AnyInValueSet", "codes", items(other, visit), "Visits"), "true"}, {inSet("AnyInValueSet", "codes", items(other), "Visits"), "false"},
	{inSet("AnyInValueSet", "codes", null, "Visits"), "false"},
	{`{"type":"InCodeSystem","code":` + visit + `,"codesystem":{"name":"Local"}}`, "true"}, {`{"type":"InCodeSystem","code":` + visit + `,"codesystem":{"name":"LOINC"}}`, "false"},
	{`{"type":"InCodeSystem","code":` + txt("visit") + `,"codesystem":{"name":"Local"}}`, "error:its codes are not loaded"},
	{`{"type":"AnyInCodeSystem","codes":` + items(other, visit) + `,"codesystem":{"name":"Local"}}`, "true"},
	{agg("Count", un("ExpandValueSet", valueSetRef("Visits"))), "2"},
	{un("SingletonFrom", un("ExpandValueSet", valueSetRef("Tests"))), "http://loinc.org|4548-4"},
	{withPrecision("Year", un("CalculateAge", date("1960-02-29"))), "66"}, {withPrecision("Month", un("CalculateAge", date("2026-01-20"))), "1"},
	{withPrecision("Year", op("CalculateAgeAt", date("1960-02-29"), date("2026-02-28"))), "65"}, {withPrecision("Year", op("CalculateAgeAt", date("1960-02-29"), date("2026-03-01"))), "66"},
	{withPrecision("Year", op("CalculateAgeAt", date("1960"), date("2026-03-01"))), "between 65 and 66"}, {withPrecision("Day", op("CalculateAgeAt", null, date("2026-03-01"))), "null"},
	{op("Subsumes", visit, visit), "true"}, {op("SubsumedBy", visit, visit), "true"}, {op("Subsumes", visit, other), "error:hierarchy is not loaded"}, {op("SubsumedBy", visit, other), "error:hierarchy is not loaded"},
}

func TestClinical(t *testing.T) { check(t, clinicalExamples) }

var errorExamples = []example{
	{message(num(5), noLit, "Error"), "5"}, {message(num(5), yesLit, "Warning"), "5"}, {message(num(5), yesLit, "Error"), "error:the library reports an error: 100: broken"},
	{message(num(5), null, "Error"), "5"},
}

func message(source, condition, severity string) string {
	return fields2("Message", "source", source, "condition", condition, "code", txt("100"), "severity", txt(severity), "message", txt("broken"))
}

func TestError(t *testing.T) { check(t, errorExamples) }
