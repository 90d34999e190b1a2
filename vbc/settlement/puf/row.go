// SPDX-License-Identifier: Apache-2.0

// Package puf reads CMS's public-use file of Shared Savings Program results (one line
// an ACO and performance year) and settles each line anew, so that every figure that
// CMS printed can be held against the one that the rules give.
package puf

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/vbc/settlement"
)

// Row is one ACO-year as CMS printed it. Dollars are in cents, shares in billionths.
type Row struct {
	Line      int    // in the file
	ACO, Name string // ACO is empty before 2018
	Year      int
	Track     settlement.Track // empty if the file does not say, before 2016
	// AgreementPeriod and AgreementYear start from 1; 0 is not printed.
	AgreementPeriod, AgreementYear int

	assigned                            figure
	rate, msr, score, finalRate         figure
	benchmark, expenditures, difference figure
	generated, earned, disaster         figure
	qualityMet                          figure
	perCapita, personYears              figure
	months                              int
}

// ID is the ACO's identifier, or its name where the file has none.
func (r *Row) ID() string {
	if r.ACO != "" {
		return r.ACO
	}
	return r.Name
}

// Assigned is the number of assigned beneficiaries as text.
func (r *Row) Assigned() string { return strconv.FormatInt(r.assigned.value, 10) }

// File is a file read whole: a few thousand lines at most.
type File struct {
	Rows    []Row
	Rejects []*RowError
	// precision is the number of decimals that each year's column was printed with.
	precision map[yearColumn]int
}

type yearColumn struct {
	year   int
	column string
}

// RowError names line and column of a value that can't be read.
type RowError struct {
	Line   int
	Column string
	Value  string
	Reason string
}

func (e *RowError) Error() string {
	return fmt.Sprintf("line %d, column %s %q: %s", e.Line, e.Column, e.Value, e.Reason)
}

// columns that a file must have to be replayed.
var required = []string{"performance_year", "n_ab", "minsavperc", "bnchmkminexp", "abtotbnchmk", "abtotexp", "qualscore", "finalsharerate", "earnsaveloss"}

// Bounds of a file: CMS's has about 500 lines a year.
const (
	maxRows  = 200_000
	maxBytes = 256 << 20
)

// Read reads a file. A line that can't be read is set aside in Rejects; a missing
// column is an error of the whole.
func Read(r io.Reader) (*File, error) {
	limited := &io.LimitedReader{R: r, N: maxBytes}
	cr := csv.NewReader(limited)
	cr.FieldsPerRecord = -1
	head, err := cr.Read()
	if err != nil {
		return nil, fmt.Errorf("no header line: %w", err)
	}
	index := map[string]int{}
	for i, name := range head {
		index[strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))] = i
	}
	for _, name := range required {
		if _, ok := index[name]; !ok {
			return nil, fmt.Errorf("no column %s; wanted CMS's ACO public-use layout with a column performance_year", name)
		}
	}
	f := &File{precision: map[yearColumn]int{}}
	for {
		rec, err := cr.Read()
		if limited.N <= 0 || len(f.Rows)+len(f.Rejects) > maxRows {
			return nil, fmt.Errorf("more than %d lines or %d bytes: no public-use file of ACO results", maxRows, maxBytes)
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			var pe *csv.ParseError
			if !errors.As(err, &pe) {
				return nil, err
			}
			f.Rejects = append(f.Rejects, &RowError{pe.Line, "", "", pe.Err.Error()})
			continue
		}
		line, _ := cr.FieldPos(0)
		row, rowErr := f.row(&record{rec, index, line})
		if rowErr != nil {
			f.Rejects = append(f.Rejects, rowErr)
			continue
		}
		f.Rows = append(f.Rows, row)
	}
	f.scaleRates()
	return f, nil
}

// record is one line with the places of its columns.
type record struct {
	fields []string
	index  map[string]int
	line   int
}

func (r *record) text(column string) string {
	i, ok := r.index[column]
	if !ok || i >= len(r.fields) {
		return ""
	}
	return strings.TrimSpace(r.fields[i])
}

// number reads a column at a scale and notes its precision.
func (f *File) number(r *record, year int, column string, scale int, into *figure) *RowError {
	v, err := parse(r.text(column), scale)
	if err != nil {
		reason := err.Error()
		var bad *money.NumberError
		if errors.As(err, &bad) {
			reason = bad.Reason
		}
		return &RowError{r.line, column, r.text(column), reason}
	}
	if limit := limits[scale]; v.value > limit || v.value < -limit {
		return &RowError{r.line, column, r.text(column), "is beyond any ACO's"}
	}
	*into = v
	if key := (yearColumn{year, column}); !v.exponent {
		f.precision[key] = max(f.precision[key], v.decimals)
	}
	return nil
}

// limits are what no printed figure exceeds, by the scale at which it is read: a
// hundred million persons, a trillion dollars, a rate of ten.
var limits = map[int]int64{0: 1e8, 2: 1e14, 9: 10e9, rateScale: 10 * 1e13}

func (f *File) row(r *record) (Row, *RowError) {
	row := Row{Line: r.line, ACO: r.text("aco_id"), Name: r.text("aco_name")}
	year, err := strconv.Atoi(r.text("performance_year"))
	if err != nil || year < 2012 || year > 2100 {
		return row, &RowError{r.line, "performance_year", r.text("performance_year"), "must be a year from 2012"}
	}
	row.Year = year
	for _, c := range []struct {
		name  string
		scale int
		into  *figure
	}{{"n_ab", 0, &row.assigned}, {"sav_rate", rateScale, &row.rate}, {"minsavperc", rateScale, &row.msr}, {"qualscore", 9, &row.score},
		{"finalsharerate", 9, &row.finalRate}, {"abtotbnchmk", 2, &row.benchmark}, {"abtotexp", 2, &row.expenditures},
		{"bnchmkminexp", 2, &row.difference}, {"gensaveloss", 2, &row.generated}, {"earnsaveloss", 2, &row.earned},
		{"disadj", 2, &row.disaster}, {"met_qps", 0, &row.qualityMet}, {"updatedbnchmk", 2, &row.perCapita},
		{"n_ab_year_py", 0, &row.personYears}} {
		if err := f.number(r, year, c.name, c.scale, c.into); err != nil {
			return row, err
		}
	}
	for column, v := range map[string]figure{"n_ab": row.assigned, "abtotbnchmk": row.benchmark, "abtotexp": row.expenditures} {
		if !v.known || v.value <= 0 {
			return row, &RowError{r.line, column, r.text(column), "must be more than 0"}
		}
	}
	if row.Track, err = trackOf(r); err != nil {
		return row, &RowError{r.line, "current_track_1 to current_enhanced", "", err.Error()}
	}
	row.AgreementPeriod, _ = strconv.Atoi(r.text("agreement_period_num"))
	row.AgreementYear = agreementYear(r.text("current_start_date"), year)
	row.months = row.period()
	return row, nil
}

// trackColumns are the columns that flag the track.
var trackColumns = []struct {
	column string
	track  settlement.Track
}{{"current_track_1", "Track 1"}, {"current_track_1_plus", "Track 1+"}, {"current_track_2", "Track 2"}, {"current_track_3", "Track 3"},
	{"current_basic_a", "BASIC A"}, {"current_basic_b", "BASIC B"}, {"current_basic_c", "BASIC C"}, {"current_basic_d", "BASIC D"},
	{"current_basic_e", "BASIC E"}, {"current_enhanced", "ENHANCED"}}

func trackOf(r *record) (settlement.Track, error) {
	var found settlement.Track
	for _, c := range trackColumns {
		if r.text(c.column) != "1" {
			continue
		}
		if found != "" {
			return "", fmt.Errorf("both %s and %s are set", found, c.track)
		}
		found = c.track
	}
	return found, nil
}

// agreementYear counts performance years since a start date M/D/YYYY.
func agreementYear(start string, year int) int {
	date, _, _ := strings.Cut(start, " ")
	parts := strings.Split(date, "/")
	if len(parts) != 3 {
		return 0
	}
	from, err := strconv.Atoi(parts[2])
	if err != nil || from > year {
		return 0
	}
	return year - from + 1
}

// period tells a performance period of six months (2019, 42 CFR 425.609) from its
// benchmark, which is half of the yearly amount per capita times the person years.
func (r *Row) period() int {
	if r.Year != 2019 || !r.printsTotal() {
		return 12
	}
	if r.benchmark.value < money.HalfUp(r.perCapita.value*r.personYears.value, 3, 4) {
		return 6
	}
	return 12
}

// printsTotal tells whether the amount per capita and the person years are printed and
// their product is within reason.
func (r *Row) printsTotal() bool {
	return r.perCapita.known && r.personYears.known && r.perCapita.value >= 0 && r.personYears.value >= 0 && r.perCapita.value < 1e9
}

// rateScale is the scale at which printed rates are read, before scaleRates brings
// them to billionths.
const rateScale = 13

// scaleRates brings rates to billionths. It mends years in which percentages were
// divided by 100 twice: the largest minimum savings rate of a year, which is never
// below 2 %, then is below 0.5 %.
func (f *File) scaleRates() {
	largest := map[int]int64{}
	for i := range f.Rows {
		r := &f.Rows[i]
		largest[r.Year] = max(largest[r.Year], r.msr.value)
	}
	for i := range f.Rows {
		r := &f.Rows[i]
		for _, v := range []*figure{&r.msr, &r.rate} {
			if largest[r.Year] < money.Pow10(rateScale)/200 {
				v.value *= 100
				v.decimals -= 2
			}
			v.value = money.Rescale(v.value, rateScale, 9)
		}
	}
	for year, top := range largest {
		if top > 0 && top < money.Pow10(rateScale)/200 {
			f.precision[yearColumn{year, "minsavperc"}] -= 2
			f.precision[yearColumn{year, "sav_rate"}] -= 2
		}
	}
}
