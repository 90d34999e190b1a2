// SPDX-License-Identifier: Apache-2.0

package readmission

import (
	"strconv"

	"github.com/woodlawn-health/woodlawn/claim/trace"
)

// cite is the source of the algorithm.
const cite = "CMS Planned Readmission Algorithm 4.0"

// Reason is the step of the algorithm that decided.
type Reason string

// The steps, in their order.
const (
	AlwaysPlannedProcedure Reason = "always planned procedure"                      // table PR.1
	AlwaysPlannedDiagnosis Reason = "always planned diagnosis"                      // table PR.2
	PlannedProcedure       Reason = "potentially planned procedure, no acute cause" // tables PR.3 and PR.4
	AcuteDiagnosis         Reason = "potentially planned procedure, acute cause"    // table PR.4
	NoPlannedProcedure     Reason = "no planned care"
)

// Verdict is whether a stay is planned, and what decided.
type Verdict struct {
	Planned bool   `json:"planned"`
	Reason  Reason `json:"reason"`
	// Code is the diagnosis or procedure that decided, Category its CCS category (0 if
	// the code itself is listed).
	Code     string `json:"code,omitempty"`
	Category int64  `json:"ccs,omitempty"`
	// Unmapped are codes of the stay without a CCS category: newer than the CCS release,
	// or no valid codes. The verdict could be another if they had one.
	Unmapped []string `json:"unmapped,omitempty"`
}

// Planned applies the algorithm to a stay's principal discharge diagnosis (ICD-10-CM) and
// its procedures (ICD-10-PCS), in the order of CMS's flowchart.
func (l *Lists) Planned(principal string, procedures []string, t *trace.Trace) Verdict {
	v := l.planned(plain(principal), procedures)
	if t.On() {
		s := trace.Step{Name: "planned readmission", Result: "unplanned: " + string(v.Reason), Cite: cite, Unverified: !l.Verified,
			Inputs: []trace.Input{trace.In("principal diagnosis", principal), trace.In("CCS", l.DiagnosisCategory(principal)), trace.In("procedures", len(procedures))},
			Table:  &trace.Row{Table: tableLists, Version: l.Version, Key: string(v.Reason)}}
		if v.Planned {
			s.Result = "planned: " + string(v.Reason)
		}
		if v.Code != "" {
			s.Table.Key = v.Code
			if v.Category != 0 {
				s.Table.Key += " (CCS " + strconv.FormatInt(v.Category, 10) + ")"
			}
		}
		for _, code := range v.Unmapped {
			s.Inputs = append(s.Inputs, trace.In("no CCS category", code))
		}
		t.Add(s)
	}
	return v
}

func (l *Lists) planned(principal string, procedures []string) Verdict {
	v := Verdict{Reason: NoPlannedProcedure}
	dx := l.diagnoses.of(principal)
	if dx == 0 {
		v.Unmapped = append(v.Unmapped, principal)
	}
	potential := Verdict{}
	for _, code := range procedures {
		code = plain(code)
		px := l.procedures.of(code)
		if l.alwaysProcedure[px] {
			v.Planned, v.Reason, v.Code, v.Category = true, AlwaysPlannedProcedure, code, px
			return v
		}
		listed := l.potentialCode[code]
		if px == 0 && !listed {
			v.Unmapped = append(v.Unmapped, code)
		}
		if potential.Code == "" {
			if listed {
				potential.Code = code
			} else if l.potentialProcedure[px] {
				potential.Code, potential.Category = code, px
			}
		}
	}
	if l.alwaysDiagnosis[dx] {
		v.Planned, v.Reason, v.Code, v.Category = true, AlwaysPlannedDiagnosis, principal, dx
		return v
	}
	if potential.Code == "" {
		return v
	}
	switch {
	case l.acuteCode[principal]:
		v.Reason, v.Code = AcuteDiagnosis, principal
	case l.acuteDiagnosis[dx]:
		v.Reason, v.Code, v.Category = AcuteDiagnosis, principal, dx
	default:
		v.Planned, v.Reason, v.Code, v.Category = true, PlannedProcedure, potential.Code, potential.Category
	}
	return v
}
