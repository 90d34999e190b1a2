// SPDX-License-Identifier: Apache-2.0

package patientaccess

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/edi/claim837"
	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/validate"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
)

// paidAsBilled answers a claim: every line is paid in full.
func paidAsBilled(c *claim.Claim) *claim.ClaimPayment {
	p := &claim.ClaimPayment{ClaimID: c.ID, Status: claim.Primary, Charge: c.Charge, Paid: c.Charge, ControlNumber: "ICN" + c.ID}
	for i := range c.Lines {
		l := &c.Lines[i]
		p.Lines = append(p.Lines, claim.LinePayment{Number: l.Number, ProcedureKind: l.ProcedureKind, Procedure: l.Procedure,
			Modifiers: l.Modifiers, Charge: l.Charge, Paid: l.Charge, Units: l.Units, Allowed: l.Charge, AllowedKnown: true})
	}
	return p
}

// TestSamples maps the sample claims that others wrote, as if each were paid as
// billed: all that can be mapped must be valid.
func TestSamples(t *testing.T) {
	root := evidence.Path(t, "data/edi")
	_, v := guideValidator(t)
	m := testMapper(t)
	var table strings.Builder
	for _, folder := range []string{"837D", "837I", "837P"} {
		files, err := filepath.Glob(filepath.Join(root, folder, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			claims, resources, lost, refused := 0, 0, 0, map[string]int{}
			r := claim837.NewReader(bytes.NewReader(data), claim837.Options{File: filepath.Base(path)})
			for {
				var c claim.Claim
				if err := r.Next(&c); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatal(err)
				}
				claims++
				var s Set
				if err := m.Map(&Input{Claim: &c, Payment: paidAsBilled(&c), Network: InNetwork}, &s); err != nil {
					var u *UnmappableError
					if !errors.As(err, &u) {
						t.Fatal(err)
					}
					refused[u.Reason]++
					continue
				}
				lost += len(s.Losses)
				for _, res := range s.Resources {
					resources++
					valid(t, v, filepath.Base(path)+" "+res.Type, res.JSON)
				}
			}
			var why []string
			for reason, n := range refused {
				why = append(why, fmt.Sprintf("%d: %s", n, reason))
			}
			slices.Sort(why)
			fmt.Fprintf(&table, "| %s/%s | %d | %d | %d | %s |\n", folder, filepath.Base(path), claims, resources, lost, strings.Join(why, "; "))
		}
	}
	if !t.Failed() {
		ledger.Check(t, "carin-samples.md", fmt.Sprintf(samplesText, table.String()))
	}
}

func valid(t *testing.T, v *validate.Validator, what string, text []byte) {
	t.Helper()
	d, err := node.ParseResource(bytes.Clone(text))
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	for _, i := range v.Validate(d) {
		if i.Severity == validate.Error {
			t.Errorf("%s: %s", what, i)
		}
	}
}

const samplesText = `# CARIN Blue Button from sample claims

Sample 837 files that others wrote, each good claim answered as if it were paid as billed and mapped. Every resource is
valid against R4 and its profile. Claims that the reader refuses are in [the ledger of X12 samples](x12-samples.md).

| file | good claims | resources, no error | fields lost | not mapped |
|---|---|---|---|---|
%s`
