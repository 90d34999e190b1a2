// SPDX-License-Identifier: Apache-2.0

package remit835

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/edi/emit"
	"github.com/woodlawn-health/woodlawn/edi/x12"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
)

var clinic = claim.Payee{Name: "Elm Street Clinic", NPI: "1234567893", TaxID: "521234567"}

// officeVisit is a balanced professional claim: allowed 100, deductible 50, coinsurance
// 10, sequestration 0.80.
func officeVisit(id string) *claim.ClaimPayment {
	on := civil.Of(2025, 11, 3)
	return &claim.ClaimPayment{ClaimID: id, Status: claim.Primary, Charge: 15000, Paid: 3920, PatientOwes: 6000, FilingCode: "MB",
		ControlNumber: "26001" + id, Patient: claim.Person{Name: claim.Name{Last: "Doe", First: "Jane"}, ID: "1EG4TE5MK73"},
		From: on, Through: on, Outpatient: &claim.OutpatientAdjudication{Remarks: []string{"MA01"}},
		Lines: []claim.LinePayment{{Number: 1, ProcedureKind: "HC", Procedure: "G0463", Charge: 15000, Paid: 3920,
			Units: money.Fixed{Value: 1}, From: on, Through: on, Control: "L1", Allowed: 10000, AllowedKnown: true,
			Adjustments: []claim.Adjustment{{Group: claim.ContractualObligation, Reason: "45", Amount: 5000},
				{Group: claim.PatientResponsibility, Reason: "1", Amount: 5000}, {Group: claim.PatientResponsibility, Reason: "2", Amount: 1000},
				{Group: claim.ContractualObligation, Reason: "253", Amount: 80}}}}}
}

// denied pays nothing and leaves nothing to the patient.
func denied(id string) *claim.ClaimPayment {
	p := officeVisit(id)
	p.Status, p.Paid, p.PatientOwes = claim.Denied, 0, 0
	p.Lines[0].Paid, p.Lines[0].Adjustments = 0, []claim.Adjustment{{Group: claim.ContractualObligation, Reason: "29", Amount: 15000}}
	return p
}

// reversal takes an earlier payment back.
func reversal(id string) *claim.ClaimPayment {
	p := officeVisit(id)
	p.Status, p.Charge, p.Paid, p.PatientOwes = claim.Reversal, -p.Charge, -p.Paid, -p.PatientOwes
	l := &p.Lines[0]
	l.Charge, l.Paid = -l.Charge, -l.Paid
	for i := range l.Adjustments {
		l.Adjustments[i].Amount = -l.Adjustments[i].Amount
	}
	return p
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// written runs fill on a new writer and returns the totals and the file.
func written(t testing.TB, h Header, fill func(w *Writer)) (Totals, []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "out.835")
	w, err := NewWriter(path, h)
	must(t, err)
	fill(w)
	totals, err := w.Close()
	must(t, err)
	out, err := os.ReadFile(path)
	must(t, err)
	if int(totals.Bytes) != len(out) || int(totals.Segments) != bytes.Count(out, []byte("~")) {
		t.Errorf("totals say %d bytes and %d segments, the file has %d and %d", totals.Bytes, totals.Segments, len(out), bytes.Count(out, []byte("~")))
	}
	return totals, out
}

// readBack reads a file that must be without fault and balanced.
func readBack(t testing.TB, out []byte) []*claim.Remittance {
	t.Helper()
	all, report, err := ReadAll(bytes.NewReader(out), x12.Options{})
	must(t, err)
	report.Each(func(i *x12.Issue) { t.Errorf("%s: %s", i.Place(), i.Message) })
	for _, r := range all {
		if r.Payment() != r.Stated {
			t.Errorf("payment %s states %s and comes to %s", r.TraceNumber, r.Stated, r.Payment())
		}
	}
	return all
}

func TestGolden(t *testing.T) {
	h := testHeader()
	h.Delimiters = emit.Usual
	h.Delimiters.NewLine = true
	h.Batches = true
	_, out := written(t, h, func(w *Writer) {
		must(t, w.Adjust("clinic", &clinic, claim.ProviderAdjustment{Reason: "L6", Amount: -125}))
		must(t, w.Add("clinic", &clinic, officeVisit("A1")))
		stay := &claim.ClaimPayment{ClaimID: "H1", Status: claim.Primary, Charge: 4000000, Paid: 1034250, PatientOwes: 167600, FilingCode: "MA",
			ControlNumber: "26002H1", FacilityCode: "11", Frequency: '1', DRG: "291", DRGWeight: money.Fixed{Value: 12683, Scale: 4},
			Patient: claim.Person{Name: claim.Name{Last: "Roe", First: "Ann"}, ID: "1EG4TE5MK72"}, From: civil.Of(2025, 11, 1), Through: civil.Of(2025, 11, 5),
			Inpatient: &claim.InpatientAdjudication{CoveredDays: 4, DRGAmount: 1201850, OperatingFederal: 1100000, CapitalTotal: 101850},
			Adjustments: []claim.Adjustment{{Group: claim.ContractualObligation, Reason: "45", Amount: 2777043},
				{Group: claim.PatientResponsibility, Reason: "1", Amount: 167600}, {Group: claim.ContractualObligation, Reason: "253", Amount: 21107}},
			Quantities: []claim.QualifiedQuantity{{Qualifier: "CA", Quantity: money.Fixed{Value: 4}}}}
		must(t, w.Add("hospital", &claim.Payee{Name: "General Hospital", NPI: "1992999999"}, stay))
	})
	ledger.Golden(t, filepath.Join("testdata", "two-payees.835"), string(out))
	readBack(t, out)
}

// A payee with more claims than a transaction holds gets several payments, each
// balanced, and no claim is lost.
func TestSplit(t *testing.T) {
	for _, spoolLimit := range []int{0, 1, 700} {
		h := testHeader()
		h.MaxClaims, h.SpoolLimit = 3, spoolLimit
		totals, out := written(t, h, func(w *Writer) {
			for i := range 10 {
				must(t, w.Add("a", &clinic, officeVisit(fmt.Sprintf("A%d", i))))
				must(t, w.Add("b", &claim.Payee{Name: "B", TaxID: "529999999"}, officeVisit(fmt.Sprintf("B%d", i))))
			}
		})
		if totals.Transactions != 8 || totals.Claims != 20 || totals.Payment != 20*3920 {
			t.Errorf("totals are %+v", totals)
		}
		seen := map[string]int{}
		traces := map[string]bool{}
		for _, r := range readBack(t, out) {
			traces[r.TraceNumber] = true
			if len(r.Claims) > 3 || len(r.Claims) == 0 {
				t.Errorf("a transaction has %d claims", len(r.Claims))
			}
			for _, c := range r.Claims {
				seen[c.ClaimID]++
				if c.ClaimID[0] == 'A' != (r.Payee.NPI == clinic.NPI) {
					t.Errorf("claim %s is paid to %s", c.ClaimID, r.Payee.Name)
				}
			}
		}
		if len(seen) != 20 || len(traces) != 8 {
			t.Errorf("%d claims and %d trace numbers came back", len(seen), len(traces))
		}
	}
}

func TestForwardBalance(t *testing.T) {
	h := testHeader()
	h.MaxClaims = 1
	totals, out := written(t, h, func(w *Writer) {
		for _, p := range []*claim.ClaimPayment{reversal("R1"), reversal("R2"), officeVisit("N1"), denied("D1"), officeVisit("N2"), officeVisit("N3"), reversal("R3")} {
			must(t, w.Add("a", &clinic, p))
		}
	})
	all := readBack(t, out)
	var have []string
	for _, r := range all {
		for _, a := range r.ProviderAdjustments {
			have = append(have, fmt.Sprint(r.TraceNumber, " pays ", r.Stated, ": ", a.Reason, " ", a.Reference, " ", a.Amount))
		}
	}
	want := []string{"T1000 pays 0.00: FB T1000 -39.20",
		"T1000-2 pays 0.00: FB T1000 39.20", "T1000-2 pays 0.00: FB T1000-2 -78.40", // both in one
		"T1000-3 pays 0.00: FB T1000-2 78.40", "T1000-3 pays 0.00: FB T1000-3 -39.20", // in part
		// T1000-4 comes to nothing and leaves the balance alone
		"T1000-5 pays 0.00: FB T1000-3 39.20", // worked off
		// T1000-6 pays
		"T1000-7 pays 0.00: FB T1000-7 -39.20"}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("-want +have\n%s", diff)
	}
	if diff := cmp.Diff([]ForwardBalance{{"a", "T1000-7", 3920}}, totals.Forward); diff != "" {
		t.Errorf("forward balance: -want +have\n%s", diff)
	}
	if all[0].Method != "NON" || all[0].Handling != "H" {
		t.Errorf("a payment of zero has method %s, handling %s", all[0].Method, all[0].Handling)
	}
}

// What cannot be written is refused, and what may be changed is made safe.
func TestCharacters(t *testing.T) {
	h := testHeader()
	_, out := written(t, h, func(w *Writer) {
		for name, spoil := range map[string]func(*claim.ClaimPayment){
			"delimiter in an identifier":  func(p *claim.ClaimPayment) { p.ClaimID = "A*1" },
			"terminator in a code":        func(p *claim.ClaimPayment) { p.Lines[0].Adjustments[0].Reason = "4~" },
			"letter of another language":  func(p *claim.ClaimPayment) { p.ControlNumber = "Ñ1" },
			"identifier that is too long": func(p *claim.ClaimPayment) { p.ClaimID = strings.Repeat("9", 39) },
			"no claim number":             func(p *claim.ClaimPayment) { p.ClaimID = "" },
			"no group":                    func(p *claim.ClaimPayment) { p.Lines[0].Adjustments[0].Group = 9 },
			"amount over the bound": func(p *claim.ClaimPayment) {
				p.Charge, p.Lines[0].Charge, p.Lines[0].Adjustments[0].Amount = 1e10, 1e10, 1e10-10000
			},
			"six remarks":         func(p *claim.ClaimPayment) { p.Outpatient.Remarks = make([]string, 6) },
			"line without a code": func(p *claim.ClaimPayment) { p.Lines[0].Procedure = "" },
		} {
			p := officeVisit("A1")
			spoil(p)
			var element *emit.ElementError
			if err := w.Add("a", &clinic, p); !errors.As(err, &element) {
				t.Errorf("%s: %v", name, err)
			}
		}
		p := officeVisit("A2")
		p.Patient.Name.Last = "Núñez*~:\n"
		must(t, w.Add("a", &clinic, p))
	})
	all := readBack(t, out)
	if len(all) != 1 || len(all[0].Claims) != 1 || all[0].Claims[0].Patient.Name.Last != "Nunez" {
		t.Errorf("came back as %+v", all)
	}
}

// A payee or adjustment that cannot be written is refused at once, and does not spoil
// the others' file.
func TestBadPayee(t *testing.T) {
	totals, _ := written(t, testHeader(), func(w *Writer) {
		for name, p := range map[string]claim.Payee{
			"no number":       {Name: "A"},
			"no name":         {NPI: "1234567893"},
			"delimiter in it": {Name: "A", NPI: "12345~7893"},
		} {
			if err := w.Add(name, &p, officeVisit("A1")); err == nil {
				t.Errorf("%s: the payee is taken", name)
			}
		}
		if err := w.Adjust("a", &clinic, claim.ProviderAdjustment{Reason: "W*", Amount: 1}); err == nil {
			t.Error("an adjustment with a delimiter in its reason is taken")
		}
		if err := w.Adjust("a", &clinic, claim.ProviderAdjustment{Reason: "WO"}); err == nil {
			t.Error("an adjustment of nothing is taken")
		}
		must(t, w.Add("a", &clinic, officeVisit("A1")))
		must(t, w.Adjust("b", &claim.Payee{Name: "B", TaxID: "529999999"}, claim.ProviderAdjustment{Reason: "WO", Reference: "R1", Amount: 500}))
	})
	if totals.Transactions != 2 || totals.Claims != 1 || len(totals.Forward) != 1 || totals.Forward[0].Amount != 500 {
		t.Errorf("totals are %+v", totals)
	}
}

// A run that ends early leaves neither the file nor anything else in the folder.
func TestAbort(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out.835")
	must(t, os.WriteFile(path, []byte("yesterday's"), 0o600))
	h := testHeader()
	h.SpoolLimit = 1
	w, err := NewWriter(path, h)
	must(t, err)
	must(t, w.Add("a", &clinic, officeVisit("A1")))
	w.Abort()
	if err := w.Add("a", &clinic, officeVisit("A2")); err == nil {
		t.Error("a writer that was aborted takes claims")
	}
	if _, err := w.Close(); err == nil {
		t.Error("a writer that was aborted closes well")
	}
	entries, err := os.ReadDir(dir)
	must(t, err)
	if b, err := os.ReadFile(path); len(entries) != 1 || err != nil || string(b) != "yesterday's" {
		t.Errorf("the folder holds %v, the file %q", entries, b)
	}
}

func TestHeaderIsChecked(t *testing.T) {
	for name, spoil := range map[string]func(*Header){
		"no sender":       func(h *Header) { h.Envelope.Sender.ID = "" },
		"no control":      func(h *Header) { h.Envelope.Control = 0 },
		"no payer":        func(h *Header) { h.Common.Payer.Name = "" },
		"no address":      func(h *Header) { h.Common.Payer.Address = claim.Address{} },
		"no contact":      func(h *Header) { h.Common.Technical = nil },
		"no originator":   func(h *Header) { h.Common.OriginatorID = "" },
		"no trace number": func(h *Header) { h.Common.TraceNumber = "" },
		"bad originator":  func(h *Header) { h.Common.OriginatorID = "1*2" },
		"no date":         func(h *Header) { h.Common.Date = 0 },
		"equal delimiters": func(h *Header) {
			h.Delimiters = emit.Delimiters{Element: '*', Component: '*', Repetition: '^', Segment: '~'}
		},
		"letter": func(h *Header) {
			h.Delimiters = emit.Delimiters{Element: 'X', Component: ':', Repetition: '^', Segment: '~'}
		},
	} {
		dir := t.TempDir()
		h := testHeader()
		spoil(&h)
		if _, err := NewWriter(filepath.Join(dir, "out.835"), h); err == nil {
			t.Errorf("%s: the header is taken", name)
		}
		if left, _ := fs.Glob(os.DirFS(dir), "*"); len(left) > 0 {
			t.Errorf("%s: %v is left", name, left)
		}
	}
}
