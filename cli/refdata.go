// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
)

type refdataCmd struct {
	List   refdataListCmd   `cmd:"" help:"List the reference tables: those of the program and those imported."`
	Show   refdataShowCmd   `cmd:"" help:"Show the rows of a table."`
	Import refdataImportCmd `cmd:"" help:"Import CMS's own files."`
	Verify refdataVerifyCmd `cmd:"" help:"Check the tables' contents and how they fit together."`
}

type refdataListCmd struct {
	ID string `arg:"" optional:"" help:"Only tables whose ID starts so."`
}

func (c refdataListCmd) Run(a *App) error {
	cat, err := a.Catalog()
	if err != nil {
		return err
	}
	list := slices.DeleteFunc(cat.List(), func(m refdata.Meta) bool { return !strings.HasPrefix(m.ID, c.ID) })
	if a.Format == "json" {
		return writeJSON(a.Out, list)
	}
	rows := [][]string{{"ID", "VERSION", "EFFECTIVE", "ENDS", "ROWS", "VERIFIED", "ORIGIN", "SOURCE"}}
	for _, m := range list {
		origin := "program"
		if m.Imported {
			origin = "imported"
		}
		source := m.Source
		if m.Release != "" {
			source += ", " + m.Release
		}
		rows = append(rows, []string{m.ID, m.Version, m.Effective.String(), m.Ends.String(), fmt.Sprint(m.Rows), verifiedWord(&m), origin, source})
	}
	return writeRows(a, rows)
}

// verifiedWord is yes, no, or by row for a table that says it of each row.
func verifiedWord(m *refdata.Meta) string {
	if slices.ContainsFunc(m.Columns, func(c refdata.Column) bool { return c.Name == "verified" }) {
		return "by row"
	}
	if m.Verified {
		return "yes"
	}
	return "no"
}

type refdataShowCmd struct {
	ID      string   `arg:"" help:"Table, for example mpfs.gpci."`
	On      string   `help:"The version in force on this day (CCYY-MM-DD)." placeholder:"DATE" xor:"version"`
	Version string   `help:"This version." placeholder:"V" xor:"version"`
	Where   []string `help:"Only rows with this value; may be repeated." placeholder:"COLUMN=VALUE" sep:"none"`
	Limit   int      `help:"At most so many rows; 0 is all." default:"50"`
}

func (c refdataShowCmd) Run(a *App) error {
	cat, err := a.Catalog()
	if err != nil {
		return err
	}
	t, err := c.load(cat)
	if err != nil {
		return err
	}
	rows, more, err := c.rows(t)
	if err != nil {
		return &ExitError{ExitUsage, err}
	}
	if a.Format == "json" {
		return writeJSON(a.Out, struct {
			Table refdata.Meta        `json:"table"`
			Rows  []map[string]string `json:"rows"`
		}{t.Meta, objects(rows)})
	}
	if err := writeRows(a, rows); err != nil {
		return err
	}
	if a.Format == "table" {
		fmt.Fprintf(a.Out, "\n%s %s: %s\nsource: %s%s\n", t.ID, t.Version, t.Title, t.Source, cited(t))
		if t.Note != "" {
			fmt.Fprintf(a.Out, "note: %s\n", t.Note)
		}
	}
	if more > 0 {
		fmt.Fprintf(a.Err, "woodlawn: %d more rows; see them with --limit 0 or pick with --where COLUMN=VALUE\n", more)
	}
	return nil
}

func cited(t *refdata.Table) string {
	if t.Cite == "" {
		return ""
	}
	return " (" + t.Cite + ")"
}

func (c refdataShowCmd) load(cat *refdata.Catalog) (*refdata.Table, error) {
	if c.On != "" {
		on, err := civil.ParseISO(c.On)
		if err != nil {
			return nil, &ExitError{ExitUsage, fmt.Errorf("--on: %w", err)}
		}
		return cat.Load(c.ID, on)
	}
	version := c.Version
	if version == "" {
		versions := cat.Versions(c.ID)
		if len(versions) == 0 {
			return nil, fmt.Errorf("there is no table %s; see woodlawn refdata list", c.ID)
		}
		version = versions[0].Version
	}
	return cat.LoadVersion(c.ID, version)
}

// rows picks the rows, with the columns' names first, and counts those beyond the
// limit.
func (c refdataShowCmd) rows(t *refdata.Table) (rows [][]string, more int, err error) {
	names := make([]string, len(t.Columns))
	for i, col := range t.Columns {
		names[i] = col.Name
	}
	type condition struct {
		col   int
		value string
	}
	var conditions []condition
	for _, w := range c.Where {
		name, value, ok := strings.Cut(w, "=")
		col := slices.Index(names, name)
		if !ok || col < 0 {
			return nil, 0, fmt.Errorf("--where %s: want COLUMN=VALUE with a column of %s (%s)", w, t.ID, strings.Join(names, ", "))
		}
		conditions = append(conditions, condition{col, value})
	}
	rows = append(rows, names)
next:
	for r := range t.Rows {
		for _, k := range conditions {
			if t.Cell(r, k.col) != k.value {
				continue next
			}
		}
		if c.Limit > 0 && len(rows) > c.Limit {
			more++
			continue
		}
		row := make([]string, len(names))
		for i := range row {
			row[i] = t.Cell(r, i)
		}
		rows = append(rows, row)
	}
	return rows, more, nil
}

func objects(rows [][]string) []map[string]string {
	out := []map[string]string{}
	for _, row := range rows[1:] {
		o := map[string]string{}
		for i, v := range row {
			o[rows[0][i]] = v
		}
		out = append(out, o)
	}
	return out
}

// writeRows prints rows as a table or as CSV; the first row is the heading.
func writeRows(a *App, rows [][]string) error {
	if a.Format == "csv" {
		w := csv.NewWriter(a.Out)
		rows[0] = slices.Clone(rows[0])
		for i := range rows[0] {
			rows[0][i] = strings.ToLower(rows[0][i])
		}
		return w.WriteAll(rows)
	}
	tw := tabwriter.NewWriter(a.Out, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(tw, strings.TrimRight(strings.Join(row, "\t"), "\t"))
	}
	return tw.Flush()
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
