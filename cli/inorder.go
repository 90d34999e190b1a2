// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"io"
	"sync"
)

// inOrder takes batches through workers and hands them on in their order. next fills a
// batch, whose memory is used again, and ends with io.EOF; work runs on one of the workers,
// which are numbered from 0; emit runs on the caller's goroutine. Only a few batches are in
// flight, whatever the length of the input.
func inOrder[B any](ctx context.Context, workers int, next func(*B) error, work func(worker int, b *B), emit func(*B) error) error {
	type job struct {
		batch *B
		err   error // of reading, which ends the input
		done  chan struct{}
	}
	ctx, cancel := context.WithCancel(ctx)
	var group sync.WaitGroup
	defer func() {
		cancel() // the reader may wait for a batch that nobody will give back
		group.Wait()
	}()
	pool := make(chan *B, 2*workers+1)
	for range cap(pool) {
		pool <- new(B)
	}
	todo, queue := make(chan *job), make(chan *job, cap(pool)+1)
	for w := range workers {
		group.Go(func() {
			for j := range todo {
				work(w, j.batch)
				close(j.done)
			}
		})
	}
	group.Go(func() {
		defer close(queue)
		defer close(todo)
		for {
			j := &job{done: make(chan struct{})}
			select {
			case j.batch = <-pool:
			case <-ctx.Done():
				return
			}
			if j.err = next(j.batch); j.err != nil {
				close(j.done)
				queue <- j
				return
			}
			queue <- j // which has room for all batches
			select {
			case todo <- j:
			case <-ctx.Done():
				return
			}
		}
	})
	for j := range queue {
		select {
		case <-j.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		err := j.err
		if err == nil {
			err = emit(j.batch)
			pool <- j.batch
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}
