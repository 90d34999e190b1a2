// SPDX-License-Identifier: Apache-2.0

package medicare

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/vbc/cclf"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
	"github.com/woodlawn-health/woodlawn/vbc/rif"
)

const billedNPI = "1000000012"

// bill is a claim of the test: id, frequency code, the number that it replaces.
func bill(form claim.Form, id string, frequency byte, replaced string) *claim.Claim {
	day := civil.Of(2025, 3, 4)
	c := &claim.Claim{Form: form, ID: id, Frequency: frequency, PayerControlNumber: replaced, FilingIndicator: "MB", Charge: 10_000,
		PlaceOfService: "11", Billing: claim.Provider{NPI: billedNPI, TaxID: "360000001"}, Subscriber: claim.Person{ID: "1S00A00AA00"},
		Diagnoses: []claim.Diagnosis{{Code: "I10", Kind: claim.PrincipalDiagnosis}},
		Lines:     []claim.Line{{Number: 1, Procedure: "99213", Charge: 10_000, Units: money.Fixed{Value: 1}, From: day, Through: day, DiagnosisPointers: [4]uint8{1}}}}
	if form == claim.Institutional {
		c.FilingIndicator, c.BillType, c.From, c.Through = "MA", "11", day, day.AddDays(3)
		c.Lines[0].Revenue, c.Lines[0].Procedure = "0120", ""
	}
	return c
}

// paid is an answer of the test.
type paid struct {
	id        string
	frequency byte
	control   string
	status    claim.ClaimStatus
	amount    money.Cents
	day       int // of April 2025
}

func answersOf(list []paid) *Answers {
	a := &Answers{}
	for _, x := range list {
		charge := money.Cents(10_000)
		if x.status == claim.Reversal {
			charge = -charge
		}
		a.Add(&claim.Remittance{Date: civil.Of(2025, 4, x.day), Payee: claim.Payee{NPI: billedNPI}},
			&claim.ClaimPayment{ClaimID: x.id, Frequency: x.frequency, ControlNumber: x.control, Status: x.status, Charge: charge, Paid: x.amount})
	}
	return a
}

// timelinesOf bills claims in their order and gives what is in force by control number.
func timelinesOf(t *testing.T, claims []*claim.Claim, answers *Answers) (inForce map[string]money.Cents, aside []string, n Billed) {
	t.Helper()
	dir := t.TempDir()
	var open []*os.File
	w := &Research{Year: 2025, Create: func(kind rif.Kind) (io.Writer, error) {
		f, err := os.Create(filepath.Join(dir, fmt.Sprint(int(kind))+".csv"))
		open = append(open, f)
		return f, err
	}}
	for _, c := range claims {
		err := w.Bill(c, answers)
		var one *Unreadable
		if errors.As(err, &one) {
			aside = append(aside, one.Error())
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Finish(); err != nil {
		t.Fatal(err)
	}
	for _, f := range open {
		f.Close()
	}
	layouts, err := cclf.Load(refdata.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	f, err := feed.Open(feed.Config{Dir: dir, Layouts: layouts, Temp: t.TempDir(), Reject: func(err error) { t.Error(err) }})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	inForce = map[string]money.Cents{}
	var mu sync.Mutex
	if err := f.Each(func(_ int, b *feed.Beneficiary) error {
		mu.Lock()
		defer mu.Unlock()
		for i := range b.Claims {
			inForce[b.Claims[i].ControlNumber] += b.Claims[i].Paid
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return inForce, aside, w.Billed
}

// TestBilledChains takes claims that were replaced, voided and reversed through every order of
// files: what is in force is the same.
func TestBilledChains(t *testing.T) {
	type claims []struct {
		id        string
		frequency byte
		replaced  string
	}
	for _, test := range []struct {
		name    string
		claims  claims
		answers []paid
		want    map[string]money.Cents
	}{
		{"two originals", claims{{"A", '1', ""}, {"B", '1', ""}},
			[]paid{{"A", '1', "N1", 1, 5000, 1}, {"B", '1', "N2", 1, 6000, 1}}, map[string]money.Cents{"N1": 5000, "N2": 6000}},
		{"a replacement under a number of its own", claims{{"A", '1', ""}, {"A2", '7', "N1"}},
			[]paid{{"A", '1', "N1", 1, 5000, 1}, {"A2", '7', "N2", 1, 7000, 9}}, map[string]money.Cents{"N2": 7000}},
		{"replacements under one number", claims{{"A", '1', ""}, {"A", '7', "N1"}, {"A", '7', "N2"}},
			[]paid{{"A", '1', "N1", 1, 5000, 1}, {"A", '7', "N2", 1, 7000, 9}, {"A", '7', "N3", 1, 6500, 12}}, map[string]money.Cents{"N3": 6500}},
		{"a void", claims{{"A", '1', ""}, {"A", '8', "N1"}, {"B", '1', ""}},
			[]paid{{"A", '1', "N1", 1, 5000, 1}, {"A", '8', "N9", 1, 0, 9}, {"B", '1', "N2", 1, 6000, 1}}, map[string]money.Cents{"N2": 6000}},
		{"a replacement that is voided", claims{{"A", '1', ""}, {"A", '7', "N1"}, {"A", '8', "N2"}},
			[]paid{{"A", '1', "N1", 1, 5000, 1}, {"A", '7', "N2", 1, 7000, 9}, {"A", '8', "N3", 1, 0, 12}}, map[string]money.Cents{}},
		{"a void that is answered by the reversal", claims{{"A", '1', ""}, {"A", '8', "N1"}},
			[]paid{{"A", '1', "N1", 1, 5000, 1}, {"A", '8', "N1", claim.Reversal, -5000, 9}}, map[string]money.Cents{}},
		{"a replacement with its reversal", claims{{"A", '1', ""}, {"A", '7', "N1"}},
			[]paid{{"A", '1', "N1", 1, 5000, 1}, {"A", '1', "N1", claim.Reversal, -5000, 9}, {"A", '7', "N2", 1, 7000, 9}}, map[string]money.Cents{"N2": 7000}},
		{"the payer corrects its own payment", claims{{"A", '1', ""}},
			[]paid{{"A", '1', "N1", 1, 5000, 1}, {"A", '1', "N1", claim.Reversal, -5000, 9}, {"A", '1', "N2", 1, 5500, 9}}, map[string]money.Cents{"N2": 5500}},
		{"a payment is taken back", claims{{"A", '1', ""}},
			[]paid{{"A", '1', "N1", 1, 5000, 1}, {"A", '1', "N1", claim.Reversal, -5000, 9}}, map[string]money.Cents{}},
		{"a denied replacement changes nothing", claims{{"A", '1', ""}, {"A", '7', "N1"}},
			[]paid{{"A", '1', "N1", 1, 5000, 1}, {"A", '7', "N2", claim.Denied, 0, 9}}, map[string]money.Cents{"N1": 5000, "N2": 0}},
		{"a claim that nobody answered", claims{{"A", '1', ""}, {"B", '1', ""}},
			[]paid{{"A", '1', "N1", 1, 5000, 1}}, map[string]money.Cents{"N1": 5000}},
	} {
		for _, form := range []claim.Form{claim.Professional, claim.Institutional} {
			permute(len(test.claims), func(order []int) {
				permuteAnswers := slices.Clone(test.answers)
				if order[0] != 0 {
					slices.Reverse(permuteAnswers) // the answers of one day stand in any order too
				}
				var list []*claim.Claim
				for _, i := range order {
					list = append(list, bill(form, test.claims[i].id, test.claims[i].frequency, test.claims[i].replaced))
				}
				got, _, _ := timelinesOf(t, list, answersOf(permuteAnswers))
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("%s, %v, claims in order %v (-want +got):\n%s", test.name, form, order, diff)
				}
			})
		}
	}
}

// permute gives every order of n things.
func permute(n int, give func([]int)) {
	var next func(order []int)
	next = func(order []int) {
		if len(order) == n {
			give(order)
			return
		}
		for i := range n {
			if !slices.Contains(order, i) {
				next(append(slices.Clone(order), i))
			}
		}
	}
	next(nil)
}

// TestBilledAside names why a claim is set aside; the others go on.
func TestBilledAside(t *testing.T) {
	other := bill(claim.Professional, "A", '1', "")
	other.FilingIndicator = "CI"
	nobody := bill(claim.Professional, "A", '1', "")
	nobody.Subscriber.ID = ""
	dental := bill(claim.Professional, "A", '1', "")
	dental.Form = claim.Dental
	strange := bill(claim.Institutional, "A", '1', "")
	strange.BillType = "99"
	got, aside, n := timelinesOf(t, []*claim.Claim{other, nobody, dental, strange, bill(claim.Professional, "A", '7', ""),
		bill(claim.Professional, "B", '1', ""), bill(claim.Professional, "A", '1', ""), bill(claim.Professional, "A", '1', "")},
		answersOf([]paid{{"A", '1', "N1", 1, 5000, 1}}))
	if diff := cmp.Diff(map[string]money.Cents{"N1": 5000}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	reasons := []string{"not Medicare", "no member number", "dental claim", `type of bill "99"`, "no payer control number", "no 835 answers claim B", "twice"}
	if len(aside) != len(reasons) {
		t.Fatalf("set aside: %q", aside)
	}
	for i, reason := range reasons {
		if !strings.Contains(aside[i], reason) {
			t.Errorf("%q does not say %q", aside[i], reason)
		}
	}
	if n.Written != 1 || n.NoAllowed != 1 || n.Rest != 1 || n.Paid != 5000 {
		t.Errorf("counts: %+v", n)
	}
}

// TestBilledLines sees payments of lines on the lines that they answer, in whatever order the
// payer wrote them, with what was sent to the patient.
func TestBilledLines(t *testing.T) {
	c := bill(claim.Professional, "A", '1', "")
	c.Charge = 30_000
	c.Lines = append(c.Lines, c.Lines[0])
	c.Lines[0].Control, c.Lines[1].Control = "L1", "L2"
	c.Lines[1].Procedure, c.Lines[1].Charge = "71046", 20_000
	a := answersOf([]paid{{"A", '1', "N1", 1, 9000, 1}})
	p := a.by[answerKey{billedNPI, "A"}][0].Payment
	p.Charge = 30_000
	p.Lines = []claim.LinePayment{
		{Number: 1, Control: "L2", Charge: 20_000, Paid: 6000, Allowed: 8000, AllowedKnown: true},
		{Number: 2, Control: "L1", Charge: 10_000, Paid: 3000, Allowed: 5000, AllowedKnown: true,
			Adjustments: []claim.Adjustment{{Group: claim.PatientResponsibility, Reason: "100", Amount: 700}}}}
	var out strings.Builder
	w := &Research{Create: func(rif.Kind) (io.Writer, error) { return &out, nil }}
	if err := w.Bill(c, a); err != nil {
		t.Fatal(err)
	}
	text := strings.Split(strings.TrimSpace(out.String()), "\n")
	h, err := rif.NewHeader(text[0])
	if err != nil {
		t.Fatal(err)
	}
	b := rif.Block{Header: h, Text: strings.Join(text[1:], "\n")}
	rows, err := b.Rows(nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i := range rows {
		got = append(got, rows[i].Text("HCPCS_CD")+" "+rows[i].Text("LINE_NCH_PMT_AMT")+" "+rows[i].Text("LINE_ALOWD_CHRG_AMT"))
	}
	if diff := cmp.Diff([]string{"99213 37.00 50.00", "71046 60.00 80.00"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if w.Billed.Rest != 0 || w.Billed.Paid != 9700 {
		t.Errorf("counts: %+v", w.Billed)
	}
}
