// SPDX-License-Identifier: Apache-2.0

package msdrg

// Case is one inpatient stay, as far as grouping looks at it.
type Case struct {
	// Age in whole years on admission. No formula of v40 to v43 asks for it; the
	// code editor does.
	Age int
	Sex Sex
	// DischargeStatus is the patient discharge status code (UB-04 FL 17).
	DischargeStatus int
	// POAExempt tells that the hospital does not report present-on-admission
	// indicators, so that no hospital-acquired condition is looked for.
	POAExempt  bool
	Principal  Diagnosis
	Secondary  []Diagnosis
	Procedures []string // ICD-10-PCS
}

// Diagnosis is an ICD-10-CM code, with or without its point.
type Diagnosis struct {
	Code string `json:"code"`
	// POA is the present-on-admission indicator: Y yes, N no, U unknown, W
	// clinically undetermined, 1 or 0 (none) not reported.
	POA byte `json:"poa,omitempty"`
}

// Sex of the patient. A few principal diagnoses lead to another MDC by it.
type Sex uint8

// The sexes that a claim states.
const (
	SexUnknown Sex = iota
	Male
	Female
)

func (s Sex) String() string {
	switch s {
	case Male:
		return "MALE"
	case Female:
		return "FEMALE"
	}
	return "UNKNOWN"
}
