// SPDX-License-Identifier: Apache-2.0

package qrda

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
)

// OIDs of the document, in HL7's and CMS's words.
const (
	oidLOINC    = "2.16.840.1.113883.6.1"
	oidSNOMED   = "2.16.840.1.113883.6.96"
	oidActCode  = "2.16.840.1.113883.5.4"
	oidNPI      = "2.16.840.1.113883.4.6"
	oidTIN      = "2.16.840.1.113883.4.2"
	oidProgram  = "2.16.840.1.113883.3.249.7"
	oidCEHRT    = "2.16.840.1.113883.3.2074.1"
	oidMVP      = "2.16.840.1.113883.3.249.5.6"
	oidAPM      = "2.16.840.1.113883.3.249.5.4"
	oidVirtual  = "2.16.840.1.113883.3.249.5.2"
	oidSubgroup = "2.16.840.1.113883.3.249.5.5"
	oidMeasure  = "2.16.840.1.113883.4.738"
	oidPI       = "2.16.840.1.113883.3.7031"
	oidActivity = "2.16.840.1.113883.3.7034"
	oidRace     = "2.16.840.1.113883.6.238"
	oidPayer    = "2.16.840.1.113883.3.249.12"
)

// Write checks the report (see Check) and writes it. Nothing is written of a report
// with a problem: the error is then a Problems.
func (r *CategoryIII) Write(w io.Writer) error {
	t, err := TemplatesOf(r.Year)
	if err != nil {
		return err
	}
	if problems := r.Check(); len(problems) > 0 {
		return problems
	}
	b := &writer3{report: r, templates: t}
	return b.document().render(w)
}

type writer3 struct {
	report    *CategoryIII
	templates *Templates
	ids       int
}

// id derives the next identifier from the document's (a UUID of version 5).
func (b *writer3) id() *element {
	b.ids++
	return el("id", "root", DerivedUUID(b.report.ID+"/"+strconv.Itoa(b.ids)))
}

func templates(list []templateID) []*element {
	var out []*element
	for _, t := range list {
		out = append(out, el("templateId", "root", t[0], "extension", t[1]))
	}
	return out
}

func (b *writer3) document() *element {
	r := b.report
	title := r.Title
	if title == "" {
		title = fmt.Sprintf("QRDA Category III report, %s, performance year %d", r.Program, r.Year)
	}
	return el("ClinicalDocument", "xmlns", "urn:hl7-org:v3", "xmlns:sdtc", "urn:hl7-org:sdtc",
		"xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance").
		with(el("realmCode", "code", "US"), el("typeId", "root", "2.16.840.1.113883.1.3", "extension", "POCD_HD000040")).
		with(templates(b.templates.Report)...).
		with(el("id", "root", r.ID),
			el("code", "code", "55184-6", "codeSystem", oidLOINC, "codeSystemName", "LOINC"),
			el("title").saying(title),
			el("effectiveTime", "value", b.created()),
			el("confidentialityCode", "code", "N", "codeSystem", "2.16.840.1.113883.5.25"),
			el("languageCode", "code", "en"),
			el("versionNumber", "value", "1"),
			el("recordTarget").with(el("patientRole").with(el("id", "nullFlavor", "NA"))),
			b.author(), b.custodian(), b.recipient(), b.authenticator(),
			b.certification(), b.pathway(), b.service(),
			el("component").with(el("structuredBody").with(b.sections()...)))
}

// created is the time of creation with no offset: CMS wants one everywhere or
// nowhere, and the dates of the period have none.
func (b *writer3) created() string { return b.report.Created.UTC().Format("20060102150405") }

func compact(d civil.Date) string { return string(d.AppendCompact(nil)) }

func (b *writer3) organization(name string) *element {
	o := b.report.Organization
	return el(name).with(el("id", "root", o.ID, "extension", o.Number), el("name").saying(o.Name))
}

func (b *writer3) author() *element {
	return el("author").with(el("time", "value", b.created()),
		el("assignedAuthor").with(b.id(),
			el("assignedAuthoringDevice").with(el("softwareName").saying(b.report.Software)),
			b.organization("representedOrganization")))
}

func (b *writer3) custodian() *element {
	return el("custodian").with(el("assignedCustodian").with(b.organization("representedCustodianOrganization")))
}

func (b *writer3) recipient() *element {
	return el("informationRecipient").with(el("intendedRecipient").with(
		el("id", "root", oidProgram, "extension", b.report.Program)))
}

func (b *writer3) authenticator() *element {
	return el("legalAuthenticator").with(el("time", "value", b.created()), el("signatureCode", "code", "S"),
		el("assignedEntity").with(b.id(), b.organization("representedOrganization")))
}

func (b *writer3) certification() *element {
	if b.report.CEHRT == "" {
		return nil
	}
	return el("participant", "typeCode", "DEV").with(el("associatedEntity", "classCode", "RGPR").with(
		el("id", "root", oidCEHRT, "extension", b.report.CEHRT),
		el("code", "code", "129465004", "codeSystem", oidSNOMED)))
}

func (b *writer3) pathway() *element {
	if b.report.MVP == "" {
		return nil
	}
	return el("participant", "typeCode", "TRC").with(el("associatedEntity", "classCode", "PROG").with(
		el("id", "root", oidMVP, "extension", b.report.MVP)))
}

// service names on whose behalf the report is: the NPI beside the TIN of an
// individual, a null NPI for all others.
func (b *writer3) service() *element {
	r := b.report
	npi := el("id", "root", oidNPI, "nullFlavor", "NA")
	if strings.HasSuffix(r.Program, "_INDIV") {
		npi = el("id", "root", oidNPI, "extension", r.NPI)
	}
	org := el("representedOrganization")
	for _, id := range [][2]string{{oidTIN, r.TIN}, {oidAPM, r.APMEntity}, {oidVirtual, r.VirtualGroup}, {oidSubgroup, r.Subgroup}} {
		if id[1] != "" {
			org.with(el("id", "root", id[0], "extension", id[1]))
		}
	}
	org.with(el("name").saying(r.Organization.Name))
	return el("documentationOf", "typeCode", "DOC").with(el("serviceEvent", "classCode", "PCPR").with(
		b.period(), el("performer", "typeCode", "PRF").with(b.periodAs("time"),
			el("assignedEntity").with(npi, org))))
}

func (b *writer3) period() *element { return b.periodAs("effectiveTime") }

func (b *writer3) periodAs(name string) *element {
	return el(name).with(el("low", "value", compact(b.report.From)), el("high", "value", compact(b.report.Through)))
}
