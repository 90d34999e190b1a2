// SPDX-License-Identifier: Apache-2.0

// Package feed turns CMS's deliveries into one timeline a beneficiary: identifiers
// closed over changes of MBI, claims after their adjustments and cancels, opt-outs
// honoured. Deliveries are read once, split by beneficiary into temporary files, and
// then folded one beneficiary at a time on all cores, so that memory does not grow with
// the number of lives.
//
// Nothing depends on the order of files or records.
package feed

import (
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
)

// Beneficiary is everything that the deliveries tell about one person. It and what it
// points to are good until the function that was given it returns.
type Beneficiary struct {
	// MBI is the current Medicare beneficiary identifier; Former are earlier ones.
	MBI    string
	Former []string
	// Known tells that a CCLF8 or an assignment list has the person. Claims without
	// either are kept and counted.
	Known bool

	Birth, Death civil.Date
	Sex          byte   // F, M or 0
	State        string // FIPS code of two digits
	County       string // FIPS code of three digits
	Zip          string
	// MedicareStatus is CCLF8's code (10, 11, 20, 21, 31), Dual the dual status code,
	// OREC the original reason for entitlement.
	MedicareStatus, Dual string
	OREC                 byte
	PartA, PartB         civil.Date // begin of entitlement
	Hospice              []Period   // in order of begin
	First, Last          string     // names, for a roster; never for a log

	Enrollment Enrollment
	// Listed are the years of CMS's assignment lists that name the person, ascending.
	Listed []int
	// Clinician is the primary clinician whom the beneficiary designated, if any.
	Clinician Designation
	// OptedOut tells that the person declined to share claims. Claims is empty then.
	OptedOut bool

	// Claims are those in force, by first day and number.
	Claims []Claim
	// Adjustments tells what became of the records that are not in force.
	Adjustments Adjustments
}

// Period is a span of days, both included; no End is open.
type Period struct{ Begin, End civil.Date }

// Designation is voluntary alignment: the clinician whom a beneficiary chose.
type Designation struct {
	TIN, NPI string
}

// IsZero tells that nobody was chosen.
func (d Designation) IsZero() bool { return d.TIN == "" && d.NPI == "" }

// Coverage is what a person had in one month.
type Coverage byte

// The states of a month.
const (
	Unknown     Coverage = iota // no list tells
	NotEnrolled                 // neither part
	BothParts                   // A and B, fee for service
	PartAOnly
	PartBOnly
	HealthPlan // Medicare Advantage, cost plan or PACE
)

// String is the letter of the enrollment file.
func (c Coverage) String() string { return coverageLetters[c : c+1] }

const coverageLetters = "?-FABM"

// EnrollmentType is the Shared Savings Program's group of a month (42 CFR 425.652(a)(2)).
type EnrollmentType byte

// The types, by the number that CMS's assignment list gives them.
const (
	NoType EnrollmentType = iota
	ESRD
	Disabled
	AgedDual
	AgedNonDual
)

// Enrollment is coverage by month. The zero value knows nothing.
type Enrollment struct {
	first  int // year*12 + month-1 of the first known month
	months []month
	// Residence is the country at the end of the last period told of: "US" for the
	// United States and its territories, another code outside, empty if unknown.
	Residence string
}

type month struct {
	cover Coverage
	kind  EnrollmentType
}

// At is the coverage of one month.
func (e *Enrollment) At(year int, m time.Month) Coverage { return e.at(year, m).cover }

// TypeAt is the enrollment type of one month.
func (e *Enrollment) TypeAt(year int, m time.Month) EnrollmentType { return e.at(year, m).kind }

func (e *Enrollment) at(year int, m time.Month) month {
	i := year*12 + int(m) - 1 - e.first
	if i < 0 || i >= len(e.months) {
		return month{}
	}
	return e.months[i]
}

// Set tells the coverage of one month; a type of NoType leaves the type as it was.
func (e *Enrollment) Set(year int, m time.Month, c Coverage, t EnrollmentType) {
	i := year*12 + int(m) - 1
	if len(e.months) == 0 {
		e.first = i
	}
	if i < e.first {
		e.months = append(make([]month, e.first-i), e.months...)
		e.first = i
	}
	for i-e.first >= len(e.months) {
		e.months = append(e.months, month{})
	}
	x := &e.months[i-e.first]
	if c != Unknown {
		x.cover = c
	}
	if t != NoType {
		x.kind = t
	}
}
