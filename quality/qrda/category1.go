// SPDX-License-Identifier: Apache-2.0

package qrda

import (
	"strings"

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

	Measures []string // version-specific identifiers
	Entries  []DataElement
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
	PostalCode  string
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
	Author            string
	// Negated says that it was not done, for Reason.
	Negated bool
	Reason  Concept
	Result  *Value
	// Parts are the elements inside: diagnoses of an encounter, components, ...
	Parts []DataElement
	Line  int
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
	r := &CategoryI{ID: top.Child("id").Get("root"),
		Program: identified(top.Child("informationRecipient", "intendedRecipient"), oidProgram),
		CCN:     identified(top.Child("custodian", "assignedCustodian", "representedCustodianOrganization"), oidCCN),
		Patient: readPatient(top.Child("recordTarget", "patientRole"))}
	for _, p := range top.All("participant") {
		r.CEHRT = first(r.CEHRT, identified(p.Child("associatedEntity"), oidCEHRT))
	}
	rd := &reader3{report: &CategoryIII{}}
	top.Walk(func(n *xmltree.Node) bool {
		switch {
		case n.Name.Local == "organizer" && has(n, rootMeasure):
			id, _, _ := document(n, oidMeasure)
			r.Measures = append(r.Measures, id)
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

// entry reads the element of an entry, whatever its name.
func (rd *reader3) entry(r *CategoryI, entry *xmltree.Node) {
	for _, n := range entry.Children {
		if n.Kind != xmltree.Element {
			continue
		}
		e := readElement(n)
		if e.Datatype == "" && len(e.Parts) == 1 && e.Parts[0].Datatype != "" {
			e = e.Parts[0] // an act that only wraps, such as a concern
		}
		if e.Datatype == "" {
			rd.bad("W_DATATYPE", n, "the entry follows no known QDM datatype's template")
		}
		r.Entries = append(r.Entries, e)
	}
}

func readPatient(role *xmltree.Node) Patient {
	p := Patient{Medicare: identified(role, oidMBI)}
	for _, id := range role.All("id") {
		p.IDs = append(p.IDs, Identifier{id.Get("root"), id.Get("extension")})
	}
	person := role.Child("patient")
	name := person.Child("name")
	for _, g := range name.All("given") {
		p.Given = append(p.Given, strings.TrimSpace(g.Text()))
	}
	if f := name.Child("family"); f != nil {
		p.Family = strings.TrimSpace(f.Text())
	}
	if z := role.Child("addr", "postalCode"); z != nil {
		p.PostalCode = strings.TrimSpace(z.Text())
	}
	p.Birth = person.Child("birthTime").Get("value")
	p.Sex = person.Child("administrativeGenderCode").Get("code")
	p.Ethnicity = person.Child("ethnicGroupCode").Get("code")
	if person == nil {
		return p
	}
	for _, c := range person.Children {
		if c.Kind != xmltree.Element || c.Name.Local != "raceCode" {
			continue // raceCode comes in the namespace of HL7 and in that of its extensions
		}
		if code := c.Get("code"); code != "" {
			p.Race = append(p.Race, code)
		} else {
			p.RaceUnknown = true
		}
	}
	return p
}

func readElement(n *xmltree.Node) DataElement {
	e := DataElement{Line: n.Line, Negated: n.Get("negationInd") == "true", Status: n.Child("statusCode").Get("code"),
		ID: Identifier{n.Child("id").Get("root"), n.Child("id").Get("extension")}}
	for _, t := range n.All("templateId") {
		name, known := datatypes[t.Get("root")]
		if e.Template == "" || known {
			e.Template = strings.TrimSuffix(t.Get("root")+":"+t.Get("extension"), ":")
		}
		e.Datatype = first(e.Datatype, name)
	}
	code := codeNode(n)
	e.Code = concept(code)
	e.ValueSet, _ = code.AttrNS(spaceSDTC, "valueSet")
	for _, t := range n.All("effectiveTime") {
		e.At = first(e.At, t.Get("value"))
		e.From = first(e.From, t.Child("low").Get("value"))
		e.Through = first(e.Through, t.Child("high").Get("value"))
	}
	e.Author = n.Child("author", "time").Get("value")
	if v := n.Child("value"); v != nil {
		e.Result = readValue(v)
	}
	e.parts(n)
	return e
}

// codeNode is where the datatype's code stands: a substance's is in its material,
// a diagnosis's in its value.
func codeNode(n *xmltree.Node) *xmltree.Node {
	if m := n.Child("consumable", "manufacturedProduct", "manufacturedMaterial", "code"); m != nil {
		return m
	}
	if m := n.Child("participant", "participantRole", "playingDevice", "code"); m != nil && n.Name.Local == "supply" {
		return m
	}
	if c := n.Child("code"); c != nil {
		return c
	}
	return n.Child("value")
}

func concept(n *xmltree.Node) Concept {
	c := Concept{Code: n.Get("code"), System: n.Get("codeSystem"), Display: n.Get("displayName"), Null: n.Get("nullFlavor")}
	for _, t := range n.All("translation") {
		c.Translations = append(c.Translations, Concept{Code: t.Get("code"), System: t.Get("codeSystem"), Display: t.Get("displayName")})
	}
	return c
}

func readValue(n *xmltree.Node) *Value {
	kind, _ := n.AttrNS(spaceXSI, "type")
	if i := strings.IndexByte(kind, ':'); i >= 0 {
		kind = kind[i+1:]
	}
	v := &Value{Type: kind, Concept: concept(n), Text: n.Get("value"), Unit: n.Get("unit")}
	if v.Text == "" {
		v.Text = strings.TrimSpace(n.Text())
	}
	return v
}

// rootReason is the template that says why something was not done.
const rootReason = "2.16.840.1.113883.10.20.24.3.88"

func (e *DataElement) parts(n *xmltree.Node) {
	for _, name := range []string{"entryRelationship", "component"} {
		for _, rel := range n.All(name) {
			for _, c := range rel.Children {
				switch {
				case c.Kind != xmltree.Element:
				case has(c, rootReason):
					e.Reason = concept(c.Child("value"))
				default:
					e.Parts = append(e.Parts, readElement(c))
				}
			}
		}
	}
}
