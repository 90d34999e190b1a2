// SPDX-License-Identifier: Apache-2.0

package qrda

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/quality/qrda/xmltree"
)

// Template roots by which parts of a Category III report are known.
const (
	rootReport3  = "2.16.840.1.113883.10.20.27.1.1"
	rootResults  = "2.16.840.1.113883.10.20.27.3.1"
	rootRate     = "2.16.840.1.113883.10.20.27.3.14"
	rootData     = "2.16.840.1.113883.10.20.27.3.5"
	rootCount    = "2.16.840.1.113883.10.20.27.3.3"
	rootStratum  = "2.16.840.1.113883.10.20.27.3.4"
	rootObserved = "2.16.840.1.113883.10.20.27.3.2"
	rootSex      = "2.16.840.1.113883.10.20.27.3.6"
	rootEthnic   = "2.16.840.1.113883.10.20.27.3.7"
	rootRace     = "2.16.840.1.113883.10.20.27.3.8"
	rootPayer    = "2.16.840.1.113883.10.20.27.3.9"
	rootParams   = "2.16.840.1.113883.10.20.17.3.8"
	rootActivity = "2.16.840.1.113883.10.20.27.3.33"
	rootPIRate   = "2.16.840.1.113883.10.20.27.3.28"
	rootPIAnswer = "2.16.840.1.113883.10.20.27.3.29"
	rootPINumer  = "2.16.840.1.113883.10.20.27.3.31"
	rootPIDenom  = "2.16.840.1.113883.10.20.27.3.32"
)

// Read reads a Category III report. Problems are the parts that could not be
// understood, each with its place; the rest is in the report. An error means that
// the text is no XML at all.
func Read(r io.Reader) (*CategoryIII, Problems, error) {
	doc, err := xmltree.Parse(r)
	if err != nil {
		return nil, nil, err
	}
	report, problems := ReadTree(doc)
	return report, problems, nil
}

// ReadTree reads a report, or the fragment of one, from a parsed document.
func ReadTree(doc *xmltree.Node) (*CategoryIII, Problems) {
	rd := &reader3{report: &CategoryIII{}}
	top := doc.Top()
	rd.header(top)
	top.Walk(func(n *xmltree.Node) bool {
		switch {
		case n.Name.Local == "act" && has(n, rootParams):
			rd.parameters(n)
		case n.Name.Local != "organizer":
			return true
		case has(n, rootResults):
			rd.measure(n)
		case has(n, rootActivity):
			rd.activity(n)
		case has(n, rootPIRate) || has(n, rootPIAnswer):
			rd.interoperability(n)
		default:
			return true
		}
		return false
	})
	return rd.report, rd.problems
}

type reader3 struct {
	report   *CategoryIII
	problems Problems
}

func (rd *reader3) bad(rule string, n *xmltree.Node, format string, args ...any) {
	rd.problems = append(rd.problems, Problem{Rule: rule, Path: n.Path(), Line: n.Line, Reason: fmt.Sprintf(format, args...)})
}

// has tells whether the element follows the template, in whatever version.
func has(n *xmltree.Node, root string) bool {
	for _, t := range n.All("templateId") {
		if t.Get("root") == root {
			return true
		}
	}
	return false
}

// identified is the extension of the child id with the root.
func identified(n *xmltree.Node, root string) string {
	for _, id := range n.All("id") {
		if strings.EqualFold(id.Get("root"), root) {
			return id.Get("extension")
		}
	}
	return ""
}

func (rd *reader3) header(top *xmltree.Node) {
	r := rd.report
	r.ID = top.Child("id").Get("root")
	if t := top.Child("title"); t != nil {
		r.Title = strings.TrimSpace(t.Text())
	}
	if v := top.Child("effectiveTime").Get("value"); len(v) >= 14 {
		if created, err := time.Parse("20060102150405", v[:14]); err == nil {
			r.Created = created
		}
	}
	for _, a := range top.All("author") {
		if s := a.Child("assignedAuthor", "assignedAuthoringDevice", "softwareName"); s != nil {
			r.Software = strings.TrimSpace(s.Text())
		}
	}
	if o := top.Child("custodian", "assignedCustodian", "representedCustodianOrganization"); o != nil {
		r.Organization = Organization{ID: o.Child("id").Get("root"), Number: o.Child("id").Get("extension")}
		if name := o.Child("name"); name != nil {
			r.Organization.Name = strings.TrimSpace(name.Text())
		}
	}
	r.Program = identified(top.Child("informationRecipient", "intendedRecipient"), oidProgram)
	for _, p := range top.All("participant") {
		entity := p.Child("associatedEntity")
		r.CEHRT = first(r.CEHRT, identified(entity, oidCEHRT))
		r.MVP = first(r.MVP, identified(entity, oidMVP))
	}
	entity := top.Child("documentationOf", "serviceEvent", "performer", "assignedEntity")
	org := entity.Child("representedOrganization")
	r.Submitter = Submitter{NPI: identified(entity, oidNPI), TIN: identified(org, oidTIN), APMEntity: identified(org, oidAPM),
		VirtualGroup: identified(org, oidVirtual), Subgroup: identified(org, oidSubgroup)}
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// parameters reads the performance period. Sections repeat it; they must agree.
func (rd *reader3) parameters(n *xmltree.Node) {
	from, ok := rd.date(n.Child("effectiveTime", "low"))
	through, ok2 := rd.date(n.Child("effectiveTime", "high"))
	if !ok || !ok2 {
		rd.bad("W_PERIOD", n, "the performance period needs a low and a high date")
		return
	}
	r := rd.report
	if !r.From.IsZero() && (r.From != from || r.Through != through) {
		rd.bad("W_PERIOD", n, "the sections name different performance periods")
		return
	}
	r.From, r.Through, r.Year = from, through, from.Year()
}

func (rd *reader3) date(n *xmltree.Node) (civil.Date, bool) {
	v := n.Get("value")
	if len(v) < 8 {
		return 0, false
	}
	d, err := civil.ParseCompact(v[:8])
	return d, err == nil
}

// document is the identifier and title of what an organizer reports on.
func document(n *xmltree.Node, root string) (id, title, set string) {
	for _, ref := range n.All("reference") {
		d := ref.Child("externalDocument")
		if d == nil {
			continue
		}
		if t := d.Child("text"); t != nil {
			title = strings.TrimSpace(t.Text())
		}
		return identified(d, root), title, d.Child("setId").Get("root")
	}
	return "", "", ""
}

func (rd *reader3) measure(n *xmltree.Node) {
	var m MeasureResult
	if m.ID, m.Title, m.SetID = document(n, oidMeasure); m.ID == "" {
		rd.bad("CONF:4484-18192", n, "the measure's version-specific identifier is missing")
	}
	for _, c := range n.All("component") {
		o := c.Child("observation")
		switch {
		case has(o, rootRate):
			rd.rate(&m, o)
		case has(o, rootData):
			rd.population(&m, o)
		}
	}
	rd.report.Measures = append(rd.report.Measures, m)
}

func (rd *reader3) rate(m *MeasureResult, o *xmltree.Node) {
	r := Rate{Numerator: o.Child("reference", "externalObservation", "id").Get("root")}
	value := o.Child("value")
	text, given := value.Attr("value")
	if !given {
		r.Undefined = true
	} else if v, ok := millionths(text); ok {
		r.Millionths = v
	} else {
		rd.bad("CONF:CMS_63", value, "the performance rate is no number with at most 6 decimals")
		return
	}
	m.Rates = append(m.Rates, r)
}

// millionths reads a plain decimal number of up to 6 decimals.
func millionths(s string) (int64, bool) {
	whole, part, _ := strings.Cut(strings.TrimSpace(s), ".")
	negative := strings.HasPrefix(whole, "-")
	whole = strings.TrimPrefix(whole, "-")
	if whole+part == "" || len(part) > 6 || len(whole) > 12 || !digits(whole+part) {
		return 0, false
	}
	v, err := strconv.ParseInt(whole+part+"000000"[len(part):], 10, 64)
	if negative {
		v = -v
	}
	return v, err == nil
}

func (rd *reader3) population(m *MeasureResult, o *xmltree.Node) {
	p := Population{Code: o.Child("value").Get("code")}
	for _, ref := range o.All("reference") {
		p.ID = first(p.ID, ref.Child("externalObservation", "id").Get("root"))
	}
	p.Count = rd.count(o)
	for _, rel := range o.All("entryRelationship") {
		s := rel.Child("observation")
		value := s.Child("value")
		switch {
		case has(s, rootSex):
			p.Sex = append(p.Sex, Tally{codeOf(value), rd.count(s)})
		case has(s, rootRace):
			p.Race = append(p.Race, Tally{codeOf(value), rd.count(s)})
		case has(s, rootEthnic):
			p.Ethnicity = append(p.Ethnicity, Tally{codeOf(value), rd.count(s)})
		case has(s, rootPayer):
			p.Payer = append(p.Payer, Tally{codeOf(value), rd.count(s)})
		case has(s, rootStratum):
			p.Strata = append(p.Strata, Stratum{s.Child("reference", "externalObservation", "id").Get("root"), rd.count(s)})
		case has(s, rootObserved):
			rd.observed(&p, s)
		}
	}
	m.Populations = append(m.Populations, p)
}

func (rd *reader3) observed(p *Population, o *xmltree.Node) {
	v, ok := millionths(o.Child("value").Get("value"))
	if !ok {
		rd.bad("W_OBSERVED", o, "the observation's value is no number with at most 6 decimals")
		return
	}
	p.Observed = &Observed{ID: o.Child("reference", "externalObservation", "id").Get("root"), Value: v,
		Method: o.Child("methodCode").Get("code"), Unit: o.Child("value").Get("unit")}
}

// codeOf is the code, or that of the translation where the value is null.
func codeOf(value *xmltree.Node) string {
	return first(value.Get("code"), value.Child("translation").Get("code"))
}

// count reads the one aggregate count inside an observation.
func (rd *reader3) count(o *xmltree.Node) int {
	n, found := 0, 0
	for _, rel := range o.All("entryRelationship") {
		c := rel.Child("observation")
		if c == nil || !has(c, rootCount) {
			continue
		}
		found++
		v, err := strconv.Atoi(c.Child("value").Get("value"))
		if err != nil || v < 0 {
			rd.bad("W_COUNT", c, "the aggregate count is no whole number from 0")
		}
		n = v
	}
	if found != 1 {
		rd.bad("CONF:3259-17619", o, "there must be one aggregate count, found %d", found)
	}
	return n
}

func (rd *reader3) activity(n *xmltree.Node) {
	id, title, _ := document(n, oidActivity)
	yes, ok := answer(n)
	if id == "" || !ok {
		rd.bad("CONF:3259-21391", n, "the activity needs its identifier and an answer, Y or N")
		return
	}
	rd.report.Activities = append(rd.report.Activities, Attestation{id, title, yes})
}

func answer(n *xmltree.Node) (yes, ok bool) {
	v := n.Child("component", "observation", "value").Get("code")
	return v == "Y", v == "Y" || v == "N"
}

func (rd *reader3) interoperability(n *xmltree.Node) {
	var m Interoperability
	m.ID, m.Title, _ = document(n, oidPI)
	if has(n, rootPIAnswer) {
		yes, ok := answer(n)
		if !ok {
			rd.bad("CONF:3259-21391", n, "the measure needs an answer, Y or N")
		}
		m.Answer = &yes
	}
	for _, c := range n.All("component") {
		switch o := c.Child("observation"); {
		case has(o, rootPINumer):
			m.Numerator = rd.count(o)
		case has(o, rootPIDenom):
			m.Denominator = rd.count(o)
		}
	}
	rd.report.Interoperability = append(rd.report.Interoperability, m)
}
