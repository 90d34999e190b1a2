// SPDX-License-Identifier: Apache-2.0

package directory

import (
	"slices"

	"github.com/woodlawn-health/woodlawn/interop/sheet"
)

// Columns that many sheets have.
func common(columns ...sheet.Column) []sheet.Column {
	head := []sheet.Column{
		sheet.Need("id", "your own id: letters, digits, - and . ; it stays the same from build to build"),
		sheet.Need("received", "the day on which you received this information").As(sheet.Day),
		sheet.May("published", "the day on which this information was first published; empty: with this build").As(sheet.Day),
		sheet.May("identifier", "your own number for it"),
	}
	return append(head, columns...)
}

func address(must bool) []sheet.Column {
	f := sheet.May
	if must {
		f = sheet.Need
	}
	return []sheet.Column{
		f("line1", "street"), sheet.May("line2", "floor, suite"), f("city", ""), f("state", "two letters").As(sheet.State), f("zip", "five or nine digits").As(sheet.ZIP), sheet.May("country", "two letters"),
		sheet.May("latitude", "degrees north").As(sheet.Degrees), sheet.May("longitude", "degrees east").As(sheet.Degrees),
	}
}

var (
	phone = []sheet.Column{
		sheet.May("phone", ""), sheet.May("website", ""), sheet.May("phone_hours", "when the telephone is answered, as mon-fri 08:00-17:00; sat all-day").As(sheet.Hours),
		sheet.May("intermediary", "the organization that answers it").Of("organizations"),
	}
	accepting = []sheet.Column{
		sheet.May("accepting", "new patients: newpt, nopt, existptonly, existptfam").Codes(planCodes + "AcceptingPatientsCS"),
		sheet.May("accepting_network", "the network for which this holds").Of("networks"),
		sheet.May("accepting_note", "which patients"),
	}
	open = []sheet.Column{
		sheet.May("hours", "as mon-fri 08:00-17:00; sat 09:00-12:00; sun all-day").As(sheet.Hours),
		sheet.May("exceptions", "text about other hours"),
	}
	credential = []sheet.Column{
		sheet.May("credential", "code of the licence, degree or board certificate: a NUCC taxonomy code, or of HL7 table 0360 as MD"),
		sheet.May("credential_number", ""), sheet.May("credential_issuer", "an organization of the sheet, or a name"),
		sheet.May("credential_start", "").As(sheet.Day), sheet.May("credential_end", "").As(sheet.Day), sheet.May("credential_state", "where it is valid, two letters").As(sheet.State),
	}
	endpoints = []sheet.Column{sheet.Many("endpoints", "electronic addresses").Of("endpoints")}
)

// Kinds are the sheets, in the order in which a directory is built.
func Kinds() []sheet.Kind { return kinds(nil) }

func kinds(b *sheet.Build) []sheet.Kind {
	from := func(fn func(*row) object) func(*sheet.Row) object {
		return func(r *sheet.Row) object { return fn(&row{r, b}) }
	}
	return []sheet.Kind{
		{Name: "endpoints", Resource: "Endpoint", Profile: ext + "plannet-Endpoint", Columns: common(
			sheet.Need("address", "URL"), sheet.May("name", ""), sheet.May("connection", "hl7-fhir-rest (as if empty), hl7-fhir-opn, rest-non-fhir, direct-project and others of FHIR's list"),
			sheet.May("organization", "who manages it").Of("organizations"), sheet.May("contact_phone", ""), sheet.May("contact_email", ""), sheet.Many("mime_types", "as application/fhir+json"),
			sheet.Many("use_cases", "of v3-ActReason, as TREAT or HOPERAT"), sheet.May("standard", "URL of the standard of the use cases")), Make: from((*row).endpoint)},
		{Name: "organizations", Resource: "Organization", Profile: ext + "plannet-Organization", Columns: common(slices.Concat([]sheet.Column{
			sheet.Need("kind", "fac, prvgrp, payer, atyprv, bus").Codes(planCodes + "OrgTypeCS"), sheet.Need("name", ""), sheet.May("npi", "").As(sheet.NPI), sheet.May("description", ""),
			sheet.Many("taxonomy", "NUCC codes of what it is certified for").As(sheet.Taxonomy), sheet.May("part_of", "").Of("organizations"), sheet.Many("areas", "where it is at work").Of("locations"), sheet.May("contact_phone", "")},
			phone, address(true), endpoints)...), Make: from((*row).organization)},
		{Name: "locations", Resource: "Location", Profile: ext + "plannet-Location", Columns: common(slices.Concat([]sheet.Column{
			sheet.Need("name", ""), sheet.May("alias", ""), sheet.May("description", ""), sheet.May("type", "of v3-RoleCode, as HOSP or PROFF"),
			sheet.May("organization", "who runs it").Of("organizations"), sheet.May("part_of", "").Of("locations"), sheet.Many("accessibility", "handiaccess, pubtrans, cultcomp ...").Codes(planCodes + "AccessibilityCS"),
			sheet.May("boundary", "GeoJSON of an area").As(sheet.GeoJSON)},
			phone, address(false), accepting, open, endpoints)...), Make: from((*row).location)},
		{Name: "networks", Resource: "Organization", Profile: ext + "plannet-Network", Columns: common(slices.Concat([]sheet.Column{
			sheet.Need("name", ""), sheet.Need("owner", "").Of("organizations"), sheet.May("npi", "if it has one").As(sheet.NPI), sheet.Many("areas", "where it is offered").Of("locations"), sheet.May("contact_name", ""), sheet.May("contact_phone", "")},
			address(false), endpoints)...), Make: from((*row).network)},
		{Name: "services", Resource: "HealthcareService", Profile: ext + "plannet-HealthcareService", Columns: common(slices.Concat([]sheet.Column{
			sheet.Need("category", "hosp, prov, pharm, outpat ...").Codes(planCodes + "HealthcareServiceCategoryCS"), sheet.May("organization", "who provides it").Of("organizations"), sheet.May("name", ""), sheet.May("comment", ""),
			sheet.Many("types", "of FHIR's service-type, as 565"), sheet.Many("specialties", "NUCC codes").As(sheet.Taxonomy), sheet.Many("locations", "").Of("locations"), sheet.Many("areas", "").Of("locations"),
			sheet.May("appointment", "yes or no: one is needed").As(sheet.YesNo), sheet.Many("delivery", "physical, virtual").Codes(planCodes + "DeliveryMethodCS"),
			sheet.Many("virtual", "how: phone, video, tdd, sms, app, web").Codes(planCodes + "VirtualModalitiesCS"), sheet.May("closed", "as 2026-12-24..2026-12-26 Holidays").As(sheet.Closed)},
			phone, accepting, open, endpoints)...), Make: from((*row).service)},
		{Name: "practitioners", Resource: "Practitioner", Profile: ext + "plannet-Practitioner", Columns: common(slices.Concat([]sheet.Column{
			sheet.Need("npi", "").As(sheet.NPI), sheet.Need("family", ""), sheet.Need("given", ""), sheet.May("suffix", ""), sheet.May("gender", "male, female, other, unknown"),
			sheet.Many("languages", "language and, after a colon, its proficiency as CMS lists it: en:50; es:30")},
			phone[:1], address(false), credential)...), Make: from((*row).practitioner)},
		{Name: "roles", Resource: "PractitionerRole", Profile: ext + "plannet-PractitionerRole", Columns: common(slices.Concat([]sheet.Column{
			sheet.Need("practitioner", "").Of("practitioners"), sheet.May("organization", "").Of("organizations"), sheet.May("network", "one; a practitioner in two networks has two roles").Of("networks"),
			sheet.Many("roles", "ph, nu, pa ...").Codes(planCodes + "ProviderRoleCS"), sheet.Many("specialties", "NUCC codes").As(sheet.Taxonomy), sheet.Many("locations", "").Of("locations"), sheet.Many("services", "").Of("services"),
			sheet.May("start", "").As(sheet.Day), sheet.May("end", "").As(sheet.Day), sheet.May("closed", "as 2026-12-24..2026-12-26 Holidays").As(sheet.Closed)},
			phone, accepting, open[:1], credential, endpoints)...), Make: from((*row).role)},
		{Name: "affiliations", Resource: "OrganizationAffiliation", Profile: ext + "plannet-OrganizationAffiliation", Columns: common(slices.Concat([]sheet.Column{
			sheet.Need("organization", "").Of("organizations"), sheet.Need("participating", "the organization that takes part").Of("organizations"), sheet.Many("networks", "").Of("networks"),
			sheet.Many("roles", "hospital, group, pharmacy ...").Codes(planCodes + "OrganizationAffiliationRoleCS"), sheet.Many("specialties", "NUCC codes").As(sheet.Taxonomy),
			sheet.Many("locations", "").Of("locations"), sheet.Many("services", "").Of("services"), sheet.May("start", "").As(sheet.Day), sheet.May("end", "").As(sheet.Day)},
			phone[:2], endpoints)...), Make: from((*row).affiliation)},
		{Name: "plans", Resource: "InsurancePlan", Profile: ext + "plannet-InsurancePlan", Columns: common(slices.Concat([]sheet.Column{
			sheet.Need("name", ""), sheet.May("alias", ""), sheet.Need("product", "mediadv, medi, qhp, commhmo ...").Codes(planCodes + "InsuranceProductTypeCS"), sheet.Need("owner", "").Of("organizations"),
			sheet.Need("administrator", "").Of("organizations"), sheet.Many("areas", "").Of("locations"), sheet.Many("networks", "").Of("networks"), sheet.May("plan_type", "gold, silver, highdeductible ...").Codes(planCodes + "InsurancePlanTypeCS"),
			sheet.May("start", "").As(sheet.Day), sheet.May("end", "").As(sheet.Day), sheet.May("contact_name", ""), sheet.May("contact_phone", "")},
			endpoints)...), Make: from((*row).plan)},
	}
}
