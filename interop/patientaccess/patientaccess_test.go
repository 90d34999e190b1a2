// SPDX-License-Identifier: Apache-2.0

package patientaccess

import (
	"bytes"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/validate"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
)

// TestBaseR4 validates what the fixtures become against R4 itself, which needs no
// package, and that every reference leads to a resource of the set.
func TestBaseR4(t *testing.T) {
	v := &validate.Validator{}
	for name, in := range fixtures() {
		s := mapped(t, in)
		have := map[string]bool{}
		for _, r := range s.Resources {
			have[r.Type+"/"+r.ID] = true
		}
		for _, r := range s.Resources {
			d, err := node.ParseResource(r.JSON)
			if err != nil {
				t.Fatalf("%s: %v in %s", name, err, r.JSON)
			}
			for _, i := range v.Validate(d) {
				if i.Severity == validate.Error {
					t.Errorf("%s: %s %s", name, r.Type, i)
				}
			}
			for _, to := range references(d.Root()) {
				if !have[to] {
					t.Errorf("%s: %s refers to %s, which is not in the set", name, r.Type, to)
				}
			}
		}
	}
}

func references(n node.Node) []string {
	var out []string
	if r := n.Get("reference"); r.Kind() == node.String {
		out = append(out, r.Text())
	}
	for _, e := range n.Elements() {
		if e.Kind() == node.Object {
			out = append(out, references(e)...)
		}
	}
	return out
}

// TestGolden compares what two claims become, member by member, with files.
func TestGolden(t *testing.T) {
	for _, name := range []string{"inpatient", "transport"} {
		s := mapped(t, fixtures()[name])
		var b bytes.Buffer
		for _, r := range s.Resources {
			if err := json.Indent(&b, r.JSON, "", " "); err != nil {
				t.Fatal(err)
			}
			b.WriteByte('\n')
		}
		for _, l := range s.Losses {
			b.WriteString(l.Field + ": " + string(l.Why) + "\n")
		}
		ledger.Golden(t, filepath.Join(evidence.Root(), "interop", "patientaccess", "testdata", name+".golden"), b.String())
	}
}

func TestSameAgain(t *testing.T) {
	m := testMapper(t)
	var s Set
	first := ""
	for range 3 { // the second and third use the memory of the one before
		if err := m.Map(transport(), &s); err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		for _, r := range s.Resources {
			b.Write(r.JSON)
		}
		if first == "" {
			first = b.String()
		} else if first != b.String() {
			t.Fatal("the same claim gave other bytes")
		}
	}
}

func TestKeyChangesIDs(t *testing.T) {
	s := mapped(t, stay())
	other, err := New(Options{Base: "https://payer.example", Key: []byte("another"), Updated: time.Unix(0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	var o Set
	if err := other.Map(stay(), &o); err != nil {
		t.Fatal(err)
	}
	for i := range s.Resources {
		if s.Resources[i].ID == o.Resources[i].ID {
			t.Errorf("%s has the same id under another key", s.Resources[i].Type)
		}
	}
}

func TestRefused(t *testing.T) {
	for reason, spoil := range map[string]func(*Input){
		"the member has no number":       func(in *Input) { in.Claim.Patient.ID = "" },
		"the payer has no name":          func(in *Input) { in.Claim.Payer.Name = "" },
		"it has no date of service":      func(in *Input) { in.Claim.From, in.Claim.Lines[0].From = 0, 0 },
		"it has no service line":         func(in *Input) { in.Claim.Lines = nil },
		"it has no diagnosis":            func(in *Input) { in.Claim.Diagnoses = nil },
		"no provider has an NPI or a ta": func(in *Input) { in.Claim.Billing.NPI, in.Claim.Billing.Organization = "", false },
	} {
		in := bare(claim.Professional)
		spoil(in)
		var u *UnmappableError
		if err := testMapper(t).Map(in, &Set{}); !errors.As(err, &u) || !strings.HasPrefix(u.Reason, reason) {
			t.Errorf("%v, want %s", err, reason)
		}
	}
	in := bare(claim.Dental)
	in.Network = NoNetwork
	if err := testMapper(t).Map(in, &Set{}); err == nil {
		t.Error("an oral claim without a network status was written")
	}
}

// TestNoSecrets looks for a social security number in everything that is written.
func TestNoSecrets(t *testing.T) {
	in := transport()
	const ssn = "900114444"
	in.Claim.Patient.SSN, in.Claim.Subscriber.SSN = ssn, ssn
	in.Claim.Billing.TaxID, in.Claim.Billing.TaxIDIsSSN = ssn, true
	s := mapped(t, in)
	for _, r := range s.Resources {
		if bytes.Contains(r.JSON, []byte(ssn)) {
			t.Errorf("%s tells a social security number", r.Type)
		}
	}
}

// TestAmountsAddUp: on lines that balance, the charge is what was paid, what the
// member owes, what was forgone or not covered, and what other payers account for.
func TestAmountsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Int64Range(0, 1_000_000)
		var l lineAmounts
		var p claim.LinePayment
		allowed := rapid.Bool().Draw(t, "allowed")
		p.Paid = 0
		if allowed {
			p.Paid = money.Cents(amount.Draw(t, "paid") + 1)
		}
		p.Charge = p.Paid
		prior := money.Cents(0)
		for _, a := range []claim.Adjustment{{Group: claim.PatientResponsibility, Reason: "1"}, {Group: claim.PatientResponsibility, Reason: "2"},
			{Group: claim.PatientResponsibility, Reason: "100"}, {Group: claim.PatientResponsibility, Reason: "96"},
			{Group: claim.ContractualObligation, Reason: "45"}, {Group: claim.PayerInitiated, Reason: "50"}, {Group: claim.OtherAdjustment, Reason: "23"}} {
			if !allowed && a.Reason != "96" && a.Group == claim.PatientResponsibility {
				continue
			}
			a.Amount = money.Cents(amount.Draw(t, a.Reason))
			p.Adjustments = append(p.Adjustments, a)
			p.Charge += a.Amount
			if a.Reason == "23" {
				prior = a.Amount
			}
		}
		l.answers = []*claim.LinePayment{&p}
		l.tally(&claim.Line{Charge: p.Charge})
		borne := l.toProvider + l.toPatient + l.liability + l.discount + prior
		for _, a := range p.Adjustments { // what is not covered and the provider bears
			if a.Group != claim.PatientResponsibility && l.denied && a.Reason != "23" {
				borne += a.Amount
			}
		}
		if borne != p.Charge {
			t.Fatalf("%v of %v: %+v", borne, p.Charge, l.amounts)
		}
		if l.denied == allowed {
			t.Fatalf("denied is %v, allowed %v", l.denied, allowed)
		}
	})
}

func FuzzQuote(f *testing.F) {
	f.Add("A\"B\\\n\x00\x01\xff\u2028")
	f.Fuzz(func(t *testing.T, s string) {
		var w writer
		w.quote(s)
		if !json.Valid(w.b) {
			t.Errorf("%q is no JSON", w.b)
		}
	})
}

func BenchmarkMap(b *testing.B) {
	m := testMapper(b)
	in := transport()
	var s Set
	b.ReportAllocs()
	for b.Loop() {
		if err := m.Map(in, &s); err != nil {
			b.Fatal(err)
		}
	}
}
