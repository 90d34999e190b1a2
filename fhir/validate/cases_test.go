// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"testing"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/packages"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
	"github.com/woodlawn-health/woodlawn/terminology"
)

// outcome is what the HL7 validator said.
type outcome struct {
	ErrorCount *int `json:"errorCount"`
	Issue      []struct {
		Severity   string   `json:"severity"`
		Expression []string `json:"expression"`
		Details    struct {
			Text string `json:"text"`
		} `json:"details"`
	} `json:"issue"`
}

// firstError is the place and text of the first error, "" if there is none.
func (o outcome) firstError() string {
	for _, i := range o.Issue {
		if i.Severity == "error" || i.Severity == "fatal" {
			return strings.Join(i.Expression, " ") + ": " + i.Details.Text
		}
	}
	return ""
}

// validatorCase is one of HL7's validator test cases.
type validatorCase struct {
	Name       string   `json:"name"`
	File       string   `json:"file"`
	Module     string   `json:"module"`
	Supporting []string `json:"supporting"`
	Profiles   []string `json:"profiles"`
	Outcome    outcome  `json:"outcome"`
	Profile    *struct {
		Source     string   `json:"source"`
		Supporting []string `json:"supporting"`
		Outcome    outcome  `json:"outcome"`
	} `json:"profile"`
}

var core = sync.OnceValues(func() (*packages.Index, error) {
	p, err := packages.Open(corePath)
	if err != nil {
		return nil, err
	}
	x := packages.NewIndex()
	x.AddPackage(p)
	return x, nil
})

var corePath string

func coreIndex(t *testing.T) *packages.Index {
	corePath = evidence.Path(t, "fhir/packages/hl7.fhir.r4.core#4.0.1.tgz")
	x, err := core()
	if err != nil {
		t.Fatal(err)
	}
	return x
}

const casesPath = "data/fhir/validator-cases/"

// read reads a case's file, JSON or XML.
func read(dir, name string) (*node.Doc, error) {
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return nil, err
	}
	b = []byte(strings.TrimPrefix(string(b), "\ufeff"))
	if strings.HasPrefix(strings.TrimSpace(string(b)), "<") {
		return node.ParseXML(b)
	}
	return node.ParseResource(b)
}

// TestCases compares with the HL7 validator: whether a resource has an error, by
// itself and against the case's profile.
func TestCases(t *testing.T) {
	var cases []validatorCase
	if err := json.Unmarshal(evidence.Read(t, casesPath+"cases.json"), &cases); err != nil {
		t.Fatal(err)
	}
	parent := coreIndex(t)
	dir := evidence.Path(t, casesPath+"files")
	modules := map[string][2]int{}
	var differ []string
	total, agree := 0, 0
	note := func(c validatorCase, what string, want outcome, got []Issue) {
		total++
		m := modules[c.Module]
		m[0]++
		text := want.firstError()
		if (text != "") == Errors(got) {
			agree++
			m[1]++
		} else {
			row := fmt.Sprintf("| %s%s | no error | %s |", c.Name, what, cell(text))
			if text == "" {
				row = fmt.Sprintf("| %s%s | %s | no error |", c.Name, what, cell(firstError(got)))
			}
			differ = append(differ, row)
		}
		modules[c.Module] = m
	}
	for _, c := range cases {
		x := packages.NewIndex()
		x.Parent = parent
		for _, name := range append(append([]string{}, c.Supporting...), c.Profiles...) {
			if d, err := read(dir, name); err == nil {
				x.Add(d.Root())
			}
		}
		profile := ""
		if c.Profile != nil {
			for _, name := range append([]string{c.Profile.Source}, c.Profile.Supporting...) {
				if d, err := read(dir, name); err == nil {
					x.Add(d.Root())
					if name == c.Profile.Source {
						profile = d.Root().Get("url").Text()
					}
				}
			}
		}
		d, err := read(dir, c.File)
		if err != nil {
			note(c, "", c.Outcome, []Issue{{Severity: Error, Text: err.Error()}})
			continue
		}
		v := &Validator{Definitions: x, MemberOf: terminology.NewStore(x).MemberOf}
		note(c, "", c.Outcome, v.Validate(d))
		if c.Profile != nil {
			note(c, " with its profile", c.Profile.Outcome, v.Validate(d, profile))
		}
	}
	var rows []string
	for name, m := range modules {
		rows = append(rows, fmt.Sprintf("| %s | %d | %d |", strings.TrimSpace(name), m[0], m[1]))
	}
	sort.Strings(rows)
	sort.Strings(differ)
	t.Logf("%d of %d agree", agree, total)
	ledger.Check(t, "fhir-validator.md", fmt.Sprintf(casesText, agree, total, 100*float64(agree)/float64(total),
		strings.Join(rows, "\n"), len(differ), strings.Join(differ, "\n")))
}

func firstError(issues []Issue) string {
	for _, i := range issues {
		if i.Severity == Error {
			return i.Location + ": " + i.Text + " (" + i.Rule + ")"
		}
	}
	return ""
}

func cell(s string) string {
	s = strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "|", "\\|")
	if r := []rune(s); len(r) > 160 {
		s = string(r[:160]) + "..."
	}
	return s
}

const casesText = `# FHIR validation

The validator test cases for R4 of FHIR/fhir-test-cases, compared with the HL7 validator on whether a
resource has an error, by itself and against the case's profile: %d of %d agree (%.1f %%).
Woodlawn's validator has R4's definitions, with their value sets and code systems, and those of the
case; no SNOMED CT, LOINC or other terminology is loaded, so that its codes and displays are not checked.

| module | checks | agree |
|---|---|---|
%s

## Where they differ

%d checks. The first error of each side:

| case | Woodlawn | HL7 validator |
|---|---|---|
%s
`
