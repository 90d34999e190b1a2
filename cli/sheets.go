// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/interop/directory"
	"github.com/woodlawn-health/woodlawn/interop/formulary"
	"github.com/woodlawn-health/woodlawn/interop/sheet"
)

// directoryCmd makes and explains provider directories.
type directoryCmd struct {
	Build   directoryBuildCmd   `cmd:"" help:"Make Plan-Net resources of your own sheets of providers."`
	Columns directoryColumnsCmd `cmd:"" help:"List the sheets and their columns."`
	Sample  directorySampleCmd  `cmd:"" help:"Write the sheets of an invented directory, to begin with."`
}

// formularyCmd makes and explains drug formularies.
type formularyCmd struct {
	Build   formularyBuildCmd   `cmd:"" help:"Make US Drug Formulary resources of your own sheets of plans and drugs."`
	Columns formularyColumnsCmd `cmd:"" help:"List the sheets and their columns."`
	Sample  formularySampleCmd  `cmd:"" help:"Write the sheets of an invented formulary, to begin with."`
}

// sheetsFlags are the same for both.
type sheetsFlags struct {
	Dir  string `arg:"" type:"existingdir" help:"Folder of the sheets (CSV or NDJSON)."`
	Out  string `required:"" type:"path" placeholder:"DIR" help:"Folder to write to: resources.ndjson, and rejects.ndjson if rows are set aside."`
	Date string `placeholder:"DATE" help:"Day of publication, as 2026-11-20; today by default."`
}

func (c *sheetsFlags) day() (civil.Date, error) {
	if c.Date == "" {
		return civil.FromTime(time.Now()), nil
	}
	d, err := civil.ParseISO(c.Date)
	if err != nil {
		return 0, &ExitError{ExitUsage, fmt.Errorf("--date: %w", err)}
	}
	return d, nil
}

// write opens the results, lets build fill them, and keeps them if it could.
func (c *sheetsFlags) write(a *App, build func(write func(*sheet.Kind, []byte) error, reject func(sheet.Reject) error) error) (rejected int, err error) {
	files, err := newOutputs(c.Out)
	if err != nil {
		return 0, err
	}
	defer files.drop()
	resources, err := files.create("resources.ndjson")
	if err != nil {
		return 0, err
	}
	rejects, err := files.create("rejects.ndjson")
	if err != nil {
		return 0, err
	}
	enc := json.NewEncoder(rejects)
	enc.SetEscapeHTML(false)
	err = build(func(_ *sheet.Kind, b []byte) error {
		if _, err := resources.Write(b); err != nil {
			return err
		}
		return resources.WriteByte('\n')
	}, func(r sheet.Reject) error {
		rejected++
		return enc.Encode(r)
	})
	if err != nil {
		return 0, &ExitError{ExitInput, err}
	}
	if rejected == 0 {
		files.discard(rejects)
		if err := files.remove("rejects.ndjson"); err != nil {
			return 0, err
		}
	}
	return rejected, files.keep()
}

// end tells of rows that were set aside.
func (c *sheetsFlags) end(a *App, rejected int) error {
	if rejected == 0 {
		return nil
	}
	fmt.Fprintf(a.Err, "%d rows are set aside in %s\n", rejected, filepath.Join(c.Out, "rejects.ndjson"))
	return &ExitError{Code: ExitRejects}
}

type directoryBuildCmd struct {
	sheetsFlags
	Program string `enum:"ma,medicaid,chip" default:"ma" help:"Whose time limit counts: ${enum}."`
}

// Help is the long help.
func (directoryBuildCmd) Help() string {
	return `Reads organizations.csv, locations.csv, networks.csv, practitioners.csv, roles.csv and others (see
"directory columns"), checks each row, its NPI and what it refers to, and writes Plan-Net 1.1.0
resources, one a line, for "woodlawn import". The table tells how many days lay between the day on
which you received information and its publication; more than 30 are late (42 CFR 422.120, 431.70, 457.760).`
}

func (c *directoryBuildCmd) Run(a *App) error {
	cat, err := a.Catalog()
	if err != nil {
		return err
	}
	day, err := c.day()
	if err != nil {
		return err
	}
	sources, err := directory.Folder(c.Dir)
	if err != nil {
		return &ExitError{ExitInput, err}
	}
	var report *directory.Report
	rejected, err := c.write(a, func(write func(*sheet.Kind, []byte) error, reject func(sheet.Reject) error) (err error) {
		report, err = directory.Build(sources, directory.Options{Today: day, Program: c.Program, Catalog: cat}, write, reject)
		return err
	})
	if err != nil {
		return err
	}
	switch a.Format {
	case "json":
		err = writeJSON(a.Out, report)
	case "csv":
		rows := [][]string{{"sheet", "rows", "published", "new", "rejected", "longest_days", "late"}}
		for _, s := range report.Kinds {
			rows = append(rows, []string{s.Kind, fmt.Sprint(s.Rows), fmt.Sprint(s.Written), fmt.Sprint(s.New), fmt.Sprint(s.Rejected), fmt.Sprint(s.Longest), fmt.Sprint(s.Late)})
		}
		err = writeRows(a, rows)
	default:
		err = report.Write(a.Out)
	}
	if err != nil {
		return &ExitError{ExitInternal, err}
	}
	return c.end(a, rejected)
}

type formularyBuildCmd struct{ sheetsFlags }

// Help is the long help.
func (formularyBuildCmd) Help() string {
	return `Reads plans.csv, formularies.csv, drugs.csv, items.csv, costs.csv and areas.csv (see "formulary
columns"), checks each row and what it refers to, and writes resources of the US Drug Formulary
guide 2.0.1, one a line, for "woodlawn import".`
}

func (c *formularyBuildCmd) Run(a *App) error {
	cat, err := a.Catalog()
	if err != nil {
		return err
	}
	day, err := c.day()
	if err != nil {
		return err
	}
	sources, err := formulary.Folder(c.Dir)
	if err != nil {
		return &ExitError{ExitInput, err}
	}
	var sums []sheet.Sum
	rejected, err := c.write(a, func(write func(*sheet.Kind, []byte) error, reject func(sheet.Reject) error) (err error) {
		sums, err = formulary.Build(sources, formulary.Options{Today: day, Catalog: cat}, write, reject)
		return err
	})
	if err != nil {
		return err
	}
	rows := [][]string{{"Sheet", "Rows", "Taken", "Rejected"}}
	for _, s := range sums {
		rows = append(rows, []string{s.Kind, fmt.Sprint(s.Rows), fmt.Sprint(s.Written), fmt.Sprint(s.Rejected)})
	}
	if a.Format == "json" {
		err = writeJSON(a.Out, sums)
	} else {
		err = writeRows(a, rows)
	}
	if err != nil {
		return &ExitError{ExitInternal, err}
	}
	return c.end(a, rejected)
}

type (
	directoryColumnsCmd struct{}
	formularyColumnsCmd struct{}
)

func (directoryColumnsCmd) Run(a *App) error { return writeSheetColumns(a, directory.Kinds()) }
func (formularyColumnsCmd) Run(a *App) error { return writeSheetColumns(a, formulary.Kinds()) }

// writeSheetColumns lists what the sheets hold.
func writeSheetColumns(a *App, kinds []sheet.Kind) error {
	rows := [][]string{{"Sheet", "Column", "Needed", "Many", "Is", "Note"}}
	yes := map[bool]string{true: "yes"}
	for _, k := range kinds {
		for _, c := range k.Columns {
			rows = append(rows, []string{k.Name, c.Name, yes[c.Need], yes[c.Many], c.Is(), c.Note})
		}
	}
	if a.Format == "json" {
		return writeJSON(a.Out, objects(rows))
	}
	return writeRows(a, rows)
}

// sampleFlags name where samples go.
type sampleFlags struct {
	Dir string `arg:"" type:"path" help:"Folder to write to."`
}

type (
	directorySampleCmd struct{ sampleFlags }
	formularySampleCmd struct{ sampleFlags }
)

func (c directorySampleCmd) Run(*App) error { return c.write(directory.Sample()) }
func (c formularySampleCmd) Run(*App) error { return c.write(formulary.Sample()) }

func (c sampleFlags) write(sources []sheet.Source) error {
	files, err := newOutputs(c.Dir)
	if err != nil {
		return err
	}
	defer files.drop()
	for _, s := range sources {
		out, err := files.create(filepath.Base(s.Name))
		if err != nil {
			return err
		}
		in, err := s.Open()
		if err != nil {
			return &ExitError{ExitInternal, err}
		}
		_, err = io.Copy(out, in)
		in.Close()
		if err != nil {
			return &ExitError{ExitInternal, err}
		}
	}
	return files.keep()
}
