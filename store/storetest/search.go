// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/fhir/search"
	"github.com/woodlawn-health/woodlawn/store"
)

// Case is a search with the ids that it finds in the fixture.
type Case struct {
	Feature string // what the case proves, for the ledger
	Query   string // Patient?name=x
	Want    string // ids, sorted, separated by spaces
}

// Cases are all searches of the suite.
var Cases = []Case{
	{"all of a type", "Patient", "ann bob cid"},
	{"_id", "Patient?_id=ann,cid,nobody", "ann cid"},
	{"_lastUpdated", "Patient?_lastUpdated=gt2020", "ann bob cid"},
	{"_lastUpdated", "Patient?_lastUpdated=lt2020", ""},
	{"_tag", "Patient?_tag=http://example.org/tag|demo", "ann"},
	{"_profile", "Patient?_profile=http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient", "ann"},

	{"string: starts with, without case and accents", "Patient?family=mull", "ann bob"},
	{"string: starts with, without case and accents", "Patient?family=MÜLLER", "ann bob"},
	{"string: any part of a name", "Patient?name=beth", "ann"},
	{"string :exact", "Patient?family:exact=Müller", "ann"},
	{"string :exact", "Patient?family:exact=müller", ""},
	{"string :contains", "Patient?family:contains=smi", "bob"},
	{"string :contains, no wildcards", "Patient?family:contains=%25", ""},
	{"string: address parts", "Patient?address=salem", "ann"},
	{"string: address parts", "Patient?address-postalcode=973", "ann"},
	{"several values: any", "Patient?family=zam,muller-", "bob cid"},
	{"parameter twice: all", "Patient?given=ann&given=beth", "ann"},
	{"parameter twice: all", "Patient?given=ann&given=robert", ""},
	{"escaped comma", `Patient?family=mull\,zam`, ""},

	{"token: code", "Patient?gender=male", "bob cid"},
	{"token: code without case", "Patient?gender=MALE", "bob cid"},
	{"token: system of a code element", "Patient?gender=http://hl7.org/fhir/administrative-gender|male", "bob cid"},
	{"token: system|code", "Patient?identifier=http://example.org/member|M-200", "bob"},
	{"token: system|code", "Patient?identifier=http://example.org/other|M-200", ""},
	{"token: |code", "Patient?identifier=|loose", "bob"},
	{"token: |code", "Patient?identifier=|M-200", ""},
	{"token: system|", "Patient?identifier=http://example.org/member|", "ann bob"},
	{"token: boolean", "Patient?active=true", "ann"},
	{"token: expression", "Patient?deceased=true", "bob"},
	{"token: contact point", "Patient?phone=555-0100", "ann"},
	{"token :not", "Patient?gender:not=male", "ann"},
	{"token :not, with those that have none", "Encounter?class:not=IMP", "e2"},
	{"token :text", "Observation?code:text=systolic", "o1"},
	{"token :of-type", "Patient?identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|MB|M-100", "ann"},
	{"token :of-type", "Patient?identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|MR|M-100", ""},
	{":missing=true", "Patient?birthdate:missing=true", "cid"},
	{":missing=false", "Patient?birthdate:missing=false", "ann bob"},
	{":missing of a token", "Patient?identifier:missing=true", "cid"},
	{":missing of a reference with an identifier", "Observation?subject:missing=true", ""},

	{"date: day", "Patient?birthdate=1950-03-14", "ann"},
	{"date: a coarser search finds a finer date", "Patient?birthdate=1950", "ann"},
	{"date: a finer search does not find a coarser date", "Patient?birthdate=1962-05-01", ""},
	{"date ne", "Patient?birthdate=ne1950-03-14", "bob"},
	{"date gt", "Patient?birthdate=gt1950-03-14", "bob"},
	{"date ge", "Patient?birthdate=ge1950-03-14", "ann bob"},
	{"date lt", "Patient?birthdate=lt1962", "ann"},
	{"date le", "Patient?birthdate=le1962", "ann bob"},
	{"date sa", "Patient?birthdate=sa1950-03-14", "bob"},
	{"date eb", "Patient?birthdate=eb1962", "ann"},
	{"date ap", "Patient?birthdate=ap1955", "ann bob"},
	{"date: period", "Encounter?date=2025-03", "e1"},
	{"date: period", "Encounter?date=2025-03-02", ""},
	{"date: period ge and le", "Encounter?date=ge2025-03-02&date=le2025-03-02", "e1"},
	{"date: period without end", "Encounter?date=gt2030", "e2"},
	{"date: time with zone", "Observation?date=2025-03-01T10:30:00%2B02:00", "o1"},

	{"number eq by its digits", "RiskAssessment?probability=0.8", ""},
	{"number eq by its digits", "RiskAssessment?probability=0.9", "r1"},
	{"number eq by its digits", "RiskAssessment?probability=0.85", "r1"},
	{"number eq with an exponent", "RiskAssessment?probability=8.5e-1", "r1"},
	{"number gt", "RiskAssessment?probability=gt0.1", "r1"},
	{"number ge", "RiskAssessment?probability=ge0.1", "r1 r2"},
	{"number lt", "RiskAssessment?probability=lt0.85", "r2"},
	{"number le", "RiskAssessment?probability=le0.85", "r1 r2"},
	{"number ne", "RiskAssessment?probability=ne0.85", "r2"},
	{"number sa and eb", "RiskAssessment?probability=sa0.5", "r1"},
	{"number sa and eb", "RiskAssessment?probability=eb0.5", "r2"},
	{"number ap", "RiskAssessment?probability=ap0.9", "r1"},

	{"quantity: number alone", "Observation?value-quantity=142", "o1"},
	{"quantity: system and code", "Observation?value-quantity=142|http://unitsofmeasure.org|mm[Hg]", "o1"},
	{"quantity: another unit of the same kind", "Observation?value-quantity=540|http://unitsofmeasure.org|mg/dL", "o2"},
	{"quantity: another unit of the same kind", "Observation?value-quantity=gt530|http://unitsofmeasure.org|mg/dL", "o2"},
	{"quantity: unit without system", "Observation?value-quantity=142||mmHg", "o1"},
	{"quantity: unit without system", "Observation?value-quantity=142||kPa", ""},
	{"quantity: prefix", "Observation?value-quantity=lt6", "o2"},

	{"reference: Type/id", "Observation?subject=Patient/ann", "o1 o2"},
	{"reference: id", "Observation?patient=ann", "o1 o2"},
	{"reference :Type", "Observation?subject:Patient=bob", "o3"},
	{"reference: absolute address of this server", "Observation?subject=http://fhir.example.org/Patient/ann", "o1 o2"},
	{"reference :identifier", "Observation?subject:identifier=http://example.org/member|M-900", "o4"},

	{"uri", "ValueSet?url=http://example.org/fhir/ValueSet/colors", "v1"},
	{"uri :below", "ValueSet?url:below=http://example.org/fhir/ValueSet/colors", "v1 v2"},
	{"uri :above", "ValueSet?url:above=http://example.org/fhir/ValueSet/colors/red/dark", "v1 v2"},

	{"composite token$quantity", "Observation?code-value-quantity=http://loinc.org|8480-6$gt140", "o1"},
	{"composite token$quantity", "Observation?code-value-quantity=8480-6$gt150", ""},
	{"composite in one component", "Observation?component-code-value-quantity=8480-6$118", "o3"},
	{"composite in one component", "Observation?component-code-value-quantity=8480-6$76", ""},
	{"composite of both levels", "Observation?combo-code-value-quantity=8480-6$gt100", "o1 o3"},
	{"composite token$token", "Observation?code-value-concept=72166-2$266919005", "o4"},

	{"chain with type", "Observation?subject:Patient.family=müller", "o1 o2 o3"},
	{"chain without type", "Observation?patient.gender=female", "o1 o2"},
	{"chain of two links", "Observation?patient.organization.name=harbor", "o1 o2 o3"},
	{"chain to _id", "Observation?patient._id=bob", "o3"},
	{"chain beside another parameter", "Observation?patient.gender=female&category=laboratory", "o2"},
	{"_has", "Patient?_has:Observation:patient:code=8480-6", "ann"},
	{"_has beside another parameter", "Patient?_has:Observation:patient:status=final&_id=ann,bob", "ann"},
	{"_has in a _has", "Practitioner?_has:Encounter:participant:_has:Observation:encounter:code=8480-6", "doc"},
	{"_has with a chain", "Organization?_has:Patient:organization:general-practitioner.family=okafor", "plan"},
	{"token :in", "Observation?code:in=http://example.org/fhir/ValueSet/vitals", "o1"},
	{"token :in", "Observation?code:in=http://example.org/fhir/ValueSet/vitals&patient=ann&status=final", "o1"},
	{"token :in of a code element", "Patient?gender:in=http://example.org/fhir/ValueSet/genders", "ann"},
	{"token :in of a value set without codes", "Patient?gender:in=http://example.org/fhir/ValueSet/nothing", ""},
	{"token :not-in", "Observation?code:not-in=http://example.org/fhir/ValueSet/vitals&patient=ann", "o2"},
	{"token :not-in of a value set without codes", "Patient?gender:not-in=http://example.org/fhir/ValueSet/nothing", "ann bob cid"},
	{"token :below", "Encounter?class:below=http://terminology.hl7.org/CodeSystem/v3-ActCode|_ActEncounterCode", "e1 e2"},
	{"token :below", "Encounter?class:below=http://terminology.hl7.org/CodeSystem/v3-ActCode|IMP", "e1"},
	{"token :above", "Encounter?class:above=http://terminology.hl7.org/CodeSystem/v3-ActCode|ACUTE", "e1"},
	{"chain to a token :in", "Observation?patient.gender:in=http://example.org/fhir/ValueSet/genders&category=laboratory", "o2"},
	{"_has of a token :in", "Patient?_has:Observation:patient:code:in=http://example.org/fhir/ValueSet/vitals", "ann"},
	{"chain with _has", "Encounter?patient._has:Observation:patient:code=2345-7", "e1"},

	{"several parameters", "Observation?patient=ann&category=vital-signs&date=ge2025&status=final", "o1"},
	{"nothing found", "Observation?patient=nobody", ""},
}

// Parse reads a case's query.
func Parse(t testing.TB, query string) *search.Query {
	t.Helper()
	typ, params, _ := strings.Cut(query, "?")
	values, err := url.ParseQuery(params)
	if err != nil {
		t.Fatal(err)
	}
	q, err := search.Parse(typ, values, search.Options{Base: "http://fhir.example.org", Codes: Codes})
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return q
}

// IDs are the ids of versions.
func IDs(versions []*store.Version) []string {
	var ids []string
	for _, v := range versions {
		ids = append(ids, v.ID)
	}
	return ids
}

func testSearch(t *testing.T, s *store.Store) {
	Load(t, s)
	for _, c := range Cases {
		q := Parse(t, c.Query)
		page, err := s.Search(t.Context(), q, nil)
		if err != nil {
			t.Errorf("%s: %v", c.Query, err)
			continue
		}
		ids := IDs(page.Matches)
		slices.Sort(ids)
		if got := strings.Join(ids, " "); got != c.Want {
			t.Errorf("%s (%s): found %q, want %q", c.Query, c.Feature, got, c.Want)
		}
		if page.Total != int64(len(ids)) {
			t.Errorf("%s: total %d of %d", c.Query, page.Total, len(ids))
		}
		q.Summary = "count"
		if page, err = s.Search(t.Context(), q, nil); err != nil || page.Total != int64(len(ids)) || page.Matches != nil {
			t.Errorf("%s with _summary=count: total %d, %v", c.Query, page.Total, err)
		}
		err = s.Write(t.Context(), func(tx *store.Tx) error {
			found, err := tx.Find(q.Type, q.Criteria, 10)
			if slices.Sort(found); strings.Join(found, " ") != c.Want {
				t.Errorf("%s in a transaction: found %v", c.Query, found)
			}
			return err
		})
		if err != nil {
			t.Errorf("%s in a transaction: %v", c.Query, err)
		}
	}
}

func testSort(t *testing.T, s *store.Store) {
	Load(t, s)
	for query, want := range map[string]string{
		"Patient?_sort=family":                    "ann bob cid",
		"Patient?_sort=-family":                   "cid bob ann",
		"Patient?_sort=birthdate":                 "ann bob cid",
		"Patient?_sort=-birthdate":                "bob ann cid", // the one without comes last either way
		"Patient?_sort=-_id":                      "cid bob ann",
		"Patient?_sort=-_lastUpdated,-_id":        "cid bob ann",
		"RiskAssessment?_sort=probability":        "r2 r1",
		"RiskAssessment?_sort=-probability":       "r1 r2",
		"Observation?_sort=-date&patient=ann":     "o2 o1",
		"Observation?_sort=value-quantity":        "o2 o1 o3 o4",
		"ValueSet?_sort=-url":                     "v2 v1",
		"Patient?_sort=-birthdate,family&_id=cid": "cid",
	} {
		for _, count := range []int{1, 2, 50} {
			q := Parse(t, query)
			q.Count = count
			if got := strings.Join(allPages(t, s, q), " "); got != want {
				t.Errorf("%s by %d: %s, want %s", query, count, got, want)
			}
		}
	}
}

// allPages reads a search to its end.
func allPages(t testing.TB, s *store.Store, q *search.Query) []string {
	t.Helper()
	var ids []string
	for {
		page, err := s.Search(t.Context(), q, nil)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, IDs(page.Matches)...)
		if page.Next == "" {
			return ids
		}
		if len(ids) > 10_000 {
			t.Fatal("pages without end")
		}
		q.Cursor = page.Next
	}
}

func testInclude(t *testing.T, s *store.Store) {
	Load(t, s)
	for query, want := range map[string]string{
		"Observation?_id=o1&_include=Observation:subject":                                                                         "ann",
		"Observation?_id=o1&_include=Observation:subject:Group":                                                                   "",
		"Observation?_id=o1&_include=Observation:*":                                                                               "ann e1",
		"Observation?_id=o1&_include=*":                                                                                           "ann e1",
		"Observation?_id=o1&_include=Observation:patient&_include:iterate=Patient:organization":                                   "ann plan",
		"Observation?_id=o1&_include=Observation:patient&_include=Patient:organization":                                           "ann",
		"Observation?_id=o1&_revinclude=Provenance:target":                                                                        "p1",
		"Patient?_id=ann&_revinclude=Observation:patient&_revinclude:iterate=Provenance:target":                                   "o1 o2 p1",
		"Organization?_id=clinic&_include:iterate=Organization:partof":                                                            "plan",
		"Patient?_id=ann&_revinclude=Encounter:patient&_include:iterate=Encounter:service-provider&_include=Patient:organization": "clinic e1 plan",
	} {
		page, err := s.Search(t.Context(), Parse(t, query), nil)
		if err != nil {
			t.Fatal(err)
		}
		ids := IDs(page.Included)
		slices.Sort(ids)
		if got := strings.Join(ids, " "); got != want || page.Cut {
			t.Errorf("%s: included %q, want %q", query, got, want)
		}
	}
}
