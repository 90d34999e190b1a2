// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// holidayRows are kept as text that a person reviews.
//
//go:embed holidays.csv
var holidayRows []byte

func init() {
	builders["calendar"] = func(string) ([]*refdata.Table, error) {
		t, err := holidays()
		return []*refdata.Table{t}, err
	}
}

// holidays makes the table of federal holidays: a day of a month, or the nth of a
// weekday in a month (-1 the last).
func holidays() (*refdata.Table, error) {
	b := refdata.NewBuilder(refdata.Meta{
		ID: "calendar.holidays", Version: "2021-06-17", Title: "Federal holidays", Effective: civil.Of(1978, time.January, 1),
		Source: "5 U.S.C. 6103, 2022 edition", Verified: true,
		Note: "A holiday that falls on a Saturday is kept on the Friday before, one on a Sunday on the Monday after: 5 U.S.C. 6103(b), E.O. 11582. Days on which the President closes offices once are not here.",
		Cite: "5 U.S.C. 6103",
		Columns: []refdata.Column{{Name: "name", Kind: refdata.Text}, {Name: "month", Kind: refdata.Number}, {Name: "day", Kind: refdata.Number},
			{Name: "weekday", Kind: refdata.Text}, {Name: "nth", Kind: refdata.Number}, {Name: "from", Kind: refdata.Day}, {Name: "to", Kind: refdata.Day},
			{Name: "cite", Kind: refdata.Text}, {Name: "verified", Kind: refdata.Text}},
	})
	rows, err := csv.NewReader(bytes.NewReader(holidayRows)).ReadAll()
	if err != nil {
		return nil, err
	}
	for _, r := range rows[1:] {
		from, err := civil.ParseISO(r[5])
		if err != nil {
			return nil, err
		}
		to := civil.Date(0)
		if r[6] != "" {
			if to, err = civil.ParseISO(r[6]); err != nil {
				return nil, err
			}
		}
		if err := b.Add(r[0], orZero(r[1]), orZero(r[2]), r[3], orZero(r[4]), from, to, r[7], r[8]); err != nil {
			return nil, err
		}
	}
	return b.Table(), nil
}

func orZero(s string) string {
	if s == "" {
		return "0"
	}
	return s
}
