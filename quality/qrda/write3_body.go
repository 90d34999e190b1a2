// SPDX-License-Identifier: Apache-2.0

package qrda

import (
	"fmt"
	"strconv"
	"strings"
)

func (b *writer3) sections() []*element {
	var list []*element
	r, t := b.report, b.templates
	if len(r.Measures) > 0 {
		list = append(list, b.section(t.MeasureSection, b.measures()))
	}
	if len(r.Activities) > 0 {
		list = append(list, b.section(t.ActivitySection, b.activities()))
	}
	if len(r.Interoperability) > 0 {
		list = append(list, b.section(t.InteroperabilitySection, b.interoperability()))
	}
	return list
}

// section is any of the three; the title of all is fixed (CONF:67-12799).
func (b *writer3) section(ids []templateID, entries []*element) *element {
	s := el("section").with(templates(ids)...).
		with(el("code", "code", "55186-1", "codeSystem", oidLOINC), el("title").saying("Measure Section"),
			el("text").saying(fmt.Sprintf("%d measures", len(entries))))
	for _, e := range entries {
		s.with(el("entry").with(e))
	}
	act := el("act", "classCode", "ACT", "moodCode", "EVN").with(templates(b.templates.Parameters)...).
		with(b.id(), el("code", "code", "252116004", "codeSystem", oidSNOMED), b.period())
	return el("component").with(s.with(el("entry", "typeCode", "DRIV").with(act)))
}

// organizer is what every measure's result starts with.
func (b *writer3) organizer(ids []templateID, document *element) *element {
	return el("organizer", "classCode", "CLUSTER", "moodCode", "EVN").with(templates(ids)...).
		with(b.id(), el("statusCode", "code", "completed"), el("reference", "typeCode", "REFR").with(document))
}

func externalDocument(root, extension, title string) *element {
	return el("externalDocument", "classCode", "DOC", "moodCode", "EVN").with(el("id", "root", root, "extension", extension),
		optional("text", title))
}

func optional(name, text string) *element {
	if text == "" {
		return nil
	}
	return el(name).saying(text)
}

func observation(ids ...templateID) *element {
	return el("observation", "classCode", "OBS", "moodCode", "EVN").with(templates(ids)...)
}

func completed() *element { return el("statusCode", "code", "completed") }

func assertion() *element { return el("code", "code", "ASSERTION", "codeSystem", oidActCode) }

func externalObservation(id string, more ...*element) *element {
	return el("reference", "typeCode", "REFR").with(
		el("externalObservation", "classCode", "OBS", "moodCode", "EVN").with(el("id", "root", id)).with(more...))
}

func (b *writer3) measures() []*element {
	var list []*element
	for i := range b.report.Measures {
		m := &b.report.Measures[i]
		document := el("externalDocument", "classCode", "DOC", "moodCode", "EVN").with(
			el("id", "root", oidMeasure, "extension", m.ID),
			el("code", "code", "57024-2", "codeSystem", oidLOINC, "codeSystemName", "LOINC"),
			optional("text", m.Title))
		if m.SetID != "" {
			document.with(el("setId", "root", m.SetID))
		}
		o := b.organizer(b.templates.Results, document)
		for _, r := range m.Rates {
			o.with(el("component").with(b.rate(r)))
		}
		for j := range m.Populations {
			o.with(el("component").with(b.population(&m.Populations[j])))
		}
		list = append(list, o)
	}
	return list
}

func (b *writer3) rate(r Rate) *element {
	value := el("value", "xsi:type", "REAL", "nullFlavor", "NA")
	if !r.Undefined {
		value = el("value", "xsi:type", "REAL", "value", decimal(r.Millionths))
	}
	return observation(b.templates.Rate...).with(
		el("code", "code", "72510-1", "codeSystem", oidLOINC, "codeSystemName", "LOINC"), completed(), value,
		externalObservation(r.Numerator, el("code", "code", "NUMER", "codeSystem", oidActCode)))
}

// decimal writes millionths as a plain number.
func decimal(millionths int64) string {
	sign := ""
	if millionths < 0 {
		sign, millionths = "-", -millionths
	}
	s := fmt.Sprintf("%s%d.%06d", sign, millionths/1_000_000, millionths%1_000_000)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

func (b *writer3) population(p *Population) *element {
	o := observation(b.templates.Data...).with(assertion(), completed(),
		el("value", "xsi:type", "CD", "code", p.Code, "codeSystem", oidActCode), count(p.Count))
	for _, s := range p.Strata {
		o.with(el("entryRelationship", "typeCode", "COMP").with(stratum(s)))
	}
	if p.Observed != nil {
		o.with(el("entryRelationship", "typeCode", "COMP").with(observed(p.Observed)))
	}
	t := b.templates
	for _, x := range p.Sex {
		b.supplement(o, t.Sex, t.SexCode, b.sexValue(x.Code), x.Count)
	}
	for _, x := range p.Ethnicity {
		b.supplement(o, ethnicityTemplate, code{"69490-1", oidLOINC}, coded(x.Code, oidRace), x.Count)
	}
	for _, x := range p.Race {
		b.supplement(o, raceTemplate, code{"72826-1", oidLOINC}, coded(x.Code, oidRace), x.Count)
	}
	for _, x := range p.Payer {
		b.supplement(o, t.Payer, code{"48768-6", oidLOINC}, translated(x.Code, oidPayer), x.Count)
	}
	return o.with(externalObservation(p.ID))
}

var (
	ethnicityTemplate = []templateID{{"2.16.840.1.113883.10.20.27.3.7", "2016-09-01"}}
	raceTemplate      = []templateID{{"2.16.840.1.113883.10.20.27.3.8", "2016-09-01"}}
	countTemplate     = templateID{"2.16.840.1.113883.10.20.27.3.3", ""}
)

func (b *writer3) sexValue(c string) *element {
	if b.templates.SexTranslated {
		return translated(c, b.templates.SexSystem)
	}
	return coded(c, b.templates.SexSystem)
}

func coded(c, system string) *element {
	return el("value", "xsi:type", "CD", "code", c, "codeSystem", system)
}

// translated is a code of CMS's own, under a value that says "other".
func translated(c, system string) *element {
	return el("value", "xsi:type", "CD", "nullFlavor", "OTH").with(el("translation", "code", c, "codeSystem", system))
}

func (b *writer3) supplement(to *element, ids []templateID, what code, value *element, n int) {
	to.with(el("entryRelationship", "typeCode", "COMP").with(observation(ids...).with(b.id(),
		el("code", "code", what.Code, "codeSystem", what.System), completed(), b.period(), value, count(n))))
}

func count(n int) *element {
	return el("entryRelationship", "typeCode", "SUBJ", "inversionInd", "true").with(observation(countTemplate).with(
		el("code", "code", "MSRAGG", "codeSystem", oidActCode), completed(),
		el("value", "xsi:type", "INT", "value", strconv.Itoa(n)),
		el("methodCode", "code", "COUNT", "codeSystem", "2.16.840.1.113883.5.84")))
}

func stratum(s Stratum) *element {
	return observation(templateID{"2.16.840.1.113883.10.20.27.3.4", ""}).with(assertion(), completed(),
		el("value", "xsi:type", "CD", "nullFlavor", "OTH").with(el("originalText").saying("Stratum")),
		count(s.Count), externalObservation(s.ID))
}

func observed(v *Observed) *element {
	return observation(templateID{"2.16.840.1.113883.10.20.27.3.2", ""}).with(
		el("code", "code", "ASSERTION", "codeSystem", oidActCode), completed(),
		el("value", "xsi:type", "PQ", "value", decimal(v.Value), "unit", v.Unit),
		el("methodCode", "code", v.Method, "codeSystem", "2.16.840.1.113883.5.84"), externalObservation(v.ID))
}

func (b *writer3) activities() []*element {
	var list []*element
	for _, a := range b.report.Activities {
		list = append(list, b.organizer([]templateID{{"2.16.840.1.113883.10.20.24.3.98", ""},
			{"2.16.840.1.113883.10.20.27.3.33", "2016-09-01"}}, externalDocument(oidActivity, a.ID, a.Title)).
			with(el("component").with(performed(a.Performed))))
	}
	return list
}

func performed(yes bool) *element {
	answer := "N"
	if yes {
		answer = "Y"
	}
	return observation(templateID{"2.16.840.1.113883.10.20.27.3.27", "2016-09-01"}).with(assertion(), completed(),
		coded(answer, "2.16.840.1.113883.12.136"))
}

func (b *writer3) interoperability() []*element {
	var list []*element
	for _, m := range b.report.Interoperability {
		ids := []templateID{{"2.16.840.1.113883.10.20.24.3.98", ""}, {"2.16.840.1.113883.10.20.27.3.28", "2017-06-01"}}
		if m.Answer != nil {
			ids[1] = templateID{"2.16.840.1.113883.10.20.27.3.29", "2016-09-01"}
		}
		o := b.organizer(ids, externalDocument(oidPI, m.ID, m.Title))
		if m.Answer != nil {
			o.with(el("component").with(performed(*m.Answer)))
		} else {
			o.with(el("component").with(part("2.16.840.1.113883.10.20.27.3.31", "NUMER", m.Numerator)),
				el("component").with(part("2.16.840.1.113883.10.20.27.3.32", "DENOM", m.Denominator)))
		}
		list = append(list, o)
	}
	return list
}

func part(template, population string, n int) *element {
	return observation(templateID{template, "2016-09-01"}).with(assertion(), completed(),
		coded(population, oidActCode), count(n))
}
