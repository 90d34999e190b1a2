// SPDX-License-Identifier: Apache-2.0

package remit835

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/edi/x12"
)

// Every payment that balances is written, reads back equal, and balances.
func TestBalancedPaymentsComeBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.835")
	rapid.Check(t, func(t *rapid.T) {
		want := remittance(t)
		w, err := NewWriter(path, testHeader())
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(want); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Close(); err != nil {
			t.Fatal(err)
		}
		out, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		r := NewReader(bytes.NewReader(out), x12.Options{})
		got, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		for {
			c, err := r.Claim()
			if err != nil {
				break
			}
			got.Claims = append(got.Claims, *c)
		}
		if !r.Balance().Balanced() {
			t.Fatalf("what was written does not balance: %v", r.Balance().Breaks)
		}
		if _, err := r.Next(); err == nil || !r.Report().OK() {
			t.Fatalf("the file has more than was written, or faults: %v", r.Report())
		}
		if diff := cmp.Diff(want, got, sameRemittance); diff != "" {
			t.Fatalf("-written +read\n%s", diff)
		}
		if len(got.Unmodelled) > 0 {
			t.Fatalf("the reader does not know %v", got.Unmodelled)
		}
	})
}

// A claim that is off by one cent anywhere is refused, and the file is good without it.
func TestOneCentIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.835")
	rapid.Check(t, func(t *rapid.T) {
		good := claimPayment(t, 1)
		p := claimPayment(t, 2)
		places := []*int64{(*int64)(&p.Paid), (*int64)(&p.Charge), (*int64)(&p.PatientOwes)}
		for i := range p.Adjustments {
			places = append(places, (*int64)(&p.Adjustments[i].Amount))
		}
		for i := range p.Lines {
			l := &p.Lines[i]
			places = append(places, (*int64)(&l.Charge), (*int64)(&l.Paid))
			for j := range l.Adjustments {
				places = append(places, (*int64)(&l.Adjustments[j].Amount))
			}
		}
		*rapid.SampledFrom(places).Draw(t, "place") += rapid.SampledFrom([]int64{-1, 1}).Draw(t, "cent")
		w, err := NewWriter(path, testHeader())
		if err != nil {
			t.Fatal(err)
		}
		payee := &claim.Payee{Name: "Clinic", NPI: "1234567893"}
		if err := w.Add("k", payee, &good); err != nil {
			t.Fatal(err)
		}
		var broken *claim.BalanceError
		if err := w.Add("k", payee, &p); !errors.As(err, &broken) {
			t.Fatalf("a claim that is off by a cent was taken: %v", err)
		}
		totals, err := w.Close()
		if err != nil || totals.Claims != 1 || totals.Paid != good.Paid {
			t.Fatalf("totals %+v, %v", totals, err)
		}
	})
}
