// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/packages"
	"github.com/woodlawn-health/woodlawn/terminology"
)

// with makes a validator that knows some definitions.
func with(t testing.TB, definitions ...string) *Validator {
	t.Helper()
	x := packages.NewIndex()
	for _, s := range definitions {
		x.Add(document(t, s).Root())
	}
	store := terminology.NewStore(x)
	return &Validator{Definitions: x, MemberOf: store.MemberOf, Display: store.CheckDisplay}
}

// profileOf is a profile on Patient or another type with the elements given.
func profileOf(typ, elements string) string {
	return `{"resourceType":"StructureDefinition","url":"http://example.org/p","name":"P","status":"draft","kind":"resource","abstract":false,"type":"` + typ +
		`","derivation":"constraint","baseDefinition":"http://hl7.org/fhir/StructureDefinition/` + typ + `","differential":{"element":[` + elements + `]}}`
}

func TestDefinitions(t *testing.T) {
	const derived = `{"resourceType":"SearchParameter","url":"http://example.org/s2","name":"S","status":"draft","description":"x","code":"s","type":"string","base":["Patient"],"derivedFrom":"http://example.org/s"`
	obligations := func(url, base, marked string) string {
		return `{"resourceType":"StructureDefinition","url":"` + url + `","extension":[{"url":"http://hl7.org/fhir/StructureDefinition/obligation-profile","valueBoolean":` + marked + `}],"baseDefinition":"` + base + `"}`
	}
	v := with(t, `{"resourceType":"SearchParameter","url":"http://example.org/s","base":["Organization"]}`,
		obligations("http://example.org/o1", "http://hl7.org/fhir/StructureDefinition/Patient", "true"),
		obligations("http://example.org/o2", "http://hl7.org/fhir/StructureDefinition/Patient", "false"),
		obligations("http://example.org/o3", "http://example.org/other", "true"))
	inherit := func(url string) string {
		return strings.Replace(profileOf("Patient", `{"id":"Patient","path":"Patient"}`), `"url"`,
			`"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/inherit-obligations","valueCanonical":"`+url+`"}],"url"`, 1)
	}
	parameter := func(language, expression string) string {
		return `{"resourceType":"ValueSet","status":"draft","extension":[{"url":"http://hl7.org/fhir/tools/StructureDefinition/valueset-parameter","extension":[{"url":"name","valueCode":"p-a"}]}],
 "compose":{"include":[{"system":"http://example.org","filter":[{"property":"a","op":"=","_value":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/cqf-expression","valueExpression":{"language":"` + language + `","expression":"` + expression + `"}}]}}]}]}}`
	}
	for _, c := range []struct{ in, want string }{
		{profileOf("Patient", `{"id":"Patient.name.given","path":"Patient.name.given"},{"id":"a","path":"Patient.deceased[x]"},{"id":"b","path":"Patient.deceasedBoolean"},{"id":"c","path":"Patient.contained.id"}`), ""},
		{profileOf("Patient", `{"id":"Patient.nick","path":"Patient.nick"}`), "ElementDefinition.path"},
		{profileOf("Patient", `{"id":"Person.name","path":"Person.name"}`), "ElementDefinition.path"},
		{profileOf("Observation", `{"id":"a","path":"Observation.valueBla"}`), "ElementDefinition.path"},
		{profileOf("Thing", `{"id":"Thing","path":"Thing"}`), "StructureDefinition.type"},
		{inherit("http://example.org/o1"), ""},
		{inherit("http://example.org/o2"), "inherit-obligations"},
		{inherit("http://example.org/o3"), "inherit-obligations"},
		{derived + `}`, "SearchParameter.base"},
		{strings.Replace(derived, "Patient", "Organization", 1) + `,"expression":"Organization.name"}`, ""},
		{strings.Replace(derived, "Patient", "Organization", 1) + `,"expression":"Organization..name"}`, "SearchParameter.expression"},
		{`{"resourceType":"SearchParameter","url":"http://example.org/c","name":"C","status":"draft","description":"x","code":"s","type":"composite","base":["Patient"]}`, "SearchParameter.component"},
		{parameter("text/fhirpath", "%p-a"), ""}, {parameter("text/fhirpath", "%p-b"), "cqf-expression"},
		{parameter("text/cql", "%p-a"), "cqf-expression"}, {parameter("text/fhirpath", "$ and %p-a"), "cqf-expression"},
	} {
		if got := found(v.Validate(document(t, c.in))); c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.in, got, c.want)
		}
	}
}

func TestMeasures(t *testing.T) {
	cql := base64.StdEncoding.EncodeToString([]byte("library L version '1'\ndefine \"Initial Population\":\n  true\ndefine Seen: true\n"))
	const measure = `{"resourceType":"Measure","url":"http://example.org/m","status":"draft","library":["http://example.org/l"],"group":[{"population":[
 {"code":{"coding":[{"system":"http://example.org","code":"ip"}]},"criteria":{"language":"text/cql","expression":"L.\"Initial Population\""}}]}]}`
	v := with(t, `{"resourceType":"Library","url":"http://example.org/l","name":"L","content":[{"contentType":"text/cql","data":"`+cql+`"}]}`, measure)
	const report = `{"resourceType":"MeasureReport","status":"complete","type":"summary","measure":"http://example.org/m","period":{"start":"2024"},"group":[{"population":[{"code":{"coding":[{"system":"http://example.org","code":"ip"}]},"count":1}]}]}`
	for _, c := range []struct{ in, want string }{
		{measure, ""},
		{strings.Replace(measure, `\"Initial Population\"`, "Seen", 1), ""},
		{strings.Replace(measure, "Initial", "Final", 1), "Measure.group[0].population[0].criteria Measure.criteria"},
		{report, ""},
		{strings.Replace(report, `"ip"`, `"den"`, 1), "MeasureReport.group[0].population[0] MeasureReport.group.population"},
	} {
		if got := found(v.Validate(document(t, c.in))); got != c.want {
			t.Errorf("%s: %q, want %q", c.in, got, c.want)
		}
	}
}

func TestSearchset(t *testing.T) {
	const b = `{"resourceType":"Bundle","type":"searchset","link":[{"relation":"self","url":"http://example.org/Patient?name=x"}],"entry":[
 {"fullUrl":"http://example.org/Patient/1","resource":{"resourceType":"Patient","id":"1"},"search":{"mode":"match"}}]}`
	v := &Validator{}
	for _, c := range []struct{ old, new, want string }{
		{"", "", ""},
		{`"match"`, `"outcome"`, "Bundle.entry[0].resource search.mode"},
		{`"fullUrl":"http://example.org/Patient/1","resource":{"resourceType":"Patient","id":"1"}`, `"resource":{"resourceType":"Patient"}`, "Bundle.entry[0].resource id"},
		{"Patient?name=x", "Group?name=x", "Bundle.entry[0].resource search.mode"},
		{"Patient?name=x", "?_type=Group,Patient", ""},
		{`"link":[`, `"link":[{"relation":"self","url":"http://example.org"},`, "Bundle.link[1] link"},
	} {
		if got := found(v.Validate(document(t, strings.Replace(b, c.old, c.new, 1)))); got != c.want {
			t.Errorf("%s: %q, want %q", c.new, got, c.want)
		}
	}
	const uuid = "5d9588d8-3cd6-4b32-8fb7-ad13694e069d"
	got := found(v.Validate(document(t, `{"resourceType":"Bundle","type":"collection","entry":[
 {"fullUrl":"urn:uuid:54fc3e09-e279-4b74-a8ff-2649ec968642","resource":{"resourceType":"Patient","managingOrganization":{"reference":"Organization/`+uuid+`"}}},
 {"fullUrl":"urn:uuid:`+uuid+`","resource":{"resourceType":"Practitioner"}}]}`)))
	if got != "Bundle.entry[0].resource.managingOrganization reference" {
		t.Errorf("a reference to an entry of another type: %q", got)
	}
}

func TestPolicy(t *testing.T) {
	profile := profileOf("Patient", `{"path":"Patient.name","min":1}`)
	targets := strings.Replace(profileOf("Patient", `{"path":"Patient.link.other","type":[{"code":"Reference","targetProfile":["http://example.org/p"]}]},
 {"path":"Patient.address","type":[{"code":"Address","profile":["http://example.org/none"]}]}`), "example.org/p\",\"name", "example.org/q\",\"name", 1)
	v := with(t, profile, targets, `{"resourceType":"CodeSystem","url":"http://example.org/cs","content":"complete","concept":[{"code":"a","display":"Alpha"}]}`)
	const in = `{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><a href=\"#x\">x</a></div>"},
 "extension":[{"url":"http://example.org/none","valueString":"x"}],"maritalStatus":{"coding":[{"system":"http://example.org/cs","code":"a","display":"Beta"}]},
 "address":[{"city":"x"}],"link":[{"other":{"reference":"Patient/2"},"type":"seealso"}],"meta":{"profile":["http://example.org/q"]}}},
 {"resource":{"resourceType":"Communication","status":"completed","note":[{"text":"a <b>word</b>, <http://example.org> and 1 < 2 > 1"}]}}]}`
	d := document(t, in)
	if got := found(v.Validate(d)); got != "" {
		t.Errorf("by default: %s", got)
	}
	for _, c := range []struct {
		policy Policy
		want   string
	}{
		{Policy{Unloaded: Error}, "Bundle.entry[0].resource.extension[0] Extension.url; Bundle.entry[0].resource.address[0] Patient.address"},
		{Policy{Unloaded: Error, Extensions: []string{"http://example.org/"}}, "Bundle.entry[0].resource.address[0] Patient.address"},
		{Policy{Targets: Error}, "Bundle.entry[0].resource.link[0].other Patient.link.other"},
		{Policy{Links: Error}, "Bundle.entry[0].resource.text.div link"},
		{Policy{Displays: Error}, "Bundle.entry[0].resource.maritalStatus.coding[0].display Coding.display"},
		{Policy{HTMLInMarkdown: Error}, "Bundle.entry[1].resource.note[0].text markdown"},
		{Policy{Entries: []EntryProfile{{Type: "Patient", Profile: "http://example.org/p"}}}, "Bundle.entry[0].resource Patient.name"},
		{Policy{Entries: []EntryProfile{{Type: "Patient", Index: 1, Profile: "http://example.org/p"}}}, ""},
	} {
		w := &Validator{Definitions: v.Definitions, Display: v.Display, Policy: c.policy}
		if got := found(w.Validate(d)); got != c.want {
			t.Errorf("%+v: %q, want %q", c.policy, got, c.want)
		}
	}
}

func TestControls(t *testing.T) {
	narrative := func(div string) string {
		return `{"resourceType":"Patient","language":"en","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">` + div + `</div>"}}`
	}
	const two = `<div lang=\"en\">a</div><div xml:lang=\"de\" lang=\"de\">b</div>`
	extension := func(url, value string) string { return `{"extension":[{"url":"` + url + `",` + value + `}],` }
	language := func(code string) string {
		return profileOf("Patient", extension(definitionPrefix+"narrative-language-control", `"valueCode":"`+code+`"`)+`"path":"Patient.text"}`)
	}
	source := profileOf("Patient", extension(definitionPrefix+"narrative-source-control", `"valueCode":"error"`)+`"path":"Patient.text"}`)
	alternative := profileOf("Patient", extension(laterVersion+"ElementDefinition.valueAlternatives", `"valueCanonical":"http://example.org/why"`)+`"path":"Patient.active"}`)
	additional := profileOf("Patient", `{"path":"Patient.maritalStatus","binding":{"strength":"example",`+extension(toolPrefix+"additional-binding",
		`"extension":[{"url":"purpose","valueCode":"required"},{"url":"valueSet","valueCanonical":"http://example.org/vs"}]`)[1:]+`"valueSet":"http://example.org/vs2"}}`)
	bound := profileOf("Patient", `{"path":"Patient.birthDate","minValueQuantity":{"value":100,"system":"http://unitsofmeasure.org","code":"a"},"maxValueQuantity":{"value":0,"system":"http://unitsofmeasure.org","code":"d"}}`)
	for _, c := range []struct{ profile, in, want string }{
		{language("_no"), narrative("a"), ""}, {language("_no"), narrative(two), "Patient.text Patient.text"},
		{language("_yes"), narrative(two), ""}, {language("_yes"), narrative("a"), "Patient.text Patient.text"},
		{language("_resource"), narrative(two), ""}, {language("_resource"), narrative(`<div lang=\"de\">b</div>`), "Patient.text Patient.text"},
		{language("fr"), narrative(two), "Patient.text Patient.text"}, {language("de"), narrative(two), ""},
		{source, narrative(`<p class=\"generated\">a <b>b</b></p>`), ""}, {source, narrative(`<p class=\"generated\">a</p><p>b</p>`), "Patient.text Patient.text"},
		{alternative, `{"resourceType":"Patient","active":true}`, ""},
		{alternative, `{"resourceType":"Patient","_active":{"extension":[{"url":"http://example.org/why","valueCode":"x"}]}}`, ""},
		{alternative, `{"resourceType":"Patient","_active":{"extension":[{"url":"http://example.org/other","valueCode":"x"}]}}`, "Patient.active Patient.active"},
		{additional, `{"resourceType":"Patient","maritalStatus":{"coding":[{"system":"http://example.org/s","code":"a"}]}}`, ""},
		{additional, `{"resourceType":"Patient","maritalStatus":{"coding":[{"system":"http://example.org/s","code":"b"}]}}`, "Patient.maritalStatus Patient.maritalStatus"},
		{bound, `{"resourceType":"Patient","birthDate":"1950-01-01"}`, ""}, {bound, `{"resourceType":"Patient","birthDate":"1850-01-01"}`, "Patient.birthDate Patient.birthDate"},
		{bound, `{"resourceType":"Patient","birthDate":"2024-05-06"}`, ""}, {bound, `{"resourceType":"Patient","birthDate":"2024-05-07"}`, "Patient.birthDate Patient.birthDate"},
	} {
		v := with(t, c.profile, `{"resourceType":"ValueSet","url":"http://example.org/vs","compose":{"include":[{"system":"http://example.org/s","concept":[{"code":"a"}]}]}}`)
		v.Now = func() time.Time { return time.Date(2024, 5, 6, 12, 0, 0, 0, time.UTC) }
		if got := found(v.Validate(document(t, c.in), "http://example.org/p")); got != c.want {
			t.Errorf("%s against %s: %q, want %q", c.in, c.profile, got, c.want)
		}
	}
}

func TestAnswerLimits(t *testing.T) {
	const form = `{"resourceType":"Questionnaire","url":"http://example.org/q","status":"draft","item":[{"linkId":"a","type":"string","maxLength":3},{"linkId":"b","type":"choice","answerValueSet":"http://example.org/vs"}]}`
	v := with(t, form, `{"resourceType":"ValueSet","url":"http://example.org/vs","compose":{"include":[{"system":"http://example.org/s","concept":[{"code":"a"}]}]}}`)
	const in = `{"resourceType":"QuestionnaireResponse","status":"completed","questionnaire":"http://example.org/q","item":[{"linkId":"a","answer":[{"valueString":"äöü"}]},{"linkId":"b","answer":[{"valueCoding":{"system":"http://example.org/s","code":"a"}}]}]}`
	for _, c := range []struct{ old, new, want string }{
		{"", "", ""},
		{"äöü", "äöüx", "QuestionnaireResponse.item[0].answer[0] maxLength"},
		{`"code":"a"`, `"code":"b"`, "QuestionnaireResponse.item[1].answer[0] answerValueSet"},
	} {
		if got := found(v.Validate(document(t, strings.Replace(in, c.old, c.new, 1)))); got != c.want {
			t.Errorf("%s: %q, want %q", c.new, got, c.want)
		}
	}
}
