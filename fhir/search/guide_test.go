// SPDX-License-Identifier: Apache-2.0

package search

import (
	"net/url"
	"slices"
	"testing"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/packages"
	"github.com/woodlawn-health/woodlawn/fhir/schema"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
)

// hits tells whether a resource has a row that one parameter with one value
// looks for; it compares rows the plain way, without a store.
func hits(t *testing.T, resource, code, value string) bool {
	t.Helper()
	d, err := node.ParseResource([]byte(resource))
	if err != nil {
		t.Fatal(err)
	}
	typ := d.Root().ResourceType()
	q, err := Parse(typ, url.Values{code: {value}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	x := extract(t, resource)
	for _, m := range q.Criteria[0].Any {
		for _, r := range x.Tokens {
			if m.Table == Tokens && r.Param == m.Param && (m.AnyCode || r.Code == m.Code) && (m.Systems == nil || slices.Contains(m.Systems, r.System)) {
				return true
			}
		}
		for _, r := range x.References {
			if m.Table == References && r.Param == m.Param && r.Target == m.Code {
				return true
			}
		}
		for _, r := range x.Dates {
			if m.Table == Dates && r.Param == m.Param && r.Lo >= m.Lo && r.Hi <= m.Hi {
				return true
			}
		}
	}
	return false
}

// TestGuideParameters: what guides define is found by its meaning, also where the
// published expression has a slip.
func TestGuideParameters(t *testing.T) {
	const (
		race     = `{"resourceType":"Patient","extension":[{"url":"http://hl7.org/fhir/us/core/StructureDefinition/us-core-race","extension":[{"url":"ombCategory","valueCoding":{"system":"urn:oid:2.16.840.1.113883.6.238","code":"2106-3"}},{"url":"text","valueString":"White"}]}]}`
		gender   = `{"resourceType":"Patient","extension":[{"url":"http://hl7.org/fhir/us/core/StructureDefinition/us-core-genderIdentity","valueCodeableConcept":{"coding":[{"system":"http://snomed.info/sct","code":"446151000124109"}]}}]}`
		asserted = `{"resourceType":"Condition","extension":[{"url":"http://hl7.org/fhir/StructureDefinition/condition-assertedDate","valueDateTime":"2025-03-04"}]}`
		network  = `{"resourceType":"PractitionerRole","extension":[{"url":"http://hl7.org/fhir/us/davinci-pdex-plan-net/StructureDefinition/network-reference","valueReference":{"reference":"Organization/net"}}]}`
		area     = `{"resourceType":"Organization","extension":[{"url":"http://hl7.org/fhir/us/davinci-pdex-plan-net/StructureDefinition/location-reference","valueReference":{"reference":"Location/here"}}]}`
		eob      = `{"resourceType":"ExplanationOfBenefit","type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/claim-type","code":"professional"}]},"insurer":{"reference":"Organization/payer"},"billablePeriod":{"start":"2024-01-02","end":"2024-01-09"},"item":[{"servicedDate":"2024-01-05"}]}`
		item     = `{"resourceType":"Basic","extension":[{"url":"http://hl7.org/fhir/us/davinci-drug-formulary/StructureDefinition/usdf-FormularyReference-extension","valueReference":{"reference":"InsurancePlan/f"}},{"url":"http://hl7.org/fhir/us/davinci-drug-formulary/StructureDefinition/usdf-DrugTierID-extension","valueCodeableConcept":{"coding":[{"system":"http://x","code":"generic"}]}},{"url":"http://hl7.org/fhir/us/davinci-drug-formulary/StructureDefinition/usdf-AvailabilityPeriod-extension","valuePeriod":{"start":"2026-01-01","end":"2026-12-31"}}]}`
		plan     = `{"resourceType":"InsurancePlan","period":{"start":"2026-01-01","end":"2026-12-31"},"coverageArea":[{"reference":"Location/here"}],"coverage":[{"extension":[{"url":"http://hl7.org/fhir/us/davinci-drug-formulary/StructureDefinition/usdf-FormularyReference-extension","valueReference":{"reference":"InsurancePlan/f"}}],"type":{"coding":[{"code":"DRUGPOL"}]}}],"plan":[{"type":{"coding":[{"code":"gold"}]}}]}`
	)
	for _, c := range []struct {
		resource, code, value string
		want                  bool
	}{
		{race, "race", "2106-3", true}, {race, "race", "urn:oid:2.16.840.1.113883.6.238|2106-3", true}, {race, "race", "urn:oid:1|2106-3", false}, {race, "race", "2054-5", false}, {race, "race", "White", false},
		{gender, "gender-identity", "http://snomed.info/sct|446151000124109", true}, {gender, "gender-identity", "446141000124107", false},
		{asserted, "asserted-date", "2025-03-04", true}, {asserted, "asserted-date", "2025-03-05", false},
		{network, "network", "Organization/net", true}, {network, "network", "other", false},
		{area, "coverage-area", "Location/here", true}, {area, "coverage-area", "there", false},
		{eob, "service-date", "2024-01-05", true}, {eob, "service-date", "2023", false}, {eob, "service-start-date", "2024-01-02", true}, {eob, "billable-period-start", "2024-01-02", true},
		{eob, "billable-period-start", "2024-01-09", false}, {eob, "type", "professional", true}, {eob, "insurer", "Organization/payer", true},
		{item, "formulary", "InsurancePlan/f", true}, {item, "drug-tier", "generic", true}, {item, "drug-tier", "brand", false}, {item, "period", "2026", true},
		{plan, "formulary-coverage", "f", true}, {plan, "coverage-area", "here", true}, {plan, "coverage-type", "DRUGPOL", true}, {plan, "plan-type", "gold", true}, {plan, "period", "2026", true}, {plan, "period", "2025", false},
	} {
		if got := hits(t, c.resource, c.code, c.value); got != c.want {
			t.Errorf("%s=%s: %v", c.code, c.value, got)
		}
	}
}

// TestGuidesAsk: every parameter that a guide's CapabilityStatement names is there.
func TestGuidesAsk(t *testing.T) {
	for _, g := range schema.R4().Guides {
		for _, r := range g.Resources {
			for _, p := range r.Params {
				if types := For(r.Type); types == nil || types.Param(p.Code) == nil {
					t.Errorf("%s: %s?%s is not there", g.ID, r.Type, p.Code)
				}
			}
			for _, inc := range r.Includes {
				if _, err := Parse(r.Type, url.Values{"_include": {inc}}, Options{}); err != nil {
					t.Errorf("%s: %v", g.ID, err)
				}
			}
			for _, inc := range r.RevIncludes {
				if _, err := Parse(r.Type, url.Values{"_revinclude": {inc}}, Options{}); err != nil {
					t.Errorf("%s: %v", g.ID, err)
				}
			}
		}
	}
}

// TestGuideExamplesGiveRows: the parameters that guides add find something in the
// guides' own examples.
func TestGuideExamplesGiveRows(t *testing.T) {
	rows := map[int64]bool{}
	for _, g := range schema.R4().Guides {
		p, err := packages.Open(evidence.Path(t, "fhir/packages/"+g.Package+".tgz"))
		if err != nil {
			t.Fatal(err)
		}
		for name, r := range p.Examples() {
			types := For(r.ResourceType())
			if r.Err != nil || types == nil {
				continue
			}
			var x Index
			if err := types.Extract(&x, r.Doc()); err != nil {
				t.Fatalf("%s %s: %v", g.ID, name, err)
			}
			for _, v := range x.Tokens {
				rows[v.Param] = true
			}
			for _, v := range x.References {
				rows[v.Param] = true
			}
			for _, v := range x.Dates {
				rows[v.Param] = true
			}
			for _, v := range x.Strings {
				rows[v.Param] = true
			}
		}
	}
	without := map[string]string{
		"Patient gender-identity": "no example", "Organization coverage-area": "no example", "Condition asserted-date": "no example",
		"OrganizationAffiliation period": "no example", "AdverseEvent recorded-date": "no example", "NutritionOrder type": "R4 has no such element",
		"DeviceUseStatement device-type": "the code of another resource, which an index does not follow", "ImagingStudy procedure-code": "the code of another resource, which an index does not follow",
	}
	for _, sp := range schema.R4().SearchParameters {
		if sp.Package == "hl7.fhir.r4.core#4.0.1" {
			continue
		}
		for _, base := range sp.Base {
			types := For(base)
			if types == nil || types.Param(sp.Code) == nil || types.Param(sp.Code).URL != sp.URL || !slices.ContainsFunc(schema.R4().Guides, func(g schema.Guide) bool { return g.Package == sp.Package }) {
				continue
			}
			if key := base + " " + sp.Code; !rows[Key(base, sp.Code)] && without[key] == "" {
				t.Errorf("%s (%s) finds nothing in any example", key, sp.Expression)
			}
		}
	}
}
