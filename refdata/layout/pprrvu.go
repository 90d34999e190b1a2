// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"fmt"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// PPRRVU is the national physician fee schedule relative value file, the CSV of
// CMS's quarterly RVU zip (RVU25D: PPRRVU2025_Oct.csv). Since 2026 there are two,
// nonQPP and QPP, which differ in the conversion factor alone.
var PPRRVU = Layout{
	Name:     "PPRRVU",
	Describe: "physician fee schedule relative value file (CSV in the quarterly RVU zip)",
	Match: func(name string, head []byte) bool {
		return isCSV(name, head, "PPRRVU", "PHYSICIAN FEE SCHEDULE RELATIVE VALUE FILE")
	},
	Read: readPPRRVU,
}

// rvuColumns are the columns of table mpfs.rvu, after CMS's own. RVUs and shares
// of the global package have two decimals. The column technical is derived: see
// technicalTests.
var rvuColumns = []refdata.Column{
	{Name: "hcpcs", Kind: refdata.Text}, {Name: "mod", Kind: refdata.Text}, {Name: "status", Kind: refdata.Text},
	{Name: "work", Kind: refdata.Number, Scale: 2},
	{Name: "pe_nonfacility", Kind: refdata.Number, Scale: 2}, {Name: "nonfacility_na", Kind: refdata.Text},
	{Name: "pe_facility", Kind: refdata.Number, Scale: 2}, {Name: "facility_na", Kind: refdata.Text},
	{Name: "mp", Kind: refdata.Number, Scale: 2},
	{Name: "pctc", Kind: refdata.Text}, {Name: "global", Kind: refdata.Text},
	{Name: "pre", Kind: refdata.Number, Scale: 2}, {Name: "intra", Kind: refdata.Number, Scale: 2}, {Name: "post", Kind: refdata.Number, Scale: 2},
	{Name: "mult", Kind: refdata.Text}, {Name: "bilat", Kind: refdata.Text}, {Name: "asst", Kind: refdata.Text},
	{Name: "co", Kind: refdata.Text}, {Name: "team", Kind: refdata.Text}, {Name: "endo_base", Kind: refdata.Text},
	{Name: "supervision", Kind: refdata.Text}, {Name: "family", Kind: refdata.Text},
	{Name: "opps_pe_nonfacility", Kind: refdata.Number, Scale: 2}, {Name: "opps_pe_facility", Kind: refdata.Number, Scale: 2},
	{Name: "opps_mp", Kind: refdata.Number, Scale: 2},
	{Name: "technical", Kind: refdata.Text},
}

// rvuWords find the columns of the file by the words of their headings, in the
// order of rvuColumns (without technical). Required ones have no "?" in front.
var rvuWords = [][]string{
	{"HCPCS"}, {"MOD"}, {"STATUS"}, {"WORK"},
	{"NON", "PE RVU"}, {"?", "NON", "NA IND"}, {"PE RVU", "-NON"}, {"?", "NA IND", "-NON"},
	{"MP RVU"}, {"PCTC"}, {"GLOB"}, {"PRE"}, {"INTRA"}, {"POST"}, {"MULT"}, {"BILAT"}, {"ASST"},
	{"CO-"}, {"TEAM"}, {"ENDO"}, {"?", "SUPERVISION"}, {"?", "FAMILY"},
	{"?", "NON", "PE USED"}, {"?", "PE USED", "-NON"}, {"?", "MP USED"},
}

// CFColumns are the columns of table mpfs.cf: conversion factors by kind
// (standard, qualifying-apm) and date, four decimals.
var CFColumns = []refdata.Column{
	{Name: "kind", Kind: refdata.Text}, {Name: "cf", Kind: refdata.Number, Scale: 4},
	{Name: "effective", Kind: refdata.Day}, {Name: "ends", Kind: refdata.Day},
	{Name: "source", Kind: refdata.Text}, {Name: "verified", Kind: refdata.Text},
}

func readPPRRVU(f File) ([]*refdata.Table, []Reject, error) {
	rows, rejects := records(f.Data)
	head := -1
	for i, r := range rows {
		if strings.EqualFold(r.cell(0), "HCPCS") && len(r.cells) > 20 {
			head = i
			break
		}
	}
	if head < 0 {
		return nil, rejects, fmt.Errorf("%s: no heading line that starts with HCPCS; keep CMS's header lines", f.Name)
	}
	cols := stack(rows, head)
	at := make([]int, len(rvuWords))
	for i, words := range rvuWords {
		optional := words[0] == "?"
		if optional {
			words = words[1:]
		}
		at[i] = cols.find(words...)
		if at[i] < 0 && !optional {
			return nil, rejects, fmt.Errorf("%s: no column for %s (wanted a heading with %s)", f.Name, rvuColumns[i].Name, strings.Join(words, ", "))
		}
	}
	at[0], at[1] = 0, 1 // the title lines stand above these, not in their headings
	title := titleOf(rows[:head])
	effective, ends, err := f.quarter(title)
	if err != nil {
		return nil, rejects, err
	}
	meta := f.describe(refdata.Meta{ID: "mpfs.rvu", Title: "Physician fee schedule relative value units and payment indicators",
		Effective: effective, Ends: ends, Release: f.release(title), Columns: rvuColumns,
		Cite: "42 CFR 414.22; Pub. 100-04 ch. 23, addendum (MPFSDB)"})
	b := refdata.NewBuilder(meta)
	values, bad := rvuRows(rows[head+1:], at)
	rejects = append(rejects, bad...)
	for _, v := range values {
		if err := b.Add(v...); err != nil {
			return nil, rejects, err
		}
	}
	if b.Rows() == 0 {
		return nil, rejects, fmt.Errorf("%s holds no code that could be read", f.Name)
	}
	tables := []*refdata.Table{b.Table()}
	cf, err := f.conversionFactor(rows[head+1:], cols.find("CONV"), effective, ends, title)
	if err != nil {
		return nil, rejects, err
	}
	if cf != nil {
		tables = append(tables, cf)
	}
	return tables, rejects, nil
}

// rvuRows reads the codes.
func rvuRows(rows []record, at []int) (values [][]any, rejects []Reject) {
	seen := map[string]bool{}
	for _, r := range rows {
		code := r.cell(0)
		if r.blank() || code == "" {
			continue
		}
		if !isHCPCS(code) {
			rejects = append(rejects, Reject{r.line, "HCPCS", code, "not a five-character procedure code"})
			continue
		}
		if seen[code+r.cell(1)] {
			rejects = append(rejects, Reject{r.line, "HCPCS", code + " " + r.cell(1), "the code and modifier stand in the file twice"})
			continue
		}
		row := make([]any, 0, len(rvuColumns))
		ok := true
		for i, c := range rvuColumns[:len(at)] {
			text := strings.ToUpper(r.cell(at[i]))
			if c.Kind == refdata.Text {
				row = append(row, text)
				continue
			}
			n, err := decimal(text, int(c.Scale))
			if err == nil && (n < 0 || n > 10_000_00) {
				err = fmt.Errorf("out of range")
			}
			if err != nil {
				rejects = append(rejects, Reject{r.line, c.Name, text, err.Error()})
				ok = false
				break
			}
			row = append(row, n)
		}
		if !ok {
			continue
		}
		seen[code+r.cell(1)] = true
		values = append(values, append(row, ""))
	}
	technicalTests(values)
	return values, rejects
}

// technicalTests names, for each global test (PC/TC indicator 4), the code of its
// technical part (indicator 3). CMS lists a test's parts right after it, so it is
// the codes up to the next global test that come into question; the name is given
// only if exactly one of them is technical and it is worth no more than the whole.
// The multiple procedure rules for tests reduce that part.
func technicalTests(rows [][]any) {
	const pctc = 9
	for i, r := range rows {
		if r[pctc] != "4" {
			continue
		}
		found, count := "", 0
		for j := i + 1; j < len(rows) && j <= i+4; j++ {
			next := rows[j]
			if next[pctc] == "4" || next[0].(string)[:4] != r[0].(string)[:4] && count > 0 {
				break
			}
			if next[pctc] == "3" && next[4].(int64) <= r[4].(int64) {
				found, count = next[0].(string), count+1
			}
		}
		if count == 1 {
			r[len(r)-1] = found
		}
	}
}

// conversionFactor makes table mpfs.cf of the factor that the file's rows carry.
func (f *File) conversionFactor(rows []record, col int, effective, ends civil.Date, title string) (*refdata.Table, error) {
	if col < 0 {
		return nil, nil
	}
	factor := int64(0)
	for _, r := range rows {
		text := r.cell(col)
		if text == "" || !isHCPCS(r.cell(0)) {
			continue
		}
		n, err := money.ParseScaled(text, 4)
		if err != nil || n <= 0 {
			continue
		}
		if factor != 0 && n != factor {
			return nil, nil // several factors (before 1998): none is the file's
		}
		factor = n
	}
	if factor == 0 {
		return nil, nil
	}
	kind, version := "standard", effective.String()+"-pprrvu"
	if name := strings.ToUpper(f.Name); strings.Contains(name, "_QPP") {
		kind, version = "qualifying-apm", version+"-qpp"
	}
	b := refdata.NewBuilder(f.describe(refdata.Meta{ID: "mpfs.cf", Version: version, Title: "Physician fee schedule conversion factors",
		Effective: effective, Ends: ends, Release: f.release(title), Columns: CFColumns, Cite: "42 CFR 414.20, 414.28"}))
	err := b.Add(kind, factor, effective, ends, "CMS "+f.Name, "yes")
	return b.Table(), err
}

// titleOf is the file's own title, the first line that tells of a release.
func titleOf(rows []record) string {
	for _, r := range rows {
		for _, c := range r.cells {
			if strings.Contains(strings.ToUpper(c), "RELATIVE VALUE FILE") {
				return c
			}
		}
	}
	return ""
}

// quarter is the period of a quarterly release: from the first day of the quarter
// that it is named after to the end of the year.
func (f *File) quarter(title string) (civil.Date, civil.Date, error) {
	name := strings.ToUpper(f.Name)
	year := yearIn(title)
	if year == 0 {
		year = yearIn(name)
	}
	if year == 0 {
		return f.calendarYear(0)
	}
	month := time.January
	for m, names := range map[time.Month][2]string{time.January: {"JANUARY", "_JAN"}, time.April: {"APRIL", "_APR"},
		time.July: {"JULY", "_JUL"}, time.October: {"OCTOBER", "_OCT"}} {
		if strings.Contains(strings.ToUpper(title), names[0]) || strings.Contains(name, names[1]) {
			month = m
		}
	}
	return f.period(civil.Of(year, month, 1), civil.Of(year, time.December, 31))
}

// isHCPCS tells whether a text has the form of a HCPCS code of either level.
func isHCPCS(s string) bool {
	if len(s) != 5 {
		return false
	}
	for i := 0; i < 5; i++ {
		c := s[i]
		if !isDigit(c) && !(c >= 'A' && c <= 'Z' && (i == 0 || i == 4)) {
			return false
		}
	}
	return true
}

// IsCPT tells whether a code belongs to the AMA's CPT: five digits, or four digits
// and a letter. HCPCS Level II codes start with a letter.
func IsCPT(code string) bool { return isHCPCS(code) && isDigit(code[0]) }
