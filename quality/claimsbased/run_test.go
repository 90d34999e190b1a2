// SPDX-License-Identifier: Apache-2.0

package claimsbased

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
)

// bill makes a professional claim of one clinician. Each line is a code, which may
// have modifiers after hyphens.
func bill(member string, sex byte, born, on civil.Date, diagnosis string, lines ...string) *claim.Claim {
	c := &claim.Claim{Form: claim.Professional, ID: member + on.String(), Frequency: '1', PlaceOfService: "11", PatientIsSubscriber: true,
		Subscriber: claim.Person{ID: member, Born: born, Sex: sex}, Billing: claim.Provider{TaxID: "000777777", NPI: "1234567893"},
		Diagnoses: []claim.Diagnosis{{Code: diagnosis, Kind: claim.PrincipalDiagnosis}}}
	for _, l := range lines {
		parts := strings.Split(l, "-")
		out := claim.Line{Procedure: parts[0], From: on}
		copy(out.Modifiers[:], parts[1:])
		c.Lines = append(c.Lines, out)
	}
	return c
}

func load(t *testing.T) *Set {
	t.Helper()
	set, err := Load(strings.NewReader(invented), 2025)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func day(m, d int) civil.Date { return civil.Date(civil.Of(2025, 1, 1).AddDays((m-1)*30 + d - 1)) }

// counts is a result as eligible, met, not met, exceptions, exclusions, unreported.
func counts(t *testing.T, measure string, claims ...*claim.Claim) map[string][6]int {
	t.Helper()
	run := NewRun(load(t))
	for _, c := range claims {
		if why := run.Add(c); why != "" {
			t.Fatal(why)
		}
	}
	out := map[string][6]int{}
	for _, r := range run.Results() {
		if r.Measure == measure {
			out[r.Stratum] = [6]int{r.Eligible, r.Met, r.NotMet, r.Exceptions, r.Exclusions, r.Unreported}
		}
	}
	return out
}

var (
	at50 = civil.Of(1975, 1, 1)
	at17 = civil.Of(2008, 6, 1)
	at75 = civil.Of(1949, 12, 1)
	at76 = civil.Of(1948, 12, 1)
)

func TestCounting(t *testing.T) {
	for name, c := range map[string]struct {
		measure string
		claims  []*claim.Claim
		want    map[string][6]int
	}{
		"the last coded claim decides": {"001", []*claim.Claim{
			bill("A", 'F', at50, day(2, 1), "E119", "G0463", "G9998"),
			bill("A", 'F', at50, day(5, 1), "E119", "G0463", "G9999"),
			bill("A", 'F', at50, day(6, 1), "E119", "G0463"), // not coded: passed over
		}, map[string][6]int{"00": {1, 1, 0, 0, 0, 0}}},
		"on one date an inverse measure prefers not met": {"001", []*claim.Claim{
			bill("A", 'F', at50, day(2, 1), "E119", "G0463", "G9998", "G9999"),
		}, map[string][6]int{"00": {1, 0, 1, 0, 0, 0}}},
		"age, both ends inclusive": {"001", []*claim.Claim{
			bill("A", 'F', at17, day(2, 1), "E119", "G0463", "G9999"),
			bill("B", 'F', at75, day(2, 1), "E119", "G0463", "G9999"),
			bill("C", 'F', at76, day(2, 1), "E119", "G0463", "G9999"),
		}, map[string][6]int{"00": {1, 1, 0, 0, 0, 0}}},
		"diagnosis, modifier and place": {"001", []*claim.Claim{
			bill("A", 'F', at50, day(2, 1), "I10", "G0463", "G9999"),
			bill("B", 'F', at50, day(2, 1), "E119", "G0463-GT", "G9999"),
			elsewhere(bill("C", 'F', at50, day(2, 1), "E119", "G0463", "G9999"), "02"),
			bill("D", 'F', at50, day(2, 1), "E119", "G0463", "G9997"),
			bill("E", 'F', at50, day(2, 1), "E119", "G0463"),
		}, map[string][6]int{"00": {2, 0, 0, 0, 1, 1}}},
		"modifiers of quality codes": {"112", []*claim.Claim{
			bill("A", 'F', at50, day(2, 1), "I10", "G0402", "G8001"),
			bill("B", 'F', at50, day(2, 1), "I10", "G0402", "G8001-2P"),
			bill("C", 'F', at50, day(2, 1), "I10", "G0402", "G8001-8P"),
			bill("D", 'F', at50, day(2, 1), "I10", "G0402", "G8001-3P"), // no option names 3P
			bill("E", 'M', at50, day(2, 1), "I10", "G0402", "G8001"),
			bill("F", 'F', at50, day(2, 1), "Z9013", "G0402", "G8001"),
		}, map[string][6]int{"00": {4, 1, 1, 1, 0, 1}}},
		"the best claim of the year": {"112", []*claim.Claim{
			bill("A", 'F', at50, day(2, 1), "I10", "G0402", "G8001"),
			bill("A", 'F', at50, day(5, 1), "I10", "G0402", "G8001-8P"),
		}, map[string][6]int{"00": {1, 1, 0, 0, 0, 0}}},
		"each date, and both codes": {"145", []*claim.Claim{
			bill("A", 'M', at50, day(2, 1), "I10", "G0500", "G0500", "G7001", "G7002"),
			bill("A", 'M', at50, day(3, 1), "I10", "G0500", "G7001"),
			bill("A", 'M', at50, day(4, 1), "I10", "G0500", "G7003"),
		}, map[string][6]int{"00": {3, 1, 1, 0, 0, 1}}},
		"strata": {"226", []*claim.Claim{
			bill("A", 'M', at50, day(2, 1), "I10", "G0463", "G6001"),
			bill("B", 'M', at50, day(2, 1), "I10", "G0463", "G6001", "G6002"),
		}, map[string][6]int{"00": {2, 2, 0, 0, 0, 0}, "01": {2, 1, 0, 0, 0, 1}}},
		"another year": {"145", []*claim.Claim{
			bill("A", 'M', at50, civil.Of(2024, 12, 31), "I10", "G0500", "G7003"),
		}, map[string][6]int{}},
		"a replacement and a void": {"145", []*claim.Claim{
			bill("A", 'M', at50, day(4, 1), "I10", "G0500", "G7003"),
			frequency(bill("A", 'M', at50, day(4, 1), "I10", "G0500", "G7001", "G7002"), '7'),
			bill("B", 'M', at50, day(4, 1), "I10", "G0500", "G7003"),
			frequency(bill("B", 'M', at50, day(4, 1), "I10", "G0500", "G7003"), '8'),
		}, map[string][6]int{"00": {1, 1, 0, 0, 0, 0}}},
		"a replacement that corrects the date": {"145", []*claim.Claim{
			named(bill("A", 'M', at50, day(4, 1), "I10", "G0500", "G7003"), "X1"),
			frequency(named(bill("A", 'M', at50, day(4, 2), "I10", "G0500", "G7001", "G7002"), "X1"), '7'),
		}, map[string][6]int{"00": {1, 1, 0, 0, 0, 0}}},
		"which of two visits it replaces is not guessed": {"145", []*claim.Claim{
			named(bill("A", 'M', at50, day(4, 1), "I10", "G0500", "G7003"), "X1"),
			named(bill("A", 'M', at50, day(5, 1), "I10", "G0500", "G7003"), "X1"),
			frequency(named(bill("A", 'M', at50, day(6, 1), "I10", "G0500"), "X1"), '8'),
		}, map[string][6]int{"00": {2, 0, 2, 0, 0, 0}}},
		"a void twice": {"145", []*claim.Claim{
			bill("A", 'M', at50, day(4, 1), "I10", "G0500", "G7003"),
			frequency(bill("A", 'M', at50, day(4, 1), "I10", "G0500"), '8'),
			frequency(bill("A", 'M', at50, day(4, 1), "I10", "G0500"), '8'),
		}, map[string][6]int{}},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(c.want, counts(t, c.measure, c.claims...)); d != "" {
				t.Error(d)
			}
		})
	}
}

func elsewhere(c *claim.Claim, place string) *claim.Claim { c.PlaceOfService = place; return c }
func named(c *claim.Claim, id string) *claim.Claim        { c.ID = id; return c }
func frequency(c *claim.Claim, f byte) *claim.Claim       { c.Frequency = f; return c }

// Two clinicians on one claim have a rate each.
func TestSplitByClinician(t *testing.T) {
	c := bill("A", 'M', at50, day(2, 1), "I10", "G0500", "G0500", "G7003")
	other := []claim.Provider{{Role: claim.Rendering, NPI: "1999999984"}}
	c.Lines[1].Providers, c.Lines[2].Providers = other, other
	run := NewRun(load(t))
	run.Add(c)
	got := run.Results()
	if len(got) != 2 || got[0].NPI != "1234567893" || got[0].Unreported != 1 || got[1].NPI != "1999999984" || got[1].NotMet != 1 {
		t.Errorf("%+v", got)
	}
	if rate, ok := got[1].Rate(); !ok || rate != 0 {
		t.Error(rate, ok)
	}
	if part, ok := got[0].Completeness(); !ok || part != 0 {
		t.Error(part, ok)
	}
}

func TestExplainNamesTheReason(t *testing.T) {
	run := NewRun(load(t))
	run.Add(bill("A", 'F', at50, day(2, 1), "I10", "G0463", "G9999"))
	run.Add(bill("B", 'F', at50, day(2, 1), "E119", "G0463", "G9999"))
	steps := run.Explain("A", "001").Steps
	if len(steps) != 1 || steps[0].Result != "not eligible: no diagnosis of the measure" {
		t.Errorf("%+v", steps)
	}
	steps = run.Explain("B", "001").Steps
	if len(steps) != 1 || steps[0].Result != "performance met" || !steps[0].Unverified {
		t.Errorf("%+v", steps)
	}
}

func TestLoadRefusesWhatItDoesNotKnow(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"member":   {`{"001": {"measureId": "001", "extra": 1}}`, "unknown field"},
		"measure":  {`{"999": {"measureId": "999"}}`, "measure 999: how it is counted in 2025 is not loaded"},
		"outcome":  {strings.Replace(invented, "performanceMet", "performanceNever", 1), "performanceNever"},
		"half age": {strings.Replace(invented, `"minAge": 18`, `"minAge": 0.5`, 1), "whole years"},
		"empty":    {`{}`, "no measure"},
		"no JSON":  {`<xml/>`, "single-source file"},
	} {
		if _, err := Load(strings.NewReader(c.text), 2025); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Load(strings.NewReader(invented), 2019); err == nil {
		t.Error("2019 is not loaded")
	}
}
