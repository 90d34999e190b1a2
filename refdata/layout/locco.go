// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"fmt"
	"strings"

	"github.com/woodlawn-health/woodlawn/refdata"
)

// LOCCO lists the counties of each locality, the CSV of CMS's quarterly RVU zip
// (25LOCCO.csv). It is for reading; prices find their locality by ZIP code.
var LOCCO = Layout{
	Name:     "LOCCO",
	Describe: "counties of the fee schedule's localities (CSV in the quarterly RVU zip)",
	Match: func(name string, head []byte) bool {
		return isCSV(name, head, "", "COUNTIES INCLUDED IN")
	},
	Read: readLOCCO,
}

var loccoColumns = []refdata.Column{
	{Name: "carrier", Kind: refdata.Text}, {Name: "locality", Kind: refdata.Text}, {Name: "state", Kind: refdata.Text},
	{Name: "area", Kind: refdata.Text}, {Name: "counties", Kind: refdata.Text},
}

func readLOCCO(f File) ([]*refdata.Table, []Reject, error) {
	rows, rejects := records(f.Data)
	year := 0
	if len(rows) > 0 {
		year = yearIn(rows[0].cell(0))
	}
	effective, ends, err := f.calendarYear(year)
	if err != nil {
		return nil, rejects, err
	}
	b := refdata.NewBuilder(f.describe(refdata.Meta{ID: "mpfs.counties", Title: "Counties of the fee schedule's localities",
		Effective: effective, Ends: ends, Release: f.release(""), Columns: loccoColumns, Cite: "42 CFR 414.4"}))
	state := ""
	for _, r := range rows {
		if r.cell(1) == "" || strings.HasPrefix(strings.ToUpper(r.cell(1)), "LOCALITY") {
			continue // title, heading, notes
		}
		mac, ok1 := digits(strings.Trim(r.cell(0), "* "), 5)
		loc, ok2 := digits(strings.Trim(r.cell(1), "* "), 2)
		if !ok1 || !ok2 {
			rejects = append(rejects, Reject{r.line, "locality", r.cell(0) + " " + r.cell(1), "not a contractor and locality number"})
			continue
		}
		if r.cell(2) != "" { // a state's name stands on its first line only
			state = r.cell(2)
		}
		if err := b.Add(mac, loc, state, strings.TrimRight(r.cell(3), "* "), r.cell(4)); err != nil {
			return nil, rejects, err
		}
	}
	if b.Rows() == 0 {
		return nil, rejects, fmt.Errorf("%s holds no locality that could be read", f.Name)
	}
	return []*refdata.Table{b.Table()}, rejects, nil
}
