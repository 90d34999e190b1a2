// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/edi/remit835"
	"github.com/woodlawn-health/woodlawn/edi/x12"
	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/vbc/cclf"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// billedTotal is what an 835 and the timelines made with it must agree on.
type billedTotal struct {
	Claims map[string]int         // by control number
	Paid   map[string]money.Cents // by part of Medicare
}

// TestACOImportDemoClaims prices the demo's claims and imports them with the 835 that comes of
// it: the timelines hold the claims of the 835, with its payments, those to patients included.
func TestACOImportDemoClaims(t *testing.T) {
	demo := func(name string) string { return filepath.Join("..", "demo", name) }
	dir := t.TempDir()
	priced, org := filepath.Join(dir, "priced"), filepath.Join(dir, "org")
	run := func(args ...string) {
		t.Helper()
		if code := Main(args, Streams{Out: io.Discard, Err: io.Discard}); code != ExitRejects { // some claims are meant to be refused
			t.Fatalf("%v: exit code %d", args, code)
		}
	}
	run("price", demo("professional.837"), demo("institutional.837"), "--out", priced, "--providers", demo("providers.csv"),
		"--clinicians", demo("clinicians.csv"), "--beneficiaries", demo("beneficiaries.csv"), "--date", "2025-12-15")
	remittance := filepath.Join(priced, "835.edi")
	run("aco", "import", demo("institutional.837"), demo("professional.837"), "--remittance", remittance, "--out", org)

	want := billedTotal{map[string]int{}, map[string]money.Cents{}}
	f, err := os.Open(remittance)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, _, err := remit835.ReadAll(f, x12.Options{File: "835.edi"})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		for i := range r.Claims {
			p := &r.Claims[i]
			want.Claims[p.ControlNumber]++
			part := map[bool]string{true: "A", false: "B"}[p.Inpatient != nil]
			want.Paid[part] += p.Paid
			for _, l := range p.Lines {
				for _, a := range l.Adjustments {
					if a.Reason == "100" {
						want.Paid[part] += a.Amount
					}
				}
			}
		}
	}
	if len(want.Claims) < 40 {
		t.Fatalf("the 835 has only %d claims", len(want.Claims))
	}

	layouts, err := cclf.Load(refdata.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	timelines, err := feed.Open(feed.Config{Dir: org, Layouts: layouts, Temp: t.TempDir(), Reject: func(err error) { t.Error(err) }})
	if err != nil {
		t.Fatal(err)
	}
	defer timelines.Close()
	got := billedTotal{map[string]int{}, map[string]money.Cents{}}
	var mu sync.Mutex
	if err := timelines.Each(func(_ int, b *feed.Beneficiary) error {
		mu.Lock()
		defer mu.Unlock()
		if !b.Known || b.Birth.IsZero() || b.Sex == 0 {
			t.Errorf("a beneficiary has no birth or sex: %v", b.Known)
		}
		for i := range b.Claims {
			c := &b.Claims[i]
			got.Claims[c.ControlNumber]++
			got.Paid[map[bool]string{true: "A", false: "B"}[c.Setting == feed.Inpatient]] += c.Paid
			if c.Setting == feed.Inpatient && (c.DRG == "" || c.Principal == "" || c.PatientStatus == "" || c.FacilityNPI == "" || c.BillType != "11") {
				t.Errorf("claim %s lacks DRG, principal diagnosis, status, hospital or type of bill", c.ControlNumber)
			}
			for _, l := range c.Lines {
				if c.Setting == feed.Professional && (l.Code == "" || l.TIN == "" || l.NPI == "" || l.Place == "" || l.From.IsZero() || l.Diagnosis == "") {
					t.Errorf("a line of claim %s lacks its service, group, clinician, place, day or diagnosis", c.ControlNumber)
				}
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-835 +timelines:\n%s", diff)
	}
}
