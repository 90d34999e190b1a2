// SPDX-License-Identifier: Apache-2.0

package qicore

import (
	"fmt"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/quality/qrda"
)

const (
	extQICore  = "http://hl7.org/fhir/us/qicore/StructureDefinition/qicore-"
	extUSCore  = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
	extNotDone = "http://hl7.org/fhir/us/qicore/StructureDefinition/qicore-notDoneValueSet"
	extCQF     = "http://hl7.org/fhir/StructureDefinition/cqf-notDoneValueSet"
	mbiSystem  = "http://hl7.org/fhir/sid/us-mbi"
)

// Export maps a patient's resources, or the bundles that hold them, to the data of a
// Category I document: its Patient and Entries. An error says that there is no patient.
func Export(data []node.Node, opt Options) (*qrda.CategoryI, []Loss, error) {
	x := &exporter{opt: opt, doc: &qrda.CategoryI{}, byRef: map[string]node.Node{}, rank: map[string]ranked{}, diagnosed: map[string]bool{}}
	x.gather(data)
	if !x.patient.Exists() {
		return nil, nil, fmt.Errorf("the data hold no Patient")
	}
	x.person(x.patient)
	for _, n := range x.resources {
		if n.ResourceType() == "Encounter" { // procedures have their rank from the encounters
			x.ranks(n)
		}
	}
	for _, n := range x.resources {
		if f := exports[n.ResourceType()]; f != nil {
			f(x, n)
		} else if n != x.patient && !silent[n.ResourceType()] {
			x.lose(n, n.ResourceType(), "no QDM datatype is written for it")
		}
	}
	return x.doc, x.losses, nil
}

// silent are the types that have no data of the patient's own.
var silent = map[string]bool{"Patient": true, "Organization": true, "Practitioner": true, "PractitionerRole": true, "Location": true,
	"Medication": true, "MeasureReport": true}

var exports map[string]func(*exporter, node.Node)

func init() {
	exports = map[string]func(*exporter, node.Node){
		"Encounter": (*exporter).encounter, "Condition": (*exporter).condition, "Procedure": (*exporter).procedure,
		"Observation": (*exporter).observation, "MedicationAdministration": (*exporter).administration,
		"MedicationRequest": (*exporter).prescription, "ServiceRequest": (*exporter).order, "DeviceRequest": (*exporter).device,
		"Coverage": (*exporter).coverage,
	}
}

type ranked struct{ rank, encounter string }

type exporter struct {
	opt       Options
	doc       *qrda.CategoryI
	patient   node.Node
	resources []node.Node
	byRef     map[string]node.Node
	rank      map[string]ranked // by Procedure/id
	diagnosed map[string]bool   // Condition/id of encounters' diagnoses
	losses    []Loss
}

func (x *exporter) gather(list []node.Node) {
	for _, n := range list {
		if n.ResourceType() == "Bundle" {
			for e := range n.Get("entry").Items() {
				if r := e.Get("resource"); r.Exists() {
					x.gather([]node.Node{r})
				}
			}
			continue
		}
		if n.ResourceType() == "Patient" && !x.patient.Exists() {
			x.patient = n
		}
		x.resources = append(x.resources, n)
		x.byRef[ref(n)] = n
	}
}

func ref(n node.Node) string { return n.ResourceType() + "/" + n.ID() }

// target finds the resource of a reference, also one that the resource contains.
func (x *exporter) target(in, reference node.Node) node.Node {
	text := reference.Get("reference").Text()
	if id, ok := strings.CutPrefix(text, "#"); ok {
		for c := range in.Get("contained").Items() {
			if c.ID() == id {
				return c
			}
		}
		return node.Node{}
	}
	parts := strings.Split(text, "/")
	if len(parts) < 2 {
		return node.Node{}
	}
	return x.byRef[parts[len(parts)-2]+"/"+parts[len(parts)-1]]
}

func (x *exporter) lose(n node.Node, element, reason string) {
	x.losses = append(x.losses, Loss{ref(n), element, reason})
}

// carried says which elements of a resource the mapping reads; every other one is a loss.
// Names end before the type of a choice: "effective" is effectiveDateTime too.
func (x *exporter) carried(n node.Node, names ...string) {
	for name := range n.Elements() {
		known := false
		for _, k := range append(names, "resourceType", "id", "meta", "text", "language", "subject", "implicitRules") {
			if name == k || strings.HasPrefix(name, k) && len(name) > len(k) && name[len(k)] >= 'A' && name[len(k)] <= 'Z' {
				known = true
			}
		}
		if !known {
			x.lose(n, n.ResourceType()+"."+name, "has no place in the QDM datatype")
		}
	}
}

// extensions says which extensions are read, by the ends of their addresses.
func (x *exporter) extensions(n node.Node, known ...string) {
next:
	for e := range n.Get("extension").Items() {
		url := e.Get("url").Text()
		for _, k := range known {
			if strings.HasSuffix(url, k) {
				continue next
			}
		}
		x.lose(n, n.ResourceType()+".extension:"+url[strings.LastIndexByte(url, '/')+1:], "has no place in the QDM datatype")
	}
}

// element starts a data element for a resource.
func (x *exporter) element(n node.Node, datatype string) *qrda.DataElement {
	return &qrda.DataElement{Datatype: datatype, ID: x.identifier(n.ID())}
}

func (x *exporter) identifier(id string) qrda.Identifier {
	if id == "" {
		return qrda.Identifier{}
	}
	return qrda.Identifier{Root: x.opt.Root, Extension: id}
}

func (x *exporter) add(e *qrda.DataElement) { x.doc.Entries = append(x.doc.Entries, *e) }

// coded puts a code into an element: what was not done may name a value set instead.
func (x *exporter) coded(e *qrda.DataElement, concepts ...node.Node) bool {
	e.Code = concept(concepts...)
	for _, c := range concepts {
		for _, url := range []string{extNotDone, extCQF} {
			for ext := range c.Extensions(url) {
				v, _ := ext.Choice("value")
				e.ValueSet = v.Text()[strings.LastIndexByte(v.Text(), '/')+1:]
			}
		}
	}
	return e.Code.Code != "" || e.ValueSet != ""
}

// recorded is when it was recorded, by the extension of QI-Core.
func (x *exporter) recorded(n node.Node) string {
	v, _ := n.Extension(extQICore + "recorded").Choice("value")
	return x.opt.hl7Time(v.Text())
}

// negate marks an element as not done, for the first reason that is given.
func negate(e *qrda.DataElement, reasons ...node.Node) {
	e.Negated, e.Reason = true, qrda.Concept{Null: "UNK"}
	for _, r := range reasons {
		if c := concept(r); c.Code != "" {
			e.Reason = c
			return
		}
	}
}

func (x *exporter) person(n node.Node) {
	p := &x.doc.Patient
	p.IDs = []qrda.Identifier{{Root: x.opt.Root, Extension: n.ID()}}
	for id := range n.Get("identifier").Items() {
		if id.Get("system").Is(mbiSystem) {
			p.Medicare = id.Get("value").Text()
		}
	}
	name := n.Get("name").At(0)
	for g := range name.Get("given").Items() {
		p.Given = append(p.Given, g.Text())
	}
	p.Family = name.Get("family").Text()
	p.Birth = x.opt.hl7Time(n.Get("birthDate").Text())
	switch n.Get("gender").Text() {
	case "female":
		p.Sex = "F"
	case "male":
		p.Sex = "M"
	case "other":
		p.Sex = "UN"
	}
	for c := range n.Extension(extUSCore + "race").Get("extension").Items() {
		if c.Get("url").Is("ombCategory") {
			p.Race = append(p.Race, c.Get("valueCoding").Get("code").Text())
		} else if c.Get("url").Is("detailed") {
			x.lose(n, "Patient.extension:us-core-race.detailed", "CMS takes the OMB categories")
		}
	}
	for c := range n.Extension(extUSCore + "ethnicity").Get("extension").Items() {
		if c.Get("url").Is("ombCategory") {
			p.Ethnicity = c.Get("valueCoding").Get("code").Text()
		}
	}
	if a := n.Get("address").At(0); a.Exists() {
		for l := range a.Get("line").Items() {
			p.Lines = append(p.Lines, l.Text())
		}
		p.City, p.State, p.PostalCode = a.Get("city").Text(), a.Get("state").Text(), a.Get("postalCode").Text()
	}
	for t := range n.Get("telecom").Items() {
		if t.Get("system").Is("phone") && p.Phone == "" {
			p.Phone = t.Get("value").Text()
		}
	}
	if v, typ := n.Choice("deceased"); typ == "dateTime" {
		x.add(&qrda.DataElement{Datatype: "Patient Characteristic Expired", From: x.opt.hl7Time(v.Text())})
	} else if yes, ok := v.Bool(); ok && yes {
		x.add(&qrda.DataElement{Datatype: "Patient Characteristic Expired"})
	}
	x.carried(n, "identifier", "name", "birthDate", "gender", "extension", "address", "telecom", "deceased", "active")
	x.extensions(n, "us-core-race", "us-core-ethnicity")
}

func (x *exporter) coverage(n node.Node) {
	e := x.element(n, "Patient Characteristic Payer")
	e.From, e.Through = x.opt.hl7Time(n.Get("period").Get("start").Text()), x.opt.hl7Time(n.Get("period").Get("end").Text())
	c := concept(n.Get("type"))
	if c.Code == "" {
		c.Null = "UNK"
		x.lose(n, "Coverage.type", "is not given: the payer is unknown")
	}
	e.Result = &qrda.Value{Type: "CD", Concept: c}
	x.carried(n, "status", "type", "period", "beneficiary", "payor", "subscriber", "policyHolder", "relationship", "identifier", "order", "dependent")
	x.add(e)
}
