// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestInOrder takes numbers through workers of different speed: each comes out once, worked
// on, in its order; an error of any stage ends the run and is returned.
func TestInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 60).Draw(t, "n")
		workers := rapid.IntRange(1, 4).Draw(t, "workers")
		readFails, emitFails := rapid.IntRange(-1, n).Draw(t, "read"), rapid.IntRange(-1, n).Draw(t, "emit")
		broken := errors.New("broken")
		type box struct{ in, out int }
		next, seen := 0, 0
		err := inOrder(context.Background(), workers, func(b *box) error {
			if next == readFails {
				return broken
			}
			if next == n {
				return io.EOF
			}
			*b = box{in: next}
			next++
			return nil
		}, func(_ int, b *box) {
			if b.in%7 == 0 {
				time.Sleep(time.Millisecond)
			}
			b.out = b.in * 2
		}, func(b *box) error {
			if b.in == emitFails {
				return broken
			}
			if b.in != seen || b.out != 2*seen {
				t.Fatalf("%+v instead of number %d", *b, seen)
			}
			seen++
			return nil
		})
		stops := n
		for _, at := range []int{readFails, emitFails} {
			if at >= 0 && at < stops {
				stops = at
			}
		}
		wrong := readFails >= 0 && readFails <= n || emitFails >= 0 && emitFails < n
		if errors.Is(err, broken) != wrong || seen != stops {
			t.Fatalf("%v after %d of %d (read %d, emit %d)", err, seen, n, readFails, emitFails)
		}
	})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := inOrder(ctx, 2, func(*int) error { return nil }, func(int, *int) {}, func(*int) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
