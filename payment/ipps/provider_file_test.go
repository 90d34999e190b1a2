// SPDX-License-Identifier: Apache-2.0

package ipps

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/refdata"
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

// A file in CMS's layout, imported as a table, finds the record that prices a bill.
func TestImportedProviders(t *testing.T) {
	record := []byte(strings.Repeat(" ", layout.IPSFRecord))
	for i, f := range layout.IPSFFields {
		if f.Kind == refdata.Number {
			copy(record[f.Offset:], strings.Repeat("0", f.Length))
		}
		if v, ok := map[string]string{"npi": "1999999984", "provider_number": "459901", "effective_date": "20251001", "provider_type": "00",
			"state_code": "45", "cbsa_geographic": "26420", "operating_ccr": "0231", "hospital_quality_indicator": "1", "capital_pay_code": "C",
			"vbp_participant": "N", "hrr_participant": "0"}[layout.IPSFFields[i].Name]; ok {
			copy(record[f.Offset:], v)
		}
	}
	file := layout.File{Name: "INPAT.TXT", Data: record}
	l, err := layout.Find(file)
	if err != nil {
		t.Fatal(err)
	}
	tables, rejects, err := l.Read(file)
	if err != nil || len(rejects) > 0 {
		t.Fatal(err, rejects)
	}
	dir := t.TempDir()
	if err := tables[0].WriteFile(filepath.Join(dir, tables[0].FileName())); err != nil {
		t.Fatal(err)
	}
	cat, err := refdata.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	providers, err := LatestProviders(cat)
	if err != nil || providers.Len() != 1 {
		t.Fatal(err)
	}
	b := &Bill{NPI: "1999999984", ReviewCode: "00", DRG: "291", LengthOfStay: 4, CoveredDays: 4, Discharge: civil.Of(2026, 1, 15), CoveredCharges: 2500000}
	prov := providers.Find("", b.NPI, b.Discharge)
	if prov == nil || prov.OperatingCCR != 231 || prov.CBSAGeographic != "26420" {
		t.Fatalf("record %+v", prov)
	}
	if pay, err := New(cat).Price(b, prov, nil); err != nil || !pay.Paid() || pay.TotalPayment == 0 {
		t.Errorf("return code %s, total %s, %v", pay.ReturnCode, pay.TotalPayment, err)
	}
	if _, err := LatestProviders(refdata.Embedded()); err == nil {
		t.Error("no provider file is embedded")
	}
}

// The official cases give every provider record twice: by field, and as CMS's
// fixed record. Both readers must see the same.
func TestFixedRecordsOfOfficialCases(t *testing.T) {
	var fixed strings.Builder
	var want []ProviderRecord
	evidence.Lines(t, officialCases, func(n int, line []byte) {
		k, err := ParseCase(line)
		if err != nil {
			t.Fatal(err)
		}
		var raw struct {
			Record  string   `json:"provider_record"`
			Records []string `json:"provider_file_records"`
		}
		if err := json.Unmarshal(line, &raw); err != nil {
			t.Fatal(err)
		}
		if k.Provider != nil {
			raw.Records, k.ProviderFile = []string{raw.Record}, []ProviderRecord{*k.Provider}
		}
		for _, r := range raw.Records {
			fixed.WriteString(r + "\n")
		}
		want = append(want, k.ProviderFile...)
	})
	file := layout.File{Name: "INPAT.TXT", Data: []byte(fixed.String())}
	l, err := layout.Find(file)
	if err != nil {
		t.Fatal(err)
	}
	tables, rejects, err := l.Read(file)
	if err != nil || len(rejects) > 0 {
		t.Fatal(err, len(rejects), rejects[0])
	}
	got, err := recordsOf(tables[0])
	if err != nil || len(got) != len(want) {
		t.Fatalf("%d records, want %d: %v", len(got), len(want), err)
	}
	different := 0
	for i := range got {
		if diff := cmp.Diff(want[i], got[i]); diff != "" {
			if different++; different < 4 {
				t.Errorf("record %d, by field - and fixed +:\n%s", i, diff)
			}
		}
	}
	t.Logf("%d records compared, %d different", len(got), different)
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
