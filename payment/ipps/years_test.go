// SPDX-License-Identifier: Apache-2.0

package ipps

import (
	"testing"

	"github.com/woodlawn-health/woodlawn/claim/civil"
)

// What differs between fiscal years 2021 and 2026 is data: the same bill, the same
// hospital, another day.
func TestYearsDiffer(t *testing.T) {
	y2021, y2026 := civil.Of(2021, 3, 1), civil.Of(2026, 3, 1)
	for _, c := range []struct {
		name   string
		on     civil.Date
		change func(*Bill, *ProviderRecord)
		get    func(*Payment) string
		want   string
	}{
		{"FY 2021 needs last year's wage index", y2021, func(*Bill, *ProviderRecord) {}, code, "52"},
		{"FY 2026 does not", y2026, func(*Bill, *ProviderRecord) {}, code, "14"},
		{"FY 2026 caps the fall of the wage index", y2026, func(_ *Bill, p *ProviderRecord) {
			p.PriorWageIndexUse, p.PriorWageIndex = "1", 12000
		}, wageIndex, "1.1400"},
		{"a small fall stays", y2026, func(_ *Bill, p *ProviderRecord) {
			p.PriorWageIndexUse, p.PriorWageIndex = "1", 9700
		}, wageIndex, "0.9696"},
		{"a prior index of nothing", y2026, func(_ *Bill, p *ProviderRecord) { p.PriorWageIndexUse = "1" }, code, "52"},
		{"rural floor of FY 2026", y2026, func(_ *Bill, p *ProviderRecord) { p.CBSAGeographic, p.State = "10420", "36" }, wageIndex, "0.8767"},
		{"imputed floor of FY 2026", y2026, func(_ *Bill, p *ProviderRecord) { p.CBSAGeographic, p.State = "47220", "31" }, wageIndex, "1.1687"},
		{"low wage index policy of FY 2021", y2021, func(_ *Bill, p *ProviderRecord) {
			p.CBSAGeographic, p.State, p.PriorWageIndexUse, p.PriorWageIndex = "11500", "01", "1", 7422 // 0.7422
		}, wageIndex, "0.7946"},
		{"out-migration", y2026, func(_ *Bill, p *ProviderRecord) {
			p.CBSAGeographic, p.State, p.SpecialPayment, p.County = "   01", "01", "", "01019"
		}, wageIndex, "0.8930"},
		{"Indian Health Service in Alaska", y2026, func(_ *Bill, p *ProviderRecord) { p.ProviderType, p.State = "08", "02" }, wageIndex, "1.9343"},
		{"reclassified", y2026, func(_ *Bill, p *ProviderRecord) {
			p.SpecialPayment, p.CBSAReclassified = "Y", "42644"
		}, wageIndex, "1.2095"},
		{"special wage index", y2026, func(_ *Bill, p *ProviderRecord) { p.SpecialPayment, p.SpecialWageIndex = "1", 9876 }, wageIndex, "0.9876"},
		{"no COVID-19 factor in FY 2026", y2026, func(b *Bill, _ *ProviderRecord) { b.Diagnoses = []string{"U071"} }, weight, "1.2838"},
		{"COVID-19 factor of FY 2021", y2021, func(b *Bill, p *ProviderRecord) {
			b.Diagnoses, p.PriorWageIndexUse, p.PriorWageIndex, p.CBSAGeographic = []string{"U071"}, "1", 9000, "23580"
		}, weight, "1.6091"},
		{"capital share of an urban hospital with rural status", y2026, ruralStatus, capitalDSH, "0.0409"},
		{"not before FY 2024", y2021, func(b *Bill, p *ProviderRecord) {
			ruralStatus(b, p)
			p.PriorWageIndexUse, p.PriorWageIndex, p.CBSAGeographic = "1", 7000, "23580"
		}, capitalDSH, "0.0000"},
		{"a rural hospital has none", y2026, func(b *Bill, p *ProviderRecord) {
			ruralStatus(b, p)
			p.CBSAGeographic = "   11"
		}, capitalDSH, "0.0000"},
		{"Puerto Rico and hospital-acquired conditions", y2026, func(_ *Bill, p *ProviderRecord) {
			p.ProviderNumber, p.State, p.CBSAGeographic, p.HACReduction = "409901", "40", "41980", "Y"
		}, code, "53"},
	} {
		p := guideRecord("119903", "12054", "11")
		p.Effective = c.on.AddDays(-150)
		p.Beds, p.OperatingCCR, p.CapitalCCR = 310, 220, 18
		b := &Bill{ReviewCode: "00", DRG: "291", LengthOfStay: 5, CoveredDays: 5, Discharge: c.on, CoveredCharges: 3000000}
		c.change(b, p)
		pay, err := testPricer().Price(b, p, nil)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := c.get(&pay); got != c.want {
			t.Errorf("%s: %s, want %s (return code %s)", c.name, got, c.want, pay.ReturnCode)
		}
	}
}

func code(p *Payment) string       { return p.ReturnCode }
func wageIndex(p *Payment) string  { return p.WageIndex.String() }
func weight(p *Payment) string     { return p.DRGWeight.String() }
func capitalDSH(p *Payment) string { return p.CapitalDSHRatio.String() }

func ruralStatus(_ *Bill, p *ProviderRecord) {
	p.CBSAStandardized, p.SSIRatio, p.MedicaidRatio = "   11", 800, 1180
}
