// SPDX-License-Identifier: Apache-2.0

package ipps

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/claim/civil"
)

// A teaching hospital in Seattle with many poor patients, and a costly stay.
func exampleTeaching(t *testing.T, w *worksheet) {
	p := guideRecord("509902", "42644", "50")
	p.Beds, p.OperatingCCR, p.CapitalCCR = 640, 310, 28
	p.InternToBedRatio, p.CapitalIMERatio = 4200, 3900
	p.SSIRatio, p.MedicaidRatio = 1350, 3120
	p.UncompensatedCare = 81245
	p.HACReduction = "Y"
	b := &Bill{ProviderNumber: "509902", ReviewCode: "00", DRG: "870", LengthOfStay: 34, CoveredDays: 34,
		Discharge: civil.Of(2025, 12, 19), CoveredCharges: 89000000, Diagnoses: []string{"A419"}}
	pay := priceGuide(t, b, p)
	wi, wt := pay.WageIndex.String(), pay.DRGWeight.String()

	w.head("2. A teaching hospital with an outlier", fmt.Sprintf(`Urban hospital in Seattle (CBSA 42644, wage index %s), 640 beds; interns to beds 0.4200, for capital 0.3900; patients with
Supplemental Security Income 0.1350, with Medicaid 0.3120; uncompensated care 812.45 a claim; in the worst quarter for
hospital-acquired conditions. A septic patient on a ventilator for more than 96 hours (MS-DRG 870) stays 34 days. Covered
charges 890,000.00; cost-to-charge ratios 0.310 and 0.028.`, wi))
	fsp := w.line("Federal operating payment", fmt.Sprintf("(4456.72 x %s + 2295.89 x 1.000) x %s", wi, wt), "412.64(g); weight: ipps.drg 870",
		mul(add(mul(num("4456.72"), num(wi)), num("2295.89")), num(wt)), 9)
	dsh := w.line("Disproportionate share percentage", "(0.1350 + 0.3120 - 0.202) x 0.825 + 0.0588", "412.106(d)",
		add(mul(num("0.245"), num("0.825")), num("0.0588")), 4)
	ime := w.line("Teaching factor", "1.35 x (1.4200^0.405 - 1)", "412.105(d)", mul(num("1.35"), sub(pow("1.42", "0.405"), num("1"))), 9)
	gaf := w.line("Geographic adjustment factor", wi+"^0.6848", "412.316(a)", pow(wi, "0.6848"), 4)
	rate := w.line("Capital rate of the area", "524.15 x "+text(gaf, 4), "412.308", mul(num("524.15"), gaf), 2)
	capital := w.line("Federal capital payment", fmt.Sprintf("%s x %s", wt, text(rate, 2)), "412.312", mul(num(wt), rate), 9)
	cdsh := w.line("Capital share factor", "2.7183^(0.2025 x 0.4470) - 1", "412.320", sub(pow("2.7183", text(mul(num("0.2025"), num("0.447")), 12)), num("1")), 4)
	cime := w.line("Capital teaching factor", "2.7183^(0.2822 x 0.3900) - 1", "412.322", sub(pow("2.7183", text(mul(num("0.2822"), num("0.39")), 12)), num("1")), 9)

	f2, c2 := roundRat(fsp, 2), roundRat(capital, 2)
	dshPay := w.line("Disproportionate share payment", fmt.Sprintf("%s x %s x 0.25", text(f2, 2), text(dsh, 4)), "412.106(f)", mul(f2, dsh, num("0.25")), 2)
	imePay := w.line("Teaching payment", fmt.Sprintf("%s x %s", text(f2, 2), text(ime, 9)), "412.105(e)", mul(f2, ime), 2)
	cdshPay := w.line("Capital share payment", fmt.Sprintf("%s x %s", text(c2, 2), text(cdsh, 4)), "412.320", mul(c2, cdsh), 2)
	cimePay := w.line("Capital teaching payment", fmt.Sprintf("%s x %s", text(c2, 2), text(cime, 9)), "412.322", mul(c2, cime), 2)

	shareO, shareC := roundRat(quo(num("0.310"), num("0.338")), 9), roundRat(quo(num("0.028"), num("0.338")), 9)
	thO := w.line("Operating threshold", fmt.Sprintf("40397.00 x (0.66 x %s + 0.34) x 0.310 / 0.338", wi), "412.84(h)",
		mul(num("40397"), add(mul(num("0.66"), num(wi)), num("0.34")), shareO), 9)
	thC := w.line("Capital threshold", fmt.Sprintf("40397.00 x %s x 0.028 / 0.338", text(gaf, 4)), "412.84(h)", mul(num("40397"), gaf, shareC), 9)
	cutO := w.line("Operating cutoff", fmt.Sprintf("%s x (1 + %s + %s x 0.25) + %s + 812.45", text(fsp, 9), text(ime, 9), text(dsh, 4), text(thO, 9)),
		"412.80(a)(2)", add(mul(fsp, add(num("1"), ime, mul(dsh, num("0.25")))), thO, num("812.45")), 9)
	cutC := w.line("Capital cutoff", fmt.Sprintf("%s x (1 + %s + %s) + %s", text(capital, 9), text(cime, 9), text(cdsh, 4), text(thC, 9)),
		"412.80(a)(2)", add(mul(capital, add(num("1"), cime, cdsh)), thC), 9)
	costO := w.line("Operating costs", "890000.00 x 0.310", "412.84(g)", mul(num("890000"), num("0.310")), 2)
	costC := w.line("Capital costs", "890000.00 x 0.028", "412.84(g)", mul(num("890000"), num("0.028")), 2)
	if add(costO, costC).Cmp(add(cutO, cutC)) <= 0 {
		t.Fatal("the example must be an outlier")
	}
	outO := w.line("Operating outlier", fmt.Sprintf("0.80 x (%s - %s)", text(costO, 2), text(cutO, 9)), "412.84(k)", mul(num("0.8"), sub(costO, cutO)), 2)
	outC := w.line("Capital outlier", fmt.Sprintf("0.80 x (%s - %s)", text(costC, 2), text(cutC, 9)), "412.84(k)", mul(num("0.8"), sub(costC, cutC)), 2)
	if outC.Sign() < 0 || outO.Sign() < 0 {
		t.Fatal("both parts must be paid")
	}
	capitalTotal := w.line("Capital in all", "payment, share, teaching, outlier", "412.312", add(c2, cdshPay, cimePay, outC), 2)
	before := w.line("Sum", fmt.Sprintf("%s + %s + %s + %s + %s + 812.45", text(f2, 2), text(dshPay, 2), text(imePay, 2), text(outO, 2), text(capitalTotal, 2)), "412.2",
		add(f2, dshPay, imePay, outO, capitalTotal, num("812.45")), 2)
	hac := w.line("Hospital-acquired conditions", "-0.01 x "+text(before, 2), "412.172", mul(num("-0.01"), before), 2)
	total := w.line("**Total**", fmt.Sprintf("%s + (%s)", text(before, 2), text(hac, 2)), "412.2", add(before, hac), 2)
	w.same(t, "disproportionate share", pay.OperatingDSH, dshPay)
	w.same(t, "teaching", pay.OperatingIME, imePay)
	w.same(t, "outlier", pay.OperatingOutlier, outO)
	w.same(t, "capital", pay.CapitalTotal, capitalTotal)
	w.same(t, "total", pay.TotalPayment, total)
	if got := pay.OperatingCostOutlierCutoff.String(); got != text(cutO, 9) {
		t.Errorf("cutoff %s, worked %s", got, text(cutO, 9))
	}
	fmt.Fprintf(w, "\nReturn code %s: %s.\n", pay.ReturnCode, Meaning(pay.ReturnCode))
}

// A hospital in Atlanta, a hip fracture, and an early discharge to a nursing facility.
func exampleTransfer(t *testing.T, w *worksheet) {
	p := guideRecord("119903", "12054", "11")
	p.Beds, p.OperatingCCR, p.CapitalCCR = 310, 220, 18
	b := &Bill{ProviderNumber: "119903", ReviewCode: "09", DRG: "521", LengthOfStay: 3, CoveredDays: 3,
		Discharge: civil.Of(2026, 5, 4), CoveredCharges: 6100000, Diagnoses: []string{"S72001A"}}
	pay := priceGuide(t, b, p)
	wi, wt, mean := pay.WageIndex.String(), pay.DRGWeight.String(), pay.GeometricMeanLOS.String()

	w.head("3. A post-acute transfer", fmt.Sprintf(`Urban hospital in Atlanta, Georgia (CBSA 12054, wage index %s), 310 beds, no teaching, no disproportionate share. A patient
with a hip fracture gets a new hip (MS-DRG 521, a post-acute DRG with special payment, geometric mean stay %s days) and goes
to a skilled nursing facility after 3 days: review code 09. Half the payment is due at once, half by the day; the first
day counts twice.`, wi, mean))
	full := w.line("Full federal operating payment", fmt.Sprintf("(%s x %s + %s x 1.000) x %s", pay.NationalLabor, wi, pay.NationalNonlabor, wt), "412.64(g)",
		mul(add(mul(num(pay.NationalLabor.String()), num(wi)), num(pay.NationalNonlabor.String())), num(wt)), 9)
	fraction := w.line("Share of the stay", fmt.Sprintf("0.5 + 0.5 x (3 + 1) / %s", mean), "412.4(f)(6)", add(num("0.5"), quo(num("2"), num(mean))), 4)
	if fraction.Cmp(big.NewRat(1, 1)) >= 0 {
		t.Fatal("the stay must be short")
	}
	fsp := w.line("Operating payment", fmt.Sprintf("%s x %s", text(full, 9), text(fraction, 4)), "412.4(f)(6)", mul(full, fraction), 9)
	gaf := w.line("Geographic adjustment factor", wi+"^0.6848", "412.316(a)", pow(wi, "0.6848"), 4)
	rate := w.line("Capital rate of the area", "524.15 x "+text(gaf, 4), "412.308", mul(num("524.15"), gaf), 2)
	capital := w.line("Full federal capital payment", fmt.Sprintf("%s x %s", wt, text(rate, 2)), "412.312", mul(num(wt), rate), 9)
	paidCapital := w.line("Capital payment", fmt.Sprintf("%s x %s", text(capital, 9), text(fraction, 4)), "412.4(f)(6)", mul(capital, fraction), 9)
	w.line("Fixed loss, lowered as the payment", "40397.00 x "+text(fraction, 4), "412.80(b)", mul(num("40397"), fraction), 2)
	w.line("Outlier", "costs 61000.00 x 0.238 = 14518.00 are below the cutoff", "412.80", new(big.Rat), 2)
	f2, c2 := roundRat(fsp, 2), roundRat(paidCapital, 2)
	total := w.line("**Total**", fmt.Sprintf("%s + %s", text(f2, 2), text(c2, 2)), "412.2", add(f2, c2), 2)
	w.same(t, "operating", pay.OperatingFSP, fsp)
	w.same(t, "capital", pay.CapitalTotal, paidCapital)
	w.same(t, "total", pay.TotalPayment, total)
	if pay.ReturnCode != "10" && pay.ReturnCode != "40" {
		t.Errorf("return code %s", pay.ReturnCode)
	}
	fmt.Fprintf(w, "\nReturn code %s: %s. With discharge home (review code 00) the same stay pays in full.\n", pay.ReturnCode, Meaning(pay.ReturnCode))
	if strings.Count(w.String(), "**Total**") != 3 {
		t.Error("three examples end in a total")
	}
}
