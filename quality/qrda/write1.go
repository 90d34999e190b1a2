// SPDX-License-Identifier: Apache-2.0

package qrda

import (
	"crypto/sha1"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Write checks the document (see Check) and writes it, in the templates of the reporting
// period's year. Nothing is written of a document with a problem: the error is then a
// Problems.
func (r *CategoryI) Write(w io.Writer) error {
	t, err := hospitalTemplatesOf(r.From.Year())
	if err != nil {
		return err
	}
	if problems := r.Check(); problems.Errors() > 0 {
		return problems
	}
	b := &writer1{r: r, t: t}
	return b.document().render(w)
}

// Check finds what CMS would refuse.
func (r *CategoryI) Check() Problems {
	var p Problems
	need := func(rule, name string, ok bool, reason string) {
		if !ok {
			p.add(rule, name, "%s", reason)
		}
	}
	need("CONF:1198-5363", "ID", r.ID != "", "the document needs an identifier (UUID)")
	need("CONF:1198-5256", "Created", !r.Created.IsZero(), "the time of creation is missing")
	need("CONF:1198-16785", "Software", r.Software != "", "name the software that makes the document")
	need("CONF:CMS_0026", "Program", programs().Hospital.has(r.Program), fmt.Sprintf("program name %q is not known", r.Program))
	need("CONF:CMS_0035", "CCN", len(r.CCN) >= 6 && len(r.CCN) <= 10, "the CMS certification number has six to ten characters")
	need("CONF:CMS_0008", "CEHRT", len(r.CEHRT) == 15, "the CMS EHR certification ID has 15 characters")
	need("CONF:1198-5524", "Hospital.Name", r.Hospital.Name != "", "the hospital's name is missing")
	if r.NPI != "" {
		need("CONF:CMS_0117", "NPI", validNPI(r.NPI), "the NPI must have 10 digits and a right check digit")
	}
	if r.TIN != "" {
		need("CONF:CMS_0119", "TIN", len(r.TIN) == 9 && digits(r.TIN), "the TIN must have 9 digits")
	}
	need("CONF:CMS_0048", "From, Through", !r.From.IsZero() && !r.Through.Before(r.From), "the reporting period must begin before it ends")
	pt := &r.Patient
	need("CONF:CMS_0009", "Patient.IDs", len(pt.IDs) > 0 || pt.Medicare != "", "the patient needs an identifier with its root")
	need("CONF:1198-5284_C01", "Patient.Family", pt.Family != "" && len(pt.Given) > 0, "the patient's given and family name are needed")
	need("CONF:1198-5300_C01", "Patient.Birth", len(pt.Birth) >= 8, "the date of birth must be precise to the day")
	need("CONF:67-12808", "Measures", len(r.Measures) > 0, "name a measure that the data are for")
	data := 0
	for i := range r.Entries {
		e := &r.Entries[i]
		path := fmt.Sprintf("Entries[%d]", i)
		if e.Datatype != payerDatatype {
			data++
		}
		if e.Datatype != payerDatatype && e.Datatype != expiredDatatype && entries1[e.Datatype].element == "" {
			p.add("W_DATATYPE", path, "no template is known to write %q with", e.Datatype)
		}
		if e.Negated && e.Reason.Code == "" && e.Reason.Null == "" {
			p.add("W_REASON", path, "what was not done needs its reason")
		}
	}
	need("CONF:CMS_0051", "Entries", data > 0, "there is no data of the patient but the payer: CMS takes no such document")
	return p
}

type writer1 struct {
	r   *CategoryI
	t   *hospitalTemplates
	ids int
}

// DerivedUUID makes a UUID of version 5 from a text.
func DerivedUUID(text string) string {
	h := sha1.Sum([]byte(text))
	h[6], h[8] = h[6]&0x0f|0x50, h[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

// id derives the next identifier from the document's.
func (b *writer1) id() *element {
	b.ids++
	return el("id", "root", DerivedUUID(b.r.ID+"/"+strconv.Itoa(b.ids)))
}

func (b *writer1) created() string {
	const form = "20060102150405"
	if b.offset() {
		return b.r.Created.UTC().Format(form) + "+0000"
	}
	return b.r.Created.UTC().Format(form)
}

// offset tells whether times have an offset: CMS wants one everywhere or nowhere.
func (b *writer1) offset() bool {
	for i := range b.r.Entries {
		e := &b.r.Entries[i]
		for _, t := range []string{e.At, e.From, e.Through, e.Author} {
			if len(t) > 8 {
				return strings.ContainsAny(t, "+-")
			}
		}
	}
	return false
}

func (b *writer1) document() *element {
	r := b.r
	return el("ClinicalDocument", "xmlns", "urn:hl7-org:v3", "xmlns:sdtc", spaceSDTC, "xmlns:xsi", spaceXSI).
		with(el("realmCode", "code", "US"), el("typeId", "root", "2.16.840.1.113883.1.3", "extension", "POCD_HD000040")).
		with(templates(b.t.Report)...).
		with(el("id", "root", r.ID),
			el("code", "code", "55182-0", "codeSystem", oidLOINC, "codeSystemName", "LOINC", "displayName", "Quality Measure Report"),
			el("title").saying("QRDA Category I report, "+r.Program),
			el("effectiveTime", "value", b.created()),
			el("confidentialityCode", "code", "N", "codeSystem", "2.16.840.1.113883.5.25"),
			el("languageCode", "code", "en"),
			el("recordTarget").with(b.patient()),
			el("author").with(el("time", "value", b.created()), el("assignedAuthor").with(b.id(), unknownAddress(), unknownPhone(),
				el("assignedAuthoringDevice").with(el("manufacturerModelName").saying(r.Software), el("softwareName").saying(r.Software)))),
			el("custodian").with(el("assignedCustodian").with(el("representedCustodianOrganization").with(
				el("id", "root", oidCCN, "extension", r.CCN), el("name").saying(r.Hospital.Name), unknownPhone(), unknownAddress()))),
			el("informationRecipient").with(el("intendedRecipient").with(el("id", "root", oidProgram, "extension", r.Program))),
			el("participant", "typeCode", "DEV").with(el("associatedEntity", "classCode", "RGPR").with(
				el("id", "root", oidCEHRT, "extension", r.CEHRT))),
			b.service(),
			el("component").with(el("structuredBody").with(b.measures(), b.parameters(), b.data())))
}

// unknownAddress and unknownPhone stand where CDA wants one and QRDA has no use of it.
func unknownAddress() *element {
	return el("addr").with(el("streetAddressLine", "nullFlavor", "NI"), el("city", "nullFlavor", "NI"))
}

func unknownPhone() *element { return el("telecom", "nullFlavor", "NI") }

func (b *writer1) patient() *element {
	p := &b.r.Patient
	role := el("patientRole")
	for _, id := range p.IDs {
		if id.Root != oidMBI {
			role.with(el("id", "root", id.Root, "extension", id.Extension))
		}
	}
	if p.Medicare != "" {
		role.with(el("id", "root", oidMBI, "extension", p.Medicare))
	}
	phone := unknownPhone()
	if p.Phone != "" {
		phone = el("telecom", "use", "HP", "value", "tel:"+p.Phone)
	}
	name := el("name")
	for _, g := range p.Given {
		name.with(el("given").saying(g))
	}
	person := el("patient").with(name.with(el("family").saying(p.Family)), b.sex(), el("birthTime", "value", p.Birth))
	if len(p.Race) > 0 {
		person.with(el("raceCode", "code", p.Race[0], "codeSystem", oidRace))
		for _, more := range p.Race[1:] {
			person.with(el("sdtc:raceCode", "code", more, "codeSystem", oidRace))
		}
	} else {
		person.with(el("raceCode", "nullFlavor", "UNK"))
	}
	if p.Ethnicity != "" {
		person.with(el("ethnicGroupCode", "code", p.Ethnicity, "codeSystem", oidRace))
	} else {
		person.with(el("ethnicGroupCode", "nullFlavor", "UNK"))
	}
	return role.with(p.address(), phone, person)
}

func (p *Patient) address() *element {
	if len(p.Lines) == 0 && p.City == "" {
		return unknownAddress()
	}
	or := func(name, text string) *element {
		if text == "" {
			return el(name, "nullFlavor", "UNK")
		}
		return el(name).saying(text)
	}
	a := el("addr", "use", "HP")
	for _, line := range p.Lines[:min(len(p.Lines), 4)] {
		a.with(el("streetAddressLine").saying(line))
	}
	if len(p.Lines) == 0 {
		a.with(or("streetAddressLine", ""))
	}
	return a.with(or("city", p.City), or("state", p.State), or("postalCode", p.PostalCode), el("country").saying("US"))
}

// sex codes of HL7's administrative gender and of CMS's value set Federal Administrative Sex.
var sexCodes = map[string]string{"F": "248152002", "M": "248153007"}

func (b *writer1) sex() *element {
	sex := b.r.Patient.Sex
	if !b.t.SexTranslated {
		if sex == "" {
			return el("administrativeGenderCode", "nullFlavor", "UNK")
		}
		return el("administrativeGenderCode", "code", sex, "codeSystem", "2.16.840.1.113883.5.1")
	}
	if c := sexCodes[sex]; c != "" {
		sex = c
	}
	if sex == "" || len(sex) < 3 {
		return el("administrativeGenderCode", "nullFlavor", "UNK")
	}
	return el("administrativeGenderCode", "nullFlavor", "OTH").with(el("translation", "code", sex, "codeSystem", oidSNOMED))
}

// service names the hospital's numbers, where CMS asks for them.
func (b *writer1) service() *element {
	r := b.r
	npi := el("id", "root", oidNPI, "nullFlavor", "NA")
	if r.NPI != "" {
		npi = el("id", "root", oidNPI, "extension", r.NPI)
	}
	tin := el("id", "root", oidTIN, "nullFlavor", "NA")
	if r.TIN != "" {
		tin = el("id", "root", oidTIN, "extension", r.TIN)
	}
	return el("documentationOf", "typeCode", "DOC").with(el("serviceEvent", "classCode", "PCPR").with(
		el("effectiveTime").with(el("low", "value", compact(r.From)), el("high", "value", compact(r.Through))),
		el("performer", "typeCode", "PRF").with(el("assignedEntity").with(npi, el("id", "root", oidCCN, "extension", r.CCN),
			el("representedOrganization").with(tin, el("name").saying(r.Hospital.Name))))))
}

func (b *writer1) section(title, code string, ids []templateID, text string, entries ...*element) *element {
	return el("component").with(el("section").with(templates(ids)...).with(
		el("code", "code", code, "codeSystem", oidLOINC), el("title").saying(title), el("text").saying(text)).with(entries...))
}

func (b *writer1) measures() *element {
	var list []*element
	for _, m := range b.r.Measures {
		document := el("externalDocument", "classCode", "DOC", "moodCode", "EVN").with(el("id", "root", oidMeasure, "extension", m.ID),
			el("code", "code", "57024-2", "codeSystem", oidLOINC, "codeSystemName", "LOINC"), optional("text", m.Title))
		if m.SetID != "" {
			document.with(el("setId", "root", m.SetID))
		}
		list = append(list, el("entry").with(el("organizer", "classCode", "CLUSTER", "moodCode", "EVN").with(
			templates([]templateID{{rootMeasure, ""}, {"2.16.840.1.113883.10.20.24.3.97", ""}})...).with(
			b.id(), completed(), el("reference", "typeCode", "REFR").with(document))))
	}
	return b.section("Measure Section", "55186-1", []templateID{{"2.16.840.1.113883.10.20.24.2.2", ""}, {"2.16.840.1.113883.10.20.24.2.3", ""}},
		strconv.Itoa(len(list))+" measures", list...)
}

func (b *writer1) parameters() *element {
	act := el("act", "classCode", "ACT", "moodCode", "EVN").with(
		templates([]templateID{{rootParams, ""}, {"2.16.840.1.113883.10.20.17.3.8.1", "2016-03-01"}})...).with(
		b.id(), el("code", "code", "252116004", "codeSystem", oidSNOMED, "displayName", "Observation Parameters"),
		el("effectiveTime").with(el("low", "value", compact(b.r.From)), el("high", "value", compact(b.r.Through))))
	return b.section("Reporting Parameters", "55187-9", []templateID{{"2.16.840.1.113883.10.20.17.2.1", ""}, {"2.16.840.1.113883.10.20.17.2.1.1", "2016-03-01"}},
		"Reporting period "+b.r.From.String()+" to "+b.r.Through.String(), el("entry", "typeCode", "DRIV").with(act))
}

func (b *writer1) data() *element {
	var list []*element
	payers := 0
	for i := range b.r.Entries {
		e := &b.r.Entries[i]
		if e.Datatype == payerDatatype {
			payers++
		}
		list = append(list, el("entry", "typeCode", "DRIV").with(b.entry(e)))
	}
	if payers == 0 { // CMS wants one in every document
		list = append(list, el("entry", "typeCode", "DRIV").with(b.entry(&DataElement{Datatype: payerDatatype,
			Result: &Value{Type: "CD", Concept: Concept{Null: "UNK"}}})))
	}
	return b.section("Patient Data", "55188-7", b.t.PatientData, strconv.Itoa(len(list))+" data elements", list...)
}

// parseTS reads an HL7 time; false if it is none. An absent offset is UTC.
func parseTS(s string) (time.Time, bool) {
	body, offset := s, ""
	if i := strings.IndexAny(s, "+-"); i >= 0 {
		body, offset = s[:i], s[i:]
	}
	body, _, _ = strings.Cut(body, ".")
	forms := map[int]string{4: "2006", 6: "200601", 8: "20060102", 10: "2006010215", 12: "200601021504", 14: "20060102150405"}
	form, ok := forms[len(body)]
	if !ok {
		return time.Time{}, false
	}
	if offset != "" {
		form, body = form+"-0700", body+offset
	}
	t, err := time.Parse(form, body)
	return t, err == nil
}
