// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/woodlawn-health/woodlawn/refdata"
)

// ANESBASE is the list of anesthesia base units by code. CMS publishes it as a
// workbook ("Anesthesia Base Units by CPT Code"); save its sheet as CSV. Any CSV
// with a column for the code and one for the base unit in its heading is read.
var ANESBASE = Layout{
	Name:     "ANESBASE",
	Describe: "anesthesia base units by code (CMS's workbook saved as CSV)",
	Match: func(name string, head []byte) bool {
		return strings.HasSuffix(name, ".CSV") && bytes.Contains(bytes.ToUpper(head), []byte("BASE UNIT"))
	},
	Read: readANESBASE,
}

var anesbaseColumns = []refdata.Column{
	{Name: "hcpcs", Kind: refdata.Text}, {Name: "base", Kind: refdata.Number, Scale: 1},
	{Name: "effective", Kind: refdata.Day}, {Name: "ends", Kind: refdata.Day},
	{Name: "cite", Kind: refdata.Text}, {Name: "verified", Kind: refdata.Text},
}

func readANESBASE(f File) ([]*refdata.Table, []Reject, error) {
	rows, rejects := records(f.Data)
	head, code, base := -1, -1, -1
	for i := range rows {
		cols := stack(rows[i:i+1], 0)
		if code, base = cols.find("CODE"), cols.find("BASE UNIT", "-CODE"); code >= 0 && base >= 0 {
			head = i
			break
		}
	}
	if head < 0 {
		return nil, rejects, fmt.Errorf("%s: no heading line with the code and its base unit", f.Name)
	}
	effective, ends, err := f.calendarYear(yearIn(f.Name))
	if err != nil {
		return nil, rejects, err
	}
	b := refdata.NewBuilder(f.describe(refdata.Meta{ID: "mpfs.anesthesia-base", Title: "Base units of anesthesia services",
		Effective: effective, Ends: ends, Release: f.release(""), Columns: anesbaseColumns, Cite: "42 CFR 414.46(a)(1)"}))
	for _, r := range rows[head+1:] {
		if r.blank() || r.cell(base) == "" {
			continue
		}
		text, ok := digits(r.cell(code), 5) // a spreadsheet drops the leading zeros
		n, err := decimal(r.cell(base), 1)
		if !ok || err != nil || n < 0 || n > 1000 {
			rejects = append(rejects, Reject{r.line, "base unit", r.cell(code) + " " + r.cell(base), "not a code with its base units"})
			continue
		}
		if err := b.Add(text, n, effective, ends, "CMS "+f.Name, "yes"); err != nil {
			return nil, rejects, err
		}
	}
	if b.Rows() == 0 {
		return nil, rejects, fmt.Errorf("%s holds no base unit that could be read", f.Name)
	}
	return []*refdata.Table{b.Table()}, rejects, nil
}
