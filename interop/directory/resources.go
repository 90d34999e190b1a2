// SPDX-License-Identifier: Apache-2.0

package directory

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/woodlawn-health/woodlawn/interop/element"
	"github.com/woodlawn-health/woodlawn/interop/sheet"
)

type object = element.Object

// Addresses of Plan-Net and of the code systems that it uses.
const (
	canonical   = "http://hl7.org/fhir/us/davinci-pdex-plan-net"
	ext         = canonical + "/StructureDefinition/"
	planCodes   = canonical + "/CodeSystem/"
	npiSystem   = "http://hl7.org/fhir/sid/us-npi"
	nucc        = "http://nucc.org/provider-taxonomy"
	degrees     = "http://terminology.hl7.org/CodeSystem/v2-0360"
	idTypes     = "http://terminology.hl7.org/CodeSystem/v2-0203"
	ownIDs      = "urn:woodlawn:directory:id" // a payer's own numbers
	usps        = "https://www.usps.com/"
	connections = "http://terminology.hl7.org/CodeSystem/endpoint-connection-type"
	boundaryURL = "http://hl7.org/fhir/StructureDefinition/location-boundary-geojson"
	geoURL      = "http://hl7.org/fhir/StructureDefinition/geolocation"
)

// row is a row that becomes a resource; what its columns hold has been checked.
type row struct {
	*sheet.Row
	b *sheet.Build
}

// identifiers are the NPI and the payer's own number.
func (r *row) identifiers() (list []object) {
	if v := r.Get("npi"); v != "" {
		list = append(list, object{"system": npiSystem, "value": v, "type": element.Concept(idTypes, "NPI")})
	}
	if v := r.Get("identifier"); v != "" {
		list = append(list, object{"system": ownIDs, "value": v, "type": element.Concept(idTypes, "PRN")})
	}
	return list
}

// telecoms are the telephone, with when and by whom it is answered, and the website.
func (r *row) telecoms() (list []object) {
	if v := r.Get("phone"); v != "" {
		o := object{"system": "phone", "value": v, "use": "work", "rank": 1}
		for _, h := range sheet.ParseHours(r.Get("phone_hours")) {
			inner := object{}
			for _, d := range h.Days {
				inner.Extend("daysOfWeek", "valueCode", d)
			}
			if h.All {
				inner.Extend("allDay", "valueBoolean", true)
			} else {
				inner.Extend("availableStartTime", "valueTime", h.From).Extend("availableEndTime", "valueTime", h.To)
			}
			o.ExtendBy(ext+"contactpoint-availabletime", inner)
		}
		o.Extend(ext+"via-intermediary", "valueReference", element.Reference("Organization", r.Get("intermediary")))
		list = append(list, o)
	}
	if v := r.Get("website"); v != "" {
		list = append(list, object{"system": "url", "value": v, "rank": 2})
	}
	return list
}

// address is the postal address, with its place on the map.
func (r *row) address() object {
	o := object{}
	var lines []string
	for _, name := range []string{"line1", "line2"} {
		if v := r.Get(name); v != "" {
			lines = append(lines, v)
		}
	}
	o.Set("line", lines).Set("city", r.Get("city")).Set("state", r.Get("state")).Set("postalCode", r.Get("zip"))
	if len(o) == 0 {
		return nil
	}
	country := r.Get("country")
	if country == "" {
		country = "US"
	}
	text := strings.Join(append(lines, r.Get("city"), r.Get("state")+" "+r.Get("zip")), ", ")
	return o.Set("country", country).Set("type", "both").Set("text", text)
}

func (r *row) mapped(o object) object {
	if len(o) > 0 && r.Get("latitude") != "" && r.Get("longitude") != "" {
		o.ExtendBy(geoURL, object{}.Extend("latitude", "valueDecimal", number(r.Get("latitude"))).Extend("longitude", "valueDecimal", number(r.Get("longitude"))))
	}
	return o
}

// contact is a person or office to ask.
func (r *row) contact(use bool) object {
	o := object{}.Set("name", object{}.Set("text", r.Get("contact_name")))
	if v := r.Get("contact_phone"); v != "" {
		t := object{"system": "phone", "value": v}
		if use {
			t["use"] = "work"
		}
		o.Add("telecom", t)
	}
	return o
}

func (r *row) endpointsOf() []object { return element.References("Endpoint", r.List("endpoints")) }

func (r *row) acceptingNew(o object) object {
	if v := r.Get("accepting"); v != "" {
		o.ExtendBy(ext+"newpatients", object{}.
			Extend("acceptingPatients", "valueCodeableConcept", element.Concept(planCodes+"AcceptingPatientsCS", v)).
			Extend("fromNetwork", "valueReference", element.Reference("Organization", r.Get("accepting_network"))).
			Extend("characteristics", "valueString", r.Get("accepting_note")))
	}
	return o
}

// availability writes hours under the names of a service or role.
func (r *row) availability(o object) object {
	for _, h := range sheet.ParseHours(r.Get("hours")) {
		t := object{}.Set("daysOfWeek", h.Days)
		if h.All {
			t["allDay"] = true
		} else {
			t["availableStartTime"], t["availableEndTime"] = h.From, h.To
		}
		o.Add("availableTime", t)
	}
	if from, to, why, ok := sheet.ParseClosed(r.Get("closed")); ok {
		o.Add("notAvailable", object{"description": why, "during": element.Period(from, to)})
	}
	return o
}

// issuer is an organization of the directory, or a name.
func (r *row) issuer() object {
	v := r.Get("credential_issuer")
	if r.b.Has("organizations", v) {
		return element.Reference("Organization", v)
	}
	return object{}.Set("display", v)
}

func credentialCode(code string) object {
	if sheet.IsTaxonomy(code) {
		return element.Concept(nucc, code)
	}
	return element.Concept(degrees, code)
}

func (r *row) endpoint() object {
	system, code := connections, r.Get("connection")
	switch code {
	case "":
		code = "hl7-fhir-rest"
	case "hl7-fhir-opn", "rest-non-fhir":
		system = planCodes + "EndpointConnectionTypeCS"
	}
	o := object{"status": "active", "connectionType": element.Coding(system, code), "address": r.Get("address"),
		"payloadType": []object{element.Concept(planCodes+"EndpointPayloadTypeCS", "NA")}}
	for _, u := range r.List("use_cases") {
		o.ExtendBy(ext+"endpoint-usecase", object{}.
			Extend("type", "valueCodeableConcept", element.Concept("http://terminology.hl7.org/CodeSystem/v3-ActReason", u)).
			Extend("standard", "valueUri", r.Get("standard")))
	}
	for _, c := range [][2]string{{"phone", "contact_phone"}, {"email", "contact_email"}} {
		if v := r.Get(c[1]); v != "" {
			o.Add("contact", object{"system": c[0], "value": v})
		}
	}
	return o.Set("identifier", r.identifiers()).Set("name", r.Get("name")).Set("managingOrganization", element.Reference("Organization", r.Get("organization"))).
		Set("payloadMimeType", r.List("mime_types"))
}

func (r *row) organization() object {
	o := object{"active": true, "name": r.Get("name"), "type": []object{element.Concept(planCodes+"OrgTypeCS", r.Get("kind"))}}
	for _, code := range r.List("taxonomy") {
		o.ExtendBy(ext+"qualification", object{}.Extend("code", "valueCodeableConcept", element.Concept(nucc, code)).Extend("status", "valueCode", "active"))
	}
	for _, id := range r.List("areas") {
		o.Extend(ext+"location-reference", "valueReference", element.Reference("Location", id))
	}
	return o.Extend(ext+"org-description", "valueString", r.Get("description")).
		Set("identifier", r.identifiers()).Set("telecom", r.telecoms()).Add("address", r.mapped(r.address())).
		Set("partOf", element.Reference("Organization", r.Get("part_of"))).Add("contact", r.contact(true)).Set("endpoint", r.endpointsOf())
}

func (r *row) network() object {
	o := object{"active": true, "name": r.Get("name"), "type": []object{element.Concept(planCodes+"OrgTypeCS", "ntwk")},
		"partOf": element.Reference("Organization", r.Get("owner"))}
	for _, id := range r.List("areas") {
		o.Extend(ext+"location-reference", "valueReference", element.Reference("Location", id))
	}
	return o.Set("identifier", r.identifiers()).Add("address", r.mapped(r.address())).Add("contact", r.contact(false)).Set("endpoint", r.endpointsOf())
}

func (r *row) location() object {
	o := object{"status": "active", "name": r.Get("name")}
	for _, a := range r.List("accessibility") {
		o.Extend(ext+"accessibility", "valueCodeableConcept", element.Concept(planCodes+"AccessibilityCS", a))
	}
	if v := r.Get("boundary"); v != "" {
		o.Extend(boundaryURL, "valueAttachment", object{"contentType": "application/geo+json", "data": base64.StdEncoding.EncodeToString([]byte(v))})
	}
	for _, h := range sheet.ParseHours(r.Get("hours")) {
		t := object{}.Set("daysOfWeek", h.Days)
		if h.All {
			t["allDay"] = true
		} else {
			t["openingTime"], t["closingTime"] = h.From, h.To
		}
		o.Add("hoursOfOperation", t)
	}
	if v := r.Get("alias"); v != "" {
		o["alias"] = []string{v}
	}
	if r.Get("latitude") != "" && r.Get("longitude") != "" {
		o["position"] = object{"latitude": number(r.Get("latitude")), "longitude": number(r.Get("longitude"))}
	}
	if v := r.Get("type"); v != "" {
		o["type"] = []object{element.Concept("http://terminology.hl7.org/CodeSystem/v3-RoleCode", v)}
	}
	return r.acceptingNew(o).Set("identifier", r.identifiers()).Set("description", r.Get("description")).Set("telecom", r.telecoms()).Set("address", r.address()).
		Set("managingOrganization", element.Reference("Organization", r.Get("organization"))).Set("partOf", element.Reference("Location", r.Get("part_of"))).
		Set("availabilityExceptions", r.Get("exceptions")).Set("endpoint", r.endpointsOf())
}

func (r *row) service() object {
	o := object{"active": true, "category": []object{element.Concept(planCodes+"HealthcareServiceCategoryCS", r.Get("category"))}}
	for _, d := range r.List("delivery") {
		inner := object{}.Extend("type", "valueCodeableConcept", element.Concept(planCodes+"DeliveryMethodCS", d))
		if d == "virtual" {
			for _, v := range r.List("virtual") {
				inner.Extend("virtualModalities", "valueCodeableConcept", element.Concept(planCodes+"VirtualModalitiesCS", v))
			}
		}
		o.ExtendBy(ext+"delivery-method", inner)
	}
	if r.Get("appointment") != "" {
		o["appointmentRequired"] = r.Yes("appointment")
	}
	return r.availability(r.acceptingNew(o)).Set("identifier", r.identifiers()).Set("providedBy", element.Reference("Organization", r.Get("organization"))).
		Set("type", element.Concepts("http://terminology.hl7.org/CodeSystem/service-type", r.List("types"))).
		Set("specialty", element.Concepts(nucc, r.List("specialties"))).Set("location", element.References("Location", r.List("locations"))).
		Set("name", r.Get("name")).Set("comment", r.Get("comment")).Set("telecom", r.telecoms()).Set("coverageArea", element.References("Location", r.List("areas"))).
		Set("availabilityExceptions", r.Get("exceptions")).Set("endpoint", r.endpointsOf())
}

func (r *row) practitioner() object {
	name := object{"family": r.Get("family"), "given": []string{r.Get("given")}, "text": strings.TrimSpace(r.Get("given") + " " + r.Get("family") + " " + r.Get("suffix"))}
	if v := r.Get("suffix"); v != "" {
		name["suffix"] = []string{v}
	}
	o := object{"active": true, "name": []object{name}}
	for _, l := range r.List("languages") {
		code, level, _ := strings.Cut(l, ":")
		c := element.Concept("urn:ietf:bcp:47", strings.TrimSpace(code))
		o.Add("communication", c.Extend(ext+"communication-proficiency", "valueCodeableConcept", element.Concept(planCodes+"LanguageProficiencyCS", strings.TrimSpace(level))))
	}
	if code := r.Get("credential"); code != "" {
		q := object{"code": credentialCode(code)}.Set("period", element.Period(r.Date("credential_start"), r.Date("credential_end"))).Set("issuer", r.issuer())
		if v := r.Get("credential_number"); v != "" {
			q.Add("identifier", object{"value": v})
		}
		inner := object{}.Extend("status", "valueCode", "active").Extend("whereValid", "valueCodeableConcept", element.Concept(usps, r.Get("credential_state")))
		o.Add("qualification", q.ExtendBy(ext+"practitioner-qualification", inner))
	}
	return o.Set("identifier", r.identifiers()).Set("gender", r.Get("gender")).Set("telecom", r.telecoms()).Add("address", r.mapped(r.address()))
}

func (r *row) role() object {
	o := object{"active": true}
	if code := r.Get("credential"); code != "" {
		inner := object{}
		if v := r.Get("credential_number"); v != "" {
			inner.Extend("identifier", "valueIdentifier", object{"value": v})
		}
		o.ExtendBy(ext+"qualification", inner.Extend("code", "valueCodeableConcept", credentialCode(code)).Extend("issuer", "valueReference", r.issuer()).
			Extend("status", "valueCode", "active").Extend("period", "valuePeriod", element.Period(r.Date("credential_start"), r.Date("credential_end"))).
			Extend("whereValid", "valueCodeableConcept", element.Concept(usps, r.Get("credential_state"))))
	}
	o.Extend(ext+"network-reference", "valueReference", element.Reference("Organization", r.Get("network")))
	return r.availability(r.acceptingNew(o)).Set("identifier", r.identifiers()).Set("period", element.Period(r.Date("start"), r.Date("end"))).
		Set("practitioner", element.Reference("Practitioner", r.Get("practitioner"))).Set("organization", element.Reference("Organization", r.Get("organization"))).
		Set("code", element.Concepts(planCodes+"ProviderRoleCS", r.List("roles"))).Set("specialty", element.Concepts(nucc, r.List("specialties"))).
		Set("location", element.References("Location", r.List("locations"))).Set("healthcareService", element.References("HealthcareService", r.List("services"))).
		Set("telecom", r.telecoms()).Set("endpoint", r.endpointsOf())
}

func (r *row) affiliation() object {
	return object{"active": true}.Set("identifier", r.identifiers()).Set("period", element.Period(r.Date("start"), r.Date("end"))).
		Set("organization", element.Reference("Organization", r.Get("organization"))).Set("participatingOrganization", element.Reference("Organization", r.Get("participating"))).
		Set("network", element.References("Organization", r.List("networks"))).Set("code", element.Concepts(planCodes+"OrganizationAffiliationRoleCS", r.List("roles"))).
		Set("specialty", element.Concepts(nucc, r.List("specialties"))).Set("location", element.References("Location", r.List("locations"))).
		Set("healthcareService", element.References("HealthcareService", r.List("services"))).Set("telecom", r.telecoms()).Set("endpoint", r.endpointsOf())
}

func (r *row) plan() object {
	o := object{"status": "active", "name": r.Get("name"), "type": []object{element.Concept(planCodes+"InsuranceProductTypeCS", r.Get("product"))}}
	if v := r.Get("identifier"); v != "" {
		o["identifier"] = []object{{"system": ownIDs, "value": v, "type": element.Concept(idTypes, "PRN"), "assigner": element.Reference("Organization", r.Get("owner"))}}
	}
	if v := r.Get("alias"); v != "" {
		o["alias"] = []string{v}
	}
	areas := element.References("Location", r.List("areas"))
	o.Add("plan", object{}.Set("type", element.Concept(planCodes+"InsurancePlanTypeCS", r.Get("plan_type"))).Set("coverageArea", areas))
	return o.Set("period", element.Period(r.Date("start"), r.Date("end"))).Set("ownedBy", element.Reference("Organization", r.Get("owner"))).
		Set("administeredBy", element.Reference("Organization", r.Get("administrator"))).Set("coverageArea", areas).Add("contact", r.contact(false)).
		Set("network", element.References("Organization", r.List("networks"))).Set("endpoint", r.endpointsOf())
}

// number keeps a decimal as it was written.
func number(v string) json.Number { return json.Number(v) }
