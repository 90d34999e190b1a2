// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/interop/patientaccess"
)

type eobCmd struct {
	Files          []string `arg:"" optional:"" name:"file" help:"837P, 837I and 837D files; - is standard input."`
	RIF            string   `name:"rif" help:"Folder of CMS's RIF files instead: beneficiaries, claims and Part D events." type:"path" placeholder:"DIR"`
	CCLF           string   `name:"cclf" help:"Folder of an ACO's deliveries of the claim line feed (CCLF) instead." type:"path" placeholder:"DIR"`
	BlueButton     []string `name:"bluebutton" help:"Files of ExplanationOfBenefits in FHIR STU3 from CMS's BCDA or AB2D instead, one a line." type:"path" placeholder:"FILE"`
	Authorizations []string `help:"Files of prior authorizations instead, as JSON, one a line; see the guide." type:"path" placeholder:"FILE"`
	PDex           bool     `name:"pdex" help:"Write what the PDex guide 2.0.0 asks for too: a MedicationDispense for each Part D event, and the Provenance of all."`
	Since          string   `help:"First day of service that is asked for; claims before it are left out and counted (42 CFR 422.119(h))." default:"2016-01-01" placeholder:"DATE"`
	Out            string   `help:"Folder for the resources, losses and rejects." default:"woodlawn-eob" type:"path" placeholder:"DIR"`
	payerFlags
	Base    string `help:"URI under which the payer's own identifiers of claims and members stand." default:"urn:woodlawn:payer" placeholder:"URI"`
	Network string `help:"Whether the providers are in the payer's network: ${enum}." enum:"none,in,out" default:"none"`
	IDKey   string `name:"id-key" help:"File with the secret from which the ids of resources are made." type:"path" placeholder:"FILE"`

	Remittance []string `help:"835 files that answer the claims; then nothing is priced, and the flags of the payer do not count." type:"path" placeholder:"FILE"`

	Workers int `help:"Goroutines that price claims; 0 is one for each processor." default:"0"`
}

// Help is the long help of the command.
func (eobCmd) Help() string {
	return `Each claim is priced as woodlawn price does, and what was decided is written as the resources of the CARIN Blue Button
guide 2.0.0. With --rif, --cclf, --bluebutton or --authorizations the claims or prior authorizations of those are written instead, as the
payer decided them. The folder then holds one NDJSON file for each type of resource, losses.ndjson (a line a claim: the fields that
have no place in the guide) and rejects.ndjson (claims that were set aside, each with its reasons).

With --remittance the answers come from 835 files instead: a claim's is the last one with its number (CLM01, CLP01) and its
billing provider's NPI. Claims without an answer are set aside.

Ids are made of the numbers of members, providers and claims, so they stay the same from run to run. Without --id-key, who
knows a member number can compute the id of the member's Patient.`
}

// Run prices the files and writes the resources.
func (cmd *eobCmd) Run(a *App) error {
	if cmd.sources() != 1 {
		return &ExitError{ExitUsage, errors.New("give either files of claims (837) or one other source (--rif, --cclf, --bluebutton, --authorizations)")}
	}
	since, err := dateFlag("--since", cmd.Since)
	if err != nil {
		return err
	}
	run, err := cmd.newRun(a)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	run.workers = cmd.Workers
	if run.workers <= 0 {
		run.workers = runtime.GOMAXPROCS(0)
	}
	mapper, err := cmd.mapper(run, claim.Payer{Name: cmd.PayerName, ID: cmd.PayerID, Address: run.payerAddress})
	if err != nil {
		return err
	}
	network := map[string]patientaccess.Network{"in": patientaccess.InNetwork, "out": patientaccess.OutOfNetwork}[cmd.Network]
	sink, err := newEOBFiles(cmd.Out, run, mapper, network)
	if err != nil {
		return err
	}
	defer sink.out.drop()
	sink.since = since
	switch {
	case cmd.RIF != "":
		err = cmd.rif(ctx, a, run.workers, sink)
	case cmd.CCLF != "":
		err = cmd.cclf(a, run.workers, sink)
	case len(cmd.BlueButton) > 0:
		err = cmd.blueButton(ctx, a, run.workers, sink)
	case len(cmd.Authorizations) > 0:
		err = cmd.authorizations(ctx, a, run.date, run.workers, sink)
	case len(cmd.Remittance) > 0:
		err = cmd.answered(ctx, a, run, sink)
	default:
		err = cmd.priced(ctx, a, run, sink)
	}
	if err != nil {
		return err
	}
	if err := sink.keep(); err != nil {
		return err
	}
	if err := sink.print(a); err != nil {
		return &ExitError{ExitInternal, err}
	}
	for _, b := range run.summary.broken {
		fmt.Fprintln(a.Err, "woodlawn:", b)
	}
	if len(run.summary.broken) > 0 || sink.rejected > 0 {
		return &ExitError{Code: ExitRejects}
	}
	return nil
}

// sources counts what claims are to be read from.
func (cmd *eobCmd) sources() int {
	n := 0
	for _, given := range []bool{len(cmd.Files) > 0, cmd.RIF != "", cmd.CCLF != "", len(cmd.BlueButton) > 0, len(cmd.Authorizations) > 0} {
		if given {
			n++
		}
	}
	return n
}

// priced prices the files and explains what was decided.
func (cmd *eobCmd) priced(ctx context.Context, a *App, run *priceRun, sink *eobFiles) error {
	for _, name := range cmd.Files {
		if err := run.file(ctx, a, name, sink); err != nil {
			return err
		}
	}
	return nil
}

// mapper makes a mapper for a payer; resources are as of the beginning of the day
// of the run.
func (cmd *eobCmd) mapper(run *priceRun, payer claim.Payer) (*patientaccess.Mapper, error) {
	opt := patientaccess.Options{Payer: payer, Base: cmd.Base, Updated: run.date.Time(), PDex: cmd.PDex}
	if cmd.IDKey != "" {
		key, err := os.ReadFile(cmd.IDKey)
		if err != nil {
			return nil, err
		}
		if len(key) == 0 {
			return nil, &ExitError{ExitUsage, fmt.Errorf("--id-key %s is empty", cmd.IDKey)}
		}
		opt.Key = key
	}
	m, err := patientaccess.New(opt)
	if err != nil {
		return nil, &ExitError{ExitUsage, err}
	}
	return m, nil
}
