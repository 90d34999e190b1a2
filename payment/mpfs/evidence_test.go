// SPDX-License-Identifier: Apache-2.0

package mpfs

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/refdata/layout"
)

// fullYear is the catalog with CMS's whole PPRRVU file imported, as a user does it.
func fullYear(t testing.TB) *refdata.Catalog {
	t.Helper()
	dir := t.TempDir()
	for _, tab := range readFile(t, "2025/PPRRVU2025_Oct.csv.gz", map[string]string{"effective": "2025-01-01"}) {
		if err := tab.WriteFile(filepath.Join(dir, tab.FileName())); err != nil {
			t.Fatal(err)
		}
	}
	cat, err := refdata.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

func readFile(t testing.TB, name string, options map[string]string) []*refdata.Table {
	t.Helper()
	data := evidence.Read(t, "data/payment/mpfs/"+name)
	f := layout.File{Name: strings.TrimSuffix(filepath.Base(name), ".gz"), Data: data, Options: options}
	l, err := layout.Find(f)
	if err != nil {
		t.Fatal(err)
	}
	tables, rejects, err := l.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rejects {
		t.Errorf("%s: %s", name, r)
	}
	return tables
}

// zipOf finds a ZIP code for each locality, so that the comparison goes through the
// whole pricer.
func zipOf(z *zipIndex, on civil.Date) map[uint32]string {
	out := map[uint32]string{}
	for zip := 0; zip < 100_000; zip++ {
		for _, r := range z.five.of(zip) {
			if r.holds(on) && !r.divided {
				if _, ok := out[r.locality]; !ok {
					out[r.locality] = fmt.Sprintf("%05d", zip)
				}
			}
		}
	}
	return out
}

// tally counts comparisons.
type tally struct{ equal, differ, skipped int }

func (c *tally) add(same bool) {
	if same {
		c.equal++
	} else {
		c.differ++
	}
}

// Every price that CMS published in its revision file of the fourth quarter, in
// both settings, computed from RVUs, indices and conversion factor.
func TestPublishedPrices(t *testing.T) {
	cat := fullYear(t)
	p := New(cat)
	on := civil.Of(2025, time.November, 3)
	prices := readFile(t, "2025/PFREV4.txt.gz", nil)[0]
	b := prices.Bind()
	code, mod, carrier, locality := b.Text("hcpcs"), b.Text("mod"), b.Text("carrier"), b.Text("locality")
	want := [2][]int64{b.Numbers("nonfacility", 2), b.Numbers("facility", 2)}
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	s := p.schedule(on)
	var direct, through tally
	zips := zipOf(s.zip, on)
	for i := range code {
		row, key := s.row(keyOf(code[i], mod[i])), localityKey(carrier[i], locality[i])
		g, ok := s.local[key]
		if row == nil || !ok {
			direct.skipped++
			continue
		}
		for setting, pos := range [2]string{"11", "22"} {
			got := row.amount(&s.gpcis[g], setting, s.cf[0].value)
			direct.add(got == money.Cents(want[setting][i]))
			if got != money.Cents(want[setting][i]) {
				t.Errorf("%s %s in %s/%s setting %d: %s, published %s", code[i], mod[i], carrier[i], locality[i], setting, got, money.Cents(want[setting][i]))
			}
			zip, ok := zips[key]
			if !ok {
				through.skipped++
				continue
			}
			c := oneLine(code[i], mod[i], pos, on)
			c.Billing.Address.ZIP = zip
			lp := p.Price(c, Options{}, nil, nil)[0]
			if setting == facility && lp.Denial.Reason == "5" { // technical parts are the hospital's there
				through.skipped++
				continue
			}
			through.add(lp.Status == Priced && lp.Allowed == money.Cents(want[setting][i]))
			if lp.Allowed != money.Cents(want[setting][i]) {
				t.Errorf("%s %s in %s: %v %s %s, published %s", code[i], mod[i], zip, lp.Status, lp.Reason, lp.Allowed, money.Cents(want[setting][i]))
			}
		}
	}
	capA, capC := compareCaps(t, s)
	checkLedger(t, prices.Rows, direct, through, capA, capC, s)
}

// compareCaps computes each price of the OPPS cap file.
func compareCaps(t *testing.T, s *schedule) (active, carrier tally) {
	caps := readFile(t, "2025/OPPSCAP_Oct.csv.gz", map[string]string{"year": "2025"})[0]
	b := caps.Bind()
	code, mod, status, mac, locality := b.Text("hcpcs"), b.Text("mod"), b.Text("status"), b.Text("carrier"), b.Text("locality")
	want := [2][]int64{b.Numbers("nonfacility", 2), b.Numbers("facility", 2)}
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	for i := range code {
		n := &active
		if status[i] != "A" {
			n = &carrier
		}
		row := s.row(keyOf(code[i], mod[i]))
		g, ok := s.local[localityKey(mac[i], locality[i])]
		if row == nil || !ok {
			n.skipped++
			continue
		}
		for setting := range want {
			got := row.cap(&s.gpcis[g], setting, s.cf[0].value)
			if status[i] == "A" {
				got = row.amount(&s.gpcis[g], setting, s.cf[0].value)
			}
			n.add(got == money.Cents(want[setting][i]))
			if status[i] == "A" && got != money.Cents(want[setting][i]) {
				t.Errorf("cap of %s %s in %s/%s: %s, published %s", code[i], mod[i], mac[i], locality[i], got, money.Cents(want[setting][i]))
			}
		}
	}
	return active, carrier
}

func checkLedger(t *testing.T, rows int, direct, through, capA, capC tally, s *schedule) {
	text := fmt.Sprintf(`# Physician fee schedule: what was compared

Written by the tests of payment/mpfs from CMS's own files of 2025 (October release). Amounts are compared to the cent.

| comparison | equal | different | not comparable |
|---|---:|---:|---:|
| PFREV4, %d published records, amount from RVUs, indices and conversion factor, both settings | %d | %d | %d |
| PFREV4, the same through the whole pricer, from a claim with a ZIP code | %d | %d | %d |
| OPPSCAP, status A: imaging paid at the OPPS amount, both settings | %d | %d | %d |
| OPPSCAP, status C: cap of carrier-priced imaging from the RVU file's OPPS columns | %d | %d | %d |

- Rounding: the products and their sum keep full precision; the amount is rounded once, half up to the cent.
- PFREV4 through the pricer: technical components in a hospital are not comparable, since the pricer denies them there.
- OPPSCAP: contractor 01112 lists six localities that GPCI gives to 01182 alone; those records have no indices to compute with.
- OPPSCAP, status C: CMS's cap file and its RVU file of the same release carry different OPPS values for codes that the
  contractor prices. No amount of Woodlawn's rests on them.
- The RVU file read: %d rows. Loaded localities: %d.
- Not compared, because no published answers are at hand: shares for modifiers, multiple procedures and practitioners (their
  figures are worked by hand in the tests), anesthesia, MIPS.

## Rules that are not verified

A row of the rule tables is verified if it was compared with the text of the regulation, of CMS or of one of its contractors. A
price that rests on one of these says so.

%s`, rows, direct.equal, direct.differ, direct.skipped, through.equal, through.differ, through.skipped,
		capA.equal, capA.differ, capA.skipped, capC.equal, capC.differ, capC.skipped, len(s.rvus), len(s.gpcis), unverifiedRules(s))
	ledger.Check(t, "mpfs.md", text)
}

func unverifiedRules(s *schedule) string {
	var b strings.Builder
	for i := range s.policy {
		if r := &s.policy[i]; r.ok && !r.verified {
			fmt.Fprintf(&b, "- mpfs.policy %s = %s (%s)\n", r.key, decimals(r.value, 4), r.cite)
		}
	}
	for i := range s.practitioners {
		if p := &s.practitioners[i]; !p.share.verified {
			fmt.Fprintf(&b, "- mpfs.practitioners %s (%s) = %s (%s)\n", p.prefix, p.kind, decimals(p.share.value, 4), p.share.cite)
		}
	}
	b.WriteString("- mpfs.denials: all reason and remark codes\n- mpfs.visits: all ranges\n- mpfs.anesthesia-base: all rows\n- mpfs.cf of 2026 (an imported PPRRVU file brings its own)\n")
	return b.String()
}

// oneLine is a claim of one line, one unit, billed from Birmingham.
func oneLine(code, mod, pos string, on civil.Date) *claim.Claim {
	c := &claim.Claim{Form: claim.Professional, PlaceOfService: pos}
	c.Billing.Address.ZIP = "35203"
	c.Lines = []claim.Line{{Procedure: code, Modifiers: [4]string{mod}, Units: money.Fixed{Value: 1}, UnitKind: "UN", From: on}}
	return c
}

func BenchmarkPriceOneLine(b *testing.B) {
	p := New(refdata.Embedded())
	c := oneLine("99214", "", "11", civil.Of(2025, time.March, 3))
	c.Lines[0].Charge = 20000
	out := p.Price(c, Options{}, nil, nil)
	b.ReportAllocs()
	for b.Loop() {
		out = p.Price(c, Options{}, out[:0], nil)
	}
	if out[0].Status != Priced {
		b.Fatal(out[0].Reason)
	}
}

func BenchmarkFirstPrice(b *testing.B) {
	c := oneLine("99214", "", "11", civil.Of(2025, time.March, 3))
	for b.Loop() {
		New(refdata.Embedded()).Price(c, Options{}, nil, nil)
	}
}
