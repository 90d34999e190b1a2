// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// The measures of these tests count what a patient is labelled with: a condition with
// the code "den" puts the patient in the denominator, an encounter of type "num" is an
// episode of the numerator. So every combination can be written down in a line.

func labelled(resource, path, code string) string {
	return fmt.Sprintf(`{"type":"Retrieve","dataType":"{http://hl7.org/fhir}%s","codeProperty":%q,"codeComparator":"~","codes":
		{"type":"ToList","operand":{"type":"Code","code":%q,"system":{"name":"Local"}}}}`, resource, path, code)
}

var labels = []string{"ip", "den", "denex", "num", "numex", "excep", "mp", "mpex"}

func exampleLibrary() string {
	var defs []string
	for _, l := range labels {
		defs = append(defs,
			fmt.Sprintf(`{"name":"%s","context":"Patient","expression":{"type":"Exists","operand":%s}}`, l, labelled("Condition", "code", l)),
			fmt.Sprintf(`{"name":"%s visits","context":"Patient","expression":%s}`, l, labelled("Encounter", "type", l)))
	}
	defs = append(defs,
		`{"name":"length of visit","type":"FunctionDef","context":"Patient","operand":[{"name":"E","operandTypeSpecifier":{"type":"NamedTypeSpecifier","name":"{http://hl7.org/fhir}Encounter"}}],
			"expression":{"type":"Property","path":"length.value.value","source":{"type":"OperandRef","name":"E"}}}`,
		`{"name":"Patient","context":"Patient","expression":{"type":"SingletonFrom","operand":{"type":"Retrieve","dataType":"{http://hl7.org/fhir}Patient"}}}`,
		`{"name":"gender","context":"Patient","expression":{"type":"Property","path":"gender.value","source":{"type":"ExpressionRef","name":"Patient"}}}`,
		`{"name":"broken","context":"Patient","expression":{"type":"SingletonFrom","operand":`+labelled("Condition", "code", "twice")+`}}`)
	return `{"library":{"identifier":{"id":"Example","version":"1.0"},"codeSystems":{"def":[{"name":"Local","id":"urn:example:local"}]},
		"parameters":{"def":[{"name":"Measurement Period"}]},"statements":{"def":[` + strings.Join(defs, ",") + `]}}}`
}

// population is one population of a measure: id, role, expression, and for an
// observation the id of what it observes and the method.
func population(id string, role Role, expression string, of ...string) string {
	ext := ""
	if len(of) == 2 {
		ext = fmt.Sprintf(`"extension":[{"url":"%scriteriaReference","valueString":%q},{"url":"%saggregateMethod","valueString":%q}],`, cqfm, of[0], cqfm, of[1])
	}
	return fmt.Sprintf(`{"id":%q,%s"code":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/measure-population","code":%q}]},"criteria":{"language":"text/cql-identifier","expression":%q}}`,
		id, ext, role, expression)
}

func measureJSON(name string, scoring Scoring, basis string, stratifiers string, populations ...string) string {
	return fmt.Sprintf(`{"resourceType":"Measure","id":%q,"url":"http://example.org/Measure/%s","version":"1.0","name":%q,"library":["http://example.org/Library/Example"],
		"improvementNotation":{"coding":[{"code":"increase"}]},
		"group":[{"id":"g1","extension":[{"url":"%sscoring","valueCodeableConcept":{"coding":[{"code":%q}]}},{"url":"%spopulationBasis","valueCode":%q}],
		"population":[%s]%s}],
		"supplementalData":[{"id":"sde-sex","usage":[{"coding":[{"code":"supplemental-data"}]}],"criteria":{"expression":"gender"}}]}`,
		name, name, name, cqfm, scoring, cqfm, basis, strings.Join(populations, ","), stratifiers)
}

// bundleOf makes a bundle of measures with the example library.
func bundleOf(resources ...string) []byte {
	lib := fmt.Sprintf(`{"resourceType":"Library","url":"http://example.org/Library/Example","version":"1.0","name":"Example","content":[{"contentType":"application/elm+json","data":%q}]}`,
		base64.StdEncoding.EncodeToString([]byte(exampleLibrary())))
	var b strings.Builder
	b.WriteString(`{"resourceType":"Bundle","type":"collection","entry":[`)
	for i, r := range append([]string{lib}, resources...) {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`{"resource":` + r + `}`)
	}
	b.WriteString("]}")
	return []byte(b.String())
}

// labelledPatient has a condition for every label, and an encounter for every visit:
// "v1:ip,den=30" is visit v1 of the types ip and den, 30 minutes long.
func labelledPatient(id string, conditions []string, visits ...string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","id":%q,"gender":"female"}}`, id)
	for i, c := range conditions {
		fmt.Fprintf(&b, `,{"resource":{"resourceType":"Condition","id":"%s-c%d","subject":{"reference":"Patient/%s"},"code":{"coding":[{"system":"urn:example:local","code":%q}]}}}`, id, i, id, c)
	}
	for _, v := range visits {
		name, rest, _ := strings.Cut(v, ":")
		types, length, _ := strings.Cut(rest, "=")
		var codings []string
		for _, t := range strings.Split(types, ",") {
			codings = append(codings, fmt.Sprintf(`{"coding":[{"system":"urn:example:local","code":%q}]}`, t))
		}
		fmt.Fprintf(&b, `,{"resource":{"resourceType":"Encounter","id":%q,"status":"finished","class":{"code":"AMB"},"type":[%s],"length":{"value":%s,"unit":"min"}}}`,
			name, strings.Join(codings, ","), length)
	}
	b.WriteString("]}")
	return []byte(b.String())
}

func load(t testing.TB, resources ...string) (*Engine, []*Measure) {
	t.Helper()
	e := NewEngine(Options{})
	ms, err := e.Load(bundleOf(resources...))
	if err != nil {
		t.Fatal(err)
	}
	return e, ms
}

func evaluateOne(t testing.TB, e *Engine, ms []*Measure, patient []byte) []Result {
	t.Helper()
	doc, err := node.ParseResource(patient)
	if err != nil {
		t.Fatal(err)
	}
	rs, err := e.Evaluate(Request{Measures: ms, Period: year2026(t), Supplemental: true}, doc.Root())
	if err != nil {
		t.Fatal(err)
	}
	return rs
}

func year2026(t testing.TB) Period {
	p, err := ParsePeriod("2026-01-01", "2026-12-31")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// counts writes a group's populations as "ip 1 den 1 num 0"; observations as their values.
func counts(g *GroupResult) string {
	var parts []string
	for _, p := range g.Populations {
		if p.Criterion.Role == Observation {
			parts = append(parts, fmt.Sprintf("%s %v", p.Criterion.ID, p.Observations))
			continue
		}
		parts = append(parts, fmt.Sprintf("%s %d", p.Criterion.ID, p.Count))
	}
	return strings.Join(parts, " ")
}

func proportionMeasure() string {
	return measureJSON("Share", Proportion, "boolean", "", population("ip", InitialPopulation, "ip"), population("den", Denominator, "den"),
		population("denex", DenominatorExclusion, "denex"), population("num", Numerator, "num"),
		population("numex", NumeratorExclusion, "numex"), population("excep", DenominatorException, "excep"))
}

func ratioMeasure() string {
	return measureJSON("Relation", Ratio, "Encounter", "", population("ip", InitialPopulation, "ip visits"), population("den", Denominator, "den visits"),
		population("denex", DenominatorExclusion, "denex visits"), population("num", Numerator, "num visits"), population("numex", NumeratorExclusion, "numex visits"),
		population("dobs", Observation, "length of visit", "den", "Sum"), population("nobs", Observation, "length of visit", "num", "Sum"))
}

func continuousMeasure(method string) string {
	return measureJSON("Length", Continuous, "Encounter", "", population("ip", InitialPopulation, "ip visits"), population("mp", Population, "mp visits"),
		population("mpex", PopulationExclusion, "mpex visits"), population("obs", Observation, "length of visit", "mp", method))
}
