// SPDX-License-Identifier: Apache-2.0

// Package qicore maps a patient's QI-Core resources to the QDM data elements of a QRDA
// Category I document, and back to resources that the measure engine reads.
//
// The two models differ: what the one has no place for is a Loss, named and never left
// out in silence.
package qicore

import (
	_ "embed"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/quality/qrda"
)

// Loss is something that a mapping could not carry.
type Loss struct {
	// Resource is Type/id, or the place of a data element in its document.
	Resource string `json:"resource"`
	// Element is the path of what was lost; the type alone if all of it was.
	Element string `json:"element"`
	Reason  string `json:"reason"`
}

// Whole tells whether the resource or data element was lost as a whole.
func (l Loss) Whole() bool { return !strings.Contains(l.Element, ".") }

// Options of a mapping.
type Options struct {
	// Zone is the time zone of the document, whose times have no offset. Nil is UTC.
	Zone *time.Location
	// Root is the root of the identifiers of resources in a document, an OID or UUID of
	// the hospital's.
	Root string
	// Intervention tells whether a procedure's code is one of an intervention: see
	// Interventions. Nil makes every procedure a Procedure Performed.
	Intervention func(system, code string) bool
}

func (o Options) zone() *time.Location {
	if o.Zone == nil {
		return time.UTC
	}
	return o.Zone
}

//go:embed systems.json
var systemsJSON []byte

type systemTable struct {
	oid, uri      map[string]string
	interventions []string
}

// Interventions are the addresses of the value sets whose procedures are interventions in
// QDM, which FHIR does not tell apart.
func Interventions() []string { return systems().interventions }

var systems = sync.OnceValue(func() systemTable {
	var file struct {
		Interventions struct {
			ValueSets [][2]string `json:"valueSets"`
		} `json:"interventions"`
		Systems [][2]string `json:"systems"`
	}
	if err := json.Unmarshal(systemsJSON, &file); err != nil {
		panic("qicore: systems.json: " + err.Error()) // a broken build, not a user's error
	}
	t := systemTable{oid: map[string]string{}, uri: map[string]string{}}
	for _, v := range file.Interventions.ValueSets {
		t.interventions = append(t.interventions, "http://cts.nlm.nih.gov/fhir/ValueSet/"+v[0])
	}
	for _, s := range file.Systems {
		t.oid[s[0]] = s[1]
		if t.uri[s[1]] == "" {
			t.uri[s[1]] = s[0]
		}
	}
	return t
})

// oidOf is the OID of a code system; a URI that has none stays as it is.
func oidOf(uri string) string {
	if oid, ok := systems().oid[uri]; ok {
		return oid
	}
	return strings.TrimPrefix(uri, "urn:oid:")
}

// uriOf is FHIR's name of a code system.
func uriOf(oid string) string {
	if uri, ok := systems().uri[oid]; ok {
		return uri
	}
	if oid == "" || strings.ContainsAny(oid, ":/") {
		return oid
	}
	return "urn:oid:" + oid
}

// concept reads the codings of one or several CodeableConcepts: the first is the code,
// the others its translations.
func concept(list ...node.Node) qrda.Concept {
	var out qrda.Concept
	for _, n := range list {
		for c := range n.Get("coding").Items() {
			out = addCoding(out, c)
		}
	}
	return out
}

func addCoding(to qrda.Concept, c node.Node) qrda.Concept {
	one := qrda.Concept{Code: c.Get("code").Text(), System: oidOf(c.Get("system").Text()), Display: c.Get("display").Text()}
	switch {
	case one.Code == "":
	case to.Code == "":
		one.Translations = to.Translations
		return one
	default:
		to.Translations = append(to.Translations, one)
	}
	return to
}

// hl7Time writes a FHIR date or dateTime as an HL7 time in the document's zone, without an
// offset. The precision stays.
func (o Options) hl7Time(s string) string {
	if len(s) <= len("2006-01-02") {
		return strings.ReplaceAll(s, "-", "")
	}
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00"} {
		t, err := time.Parse(form, s)
		if err != nil {
			continue
		}
		t = t.In(o.zone())
		out := t.Format("20060102150405")
		if strings.Contains(s, ".") {
			out += t.Format(".000")
		}
		return out
	}
	if t, err := time.Parse("2006-01-02T15:04:05.999", s); err == nil { // no offset: local
		return t.Format("20060102150405")
	}
	return ""
}

// fhirTime reads an HL7 time. One without an offset is in the document's zone.
func (o Options) fhirTime(s string) string {
	body, offset := s, ""
	if i := strings.IndexAny(s, "+-"); i >= 0 {
		body, offset = s[:i], s[i:]
	}
	whole, fraction, _ := strings.Cut(body, ".")
	forms := map[int][2]string{4: {"2006", "2006"}, 6: {"200601", "2006-01"}, 8: {"20060102", "2006-01-02"},
		10: {"2006010215", ""}, 12: {"200601021504", ""}, 14: {"20060102150405", ""}}
	form, ok := forms[len(whole)]
	if !ok {
		return ""
	}
	t, err := time.ParseInLocation(form[0], whole, o.zone())
	if offset != "" {
		t, err = time.Parse(form[0]+"-0700", whole+offset)
	}
	if err != nil {
		return ""
	}
	if form[1] != "" {
		return t.Format(form[1])
	}
	out := t.Format("2006-01-02T15:04:05")
	if fraction != "" {
		out += "." + fraction
	}
	return out + t.Format("-07:00")
}

// instant and span put a FHIR choice of dateTime and Period into an element.
func (o Options) when(e *qrda.DataElement, n node.Node, name string) {
	v, typ := n.Choice(name)
	switch typ {
	case "dateTime", "date", "instant":
		e.At = o.hl7Time(v.Text())
	case "Period":
		e.From, e.Through = o.hl7Time(v.Get("start").Text()), o.hl7Time(v.Get("end").Text())
	}
}
