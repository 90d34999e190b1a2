// SPDX-License-Identifier: Apache-2.0

package msdrg

// Version is one version of the grouper, with its tables compiled. It is read-only.
type Version struct {
	Release
	tables string // the release of the tables

	dxIndex codeIndex
	dx      []dxRow
	dxSets  []dxSet
	prIndex codeIndex
	pr      []prRow
	prSets  []prSet

	clusters     []cluster
	exclusions   [][]int32 // by group: the rows of dx that are excluded, ascending
	groupNumbers []int64   // by group: its number in the table

	words    *vocabulary
	mdcs     [mdcLists][]formula
	hacs     [hacNumbers][]program
	always   operandSet // what is true of every case
	statuses []statusRule
	counts   []countRule
	suppress [][]string // lists of codes that do not count for severity; the first is empty

	died        [2]uint64 // the discharge statuses of patients who died
	fallThrough int8      // the MDC whose cases get special.fallThrough
	special     specialOperands

	titles [titleKinds]map[int]title
}

// mdcLists is one more than the highest list of formulas: the MDCs 1 to 25, the
// pre-MDC list 0 and the list 29 of operating room procedures unrelated to the
// principal diagnosis.
const mdcLists = 30

const unrelatedMDC = 29

// hacNumbers is one more than the highest hospital-acquired condition.
const hacNumbers = 16

// dxRow is what the version says of an ICD-10-CM code.
type dxRow struct {
	set               uint16 // index in dxSets
	hacs              uint16 // bit n: hospital-acquired condition n
	mdc, male, female int8   // MDC; by sex, 0 if that makes no difference
	severity          Severity
	group             int32 // index in exclusions, or -1
}

// dxSet is what codes with the same lists share.
type dxSet struct {
	asPrincipal, asSecondary operandSet
	counts                   []contribution
	suppressed               uint32 // bit i: does not count where suppress[i] holds
	incident, ecode          bool
	aliveOnly                bool // an MCC only if the patient lived
	urinary                  bool // counts for HAC 6 only beside its catheter code
}

// prRow is what the version says of an ICD-10-PCS code.
type prRow struct {
	set      int32 // index in prSets, or -1 for a code known from clusters only
	clusters []clusterPart
}

// prSet is what procedures with the same lists share.
type prSet struct {
	operands operandSet
	counts   []contribution
}

// clusterPart is the choice that a code fills in a cluster.
type clusterPart struct {
	cluster int32
	choice  uint8 // its bit
}

// cluster is a combination of procedures that counts as a procedure of its own.
type cluster struct {
	name       string
	full       uint8  // the bits of all choices
	suppressed uint32 // bit m: in MDC m the parts do not count alone
	set        int32
}

// specialOperands are the operands with a rule of their own.
type specialOperands struct {
	invalidPDX, ecode, invalidSex, fallThrough, onlyIncident operand
}

// title is a text as it is and as a JSON string.
type title struct {
	text   string
	quoted []byte
}

const (
	drgTitle = iota
	baseTitle
	mdcTitle
	hacTitle
	titleKinds
)

// DRGTitle is the title of a DRG in this version, or nothing if there is no such DRG.
func (v *Version) DRGTitle(drg int) string { return v.titles[drgTitle][drg].text }

// BaseTitle is the title of a family of DRGs.
func (v *Version) BaseTitle(base int) string { return v.titles[baseTitle][base].text }

// MDCTitle is the title of a major diagnostic category.
func (v *Version) MDCTitle(mdc int) string { return v.titles[mdcTitle][mdc].text }

// HACTitle is the title of a hospital-acquired condition.
func (v *Version) HACTitle(hac int) string { return v.titles[hacTitle][hac].text }

// DRGs are the numbers of the DRGs that the version's formulas can give, unsorted.
func (v *Version) DRGs() []int {
	seen := map[int]bool{}
	var out []int
	for _, list := range v.mdcs {
		for _, f := range list {
			if n := int(f.drg); n != 0 && !seen[n] {
				seen[n] = true
				out = append(out, n)
			}
		}
	}
	return out
}

func (v *Version) quotedTitle(kind, number int) []byte {
	if t, ok := v.titles[kind][number]; ok {
		return t.quoted
	}
	return []byte(`""`)
}
