// SPDX-License-Identifier: Apache-2.0

package qrda_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
	"github.com/woodlawn-health/woodlawn/quality/qrda"
	"github.com/woodlawn-health/woodlawn/quality/qrda/schematron"
	"github.com/woodlawn-health/woodlawn/quality/qrda/xmltree"
)

// samples are published sample documents. expected is what the name of the sample
// says of it; empty where it says nothing.
var samples = []struct{ name, expected string }{
	{"qrda1_bad_schema", "fails"}, {"qrda1_sample_patient_good", "passes"}, {"qrda1_single_encounter", ""},
	{"qrda3_bad_performance_rate", "fails"}, {"qrda3_cypress", ""}, {"qrda3_mips_apm_2025", "passes"},
	{"qrda3_mips_group_mvp_2025", "passes"}, {"qrda3_multirate_fragment", ""}, {"qrda3_supplemental_ok", "passes"},
}

// TestLedger writes down what the rules say of the samples, and of our own reports.
func TestLedger(t *testing.T) {
	third := loadRules(t, "CMS_QRDA3_EC_2025.sch", "voc_ep_2025.xml")
	first := loadRules(t, "CMS_QRDA1_HQR_2026.sch", "voc_eh_2026.xml")
	var b strings.Builder
	b.WriteString("# QRDA: samples and CMS's rules\n\nWritten by the test run.\n\n## CMS's Schematron schemas\n\n" +
		"| schema | patterns | rules | assertions | not supported |\n|---|---|---|---|---|\n")
	for _, r := range []*rules{third, first} {
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d |\n", r.name, r.schema.Patterns, r.schema.Rules, r.schema.Assertions, len(r.schema.Unsupported))
	}
	b.WriteString("\nBy their own heads the Category III file holds the rules of 2026 and the Category I file those of the reporting period\n" +
		"2027, whatever their names say. The samples were made for 2022 to 2025, so that under these rules each of them lacks at\n" +
		"least the new template versions. One Category I rule uses a prefix (xsl) that the schema does not declare; it is read as a\n" +
		"stylesheet would, where it is the namespace of XSLT.\n" +
		"\n## Samples under Woodlawn's own rules, which hold for every year\n\n| sample | expected | found | errors | warnings | rules |\n|---|---|---|---|---|---|\n")
	for _, s := range samples {
		_, problems := qrda.Validate(sampleTree(t, s.name))
		found := "passes"
		if problems.Errors() > 0 {
			found = "fails"
		}
		if s.expected != "" && found != s.expected {
			t.Errorf("%s %s, its name says %s: %v", s.name, found, s.expected, problems)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %d | %d | %s |\n", s.name, s.expected, found, problems.Errors(), len(problems)-problems.Errors(), ids(problems))
	}
	b.WriteString("\nThe fragment qrda3_supplemental_ok has a rate of 0.8 where its counts give 0.888889: a warning, because it is no whole report.\n" +
		"\n## Samples under CMS's rules\n\n| sample | rules fired | assertions tested | different ones | errors | warnings | first errors |\n|---|---|---|---|---|---|---|\n")
	for _, s := range samples {
		r := third
		if strings.HasPrefix(s.name, "qrda1") {
			r = first
		}
		b.WriteString(r.row(s.name, sampleTree(t, s.name)))
	}
	b.WriteString("\n## Our own Category III reports of 2026 under CMS's rules\n\n| program | rules fired | assertions tested | different ones | errors | warnings | first errors |\n|---|---|---|---|---|---|---|\n")
	for _, program := range programs {
		var doc bytes.Buffer
		if err := report(2026, program).Write(&doc); err != nil {
			t.Fatal(err)
		}
		tree, err := xmltree.Parse(&doc)
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString(third.row(program, tree))
	}
	b.WriteString("\nThe one warning asks for a reference to a measure set, which MIPS measures do not have.\n")
	ledger.Check(t, "qrda.md", b.String())
}

func sampleTree(t *testing.T, name string) *xmltree.Node {
	t.Helper()
	doc, err := xmltree.Parse(bytes.NewReader(evidence.Read(t, "data/quality/qrda/"+name+".xml.gz")))
	if err != nil {
		t.Fatal(name, err)
	}
	return doc
}

type rules struct {
	name   string
	schema *schematron.Schema
	docs   map[string]*xmltree.Node
}

func loadRules(t *testing.T, schema, vocabulary string) *rules {
	t.Helper()
	s, err := schematron.Load(bytes.NewReader(evidence.Read(t, "data/quality/qrda/"+schema+".gz")))
	if err != nil {
		t.Fatal(err)
	}
	voc, err := xmltree.Parse(bytes.NewReader(evidence.Read(t, "data/quality/qrda/"+vocabulary+".gz")))
	if err != nil {
		t.Fatal(err)
	}
	return &rules{schema, s, map[string]*xmltree.Node{"voc.xml": voc}}
}

func (r *rules) row(name string, doc *xmltree.Node) string {
	found := r.schema.Validate(doc, r.docs)
	var first []string
	for _, f := range found.Findings {
		if f.Severity == schematron.Error && len(first) < 3 {
			first = append(first, f.ID)
		}
	}
	return fmt.Sprintf("| %s | %d | %d | %d | %d | %d | %s |\n", name, found.Fired, found.Evaluated, found.Distinct,
		found.Errors(), found.Warnings(), strings.Join(first, ", "))
}

func ids(problems qrda.Problems) string {
	var list []string
	for _, p := range problems {
		list = append(list, p.Rule)
	}
	return strings.Join(list, ", ")
}
