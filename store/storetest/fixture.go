// SPDX-License-Identifier: Apache-2.0

// Package storetest is the suite that every database under package store must
// pass, and the resources that it uses. All people in it are invented.
package storetest

import (
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/store"
)

// Fixture is the resources that the search cases look for, one a line.
const Fixture = `
{"resourceType":"Organization","id":"plan","name":"Harbor Health Plan","active":true,"identifier":[{"system":"http://example.org/payer","value":"H1234"}]}
{"resourceType":"Organization","id":"clinic","name":"Nordhaven Clinic","partOf":{"reference":"Organization/plan"}}
{"resourceType":"Practitioner","id":"doc","name":[{"family":"Okafor","given":["Adaeze"]}],"identifier":[{"system":"http://hl7.org/fhir/sid/us-npi","value":"1234567893"}]}
{"resourceType":"Patient","id":"ann","meta":{"profile":["http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient"],"tag":[{"system":"http://example.org/tag","code":"demo"}]},"active":true,"identifier":[{"system":"http://example.org/member","value":"M-100","type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MB"}],"text":"Member Number"}}],"name":[{"use":"official","family":"Müller","given":["Ann","Beth"]}],"gender":"female","birthDate":"1950-03-14","address":[{"city":"Salem","state":"OR","postalCode":"97301"}],"telecom":[{"system":"phone","value":"555-0100","use":"home"}],"managingOrganization":{"reference":"Organization/plan"},"generalPractitioner":[{"reference":"Practitioner/doc"}]}
{"resourceType":"Patient","id":"bob","active":false,"identifier":[{"system":"http://example.org/member","value":"M-200"},{"value":"loose"}],"name":[{"family":"Muller-Smith","given":["Robert"]}],"gender":"male","birthDate":"1962","deceasedDateTime":"2025-01-02","managingOrganization":{"reference":"Organization/plan"}}
{"resourceType":"Patient","id":"cid","name":[{"family":"Zamora","given":["Cid"]}],"gender":"male"}
{"resourceType":"Encounter","id":"e1","status":"finished","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"IMP"},"subject":{"reference":"Patient/ann"},"period":{"start":"2025-03-01T08:00:00Z","end":"2025-03-05T12:00:00Z"},"serviceProvider":{"reference":"Organization/clinic"},"participant":[{"individual":{"reference":"Practitioner/doc"}}]}
{"resourceType":"Encounter","id":"e2","status":"in-progress","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB"},"subject":{"reference":"Patient/bob"},"period":{"start":"2025-06-10T09:00:00Z"}}
{"resourceType":"Observation","id":"o1","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"8480-6","display":"Systolic blood pressure"}],"text":"Systolic"},"subject":{"reference":"Patient/ann"},"encounter":{"reference":"Encounter/e1"},"effectiveDateTime":"2025-03-01T08:30:00Z","valueQuantity":{"value":142,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}}
{"resourceType":"Observation","id":"o2","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"2345-7"}]},"subject":{"reference":"Patient/ann"},"effectiveDateTime":"2025-03-02","valueQuantity":{"value":5.40,"unit":"g/L","system":"http://unitsofmeasure.org","code":"g/L"}}
{"resourceType":"Observation","id":"o3","status":"amended","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}]},"subject":{"reference":"Patient/bob"},"effectivePeriod":{"start":"2025-06-10","end":"2025-06-12"},"component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":{"value":118,"system":"http://unitsofmeasure.org","code":"mm[Hg]"}},{"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},"valueQuantity":{"value":76,"system":"http://unitsofmeasure.org","code":"mm[Hg]"}}]}
{"resourceType":"Observation","id":"o4","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"72166-2"}]},"subject":{"identifier":{"system":"http://example.org/member","value":"M-900"}},"valueCodeableConcept":{"coding":[{"system":"http://snomed.info/sct","code":"266919005"}]}}
{"resourceType":"RiskAssessment","id":"r1","status":"final","subject":{"reference":"Patient/ann"},"prediction":[{"probabilityDecimal":0.85}]}
{"resourceType":"RiskAssessment","id":"r2","status":"final","subject":{"reference":"Patient/bob"},"prediction":[{"probabilityDecimal":0.10}]}
{"resourceType":"ValueSet","id":"v1","url":"http://example.org/fhir/ValueSet/colors","status":"active","name":"Colors"}
{"resourceType":"ValueSet","id":"v2","url":"http://example.org/fhir/ValueSet/colors/red","status":"draft","name":"Reds"}
{"resourceType":"Provenance","id":"p1","target":[{"reference":"Observation/o1"}],"recorded":"2025-03-01T09:00:00Z","agent":[{"who":{"reference":"Practitioner/doc"}}]}
`

// Prepare makes a resource of the text ready under its own id.
func Prepare(t testing.TB, text string) *store.Prepared {
	t.Helper()
	d, err := node.ParseResource([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	p, err := store.Prepare(d, d.Root().ID())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Put writes resources, each in a transaction of its own.
func Put(t testing.TB, s *store.Store, texts ...string) {
	t.Helper()
	for _, text := range texts {
		p := Prepare(t, text)
		err := s.Write(t.Context(), func(tx *store.Tx) error {
			_, _, err := tx.Put(p)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Load writes the fixture.
func Load(t testing.TB, s *store.Store) {
	t.Helper()
	Put(t, s, strings.Split(strings.TrimSpace(Fixture), "\n")...)
}
