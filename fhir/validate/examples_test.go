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
	{"hl7.fhir.r4.examples#4.0.1", ""},
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
// Each error found is listed with why it stands; one without a reason fails.
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
		each := p.Resources()
		if !strings.Contains(g.file, "examples") {
			x.AddPackage(p)
			each = p.Examples()
		}
		v := &Validator{Definitions: x, MemberOf: terminology.NewStore(x).MemberOf}
		total, good := 0, 0
		for name, r := range each {
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
		_, rule, _ := strings.Cut(key, " | ")
		rule, _, _ = strings.Cut(rule, " | ")
		why, known := exampleErrors[rule]
		if !known {
			t.Errorf("%s: %s has no reason", key, where[key])
		}
		lines = append(lines, fmt.Sprintf("| %s | %d | %s | %s |", key, n, cell(where[key]), why))
	}
	if t.Failed() {
		return
	}
	sort.Strings(lines)
	ledger.Check(t, "fhir-examples.md", fmt.Sprintf(examplesText, strings.Join(rows, "\n"), strings.Join(lines, "\n")))
}

// exampleErrors say by rule why the published examples break it.
var exampleErrors = map[string]string{
	"Extension.context":          "R4's own definition of the extension does not name this element",
	"Extension.extension":        "the definition names the sub-extension otherwise",
	"fullUrl":                    "R4 says that a REST fullUrl is the address of the resource in the entry",
	"base64Binary":               "a hash in hexadecimal where base64 is asked for",
	"id":                         "longer than 64 characters",
	"sdf-4":                      "a logical model without a base that is not abstract",
	"txt-1":                      "the narrative is empty",
	"txt-2":                      "the narrative is empty",
	"Questionnaire.item.linkId":  "the element is missing",
	"SearchParameter.base":       "the element is missing",
	"ImplementationGuide.status": "the element is missing",
	"ImplementationGuide.name":   "the element is missing",
	"DeviceMetric.parent":        "a reference to a type that R4 does not allow here",
	"MedicationRequest.dispenseRequest.performer": "a reference to a type that R4 does not allow here",
	"Observation.performer":                       "a reference to a type that R4 does not allow here",
	"DeviceUseStatement.reasonReference":          "a reference to a type that R4 does not allow here",
	"Observation.component.value[x]":              "L/min is not among the vital signs units, which the profile requires here",
}

const examplesText = `# The implementation guides' own examples

Each example of a guide's package, validated against R4 and the profiles that it claims, with the
guide's packages loaded. Bindings to terminology that the packages do not hold are not checked.

| package | examples | without error |
|---|---|---|
%s

## Errors found

| package | rule | error | times | first in | why |
|---|---|---|---|---|---|
%s
`
