// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"
)

// service is one line: "99213", "93306-26", units, charge, an own date or none.
type service struct {
	code   string // HCPCS code and modifiers: 71046-26-59
	charge string
	units  string // "1" if empty
	unit   string // UN if empty
	place  string // other than the claim's
	// what the primary payer did, for secondary claims: paid, CO-45, PR-2
	primary [3]string
}

// visit is one professional claim.
type visit struct {
	id, shows string
	billing   *party
	rendering *party
	patient   member
	place     string
	date      string
	dx        []string
	lines     []service
	assigned  string // A if empty
	secondary bool   // a group health plan has paid first
	total     string // a wrong claim total, for the claim that is refused
	minutes   bool
}

const visitDate = "20251112"

// professionalCases are the claims of professional.837, each for one rule.
var professionalCases = []visit{
	{id: "P01-OFFICE", shows: "an office visit: RVU x GPCI x conversion factor; the whole allowed amount goes to the deductible",
		rendering: &internist, patient: person(1, "F"), dx: []string{"I10"}, lines: []service{{code: "99213", charge: "150"}}},
	{id: "P02-MET", shows: "deductible met before (beneficiaries.csv): coinsurance, MIPS adjustment and sequestration",
		rendering: &internist, patient: person(2, "F"), dx: []string{"E119"}, lines: []service{{code: "99214", charge: "220"}}},
	{id: "P03-RURAL", shows: "the same service in another locality: the work GPCI floor",
		billing: &ruralClinic, patient: person(2, "F"), dx: []string{"I10"}, lines: []service{{code: "99214", charge: "220"}}},
	{id: "P04-FACILITY", shows: "facility practice expense for place of service 22",
		rendering: &internist, patient: person(3, "M"), place: "22", dx: []string{"I10"}, lines: []service{{code: "99214", charge: "220"}}},
	{id: "P05-DEDUCTIBLE", shows: "a deductible used up across two lines of a claim",
		rendering: &internist, patient: person(4, "F"), dx: []string{"I10", "E785"},
		lines: []service{{code: "99204", charge: "380"}, {code: "93000", charge: "60"}}},
	{id: "P06-AFTER", shows: "the next claim of the same person: the deductible is remembered within the run",
		rendering: &internist, patient: person(4, "F"), dx: []string{"I10"}, lines: []service{{code: "99213", charge: "150"}}},
	{id: "P07-PROFESSIONAL", shows: "modifier 26: the professional component row",
		rendering: &internist, patient: person(5, "M"), place: "21", dx: []string{"I509"}, lines: []service{{code: "93306-26", charge: "300"}}},
	{id: "P08-TECHNICAL", shows: "modifier TC of an imaging service: the cap at the OPPS amount",
		billing: &harborHealth, patient: person(6, "F"), dx: []string{"R0602"}, lines: []service{{code: "71046-TC", charge: "90"}}},
	{id: "P09-BILATERAL", shows: "modifier 50: 150 percent",
		rendering: &surgeon, patient: person(7, "F"), dx: []string{"M170"}, lines: []service{{code: "20610-50", charge: "300"}}},
	{id: "P10-ENDOSCOPY", shows: "two endoscopies of one family: the second pays its excess over the base endoscopy",
		rendering: &internist, patient: person(8, "M"), place: "24", dx: []string{"K635"},
		lines: []service{{code: "45385", charge: "1200"}, {code: "45380-59", charge: "900"}}},
	{id: "P11-IMAGING", shows: "two advanced imaging services in one session: multiple-procedure reduction of the lower one",
		billing: &harborHealth, patient: person(9, "F"), dx: []string{"M5416"},
		lines: []service{{code: "72148", charge: "700"}, {code: "72141", charge: "650"}}},
	{id: "P12-THERAPY", shows: "therapy: practice expense of all but the highest unit at half",
		rendering: &therapist, patient: person(10, "M"), dx: []string{"M545"},
		lines: []service{{code: "97110-GP", charge: "120", units: "2"}, {code: "97140-GP", charge: "60"}}},
	{id: "P13-SURGERY", shows: "two surgeries on one day: 100 and 50 percent",
		rendering: &surgeon, patient: person(11, "F"), place: "24", dx: []string{"S83241A"},
		lines: []service{{code: "29881", charge: "2500"}, {code: "20610-51", charge: "250"}}},
	{id: "P14-ASSISTANT", shows: "assistant at surgery who is a physician: 16 percent",
		billing: &harborHealth, rendering: &surgeon, patient: person(12, "M"), place: "21", dx: []string{"M1711"},
		lines: []service{{code: "27447-80", charge: "900"}}},
	{id: "P15-PA-ASSISTS", shows: "assistant at surgery who is a physician assistant: 85 percent of 16 percent",
		rendering: &assistant, patient: person(12, "M"), place: "21", dx: []string{"M1711"}, lines: []service{{code: "27447-AS", charge: "800"}}},
	{id: "P16-COSURGEONS", shows: "modifier 62: 62.5 percent to each",
		rendering: &surgeon, patient: person(13, "F"), place: "21", dx: []string{"M1711"}, lines: []service{{code: "27447-62", charge: "3000"}}},
	{id: "P17-SURGERY-ONLY", shows: "modifier 54: the pre- and intra-operative share of a global surgery",
		rendering: &surgeon, patient: person(14, "M"), place: "24", dx: []string{"H2511"}, lines: []service{{code: "66984-54", charge: "1500"}}},
	{id: "P18-AFTERCARE", shows: "modifier 55: the post-operative share",
		rendering: &internist, patient: person(14, "M"), dx: []string{"H2511"}, lines: []service{{code: "66984-55", charge: "400"}}},
	{id: "P19-STOPPED", shows: "modifier 53: the row of the discontinued procedure",
		rendering: &internist, patient: person(15, "F"), place: "24", dx: []string{"Z1211"}, lines: []service{{code: "45378-53", charge: "500"}}},
	{id: "P20-RETURN", shows: "modifier 78: return to the operating room pays the intra-operative share",
		rendering: &surgeon, patient: person(16, "M"), place: "21", dx: []string{"T8450XA"}, lines: []service{{code: "29881-78", charge: "1800"}}},
	{id: "P21-NURSE", shows: "a nurse practitioner: 85 percent",
		rendering: &nurse, patient: person(17, "F"), dx: []string{"J069"}, lines: []service{{code: "99213", charge: "150"}}},
	{id: "P22-GLOBAL", shows: "a visit on the day of a surgery is in its global package: CO-97; with modifier 25 it is paid",
		rendering: &surgeon, patient: person(18, "M"), dx: []string{"M1711", "I10"},
		lines: []service{{code: "20610", charge: "150"}, {code: "99213", charge: "150"}, {code: "99214-25", charge: "220"}}},
	{id: "P23-WELLNESS", shows: "a HCPCS Level II service: the annual wellness visit",
		rendering: &internist, patient: person(19, "F"), dx: []string{"Z0000"}, lines: []service{{code: "G0439", charge: "250"}}},
	{id: "P24-LOW-CHARGE", shows: "a charge below the fee schedule: the charge is the allowed amount",
		rendering: &internist, patient: person(2, "F"), dx: []string{"I10"}, lines: []service{{code: "99213", charge: "50"}}},
	{id: "P25-UNASSIGNED", shows: "assignment not accepted: limiting charge, payment to the patient (PR-100)",
		rendering: &internist, patient: person(2, "F"), dx: []string{"I10"}, assigned: "C", lines: []service{{code: "99213", charge: "150"}}},
	{id: "P26-SECONDARY", shows: "Medicare pays second, after a group health plan: 42 CFR 411.33 and OA-23",
		rendering: &internist, patient: person(2, "F"), dx: []string{"I10"}, secondary: true,
		lines: []service{{code: "99214", charge: "220", primary: [3]string{"96", "100", "24"}}}},
	{id: "P27-NOT-COVERED", shows: "a status indicator that Medicare never pays under the fee schedule",
		rendering: &internist, patient: person(20, "F"), dx: []string{"Z0000"}, lines: []service{{code: "S0610", charge: "120"}, {code: "99213", charge: "150"}}},
	{id: "P28-OTHER-SCHEDULE", shows: "a laboratory service is paid under another schedule, so the claim waits",
		rendering: &internist, patient: person(21, "M"), dx: []string{"I10"}, lines: []service{{code: "36415", charge: "20"}}},
	{id: "P29-NOT-LOADED", shows: "a code whose fee schedule row is not loaded: what to import is said, nothing is guessed",
		rendering: &internist, patient: person(22, "F"), dx: []string{"I10"}, lines: []service{{code: "99215", charge: "300"}}},
	{id: "P30-ANESTHESIA", shows: "anesthesia: base and time units; the base units are a table of their own",
		rendering: &sleepDoc, patient: person(14, "M"), place: "24", dx: []string{"H2511"}, minutes: true,
		lines: []service{{code: "00142-AA", charge: "600", units: "47", unit: "MJ"}}},
	{id: "P31-NEXT-YEAR", shows: "a date of service whose fee schedule year is not loaded",
		rendering: &internist, patient: person(23, "M"), date: "20260115", dx: []string{"I10"}, lines: []service{{code: "99213", charge: "160"}}},
	{id: "P32-CRITICAL", shows: "critical care in hospital with an add-on of units and a rounding to the cent a line",
		rendering: &internist, patient: person(24, "F"), place: "21", dx: []string{"R6521", "A419"},
		lines: []service{{code: "99291", charge: "600"}, {code: "99232-25", charge: "180"}}},
	{id: "P33-MIPS-CUT", shows: "a negative MIPS adjustment: CO-237",
		billing: &harborHealth, rendering: &surgeon, patient: person(2, "F"), dx: []string{"M1711"}, lines: []service{{code: "99203", charge: "260"}}},
	{id: "P34-REFUSED", shows: "a claim total that is not the sum of its lines: refused before pricing, with its reason",
		rendering: &internist, patient: person(25, "M"), dx: []string{"I10"}, total: "999", lines: []service{{code: "99213", charge: "150"}}},
}

func professional() []byte {
	var f file
	f.start("005010X222A1", "PART B")
	byBilling := map[*party][]*visit{}
	order := []*party{&cityClinic, &ruralClinic, &harborHealth}
	for i := range professionalCases {
		v := &professionalCases[i]
		if v.billing == nil {
			v.billing = &cityClinic
		}
		byBilling[v.billing] = append(byBilling[v.billing], v)
	}
	for _, p := range order {
		f.billing(*p)
		parent := f.hl
		for _, v := range byBilling[p] {
			f.visit(parent, v)
		}
	}
	return f.end()
}

func (f *file) visit(parent int, v *visit) {
	responsibility, insurance := "P", ""
	if v.secondary {
		responsibility, insurance = "S", "12"
	}
	f.subscriber(parent, v.patient, responsibility, insurance, "MB")
	place, date, assigned := or(v.place, "11"), or(v.date, visitDate), or(v.assigned, "A")
	f.seg("CLM", v.id, or(v.total, sum(v.lines)), "", "", place+":B:1", "Y", assigned, "Y", "Y")
	f.diagnoses(v.dx)
	if v.rendering != nil {
		f.name("82", *v.rendering)
		f.seg("PRV", "PE", "PXC", v.rendering.taxonomy)
	}
	if place != "11" {
		f.name("77", hospitalSite)
		f.seg("N3", hospitalSite.street)
		f.seg("N4", hospitalSite.city, hospitalSite.state, hospitalSite.zip)
	}
	if v.secondary {
		f.primaryPayer(v)
	}
	for i, s := range v.lines {
		f.service(i+1, s, date, v.secondary)
	}
}

var hospitalSite = party{name: "LAKESIDE HOSPITAL", npi: npi("300000001"), street: "200 LAKE AVENUE", city: "CHICAGO", state: "IL", zip: "606110002"}

func (f *file) diagnoses(codes []string) {
	parts := []string{"HI"}
	for i, code := range codes {
		qualifier := "ABF:"
		if i == 0 {
			qualifier = "ABK:"
		}
		parts = append(parts, qualifier+code)
	}
	f.seg(parts...)
}

// primaryPayer writes loop 2320: what the group health plan did.
func (f *file) primaryPayer(v *visit) {
	paid := v.lines[0].primary[0]
	f.seg("SBR", "P", "18", "GRP100", "", "", "", "", "", "CI")
	f.seg("AMT", "D", paid)
	f.seg("OI", "", "", "Y", "", "", "Y")
	f.seg("NM1", "IL", "1", v.patient.last, v.patient.first, "", "", "", "MI", "GHP0001")
	f.seg("NM1", "PR", "2", "EXAMPLE GROUP PLAN", "", "", "", "", "PI", "GHP01")
}

func (f *file) service(n int, s service, date string, secondary bool) {
	f.seg("LX", fmt.Sprint(n))
	f.seg("SV1", "HC:"+strings.ReplaceAll(s.code, "-", ":"), s.charge, or(s.unit, "UN"), or(s.units, "1"), s.place, "", "1")
	f.seg("DTP", "472", "D8", date)
	f.seg("REF", "6R", fmt.Sprintf("L%d", n))
	if secondary {
		f.seg("SVD", "GHP01", s.primary[0], "HC:"+strings.ReplaceAll(s.code, "-", ":"), "", "1")
		f.seg("CAS", "CO", "45", s.primary[1])
		f.seg("CAS", "PR", "2", s.primary[2])
		f.seg("DTP", "573", "D8", "20251201")
	}
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// sum adds up the charges, which are whole dollars.
func sum(lines []service) string {
	total := 0
	for _, l := range lines {
		var v int
		if _, err := fmt.Sscan(l.charge, &v); err != nil {
			panic(err)
		}
		total += v
	}
	return fmt.Sprint(total)
}
