// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// x12CodesHeader is the first line of an adjustment code file, up to the column that
// may be left out.
const x12CodesHeader = "list,code,effective,ends,groups,text"

// X12Codes is the layout in which users bring their own, licensed list of adjustment
// codes; Woodlawn ships only the codes that its own outputs use.
var X12Codes = Layout{
	Name:     "X12CODES",
	Describe: "adjustment codes as CSV: " + x12CodesHeader + "[,verified]; list is CARC, RARC or PLB, groups are those a CARC may stand with",
	Match: func(_ string, head []byte) bool {
		return bytes.HasPrefix(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), []byte(x12CodesHeader))
	},
	Read: readX12Codes,
}

func readX12Codes(f File) ([]*refdata.Table, []Reject, error) {
	release := f.Options["release"]
	if release == "" {
		return nil, nil, errors.New("say which release of the code list this is: --release 2026-11-01")
	}
	b := refdata.NewBuilder(refdata.Meta{
		ID: "x12.adjustments", Version: release, Title: "Adjustment codes: CARC, RARC and PLB",
		Effective: civil.Of(1995, 1, 1), Source: f.Name, Release: release, SourceSHA256: f.SHA256(),
		Note: "each row has dates of its own, and says whether they were checked",
		Columns: []refdata.Column{{Name: "list", Kind: refdata.Text}, {Name: "code", Kind: refdata.Text}, {Name: "effective", Kind: refdata.Day},
			{Name: "ends", Kind: refdata.Day}, {Name: "groups", Kind: refdata.Text}, {Name: "text", Kind: refdata.Text}, {Name: "verified", Kind: refdata.Text}},
	})
	var rejects []Reject
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(f.Data, []byte("\xef\xbb\xbf"))))
	r.FieldsPerRecord, r.ReuseRecord = -1, true
	for first := true; ; first = false {
		row, err := r.Read()
		if err == io.EOF {
			break
		}
		line, _ := r.FieldPos(0)
		if err != nil {
			var parse *csv.ParseError
			if !errors.As(err, &parse) {
				return nil, rejects, err
			}
			rejects = append(rejects, Reject{Line: parse.Line, Reason: parse.Err.Error()})
			continue
		}
		if first {
			continue
		}
		if reject := addX12Code(b, row); reject != nil {
			reject.Line = line
			rejects = append(rejects, *reject)
		}
	}
	if b.Rows() == 0 {
		return nil, rejects, fmt.Errorf("%s has no code that could be read", f.Name)
	}
	return []*refdata.Table{b.Table()}, rejects, nil
}

// addX12Code adds a row, or says why it cannot.
func addX12Code(b *refdata.Builder, row []string) *Reject {
	if len(row) < 6 || len(row) > 7 {
		return &Reject{Field: "columns", Value: fmt.Sprint(len(row)), Reason: "a row has six or seven columns"}
	}
	if l := row[0]; l != "CARC" && l != "RARC" && l != "PLB" {
		return &Reject{Field: "list", Value: l, Reason: "not CARC, RARC or PLB"}
	}
	if n := len(row[1]); n == 0 || n > 5 {
		return &Reject{Field: "code", Value: row[1], Reason: "a code has one to five characters"}
	}
	var dates [2]civil.Date
	for i, name := range [...]string{"effective", "ends"} {
		s := row[2+i]
		if s == "" && i == 1 {
			continue
		}
		d, err := civil.ParseISO(s)
		if err != nil {
			return &Reject{Field: name, Value: s, Reason: "not a date CCYY-MM-DD"}
		}
		dates[i] = d
	}
	for g := range strings.FieldsSeq(row[4]) {
		if g != "CO" && g != "PR" && g != "OA" && g != "PI" {
			return &Reject{Field: "groups", Value: g, Reason: "not CO, PR, OA or PI"}
		}
	}
	verified := "no"
	if len(row) == 7 && row[6] == "yes" {
		verified = "yes"
	}
	if err := b.Add(row[0], row[1], dates[0], dates[1], row[4], row[5], verified); err != nil {
		return &Reject{Field: "row", Reason: err.Error()}
	}
	return nil
}
