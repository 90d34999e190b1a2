// SPDX-License-Identifier: Apache-2.0

package msdrg

import "math/bits"

// urinaryHAC is catheter-associated urinary tract infection. Its table has the
// infection codes too, which are taken away only beside a catheter code that meets
// the condition itself.
const urinaryHAC = 6

// demote takes hospital-acquired conditions away: CCs and MCCs on the HAC list that
// were not present on admission don't count, as 42 CFR 412.60(a)(1) and section
// 1886(d)(4)(D) of the Act say. If there are any the case is grouped again.
func (s *Scratch) demote(first assignment) (assignment, HACStatus) {
	if s.c.POAExempt {
		return first, HACNotApplicable
	}
	met, unreported := s.findHACs()
	if met == 0 {
		return first, HACNotApplicable
	}
	for n := range hacNumbers {
		if met&(1<<n) != 0 {
			s.hacs = append(s.hacs, n)
		}
	}
	if s.t.On() {
		s.explainHACs()
	}
	if unreported {
		return assignment{refuse: HACMissingPOA}, HACNotApplicable
	}
	s.final, s.known = true, 0
	last := s.assign("final grouping, without hospital-acquired conditions")
	if last.drg() == first.drg() {
		return last, HACNoChange
	}
	return last, HACChanges
}

// findHACs marks the secondary diagnoses that met a condition. unreported tells
// that one of them has no valid present-on-admission indicator, so that the
// claim's DRG can't be known.
func (s *Scratch) findHACs() (met uint16, unreported bool) {
	catheter := false
	for i := range s.sdx {
		d := &s.sdx[i]
		if d.row < 0 || d.excluded {
			continue
		}
		hacs := s.v.dx[d.row].hacs
		poa := s.c.Secondary[i].POA
		if hacs == 0 || poa == 'Y' || poa == 'W' {
			continue
		}
		for rest := hacs; rest != 0; rest &= rest - 1 {
			if n := bits.TrailingZeros16(rest); s.hacMet(n) {
				d.hacs |= 1 << n
				catheter = catheter || n == urinaryHAC && !d.set.urinary
			}
		}
	}
	for i := range s.sdx {
		d := &s.sdx[i]
		if d.hacs&(1<<urinaryHAC) != 0 && !catheter {
			d.hacs &^= 1 << urinaryHAC
		}
		met |= d.hacs
		if poa := s.c.Secondary[i].POA; d.hacs != 0 && poa != 'N' && poa != 'U' {
			unreported = true
		}
	}
	return met, unreported
}

// hacMet tells whether a formula of the condition is true of the case.
func (s *Scratch) hacMet(n int) bool {
	bit := uint16(1) << n
	if s.hacsTried&bit == 0 {
		s.hacsTried |= bit
		set := s.in(0)
		for _, p := range s.v.hacs[n] {
			if p.met(&set) {
				s.hacsMet |= bit
			}
		}
	}
	return s.hacsMet&bit != 0
}
