// SPDX-License-Identifier: Apache-2.0

package qrda

import (
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/quality/qrda/xmltree"
)

// CategoryI is one patient's data for a hospital's measures.
type CategoryI struct {
	ID      string
	Program string // HQR_EHR, HQR_IQR, ...
	CCN     string // the hospital's CMS certification number
	CEHRT   string
	Patient Patient
	From    civil.Date // reporting period
	Through civil.Date

	Measures []MeasureReference
	Entries  []DataElement

	// Created is when the document was made. Software and Hospital are its author and
	// custodian; NPI and TIN the hospital's, which CMS asks for where they are at hand.
	Created  time.Time
	Software string
	Hospital Organization
	NPI, TIN string
}

// MeasureReference names a measure that the data are for.
type MeasureReference struct {
	ID    string // version-specific UUID
	SetID string // version-neutral UUID; may be empty
	Title string
}

// Patient is who the document is about. Codes are as sent.
type Patient struct {
	IDs         []Identifier
	Given       []string
	Family      string
	Birth       string // HL7 time
	Sex         string
	Race        []string
	Ethnicity   string
	Lines       []string // of the address
	City, State string
	PostalCode  string
	Phone       string
	Medicare    string // Medicare beneficiary identifier
	RaceUnknown bool   // the race has a null flavor
}

// Identifier is a root and an extension.
type Identifier struct{ Root, Extension string }

// Concept is a code with its system's OID. Null is the null flavor of a code that
// was not given, Translations the same meaning in other systems.
type Concept struct {
	Code, System, Display, Null string
	Translations                []Concept `json:",omitempty"`
}

// DataElement is one QDM data element. Times are as sent: HL7 times, which may
// have an offset.
type DataElement struct {
	Datatype string // "Encounter Performed"; empty if the template is not known
	Template string // root and extension, with a colon
	ID       Identifier
	Code     Concept
	ValueSet string // OID of the value set, where the sender names it
	Status   string
	// At is the point in time; From and Through the period.
	At, From, Through string
	// Author is when it was recorded, ordered or authored.
	Author string
	// Reason is why it was done or, where Negated, why it was not.
	Negated bool
	Reason  Concept
	Result  *Value
	// Class, Discharge (disposition) and Locations are an encounter's.
	Class, Discharge Concept
	Locations        []Location
	// Rank is the place among an encounter's diagnoses or procedures, 1 for the principal;
	// OnAdmission whether a diagnosis was present then.
	Rank        string
	OnAdmission Concept
	// Dose and Route are a medication's.
	Dose  *Value
	Route Concept
	// DaysSupplied is how long the supply of an order lasts.
	DaysSupplied string
	// Devices are those that a procedure used.
	Devices []Concept
	// Related are the identifiers of other elements that this one is part of.
	Related []Identifier
	// Parts are the elements inside: diagnoses of an encounter, components, ...
	Parts []DataElement
	Line  int
}

// Location is where a patient was during an encounter.
type Location struct {
	Code          Concept
	From, Through string
}

// Value is a result: a concept, a quantity or a text.
type Value struct {
	Type    string // xsi:type without its prefix: CD, PQ, ST, ...
	Concept Concept
	Text    string
	Unit    string
}

const (
	oidCCN      = "2.16.840.1.113883.4.336"
	oidMBI      = "2.16.840.1.113883.4.927"
	rootPatient = "2.16.840.1.113883.10.20.17.2.4"
	rootMeasure = "2.16.840.1.113883.10.20.24.3.98"
	spaceXSI    = "http://www.w3.org/2001/XMLSchema-instance"
	spaceSDTC   = "urn:hl7-org:sdtc"
)

// ReadCategoryI reads a Category I document. Problems are elements that could not
// be understood, each with its place: nothing is left out silently.
func ReadCategoryI(doc *xmltree.Node) (*CategoryI, Problems) {
	top := doc.Top()
	custodian := top.Child("custodian", "assignedCustodian", "representedCustodianOrganization")
	r := &CategoryI{ID: top.Child("id").Get("root"),
		Program: identified(top.Child("informationRecipient", "intendedRecipient"), oidProgram),
		CCN:     identified(custodian, oidCCN),
		Patient: readPatient(top.Child("recordTarget", "patientRole"))}
	if n := custodian.Child("name"); n != nil {
		r.Hospital.Name = strings.TrimSpace(n.Text())
	}
	for _, p := range top.All("participant") {
		r.CEHRT = first(r.CEHRT, identified(p.Child("associatedEntity"), oidCEHRT))
	}
	rd := &reader3{report: &CategoryIII{}}
	top.Walk(func(n *xmltree.Node) bool {
		switch {
		case n.Name.Local == "organizer" && has(n, rootMeasure):
			id, title, set := document(n, oidMeasure)
			r.Measures = append(r.Measures, MeasureReference{id, set, title})
			return false
		case n.Name.Local == "act" && has(n, rootParams):
			rd.parameters(n)
			return false
		case n.Name.Local == "section" && has(n, rootPatient):
			for _, entry := range n.All("entry") {
				rd.entry(r, entry)
			}
			return false
		}
		return true
	})
	r.From, r.Through = rd.report.From, rd.report.Through
	return r, rd.problems
}
