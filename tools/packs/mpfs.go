// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/refdata/layout"
)

func init() { builders["mpfs"] = buildMPFS }

// rules are the fee schedule's dated rules, kept as text that a person reviews.
//
//go:embed mpfs/*.csv
var rules embed.FS

// demoCodes are the CPT codes of the demonstration claims, the only ones whose
// rows the binary carries: numbers, no descriptors. The test's parts (93005, 93010)
// are there for the multiple procedure rule of 93000.
var demoCodes = strings.Fields(`99203 99213 99214 99223 99232 99291 93000 93005 93010 93306 71046 72148 70553 45378 45385 43239
	27447 66984 97110 97140 11042 20610 00142 36415 76700 92014 29881 51798 43235 99204 45380 72141 22633`)

func buildMPFS(from string) ([]*refdata.Table, error) {
	year := map[string]string{"effective": "2025-01-01", "ends": "2025-12-31", "release": "RVU25D (October 2025)"}
	var tables []*refdata.Table
	for _, name := range []string{"PPRRVU2025_Oct.csv.gz", "GPCI2025.csv", "ANES2025.csv", "25LOCCO.csv"} {
		data, err := readMaybeGzip(filepath.Join(from, "data", "payment", "mpfs", "2025", name))
		if err != nil {
			return nil, err
		}
		f := layout.File{Name: strings.TrimSuffix(name, ".gz"), Data: data, Options: year}
		l, err := layout.Find(f)
		if err != nil {
			return nil, err
		}
		read, rejects, err := l.Read(f)
		if err != nil {
			return nil, err
		}
		for _, r := range rejects {
			fmt.Printf("%s: %s\n", name, r)
		}
		for _, t := range read {
			if t.ID == "mpfs.cf" {
				continue // the factors by date are a table of their own
			}
			if t.ID == "mpfs.rvu" {
				if t, err = shippable(t); err != nil {
					return nil, err
				}
			}
			tables = append(tables, t)
		}
	}
	zips, err := zipTables(filepath.Join(from, "data", "payment", "mpfs", "zip-locality"))
	if err != nil {
		return nil, err
	}
	tables = append(tables, zips...)
	dated, err := ruleTables()
	return append(tables, dated...), err
}

func readMaybeGzip(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			return nil, err
		}
	}
	return io.ReadAll(r)
}

// shippable keeps the rows of HCPCS Level II and those of the demonstration.
func shippable(t *refdata.Table) (*refdata.Table, error) {
	meta := t.Meta
	meta.Note = "HCPCS Level II without dental codes, and the CPT codes of the demonstration. CPT codes are the American Medical Association's: " +
		"import CMS's own PPRRVU file for all of them. The October release is used for the whole year."
	codes := t.Bind().Text("hcpcs")
	b := refdata.NewBuilder(meta)
	for r, code := range codes {
		if layout.IsCPT(code) && !slices.Contains(demoCodes, code) || code[0] == 'D' {
			continue
		}
		if err := copyRow(b, t, r); err != nil {
			return nil, err
		}
	}
	return b.Table(), nil
}

func copyRow(b *refdata.Builder, t *refdata.Table, row int) error {
	values := make([]any, len(t.Columns))
	for i, c := range t.Columns {
		values[i] = t.Cell(row, i)
		if c.Kind == refdata.Day {
			day, err := dayOf(t.Cell(row, i))
			if err != nil {
				return err
			}
			values[i] = day
		}
	}
	return b.Add(values...)
}

func dayOf(s string) (civil.Date, error) {
	if s == "" {
		return 0, nil
	}
	return civil.ParseISO(s)
}

// ruleTables packs the dated rules. Each file's columns are text but for dates and
// the named numbers.
func ruleTables() ([]*refdata.Table, error) {
	var tables []*refdata.Table
	for _, d := range []struct {
		file, id, title, note string
		scales                map[string]uint8
	}{
		{"policy", "mpfs.policy", "Shares and percentages of the physician fee schedule's payment rules", "", map[string]uint8{"value": 4}},
		{"practitioners", "mpfs.practitioners", "Shares of the fee schedule by kind of practitioner", "by the start of the taxonomy code", map[string]uint8{"share": 4}},
		{"pos", "mpfs.pos", "Facility or non-facility payment by place of service", "hospital: technical services there are the hospital's", nil},
		{"status", "mpfs.status", "Outcomes of the fee schedule's status indicators", "", nil},
		{"denials", "mpfs.denials", "Adjustment group, reason and remark codes of denials", "", nil},
		{"visits", "mpfs.visits", "Visits that a global package includes", "ranges of codes", nil},
		{"anesthesia_base", "mpfs.anesthesia-base", "Base units of anesthesia services", "", map[string]uint8{"base": 1}},
		{"cf", "mpfs.cf", "Physician fee schedule conversion factors", "", map[string]uint8{"cf": 4}},
	} {
		data, err := rules.ReadFile("mpfs/" + d.file + ".csv")
		if err != nil {
			return nil, err
		}
		rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", d.file, err)
		}
		meta := refdata.Meta{ID: d.id, Version: "2026-11", Title: d.title, Effective: civil.Of(1992, time.January, 1),
			Source: "42 CFR part 414; CMS Pub. 100-04; the rows cite their own", Note: d.note}
		for _, name := range rows[0] {
			c := refdata.Column{Name: name, Kind: refdata.Text}
			if scale, ok := d.scales[name]; ok {
				c.Kind, c.Scale = refdata.Number, scale
			}
			if name == "effective" || name == "ends" {
				c.Kind = refdata.Day
			}
			meta.Columns = append(meta.Columns, c)
		}
		b := refdata.NewBuilder(meta)
		for _, row := range rows[1:] {
			values := make([]any, len(row))
			for i, c := range meta.Columns {
				values[i] = row[i]
				if c.Kind == refdata.Day {
					if values[i], err = dayOf(row[i]); err != nil {
						return nil, fmt.Errorf("%s: %w", d.file, err)
					}
				}
			}
			if err := b.Add(values...); err != nil {
				return nil, err
			}
		}
		tables = append(tables, b.Table())
	}
	return tables, nil
}
