// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// Columns of the inpatient tables. The builders of the embedded packs use the
// same ones, so that an imported table reads as an embedded one.
var (
	IPPSDRGColumns = []refdata.Column{
		{Name: "drg", Kind: refdata.Text}, {Name: "weight", Kind: refdata.Number, Scale: 4},
		{Name: "gmlos", Kind: refdata.Number, Scale: 1}, {Name: "amlos", Kind: refdata.Number, Scale: 1},
		{Name: "post_acute", Kind: refdata.Text}, {Name: "special_pay", Kind: refdata.Text},
		{Name: "title", Kind: refdata.Text}}
	IPPSWageIndexColumns = []refdata.Column{
		{Name: "cbsa", Kind: refdata.Text}, {Name: "size", Kind: refdata.Text}, {Name: "effective", Kind: refdata.Day},
		{Name: "geographic", Kind: refdata.Number, Scale: 4}, {Name: "reclassified", Kind: refdata.Number, Scale: 4},
		{Name: "rural_floor", Kind: refdata.Number, Scale: 4}, {Name: "imputed_floor", Kind: refdata.Number, Scale: 4},
		{Name: "name", Kind: refdata.Text}}
	IPPSRatesColumns = []refdata.Column{
		{Name: "table", Kind: refdata.Number}, {Name: "labor", Kind: refdata.Number, Scale: 2},
		{Name: "nonlabor", Kind: refdata.Number, Scale: 2}}
	IPPSOutmigrationColumns = []refdata.Column{
		{Name: "county", Kind: refdata.Text}, {Name: "effective", Kind: refdata.Day},
		{Name: "adjustment", Kind: refdata.Number, Scale: 4}}
	IPPSMidnightColumns = []refdata.Column{
		{Name: "msa", Kind: refdata.Text}, {Name: "factor", Kind: refdata.Number, Scale: 6}}
	IPPSNewTechColumns = []refdata.Column{
		{Name: "technology", Kind: refdata.Text}, {Name: "amount", Kind: refdata.Number, Scale: 2},
		{Name: "share", Kind: refdata.Number, Scale: 2}}
	IPPSNewTechCodeColumns = []refdata.Column{
		{Name: "group", Kind: refdata.Text}, {Name: "code", Kind: refdata.Text}, {Name: "kind", Kind: refdata.Text}}
)

// Source of the tables of CMS's pricer.
const pricerSource = "CMS IPPS Pricer (Java), DSACMS/MedicareClaimsPricerSource, ipps-pricer-application"

var yearInName = regexp.MustCompile(`(19|20)\d\d`)

// FiscalYear gives the first and the last day of a federal fiscal year.
func FiscalYear(year int) (first, last civil.Date) {
	return civil.Of(year-1, time.October, 1), civil.Of(year, time.September, 30)
}

// ippsPeriod finds the days for which a file holds: the options "effective" and
// "ends", or "year", or the year in the file's name.
func ippsPeriod(f *File) (first, last civil.Date, err error) {
	text := f.Options["year"]
	if text == "" {
		text = yearInName.FindString(filepath.Base(f.Name))
	}
	if text != "" {
		var year int
		if _, err := fmt.Sscanf(text, "%4d", &year); err != nil || year < 1984 || year > 2199 {
			return 0, 0, fmt.Errorf("%q is not a fiscal year", text)
		}
		first, last = FiscalYear(year)
	}
	if s := f.Options["effective"]; s != "" {
		if first, err = civil.ParseISO(s); err != nil {
			return 0, 0, fmt.Errorf("option effective: %w", err)
		}
		_, last = FiscalYear(first.FiscalYear())
	}
	if s := f.Options["ends"]; s != "" {
		if last, err = civil.ParseISO(s); err != nil {
			return 0, 0, fmt.Errorf("option ends: %w", err)
		}
	}
	if first.IsZero() {
		return 0, 0, errors.New("the file does not say for which fiscal year it holds; give --year or --effective")
	}
	return first, last, nil
}

// ippsMeta fills what all the tables have in common.
func ippsMeta(f *File, id, title, source string, columns []refdata.Column) (refdata.Meta, error) {
	first, last, err := ippsPeriod(f)
	return refdata.Meta{ID: id, Version: first.String(), Title: title, Effective: first, Ends: last, Source: source,
		Release: f.Options["release"], SourceSHA256: f.SHA256(), Verified: true, Columns: columns}, err
}

// sheet reads a comma separated file with a header line.
type sheet struct {
	r       *csv.Reader
	column  map[string]int
	row     []string
	line    int
	rejects []Reject
}

// newSheet reads the header, which must have the columns named; upper and lower
// case are one.
func newSheet(data []byte, need ...string) (*sheet, error) {
	s := &sheet{r: csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))), column: map[string]int{}}
	s.r.FieldsPerRecord = -1
	s.r.ReuseRecord = true
	s.r.LazyQuotes = true
	head, err := s.r.Read()
	if err != nil {
		return nil, fmt.Errorf("header line: %w", err)
	}
	for i, name := range head {
		s.column[strings.ToLower(strings.TrimSpace(name))] = i
	}
	for _, name := range need {
		if _, ok := s.column[strings.ToLower(name)]; !ok {
			return nil, fmt.Errorf("the header has no column %s", name)
		}
	}
	return s, nil
}

// next moves to the next record; records that can't be read are rejected.
func (s *sheet) next() bool {
	for {
		row, err := s.r.Read()
		if errors.Is(err, io.EOF) {
			return false
		}
		if err != nil {
			var pe *csv.ParseError
			if errors.As(err, &pe) {
				s.line = pe.Line
			}
			s.reject("record", "", err.Error())
			if len(s.rejects) > maxRejects {
				return false
			}
			continue
		}
		s.line, _ = s.r.FieldPos(0)
		s.row = row
		return true
	}
}

// maxRejects bounds the list of rejected records of one file.
const maxRejects = 100_000

// get is a field without blanks around it; a missing one is empty.
func (s *sheet) get(name string) string { return strings.TrimSpace(s.raw(name)) }

// raw is a field as it stands.
func (s *sheet) raw(name string) string {
	if i, ok := s.column[strings.ToLower(name)]; ok && i < len(s.row) {
		return s.row[i]
	}
	return ""
}

func (s *sheet) reject(field, value, reason string) {
	s.rejects = append(s.rejects, Reject{Line: s.line, Field: field, Value: value, Reason: reason})
}

// day reads CCYYMMDD or CCYY-MM-DD.
func (s *sheet) day(name string) (civil.Date, bool) {
	d, err := parseDay(s.get(name))
	if err != nil {
		s.reject(name, s.get(name), "not a date (CCYYMMDD)")
		return 0, false
	}
	return d, true
}

func parseDay(s string) (civil.Date, error) {
	if len(s) == 10 {
		return civil.ParseISO(s)
	}
	return civil.ParseCompact(s)
}

// add appends a row to a table or rejects the record.
func (s *sheet) add(b *refdata.Builder, key string, values ...any) bool {
	if err := b.Add(values...); err != nil {
		s.reject(key, s.get(key), err.Error())
		return false
	}
	return true
}

// headerHas tells whether a file's first line has all the columns.
func headerHas(head []byte, columns ...string) bool {
	line, _, _ := bytes.Cut(head, []byte("\n"))
	names := strings.Split(strings.ToLower(string(line)), ",")
	for i := range names {
		names[i] = strings.Trim(strings.TrimSpace(names[i]), `"`)
	}
	for _, c := range columns {
		if !slices.Contains(names, strings.ToLower(c)) {
			return false
		}
	}
	return true
}
