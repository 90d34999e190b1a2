// SPDX-License-Identifier: Apache-2.0

package deqm

import (
	"fmt"
	"strings"
	"sync"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/path"
)

// Rule is what a profile of DEQM 5.0 asks of a resource beyond R4, in our own words.
// ID is the guide's key, or the profile's element.
type Rule struct {
	Profile string // the last part of the profile's address, without deqm-
	ID      string
	Says    string
	Test    string // FHIRPath that must be true
}

const (
	hasScoring = `extension.where(url = '` + profiles + `measureScoring')`
	linked     = `extension.where(url.endsWith('.linkId')).count() = 1`
)

// reportRules are those that the profiles of individual, summary and subject-list
// reports share.
var reportRules = []Rule{
	{"", "deqm-0", "the measure's address has a version", `measure.toString().matches('.+[|].+')`},
	{"", "deqm-1", "the period's dates are days at least", `period.start.toString().length() > 9 and period.end.toString().length() > 9`},
	{"", "deqm-2", "a proportion, ratio or continuous variable that is scored at the root has an improvement notation",
		hasScoring + `.value.coding.code.where($this in ('proportion' | 'ratio' | 'continuous-variable')).exists() implies improvementNotation.exists()`},
	{"", "deqm-3", "the scoring is at the root or at every group, and not at both",
		`(` + hasScoring + `.exists() and group.` + hasScoring + `.empty()) xor (` + hasScoring + `.empty() and group.all(` + hasScoring + `.exists()))`},
	{"", "deqm-4", "a group that is scored itself has an improvement notation",
		`group.all(` + hasScoring + `.value.coding.code.where($this in ('proportion' | 'ratio' | 'continuous-variable')).exists() implies extension.where(url = '` + profiles + `groupImprovementNotation').exists())`},
	{"", "deqm-5", "all but composites have populations", hasScoring + `.value.coding.code.where($this = 'composite').exists() or group.all(population.exists())`},
	{"", "deqm-6", "the score of a proportion is from 0 to 1",
		`(` + hasScoring + ` | group.` + hasScoring + `).value.coding.code.where($this = 'proportion').exists() implies group.measureScore.all(value >= 0.0 and value <= 1.0)`},
	{"", "deqm-7", "a stratifier has a code, or its strata have components, and not both", `group.stratifier.all(code.exists() xor stratum.component.exists())`},
	{"", "deqm-8", "a population has a count", `group.population.all(count.exists())`},
	{"", "MeasureReport.date", "there is a date", `date.exists()`},
	{"", "MeasureReport.reporter", "there is a reporter", `reporter.exists()`},
	{"", "MeasureReport.group.extension:linkId", "every group, population and stratifier has a linkId", `group.all(` + linked + `) and group.population.all(` + linked + `) and group.stratifier.all(` + linked + `) and group.stratifier.stratum.population.all(` + linked + `)`},
	{"", "MeasureReport.group.population.code", "every population has one code", `group.population.all(code.count() = 1)`},
}

var ownRules = []Rule{
	{"individualmeasurereport", "MeasureReport.type", "the type is individual", `type = 'individual'`},
	{"individualmeasurereport", "MeasureReport.subject", "there is a subject", `subject.exists()`},
	{"individualmeasurereport", "MeasureReport.group.population.subjectResults", "there are no lists of subjects", `group.population.subjectResults.empty()`},
	{"summarymeasurereport", "MeasureReport.type", "the type is summary", `type = 'summary'`},
	{"summarymeasurereport", "MeasureReport.group", "there is a group", `group.exists()`},
	{"subjectlistmeasurereport", "MeasureReport.type", "the type is subject-list", `type = 'subject-list'`},
	{"dataexchangemeasurereport", "MeasureReport.type", "the type is data-collection", `type = 'data-collection'`},
	{"dataexchangemeasurereport", "deqm-1", "the period's dates are days at least", `period.start.toString().length() > 9 and period.end.toString().length() > 9`},
	{"dataexchangemeasurereport", "MeasureReport.extension:updatetype", "it says whether it is a snapshot or incremental", `extension.where(url.endsWith('submitDataUpdateType')).count() = 1`},
	{"dataexchangemeasurereport", "MeasureReport.subject", "there is a subject", `subject.exists()`},
	{"dataexchangemeasurereport", "MeasureReport.date", "there is a date", `date.exists()`},
	{"dataexchangemeasurereport", "MeasureReport.reporter", "there is a reporter", `reporter.exists()`},
	{"dataexchangemeasurereport", "MeasureReport.group.measureScore", "there are no scores or strata", `group.measureScore.empty() and group.stratifier.empty()`},
	{"gapsincaredetectedissue", "DetectedIssue.modifierExtension:gapStatus", "there is one gap status", `modifierExtension.where(url = '` + profiles + `gapStatus').value.coding.code.where($this in ('open-gap' | 'closed-gap' | 'prospective-gap' | 'not-applicable')).count() = 1`},
	{"gapsincaredetectedissue", "DetectedIssue.code", "the code is CAREGAP", `code.coding.where(system = 'http://terminology.hl7.org/CodeSystem/v3-ActCode' and code = 'CAREGAP').exists()`},
	{"gapsincaredetectedissue", "DetectedIssue.patient", "there is a patient", `patient.exists()`},
	{"gapsincaredetectedissue", "DetectedIssue.evidence.detail", "each evidence has one detail", `evidence.exists() and evidence.all(detail.count() = 1)`},
	{"gapsincarecomposition", "Composition.type", "the type is LOINC 96315-7", `type.coding.where(system = 'http://loinc.org' and code = '96315-7').exists()`},
	{"gapsincarecomposition", "Composition.subject", "there is a subject", `subject.exists()`},
	{"gapsincarecomposition", "Composition.section", "every section has a report and detected issues", `section.exists() and section.all(focus.exists() and entry.exists())`},
	{"gapsincarebundle", "Bundle.identifier", "the identifier has a system and a value", `identifier.system.exists() and identifier.value.exists()`},
	{"gapsincarebundle", "Bundle.timestamp", "there is a time", `timestamp.exists()`},
	{"gapsincarebundle", "gic-1", "with a composition it is a document, without one a collection", `(entry.resource.where($this is Composition).exists() and type = 'document') or (entry.resource.where($this is Composition).empty() and type = 'collection')`},
}

// Rules are the rules of a profile.
func Rules(profile string) []Rule {
	name := strings.TrimPrefix(profile[strings.LastIndexByte(profile, '/')+1:], "deqm-")
	var list []Rule
	switch name {
	case "individualmeasurereport", "summarymeasurereport", "subjectlistmeasurereport":
		for _, r := range reportRules {
			r.Profile = name
			list = append(list, r)
		}
	}
	for _, r := range ownRules {
		if r.Profile == name {
			list = append(list, r)
		}
	}
	return list
}

var compiled sync.Map // *path.Expr by text

// Check lists the rules of a profile that a resource does not follow.
func Check(doc *node.Doc, profile string) ([]Rule, error) {
	var broken []Rule
	for _, r := range Rules(profile) {
		e, ok := compiled.Load(r.Test)
		if !ok {
			e, _ = compiled.LoadOrStore(r.Test, path.MustCompile(r.Test))
		}
		holds, answered, err := e.(*path.Expr).Test(path.Root(doc), nil)
		if err != nil {
			return nil, fmt.Errorf("rule %s of %s: %w", r.ID, r.Profile, err)
		}
		if !holds || !answered {
			broken = append(broken, r)
		}
	}
	return broken, nil
}
