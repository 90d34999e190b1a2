// SPDX-License-Identifier: Apache-2.0

package submission_test

import (
	"bufio"
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
	"github.com/woodlawn-health/woodlawn/quality/elm"
	"github.com/woodlawn-health/woodlawn/quality/measure"
	"github.com/woodlawn-health/woodlawn/quality/qrda"
	"github.com/woodlawn-health/woodlawn/quality/qrda/schematron"
	"github.com/woodlawn-health/woodlawn/quality/qrda/submission"
	"github.com/woodlawn-health/woodlawn/quality/qrda/xmltree"
)

var measures = []string{"BreastCancerScreeningFHIR", "ColonCancerScreeningFHIR", "ControllingHighBloodPressureFHIR",
	"DiabetesGlycemicStatusAssessmentGreaterThan9PercentFHIR", "PCSBMIScreenAndFollowUpFHIR", "PCSDepressionScreenAndFollowUpFHIR",
	"PreventiveCareAndTobaccoUseScreeningAndCessationInterventionFHIR", "CMS986FHIRMalnutritionScore", "CMS871HHHyperFHIR"}

// submitters are one of each kind.
var submitters = []struct{ program, who string }{
	{"MIPS_INDIV", `"tin":"000777777","npi":"1234567893"`}, {"MIPS_GROUP", `"tin":"000777777"`}, {"MIPS_GROUP", `"tin":"000777777","mvp":"G0053"`},
	{"MIPS_VIRTUALGROUP", `"virtual_group":"VG01"`}, {"MIPS_APMENTITY", `"apm_entity":"A1001"`}, {"MIPS_SUBGROUP", `"subgroup":"SG01","mvp":"G0053"`},
	{"APP_PLUS_APMENTITY", `"apm_entity":"A1001"`}}

// versions2025 are the versions of CMS's templates in 2025, in the place of those of 2026.
var versions2025 = [][3]string{{"2.16.840.1.113883.10.20.27.1.2", "2025-05-01", "2024-12-01"}, {"2.16.840.1.113883.10.20.27.2.3", "2025-05-01", "2022-05-01"},
	{"2.16.840.1.113883.10.20.27.3.17", "2025-05-01", "2022-05-01"}, {"2.16.840.1.113883.10.20.27.3.16", "2025-05-01", "2018-05-01"}}

func TestLedger(t *testing.T) {
	text := string(evidence.Read(t, "data/quality/qrda/CMS_QRDA3_EC_2025.sch.gz"))
	voc, err := xmltree.Parse(bytes.NewReader(evidence.Read(t, "data/quality/qrda/voc_ep_2025.xml.gz")))
	if err != nil {
		t.Fatal(err)
	}
	docs := map[string]*xmltree.Node{"voc.xml": voc}
	rules := map[int]*schematron.Schema{}
	for _, year := range []int{2026, 2025} {
		if year == 2025 {
			for _, v := range versions2025 {
				// the root, and within a few characters the version
				re := regexp.MustCompile(`('` + regexp.QuoteMeta(v[0]) + `'[^0-9]{1,24}')` + v[1] + `'`)
				text = re.ReplaceAllString(text, "${1}"+v[2]+"'")
			}
			// What is inside the counts by sex is new in 2026; that they are there is not.
			lines := strings.Split(text, "\n")
			for i, l := range lines {
				if strings.Contains(l, "a-4427-18136_C01-error") {
					lines[i] = strings.ReplaceAll(l, "2025-05-01", "2016-11-01")
				}
			}
			text = strings.Join(lines, "\n")
		}
		if rules[year], err = schematron.Load(strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	var b strings.Builder
	b.WriteString("# QRDA Category III: reports of computed measures\n\nWritten by the test run.\n\n" +
		"The test cases of each measure, taken as one population, become a report with supplemental counts, under CMS's Schematron (its\n" +
		"own head says 2026). The rules of 2025 are not at hand: its reports stand under those of 2026 with 2025's template versions put in.\n\n" +
		"| measure | scoring | year | patients | rules fired | assertions tested | errors | warnings |\n|---|---|---|---|---|---|---|---|\n")
	var last []qrda.MeasureResult
	for _, name := range measures {
		tally, people := population(t, name)
		for _, year := range []int{2026, 2025} {
			res, err := submission.Result(tally, people, year, nil)
			if err != nil {
				t.Fatal(name, err)
			}
			last = []qrda.MeasureResult{res}
			r := check(t, rules[year], docs, year, submitters[0].program, submitters[0].who, last)
			fmt.Fprintf(&b, "| %s | %s | %d | %d | %d | %d | %d | %d |\n", name, tally.Groups[0].Group.Scoring, year, tally.Subjects, r.Fired, r.Evaluated, r.Errors(), r.Warnings())
			refused(t, name, year, r)
		}
	}
	b.WriteString("\nThe warning of each asks for a reference to a measure set, which MIPS measures do not have.\n\n## Submitters\n\n" +
		"| program | identified by | year | errors | warnings |\n|---|---|---|---|---|\n")
	for _, s := range submitters {
		for _, year := range []int{2026, 2025} {
			results := last
			for i := range results { // the sex's codes are the year's
				for k := range results[i].Populations {
					for j, c := range map[int][2]string{2026: {"248152002", "248153007"}, 2025: {"F", "M"}}[year] {
						results[i].Populations[k].Sex[j].Code = c
					}
				}
			}
			r := check(t, rules[year], docs, year, s.program, s.who, results)
			fmt.Fprintf(&b, "| %s | %s | %d | %d | %d |\n", s.program, strings.ReplaceAll(s.who, `"`, ""), year, r.Errors(), r.Warnings())
			refused(t, s.program, year, r)
		}
	}
	ledger.Check(t, "qrda3.md", b.String())
}

func refused(t *testing.T, name string, year int, r *schematron.Report) {
	t.Helper()
	for _, f := range r.Findings {
		if f.Severity == schematron.Error {
			t.Errorf("%s %d: %s at %s", name, year, f.ID, f.Path)
		}
	}
}

func check(t *testing.T, rules *schematron.Schema, docs map[string]*xmltree.Node, year int, program, who string, results []qrda.MeasureResult) *schematron.Report {
	t.Helper()
	f, err := submission.Read(strings.NewReader(fmt.Sprintf(`{"year":%d,"program":%q,%s,"cehrt":"0015CINVENTED01","organization":
		{"name":"Harbour Family Practice","id":"2.16.840.1.113883.19.5","number":"223344"},
		"activities":[{"id":"IA_EPA_1","title":"Access","performed":true}],
		"interoperability":[{"id":"PI_PPHI_1","title":"Risk analysis","answer":true},{"id":"PI_EP_1","title":"e-Prescribing","numerator":75,"denominator":80}]}`, year, program, who)))
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := f.Report(results, nil, time.Date(year+1, 2, 3, 4, 5, 6, 0, time.UTC)).Write(&text); err != nil {
		t.Fatal(program, err)
	}
	tree, err := xmltree.Parse(&text)
	if err != nil {
		t.Fatal(err)
	}
	if _, problems := qrda.Validate(tree); problems.Errors() > 0 {
		t.Errorf("%s %d under our own rules: %v", program, year, problems)
	}
	return rules.Validate(tree, docs)
}

// population tallies the test cases of a measure.
func population(t *testing.T, name string) (*measure.Tally, *submission.Tally) {
	t.Helper()
	e := measure.NewEngine(measure.Options{Evaluation: elm.Options{MissingAsEmpty: true}})
	loaded, err := e.Load(evidence.Read(t, "data/quality/ecqm/"+name+"/measure-bundle.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	tally, people := measure.NewTally(loaded[0]), submission.NewTally(loaded[0])
	lines := bufio.NewScanner(bytes.NewReader(evidence.Read(t, "data/quality/ecqm/"+name+"/cases.ndjson.gz")))
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		k, err := measure.ParseCase(bytes.Clone(lines.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		res, err := e.Evaluate(measure.Request{Measures: loaded, Period: k.Period}, k.Data...)
		if err != nil {
			t.Fatal(err)
		}
		tally.Add(&res[0], false)
		people.Add(&res[0], submission.PeopleOf(k.Data))
	}
	return tally, people
}
