// SPDX-License-Identifier: Apache-2.0

// Package medicare takes Medicare's own claim files to members: the rows of CMS's RIF files
// and of its claim line feed become the claims that package patientaccess maps to CARIN Blue
// Button, and beneficiary records become Patients and Coverages.
//
// Every column is either taken into the claim or named among the losses: what a function here
// does not ask for is lost by that alone, so that a column that CMS adds is reported too.
package medicare

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/interop/patientaccess"
	"github.com/woodlawn-health/woodlawn/vbc/rif"
)

// Reasons of losses of columns.
const (
	NoPlace  = patientaccess.NoPlace
	Differs  = patientaccess.Why("it differs from the first row of the claim, which stands")
	Withheld = patientaccess.Withheld
)

// fields are the rows of one claim, and which of their columns were taken.
type fields struct {
	h     *rif.Header
	rows  []rif.Row
	taken [][]bool // by row and column
	file  string
	line  int
	bad   *rif.RecordError
}

// reset starts a claim.
func (f *fields) reset(b *rif.Block) error {
	rows, err := b.Rows(f.rows[:cap(f.rows)])
	if err != nil {
		return err
	}
	f.rows, f.h, f.file, f.line, f.bad = rows, b.Header, b.File, b.Line, nil
	for len(f.taken) < len(rows) {
		f.taken = append(f.taken, nil)
	}
	for i := range rows {
		t := f.taken[i][:0]
		for range b.Header.Names {
			t = append(t, false)
		}
		f.taken[i] = t
	}
	return nil
}

// peek is a value without taking it.
func (f *fields) peek(row int, column string) string {
	if i := f.h.Column(column); i >= 0 {
		return f.rows[row].At(i)
	}
	return ""
}

// take is a value of a row; it counts as placed.
func (f *fields) take(row int, column string) string {
	i := f.h.Column(column)
	if i < 0 {
		return ""
	}
	f.taken[row][i] = true
	return f.rows[row].At(i)
}

// text is a value of the claim as a whole.
func (f *fields) text(column string) string { return f.take(0, column) }

// letter is a code of one character; longer ones are refused.
func (f *fields) letter(column string) byte {
	v := f.text(column)
	switch {
	case v == "":
		return 0
	case len(v) > 1:
		f.refuse(0, column, v, "is no code of one character")
		return 0
	}
	return v[0]
}

// takeIf takes a value only if it is one of those that the mapping knows to place.
func (f *fields) takeIf(row int, column string, known ...string) string {
	v := f.peek(row, column)
	for _, k := range known {
		if v == k {
			return f.take(row, column)
		}
	}
	return ""
}

func (f *fields) date(row int, column string) civil.Date {
	d, _ := rif.ParseDate(f.take(row, column)) // rif has tried it
	return d
}

func (f *fields) cents(row int, column string) money.Cents {
	v := f.take(row, column)
	c, err := rif.ParseCents(v)
	if err != nil {
		f.refuse(row, column, v, "is no amount")
	}
	return c
}

// number is a decimal without zeros at its end.
func (f *fields) number(row int, column string) money.Fixed {
	v := f.take(row, column)
	if v == "" {
		return money.Fixed{}
	}
	n, err := money.ParseFixed(v, 4)
	if err != nil {
		f.refuse(row, column, v, "is no number")
	}
	return n
}

// whole is an integer.
func (f *fields) whole(row int, column string) int {
	v := f.take(row, column)
	n, err := strconv.Atoi(v)
	if v != "" && err != nil {
		f.refuse(row, column, v, "is no whole number")
	}
	return n
}

// refuse remembers the first value that the claim cannot be mapped with.
func (f *fields) refuse(row int, column, value, reason string) {
	if f.bad == nil {
		f.bad = &rif.RecordError{File: f.file, Line: f.line + row, Field: column, Value: value, Reason: reason}
	}
}

// err is why the claim is no good.
func (f *fields) err() error {
	if f.bad == nil {
		return nil
	}
	return f.bad
}

// blank tells whether a value says nothing: an amount of zero is none.
func (f *fields) blank(row, i int) bool {
	v := f.rows[row].At(i)
	if v == "" {
		return true
	}
	if !f.h.Amount(i) {
		return false
	}
	c, err := rif.ParseCents(v)
	return err == nil && c == 0
}

// losses names every column with a value that was not taken. Columns of lines have their
// line's place, or a * if all lines that have a value lose it.
func (f *fields) losses(out []patientaccess.Loss) []patientaccess.Loss {
	for i := range f.h.FirstLine {
		if !f.taken[0][i] && !f.blank(0, i) {
			out = addLoss(out, patientaccess.Loss{Field: everyMonth(f.h.Names[i]), Why: whyLost(f.h.Names[i])})
		}
		first := f.rows[0].At(i)
		for n := 1; n < len(f.rows); n++ {
			if f.rows[n].At(i) != first {
				out = append(out, patientaccess.Loss{Field: fmt.Sprintf("lines[%d].%s", n, f.h.Names[i]), Why: Differs})
			}
		}
	}
	for i := f.h.FirstLine; i < len(f.h.Names); i++ {
		lost, filled := 0, 0
		for n := range f.rows {
			if f.blank(n, i) {
				continue
			}
			filled++
			if !f.taken[n][i] {
				lost++
			}
		}
		if lost > 0 && lost == filled {
			out = append(out, patientaccess.Loss{Field: "lines[*]." + f.h.Names[i], Why: NoPlace})
			continue
		}
		for n := 0; lost > 0 && n < len(f.rows); n++ {
			if !f.taken[n][i] && !f.blank(n, i) {
				out = append(out, patientaccess.Loss{Field: fmt.Sprintf("lines[%d].%s", n, f.h.Names[i]), Why: NoPlace})
			}
		}
	}
	return out
}

// addLoss adds a loss unless it is named last.
func addLoss(list []patientaccess.Loss, l patientaccess.Loss) []patientaccess.Loss {
	if n := len(list); n > 0 && list[n-1] == l {
		return list
	}
	return append(list, l)
}

// everyMonth puts a * for the month in a column that stands for one: the twelve are one loss.
func everyMonth(column string) string {
	if strings.HasPrefix(column, "HMO_") && strings.HasSuffix(column, "_IND") {
		return "HMO_*_IND"
	}
	if strings.HasPrefix(column, "MDCR_ENTLMT_BUYIN_") {
		return "MDCR_ENTLMT_BUYIN_*_IND"
	}
	for _, m := range months {
		if before, after, ok := strings.Cut(column, "_"+m+"_"); ok {
			return before + "_*_" + after
		}
	}
	return column
}

// whyLost is the reason of a column that is never taken.
func whyLost(column string) patientaccess.Why {
	switch column {
	case "BENE_CRNT_HIC_NUM": // it contains the social security number
		return Withheld
	case "BRND_GNRC_CD":
		return "the guide's value set is NCPDP's, whose codes are others"
	}
	return NoPlace
}
