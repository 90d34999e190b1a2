// SPDX-License-Identifier: Apache-2.0

package qrda

import "strings"

func (b *writer1) entry(e *DataElement) *element {
	switch e.Datatype {
	case payerDatatype:
		return b.payer(e)
	case expiredDatatype:
		return b.expired(e)
	}
	f := entries1[e.Datatype]
	n := el(f.element, "classCode", f.class, "moodCode", f.mood)
	negated := e.Negated && f.act == nil
	if negated {
		n.attrs = append(n.attrs, "negationInd", "true")
	}
	n.with(templates(f.templates)...).with(b.identify(e.ID))
	diagnosis := e.Datatype == "Diagnosis"
	switch {
	case diagnosis:
		n.with(diagnosisCode(true))
	case f.element != "substanceAdministration" && f.element != "supply":
		n.with(e.code())
	}
	n.with(el("statusCode", "code", f.status))
	n.with(e.times(f)...)
	if f.element == "substanceAdministration" {
		n.with(e.dose(f)...)
	}
	n.with(e.value(f)...)
	if diagnosis {
		n.with(e.Code.value("value"))
	}
	if f.element == "supply" {
		n.with(el("participant", "typeCode", "DEV").with(el("participantRole", "classCode", "MANU").with(
			el("playingDevice", "classCode", "DEV").with(e.code()))))
	}
	if f.element == "encounter" && f.mood == "EVN" {
		n.with(e.visit()...)
	}
	if e.Author != "" || f.author {
		n.with(e.author())
	}
	for _, l := range e.Locations {
		n.with(l.participant())
	}
	for _, d := range e.Devices {
		n.with(el("participant", "typeCode", "DEV").with(el("participantRole", "classCode", "MANU").with(
			templates([]templateID{{root22 + "37", ""}})...).with(b.id(), el("playingDevice").with(d.element("code")),
			el("scopingEntity").with(b.id()))))
	}
	n.with(b.inside(e, f)...)
	if f.act == nil && (e.Negated || e.Reason.Code != "") {
		n.with(b.reason(e))
	}
	for _, id := range e.Related {
		n.with(related(id))
	}
	if f.act == nil {
		return n
	}
	return b.wrapped(e, f, n)
}

// wrapped puts the element into its act: a concern, an order of a device, a discharge.
func (b *writer1) wrapped(e *DataElement, f entryForm, n *element) *element {
	mood := "EVN"
	if f.mood == "RQO" || e.Datatype == "Discharge Medication" { // CONF:4509-16551
		mood = "RQO"
	}
	act := el("act", "classCode", "ACT", "moodCode", mood)
	if e.Negated {
		act.attrs = append(act.attrs, "negationInd", "true")
	}
	act.with(templates(f.act)...).with(b.id(), el("code", "code", f.actCode.Code, "codeSystem", f.actCode.System))
	if e.Datatype == "Diagnosis" {
		status := e.Status
		if status == "" {
			status = "active"
		}
		act.with(el("statusCode", "code", status), e.period())
	} else {
		act.with(el("statusCode", "code", "active"))
	}
	act.with(el("entryRelationship", "typeCode", "SUBJ").with(n))
	if e.Negated || e.Reason.Code != "" {
		act.with(b.reason(e))
	}
	return act
}

func (b *writer1) identify(id Identifier) *element {
	if id.Root == "" {
		return b.id()
	}
	return el("id", "root", id.Root, "extension", id.Extension)
}

// attributes are those of a concept; a code whose system has no OID names it instead.
func (c Concept) attributes() []string {
	switch {
	case c.Code == "" && c.Null == "":
		return []string{"nullFlavor", "UNK"}
	case c.Code == "":
		return []string{"nullFlavor", c.Null}
	case strings.ContainsAny(c.System, ":/"):
		return []string{"code", c.Code, "codeSystemName", c.System, "displayName", c.Display}
	}
	return []string{"code", c.Code, "codeSystem", c.System, "displayName", c.Display}
}

func (c Concept) element(name string, more ...string) *element {
	n := el(name, append(append([]string{}, more...), c.attributes()...)...)
	for _, t := range c.Translations {
		n.with(el("translation", t.attributes()...))
	}
	return n
}

func (c Concept) value(name string) *element { return c.element(name, "xsi:type", "CD") }

// code is the element's; what was not done may name a value set in its place.
func (e *DataElement) code() *element {
	c := e.Code
	if c.Code == "" && c.Null == "" && e.ValueSet != "" {
		c.Null = "NA"
	}
	n := c.element("code")
	n.attrs = append(n.attrs, "sdtc:valueSet", e.ValueSet)
	return n
}

// diagnosisCode says that the value is a diagnosis.
func diagnosisCode(translate bool) *element {
	c := el("code", "code", "29308-4", "codeSystem", oidLOINC, "codeSystemName", "LOINC")
	if translate {
		c.with(el("translation", "code", "282291009", "codeSystem", oidSNOMED))
	}
	return c
}

func timed(name, value string) *element {
	if value == "" {
		return el(name, "nullFlavor", "UNK")
	}
	return el(name, "value", value)
}

func (e *DataElement) period() *element {
	return el("effectiveTime").with(timed("low", first(e.From, e.At)), timed("high", e.Through))
}

func (e *DataElement) times(f entryForm) []*element {
	kind := []string(nil)
	if f.element == "substanceAdministration" && f.time == "low or value" {
		kind = []string{"xsi:type", "IVL_TS"}
		if e.At != "" {
			return []*element{el("effectiveTime", "value", e.At)}
		}
		return []*element{el("effectiveTime", kind...).with(timed("low", e.From), timed("high", e.Through))}
	}
	switch f.time {
	case "period":
		return []*element{e.period()}
	case "instant or period":
		switch {
		case e.At != "":
			return []*element{el("effectiveTime", "value", e.At)}
		case e.From != "" || e.Through != "":
			return []*element{e.period()}
		}
		return []*element{el("effectiveTime", "nullFlavor", "UNK")}
	}
	return nil
}

func (e *DataElement) author() *element {
	at := e.Author
	if at == "" {
		at = first(e.At, e.From)
	}
	return el("author").with(templates([]templateID{authorTemplate})...).with(timed("time", at),
		el("assignedAuthor").with(el("id", "nullFlavor", "NA")))
}

func (e *DataElement) dose(f entryForm) []*element {
	var list []*element
	if e.Route.Code != "" {
		list = append(list, e.Route.element("routeCode"))
	}
	switch {
	case e.Dose != nil && e.Dose.Unit != "":
		list = append(list, el("doseQuantity", "value", e.Dose.Text, "unit", e.Dose.Unit))
	case e.Dose != nil:
		list = append(list, el("doseQuantity", "value", e.Dose.Text))
	case f.mood == "EVN":
		list = append(list, el("doseQuantity", "nullFlavor", "NI"))
	}
	return append(list, el("consumable").with(el("manufacturedProduct", "classCode", "MANU").with(
		templates([]templateID{{root22 + "23", v2014}})...).with(el("manufacturedMaterial").with(e.code()))))
}

func (v *Value) element() *element {
	if v == nil {
		return el("value", "xsi:type", "CD", "nullFlavor", "UNK")
	}
	switch v.Type {
	case "PQ":
		if v.Text == "" {
			return el("value", "xsi:type", "PQ", "nullFlavor", "UNK")
		}
		unit := v.Unit
		if unit == "" {
			unit = "1"
		}
		return el("value", "xsi:type", "PQ", "value", v.Text, "unit", unit)
	case "ST":
		return el("value", "xsi:type", "ST").saying(v.Text)
	case "INT", "REAL", "TS", "BL":
		return el("value", "xsi:type", v.Type, "value", v.Text)
	}
	return v.Concept.value("value")
}

// value is the result where it stands in the element itself.
func (e *DataElement) value(f entryForm) []*element {
	switch f.result {
	case "value":
		return []*element{e.Result.element()}
	case "value and template":
		return []*element{el("value", "xsi:type", "CD", "nullFlavor", "NA")}
	}
	return nil
}

// visit is what an encounter has besides.
func (e *DataElement) visit() []*element {
	if e.Discharge.Code == "" {
		return nil
	}
	return []*element{e.Discharge.element("sdtc:dischargeDispositionCode")}
}

func (l Location) participant() *element {
	return el("participant", "typeCode", "LOC").with(templates([]templateID{{rootFacility, "2017-08-01"}})...).with(
		el("time").with(timed("low", l.From), timed("high", l.Through)),
		el("participantRole", "classCode", "SDLOC").with(l.Code.element("code")))
}

func related(id Identifier) *element {
	return el("sdtc:inFulfillmentOf1", "typeCode", "FLFS").with(el("sdtc:templateId", "root", rootRelated, "extension", "2017-08-01"),
		el("sdtc:actReference", "classCode", "ACT", "moodCode", "EVN").with(el("sdtc:id", "root", id.Root, "extension", id.Extension)))
}

func relation(kind string, n *element) *element {
	return el("entryRelationship", "typeCode", kind).with(n)
}

func (b *writer1) reason(e *DataElement) *element {
	return relation("RSON", observation(templateID{rootReason, "2017-08-01"}).with(b.id(),
		el("code", "code", "77301-0", "codeSystem", oidLOINC, "codeSystemName", "LOINC"), completed(), e.Reason.value("value")))
}

// inside are the attributes and elements that CDA nests: class, rank, result, diagnoses, components.
func (b *writer1) inside(e *DataElement, f entryForm) []*element {
	var list []*element
	if e.Class.Code != "" {
		list = append(list, relation("SUBJ", el("act", "classCode", "ACT", "moodCode", "EVN").with(
			templates([]templateID{{rootClass, v2021}})...).with(e.Class.element("code"))))
	}
	if e.Rank != "" {
		list = append(list, b.rank(e.Rank))
	}
	if e.DaysSupplied != "" {
		list = append(list, relation("COMP", el("supply", "classCode", "SPLY", "moodCode", "EVN").with(
			templates([]templateID{{rootDaysSupplied, "2018-10-01"}})...).with(el("quantity", "value", e.DaysSupplied, "unit", "d"))))
	}
	if e.Result != nil && strings.Contains(f.result, "template") {
		at := first(e.At, first(e.Through, e.From))
		list = append(list, relation("REFR", observation(templateID{root22 + "2", v2015}, templateID{rootResult, "2019-12-01"}).with(
			b.id(), e.Code.element("code"), completed(), timed("effectiveTime", at), e.Result.element())))
	}
	for i := range e.Parts {
		p := &e.Parts[i]
		switch p.Datatype {
		case "Encounter Diagnosis":
			n := observation(templateID{rootEncounterDiagnosis, v2021}).with(b.identify(p.ID), diagnosisCode(false), p.Code.value("value"))
			if p.OnAdmission.Code != "" {
				n.with(relation("REFR", observation(templateID{rootOnAdmission, v2021}).with(
					el("code", "code", "78026-2", "codeSystem", oidLOINC), p.OnAdmission.value("value"))))
			}
			if p.Rank != "" {
				n.with(b.rank(p.Rank))
			}
			list = append(list, relation("REFR", n))
		case "Component":
			list = append(list, relation("REFR", observation(templateID{rootComponent, "2017-08-01"}).with(
				b.identify(p.ID), p.code(), p.Result.element())))
		}
	}
	return list
}

func (b *writer1) rank(rank string) *element {
	return relation("REFR", observation(templateID{rootRank, "2019-12-01"}).with(
		el("code", "code", "263486008", "codeSystem", oidSNOMED), el("value", "xsi:type", "INT", "value", rank)))
}

func (b *writer1) payer(e *DataElement) *element {
	value := Concept{Null: "UNK"}
	if e.Result != nil {
		value = e.Result.Concept
	}
	return observation(templateID{root24 + "55", ""}).with(b.identify(e.ID),
		el("code", "code", "48768-6", "codeSystem", oidLOINC, "codeSystemName", "LOINC", "displayName", "Payment source"),
		completed(), e.period(), value.value("value"))
}

func (b *writer1) expired(e *DataElement) *element {
	return observation(templateID{rootDeceased, v2015}, templateID{root24 + "54", "2016-02-01"}).with(b.identify(e.ID), assertion(), completed(),
		el("effectiveTime").with(timed("low", first(e.At, e.From))),
		el("value", "xsi:type", "CD", "code", "419099009", "codeSystem", oidSNOMED, "displayName", "Dead"))
}
