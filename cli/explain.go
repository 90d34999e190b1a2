// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"text/tabwriter"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/edi/claim837"
	"github.com/woodlawn-health/woodlawn/edi/x12"
	"github.com/woodlawn-health/woodlawn/payment/adjudicate"
)

type explainCmd struct {
	Claim string   `arg:"" help:"The provider's number of the claim (CLM01)."`
	Files []string `arg:"" name:"file" help:"The 837 files that were priced, in the same order."`
	payerFlags
}

// Help is the long help of the command.
func (explainCmd) Help() string {
	return `The files are priced as woodlawn price does, so that deductibles met by earlier claims count; nothing is written.`
}

// Run prices the files and shows the one claim.
func (cmd *explainCmd) Run(a *App) error {
	run, err := cmd.newRun(a)
	if err != nil {
		return err
	}
	run.only, run.workers = cmd.Claim, runtime.GOMAXPROCS(0)
	sink := &explainSink{a: a, claim: cmd.Claim}
	for _, name := range cmd.Files {
		if err := run.file(context.Background(), a, name, sink); err != nil {
			return err
		}
	}
	if sink.found == 0 {
		return &ExitError{ExitInput, fmt.Errorf("no claim %s in %s", cmd.Claim, strings.Join(cmd.Files, ", "))}
	}
	return nil
}

// explainSink prints the claim that was asked for.
type explainSink struct {
	a     *App
	claim string
	found int
}

func (s *explainSink) report(*x12.Report) error { return nil }

func (s *explainSink) refused(p *claim837.Parsed) error {
	if p.Claim.ID != s.claim {
		return nil
	}
	s.found++
	fmt.Fprintf(s.a.Out, "Claim %s was refused before pricing:\n", s.claim)
	for i := range p.Issues {
		fmt.Fprintf(s.a.Out, "  %s\n", p.Issues[i].Error())
	}
	return nil
}

func (s *explainSink) result(p *claim837.Parsed, r *adjudicate.Result) error {
	if p.Claim.ID != s.claim {
		return nil
	}
	s.found++
	if s.a.Format == "json" {
		_, err := s.a.Out.Write(append(r.AppendJSON(nil), '\n'))
		return err
	}
	return explainClaim(s.a.Out, &p.Claim, r)
}

// explainClaim prints a claim's outcome, its trace and its account.
func explainClaim(w io.Writer, c *claim.Claim, r *adjudicate.Result) error {
	fmt.Fprintf(w, "Claim %s, %s, service date %s: %s", r.ClaimID, r.Form, r.ServiceDate, r.Status)
	if r.Status == adjudicate.Paid {
		fmt.Fprintf(w, "; charged %s, allowed %s, Medicare pays %s, the patient owes %s", dollars(r.Charge), dollars(r.Allowed), dollars(r.Paid), dollars(r.PatientOwes))
	}
	fmt.Fprintln(w)
	if in := r.Inpatient; in != nil && in.DRG != 0 {
		fmt.Fprintf(w, "MS-DRG %03d %s (%s, MDC %02d %s)\n", in.DRG, in.Title, in.Grouper, in.MDC, in.MDCTitle)
	}
	for _, reason := range r.Reasons {
		fmt.Fprintf(w, "  reason: %s\n", reason)
	}
	if r.Unverified {
		fmt.Fprintln(w, "  The payment rests on figures that were not compared with CMS's publication; they are marked below.")
	}
	fmt.Fprintln(w)
	if err := r.Trace.WriteTable(w); err != nil {
		return err
	}
	if r.Status != adjudicate.Paid {
		return nil
	}
	fmt.Fprintln(w, "\nThe account on the 835:")
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "Line\tCharge\tAdjustments\tPaid\t")
	for i := range r.Payment.Lines {
		l := &r.Payment.Lines[i]
		fmt.Fprintf(tw, "%d %s\t%s\t%s\t%s\t\n", l.Number, l.Procedure, l.Charge, adjustmentList(l.Adjustments), l.Paid)
	}
	fmt.Fprintf(tw, "claim\t%s\t%s\t%s\t\n", r.Payment.Charge, adjustmentList(r.Payment.Adjustments), r.Payment.Paid)
	return tw.Flush()
}

// adjustmentList prints adjustments as "CO-45 60.12, PR-2 12.30".
func adjustmentList(list []claim.Adjustment) string {
	parts := make([]string, len(list))
	for i, x := range list {
		parts[i] = fmt.Sprintf("%s-%s %s", x.Group.Code(), x.Reason, x.Amount)
	}
	return strings.Join(parts, ", ")
}
