// SPDX-License-Identifier: Apache-2.0

package msdrg_test

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/payment/msdrg"
	"github.com/woodlawn-health/woodlawn/refdata"
	"pgregory.net/rapid"
)

func dx(codes ...string) []msdrg.Diagnosis {
	var out []msdrg.Diagnosis
	for _, c := range codes {
		code, poa, _ := strings.Cut(c, "/")
		d := msdrg.Diagnosis{Code: code, POA: 'Y'}
		if poa != "" {
			d.POA = poa[0]
		}
		if poa == "-" {
			d.POA = 0
		}
		out = append(out, d)
	}
	return out
}

// stay is a woman of 70 who went home.
func stay(principal string, secondary ...string) msdrg.Case {
	return msdrg.Case{Age: 70, Sex: msdrg.Female, DischargeStatus: 1, Principal: dx(principal)[0], Secondary: dx(secondary...)}
}

func with(c msdrg.Case, change func(*msdrg.Case)) msdrg.Case {
	change(&c)
	return c
}

// TestRules looks at rules one by one, on heart failure (DRG 291 with MCC, 292 with
// CC, 293 without) where that will do.
func TestRules(t *testing.T) {
	died := func(c *msdrg.Case) { c.DischargeStatus = 20 }
	tests := []struct {
		name          string
		c             msdrg.Case
		initial, drg  int
		rc, hac, flag string // flag of the first secondary diagnosis
	}{
		{"MCC", stay("I5023", "J9601"), 291, 291, "OK", "NOT_APPLICABLE", "MCC"},
		{"CC", stay("I5023", "N179"), 292, 292, "OK", "NOT_APPLICABLE", "CC"},
		{"neither", stay("I5023", "I10"), 293, 293, "OK", "NOT_APPLICABLE", "NEITHER"},
		{"no secondary diagnosis", stay("I5023"), 293, 293, "OK", "NOT_APPLICABLE", ""},
		{"code of no version", stay("I5023", "J9699X"), 293, 293, "OK", "NOT_APPLICABLE", "NEITHER"},
		{"points and small letters", stay("i50.23", "j96.01"), 291, 291, "OK", "NOT_APPLICABLE", "MCC"},
		{"MCC excluded by the principal diagnosis", stay("I5023", "I5021"), 293, 293, "OK", "NOT_APPLICABLE", "MCC_EXCLUDED"},
		{"MCC of the living", stay("I5023", "I469"), 291, 291, "OK", "NOT_APPLICABLE", "MCC"},
		{"MCC of the living, died", with(stay("I5023", "I469"), died), 293, 293, "OK", "NOT_APPLICABLE", "MCC_EXCLUDED"},
		{"HAC, present on admission", stay("I5023", "L89153/Y"), 291, 291, "OK", "NOT_APPLICABLE", "MCC"},
		{"HAC, clinically undetermined", stay("I5023", "L89153/W"), 291, 291, "OK", "NOT_APPLICABLE", "MCC"},
		{"HAC, not present on admission", stay("I5023", "L89153/N"), 291, 293, "OK", "FINAL_DRG_CHANGES", "NEITHER"},
		{"HAC, another MCC", stay("I5023", "L89153/U", "J9601"), 291, 291, "OK", "FINAL_DRG_NO_CHANGE", "NEITHER"},
		{"HAC, exempt hospital", with(stay("I5023", "L89153/N"), func(c *msdrg.Case) { c.POAExempt = true }),
			291, 291, "OK", "NOT_APPLICABLE", "MCC"},
		{"HAC, indicator not reported", stay("I5023", "L89153/-"), 291, 999, "HAC_MISSING_ONE_POA", "NOT_APPLICABLE", "NEITHER"},
		{"urinary infection beside a catheter's", stay("I5023", "N10/N", "T83511A/N"), 292, 293, "OK", "FINAL_DRG_CHANGES", "NEITHER"},
		{"urinary infection, catheter's present on admission", stay("I5023", "N10/N", "T83511A/Y"), 292, 292, "OK", "NOT_APPLICABLE", "CC"},
		{"urinary infection alone", stay("I5023", "N10/N"), 292, 292, "OK", "NOT_APPLICABLE", "CC"},
		{"mediastinitis without bypass", stay("I5023", "J9851/N"), 291, 291, "OK", "NOT_APPLICABLE", "MCC"},
		{"external cause first", stay("V0001XA", "J9601"), 999, 999, "DX_CANNOT_BE_PDX", "NOT_APPLICABLE", "NEITHER"},
		{"no such principal diagnosis", stay("I5099", "J9601"), 999, 999, "INVALID_PDX", "NOT_APPLICABLE", "NEITHER"},
		{"no principal diagnosis", stay("", "J9601"), 999, 999, "INVALID_PDX", "NOT_APPLICABLE", "NEITHER"},
		{"discharge status that decides and is none", with(stay("I5023", "I469"), func(c *msdrg.Case) { c.DischargeStatus = 99 }),
			999, 999, "INVALID_DISCHARGE_STATUS", "NOT_APPLICABLE", "NEITHER"},
		{"discharge status that decides nothing", with(stay("I5023", "J9601"), func(c *msdrg.Case) { c.DischargeStatus = 99 }),
			291, 291, "OK", "NOT_APPLICABLE", "MCC"},
		{"delivery code that can't be principal", stay("O80"), 998, 998, "OK", "NOT_APPLICABLE", ""},
	}
	v := named(t, "v43.1")
	var s msdrg.Scratch
	for _, tt := range tests {
		r := v.Group(&tt.c, &s, nil)
		flag := ""
		if len(r.Secondary) > 0 {
			flag = r.Secondary[0].Flag.String()
		}
		if r.InitialDRG != tt.initial || r.DRG != tt.drg || r.ReturnCode.String() != tt.rc || r.HACStatus.String() != tt.hac || flag != tt.flag {
			t.Errorf("%s: initial %d, final %d, %v, %v, %s; want %d, %d, %s, %s, %s", tt.name, r.InitialDRG, r.DRG, r.ReturnCode,
				r.HACStatus, flag, tt.initial, tt.drg, tt.rc, tt.hac, tt.flag)
		}
	}
}

func named(tb testing.TB, version string) *msdrg.Version {
	tb.Helper()
	v, err := grouper().Named(version)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

func TestSexPicksMDC(t *testing.T) {
	v := named(t, "v43.1")
	var s msdrg.Scratch
	for sex, mdc := range map[msdrg.Sex]int{msdrg.Male: 12, msdrg.Female: 13} {
		c := stay("A5409")
		c.Sex = sex
		if r := v.Group(&c, &s, nil); r.MDC != mdc {
			t.Errorf("%v: MDC %d, want %d", sex, r.MDC, mdc)
		}
	}
}

func TestOn(t *testing.T) {
	g := grouper()
	for day, want := range map[civil.Date]string{
		civil.Of(2022, 10, 1): "v40.0", civil.Of(2023, 3, 31): "v40.0", civil.Of(2023, 4, 1): "v40.1", civil.Of(2024, 9, 30): "v41.1",
		civil.Of(2024, 10, 1): "v42.0", civil.Of(2025, 9, 30): "v42.1", civil.Of(2026, 3, 31): "v43.0", civil.Of(2026, 9, 30): "v43.1",
	} {
		v, err := g.On(day)
		if err != nil {
			t.Fatal(err)
		}
		if v.Name != want {
			t.Errorf("%v is served by %s, want %s", day, v.Name, want)
		}
	}
	for _, day := range []civil.Date{civil.Of(2022, 9, 30), civil.Of(2026, 10, 1), 0} {
		var missing *refdata.NotLoadedError
		if v, err := g.On(day); !errors.As(err, &missing) {
			t.Errorf("%v gives %v, %v", day, v, err)
		}
	}
}

func TestNamed(t *testing.T) {
	g := grouper()
	for _, name := range []string{"431", "v43.1", "43.1", "V431"} {
		if v, err := g.Named(name); err != nil || v.Name != "v43.1" {
			t.Errorf("%s: %v, %v", name, v, err)
		}
	}
	var missing *refdata.NotLoadedError
	if _, err := g.Named("44.0"); !errors.As(err, &missing) || len(missing.Have) != 8 {
		t.Errorf("a version that is not there gives %v", err)
	}
}

func TestGroupAllocatesNothing(t *testing.T) {
	v := named(t, "v43.1")
	cases := syntheticCases(t, 300)
	var s msdrg.Scratch
	group := func() {
		for i := range cases {
			v.Group(&cases[i], &s, nil)
		}
	}
	group()
	if n := testing.AllocsPerRun(5, group); n != 0 {
		t.Errorf("%d cases allocate %v times", len(cases), n)
	}
}

// TestGoroutines groups the same cases on several goroutines.
func TestGoroutines(t *testing.T) {
	v := named(t, "v43.1")
	cases := syntheticCases(t, 300)
	answers := make([][]byte, 4)
	var wg sync.WaitGroup
	for k := range answers {
		wg.Go(func() {
			var s msdrg.Scratch
			for i := range cases {
				r := v.Group(&cases[i], &s, nil)
				answers[k] = append(r.AppendJSON(answers[k]), '\n')
			}
		})
	}
	wg.Wait()
	for _, a := range answers[1:] {
		if !bytes.Equal(a, answers[0]) {
			t.Fatal("goroutines do not agree")
		}
	}
}

// TestTraceChangesNothing: the explanation does not alter the result.
func TestTraceChangesNothing(t *testing.T) {
	var s, u msdrg.Scratch
	for _, version := range []string{"v40.0", "v43.1"} {
		v := named(t, version)
		for _, c := range syntheticCases(t, 300) {
			tr := trace.New()
			plain, told := v.Group(&c, &s, nil), v.Group(&c, &u, tr)
			if diff := cmp.Diff(string(plain.AppendJSON(nil)), string(told.AppendJSON(nil))); diff != "" {
				t.Fatal(diff)
			}
			if last := tr.Steps[len(tr.Steps)-1]; last.Name != "MS-DRG" {
				t.Fatalf("the trace ends with %+v", last)
			}
		}
	}
}

func TestTrace(t *testing.T) {
	v := named(t, "v43.1")
	var s msdrg.Scratch
	c := stay("I5023", "I5021", "L89153/N")
	tr := trace.New()
	v.Group(&c, &s, tr)
	var b strings.Builder
	if err := tr.WriteTable(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"MCC excluded by principal diagnosis I5023", "table msdrg.exclusions v43.1", "Appendix C",
		"DRG 280", "not met: lacks MCC, ANY:ami", "hospital-acquired condition 04", "Stage III and IV Pressure Ulcers",
		"final grouping, without hospital-acquired conditions", "row MDC 5 rank 84", "293 Heart Failure and Shock without CC/MCC",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing", want)
		}
	}
}

// TestOrderDoesNotMatter: the DRG does not hang on the order of secondary diagnoses
// and procedures.
func TestOrderDoesNotMatter(t *testing.T) {
	v := named(t, "v43.1")
	cases := syntheticCases(t, 400)
	var s msdrg.Scratch
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom(cases).Draw(t, "case")
		before := v.Group(&c, &s, nil)
		c.Secondary = rapid.Permutation(c.Secondary).Draw(t, "secondary")
		c.Procedures = rapid.Permutation(c.Procedures).Draw(t, "procedures")
		after := v.Group(&c, &s, nil)
		if before.DRG != after.DRG || before.MDC != after.MDC || before.Severity != after.Severity || before.InitialDRG != after.InitialDRG {
			t.Fatalf("%+v became %+v", before, after)
		}
	})
}

// TestEveryDRGHasATitle in every version.
func TestEveryDRGHasATitle(t *testing.T) {
	g := grouper()
	releases, err := g.Releases()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range releases {
		v := named(t, r.Name)
		if n := len(v.DRGs()); n < 760 {
			t.Errorf("%s has %d DRGs", r.Name, n)
		}
		for _, drg := range append(v.DRGs(), 999) {
			if v.DRGTitle(drg) == "" {
				t.Errorf("%s: DRG %d has no title", r.Name, drg)
			}
		}
		for mdc := range 26 {
			if v.MDCTitle(mdc) == "" {
				t.Errorf("%s: MDC %d has no title", r.Name, mdc)
			}
		}
	}
}
