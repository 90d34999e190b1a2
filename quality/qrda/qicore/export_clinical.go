// SPDX-License-Identifier: Apache-2.0

package qicore

import (
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/quality/qrda"
)

// ranks notes the diagnoses that an encounter lists, and its procedures with their rank.
func (x *exporter) ranks(n node.Node) {
	for d := range n.Get("diagnosis").Items() {
		if c := x.target(n, d.Get("condition")); c.Exists() {
			x.diagnosed[ref(c)] = true
		}
	}
	for e := range n.Extensions(extQICore + "encounter-procedure") {
		var r ranked
		var procedure string
		for part := range e.Get("extension").Items() {
			switch part.Get("url").Text() {
			case "rank":
				r.rank = part.Get("valuePositiveInt").Text()
			case "procedure":
				if t := x.target(n, part.Get("valueReference")); t.Exists() {
					procedure = ref(t)
				}
			}
		}
		if procedure == "" {
			x.lose(n, "Encounter.extension:qicore-encounter-procedure", "names a procedure that the data do not hold")
			continue
		}
		r.encounter = n.ID()
		x.rank[procedure] = r
	}
}

func (x *exporter) encounter(n node.Node) {
	if s := n.Get("status").Text(); s != "finished" {
		x.lose(n, "Encounter", "its status is "+s+": not an encounter performed")
		return
	}
	e := x.element(n, "Encounter Performed")
	e.Code = concept(n.Get("type").AppendItems(nil)...)
	e.From, e.Through = x.opt.hl7Time(n.Get("period").Get("start").Text()), x.opt.hl7Time(n.Get("period").Get("end").Text())
	e.Class = addCoding(qrda.Concept{}, n.Get("class"))
	stay := n.Get("hospitalization")
	e.Discharge = concept(stay.Get("dischargeDisposition"))
	for name := range stay.Elements() {
		if name != "dischargeDisposition" {
			x.lose(n, "Encounter.hospitalization."+name, "has no place in the QDM datatype")
		}
	}
	for l := range n.Get("location").Items() {
		place := x.target(n, l.Get("location"))
		c := concept(place.Get("type").AppendItems(nil)...)
		if c.Code == "" {
			x.lose(n, "Encounter.location", "its Location has no type, or is not in the data")
			continue
		}
		e.Locations = append(e.Locations, qrda.Location{Code: c,
			From: x.opt.hl7Time(l.Get("period").Get("start").Text()), Through: x.opt.hl7Time(l.Get("period").Get("end").Text())})
	}
	for d := range n.Get("diagnosis").Items() {
		c := x.target(n, d.Get("condition"))
		part := qrda.DataElement{Datatype: "Encounter Diagnosis", Rank: d.Get("rank").Text()}
		if c.Exists() {
			part.ID = x.identifier(c.ID())
			part.Code = concept(c.Get("code"))
		}
		if part.Code.Code == "" {
			x.lose(n, "Encounter.diagnosis", "its Condition has no code, or is not in the data")
			continue
		}
		for poa := range d.Extensions(extQICore + "encounter-diagnosisPresentOnAdmission") {
			v, _ := poa.Choice("value")
			part.OnAdmission = concept(v)
		}
		if use := concept(d.Get("use")); use.Code != "" && use.Code != "billing" {
			x.lose(n, "Encounter.diagnosis.use", "QDM's diagnoses are those that are billed, this one is of another use")
		}
		e.Parts = append(e.Parts, part)
	}
	x.carried(n, "status", "class", "type", "period", "length", "hospitalization", "location", "diagnosis", "extension")
	x.extensions(n, "qicore-encounter-procedure")
	x.add(e)
}

func (x *exporter) condition(n node.Node) {
	switch v := n.Get("verificationStatus").Get("coding").At(0).Get("code").Text(); v {
	case "", "confirmed":
	default:
		x.lose(n, "Condition", "its verification status is "+v+": not a diagnosis")
		return
	}
	e := x.element(n, "Diagnosis")
	if !x.coded(e, n.Get("code")) {
		x.lose(n, "Condition", "it has no code")
		return
	}
	onset, typ := n.Choice("onset")
	switch typ {
	case "dateTime":
		e.From = x.opt.hl7Time(onset.Text())
	case "Period":
		e.From = x.opt.hl7Time(onset.Get("start").Text())
		if onset.Get("end").Exists() {
			x.lose(n, "Condition.onsetPeriod.end", "QDM has one time at which a diagnosis began")
		}
	case "":
	default:
		x.lose(n, "Condition.onset"+typ, "QDM knows when a diagnosis began by its time alone")
	}
	end, typ := n.Choice("abatement")
	switch typ {
	case "dateTime":
		e.Through = x.opt.hl7Time(end.Text())
	case "Period":
		e.Through = x.opt.hl7Time(end.Get("end").Text())
	case "":
	default:
		x.lose(n, "Condition.abatement"+typ, "QDM knows when a diagnosis ended by its time alone")
	}
	e.Author = x.opt.hl7Time(n.Get("recordedDate").Text())
	e.Status = "active"
	switch c := n.Get("clinicalStatus").Get("coding").At(0).Get("code").Text(); c {
	case "inactive", "remission":
		x.lose(n, "Condition.clinicalStatus", "QDM does not tell "+c+" diagnoses from resolved ones")
		e.Status = "completed"
	case "resolved":
		e.Status = "completed"
	case "recurrence", "relapse":
		x.lose(n, "Condition.clinicalStatus", "QDM does not tell a "+c+" from an active diagnosis")
	}
	if c := concept(n.Get("category").AppendItems(nil)...); c.Code != "" && c.Code != x.listed(n) {
		x.lose(n, "Condition.category", "QDM tells diagnoses of encounters from others, no more")
	}
	x.carried(n, "code", "onset", "abatement", "recordedDate", "clinicalStatus", "verificationStatus", "category")
	x.add(e)
}

// listed is the category that a condition has when it is read back.
func (x *exporter) listed(n node.Node) string {
	if x.diagnosed[ref(n)] {
		return "encounter-diagnosis"
	}
	return "problem-list-item"
}

func (x *exporter) procedure(n node.Node) {
	e := x.element(n, "Procedure Performed")
	switch s := n.Get("status").Text(); s {
	case "completed":
		e.Reason = concept(n.Get("reasonCode").At(0))
	case "not-done":
		negate(e, n.Get("statusReason"))
	default:
		x.lose(n, "Procedure", "its status is "+s+": neither performed nor known not to have been")
		return
	}
	if !x.coded(e, n.Get("code")) {
		x.lose(n, "Procedure", "it has no code")
		return
	}
	if x.opt.Intervention != nil {
		for c := range n.Get("code").Get("coding").Items() {
			if x.opt.Intervention(c.Get("system").Text(), c.Get("code").Text()) {
				e.Datatype = "Intervention Performed"
			}
		}
	}
	x.opt.when(e, n, "performed")
	e.Author = x.recorded(n)
	if r, ok := x.rank[ref(n)]; ok {
		e.Rank = r.rank
		e.Related = append(e.Related, x.identifier(r.encounter))
	} else if t := x.target(n, n.Get("encounter")); t.Exists() {
		e.Related = append(e.Related, x.identifier(t.ID()))
	}
	for d := range n.Get("usedCode").Items() {
		if c := concept(d); c.Code != "" {
			e.Devices = append(e.Devices, c)
		}
	}
	x.carried(n, "status", "statusReason", "reasonCode", "code", "performed", "extension", "encounter", "usedCode")
	x.extensions(n, "qicore-recorded")
	x.add(e)
}

// examined are the QDM datatypes of FHIR's categories of observations.
var examined = map[string]string{"laboratory": "Laboratory Test Performed", "vital-signs": "Physical Exam Performed", "exam": "Physical Exam Performed",
	"imaging": "Diagnostic Study Performed", "procedure": "Diagnostic Study Performed", "survey": "Assessment Performed",
	"social-history": "Assessment Performed", "therapy": "Assessment Performed", "activity": "Assessment Performed"}

func (x *exporter) observation(n node.Node) {
	switch s := n.Get("status").Text(); s {
	case "final":
	case "amended", "corrected":
		x.lose(n, "Observation.status", "QDM does not tell "+s+" results from final ones")
	case "cancelled":
		if !x.notDone(n) {
			x.lose(n, "Observation", "its status is cancelled, and no reason says why it was not done")
			return
		}
	default:
		x.lose(n, "Observation", "its status is "+s+": not performed")
		return
	}
	datatype := "Assessment Performed"
	for c := range n.Get("category").Items() {
		for coding := range c.Get("coding").Items() {
			if d := examined[coding.Get("code").Text()]; d != "" {
				datatype = d
			}
		}
	}
	if c := concept(n.Get("category").AppendItems(nil)...).Code; c != "" && c != observed[datatype][0] {
		x.lose(n, "Observation.category", "a "+datatype+" is read as "+observed[datatype][0])
	}
	e := x.element(n, datatype)
	if !x.coded(e, n.Get("code")) {
		x.lose(n, "Observation", "it has no code")
		return
	}
	if n.Get("status").Is("cancelled") {
		v, _ := n.Extension(extQICore + "notDoneReason").Choice("value")
		negate(e, v)
	}
	x.opt.when(e, n, "effective")
	e.Author = x.opt.hl7Time(n.Get("issued").Text())
	e.Result = x.value(n, n)
	for c := range n.Get("component").Items() {
		part := qrda.DataElement{Datatype: "Component", Code: concept(c.Get("code")), Result: x.value(n, c)}
		e.Parts = append(e.Parts, part)
	}
	x.carried(n, "status", "category", "code", "effective", "issued", "value", "dataAbsentReason", "component", "extension")
	x.extensions(n, "qicore-notDoneReason")
	x.add(e)
}

func (x *exporter) notDone(n node.Node) bool {
	return n.Extension(extQICore + "notDoneReason").Exists()
}

// value is the result of an observation or of a component of it.
func (x *exporter) value(n, in node.Node) *qrda.Value {
	v, typ := in.Choice("value")
	switch typ {
	case "Quantity":
		unit := v.Get("code").Text()
		if unit == "" {
			unit = v.Get("unit").Text()
		}
		if v.Get("comparator").Exists() {
			x.lose(n, "Observation.value.comparator", "a quantity of CDA has no comparator")
		}
		return &qrda.Value{Type: "PQ", Text: v.Get("value").Text(), Unit: unit}
	case "CodeableConcept":
		return &qrda.Value{Type: "CD", Concept: concept(v)}
	case "boolean":
		return &qrda.Value{Type: "BL", Text: v.Text()}
	case "string":
		return &qrda.Value{Type: "ST", Text: v.Text()}
	case "integer":
		return &qrda.Value{Type: "INT", Text: v.Text()}
	case "dateTime":
		return &qrda.Value{Type: "TS", Text: x.opt.hl7Time(v.Text())}
	case "":
		return nil
	}
	x.lose(n, "Observation.value"+strings.ToUpper(typ[:1])+typ[1:], "no result of QDM is of this type")
	return nil
}
