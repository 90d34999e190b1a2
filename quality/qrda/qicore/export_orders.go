// SPDX-License-Identifier: Apache-2.0

package qicore

import (
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/quality/qrda"
)

// medication is the code of the drug, in the resource or in the Medication that it names.
func (x *exporter) medication(e *qrda.DataElement, n node.Node) bool {
	v, typ := n.Choice("medication")
	if typ == "Reference" {
		if v = x.target(n, v).Get("code"); v.Exists() {
			x.lose(n, n.ResourceType()+".medicationReference", "the code of the Medication stands in its place")
		}
	}
	return x.coded(e, v)
}

func (x *exporter) administration(n node.Node) {
	e := x.element(n, "Medication Administered")
	switch s := n.Get("status").Text(); s {
	case "completed":
		e.Reason = concept(n.Get("reasonCode").At(0))
	case "not-done":
		negate(e, n.Get("statusReason").At(0), n.Get("reasonCode").At(0))
	default:
		x.lose(n, "MedicationAdministration", "its status is "+s+": neither given nor known not to have been")
		return
	}
	if !x.medication(e, n) {
		x.lose(n, "MedicationAdministration", "its medication has no code")
		return
	}
	x.opt.when(e, n, "effective")
	e.Author = x.recorded(n)
	dosage := n.Get("dosage")
	if d := dosage.Get("dose"); d.Exists() {
		unit := d.Get("code").Text()
		if unit == "" {
			unit = d.Get("unit").Text()
		}
		e.Dose = &qrda.Value{Type: "PQ", Text: d.Get("value").Text(), Unit: unit}
	}
	e.Route = concept(dosage.Get("route"))
	x.carried(n, "status", "statusReason", "reasonCode", "medication", "effective", "dosage", "extension", "contained")
	x.extensions(n, "qicore-recorded")
	x.add(e)
}

// ordered tells whether the intent of a request is an order's.
func ordered(intent string) bool { return intent == "order" || strings.HasSuffix(intent, "-order") }

// flattened names what all orders of QDM have alike.
func (x *exporter) flattened(n node.Node, negated bool) {
	if s := n.Get("status").Text(); s == "completed" && !negated {
		x.lose(n, n.ResourceType()+".status", "QDM does not tell completed orders from active ones")
	}
	if i := n.Get("intent").Text(); i != "order" {
		x.lose(n, n.ResourceType()+".intent", "QDM knows orders alone, this is a "+i)
	}
}

// standing says why a request's status or intent makes it no order; empty if it is one.
func standing(n node.Node) string {
	switch s := n.Get("status").Text(); s {
	case "active", "completed":
	default:
		return "its status is " + s
	}
	if i := n.Get("intent").Text(); !ordered(i) {
		return "its intent is " + i
	}
	return ""
}

func (x *exporter) prescription(n node.Node) {
	if why := standing(n); why != "" {
		x.lose(n, "MedicationRequest", why+": no order")
		return
	}
	datatype := "Medication Order"
	if c := concept(n.Get("category").AppendItems(nil)...); c.Code != "" && c.Code != "discharge" {
		x.lose(n, "MedicationRequest.category", "QDM tells medications at discharge from others, no more")
	}
	for c := range n.Get("category").Items() {
		for coding := range c.Get("coding").Items() {
			if v := coding.Get("code").Text(); v == "discharge" || v == "community" {
				datatype = "Discharge Medication"
			}
		}
	}
	e := x.element(n, datatype)
	if no, ok := n.Get("doNotPerform").Bool(); ok && no {
		negate(e, n.Get("reasonCode").At(0))
	} else {
		e.Reason = concept(n.Get("reasonCode").At(0))
	}
	if !x.medication(e, n) {
		x.lose(n, "MedicationRequest", "its medication has no code")
		return
	}
	e.Author = x.opt.hl7Time(n.Get("authoredOn").Text())
	bounds := n.Get("dosageInstruction").At(0).Get("timing").Get("repeat").Get("boundsPeriod")
	e.From, e.Through = x.opt.hl7Time(bounds.Get("start").Text()), x.opt.hl7Time(bounds.Get("end").Text())
	x.flattened(n, e.Negated)
	supply := n.Get("dispenseRequest")
	if d := supply.Get("expectedSupplyDuration"); d.Exists() {
		switch unit := first(d.Get("code").Text(), d.Get("unit").Text()); unit {
		case "d", "day", "days":
			e.DaysSupplied = d.Get("value").Text()
		default:
			x.lose(n, "MedicationRequest.dispenseRequest.expectedSupplyDuration", "QDM counts the supply in days, not in "+unit)
		}
	}
	for name := range supply.Elements() {
		if name != "expectedSupplyDuration" {
			x.lose(n, "MedicationRequest.dispenseRequest."+name, "has no place in the QDM datatype")
		}
	}
	x.carried(n, "status", "intent", "category", "doNotPerform", "reasonCode", "medication", "authoredOn", "dosageInstruction", "dispenseRequest", "requester", "contained")
	x.add(e)
}

// order maps a ServiceRequest: a laboratory test by its LOINC code, a procedure by ICD-10-PCS
// or CPT, else an intervention.
func (x *exporter) order(n node.Node) {
	if why := standing(n); why != "" {
		x.lose(n, "ServiceRequest", why+": no order")
		return
	}
	e := x.element(n, "Intervention Order")
	if !x.coded(e, n.Get("code")) {
		x.lose(n, "ServiceRequest", "it has no code")
		return
	}
	switch e.Code.System {
	case "2.16.840.1.113883.6.1":
		e.Datatype = "Laboratory Test Order"
	case "2.16.840.1.113883.6.4", "2.16.840.1.113883.6.12":
		e.Datatype = "Procedure Order"
	}
	if no, ok := n.Get("doNotPerform").Bool(); ok && no {
		v, _ := n.Extension(extQICore + "doNotPerformReason").Choice("value")
		w, _ := n.Extension(extQICore + "reasonRefused").Choice("value")
		negate(e, v, w, n.Get("reasonCode").At(0))
	} else {
		e.Reason = concept(n.Get("reasonCode").At(0))
	}
	e.Author = x.opt.hl7Time(n.Get("authoredOn").Text())
	x.flattened(n, e.Negated)
	x.carried(n, "status", "intent", "doNotPerform", "reasonCode", "code", "authoredOn", "extension", "requester")
	x.extensions(n, "qicore-doNotPerformReason", "qicore-reasonRefused")
	x.add(e)
}

func (x *exporter) device(n node.Node) {
	if why := standing(n); why != "" {
		x.lose(n, "DeviceRequest", why+": no order")
		return
	}
	e := x.element(n, "Device Order")
	v, _ := n.Choice("code")
	if !x.coded(e, v) {
		x.lose(n, "DeviceRequest", "its device has no code")
		return
	}
	if no, ok := n.Get("modifierExtension").At(0).Get("valueBoolean").Bool(); ok && no {
		r, _ := n.Extension(extQICore + "doNotPerformReason").Choice("value")
		negate(e, r, n.Get("reasonCode").At(0))
	}
	e.Author = x.opt.hl7Time(n.Get("authoredOn").Text())
	x.flattened(n, e.Negated)
	x.carried(n, "status", "intent", "modifierExtension", "reasonCode", "code", "authoredOn", "extension", "requester")
	x.extensions(n, "qicore-doNotPerformReason")
	x.add(e)
}
