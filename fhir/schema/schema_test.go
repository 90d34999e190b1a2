// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func TestPatient(t *testing.T) {
	s := R4()
	p := s.Type("Patient")
	if p == nil || p.Kind != Resource || !p.Is("DomainResource") || !p.Is("Resource") || p.Is("Element") {
		t.Fatalf("Patient is %+v", p)
	}
	e, typ := p.JSONElement("deceasedDateTime")
	if e == nil || e.Name != "deceased" || !e.Choice || typ == nil || typ.Name != "dateTime" || typ.Kind != Primitive {
		t.Errorf("deceasedDateTime is %+v %+v", e, typ)
	}
	if e, _ := p.JSONElement("deceasedQuantity"); e != nil {
		t.Errorf("Patient allows %s", e.Path)
	}
	if p.Element("deceasedBoolean") != nil {
		t.Error("FHIRPath knows no deceasedBoolean")
	}
	if id := p.Element("id"); id == nil || id.Type().Name != "id" {
		t.Errorf("Patient.id is %+v", id)
	}
	contact := p.Element("contact").Type()
	if contact == nil || contact.Kind != Backbone || contact.FHIRName() != "BackboneElement" || contact.Element("relationship") == nil {
		t.Errorf("Patient.contact is %+v", contact)
	}
	gender := p.Element("gender")
	if gender.Binding == nil || gender.Binding.Strength != "required" || gender.Repeats() || !gender.Summary {
		t.Errorf("Patient.gender is %+v", gender)
	}
	if !p.Element("name").Repeats() || p.Element("name").Max != Unbounded {
		t.Error("Patient.name does not repeat")
	}
	if q := s.Type("Questionnaire.item").Element("item").Type(); q != s.Type("Questionnaire.item") {
		t.Errorf("items of items are %+v", q)
	}
	if s.Type("Patient").Element("contained").Type().Name != "Resource" {
		t.Error("contained holds no resources")
	}
	if s.Type("date").Regex == "" || s.Type("code").Base().Name != "string" {
		t.Error("primitives lack their pattern or base")
	}
	found := false
	for _, v := range s.Type("Patient.contact").Base().Invariants {
		found = found || v.Key == "ele-1"
	}
	if !found {
		t.Error("ele-1 is lost")
	}
}

func TestSearch(t *testing.T) {
	s := R4()
	for _, c := range []struct{ resource, code, kind string }{
		{"Patient", "birthdate", "date"}, {"Observation", "code-value-quantity", "composite"},
		{"ExplanationOfBenefit", "service-date", "date"}, {"Patient", "_lastUpdated", "date"}, {"Condition", "patient", "reference"},
	} {
		p := s.Search(c.resource, c.code)
		if len(p) == 0 || p[0].Type != c.kind || p[0].Expression == "" {
			t.Errorf("%s?%s is %+v", c.resource, c.code, p)
		}
	}
	if p := s.Search("Patient", "nonsense"); p != nil {
		t.Errorf("found %+v", p)
	}
	if c := s.Compartment("Patient"); c == nil || len(c.Members["Observation"]) == 0 || c.Members["Medication"] != nil {
		t.Errorf("the Patient compartment is %+v", c)
	}
}

// Every element must have a type, every composite parts that exist.
func TestWhole(t *testing.T) {
	s := R4()
	elements := 0
	for _, typ := range s.Types {
		for i := range typ.Elements {
			e := &typ.Elements[i]
			elements++
			if len(e.Types) == 0 && typ.Name != "Element" {
				t.Errorf("%s has no type", e.Path)
			}
			if !e.Choice && e.Type() == nil {
				t.Errorf("%s has no single type: %+v", e.Path, e.Types)
			}
		}
	}
	for _, p := range s.SearchParameters {
		for _, part := range p.Components {
			if s.SearchParameter(part.Definition) == nil {
				t.Logf("%s is made of %s, which no package defines", p.URL, part.Definition)
			}
		}
	}
	t.Logf("%d types, %d elements, %d search parameters", len(s.Types), elements, len(s.SearchParameters))
	if again := Encode(s); !bytes.Equal(again, r4) {
		t.Error("the table does not come back as it was")
	}
}

func TestDamaged(t *testing.T) {
	for _, n := range []int{0, 10, len(magic), len(r4) / 3, len(r4) / 2, len(r4) - 1} {
		if _, err := Decode(r4[:n]); err == nil {
			t.Errorf("%d bytes of the table were taken for all of it", n)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	for b.Loop() {
		if _, err := Decode(r4); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLookup(b *testing.B) {
	p := R4().Type("ExplanationOfBenefit")
	for b.Loop() {
		if p.Element("item") == nil {
			b.Fatal("no item")
		}
	}
}

func TestGuides(t *testing.T) {
	s := R4()
	for _, c := range []struct {
		id, url, resource, profile, param, include string
	}{
		{"us-core-3.1.1", "http://hl7.org/fhir/us/core/CapabilityStatement/us-core-server", "Condition", "us-core-condition", "onset-date", ""},
		{"us-core-6.1.0", "http://hl7.org/fhir/us/core/CapabilityStatement/us-core-server", "Condition", "us-core-condition-encounter-diagnosis", "asserted-date", ""},
		{"carin-bb-2.0.0", "http://hl7.org/fhir/us/carin-bb/CapabilityStatement/c4bb", "ExplanationOfBenefit", "C4BB-ExplanationOfBenefit-Pharmacy", "service-start-date", "ExplanationOfBenefit:payee"},
		{"pdex-2.0.0", "http://hl7.org/fhir/us/davinci-pdex/CapabilityStatement/pdex-server", "ExplanationOfBenefit", "pdex-priorauthorization", "service-date", "ExplanationOfBenefit:*"},
		{"plan-net-1.1.0", "http://hl7.org/fhir/us/davinci-pdex-plan-net/CapabilityStatement/plan-net", "PractitionerRole", "plannet-PractitionerRole", "network", "PractitionerRole:network"},
		{"drug-formulary-2.0.1", "http://hl7.org/fhir/us/davinci-drug-formulary/CapabilityStatement/usdf-server", "Basic", "usdf-FormularyItem", "drug-tier", "Basic:formulary"},
	} {
		g := s.Guide(c.id)
		if g == nil || g.URL != c.url || g.Resource("Nonsense") != nil {
			t.Errorf("%s is %+v", c.id, g)
			continue
		}
		r := g.Resource(c.resource)
		if r == nil || !slices.ContainsFunc(r.Profiles, func(p string) bool { return strings.HasSuffix(p, "/"+c.profile) }) ||
			!slices.ContainsFunc(r.Params, func(p GuideParam) bool { return p.Code == c.param && s.SearchParameter(p.Definition) != nil }) ||
			c.include != "" && !slices.Contains(r.Includes, c.include) {
			t.Errorf("%s %s is %+v", c.id, c.resource, r)
		}
	}
	if s.Guide("us-core-1.0.0") != nil {
		t.Error("there is a guide that no package holds")
	}
	care := s.Guide("us-core-6.1.0").Resource("CarePlan")
	if len(care.Combined) != 4 || !slices.ContainsFunc(care.Combined, func(m Combination) bool {
		return m.Expectation == "SHALL" && slices.Equal(m.Required, []string{"patient", "category"})
	}) {
		t.Errorf("CarePlan is searched by %+v", care.Combined)
	}
}
