// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/packages"
	"github.com/woodlawn-health/woodlawn/fhir/validate"
	"github.com/woodlawn-health/woodlawn/terminology"
)

type validateCmd struct {
	Files    []string `arg:"" name:"file" help:"Resources as JSON, XML or NDJSON (a resource a line); - is standard input."`
	Packages []string `help:"FHIR packages (.tgz), definitions (.json), or folders that hold them; later ones win." type:"path" placeholder:"PATH"`
	Profile  []string `help:"Profiles to check beside those that the resources claim." placeholder:"URL"`
	All      bool     `help:"Show information too, as what could not be checked."`
}

// Help is the long help of the command.
func (validateCmd) Help() string {
	return `Each resource is checked against FHIR R4, against the profiles in its meta.profile, and against those of --profile.
Profiles, value sets and code systems come from the packages; what is not loaded is not checked, and --all says so.
With --format json each resource gives an OperationOutcome, a line a resource. The exit code is 1 if there is an error.`
}

// Run validates the files.
func (cmd *validateCmd) Run(a *App) error {
	v, err := cmd.validator()
	if err != nil {
		return err
	}
	run := &validateRun{app: a, cmd: cmd, v: v, rows: [][]string{{"File", "Severity", "Place", "Issue", "Rule"}}}
	for _, name := range cmd.Files {
		if err := run.file(name); err != nil {
			return err
		}
	}
	if err := run.print(); err != nil {
		return &ExitError{ExitInternal, err}
	}
	if run.bad > 0 {
		return &ExitError{Code: ExitRejects}
	}
	return nil
}

// validator reads the packages.
func (cmd *validateCmd) validator() (*validate.Validator, error) {
	index, err := packages.Load(cmd.Packages...)
	if err != nil {
		return nil, err
	}
	return &validate.Validator{Definitions: index, MemberOf: terminology.NewStore(index).MemberOf}, nil
}

// validateRun is one run over files.
type validateRun struct {
	app        *App
	cmd        *validateCmd
	v          *validate.Validator
	rows       [][]string
	total, bad int
}

// maxResource bounds a line of NDJSON and a file of one resource.
const maxResource = 256 << 20

func (run *validateRun) file(name string) error {
	in, base, err := openInput(run.app, name)
	if err != nil {
		return err
	}
	defer in.Close()
	if strings.EqualFold(filepath.Ext(base), ".ndjson") {
		return run.lines(in, base)
	}
	text, err := io.ReadAll(io.LimitReader(in, maxResource+1))
	if err != nil {
		return err
	}
	if len(text) > maxResource {
		return fmt.Errorf("%s: larger than %d bytes", base, maxResource)
	}
	return run.resource(base, text)
}

// lines validates NDJSON line by line.
func (run *validateRun) lines(in io.Reader, base string) error {
	sc := bufio.NewScanner(in)
	sc.Buffer(make([]byte, 64<<10), maxResource)
	for n := 1; sc.Scan(); n++ {
		if line := bytes.TrimSpace(sc.Bytes()); len(line) > 0 {
			if err := run.resource(base+":"+strconv.Itoa(n), bytes.Clone(line)); err != nil {
				return err
			}
		}
	}
	if err := sc.Err(); err != nil {
		return fmt.Errorf("%s: %w", base, err)
	}
	return nil
}

// resource validates one resource and notes or prints what was found.
func (run *validateRun) resource(place string, text []byte) error {
	run.total++
	issues := run.check(text)
	if validate.Errors(issues) {
		run.bad++
	}
	if !run.cmd.All {
		issues = slices.DeleteFunc(issues, func(i validate.Issue) bool { return i.Severity == validate.Information })
	}
	if run.app.Format == "json" {
		if _, err := run.app.Out.Write(append(validate.OperationOutcome(issues), '\n')); err != nil {
			return &ExitError{ExitInternal, err}
		}
		return nil
	}
	for _, i := range issues {
		run.rows = append(run.rows, []string{place, string(i.Severity), i.Location, i.Text, i.Rule})
	}
	return nil
}

// check parses and validates a resource; text that is none is an issue as well.
func (run *validateRun) check(text []byte) []validate.Issue {
	parse := node.ParseResource
	if bytes.HasPrefix(bytes.TrimLeft(text, "\ufeff \t\r\n"), []byte("<")) {
		parse = node.ParseXML
	}
	d, err := parse(text)
	if err != nil {
		i := validate.Issue{Severity: validate.Error, Code: "structure", Text: err.Error()}
		var syntax *node.SyntaxError
		if errors.As(err, &syntax) {
			i.Offset = int(syntax.Offset)
		}
		return []validate.Issue{i}
	}
	return run.v.Validate(d, run.cmd.Profile...)
}

func (run *validateRun) print() error {
	a := run.app
	if a.Format == "json" {
		return nil
	}
	if len(run.rows) > 1 || a.Format == "csv" {
		if err := writeRows(a, run.rows); err != nil || a.Format == "csv" {
			return err
		}
		fmt.Fprintln(a.Out)
	}
	_, err := fmt.Fprintf(a.Out, "%d resources, %d with errors.\n", run.total, run.bad)
	return err
}
