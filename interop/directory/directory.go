// SPDX-License-Identifier: Apache-2.0

// Package directory makes a provider directory of a payer's own sheets: Plan-Net
// 1.1.0 resources (hl7.org/fhir/us/davinci-pdex-plan-net) for the public Provider
// Directory API of 42 CFR 422.120, 431.70 and 457.760. It tells for every row how
// many days lay between what the payer was told and its publication.
package directory

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/interop/sheet"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// Options of a build.
type Options struct {
	Today   civil.Date // the day of publication
	Program string     // ma, medicaid, chip: whose time limit counts; default ma
	Catalog *refdata.Catalog
}

// Build writes the resources of the rows that are whole, and gives the others to
// reject; see sheet.Build.Run. Errors are of reading and writing, and
// *refdata.NotLoadedError.
func Build(sources []sheet.Source, opt Options, write func(*sheet.Kind, []byte) error, reject func(sheet.Reject) error) (*Report, error) {
	d := &build{opt: opt}
	if opt.Program == "" {
		d.opt.Program = "ma"
	}
	if err := d.load(); err != nil {
		return nil, err
	}
	b := &sheet.Build{Codes: d.codes, Check: d.check, Writing: d.writing}
	b.Kinds = kinds(b)
	sums, err := b.Run(sources, write, reject)
	if err != nil {
		return nil, err
	}
	d.report.finish(d.opt.Today, sums)
	return &d.report, nil
}

type build struct {
	opt    Options
	codes  *sheet.Codes
	report Report
}

// load reads the code lists and the time limit.
func (d *build) load() (err error) {
	if d.codes, err = sheet.LoadCodes(d.opt.Catalog, "directory.codes", d.opt.Today); err != nil {
		return err
	}
	clock, err := d.opt.Catalog.Load("directory.clock", d.opt.Today)
	if err != nil {
		return err
	}
	bind := clock.Bind()
	program, limit, verified, cite := bind.Text("program"), bind.Numbers("days", 0), bind.Text("verified"), bind.Text("cite")
	if bind.Err() != nil {
		return bind.Err()
	}
	i := slices.Index(program, d.opt.Program)
	if i < 0 {
		return fmt.Errorf("no time limit is known for the program %q; known are %v", d.opt.Program, program)
	}
	d.report.Limit = Limit{Program: program[i], Days: int(limit[i]), Verified: verified[i] == "yes", Cite: cite[i], Table: clock.ID + " " + clock.Version, Row: i + 1}
	return nil
}

// writing notes the age of a row that is published.
func (d *build) writing(k *sheet.Kind, r *sheet.Row) string {
	published := r.Date("published")
	isNew := published.IsZero()
	if isNew {
		published = d.opt.Today
	}
	d.report.age(k.Name, r.Get("id"), published.Sub(r.Date("received")), isNew)
	return published.String() + "T00:00:00Z"
}

//go:embed sample
var sample embed.FS

// Sample is the sheets of an invented payer's directory: two networks, a hospital,
// a clinic, a pharmacy and those who work there.
func Sample() []sheet.Source {
	dir, err := fs.Sub(sample, "sample")
	if err != nil {
		panic(err) // the folder is embedded
	}
	s, err := sheet.Folder(dir, "sample", Kinds())
	if err != nil {
		panic(err)
	}
	return s
}

// Folder finds the sheets of a directory in a folder.
func Folder(path string) ([]sheet.Source, error) { return sheet.Folder(os.DirFS(path), path, Kinds()) }
