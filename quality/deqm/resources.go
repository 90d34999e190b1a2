// SPDX-License-Identifier: Apache-2.0

package deqm

import "github.com/woodlawn-health/woodlawn/quality/measure"

const (
	profiles          = measure.DEQM + "StructureDefinition/deqm-"
	criteriaReference = "http://hl7.org/fhir/StructureDefinition/cqf-criteriaReference"
)

// The parts of the FHIR resources that are written besides MeasureReports.
type (
	meta struct {
		Profile []string `json:"profile"`
	}
	coding struct {
		System  string `json:"system,omitempty"`
		Code    string `json:"code"`
		Display string `json:"display,omitempty"`
	}
	concept struct {
		Coding []coding `json:"coding,omitempty"`
		Text   string   `json:"text,omitempty"`
	}
	reference struct {
		Extension []extension `json:"extension,omitempty"`
		Reference string      `json:"reference,omitempty"`
		Display   string      `json:"display,omitempty"`
	}
	extension struct {
		URL     string   `json:"url"`
		String  string   `json:"valueString,omitempty"`
		Code    string   `json:"valueCode,omitempty"`
		Concept *concept `json:"valueCodeableConcept,omitempty"`
	}
	identifier struct {
		System string `json:"system"`
		Value  string `json:"value"`
	}
	narrative struct {
		Status string `json:"status"`
		Div    string `json:"div"`
	}
	detectedIssue struct {
		ResourceType string      `json:"resourceType"`
		ID           string      `json:"id"`
		Meta         meta        `json:"meta"`
		Modifier     []extension `json:"modifierExtension"`
		Status       string      `json:"status"`
		Code         concept     `json:"code"`
		Patient      reference   `json:"patient"`
		Identified   string      `json:"identifiedDateTime"`
		Evidence     []proof     `json:"evidence"`
		Detail       string      `json:"detail,omitempty"`
	}
	proof struct {
		Detail []reference `json:"detail"`
	}
	section struct {
		Title string      `json:"title"`
		Focus reference   `json:"focus"`
		Entry []reference `json:"entry"`
	}
	composition struct {
		ResourceType string      `json:"resourceType"`
		ID           string      `json:"id"`
		Meta         meta        `json:"meta"`
		Text         narrative   `json:"text"`
		Status       string      `json:"status"`
		Type         concept     `json:"type"`
		Subject      reference   `json:"subject"`
		Date         string      `json:"date"`
		Author       []reference `json:"author"`
		Title        string      `json:"title"`
		Custodian    *reference  `json:"custodian,omitempty"`
		Section      []section   `json:"section"`
	}
)
