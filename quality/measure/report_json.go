// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"encoding/json"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/quality/elm"
)

// The parts of a FHIR MeasureReport that are written. Elements that a type does not
// have are left out by omitempty: FHIR knows no empty arrays or objects.
type (
	reportJSON struct {
		ResourceType string          `json:"resourceType"`
		ID           string          `json:"id,omitempty"`
		Meta         *metaJSON       `json:"meta,omitempty"`
		Text         *narrativeJSON  `json:"text,omitempty"`
		Contained    []any           `json:"contained,omitempty"`
		Extension    []extensionJSON `json:"extension,omitempty"`
		Status       string          `json:"status"`
		Type         string          `json:"type"`
		Measure      string          `json:"measure"`
		Subject      *referenceJSON  `json:"subject,omitempty"`
		Date         string          `json:"date,omitempty"`
		Reporter     *referenceJSON  `json:"reporter,omitempty"`
		Period       periodJSON      `json:"period"`
		Improvement  *conceptJSON    `json:"improvementNotation,omitempty"`
		Group        []groupJSON     `json:"group,omitempty"`
		Evaluated    []referenceJSON `json:"evaluatedResource,omitempty"`
	}
	metaJSON struct {
		Profile []string `json:"profile"`
	}
	referenceJSON struct {
		Extension []extensionJSON `json:"extension,omitempty"`
		Reference string          `json:"reference,omitempty"`
		Display   string          `json:"display,omitempty"`
	}
	extensionJSON struct {
		URL       string         `json:"url"`
		String    string         `json:"valueString,omitempty"`
		Code      string         `json:"valueCode,omitempty"`
		Concept   *conceptJSON   `json:"valueCodeableConcept,omitempty"`
		Reference *referenceJSON `json:"valueReference,omitempty"`
	}
	periodJSON struct {
		Start string `json:"start"`
		End   string `json:"end"`
	}
	codingJSON struct {
		System  string `json:"system,omitempty"`
		Code    string `json:"code"`
		Display string `json:"display,omitempty"`
	}
	conceptJSON struct {
		Coding []codingJSON `json:"coding,omitempty"`
		Text   string       `json:"text,omitempty"`
	}
	groupJSON struct {
		ID         string           `json:"id,omitempty"`
		Extension  []extensionJSON  `json:"extension,omitempty"`
		Code       *conceptJSON     `json:"code,omitempty"`
		Population []populationJSON `json:"population,omitempty"`
		Score      *quantityJSON    `json:"measureScore,omitempty"`
		Stratifier []stratifierJSON `json:"stratifier,omitempty"`
	}
	populationJSON struct {
		ID        string          `json:"id,omitempty"`
		Extension []extensionJSON `json:"extension,omitempty"`
		Code      conceptJSON     `json:"code"`
		Count     int             `json:"count"`
		Subjects  *referenceJSON  `json:"subjectResults,omitempty"`
	}
	quantityJSON struct {
		Value json.Number `json:"value"`
		Unit  string      `json:"unit,omitempty"`
	}
	stratifierJSON struct {
		ID        string          `json:"id,omitempty"`
		Extension []extensionJSON `json:"extension,omitempty"`
		Code      []conceptJSON   `json:"code,omitempty"`
		Stratum   []stratumJSON   `json:"stratum,omitempty"`
	}
	stratumJSON struct {
		Value      *conceptJSON     `json:"value,omitempty"`
		Component  []componentJSON  `json:"component,omitempty"`
		Population []populationJSON `json:"population,omitempty"`
		Score      *quantityJSON    `json:"measureScore,omitempty"`
	}
	componentJSON struct {
		Extension []extensionJSON `json:"extension,omitempty"`
		Code      conceptJSON     `json:"code"`
		Value     conceptJSON     `json:"value"`
	}
	listJSON struct {
		ResourceType string      `json:"resourceType"`
		ID           string      `json:"id"`
		Status       string      `json:"status"`
		Mode         string      `json:"mode"`
		Entry        []entryJSON `json:"entry,omitempty"`
	}
	entryJSON struct {
		Item referenceJSON `json:"item"`
	}
	outcomeJSON struct {
		ResourceType string      `json:"resourceType"`
		ID           string      `json:"id"`
		Issue        []issueJSON `json:"issue"`
	}
	issueJSON struct {
		Severity    string `json:"severity"`
		Code        string `json:"code"`
		Diagnostics string `json:"diagnostics"`
	}
	observationJSON struct {
		ResourceType string         `json:"resourceType"`
		ID           string         `json:"id"`
		Status       string         `json:"status"`
		Code         conceptJSON    `json:"code"`
		Subject      *referenceJSON `json:"subject,omitempty"`
		Boolean      *bool          `json:"valueBoolean,omitempty"`
		Integer      *int           `json:"valueInteger,omitempty"`
		Quantity     *quantityJSON  `json:"valueQuantity,omitempty"`
		Concept      *conceptJSON   `json:"valueCodeableConcept,omitempty"`
	}
)

// key tells concepts apart: the codes, or the text.
func (c *conceptJSON) key() string {
	var parts []string
	for _, coding := range c.Coding {
		part := coding.Code
		if coding.System != "" {
			part = coding.System + "|" + part
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return c.Text
	}
	return strings.Join(parts, " ")
}

// conceptOf is a value as a concept: its codes, or its text.
func conceptOf(v elm.Value) conceptJSON {
	switch x := v.(type) {
	case *elm.Code:
		return conceptJSON{Coding: []codingJSON{{x.System, x.Code, x.Display}}}
	case *elm.Concept:
		c := conceptJSON{Text: x.Display}
		for _, code := range x.Codes {
			c.Coding = append(c.Coding, codingJSON{code.System, code.Code, code.Display})
		}
		return c
	case elm.Element:
		if c := conceptOfNode(x.Node); len(c.Coding) > 0 {
			return c
		}
	case *elm.Tuple:
		if c, ok := conceptOfTuple(x); ok {
			return c
		}
	}
	return conceptJSON{Text: elm.Text(v)}
}

// conceptOfNode reads a CodeableConcept or a Coding.
func conceptOfNode(n node.Node) conceptJSON {
	c := conceptJSON{Text: n.Get("text").Text()}
	for coding := range n.Get("coding").Items() {
		c.Coding = append(c.Coding, codingJSON{coding.Get("system").Text(), coding.Get("code").Text(), coding.Get("display").Text()})
	}
	if !n.Get("coding").Exists() && n.ResourceType() == "" && n.Get("system").Exists() && n.Get("code").Exists() {
		c.Coding = append(c.Coding, codingJSON{n.Get("system").Text(), n.Get("code").Text(), n.Get("display").Text()})
	}
	return c
}

// conceptOfTuple reads what the shared library of supplemental data gives for race,
// ethnicity and payer: a tuple with codes or a code, and perhaps a display.
func conceptOfTuple(t *elm.Tuple) (conceptJSON, bool) {
	var c conceptJSON
	for _, name := range []string{"codes", "code"} {
		values, ok := t.Get(name).(elm.List)
		if !ok {
			values = elm.List{t.Get(name)}
		}
		for _, v := range values {
			if v != nil {
				c.Coding = append(c.Coding, conceptOf(v).Coding...)
			}
		}
	}
	if display := t.Get("display"); display != nil {
		c.Text = elm.Text(display)
	}
	return c, len(c.Coding) > 0
}
