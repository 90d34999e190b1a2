// SPDX-License-Identifier: Apache-2.0

package msdrg

import "github.com/woodlawn-health/woodlawn/claim/trace"

// maxCounts bounds the counting rules of a version.
const maxCounts = 32

// Scratch is the working memory of Group. Its zero value is ready; one that is
// used again saves the allocations. It must not be used by two goroutines at once.
type Scratch struct {
	v *Version
	c *Case
	t *trace.Trace

	principal int32 // row of the principal diagnosis, or -1
	mdc       int   // its MDC
	sdx       []secondary
	operands  operandSet // true in every MDC; severity is set formula by formula
	parts     []part     // procedures that are part of a cluster
	matched   []int32    // clusters that are met
	counts    [maxCounts]uint16
	incidents bool // every valid secondary diagnosis is on the list

	choices []uint8 // by cluster: the choices filled
	touched []int32 // the clusters with a choice filled

	severities [32]Severity // by list of suppressed codes
	known      uint32       // bit i: severities[i] is computed
	final      bool         // hospital-acquired conditions count now
	hacsMet    uint16       // bit n: the formula of condition n is true
	hacsTried  uint16

	hacs   []int
	result []Secondary
}

// secondary is the state of one secondary diagnosis.
type secondary struct {
	row        int32 // -1: no code of the version
	set        *dxSet
	severity   Severity
	excluded   bool   // by the principal diagnosis
	dead       bool   // an MCC of the living only, and the patient died
	suppressed uint32 // bit i: does not count where list i of the version holds
	hacs       uint16 // the hospital-acquired conditions that it met
}

// part is a procedure with the MDCs in which it does not count alone.
type part struct {
	set        int32
	suppressed uint32
}

// reset prepares for a case.
func (s *Scratch) reset(v *Version, c *Case, t *trace.Trace) {
	if len(s.choices) < len(v.clusters) {
		s.choices = make([]uint8, len(v.clusters))
	}
	*s = Scratch{v: v, c: c, t: t, principal: -1, sdx: s.sdx[:0], parts: s.parts[:0], matched: s.matched[:0],
		choices: s.choices, touched: s.touched[:0], hacs: s.hacs[:0], result: s.result[:0]}
}
