// SPDX-License-Identifier: Apache-2.0

package ipps

import (
	"testing"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata/layout"
)

// The record's fields here and in CMS's layout are one list.
func TestProviderFieldsAreTheLayouts(t *testing.T) {
	if len(providerFields) != len(layout.IPSFFields) {
		t.Fatalf("%d fields, the layout has %d", len(providerFields), len(layout.IPSFFields))
	}
	for i, f := range providerFields {
		if l := layout.IPSFFields[i]; f.name != l.Name || f.scale != l.Decimals {
			t.Errorf("field %d is %s with %d decimals, the layout has %s with %d", i, f.name, f.scale, l.Name, l.Decimals)
		}
	}
}

func TestFind(t *testing.T) {
	rec := func(ccn, npi string, year int) ProviderRecord {
		return ProviderRecord{ProviderNumber: ccn, NPI: npi, Effective: civil.Of(year, 10, 1), Beds: int64(year)}
	}
	f := NewProviderFile([]ProviderRecord{rec("459901", "1", 2025), rec("459902", "2", 2024), rec("459901", "1", 2023),
		rec("459901", "1", 2024), rec("459903", "2", 2024)})
	for _, c := range []struct {
		ccn, npi string
		day      civil.Date
		beds     int64
	}{
		{"459901", "", civil.Of(2025, 9, 30), 2024}, {"459901", "", civil.Of(2025, 10, 1), 2025},
		{"459901", "", civil.Of(2020, 1, 1), 2023}, // the first, which then fails with 55
		{"", "1", civil.Of(2026, 1, 1), 2025},
	} {
		if r := f.Find(c.ccn, c.npi, c.day); r == nil || r.Beds != c.beds {
			t.Errorf("%q %q on %s: %+v, want the record of %d", c.ccn, c.npi, c.day, r, c.beds)
		}
	}
	if f.Find("999999", "", civil.Of(2026, 1, 1)) != nil || f.Find("", "2", civil.Of(2026, 1, 1)) != nil {
		t.Error("an unknown hospital, or an NPI of two hospitals, finds nothing")
	}
}

func FuzzParseCase(f *testing.F) {
	f.Add([]byte(`{"id":1,"claim":{"drg":"291","length_of_stay":"0A ","covered_charges":"1.20","discharge_date":"2026-01-05","procedure_codes":["A"]},"provider":{"npi":"1","vbp_factor":"0E-11"}}`))
	f.Add([]byte(`{"claim":{},"provider_file":[{},{"cola":1.0}]}`))
	f.Add([]byte(`{"claim":{"drg":"\"`))
	f.Add([]byte(`[1,{"a":[]},"]"]`))
	pricer := testPricer()
	f.Fuzz(func(t *testing.T, line []byte) {
		k, err := ParseCase(line)
		if err != nil {
			return
		}
		pay, err := pricer.Price(&k.Bill, k.Record(), nil)
		if err == nil && len(pay.ReturnCode) != 2 {
			t.Fatalf("return code %q", pay.ReturnCode)
		}
	})
}
