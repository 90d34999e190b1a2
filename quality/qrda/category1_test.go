// SPDX-License-Identifier: Apache-2.0

package qrda_test

import (
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/quality/qrda"
	"github.com/woodlawn-health/woodlawn/quality/qrda/xmltree"
)

// invented is a piece of a Category I document of an invented patient.
const invented = `<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:sdtc="urn:hl7-org:sdtc" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
 <templateId root="2.16.840.1.113883.10.20.24.1.1" extension="2017-08-01"/><id root="d-1"/>
 <recordTarget><patientRole><id root="2.16.840.1.113883.4.927" extension="1EG4TE5MK73"/><addr><postalCode>21201</postalCode></addr>
  <patient><name><given>Jane</given><family>Doe</family></name><administrativeGenderCode code="F"/><birthTime value="19500101"/>
   <raceCode code="2106-3"/><sdtc:raceCode code="2028-9"/><ethnicGroupCode code="2186-5"/></patient></patientRole></recordTarget>
 <custodian><assignedCustodian><representedCustodianOrganization><id root="2.16.840.1.113883.4.336" extension="210001"/></representedCustodianOrganization></assignedCustodian></custodian>
 <informationRecipient><intendedRecipient><id root="2.16.840.1.113883.3.249.7" extension="HQR_IQR"/></intendedRecipient></informationRecipient>
 <component><structuredBody><component><section>
  <entry><organizer><templateId root="2.16.840.1.113883.10.20.24.3.98"/><reference><externalDocument>
   <id root="2.16.840.1.113883.4.738" extension="m-1"/></externalDocument></reference></organizer></entry></section></component>
 <component><section><entry><act><templateId root="2.16.840.1.113883.10.20.17.3.8"/>
   <effectiveTime><low value="20260101"/><high value="20260331"/></effectiveTime></act></entry></section></component>
 <component><section><templateId root="2.16.840.1.113883.10.20.17.2.4"/>
  <entry><encounter><templateId root="2.16.840.1.113883.10.20.22.4.49" extension="2015-08-01"/>
   <templateId root="2.16.840.1.113883.10.20.24.3.23" extension="2021-08-01"/><id root="1.2" extension="e-1"/>
   <code code="32485007" codeSystem="2.16.840.1.113883.6.96" sdtc:valueSet="1.2.3"><translation code="X" codeSystem="1.9"/></code>
   <statusCode code="completed"/><effectiveTime><low value="202602010800-0500"/><high value="202602031200-0500"/></effectiveTime></encounter></entry>
  <entry><observation negationInd="true"><templateId root="2.16.840.1.113883.10.20.24.3.38" extension="2021-08-01"/>
   <code nullFlavor="NA" sdtc:valueSet="4.5.6"/><value xsi:type="PQ" value="7.1" unit="%"/>
   <entryRelationship><observation><templateId root="2.16.840.1.113883.10.20.24.3.88"/><value xsi:type="CD" code="416432009"/></observation></entryRelationship>
   </observation></entry>
  <entry><act><entryRelationship><observation><templateId root="2.16.840.1.113883.10.20.24.3.135"/><value xsi:type="CD" code="I10"/></observation></entryRelationship></act></entry>
  <entry><observation><templateId root="9.9.9"/></observation></entry>
 </section></component></structuredBody></component></ClinicalDocument>`

func TestReadCategoryI(t *testing.T) {
	doc, err := xmltree.Parse(strings.NewReader(invented))
	if err != nil {
		t.Fatal(err)
	}
	r, problems := qrda.ReadCategoryI(doc)
	if r.Program != "HQR_IQR" || r.CCN != "210001" || r.From != civil.Of(2026, 1, 1) || r.Through != civil.Of(2026, 3, 31) {
		t.Errorf("header: %+v", r)
	}
	if p := r.Patient; p.Medicare != "1EG4TE5MK73" || p.Family != "Doe" || len(p.Race) != 2 || p.Sex != "F" || p.PostalCode != "21201" {
		t.Errorf("patient: %+v", p)
	}
	if len(r.Measures) != 1 || r.Measures[0].ID != "m-1" || len(r.Entries) != 4 {
		t.Fatalf("%v %d", r.Measures, len(r.Entries))
	}
	visit, test, diagnosis := r.Entries[0], r.Entries[1], r.Entries[2]
	if visit.Datatype != "Encounter Performed" || visit.Template != "2.16.840.1.113883.10.20.24.3.23:2021-08-01" ||
		visit.Code.Code != "32485007" || visit.ValueSet != "1.2.3" || visit.From != "202602010800-0500" || len(visit.Code.Translations) != 1 {
		t.Errorf("encounter: %+v", visit)
	}
	if !test.Negated || test.Reason.Code != "416432009" || test.Code.Null != "NA" || test.Result.Text != "7.1" || test.Result.Unit != "%" {
		t.Errorf("laboratory test: %+v", test)
	}
	if diagnosis.Datatype != "Diagnosis" || diagnosis.Code.Code != "I10" {
		t.Errorf("diagnosis: %+v", diagnosis)
	}
	if len(problems) != 1 || problems[0].Rule != "W_DATATYPE" {
		t.Errorf("the unknown entry must be told: %v", problems)
	}
}

// FuzzValidate feeds documents that are broken on purpose: no panic, whatever
// comes.
func FuzzValidate(f *testing.F) {
	f.Add(invented)
	f.Add(`<ClinicalDocument xmlns="urn:hl7-org:v3"><templateId root="2.16.840.1.113883.10.20.27.1.1"/></ClinicalDocument>`)
	f.Add(`<r><organizer><templateId root="2.16.840.1.113883.10.20.27.3.1"/><component/></organizer></r>`)
	f.Fuzz(func(_ *testing.T, text string) {
		doc, err := xmltree.Parse(strings.NewReader(text))
		if err != nil {
			return
		}
		qrda.Validate(doc)
		qrda.ReadTree(doc)
		qrda.ReadCategoryI(doc)
	})
}
