// SPDX-License-Identifier: Apache-2.0

package risk

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
	"github.com/woodlawn-health/woodlawn/refdata"
)

const casesFile = "data/vbc/hcc/cases/cms_hcc_v24_v28_agreed.jsonl.gz"

// agreedCase is a case on whose score two public engines agree.
type agreedCase struct {
	ID      int         `json:"id"`
	Model   string      `json:"model"`
	Segment string      `json:"segment"`
	Age     int         `json:"age"`
	Sex     string      `json:"sex"`
	Dual    string      `json:"dual_code"`
	OREC    string      `json:"orec"`
	LTI     bool        `json:"lti"`
	Dx      []string    `json:"dx"`
	Score   json.Number `json:"risk_score"`
	HCCs    []string    `json:"hccs"`
}

func (c *agreedCase) person() *Person {
	return &Person{Age: c.Age, Sex: c.Sex[0], Dual: c.Dual, OREC: c.OREC[0], Institution: c.LTI, Diagnoses: c.Dx}
}

func cases(tb testing.TB) []agreedCase {
	var out []agreedCase
	evidence.Lines(tb, casesFile, func(n int, line []byte) {
		var c agreedCase
		if err := json.Unmarshal(line, &c); err != nil {
			tb.Fatalf("line %d: %v", n, err)
		}
		out = append(out, c)
	})
	return out
}

// model loads a model of the embedded tables or fails the test.
func model(tb testing.TB, name string, year int) *Model {
	tb.Helper()
	m, err := New(refdata.Embedded(), name, year)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

// tally counts one model's cases for the ledger.
type tally struct{ cases, scores, segments, lists int }

// TestAgreedCases compares scores, segments and category lists with the cases, and
// writes the ledger.
func TestAgreedCases(t *testing.T) {
	byModel := map[string]*tally{}
	models := map[string]*Model{}
	var s Scratch
	var differ []string
	for _, c := range cases(t) {
		m := models[c.Model]
		if m == nil {
			m = model(t, c.Model, 2026)
			models[c.Model], byModel[c.Model] = m, &tally{}
		}
		k := byModel[c.Model]
		k.cases++
		r, err := m.Score(c.person(), &s, nil)
		if err != nil {
			t.Errorf("case %d: %v", c.ID, err)
			continue
		}
		if got, want := milli(r.Score), padded(c.Score.String()); got != want {
			t.Errorf("case %d (%s %s): score %s, want %s", c.ID, c.Model, r.Segment, got, want)
		} else {
			k.scores++
		}
		if r.Segment == c.Segment {
			k.segments++
		} else {
			t.Errorf("case %d: segment %s, want %s", c.ID, r.Segment, c.Segment)
		}
		if slices.Equal(r.HCCs, c.HCCs) {
			k.lists++
		} else {
			differ = append(differ, m.whyListDiffers(t, &c, &r))
		}
	}
	ledger.Check(t, "hcc.md", hccLedger(t, byModel, differ))
}

// padded is a decimal number with three decimals.
func padded(s string) string {
	whole, frac, _ := strings.Cut(s, ".")
	return whole + "." + (frac + "000")[:3]
}

// whyListDiffers explains a category list that is not the case's. Two reasons are
// known; anything else fails the test.
func (m *Model) whyListDiffers(t *testing.T, c *agreedCase, r *Result) string {
	var ours, theirs []string
	for _, h := range r.HCCs {
		if !slices.Contains(c.HCCs, h) {
			ours = append(ours, h)
		}
	}
	for _, h := range c.HCCs {
		if !slices.Contains(r.HCCs, h) {
			theirs = append(theirs, h)
		}
	}
	if len(ours) == 0 && slices.Equal(theirs, []string{"47_gCancer"}) {
		return fmt.Sprintf("| %d | %s | the case lists the interaction HCC47_gCancer among the categories; it is no category |", c.ID, c.Model)
	}
	var codes []string
	for _, dx := range c.Dx {
		for _, h := range ours {
			if m.diagnoses[dx].categories.has(m.byNumber[atoi(h)]) {
				codes = append(codes, dx+" = "+h)
			}
		}
	}
	if len(codes) == 0 {
		t.Errorf("case %d: categories %v only here, %v only in the case, and no reason known", c.ID, ours, theirs)
	}
	return fmt.Sprintf("| %d | %s | CMS's mapping of 2026 has %s, which the case's list lacks (the factor is 0 or the same) |", c.ID, c.Model, strings.Join(codes, ", "))
}

func atoi(s string) int {
	n := 0
	for _, r := range s {
		n = n*10 + int(r-'0')
	}
	return n
}
