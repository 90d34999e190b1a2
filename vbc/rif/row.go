// SPDX-License-Identifier: Apache-2.0

package rif

import (
	"fmt"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// Block is the rows of one claim, one Part D event or one beneficiary, as they came.
type Block struct {
	Header *Header
	File   string
	Line   int   // of the first row in the file, from 1
	Offset int64 // of the first row in the file, in bytes
	Text   string
}

// Row is one row of a block. It holds no more than references to the block's text.
type Row struct {
	Header *Header
	text   string
	ends   []int32
}

// At is the value in a column, without the blanks around it.
func (r *Row) At(i int) string {
	start := int32(0)
	if i > 0 {
		start = r.ends[i-1] + 1
	}
	return strings.TrimSpace(r.text[start:r.ends[i]])
}

// Text is the value of a column by its name, empty if the file has no such column.
func (r *Row) Text(name string) string {
	if i := r.Header.Column(name); i >= 0 {
		return r.At(i)
	}
	return ""
}

// Date is the date in a column, 0 if there is none. Rows are checked when they are read.
func (r *Row) Date(name string) civil.Date {
	d, _ := ParseDate(r.Text(name))
	return d
}

// Cents is the amount in a column, 0 if there is none.
func (r *Row) Cents(name string) money.Cents {
	c, _ := ParseCents(r.Text(name))
	return c
}

// Rows splits the block and checks every value that is to be a date, an amount or a
// number. The memory of dst is used again. The error is a *RecordError.
func (b *Block) Rows(dst []Row) ([]Row, error) {
	rest, line := b.Text, b.Line
	n := 0
	for rest != "" {
		row, tail, _ := strings.Cut(rest, "\n")
		rest = tail
		row = strings.TrimRight(row, "\r")
		if row == "" {
			line++
			continue
		}
		if n == len(dst) {
			dst = append(dst, Row{})
		}
		r := &dst[n]
		r.Header, r.text = b.Header, row
		if err := r.split(); err != nil {
			err.File, err.Line, err.Offset = b.File, line, b.Offset
			return nil, err
		}
		n++
		line++
	}
	return dst[:n], nil
}

func (r *Row) split() *RecordError {
	want := len(r.Header.Names)
	r.ends = r.ends[:0]
	for i := range len(r.text) {
		if r.text[i] == '|' {
			r.ends = append(r.ends, int32(i))
		}
	}
	r.ends = append(r.ends, int32(len(r.text)))
	for len(r.ends) > want && r.ends[len(r.ends)-1] == r.ends[len(r.ends)-2]+1 {
		r.ends = r.ends[:len(r.ends)-1] // rows may end with a delimiter
	}
	if len(r.ends) != want {
		return &RecordError{Reason: fmt.Sprintf("has %d values, the first line names %d columns; the row is cut, or a value holds a |", len(r.ends), want)}
	}
	for i, k := range r.Header.kinds {
		if k == text {
			continue
		}
		if v := r.At(i); v != "" && check(k, v) != nil {
			return &RecordError{Field: r.Header.Names[i], Value: v, Reason: "is no " + valueNames[k]}
		}
	}
	return nil
}
