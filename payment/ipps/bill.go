// SPDX-License-Identifier: Apache-2.0

package ipps

import (
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// NotNumeric stands in a number of a Bill for text that is no number. It is not
// an error of reading: pricing answers with the return code of the field.
const NotNumeric = -1

// Bill is one inpatient bill as the pricer takes it: CMS's bill record.
type Bill struct {
	NPI            string
	ProviderNumber string // CMS certification number, 6 characters
	// ReviewCode says how to pay, decided from the discharge status: 00 with
	// outlier, 03 acute transfer, 06 acute transfer without cost outlier, 07 without
	// cost outlier, 09 post-acute transfer, 11 post-acute transfer without cost outlier.
	ReviewCode string
	DRG        string // 3 digits
	// LengthOfStay, CoveredDays and LifetimeReserveDays are days, or NotNumeric.
	// CoveredDays include the lifetime reserve days.
	LengthOfStay, CoveredDays, LifetimeReserveDays int
	Discharge                                      civil.Date
	// CoveredCharges is in cents, or NotNumeric. Charges for organ acquisition,
	// blood clotting factors and professional fees are left out.
	CoveredCharges money.Cents
	Procedures     []string // ICD-10-PCS, at most 25
	Diagnoses      []string // ICD-10-CM without points, principal first, at most 25
	DemoCodes      []string // at most 4
	NDCs           []string // at most 10
	ConditionCodes []string // at most 5
}

// The limits of the bill record: more are not looked at.
const (
	maxProcedures = 25
	maxDiagnoses  = 25
	maxDemos      = 4
	maxNDCs       = 10
	maxConditions = 5
)
