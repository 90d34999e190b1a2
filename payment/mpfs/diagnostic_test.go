// SPDX-License-Identifier: Apache-2.0

package mpfs

import (
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
)

// test makes the three rows of a test with both components.
func test(hcpcs, mult, pc, tc string) []code {
	sum := map[[2]string]string{{"100.00", "500.00"}: "600.00", {"80.00", "400.00"}: "480.00", {"30.00", "100.00"}: "130.00", {"20.00", "60.00"}: "80.00"}[[2]string{pc, tc}]
	return []code{{hcpcs: hcpcs, pctc: "1", mult: mult, pe: sum}, {hcpcs: hcpcs, mod: "26", pctc: "1", mult: mult, work: pc}, {hcpcs: hcpcs, mod: "TC", pctc: "1", mult: mult, pe: tc}}
}

// MLN Matters MM9647, example: procedure 1 with PC 100 and TC 500, procedure 2 with
// 80 and 400. PC 100 + .95 × 80 = 176; TC 500 + .50 × 400 = 700; global 876.
func TestMultipleImaging(t *testing.T) {
	p := pricerOf(t, append(test("70001", "4", "100.00", "500.00"), test("70002", "4", "80.00", "400.00")...)...)
	expect(t, p, Options{}, bill(t, "70001-26", "70002-26"), "100.00", "76.00")
	expect(t, p, Options{}, bill(t, "70001-TC", "70002-TC"), "500.00", "200.00")
	got := expect(t, p, Options{}, bill(t, "70002", "70001"), "276.00", "600.00")
	if sum := got[0].Allowed + got[1].Allowed; sum != 87600 {
		t.Errorf("both: %s, the example says 876.00", sum)
	}
	expect(t, p, Options{}, bill(t, "70002-59", "70001"), "480.00", "600.00") // another session
	expect(t, p, Options{}, bill(t, "70002 x2"), "756.00")                    // 480 + 76 + 200
	expect(t, p, Options{}, bill(t, "70002", "70001 +1"), "480.00", "600.00")
	expect(t, p, Options{}, bill(t, "70002-TC @22", "70001-26 @22"), "CO-5", "100.00")
}

// The reduced technical component is held against the OPPS cap, not the capped one
// reduced: 400 × .5 = 200 stays under a cap of 300, while alone it is paid 300.
func TestImagingCap(t *testing.T) {
	rows := append(test("70001", "4", "100.00", "500.00"), code{hcpcs: "70002", pctc: "1", mult: "4", work: "80.00", pe: "400.00", oppsPE: "300.00"},
		code{hcpcs: "70002", mod: "26", pctc: "1", mult: "4", work: "80.00"}, code{hcpcs: "70002", mod: "TC", pctc: "1", mult: "4", pe: "400.00", oppsPE: "300.00"})
	p := pricerOf(t, rows...)
	expect(t, p, Options{}, bill(t, "70002"), "380.00")
	expect(t, p, Options{}, bill(t, "70002-TC"), "300.00")
	expect(t, p, Options{}, bill(t, "70002-TC", "70001-TC"), "200.00", "500.00")
}

// Cardiovascular: technical component of the lower test at 75 %; ophthalmologic at
// 80 %. Professional components are not touched.
func TestMultipleTests(t *testing.T) {
	rows := append(test("93001", "6", "100.00", "500.00"), test("93002", "6", "30.00", "100.00")...)
	rows = append(rows, test("92001", "7", "80.00", "400.00")...)
	rows = append(rows, test("92002", "7", "20.00", "60.00")...)
	// A global test whose technical part is the code after it (as 93000 and 93005).
	rows = append(rows, code{hcpcs: "93100", pctc: "4", mult: "6", work: "17.00", pe: "25.00"}, code{hcpcs: "93105", pctc: "3", mult: "6", pe: "19.00"},
		code{hcpcs: "93110", pctc: "2", work: "17.00", pe: "6.00"})
	p := pricerOf(t, rows...)
	expect(t, p, Options{}, bill(t, "93001", "93002"), "600.00", "105.00")      // 130 - 25
	expect(t, p, Options{}, bill(t, "92002", "92001"), "68.00", "480.00")       // 80 - 12
	expect(t, p, Options{}, bill(t, "93001", "92001"), "600.00", "480.00")      // different groups
	expect(t, p, Options{}, bill(t, "93100", "93002"), "37.25", "130.00")       // 42 - 4.75
	expect(t, p, Options{}, bill(t, "93001-26", "93002-26"), "100.00", "30.00") // no technical part
}

// Pub. 100-04 ch. 5, 10.7, example: procedure 1 with work 7, PE 10, MP 1 (two
// units) and procedure 2 with work 11, PE 8, MP 1. Work 7 + 7 + 11, PE 10 + 5 + 4,
// MP 1 + 1 + 1: 47.00 in all.
func TestTherapy(t *testing.T) {
	p := pricerOf(t, code{hcpcs: "97110", work: "7.00", pe: "10.00", mp: "1.00", mult: "5", pctc: "7"}, code{hcpcs: "97140", work: "11.00", pe: "8.00", mp: "1.00", mult: "5", pctc: "7"})
	got := expect(t, p, Options{}, bill(t, "97140", "97110 x2"), "16.00", "31.00")
	if sum := got[0].Allowed + got[1].Allowed; sum != 4700 {
		t.Errorf("all: %s, the example says 47.00", sum)
	}
	expect(t, p, Options{}, bill(t, "97110"), "18.00")
	if got := p.Price(bill(t, "97110-CQ"), Options{}, nil, nil); got[0].PaymentShare != 8500 || got[0].Allowed != 1800 {
		t.Errorf("a therapy assistant is paid 85 %% of the payment: %+v", got[0])
	}
	expect(t, p, Options{}, bill(t, "97110 @22"), "CO-5")
}

// Four base units (not verified) and 48 minutes, which are 3.2 time units.
func TestAnesthesia(t *testing.T) {
	p := pricerOf(t, code{hcpcs: "00142", status: "J", pctc: "9"}, code{hcpcs: "00999", status: "J", pctc: "9"})
	// 7.2 units × 19.31 (Alabama 2025) = 139.03
	got := expect(t, p, Options{}, bill(t, "00142-AA m48 @24"), "139.03")
	if !got[0].Unverified {
		t.Error("base units that are not verified must be told")
	}
	expect(t, p, Options{}, bill(t, "00142-QK m48 @24", "00142-QX +1 m48 @24"), "69.52", "69.52")
	expect(t, p, Options{}, bill(t, "00142-QZ m10 @24"), "90.76") // 0.7 time units: 4.7 × 19.31 = 90.757
	expect(t, p, Options{}, bill(t, "00142-AD m48 @24"), "57.93") // three base units
	expect(t, p, Options{}, bill(t, "00142 m48 @24"), "CO-4")
	expect(t, p, Options{}, bill(t, "00142-AA x4 @24"), "?minutes")
	expect(t, p, Options{}, bill(t, "00999-AA m48 @24"), "?base units")
	// The second service of the day has its time alone: 3.2 × 19.31 = 61.79.
	expect(t, p, Options{}, bill(t, "00142-AA m48 @24", "00142-AA m48 @24"), "139.03", "61.79")
}

// On the embedded tables, with CMS's figures: computed by hand from the RVU file.
func TestEmbeddedTables(t *testing.T) {
	p := New(embedded())
	on := civil.Of(2025, time.June, 2)
	// 99213 in Birmingham, Alabama: (1.30 × 1.000 + 1.35 × 0.869 + 0.10 × 0.575) × 32.3465 = 81.8573
	c := oneLine("99213", "", "11", on)
	expect(t, p, Options{}, c, "81.86")
	// In the hospital 0.57 for practice expense: (1.30 + 0.49533 + 0.0575) × 32.3465 = 59.9317
	c.PlaceOfService = "22"
	expect(t, p, Options{}, c, "59.93")
	expect(t, p, Options{}, oneLine("12345", "", "11", on), "?HCPCS 12345 is not loaded for 2025-06-02: import PPRRVU")
	expect(t, p, Options{}, oneLine("99213", "", "11", civil.Of(2026, time.June, 2)), "?import PPRRVU for 2026")
	expect(t, p, Options{}, oneLine("36415", "", "11", on), "?not paid under the physician fee schedule")
}
