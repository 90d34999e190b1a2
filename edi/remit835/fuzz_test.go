// SPDX-License-Identifier: Apache-2.0

package remit835

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/woodlawn-health/woodlawn/edi/x12"
)

// Any input is read to its end without a panic, and a claim that is read and balances
// is written or refused with an error, never written wrong.
func FuzzRead(f *testing.F) {
	seed, err := os.ReadFile(filepath.Join("testdata", "two-payees.835"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add(bytes.ReplaceAll(seed, []byte("CAS*CO*45*50"), []byte("CAS*CR*45*5e3*.*1**-0.001")))
	f.Add(bytes.ReplaceAll(seed, []byte("SVC*HC:G0463"), []byte("PLB*1*20261399*X:Y:Z*1**3~TS3*1~SVC*")))
	path := filepath.Join(f.TempDir(), "out.835")
	f.Fuzz(func(t *testing.T, data []byte) {
		w, err := NewWriter(path, testHeader())
		if err != nil {
			t.Fatal(err)
		}
		taken := 0
		r := NewReader(bytes.NewReader(data), x12.Options{})
		for {
			if _, err := r.Next(); err != nil {
				if err != io.EOF {
					t.Fatal(err)
				}
				break
			}
			for {
				c, err := r.Claim()
				if err != nil {
					break
				}
				if w.Add("k", &clinic, c) == nil {
					taken++
				}
			}
		}
		if _, err := w.Close(); err != nil {
			t.Fatal(err)
		}
		out, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all, report, err := ReadAll(bytes.NewReader(out), x12.Options{})
		if err != nil || !report.OK() {
			t.Fatalf("what was written has faults: %v", err)
		}
		claims := 0
		for _, p := range all {
			claims += len(p.Claims)
			if p.Payment() != p.Stated {
				t.Fatalf("payment %s states %s and comes to %s", p.TraceNumber, p.Stated, p.Payment())
			}
			for i := range p.Claims {
				if err := p.Claims[i].Balance(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if claims != taken {
			t.Fatalf("%d claims were taken and %d written", taken, claims)
		}
	})
}
