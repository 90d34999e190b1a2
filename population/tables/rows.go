// SPDX-License-Identifier: Apache-2.0

// Package tables writes what the deliveries tell of a population as Parquet files,
// which DuckDB, Spark, Python and others read as they are. Amounts are decimals with
// two digits, dates are dates, and an unknown value is null, never a made-up one.
//
// Every row names a person. The files are for the organisation's own analysts; what
// leaves the house is made of package population's metrics, whose small cells are
// suppressed.
package tables

import (
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/population"
	"github.com/woodlawn-health/woodlawn/vbc/assignment"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// beneficiary is a row of beneficiaries.parquet.
type beneficiary struct {
	MBI      string `parquet:"mbi"`
	Birth    *int32 `parquet:"birth_date,optional,date"`
	Death    *int32 `parquet:"death_date,optional,date"`
	Sex      string `parquet:"sex,dict"`
	State    string `parquet:"state_fips,dict"`
	County   string `parquet:"county_fips,dict"`
	Zip      string `parquet:"zip,dict"`
	Status   string `parquet:"medicare_status,dict"`
	Dual     string `parquet:"dual_status,dict"`
	OptedOut bool   `parquet:"opted_out"`
	Known    bool   `parquet:"known"` // a list or CCLF8 has the person
}

// month is a row of months.parquet: one a person and month that a list tells of.
type month struct {
	MBI      string `parquet:"mbi"`
	Month    int32  `parquet:"month,date"` // its first day
	Coverage string `parquet:"coverage,dict"`
	Type     string `parquet:"enrollment_type,dict"`
}

// claimRow is a row of claims.parquet: one a claim in force.
type claimRow struct {
	MBI           string `parquet:"mbi"`
	ID            int64  `parquet:"claim_id"`
	Setting       string `parquet:"setting,dict"`
	Type          string `parquet:"claim_type,dict"`
	From          *int32 `parquet:"from_date,optional,date"`
	Thru          *int32 `parquet:"thru_date,optional,date"`
	Facility      string `parquet:"facility_ccn,dict"`
	BillType      string `parquet:"bill_type,dict"`
	DRG           string `parquet:"drg,dict"`
	PatientStatus string `parquet:"patient_status,dict"`
	Principal     string `parquet:"principal_diagnosis,dict"`
	Paid          int64  `parquet:"paid,decimal(2:18)"` // in Part D what the beneficiary paid
	IME           int64  `parquet:"ime,decimal(2:18)"`
	DSH           int64  `parquet:"dsh,decimal(2:18)"`
	Uncompensated int64  `parquet:"uncompensated_care,decimal(2:18)"`
	Attending     string `parquet:"attending_npi,dict"`
	Adjusted      bool   `parquet:"adjusted"` // it replaced an earlier one
}

// lineRow is a row of lines.parquet.
type lineRow struct {
	ClaimID   int64  `parquet:"claim_id"`
	Number    int64  `parquet:"line"`
	From      *int32 `parquet:"from_date,optional,date"`
	Thru      *int32 `parquet:"thru_date,optional,date"`
	Revenue   string `parquet:"revenue_center,dict"`
	Code      string `parquet:"code,dict"` // HCPCS, or the NDC of a drug
	Place     string `parquet:"place_of_service,dict"`
	Specialty string `parquet:"specialty,dict"`
	TIN       string `parquet:"tin,dict"`
	NPI       string `parquet:"npi,dict"`
	Allowed   int64  `parquet:"allowed,decimal(2:18)"`
	Paid      int64  `parquet:"paid,decimal(2:18)"`
	Units     int64  `parquet:"units,decimal(4:18)"`
	Diagnosis string `parquet:"diagnosis,dict"`
}

// diagnosisRow is a row of diagnoses.parquet, procedureRow of procedures.parquet.
type diagnosisRow struct {
	ClaimID  int64  `parquet:"claim_id"`
	Position int32  `parquet:"position"` // from 1
	Code     string `parquet:"code,dict"`
}

type procedureRow struct {
	ClaimID int64  `parquet:"claim_id"`
	Code    string `parquet:"code,dict"`
	Day     *int32 `parquet:"date,optional,date"`
}

// assignmentRow is a row of assignment.parquet, where there are participants.
type assignmentRow struct {
	MBI      string `parquet:"mbi"`
	Year     int32  `parquet:"performance_year"`
	Assigned bool   `parquet:"assigned"`
	Step     string `parquet:"step,dict"`
	Reason   string `parquet:"reason,dict"`
	Own      int64  `parquet:"own_charges,decimal(2:18)"`
	Margin   int64  `parquet:"margin,decimal(2:18)"`
}

// useRow is a row of use.parquet: what population.Count counted of a person in the year.
type useRow struct {
	MBI          string `parquet:"mbi"`
	Year         int32  `parquet:"year"`
	Months       int64  `parquet:"member_months"`
	Paid         int64  `parquet:"paid_parts_a_b,decimal(2:18)"`
	Admissions   int64  `parquet:"admissions"`
	Days         int64  `parquet:"inpatient_days"`
	EDVisits     int64  `parquet:"ed_visits"`
	SNFStays     int64  `parquet:"snf_stays"`
	IndexStays   int64  `parquet:"index_stays"`
	Readmissions int64  `parquet:"readmissions"`
	AnnualVisit  bool   `parquet:"annual_visit"`
}

var epoch = civil.Of(1970, time.January, 1)

// days is a date as Parquet has it, nil if it is not known.
func days(d civil.Date) *int32 {
	if d.IsZero() {
		return nil
	}
	n := int32(d.Sub(epoch))
	return &n
}

// batch is the rows of one beneficiary.
type batch struct {
	beneficiary beneficiary
	months      []month
	claims      []claimRow
	lines       []lineRow
	diagnoses   []diagnosisRow
	procedures  []procedureRow
	assignment  []assignmentRow
	use         []useRow
}

var typeNames = [...]string{feed.ESRD: "ESRD", feed.Disabled: "disabled", feed.AgedDual: "aged dual", feed.AgedNonDual: "aged non-dual"}

// rowsOf makes the rows of a beneficiary.
func (x *Config) rowsOf(b *feed.Beneficiary, r *assignment.Result, c *population.Counts) *batch {
	rows := &batch{beneficiary: beneficiary{
		MBI: b.MBI, Birth: days(b.Birth), Death: days(b.Death), Sex: sex(b.Sex), State: b.State, County: b.County, Zip: b.Zip,
		Status: b.MedicareStatus, Dual: b.Dual, OptedOut: b.OptedOut, Known: b.Known,
	}}
	for y := x.Year - 1; y <= x.Year; y++ {
		for m := time.January; m <= time.December; m++ {
			if cover := b.Enrollment.At(y, m); cover != feed.Unknown {
				rows.months = append(rows.months, month{b.MBI, int32(civil.Of(y, m, 1).Sub(epoch)), coverage(cover), typeNames[b.Enrollment.TypeAt(y, m)]})
			}
		}
	}
	for i := range b.Claims {
		rows.claim(b, &b.Claims[i])
	}
	if r != nil {
		rows.assignment = append(rows.assignment, assignmentRow{b.MBI, int32(x.Year), r.Assigned, string(r.Step), string(r.Reason), int64(r.Own), int64(r.Margin)})
	}
	if c.Lives > 0 {
		rows.use = append(rows.use, useRow{b.MBI, int32(x.Year), c.Months(), int64(c.Total()), c.Admissions, c.Days, c.EDVisits, c.SNFStays, c.IndexStays, c.Readmissions, c.AnnualVisits > 0})
	}
	return rows
}

func (rows *batch) claim(b *feed.Beneficiary, c *feed.Claim) {
	rows.claims = append(rows.claims, claimRow{
		MBI: b.MBI, ID: c.ID, Setting: c.Setting.String(), Type: c.Type, From: days(c.From), Thru: days(c.Thru), Facility: c.Facility,
		BillType: c.BillType, DRG: c.DRG, PatientStatus: c.PatientStatus, Principal: c.Principal, Paid: int64(c.Paid), IME: int64(c.IME),
		DSH: int64(c.DSH), Uncompensated: int64(c.Uncompensated), Attending: c.Attending, Adjusted: c.Adjusted,
	})
	for i := range c.Lines {
		l := &c.Lines[i]
		rows.lines = append(rows.lines, lineRow{
			ClaimID: c.ID, Number: l.Number, From: days(l.From), Thru: days(l.Thru), Revenue: l.Revenue, Code: l.Code, Place: l.Place,
			Specialty: l.Specialty, TIN: l.TIN, NPI: l.NPI, Allowed: int64(l.Allowed), Paid: int64(l.Paid), Units: l.Units, Diagnosis: l.Diagnosis,
		})
	}
	for i, d := range c.Diagnoses {
		rows.diagnoses = append(rows.diagnoses, diagnosisRow{c.ID, int32(i + 1), d})
	}
	for _, p := range c.Procedures {
		rows.procedures = append(rows.procedures, procedureRow{c.ID, p.Code, days(p.Day)})
	}
}

func sex(code byte) string {
	if code == 0 {
		return ""
	}
	return string(code)
}

// coverage is a month's state in words.
func coverage(c feed.Coverage) string {
	switch c {
	case feed.BothParts:
		return "A and B"
	case feed.PartAOnly:
		return "A only"
	case feed.PartBOnly:
		return "B only"
	case feed.HealthPlan:
		return "health plan"
	}
	return "not enrolled"
}
