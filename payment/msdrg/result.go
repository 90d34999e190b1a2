// SPDX-License-Identifier: Apache-2.0

package msdrg

import (
	"strconv"
)

// Result is what a case was grouped to. Its slices point into the Scratch that
// Group was given and hold until that is used again.
type Result struct {
	// DRG and MDC are final: after hospital-acquired conditions were taken away.
	DRG, MDC int
	// InitialDRG and InitialMDC leave hospital-acquired conditions aside.
	InitialDRG, InitialMDC int
	// BaseDRG is the DRG family, named by its first member.
	BaseDRG int
	Type    Type
	// ReturnCode is OK, or says why the claim has DRG 999.
	ReturnCode ReturnCode
	// Severity is the highest that a secondary diagnosis gives the final DRG.
	Severity  Severity
	HACStatus HACStatus
	// HACs are the numbers, ascending, of the hospital-acquired conditions met.
	HACs []int
	// Secondary has an entry for each secondary diagnosis, in the case's order.
	Secondary []Secondary

	version *Version
}

// Secondary says what became of one secondary diagnosis.
type Secondary struct {
	Flag SeverityFlag
	// HACs has bit n set if the diagnosis met hospital-acquired condition n.
	HACs uint16
}

// HACCount is the number of different hospital-acquired conditions met.
func (r *Result) HACCount() int { return len(r.HACs) }

// Title of the final DRG, as CMS publishes it for the version.
func (r *Result) Title() string { return r.version.DRGTitle(r.DRG) }

// MDCTitle is the title of the final MDC.
func (r *Result) MDCTitle() string { return r.version.MDCTitle(r.MDC) }

// Version that grouped the case.
func (r *Result) Version() *Version { return r.version }

// Type is the kind of DRG.
type Type uint8

// The types of DRG.
const (
	NoType Type = iota // DRG 998 and 999
	Medical
	Surgical
)

func (t Type) String() string { return [...]string{"NONE", "MEDICAL", "SURGICAL"}[t] }

// Severity of a claim, by its secondary diagnoses.
type Severity uint8

// The severities.
const (
	NoSeverity Severity = iota // DRG 998 and 999
	NonCC
	CC
	MCC
)

func (s Severity) String() string { return [...]string{"NONE", "NON_CC", "CC", "MCC"}[s] }

// SeverityFlag tells whether a secondary diagnosis counts as a CC or MCC.
type SeverityFlag uint8

// The flags. A code is excluded because of the principal diagnosis, or as an MCC
// of a patient who died, or because the DRG's own logic uses it already. A code
// that met a hospital-acquired condition counts as neither.
const (
	Neither SeverityFlag = iota
	CountsCC
	CountsMCC
	CCExcluded
	MCCExcluded
	CCExcludedByDRG
	MCCExcludedByDRG
)

func (f SeverityFlag) String() string {
	return [...]string{"NEITHER", "CC", "MCC", "CC_EXCLUDED", "MCC_EXCLUDED",
		"CC_EXCLUDED_BY_DRG_LOGIC", "MCC_EXCLUDED_BY_DRG_LOGIC"}[f]
}

// HACStatus tells what hospital-acquired conditions did.
type HACStatus uint8

// The statuses.
const (
	HACNotApplicable HACStatus = iota // none met, or the hospital is exempt
	HACNoChange                       // met, but the DRG is the same
	HACChanges                        // met, and the DRG is another
)

func (s HACStatus) String() string {
	return [...]string{"NOT_APPLICABLE", "FINAL_DRG_NO_CHANGE", "FINAL_DRG_CHANGES"}[s]
}

// ReturnCode says whether a claim could be grouped.
type ReturnCode uint8

// The return codes. All but OK come with DRG 999.
const (
	OK ReturnCode = iota
	InvalidPDX
	DXCannotBePDX
	InvalidSex
	InvalidDischargeStatus
	HACMissingPOA
	Ungroupable
)

func (c ReturnCode) String() string {
	return [...]string{"OK", "INVALID_PDX", "DX_CANNOT_BE_PDX", "INVALID_SEX", "INVALID_DISCHARGE_STATUS",
		"HAC_MISSING_ONE_POA", "UNGROUPABLE"}[c]
}

// AppendJSON appends the result's members, without braces, to dst. Titles come
// last. It does not allocate beyond dst.
func (r *Result) AppendJSON(dst []byte) []byte {
	dst = appendInt(dst, `"drg":`, r.DRG)
	dst = appendInt(dst, `,"mdc":`, r.MDC)
	dst = appendInt(dst, `,"initial_drg":`, r.InitialDRG)
	dst = appendInt(dst, `,"initial_mdc":`, r.InitialMDC)
	dst = appendInt(dst, `,"base_drg":`, r.BaseDRG)
	dst = appendWord(dst, `,"type":"`, r.Type.String())
	dst = appendWord(dst, `,"rc":"`, r.ReturnCode.String())
	dst = appendWord(dst, `,"severity":"`, r.Severity.String())
	dst = appendWord(dst, `,"hac_status":"`, r.HACStatus.String())
	dst = appendInt(dst, `,"hac_count":`, r.HACCount())
	dst = append(dst, `,"sdx_severity":[`...)
	for i, s := range r.Secondary {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendWord(dst, `"`, s.Flag.String())
	}
	dst = append(dst, ']')
	if r.version != nil {
		dst = append(append(dst, `,"drg_title":`...), r.version.quotedTitle(drgTitle, r.DRG)...)
		dst = append(append(dst, `,"mdc_title":`...), r.version.quotedTitle(mdcTitle, r.MDC)...)
	}
	return dst
}

// MarshalJSON writes the result as one object.
func (r *Result) MarshalJSON() ([]byte, error) {
	return append(r.AppendJSON([]byte{'{'}), '}'), nil
}

func appendInt(dst []byte, name string, n int) []byte {
	return strconv.AppendInt(append(dst, name...), int64(n), 10)
}

// appendWord writes a word that needs no quoting; name ends with the opening quote.
func appendWord(dst []byte, name, word string) []byte {
	return append(append(append(dst, name...), word...), '"')
}
