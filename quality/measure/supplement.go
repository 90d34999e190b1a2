// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"encoding/json"
	"fmt"
	"regexp"
	"sort"

	"github.com/woodlawn-health/woodlawn/quality/elm"
)

// supplement is one value of supplemental data or of a risk variable as a report says
// it: a resource of the patient, or a value.
type supplement struct {
	reference string // Type/id
	concept   conceptJSON
	boolean   *bool
	quantity  *quantityJSON
}

// supplementsOf lists the values in a value.
func supplementsOf(v elm.Value, list []supplement) []supplement {
	switch x := v.(type) {
	case nil:
		return list
	case elm.List:
		for _, item := range x {
			list = supplementsOf(item, list)
		}
		return list
	case elm.Element:
		if t := x.Node.ResourceType(); t != "" {
			return append(list, supplement{reference: t + "/" + x.Node.ID()})
		}
	case elm.Boolean:
		b := bool(x)
		return append(list, supplement{boolean: &b, concept: conceptOf(v)})
	case elm.Quantity:
		return append(list, supplement{quantity: &quantityJSON{json.Number(x.Value.String()), x.Unit}, concept: conceptOf(v)})
	}
	s := supplement{concept: conceptOf(v)}
	if d, ok := elm.Number(v); ok {
		s.quantity = &quantityJSON{Value: json.Number(d.String())}
	}
	return append(list, s)
}

const (
	supplementalURL = "http://hl7.org/fhir/5.0/StructureDefinition/extension-MeasureReport.supplementalData"
	criteriaURL     = "http://hl7.org/fhir/StructureDefinition/cqf-criteriaReference"
)

// supplementReference points to a value from the report, with the id of the
// criterion that it answers.
func supplementReference(target, id string) extensionJSON {
	ref := &referenceJSON{Reference: target}
	if id != "" {
		ref.Extension = []extensionJSON{{URL: criteriaURL, String: id}}
	}
	return extensionJSON{URL: supplementalURL, Reference: ref}
}

var notID = regexp.MustCompile(`[^A-Za-z0-9.-]+`)

// containedID makes an id of R4's form.
func containedID(s Supplement, i, n int) string {
	id := notID.ReplaceAllString(s.ID, "-")
	if id == "" {
		id = fmt.Sprintf("sde-%d", i+1)
	}
	if len(id) > 48 {
		id = id[:48]
	}
	if n > 0 {
		id += fmt.Sprintf("-%d", n+1)
	}
	return id
}

// label is what an observation of supplemental data is about.
func (s *Supplement) label() conceptJSON {
	if s.Expression != "" {
		return conceptJSON{Text: s.Expression}
	}
	return conceptJSON{Text: s.ID}
}

// addSupplements puts one patient's supplemental data into the report: references to
// the resources, and contained observations for other values.
func (rep *reportJSON) addSupplements(m *Measure, all [][]supplement) {
	for i, values := range all {
		s := &m.Supplemental[i]
		n := 0
		for _, v := range values {
			if v.reference != "" {
				rep.Extension = append(rep.Extension, supplementReference(v.reference, s.ID))
				continue
			}
			o := observationJSON{ResourceType: "Observation", ID: containedID(*s, i, n), Status: "final", Code: s.label(), Subject: rep.Subject}
			switch {
			case v.boolean != nil:
				o.Boolean = v.boolean
			case v.quantity != nil:
				o.Quantity = v.quantity
			default:
				c := v.concept
				o.Concept = &c
			}
			rep.Contained = append(rep.Contained, o)
			rep.Extension = append(rep.Extension, supplementReference("#"+o.ID, s.ID))
			n++
		}
	}
}

// addSupplementCounts puts how many patients have each value into the report.
func (rep *reportJSON) addSupplementCounts(t *Tally) {
	for i, values := range t.Supplements {
		keys := make([]string, 0, len(values))
		for k := range values {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		for n, k := range keys {
			s := &t.Measure.Supplemental[i]
			count := values[k].Count
			o := observationJSON{ResourceType: "Observation", ID: containedID(*s, i, n), Status: "final", Code: values[k].concept, Integer: &count}
			rep.Contained = append(rep.Contained, o)
			rep.Extension = append(rep.Extension, supplementReference("#"+o.ID, s.ID))
		}
	}
}
