// SPDX-License-Identifier: Apache-2.0

// Package sheet makes FHIR resources of a payer's own tables: sheets of rows in CSV
// with a header line or in NDJSON, which refer to each other by id. It reads one row at a
// time; what is wrong in a row is gathered in it, so that one bad row never loses the
// good ones. What the columns are, and what becomes of a row, say the packages that
// use it (directory, formulary).
package sheet

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/woodlawn-health/woodlawn/claim/civil"
)

// Limits of a sheet.
const (
	maxLine  = 1 << 20
	maxValue = 64 << 10
)

// Row is one row.
type Row struct {
	Line     int // of the file, from 1
	Problems []string

	values map[string]string
	many   map[string]bool
}

// Get is the value of a column, without white space around it.
func (r *Row) Get(column string) string { return r.values[column] }

// List is the values of a column that may have many.
func (r *Row) List(column string) (list []string) {
	for _, v := range strings.Split(r.values[column], ";") {
		if v = strings.TrimSpace(v); v != "" {
			list = append(list, v)
		}
	}
	return list
}

// Bad notes what is wrong in a column, and what to do about it. The value is not
// repeated: the row has it.
func (r *Row) Bad(column, format string, args ...any) {
	r.Problems = append(r.Problems, column+": "+fmt.Sprintf(format, args...))
}

// Date is the civil date in a column, as 2026-11-01; none if it is empty.
func (r *Row) Date(column string) civil.Date {
	v := r.Get(column)
	if v == "" {
		return 0
	}
	d, err := civil.ParseISO(v)
	if err != nil {
		r.Bad(column, "write the date as 2026-11-01")
	}
	return d
}

// Yes is the truth in a column: yes or no; empty is no.
func (r *Row) Yes(column string) bool {
	switch v := strings.ToLower(r.Get(column)); v {
	case "yes", "true", "y":
		return true
	case "", "no", "false", "n":
		return false
	}
	r.Bad(column, "write yes or no")
	return false
}

// Values are the row's values by column, those that are not empty.
func (r *Row) Values() map[string]string { return r.values }

// Read gives every row to fn. The format is csv or ndjson. A sheet whose header
// names an unknown column or lacks one that is needed is refused whole; a row with
// a problem is given with it. fn's error ends the reading.
func Read(r io.Reader, format string, columns []Column, fn func(*Row) error) error {
	switch format {
	case "csv":
		return readCSV(r, columns, fn)
	case "ndjson":
		return readLines(r, columns, fn)
	}
	return fmt.Errorf("the format %q is neither csv nor ndjson", format)
}

func find(columns []Column, name string) *Column {
	for i := range columns {
		if columns[i].Name == name {
			return &columns[i]
		}
	}
	return nil
}

func readCSV(in io.Reader, columns []Column, fn func(*Row) error) error {
	cr := csv.NewReader(&limited{in, maxLine, maxLine})
	cr.ReuseRecord = true
	cr.FieldsPerRecord = -1
	head, err := cr.Read()
	if err != nil {
		return fmt.Errorf("there is no header line: %w", err)
	}
	names := make([]string, len(head))
	for i, h := range head {
		names[i] = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(h, "\ufeff")))
		if find(columns, names[i]) == nil {
			return fmt.Errorf("the header has an unknown column %q; known are %s", cutShort(names[i]), list(columns))
		}
		if slices.Index(names, names[i]) != i {
			return fmt.Errorf("the header has the column %q twice", names[i])
		}
	}
	for _, c := range columns {
		if c.Need && !slices.Contains(names, c.Name) {
			return fmt.Errorf("the header lacks the column %q", c.Name)
		}
	}
	for {
		record, err := cr.Read()
		if err == io.EOF {
			return nil
		}
		row := &Row{values: map[string]string{}}
		var parse *csv.ParseError
		switch {
		case errors.As(err, &parse):
			row.Line = parse.StartLine
			row.Problems = append(row.Problems, "the line is no CSV: "+parse.Err.Error())
		case err != nil:
			return err
		default:
			row.Line, _ = cr.FieldPos(0)
			if len(record) != len(names) {
				row.Problems = append(row.Problems, fmt.Sprintf("the line has %d values, the header %d", len(record), len(names)))
			}
			for i, v := range record[:min(len(record), len(names))] {
				row.put(names[i], v)
			}
			row.check(columns)
		}
		if err := fn(row); err != nil {
			return err
		}
	}
}

// limited bounds what lies between two line ends, which a lost quote would else
// make as long as the file.
type limited struct {
	r    io.Reader
	most int
	left int
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	for _, b := range p[:n] {
		if l.left--; b == '\n' {
			l.left = l.most
		} else if l.left < 0 {
			return 0, fmt.Errorf("a line is longer than %d bytes", l.most)
		}
	}
	return n, err
}

func readLines(in io.Reader, columns []Column, fn func(*Row) error) error {
	sc := bufio.NewScanner(in)
	sc.Buffer(nil, maxLine)
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimSpace(sc.Text())
		if line == "" {
			continue
		}
		row := &Row{Line: n, values: map[string]string{}}
		var members map[string]any
		dec := json.NewDecoder(strings.NewReader(line))
		dec.UseNumber()
		if err := dec.Decode(&members); err != nil {
			row.Problems = append(row.Problems, "the line is no JSON object")
		} else {
			for name, v := range members {
				c := find(columns, name)
				if c == nil {
					row.Problems = append(row.Problems, fmt.Sprintf("%q is no known column", cutShort(name)))
					continue
				}
				text, ok := asText(v, c.Many)
				if !ok {
					row.Bad(name, "the value is of a kind that the column does not take")
					continue
				}
				row.put(name, text)
			}
			row.check(columns)
			slices.Sort(row.Problems)
		}
		if err := fn(row); err != nil {
			return err
		}
	}
	if err := sc.Err(); err != nil {
		return fmt.Errorf("a line is longer than %d bytes: %w", maxLine, err)
	}
	return nil
}

func asText(v any, many bool) (string, bool) {
	switch x := v.(type) {
	case nil:
		return "", true
	case string:
		return x, true
	case json.Number:
		return x.String(), true
	case bool:
		return map[bool]string{true: "yes", false: "no"}[x], true
	case []any:
		var parts []string
		for _, item := range x {
			s, ok := item.(string)
			if !ok || !many {
				return "", false
			}
			parts = append(parts, s)
		}
		return strings.Join(parts, ";"), true
	}
	return "", false
}

func (r *Row) put(name, value string) {
	if value = strings.TrimSpace(value); value != "" {
		r.values[name] = value
	}
}

func (r *Row) check(columns []Column) {
	for _, c := range columns {
		v := r.values[c.Name]
		switch {
		case v == "" && c.Need:
			r.Bad(c.Name, "the value is missing")
		case len(v) > maxValue:
			r.Bad(c.Name, "the value is longer than %d bytes", maxValue)
		case !utf8.ValidString(v) || strings.ContainsFunc(v, func(c rune) bool { return c < ' ' && c != '\n' && c != '\t' && c != '\r' }):
			r.Bad(c.Name, "the value has characters that are no text")
		}
	}
}

func list(columns []Column) string {
	var names []string
	for _, c := range columns {
		names = append(names, c.Name)
	}
	return strings.Join(names, ", ")
}

func cutShort(s string) string { return s[:min(len(s), 40)] }
