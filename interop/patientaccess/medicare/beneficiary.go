// SPDX-License-Identifier: Apache-2.0

package medicare

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/interop/patientaccess"
	"github.com/woodlawn-health/woodlawn/vbc/rif"
)

// Beneficiary reads rows of the beneficiary file, which has a row for a beneficiary and year.
type Beneficiary struct {
	Member patientaccess.Member
	Losses []patientaccess.Loss

	f fields
}

// PartD is the kind of the coverage of a Part D plan.
const PartD = "Medicare Part D"

// BeneficiaryKey is who a beneficiary row is about, and of which year it is.
func BeneficiaryKey(row *rif.Row) (beneID, mbi, year string) {
	return row.Text("BENE_ID"), row.Text("MBI_NUM"), row.Text("RFRNC_YR")
}

// Read reads one row. A row without a Medicare Beneficiary Identifier is an error.
func (r *Beneficiary) Read(b *rif.Block) error {
	f := &r.f
	if err := f.reset(b); err != nil {
		return err
	}
	m := &r.Member
	*m = patientaccess.Member{System: patientaccess.MBI, Format: patientaccess.FromPartner, Plans: m.Plans[:0], Numbers: m.Numbers[:0]}
	if id := f.text("BENE_ID"); id != "" {
		m.Numbers = append(m.Numbers, patientaccess.Number{System: variable("BENE_ID"), Value: id})
	}
	p := &m.Person
	if p.ID = f.text("MBI_NUM"); p.ID == "" {
		f.refuse(0, "MBI_NUM", "", "is empty; a member needs a Medicare Beneficiary Identifier")
	}
	p.Name = claim.Name{Last: f.text("BENE_SRNM_NAME"), First: f.text("BENE_GVN_NAME"), Middle: f.text("BENE_MDL_NAME")}
	p.Born, p.Died = f.date(0, "BENE_BIRTH_DT"), f.date(0, "DEATH_DT")
	switch sex := f.takeIf(0, "BENE_SEX_IDENT_CD", "0", "1", "2"); sex {
	case "1":
		p.Sex = 'M'
	case "2":
		p.Sex = 'F'
	}
	r.race()
	r.address()
	r.plans()
	if err := f.err(); err != nil {
		return err
	}
	r.Losses = f.losses(r.Losses[:0])
	return nil
}

// race takes CMS's race code, which has Hispanic as a race of its own.
func (r *Beneficiary) race() {
	m := &r.Member
	switch r.f.takeIf(0, "BENE_RACE_CD", "1", "2", "4", "5", "6") {
	case "1":
		m.Race = "2106-3"
	case "2":
		m.Race = "2054-5"
	case "4":
		m.Race = "2028-9"
	case "5":
		m.Ethnicity = "2135-2"
	case "6":
		m.Race = "1002-5"
	}
}

// address takes the mailing address: six lines, of which a FHIR address has as many as are
// filled; the claim's address has two, so that the rest is joined to the second.
func (r *Beneficiary) address() {
	f, a := &r.f, &r.Member.Person.Address
	a.Line1 = f.text("DRVD_LINE_1_ADR")
	var more []string
	for _, column := range [...]string{"DRVD_LINE_2_ADR", "DRVD_LINE_3_ADR", "DRVD_LINE_4_ADR", "DRVD_LINE_5_ADR", "DRVD_LINE_6_ADR"} {
		if v := f.text(column); v != "" {
			more = append(more, v)
		}
	}
	a.Line2 = strings.Join(more, ", ")
	a.City = f.text("CITY_NAME")
	if a.State = f.text("STATE_CD"); a.State == "" && letters(f.peek(0, "STATE_CODE")) {
		a.State = f.text("STATE_CODE")
	}
	zip := "STATE_CNTY_ZIP_CD"
	if f.peek(0, zip) == "" {
		zip = "BENE_ZIP_CD"
	}
	a.ZIP = f.text(zip)
}

// letters tells a postal state code from a number of the Social Security Administration's.
func letters(v string) bool {
	return len(v) == 2 && 'A' <= v[0] && v[0] <= 'Z' && 'A' <= v[1] && v[1] <= 'Z'
}

// plans takes the periods of Parts A and B, and of each Part D plan of the year.
func (r *Beneficiary) plans() {
	f, m := &r.f, &r.Member
	m.Plans = append(m.Plans,
		patientaccess.MemberPlan{Filing: "MA", From: f.date(0, "PTA_CVRG_STRT_DT"), Through: f.date(0, "PTA_CVRG_END_DT")},
		patientaccess.MemberPlan{Filing: "MB", From: f.date(0, "PTB_CVRG_STRT_DT"), Through: f.date(0, "PTB_CVRG_END_DT")})
	year, err := strconv.Atoi(f.peek(0, "RFRNC_YR"))
	if err != nil || year < 1900 || year > 9999 {
		f.refuse(0, "RFRNC_YR", f.peek(0, "RFRNC_YR"), "is no year")
		return
	}
	parts := len(m.Plans)
	for i, month := range months {
		contract := "PTD_CNTRCT_" + month + "_ID"
		if len(f.peek(0, contract)) < 5 {
			f.takeIf(0, contract, "0", "N") // no plan in this month
			continue
		}
		number := f.text(contract) + "-" + f.text("PTD_PBP_"+month+"_ID")
		at := slices.IndexFunc(m.Plans[parts:], func(p patientaccess.MemberPlan) bool { return p.Number == number })
		if at < 0 {
			at = len(m.Plans) - parts
			m.Plans = append(m.Plans, patientaccess.MemberPlan{Number: number, Kind: PartD})
			if i > 0 { // a plan of January may have begun in an earlier year
				m.Plans[parts+at].From = civil.Of(year, time.January+time.Month(i), 1)
				f.text("RFRNC_YR")
			}
		}
		m.Plans[parts+at].Through = 0
		if i < len(months)-1 { // a plan of December may go on
			m.Plans[parts+at].Through = civil.Of(year, time.January+time.Month(i+1), 1).AddDays(-1)
		}
	}
	for i := range m.Plans[parts:] {
		if !m.Plans[parts+i].Through.IsZero() {
			f.text("RFRNC_YR")
		}
	}
}

var months = [...]string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEPT", "OCT", "NOV", "DEC"}
