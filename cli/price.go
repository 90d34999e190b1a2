// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/payment/adjudicate"
)

type priceCmd struct {
	Files []string `arg:"" name:"file" help:"837P and 837I files; - is standard input."`
	Out   string   `help:"Folder for the 835, 999, TA1, results and rejects." default:"woodlawn-out" type:"path" placeholder:"DIR"`
	payerFlags
	Explain bool `help:"Put the trace of every claim into the results."`
	Workers int  `help:"Goroutines that price claims; 0 is one for each processor." default:"0"`
}

// payerFlags is what a payer knows beside the claims.
type payerFlags struct {
	Providers     string `help:"Inpatient provider specific file (CMS's CSV or fixed layout) for hospital claims." type:"path" placeholder:"FILE"`
	Clinicians    string `help:"CSV of MIPS adjustments, participation and APM status by NPI or TIN." type:"path" placeholder:"FILE"`
	Beneficiaries string `help:"CSV of deductibles and inpatient days used before these claims." type:"path" placeholder:"FILE"`
	Date          string `help:"Date of the payment (CCYY-MM-DD); today by default." placeholder:"DATE"`
	Received      string `help:"Date on which the claims came in; timely filing is checked against it." placeholder:"DATE"`
	PayerName     string `help:"Name of the payer on the 835." default:"MEDICARE"`
	PayerID       string `help:"Payer number on the 835 (ISA06, N104)." default:"WOODLAWN"`
	PayerTIN      string `help:"Tax number of the payer on the 835." default:"000000000"`
	PayerAddress  string `help:"Address of the payer on the 835: street, city, state, ZIP." default:"7500 SECURITY BOULEVARD, BALTIMORE, MD, 212441850"`
	PayerPhone    string `help:"Telephone of the payer on the 835." default:"8006334227"`
}

// Help is the long help of the command.
func (priceCmd) Help() string {
	return `Each claim is checked, edited, grouped and priced by the rules of its service date, and paid on one 835 that balances.
The folder then holds 835.edi, 999.edi, ta1.edi (where one is due), results.ndjson (a line a claim) and rejects.ndjson
(claims that were set aside, returned or could not be priced, each with its reasons).`
}

// Run prices the files. The outputs appear under their names all together at the
// end, or not at all.
func (cmd *priceCmd) Run(a *App) error {
	started := time.Now()
	run, err := cmd.newRun(a)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	sink, err := newPriceFiles(cmd.Out, run)
	if err != nil {
		return err
	}
	defer sink.drop()
	run.workers, run.explainAll = cmd.Workers, cmd.Explain
	if run.workers <= 0 {
		run.workers = runtime.GOMAXPROCS(0)
	}
	for _, name := range cmd.Files {
		if err := run.file(ctx, a, name, sink); err != nil {
			return err
		}
	}
	if err := sink.keep(); err != nil {
		return err
	}
	if err := run.summary.print(a, sink, time.Since(started)); err != nil {
		return &ExitError{ExitInternal, err}
	}
	if run.summary.setAside() > 0 {
		return &ExitError{Code: ExitRejects}
	}
	return nil
}

// newRun opens the tables and reads what the payer knows.
func (f *payerFlags) newRun(a *App) (*priceRun, error) {
	cat, err := a.Catalog()
	if err != nil {
		return nil, err
	}
	var opt adjudicate.Options
	if opt.Run, err = dateFlag("--date", f.Date); err != nil {
		return nil, err
	}
	if opt.Run.IsZero() {
		opt.Run = civil.FromTime(time.Now())
	}
	if opt.Received, err = dateFlag("--received", f.Received); err != nil {
		return nil, err
	}
	address, err := f.address()
	if err != nil {
		return nil, err
	}
	if opt.Hospitals, err = readHospitals(f.Providers); err != nil {
		return nil, err
	}
	if opt.Clinicians, err = readClinicians(f.Clinicians); err != nil {
		return nil, err
	}
	adj, err := adjudicate.New(cat, opt)
	if err != nil {
		return nil, err
	}
	run := &priceRun{adj: adj, ledger: adj.NewLedger(), payer: f, payerAddress: address, date: opt.Run}
	if err := readBeneficiaries(f.Beneficiaries, run.ledger); err != nil {
		return nil, err
	}
	return run, nil
}

func dateFlag(name, value string) (civil.Date, error) {
	if value == "" {
		return 0, nil
	}
	d, err := civil.ParseISO(value)
	if err != nil {
		return 0, &ExitError{ExitUsage, fmt.Errorf("%s: %w (CCYY-MM-DD)", name, err)}
	}
	return d, nil
}

// address reads --payer-address.
func (f *payerFlags) address() (claim.Address, error) {
	parts := strings.Split(f.PayerAddress, ",")
	if len(parts) != 4 {
		return claim.Address{}, &ExitError{ExitUsage, fmt.Errorf("--payer-address %q: street, city, state and ZIP, with commas between", f.PayerAddress)}
	}
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return claim.Address{Line1: parts[0], City: parts[1], State: parts[2], ZIP: parts[3]}, nil
}
