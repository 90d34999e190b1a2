// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/interop/patientaccess/medicare"
)

// blueButton maps the older ExplanationOfBenefits of CMS's Beneficiary FHIR Data server, one
// a line.
func (cmd *eobCmd) blueButton(ctx context.Context, a *App, workers int, sink *eobFiles) error {
	readers := make([]medicare.BlueButton, workers)
	for _, name := range cmd.BlueButton {
		err := eachSourceLine(ctx, a, name, "claims", workers, sink, func(worker int, l *sourceLine, it *eobItem) error {
			d, err := node.Parse([]byte(l.text))
			if err != nil {
				return err
			}
			defer d.Release()
			r := &readers[worker]
			if err := r.Read(d, l.file, l.n); err != nil {
				return err
			}
			it.claim = r.RIF.Input.Payment.ControlNumber
			sink.explainItem(&r.RIF.Input, r.RIF.Losses, it)
			return nil
		})
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}
