// SPDX-License-Identifier: Apache-2.0

package msdrg

import (
	"slices"

	"github.com/woodlawn-health/woodlawn/claim/trace"
)

// ungroupableDRG is the DRG of claims that cannot be grouped.
const ungroupableDRG = 999

// Group assigns the MS-DRG of a case. A case that can't be grouped gets DRG 999 and
// a return code; there is no error. The trace, if it is on, tells which formula won,
// which came before it and what they lacked, and what became of each CC and MCC.
func (v *Version) Group(c *Case, s *Scratch, t *trace.Trace) Result {
	s.reset(v, c, t)
	s.readPrincipal()
	s.readSecondary()
	s.excludeCCs()
	s.readProcedures()
	s.derive()
	if t.On() {
		s.explainCase()
	}
	first := s.assign("initial grouping")
	last, status := first, HACNotApplicable
	if first.refuse == OK {
		last, status = s.demote(first)
	}
	r := s.report(first, last, status)
	s.c, s.t = nil, nil
	if t.On() {
		explainResult(t, &r)
	}
	return r
}

// assignment is where a case went.
type assignment struct {
	formula  *formula // nil: nowhere
	mdc      int
	severity Severity
	refuse   ReturnCode
}

func (a *assignment) drg() int {
	if a.formula == nil || a.refuse != OK {
		return ungroupableDRG
	}
	return int(a.formula.drg)
}

// readPrincipal looks up the principal diagnosis and its MDC.
func (s *Scratch) readPrincipal() {
	v := s.v
	s.principal = v.dxIndex.find(keyOf(s.c.Principal.Code))
	if s.principal < 0 {
		s.raise(v.special.invalidPDX)
		return
	}
	row := &v.dx[s.principal]
	set := &v.dxSets[row.set]
	s.mdc = int(row.mdc)
	switch {
	case row.male == 0 && row.female == 0:
	case s.c.Sex == Male:
		s.mdc = int(row.male)
	case s.c.Sex == Female:
		s.mdc = int(row.female)
	default:
		s.raise(v.special.invalidSex)
	}
	s.operands.add(&set.asPrincipal)
	s.count(set.counts)
	if set.ecode {
		s.raise(v.special.ecode)
	}
	if s.mdc == int(v.fallThrough) {
		s.raise(v.special.fallThrough)
	}
}

// raise sets an operand, if a formula asks for it.
func (s *Scratch) raise(id operand) {
	if id != noOperand {
		s.operands.set(id)
	}
}

func (s *Scratch) count(list []contribution) {
	for _, c := range list {
		s.counts[c.rule] = s.v.counts[c.rule].count(s.counts[c.rule], c.value)
	}
}

func (s *Scratch) readSecondary() {
	v := s.v
	s.incidents = true
	for i := range s.c.Secondary {
		d := secondary{row: v.dxIndex.find(keyOf(s.c.Secondary[i].Code)), severity: NonCC}
		if d.row >= 0 {
			row := &v.dx[d.row]
			d.set, d.severity = &v.dxSets[row.set], row.severity
			d.suppressed = d.set.suppressed
			s.operands.add(&d.set.asSecondary)
			s.count(d.set.counts)
			s.incidents = s.incidents && d.set.incident
		}
		s.sdx = append(s.sdx, d)
	}
}

// excludeCCs finds the CCs and MCCs that don't count: those on the list that the
// principal diagnosis brings with it, and the MCCs of the living if the patient died.
func (s *Scratch) excludeCCs() {
	v := s.v
	var list []int32
	if s.principal >= 0 && v.dx[s.principal].group >= 0 {
		list = v.exclusions[v.dx[s.principal].group]
	}
	died := statusRule{statuses: v.died}
	dead := died.met(s.c.DischargeStatus)
	for i := range s.sdx {
		d := &s.sdx[i]
		if d.severity == NonCC {
			continue
		}
		_, d.excluded = slices.BinarySearch(list, d.row)
		d.dead = dead && d.set.aliveOnly
	}
}

// readProcedures looks up the procedures and the clusters that they complete. A
// completed cluster counts as a procedure, and its parts no longer count alone in
// the MDCs that it names.
func (s *Scratch) readProcedures() {
	v := s.v
	for _, code := range s.c.Procedures {
		row := v.prIndex.find(keyOf(code))
		if row < 0 {
			continue
		}
		for _, p := range v.pr[row].clusters {
			if s.choices[p.cluster] == 0 {
				s.touched = append(s.touched, p.cluster)
			}
			s.choices[p.cluster] |= p.choice
		}
	}
	for _, n := range s.touched {
		if c := &v.clusters[n]; s.choices[n] == c.full {
			s.matched = append(s.matched, n)
			s.operands.add(&v.prSets[c.set].operands)
			s.count(v.prSets[c.set].counts)
		}
	}
	for _, code := range s.c.Procedures {
		row := v.prIndex.find(keyOf(code))
		if row < 0 || v.pr[row].set < 0 {
			continue
		}
		p := part{set: v.pr[row].set}
		if len(s.matched) > 0 {
			for _, k := range v.pr[row].clusters {
				if c := &v.clusters[k.cluster]; s.choices[k.cluster] == c.full {
					p.suppressed |= c.suppressed
				}
			}
		}
		if p.suppressed != 0 {
			s.parts = append(s.parts, p)
		} else {
			s.operands.add(&v.prSets[p.set].operands)
		}
		s.count(v.prSets[p.set].counts)
	}
	for _, n := range s.touched {
		s.choices[n] = 0
	}
}

// derive sets the operands that the claim as a whole makes true.
func (s *Scratch) derive() {
	v := s.v
	s.operands.add(&v.always)
	for i := range v.statuses {
		if v.statuses[i].met(s.c.DischargeStatus) {
			s.operands.set(v.statuses[i].operand)
		}
	}
	for i := range v.counts {
		if v.counts[i].met(s.counts[i]) {
			s.operands.set(v.counts[i].operand)
		}
	}
	if s.principal >= 0 && s.incidents && v.dxSets[v.dx[s.principal].set].incident {
		s.raise(v.special.onlyIncident)
	}
}

// in is what is true in one MDC: a procedure that a cluster took up counts only
// where the cluster lets it.
func (s *Scratch) in(mdc int) operandSet {
	set := s.operands
	for _, p := range s.parts {
		if p.suppressed&(1<<mdc) == 0 {
			set.add(&s.v.prSets[p.set].operands)
		}
	}
	return set
}

// assign finds the DRG: the pre-MDC list first, which may also send the case to
// MDC 24, 25 or 11, and then the list of the principal diagnosis's MDC. Either may
// send it on to the list of procedures unrelated to the principal diagnosis.
func (s *Scratch) assign(name string) assignment {
	end := s.t.Section(name)
	defer end()
	mdc := s.mdc
	f, severity := s.first(0)
	switch {
	case f == nil && mdc != 0:
		f, severity = s.first(mdc)
	case f != nil && f.reroute != 0:
		mdc = int(f.reroute)
		f, severity = s.first(mdc)
	}
	if f != nil && f.reroute != 0 {
		f, severity = s.first(int(f.reroute))
	}
	switch {
	case f == nil:
		return assignment{refuse: Ungroupable}
	case f.refuse != OK:
		return assignment{refuse: f.refuse}
	}
	return assignment{formula: f, mdc: mdc, severity: severity}
}

// first is the first formula of a list that the case meets, with the severity that
// it saw.
func (s *Scratch) first(mdc int) (*formula, Severity) {
	set := s.in(mdc)
	list := s.v.mdcs[mdc]
	for i := range list {
		f := &list[i]
		severity := s.severity(f.suppress)
		set[0] &^= 1<<operandMCC | 1<<operandCC
		switch severity {
		case MCC:
			set[0] |= 1 << operandMCC
		case CC:
			set[0] |= 1 << operandCC
		}
		met := f.terms.met(&set)
		if s.t.On() {
			s.explainFormula(mdc, f, severity, met, &set)
		}
		if met {
			return f, severity
		}
	}
	return nil, NonCC
}

// severity is the highest of the secondary diagnoses that count under a formula
// with the given list of suppressed codes.
func (s *Scratch) severity(list uint8) Severity {
	if s.known&(1<<list) != 0 {
		return s.severities[list]
	}
	highest := NonCC
	for i := range s.sdx {
		d := &s.sdx[i]
		if d.severity > highest && !d.excluded && !d.dead && d.suppressed&(1<<list) == 0 && !(s.final && d.hacs != 0) {
			highest = d.severity
		}
	}
	s.severities[list] = highest
	s.known |= 1 << list
	return highest
}

// report makes the result of the two assignments.
func (s *Scratch) report(first, last assignment, status HACStatus) Result {
	r := Result{
		DRG: last.drg(), MDC: last.mdc, InitialDRG: first.drg(), InitialMDC: first.mdc, BaseDRG: ungroupableDRG,
		ReturnCode: last.refuse, HACStatus: status, version: s.v,
	}
	var suppress uint8
	if last.refuse == OK {
		r.BaseDRG, r.Type, suppress = int(last.formula.base), last.formula.kind, last.formula.suppress
	}
	if r.Type != NoType {
		r.Severity = last.severity
	}
	for i := range s.sdx {
		d := &s.sdx[i]
		out := Secondary{HACs: d.hacs}
		if last.refuse == OK {
			out.Flag = d.flag(suppress)
		}
		s.result = append(s.result, out)
	}
	r.Secondary, r.HACs = s.result, s.hacs
	return r
}

// flag says how a secondary diagnosis counts under the formula that won.
func (d *secondary) flag(suppress uint8) SeverityFlag {
	if d.severity == NonCC {
		return Neither
	}
	flag := CountsCC
	switch {
	case d.excluded || d.dead:
		flag = CCExcluded
	case d.suppressed&(1<<suppress) != 0:
		flag = CCExcludedByDRG
	case d.hacs != 0:
		return Neither
	}
	if d.severity == MCC {
		flag++ // each CC flag is followed by its MCC flag
	}
	return flag
}
