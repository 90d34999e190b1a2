// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"fmt"
	"sort"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/fhir/packages"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
	"github.com/woodlawn-health/woodlawn/terminology"
)

// guides are the packages whose examples are validated, each with the packages
// that it builds on.
var guides = []struct{ file, with string }{
	{"hl7.fhir.us.core#3.1.1", ""},
	{"hl7.fhir.us.core#6.1.0", ""},
	{"hl7.fhir.us.core#7.0.0", ""},
	{"hl7.fhir.us.core#8.0.0", ""},
	{"hl7.fhir.us.carin-bb#1.1.0", "hl7.fhir.us.core#3.1.1"},
	{"hl7.fhir.us.carin-bb#2.0.0", "hl7.fhir.us.core#6.1.0"},
	{"hl7.fhir.us.davinci-hrex#1.0.0", "hl7.fhir.us.core#3.1.1"},
	{"hl7.fhir.us.davinci-pdex#2.0.0", "hl7.fhir.us.core#3.1.1 hl7.fhir.us.davinci-hrex#1.0.0 hl7.fhir.us.carin-bb#2.0.0"},
	{"hl7.fhir.us.davinci-pdex-plan-net#1.1.0", "hl7.fhir.us.core#3.1.1"},
	{"hl7.fhir.us.davinci-drug-formulary#2.0.1", "hl7.fhir.us.core#3.1.1"},
	{"hl7.fhir.us.davinci-crd#2.0.1", "hl7.fhir.us.core#3.1.1 hl7.fhir.us.davinci-hrex#1.0.0"},
	{"hl7.fhir.us.davinci-dtr#2.0.1", "hl7.fhir.us.core#3.1.1 hl7.fhir.us.davinci-hrex#1.0.0"},
	{"hl7.fhir.us.davinci-pas#2.0.1", "hl7.fhir.us.core#3.1.1 hl7.fhir.us.davinci-hrex#1.0.0"},
	{"hl7.fhir.us.davinci-pas#2.2.1", "hl7.fhir.us.core#7.0.0 hl7.fhir.us.davinci-hrex#1.0.0"},
	{"fhir.onc.us-quality-core#0.1.0", "hl7.fhir.us.core#8.0.0"},
}

// TestExamples validates the guides' examples against the profiles they claim.
// HL7 publishes them as valid, so that each error is theirs or ours: the ledger
// lists them all.
func TestExamples(t *testing.T) {
	parent := coreIndex(t)
	opened := map[string]*packages.Package{}
	open := func(name string) *packages.Package {
		if opened[name] == nil {
			p, err := packages.Open(evidence.Path(t, "fhir/packages/"+name+".tgz"))
			if err != nil {
				t.Fatal(err)
			}
			opened[name] = p
		}
		return opened[name]
	}
	var rows []string
	kinds := map[string]int{}
	where := map[string]string{}
	for _, g := range guides {
		x := packages.NewIndex()
		x.Parent = parent
		for _, name := range strings.Fields(g.with) {
			x.AddPackage(open(name))
		}
		p := open(g.file)
		x.AddPackage(p)
		v := &Validator{Definitions: x, MemberOf: terminology.NewStore(x).MemberOf}
		total, good := 0, 0
		for name, r := range p.Examples() {
			if r.Err != nil {
				t.Errorf("%s %s: %v", p.ID(), name, r.Err)
				continue
			}
			total++
			issues := v.Validate(r.Doc())
			if !Errors(issues) {
				good++
				continue
			}
			for _, i := range issues {
				if i.Severity == Error {
					key := fmt.Sprintf("%s | %s | %s", p.ID(), i.Rule, cell(i.Text))
					kinds[key]++
					if where[key] == "" {
						where[key] = strings.TrimPrefix(name, "example/") + " " + i.Location
					}
				}
			}
		}
		rows = append(rows, fmt.Sprintf("| %s | %d | %d |", p.ID(), total, good))
	}
	var lines []string
	for key, n := range kinds {
		lines = append(lines, fmt.Sprintf("| %s | %d | %s |", key, n, cell(where[key])))
	}
	sort.Strings(lines)
	ledger.Check(t, "fhir-examples.md", fmt.Sprintf(examplesText, strings.Join(rows, "\n"), strings.Join(lines, "\n")))
}

const examplesText = `# The implementation guides' own examples

Each example of a guide's package, validated against R4 and the profiles that it claims, with the
guide's packages loaded. Bindings to terminology that the packages do not hold are not checked.

| package | examples | without error |
|---|---|---|
%s

## Errors found

| package | rule | error | times | first in |
|---|---|---|---|---|
%s
`
