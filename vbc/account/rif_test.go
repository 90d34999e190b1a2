// SPDX-License-Identifier: Apache-2.0

package account_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/woodlawn-health/woodlawn/vbc/account"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
	"github.com/woodlawn-health/woodlawn/vbc/synth"
)

// TestRIFGivesTheSameAccount measures the same lives from CCLF and from RIF: assignment,
// months, expenditures and risk scores of each are equal, and so the settlement is.
func TestRIFGivesTheSameAccount(t *testing.T) {
	o := newOrg(t, 300)
	lives := func(o *org) (map[string]string, *account.Sums) {
		out := map[string]string{}
		var mu sync.Mutex
		sums, err := account.Run(o.open(t, 0), []*account.Plan{o.plan}, func(b *feed.Beneficiary, lives []account.Life) error {
			mu.Lock()
			defer mu.Unlock()
			out[b.MBI] = text(t, lives[0])
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return out, sums[0]
	}
	want, sum := lives(o)
	rif := *o
	rif.dir = filepath.Join(t.TempDir(), "rif")
	if _, err := synth.WriteRIF(o.open(t, 0), rif.dir, 2021, 2025); err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"P.*ALR*", "P.ON.ACO*"} {
		names, _ := filepath.Glob(filepath.Join(o.dir, pattern))
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err == nil {
				err = os.WriteFile(filepath.Join(rif.dir, filepath.Base(name)), data, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	got, rifSum := lives(&rif)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lives differ (-CCLF +RIF):\n%.3000s", diff)
	}
	if a, b := text(t, sum), text(t, rifSum); a != b {
		t.Errorf("sums differ:\n%s\n%s", a, b)
	}
}
