// SPDX-License-Identifier: Apache-2.0

// Package cli is the command line: one file a command, thin over the packages
// that do the work.
package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/alecthomas/kong"
	kongcompletion "github.com/jotaen/kong-completion"

	"github.com/woodlawn-health/woodlawn/refdata"
)

// Exit codes, as documented in docs/reference/exit-codes.md.
const (
	ExitOK       = 0 // all done
	ExitRejects  = 1 // done, but some records were set aside or could not be priced
	ExitUsage    = 2 // the command line is wrong
	ExitInput    = 3 // an input could not be read at all
	ExitInternal = 4 // an output could not be written, or an error of the program
)

// Streams are the process's standard streams.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// root is the whole command line.
type root struct {
	Format string `help:"Output format: ${enum}." enum:"table,json,csv" default:"table"`
	Tables string `name:"refdata" help:"Folder of imported reference tables." env:"WOODLAWN_REFDATA" type:"path" placeholder:"DIR"`

	ACO     acoCmd     `cmd:"" name:"aco" help:"Accounts of accountable care organisations."`
	Price   priceCmd   `cmd:"" name:"price" help:"Price 837 claims and pay them on a balanced 835."`
	EOB     eobCmd     `cmd:"" name:"eob" help:"Write 837 claims and their answers as CARIN Blue Button resources."`
	Explain explainCmd `cmd:"" name:"explain" help:"Show every step of one claim's payment."`
	DRG     drgCmd     `cmd:"" name:"drg" help:"Group inpatient cases to MS-DRGs."`
	IPPS    ippsCmd    `cmd:"" name:"ipps" help:"Price inpatient cases under the IPPS."`
	EDI     ediCmd     `cmd:"" name:"edi" help:"Check, acknowledge and show X12 files."`
	HCC     hccCmd     `cmd:"" name:"hcc" help:"Score risk with CMS's HCC models."`
	Measure measureCmd `cmd:"" name:"measure" help:"Compute clinical quality measures and test them."`
	QRDA    qrdaCmd    `cmd:"" name:"qrda" help:"Check, show and write QRDA quality reports."`
	QDC     qdcCmd     `cmd:"" name:"qdc" help:"Claims-based quality measures from 837 files."`
	Serve   serveGroup `cmd:"" name:"serve" help:"Serve FHIR R4 to members and their apps."`
	Apps    appsCmd    `cmd:"" name:"apps" help:"List, approve, revoke and open members' apps and backend services."`
	Audit   auditCmd   `cmd:"" name:"audit" help:"Verify the audit trail of the FHIR service."`

	PatientAccess patientAccessCmd `cmd:"" name:"patientaccess" help:"What the Patient Access API's rules ask to be reported."`

	Import  importCmd  `cmd:"" name:"import" help:"Import FHIR resources from NDJSON files."`
	Refdata refdataCmd `cmd:"" name:"refdata" help:"List, show, import and verify reference tables."`
	Version versionCmd `cmd:"" name:"version" help:"Print the version."`

	Directory directoryCmd `cmd:"" name:"directory" help:"Provider directories: Plan-Net resources of your own sheets."`
	Formulary formularyCmd `cmd:"" name:"formulary" help:"Drug formularies: US Drug Formulary resources of your own sheets."`

	Validate validateCmd `cmd:"" name:"validate" help:"Check FHIR resources against R4 and profiles."`

	Completion kongcompletion.Completion `cmd:"" help:"Print the shell code for tab completion (bash, zsh, fish)."`
}

// App is what a command needs of its surroundings.
type App struct {
	Streams
	Format string
	Tables string // folder of imported reference tables
}

// Catalog opens the reference tables.
func (a *App) Catalog() (*refdata.Catalog, error) { return refdata.Open(a.Tables) }

// ExitError ends a command with a code of its own. Err may be nil if the command
// has said already what there is to say.
type ExitError struct {
	Code int
	Err  error
}

func (e *ExitError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("exit %d", e.Code)
	}
	return e.Err.Error()
}

func (e *ExitError) Unwrap() error { return e.Err }

// Main runs the command line and returns the exit code.
func Main(args []string, s Streams) int {
	var r root
	exit := -1
	parser, err := kong.New(&r, kong.Name("woodlawn"),
		kong.Description("Everything CMS asks of the organisations it pays and regulates, in one program."),
		kong.UsageOnError(), kong.Writers(s.Out, s.Err), kong.Exit(func(code int) { exit = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		fmt.Fprintln(s.Err, "woodlawn:", err)
		return ExitInternal
	}
	kongcompletion.Register(parser)
	ctx, err := parser.Parse(args)
	if exit >= 0 { // help was printed
		return exit
	}
	if err != nil {
		fmt.Fprintln(s.Err, "woodlawn:", err)
		fmt.Fprintln(s.Err, "Run woodlawn --help to see the commands.")
		return ExitUsage
	}
	if r.Tables == "" {
		r.Tables = defaultTables()
	}
	app := &App{Streams: s, Format: r.Format, Tables: r.Tables}
	if err := ctx.Run(app); err != nil {
		var ee *ExitError
		if !errors.As(err, &ee) {
			ee = &ExitError{ExitInput, err}
		}
		if ee.Err != nil {
			fmt.Fprintln(s.Err, "woodlawn:", ee.Err)
		}
		return ee.Code
	}
	return ExitOK
}

// defaultTables is the folder for imported tables if none is named.
func defaultTables() string {
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "woodlawn", "refdata")
}
