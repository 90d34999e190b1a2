// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/edi/remit835"
	"github.com/woodlawn-health/woodlawn/edi/x12"
)

type ediRemitCmd struct {
	Files  []string `arg:"" name:"file" help:"835 files; - is standard input."`
	Claims bool     `help:"List the claims of each payment."`
	Breaks int      `help:"Places printed of each payment that do not add up." default:"20"`
}

// Run shows the payments of each file. It ends with ExitRejects if one does not
// balance or the file has an error.
func (c *ediRemitCmd) Run(a *App) error {
	p := newRemitPrinter(a, c)
	for _, name := range c.Files {
		if err := c.file(a, name, p); err != nil {
			return err
		}
	}
	if err := p.close(); err != nil {
		return &ExitError{ExitInternal, err}
	}
	if !p.good {
		return &ExitError{Code: ExitRejects}
	}
	return nil
}

func (c *ediRemitCmd) file(a *App, name string, p *remitPrinter) error {
	in, base, err := openInput(a, name)
	if err != nil {
		return err
	}
	defer in.Close()
	r := remit835.NewReader(in, x12.Options{File: base})
	for {
		payment, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		p.open(payment)
		for {
			claim, err := r.Claim()
			if err == io.EOF {
				break
			}
			if err != nil {
				return err
			}
			p.claim(payment, claim)
		}
		p.payment(base, payment, r.Balance())
	}
	report := r.Report()
	report.Each(func(i *x12.Issue) { fmt.Fprintf(a.Err, "woodlawn: %s: %s: %s\n", base, severity(i), i.Error()) })
	p.good = p.good && report.OK()
	return nil
}

// remitPrinter prints payments in the format asked for.
type remitPrinter struct {
	a    *App
	c    *ediRemitCmd
	csv  *csv.Writer
	json *json.Encoder
	rows *tabwriter.Writer // claims of the open payment
	good bool
}

func newRemitPrinter(a *App, c *ediRemitCmd) *remitPrinter {
	p := &remitPrinter{a: a, c: c, good: true}
	switch a.Format {
	case "csv":
		p.csv = csv.NewWriter(a.Out)
		p.csv.Write([]string{"trace", "claim", "payer control number", "status", "charge", "paid", "patient", "adjustments"})
	case "json":
		p.json = json.NewEncoder(a.Out)
	}
	return p
}

func (p *remitPrinter) open(r *claim.Remittance) {
	if p.csv != nil || p.json != nil {
		return
	}
	fmt.Fprintf(p.a.Out, "payment %s of %s by %s: %s to %s (%s)\n", r.TraceNumber, r.Stated, r.Method, r.Payer.Name, r.Payee.Name, r.Date)
	if p.c.Claims {
		p.rows = tabwriter.NewWriter(p.a.Out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(p.rows, "  claim\tstatus\tcharge\tpaid\tpatient\tadjustments")
	}
}

// claim prints a claim. In JSON every claim is a line of its own.
func (p *remitPrinter) claim(r *claim.Remittance, c *claim.ClaimPayment) {
	switch {
	case p.csv != nil:
		p.csv.Write([]string{r.TraceNumber, c.ClaimID, c.ControlNumber, strconv.Itoa(int(c.Status)), c.Charge.String(), c.Paid.String(),
			c.PatientOwes.String(), adjustmentText(c)})
	case p.json != nil:
		if p.c.Claims {
			p.json.Encode(struct {
				Trace string
				Claim *claim.ClaimPayment
			}{r.TraceNumber, c})
		}
	case p.rows != nil:
		fmt.Fprintf(p.rows, "  %s\t%d\t%s\t%s\t%s\t%s\n", c.ClaimID, c.Status, c.Charge, c.Paid, c.PatientOwes, adjustmentText(c))
	}
}

// adjustmentText adds up the adjustments of a claim and its lines by group and reason,
// in the order in which they first stand.
func adjustmentText(c *claim.ClaimPayment) string {
	sums := map[string]money.Cents{}
	var order []string
	add := func(list []claim.Adjustment) {
		for _, a := range list {
			key := a.Group.Code() + "-" + a.Reason
			if _, seen := sums[key]; !seen {
				order = append(order, key)
			}
			sums[key] += a.Amount
		}
	}
	add(c.Adjustments)
	for i := range c.Lines {
		add(c.Lines[i].Adjustments)
	}
	for i, key := range order {
		order[i] = key + " " + sums[key].String()
	}
	return strings.Join(order, ", ")
}

// payment prints what the payment adds up to.
func (p *remitPrinter) payment(file string, r *claim.Remittance, b *remit835.Balance) {
	p.good = p.good && b.Balanced()
	if p.json != nil {
		r.Claims = nil
		p.json.Encode(struct {
			File     string
			Payment  *claim.Remittance
			Balance  *remit835.Balance
			Balanced bool
		}{file, r, b, b.Balanced()})
		return
	}
	if p.csv != nil {
		return
	}
	if p.rows != nil {
		p.rows.Flush()
	}
	for _, adj := range r.ProviderAdjustments {
		fmt.Fprintf(p.a.Out, "  provider adjustment %s: %s\n", strings.TrimSpace(adj.Reason+" "+adj.Reference), adj.Amount)
	}
	fmt.Fprintf(p.a.Out, "  %d claims, charges %s, paid %s, provider adjustments %s, payment %s: ", b.Claims, b.Charge, b.Paid, b.Adjusted, b.Stated)
	if b.Balanced() {
		fmt.Fprintln(p.a.Out, "balanced")
		return
	}
	fmt.Fprintln(p.a.Out, "DOES NOT BALANCE")
	for i := range b.Breaks {
		if i == p.c.Breaks {
			fmt.Fprintf(p.a.Out, "    and more; --breaks shows more\n")
			break
		}
		fmt.Fprintf(p.a.Out, "    %v\n", &b.Breaks[i])
	}
}

func (p *remitPrinter) close() error {
	if p.csv != nil {
		p.csv.Flush()
		return p.csv.Error()
	}
	return nil
}
