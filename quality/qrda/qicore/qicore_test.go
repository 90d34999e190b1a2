// SPDX-License-Identifier: Apache-2.0

package qicore_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/quality/measure"
	"github.com/woodlawn-health/woodlawn/quality/qrda"
	"github.com/woodlawn-health/woodlawn/quality/qrda/qicore"
	"github.com/woodlawn-health/woodlawn/quality/qrda/xmltree"
)

// stay is an invented patient's hospital stay.
const stay = `{"resourceType":"Bundle","type":"collection","entry":[
{"resource":{"resourceType":"Patient","id":"ann","identifier":[{"system":"http://hl7.org/fhir/sid/us-mbi","value":"1EG4TE5MK73"}],
 "name":[{"family":"Doe","given":["Ann"]}],"gender":"female","birthDate":"1950-02-03","deceasedDateTime":"2027-03-09T10:00:00-05:00",
 "address":[{"line":["1 Main St"],"city":"Towson","state":"MD","postalCode":"21204"}],"maritalStatus":{"text":"?"},
 "extension":[{"url":"http://hl7.org/fhir/us/core/StructureDefinition/us-core-race","extension":[
  {"url":"ombCategory","valueCoding":{"system":"urn:oid:2.16.840.1.113883.6.238","code":"2106-3"}},
  {"url":"ombCategory","valueCoding":{"system":"urn:oid:2.16.840.1.113883.6.238","code":"2028-9"}}]}]}},
{"resource":{"resourceType":"Encounter","id":"e1","status":"finished","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"IMP"},
 "type":[{"coding":[{"system":"http://snomed.info/sct","code":"183452005"}]}],"subject":{"reference":"Patient/ann"},
 "period":{"start":"2027-03-01T08:00:00-05:00","end":"2027-03-05T12:30:00-05:00"},
 "hospitalization":{"dischargeDisposition":{"coding":[{"system":"http://snomed.info/sct","code":"306689006"}]},"origin":{"reference":"Location/l1"}},
 "location":[{"location":{"reference":"Location/l1"},"period":{"start":"2027-03-01T09:00:00-05:00"}}],
 "diagnosis":[{"condition":{"reference":"Condition/c1"},"rank":1,"extension":[
  {"url":"http://hl7.org/fhir/us/qicore/StructureDefinition/qicore-encounter-diagnosisPresentOnAdmission",
   "valueCodeableConcept":{"coding":[{"system":"https://www.cms.gov/poa","code":"Y"}]}}]}],
 "extension":[{"url":"http://hl7.org/fhir/us/qicore/StructureDefinition/qicore-encounter-procedure","extension":[
  {"url":"rank","valuePositiveInt":1},{"url":"procedure","valueReference":{"reference":"Procedure/p1"}}]}]}},
{"resource":{"resourceType":"Location","id":"l1","type":[{"coding":[{"system":"https://www.cdc.gov/nhsn/cdaportal/terminology/codesystem/hsloc.html","code":"1027-2"}]}]}},
{"resource":{"resourceType":"Condition","id":"c1","clinicalStatus":{"coding":[{"code":"active"}]},
 "code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10-cm","code":"I63.9"}]},"onsetDateTime":"2027-03-01","recordedDate":"2027-03-02"}},
{"resource":{"resourceType":"Condition","id":"c2","verificationStatus":{"coding":[{"code":"refuted"}]},"code":{"coding":[{"code":"x"}]}}},
{"resource":{"resourceType":"Procedure","id":"p1","status":"completed","code":{"coding":[{"system":"http://www.cms.gov/Medicare/Coding/ICD10","code":"0SRC0J9"}]},
 "performedPeriod":{"start":"2027-03-02T07:00:00-05:00","end":"2027-03-02T09:00:00-05:00"},
 "usedCode":[{"coding":[{"system":"http://snomed.info/sct","code":"442023007"}]}]}},
{"resource":{"resourceType":"Procedure","id":"p2","status":"not-done","statusReason":{"coding":[{"system":"http://snomed.info/sct","code":"105480006"}]},
 "code":{"extension":[{"url":"http://hl7.org/fhir/us/qicore/StructureDefinition/qicore-notDoneValueSet","valueCanonical":"http://cts.nlm.nih.gov/fhir/ValueSet/1.2.3"}]},
 "extension":[{"url":"http://hl7.org/fhir/us/qicore/StructureDefinition/qicore-recorded","valueDateTime":"2027-03-02T10:00:00-05:00"}]}},
{"resource":{"resourceType":"Observation","id":"o1","status":"final","category":[{"coding":[{"code":"laboratory"}]}],
 "code":{"coding":[{"system":"http://loinc.org","code":"4544-3"}]},"effectiveDateTime":"2027-03-01T10:11:12.500-05:00","valueQuantity":{"value":41.50,"unit":"%"}}},
{"resource":{"resourceType":"Observation","id":"o2","status":"final","category":[{"coding":[{"code":"vital-signs"}]}],
 "code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}]},"effectiveDateTime":"2027-03-01T10:00:00-05:00",
 "component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":{"value":120,"code":"mm[Hg]"}}]}},
{"resource":{"resourceType":"MedicationRequest","id":"m1","status":"active","intent":"order","category":[{"coding":[{"code":"discharge"}]}],
 "medicationReference":{"reference":"Medication/d1"},"authoredOn":"2027-03-05T11:00:00-05:00"}},
{"resource":{"resourceType":"Medication","id":"d1","code":{"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"1037045"}]}}},
{"resource":{"resourceType":"DeviceRequest","id":"v1","status":"active","intent":"order","codeCodeableConcept":{"coding":[{"system":"http://snomed.info/sct","code":"183240000"}]},
 "authoredOn":"2027-03-05T11:00:00-05:00"}},
{"resource":{"resourceType":"Immunization","id":"i1","status":"completed"}}]}`

var eastern = qicore.Options{Root: root, Zone: time.FixedZone("", -5*3600)}

func export(t testing.TB, src string, opt qicore.Options) (*qrda.CategoryI, []qicore.Loss) {
	t.Helper()
	d, err := node.ParseResource([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	doc, losses, err := qicore.Export([]node.Node{d.Root()}, opt)
	if err != nil {
		t.Fatal(err)
	}
	return doc, losses
}

func again(t testing.TB, doc *qrda.CategoryI) *qrda.CategoryI {
	t.Helper()
	var b bytes.Buffer
	if err := document(doc, &measure.Measure{Title: "Stroke", IDs: map[string]string{"version-specific": "m-1"}}).Write(&b); err != nil {
		t.Fatal(err)
	}
	tree, err := xmltree.Parse(&b)
	if err != nil {
		t.Fatal(err)
	}
	back, problems := qrda.ReadCategoryI(tree)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return back
}

func TestStay(t *testing.T) {
	doc, losses := export(t, stay, eastern)
	lost := map[string]bool{}
	for _, l := range losses {
		lost[l.Element] = true
	}
	for _, want := range []string{"Patient.maritalStatus", "Encounter.hospitalization.origin", "Condition", "Immunization", "MedicationRequest.medicationReference"} {
		if !lost[want] {
			t.Errorf("the loss of %s is not told: %v", want, losses)
		}
	}
	back := again(t, doc)
	if back.Patient.Medicare != "1EG4TE5MK73" || back.Patient.Sex != "248152002" || len(back.Patient.Race) != 2 || back.Patient.City != "Towson" {
		t.Errorf("patient %+v", back.Patient)
	}
	byType := map[string]qrda.DataElement{}
	for _, e := range back.Entries {
		byType[e.Datatype] = e
	}
	visit := byType["Encounter Performed"]
	if visit.From != "20270301080000" || visit.Discharge.Code != "306689006" || visit.Class.Code != "IMP" || len(visit.Locations) != 1 ||
		visit.Locations[0].Code.Code != "1027-2" || len(visit.Parts) != 1 || visit.Parts[0].Rank != "1" || visit.Parts[0].OnAdmission.Code != "Y" {
		t.Errorf("encounter %+v", visit)
	}
	if d := byType["Diagnosis"]; d.Code.Code != "I63.9" || d.From != "20270301" || d.Status != "active" {
		t.Errorf("diagnosis %+v", d)
	}
	if l := byType["Laboratory Test Performed"]; l.Result == nil || l.Result.Text != "41.50" || l.At != "20270301101112.500" {
		t.Errorf("laboratory test %+v", l)
	}
	if p := byType["Physical Exam Performed"]; len(p.Parts) != 1 || p.Parts[0].Result.Text != "120" {
		t.Errorf("physical exam %+v", p)
	}
	resources, _, err := qicore.Import(back, eastern)
	if err != nil {
		t.Fatal(err)
	}
	all := string(bytes.Join(resources, []byte("\n")))
	for _, want := range []string{`"deceasedDateTime":"2027-03-09T10:00:00-05:00"`, `"gender":"female"`, `"status":"not-done"`,
		`"valueCanonical":"http://cts.nlm.nih.gov/fhir/ValueSet/1.2.3"`, `"valuePositiveInt":1`, `"reference":"Condition/c1"`, `"code":"1037045"`,
		`"resourceType":"DeviceRequest"`, `"effectiveDateTime":"2027-03-01T10:11:12.500-05:00"`, `"code":"442023007"`, `"reference":"Location/e1-l1"`} {
		if !strings.Contains(all, want) {
			t.Errorf("the resources lack %s\n%s", want, all)
		}
	}
	// What was read again and written again stays what it is.
	third, _ := export(t, `{"resourceType":"Bundle","entry":[`+wrapped(resources)+`]}`, eastern)
	if got, want := text(again(t, third).Entries), text(back.Entries); got != want {
		t.Errorf("the second round differs:\n%s\n%s", got, want)
	}
}

func wrapped(resources [][]byte) string {
	var list []string
	for _, r := range resources {
		list = append(list, `{"resource":`+string(r)+`}`)
	}
	return strings.Join(list, ",")
}

func text(entries []qrda.DataElement) string {
	var b strings.Builder
	for _, e := range entries {
		if e.Datatype == "Patient Characteristic Payer" {
			continue // without an identifier of the patient's own
		}
		fmt.Fprintln(&b, e.Datatype, e.ID, e.Code.Code, e.At, e.From, e.Through, e.Negated, e.Reason.Code, e.Rank)
	}
	return b.String()
}

// Every sample becomes resources that FHIR's reader takes.
func TestSamples(t *testing.T) {
	for name, want := range map[string]int{"qrda1_bad_schema": 2, "qrda1_sample_patient_good": 2, "qrda1_single_encounter": 3} {
		tree, err := xmltree.Parse(bytes.NewReader(evidence.Read(t, "data/quality/qrda/"+name+".xml.gz")))
		if err != nil {
			t.Fatal(err)
		}
		doc, _ := qrda.ReadCategoryI(tree)
		resources, losses, err := qicore.Import(doc, qicore.Options{})
		if err != nil || len(resources) != want {
			t.Errorf("%s: %d resources, %v, %v", name, len(resources), losses, err)
		}
		for _, r := range resources {
			if _, err := node.ParseResource(r); err != nil {
				t.Errorf("%s: %v in %s", name, err, r)
			}
		}
	}
}

// Times keep their instant and precision on the way through a document without offsets.
func TestTimes(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		at := time.Unix(rapid.Int64Range(0, 4e9).Draw(rt, "seconds"), 0).UTC()
		zone := time.FixedZone("", rapid.IntRange(-12, 14).Draw(rt, "zone")*3600)
		src := fmt.Sprintf(`{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","id":"p"}},
			{"resource":{"resourceType":"Observation","id":"o","status":"final","code":{"coding":[{"code":"x"}]},"effectiveDateTime":%q}}]}`, at.Format(time.RFC3339))
		opt := qicore.Options{Root: root, Zone: zone}
		doc, _ := export(t, src, opt)
		resources, _, err := qicore.Import(doc, opt)
		if err != nil {
			rt.Fatal(err)
		}
		var o struct{ EffectiveDateTime string }
		if err := json.Unmarshal(resources[1], &o); err != nil {
			rt.Fatal(err)
		}
		got, err := time.Parse(time.RFC3339, o.EffectiveDateTime)
		if err != nil || !got.Equal(at) {
			rt.Fatalf("%s became %s", at, o.EffectiveDateTime)
		}
	})
}

// FuzzImport reads whatever document there is: no panic, and every resource is JSON.
func FuzzImport(f *testing.F) {
	doc, _ := export(f, stay, eastern)
	var b bytes.Buffer
	if err := document(doc, &measure.Measure{IDs: map[string]string{"version-specific": "m-1"}}).Write(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.String())
	f.Fuzz(func(t *testing.T, text string) {
		tree, err := xmltree.Parse(strings.NewReader(text))
		if err != nil {
			return
		}
		doc, _ := qrda.ReadCategoryI(tree)
		resources, _, err := qicore.Import(doc, qicore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range resources {
			if !json.Valid(r) {
				t.Fatalf("no JSON: %s", r)
			}
		}
	})
}
