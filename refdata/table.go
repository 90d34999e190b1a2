// SPDX-License-Identifier: Apache-2.0

// Package refdata holds dated CMS tables: the packs inside the binary, the tables
// a user imported, and the provenance of both. A table is read-only, typed by
// column, and knows its source, release and effective dates, so that a trace can
// point at the row that made a figure.
//
// Package layout reads CMS's own files into tables.
package refdata

import (
	"fmt"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// Meta says what a table is and where it came from.
type Meta struct {
	// ID names the kind of table: "mpfs.rvu", "ipps.rates", "msdrg.diagnoses".
	ID string `json:"id"`
	// Version is unique within the ID and sorts with time: "2025-10-01", "v43.1".
	Version string `json:"version"`
	Title   string `json:"title"`
	// Effective and Ends bound the dates of service or discharge, both included.
	// No Ends means until a later version takes over.
	Effective civil.Date `json:"effective"`
	Ends      civil.Date `json:"ends,omitzero"`
	// Source is the CMS file or rule; Release its release name or date.
	Source  string `json:"source"`
	Release string `json:"release,omitempty"`
	// SourceSHA256 is the hash of the source file that was read (hex).
	SourceSHA256 string `json:"source_sha256,omitempty"`
	// Verified tells whether the figures were compared with CMS's publication. A
	// result that rests on an unverified table says so. A table that mixes both
	// has a text column "verified" with yes or no in each row.
	Verified bool     `json:"verified"`
	Note     string   `json:"note,omitempty"`
	Cite     string   `json:"cite,omitempty"`
	Rows     int      `json:"rows"`
	Columns  []Column `json:"columns"`
	// PayloadSHA256 guards the packed columns (hex).
	PayloadSHA256 string `json:"payload_sha256,omitempty"`
	// Imported tells a user's table from one of the binary.
	Imported bool `json:"imported,omitempty"`
}

// Column describes one column.
type Column struct {
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
	// Scale is the number of decimals of a Number column: the stored integer
	// counts units of 10^-Scale.
	Scale uint8 `json:"scale,omitempty"`
}

// Kind is the type of a column's values.
type Kind string

// The kinds of column.
const (
	Text   Kind = "text"
	Number Kind = "number" // integers or fixed-point decimals
	Day    Kind = "date"   // civil dates; no date is allowed
)

// Table is a decoded table.
type Table struct {
	Meta
	text [][]string // by column index; nil for other kinds
	nums [][]int64
}

// Bind starts reading columns by name; ask Err once all are read.
func (t *Table) Bind() *Binder { return &Binder{t: t} }

// Binder fetches columns and remembers the first that is missing or of another
// type. A failed fetch gives a column of zero values, as long as the table.
type Binder struct {
	t   *Table
	err error
}

// Err is the first failed fetch.
func (b *Binder) Err() error { return b.err }

// Text fetches a text column. The slice must not be changed.
func (b *Binder) Text(name string) []string {
	if i := b.find(name, Text, 0); i >= 0 {
		return b.t.text[i]
	}
	return make([]string, b.t.Rows)
}

// Numbers fetches a number column of the given scale. The slice must not be changed.
func (b *Binder) Numbers(name string, scale uint8) []int64 {
	if i := b.find(name, Number, scale); i >= 0 {
		return b.t.nums[i]
	}
	return make([]int64, b.t.Rows)
}

// Days fetches a date column.
func (b *Binder) Days(name string) []civil.Date {
	out := make([]civil.Date, b.t.Rows)
	if i := b.find(name, Day, 0); i >= 0 {
		for r, v := range b.t.nums[i] {
			out[r] = civil.Date(v)
		}
	}
	return out
}

func (b *Binder) find(name string, kind Kind, scale uint8) int {
	for i, c := range b.t.Columns {
		if c.Name != name {
			continue
		}
		if c.Kind != kind || c.Scale != scale {
			b.fail(fmt.Errorf("table %s %s: column %s is %s with %d decimals, wanted %s with %d",
				b.t.ID, b.t.Version, name, c.Kind, c.Scale, kind, scale))
			return -1
		}
		return i
	}
	b.fail(fmt.Errorf("table %s %s has no column %s", b.t.ID, b.t.Version, name))
	return -1
}

func (b *Binder) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// Cell prints one value as a person reads it.
func (t *Table) Cell(row, col int) string {
	c := t.Columns[col]
	switch c.Kind {
	case Text:
		return t.text[col][row]
	case Day:
		return civil.Date(t.nums[col][row]).String()
	}
	return string(money.AppendScaled(nil, t.nums[col][row], int(c.Scale)))
}
