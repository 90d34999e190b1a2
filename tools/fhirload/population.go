// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
)

// perPatient is how many resources each invented patient has: the patient, a
// coverage, 3 encounters, 3 conditions, 10 observations and 2 explanations of benefit.
const perPatient = 20

// resource is one of the population.
type resource struct {
	typ, id string
	body    []byte
}

// patient makes the resources of one patient; the same number gives the same.
func patient(n int) []resource {
	r := rand.New(rand.NewPCG(uint64(n), 2026))
	pid := fmt.Sprintf("load-p%d", n)
	ref := "Patient/" + pid
	day := func() string {
		return fmt.Sprintf("%d-%02d-%02d", 2016+r.IntN(10), 1+r.IntN(12), 1+r.IntN(28))
	}
	var list []resource
	add := func(typ, id, text string) {
		list = append(list, resource{typ, id, []byte(text)})
	}
	add("Patient", pid, fmt.Sprintf(`{"resourceType":"Patient","id":%q,"identifier":[{"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MB"}]},"system":"http://example.org/member","value":"L-%06d"}],"active":true,"name":[{"family":"Load%s","given":["Test","%c"]}],"telecom":[{"system":"phone","value":"555-01%02d"}],"gender":%q,"birthDate":"19%02d-%02d-%02d","address":[{"line":["%d Invented Street"],"city":"Woodlawn","state":"MD","postalCode":"21207"}]}`,
		pid, n, strings.ToLower(string(rune('A'+n%26)))+fmt.Sprint(n%977), 'A'+n%26, n%100, []string{"female", "male"}[n%2], 20+r.IntN(60), 1+r.IntN(12), 1+r.IntN(28), 1+n%400))
	cov := fmt.Sprintf("load-c%d", n)
	add("Coverage", cov, fmt.Sprintf(`{"resourceType":"Coverage","id":%q,"status":"active","subscriberId":"L-%06d","beneficiary":{"reference":%q},"relationship":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/subscriber-relationship","code":"self"}]},"period":{"start":"2016-01-01"},"payor":[{"display":"Invented Health Plan"}]}`, cov, n, ref))
	for i := range 3 {
		id := fmt.Sprintf("load-e%d-%d", n, i)
		d := day()
		add("Encounter", id, fmt.Sprintf(`{"resourceType":"Encounter","id":%q,"status":"finished","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB"},"type":[{"coding":[{"system":"http://snomed.info/sct","code":"185349003"}]}],"subject":{"reference":%q},"period":{"start":"%sT09:00:00Z","end":"%sT09:30:00Z"}}`, id, ref, d, d))
		id = fmt.Sprintf("load-d%d-%d", n, i)
		add("Condition", id, fmt.Sprintf(`{"resourceType":"Condition","id":%q,"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-category","code":"encounter-diagnosis"}]}],"code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10-cm","code":%q}]},"subject":{"reference":%q},"encounter":{"reference":"Encounter/load-e%d-%d"},"recordedDate":"%sT09:10:00Z"}`,
			id, []string{"I10", "E11.9", "J44.9", "N18.30", "M17.11"}[r.IntN(5)], ref, n, i, d))
	}
	for i := range 10 {
		id := fmt.Sprintf("load-o%d-%d", n, i)
		code := []string{"8480-6", "8462-4", "4548-4", "2160-0", "29463-7"}[i%5]
		unit := []string{"mm[Hg]", "mm[Hg]", "%", "mg/dL", "kg"}[i%5]
		add("Observation", id, fmt.Sprintf(`{"resourceType":"Observation","id":%q,"status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":%q}]}],"code":{"coding":[{"system":"http://loinc.org","code":%q}]},"subject":{"reference":%q},"encounter":{"reference":"Encounter/load-e%d-%d"},"effectiveDateTime":"%sT09:%02d:00Z","valueQuantity":{"value":%d,"unit":%q,"system":"http://unitsofmeasure.org","code":%q}}`,
			id, []string{"vital-signs", "laboratory"}[i%2], code, ref, n, i%3, day(), r.IntN(60), 5+r.IntN(150), unit, unit))
	}
	for i := range 2 {
		list = append(list, claim(r, fmt.Sprintf("load-b%d-%d", n, i), ref, "Coverage/"+cov, day()))
	}
	return list
}

// claim makes an explanation of benefit with eight lines, about 9 KB.
func claim(r *rand.Rand, id, patient, coverage, day string) resource {
	var items bytes.Buffer
	total := 0
	for i := range 8 {
		charge := 50 + r.IntN(900)
		total += charge
		if i > 0 {
			items.WriteByte(',')
		}
		fmt.Fprintf(&items, `{"sequence":%d,"diagnosisSequence":[1],"productOrService":{"coding":[{"system":"https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets","code":"G04%02d"}]},"servicedDate":%q,"locationCodeableConcept":{"coding":[{"system":"https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set","code":"11"}]},"quantity":{"value":1},"net":{"value":%d,"currency":"USD"},"adjudication":[%s]}`,
			i+1, 38+i%2, day, charge, adjudications(charge))
	}
	return resource{"ExplanationOfBenefit", id, fmt.Appendf(nil, `{"resourceType":"ExplanationOfBenefit","id":%q,"identifier":[{"type":{"coding":[{"system":"http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBIdentifierType","code":"uc"}]},"system":"http://example.org/claim","value":%q}],"status":"active","type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/claim-type","code":"professional"}]},"use":"claim","patient":{"reference":%q},"billablePeriod":{"start":%q,"end":%q},"created":"%sT12:00:00Z","insurer":{"display":"Invented Health Plan"},"provider":{"display":"Invented Clinic"},"outcome":"complete","diagnosis":[{"sequence":1,"diagnosisCodeableConcept":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10-cm","code":"I10"}]},"type":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/ex-diagnosistype","code":"principal"}]}]}],"insurance":[{"focal":true,"coverage":{"reference":%q}}],"item":[%s],"total":[{"category":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/adjudication","code":"submitted"}]},"amount":{"value":%d,"currency":"USD"}}]}`,
		id, id, patient, day, day, day, coverage, items.Bytes(), total)}
}

// adjudications are a line's amounts, as the CARIN guide has them.
func adjudications(charge int) string {
	var parts []string
	for i, code := range []string{"submitted", "eligible", "deductible", "benefit"} {
		parts = append(parts, fmt.Sprintf(`{"category":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/adjudication","code":%q}]},"amount":{"value":%d.%02d,"currency":"USD"}}`, code, charge*(4-i)/4, 10*i))
	}
	return strings.Join(parts, ",")
}

// writePopulation writes all resources, one a line.
func writePopulation(w io.Writer, patients int) error {
	buf := bufio.NewWriterSize(w, 1<<20)
	for n := range patients {
		for _, r := range patient(n) {
			if !json.Valid(r.body) {
				return fmt.Errorf("%s/%s is no JSON", r.typ, r.id)
			}
			buf.Write(r.body)
			buf.WriteByte('\n')
		}
	}
	return buf.Flush()
}

// updates is a Bundle that writes the resources of some patients.
func updates(kind string, from, to int) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"resourceType":"Bundle","type":%q,"entry":[`, kind)
	for n := from; n < to; n++ {
		for i, r := range patient(n) {
			if n > from || i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `{"resource":%s,"request":{"method":"PUT","url":"%s/%s"}}`, r.body, r.typ, r.id)
		}
	}
	b.WriteString("]}")
	return b.Bytes()
}

// visit is a transaction of five new resources that refer to each other.
func visit(r *rand.Rand) []byte {
	n := r.IntN(1_000_000)
	return fmt.Appendf(nil, `{"resourceType":"Bundle","type":"transaction","entry":[
{"fullUrl":"urn:uuid:7d3c1e36-0000-4000-8000-000000000001","resource":{"resourceType":"Patient","identifier":[{"system":"http://example.org/member","value":"N-%d"}],"name":[{"family":"New%d","given":["Test"]}],"birthDate":"1950-01-01"},"request":{"method":"POST","url":"Patient"}},
{"fullUrl":"urn:uuid:7d3c1e36-0000-4000-8000-000000000002","resource":{"resourceType":"Encounter","status":"finished","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB"},"subject":{"reference":"urn:uuid:7d3c1e36-0000-4000-8000-000000000001"},"period":{"start":"2026-01-01T10:00:00Z"}},"request":{"method":"POST","url":"Encounter"}},
{"fullUrl":"urn:uuid:7d3c1e36-0000-4000-8000-000000000003","resource":{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"subject":{"reference":"urn:uuid:7d3c1e36-0000-4000-8000-000000000001"},"encounter":{"reference":"urn:uuid:7d3c1e36-0000-4000-8000-000000000002"},"valueQuantity":{"value":120,"code":"mm[Hg]","system":"http://unitsofmeasure.org"}},"request":{"method":"POST","url":"Observation"}},
{"fullUrl":"urn:uuid:7d3c1e36-0000-4000-8000-000000000004","resource":{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},"subject":{"reference":"urn:uuid:7d3c1e36-0000-4000-8000-000000000001"},"encounter":{"reference":"urn:uuid:7d3c1e36-0000-4000-8000-000000000002"},"valueQuantity":{"value":80,"code":"mm[Hg]","system":"http://unitsofmeasure.org"}},"request":{"method":"POST","url":"Observation"}},
{"fullUrl":"urn:uuid:7d3c1e36-0000-4000-8000-000000000005","resource":{"resourceType":"Condition","code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10-cm","code":"I10"}]},"subject":{"reference":"urn:uuid:7d3c1e36-0000-4000-8000-000000000001"},"encounter":{"reference":"urn:uuid:7d3c1e36-0000-4000-8000-000000000002"}},"request":{"method":"POST","url":"Condition"}}]}`, n, n)
}
