// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
)

// disputed are the published cases whose expectation the measure's own logic cannot
// meet, with the expression that decides and the reason.
var disputed = map[string]struct{ expression, reason string }{
	"6630d394-c81d-42f5-a218-40b73a2a4949": {`"Has Most Recent Elevated Glycemic Status Assessment"`,
		"The case says that the glucose management indicator is greater than 9 %, but its Observation has a CodeableConcept (\"Yes\") for a value. " +
			"`value as Quantity > 9 '%'` is null for it, and \"Has Most Recent Glycemic Status Assessment Without Result\" is false because there is a value."},
	"8956ebb5-d3c0-4112-a34a-200961713efd": {`"Has Most Recent Elevated Glycemic Status Assessment"`,
		"The case says that the HbA1c is 9.1 %, but its Observation has a CodeableConcept (\"Yes\") for a value; as above."},
}

// TestPublishedCases runs the test cases that the measures' authors publish with
// them, and writes what it found into the ledger.
func TestPublishedCases(t *testing.T) {
	var table, differences, missing strings.Builder
	total, equal := 0, 0
	met := map[string]bool{}
	for _, name := range measureNames(t) {
		e := NewEngine(Options{})
		ms, err := e.Load(evidence.Read(t, ecqmFolder+name+"/measure-bundle.json.gz"))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		m := ms[0]
		for _, v := range m.MissingValueSets(e.Terminology()) {
			fmt.Fprintf(&missing, "- %s: %s, `%s`\n", m.Name, v.Name, v.URL)
		}
		cases, passed := 0, 0
		evidence.Lines(t, ecqmFolder+name+"/cases.ndjson.gz", func(_ int, line []byte) {
			c, err := ParseCase(bytes.Clone(line))
			if err != nil {
				t.Error(err)
				return
			}
			cases++
			found := outcomeOf(e, ms, c)
			if found == "" {
				passed++
				return
			}
			d, known := disputed[c.Name]
			if !known {
				t.Errorf("%s, case %s (%s): %s", m.Name, c.Name, strings.TrimSpace(c.Description), found)
				return
			}
			met[c.Name] = true
			fmt.Fprintf(&differences, "- %s, case %s: %s. Decided by %s. %s\n", m.Name, c.Name, found, d.expression, d.reason)
		})
		g := m.Groups[0]
		fmt.Fprintf(&table, "| %s | %s | %s | %s | %d | %d | %d |\n", m.Name, m.Version, g.Scoring, g.Basis, len(m.Groups), cases, passed)
		total += cases
		equal += passed
	}
	for name := range disputed {
		if !met[name] {
			t.Errorf("case %s is as expected now; take it out of the disputed ones", name)
		}
	}
	ledger.Check(t, "ecqm.md", fmt.Sprintf(ecqmPage, total, equal, total-equal, table.String(), differences.String(), missing.String()))
}

// outcomeOf says how a case differs from what is expected, nothing if it does not.
func outcomeOf(e *Engine, ms []*Measure, c *Case) string {
	rs, err := e.Evaluate(Request{Measures: ms, Period: c.Period, Supplemental: true}, c.Data...)
	if err == nil {
		err = errors.Join(rs[0].Err, rs[0].SupplementalErr)
	}
	if err != nil {
		return err.Error()
	}
	var parts []string
	for _, mm := range c.Compare(&rs[0]) {
		parts = append(parts, mm.String())
	}
	sort.Strings(parts)
	return strings.Join(parts, "; ")
}

const ecqmPage = `# eCQM test cases

CMS's electronic clinical quality measures are published with test cases: a patient's data and the populations that the
authors expect. The run takes 12 measures of the 2024 set (QI-Core 4.1.1, FHIR R4) as they are published, evaluates every
case (supplemental data included) and compares every count of every group, and every observation. This page is written
by the test run.

%d cases, %d equal, %d different.

| measure | version | scoring | basis | groups | cases | equal |
|---|---|---|---|---|---|---|
%s
## Where we differ

Both expectations contradict the data of their own case; fqm-execution 1.8.6 answers both as we do.

%s
## Value sets without an expansion

These are named in the measures' libraries, and the published content has no expansion for them. A case fails only if a
code of the patient has to be looked up in one; no case of these does.

%s`

// The same patients, once as bundles and once as a bulk export with a file a resource
// type, are counted alike.
func TestBulkExportEqualsBundles(t *testing.T) {
	name := "CMS104FHIRSTKDCAntithrombotic"
	e := NewEngine(Options{})
	ms, err := e.Load(evidence.Read(t, ecqmFolder+name+"/measure-bundle.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	byType := map[string]*bytes.Buffer{}
	want := NewTally(ms[0])
	var period Period
	evidence.Lines(t, ecqmFolder+name+"/cases.ndjson.gz", func(_ int, line []byte) {
		c, err := ParseCase(bytes.Clone(line))
		if err != nil {
			t.Fatal(err)
		}
		period = c.Period
		rs, err := e.Evaluate(Request{Measures: ms, Period: period}, c.Data...)
		if err != nil {
			t.Fatal(err)
		}
		want.Add(&rs[0], false)
		for _, r := range c.Data {
			b := byType[r.ResourceType()]
			if b == nil {
				b = &bytes.Buffer{}
				byType[r.ResourceType()] = b
			}
			b.Write(r.JSON())
			b.WriteByte('\n')
		}
	})
	dir := t.TempDir()
	for typ, b := range byType {
		if err := os.WriteFile(filepath.Join(dir, typ+".ndjson"), b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got := NewTally(ms[0])
	b := &Batch{Engine: e, Request: Request{Measures: ms, Period: period}}
	err = b.Run(func(yield func(Patient) bool) error { return ReadPatients(dir, yield) }, func(o *Outcome) error {
		if o.Err != nil {
			return fmt.Errorf("%s: %w", o.Where, o.Err)
		}
		got.Add(&o.Results[0], false)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(got.Groups[0].Counts) != fmt.Sprint(want.Groups[0].Counts) || got.Subjects != want.Subjects {
		t.Errorf("%d patients, counts %v; from bundles %d patients, counts %v", got.Subjects, got.Groups[0].Counts, want.Subjects, want.Groups[0].Counts)
	}
}
