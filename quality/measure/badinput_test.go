// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/quality/elm"
)

// demoMeasure is the measure of demo/quality, real CQL by way of a translator.
func demoMeasure(t testing.TB, opt elm.Options, change ...string) (*Engine, []*Measure) {
	t.Helper()
	src, err := os.ReadFile(filepath.Join(evidence.Root(), "demo", "quality", "measure.json"))
	if err != nil {
		t.Fatal(err)
	}
	e := NewEngine(Options{Evaluation: opt})
	ms, err := e.Load([]byte(strings.NewReplacer(change...).Replace(string(src))))
	if err != nil {
		t.Fatal(err)
	}
	return e, ms
}

const hcpcs = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"

// screened is a bundle of an invented patient who is in the numerator, with changes.
func screened(change ...string) string {
	return strings.NewReplacer(change...).Replace(`{"resourceType":"Bundle","type":"collection","entry":[
	{"resource":{"resourceType":"Patient","id":"p","gender":"female","birthDate":"1960-04-02"}},
	{"resource":{"resourceType":"Encounter","id":"v","status":"finished","class":{"code":"AMB"},"type":[{"coding":[{"system":"` + hcpcs + `","code":"G0439"}]}],"subject":{"reference":"Patient/p"},"period":{"start":"2026-03-11T09:00:00Z"}}},
	{"resource":{"resourceType":"Procedure","id":"c","status":"completed","code":{"coding":[{"system":"` + hcpcs + `","code":"G0121"}]},"subject":{"reference":"Patient/p"},"performedDateTime":"2019-01-01"}}]}`)
}

// What is missing is null to the logic, as CQL has it, and so is an element of another
// shape than FHIR's: a patient without a birth date has no age. A date that is none
// fails the patient and says where it stands.
func TestPatientsWithHolesAndWrongTypes(t *testing.T) {
	e, ms := demoMeasure(t, elm.Options{})
	for name, test := range map[string]struct {
		change []string
		want   string // counts, or part of the error
	}{
		"whole":                    {nil, "initial-population 1 denominator 1 denominator-exclusion 0 numerator 1"},
		"no birth date":            {[]string{`,"birthDate":"1960-04-02"`, ""}, "initial-population 0 denominator 0 denominator-exclusion 0 numerator 0"},
		"birth date no date":       {[]string{`"1960-04-02"`, `"soon"`}, `"Age at End of Period", 22:25-22:47: Bundle.entry[0].resource.birthDate is no date that CQL can hold`},
		"birth date a number":      {[]string{`"1960-04-02"`, `1960`}, "initial-population 1 denominator 1 denominator-exclusion 0 numerator 1"},
		"birth date a year":        {[]string{`"1960-04-02"`, `"1960"`}, "initial-population 1 denominator 1 denominator-exclusion 0 numerator 1"},
		"no visit period":          {[]string{`,"period":{"start":"2026-03-11T09:00:00Z"}`, ""}, "initial-population 0 denominator 0 denominator-exclusion 0 numerator 0"},
		"visit period a text":      {[]string{`{"start":"2026-03-11T09:00:00Z"}`, `"2026"`}, "initial-population 0 denominator 0 denominator-exclusion 0 numerator 0"},
		"visit type an object":     {[]string{`"type":[{"coding":[{"system":"` + hcpcs + `","code":"G0439"}]}]`, `"type":{"coding":{"code":7}}`}, "initial-population 0 denominator 0 denominator-exclusion 0 numerator 0"},
		"code without a system":    {[]string{`"code":{"coding":[{"system":"` + hcpcs + `","code":"G0121"}]}`, `"code":{"coding":[{"code":"G0121"}]}`}, "initial-population 1 denominator 1 denominator-exclusion 0 numerator 0"},
		"colonoscopy without date": {[]string{`,"performedDateTime":"2019-01-01"`, ""}, "initial-population 1 denominator 1 denominator-exclusion 0 numerator 0"},
		"colonoscopy in a period":  {[]string{`"performedDateTime":"2019-01-01"`, `"performedPeriod":{"start":"2019-01-01"}`}, "initial-population 1 denominator 1 denominator-exclusion 0 numerator 0"}, // "as dateTime" of a Period is null
		"status a list":            {[]string{`"status":"completed"`, `"status":["completed"]`}, "initial-population 1 denominator 1 denominator-exclusion 0 numerator 0"},
		"null":                     {[]string{`"performedDateTime":"2019-01-01"`, `"performedDateTime":null`}, "initial-population 1 denominator 1 denominator-exclusion 0 numerator 0"},
	} {
		doc, err := node.ParseResource([]byte(screened(test.change...)))
		if err != nil {
			t.Fatal(err)
		}
		rs, err := e.Evaluate(Request{Measures: ms, Period: year2026(t), Supplemental: true}, doc.Root())
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if rs[0].Err != nil {
			got = rs[0].Err.Error()
		} else {
			got = roleCounts(&rs[0].Groups[0])
		}
		if !strings.Contains(got, test.want) {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
	}
}

// Patients that are none do not harm the batch; each is set aside with its place.
func TestBatchOfBrokenPatients(t *testing.T) {
	e, ms := demoMeasure(t, elm.Options{})
	patients := []string{
		screened(), `{`, `[]`, `null`, `"text"`, `{"resourceType":"Bundle"}`, `{"resourceType":"Bundle","entry":{"resource":{}}}`,
		`{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient"}},{"resource":{"resourceType":"Patient"}}]}`,
		strings.Repeat(`{"resourceType":"Bundle","entry":[{"resource":`, 50) + `{}` + strings.Repeat(`}]}`, 50),
		strings.Repeat(`[`, 100_000), screened("\"p\"", "\"p\\ud800\""), screened(),
	}
	tally := NewTally(ms[0])
	var aside []string
	b := &Batch{Engine: e, Workers: 3, Request: Request{Measures: ms, Period: year2026(t)}}
	err := b.Run(func(yield func(Patient) bool) error {
		for i, p := range patients {
			if !yield(Patient{Where: fmt.Sprint(i), Data: [][]byte{[]byte(p)}}) {
				return nil
			}
		}
		return nil
	}, func(o *Outcome) error {
		if o.Err != nil {
			aside = append(aside, o.Where)
			return nil
		}
		tally.Add(&o.Results[0], false)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(aside, " "); !strings.HasPrefix(got, "1 2 3 4 5 6 7 8 9") {
		t.Errorf("set aside: %s", got)
	}
	if n := tally.Groups[0].Count(Numerator); n < 2 {
		t.Errorf("%d in the numerator: the good patients were lost", n)
	}
}

// A value set without an expansion fails those patients alone for whom a code has to be
// looked up in it, and is named with the place.
func TestMissingValueSetIsNamed(t *testing.T) {
	const missing = `"url":"http://woodlawn.example/ValueSet/screening-colonoscopy"`
	for _, opt := range []elm.Options{{}, {MissingAsEmpty: true}} {
		e, ms := demoMeasure(t, opt, missing, `"url":"http://woodlawn.example/ValueSet/another"`)
		if sets := ms[0].MissingValueSets(e.Terminology()); len(sets) != 1 || sets[0].Name != "Screening Colonoscopy" {
			t.Errorf("missing value sets %v", sets)
		}
		for patient, want := range map[string]string{
			screened(): `DemoColorectalScreening|1.0.0, "Colonoscopy in Ten Years", `,
			screened(`"resourceType":"Procedure"`, `"resourceType":"ServiceRequest"`): "",
			screened(`"G0439"`, `"G0000"`):                                            "", // in no initial population: not asked
		} {
			rs := evaluateOne(t, e, ms, []byte(patient))
			switch {
			case opt.MissingAsEmpty || want == "":
				if rs[0].Err != nil {
					t.Errorf("failed without need: %v", rs[0].Err)
				}
			case rs[0].Err == nil || !strings.Contains(rs[0].Err.Error(), want) || !strings.Contains(rs[0].Err.Error(), `value set "Screening Colonoscopy"`):
				t.Errorf("got %v, want %s", rs[0].Err, want)
			}
		}
	}
}

// A patient of 50,000 resources is evaluated as one of three, traced or not.
func TestHugePatient(t *testing.T) {
	var more strings.Builder
	for i := range 50_000 {
		fmt.Fprintf(&more, `,{"resource":{"resourceType":"Procedure","id":"x%d","status":"completed","code":{"coding":[{"system":"%s","code":"G0328"}]},"subject":{"reference":"Patient/p"},"performedDateTime":"2026-01-01"}}`, i, hcpcs)
	}
	src := screened()
	src = src[:len(src)-2] + more.String() + "]}"
	e, ms := demoMeasure(t, elm.Options{})
	doc, err := node.ParseResource([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	for _, traced := range []bool{false, true} {
		rs, err := e.Evaluate(Request{Measures: ms, Period: year2026(t), Trace: traced}, doc.Root())
		if err != nil || rs[0].Err != nil {
			t.Fatal(err, rs[0].Err)
		}
		if got := roleCounts(&rs[0].Groups[0]); got != "initial-population 1 denominator 1 denominator-exclusion 0 numerator 1" {
			t.Errorf("traced %v: %s", traced, got)
		}
		rep, err := rs[0].IndividualReport(year2026(t), About{})
		if err != nil || len(rep) == 0 {
			t.Errorf("report: %v", err)
		}
	}
}

// Queries that would run for ever end at the limit of rows, with the place.
func TestRunawayQueryEnds(t *testing.T) {
	e, ms := demoMeasure(t, elm.Options{MaxSteps: 100})
	var more strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&more, `,{"resource":{"resourceType":"Procedure","id":"x%d","status":"completed","code":{"coding":[{"system":"%s","code":"G0121"}]},"subject":{"reference":"Patient/p"},"performedDateTime":"2001-01-01"}}`, i, hcpcs)
	}
	src := screened()
	rs := evaluateOne(t, e, ms, []byte(src[:len(src)-2]+more.String()+"]}"))
	if rs[0].Err == nil || !strings.Contains(rs[0].Err.Error(), "more than 100 rows") || !strings.Contains(rs[0].Err.Error(), `"Colonoscopy in Ten Years"`) {
		t.Errorf("got %v", rs[0].Err)
	}
}

// roleCounts writes a group's populations by role.
func roleCounts(g *GroupResult) string {
	var parts []string
	for _, p := range g.Populations {
		parts = append(parts, fmt.Sprintf("%s %d", p.Criterion.Role, p.Count))
	}
	return strings.Join(parts, " ")
}
