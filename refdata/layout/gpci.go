// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"fmt"
	"strings"

	"github.com/woodlawn-health/woodlawn/refdata"
)

// GPCI is the file of geographic practice cost indices, the CSV of CMS's quarterly
// RVU zip (GPCI2025.csv).
var GPCI = Layout{
	Name:     "GPCI",
	Describe: "geographic practice cost indices by locality (CSV in the quarterly RVU zip)",
	Match: func(name string, head []byte) bool {
		return isCSV(name, head, "GPCI", "GEOGRAPHIC PRACTICE COST INDICES")
	},
	Read: readGPCI,
}

var gpciColumns = []refdata.Column{
	{Name: "carrier", Kind: refdata.Text}, {Name: "locality", Kind: refdata.Text}, {Name: "state", Kind: refdata.Text},
	{Name: "name", Kind: refdata.Text},
	{Name: "work", Kind: refdata.Number, Scale: 3}, {Name: "pe", Kind: refdata.Number, Scale: 3}, {Name: "mp", Kind: refdata.Number, Scale: 3},
}

func readGPCI(f File) ([]*refdata.Table, []Reject, error) {
	rows, rejects := records(f.Data)
	head := -1
	var cols columns
	for i, r := range rows {
		c := stack(rows[i:i+1], 0)
		if c.find("LOCALITY NUMBER") >= 0 && c.find("PE GPCI") >= 0 && len(r.cells) >= 7 {
			head, cols = i, c
			break
		}
	}
	if head < 0 {
		return nil, rejects, fmt.Errorf("%s: no heading line with Locality Number and PE GPCI; keep CMS's header lines", f.Name)
	}
	carrier, state, locality, name := cols.find("MAC"), cols.find("STATE"), cols.find("LOCALITY NUMBER"), cols.find("LOCALITY NAME")
	// Where the file has the work index both without and with the 1.0 floor, it is
	// the floored one that pays.
	work := cols.find("PW GPCI", "WITH 1.0 FLOOR")
	if work < 0 {
		work = cols.find("PW GPCI")
	}
	at := []int{work, cols.find("PE GPCI"), cols.find("MP GPCI")}
	if carrier < 0 || work < 0 || at[2] < 0 {
		return nil, rejects, fmt.Errorf("%s: a column for the contractor, the work or the malpractice index is missing", f.Name)
	}
	year := yearIn(strings.Join(cols.names, " "))
	effective, ends, err := f.calendarYear(year)
	if err != nil {
		return nil, rejects, err
	}
	b := refdata.NewBuilder(f.describe(refdata.Meta{ID: "mpfs.gpci", Title: "Geographic practice cost indices", Effective: effective, Ends: ends,
		Release: f.release(""), Columns: gpciColumns, Cite: "42 CFR 414.26"}))
	for _, r := range rows[head+1:] {
		if r.blank() || r.cell(locality) == "" && r.cell(at[1]) == "" {
			continue // the notes below the table
		}
		mac, ok1 := digits(r.cell(carrier), 5)
		loc, ok2 := digits(r.cell(locality), 2)
		if !ok1 || !ok2 {
			rejects = append(rejects, Reject{r.line, "locality", r.cell(carrier) + " " + r.cell(locality), "not a contractor and locality number"})
			continue
		}
		row := []any{mac, loc, r.cell(state), strings.Trim(r.cell(name), "* ")}
		for k, c := range at {
			n, err := decimal(r.cell(c), 3)
			if err != nil || n <= 0 || n > 10_000 {
				rejects = append(rejects, Reject{r.line, gpciColumns[4+k].Name, r.cell(c), "not an index"})
				break
			}
			row = append(row, n)
		}
		if len(row) < len(gpciColumns) {
			continue
		}
		if err := b.Add(row...); err != nil {
			return nil, rejects, err
		}
	}
	if b.Rows() == 0 {
		return nil, rejects, fmt.Errorf("%s holds no locality that could be read", f.Name)
	}
	return []*refdata.Table{b.Table()}, rejects, nil
}
