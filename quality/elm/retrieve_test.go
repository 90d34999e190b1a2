// SPDX-License-Identifier: Apache-2.0

package elm

import (
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// eventsAndNegations are resources of an invented patient: what was done or ordered,
// and what was not, in the forms that QI-Core prescribes.
const eventsAndNegations = `{"resourceType":"Bundle","type":"collection","entry":[
{"resource":{"resourceType":"Patient","id":"p"}},
{"resource":{"resourceType":"MedicationRequest","id":"ordered","status":"active","intent":"order","medicationCodeableConcept":{"coding":[{"system":"urn:example:local","code":"visit"}]}}},
{"resource":{"resourceType":"MedicationRequest","id":"notordered","status":"completed","intent":"order","doNotPerform":true,"medicationCodeableConcept":{"coding":[{"system":"urn:example:local","code":"visit"}]}}},
{"resource":{"resourceType":"ServiceRequest","id":"requested","status":"active","intent":"order","doNotPerform":false,"code":{"coding":[{"system":"urn:example:local","code":"visit"}]}}},
{"resource":{"resourceType":"ServiceRequest","id":"notrequested","status":"completed","intent":"order","doNotPerform":true,"code":{"extension":[{"url":"http://hl7.org/fhir/us/qicore/StructureDefinition/qicore-notDoneValueSet","valueCanonical":"urn:example:visits"}]}}},
{"resource":{"resourceType":"DeviceRequest","id":"device","status":"active","intent":"order"}},
{"resource":{"resourceType":"DeviceRequest","id":"nodevice","status":"completed","intent":"order","modifierExtension":[{"url":"http://hl7.org/fhir/5.0/StructureDefinition/extension-DeviceRequest.doNotPerform","valueBoolean":true}]}},
{"resource":{"resourceType":"Procedure","id":"done","status":"completed","code":{"coding":[{"system":"urn:example:local","code":"visit"}]}}},
{"resource":{"resourceType":"Procedure","id":"notdone","status":"not-done","code":{"coding":[{"system":"urn:example:local","code":"visit"}]}}},
{"resource":{"resourceType":"Immunization","id":"given","status":"completed"}},
{"resource":{"resourceType":"Immunization","id":"notgiven","status":"not-done"}},
{"resource":{"resourceType":"MedicationAdministration","id":"taken","status":"completed"}},
{"resource":{"resourceType":"MedicationAdministration","id":"nottaken","status":"not-done"}},
{"resource":{"resourceType":"MedicationDispense","id":"dispensed","status":"completed"}},
{"resource":{"resourceType":"MedicationDispense","id":"declined","status":"declined"}},
{"resource":{"resourceType":"Communication","id":"said","status":"completed"}},
{"resource":{"resourceType":"Communication","id":"unsaid","status":"not-done"}},
{"resource":{"resourceType":"Task","id":"taken-up","status":"completed","intent":"order"}},
{"resource":{"resourceType":"Task","id":"rejected","status":"rejected","intent":"order"}},
{"resource":{"resourceType":"Observation","id":"seen","meta":{"profile":["http://hl7.org/fhir/us/qicore/StructureDefinition/qicore-simple-observation|6.0.0"]},"status":"final","code":{"text":"x"}}},
{"resource":{"resourceType":"Observation","id":"cancelled","status":"cancelled","code":{"text":"x"}}},
{"resource":{"resourceType":"Observation","id":"pressure","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}]}}}]}`

func found(t *testing.T, trust bool, typ string, attrs ...string) string {
	t.Helper()
	lib, err := Load([]byte(libraryOf(retrieveOf(typ, attrs...))))
	if err != nil {
		t.Fatal(err)
	}
	p := NewProgram()
	u, err := p.Link(lib, nil)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := node.ParseResource([]byte(eventsAndNegations))
	if err != nil {
		t.Fatal(err)
	}
	patient, err := NewPatient(doc.Root())
	if err != nil {
		t.Fatal(err)
	}
	v, err := p.Start(patient, nil, Options{Terminology: testTerminology(t), TrustProfiles: trust}).Evaluate(u, "x")
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, item := range v.(List) {
		ids = append(ids, item.(Element).Node.ID())
	}
	return strings.Join(ids, " ")
}

// The negation profiles of QI-Core, by the names of 4.1.1, 6.0.0 and the guide's
// continuous build, and the positive ones beside them.
func TestRetrieveByProfile(t *testing.T) {
	for _, test := range []struct{ typ, profiles, want string }{
		{"MedicationRequest", "qicore-medicationrequest qicore-medicationrequested", "ordered"},
		{"MedicationRequest", "qicore-mednotrequested qicore-medicationnotrequested qicore-medicationprohibited", "notordered"},
		{"ServiceRequest", "qicore-servicerequest us-core-servicerequest", "requested"},
		{"ServiceRequest", "qicore-servicenotrequested qicore-serviceprohibited", "notrequested"},
		{"DeviceRequest", "qicore-devicerequest", "device"},
		{"DeviceRequest", "qicore-devicenotrequested qicore-deviceprohibited", "nodevice"},
		{"Procedure", "qicore-procedurenotdone", "notdone"},
		{"Immunization", "qicore-immunizationnotdone", "notgiven"},
		{"MedicationAdministration", "qicore-mednotadministered qicore-medicationadministrationnotdone", "nottaken"},
		{"MedicationDispense", "qicore-mednotdispensed qicore-medicationdispensedeclined", "declined"},
		{"Communication", "qicore-communicationnotdone", "unsaid"},
		{"Task", "qicore-tasknotdone qicore-taskrejected", "rejected"},
		{"Observation", "qicore-observationnotdone qicore-observationcancelled", "cancelled"},
		{"Observation", "us-core-blood-pressure bp", "pressure"},
		// Without a negation the status is the library's own affair.
		{"Procedure", "qicore-procedure us-core-procedure", "done notdone"},
		{"Observation", "qicore-simple-observation qicore-observation-clinical-result", "seen cancelled pressure"},
	} {
		for _, profile := range strings.Fields(test.profiles) {
			if got := found(t, false, test.typ, `"templateId":"http://hl7.org/fhir/us/qicore/StructureDefinition/`+profile+`"`); got != test.want {
				t.Errorf("%s: got %s, want %s", profile, got, test.want)
			}
		}
	}
	// The model of FHIR 4.0.1 knows no such profiles: all of the type.
	if got := found(t, false, "MedicationRequest", `"templateId":"http://hl7.org/fhir/StructureDefinition/MedicationRequest"`); got != "ordered notordered" {
		t.Errorf("FHIR: got %s", got)
	}
	// What was not done may name a value set in place of a code.
	visits := codedBy("code", "~", valueSetRef("Visits"))
	if got := found(t, false, "ServiceRequest", `"templateId":"http://hl7.org/fhir/us/qicore/StructureDefinition/qicore-servicenotrequested"`, visits); got != "notrequested" {
		t.Errorf("not done value set: got %s", got)
	}
	// Trusting meta.profile: the profile that is named, whatever version follows it.
	if got := found(t, true, "Observation", `"templateId":"http://hl7.org/fhir/us/qicore/StructureDefinition/qicore-simple-observation"`); got != "seen" {
		t.Errorf("trusted: got %s", got)
	}
}
