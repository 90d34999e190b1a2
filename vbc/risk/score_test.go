// SPDX-License-Identifier: Apache-2.0

package risk

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/refdata"

	"pgregory.net/rapid"
)

func TestScore(t *testing.T) {
	for _, c := range []struct {
		name, model string
		p           Person
		segment     string
		terms       string // names in order
		hccs        string
	}{
		{"healthy woman of 70", "CMS-HCC V28", Person{Age: 70, Sex: 'F', OREC: '0', Diagnoses: []string{"Z0000"}}, "CNA", "F70_74", ""},
		{"hierarchy: metastasis silences the lesser cancer", "CMS-HCC V28",
			Person{Age: 70, Sex: 'M', OREC: '0', Diagnoses: []string{"C7800", "C61"}}, "CNA", "M70_74 HCC17 D1", "17"},
		{"interaction of diabetes and heart failure", "CMS-HCC V28",
			Person{Age: 70, Sex: 'F', OREC: '1', Dual: "02", Diagnoses: []string{"E119", "I5022"}}, "CFA",
			"F70_74 OriginallyDisabled_Female HCC226 HCC38 DIABETES_HF_V28 D2", "226 38"},
		{"artificial heart alone does not count", "CMS-HCC V28",
			Person{Age: 70, Sex: 'F', OREC: '0', Diagnoses: []string{"Z95812"}}, "CNA", "F70_74", ""},
		{"chronic bronchitis of a child is invalid in V28", "CMS-HCC V28",
			Person{Age: 17, Sex: 'F', OREC: '1', Diagnoses: []string{"J449"}}, "CND", "F0_34", ""},
		{"and goes to another category in V24", "CMS-HCC V24",
			Person{Age: 17, Sex: 'F', OREC: '1', Diagnoses: []string{"J449"}}, "CND", "F0_34 HCC112 D1", "112"},
		{"haemophilia of a woman", "CMS-HCC V24", Person{Age: 50, Sex: 'F', OREC: '1', Dual: "03", Diagnoses: []string{"D66"}}, "CPD",
			"F45_54 HCC48 D1", "48"},
		{"institution with Medicaid", "CMS-HCC V24", Person{Age: 80, Sex: 'M', OREC: '0', Dual: "02", Institution: true}, "INS",
			"M80_84 LTIMCAID", ""},
		{"new enrollee of 64 entitled by age", "CMS-HCC V28", Person{Age: 64, Sex: 'M', OREC: '0', NewEnrollee: true}, "NE",
			"NMCAID_NORIGDIS_NEM65", ""},
		{"new enrollee in a special needs plan, originally disabled", "CMS-HCC V28",
			Person{Age: 67, Sex: 'F', OREC: '1', Dual: "01", NewEnrollee: true, SNP: true}, "SNPNE", "MCAID_ORIGDIS_NEF67", ""},
		{"dialysis", "CMS-HCC ESRD V24", Person{Age: 50, Sex: 'F', OREC: '2', Dual: "02", Diagnoses: []string{"I5022"}}, "DI",
			"F45_54 FBDual_Female_NonAged HCC85", "85"},
		{"dialysis new enrollee, disabled at any age", "CMS-HCC ESRD V21", Person{Age: 50, Sex: 'F', OREC: '1', NewEnrollee: true}, "DNE",
			"NMCAID_ORIGDIS_NEF45_54", ""},
		{"transplant, second month", "CMS-HCC ESRD V24", Person{Age: 50, Sex: 'M', OREC: '2', ESRD: Transplant, GraftMonths: 2}, "TRANSPLANT",
			"KIDNEY_ONLY_2M", ""},
		{"graft of 12 months, full dual", "CMS-HCC ESRD V24", Person{Age: 70, Sex: 'M', OREC: '0', Dual: "02", ESRD: FunctioningGraft, GraftMonths: 12}, "GFA",
			"M70_74 GE65_DUR10PL_FBD", ""},
		{"new enrollee with a graft, V21", "CMS-HCC ESRD V21",
			Person{Age: 70, Sex: 'M', OREC: '0', NewEnrollee: true, ESRD: FunctioningGraft, GraftMonths: 5}, "GNE",
			"NMCAID_NORIGDIS_G_NEM70_74 DUR4_9", ""},
		{"RxHCC low income", "RxHCC V05", Person{Age: 70, Sex: 'F', OREC: '1', LowIncome: true, Diagnoses: []string{"E119"}}, "Rx_CE_LowAged",
			"F70_74 F65OD RXHCC31", "31"},
	} {
		m := model(t, c.model, 2026)
		tr := trace.New()
		r, err := m.Score(&c.p, &Scratch{}, tr)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var terms []string
		var sum int64
		for _, term := range r.Terms {
			terms = append(terms, term.Name)
			sum += term.Coefficient
		}
		if got := strings.Join(terms, " "); got != strings.ReplaceAll(c.terms, "  ", " ") || r.Segment != c.segment || strings.Join(r.HCCs, " ") != c.hccs {
			t.Errorf("%s: %s %q %v, want %s %q %q", c.name, r.Segment, got, r.HCCs, c.segment, c.terms, c.hccs)
		}
		if sum != r.Score || len(tr.Steps) == 0 {
			t.Errorf("%s: score %d, sum %d, %d steps", c.name, r.Score, sum, len(tr.Steps))
		}
	}
}

func TestScoreRefuses(t *testing.T) {
	v28, v24 := model(t, "CMS-HCC V28", 2026), model(t, "CMS-HCC ESRD V24", 2026)
	for _, c := range []struct {
		m     *Model
		p     Person
		field string
	}{
		{v28, Person{Age: 70, Sex: 'X', OREC: '0'}, "sex"},
		{v28, Person{Age: -1, Sex: 'F', OREC: '0'}, "age"},
		{v28, Person{Age: 70, Sex: 'F', OREC: '7'}, "orec"},
		{v28, Person{Age: 70, Sex: 'F', OREC: '0', Dual: "77"}, "dual_code"},
		{v28, Person{Age: 70, Sex: 'F', OREC: '0', Segment: "XXX"}, "segment"},
		{v28, Person{Age: 40, Sex: 'F', OREC: '1', Segment: "CNA"}, "segment"},
		{v24, Person{Age: 40, Sex: 'F', OREC: '2', ESRD: Transplant, GraftMonths: 9}, "graft_months"},
		{v24, Person{Age: 40, Sex: 'F', OREC: '2', ESRD: FunctioningGraft, GraftMonths: 9, NewEnrollee: true}, "esrd"},
	} {
		var pe *PersonError
		if _, err := c.m.Score(&c.p, &Scratch{}, nil); !errors.As(err, &pe) || pe.Field != c.field {
			t.Errorf("%+v: %v, want an error about %s", c.p, err, c.field)
		}
	}
}

func TestMissingModels(t *testing.T) {
	for _, c := range []struct {
		name string
		year int
	}{{"CMS-HCC V28", 2027}, {"CMS-HCC V28", 2019}, {"RxHCC V08", 2026}} {
		var missing *refdata.NotLoadedError
		if _, err := New(refdata.Embedded(), c.name, c.year); !errors.As(err, &missing) {
			t.Errorf("%s %d: %v", c.name, c.year, err)
		}
	}
}

// TestProperties: the order of diagnoses and repeats do not matter, hierarchies leave
// no category that another kept one silences, the trace changes nothing.
func TestProperties(t *testing.T) {
	m := model(t, "CMS-HCC V28", 2026)
	var codes []string
	for code := range m.diagnoses {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	rapid.Check(t, func(t *rapid.T) {
		p := Person{Age: rapid.IntRange(0, 110).Draw(t, "age"), Sex: rapid.SampledFrom([]byte("FM")).Draw(t, "sex"),
			OREC: rapid.SampledFrom([]byte("0123")).Draw(t, "orec"), Dual: rapid.SampledFrom([]string{"00", "01", "02", "08"}).Draw(t, "dual"),
			Institution: rapid.Bool().Draw(t, "lti"), Diagnoses: rapid.SliceOfN(rapid.SampledFrom(codes), 0, 20).Draw(t, "dx")}
		first, err := m.Score(&p, &Scratch{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		q := p
		q.Diagnoses = append(slices.Clone(p.Diagnoses), p.Diagnoses...)
		slices.Reverse(q.Diagnoses)
		second, _ := m.Score(&q, &Scratch{}, trace.New())
		if first.Score != second.Score || !slices.Equal(first.HCCs, second.HCCs) {
			t.Fatalf("%d %v, reversed and doubled %d %v", first.Score, first.HCCs, second.Score, second.HCCs)
		}
		for _, h := range first.HCCs {
			drops := m.categories[m.byNumber[atoi(h)]].drops
			for _, other := range first.HCCs {
				if drops.has(m.byNumber[atoi(other)]) {
					t.Fatalf("%s stands above %s, both kept", h, other)
				}
			}
		}
	})
}

func TestScoreAllocatesNothing(t *testing.T) {
	m := model(t, "CMS-HCC V28", 2026)
	p := Person{Age: 70, Sex: 'F', OREC: '1', Dual: "02", Diagnoses: []string{"E119", "I5022", "C7800", "Z0000"}}
	var s Scratch
	if n := testing.AllocsPerRun(100, func() { _, _ = m.Score(&p, &s, nil) }); n != 0 {
		t.Errorf("%v allocations a score", n)
	}
}
