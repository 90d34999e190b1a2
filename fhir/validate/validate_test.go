// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/packages"
	"github.com/woodlawn-health/woodlawn/terminology"
)

func document(t testing.TB, s string) *node.Doc {
	t.Helper()
	d, err := node.ParseResource([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// found lists the errors as "location rule".
func found(issues []Issue) string {
	var all []string
	for _, i := range issues {
		if i.Severity == Error {
			all = append(all, i.Location+" "+i.Rule)
		}
	}
	return strings.Join(all, "; ")
}

func TestBase(t *testing.T) {
	v := &Validator{}
	for _, c := range []struct{ in, want string }{
		{`{"resourceType":"Patient","id":"a","active":true,"name":[{"family":"X","given":["Y",null],"_given":[null,{"extension":[{"url":"http://example.org/x","valueCode":"y"}]}]}],"birthDate":"1970-02"}`, ""},
		{`{"resourceType":"Nonsense"}`, "Nonsense resourceType"},
		{`{"resourceType":"Patient","nickname":"x"}`, "Patient.nickname element"},
		{`{"resourceType":"Patient","name":{"family":"X"}}`, "Patient.name Patient.name"},
		{`{"resourceType":"Patient","gender":["male"]}`, "Patient.gender Patient.gender"},
		{`{"resourceType":"Patient","name":[]}`, "Patient.name Patient.name"},
		{`{"resourceType":"Patient","name":[{}]}`, "Patient.name[0] ele-1; Patient.name[0] ele-1"},
		{`{"resourceType":"Patient","active":"true"}`, "Patient.active boolean"},
		{`{"resourceType":"Patient","birthDate":"1970-02-30"}`, "Patient.birthDate date"},
		{`{"resourceType":"Patient","birthDate":"70"}`, "Patient.birthDate date"},
		{`{"resourceType":"Patient","id":"a b"}`, "Patient.id id"},
		{`{"resourceType":"Patient","multipleBirthInteger":1.5}`, "Patient.multipleBirthInteger integer"},
		{`{"resourceType":"Patient","deceasedBoolean":true,"deceasedDateTime":"2020"}`, "Patient.deceasedDateTime Patient.deceased[x]"},
		{`{"resourceType":"Observation","code":{"text":"x"}}`, "Observation Observation.status"},
		{`{"resourceType":"Patient","contact":[{"gender":"male"}]}`, "Patient.contact[0] pat-1"},
		{`{"resourceType":"Patient","managingOrganization":{"reference":"#o"}}`, "Patient.managingOrganization ref-1; Patient.managingOrganization reference"},
		{`{"resourceType":"Patient","managingOrganization":{"reference":"Practitioner/1"}}`, "Patient.managingOrganization Patient.managingOrganization"},
		{`{"resourceType":"Patient","extension":[{"url":"x","valueString":"y"}]}`, "Patient.extension[0] Extension.url"},
		{`{"resourceType":"Patient","photo":[{"data":"%%"}]}`, "Patient.photo[0].data base64Binary"},
		{`{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"http://example.org/Patient/1","resource":{"resourceType":"Patient","id":"2"}}]}`, "Bundle.entry[0] fullUrl"},
	} {
		got := found(v.Validate(document(t, c.in)))
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.in, got, c.want)
		}
	}
}

const weight = `{"resourceType":"StructureDefinition","url":"http://example.org/weight","kind":"resource","type":"Observation",
"derivation":"constraint","baseDefinition":"http://hl7.org/fhir/StructureDefinition/Observation","differential":{"element":[
 {"path":"Observation"},
 {"path":"Observation.category","slicing":{"discriminator":[{"type":"value","path":"coding.code"}],"rules":"closed"}},
 {"path":"Observation.category","sliceName":"vital","min":1,"max":"1"},
 {"path":"Observation.category.coding.code","fixedCode":"vital-signs"},
 {"path":"Observation.category","sliceName":"home","min":0,"max":"1"},
 {"path":"Observation.category.coding.code","fixedCode":"home"},
 {"path":"Observation.code","patternCodeableConcept":{"coding":[{"system":"http://loinc.org","code":"29463-7"}]}},
 {"path":"Observation.subject","min":1},
 {"path":"Observation.value[x]","type":[{"code":"Quantity"}],"constraint":[{"key":"w-1","severity":"error","human":"in kg","expression":"code = 'kg'"}]},
 {"path":"Observation.note","max":"0"}]}}`

const good = `{"resourceType":"Observation","status":"final","category":[{"coding":[{"code":"vital-signs"}]}],
"code":{"text":"weight","coding":[{"system":"http://loinc.org","code":"29463-7","display":"Body weight"}]},
"subject":{"reference":"Patient/1"},"valueQuantity":{"value":70,"system":"http://unitsofmeasure.org","code":"kg"}}`

func TestProfile(t *testing.T) {
	x := packages.NewIndex()
	x.Add(document(t, weight).Root())
	v := &Validator{Definitions: x}
	for _, c := range []struct{ old, new, want string }{
		{"", "", ""},
		{`"29463-7"`, `"1"`, "Observation.code Observation.code"},
		{`"subject":{"reference":"Patient/1"},`, ``, "Observation Observation.subject"},
		{`"valueQuantity":{"value":70,"system":"http://unitsofmeasure.org","code":"kg"}`, `"valueString":"70"`, "Observation.valueString Observation.value[x]"},
		{`"kg"`, `"lb"`, "Observation.valueQuantity w-1"},
		{`"vital-signs"`, `"home"`, "Observation Observation.category:vital"},
		{`[{"coding":[{"code":"vital-signs"}]}]`, `[{"coding":[{"code":"vital-signs"}]},{"coding":[{"code":"x"}]}]`, "Observation.category[1] Observation.category"},
		{`[{"coding":[{"code":"vital-signs"}]}]`, `[{"coding":[{"code":"vital-signs"}]},{"coding":[{"code":"vital-signs"}]}]`, "Observation Observation.category:vital"},
		{`"status"`, `"note":[{"text":"x"}],"status"`, "Observation Observation.note"},
	} {
		got := found(v.Validate(document(t, strings.Replace(good, c.old, c.new, 1)), "http://example.org/weight"))
		if got != c.want {
			t.Errorf("%s for %s: %q, want %q", c.new, c.old, got, c.want)
		}
	}
	issues := v.Validate(document(t, good), "http://example.org/unknown")
	if found(issues) != "" || issues[len(issues)-1].Code != "not-found" || issues[len(issues)-1].Severity != Information {
		t.Errorf("an unknown profile gives %v", issues)
	}
}

const ext = `{"resourceType":"StructureDefinition","url":"http://example.org/ext","kind":"complex-type","type":"Extension",
"derivation":"constraint","context":[{"type":"element","expression":"Patient.contact"}],"differential":{"element":[
 {"path":"Extension"},{"path":"Extension.extension","max":"0"},{"path":"Extension.url","fixedUri":"http://example.org/ext"},
 {"path":"Extension.value[x]","min":1,"type":[{"code":"code"}],"binding":{"strength":"required","valueSet":"http://example.org/vs"}}]}}`

func TestExtensionAndBinding(t *testing.T) {
	x := packages.NewIndex()
	x.Add(document(t, ext).Root())
	x.Add(document(t, `{"resourceType":"ValueSet","url":"http://example.org/vs","compose":{"include":[{"system":"http://example.org/s","concept":[{"code":"a"}]}]}}`).Root())
	v := &Validator{Definitions: x, MemberOf: terminology.NewStore(x).MemberOf}
	const contact = `{"resourceType":"Patient","contact":[{"name":{"text":"x"},"extension":[{"url":"http://example.org/ext",%}]}]}`
	for _, c := range []struct{ in, want string }{
		{strings.Replace(contact, "%", `"valueCode":"a"`, 1), ""},
		{strings.Replace(contact, "%", `"valueCode":"b"`, 1), "Patient.contact[0].extension[0].valueCode Extension.value[x]"},
		{strings.Replace(contact, "%", `"valueString":"a"`, 1), "Patient.contact[0].extension[0].valueString Extension.value[x]"},
		{`{"resourceType":"Patient","extension":[{"url":"http://example.org/ext","valueCode":"a"}]}`, "Patient.extension[0] Extension.context"},
	} {
		if got := found(v.Validate(document(t, c.in))); got != c.want {
			t.Errorf("%s: %q, want %q", c.in, got, c.want)
		}
	}
}

// A profile that refers to itself, and data that does, come to an end.
func TestCircles(t *testing.T) {
	x := packages.NewIndex()
	x.Add(document(t, `{"resourceType":"StructureDefinition","url":"http://example.org/p","kind":"resource","type":"Patient",
"derivation":"constraint","baseDefinition":"http://example.org/p","differential":{"element":[{"path":"Patient"},
{"path":"Patient.link.other","type":[{"code":"Reference","targetProfile":["http://example.org/p"]}]}]}}`).Root())
	v := &Validator{Definitions: x}
	d := document(t, `{"resourceType":"Patient","contained":[{"resourceType":"Patient","id":"c","link":[{"other":{"reference":"#c"},"type":"seealso"}]}],
"link":[{"other":{"reference":"#c"},"type":"seealso"}]}`)
	if got := found(v.Validate(d, "http://example.org/p")); strings.Contains(got, "Patient.link[0].other Patient.link.other") {
		t.Errorf("%s", got)
	}
}

// Contained resources have no narrative, so nobody is asked for one (DomainResource.text).
func TestNarrativeOfContained(t *testing.T) {
	d := document(t, `{"resourceType":"Patient","contained":[{"resourceType":"Patient","id":"c"}],"link":[{"other":{"reference":"#c"},"type":"seealso"}]}`)
	var warned []string
	for _, i := range (&Validator{}).Validate(d) {
		if i.Rule == "dom-6" {
			warned = append(warned, i.Location)
		}
	}
	if len(warned) != 1 || warned[0] != "Patient" {
		t.Errorf("a narrative is missed at %q", warned)
	}
}

func BenchmarkValidate(b *testing.B) {
	x := packages.NewIndex()
	x.Add(document(b, weight).Root())
	v := &Validator{Definitions: x}
	d := document(b, good)
	b.ReportAllocs()
	b.SetBytes(int64(len(good)))
	for b.Loop() {
		if issues := v.Validate(d, "http://example.org/weight"); Errors(issues) {
			b.Fatal(issues)
		}
	}
}

func FuzzValidate(f *testing.F) {
	f.Add(good)
	f.Add(`{"resourceType":"Bundle","type":"document","entry":[{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Composition","contained":[{"resourceType":"Patient","id":"a"}],"subject":{"reference":"#a"}}}]}`)
	f.Add(`{"resourceType":"Patient","_birthDate":{"extension":[{"url":"http://example.org/ext","valueCode":"a"}]},"contact":[{"extension":[{}]}]}`)
	f.Add(`{"resourceType":"QuestionnaireResponse","questionnaire":"#q","status":"completed","contained":[{"resourceType":"Questionnaire","id":"q","item":[{"linkId":"1","type":"choice","required":true,"enableWhen":[{"question":"1","operator":"=","answerInteger":1}]}]}],"item":[{"linkId":"1","answer":[{"valueInteger":2}]}]}`)
	f.Add(profileOf("Patient", `{"path":"Patient.contained.contained.id"},{"path":"Patient.name.family."}`))
	f.Add(`{"resourceType":"Measure","library":["a"],"group":[{"population":[{"criteria":{"language":"text/cql","expression":"a.b"}}]}]}`)
	x := packages.NewIndex()
	x.Add(document(f, weight).Root())
	x.Add(document(f, ext).Root())
	v := &Validator{Definitions: x, MemberOf: terminology.NewStore(x).MemberOf}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := node.Parse([]byte(s))
		if err != nil {
			return
		}
		for _, i := range v.Validate(d, "http://example.org/weight") {
			_ = i.String()
		}
		// What is data may as well be a definition.
		y := packages.NewIndex()
		y.Add(d.Root())
		w := &Validator{Definitions: y, MemberOf: terminology.NewStore(y).MemberOf}
		w.Validate(document(t, good), d.Root().Get("url").Text())
	})
}
