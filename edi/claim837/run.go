// SPDX-License-Identifier: Apache-2.0

package claim837

import (
	"context"
	"io"
	"runtime"
	"sync"

	"github.com/woodlawn-health/woodlawn/edi/x12"
)

// Run reads a whole file with several workers. One goroutine splits it into
// batches; each worker parses and checks a batch and calls work on it, which may
// be nil; emit, which may be nil too, is called with the batches in the order of
// the file, on the goroutine that called Run. Only a bounded number of batches is
// in flight, so memory stays flat whatever the size of the file.
//
// workers of 0 takes one for each processor. work gets the worker's number from 0,
// so that it can keep scratch memory by worker. The report is complete if err is
// nil; an error of r or emit, or the end of ctx, ends the run early.
func Run(ctx context.Context, r io.Reader, opt Options, workers int, work func(worker int, b *Batch), emit func(b *Batch) error) (*x12.Report, error) {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	parent := ctx
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	split := newSplitter(r, opt)
	pool := make(chan *Batch, 2*workers+1)
	for range cap(pool) {
		pool <- &Batch{}
	}
	jobs, done := make(chan *Batch), make(chan *Batch)

	go func() {
		defer close(jobs)
		for {
			select {
			case <-ctx.Done():
				return
			case b := <-pool:
				if split.fill(b) == io.EOF {
					return
				}
				select {
				case jobs <- b:
				case <-ctx.Done():
					return
				}
			}
		}
	}()

	var group sync.WaitGroup
	for i := range workers {
		group.Go(func() {
			p := newParser(opt)
			for b := range jobs {
				p.parse(b)
				if work != nil {
					work(i, b)
				}
				select {
				case done <- b:
				case <-ctx.Done():
					return
				}
			}
		})
	}
	go func() {
		group.Wait()
		close(done)
	}()

	report := split.r.Report()
	err := inOrder(done, func(b *Batch) error {
		b.apply(report)
		if opt.Progress != nil {
			opt.Progress(b.Bytes)
		}
		if b.err != nil {
			return b.err
		}
		if emit != nil {
			if err := emit(b); err != nil {
				return err
			}
		}
		pool <- b
		return nil
	})
	cancel()
	for range done { // let the workers go
	}
	if err == nil {
		err = parent.Err()
	}
	return report, err
}

// inOrder calls fn with the batches in the order of the file.
func inOrder(done <-chan *Batch, fn func(*Batch) error) error {
	waiting := map[int]*Batch{}
	next := 1
	for b := range done {
		waiting[b.sequence] = b
		for waiting[next] != nil {
			b := waiting[next]
			delete(waiting, next)
			next++
			if err := fn(b); err != nil {
				return err
			}
		}
	}
	return nil
}
