// SPDX-License-Identifier: Apache-2.0

package medicare

import (
	"strconv"

	"github.com/woodlawn-health/woodlawn/claim"
)

// columnNames are numbered columns, made once.
type columnNames struct{ code, version, present, date string }

func numbered(n int, code, version, present, date string) []columnNames {
	out := make([]columnNames, n)
	for i := range out {
		k := strconv.Itoa(i + 1)
		out[i] = columnNames{code + k, version + k, present + k, date + k}
	}
	return out
}

var (
	diagnosisColumns = numbered(25, "ICD_DGNS_CD", "ICD_DGNS_VRSN_CD", "CLM_POA_IND_SW", "")
	causeColumns     = numbered(12, "ICD_DGNS_E_CD", "ICD_DGNS_E_VRSN_CD", "CLM_E_POA_IND_SW", "")
	visitColumns     = numbered(3, "RSN_VISIT_CD", "RSN_VISIT_VRSN_CD", "", "")
	procedureColumns = numbered(25, "ICD_PRCDR_CD", "ICD_PRCDR_VRSN_CD", "", "PRCDR_DT")
)

// diagnoses takes all diagnoses of the claim. The principal one stands in the list of all
// once more, and the first external cause as well.
func (r *RIF) diagnoses() {
	r.diagnosis(claim.PrincipalDiagnosis, 0, columnNames{code: "PRNCPAL_DGNS_CD", version: "PRNCPAL_DGNS_VRSN_CD"})
	r.diagnosis(claim.AdmittingDiagnosis, 0, columnNames{code: "ADMTG_DGNS_CD", version: "ADMTG_DGNS_VRSN_CD"})
	for _, n := range diagnosisColumns {
		r.diagnosis(claim.OtherDiagnosis, 0, n)
	}
	r.diagnosis(claim.ExternalCause, 0, columnNames{code: "FST_DGNS_E_CD", version: "FST_DGNS_E_VRSN_CD"})
	for _, n := range causeColumns {
		r.diagnosis(claim.ExternalCause, 0, n)
	}
	for _, n := range visitColumns {
		r.diagnosis(claim.ReasonForVisit, 0, n)
	}
}

// diagnosis takes a diagnosis and returns its place, -1 if there is none.
func (r *RIF) diagnosis(kind claim.DiagnosisKind, row int, n columnNames) int {
	f := &r.f
	code := f.peek(row, n.code)
	if code == "" {
		return -1
	}
	f.take(row, n.code)
	d := claim.Diagnosis{Code: code, Kind: kind, ICD9: r.ninth(row, n.version)}
	if n.present != "" {
		if v := f.take(row, n.present); v != "" {
			d.POA = v[0]
			if len(v) > 1 {
				f.refuse(row, n.present, v, "is no code of one character")
			}
		}
	}
	for i := range r.claim.Diagnoses {
		have := &r.claim.Diagnoses[i]
		same := have.Kind == kind || kind == claim.OtherDiagnosis && have.Kind == claim.PrincipalDiagnosis
		if same && have.Code == code && have.ICD9 == d.ICD9 && (have.POA == 0 || d.POA == 0 || have.POA == d.POA) {
			if have.POA == 0 {
				have.POA = d.POA
			}
			return i
		}
	}
	r.claim.Diagnoses = append(r.claim.Diagnoses, d)
	return len(r.claim.Diagnoses) - 1
}

// ninth tells whether a code is of ICD-9; the version column says 9, or 0 for ICD-10.
func (r *RIF) ninth(row int, column string) bool {
	switch v := r.f.take(row, column); v {
	case "9":
		return true
	case "0", "":
	default:
		r.f.refuse(row, column, v, "is neither 0 (ICD-10) nor 9 (ICD-9)")
	}
	return false
}

// procedures takes the ICD procedures; the first is the principal one.
func (r *RIF) procedures() {
	for i, n := range procedureColumns {
		if r.f.peek(0, n.code) == "" {
			continue
		}
		p := claim.Procedure{Code: r.f.text(n.code), ICD9: r.ninth(0, n.version), Principal: i == 0}
		p.Date = r.f.date(0, n.date)
		r.claim.Procedures = append(r.claim.Procedures, p)
	}
}

// point is the claim's pointer to the diagnosis of a line: its place among the principal
// and other diagnoses, from 1. A diagnosis that the claim does not name joins them.
func (r *RIF) point(row int) uint8 {
	at := r.diagnosis(claim.OtherDiagnosis, row, columnNames{code: "LINE_ICD_DGNS_CD", version: "LINE_ICD_DGNS_VRSN_CD"})
	n := 0
	for i := 0; i <= at; i++ {
		if k := r.claim.Diagnoses[i].Kind; k == claim.PrincipalDiagnosis || k == claim.OtherDiagnosis {
			n++
		}
	}
	if n > 255 {
		return 0
	}
	return uint8(n)
}
