// SPDX-License-Identifier: Apache-2.0

package risk

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/refdata"
)

func embedded() *Answers {
	return &Answers{Catalog: refdata.Embedded(), Model: "CMS-HCC V28", Year: 2026}
}

type answer struct {
	ID    any          `json:"id"`
	Line  int          `json:"line"`
	Score *json.Number `json:"risk_score"`
	Error string       `json:"error"`
	HCCs  []string     `json:"hccs"`
	Terms []struct {
		Name        string
		Coefficient json.Number
	}
}

// run answers lines one after another; lines without content have no answer.
func run(t *testing.T, in string) (answers []answer, rejects int) {
	t.Helper()
	sc := embedded().Scorer()
	var out []byte
	for i, line := range strings.Split(strings.TrimSuffix(in, "\n"), "\n") {
		if line == "" {
			continue
		}
		var ok bool
		if out, ok = sc.Line(i+1, line, out); !ok {
			rejects++
		}
	}
	for line := range strings.Lines(string(out)) {
		var a answer
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		answers = append(answers, a)
	}
	return answers, rejects
}

func TestBadLinesAreNamed(t *testing.T) {
	answers, rejects := run(t, `{"id":"a","age":70,"sex":"F"}
{"id":"b","age":"old","sex":"F"}

{"id":"c","age":70,"sex":"Q"}
nonsense
{"id":"d","age":70,"sex":"F","model":"HCC V99"}
{"id":"e","age":70,"sex":"F","payment_year":2012}
{"id":"f","age":70,"sex":"F","note":{"a":[1,{"b":"}"}]}}`)
	if rejects != 5 || len(answers) != 7 {
		t.Fatalf("%d rejects, %d answers", rejects, len(answers))
	}
	for i, want := range []struct {
		id   any
		line int
		text string
	}{{"a", 0, ""}, {"b", 2, "whole number"}, {"c", 4, "sex"}, {nil, 5, "column 1"}, {"d", 6, "HCC V99"}, {"e", 7, "not loaded"}, {"f", 0, ""}} {
		a := answers[i]
		if a.ID != want.id || a.Line != want.line || !strings.Contains(a.Error, want.text) || (want.text == "") != (a.Score != nil) {
			t.Errorf("answer %d: %+v, want %+v", i, a, want)
		}
	}
}

// FuzzLine: whatever the line, its answer is one line of JSON.
func FuzzLine(f *testing.F) {
	f.Add(`{"id": 0, "model": "CMS-HCC V28", "age": 31, "sex": "M", "dual_code": "00", "orec": "1", "lti": false, "dx": ["S72012A"]}`)
	f.Add(`{"id":"\u00e9\"","age":64,"sex":"2","orec":0,"esrd":"graft","graft_months":5,"model":"CMS-HCC ESRD V24"}`)
	f.Add(`{"x":[[{"y":null}]],"age":-1}`)
	f.Add(`{}`)
	sc := embedded().Scorer()
	f.Fuzz(func(t *testing.T, line string) {
		if strings.ContainsAny(line, "\n") {
			return
		}
		out, _ := sc.Line(1, line, nil)
		text := strings.TrimSuffix(string(out), "\n")
		if !json.Valid([]byte(text)) {
			t.Errorf("answer %s", text)
		}
	})
}
