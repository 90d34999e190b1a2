// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// ZIP5 is the 80-column file of ZIP codes with carrier and locality that CMS
// publishes each quarter (ZIP5_OCT2025.txt).
var ZIP5 = Layout{
	Name:     "ZIP5",
	Describe: "ZIP code to carrier and locality file, five digits (80-column text)",
	Match:    func(name string, _ []byte) bool { return strings.HasPrefix(name, "ZIP5") },
	Read:     func(f File) ([]*refdata.Table, []Reject, error) { return readZIP(f, false) },
}

// ZIP9 has the nine-digit ZIP codes of those areas that a locality's border divides
// (ZIP9_OCT2025.txt): ZIP5 with the four further digits in columns 22 to 25.
var ZIP9 = Layout{
	Name:     "ZIP9",
	Describe: "ZIP code to carrier and locality file, nine digits (80-column text)",
	Match:    func(name string, _ []byte) bool { return strings.HasPrefix(name, "ZIP9") },
	Read:     func(f File) ([]*refdata.Table, []Reject, error) { return readZIP(f, true) },
}

// ZIPColumns are the columns of table mpfs.zip: the locality of a five-digit ZIP
// code. plus4 is 1 where a locality's border divides the area.
var ZIPColumns = []refdata.Column{
	{Name: "zip", Kind: refdata.Number}, {Name: "carrier", Kind: refdata.Text}, {Name: "locality", Kind: refdata.Text},
	{Name: "plus4", Kind: refdata.Number}, {Name: "effective", Kind: refdata.Day}, {Name: "ends", Kind: refdata.Day},
}

// ZIP9Columns are those of table mpfs.zip9: runs of nine-digit ZIP codes, low to
// high, that lie in a locality.
var ZIP9Columns = []refdata.Column{
	{Name: "zip", Kind: refdata.Number}, {Name: "low", Kind: refdata.Number}, {Name: "high", Kind: refdata.Number},
	{Name: "carrier", Kind: refdata.Text}, {Name: "locality", Kind: refdata.Text},
	{Name: "effective", Kind: refdata.Day}, {Name: "ends", Kind: refdata.Day},
}

// zipRecord is one line: state 1-2, ZIP 3-7, carrier 8-12, locality 13-14, rural
// indicator 15, plus-four flag 21, plus four 22-25 (ZIP9), year and quarter 76-80.
type zipRecord struct {
	zip, plus4        int
	carrier, locality string
	flag              byte
	quarter           string
}

func readZIP(f File, nine bool) ([]*refdata.Table, []Reject, error) {
	var rejects []Reject
	var list []zipRecord
	for n, line := range bytes.Split(f.Data, []byte("\n")) {
		line = bytes.TrimRight(line, "\r")
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		z, bad := parseZIP(string(line), nine)
		if bad.Reason != "" {
			bad.Line = n + 1
			rejects = append(rejects, bad)
			continue
		}
		list = append(list, z)
	}
	if len(list) == 0 {
		return nil, rejects, fmt.Errorf("%s holds no ZIP code that could be read (80 columns, year and quarter in 76 to 80)", f.Name)
	}
	year, _ := strconv.Atoi(list[0].quarter[:4])
	q := int(list[0].quarter[4] - '0')
	effective, ends, err := f.period(civil.Of(year, time.Month(3*q-2), 1), 0)
	if err != nil {
		return nil, rejects, err
	}
	meta := refdata.Meta{ID: "mpfs.zip", Title: "Localities of ZIP codes", Effective: effective, Ends: ends,
		Release: f.release(list[0].quarter), Columns: ZIPColumns, Cite: "Pub. 100-04 ch. 1, 10.1.1"}
	if nine {
		meta.ID, meta.Title, meta.Columns = "mpfs.zip9", "Localities of nine-digit ZIP codes", ZIP9Columns
	}
	b := refdata.NewBuilder(f.describe(meta))
	for i := 0; i < len(list); {
		z := list[i]
		i++
		if !nine {
			if err := b.Add(z.zip, z.carrier, z.locality, int(z.flag-'0'), effective, ends); err != nil {
				return nil, rejects, err
			}
			continue
		}
		high := z.plus4
		for i < len(list) && list[i].zip == z.zip && list[i].plus4 == high+1 && list[i].carrier == z.carrier && list[i].locality == z.locality {
			high++
			i++
		}
		if err := b.Add(z.zip, z.plus4, high, z.carrier, z.locality, effective, ends); err != nil {
			return nil, rejects, err
		}
	}
	return []*refdata.Table{b.Table()}, rejects, nil
}

func parseZIP(line string, nine bool) (z zipRecord, bad Reject) {
	if len(line) < 80 {
		return z, Reject{Field: "record", Value: line[:min(len(line), 14)], Reason: fmt.Sprintf("%d columns, not 80", len(line))}
	}
	var err error
	if z.zip, err = number(line[2:7]); err != nil {
		return z, Reject{Field: "ZIP code", Value: line[2:7], Reason: "not five digits"}
	}
	var ok1, ok2 bool
	z.carrier, ok1 = digits(line[7:12], 5)
	z.locality, ok2 = digits(line[12:14], 2)
	if !ok1 || !ok2 {
		return z, Reject{Field: "carrier and locality", Value: line[7:14], Reason: "not five and two digits"}
	}
	if z.flag = line[20]; z.flag != '0' && z.flag != '1' {
		return z, Reject{Field: "plus-four flag", Value: line[20:21], Reason: "not 0 or 1"}
	}
	if nine {
		if z.plus4, err = number(line[21:25]); err != nil {
			return z, Reject{Field: "plus four", Value: line[21:25], Reason: "not four digits"}
		}
	}
	z.quarter = line[75:80]
	if n, err := number(z.quarter); err != nil || n/10 < 1992 || n/10 > 2199 || n%10 < 1 || n%10 > 4 {
		return z, Reject{Field: "year and quarter", Value: z.quarter, Reason: "not a year and a quarter from 1 to 4"}
	}
	return z, bad
}

// number reads unsigned digits alone, which strconv is more generous with.
func number(s string) (int, error) {
	if _, ok := digits(s, len(s)); !ok {
		return 0, strconv.ErrSyntax
	}
	return strconv.Atoi(s)
}
