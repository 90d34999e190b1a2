// SPDX-License-Identifier: Apache-2.0

package qicore

import (
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/woodlawn-health/woodlawn/quality/qrda"
)

// object is a JSON object that is built.
type object = map[string]any

// Import maps a Category I document to QI-Core resources, each as JSON, the Patient first:
// what the measure engine evaluates.
func Import(doc *qrda.CategoryI, opt Options) ([][]byte, []Loss, error) {
	m := &importer{opt: opt, doc: doc, byID: map[qrda.Identifier]*qrda.DataElement{}, ids: map[string]bool{}, encounters: map[string]object{}}
	m.patient()
	for i := range doc.Entries {
		if e := &doc.Entries[i]; e.ID != (qrda.Identifier{}) {
			m.byID[e.ID] = e
		}
	}
	for i := range doc.Entries { // procedures name their encounters
		if e := &doc.Entries[i]; e.Datatype == "Encounter Performed" {
			m.encounter(e)
		}
	}
	for i := range doc.Entries {
		m.entry(&doc.Entries[i])
	}
	out := make([][]byte, 0, len(m.resources))
	for _, r := range m.resources {
		b, err := json.Marshal(r)
		if err != nil {
			return nil, m.losses, err
		}
		out = append(out, b)
	}
	return out, m.losses, nil
}

type importer struct {
	opt        Options
	doc        *qrda.CategoryI
	subject    object // reference to the patient
	patientObj object
	resources  []object
	byID       map[qrda.Identifier]*qrda.DataElement
	encounters map[string]object // by id
	ids        map[string]bool   // Type/id taken
	losses     []Loss
}

func (m *importer) lose(e *qrda.DataElement, element, reason string) {
	m.losses = append(m.losses, Loss{fmt.Sprintf("line %d", e.Line), element, reason})
}

// fhirID is a resource id for an identifier: its extension if FHIR takes that for one,
// else a hash of it.
func fhirID(id qrda.Identifier) string {
	ok := id.Extension != "" && len(id.Extension) <= 64
	for _, c := range id.Extension {
		ok = ok && (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.')
	}
	if ok {
		return id.Extension
	}
	h := sha1.Sum([]byte(id.Root + "^" + id.Extension))
	return "h" + hex.EncodeToString(h[:12])
}

// resource starts a resource; an id that is taken, or none, gets one of its place.
func (m *importer) resource(kind, profile string, e *qrda.DataElement) object {
	id := ""
	if e.ID != (qrda.Identifier{}) {
		id = fhirID(e.ID)
	}
	for n := len(m.resources); id == "" || m.ids[kind+"/"+id]; n++ {
		id = fmt.Sprintf("e%d", n)
	}
	m.ids[kind+"/"+id] = true
	r := object{"resourceType": kind, "id": id}
	if profile != "" {
		r["meta"] = object{"profile": []string{profile}}
	}
	m.resources = append(m.resources, r)
	return r
}

func (m *importer) patient() {
	p := &m.doc.Patient
	id := qrda.Identifier{Root: m.doc.ID, Extension: ""}
	for _, x := range p.IDs {
		if x.Extension != "" {
			id = x
			break
		}
	}
	r := object{"resourceType": "Patient", "id": fhirID(id), "meta": object{"profile": []string{extQICore + "patient"}}}
	m.patientObj = r
	m.subject = object{"reference": "Patient/" + r["id"].(string)}
	m.resources = append(m.resources, r)
	if p.Medicare != "" {
		r["identifier"] = []object{{"system": mbiSystem, "value": p.Medicare}}
	}
	if p.Family != "" || len(p.Given) > 0 {
		r["name"] = []object{{"family": p.Family, "given": p.Given}}
	}
	if b := m.opt.fhirTime(p.Birth); len(b) >= 10 {
		r["birthDate"] = b[:10]
	} else if b != "" {
		r["birthDate"] = b
	}
	switch p.Sex {
	case "F", "248152002":
		r["gender"] = "female"
	case "M", "248153007":
		r["gender"] = "male"
	case "":
	default:
		r["gender"] = "other"
	}
	if p.PostalCode != "" || p.City != "" {
		r["address"] = []object{{"line": p.Lines, "city": p.City, "state": p.State, "postalCode": p.PostalCode}}
	}
	var ext []object
	omb := func(name string, codes []string) {
		var parts []object
		for _, c := range codes {
			parts = append(parts, object{"url": "ombCategory", "valueCoding": object{"system": "urn:oid:2.16.840.1.113883.6.238", "code": c}})
		}
		if len(parts) > 0 {
			ext = append(ext, object{"url": extUSCore + name, "extension": append(parts, object{"url": "text", "valueString": strings.Join(codes, ", ")})})
		}
	}
	omb("race", p.Race)
	if p.Ethnicity != "" {
		omb("ethnicity", []string{p.Ethnicity})
	}
	if ext != nil {
		r["extension"] = ext
	}
}

// codeable is a concept as a CodeableConcept. nil for one without a code.
func codeable(c qrda.Concept) object {
	if c.Code == "" {
		return nil
	}
	list := []object{coding(c)}
	for _, t := range c.Translations {
		if t.Code != "" {
			list = append(list, coding(t))
		}
	}
	return object{"coding": list}
}

func coding(c qrda.Concept) object {
	o := object{"code": c.Code}
	if uri := uriOf(c.System); uri != "" {
		o["system"] = uri
	}
	if c.Display != "" {
		o["display"] = c.Display
	}
	return o
}

// set puts a value that there is.
func set(o object, name string, v any) {
	switch x := v.(type) {
	case string:
		if x == "" {
			return
		}
	case object:
		if x == nil {
			return
		}
	}
	o[name] = v
}

// coded is the code of an element; for what was not done it may be a value set.
func (m *importer) coded(e *qrda.DataElement) object {
	if c := codeable(e.Code); c != nil {
		return c
	}
	if e.ValueSet != "" && e.Negated {
		return object{"extension": []object{{"url": extNotDone, "valueCanonical": "http://cts.nlm.nih.gov/fhir/ValueSet/" + e.ValueSet}}}
	}
	m.lose(e, e.Datatype+".code", "it has neither a code nor a value set that was not done")
	return nil
}

// when puts a time into a choice of dateTime and Period.
func (m *importer) when(r object, name string, e *qrda.DataElement) {
	if e.At != "" {
		set(r, name+"DateTime", m.opt.fhirTime(e.At))
		return
	}
	if p := m.period(e.From, e.Through); p != nil {
		r[name+"Period"] = p
	}
}

func (m *importer) period(from, through string) object {
	p := object{}
	set(p, "start", m.opt.fhirTime(from))
	set(p, "end", m.opt.fhirTime(through))
	if len(p) == 0 {
		return nil
	}
	return p
}

func (m *importer) entry(e *qrda.DataElement) {
	f := imports[e.Datatype]
	if f == nil {
		if e.Datatype != "Encounter Performed" {
			name := e.Datatype
			if name == "" {
				name = "template " + e.Template
			}
			m.lose(e, name, "no QI-Core resource is made of it")
		}
		return
	}
	f(m, e)
}

func (m *importer) payer(e *qrda.DataElement) {
	r := m.resource("Coverage", extQICore+"coverage", e)
	r["status"], r["beneficiary"], r["payor"] = "active", m.subject, []object{{"display": "payer"}}
	if e.Result != nil {
		set(r, "type", codeable(e.Result.Concept))
	}
	set(r, "period", m.period(e.From, e.Through))
}

func (m *importer) expired(e *qrda.DataElement) {
	at := e.At
	if at == "" {
		at = e.From
	}
	if t := m.opt.fhirTime(at); t != "" {
		m.patientObj["deceasedDateTime"] = t
	} else {
		m.patientObj["deceasedBoolean"] = true
	}
}
