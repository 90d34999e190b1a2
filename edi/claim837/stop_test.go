// SPDX-License-Identifier: Apache-2.0

package claim837

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
)

// TestEveryStageMayFail ends a run from each stage, by error and by panic, at the
// first batch and at a later one. Run must come back, with the cause.
func TestEveryStageMayFail(t *testing.T) {
	text := file(3_000)
	stop := errors.New("stop")
	for _, workers := range []int{1, 2, 5} {
		for _, at := range []int{1, 4} {
			for name, stages := range map[string]Stages{
				"settle": {Settle: func(b *Batch) error {
					if b.sequence >= at {
						return stop
					}
					return nil
				}},
				"emit": {Emit: func(b *Batch) error {
					if b.sequence >= at {
						return stop
					}
					return nil
				}},
				"work panics":   {Work: func(_ int, b *Batch) { panicAt(b, at) }},
				"finish panics": {Finish: func(_ int, b *Batch) { panicAt(b, at) }},
				"settle panics": {Settle: func(b *Batch) error { panicAt(b, at); return nil }},
				"emit panics":   {Emit: func(b *Batch) error { panicAt(b, at); return nil }},
			} {
				rep, err := Run(context.Background(), strings.NewReader(text), Options{}, workers, stages)
				var caught *PanicError
				if rep != nil || !errors.Is(err, stop) && !errors.As(err, &caught) {
					t.Errorf("%s, %d workers, batch %d: %v", name, workers, at, err)
				}
			}
		}
	}
}

func panicAt(b *Batch, sequence int) {
	if b.sequence >= sequence {
		panic("stop")
	}
}

// TestStopWhileReading ends a run whose input says nothing more.
func TestStopWhileReading(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close()
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = io.WriteString(w, file(2)[:400])
		cancel()
	}()
	if _, err := Run(ctx, r, Options{}, 2, Stages{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
