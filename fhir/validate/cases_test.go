// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
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

var (
	comment = regexp.MustCompile(`/\*.*?\*/`)
	choice  = regexp.MustCompile(`\.ofType\(([A-Za-z])([A-Za-z0-9]*)\)`)
)

// samePlace tells whether an error of both stands at the same element or at the
// element around it.
func (o outcome) samePlace(got []Issue) bool {
	for _, i := range o.Issue {
		if i.Severity != "error" && i.Severity != "fatal" {
			continue
		}
		for _, theirs := range i.Expression {
			theirs = choice.ReplaceAllStringFunc(comment.ReplaceAllString(theirs, ""), func(s string) string {
				m := choice.FindStringSubmatch(s)
				return strings.ToUpper(m[1]) + m[2]
			})
			for _, g := range got {
				if g.Severity == Error && (within(g.Location, theirs) || within(theirs, g.Location)) {
					return true
				}
			}
		}
	}
	return false
}

// within tells whether an element is another or directly inside it.
func within(inner, outer string) bool {
	rest, ok := strings.CutPrefix(inner, outer)
	return ok && strings.Count(rest, ".") <= 1
}

// validatorCase is one of HL7's validator test cases.
type validatorCase struct {
	Name       string   `json:"name"`
	File       string   `json:"file"`
	Module     string   `json:"module"`
	Supporting []string `json:"supporting"`
	Profiles   []string `json:"profiles"`
	Outcome    outcome  `json:"outcome"`
	References string   `json:"validateReference"`
	Profile    *struct {
		Source     string   `json:"source"`
		Supporting []string `json:"supporting"`
		Outcome    outcome  `json:"outcome"`
	} `json:"profile"`
}

func validator(x *packages.Index, policy Policy) *Validator {
	store := terminology.NewStore(x)
	return &Validator{Definitions: x, MemberOf: store.MemberOf, Display: store.CheckDisplay, Policy: policy}
}

// policy is how strict the HL7 validator is in a case. In all of them a profile or
// extension that is not loaded is an error, except for examples' and tools'
// extensions, and so is a dead link in a narrative.
func (c validatorCase) policy() Policy {
	policy := settings[c.Name]
	policy.Unloaded = Error
	policy.Extensions = []string{"http://example.org/", "http://acme.com/", toolPrefix}
	policy.Links, policy.Displays = Error, Error
	if c.References == "CHECK_VALID" {
		policy.Targets = Error
	}
	return policy
}

// settings are the options of cases that HL7 runs with other than its defaults,
// and that the file of cases does not carry: a profile for an entry of a Bundle,
// and the one of two cases with the same file in which markdown may hold no HTML.
var settings = map[string]Policy{
	"bundle-bad-by-param": {Entries: []EntryProfile{{
		Type: "Patient", Profile: "http://hl7.org/fhir/test/StructureDefinition/parameters-profiled-resource-profiles-patient",
	}}},
	"bad-markdown-no-html": {HTMLInMarkdown: Error},
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
	var differ, elsewhere []string
	total, agree, both, placed := 0, 0, 0, 0
	note := func(c validatorCase, what string, want outcome, got []Issue) {
		total++
		m := modules[c.Module]
		m[0]++
		text := want.firstError()
		if (text != "") == Errors(got) {
			agree++
			m[1]++
			if text != "" {
				both++
				if want.samePlace(got) {
					placed++
				} else {
					elsewhere = append(elsewhere, fmt.Sprintf("| %s%s | %s | %s |", c.Name, what, cell(firstError(got)), cell(text)))
				}
			}
		} else {
			row := fmt.Sprintf("| %s%s | no error | %s |", c.Name, what, cell(text))
			if text == "" {
				row = fmt.Sprintf("| %s%s | %s | no error |", c.Name, what, cell(firstError(got)))
			}
			why := ""
			for start, reason := range differences {
				if strings.HasPrefix(c.Name, start) {
					why = reason
				}
			}
			if why == "" {
				t.Errorf("%s has no reason", row)
			}
			differ = append(differ, row+" "+why+" |")
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
		d, err := read(dir, c.File)
		if err != nil {
			note(c, "", c.Outcome, []Issue{{Severity: Error, Text: err.Error()}})
			continue
		}
		policy := c.policy()
		note(c, "", c.Outcome, validator(x, policy).Validate(d))
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
		if c.Profile != nil {
			note(c, " with its profile", c.Profile.Outcome, validator(x, policy).Validate(d, profile))
		}
	}
	var rows []string
	for name, m := range modules {
		rows = append(rows, fmt.Sprintf("| %s | %d | %d |", strings.TrimSpace(name), m[0], m[1]))
	}
	sort.Strings(rows)
	sort.Strings(differ)
	sort.Strings(elsewhere)
	t.Logf("%d of %d agree", agree, total)
	ledger.Check(t, "fhir-validator.md", fmt.Sprintf(casesText, agree, total, 100*float64(agree)/float64(total), both, placed,
		strings.Join(rows, "\n"), len(differ), strings.Join(differ, "\n"), strings.Join(elsewhere, "\n")))
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
Of the %d checks in which both find errors, both name an error at the same element, or the one around
it, in %d.
Woodlawn's validator has R4's definitions, with their value sets and code systems, and those of the
case; no SNOMED CT, LOINC or other terminology is loaded, so that its codes and displays are not checked.
It runs with the HL7 validator's settings: what a resource or profile asks for and is not loaded is an
error, and so is a dead link in a narrative. Four cases want referred resources to be checked
(CHECK_VALID) that are not among the files; in those a target that cannot be found is an error.

| module | checks | agree |
|---|---|---|
%s

## Where they differ

%d checks. The first error of each side:

| case | Woodlawn | HL7 validator | why |
|---|---|---|---|
%s

## Where both find errors, but none at the same element

| case | Woodlawn | HL7 validator |
|---|---|---|
%s
`

const display = "asks a terminology server for the display of a SNOMED CT, LOINC or CVX code"

// differences say by case, or start of a case's name, why the answers differ.
var differences = map[string]string{
	"bundle-id-5":         display,
	"ext-derived-circle":  "the outcome that is recorded is that of another resource, a ValueSet",
	"ips-nz-pj":           display,
	"mr-covid-m2":         display,
	"res-inv-example-bad": "rests on HL7's extensions pack, which is not among the case's files",
	"type-ref-unchecked":  "Group/12345 is no Patient or Location, and the reference says so itself",
	"uk-msg":              display,
	"xhtml-ctrl-source1":  "the profile asks for a warning, and gets one",
}
