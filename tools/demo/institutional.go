// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"

	"github.com/woodlawn-health/woodlawn/claim/civil"
)

// stay is one inpatient claim.
type stay struct {
	id, shows string
	hospital  *party
	patient   member
	from, to  string // admission and discharge, CCYYMMDD
	status    string // discharge status
	dx        []string
	poa       string // one letter a diagnosis; Y if missing
	pcs       []string
	charge    string
	covered   string // covered days, value code 80, if other than the stay's
	reserve   string // lifetime reserve days, value code 83
	condition string
	bill      string // bill type, 11 if empty
	hidden    string // charge that the hospital itself calls non-covered
}

var (
	teaching  = party{name: "LAKESIDE HOSPITAL", npi: npi("300000001"), taxonomy: "282N00000X", tax: "360000011", street: "200 LAKE AVENUE", city: "CHICAGO", state: "IL", zip: "606110002"}
	community = party{name: "BAYOU COMMUNITY HOSPITAL", npi: npi("300000002"), taxonomy: "282N00000X", tax: "740000012", street: "12 BAYOU LANE", city: "HOUSTON", state: "TX", zip: "770020001"}
	rural     = party{name: "PRAIRIE REGIONAL HOSPITAL", npi: npi("300000003"), taxonomy: "282NR1301X", tax: "810000013", street: "5 PRAIRIE ROAD", city: "HAVRE", state: "MT", zip: "595010001"}
	unknown   = party{name: "NEWCOMER HOSPITAL", npi: npi("300000009"), taxonomy: "282N00000X", tax: "360000019", street: "9 NEW STREET", city: "CHICAGO", state: "IL", zip: "606110009"}
)

// institutionalCases are the claims of institutional.837, each for one rule.
var institutionalCases = []stay{
	{id: "I01-PNEUMONIA", shows: "a plain DRG payment: wage-adjusted rate x weight, capital, IME, DSH, uncompensated care; inpatient deductible",
		hospital: &teaching, patient: person(51, "F"), from: "20251103", to: "20251109", dx: []string{"J189", "I10"}, charge: "38000"},
	{id: "I02-MCC", shows: "a major complication raises the DRG",
		hospital: &teaching, patient: person(52, "M"), from: "20251103", to: "20251110", dx: []string{"J189", "J9601"}, charge: "52000"},
	{id: "I03-EXCLUDED", shows: "a complication that the principal diagnosis excludes does not count",
		hospital: &teaching, patient: person(53, "F"), from: "20251104", to: "20251108", dx: []string{"I5023", "I5021"}, charge: "41000"},
	{id: "I04-OUTLIER", shows: "a cost outlier: 80 percent of cost above the threshold",
		hospital: &teaching, patient: person(54, "M"), from: "20251015", to: "20251128", dx: []string{"A419", "R6521", "J9601", "N179"}, charge: "910000"},
	{id: "I05-TRANSFER", shows: "an acute transfer (status 02): a per diem of the DRG payment",
		hospital: &community, patient: person(55, "F"), from: "20251110", to: "20251111", status: "02", dx: []string{"I2109"}, charge: "26000"},
	{id: "I06-POSTACUTE", shows: "a post-acute transfer to home health (06) in a special-pay DRG: half at once, half a day",
		hospital: &community, patient: person(56, "M"), from: "20251112", to: "20251113", status: "06", dx: []string{"S72001A"}, pcs: []string{"0SR90J9"}, charge: "61000"},
	{id: "I07-POSTACUTE-LONG", shows: "the same discharge status after a full stay: no reduction",
		hospital: &community, patient: person(57, "F"), from: "20251103", to: "20251114", status: "06", dx: []string{"S72001A"}, pcs: []string{"0SR90J9"}, charge: "72000"},
	{id: "I08-HAC", shows: "a hospital-acquired condition (pressure ulcer, POA N) does not raise the DRG",
		hospital: &teaching, patient: person(58, "M"), from: "20251101", to: "20251108", dx: []string{"J189", "L89154"}, poa: "YN", charge: "47000"},
	{id: "I09-SOLE-COMMUNITY", shows: "a sole community hospital: the hospital-specific rate is compared with the federal rate",
		hospital: &rural, patient: person(59, "F"), from: "20251106", to: "20251110", dx: []string{"J441"}, charge: "21000"},
	{id: "I10-COINSURANCE", shows: "days 61 and later of a benefit period that a stay before has begun (beneficiaries.csv)",
		hospital: &teaching, patient: person(61, "M"), from: "20251110", to: "20251118", dx: []string{"I5023"}, charge: "58000"},
	{id: "I11-SECOND-STAY", shows: "a stay in the same benefit period: no second deductible",
		hospital: &teaching, patient: person(51, "F"), from: "20251130", to: "20251204", dx: []string{"J189"}, charge: "29000"},
	{id: "I12-DIED", shows: "a complication that counts only if the patient lives",
		hospital: &teaching, patient: person(62, "M"), from: "20251105", to: "20251107", status: "20", dx: []string{"I2109", "I469"}, charge: "44000"},
	{id: "I13-NEW-TECHNOLOGY", shows: "a new-technology add-on payment",
		hospital: &teaching, patient: person(63, "F"), from: "20251107", to: "20251115", dx: []string{"I442"}, pcs: []string{"X2H63V9"}, charge: "240000"},
	{id: "I14-NEWBORN", shows: "another MDC with its own formulas: a newborn",
		hospital: &community, patient: member{last: "SAMPLE", first: "BABY", mbi: mbi(64), born: "20251101", sex: "F"}, from: "20251101", to: "20251104", dx: []string{"Z3800", "P0739"}, charge: "12000"},
	{id: "I15-UNRELATED", shows: "an operating-room procedure unrelated to the principal diagnosis",
		hospital: &teaching, patient: person(65, "M"), from: "20251102", to: "20251109", dx: []string{"J189"}, pcs: []string{"0SR90J9"}, charge: "88000"},
	{id: "I16-INVALID-CODE", shows: "Medicare Code Editor: a diagnosis code that does not exist on the discharge date",
		hospital: &teaching, patient: person(66, "F"), from: "20251103", to: "20251105", dx: []string{"J189", "Z99999"}, charge: "18000"},
	{id: "I17-MANIFESTATION", shows: "Medicare Code Editor: a manifestation as principal diagnosis",
		hospital: &teaching, patient: person(67, "M"), from: "20251103", to: "20251106", dx: []string{"F0280", "G309"}, charge: "21000"},
	{id: "I18-UNACCEPTABLE", shows: "Medicare Code Editor: an unacceptable principal diagnosis",
		hospital: &teaching, patient: person(68, "F"), from: "20251103", to: "20251106", dx: []string{"Z87891"}, charge: "16000"},
	{id: "I19-EXTERNAL-CAUSE", shows: "an external cause as principal diagnosis cannot be grouped",
		hospital: &teaching, patient: person(69, "M"), from: "20251103", to: "20251106", dx: []string{"W19XXXA"}, charge: "15000"},
	{id: "I20-NON-COVERED", shows: "charges that the hospital bills as non-covered: the patient owes them",
		hospital: &community, patient: person(70, "F"), from: "20251103", to: "20251106", dx: []string{"K5730"}, charge: "19000", hidden: "500"},
	{id: "I21-UNKNOWN-HOSPITAL", shows: "a hospital that is in no provider-specific file: not priced, and why",
		hospital: &unknown, patient: person(71, "M"), from: "20251103", to: "20251106", dx: []string{"J189"}, charge: "18000"},
	{id: "I22-NEXT-YEAR", shows: "a discharge in a fiscal year whose grouper is not loaded",
		hospital: &teaching, patient: person(72, "F"), from: "20261003", to: "20261006", dx: []string{"J189"}, charge: "18000"},
	{id: "I23-OUTPATIENT", shows: "an outpatient bill type, which another payment system prices",
		hospital: &teaching, patient: person(73, "M"), from: "20251103", to: "20251103", bill: "13", dx: []string{"R0789"}, charge: "2500"},
}

func institutional() []byte {
	var f file
	f.start("005010X223A2", "PART A")
	for _, p := range []*party{&teaching, &community, &rural, &unknown} {
		f.billing(*p)
		parent := f.hl
		for i := range institutionalCases {
			if institutionalCases[i].hospital == p {
				f.stay(parent, &institutionalCases[i])
			}
		}
	}
	return f.end()
}

func (f *file) stay(parent int, s *stay) {
	f.subscriber(parent, s.patient, "P", "", "MA")
	bill := or(s.bill, "11")
	inpatient := bill == "11"
	f.seg("CLM", s.id, s.charge, "", "", bill+":A:1", "", "A", "Y", "Y")
	if inpatient {
		f.seg("DTP", "096", "TM", "1100")
	}
	f.seg("DTP", "434", "RD8", s.from+"-"+s.to)
	if inpatient {
		f.seg("DTP", "435", "DT", s.from+"0930")
	}
	f.seg("CL1", "1", "1", or(s.status, "01"))
	f.stayCodes(s, inpatient)
	f.name("71", internist)
	f.seg("PRV", "AT", "PXC", internist.taxonomy)
	if !inpatient {
		f.seg("LX", "1")
		f.seg("SV2", "0510", "HC:G0463", s.charge, "UN", "1")
		f.seg("DTP", "472", "D8", s.from)
		return
	}
	f.stayLines(s)
}

// stayCodes writes the HI segments: diagnoses with their POA indicators,
// procedures, condition and value codes.
func (f *file) stayCodes(s *stay, inpatient bool) {
	poa := func(i int) string {
		if i < len(s.poa) {
			return s.poa[i : i+1]
		}
		return "Y"
	}
	f.seg("HI", "ABK:"+s.dx[0]+":::::::"+poa(0))
	if inpatient {
		f.seg("HI", "ABJ:"+s.dx[0])
	}
	var other []string
	for i, code := range s.dx[1:] {
		other = append(other, "ABF:"+code+":::::::"+poa(i+1))
	}
	if len(other) > 0 {
		f.seg(append([]string{"HI"}, other...)...)
	}
	for i, code := range s.pcs {
		qualifier := "BBR"
		if i > 0 {
			qualifier = "BBQ"
		}
		f.seg("HI", qualifier+":"+code+":D8:"+s.from)
	}
	if inpatient {
		values := []string{"HI", "BE:80:::" + or(s.covered, fmt.Sprint(days(s.from, s.to)))}
		if s.reserve != "" {
			values = append(values, "BE:83:::"+s.reserve)
		}
		f.seg(values...)
	}
	if s.condition != "" {
		f.seg("HI", "BG:"+s.condition)
	}
}

// stayLines writes a room line and an ancillary line whose charges add up to the
// claim's.
func (f *file) stayLines(s *stay) {
	var total int
	if _, err := fmt.Sscan(s.charge, &total); err != nil {
		panic(err)
	}
	n := days(s.from, s.to)
	room := total / 4 / n * n
	f.seg("LX", "1")
	f.seg("SV2", "0120", "", fmt.Sprint(room), "DA", fmt.Sprint(n))
	f.seg("LX", "2")
	f.seg("SV2", "0250", "", fmt.Sprint(total-room), "UN", "1", "", s.hidden)
}

// days is the length of a stay; a stay within one day counts one.
func days(from, to string) int {
	a, errA := civil.ParseCompact(from)
	b, errB := civil.ParseCompact(to)
	if errA != nil || errB != nil {
		panic("dates of a demo claim: " + from + ", " + to)
	}
	return max(1, b.Sub(a))
}
