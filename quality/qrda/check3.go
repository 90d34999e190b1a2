// SPDX-License-Identifier: Apache-2.0

package qrda

import (
	"fmt"
	"strings"
)

// Problem is one reason why a report cannot be written or taken. Path is the
// field or the place in the document.
type Problem struct {
	Rule   string `json:"rule"` // CMS's rule id where there is one, otherwise Woodlawn's
	Path   string `json:"path"`
	Line   int    `json:"line,omitempty"`
	Reason string `json:"reason"`
	// Warning says that the document can be right all the same.
	Warning bool `json:"warning,omitempty"`
}

func (p Problem) String() string {
	if p.Line > 0 {
		return fmt.Sprintf("%s: line %d: %s: %s", p.Rule, p.Line, p.Path, p.Reason)
	}
	return fmt.Sprintf("%s: %s: %s", p.Rule, p.Path, p.Reason)
}

// Problems are all that is wrong with a report.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i := range p {
		lines[i] = p[i].String()
	}
	return strings.Join(lines, "\n")
}

// Errors counts the problems that are no warnings.
func (p Problems) Errors() int {
	n := 0
	for i := range p {
		if !p[i].Warning {
			n++
		}
	}
	return n
}

func (p *Problems) add(rule, path, format string, args ...any) {
	*p = append(*p, Problem{Rule: rule, Path: path, Reason: fmt.Sprintf(format, args...)})
}

// Check finds what CMS would refuse.
func (r *CategoryIII) Check() Problems {
	var p Problems
	if r.ID == "" {
		p.add("W_ID", "ID", "the document needs an identifier (UUID)")
	}
	if r.Created.IsZero() {
		p.add("W_CREATED", "Created", "the time of creation is missing")
	}
	if r.Software == "" || r.Organization.Name == "" || r.Organization.ID == "" {
		p.add("W_AUTHOR", "Software, Organization", "name the software and the organization with its identifier")
	}
	if r.From.IsZero() || r.Through.Before(r.From) {
		p.add("W_PERIOD", "From, Through", "the performance period must begin before it ends")
	} else if r.From.Year() != r.Year || r.Through.Year() != r.Year {
		p.add("W_PERIOD", "From, Through", "the performance period must lie in performance year %d", r.Year)
	}
	r.checkSubmitter(&p)
	if len(r.Measures)+len(r.Activities)+len(r.Interoperability) == 0 {
		p.add("CONF:5562-21394_C01", "Measures", "there is nothing to report")
	}
	r.checkMeasures(&p)
	for i, m := range r.Interoperability {
		if m.Answer == nil && (m.Numerator < 0 || m.Numerator > m.Denominator) {
			p.add("W_PI_COUNT", fmt.Sprintf("Interoperability[%d]", i), "%s: numerator %d, denominator %d", m.ID, m.Numerator, m.Denominator)
		}
	}
	return p
}

func (r *CategoryIII) checkSubmitter(p *Problems) {
	if !programs().Clinician.has(r.Program) {
		p.add("CONF:CMS_11", "Program", "program name %q is not known", r.Program)
	}
	kind := r.Program[strings.LastIndexByte(r.Program, '_')+1:]
	need := func(rule, name, value string) {
		if value == "" {
			p.add(rule, name, "program %s needs it", r.Program)
		}
	}
	switch kind {
	case "INDIV":
		need("CONF:CMS_112", "TIN", r.TIN)
		need("CONF:CMS_112", "NPI", r.NPI)
	case "GROUP":
		need("CONF:CMS_82", "TIN", r.TIN)
	case "VIRTUALGROUP":
		need("CONF:CMS_83", "VirtualGroup", r.VirtualGroup)
	case "APMENTITY":
		need("CONF:CMS_109", "APMEntity", r.APMEntity)
	case "SUBGROUP":
		need("CONF:CMS_114", "Subgroup", r.Subgroup)
	}
	if r.NPI != "" && !validNPI(r.NPI) {
		p.add("CONF:CMS_0117", "NPI", "the NPI must have 10 digits and a right check digit")
	}
	if r.TIN != "" && (len(r.TIN) != 9 || !digits(r.TIN)) {
		p.add("CONF:CMS_0119", "TIN", "the TIN must have 9 digits")
	}
	if r.CEHRT != "" && len(r.CEHRT) != 15 {
		p.add("CONF:CMS_91", "CEHRT", "the certification ID must have 15 characters")
	}
}

func (r *CategoryIII) checkMeasures(p *Problems) {
	seen := map[string]bool{}
	for i := range r.Measures {
		m := &r.Measures[i]
		path := fmt.Sprintf("Measures[%d]", i)
		switch id := strings.ToLower(m.ID); {
		case id == "":
			p.add("CONF:4484-18192", path+".ID", "the measure's version-specific identifier is missing")
		case seen[id]:
			p.add("W_MEASURE_TWICE", path+".ID", "the measure is reported twice")
		default:
			seen[id] = true
		}
		if len(m.Populations) == 0 {
			p.add("CONF:4526-18425_C01", path+".Populations", "the measure has no population")
		}
		for j := range m.Populations {
			m.Populations[j].check(p, fmt.Sprintf("%s.Populations[%d]", path, j))
		}
		for j, rate := range m.Rates {
			m.checkRate(p, fmt.Sprintf("%s.Rates[%d]", path, j), rate)
		}
	}
}

func (pop *Population) check(p *Problems, path string) {
	if pop.ID == "" || pop.Code == "" {
		p.add("CONF:3259-18239", path, "the population needs its code and identifier")
	}
	if pop.Count < 0 {
		p.add("W_COUNT", path+".Count", "the count is negative")
	}
	if pop.Observed != nil && (pop.Observed.Unit == "" || pop.Observed.Method == "" || pop.Observed.ID == "") {
		p.add("CONF:CMS_0110", path+".Observed", "the observation needs identifier, method and unit")
	}
	for _, s := range []struct {
		name, rule string
		list       []Tally
	}{{"Sex", "CONF:4427-18136_C01", pop.Sex}, {"Race", "CONF:4427-18140_C01", pop.Race},
		{"Ethnicity", "CONF:4427-18139_C01", pop.Ethnicity}, {"Payer", "CONF:4427-18141_C01", pop.Payer}} {
		if len(s.list) == 0 {
			p.add(s.rule, path+"."+s.name, "the count by %s is missing", strings.ToLower(s.name))
		}
		for _, t := range s.list {
			if t.Count < 0 || t.Count > pop.Count {
				p.add("W_COUNT", path+"."+s.name, "%s has %d of %d", t.Code, t.Count, pop.Count)
			}
		}
	}
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// validNPI checks the Luhn digit over the prefix 80840 and the NPI, which adds 24.
func validNPI(s string) bool {
	if len(s) != 10 || !digits(s) {
		return false
	}
	sum := 24
	for i := range 9 {
		d := int(s[i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return (10-sum%10)%10 == int(s[9]-'0')
}
