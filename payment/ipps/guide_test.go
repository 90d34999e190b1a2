// SPDX-License-Identifier: Apache-2.0

package ipps

import (
	"fmt"
	"math"
	"math/big"
	"path/filepath"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// worksheet works a payment with paper arithmetic: exact fractions, rounded where
// the rules say, none of the pricer's own code. It writes the guide's tables.
type worksheet struct{ strings.Builder }

func num(s string) *big.Rat {
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		panic(s)
	}
	return r
}

func mul(list ...*big.Rat) *big.Rat {
	p := big.NewRat(1, 1)
	for _, x := range list {
		p.Mul(p, x)
	}
	return p
}

func add(list ...*big.Rat) *big.Rat {
	s := new(big.Rat)
	for _, x := range list {
		s.Add(s, x)
	}
	return s
}

func sub(a, b *big.Rat) *big.Rat { return new(big.Rat).Sub(a, b) }
func quo(a, b *big.Rat) *big.Rat { return new(big.Rat).Quo(a, b) }

func pow(base, exponent string) *big.Rat {
	x, _ := num(base).Float64()
	y, _ := num(exponent).Float64()
	return new(big.Rat).SetFloat64(math.Pow(x, y))
}

func (w *worksheet) head(title, text string) {
	fmt.Fprintf(w, "\n## %s\n\n%s\n\n| step | working | result | basis |\n|---|---|---|---|\n", title, text)
}

// line writes a step and gives its rounded value.
func (w *worksheet) line(name, working, basis string, value *big.Rat, decimals int) *big.Rat {
	r := roundRat(value, decimals)
	fmt.Fprintf(w, "| %s | %s | %s | %s |\n", name, working, r.FloatString(decimals), basis)
	return r
}

func text(r *big.Rat, decimals int) string { return r.FloatString(decimals) }

func (w *worksheet) same(t *testing.T, what string, got money.Cents, want *big.Rat) {
	t.Helper()
	if worked := roundRat(want, 2).FloatString(2); got.String() != worked {
		t.Errorf("%s: the pricer has %s, the worksheet %s", what, got, worked)
	}
}

const guideIntro = `# IPPS by hand: three bills of fiscal year 2026

Three invented hospitals, three invented bills, each worked step by step with the tables of fiscal year 2026 (discharges
from 2025-10-01 to 2026-09-30). A test works every line with exact fractions, without the pricer's code, and holds the
pricer to the results; ` + "`woodlawn ipps --explain`" + ` prints the same steps for any bill.

Figures of the year (table ipps.parameters 2025-10-01, ` + "`woodlawn refdata show ipps.parameters`" + `): standardised amount
table 1 (wage index above 1) 4456.72 labour and 2295.89 other, table 3 (not above 1) 4186.62 and 2565.99; capital federal
rate 524.15; fixed loss 40397.00. The capital rate is not verified against the final rule's own text: it was read in a
summary, and every payment of the year says so.

Powers of the wage index and of 2.7183 (the constant in CMS's pricer) are rounded to the decimals shown. "Half up" is the
rounding everywhere. The basis is a section of 42 CFR.
`

func TestGuideExample(t *testing.T) {
	w := &worksheet{}
	w.WriteString(guideIntro)
	exampleUrban(t, w)
	exampleTeaching(t, w)
	exampleTransfer(t, w)
	ledger.Golden(t, filepath.Join(evidence.Root(), "docs", "guide", "ipps-example.md"), w.String())
}

func guideRecord(ccn, cbsa, state string) *ProviderRecord {
	return &ProviderRecord{ProviderNumber: ccn, Effective: civil.Of(2025, 10, 1), ProviderType: "00", State: state, Waiver: "N",
		SpecialPayment: "N", Quality: "1", CBSAGeographic: cbsa, CapitalPayCode: "C", VBPParticipant: "N", HRRParticipant: "0",
		COLA: 1000}
}

func priceGuide(t *testing.T, b *Bill, p *ProviderRecord) Payment {
	t.Helper()
	pay, err := New(refdata.Embedded()).Price(b, p, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !pay.Unverified {
		t.Error("the capital federal rate of FY 2026 is not verified; the payment must say so")
	}
	return pay
}

// A community hospital in Columbus, Ohio, and a patient with heart failure.
func exampleUrban(t *testing.T, w *worksheet) {
	p := guideRecord("369901", "18140", "36")
	p.Beds, p.OperatingCCR, p.CapitalCCR = 180, 250, 20
	p.HRRParticipant, p.HRRFactor = "1", 9975
	p.VBPParticipant, p.VBPFactor = "Y", 100400000000
	b := &Bill{ProviderNumber: "369901", ReviewCode: "00", DRG: "291", LengthOfStay: 5, CoveredDays: 5,
		Discharge: civil.Of(2026, 2, 10), CoveredCharges: 4200000, Diagnoses: []string{"I5023"}}
	pay := priceGuide(t, b, p)

	wi, wt := pay.WageIndex.String(), pay.DRGWeight.String()
	w.head("1. A community hospital", fmt.Sprintf(`Urban hospital in Columbus, Ohio (CBSA 18140, wage index %s), 180 beds, no teaching, no disproportionate share; quality
data submitted; readmissions factor 0.9975, value-based purchasing factor 1.00400000000. A patient with heart failure (MS-DRG
291) stays 5 days and goes home. Covered charges 42,000.00; cost-to-charge ratios 0.250 operating and 0.020 capital.`, wi))
	fsp := w.line("Federal operating payment", fmt.Sprintf("(4186.62 x %s + 2565.99 x 1.000) x %s", wi, wt), "412.64(g); weight: ipps.drg 291",
		mul(add(mul(num("4186.62"), num(wi)), num("2565.99")), num(wt)), 9)
	gaf := w.line("Geographic adjustment factor", wi+"^0.6848", "412.316(a)", pow(wi, "0.6848"), 4)
	rate := w.line("Capital rate of the area", "524.15 x "+text(gaf, 4), "412.308", mul(num("524.15"), gaf), 2)
	capital := w.line("Federal capital payment", fmt.Sprintf("%s x %s", wt, text(rate, 2)), "412.312", mul(num(wt), rate), 9)
	shareO, shareC := roundRat(quo(num("0.250"), num("0.270")), 9), roundRat(quo(num("0.020"), num("0.270")), 9)
	thO := w.line("Operating outlier threshold", fmt.Sprintf("40397.00 x (0.62 x %s + 0.38) x 0.250 / 0.270", wi), "412.84(h)",
		mul(num("40397"), add(mul(num("0.62"), num(wi)), num("0.38")), shareO), 9)
	thC := w.line("Capital outlier threshold", fmt.Sprintf("40397.00 x %s x 0.020 / 0.270", text(gaf, 4)), "412.84(h)", mul(num("40397"), gaf, shareC), 9)
	cutoff := w.line("Cutoff", fmt.Sprintf("%s + %s + %s + %s", text(fsp, 2), text(thO, 2), text(capital, 2), text(thC, 2)), "412.80(a)(2)", add(fsp, thO, capital, thC), 2)
	costs := w.line("Costs", "42000.00 x 0.270", "412.84(g)", mul(num("42000"), num("0.270")), 2)
	if costs.Cmp(cutoff) > 0 {
		t.Fatal("the example is no outlier")
	}
	w.line("Outlier", "costs are below the cutoff", "412.80", new(big.Rat), 2)
	base := roundRat(fsp, 2)
	hrr := w.line("Readmissions", fmt.Sprintf("0.9975 x %s - %s", text(base, 2), text(base, 2)), "412.154", sub(mul(num("0.9975"), base), base), 2)
	vbp := w.line("Value-based purchasing", fmt.Sprintf("1.004 x %s - %s", text(base, 2), text(base, 2)), "412.162", sub(mul(num("1.004"), base), base), 2)
	cap2 := roundRat(capital, 2)
	total := w.line("**Total**", fmt.Sprintf("%s + %s + (%s) + %s", text(base, 2), text(cap2, 2), text(hrr, 2), text(vbp, 2)), "412.2", add(base, cap2, hrr, vbp), 2)
	w.same(t, "operating", pay.OperatingFSP, fsp)
	w.same(t, "capital", pay.CapitalTotal, capital)
	w.same(t, "readmissions", pay.HRRAdjustment, hrr)
	w.same(t, "total", pay.TotalPayment, total)
	fmt.Fprintf(w, "\nReturn code %s: %s.\n", pay.ReturnCode, Meaning(pay.ReturnCode))
}
