// SPDX-License-Identifier: Apache-2.0

package main

import "fmt"

// The practices and clinicians, all invented.
var (
	cityClinic = party{name: "LAKESIDE MEDICAL GROUP", npi: npi("100000001"), taxonomy: "261QM1300X", tax: "360000001",
		street: "100 LAKE AVENUE", city: "CHICAGO", state: "IL", zip: "606110001"}
	ruralClinic = party{name: "PRAIRIE FAMILY PRACTICE", npi: npi("100000002"), taxonomy: "261QR1300X", tax: "810000002",
		street: "2 PRAIRIE ROAD", city: "BOZEMAN", state: "MT", zip: "597150001"}
	harborHealth = party{name: "HARBOR SPECIALISTS", npi: npi("100000003"), taxonomy: "261QM1300X", tax: "130000003",
		street: "3 HARBOR STREET", city: "NEW YORK", state: "NY", zip: "100010001"}

	internist = party{name: "RIVERA", first: "ALEX", npi: npi("200000001"), taxonomy: "207R00000X"}
	surgeon   = party{name: "NGUYEN", first: "SAM", npi: npi("200000002"), taxonomy: "207X00000X"}
	nurse     = party{name: "OKAFOR", first: "JO", npi: npi("200000003"), taxonomy: "363LF0000X"}
	assistant = party{name: "LINDQVIST", first: "KIM", npi: npi("200000004"), taxonomy: "363A00000X"}
	therapist = party{name: "MORALES", first: "LEE", npi: npi("200000005"), taxonomy: "225100000X"}
	sleepDoc  = party{name: "ABERNATHY", first: "RAY", npi: npi("200000006"), taxonomy: "207L00000X"}
	social    = party{name: "FONTAINE", first: "DALE", npi: npi("200000007"), taxonomy: "1041C0700X"}
)

// person makes the n-th invented beneficiary.
func person(n int, sex string) member {
	last := []string{"EXAMPLE", "SAMPLE", "SPECIMEN", "TESTER", "MODEL", "PATTERN"}
	first := []string{"ADA", "BEN", "CLEO", "DAN", "EVE", "FINN", "GIA", "HUGO"}
	return member{last: last[n%len(last)], first: first[n%len(first)], mbi: mbi(n),
		born: fmt.Sprintf("19%02d%02d%02d", 35+n%20, 1+n%12, 1+n%28), sex: sex}
}

// clinicians is the table of MIPS payment adjustments of the demo's clinicians.
func clinicians() []byte {
	return []byte("npi,tin,mips_percent,nonparticipating,qualifying_apm\n" +
		internist.npi + "," + cityClinic.tax + ",1.25,no,no\n" +
		surgeon.npi + "," + harborHealth.tax + ",-9.00,no,no\n")
}

// beneficiaries tells what some of them had met before.
func beneficiaries() []byte {
	return []byte("member,year,part_b_deductible_met,last_inpatient_day,part_a_deductible_met,days_used,reserve_days_used\n" +
		person(2, "F").mbi + ",2025,257.00,,,,\n" +
		person(61, "M").mbi + ",2025,257.00,2025-09-30,1676.00,58,0\n")
}
