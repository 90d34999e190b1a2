// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// PFREV is CMS's file of final prices by locality: PFALL (all codes) and PFREV (the
// codes that a quarter revised), quoted comma separated text. Woodlawn computes
// prices; this table is there to compare.
var PFREV = Layout{
	Name:     "PFREV",
	Describe: "physician fee schedule payment amounts by locality (PFALL, PFREV)",
	Match: func(name string, head []byte) bool {
		return strings.HasPrefix(name, "PFREV") || strings.HasPrefix(name, "PFALL") ||
			len(head) > 20 && bytes.HasPrefix(head, []byte(`"20`)) && bytes.Equal(head[5:8], []byte(`","`)) && bytes.Equal(head[13:16], []byte(`","`))
	},
	Read: readPFREV,
}

var pfrevColumns = []refdata.Column{
	{Name: "carrier", Kind: refdata.Text}, {Name: "locality", Kind: refdata.Text}, {Name: "hcpcs", Kind: refdata.Text}, {Name: "mod", Kind: refdata.Text},
	{Name: "nonfacility", Kind: refdata.Number, Scale: 2}, {Name: "facility", Kind: refdata.Number, Scale: 2},
	{Name: "pctc", Kind: refdata.Text}, {Name: "status", Kind: refdata.Text}, {Name: "mult", Kind: refdata.Text},
	{Name: "therapy_nonfacility", Kind: refdata.Number, Scale: 2}, {Name: "therapy_facility", Kind: refdata.Number, Scale: 2},
	{Name: "opps", Kind: refdata.Text},
	{Name: "opps_nonfacility", Kind: refdata.Number, Scale: 2}, {Name: "opps_facility", Kind: refdata.Number, Scale: 2},
}

// pfrevAt is where in the file each column stands; the file's first field is the year.
var pfrevAt = []int{1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15}

func readPFREV(f File) ([]*refdata.Table, []Reject, error) {
	rows, rejects := records(f.Data)
	year := 0
	var b *refdata.Builder
	for _, r := range rows {
		if r.blank() || strings.HasPrefix(r.cell(0), "TRL") || strings.HasPrefix(r.cell(0), "HDR") {
			continue
		}
		y := yearIn(r.cell(0))
		if y == 0 || len(r.cells) < 16 || !isHCPCS(r.cell(3)) || b != nil && y != year {
			rejects = append(rejects, Reject{r.line, "record", r.cell(0), "not a price record of the file's year"})
			continue
		}
		if b == nil {
			year = y
			effective, ends, err := f.period(civil.Of(y, time.January, 1), civil.Of(y, time.December, 31))
			if err != nil {
				return nil, rejects, err
			}
			b = refdata.NewBuilder(f.describe(refdata.Meta{ID: "mpfs.published", Title: "Published physician fee schedule amounts",
				Effective: effective, Ends: ends, Release: f.release(""), Columns: pfrevColumns, Cite: "42 CFR 414.20"}))
		}
		row := make([]any, 0, len(pfrevColumns))
		for i, c := range pfrevColumns {
			text := r.cell(pfrevAt[i])
			if c.Kind == refdata.Text {
				row = append(row, text)
				continue
			}
			n, err := decimal(text, 2)
			if err != nil {
				rejects = append(rejects, Reject{r.line, c.Name, text, err.Error()})
				break
			}
			row = append(row, n)
		}
		if len(row) < len(pfrevColumns) {
			continue
		}
		if err := b.Add(row...); err != nil {
			return nil, rejects, err
		}
	}
	if b == nil || b.Rows() == 0 {
		return nil, rejects, fmt.Errorf("%s holds no price that could be read", f.Name)
	}
	return []*refdata.Table{b.Table()}, rejects, nil
}
