// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/interop/patientaccess"
)

// authorizations writes prior authorizations, of which each line of the files is one.
func (cmd *eobCmd) authorizations(ctx context.Context, a *App, on civil.Date, workers int, sink *eobFiles) error {
	for _, name := range cmd.Authorizations {
		err := eachSourceLine(ctx, a, name, "authorizations", workers, sink, func(_ int, l *sourceLine, it *eobItem) error {
			return sink.authorize(l, on, it)
		})
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// authorize maps one authorization, on any core.
func (s *eobFiles) authorize(l *sourceLine, on civil.Date, it *eobItem) error {
	a, err := patientaccess.ParseAuthorization([]byte(l.text))
	if err != nil {
		return err
	}
	it.claim = a.Number
	if it.drug = a.ForDrug(); it.drug {
		return nil
	}
	if it.past = !a.Shown(on); it.past {
		return nil
	}
	if err := s.mapper.MapAuthorization(a, patientaccess.FromCapture, &it.set); err != nil {
		return err
	}
	e := it.set.Explanation()
	s.reportLosses(it, lossLine{Claim: a.Number, Explanation: e.Type + "/" + e.ID, Profile: it.set.Profile, Losses: it.set.Losses})
	return nil
}
