// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"text/tabwriter"

	"github.com/woodlawn-health/woodlawn/edi/claim837"
	"github.com/woodlawn-health/woodlawn/edi/x12"
)

type ediCmd struct {
	Check ediCheckCmd `cmd:"" name:"check" help:"Check X12 files: envelopes, and the claims of 837 files."`
	Show  ediShowCmd  `cmd:"" name:"show" help:"Print the segments of an X12 file as a tree of loops."`
	Ack   ediAckCmd   `cmd:"" name:"ack" help:"Write the TA1, 999 and 277CA acknowledgments of 837 files."`
	Remit ediRemitCmd `cmd:"" name:"835" help:"Show the payments of 835 files and check that they balance."`
}

type ediCheckCmd struct {
	Files   []string `arg:"" name:"file" help:"X12 files; - is standard input."`
	Workers int      `help:"Goroutines that check claims; 0 is one for each processor." default:"0"`
	Strict  bool     `help:"Count NPI check digits, Medicare identifiers and diagnosis pointers as errors."`
	Issues  int      `help:"Issues printed of each file." default:"50"`
	Rejects string   `help:"Write the claims set aside, with their reasons, as JSON lines to this file. It holds data of patients." type:"path" placeholder:"FILE"`
}

// Run checks each file. It ends with ExitRejects if any is not wholly good.
func (c *ediCheckCmd) Run(a *App) error {
	out, err := newIssuePrinter(a, c.Issues)
	if err != nil {
		return err
	}
	rejects, err := openRejects(c.Rejects)
	if err != nil {
		return &ExitError{ExitInternal, err}
	}
	ok := true
	for _, name := range c.Files {
		report, err := c.check(a, name, rejects)
		if err != nil {
			return err
		}
		ok = ok && report.OK()
		if err := out.file(report); err != nil {
			return &ExitError{ExitInternal, err}
		}
	}
	if err := rejects.close(); err != nil {
		return &ExitError{ExitInternal, err}
	}
	if err := out.close(); err != nil {
		return &ExitError{ExitInternal, err}
	}
	if !ok {
		return &ExitError{Code: ExitRejects}
	}
	return nil
}

func (c *ediCheckCmd) check(a *App, name string, rejects *rejectFile) (*x12.Report, error) {
	in, base, err := openInput(a, name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	var emit func(*claim837.Batch) error
	if rejects != nil {
		emit = rejects.batch
	}
	return claim837.Run(context.Background(), in, claim837.Options{File: base, Strict: c.Strict, PassOthers: true}, c.Workers, nil, emit)
}

func openInput(a *App, name string) (io.ReadCloser, string, error) {
	if name == "-" {
		return io.NopCloser(a.In), "standard input", nil
	}
	f, err := os.Open(name)
	return f, filepath.Base(name), err
}

// rejectFile takes the claims that were set aside; nil takes none.
type rejectFile struct {
	f   *os.File
	enc *json.Encoder
}

func openRejects(name string) (*rejectFile, error) {
	if name == "" {
		return nil, nil
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	return &rejectFile{f, json.NewEncoder(f)}, nil
}

func (r *rejectFile) batch(b *claim837.Batch) error {
	for i := range b.Claims {
		p := &b.Claims[i]
		if !p.Rejected {
			continue
		}
		err := r.enc.Encode(struct {
			File, Transaction, Claim string
			Segment                  int
			Issues                   []x12.Issue
			Raw                      string
		}{p.Claim.Source.File, p.Claim.Source.Transaction, p.Claim.ID, p.Claim.Source.Segment, p.Issues, string(p.Raw)})
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *rejectFile) close() error {
	if r == nil {
		return nil
	}
	return r.f.Close()
}

// issuePrinter prints reports in the format asked for. Values of the file, which
// may be data of patients, are in the JSON form only.
type issuePrinter struct {
	a     *App
	limit int
	csv   *csv.Writer
	json  *json.Encoder
}

func newIssuePrinter(a *App, limit int) (*issuePrinter, error) {
	p := &issuePrinter{a: a, limit: limit}
	switch a.Format {
	case "csv":
		p.csv = csv.NewWriter(a.Out)
		return p, p.csv.Write([]string{"file", "severity", "rule", "code", "interchange", "group", "transaction", "segment", "position",
			"loop", "element", "component", "message", "remedy"})
	case "json":
		p.json = json.NewEncoder(a.Out)
		p.json.SetIndent("", "  ")
	}
	return p, nil
}

func (p *issuePrinter) file(r *x12.Report) error {
	switch {
	case p.json != nil:
		return p.json.Encode(r)
	case p.csv != nil:
		var err error
		r.Each(func(i *x12.Issue) {
			if e := p.csv.Write([]string{r.File, severity(i), i.Rule, i.Code, i.Interchange, i.Group, i.Transaction, i.Segment,
				strconv.Itoa(i.Position), i.Loop, strconv.Itoa(i.Element), strconv.Itoa(i.Component), i.Message, i.Remedy}); e != nil {
				err = e
			}
		})
		return err
	}
	return p.table(r)
}

func (p *issuePrinter) table(r *x12.Report) error {
	fmt.Fprintf(p.a.Out, "%s: %d segments, %d claims good, %d set aside\n", r.File, r.Segments, r.Accepted(), r.Rejected)
	tw := tabwriter.NewWriter(p.a.Out, 0, 0, 2, ' ', 0)
	shown, all := 0, 0
	r.Each(func(i *x12.Issue) {
		if all++; all > p.limit {
			return
		}
		shown++
		fmt.Fprintf(tw, "  %s\t%s\t%s\n", severity(i), i.Rule, i.Error())
	})
	if err := tw.Flush(); err != nil {
		return err
	}
	if all > shown {
		_, err := fmt.Fprintf(p.a.Out, "  and %d more; --issues shows more, --format json all that are kept\n", all-shown)
		return err
	}
	return nil
}

func severity(i *x12.Issue) string {
	if i.Warning {
		return "warning"
	}
	return "error"
}

func (p *issuePrinter) close() error {
	if p.csv == nil {
		return nil
	}
	p.csv.Flush()
	return p.csv.Error()
}
