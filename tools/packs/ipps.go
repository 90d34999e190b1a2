// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/refdata/layout"
)

func init() { builders["ipps"] = buildIPPS }

//go:embed ipps/*.csv
var ippsData embed.FS

func buildIPPS(from string) ([]*refdata.Table, error) {
	var tables []*refdata.Table
	base := filepath.Join(from, "data", "payment", "ipps")
	for _, name := range []string{"drgstable-2026.csv", "cbsa-wage-index-2026.csv", "ratex-2025.csv", "ratex-2026.csv",
		"outmigration-2026.csv", "midnight.csv", "newtech-costs-2026.csv", "claim-codes-2026.csv"} {
		list, err := readLayout(filepath.Join(base, "cms-pricer", name))
		if err != nil {
			return nil, err
		}
		for _, t := range list {
			if name == "ratex-2026.csv" {
				t.Note += " The file's own date is a year late; the sums agree with the FY 2026 final rule's 6,752.61 and the FY 2026 update factors."
			}
			tables = append(tables, t)
		}
	}
	cobol := filepath.Join(base, "fy2021-cobol-pricer")
	for _, build := range []func(string) (*refdata.Table, error){cobolDRG, cobolWageIndex, cobolRates, cobolOutmigration} {
		t, err := build(cobol)
		if err != nil {
			return nil, err
		}
		tables = append(tables, t)
	}
	tech, err := newTech2021(filepath.Join(base, "pricer-cases", "README.md"))
	if err != nil {
		return nil, err
	}
	tables = append(tables, tech...)
	own, err := ippsOwn(tables)
	return append(tables, own...), err
}

// readLayout reads a file through refdata/layout and accepts no reject.
func readLayout(path string) ([]*refdata.Table, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f := layout.File{Name: filepath.Base(path), Data: data}
	l, err := layout.Find(f)
	if err != nil {
		return nil, err
	}
	tables, rejects, err := l.Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, err)
	}
	// The release's claim codes hold a test code; nothing else may be refused.
	if len(rejects) > 0 {
		return nil, fmt.Errorf("%s: %d rejects, first %s", f.Name, len(rejects), rejects[0])
	}
	return tables, nil
}

// The FY 2021 tables stand in the COBOL pricer's copybooks.
const cobolSource = "CMS IPPS Pricer 2021.5 (COBOL)"

func meta2021(id, title, member string, data []byte, columns []refdata.Column) refdata.Meta {
	first, last := layout.FiscalYear(2021)
	f := layout.File{Data: data}
	return refdata.Meta{ID: id, Version: first.String(), Title: title, Effective: first, Ends: last,
		Source: cobolSource + ", " + member, Release: "2021.5", SourceSHA256: f.SHA256(), Verified: true, Columns: columns}
}

func gunzip(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

var literal = regexp.MustCompile(`'([^']*)'`)

// literals are the quoted VALUEs of a copybook that have the length given.
func literals(data []byte, length int) []string {
	var out []string
	for _, m := range literal.FindAllSubmatch(data, -1) {
		if len(m[1]) == length {
			out = append(out, string(m[1]))
		}
	}
	return out
}

// implied puts the point into digits with implied decimals.
func implied(digits string, decimals int) string {
	return digits[:len(digits)-decimals] + "." + digits[len(digits)-decimals:]
}

func cobolDRG(dir string) (*refdata.Table, error) {
	data, err := gunzip(filepath.Join(dir, "DRGSX211.cpy.gz"))
	if err != nil {
		return nil, err
	}
	b := refdata.NewBuilder(meta2021("ipps.drg", "MS-DRG weights, lengths of stay, transfer flags", "DRGSX211", data, layout.IPPSDRGColumns))
	for _, s := range literals(data, 57) {
		err := b.Add(s[:3], implied(s[4:10], 4), implied(s[11:14], 1), implied(s[21:24], 1),
			strings.TrimSpace(s[26:27]), strings.TrimSpace(s[28:29]), strings.TrimSpace(s[31:]))
		if err != nil {
			return nil, err
		}
	}
	if b.Rows() != 767 {
		return nil, fmt.Errorf("DRGSX211: %d rows, expected 767", b.Rows())
	}
	return b.Table(), nil
}

func cobolWageIndex(dir string) (*refdata.Table, error) {
	data, err := gunzip(filepath.Join(dir, "CBSA212.txt.gz"))
	if err != nil {
		return nil, err
	}
	b := refdata.NewBuilder(meta2021("ipps.wageindex", "Wage index by labour market area", "CBSA212", data, layout.IPPSWageIndexColumns))
	sc := bufio.NewScanner(bytes.NewReader(data))
	for sc.Scan() {
		line := sc.Text()
		if len(line) < 36 {
			continue
		}
		cbsa := strings.TrimSpace(line[:5])
		day, err := civil.ParseCompact(line[6:14])
		if err != nil {
			return nil, err
		}
		// The pricer needs the rows of the year, and the Indian Health Service's.
		if day.FiscalYear() != 2021 && cbsa != "98" && cbsa != "99" {
			continue
		}
		name := strings.ToValidUTF8(strings.TrimSpace(line[36:]), "?")
		err = b.Add(cbsa, strings.TrimSpace(line[5:6]), day, implied(line[15:21], 4), implied(line[22:28], 4),
			implied(line[29:35], 4), "", name)
		if err != nil {
			return nil, err
		}
	}
	return b.Table(), sc.Err()
}

var rateLine = regexp.MustCompile(`(?s)TB(\d)-NAT\s+PIC X\(30\) VALUE\s+' (\d{7}) (\d{6}) (\d{7}) (\d{6})'`)

func cobolRates(dir string) (*refdata.Table, error) {
	data, err := gunzip(filepath.Join(dir, "RATEX213.cpy.gz"))
	if err != nil {
		return nil, err
	}
	meta := meta2021("ipps.rates", "Operating standardised amounts", "RATEX213", data, layout.IPPSRatesColumns)
	meta.Note = "Tables 1 to 8: quality and EHR status by wage index above 1 or not; national scope (the Puerto Rico scopes are retired)."
	meta.Cite = "42 CFR 412.64(d)"
	b := refdata.NewBuilder(meta)
	for _, m := range rateLine.FindAllSubmatch(data, -1) {
		n, _ := strconv.Atoi(string(m[1]))
		if !bytes.Equal(m[2], m[4]) || !bytes.Equal(m[3], m[5]) {
			return nil, fmt.Errorf("RATEX213 table %d: large and other urban areas differ", n)
		}
		if err := b.Add(n, implied(string(m[2]), 2), implied(string(m[3]), 2)); err != nil {
			return nil, err
		}
	}
	if b.Rows() != 8 {
		return nil, fmt.Errorf("RATEX213: %d tables, expected 8", b.Rows())
	}
	return b.Table(), nil
}

func cobolOutmigration(dir string) (*refdata.Table, error) {
	data, err := gunzip(filepath.Join(dir, "HOUTI212.cpy.gz"))
	if err != nil {
		return nil, err
	}
	meta := meta2021("ipps.outmigration", "Out-migration adjustment by county", "HOUTI212", data, layout.IPPSOutmigrationColumns)
	meta.Cite = "42 CFR 412.64(i)"
	b := refdata.NewBuilder(meta)
	for _, s := range literals(data, 20) {
		day, err := civil.ParseCompact(s[12:20])
		if err != nil || day.FiscalYear() != 2021 {
			continue // other years and the end mark
		}
		if err := b.Add(s[:5], day, implied(s[6:11], 4)); err != nil {
			return nil, err
		}
	}
	return b.Table(), nil
}

// readOwn reads a data file of this tool.
func readOwn(name string) ([]map[string]string, error) {
	f, err := ippsData.Open("ipps/" + name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var rows []map[string]string
	for _, rec := range records[1:] {
		row := map[string]string{}
		for i, v := range rec {
			row[records[0][i]] = v
		}
		rows = append(rows, row)
	}
	return rows, nil
}
