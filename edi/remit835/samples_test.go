// SPDX-License-Identifier: Apache-2.0

package remit835

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/edi/emit"
	"github.com/woodlawn-health/woodlawn/edi/x12"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
)

// outcome is what a file's payments add up to.
type outcome struct {
	payments, balanced, claims int
	count                      [claim.PaymentBreak + 1]int
}

// breaks are those of the guide's own rules: line, claim, and lines to claim.
func (o *outcome) breaks() int {
	return o.count[claim.LineBreak] + o.count[claim.ClaimBreak] + o.count[claim.LinePaymentsBreak]
}

// expected are the outcomes that an independent calculation gave for the samples.
// The fields are payments, payments whose BPR02 holds, claims, and breaks of lines and
// claims.
var expected = map[string][4]int{
	"azoner__835_mult_loops.txt":        {1, 1, 1, 0},
	"databricks__plb_sample.txt":        {1, 0, 3, 0},
	"databricks__sample_no_cas.txt":     {3, 3, 3, 1},
	"inteligenz__ExampleFromNth.txt":    {3, 0, 56, 107},
	"keironstod__emedny_sample.txt":     {1, 1, 3, 0},
	"linuxforhe__managed-care.835":      {1, 1, 2, 0},
	"linuxforhe__medicare-part-a.835":   {1, 1, 2, 0},
	"linuxforhe__secondary-payment.835": {1, 1, 2, 0},
	"tastypacke__profee-multiple.edi":   {156, 156, 468, 0},
}

func TestSamples(t *testing.T) {
	dir := evidence.Path(t, "data/edi/835")
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no samples in %s: %v", dir, err)
	}
	var b strings.Builder
	b.WriteString(ledgerHead)
	for _, path := range files {
		name := filepath.Base(path)
		got, notes := sample(t, path)
		if want, known := expected[name]; !known {
			t.Errorf("%s: no outcome is known; it has %+v", name, got)
		} else if have := [4]int{got.payments, got.balanced, got.claims, got.breaks()}; have != want {
			t.Errorf("%s: payments, balanced, claims, breaks are %v, want %v", name, have, want)
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d | %d | %d | %d | %s |\n", name, got.payments, got.balanced, got.claims,
			got.count[claim.LineBreak], got.count[claim.ClaimBreak], got.count[claim.LinePaymentsBreak],
			got.count[claim.LineChargesBreak], got.count[claim.PatientBreak], notes)
	}
	ledger.Check(t, "835-samples.md", b.String())
}

const ledgerHead = `# 835: sample files

Every sample file of the 835 that is at hand is read claim by claim and added up. Payments whose claims and provider
adjustments come to BPR02 are "balanced"; the columns after the claims count places that do not add up:

- line: a line's charge less its adjustments is its payment
- claim: a claim's charge less all adjustments is its payment
- lines: the lines' payments less the claim's own adjustments are the claim's payment
- charges: the lines' charges are the claim's charge
- patient: the PR adjustments are the patient's responsibility (CLP05)

Payments, balanced, claims and the first three columns agree with an independent calculation; the test fails if they do not.
"Round trip" means that the file was read, written by Woodlawn's writer and read again, with equal values. What the guide
requires and a sample lacks is filled in before writing and named. Sample names are those of the projects they come from.

| sample | payments | balanced | claims | line | claim | lines | charges | patient | notes |
|---|---|---|---|---|---|---|---|---|---|
`

func sample(t *testing.T, path string) (outcome, string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var o outcome
	r := NewReader(bytes.NewReader(data), x12.Options{})
	allBalanced := true
	for {
		if _, err := r.Next(); err != nil {
			break
		}
		for {
			if _, err := r.Claim(); err != nil {
				break
			}
			o.claims++
		}
		o.payments++
		b := r.Balance()
		if b.Count[claim.PaymentBreak] == 0 {
			o.balanced++
		}
		for k, n := range b.Count {
			o.count[k] += n
		}
		allBalanced = allBalanced && b.Balanced()
	}
	rules := map[string]bool{}
	var notes []string
	r.Report().Each(func(i *x12.Issue) {
		if note := i.Rule; !rules[note] {
			rules[note] = true
			notes = append(notes, note)
		}
	})
	note := "no issues"
	if len(notes) > 0 {
		note = "issues: " + strings.Join(notes, ", ")
	}
	if allBalanced {
		filled := roundTrip(t, data)
		note = "round trip" + filled + "; " + note
	}
	return o, note
}

// roundTrip reads, writes, reads and compares.
func roundTrip(t *testing.T, data []byte) string {
	t.Helper()
	first, _, err := ReadAll(bytes.NewReader(data), x12.Options{})
	if err != nil {
		t.Fatal(err)
	}
	filled := map[string]bool{}
	for _, r := range first {
		if r.Date.IsZero() {
			r.Date, filled["BPR16"] = r.Production, true
		}
		for i := range r.Claims {
			for j := range r.Claims[i].Lines {
				if l := &r.Claims[i].Lines[j]; l.ProcedureKind == "" && l.Procedure != "" {
					l.ProcedureKind, filled["SVC01-1"] = "HC", true
				}
			}
		}
		if len(r.Technical) == 0 {
			r.Technical, filled["PER*BL"] = []claim.Contact{{Name: "EDI", Phone: "8005550100"}}, true
		}
	}
	out := writeAll(t, first)
	second, report, err := ReadAll(bytes.NewReader(out), x12.Options{})
	if err != nil || !report.OK() {
		t.Errorf("what was written does not read back: %v\n%s", err, out)
		report.Each(func(i *x12.Issue) { t.Log(i) })
	}
	if diff := cmp.Diff(first, second, sameRemittance); diff != "" {
		t.Errorf("read, written and read again (-first +second):\n%s", diff)
	}
	var names []string
	for _, n := range []string{"BPR16", "PER*BL", "SVC01-1"} {
		if filled[n] {
			names = append(names, n)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return " (" + strings.Join(names, ", ") + " filled in)"
}

// sameRemittance compares payments. Segments that the guide does not know are not
// written, and the groups of adjustments are written in an order of their own.
var sameRemittance = cmp.Options{
	cmp.FilterPath(func(p cmp.Path) bool {
		name := p.Last().String()
		return name != ".Adjustments" && name != ".Unmodelled"
	}, cmpopts.EquateEmpty()),
	cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Unmodelled" }, cmp.Ignore()),
	cmp.Transformer("byGroup", func(list []claim.Adjustment) map[string][]string {
		groups := map[string][]string{}
		for _, a := range list {
			groups[a.Group.Code()] = append(groups[a.Group.Code()], fmt.Sprint(a.Reason, " ", a.Amount, " ", a.Quantity))
		}
		return groups
	}),
}

// testHeader is a header that all payments of a test can share.
func testHeader() Header {
	return Header{
		Envelope: emit.Envelope{Sender: emit.Party{Qualifier: "ZZ", ID: "PAYER"}, Receiver: emit.Party{Qualifier: "ZZ", ID: "PROVIDER"},
			Control: 7, Time: time.Date(2026, 1, 5, 8, 30, 0, 0, time.UTC), Test: true},
		Common: claim.Remittance{
			Payer: claim.Payer{Name: "Sample Payer", ID: "00123",
				Address: claim.Address{Line1: "1 Main Street", City: "Woodlawn", State: "MD", ZIP: "21244"}},
			Technical: []claim.Contact{{Name: "EDI desk", Phone: "8005550100"}}, Method: "CHK", TraceNumber: "T1000",
			OriginatorID: "1123456789", Date: civil.Of(2026, 1, 6), Production: civil.Of(2026, 1, 5),
		},
	}
}

func writeAll(t testing.TB, list []*claim.Remittance) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "out.835")
	w, err := NewWriter(path, testHeader())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	out, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
