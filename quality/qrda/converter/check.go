// SPDX-License-Identifier: Apache-2.0

package converter

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/quality/qrda"
	"github.com/woodlawn-health/woodlawn/quality/qrda/xmltree"
)

// Expected are the identifiers of a measure.
type Expected struct {
	ID string // of the quality program, such as 112
	// Rates are its performance rates: the UUID of each population by its code (IPOP, ...).
	Rates []map[string]string
	// Strata are the UUIDs of each rate's reporting strata.
	Strata [][]string
}

// Names knows the measures of a year by their UUIDs in lower case.
type Names interface {
	Expect(uuid string) (*Expected, bool)
}

const (
	base        = "2.16.840.1.113883.10.20."
	rootMeasure = base + "27.2.1"
	rootIA      = base + "27.2.4"
	rootPI      = base + "27.2.5"
	rootResults = base + "27.3.1"
	rootData    = base + "27.3.5"
	rootCount   = base + "27.3.3"
	rootStratum = base + "27.3.4"
	rootRate    = base + "27.3.14"
	rootIAItem  = base + "27.3.33"
	rootPICount = base + "27.3.28"
	rootPIYes   = base + "27.3.29"
	rootAnswer  = base + "27.3.27"
	rootPINumer = base + "27.3.31"
	rootPIDenom = base + "27.3.32"
	rootParams  = base + "17.3.8"

	oidProgram = "2.16.840.1.113883.3.249.7"
	oidNPI     = "2.16.840.1.113883.4.6"
	oidTIN     = "2.16.840.1.113883.4.2"
	oidAPM     = "2.16.840.1.113883.3.249.5.4"
	oidVirtual = "2.16.840.1.113883.3.249.5.2"
	oidCEHRT   = "2.16.840.1.113883.3.2074.1"
	oidMeasure = "2.16.840.1.113883.4.738"
	oidPI      = "2.16.840.1.113883.3.7031"
)

// supplemental are the roots of the counts by sex, ethnicity, race and payer.
var supplemental = []string{base + "27.3.6", base + "27.3.7", base + "27.3.8", base + "27.3.9"}

// Check finds the tool's errors. Names may be nil: then what needs the year's measures
// (CT-6, 14, 48, 49, 59) is not looked at.
func Check(doc *xmltree.Node, names Names) qrda.Problems {
	c := &checker{names: names, measures: map[string]bool{}}
	if qrda.KindOf(doc) != qrda.Category3 {
		c.bad(5, doc.Top(), "")
		return c.problems
	}
	top := doc.Top()
	c.header(top)
	found := map[string]int{}
	top.Walk(func(n *xmltree.Node) bool {
		if n.Name.Local != "section" {
			if n.Name.Local == "organizer" && (has(n, rootPICount) || has(n, rootPIYes)) {
				c.bad(15, n, "")
			}
			return true
		}
		switch {
		case has(n, rootMeasure):
			found[rootMeasure]++
			c.measureSection(n)
		case has(n, rootIA):
			found[rootIA]++
			c.activitySection(n)
		case has(n, rootPI):
			found[rootPI]++
			c.interoperabilitySection(n)
		default:
			return true
		}
		return false
	})
	if len(found) == 0 {
		c.bad(23, top, "")
	}
	defer func() {
		slices.SortStableFunc(c.problems, func(a, b qrda.Problem) int {
			return cmp.Or(a.Line-b.Line, strings.Compare(a.Rule+a.Reason, b.Rule+b.Reason))
		})
	}()
	for root, number := range map[string]int{rootMeasure: 28, rootIA: 27, rootPI: 26} {
		if found[root] > 1 {
			c.bad(number, top, "")
		}
	}
	return c.problems
}

type checker struct {
	names    Names
	problems qrda.Problems
	measures map[string]bool
}

// bad adds an error of the list, with what was found.
func (c *checker) bad(number int, at *xmltree.Node, found string) {
	reason := ""
	for _, e := range Entries() {
		if e.Number == number {
			reason = e.What
		}
	}
	if found != "" {
		reason += ": " + found
	}
	c.problems = append(c.problems, qrda.Problem{Rule: "CT-" + strconv.Itoa(number), Path: at.Path(), Line: at.Line, Reason: reason})
}

func has(n *xmltree.Node, root string) bool {
	for _, t := range n.All("templateId") {
		if t.Get("root") == root {
			return true
		}
	}
	return false
}

// ids are the child ids with a root.
func ids(n *xmltree.Node, root string) []*xmltree.Node {
	var list []*xmltree.Node
	for _, id := range n.All("id") {
		if strings.EqualFold(id.Get("root"), root) {
			list = append(list, id)
		}
	}
	return list
}

func (c *checker) header(top *xmltree.Node) {
	recipient := top.Child("informationRecipient", "intendedRecipient")
	program := ""
	switch list := ids(recipient, oidProgram); {
	case len(list) != 1 || list[0].Get("extension") == "":
		c.bad(24, top, strconv.Itoa(len(list))+" found")
	default:
		program = list[0].Get("extension")
		if !qrda.KnownProgram(program) {
			c.bad(25, list[0], strconv.Quote(program))
		}
	}
	var certificates []*xmltree.Node
	for _, p := range top.All("participant") {
		certificates = append(certificates, ids(p.Child("associatedEntity"), oidCEHRT)...)
	}
	if len(certificates) > 1 {
		c.bad(100, certificates[1], "")
	}
	for _, id := range certificates {
		if !validCEHRT(id.Get("extension")) {
			c.bad(97, id, "")
		}
	}
	c.performers(top, program)
}

// validCEHRT tells whether an ID has the form XX15EXXXXXXXXXX or XX15CXXXXXXXXXX.
func validCEHRT(s string) bool {
	return len(s) == 15 && s[2:4] == "15" && (s[4] == 'E' || s[4] == 'C')
}

func (c *checker) performers(top *xmltree.Node, program string) {
	kind := program[strings.LastIndexByte(program, '_')+1:]
	at := top
	npis, tins := 0, 0
	var entities, groups []*xmltree.Node
	for _, d := range top.All("documentationOf") {
		at = d
		for _, p := range d.Child("serviceEvent").All("performer") {
			entity := p.Child("assignedEntity")
			org := entity.Child("representedOrganization")
			n, t := given(ids(entity, oidNPI)), given(ids(org, oidTIN))
			entities, groups = append(entities, ids(org, oidAPM)...), append(groups, ids(org, oidVirtual)...)
			npis, tins = npis+len(n), tins+len(t)
			if len(n) > 1 || len(t) > 1 {
				c.bad(105, p, "")
			}
			for _, id := range n {
				if !digits(id.Get("extension"), 10) {
					c.bad(88, id, "")
				}
			}
			for _, id := range t {
				if !digits(id.Get("extension"), 9) {
					c.bad(85, id, "")
				}
			}
			switch {
			case len(n) > 0 && len(t) == 0:
				c.bad(86, p, "")
			case kind == "INDIV" && len(t) > 0 && len(n) == 0:
				c.bad(89, p, "")
			}
		}
	}
	if (kind == "INDIV" || kind == "GROUP") && tins == 0 {
		c.bad(84, at, "")
	}
	if kind == "INDIV" && npis == 0 {
		c.bad(87, at, "")
	}
	if kind == "APMENTITY" {
		if len(entities) != 1 {
			c.bad(35, at, strconv.Itoa(len(entities))+" found")
		} else if entities[0].Get("extension") == "" {
			c.bad(62, entities[0], "")
		}
	}
	if kind == "VIRTUALGROUP" && len(given(groups)) == 0 {
		c.bad(78, at, "")
	}
}

// given are the ids that are not null.
func given(list []*xmltree.Node) []*xmltree.Node {
	var out []*xmltree.Node
	for _, id := range list {
		if id.Get("nullFlavor") == "" {
			out = append(out, id)
		}
	}
	return out
}

func digits(s string, n int) bool { return len(s) == n && strings.Trim(s, "0123456789") == "" }

// parameters checks the section's reporting parameters act.
func (c *checker) parameters(section *xmltree.Node, number int) {
	var acts []*xmltree.Node
	for _, e := range section.All("entry") {
		if a := e.Child("act"); a != nil && has(a, rootParams) {
			acts = append(acts, a)
		}
	}
	if len(acts) != 1 {
		c.bad(number, section, strconv.Itoa(len(acts))+" found")
		return
	}
	t := acts[0].Child("effectiveTime")
	c.date(acts[0], t.All("low"), 29)
	c.date(acts[0], t.All("high"), 30)
	if v := t.Child("low").Get("value"); len(v) < 4 {
		c.bad(31, acts[0], "")
	}
}

func (c *checker) date(at *xmltree.Node, list []*xmltree.Node, number int) {
	if len(list) != 1 || list[0].Get("value") == "" {
		c.bad(number, at, strconv.Itoa(len(list))+" found")
		return
	}
	v := list[0].Get("value")
	if len(v) >= 8 {
		if _, err := civil.ParseCompact(v[:8]); err == nil {
			return
		}
	}
	c.bad(69, list[0], "")
}

// counts reads the aggregate counts inside an observation.
func counts(n *xmltree.Node) (values []string, at []*xmltree.Node) {
	for _, rel := range n.All("entryRelationship") {
		if o := rel.Child("observation"); o != nil && has(o, rootCount) {
			values, at = append(values, o.Child("value").Get("value")), append(at, o)
		}
	}
	return values, at
}

// count reads the one aggregate count; none and bad ones are errors by their numbers.
func (c *checker) count(n *xmltree.Node, one, whole int) (int, bool) {
	values, at := counts(n)
	if len(values) != 1 {
		c.bad(one, n, strconv.Itoa(len(values))+" found")
		return 0, false
	}
	v, err := strconv.Atoi(values[0])
	switch {
	case err != nil:
		c.bad(9, at[0], "")
		return 0, false
	case v < 0:
		c.bad(whole, at[0], fmt.Sprint(v))
		return 0, false
	}
	return v, true
}
