// SPDX-License-Identifier: Apache-2.0

package readmission

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/refdata"
)

func day(d int) civil.Date { return civil.Of(2025, time.January, d) }

func lists(t testing.TB) *Lists {
	t.Helper()
	l, err := Load(refdata.Embedded(), day(1))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// The examples are those that CMS's reports describe in words: transplants, chemotherapy
// and rehabilitation are always planned; a joint replacement for arthritis is, one for a
// fracture is not; bypass surgery in a heart attack is not.
func TestPlanned(t *testing.T) {
	l := lists(t)
	for _, c := range []struct {
		name, principal string
		procedures      []string
		planned         bool
		reason          Reason
	}{
		{"kidney transplant", "N18.6", []string{"0TY00Z0"}, true, AlwaysPlannedProcedure},
		{"kidney transplant in sepsis", "A41.9", []string{"0TY00Z0"}, true, AlwaysPlannedProcedure},
		{"chemotherapy", "Z51.11", nil, true, AlwaysPlannedDiagnosis},
		{"knee replacement for arthritis", "M17.11", []string{"0SRC0J9"}, true, PlannedProcedure},
		{"hip replacement for a fracture", "S72.001A", []string{"0SR90J9"}, false, AcuteDiagnosis},
		{"bypass in an infarction", "I21.4", []string{"021009W"}, false, AcuteDiagnosis},
		{"bypass in coronary disease", "I25.10", []string{"021009W"}, true, PlannedProcedure},
		{"pneumonia", "J18.9", nil, false, NoPlannedProcedure},
		{"heart failure with a line", "I50.23", []string{"02HV33Z"}, false, NoPlannedProcedure},
	} {
		tr := trace.New()
		v := l.Planned(c.principal, c.procedures, tr)
		if v.Planned != c.planned || v.Reason != c.reason {
			t.Errorf("%s: %+v", c.name, v)
		}
		if len(v.Unmapped) > 0 {
			t.Errorf("%s: no category for %v", c.name, v.Unmapped)
		}
		if len(tr.Steps) != 1 || !tr.Unverified() {
			t.Errorf("%s: trace %+v", c.name, tr.Steps)
		}
	}
	if v := l.Planned("U07.1", []string{"XW0DXM6"}, nil); v.Planned || len(v.Unmapped) != 2 {
		t.Errorf("codes newer than the CCS are not named: %+v", v)
	}
}

func rows(t *testing.T, name string) []map[string]string {
	t.Helper()
	all, err := csv.NewReader(bytes.NewReader(evidence.Read(t, "data/vbc/hwr_readmission/"+name+".csv.gz"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, rec := range all[1:] {
		m := map[string]string{}
		for i, v := range rec {
			m[all[0][i]] = v
		}
		out = append(out, m)
	}
	return out
}

// Every code of the published lists does what its list says.
func TestEveryListedCode(t *testing.T) {
	l := lists(t)
	const planned, coronary = "021009W", "I2510"
	for _, r := range rows(t, "acute_diagnosis_icd_10_cm") {
		dx := r["icd_10_cm"]
		if l.alwaysDiagnosis[l.DiagnosisCategory(dx)] {
			continue
		}
		if v := l.Planned(dx, []string{planned}, nil); v.Planned || v.Code != dx {
			t.Fatalf("acute %s: %+v", dx, v)
		}
	}
	for _, r := range rows(t, "potentially_planned_icd_10_pcs") {
		if v := l.Planned(coronary, []string{r["icd_10_pcs"]}, nil); !v.Planned {
			t.Fatalf("potentially planned %s: %+v", r["icd_10_pcs"], v)
		}
		if v := l.Planned("I214", []string{r["icd_10_pcs"]}, nil); v.Planned && v.Reason != AlwaysPlannedProcedure {
			t.Fatalf("%s in an infarction: %+v", r["icd_10_pcs"], v)
		}
	}
	for _, r := range rows(t, "surgery_gynecology_cohort") {
		if c := l.Cohort(&Stay{Principal: "J189", Procedures: []string{r["icd_10_pcs"]}}); c != SurgeryGynecology {
			t.Fatalf("%s: cohort %s", r["icd_10_pcs"], c)
		}
	}
	// AHRQ's release and the measure's own version differ for a few procedures.
	differ := 0
	for _, r := range rows(t, "surgery_gynecology_cohort") {
		if !strings.HasPrefix(r["ccs_code_and_description"], fmt.Sprintf("CCS %d:", l.ProcedureCategory(r["icd_10_pcs"]))) {
			differ++
		}
	}
	if differ > 24 {
		t.Errorf("%d of the cohort's procedures have another CCS category, 24 are known", differ)
	}
	groups := map[int64]string{}
	for _, r := range rows(t, "specialty_cohort") {
		if r["procedure_or_diagnosis"] == "Diagnosis" {
			var n int64
			fmt.Sscan(r["ccs"], &n)
			groups[n] = r["specialty_cohort"]
		}
	}
	for i, code := range l.diagnoses.codes {
		want, ok := groups[l.diagnoses.categories[i]]
		if !ok {
			want = "Medicine"
		}
		if got := l.Cohort(&Stay{Principal: code}); string(got) != want {
			t.Fatalf("%s: cohort %s, want %s", code, got, want)
		}
	}
}

func TestOutcomes(t *testing.T) {
	l := lists(t)
	base := func(id string, from, to int) Stay {
		return Stay{ID: id, Hospital: "010001", Admission: day(from), Discharge: day(to), Status: "01", Principal: "J189", Age: 70}
	}
	opt := Options{MinAge: 65, Through: civil.Of(2025, time.December, 31)}
	for _, c := range []struct {
		name    string
		stays   []Stay
		exclude []Exclusion
		first   int // place of the readmission of the first stay
		counts  bool
	}{
		{"day 30", []Stay{base("a", 1, 5), base("b", 35, 36)}, []Exclusion{"", ""}, 1, true},
		{"day 31", []Stay{base("a", 1, 5), base("b", 36, 37)}, []Exclusion{"", ""}, -1, false},
		{"planned first", []Stay{base("a", 1, 5), with(base("b", 10, 11), func(s *Stay) { s.Principal = "Z5111" }), base("c", 14, 15)},
			[]Exclusion{"", ExcludedCare, ""}, 1, false},
		{"transfer the next day", []Stay{base("a", 1, 5), with(base("b", 6, 9), func(s *Stay) { s.Hospital = "020002" })}, []Exclusion{Transferred, ""}, -1, false},
		{"same day, same cause", []Stay{base("a", 1, 5), base("b", 5, 9)}, []Exclusion{SameDayReturn, ""}, -1, false},
		{"same day, other cause", []Stay{base("a", 1, 5), with(base("b", 5, 9), func(s *Stay) { s.Principal = "I5023" })}, []Exclusion{"", ""}, 1, true},
		{"died", []Stay{with(base("a", 1, 5), func(s *Stay) { s.Status = "20" })}, []Exclusion{DiedInHospital}, -1, false},
		{"against advice", []Stay{with(base("a", 1, 5), func(s *Stay) { s.Status = "07" }), base("b", 7, 8)}, []Exclusion{AgainstAdvice, ""}, -1, false},
		{"young", []Stay{with(base("a", 1, 5), func(s *Stay) { s.Age = 64 })}, []Exclusion{TooYoung}, -1, false},
		{"cancer, treated", []Stay{with(base("a", 1, 5), func(s *Stay) { s.Principal = "C50.911" })}, []Exclusion{ExcludedCare}, -1, false},
		{"cancer, operated", []Stay{with(base("a", 1, 5), func(s *Stay) { s.Principal, s.Procedures = "C50.911", []string{"0HTT0ZZ"} })}, []Exclusion{""}, -1, false},
		{"psychiatric", []Stay{with(base("a", 1, 5), func(s *Stay) { s.Principal = "F20.0" })}, []Exclusion{ExcludedCare}, -1, false},
		{"overlapping", []Stay{base("a", 1, 9), base("b", 3, 4), base("c", 20, 21)}, []Exclusion{"", "", ""}, 2, true},
		{"wrong dates", []Stay{base("a", 9, 1)}, []Exclusion{WrongDates}, -1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr := trace.New()
			got := l.Outcomes(c.stays, opt, tr)
			for i, o := range got {
				if o.Index != i || o.Excluded != c.exclude[i] {
					t.Errorf("stay %d: %+v, want exclusion %q", i, o, c.exclude[i])
				}
			}
			if got[0].Readmission != c.first || got[0].Unplanned() != c.counts {
				t.Errorf("first stay: %+v", got[0])
			}
		})
	}
	late := Options{Through: day(34), Enrolled: func(from, through civil.Date) bool { return false }}
	if o := l.Outcomes([]Stay{base("a", 1, 5)}, late, nil); o[0].Excluded != NotEnrolled {
		t.Errorf("%+v", o)
	}
	late.Enrolled = nil
	if o := l.Outcomes([]Stay{base("a", 1, 5)}, late, nil); o[0].Excluded != NoFollowUp {
		t.Errorf("%+v", o)
	}
}

func with(s Stay, change func(*Stay)) Stay { change(&s); return s }

// The order in which stays come changes nothing, and every stay has one outcome.
func TestOrderOfStays(t *testing.T) {
	l := lists(t)
	codes := []string{"J189", "I5023", "Z5111", "C50911", "F200", "I214", "zzz"}
	rapid.Check(t, func(rt *rapid.T) {
		var stays []Stay
		for i := range rapid.IntRange(0, 6).Draw(rt, "stays") {
			from := i*9 + rapid.IntRange(0, 8).Draw(rt, "from")
			stays = append(stays, Stay{ID: fmt.Sprint(i), Hospital: rapid.SampledFrom([]string{"1", "2"}).Draw(rt, "hospital"),
				Admission: day(1 + from), Discharge: day(1 + from + rapid.IntRange(0, 9).Draw(rt, "days")),
				Principal: rapid.SampledFrom(codes).Draw(rt, "code"), Status: rapid.SampledFrom([]string{"01", "02", "20"}).Draw(rt, "status")})
		}
		text := func(stays []Stay) map[string]string {
			m := map[string]string{}
			for _, o := range l.Outcomes(stays, Options{}, nil) {
				next := ""
				if o.Readmission >= 0 {
					next = stays[o.Readmission].ID
				}
				m[stays[o.Index].ID] = fmt.Sprint(o.Excluded, o.Cohort, next, o.Verdict)
			}
			return m
		}
		want := text(stays)
		if len(want) != len(stays) {
			rt.Fatalf("%d outcomes for %d stays", len(want), len(stays))
		}
		turned := slices.Clone(stays)
		slices.Reverse(turned)
		if got := text(turned); fmt.Sprint(got) != fmt.Sprint(want) {
			rt.Fatalf("turned around: %v, want %v", got, want)
		}
	})
}

func BenchmarkPlanned(b *testing.B) {
	l := lists(b)
	px := []string{"021009W", "02HV33Z"}
	b.ReportAllocs()
	for b.Loop() {
		l.Planned("I2510", px, nil)
	}
}
