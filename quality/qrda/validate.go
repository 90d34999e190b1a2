// SPDX-License-Identifier: Apache-2.0

package qrda

import (
	"strings"

	"github.com/woodlawn-health/woodlawn/quality/qrda/xmltree"
)

// Kind is what a document is.
type Kind string

// The kinds of documents. A fragment is a piece of a Category III report.
const (
	Category1 Kind = "QRDA Category I"
	Category3 Kind = "QRDA Category III"
	Fragment  Kind = "QRDA Category III fragment"
	Other     Kind = "other"
)

const rootReport1 = "2.16.840.1.113883.10.20.24.1.1"

// KindOf tells the document by its templates.
func KindOf(doc *xmltree.Node) Kind {
	top := doc.Top()
	switch {
	case top.Name.Local == "ClinicalDocument" && has(top, rootReport3):
		return Category3
	case top.Name.Local == "ClinicalDocument" && has(top, rootReport1):
		return Category1
	}
	kind := Other
	top.Walk(func(n *xmltree.Node) bool {
		if n.Name.Local == "organizer" && has(n, rootResults) {
			kind = Fragment
		}
		return kind == Other
	})
	return kind
}

// Validate checks a document with Woodlawn's own rules, which hold for every year:
// the header's fixed parts, and that the figures agree with each other. CMS's rules
// of a year come in its Schematron schema: see package schematron.
func Validate(doc *xmltree.Node) (Kind, Problems) {
	v := &validator{}
	kind := KindOf(doc)
	switch kind {
	case Other:
		v.bad("W_KIND", doc.Top(), "the document is neither QRDA Category I nor III")
	case Category1:
		v.header(doc.Top(), "55182-0")
		v.hospitalProgram(doc.Top())
	case Category3:
		v.header(doc.Top(), "55184-6")
		v.submitter(doc.Top())
		v.figures(doc)
	case Fragment:
		v.figures(doc)
		// Figures of a piece may disagree because of what it leaves out.
		for i := range v.problems {
			v.problems[i].Warning = v.problems[i].Rule == "W_RATE"
		}
	}
	return kind, v.problems
}

type validator struct{ problems Problems }

func (v *validator) bad(rule string, n *xmltree.Node, reason string) {
	v.problems = append(v.problems, Problem{Rule: rule, Path: n.Path(), Line: n.Line, Reason: reason})
}

// header checks what every CDA document of CMS starts with.
func (v *validator) header(top *xmltree.Node, code string) {
	if top.Child("realmCode").Get("code") != "US" {
		v.bad("W_REALM", top, "realmCode must be US")
	}
	if t := top.Child("typeId"); t.Get("root") != "2.16.840.1.113883.1.3" || t.Get("extension") != "POCD_HD000040" {
		v.bad("W_TYPE", top, "typeId must be 2.16.840.1.113883.1.3, POCD_HD000040")
	}
	if c := top.Child("code"); c.Get("code") != code || c.Get("codeSystem") != oidLOINC {
		v.bad("W_CODE", top, "the document's code must be LOINC "+code)
	}
	for _, name := range []string{"id", "title", "effectiveTime", "confidentialityCode", "languageCode", "custodian", "component"} {
		if n := len(top.All(name)); n != 1 {
			v.bad("W_HEADER", top, "there must be one "+name)
		}
	}
}

// hospitalProgram checks the program of a Category I document.
func (v *validator) hospitalProgram(top *xmltree.Node) {
	recipient := top.Child("informationRecipient", "intendedRecipient")
	switch program := identified(recipient, oidProgram); {
	case program == "":
		v.bad("W_PROGRAM", top, "informationRecipient must name the CMS program")
	case !programs().Hospital.has(program):
		v.bad("W_PROGRAM", recipient, "the CMS program is not known")
	}
}

// submitter checks the identifiers that the program asks for.
func (v *validator) submitter(top *xmltree.Node) {
	rd := &reader3{report: &CategoryIII{}}
	rd.header(top)
	var p Problems
	rd.report.checkSubmitter(&p)
	at := top.Child("documentationOf")
	if at == nil {
		at = top
	}
	for _, problem := range p {
		v.bad(problem.Rule, at, problem.Path+": "+problem.Reason)
	}
}

// figures checks counts, rates and repeats.
func (v *validator) figures(doc *xmltree.Node) {
	report, problems := ReadTree(doc)
	v.problems = append(v.problems, problems...)
	organizers := results(doc)
	seen := map[string]bool{}
	for i := range report.Measures {
		m, at := &report.Measures[i], organizers[i]
		if id := strings.ToLower(m.ID); id != "" && seen[id] {
			v.bad("W_MEASURE_TWICE", at, "the measure is reported twice")
		} else {
			seen[id] = true
		}
		var p Problems
		for _, r := range m.Rates {
			m.checkRate(&p, "", r)
		}
		for j := range m.Populations {
			m.Populations[j].checkTallies(&p)
		}
		m.checkContained(&p)
		for _, problem := range p {
			v.bad(problem.Rule, at, problem.Reason)
		}
	}
}

// results are the organizers of measures in document order.
func results(doc *xmltree.Node) []*xmltree.Node {
	var list []*xmltree.Node
	doc.Top().Walk(func(n *xmltree.Node) bool {
		if n.Name.Local == "organizer" && has(n, rootResults) {
			list = append(list, n)
			return false
		}
		return true
	})
	return list
}

// checkTallies holds each supplemental count against its population.
func (pop *Population) checkTallies(p *Problems) {
	for _, list := range [][]Tally{pop.Sex, pop.Race, pop.Ethnicity, pop.Payer} {
		for _, t := range list {
			if t.Count > pop.Count {
				p.add("W_COUNT", "", "population %s: %s has %d of %d", pop.Code, t.Code, t.Count, pop.Count)
			}
		}
	}
}

// checkContained: nobody is in the denominator who is not in the initial
// population. Only a measure with one of each can tell.
func (m *MeasureResult) checkContained(p *Problems) {
	ipop, one := m.only("IPOP")
	denom, two := m.only("DENOM")
	if one && two && denom > ipop {
		p.add("W_DENOM", "", "the denominator (%d) is larger than the initial population (%d)", denom, ipop)
	}
}
