// SPDX-License-Identifier: Apache-2.0

package submission

import (
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/quality/measure"
	"github.com/woodlawn-health/woodlawn/quality/qrda"
)

// People is what CMS counts populations by. An empty field is not known, and in no count.
type People struct {
	Sex       string // F or M
	Race      string // OMB category
	Ethnicity string
	Payer     string // CMS's groups: A Medicare, B Medicaid, C private, D other
}

const extUSCore = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"

// PeopleOf reads a patient's data, resources or bundles.
func PeopleOf(data []node.Node) People {
	var p People
	p.read(data)
	return p
}

func (p *People) read(data []node.Node) {
	for _, n := range data {
		switch n.ResourceType() {
		case "Bundle":
			for e := range n.Get("entry").Items() {
				if r := e.Get("resource"); r.Exists() {
					p.read([]node.Node{r})
				}
			}
		case "Patient":
			p.patient(n)
		case "Coverage":
			if p.Payer == "" {
				p.Payer = payer(n)
			}
		}
	}
}

func (p *People) patient(n node.Node) {
	switch n.Get("gender").Text() {
	case "female":
		p.Sex = "F"
	case "male":
		p.Sex = "M"
	}
	omb := func(name string) string {
		for c := range n.Extension(extUSCore + name).Get("extension").Items() {
			if c.Get("url").Is("ombCategory") {
				return c.Get("valueCoding").Get("code").Text()
			}
		}
		return ""
	}
	p.Race, p.Ethnicity = omb("race"), omb("ethnicity")
}

// payer is CMS's group of a coverage, by the first digit of its Source of Payment Typology
// code: 1 Medicare, 2 Medicaid, 5 and 6 private insurance and Blue Cross.
func payer(coverage node.Node) string {
	for c := range coverage.Get("type").Get("coding").Items() {
		s := c.Get("system").Text()
		if !strings.Contains(s, "sopt") && !strings.Contains(s, "2.16.840.1.113883.3.221.5") {
			continue
		}
		switch code := c.Get("code").Text(); {
		case code == "":
		case code[0] == '1':
			return "A"
		case code[0] == '2':
			return "B"
		case code[0] == '5' || code[0] == '6':
			return "C"
		default:
			return "D"
		}
	}
	return ""
}

// The codes that are counted, in the order of the report; one with nobody counts 0.
var (
	sexes       = []string{"F", "M"}
	races       = []string{"1002-5", "2028-9", "2054-5", "2076-8", "2106-3", "2131-1"}
	ethnicities = []string{"2135-2", "2186-5"}
	payers      = []string{"A", "B", "C", "D"}
	// federalSex are the codes of the value set Federal Administrative Sex, from 2026.
	federalSex = map[string]string{"F": "248152002", "M": "248153007"}
)

// Tally counts the supplemental data of one measure's populations.
type Tally struct {
	groups [][]supplements
}

type supplements struct{ sex, race, ethnicity, payer map[string]int }

// NewTally is an empty one.
func NewTally(m *measure.Measure) *Tally {
	t := &Tally{}
	for _, g := range m.Groups {
		list := make([]supplements, len(g.Populations))
		for i := range list {
			list[i] = supplements{map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}}
		}
		t.groups = append(t.groups, list)
	}
	return t
}

// Add counts one patient's result: once, or once for each of the patient's episodes.
func (t *Tally) Add(r *measure.Result, p People) {
	if r.Err != nil {
		return
	}
	for i := range r.Groups {
		for k := range r.Groups[i].Populations {
			n := r.Groups[i].Populations[k].Count
			s := &t.groups[i][k]
			for _, x := range []struct {
				to   map[string]int
				code string
			}{{s.sex, p.Sex}, {s.race, p.Race}, {s.ethnicity, p.Ethnicity}, {s.payer, p.Payer}} {
				if x.code != "" {
					x.to[x.code] += n
				}
			}
		}
	}
}

// tallies lists the counts of the known codes.
func tallies(counts map[string]int, codes []string) []qrda.Tally {
	list := make([]qrda.Tally, len(codes))
	for i, c := range codes {
		list[i] = qrda.Tally{Code: c, Count: counts[c]}
	}
	return list
}
