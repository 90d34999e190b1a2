// SPDX-License-Identifier: Apache-2.0

package formulary

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/packages"
	"github.com/woodlawn-health/woodlawn/fhir/validate"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/interop/sheet"
	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/terminology"
)

func text(kind, s string) sheet.Source {
	return sheet.Source{Kind: kind, Name: kind + ".csv", Format: "csv", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(s)), nil }}
}

func built(t testing.TB, sources []sheet.Source) (map[string]*node.Doc, []sheet.Reject, []sheet.Sum) {
	t.Helper()
	c, err := refdata.Open("")
	if err != nil {
		t.Fatal(err)
	}
	all, bad := map[string]*node.Doc{}, []sheet.Reject(nil)
	sums, err := Build(sources, Options{Today: civil.Of(2026, time.November, 20), Catalog: c}, func(_ *sheet.Kind, b []byte) error {
		d, err := node.ParseResource(b)
		if err == nil {
			all[d.Root().ResourceType()+"/"+d.Root().ID()] = d
		}
		return err
	}, func(r sheet.Reject) error { bad = append(bad, r); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return all, bad, sums
}

// TestSampleIsValid: the sample is valid by the profiles, and shows every element that
// they want supported.
func TestSampleIsValid(t *testing.T) {
	all, bad, _ := built(t, Sample())
	if len(bad) > 0 {
		t.Fatalf("rejected: %+v", bad)
	}
	x := packages.NewIndex()
	for _, name := range []string{"hl7.fhir.r4.core#4.0.1", "hl7.fhir.us.core#3.1.1", "hl7.fhir.us.davinci-pdex-plan-net#1.1.0", "hl7.fhir.us.davinci-drug-formulary#2.0.1"} {
		p, err := packages.Open(evidence.Path(t, "fhir/packages/"+name+".tgz"))
		if err != nil {
			t.Fatal(err)
		}
		x.AddPackage(p)
	}
	v := &validate.Validator{Definitions: x, MemberOf: terminology.NewStore(x).MemberOf}
	present, profiles := map[string]int{}, map[string]bool{}
	for ref, d := range all {
		for _, i := range v.Validate(d) {
			if i.Severity == validate.Error || i.Severity == validate.Warning && strings.Contains(i.Text, "davinci") {
				t.Errorf("%s: %v", ref, i)
			}
		}
		profile := d.Root().Get("meta").Get("profile").At(0).Text()
		profiles[profile] = true
		support, ok := v.MustSupport(d, profile)
		if !ok {
			t.Fatalf("%s is not in the package", profile)
		}
		for _, s := range support {
			present[profile+" "+s.Element] += s.Present
		}
	}
	if len(profiles) != 5 {
		t.Errorf("profiles %v", profiles)
	}
	for element, n := range present {
		if n == 0 {
			t.Errorf("the sample lacks %s", element)
		}
	}
}

// TestCosts: costs of one pharmacy and tier stand together, dollars and per cent each
// with their unit, as written.
func TestCosts(t *testing.T) {
	all, _, _ := built(t, Sample())
	plan := all["InsurancePlan/harbor-ma-pd"].Root().Get("plan").At(0)
	var got []string
	for c := range plan.Get("specificCost").Items() {
		for b := range c.Get("benefit").Items() {
			for v := range b.Get("cost").Items() {
				code := func(n node.Node) string { return n.Get("coding").At(0).Get("code").Text() }
				got = append(got, strings.Join([]string{code(c.Get("category")), code(b.Get("type")), code(v.Get("type")), code(v.Get("qualifiers").At(0)),
					v.Get("value").Get("value").Text(), v.Get("value").Get("code").Text()}, " "))
			}
		}
	}
	want := "1-month-in-retail generic copay charge 5 USD; 1-month-in-retail brand copay after-deductible 45.50 USD; 1-month-in-retail specialty coinsurance after-deductible 25 %; " +
		"3-month-in-mail generic copay charge 5 USD; 3-month-in-mail brand copay after-deductible 45.50 USD; 3-month-in-mail specialty coinsurance after-deductible 25 %"
	if s := strings.Join(got, "; "); s != want {
		t.Errorf("%s, want %s", s, want)
	}
}

func TestRejects(t *testing.T) {
	all, bad, sums := built(t, []sheet.Source{
		text("formularies", "id,name,identifier,start,end,status\nf,F,1,2026-01-01,2026-12-31,\nbackwards,F,1,2026-12-31,2026-01-01,\nodd,F,1,,,open\n"),
		text("plans", "id,name,identifier,product,formularies\np,P,1,mediadv,f\nlost,P,1,mediadv,nowhere\nf,P,1,mediadv,f\nhouse,P,1,house,f\n"),
		text("costs", "plan,pharmacy,tier,kind,option,amount\np,1-month-in-retail,generic,copay,charge,5\np,1-month-in-retail,generic,copay,charge,\n"+
			"p,1-month-in-retail,generic,coinsurance,charge,101\nnone,1-month-in-retail,generic,copay,charge,5\np,corner,generic,copay,charge,5\np,1-month-in-retail,generic,copay,charge,$5\n"),
		text("drugs", "rxnorm,name\n209459,acetaminophen 500 MG Oral Tablet [Tylenol]\nTylenol,x\n"),
		text("items", "formulary,rxnorm,tier,pharmacy\nf,209459,generic,1-month-in-retail\nf,209459,brand,1-month-in-retail\nf,1000091,generic,1-month-in-retail\nf,209459,generic,\n"),
	})
	var got []string
	for _, r := range bad {
		got = append(got, r.Kind+" "+strings.Join(r.Problems, "; "))
	}
	want := []string{"formularies end: the day is before", "formularies status: write one of", "costs amount: the value is missing", "costs amount: a coinsurance is 100", "costs plan: there is no such row",
		"costs pharmacy: the code is not one of", "costs amount: write the number", "plans formularies: there is no such row", "plans id: another row", "plans product: the code is not one of",
		"drugs rxnorm: an RxNorm concept", "items id: another row", "items rxnorm: there is no such row", "items pharmacy: the value is missing"}
	if len(got) != len(want) {
		t.Fatalf("%d rejected: %q", len(got), got)
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("%s, want %s", got[i], want[i])
		}
	}
	if len(all) != 4 || sums[2].Written != 1 || sums[2].Rejected != 5 {
		t.Errorf("%d written, %+v", len(all), sums)
	}
}
