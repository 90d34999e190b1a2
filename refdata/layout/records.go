// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// isCSV tells whether a file is the CSV that CMS names so, or has that title. CMS's
// zips hold the same tables as text and as workbooks too, which are not read.
func isCSV(name string, head []byte, prefix, title string) bool {
	if !strings.HasSuffix(name, ".CSV") {
		return false
	}
	return prefix != "" && strings.HasPrefix(name, prefix) || bytes.Contains(bytes.ToUpper(head), []byte(title))
}

// record is one line of a comma separated file, its cells without the blanks
// around them.
type record struct {
	line  int
	cells []string
}

// cell is the i-th cell, or nothing where the line is shorter.
func (r record) cell(i int) string {
	if i < 0 || i >= len(r.cells) {
		return ""
	}
	return r.cells[i]
}

// blank tells whether no cell holds anything.
func (r record) blank() bool {
	for _, c := range r.cells {
		if c != "" {
			return false
		}
	}
	return true
}

// records splits a comma separated file. A line that is no CSV is a reject; the
// lines after it are read all the same.
func records(data []byte) (rows []record, rejects []Reject) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
	r.FieldsPerRecord = -1
	r.LazyQuotes = true
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, rejects
		}
		if err != nil {
			line := 0
			var pe *csv.ParseError
			if errors.As(err, &pe) {
				line = pe.StartLine
			}
			return rows, append(rejects, Reject{Line: line, Field: "line", Reason: err.Error()})
		}
		line, _ := r.FieldPos(0)
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, record{line, cells})
	}
}

// columns finds the named columns of a table whose heading takes several lines:
// the cells of one column, read downwards, make its name.
type columns struct{ names []string }

// stack joins the heading's lines, from the first to the one at index last.
func stack(rows []record, last int) columns {
	var c columns
	for i := range rows[last].cells {
		var parts []string
		for _, r := range rows[:last+1] {
			if s := r.cell(i); s != "" {
				parts = append(parts, strings.ToUpper(s))
			}
		}
		c.names = append(c.names, strings.Join(strings.Fields(strings.Join(parts, " ")), " "))
	}
	return c
}

// find is the first column whose name has all the words, and none of those that
// start with a minus sign; -1 if there is none.
func (c columns) find(words ...string) int {
next:
	for i, name := range c.names {
		for _, w := range words {
			if not, ok := strings.CutPrefix(w, "-"); ok {
				if strings.Contains(name, not) {
					continue next
				}
			} else if !strings.Contains(name, w) {
				continue next
			}
		}
		return i
	}
	return -1
}

// period is what a table's dates of service are: from the user's options if they
// say so, otherwise the given defaults.
func (f *File) period(from, to civil.Date) (effective, ends civil.Date, err error) {
	effective, ends = from, to
	if s := f.Options["effective"]; s != "" {
		if effective, err = civil.ParseISO(s); err != nil {
			return 0, 0, fmt.Errorf("effective date: %w", err)
		}
	}
	if s := f.Options["ends"]; s != "" {
		if ends, err = civil.ParseISO(s); err != nil {
			return 0, 0, fmt.Errorf("last date: %w", err)
		}
	}
	if effective.IsZero() {
		return 0, 0, fmt.Errorf("%s does not say from which date it applies; give it with --effective", f.Name)
	}
	if !ends.IsZero() && ends.Before(effective) {
		return 0, 0, fmt.Errorf("the last date %s is before the first, %s", ends, effective)
	}
	return effective, ends, nil
}

// calendarYear is the period of a file that CMS publishes once a year.
func (f *File) calendarYear(year int) (civil.Date, civil.Date, error) {
	if s := f.Options["year"]; s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1992 || n > 2199 {
			return 0, 0, fmt.Errorf("year %q is no year of the fee schedule", s)
		}
		year = n
	}
	if year == 0 {
		return f.period(0, 0)
	}
	return f.period(civil.Of(year, time.January, 1), civil.Of(year, time.December, 31))
}

// release is the user's name of the release, or the one that the file tells.
func (f *File) release(told string) string {
	if s := f.Options["release"]; s != "" {
		return s
	}
	return told
}

// yearIn finds the first four digits in a text that can be a year of the fee
// schedule; 0 if there are none.
func yearIn(text string) int {
	for i := 0; i+4 <= len(text); i++ {
		if i > 0 && isDigit(text[i-1]) {
			continue
		}
		if i+4 < len(text) && isDigit(text[i+4]) {
			continue
		}
		if n, err := strconv.Atoi(text[i : i+4]); err == nil && n >= 1992 && n <= 2099 && isDigit(text[i]) {
			return n
		}
	}
	return 0
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// digits pads a number that a spreadsheet has robbed of its leading zeros; false
// if it is no number or too long.
func digits(s string, width int) (string, bool) {
	if s == "" || len(s) > width {
		return "", false
	}
	for i := 0; i < len(s); i++ {
		if !isDigit(s[i]) {
			return "", false
		}
	}
	return strings.Repeat("0", width-len(s)) + s, true
}

// decimal checks a number at a scale; blank and NA stand for nothing.
func decimal(s string, scale int) (int64, error) {
	if s == "" || s == "NA" {
		return 0, nil
	}
	return money.ParseScaled(strings.ReplaceAll(strings.TrimPrefix(s, "$"), ",", ""), scale)
}

// describe fills what every table of a file has in common.
func (f *File) describe(m refdata.Meta) refdata.Meta {
	if m.Version == "" {
		m.Version = m.Effective.String()
	}
	if m.Source == "" {
		m.Source = "CMS " + f.Name
	}
	m.SourceSHA256 = f.SHA256()
	m.Verified = true
	return m
}
