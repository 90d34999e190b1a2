// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/woodlawn-health/woodlawn/population"
	"github.com/woodlawn-health/woodlawn/population/tables"
)

type acoExportCmd struct {
	Dir          string `arg:"" help:"Folder with deliveries, assignment lists and opt-outs as they came." type:"existingdir"`
	Out          string `help:"Folder for the Parquet files. They name people." required:"" type:"path" placeholder:"DIR"`
	Year         int    `help:"Year that use is counted of, and performance year of the assignment." default:"2025"`
	Participants string `help:"Participants; without it participants.csv of the folder, and no assignment if there is none." placeholder:"FILE"`
	Providers    string `help:"Specialties of clinicians at hospitals; without it providers.csv of the folder, if there is one." placeholder:"FILE"`
	ACO          string `name:"aco" help:"Organisation; without it that of the first participant." placeholder:"ID"`
	Method       string `help:"Assignment method: ${enum}." enum:"prospective,retrospective" default:"retrospective"`
	Temp         string `help:"Folder for temporary files, which hold claims and are taken away." type:"path" placeholder:"DIR"`
}

// Help is the long help.
func (acoExportCmd) Help() string {
	return `Writes beneficiaries, months, claims in force, lines, diagnoses, procedures, assignment and use as
Parquet files, for DuckDB, Spark or Python. A run that is interrupted leaves the files that were
there before.`
}

func (c acoExportCmd) Run(a *App) error {
	cat, err := a.Catalog()
	if err != nil {
		return err
	}
	cfg := tables.Config{Year: c.Year}
	if cfg.Rules, err = population.Load(cat, c.Year); err != nil {
		return err
	}
	assign := acoAssignCmd{Dir: c.Dir, Participants: c.Participants, Providers: c.Providers, ACO: c.ACO, Year: c.Year, Method: c.Method}
	switch base, _, err := assign.configs(a); {
	case err == nil:
		cfg.Assignment = &base
	case c.Participants != "" || !errors.Is(err, fs.ErrNotExist):
		return err
	}
	f, rejects, err := a.openDeliveries(c.Dir, c.Temp)
	if err != nil {
		return err
	}
	defer f.Close()
	files, err := newOutputs(c.Out)
	if err != nil {
		return err
	}
	defer files.drop()
	cfg.Create = func(name string) (io.Writer, error) { return files.create(name) }
	list, err := tables.Write(f, &cfg)
	if err != nil {
		return &ExitError{ExitInternal, err}
	}
	if err := files.keep(); err != nil {
		return err
	}
	if a.Format == "json" {
		err = writeJSON(a.Out, list)
	} else {
		out := bufio.NewWriter(a.Out)
		for _, t := range list {
			fmt.Fprintf(out, "%-22s  %14s rows\n", t.Table+".parquet", thousands(t.Rows))
		}
		err = out.Flush()
	}
	if err != nil {
		return &ExitError{ExitInternal, err}
	}
	return setAside(rejects())
}
