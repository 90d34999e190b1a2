// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// CCS is AHRQ's Clinical Classifications Software for ICD-10: one category for each
// ICD-10-CM diagnosis or ICD-10-PCS procedure. Only codes and category numbers are kept.
var CCS = Layout{
	Name:     "CCS",
	Describe: "AHRQ's Clinical Classifications Software for ICD-10-CM (ccs_dx_icd10cm_*.csv) or ICD-10-PCS (ccs_pr_icd10pcs_*.csv), from the HCUP site",
	Match: func(_ string, head []byte) bool {
		return bytes.HasPrefix(head, []byte("'ICD-10-CM CODE','CCS CATEGORY'")) || bytes.HasPrefix(head, []byte("'ICD-10-PCS CODE','CCS CATEGORY'"))
	},
	Read: readCCS,
}

func readCCS(f File) ([]*refdata.Table, []Reject, error) {
	meta := refdata.Meta{
		ID: "ccs.diagnoses", Title: "CCS category of an ICD-10-CM diagnosis", Effective: civil.Of(2015, 10, 1),
		Source: "AHRQ HCUP Clinical Classifications Software, " + f.Name, SourceSHA256: f.SHA256(),
		Note:    "measures may use a version of their own, changed by their developer",
		Columns: []refdata.Column{{Name: "code", Kind: refdata.Text}, {Name: "category", Kind: refdata.Number}},
	}
	if bytes.HasPrefix(f.Data, []byte("'ICD-10-PCS")) {
		meta.ID, meta.Title = "ccs.procedures", "CCS category of an ICD-10-PCS procedure"
	}
	meta.Version = f.Options["release"]
	if meta.Version == "" {
		meta.Version = ccsRelease(f.Name)
	}
	if meta.Version == "" {
		return nil, nil, errors.New("the file's name does not tell its release; say --release 2019.1")
	}
	meta.Release = meta.Version
	type row struct {
		code     string
		category int
	}
	var rows []row
	var rejects []Reject
	r := csv.NewReader(bytes.NewReader(f.Data))
	r.FieldsPerRecord, r.ReuseRecord, r.LazyQuotes = -1, true, true
	for first := true; ; first = false {
		rec, err := r.Read()
		if err == io.EOF {
			break
		}
		line, _ := r.FieldPos(0)
		if err != nil {
			return nil, rejects, fmt.Errorf("%s: %w", f.Name, err)
		}
		if first {
			continue
		}
		if len(rec) < 2 {
			rejects = append(rejects, Reject{Line: line, Field: "columns", Value: strconv.Itoa(len(rec)), Reason: "a row has a code and a category"})
			continue
		}
		code, text := strings.Trim(rec[0], "' "), strings.Trim(rec[1], "' ")
		n, err := strconv.Atoi(text)
		switch {
		case len(code) < 3 || len(code) > 7:
			rejects = append(rejects, Reject{Line: line, Field: "code", Value: code, Reason: "a code has three to seven characters"})
		case err != nil || n <= 0 || n > 9999:
			rejects = append(rejects, Reject{Line: line, Field: "category", Value: text, Reason: "a category is a number of up to four digits"})
		default:
			rows = append(rows, row{strings.Clone(code), n})
		}
	}
	slices.SortFunc(rows, func(a, b row) int { return strings.Compare(a.code, b.code) })
	b := refdata.NewBuilder(meta)
	for i, x := range rows {
		if i > 0 && rows[i-1].code == x.code {
			if rows[i-1].category != x.category {
				rejects = append(rejects, Reject{Field: "code", Value: x.code, Reason: "stands twice, with different categories; the first is kept"})
			}
			continue
		}
		if err := b.Add(x.code, x.category); err != nil {
			return nil, rejects, err
		}
	}
	if b.Rows() == 0 {
		return nil, rejects, fmt.Errorf("%s has no code that could be read", f.Name)
	}
	return []*refdata.Table{b.Table()}, rejects, nil
}

// ccsRelease reads 2019.1 from ccs_dx_icd10cm_2019_1.csv.
func ccsRelease(name string) string {
	parts := strings.Split(strings.TrimSuffix(strings.ToLower(name), ".csv"), "_")
	for i := len(parts) - 2; i > 0; i-- {
		if y, err := strconv.Atoi(parts[i]); err == nil && y >= 2015 && y < 2100 {
			return parts[i] + "." + parts[i+1]
		}
	}
	return ""
}
