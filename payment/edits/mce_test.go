// SPDX-License-Identifier: Apache-2.0

package edits

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
	"pgregory.net/rapid"
)

// mceClean is a claim without findings: heart failure, home after six days.
func mceClean() MCECase {
	return MCECase{Discharge: civil.Of(2025, 11, 7), Admission: civil.Of(2025, 11, 1), Age: 70, Sex: 'F', DischargeStatus: 1,
		Admitting: "R0602", Principal: "I5023", Secondary: []string{"J9601"}}
}

// brief writes findings as "number place code".
func brief(found []MCEEdit) []string {
	out := []string{}
	for _, e := range found {
		out = append(out, strings.TrimSpace(fmt.Sprint(e.Number, " ", e.Place, " ", e.Code)))
	}
	return out
}

func TestMCE(t *testing.T) {
	m := NewMCE(refdata.Embedded())
	tests := []struct {
		name   string
		change func(*MCECase)
		want   []string
	}{
		{"clean", func(c *MCECase) {}, nil},
		{"points and small letters", func(c *MCECase) { c.Principal = "i50.23" }, nil},
		{"codes that are none", func(c *MCECase) {
			c.Principal, c.Secondary, c.Procedures, c.Admitting = "I5099", []string{"J960", ""}, []string{"0000000"}, "XX"
		}, []string{"1 principal diagnosis I5099", "1 secondary diagnosis J960", "1 procedure 0000000", "1 admitting diagnosis XX"}},
		{"no principal diagnosis", func(c *MCECase) { c.Principal = "" }, []string{"1 principal diagnosis"}},
		{"code of a later year", func(c *MCECase) { c.Discharge, c.Principal = civil.Of(2024, 9, 30), "E66811" },
			[]string{"1 principal diagnosis E66811"}},
		{"external cause first", func(c *MCECase) { c.Principal = "V0001XA" }, []string{"2 principal diagnosis V0001XA"}},
		{"external cause second", func(c *MCECase) { c.Secondary = []string{"V0001XA"} }, nil},
		{"duplicate of principal", func(c *MCECase) { c.Secondary = []string{"J9601", "I50.23"} }, []string{"3 secondary diagnosis I5023"}},
		{"newborn code at 70", func(c *MCECase) { c.Secondary = []string{"A33"} }, []string{"4 secondary diagnosis A33"}},
		{"newborn code at birth", func(c *MCECase) { c.Age, c.Secondary = 0, []string{"A33"} }, nil},
		{"maternity code at 60", func(c *MCECase) { c.Age, c.Secondary = 60, []string{"O10011"} }, nil},
		{"maternity code at 60 before October 2019", func(c *MCECase) {
			c.Discharge, c.Age, c.Secondary = civil.Of(2019, 9, 30), 60, []string{"O10011"}
		}, []string{"4 secondary diagnosis O10011"}},
		{"female code of a man until September 2024", func(c *MCECase) {
			c.Discharge, c.Sex, c.Secondary = civil.Of(2024, 9, 30), 'M', []string{"A1816"}
		}, []string{"5 secondary diagnosis A1816"}},
		{"female code of a man from October 2024", func(c *MCECase) {
			c.Discharge, c.Sex, c.Secondary = civil.Of(2024, 10, 1), 'M', []string{"A1816"}
		}, nil},
		{"manifestation first", func(c *MCECase) { c.Principal = "D630" }, []string{"6 principal diagnosis D630"}},
		{"questionable admission", func(c *MCECase) { c.Principal = "E119" }, []string{"8 principal diagnosis E119"}},
		{"cesarean section without outcome", func(c *MCECase) { c.Age, c.Procedures = 30, []string{"10D00Z1"} }, []string{"8 procedure 10D00Z1"}},
		{"cesarean section with outcome", func(c *MCECase) {
			c.Age, c.Procedures, c.Secondary = 30, []string{"10D00Z1"}, []string{"Z370"}
		}, nil},
		{"unacceptable principal", func(c *MCECase) { c.Principal = "Z9989" }, []string{"9 principal diagnosis Z9989"}},
		{"principal that wants a secondary", func(c *MCECase) { c.Principal, c.Secondary = "Z5189", nil }, []string{"9 principal diagnosis Z5189"}},
		{"principal that has its secondary", func(c *MCECase) { c.Principal = "Z5189" }, nil},
		{"not covered", func(c *MCECase) { c.Procedures = []string{"00F3XZZ"} }, []string{"11 procedure 00F3XZZ"}},
		{"pancreas transplant alone", func(c *MCECase) { c.Procedures = []string{"0FYG0Z0"} }, []string{"11 procedure 0FYG0Z0"}},
		{"pancreas transplant, type 1 diabetes", func(c *MCECase) {
			c.Procedures, c.Secondary = []string{"0FYG0Z0"}, []string{"E1021"}
		}, []string{"17 procedure 0FYG0Z0"}},
		{"pancreas and kidney transplant", func(c *MCECase) { c.Procedures = []string{"0FYG0Z0", "0TY00Z0"} },
			[]string{"17 procedure 0FYG0Z0", "17 procedure 0TY00Z0"}},
		{"sterilization", func(c *MCECase) { c.Age, c.Procedures, c.Secondary = 40, []string{"0U570ZZ"}, []string{"Z302"} },
			[]string{"11 procedure 0U570ZZ"}},
		{"the same for another reason", func(c *MCECase) { c.Age, c.Procedures = 40, []string{"0U570ZZ"} }, nil},
		{"disc prosthesis at 61", func(c *MCECase) { c.Age, c.Procedures = 61, []string{"0SR20JZ"} }, []string{"11 procedure 0SR20JZ"}},
		{"disc prosthesis at 60", func(c *MCECase) { c.Age, c.Procedures = 60, []string{"0SR20JZ"} }, nil},
		{"artificial heart in a trial", func(c *MCECase) {
			c.Discharge, c.Procedures, c.Secondary = civil.Of(2022, 3, 31), []string{"02RK0JZ", "02RL0JZ"}, []string{"Z006"}
		}, []string{"17 procedure 02RK0JZ", "17 procedure 02RL0JZ"}},
		{"artificial heart without a trial", func(c *MCECase) {
			c.Discharge, c.Procedures = civil.Of(2022, 3, 31), []string{"02RK0JZ", "02RL0JZ"}
		}, []string{"11 procedure 02RK0JZ", "11 procedure 02RL0JZ"}},
		{"half an artificial heart", func(c *MCECase) { c.Discharge, c.Procedures = civil.Of(2022, 3, 31), []string{"02RK0JZ"} }, nil},
		{"age", func(c *MCECase) { c.Age = 125 }, []string{"14 claim"}},
		{"sex unknown until September 2024", func(c *MCECase) { c.Discharge, c.Sex = civil.Of(2024, 9, 30), 'U' }, []string{"15 claim"}},
		{"sex unknown from October 2024", func(c *MCECase) { c.Discharge, c.Sex = civil.Of(2024, 10, 1), 'U' }, nil},
		{"no sex", func(c *MCECase) { c.Sex = 0 }, []string{"15 claim"}},
		{"discharge status", func(c *MCECase) { c.DischargeStatus = 8 }, []string{"16 claim"}},
		{"wrong procedure", func(c *MCECase) { c.Secondary = []string{"Y6551"} }, []string{"18 secondary diagnosis Y6551"}},
		{"ventilation of more than 96 hours in four days", func(c *MCECase) {
			c.Admission, c.Procedures = c.Discharge.AddDays(-4), []string{"5A1955Z"}
		}, []string{"19 procedure 5A1955Z"}},
		{"ventilation, stay not known", func(c *MCECase) { c.Admission, c.Procedures = 0, []string{"5A1955Z"} }, nil},
		{"unspecified side", func(c *MCECase) { c.Secondary = []string{"G8100"} }, []string{"20 secondary diagnosis G8100"}},
		{"unspecified side before April 2022", func(c *MCECase) {
			c.Discharge, c.Secondary = civil.Of(2022, 3, 31), []string{"G8100"}
		}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := mceClean()
			tt.change(&c)
			if c.Discharge != mceClean().Discharge && !c.Admission.IsZero() {
				c.Admission = c.Discharge.AddDays(-6)
			}
			found, err := m.Check(&c)
			if err != nil {
				t.Fatal(err)
			}
			if tt.want == nil {
				tt.want = []string{}
			}
			if diff := cmp.Diff(tt.want, brief(found)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			for _, e := range found {
				if e.Message == "" || e.Effect == "" || e.Cite == "" || !e.Unverified {
					t.Errorf("finding %+v is not complete", e)
				}
			}
		})
	}
}

func TestMCENotLoaded(t *testing.T) {
	c := mceClean()
	c.Discharge = civil.Of(2026, 10, 1)
	var missing *refdata.NotLoadedError
	if _, err := NewMCE(refdata.Embedded()).Check(&c); !errors.As(err, &missing) {
		t.Errorf("a discharge after the last table gives %v", err)
	}
}

// TestMCEOnlyAdds: a valid secondary diagnosis more never takes a finding about
// another diagnosis away, but for the principal diagnosis that wants one.
func TestMCEOnlyAdds(t *testing.T) {
	m := NewMCE(refdata.Embedded())
	codes := []string{"A33", "V0001XA", "G8100", "Y6551", "E119", "Z9989", "D630", "I5023", "J960"}
	rapid.Check(t, func(t *rapid.T) {
		c := mceClean()
		c.Principal = rapid.SampledFrom(codes).Draw(t, "principal")
		c.Secondary = rapid.SliceOfN(rapid.SampledFrom(codes), 1, 5).Draw(t, "secondary")
		before, err := m.Check(&c)
		if err != nil {
			t.Fatal(err)
		}
		c.Secondary = append(c.Secondary, rapid.SampledFrom(codes).Draw(t, "more"))
		after, err := m.Check(&c)
		if err != nil {
			t.Fatal(err)
		}
		have := map[string]int{}
		for _, b := range brief(after) {
			have[b]++
		}
		for _, b := range brief(before) {
			if have[b]--; have[b] < 0 {
				t.Fatalf("%s went away", b)
			}
		}
	})
}
