// SPDX-License-Identifier: Apache-2.0

package readmission

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
)

// administrative says of each quality measure that CMS computes from claims alone what is
// done here, and why not more.
var administrative = map[string][2]string{
	"479": {"index stays, cohorts, planned and unplanned readmissions (quality/readmission)",
		"attribution to clinician groups and the risk model's coefficients are not public with the measure data"},
	"480": {"no", "the cohort and complication code lists are published with the measure's report, which is not at hand"},
	"484": {"no", "the nine chronic conditions are defined by CCW algorithms, whose code lists are not at hand; the planned-admission algorithm is not the one of readmissions"},
	"492": {"no", "the cohort's code lists and the list of acute cardiovascular admissions are not at hand"},
}

// TestLedger writes down what there is of CMS's measures from administrative claims, and how
// the tables compare with each other.
func TestLedger(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Measures from administrative claims\n\nWritten by the test run, from CMS's measures data of 2025 and 2026.\n\n" +
		"| measure | title | denominator and outcome here | what is missing, and why |\n|---|---|---|---|\n")
	seen := map[string]bool{}
	cost := map[string]bool{}
	for _, year := range []int{2025, 2026} {
		var list []struct {
			MeasureID, Category, Title string
			SubmissionMethods          []string
		}
		if err := json.Unmarshal(evidence.Read(t, fmt.Sprintf("data/quality/mips/measures_%d_measures-data.json.gz", year)), &list); err != nil {
			t.Fatal(err)
		}
		for _, m := range list {
			if !slices.Contains(m.SubmissionMethods, "administrativeClaims") {
				continue
			}
			if m.Category == "cost" {
				cost[m.MeasureID] = true
				continue
			}
			row, ok := administrative[m.MeasureID]
			if !ok {
				t.Errorf("measure %s of %d has no row", m.MeasureID, year)
			}
			if !seen[m.MeasureID] {
				fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", m.MeasureID, m.Title, row[0], row[1])
			}
			seen[m.MeasureID] = true
		}
	}
	fmt.Fprintf(&b, "| %d cost measures | TPCC, MSPB and episodes | no | the episodes' trigger, assignment and risk files are not at hand |\n", len(cost))
	l := lists(t)
	all, same := 0, 0
	for _, r := range rows(t, "surgery_gynecology_cohort") {
		all++
		if strings.HasPrefix(r["ccs_code_and_description"], fmt.Sprintf("CCS %d:", l.ProcedureCategory(r["icd_10_pcs"]))) {
			same++
		}
	}
	unmapped := 0
	acute := rows(t, "acute_diagnosis_icd_10_cm")
	for _, r := range acute {
		if l.DiagnosisCategory(r["icd_10_cm"]) == 0 {
			unmapped++
		}
	}
	fmt.Fprintf(&b, "\n## Tables of the readmission measure\n\n| check | result |\n|---|---|\n"+
		"| procedures of the surgery cohort whose CCS category is the one that the measure names | %d of %d |\n"+
		"| acute diagnoses without a category in AHRQ's CCS %s | %d of %d |\n", same, all, l.CCS, unmapped, len(acute))
	b.WriteString("\nThe lists are those of 2022, the categories AHRQ's last release; neither was compared with CMS's own tables, so every result says\n" +
		"verified: no. A user imports the measure's own map with `woodlawn refdata import`, in AHRQ's layout.\n")
	ledger.Check(t, "administrative-claims.md", b.String())
}
