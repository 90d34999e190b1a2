// SPDX-License-Identifier: Apache-2.0

package mpfs

import (
	"bytes"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/refdata"
)

func TestStatusIndicators(t *testing.T) {
	var rows []code
	want := map[string]string{"A": "10.00", "R": "10.00", "T": "10.00", "C": "?contractor", "B": "CO-97", "P": "CO-97", "N": "PR-96", "I": "CO-16",
		"M": "CO-246", "X": "?not paid under", "E": "?not paid under", "D": "CO-181", "Z": "?not in table"}
	for s := range want {
		rows = append(rows, code{hcpcs: "G000" + s, status: s, work: "10.00"})
	}
	rows = append(rows, code{hcpcs: "G0009", status: "R"})
	p := pricerOf(t, rows...)
	for s, w := range want {
		expect(t, p, Options{}, bill(t, "G000"+s), w)
	}
	expect(t, p, Options{}, bill(t, "G0009"), "?without relative values")
	expect(t, p, Options{}, bill(t, "G000T", "G000A"), "CO-97", "10.00") // T is paid only alone
	expect(t, p, Options{}, bill(t, "G000A-GY", "G000A-GZ"), "PR-96", "CO-50")
	expect(t, p, Options{}, bill(t, "G000A-26", "G000A-TC"), "CO-4", "CO-4")
	expect(t, p, Options{}, bill(t, "G0008"), "?not in the relative value file")
	expect(t, p, Options{}, bill(t, "G000A @98"), "?place of service")
	expect(t, p, Options{}, bill(t, "G000A x0"), "?units")
	expect(t, p, Options{}, bill(t, "G000A x3 $20"), "20.00") // the lesser of charge and fee schedule
}

func TestWhoIsPaid(t *testing.T) {
	p := pricerOf(t, code{hcpcs: "99213", work: "100.00"})
	for taxonomy, want := range map[string]string{"207Q00000X": "100.00", "363LF0000X": "85.00", "363AM0700X": "85.00", "364S00000X": "85.00",
		"1041C0700X": "75.00", "106H00000X": "75.00", "367A00000X": "100.00"} {
		c := bill(t, "99213")
		c.Providers = []claim.Provider{{Role: claim.Rendering, NPI: "1", Taxonomy: taxonomy}}
		expect(t, p, Options{}, c, want)
	}
	c := bill(t, "99213-AQ")
	c.Billing.NPI, c.Billing.TaxID = "1111111111", "22"
	// 100 × .95 = 95.00; limiting charge 95 × 1.15 = 109.25
	got := expect(t, p, Options{Providers: map[ProviderID]Provider{{NPI: "1111111111"}: {NonParticipating: true, MIPS: 12_300}}}, c, "95.00")
	if got[0].LimitingCharge != 10925 || got[0].MIPSAdjustment != 12_300 || got[0].Bonus != 1000 {
		t.Errorf("limiting charge %s, MIPS %d, bonus %d", got[0].LimitingCharge, got[0].MIPSAdjustment, got[0].Bonus)
	}
	expect(t, p, Options{Providers: map[ProviderID]Provider{{TaxID: "22"}: {NonPhysician: true}}}, c, "85.00")
	expect(t, p, Options{Providers: map[ProviderID]Provider{{TaxID: "22"}: {NonPhysician: true}, {"22", "1111111111"}: {}}}, c, "100.00")
}

// 2026 has a factor for qualifying APM participants; RVUs of 2026 are a user's.
func TestTwoConversionFactors(t *testing.T) {
	dir := t.TempDir()
	rows := func(hcpcs string) []byte {
		head := strings.Replace(rvuHead, "2025", "2026", 1)
		return []byte(head + code{hcpcs: hcpcs, work: "10.00"}.line() + "\n")
	}
	for name, cf := range map[string]string{"PPRRVU2026_Jan_nonQPP.csv": "33.4009", "PPRRVU2026_Jan_QPP.csv": "33.5675"} {
		importFile(t, dir, name, bytes.Replace(rows("99213"), []byte(",1.0000,"), []byte(","+cf+","), 1))
	}
	importFile(t, dir, "GPCI2026.csv", []byte(strings.ReplaceAll(unitGPCI, "2025", "2026")))
	cat, err := refdata.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	p := New(cat)
	c := oneLine("99213", "", "11", civil.Of(2026, time.March, 3))
	c.Billing.TaxID = "9"
	got := expect(t, p, Options{}, c, "334.01")
	if got[0].Unverified {
		t.Error("a factor from the imported file is verified")
	}
	expect(t, p, Options{Providers: map[ProviderID]Provider{{TaxID: "9"}: {QualifyingAPM: true}}}, c, "335.68")
}

func TestLocality(t *testing.T) {
	p := New(refdata.Embedded())
	on := civil.Of(2025, time.March, 3)
	c := oneLine("99213", "", "11", on)
	c.Billing.Address.ZIP = "10001" // Manhattan
	if got := p.Price(c, Options{}, nil, nil)[0]; got.Carrier != "13202" || got.Locality != "01" {
		t.Errorf("10001 is in %s/%s", got.Carrier, got.Locality)
	}
	c.Providers = []claim.Provider{{Role: claim.Facility, Address: claim.Address{ZIP: "352031234"}}}
	if got := p.Price(c, Options{}, nil, nil)[0]; got.Carrier != "10112" {
		t.Errorf("the service facility's ZIP code goes first: %s", got.Carrier)
	}
	c.Providers = nil
	c.PlaceOfService, c.Patient.Address.ZIP = "12", "35203"
	if got := p.Price(c, Options{}, nil, nil)[0]; got.Carrier != "10112" {
		t.Errorf("a service at home is priced at the patient's ZIP code: %s", got.Carrier)
	}
	for _, zip := range []string{"", "1234", "00000", "35a03"} {
		c.Patient.Address.ZIP = ""
		c.Billing.Address.ZIP = zip
		if got := p.Price(c, Options{}, nil, nil)[0]; got.Status != Unpriced || !strings.Contains(got.Reason, "ZIP code") {
			t.Errorf("ZIP code %q: %v %s", zip, got.Status, got.Reason)
		}
	}
}

// Each record of CMS's ZIP files is found again through the packed tables.
func TestZIPRecords(t *testing.T) {
	base := "data/payment/mpfs/zip-locality/"
	carriers := strings.Fields(string(evidence.Read(t, base+"carriers.txt.gz")))
	localities := strings.Fields(string(evidence.Read(t, base+"localities.txt.gz")))
	p := New(refdata.Embedded())
	on := civil.Of(2025, time.July, 1)
	z := p.schedule(on).zip
	checked, wrong := 0, 0
	evidence.Lines(t, base+"records.tsv.gz", func(_ int, line []byte) {
		f := strings.Split(string(line), "\t")
		if f[2] > "2025" || f[3] < "2025" {
			return
		}
		key, _, ok := z.find(f[0]+f[1], on)
		checked++
		if want := localityKey(carriers[atoi(f[4])], localities[atoi(f[5])]); !ok || key != want {
			if wrong++; wrong < 10 {
				t.Errorf("%s-%s: %d, want %d", f[0], f[1], key, want)
			}
		}
	})
	if checked < 1_000_000 {
		t.Errorf("only %d records", checked)
	}
	t.Logf("%d records of 2025, %d wrong", checked, wrong)
}

func atoi(s string) (n int) {
	for i := range s {
		n = n*10 + int(s[i]-'0')
	}
	return n
}

func TestTrace(t *testing.T) {
	p := New(refdata.Embedded())
	c := bill(t, "93306", "93000 @11", "G0101-50", "99999")
	tr := trace.New()
	got := p.Price(c, Options{Providers: map[ProviderID]Provider{{}: {NonParticipating: true}}}, nil, tr)
	if len(got) != 4 {
		t.Fatal(got)
	}
	var b bytes.Buffer
	if err := tr.WriteTable(&b); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"line 1: 93306", "10112/00", "1.46 RVU × 1 GPCI", "OPPS cap", "multiple cardiovascular tests", "nonparticipating provider",
		"42 CFR 414.20(b)", "mpfs.policy 2026-11, row cardiovascular.tc", "limiting charge", "HCPCS 99999 is not loaded"} {
		if !strings.Contains(b.String(), text) {
			t.Errorf("the trace lacks %q:\n%s", text, b.String())
		}
	}
	if again := p.Price(c, Options{Providers: map[ProviderID]Provider{{}: {NonParticipating: true}}}, nil, nil); again[0].Allowed != got[0].Allowed || again[1].Allowed != got[1].Allowed {
		t.Error("the trace changes the price")
	}
}

func TestConcurrentUse(t *testing.T) {
	p := New(refdata.Embedded())
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for k := range 50 {
				c := oneLine("99213", "", "11", civil.Of(2025, time.Month(1+(i+k)%12), 3))
				if got := p.Price(c, Options{}, nil, nil); got[0].Allowed != 8186 {
					t.Error(got[0])
				}
			}
		})
	}
	wg.Wait()
}

func importFile(t testing.TB, dir, name string, data []byte) {
	t.Helper()
	for _, tab := range readText(t, name, data) {
		if err := tab.WriteFile(filepath.Join(dir, tab.FileName())); err != nil {
			t.Fatal(err)
		}
	}
}
