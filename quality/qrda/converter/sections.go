// SPDX-License-Identifier: Apache-2.0

package converter

import (
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/quality/qrda/xmltree"
)

// organizers are the section's, with the others of its entries that are no parameters.
func organizers(section *xmltree.Node, roots ...string) (list, others []*xmltree.Node) {
	for _, e := range section.All("entry") {
		for _, n := range e.Children {
			if n.Kind != xmltree.Element || n.Name.Local == "act" && has(n, rootParams) {
				continue
			}
			known := false
			for _, root := range roots {
				known = known || n.Name.Local == "organizer" && has(n, root)
			}
			if known {
				list = append(list, n)
			} else {
				others = append(others, n)
			}
		}
	}
	return list, others
}

func (c *checker) measureSection(s *xmltree.Node) {
	c.parameters(s, 32)
	version5 := false
	for _, t := range s.All("templateId") {
		version5 = version5 || t.Get("root") == rootMeasure && t.Get("extension") == "2020-12-01"
	}
	if !version5 {
		c.bad(95, s, "")
	}
	list, others := organizers(s, rootResults)
	if len(list) == 0 {
		number := 81
		if len(others) > 0 {
			number = 7
		}
		c.bad(number, s, "")
	}
	for _, n := range list {
		c.measure(n)
	}
}

func (c *checker) activitySection(s *xmltree.Node) {
	c.parameters(s, 44)
	list, others := organizers(s, rootIAItem)
	if len(list) == 0 {
		c.bad(43, s, "")
	}
	for _, n := range others {
		c.bad(45, n, "")
	}
	for _, n := range list {
		c.answer(n, 50)
	}
}

// answer checks the one answer of yes or no.
func (c *checker) answer(n *xmltree.Node, none int) {
	var found []*xmltree.Node
	for _, comp := range n.All("component") {
		if o := comp.Child("observation"); o != nil && has(o, rootAnswer) {
			found = append(found, o)
		}
	}
	if len(found) != 1 {
		c.bad(none, n, strconv.Itoa(len(found))+" found")
		return
	}
	values := found[0].All("value")
	if len(values) != 1 || values[0].Get("code") != "Y" && values[0].Get("code") != "N" {
		c.bad(51, found[0], "")
	}
}

func (c *checker) interoperabilitySection(s *xmltree.Node) {
	c.parameters(s, 22)
	list, _ := organizers(s, rootPICount, rootPIYes)
	reported := map[string]*xmltree.Node{}
	for _, n := range list {
		var names []*xmltree.Node
		for _, r := range n.All("reference") {
			names = append(names, ids(r.Child("externalDocument"), oidPI)...)
		}
		if has(n, rootPIYes) {
			if len(names) != 1 || names[0].Get("extension") == "" {
				c.bad(12, n, "")
			}
			c.answer(n, 11)
		} else {
			if len(names) == 0 || names[0].Get("extension") == "" {
				c.bad(16, n, "")
			}
			c.rate(n)
		}
		for _, id := range names {
			reported[id.Get("extension")] = n
		}
	}
	if at := reported["PI_HIE_5"]; at != nil {
		for _, other := range []string{"PI_HIE_1", "PI_LVOTC_1", "PI_HIE_4", "PI_LVITC_2"} {
			if reported[other] != nil {
				c.bad(102, at, other)
			}
		}
	}
}

// rate checks the numerator and denominator of an interoperability measure.
func (c *checker) rate(n *xmltree.Node) {
	components := n.All("component")
	if len(components) == 0 {
		c.bad(17, n, "")
		return
	}
	for _, root := range []string{rootPINumer, rootPIDenom} {
		var found []*xmltree.Node
		for _, comp := range components {
			if o := comp.Child("observation"); o != nil && has(o, root) {
				found = append(found, o)
			}
		}
		if len(found) != 1 {
			c.bad(18, n, strconv.Itoa(len(found))+" found")
			continue
		}
		values, at := counts(found[0])
		if len(values) != 1 {
			c.bad(39, found[0], strconv.Itoa(len(values))+" found")
			continue
		}
		if v, err := strconv.Atoi(values[0]); err != nil {
			c.bad(41, at[0], "")
		} else if v < 0 {
			c.bad(42, at[0], values[0])
		}
	}
}

// population is one population of a measure.
type population struct {
	code, id string
	count    int
	counted  bool
	strata   []string
	at       *xmltree.Node
}

func (c *checker) measure(n *xmltree.Node) {
	var names []*xmltree.Node
	for _, r := range n.All("reference") {
		names = append(names, ids(r.Child("externalDocument"), oidMeasure)...)
	}
	id := ""
	if len(names) != 1 || names[0].Get("extension") == "" {
		c.bad(70, n, strconv.Itoa(len(names))+" found")
	} else {
		id = strings.ToLower(names[0].Get("extension"))
		if c.measures[id] {
			c.bad(71, names[0], id)
		}
		c.measures[id] = true
	}
	var pops []population
	var rates []*xmltree.Node
	for _, comp := range n.All("component") {
		switch o := comp.Child("observation"); {
		case o == nil:
		case has(o, rootRate):
			rates = append(rates, o)
		case has(o, rootData):
			pops = append(pops, c.population(o))
		}
	}
	groups := byRate(pops)
	for _, g := range groups {
		c.contained(g)
	}
	c.performance(n, pops, groups, rates)
	if c.names != nil && id != "" {
		expected, ok := c.names.Expect(id)
		if !ok {
			c.bad(6, names[0], id)
			return
		}
		c.compare(n, expected, pops)
	}
}

func (c *checker) population(o *xmltree.Node) population {
	p := population{at: o}
	if v := o.All("value"); len(v) != 1 || v[0].Get("code") == "" {
		c.bad(57, o, strconv.Itoa(len(v))+" found")
	} else if p.code = v[0].Get("code"); p.code == "IPP" {
		p.code = "IPOP"
	}
	var refs []string
	for _, r := range o.All("reference") {
		if id := r.Child("externalObservation", "id").Get("root"); id != "" {
			refs = append(refs, id)
		}
	}
	if len(refs) != 1 {
		c.bad(58, o, strconv.Itoa(len(refs))+" found")
	} else {
		p.id = refs[0]
	}
	p.count, p.counted = c.count(o, 52, 53)
	for _, rel := range o.All("entryRelationship") {
		s := rel.Child("observation")
		if s == nil {
			continue
		}
		if has(s, rootStratum) {
			p.strata = append(p.strata, s.Child("reference", "externalObservation", "id").Get("root"))
			c.count(s, 8, 53)
		}
		for _, root := range supplemental {
			if has(s, root) {
				if values, _ := counts(s); len(values) != 1 {
					c.bad(67, s, strconv.Itoa(len(values))+" found")
				}
			}
		}
	}
	return p
}
