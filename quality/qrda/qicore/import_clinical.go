// SPDX-License-Identifier: Apache-2.0

package qicore

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/quality/qrda"
)

const terminologyHL7 = "http://terminology.hl7.org/CodeSystem/"

// imports makes resources of QDM datatypes; encounters are made before them.
var imports = map[string]func(*importer, *qrda.DataElement){
	"Patient Characteristic Payer": (*importer).payer, "Patient Characteristic Expired": (*importer).expired,
	"Diagnosis": (*importer).diagnosis, "Procedure Performed": (*importer).procedure, "Intervention Performed": (*importer).procedure,
	"Laboratory Test Performed": (*importer).observation, "Physical Exam Performed": (*importer).observation,
	"Assessment Performed": (*importer).observation, "Diagnostic Study Performed": (*importer).observation,
	"Medication Administered": (*importer).administered, "Medication Order": (*importer).prescribed, "Medication Active": (*importer).prescribed,
	"Discharge Medication": (*importer).prescribed, "Procedure Order": (*importer).ordered, "Intervention Order": (*importer).ordered,
	"Laboratory Test Order": (*importer).ordered, "Assessment Order": (*importer).ordered, "Physical Exam Order": (*importer).ordered,
	"Diagnostic Study Order": (*importer).ordered, "Encounter Order": (*importer).ordered, "Device Order": (*importer).device,
}

func category(system, code string) []object {
	return []object{{"coding": []object{{"system": terminologyHL7 + system, "code": code}}}}
}

func (m *importer) encounter(e *qrda.DataElement) {
	r := m.resource("Encounter", extQICore+"encounter", e)
	r["status"], r["subject"] = "finished", m.subject
	if c := codeable(e.Code); c != nil {
		r["type"] = []object{c}
	} else {
		m.lose(e, "Encounter Performed.code", "it has no code")
	}
	r["class"] = object{"system": terminologyHL7 + "v3-ActCode", "code": "IMP"}
	if e.Class.Code != "" {
		r["class"] = coding(e.Class)
	}
	set(r, "period", m.period(first(e.From, e.At), e.Through))
	if c := codeable(e.Discharge); c != nil {
		r["hospitalization"] = object{"dischargeDisposition": c}
	}
	var places []object
	for i, l := range e.Locations {
		place := m.resource("Location", extQICore+"location", &qrda.DataElement{ID: qrda.Identifier{Extension: r["id"].(string) + "-l" + strconv.Itoa(i+1)}})
		place["status"] = "active"
		if c := codeable(l.Code); c != nil {
			place["type"] = []object{c}
		}
		at := object{"location": object{"reference": "Location/" + place["id"].(string)}}
		set(at, "period", m.period(l.From, l.Through))
		places = append(places, at)
	}
	if places != nil {
		r["location"] = places
	}
	var diagnoses []object
	for i := range e.Parts {
		p := &e.Parts[i]
		if p.Datatype != "Encounter Diagnosis" {
			m.lose(p, "Encounter Performed."+p.Datatype, "no QI-Core element is made of it")
			continue
		}
		diagnoses = append(diagnoses, m.encounterDiagnosis(p))
	}
	if diagnoses != nil {
		r["diagnosis"] = diagnoses
	}
	m.encounters[r["id"].(string)] = r
}

// encounterDiagnosis refers to the Diagnosis with the same identifier, or makes a Condition
// for it.
func (m *importer) encounterDiagnosis(p *qrda.DataElement) object {
	var id string
	if other := m.byID[p.ID]; p.ID != (qrda.Identifier{}) && other != nil && other.Datatype == "Diagnosis" {
		id = fhirID(p.ID)
	} else {
		c := m.resource("Condition", extQICore+"condition", p)
		c["subject"], c["category"] = m.subject, category("condition-category", "encounter-diagnosis")
		set(c, "code", codeable(p.Code))
		id = c["id"].(string)
	}
	// The diagnoses of QDM's encounters are those that are billed.
	d := object{"condition": object{"reference": "Condition/" + id},
		"use": object{"coding": []object{{"system": terminologyHL7 + "diagnosis-role", "code": "billing"}}}}
	if n, err := strconv.Atoi(p.Rank); err == nil && n > 0 {
		d["rank"] = n
	}
	if c := codeable(p.OnAdmission); c != nil {
		d["extension"] = []object{{"url": extQICore + "encounter-diagnosisPresentOnAdmission", "valueCodeableConcept": c}}
	}
	return d
}

func (m *importer) diagnosis(e *qrda.DataElement) {
	r := m.resource("Condition", extQICore+"condition", e)
	r["subject"] = m.subject
	kind := "problem-list-item"
	for _, other := range m.doc.Entries {
		for _, p := range other.Parts {
			if p.Datatype == "Encounter Diagnosis" && e.ID != (qrda.Identifier{}) && p.ID == e.ID {
				kind = "encounter-diagnosis"
			}
		}
	}
	r["category"] = category("condition-category", kind)
	status := "active"
	if e.Status == "completed" {
		status = "resolved"
	}
	r["clinicalStatus"] = object{"coding": []object{{"system": terminologyHL7 + "condition-clinical", "code": status}}}
	r["verificationStatus"] = object{"coding": []object{{"system": terminologyHL7 + "condition-ver-status", "code": "confirmed"}}}
	set(r, "code", m.coded(e))
	set(r, "onsetDateTime", m.opt.fhirTime(first(e.From, e.At)))
	set(r, "abatementDateTime", m.opt.fhirTime(e.Through))
	set(r, "recordedDate", m.opt.fhirTime(e.Author))
}

func (m *importer) procedure(e *qrda.DataElement) {
	profile := extQICore + "procedure"
	if e.Negated {
		profile = extQICore + "procedurenotdone"
	}
	r := m.resource("Procedure", profile, e)
	r["status"], r["subject"] = "completed", m.subject
	if e.Negated {
		r["status"] = "not-done"
		set(r, "statusReason", codeable(e.Reason))
	} else if c := codeable(e.Reason); c != nil {
		r["reasonCode"] = []object{c}
	}
	set(r, "code", m.coded(e))
	m.when(r, "performed", e)
	m.recorded(r, e)
	for _, d := range e.Devices {
		if c := codeable(d); c != nil {
			used, _ := r["usedCode"].([]object)
			r["usedCode"] = append(used, c)
		}
	}
	for _, id := range e.Related {
		visit := m.encounters[fhirID(id)]
		if visit == nil {
			m.lose(e, e.Datatype+".relatedTo", "the document has no such encounter")
			continue
		}
		if e.Rank == "" {
			r["encounter"] = object{"reference": "Encounter/" + visit["id"].(string)}
			continue
		}
		ext, _ := visit["extension"].([]object)
		n, _ := strconv.Atoi(e.Rank)
		visit["extension"] = append(ext, object{"url": extQICore + "encounter-procedure", "extension": []object{
			{"url": "type", "valueCodeableConcept": r["code"]}, {"url": "rank", "valuePositiveInt": n},
			{"url": "procedure", "valueReference": object{"reference": "Procedure/" + r["id"].(string)}}}})
	}
	if e.Rank != "" && len(e.Related) == 0 {
		m.rankedAlone(r, e)
	}
}

// rankedAlone gives a procedure with a rank to the encounter during which it began, where
// there is one alone.
func (m *importer) rankedAlone(r object, e *qrda.DataElement) {
	var found object
	at := first(e.At, e.From)
	for i := range m.doc.Entries {
		v := &m.doc.Entries[i]
		if v.Datatype != "Encounter Performed" || at < v.From || v.Through != "" && at > v.Through {
			continue
		}
		if found != nil {
			found = nil
			break
		}
		found = m.encounters[fhirID(v.ID)]
	}
	if found == nil {
		m.lose(e, e.Datatype+".rank", "no single encounter has it")
		return
	}
	ext, _ := found["extension"].([]object)
	n, _ := strconv.Atoi(e.Rank)
	found["extension"] = append(ext, object{"url": extQICore + "encounter-procedure", "extension": []object{
		{"url": "type", "valueCodeableConcept": r["code"]}, {"url": "rank", "valuePositiveInt": n},
		{"url": "procedure", "valueReference": object{"reference": "Procedure/" + r["id"].(string)}}}})
}

func (m *importer) recorded(r object, e *qrda.DataElement) {
	if t := m.opt.fhirTime(e.Author); t != "" {
		r["extension"] = []object{{"url": extQICore + "recorded", "valueDateTime": t}}
	}
}

// observed are the category and profile of a datatype's observations.
var observed = map[string][2]string{"Laboratory Test Performed": {"laboratory", extUSCore + "observation-lab"},
	"Physical Exam Performed": {"vital-signs", extQICore + "observation"}, "Assessment Performed": {"survey", extQICore + "observation"},
	"Diagnostic Study Performed": {"imaging", extQICore + "observation"}}

func (m *importer) observation(e *qrda.DataElement) {
	kind := observed[e.Datatype]
	profile := kind[1]
	if e.Negated {
		profile = extQICore + "observationnotdone"
	}
	r := m.resource("Observation", profile, e)
	r["status"], r["subject"], r["category"] = "final", m.subject, category("observation-category", kind[0])
	if e.Negated {
		r["status"] = "cancelled"
		if c := codeable(e.Reason); c != nil {
			r["extension"] = []object{{"url": extQICore + "notDoneReason", "valueCodeableConcept": c}}
		}
	}
	set(r, "code", m.coded(e))
	m.when(r, "effective", e)
	set(r, "issued", m.opt.fhirTime(e.Author))
	m.value(r, e, e.Result)
	var parts []object
	for i := range e.Parts {
		p := &e.Parts[i]
		if p.Datatype != "Component" {
			m.lose(p, e.Datatype+"."+p.Datatype, "no QI-Core element is made of it")
			continue
		}
		c := object{}
		set(c, "code", codeable(p.Code))
		m.value(c, p, p.Result)
		parts = append(parts, c)
	}
	if parts != nil {
		r["component"] = parts
	}
}

// value puts a result into an observation or a component of it.
func (m *importer) value(r object, e *qrda.DataElement, v *qrda.Value) {
	if v == nil {
		return
	}
	switch v.Type {
	case "CD", "CE", "CO":
		set(r, "valueCodeableConcept", codeable(v.Concept))
	case "PQ":
		if q := quantity(v); q != nil {
			r["valueQuantity"] = q
		}
	case "REAL":
		if q := quantity(&qrda.Value{Text: v.Text, Unit: "1"}); q != nil {
			r["valueQuantity"] = q
		}
	case "INT":
		if n, err := strconv.Atoi(v.Text); err == nil {
			r["valueInteger"] = n
		}
	case "BL":
		if v.Text == "true" || v.Text == "false" {
			r["valueBoolean"] = v.Text == "true"
		}
	case "ST":
		set(r, "valueString", v.Text)
	case "TS":
		set(r, "valueDateTime", m.opt.fhirTime(v.Text))
	default:
		m.lose(e, e.Datatype+".result", "a result of type "+v.Type+" is not known")
	}
}

// quantity is nil if the value is no number of JSON.
func quantity(v *qrda.Value) object {
	text := strings.TrimPrefix(v.Text, "+")
	if !json.Valid([]byte(text)) || text == "" || text[0] != '-' && (text[0] < '0' || text[0] > '9') {
		return nil
	}
	q := object{"value": json.Number(text)}
	if v.Unit != "" {
		q["unit"], q["code"], q["system"] = v.Unit, v.Unit, "http://unitsofmeasure.org"
	}
	return q
}

func (m *importer) administered(e *qrda.DataElement) {
	profile := extQICore + "medicationadministration"
	if e.Negated {
		profile = extQICore + "mednotadministered"
	}
	r := m.resource("MedicationAdministration", profile, e)
	r["status"], r["subject"] = "completed", m.subject
	if e.Negated {
		r["status"] = "not-done"
		if c := codeable(e.Reason); c != nil {
			r["statusReason"] = []object{c}
		}
	} else if c := codeable(e.Reason); c != nil {
		r["reasonCode"] = []object{c}
	}
	set(r, "medicationCodeableConcept", m.coded(e))
	m.when(r, "effective", e)
	m.recorded(r, e)
	dosage := object{}
	if e.Dose != nil {
		if q := quantity(e.Dose); q != nil {
			dosage["dose"] = q
		}
	}
	set(dosage, "route", codeable(e.Route))
	if len(dosage) > 0 {
		r["dosage"] = dosage
	}
}

func (m *importer) prescribed(e *qrda.DataElement) {
	profile := extQICore + "medicationrequest"
	if e.Negated {
		profile = extQICore + "mednotrequested"
	}
	r := m.resource("MedicationRequest", profile, e)
	r["status"], r["intent"], r["subject"] = "active", "order", m.subject
	if e.Datatype == "Discharge Medication" {
		r["category"] = category("medicationrequest-category", "discharge")
	}
	if e.Negated {
		r["status"], r["doNotPerform"] = "completed", true
	}
	if c := codeable(e.Reason); c != nil {
		r["reasonCode"] = []object{c}
	}
	if q := quantity(&qrda.Value{Text: e.DaysSupplied, Unit: "d"}); q != nil {
		r["dispenseRequest"] = object{"expectedSupplyDuration": q}
	}
	set(r, "medicationCodeableConcept", m.coded(e))
	set(r, "authoredOn", m.opt.fhirTime(e.Author))
	if p := m.period(first(e.From, e.At), e.Through); p != nil {
		r["dosageInstruction"] = []object{{"timing": object{"repeat": object{"boundsPeriod": p}}}}
	}
}

func (m *importer) ordered(e *qrda.DataElement) {
	profile := extQICore + "servicerequest"
	if e.Negated {
		profile = extQICore + "servicenotrequested"
	}
	r := m.resource("ServiceRequest", profile, e)
	r["status"], r["intent"], r["subject"] = "active", "order", m.subject
	m.request(r, e)
	set(r, "code", m.coded(e))
	set(r, "authoredOn", m.opt.fhirTime(e.Author))
}

// request says why a request was made, or was not.
func (m *importer) request(r object, e *qrda.DataElement) {
	c := codeable(e.Reason)
	if c != nil {
		r["reasonCode"] = []object{c}
	}
	if !e.Negated {
		return
	}
	r["status"], r["doNotPerform"] = "completed", true
	if c != nil {
		r["extension"] = []object{{"url": extQICore + "doNotPerformReason", "valueCodeableConcept": c}}
	}
}

func (m *importer) device(e *qrda.DataElement) {
	profile := extQICore + "devicerequest"
	if e.Negated {
		profile = extQICore + "devicenotrequested"
	}
	r := m.resource("DeviceRequest", profile, e)
	r["status"], r["intent"], r["subject"] = "active", "order", m.subject
	m.request(r, e)
	delete(r, "doNotPerform") // FHIR R4 has it as a modifier extension
	if e.Negated {
		r["modifierExtension"] = []object{{"url": "http://hl7.org/fhir/5.0/StructureDefinition/extension-DeviceRequest.doNotPerform", "valueBoolean": true}}
	}
	set(r, "codeCodeableConcept", m.coded(e))
	set(r, "authoredOn", m.opt.fhirTime(e.Author))
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
