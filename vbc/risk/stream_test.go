// SPDX-License-Identifier: Apache-2.0

package risk

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/woodlawn-health/woodlawn/refdata"
)

func stream() *Stream {
	return &Stream{Catalog: refdata.Embedded(), Model: "CMS-HCC V28", Year: 2026}
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

func run(t *testing.T, in string) ([]answer, Stats) {
	t.Helper()
	var out bytes.Buffer
	stats, err := stream().Run(strings.NewReader(in), &out)
	if err != nil {
		t.Fatal(err)
	}
	var answers []answer
	for line := range strings.Lines(out.String()) {
		var a answer
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		answers = append(answers, a)
	}
	return answers, stats
}

func TestStreamKeepsOrder(t *testing.T) {
	var in strings.Builder
	const n = 20_000
	for i := range n {
		fmt.Fprintf(&in, `{"id": %d, "age": %d, "sex": "F", "dx": ["E11.9", "i5022"]}`+"\n", i, 20+i%70)
	}
	answers, stats := run(t, in.String())
	if len(answers) != n || stats.Lines != n || stats.Rejects != 0 {
		t.Fatalf("%d answers, %+v", len(answers), stats)
	}
	for i, a := range answers {
		if a.ID != float64(i) || len(a.HCCs) != 2 {
			t.Fatalf("answer %d: %+v", i, a)
		}
	}
}

func TestStreamNamesBadLines(t *testing.T) {
	answers, stats := run(t, `{"id":"a","age":70,"sex":"F"}
{"id":"b","age":"old","sex":"F"}

{"id":"c","age":70,"sex":"Q"}
nonsense
{"id":"d","age":70,"sex":"F","model":"HCC V99"}
{"id":"e","age":70,"sex":"F","payment_year":2012}
{"id":"f","age":70,"sex":"F","note":{"a":[1,{"b":"}"}]}}`)
	if stats.Lines != 7 || stats.Rejects != 5 || len(answers) != 7 {
		t.Fatalf("%+v, %d answers", stats, len(answers))
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

func TestStreamLongLine(t *testing.T) {
	long := `{"id":1,"age":70,"sex":"F","note":"` + strings.Repeat("x", maxLine+3*chunkSize) + `"}`
	answers, stats := run(t, `{"id":0,"age":70,"sex":"F"}`+"\n"+long+"\n"+`{"id":2,"age":70,"sex":"F"}`+"\n")
	if stats.Lines != 3 || stats.Rejects != 1 || answers[1].Line != 2 || answers[2].ID != 2.0 {
		t.Errorf("%+v %+v", stats, answers)
	}
}

func TestStreamReadError(t *testing.T) {
	var out bytes.Buffer
	_, err := stream().Run(iotest.TimeoutReader(strings.NewReader(strings.Repeat(`{"age":70,"sex":"F"}`+"\n", 100_000))), &out)
	if err == nil || !strings.Contains(err.Error(), "reading") {
		t.Errorf("error %v", err)
	}
}

// FuzzLine: whatever the line, its answer is one line of JSON.
func FuzzLine(f *testing.F) {
	f.Add(`{"id": 0, "model": "CMS-HCC V28", "age": 31, "sex": "M", "dual_code": "00", "orec": "1", "lti": false, "dx": ["S72012A"]}`)
	f.Add(`{"id":"\u00e9\"","age":64,"sex":"2","orec":0,"esrd":"graft","graft_months":5,"model":"CMS-HCC ESRD V24"}`)
	f.Add(`{"x":[[{"y":null}]],"age":-1}`)
	f.Add(`{}`)
	s := stream()
	f.Fuzz(func(t *testing.T, line string) {
		if strings.ContainsAny(line, "\n") {
			return
		}
		var out bytes.Buffer
		stats, err := s.Run(strings.NewReader(line), &out)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.TrimSuffix(out.String(), "\n")
		if stats.Lines == 0 && text == "" {
			return
		}
		if !json.Valid([]byte(text)) {
			t.Errorf("answer %s", text)
		}
	})
}
