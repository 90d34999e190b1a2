// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/refdata/layout"
)

type refdataImportCmd struct {
	Files      []string `arg:"" name:"file" help:"CMS's files as published, or the zip that holds them." type:"path"`
	Release    string   `help:"Name of the release, if the file does not tell." placeholder:"R"`
	Effective  string   `help:"First date of service (CCYY-MM-DD), if other than the file tells." placeholder:"DATE"`
	Ends       string   `help:"Last date of service." placeholder:"DATE"`
	Year       string   `help:"Calendar year of a file whose name and heading do not tell." placeholder:"CCYY"`
	DryRun     bool     `help:"Read and check, write nothing."`
	CPTLicense bool     `name:"cpt-license" help:"I hold the AMA's licence to use CPT codes (needed for files that carry them)."`
}

// maxImport bounds a file that is read whole.
const maxImport = 1 << 30

// shownRejects bounds the rejects that are printed for one file.
const shownRejects = 20

// imported is what one file gave.
type imported struct {
	name    string
	layout  string
	tables  []*refdata.Table
	rejects []layout.Reject
}

func (c refdataImportCmd) Run(a *App) error {
	if a.Data == "" {
		return &ExitError{ExitUsage, errors.New("no folder for imported tables; name one with --data or WOODLAWN_DATA")}
	}
	cat, err := a.Catalog()
	if err != nil {
		return err
	}
	var all []imported
	for _, path := range c.Files { // all are read before anything is written
		got, err := c.read(a, path)
		if err != nil {
			return err
		}
		all = append(all, got...)
	}
	if !c.CPTLicense {
		for _, f := range all {
			if hasCPT(f.tables) {
				return &ExitError{ExitUsage, fmt.Errorf("%s carries CPT codes, copyright American Medical Association; "+
					"if you hold the AMA's licence to use them, repeat with --cpt-license", f.name)}
			}
		}
	}
	rejects := 0
	for _, f := range all {
		rejects += len(f.rejects)
		for _, t := range f.tables {
			fmt.Fprintf(a.Out, "%s (%s): %s %s, %d rows, from %s%s\n", f.name, f.layout, t.ID, t.Version, t.Rows, t.Effective, until(t))
			for _, line := range replaced(cat, t) {
				fmt.Fprintf(a.Out, "  %s\n", line)
			}
			if c.DryRun {
				continue
			}
			if err := os.MkdirAll(a.Data, 0o755); err != nil {
				return &ExitError{ExitInternal, err}
			}
			if err := t.WriteFile(filepath.Join(a.Data, t.FileName())); err != nil {
				return &ExitError{ExitInternal, err}
			}
		}
		for i, r := range f.rejects {
			if i == shownRejects {
				fmt.Fprintf(a.Err, "woodlawn: %s: %d more records set aside\n", f.name, len(f.rejects)-i)
				break
			}
			fmt.Fprintf(a.Err, "woodlawn: %s: %s\n", f.name, r)
		}
	}
	if c.DryRun {
		fmt.Fprintln(a.Out, "nothing was written (--dry-run)")
	}
	if rejects > 0 {
		return &ExitError{ExitRejects, fmt.Errorf("%d records were set aside", rejects)}
	}
	return nil
}

func until(t *refdata.Table) string {
	if t.Ends.IsZero() {
		return ""
	}
	return " to " + t.Ends.String()
}

// replaced says what the new table takes the place of.
func replaced(cat *refdata.Catalog, t *refdata.Table) (lines []string) {
	for _, m := range cat.Versions(t.ID) {
		switch {
		case m.Imported && m.Version == t.Version:
			lines = append(lines, fmt.Sprintf("replaces the imported %s %s (%d rows, %s)", m.ID, m.Version, m.Rows, m.Source))
		case !m.Imported && (t.Ends.IsZero() || !m.Effective.After(t.Ends)) && (m.Ends.IsZero() || !t.Effective.After(m.Ends)):
			lines = append(lines, fmt.Sprintf("goes before the program's own %s %s (%d rows)", m.ID, m.Version, m.Rows))
		}
	}
	return lines
}

// hasCPT tells whether a table is keyed by codes some of which are CPT.
func hasCPT(tables []*refdata.Table) bool {
	for _, t := range tables {
		for i, col := range t.Columns {
			if col.Name != "hcpcs" {
				continue
			}
			for r := range t.Rows {
				if layout.IsCPT(t.Cell(r, i)) {
					return true
				}
			}
		}
	}
	return false
}

// read reads a file, or every file of a zip that has a known layout.
func (c refdataImportCmd) read(a *App, path string) ([]imported, error) {
	if !strings.EqualFold(filepath.Ext(path), ".zip") {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		one, err := c.readOne(filepath.Base(path), data)
		return []imported{one}, err
	}
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	defer z.Close()
	if c.Year == "" {
		c.Year = yearOf(z.File)
	}
	var all []imported
	for _, member := range z.File {
		if member.FileInfo().IsDir() {
			continue
		}
		data, err := readMember(member)
		if err != nil {
			return nil, fmt.Errorf("%s in %s: %w", member.Name, filepath.Base(path), err)
		}
		name := filepath.Base(member.Name)
		if _, err := layout.Find(layout.File{Name: name, Data: data}); err != nil {
			fmt.Fprintf(a.Err, "woodlawn: %s: passed over, no known layout\n", name)
			continue
		}
		one, err := c.readOne(name, data)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s holds no file with a layout that Woodlawn reads", filepath.Base(path))
	}
	return all, nil
}

// yearOf is the calendar year of a quarterly RVU zip, from the name of its PPRRVU
// file: the file of OPPS caps does not tell its own.
func yearOf(members []*zip.File) string {
	for _, m := range members {
		if rest, ok := strings.CutPrefix(strings.ToUpper(filepath.Base(m.Name)), "PPRRVU20"); ok && len(rest) >= 2 {
			return "20" + rest[:2]
		}
	}
	return ""
}

func readMember(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, maxImport+1))
	if err == nil && len(data) > maxImport {
		err = fmt.Errorf("more than %d bytes", maxImport)
	}
	return data, err
}

func (c refdataImportCmd) readOne(name string, data []byte) (imported, error) {
	f := layout.File{Name: name, Data: data, Options: map[string]string{"release": c.Release, "effective": c.Effective, "ends": c.Ends, "year": c.Year}}
	l, err := layout.Find(f)
	if err != nil {
		return imported{}, err
	}
	tables, rejects, err := l.Read(f)
	if err != nil {
		return imported{}, err
	}
	return imported{name, l.Name, tables, rejects}, nil
}
