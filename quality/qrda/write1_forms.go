// SPDX-License-Identifier: Apache-2.0

package qrda

// The datatypes that are patient characteristics.
const (
	payerDatatype   = "Patient Characteristic Payer"
	expiredDatatype = "Patient Characteristic Expired"
)

// entryForm is how CDA writes a QDM datatype.
type entryForm struct {
	element     string // encounter, procedure, act, observation, substanceAdministration, supply
	class, mood string
	templates   []templateID
	status      string
	// time is "period" (low and high), "instant or period", "begin" (low, high unknown) or
	// empty, where the time is the author's alone.
	time string
	// author is set where the guide wants the time of authorship in every case.
	author bool
	// result is where the result stands: "value", "template" (inside a Result), "value and
	// template" (a null value and a Result); empty for none.
	result string
	// act wraps the element.
	act []templateID
	// actCode is the wrapper's code.
	actCode code
}

const (
	v2014 = "2014-06-09"
	v2015 = "2015-08-01"
	v2021 = "2021-08-01"

	root22 = "2.16.840.1.113883.10.20.22.4."
	root24 = "2.16.840.1.113883.10.20.24.3."
)

func performed24(base templateID, own string) []templateID {
	return []templateID{base, {root24 + own, v2021}}
}

var (
	plannedObservation = templateID{root22 + "44", v2014}
	authorTemplate     = templateID{root24 + "155", "2019-12-01"}
)

// entries1 are the datatypes that are written, by their names in datatypes.
var entries1 = map[string]entryForm{
	"Encounter Performed": {element: "encounter", class: "ENC", mood: "EVN", templates: performed24(templateID{root22 + "49", v2015}, "23"),
		status: "completed", time: "period"},
	"Diagnosis": {element: "observation", class: "OBS", mood: "EVN", templates: performed24(templateID{root22 + "4", v2015}, "135"),
		status: "completed", time: "period", act: []templateID{{root22 + "3", v2015}, {rootConcern, v2021}},
		actCode: code{"CONC", "2.16.840.1.113883.5.6"}},
	"Procedure Performed": {element: "procedure", class: "PROC", mood: "EVN", templates: performed24(templateID{root22 + "14", v2014}, "64"),
		status: "completed", time: "instant or period"},
	"Procedure Order": {element: "procedure", class: "PROC", mood: "RQO", templates: performed24(templateID{root22 + "41", v2014}, "63"),
		status: "active", author: true},
	"Intervention Performed": {element: "act", class: "ACT", mood: "EVN", templates: performed24(templateID{root22 + "12", v2014}, "32"),
		status: "completed", time: "instant or period"},
	"Intervention Order": {element: "act", class: "ACT", mood: "RQO", templates: performed24(templateID{root22 + "39", v2014}, "31"),
		status: "active", author: true},
	"Laboratory Test Performed": {element: "observation", class: "OBS", mood: "EVN", templates: []templateID{{root24 + "38", v2021}},
		status: "completed", time: "instant or period", result: "template"},
	"Laboratory Test Order": {element: "observation", class: "OBS", mood: "RQO", templates: performed24(plannedObservation, "37"),
		status: "active", author: true},
	"Assessment Performed": {element: "observation", class: "OBS", mood: "EVN", templates: []templateID{{root24 + "144", v2021}},
		status: "completed", time: "instant or period", result: "value"},
	"Assessment Order": {element: "observation", class: "OBS", mood: "RQO", templates: performed24(plannedObservation, "158"),
		status: "active", author: true},
	"Physical Exam Performed": {element: "observation", class: "OBS", mood: "EVN", templates: performed24(templateID{root22 + "13", v2014}, "59"),
		status: "completed", time: "instant or period", result: "value"},
	"Physical Exam Order": {element: "observation", class: "OBS", mood: "RQO", templates: performed24(plannedObservation, "58"),
		status: "active", author: true},
	"Diagnostic Study Performed": {element: "observation", class: "OBS", mood: "EVN", templates: performed24(templateID{root22 + "13", v2014}, "18"),
		status: "completed", time: "instant or period", result: "value and template"},
	"Diagnostic Study Order": {element: "observation", class: "OBS", mood: "RQO", templates: performed24(plannedObservation, "17"),
		status: "active", author: true},
	"Medication Administered": {element: "substanceAdministration", class: "SBADM", mood: "EVN", templates: performed24(templateID{root22 + "16", v2014}, "42"),
		status: "completed", time: "low or value"},
	"Medication Active": {element: "substanceAdministration", class: "SBADM", mood: "EVN", templates: performed24(templateID{root22 + "16", v2014}, "41"),
		status: "active", time: "low or value"},
	"Medication Order": {element: "substanceAdministration", class: "SBADM", mood: "RQO", templates: performed24(templateID{root22 + "42", v2014}, "47"),
		status: "active", time: "period", author: true},
	"Discharge Medication": {element: "substanceAdministration", class: "SBADM", mood: "EVN", templates: []templateID{{root22 + "16", v2014}},
		status: "active", time: "low or value", author: true, act: []templateID{{rootDischarged, v2021}}, actCode: code{"75311-1", oidLOINC}},
	"Device Order": {element: "supply", class: "SPLY", mood: "RQO", templates: performed24(templateID{root22 + "43", v2014}, "9"),
		status: "active", author: true, act: []templateID{{root24 + "130", v2021}}, actCode: code{"SPLY", "2.16.840.1.113883.5.6"}},
	"Encounter Order": {element: "encounter", class: "ENC", mood: "RQO", templates: performed24(templateID{root22 + "40", v2014}, "22"),
		status: "active", author: true, act: []templateID{{root24 + "132", v2021}}, actCode: code{"ENC", "2.16.840.1.113883.5.6"}},
}

// Datatypes are the QDM datatypes that can be written.
func Datatypes() []string {
	list := []string{payerDatatype, expiredDatatype}
	for name := range entries1 {
		list = append(list, name)
	}
	return list
}
