// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"fmt"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// OPPSCAP is the file of imaging prices under the OPPS cap by locality, the CSV of
// CMS's quarterly RVU zip (OPPSCAP_Oct.csv).
var OPPSCAP = Layout{
	Name:     "OPPSCAP",
	Describe: "imaging payment amounts under the OPPS cap by locality (CSV in the quarterly RVU zip)",
	Match: func(name string, head []byte) bool {
		return isCSV(name, head, "OPPSCAP", "HCPCS,MOD,PROCSTAT,CARRIER,LOCALITY,FACILITY PRICE")
	},
	Read: readOPPSCAP,
}

var oppscapColumns = []refdata.Column{
	{Name: "hcpcs", Kind: refdata.Text}, {Name: "mod", Kind: refdata.Text}, {Name: "status", Kind: refdata.Text},
	{Name: "carrier", Kind: refdata.Text}, {Name: "locality", Kind: refdata.Text},
	{Name: "facility", Kind: refdata.Number, Scale: 2}, {Name: "nonfacility", Kind: refdata.Number, Scale: 2},
}

func readOPPSCAP(f File) ([]*refdata.Table, []Reject, error) {
	rows, rejects := records(f.Data)
	name := strings.ToUpper(f.Name)
	month := time.January
	for m, mark := range map[time.Month]string{time.April: "_APR", time.July: "_JUL", time.October: "_OCT"} {
		if strings.Contains(name, mark) {
			month = m
		}
	}
	var from, to civil.Date
	year := yearIn(name)
	if y := f.Options["year"]; y != "" {
		year = yearIn(y)
	}
	if year > 0 {
		from, to = civil.Of(year, month, 1), civil.Of(year, time.December, 31)
	}
	effective, ends, err := f.period(from, to)
	if err != nil {
		return nil, rejects, fmt.Errorf("%w (or the year with --year)", err)
	}
	b := refdata.NewBuilder(f.describe(refdata.Meta{ID: "mpfs.oppscap", Title: "Imaging payment amounts under the OPPS cap",
		Effective: effective, Ends: ends, Release: f.release(""), Columns: oppscapColumns, Cite: "42 CFR 414.22(b)(3)(ii); section 1848(b)(4) of the Act"}))
	for i, r := range rows {
		if r.blank() || i == 0 && strings.EqualFold(r.cell(0), "HCPCS") || len(r.cell(0)) <= 1 && r.cell(1) == "" {
			continue
		}
		mac, ok1 := digits(r.cell(3), 5)
		loc, ok2 := digits(r.cell(4), 2)
		if !isHCPCS(r.cell(0)) || !ok1 || !ok2 {
			rejects = append(rejects, Reject{r.line, "key", r.cell(0) + " " + r.cell(3) + " " + r.cell(4), "not a code with a contractor and locality number"})
			continue
		}
		fac, err1 := decimal(r.cell(5), 2)
		non, err2 := decimal(r.cell(6), 2)
		if err1 != nil || err2 != nil || fac < 0 || non < 0 {
			rejects = append(rejects, Reject{r.line, "price", r.cell(5) + " " + r.cell(6), "not an amount"})
			continue
		}
		if err := b.Add(r.cell(0), r.cell(1), r.cell(2), mac, loc, fac, non); err != nil {
			return nil, rejects, err
		}
	}
	if b.Rows() == 0 {
		return nil, rejects, fmt.Errorf("%s holds no price that could be read", f.Name)
	}
	return []*refdata.Table{b.Table()}, rejects, nil
}
