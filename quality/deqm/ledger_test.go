// SPDX-License-Identifier: Apache-2.0

package deqm

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/validate"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
)

// profileNames are the profiles of what is written, in the order of the ledger.
var profileNames = []string{"individualmeasurereport", "summarymeasurereport", "subjectlistmeasurereport", "dataexchangemeasurereport",
	"gapsincarebundle", "gapsincarecomposition", "gapsincaredetectedissue"}

// TestLedger answers every operation about the demo's population, holds each resource
// of the answers against R4 and the rules of its profile, and writes the ledger.
func TestLedger(t *testing.T) {
	s := service(t, "2025-07-01") // in the middle of the period: all four statuses occur
	period := []string{"measureUrl", measureURL, "periodStart", "2025-01-01", "periodEnd", "2025-12-31"}
	ask := func(more ...string) *Request {
		return request(demo(t), input(t, append(slices.Clone(period), more...)...))
	}
	ctx := context.Background()
	var table strings.Builder
	resources, broken := map[string]int{}, map[string]int{}
	for _, op := range []struct {
		name, asked string
		do          func() ([]byte, error)
	}{
		{"$evaluate", "summary", func() ([]byte, error) { return s.Evaluate(ctx, ask(), false) }},
		{"$evaluate", "subject-list", func() ([]byte, error) { return s.Evaluate(ctx, ask("reportType", "subject-list"), false) }},
		{"$evaluate", "individual, a group", func() ([]byte, error) {
			return s.Evaluate(ctx, ask("reportType", "individual", "subject", "Group/lind-panel"), false)
		}},
		{"$evaluate-measure", "population", func() ([]byte, error) { return s.Evaluate(ctx, ask("reportType", "population"), true) }},
		{"$care-gaps", "all statuses, documents", func() ([]byte, error) { return s.Gaps(ctx, ask(allStatuses...)) }},
		{"$care-gaps", "open gaps, collections", func() ([]byte, error) { return s.Gaps(ctx, ask("status", "open-gap", "isDocument", "false")) }},
		{"$collect-data", "all subjects", func() ([]byte, error) { return s.Collect(ctx, ask()) }},
		{"$data-requirements", "", func() ([]byte, error) { return s.Requirements(ctx, ask()) }},
	} {
		body, err := op.do()
		if err != nil {
			t.Fatalf("%s: %v", op.name, err)
		}
		d, err := node.ParseResource(body)
		if err != nil {
			t.Fatal(err)
		}
		errors := 0
		for _, issue := range (&validate.Validator{}).Validate(d) {
			if issue.Severity == validate.Error {
				errors++
				t.Errorf("%s: %s", op.name, issue)
			}
		}
		count := walkProfiles(t, d.Root(), func(profile string, bad []Rule) {
			name := profile[strings.LastIndexByte(profile, '/')+1:]
			name = strings.TrimPrefix(name, "deqm-")
			resources[name]++
			for _, r := range bad {
				broken[name+" "+r.ID]++
				t.Errorf("%s: %s breaks %s", op.name, name, r.ID)
			}
		})
		fmt.Fprintf(&table, "| %s | %s | %d | %d |\n", op.name, op.asked, count, errors)
	}
	var rules strings.Builder
	for _, name := range profileNames {
		if resources[name] == 0 {
			t.Errorf("no resource claims %s", name)
		}
		fmt.Fprintf(&rules, "\n### deqm-%s: %d resources\n\n| rule | says | broken |\n|---|---|---|\n", name, resources[name])
		for _, r := range Rules(name) {
			fmt.Fprintf(&rules, "| %s | %s | %d |\n", r.ID, r.Says, broken[name+" "+r.ID])
		}
	}
	ledger.Check(t, "deqm.md", fmt.Sprintf(ledgerPage, table.String(), rules.String()))
}

// walkProfiles counts the resources of an answer and checks those that claim a profile of DEQM.
func walkProfiles(t *testing.T, n node.Node, claimed func(profile string, broken []Rule)) int {
	t.Helper()
	count := 1
	for p := range n.Get("meta").Get("profile").Items() {
		if !strings.HasPrefix(p.Text(), profiles) {
			continue
		}
		own, err := node.ParseResource(bytes.Clone(n.JSON()))
		if err != nil {
			t.Fatal(err)
		}
		broken, err := Check(own, p.Text())
		if err != nil {
			t.Fatal(err)
		}
		claimed(p.Text(), broken)
	}
	for _, list := range []string{"entry", "parameter"} {
		for e := range n.Get(list).Items() {
			if r := e.Get("resource"); r.Exists() {
				count += walkProfiles(t, r, claimed)
			}
		}
	}
	return count
}

const ledgerPage = `# DEQM

What Woodlawn answers to the operations of Da Vinci's Data Exchange for Quality Measures, held against FHIR R4 (every resource) and
the rules of the DEQM 5.0 profiles that the resources claim. DEQM's package is not at hand, so the rules are stated in code
(` + "`quality/deqm/rules.go`" + `), in our words, from the StructureDefinitions of the guide's source (HL7/davinci-deqm, input/resources);
terminology bindings and the order of slices are not among them. The run answers about the demo's population in the middle of its
period, and writes this page.

| operation | asked for | resources in the answer | R4 errors |
|---|---|---|---|
%s
## Rules by profile
%s
## Care gaps

The statuses are tested with the guide's own example (Gaps in Care Reporting, Gaps Through Period): a colonoscopy of 2011-05-03 that counts for
ten years closes the gap through 2020-12-31 and leaves a prospective gap through 2021-06-30 on 2021-04-01.

| where the guide leaves room | here |
|---|---|
| excluded or excepted patients | closed-gap: the code not-applicable is for those outside the initial population |
| a gap today, and the period ends later | open-gap; prospective-gap is for a gap that is not there yet |
| measures with episodes | a gap if any episode has one |
| Detailed Care Gap Guidance Response | not written |
`
