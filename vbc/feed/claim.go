// SPDX-License-Identifier: Apache-2.0

package feed

import (
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// Setting is where care was given, by CMS's claim type code.
type Setting byte

// The settings.
const (
	OtherSetting Setting = iota
	Inpatient            // 60 to 64
	SNF                  // 20, 30
	HomeHealth           // 10
	Hospice              // 50
	Outpatient           // 40
	Professional         // 71, 72
	Equipment            // 81, 82
	Drug                 // 01 to 04, Part D
)

var settingNames = [...]string{"other", "inpatient", "SNF", "home health", "hospice", "outpatient", "professional", "equipment", "drug"}

func (s Setting) String() string { return settingNames[s] }

// settingOf tells the setting of a claim type code of CCLF.
func settingOf(code string) Setting {
	switch code {
	case "10":
		return HomeHealth
	case "20", "30":
		return SNF
	case "40":
		return Outpatient
	case "50":
		return Hospice
	case "60", "61", "62", "63", "64":
		return Inpatient
	case "71", "72":
		return Professional
	case "81", "82":
		return Equipment
	case "1", "2", "3", "4", "01", "02", "03", "04":
		return Drug
	}
	return OtherSetting
}

// Claim is one claim in force. Fields that a setting lacks are empty.
type Claim struct {
	ID      int64 // CUR_CLM_UNIQ_ID
	Setting Setting
	Type    string // CLM_TYPE_CD
	From    civil.Date
	Thru    civil.Date
	// Facility is the CCN; BillType facility type and classification ("11", "85").
	Facility, BillType string
	Frequency          string
	// Paid is Medicare's payment: the header's in Part A, the sum of the lines in Part B;
	// in Part D what the beneficiary paid, which is all that the feed has.
	Paid money.Cents
	// Charge is what an institution billed; the feed has no charges of Part B and D.
	Charge money.Cents
	// Add-ons of inpatient payment that benchmarks leave out (42 CFR 425.652(a)(1)).
	IME, DSH, Uncompensated money.Cents

	DRG, PatientStatus             string
	AdmissionType, AdmissionSource string
	Principal, Admitting           string // diagnoses
	NonPayment, PrimaryPayer       string
	Attending, Operating, OtherNPI string
	FacilityNPI, ControlNumber     string
	Diagnoses                      []string // all, the principal among them, in order
	Procedures                     []Procedure
	Lines                          []Line
	// Adjusted tells that the claim replaced an earlier one.
	Adjusted bool
	// Effective is when the record took effect, Loaded when CMS loaded it.
	Effective, Loaded civil.Date
}

// Procedure is an ICD-10-PCS procedure with its day.
type Procedure struct {
	Code string
	Day  civil.Date
}

// Line is one line of a claim.
type Line struct {
	Number     int64
	From, Thru civil.Date
	Revenue    string // revenue center, four digits
	Code       string // HCPCS, or the NDC of a drug
	Modifiers  [5]string
	Place      string // place of service
	Specialty  string // CMS specialty code of the clinician
	TIN, NPI   string // of who rendered the service; the pharmacy's ID for a drug
	// Referring is who referred or ordered; prescribed, for a drug.
	Referring string
	Allowed   money.Cents // Part B only
	Paid      money.Cents
	Units     int64 // ten-thousandths
	Diagnosis string
	// Denial is the carrier's payment denial code, Processing the line's indicator.
	Denial, Processing string
	PrimaryPayer       string
	DaysSupply         int64
	// Fill is the number of a drug's filling, DispenseAsWritten NCPDP's code.
	Fill, DispenseAsWritten string
}
