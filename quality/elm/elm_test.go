// SPDX-License-Identifier: Apache-2.0

package elm

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// example is an ELM expression with the value that the specification gives it. A
// want that starts with "error:" is part of the reason why there is none.
type example struct {
	elm, want string
}

// The pieces of ELM JSON that the examples are written with.

func op(typ string, operands ...string) string {
	return fmt.Sprintf(`{"type":%q,"operand":[%s]}`, typ, strings.Join(operands, ","))
}

func un(typ, operand string) string { return fmt.Sprintf(`{"type":%q,"operand":%s}`, typ, operand) }

// agg is an operator over a source.
func agg(typ, source string) string { return fmt.Sprintf(`{"type":%q,"source":%s}`, typ, source) }

// withPrecision is an operator with a precision.
func withPrecision(precision, expr string) string {
	return strings.TrimSuffix(expr, "}") + fmt.Sprintf(`,"precision":%q}`, precision)
}

func lit(typ, value string) string {
	return fmt.Sprintf(`{"type":"Literal","valueType":"{urn:hl7-org:elm-types:r1}%s","value":%q}`, typ, value)
}

func num(n int) string     { return lit("Integer", fmt.Sprint(n)) }
func dec(s string) string  { return lit("Decimal", s) }
func txt(s string) string  { return lit("String", s) }
func date(s string) string { return lit("Date", s) }
func when(s string) string { return lit("DateTime", s) }
func hour(s string) string { return lit("Time", s) }

func qty(v, unit string) string {
	return fmt.Sprintf(`{"type":"Quantity","value":%s,"unit":%q}`, v, unit)
}

func items(elements ...string) string {
	return fmt.Sprintf(`{"type":"List","element":[%s]}`, strings.Join(elements, ","))
}

func nums(ns ...int) string {
	var l []string
	for _, n := range ns {
		l = append(l, num(n))
	}
	return items(l...)
}

// span is an interval: "[" and "]" are closed bounds, "(" and ")" open ones.
func span(open, low, high, end string) string {
	return fmt.Sprintf(`{"type":"Interval","low":%s,"high":%s,"lowClosed":%t,"highClosed":%t}`, low, high, open == "[", end == "]")
}

func nspan(low, high int) string { return span("[", num(low), num(high), "]") }

func asType(typ, expr string) string {
	return fmt.Sprintf(`{"type":"As","operand":%s,"asType":"{urn:hl7-org:elm-types:r1}%s"}`, expr, typ)
}

const (
	null   = `{"type":"Null"}`
	yesLit = `{"type":"Literal","valueType":"{urn:hl7-org:elm-types:r1}Boolean","value":"true"}`
	noLit  = `{"type":"Literal","valueType":"{urn:hl7-org:elm-types:r1}Boolean","value":"false"}`
)

// libraryOf wraps expressions into a library: definition "x" and others by name.
func libraryOf(main string, rest ...string) string {
	defs := []string{fmt.Sprintf(`{"name":"x","context":"Patient","expression":%s}`, main)}
	return fmt.Sprintf(`{"library":{"identifier":{"id":"Example","version":"1"},
	"codeSystems":{"def":[{"name":"LOINC","id":"http://loinc.org"},{"name":"Local","id":"urn:example:local"}]},
	"valueSets":{"def":[{"name":"Visits","id":"urn:example:visits"},{"name":"Missing","id":"urn:example:missing"},{"name":"Tests","id":"urn:example:tests"}]},
	"codes":{"def":[{"name":"A","id":"a","codeSystem":{"name":"Local"}},{"name":"BP","id":"85354-9","codeSystem":{"name":"LOINC"}}]},
	"concepts":{"def":[{"name":"AB","code":[{"name":"A"}],"display":"a or b"}]},
	"parameters":{"def":[
		{"name":"Measurement Period","parameterTypeSpecifier":{"type":"IntervalTypeSpecifier","pointType":{"type":"NamedTypeSpecifier","name":"{urn:hl7-org:elm-types:r1}DateTime"}}},
		{"name":"Limit","default":%s}]},
	"statements":{"def":[%s]}}}`, num(7), strings.Join(append(defs, rest...), ","))
}

// testNow is the time of the examples.
var testNow = time.Date(2026, 3, 15, 10, 30, 0, 0, time.UTC)

// evaluate computes definition x of a library over the synthetic patient.
func evaluate(t testing.TB, library string, opt Options) (Value, error) {
	t.Helper()
	lib, err := Load([]byte(library))
	if err != nil {
		return nil, err
	}
	p := NewProgram()
	u, err := p.Link(lib, nil)
	if err != nil {
		return nil, err
	}
	doc, err := node.ParseResource([]byte(testPatient))
	if err != nil {
		t.Fatal(err)
	}
	patient, err := NewPatient(doc.Root())
	if err != nil {
		t.Fatal(err)
	}
	opt.Now = testNow
	if opt.Terminology == nil {
		opt.Terminology = testTerminology(t)
	}
	return p.Start(patient, nil, opt).Evaluate(u, "x")
}

func testTerminology(t testing.TB) *Terminology {
	tm := NewTerminology()
	for _, src := range []string{
		`{"resourceType":"ValueSet","url":"urn:example:visits","expansion":{"contains":[{"system":"urn:example:local","code":"visit"},{"system":"urn:example:local","code":"call"}]}}`,
		`{"resourceType":"ValueSet","url":"urn:example:tests","compose":{"include":[{"system":"http://loinc.org","concept":[{"code":"4548-4"}]}]}}`,
		`{"resourceType":"ValueSet","url":"urn:example:missing"}`,
	} {
		doc, err := node.ParseResource([]byte(src))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tm.Add(doc.Root()); err != nil {
			t.Fatal(err)
		}
	}
	return tm
}

// testPatient is an invented person with a visit, a call, three observations and two
// medication requests, of which one was not made.
const testPatient = `{"resourceType":"Bundle","type":"collection","entry":[
{"resource":{"resourceType":"Patient","id":"p1","birthDate":"1960-02-29","gender":"female","name":[{"family":"Example","given":["Ann","Bea"]}]}},
{"resource":{"resourceType":"Encounter","id":"e1","status":"finished","class":{"system":"urn:example:class","code":"AMB"},"type":[{"coding":[{"system":"urn:example:local","code":"visit"}]}],"subject":{"reference":"Patient/p1"},"period":{"start":"2026-01-10T09:00:00Z","end":"2026-01-10T09:30:00Z"}}},
{"resource":{"resourceType":"Encounter","id":"e2","status":"planned","class":{"system":"urn:example:class","code":"VR"},"type":[{"coding":[{"system":"urn:example:local","code":"call"}]}],"subject":{"reference":"Patient/p1"},"period":{"start":"2026-02-01T09:00:00-05:00"}}},
{"resource":{"resourceType":"Observation","id":"o1","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"4548-4"}]},"subject":{"reference":"Patient/p1"},"effectiveDateTime":"2026-01-10","valueQuantity":{"value":9.5,"unit":"%","system":"http://unitsofmeasure.org","code":"%"}}},
{"resource":{"resourceType":"Observation","id":"o2","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}]},"subject":{"reference":"Patient/p1"},"effectiveDateTime":"2026-01-10T09:10:00Z","component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":{"value":128,"unit":"mm[Hg]"}}]}},
{"resource":{"resourceType":"Observation","id":"o3","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"survey"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"39156-5"}]},"subject":{"reference":"Patient/p1"}}},
{"resource":{"resourceType":"MedicationRequest","id":"m1","status":"active","intent":"order","medicationCodeableConcept":{"coding":[{"system":"urn:example:local","code":"pill"}]},"subject":{"reference":"Patient/p1"},"authoredOn":"2026-01-10"}},
{"resource":{"resourceType":"MedicationRequest","id":"m2","meta":{"profile":["http://hl7.org/fhir/us/qicore/StructureDefinition/qicore-mednotrequested"]},"status":"completed","intent":"order","doNotPerform":true,"medicationCodeableConcept":{"extension":[{"url":"http://hl7.org/fhir/us/qicore/StructureDefinition/qicore-notDoneValueSet","valueCanonical":"urn:example:visits"}],"text":"none"},"subject":{"reference":"Patient/p1"}}}]}`

// check runs examples.
func check(t *testing.T, examples []example) {
	t.Helper()
	for _, e := range examples {
		v, err := evaluate(t, libraryOf(e.elm), Options{})
		got := Text(v)
		if want, ok := strings.CutPrefix(e.want, "error:"); ok {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s\n got %s, %v\nwant an error with %q", e.elm, got, err, want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s\n error: %v\n want %s", e.elm, err, e.want)
		} else if got != e.want {
			t.Errorf("%s\n got %s\nwant %s", e.elm, got, e.want)
		}
	}
}
