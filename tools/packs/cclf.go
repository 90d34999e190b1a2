// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
)

func init() { builders["cclf"] = buildCCLF }

// cclfLengths are the record lengths of each layout version, by file 1 to 9, A, B. Older
// versions are the head of the newer ones: CMS adds fields at the end. Those of 2018
// are the lengths that CMS's own CCLF0 samples print.
var cclfLengths = map[string][11]int{
	"2018": {292, 179, 94, 92, 363, 227, 195, 549, 55, 101, 93},
	"v36":  {437, 199, 114, 112, 388, 247, 195, 549, 55, 324, 128},
}

const cclfFiles = "123456789AB"

var (
	cclfBlank  = regexp.MustCompile(`[\s…]+`)
	cclfPrefix = "cclf_%s_v36.csv"
)

func buildCCLF(from string) ([]*refdata.Table, error) {
	layouts := vbcOpen("cclf.layouts", "v36", "Fields of the Claim and Claim Line Feed files", "CMS CCLF Information Packet, version 36",
		vbcText("file"), vbcNumber("element", 0), vbcText("name"), vbcNumber("start", 0), vbcNumber("length", 0), vbcText("kind"))
	layouts.Effective = civil.Of(2018, time.January, 1)
	layouts.Note = "positions from 1; add up without gaps and to the record length"
	b := refdata.NewBuilder(layouts)
	for _, file := range cclfFiles {
		path := filepath.Join(from, "data", "vbc", "cclf_layouts", fmt.Sprintf(cclfPrefix, strings.ToLower(string(file))))
		if err := addCCLF(b, path, string(file)); err != nil {
			return nil, err
		}
	}
	lengths := vbcOpen("cclf.lengths", "v36", "Record lengths by layout version", "CMS CCLF Information Packet, version 36; CCLF0 files of 2018",
		vbcText("version"), vbcText("file"), vbcNumber("length", 0))
	lengths.Effective = civil.Of(2018, time.January, 1)
	l := refdata.NewBuilder(lengths)
	for _, version := range []string{"2018", "v36"} {
		for i, n := range cclfLengths[version] {
			if err := l.Add(version, string(cclfFiles[i]), n); err != nil {
				return nil, err
			}
		}
	}
	return []*refdata.Table{b.Table(), l.Table()}, nil
}

// addCCLF reads one layout; columns are element, label, name, start, end, length, format.
func addCCLF(b *refdata.Builder, path, file string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	for _, row := range rows[1:] {
		if len(row) < 7 || row[0] == "" {
			continue
		}
		name := cclfBlank.ReplaceAllString(row[1], "")
		if err := b.Add(file, row[0], name, row[3], row[5], cclfKind(name, row[6])); err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(path), err)
		}
	}
	return nil
}

// cclfKind names what a field holds: text, date, amount (money), number (decimals).
// Some amounts are given as text in CMS's packet; their names tell.
func cclfKind(name, format string) string {
	format = strings.ToUpper(cclfBlank.ReplaceAllString(format, ""))
	switch {
	case strings.HasPrefix(format, "YYYY"):
		return "date"
	case strings.HasSuffix(name, "_AMT"):
		return "amount"
	case strings.HasPrefix(format, "-9"), strings.HasSuffix(name, "_QTY"):
		return "number"
	}
	return "text"
}
