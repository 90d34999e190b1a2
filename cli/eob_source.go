// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/interop/patientaccess"
)

// eobClaims is how many claims a worker takes at a time.
const eobClaims = 64

// eobItem is one claim of a source that is not an 837, on its way through a worker.
type eobItem struct {
	set     patientaccess.Set
	losses  []byte
	early   bool // its services are older than what is asked for
	older   bool // a later record of the same thing is written
	drug    bool // an authorization of a drug
	past    bool // an authorization that members need not see any more
	err     error
	claim   string // its number, for the reject file
	file    string
	place   string
	raw     string
	related []patientaccess.Resource // made of the set, as MedicationDispense
}

// explainItem maps what a source has read, on any core.
func (s *eobFiles) explainItem(in *patientaccess.Input, more []patientaccess.Loss, it *eobItem) {
	in.Network = s.network
	if it.early = s.tooEarly(in); it.early {
		return
	}
	if it.err = s.mapper.Map(in, &it.set); it.err != nil {
		return
	}
	it.set.Losses = append(it.set.Losses, more...)
	e := it.set.Explanation()
	number := in.Claim.ID
	if number == "" {
		number = in.Payment.ControlNumber
	}
	s.reportLosses(it, lossLine{Claim: number, Explanation: e.Type + "/" + e.ID, Profile: it.set.Profile, Losses: it.set.Losses})
}

func (s *eobFiles) reportLosses(it *eobItem, l lossLine) {
	line, err := json.Marshal(l)
	if err != nil {
		it.err = err
		return
	}
	it.losses = append(append(it.losses[:0], line...), '\n')
}

// tooEarly tells whether a claim has no service since the first day that is asked for.
func (s *eobFiles) tooEarly(in *patientaccess.Input) bool {
	last := lastService(in)
	return !last.IsZero() && last.Before(s.since)
}

// lastService is the last day of service of a claim.
func lastService(in *patientaccess.Input) civil.Date {
	last := in.Claim.Through
	for i := range in.Claim.Lines {
		if d := in.Claim.Lines[i].Through; d.After(last) {
			last = d
		}
	}
	if last.IsZero() {
		return in.Claim.From
	}
	return last
}

// emitItem writes what explainItem has made, in the order of the input.
func (s *eobFiles) emitItem(it *eobItem) error {
	switch {
	case it.early:
		s.early++
		return nil
	case it.older:
		return nil
	case it.drug:
		s.drugs++
		return nil
	case it.past:
		s.past++
		return nil
	case it.err != nil:
		s.rejected++
		text, err := json.Marshal(rejected{Claim: it.claim, Status: "unmapped", File: it.file, Place: it.place,
			Reasons: []string{it.err.Error()}, Raw: it.raw})
		if err != nil {
			return err
		}
		if _, err := s.rejects.Write(append(text, '\n')); err != nil {
			return &ExitError{ExitInternal, err}
		}
		return nil
	}
	for i := range it.set.Resources {
		if err := s.write(&it.set.Resources[i]); err != nil {
			return &ExitError{ExitInternal, err}
		}
	}
	s.lost += len(it.set.Losses)
	s.reported++
	if _, err := s.losses.Write(it.losses); err != nil {
		return &ExitError{ExitInternal, err}
	}
	return nil
}

// sourceFile is a file of a folder of claims.
type sourceFile struct {
	path string
	size int64
}

// sourceFiles are the regular files of a folder, by name.
func sourceFiles(dir string) ([]sourceFile, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var out []sourceFile
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			return nil, err
		}
		if info.Mode().IsRegular() && !strings.HasPrefix(e.Name(), ".") {
			out = append(out, sourceFile{filepath.Join(dir, e.Name()), info.Size()})
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s holds no file", dir)
	}
	return out, nil
}

// itemBatch is a run of items with what they are made of.
type itemBatch[T any] struct {
	in    []T
	items []eobItem
}

// eachItem takes the items of a source through the workers and writes them. next appends up
// to eobClaims inputs and ends with io.EOF; work makes items[i] of in[i].
func eachItem[T any](ctx context.Context, s *eobFiles, workers int, bar *progress, next func([]T) ([]T, error), work func(worker int, in *T, it *eobItem)) error {
	ended := false
	return inOrder(ctx, workers, func(b *itemBatch[T]) error {
		if ended {
			return io.EOF
		}
		var err error
		b.in, err = next(b.in[:0])
		if err == io.EOF && len(b.in) > 0 {
			ended, err = true, nil
		}
		return err
	}, func(worker int, b *itemBatch[T]) {
		for len(b.items) < len(b.in) {
			b.items = append(b.items, eobItem{})
		}
		for i := range b.in {
			it := &b.items[i]
			*it = eobItem{set: it.set, losses: it.losses, related: it.related[:0]}
			work(worker, &b.in[i], it)
		}
	}, func(b *itemBatch[T]) error {
		for i := range b.in {
			if err := s.emitItem(&b.items[i]); err != nil {
				return err
			}
		}
		bar.Add(int64(len(b.in)))
		return nil
	})
}
