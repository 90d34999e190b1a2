// SPDX-License-Identifier: Apache-2.0

package qicore_test

import (
	"bufio"
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
	"github.com/woodlawn-health/woodlawn/quality/elm"
	"github.com/woodlawn-health/woodlawn/quality/measure"
	"github.com/woodlawn-health/woodlawn/quality/qrda"
	"github.com/woodlawn-health/woodlawn/quality/qrda/qicore"
	"github.com/woodlawn-health/woodlawn/quality/qrda/schematron"
	"github.com/woodlawn-health/woodlawn/quality/qrda/xmltree"
)

// The measures of the evidence. The first five are those of hospitals.
var measures = []string{"CMS104FHIRSTKDCAntithrombotic", "CMS108VTEProphylaxisFHIR", "CMS871HHHyperFHIR", "CMS986FHIRMalnutritionScore",
	"CMSFHIR529HybridHospitalWideReadmission", "BreastCancerScreeningFHIR", "ColonCancerScreeningFHIR", "ControllingHighBloodPressureFHIR",
	"DiabetesGlycemicStatusAssessmentGreaterThan9PercentFHIR", "PCSBMIScreenAndFollowUpFHIR", "PCSDepressionScreenAndFollowUpFHIR",
	"PreventiveCareAndTobaccoUseScreeningAndCessationInterventionFHIR"}

const hospitalMeasures = 5

const root = "2.16.840.1.113883.19.5"

func document(doc *qrda.CategoryI, m *measure.Measure) *qrda.CategoryI {
	doc.ID = "8f0e7a52-7f3a-5c6b-9d58-0d6a35b0a6a1"
	doc.Program, doc.CCN, doc.CEHRT, doc.Software = "HQR_IQR", "210001", "0015CLK7B8X0AVX", "Woodlawn"
	doc.Hospital = qrda.Organization{Name: "General Hospital"}
	doc.Created = time.Date(2027, 2, 1, 8, 0, 0, 0, time.UTC)
	doc.From, doc.Through = civil.Of(2027, 1, 1), civil.Of(2027, 12, 31)
	doc.Measures = []qrda.MeasureReference{{ID: m.IDs["version-specific"], SetID: m.IDs["version-independent"], Title: m.Title}}
	return doc
}

type tally struct {
	cases, written, valid, same int
	unwritten                   []string
	losses, datatypes           map[string]int
	differ                      []string
}

// TestRoundTrip writes every test case of the evidence as a Category I document, holds it
// against CMS's rules, reads it back and evaluates it: the populations must be those of the
// original, but for what the ledger tells.
func TestRoundTrip(t *testing.T) {
	schema, err := schematron.Load(bytes.NewReader(evidence.Read(t, "data/quality/qrda/CMS_QRDA1_HQR_2026.sch.gz")))
	if err != nil {
		t.Fatal(err)
	}
	voc, err := xmltree.Parse(bytes.NewReader(evidence.Read(t, "data/quality/qrda/voc_eh_2026.xml.gz")))
	if err != nil {
		t.Fatal(err)
	}
	docs := map[string]*xmltree.Node{"voc.xml": voc}
	warnings := map[string]int{}
	var b strings.Builder
	b.WriteString("# QRDA Category I: round trip of the measures' test cases\n\nWritten by the test run.\n\n" +
		"Every test case (QI-Core) is written as a Category I document, checked with CMS's Schematron for hospitals (reporting period\n" +
		"2027, all its assertions), read back to QI-Core resources and evaluated. Same: the counts and observations of all populations\n" +
		"are those of the original data.\n\n| measure | cases | written | without an error of CMS's rules | same populations | other populations |\n|---|---|---|---|---|---|\n")
	var all, hospitals tally
	var unwritten, differ []string
	for i, name := range measures {
		tl := roundTrip(t, name, schema, docs, warnings)
		sums := []*tally{&all}
		if i < hospitalMeasures {
			sums = append(sums, &hospitals)
		}
		for _, to := range sums {
			to.cases += tl.cases
			to.written += tl.written
			to.valid += tl.valid
			to.same += tl.same
			if to.losses == nil {
				to.losses, to.datatypes = map[string]int{}, map[string]int{}
			}
			for k, n := range tl.datatypes {
				to.datatypes[k] += n
			}
			for k, n := range tl.losses {
				to.losses[k] += n
			}
		}
		if tl.valid != tl.written {
			t.Errorf("%s: %d of %d documents are valid", name, tl.valid, tl.written)
		}
		unwritten, differ = append(unwritten, tl.unwritten...), append(differ, tl.differ...)
		row(&b, name, tl)
		if i == hospitalMeasures-1 {
			row(&b, "**hospital measures**", &hospitals)
		}
	}
	row(&b, "**all**", &all)
	if hospitals.same != hospitals.written {
		t.Errorf("hospital measures: %d of %d documents give the same populations", hospitals.same, hospitals.written)
	}
	fmt.Fprintf(&b, "\nNot written (%d): the patient has no data but the payer, and CMS takes no such document (CONF:CMS_0051). They are in no population.\n\n", len(unwritten))
	list(&b, unwritten)
	b.WriteString("\nOther populations, with what was lost of the case:\n\n")
	list(&b, differ)
	b.WriteString("\n## Data elements written\n\n| QDM datatype | in hospital measures | in all |\n|---|---|---|\n")
	for _, k := range slices.Sorted(maps.Keys(all.datatypes)) {
		fmt.Fprintf(&b, "| %s | %d | %d |\n", k, hospitals.datatypes[k], all.datatypes[k])
	}
	b.WriteString("\n## What was lost on the way\n\n| element | reason | times in hospital measures | in all |\n|---|---|---|---|\n")
	for _, k := range slices.Sorted(maps.Keys(all.losses)) {
		element, reason, _ := strings.Cut(k, ": ")
		fmt.Fprintf(&b, "| %s | %s | %d | %d |\n", element, reason, hospitals.losses[k], all.losses[k])
	}
	b.WriteString("\n## Warnings of CMS's rules\n\nThese ask for what the data do not have (addresses, telephone numbers, authors of single entries, dosage), or for C-CDA detail\n" +
		"that quality measures do not use.\n\n| rule | times | what it says |\n|---|---|---|\n")
	for _, k := range slices.Sorted(maps.Keys(warnings)) {
		id, text, _ := strings.Cut(k, " ")
		fmt.Fprintf(&b, "| %s | %d | %s |\n", id, warnings[k], shorten(text))
	}
	ledger.Check(t, "qrda1.md", b.String())
}

func row(b *strings.Builder, name string, t *tally) {
	fmt.Fprintf(b, "| %s | %d | %d | %d | %d | %d |\n", name, t.cases, t.written, t.valid, t.same, t.written-t.same)
}

func list(b *strings.Builder, items []string) {
	for _, x := range items {
		fmt.Fprintf(b, "- %s\n", x)
	}
}

func shorten(s string) string {
	s = strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "|", "\\|")
	if len(s) > 160 {
		s = s[:157] + "..."
	}
	return s
}

func roundTrip(t *testing.T, name string, schema *schematron.Schema, docs map[string]*xmltree.Node, warnings map[string]int) *tally {
	t.Helper()
	tl := &tally{losses: map[string]int{}, datatypes: map[string]int{}}
	e := measure.NewEngine(measure.Options{Evaluation: elm.Options{MissingAsEmpty: true}})
	loaded, err := e.Load(evidence.Read(t, "data/quality/ecqm/"+name+"/measure-bundle.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	m := loaded[0]
	lines := bufio.NewScanner(bytes.NewReader(evidence.Read(t, "data/quality/ecqm/"+name+"/cases.ndjson.gz")))
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		k, err := measure.ParseCase(bytes.Clone(lines.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		tl.cases++
		req := measure.Request{Measures: loaded, Period: k.Period}
		want, err := e.Evaluate(req, k.Data...)
		if err != nil {
			t.Fatal(k.Name, err)
		}
		doc, losses, err := qicore.Export(k.Data, qicore.Options{Root: root, Intervention: func(system, code string) bool {
			set := e.Terminology().Find(qicore.Interventions()[0], "")
			return set != nil && set.Has(system, code)
		}})
		if err != nil {
			t.Fatal(k.Name, err)
		}
		var lost []string
		for _, l := range losses {
			tl.losses[l.Element+": "+l.Reason]++
			lost = append(lost, l.Element+" ("+l.Reason+")")
		}
		for i := range doc.Entries {
			tl.datatypes[doc.Entries[i].Datatype]++
		}
		var text bytes.Buffer
		if err := document(doc, m).Write(&text); err != nil {
			if !strings.Contains(err.Error(), "CMS_0051") || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s %s: %v", name, k.Name, err)
			}
			if strings.Trim(populations(&want[0]), "0 |") != "" {
				t.Errorf("%s %s is in a population, but is not written", name, k.Name)
			}
			tl.unwritten = append(tl.unwritten, name+" "+k.Name)
			continue
		}
		tl.written++
		tree, err := xmltree.Parse(bytes.NewReader(text.Bytes()))
		if err != nil {
			t.Fatal(k.Name, err)
		}
		report := schema.Validate(tree, docs)
		for _, f := range report.Findings {
			if f.Severity == schematron.Error {
				t.Errorf("%s %s: %s at %s", name, k.Name, f.ID, f.Path)
				continue
			}
			warnings[f.ID+" "+f.Message]++
		}
		if report.Errors() == 0 && len(report.NotEvaluated) == 0 {
			tl.valid++
		}
		back, problems := qrda.ReadCategoryI(tree)
		if len(problems) > 0 {
			t.Errorf("%s %s: %v", name, k.Name, problems)
		}
		resources, losses, err := qicore.Import(back, qicore.Options{Root: root})
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range losses {
			tl.losses["reading: "+l.Element+": "+l.Reason]++
			lost = append(lost, l.Element)
		}
		var roots []node.Node
		for _, r := range resources {
			d, err := node.ParseResource(r)
			if err != nil {
				t.Fatal(k.Name, err)
			}
			roots = append(roots, d.Root())
		}
		got, err := e.Evaluate(req, roots...)
		if err != nil {
			t.Fatal(k.Name, err)
		}
		if a, b := populations(&want[0]), populations(&got[0]); a != b {
			tl.differ = append(tl.differ, fmt.Sprintf("%s %s: %sbecame %slost: %s", name, k.Name, a, b, strings.Join(lost, "; ")))
		} else {
			tl.same++
		}
	}
	return tl
}

func populations(r *measure.Result) string {
	if r.Err != nil {
		return "error " + r.Err.Error()
	}
	var b strings.Builder
	for _, g := range r.Groups {
		for _, p := range g.Populations {
			fmt.Fprintf(&b, "%d", p.Count)
			for _, o := range p.Observations {
				if d, ok := elm.Number(o); ok {
					fmt.Fprintf(&b, "(%s)", d)
				}
			}
			b.WriteByte(' ')
		}
		b.WriteString("| ")
	}
	return b.String()
}
