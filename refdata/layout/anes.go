// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"fmt"
	"strings"

	"github.com/woodlawn-health/woodlawn/refdata"
)

// ANES is the file of anesthesia conversion factors by locality, the CSV of CMS's
// quarterly RVU zip (ANES2025.csv). A file with a second factor, for qualifying
// APM participants (since 2026), fills column cf_qualifying_apm.
var ANES = Layout{
	Name:     "ANES",
	Describe: "anesthesia conversion factors by locality (CSV in the quarterly RVU zip)",
	Match: func(name string, head []byte) bool {
		return isCSV(name, head, "ANES", "NATIONAL ANES CF")
	},
	Read: readANES,
}

var anesColumns = []refdata.Column{
	{Name: "carrier", Kind: refdata.Text}, {Name: "locality", Kind: refdata.Text}, {Name: "name", Kind: refdata.Text},
	{Name: "cf", Kind: refdata.Number, Scale: 4}, {Name: "cf_qualifying_apm", Kind: refdata.Number, Scale: 4},
}

func readANES(f File) ([]*refdata.Table, []Reject, error) {
	rows, rejects := records(f.Data)
	head := -1
	var cols columns
	for i := range rows {
		if c := stack(rows[i:i+1], 0); c.find("CONTRACTOR") >= 0 && c.find("ANES") >= 0 {
			head, cols = i, c
			break
		}
	}
	if head < 0 {
		return nil, rejects, fmt.Errorf("%s: no heading line with Contractor and Anes CF; keep CMS's header lines", f.Name)
	}
	qualifying := cols.find("ANES", "QUALIFYING", "-NON")
	standard := cols.find("ANES", "NON")
	if qualifying < 0 {
		standard = cols.find("NATIONAL ANES CF")
	}
	if standard < 0 {
		return nil, rejects, fmt.Errorf("%s: no column with the conversion factor", f.Name)
	}
	effective, ends, err := f.calendarYear(yearIn(f.Name))
	if err != nil {
		return nil, rejects, err
	}
	b := refdata.NewBuilder(f.describe(refdata.Meta{ID: "mpfs.anesthesia", Title: "Anesthesia conversion factors by locality",
		Effective: effective, Ends: ends, Release: f.release(cols.names[standard]), Columns: anesColumns, Cite: "42 CFR 414.46(b)"}))
	for _, r := range rows[head+1:] {
		if r.blank() || r.cell(standard) == "" {
			continue
		}
		mac, ok1 := digits(r.cell(0), 5)
		loc, ok2 := digits(r.cell(1), 2)
		cf, err := decimal(r.cell(standard), 4)
		if !ok1 || !ok2 {
			rejects = append(rejects, Reject{r.line, "locality", r.cell(0) + " " + r.cell(1), "not a contractor and locality number"})
			continue
		}
		var apm int64
		if err == nil && qualifying >= 0 {
			apm, err = decimal(r.cell(qualifying), 4)
		}
		if err != nil || cf <= 0 || cf > 1000_0000 {
			rejects = append(rejects, Reject{r.line, "conversion factor", r.cell(standard), "not a conversion factor"})
			continue
		}
		if err := b.Add(mac, loc, strings.Trim(r.cell(2), "* "), cf, apm); err != nil {
			return nil, rejects, err
		}
	}
	if b.Rows() == 0 {
		return nil, rejects, fmt.Errorf("%s holds no locality that could be read", f.Name)
	}
	return []*refdata.Table{b.Table()}, rejects, nil
}
