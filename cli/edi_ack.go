// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/edi/ack"
	"github.com/woodlawn-health/woodlawn/edi/claim837"
	"github.com/woodlawn-health/woodlawn/edi/emit"
	"github.com/woodlawn-health/woodlawn/edi/x12"
)

type ediAckCmd struct {
	Files      []string  `arg:"" name:"file" help:"X12 files; - is standard input."`
	Out        string    `help:"Folder for the acknowledgments." type:"path" default:"." placeholder:"DIR"`
	Control    int       `help:"Control number of the first interchange written; each further one takes the next." default:"1"`
	Time       time.Time `help:"Date and time of the acknowledgments (2006-01-02T15:04:05Z); now if not given."`
	WholeLoops bool      `help:"Write loop ids of six characters whole in IK303; the standard has room for four."`
	PayerName  string    `help:"Also write a 277CA, in the name of this payer." placeholder:"NAME"`
	PayerID    string    `help:"The payer's number in the 277CA." default:"PAYER" placeholder:"ID"`
	Submitter  string    `help:"Name of who sent the claims, for the 277CA." placeholder:"NAME"`
	Lines      bool      `help:"Put a line feed after each segment."`
	Workers    int       `help:"Goroutines that check claims; 0 is one for each processor." default:"0"`
}

// Run writes FILE.ta1, FILE.999 and FILE.277 for each file, those that are called for. It ends
// with ExitRejects if anything was not accepted whole.
func (c *ediAckCmd) Run(a *App) error {
	opt := ack.Options{Control: c.Control, Time: c.Time, WholeLoops: c.WholeLoops}
	if opt.Time.IsZero() {
		opt.Time = time.Now()
	}
	if c.Lines {
		opt.Delimiters = emit.Usual
		opt.Delimiters.NewLine = true
	}
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return &ExitError{ExitInternal, err}
	}
	good := true
	for _, name := range c.Files {
		claims, err := c.claims(opt)
		if err != nil {
			return err
		}
		report, err := c.check(a, name, claims)
		if err != nil {
			return err
		}
		good = good && report.OK()
		base := filepath.Join(c.Out, strings.TrimSuffix(report.File, filepath.Ext(report.File)))
		for _, kind := range []struct {
			suffix string
			write  func(io.Writer, *x12.Report, ack.Options) (ack.Written, error)
		}{{".ta1", ack.WriteTA1}, {".999", ack.Write999}} {
			if err := c.write(a, base+kind.suffix, report, &opt, kind.write); err != nil {
				return err
			}
		}
		if claims != nil {
			toClaims := func(w io.Writer, r *x12.Report, o ack.Options) (ack.Written, error) {
				return claims.Close(w, r, o.Control)
			}
			if err := c.write(a, base+".277", report, &opt, toClaims); err != nil {
				return err
			}
		}
		c.say(a, report)
	}
	if !good {
		return &ExitError{Code: ExitRejects}
	}
	return nil
}

// claims starts a 277CA if one is asked for.
func (c *ediAckCmd) claims(opt ack.Options) (*ack.Claims, error) {
	if c.PayerName == "" {
		return nil, nil
	}
	day := civil.FromTime(opt.Time)
	return ack.NewClaims(ack.ClaimsOptions{Options: opt, Payer: claim.Payer{Name: c.PayerName, ID: c.PayerID}, Submitter: c.Submitter,
		Received: day, Processed: day, Dir: c.Out})
}

// check reads the claims; each that is found is noted for the 277CA.
func (c *ediAckCmd) check(a *App, name string, claims *ack.Claims) (*x12.Report, error) {
	in, base, err := openInput(a, name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	var note func(*claim837.Batch) error
	if claims != nil {
		note = func(b *claim837.Batch) error {
			for i := range b.Claims {
				if err := claims.Add(&b.Claims[i].Claim, !b.Claims[i].Rejected, ""); err != nil {
					return err
				}
			}
			return nil
		}
	}
	return claim837.Run(context.Background(), in, claim837.Options{File: base}, c.Workers, nil, note)
}

// write writes one kind of acknowledgment, if there is anything to acknowledge.
func (c *ediAckCmd) write(a *App, path string, report *x12.Report, opt *ack.Options, write func(io.Writer, *x12.Report, ack.Options) (ack.Written, error)) error {
	var b bytes.Buffer
	done, err := write(&b, report, *opt)
	if err != nil {
		return &ExitError{ExitInternal, err}
	}
	opt.Control = done.NextControl
	if b.Len() == 0 {
		return nil
	}
	if err := replaceFile(path, b.Bytes()); err != nil {
		return &ExitError{ExitInternal, err}
	}
	_, err = fmt.Fprintln(a.Out, "wrote", filepath.Base(path))
	return err
}

// say prints the fate of each interchange, group and transaction.
func (c *ediAckCmd) say(a *App, report *x12.Report) {
	if len(report.Interchanges) == 0 {
		fmt.Fprintf(a.Out, "%s: no interchange can be read, so there is nobody to answer\n", report.File)
	}
	for _, ic := range report.Interchanges {
		code, note := ack.Interchange(ic)
		fmt.Fprintf(a.Out, "%s: interchange %s %s (%c %s)\n", report.File, ic.ControlNumber, fate[code], code, note)
		if code == 'R' {
			continue
		}
		for _, g := range ic.Groups {
			for _, t := range g.Transactions {
				code := ack.Transaction(t)
				fmt.Fprintf(a.Out, "  group %s transaction %s %s (%c): %d claims good, %d set aside\n", g.ControlNumber, t.ControlNumber,
					fate[code], code, t.Accepted(), t.Rejected)
			}
		}
	}
}

var fate = map[byte]string{'A': "accepted", 'E': "accepted with errors", 'R': "rejected"}

// replaceFile writes a file that only its owner reads; it appears whole or not at all.
func replaceFile(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".woodlawn-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(b)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
