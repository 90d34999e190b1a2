// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
)

func init() {
	builders["bands"] = buildBands
	builders["edclasses"] = buildEDClasses
}

// bandColumns are the columns of CMS's ACO public-use file that bands are made of, under
// the names that population gives its metrics. Numbers have four decimals.
var bandColumns = []struct{ metric, column string }{
	{"PMPM, Part A and Part B", "per_capita_exp_total_py"}, // a year; the reader divides by 12
	{"admissions", "adm"},
	{"emergency department visits", "p_edv_vis"},
	{"emergency department visits that led to admission", "p_edv_vis_hosp"},
	{"SNF stays", "p_snf_adm"},
	{"days of a SNF stay", "snf_los"},
	{"office and other visits", "p_em_total"},
	{"risk score, aged, not dual", "cms_hcc_riskscore_agnd_py"},
	{"savings rate, percent", "sav_rate"},
	{"quality score", "qualscore"},
}

// bandRanks are the percentiles that are kept.
var bandRanks = []int{10, 25, 50, 75, 90}

// buildBands makes percentiles over the organisations of the newest year.
func buildBands(from string) ([]*refdata.Table, error) {
	const year = "2021"
	path := filepath.Join(from, "data", "vbc", "mssp_puf", "mssp_aco_puf_2013_2021.csv.gz")
	meta := refdata.Meta{
		ID: "mssp.bands", Version: year, Title: "Percentiles over Shared Savings Program ACOs", Effective: civil.Of(2021, 1, 1), Release: "PY" + year,
		Source: "CMS Performance Year Financial and Quality Results public-use file, " + year,
		Note:   "over the organisations whose rows are at hand, about half of that year's: not the percentiles of all",
		Cite:   "percentiles by linear interpolation over the file's rows",
		Columns: []refdata.Column{vbcText("metric"), vbcText("column"), {Name: "percentile", Kind: refdata.Number}, {Name: "value", Kind: refdata.Number, Scale: 4},
			{Name: "acos", Kind: refdata.Number}},
	}
	values := map[string][]float64{}
	head, err := vbcFromCSV(path, meta, func(r map[string]string, _ *refdata.Builder) error {
		if r["performance_year"] != year {
			return nil
		}
		for _, c := range bandColumns {
			if v, err := strconv.ParseFloat(strings.TrimSpace(r[c.column]), 64); err == nil {
				values[c.column] = append(values[c.column], v)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	meta.SourceSHA256 = head.SourceSHA256
	b := refdata.NewBuilder(meta)
	for _, c := range bandColumns {
		list := values[c.column]
		if len(list) < 100 {
			return nil, fmt.Errorf("bands: column %s has %d values", c.column, len(list))
		}
		slices.SortFunc(list, cmp.Compare)
		for _, p := range bandRanks {
			at := float64(p) / 100 * float64(len(list)-1)
			i := int(at)
			v := list[i]
			if i+1 < len(list) {
				v += (at - float64(i)) * (list[i+1] - v)
			}
			if err := b.Add(c.metric, c.column, fmt.Sprint(p), strconv.FormatFloat(v, 'f', 4, 64), fmt.Sprint(len(list))); err != nil {
				return nil, err
			}
		}
	}
	return []*refdata.Table{b.Table()}, nil
}

// buildEDClasses makes the probabilities of the emergency department classification.
func buildEDClasses(from string) ([]*refdata.Table, error) {
	classes := []string{"noner", "epct", "edcnpa", "edcnnpa", "injury", "psych", "alcohol", "drug"}
	meta := refdata.Meta{
		ID: "ed.classes", Version: "2017", Title: "Emergency department visits by need, Johnston's ICD-10 revision of the New York University algorithm",
		Effective: civil.Of(2015, 10, 1), Release: "2017",
		Source:  "NYU/Billings ED algorithm as revised by Johnston et al. (2017), as carried by tuva-health/ed_classification",
		Note:    "probabilities in millionths; not compared with the authors' own file",
		Cite:    "Johnston KJ et al., Health Services Research 52(4), 2017",
		Columns: []refdata.Column{vbcText("code")},
	}
	for _, c := range classes {
		meta.Columns = append(meta.Columns, refdata.Column{Name: c, Kind: refdata.Number, Scale: 6})
	}
	t, err := vbcFromCSV(filepath.Join(from, "data", "vbc", "nyu_ed", "johnston_icd10.csv.gz"), meta, func(r map[string]string, b *refdata.Builder) error {
		row := []any{r["icd10"]}
		for _, c := range classes {
			v, err := strconv.ParseFloat(r[c], 64)
			if err != nil {
				return fmt.Errorf("%s: %s %q is no number", r["icd10"], c, r[c])
			}
			row = append(row, strconv.FormatFloat(v, 'f', 6, 64))
		}
		return b.Add(row...)
	})
	if err != nil {
		return nil, err
	}
	return []*refdata.Table{t}, nil
}
