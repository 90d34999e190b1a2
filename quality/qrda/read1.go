// SPDX-License-Identifier: Apache-2.0

package qrda

import (
	"strings"

	"github.com/woodlawn-health/woodlawn/quality/qrda/xmltree"
)

// Templates of what stands inside an element.
const (
	rootReason             = "2.16.840.1.113883.10.20.24.3.88"
	rootResult             = "2.16.840.1.113883.10.20.24.3.87"
	rootComponent          = "2.16.840.1.113883.10.20.24.3.149"
	rootRelated            = "2.16.840.1.113883.10.20.24.3.150"
	rootRank               = "2.16.840.1.113883.10.20.24.3.166"
	rootOnAdmission        = "2.16.840.1.113883.10.20.24.3.169"
	rootClass              = "2.16.840.1.113883.10.20.24.3.171"
	rootDiagnosis          = "2.16.840.1.113883.10.20.24.3.135"
	rootConcern            = "2.16.840.1.113883.10.20.24.3.137"
	rootFacility           = "2.16.840.1.113883.10.20.24.3.100"
	rootDischarged         = "2.16.840.1.113883.10.20.24.3.105"
	rootEncounterDiagnosis = "2.16.840.1.113883.10.20.24.3.168"
	rootDaysSupplied       = "2.16.840.1.113883.10.20.24.3.157"
	rootDeceased           = "2.16.840.1.113883.10.20.22.4.79"
)

// entry reads the element of an entry, whatever its name.
func (rd *reader3) entry(r *CategoryI, entry *xmltree.Node) {
	for _, n := range entry.Children {
		if n.Kind != xmltree.Element {
			continue
		}
		e := unwrapped(n, readElement(n))
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
	p.readAddress(role.Child("addr"))
	p.Phone = strings.TrimPrefix(role.Child("telecom").Get("value"), "tel:")
	p.Birth = person.Child("birthTime").Get("value")
	sex := person.Child("administrativeGenderCode")
	p.Sex = first(sex.Get("code"), sex.Child("translation").Get("code"))
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

func (p *Patient) readAddress(addr *xmltree.Node) {
	text := func(n *xmltree.Node) string {
		if n == nil {
			return ""
		}
		return strings.TrimSpace(n.Text())
	}
	if addr == nil {
		return
	}
	for _, l := range addr.All("streetAddressLine") {
		if t := text(l); t != "" {
			p.Lines = append(p.Lines, t)
		}
	}
	p.City, p.State, p.PostalCode = text(addr.Child("city")), text(addr.Child("state")), text(addr.Child("postalCode"))
}

// unwrapped is the element that an act only holds: the diagnosis of a concern, the device
// or encounter of an order, the medication of a discharge. What the act says besides, that
// it was not done and why, goes with it.
func unwrapped(n *xmltree.Node, e DataElement) DataElement {
	discharge := has(n, rootDischarged)
	if len(e.Parts) != 1 || e.Datatype != "" && !discharge {
		return e
	}
	in := e.Parts[0]
	if in.Datatype == "" && !discharge {
		return e
	}
	if discharge {
		in.Datatype, in.Template = e.Datatype, e.Template
	}
	if has(n, rootConcern) {
		in.Status = e.Status
	}
	if e.Negated {
		in.Negated, in.Reason = true, e.Reason
	}
	in.Author = first(in.Author, e.Author)
	if in.ID == (Identifier{}) {
		in.ID = e.ID
	}
	return in
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
	if v := n.Child("value"); v != nil && v != code {
		e.Result = readValue(v)
	}
	if v := n.Child("doseQuantity"); v != nil && v.Get("value") != "" {
		e.Dose = &Value{Type: "PQ", Text: v.Get("value"), Unit: v.Get("unit")}
	}
	e.Route = concept(n.Child("routeCode"))
	e.Discharge = concept(childNS(n, spaceSDTC, "dischargeDispositionCode"))
	for _, p := range n.All("participant") {
		if role := p.Child("participantRole"); has(p, rootFacility) {
			e.Locations = append(e.Locations, Location{concept(role.Child("code")), p.Child("time", "low").Get("value"), p.Child("time", "high").Get("value")})
		} else if d := role.Child("playingDevice", "code"); d != nil && n.Name.Local != "supply" {
			e.Devices = append(e.Devices, concept(d))
		}
	}
	for _, c := range n.Children {
		if c.Kind == xmltree.Element && c.Name == (xmltree.Name{Space: spaceSDTC, Local: "inFulfillmentOf1"}) {
			id := childNS(childNS(c, spaceSDTC, "actReference"), spaceSDTC, "id")
			e.Related = append(e.Related, Identifier{id.Get("root"), id.Get("extension")})
		}
	}
	e.parts(n)
	return e
}

func childNS(n *xmltree.Node, space, local string) *xmltree.Node {
	if n == nil {
		return nil
	}
	for _, c := range n.Children {
		if c.Kind == xmltree.Element && c.Name.Space == space && c.Name.Local == local {
			return c
		}
	}
	return nil
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
	if c := n.Child("code"); c != nil && !has(n, rootDiagnosis) && !has(n, rootEncounterDiagnosis) {
		return c
	}
	return n.Child("value")
}

func concept(n *xmltree.Node) Concept {
	c := coded1(n)
	c.Null = n.Get("nullFlavor")
	for _, t := range n.All("translation") {
		c.Translations = append(c.Translations, coded1(t))
	}
	return c
}

// coded1 is a code with its system; one that has no OID is named by its URI.
func coded1(n *xmltree.Node) Concept {
	c := Concept{Code: n.Get("code"), System: n.Get("codeSystem"), Display: n.Get("displayName")}
	if name := n.Get("codeSystemName"); c.System == "" && strings.Contains(name, ":") {
		c.System = name
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

func (e *DataElement) parts(n *xmltree.Node) {
	for _, name := range []string{"entryRelationship", "component"} {
		for _, rel := range n.All(name) {
			for _, c := range rel.Children {
				if c.Kind == xmltree.Element {
					e.part(c)
				}
			}
		}
	}
}

// part reads what stands inside: attributes that CDA makes elements of, and elements.
func (e *DataElement) part(c *xmltree.Node) {
	switch {
	case has(c, rootReason):
		e.Reason = concept(c.Child("value"))
	case has(c, rootDaysSupplied):
		e.DaysSupplied = c.Child("quantity").Get("value")
	case has(c, rootRank):
		e.Rank = c.Child("value").Get("value")
	case has(c, rootOnAdmission):
		e.OnAdmission = concept(c.Child("value"))
	case has(c, rootClass):
		e.Class = concept(c.Child("code"))
	case has(c, rootResult):
		if v := c.Child("value"); v != nil {
			e.Result = readValue(v)
		}
	default:
		e.Parts = append(e.Parts, readElement(c))
	}
}
