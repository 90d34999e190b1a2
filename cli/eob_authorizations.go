// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/interop/patientaccess"
)

// maxAuthorization bounds a line of a file of authorizations.
const maxAuthorization = 4 << 20

// authorizationLine is one line of a file.
type authorizationLine struct {
	n    int
	text string
}

// authorizations writes prior authorizations, of which each line of the files is one.
func (cmd *eobCmd) authorizations(ctx context.Context, a *App, on civil.Date, workers int, sink *eobFiles) error {
	for _, name := range cmd.Authorizations {
		if err := authorizationFile(ctx, a, name, on, workers, sink); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func authorizationFile(ctx context.Context, a *App, name string, on civil.Date, workers int, sink *eobFiles) error {
	in, done, err := a.open(name)
	if err != nil {
		return err
	}
	defer done()
	bar := newProgress(a.Err, "Mapping "+filepath.Base(name), "authorizations", 0)
	defer bar.Done()
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), maxAuthorization)
	n := 0
	next := func(b []authorizationLine) ([]authorizationLine, error) {
		for len(b) < eobClaims && lines.Scan() {
			n++
			if text := strings.TrimSpace(lines.Text()); text != "" {
				b = append(b, authorizationLine{n, text})
			}
		}
		switch err := lines.Err(); {
		case errors.Is(err, bufio.ErrTooLong):
			return b, fmt.Errorf("line %d has more than %d bytes", n+1, maxAuthorization)
		case err != nil:
			return b, err
		case len(b) < eobClaims:
			return b, io.EOF
		}
		return b, nil
	}
	return eachItem(ctx, sink, workers, bar, next, func(_ int, l *authorizationLine, it *eobItem) {
		if it.err = sink.authorize(l, on, it); it.err != nil {
			it.file, it.place, it.raw = filepath.Base(name), fmt.Sprintf("line %d", l.n), l.text
		}
	})
}

// authorize maps one authorization, on any core.
func (s *eobFiles) authorize(l *authorizationLine, on civil.Date, it *eobItem) error {
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
