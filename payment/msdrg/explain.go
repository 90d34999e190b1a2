// SPDX-License-Identifier: Apache-2.0

package msdrg

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/trace"
)

// cite names the manual in which CMS publishes the logic of the version.
func (v *Version) cite(part string) string {
	return "MS-DRG Definitions Manual " + v.Name + ", " + part
}

func (v *Version) row(table, key string) *trace.Row {
	return &trace.Row{Table: table, Version: v.tables, Key: key}
}

// explainCase tells what was read from the case.
func (s *Scratch) explainCase() {
	v, c := s.v, s.c
	s.t.Add(trace.Step{Name: "grouper version", Result: v.Name, Table: v.row("msdrg.versions", v.Name),
		Inputs: []trace.Input{trace.In("discharges from", v.Effective), trace.In("to", v.Ends)}, Cite: "42 CFR 412.60"})
	step := trace.Step{Name: "principal diagnosis", Table: v.row("msdrg.diagnoses", plain(c.Principal.Code)),
		Inputs: []trace.Input{trace.In("code", c.Principal.Code), trace.In("sex", c.Sex)}, Result: "no code of this version"}
	if s.principal >= 0 {
		step.Result = fmt.Sprintf("MDC %02d %s", s.mdc, v.MDCTitle(s.mdc))
	}
	s.t.Add(step)
	for i := range s.sdx {
		s.explainSecondary(i)
	}
	for _, n := range s.matched {
		cl := &v.clusters[n]
		step := trace.Step{Name: "procedure cluster", Result: cl.name + " is complete", Table: v.row("msdrg.clusters", cl.name)}
		if mdcs := mdcNames(cl.suppressed); mdcs != "" {
			step.Inputs = append(step.Inputs, trace.In("its parts do not count alone in MDC", mdcs))
		}
		s.t.Add(step)
	}
}

func mdcNames(set uint32) string {
	var out []string
	for m := range mdcLists {
		if set&(1<<m) != 0 {
			out = append(out, strconv.Itoa(m))
		}
	}
	return strings.Join(out, " ")
}

// explainSecondary tells of a secondary diagnosis that is a CC or MCC, or no code.
func (s *Scratch) explainSecondary(i int) {
	v, d := s.v, &s.sdx[i]
	code := s.c.Secondary[i].Code
	step := trace.Step{Name: "secondary diagnosis", Inputs: []trace.Input{trace.In("code", code)},
		Table: v.row("msdrg.diagnoses", plain(code))}
	switch {
	case d.row < 0:
		step.Result, step.Table = "no code of this version, left aside", nil
	case d.severity == NonCC:
		return
	case d.excluded:
		group := v.groupNumbers[v.dx[s.principal].group]
		step.Result = d.severity.String() + " excluded by principal diagnosis " + s.c.Principal.Code
		step.Table = v.row("msdrg.exclusions", strconv.FormatInt(group, 10))
		step.Cite = v.cite("Appendix C")
	case d.dead:
		step.Result = d.severity.String() + " does not count, because the patient died"
		step.Cite = v.cite("Appendix H Part 2")
	default:
		step.Result = d.severity.String()
		step.Cite = v.cite(map[Severity]string{CC: "Appendix G", MCC: "Appendix H"}[d.severity])
	}
	s.t.Add(step)
}

// explainFormula tells whether a formula was met, or what it lacked.
func (s *Scratch) explainFormula(mdc int, f *formula, severity Severity, met bool, set *operandSet) {
	v := s.v
	step := trace.Step{Name: formulaName(f), Formula: f.text, Result: "met",
		Table: v.row("msdrg.formulas", fmt.Sprintf("MDC %d rank %d", mdc, f.rank))}
	if met {
		step.Cite = v.cite(listName(mdc))
		step.Inputs = append(step.Inputs, trace.In("severity", severity))
		for i := range f.unverified {
			step.Unverified = step.Unverified || f.unverified[i]&set[i] != 0
		}
	} else {
		step.Result = "not met: lacks " + strings.Join(f.terms.lacking(set, v.words.names), ", ")
	}
	if f.suppress != 0 {
		step.Inputs = append(step.Inputs, trace.In("does not count for severity", strings.Join(v.suppress[f.suppress], " ")))
	}
	s.t.Add(step)
}

func formulaName(f *formula) string {
	switch {
	case f.refuse != OK:
		return f.refuse.String()
	case f.reroute == unrelatedMDC:
		return "unrelated operating room procedure"
	case f.reroute != 0:
		return fmt.Sprintf("to MDC %02d", f.reroute)
	}
	return fmt.Sprintf("DRG %03d", f.drg)
}

func listName(mdc int) string {
	switch mdc {
	case 0:
		return "Pre-MDC"
	case unrelatedMDC:
		return "DRGs associated with all MDCs, and Appendix F"
	}
	return fmt.Sprintf("MDC %02d", mdc)
}

// explainHACs tells which diagnoses lose their CC or MCC.
func (s *Scratch) explainHACs() {
	for i := range s.sdx {
		d := &s.sdx[i]
		for n := range hacNumbers {
			if d.hacs&(1<<n) == 0 {
				continue
			}
			in := s.c.Secondary[i]
			s.t.Add(trace.Step{Name: fmt.Sprintf("hospital-acquired condition %02d", n),
				Inputs: []trace.Input{trace.In("code", in.Code), trace.In("present on admission", poaName(in.POA))},
				Result: d.severity.String() + " does not count: " + s.v.HACTitle(n),
				Table:  s.v.row("msdrg.hac", strconv.Itoa(n)), Cite: s.v.cite("Appendix I") + "; Social Security Act 1886(d)(4)(D)"})
		}
	}
}

// plain is a code as the tables write it.
func plain(code string) string { return strings.ToUpper(strings.ReplaceAll(code, ".", "")) }

func poaName(poa byte) string {
	if poa == 0 {
		return "not reported"
	}
	return string(rune(poa))
}

func explainResult(t *trace.Trace, r *Result) {
	t.Add(trace.Step{Name: "MS-DRG", Result: fmt.Sprintf("%03d %s", r.DRG, r.Title()),
		Inputs: []trace.Input{trace.In("MDC", fmt.Sprintf("%02d", r.MDC)), trace.In("initial", fmt.Sprintf("%03d", r.InitialDRG)),
			trace.In("severity", r.Severity), trace.In("return code", r.ReturnCode)},
		Table: r.version.row("msdrg.titles", fmt.Sprintf("drg %d", r.DRG)), Cite: "42 CFR 412.60(c)"})
}
