// SPDX-License-Identifier: Apache-2.0

package mpfs

import (
	"testing"

	"github.com/woodlawn-health/woodlawn/claim"
)

// Pub. 100-04 ch. 12, 40.6.C, example: 45378 (base) $255.40, 45380 $285.98, 45385
// $374.56. Full value of the highest plus the difference of the next to the base:
// 374.56 + (285.98 - 255.40 = 30.58) = 405.14.
func endoscopyCodes() []code {
	return []code{
		{hcpcs: "45378", work: "255.40", global: "000", mult: "2"},
		{hcpcs: "45380", work: "285.98", global: "000", mult: "3", endo: "45378"},
		{hcpcs: "45385", work: "374.56", global: "000", mult: "3", endo: "45378"},
		{hcpcs: "43235", work: "200.00", global: "000", mult: "2"},
		{hcpcs: "43239", work: "230.00", global: "000", mult: "3", endo: "43235"},
		{hcpcs: "43249", work: "260.00", global: "000", mult: "3", endo: "43235"},
		{hcpcs: "27447", work: "1000.00", global: "090", mult: "2"},
	}
}

func TestEndoscopyFamily(t *testing.T) {
	p := pricerOf(t, endoscopyCodes()...)
	got := expect(t, p, Options{}, bill(t, "45380", "45385"), "30.58", "374.56")
	if r := got[0].Reductions(); len(r) != 1 || r[0].Reason != "59" || r[0].Amount != 25540 || r[0].Group != claim.ContractualObligation {
		t.Errorf("reductions of the second endoscopy: %v", r)
	}
	// The base beside another of its family is included in it; alone it is paid.
	expect(t, p, Options{}, bill(t, "45378", "45385"), "CO-97", "374.56")
	expect(t, p, Options{}, bill(t, "45378"), "255.40")
	// Two families: each by the endoscopy rule first (405.14 and 260 + 30 = 290.00),
	// then the second at one half: 130.00 and 15.00.
	expect(t, p, Options{}, bill(t, "45380", "45385", "43239", "43249"), "30.58", "374.56", "15.00", "130.00")
	// A family and another procedure: the dearer one in full, the family at one half.
	expect(t, p, Options{}, bill(t, "45380", "45385", "27447"), "15.29", "187.28", "1000.00")
	// Two units of one endoscopy: the second is worth what it is above the base.
	expect(t, p, Options{}, bill(t, "45385 x2"), "493.72") // 374.56 + 119.16
	// On different days nothing is reduced.
	expect(t, p, Options{}, bill(t, "45380", "45385 +1"), "285.98", "374.56")
}

// Ranks: 100, 50, 50, 50, 50 per cent; the sixth and later by report.
func TestMultipleSurgery(t *testing.T) {
	p := pricerOf(t, code{hcpcs: "27447", work: "1000.00", mult: "2"}, code{hcpcs: "29881", work: "600.01", mult: "2"},
		code{hcpcs: "11042", work: "100.00", mult: "2"}, code{hcpcs: "11045", work: "40.00", mult: "0", global: "ZZZ"},
		code{hcpcs: "20610", work: "80.00", mult: "2", bilat: "1"}, code{hcpcs: "00001", work: "50.00", mult: "1"})
	expect(t, p, Options{}, bill(t, "11042", "27447", "29881"), "50.00", "1000.00", "300.01")
	expect(t, p, Options{}, bill(t, "11042", "11045 x3"), "100.00", "120.00") // add-on codes are not reduced
	expect(t, p, Options{}, bill(t, "11042 x3", "27447"), "150.00", "1000.00")
	expect(t, p, Options{}, bill(t, "11042 x5"), "300.00")
	expect(t, p, Options{}, bill(t, "11042 x5", "27447"), "?by report", "1000.00")
	// Bilateral first, then the rank: 80 × 1.5 = 120 is ahead of 100.
	expect(t, p, Options{}, bill(t, "20610-50", "11042"), "120.00", "50.00")
	expect(t, p, Options{}, bill(t, "20610-LT", "20610-RT", "11042"), "80.00", "40.00", "50.00")
	expect(t, p, Options{}, bill(t, "20610 x2"), "120.00")
	// An assistant's lines rank among themselves.
	expect(t, p, Options{}, bill(t, "27447", "29881-80"), "1000.00", "CO-54")
	// Rank 2 by the rules before 1995 is one half as well.
	expect(t, p, Options{}, bill(t, "11042", "00001"), "100.00", "25.00")
}

func TestBilateral(t *testing.T) {
	p := pricerOf(t, code{hcpcs: "10001", work: "10.00", bilat: "0"}, code{hcpcs: "10002", work: "10.00", bilat: "1"}, code{hcpcs: "10003", work: "10.00", bilat: "2"},
		code{hcpcs: "10004", work: "10.00", bilat: "3"}, code{hcpcs: "10005", work: "10.00", bilat: "9"})
	for hcpcs, want := range map[string]string{"10001": "10.00", "10002": "15.00", "10003": "10.00", "10004": "20.00", "10005": "CO-4"} {
		expect(t, p, Options{}, bill(t, hcpcs+"-50"), want)
	}
}

// A major procedure of 1000: 10 % before, 70 % during, 20 % after.
func TestPackageShares(t *testing.T) {
	p := pricerOf(t, code{hcpcs: "27447", work: "1000.00", global: "090", pre: "0.10", intra: "0.70", post: "0.20", mult: "2"},
		code{hcpcs: "45378", work: "100.00", global: "000"}, code{hcpcs: "99213", work: "50.00"})
	expect(t, p, Options{}, bill(t, "27447-54"), "800.00")
	expect(t, p, Options{}, bill(t, "27447-55"), "200.00")
	expect(t, p, Options{}, bill(t, "27447-56"), "100.00")
	expect(t, p, Options{}, bill(t, "27447-78"), "700.00")
	expect(t, p, Options{}, bill(t, "45378-78"), "100.00")
	expect(t, p, Options{}, bill(t, "99213-54"), "CO-4")
	// 45 of 90 days of care after the operation.
	c := bill(t, "27447-55")
	c.Lines[0].Dates = []claim.QualifiedDate{{Qualifier: "090", From: testDay}, {Qualifier: "091", From: testDay.AddDays(44)}}
	expect(t, p, Options{}, c, "100.00")
	expect(t, p, Options{}, bill(t, "27447-22"), "?modifier 22")
	expect(t, p, Options{}, bill(t, "27447-52"), "?modifier 52")
	expect(t, p, Options{}, bill(t, "27447-53"), "?modifier 53")
}

func TestSeveralSurgeons(t *testing.T) {
	rows := []code{{hcpcs: "10000", work: "1000.00", asst: "2", co: "2", team: "2"}, {hcpcs: "10001", work: "1000.00", asst: "1", co: "1", team: "1"},
		{hcpcs: "10002", work: "1000.00", asst: "0", co: "0", team: "0"}}
	p := pricerOf(t, rows...)
	expect(t, p, Options{}, bill(t, "10000-80"), "160.00")
	expect(t, p, Options{}, bill(t, "10000-82"), "160.00")
	expect(t, p, Options{}, bill(t, "10000-AS"), "136.00") // 85 % of 16 %
	expect(t, p, Options{}, bill(t, "10000-62"), "625.00")
	// A contractor's example: 1908.48 × 125 %, divided between two, is 1192.80 each.
	expect(t, pricerOf(t, code{hcpcs: "48554", work: "1908.48", co: "2"}), Options{}, bill(t, "48554-62"), "1192.80")
	expect(t, p, Options{}, bill(t, "10000-66"), "?by report")
	expect(t, p, Options{}, bill(t, "10001-80"), "CO-54")
	expect(t, p, Options{}, bill(t, "10001-62"), "?documentation")
	expect(t, p, Options{}, bill(t, "10002-80"), "CO-54")
	expect(t, p, Options{}, bill(t, "10002-62"), "CO-54")
	expect(t, p, Options{}, bill(t, "10002-66"), "CO-54")
	c := bill(t, "10000-80")
	c.Providers = []claim.Provider{{Role: claim.Rendering, NPI: "1", Taxonomy: "363A00000X"}}
	expect(t, p, Options{}, c, "136.00") // the same by the taxonomy code
}

func TestGlobalPackages(t *testing.T) {
	p := pricerOf(t, code{hcpcs: "27447", work: "1000.00", global: "090"}, code{hcpcs: "11000", work: "100.00", global: "010"},
		code{hcpcs: "45378", work: "100.00", global: "000"}, code{hcpcs: "99213", work: "50.00"}, code{hcpcs: "71046", work: "20.00"})
	for _, c := range []struct {
		visit, procedure, want string
	}{
		{"99213", "45378", "CO-97"}, {"99213-25", "45378", "50.00"}, {"99213-57", "27447", "50.00"}, {"99213", "27447", "CO-97"},
		{"99213 +1", "45378", "50.00"}, {"99213", "27447 +1", "CO-97"}, {"99213-57", "27447 +1", "50.00"}, {"99213", "27447 +2", "50.00"},
		{"99213", "11000 +1", "50.00"}, {"99213 +10", "11000", "CO-97"}, {"99213 +11", "11000", "50.00"}, {"99213-24 +10", "11000", "50.00"},
		{"99213 +90", "27447", "CO-97"}, {"99213 +91", "27447", "50.00"}, {"71046", "27447", "20.00"},
		{"99213", "27447-55", "50.00"},
	} {
		t.Run(c.visit+" with "+c.procedure, func(t *testing.T) {
			got := p.Price(bill(t, c.visit, c.procedure), Options{}, nil, nil)[0]
			text := got.Allowed.String()
			if got.Status == Bundled {
				text = "CO-" + got.Denial.Reason
			}
			if text != c.want {
				t.Errorf("%s, want %s", text, c.want)
			}
		})
	}
	// Another practitioner of the group is not bound by the package.
	c := bill(t, "99213", "27447")
	c.Lines[0].Providers = []claim.Provider{{Role: claim.Rendering, NPI: "1111111111"}}
	c.Lines[1].Providers = []claim.Provider{{Role: claim.Rendering, NPI: "2222222222"}}
	expect(t, p, Options{}, c, "50.00", "1000.00")
}
