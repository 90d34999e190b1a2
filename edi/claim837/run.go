// SPDX-License-Identifier: Apache-2.0

package claim837

import (
	"context"
	"io"
	"runtime"
	"sync"

	"github.com/woodlawn-health/woodlawn/edi/x12"
)

// Stages are what Run does with the batches of a file. Each may be nil.
type Stages struct {
	// Work runs on every worker, on batches in any order, once they are parsed.
	Work func(worker int, b *Batch)
	// Settle runs on one goroutine, with the batches in the order of the file.
	Settle func(b *Batch) error
	// Finish runs on every worker, on batches in any order, after Settle.
	Finish func(worker int, b *Batch)
	// Emit runs on the goroutine that called Run, in the order of the file.
	Emit func(b *Batch) error
}

// Run reads a whole file with several workers. One goroutine splits it into
// batches; each worker parses and checks a batch and takes it through the stages.
// Only a bounded number of batches is in flight, so memory stays flat whatever the
// size of the file.
//
// Claims are handed out as they come. Whether their transaction ends as it should is
// known only at its SE: the report tells, in TransactionReport.Failed.
//
// workers of 0 takes one for each processor. Work and Finish get the worker's number
// from 0, so that they can keep scratch memory by worker. The report is complete if
// err is nil; an error of r or of a stage, or the end of ctx, ends the run early.
func Run(ctx context.Context, r io.Reader, opt Options, workers int, stages Stages) (*x12.Report, error) {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	parent := ctx
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	split := newSplitter(r, opt)
	pool := make(chan *Batch, 3*workers+1)
	for range cap(pool) {
		pool <- &Batch{}
	}
	// Every channel has room for all batches, so that no stage waits for a later one.
	jobs := make(chan *Batch)
	parsed, settled, finished := make(chan *Batch, cap(pool)), make(chan *Batch, cap(pool)), make(chan *Batch, cap(pool))

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
	var parsing sync.WaitGroup
	for i := range workers {
		parsing.Add(1)
		group.Go(func() { work(i, opt, stages, jobs, parsed, settled, finished, &parsing) })
	}
	go func() {
		parsing.Wait()
		close(parsed)
	}()
	report := split.r.Report()
	go func() {
		defer close(settled)
		err := inOrder(parsed, func(b *Batch) error {
			b.apply(report)
			if b.err != nil {
				return b.err
			}
			if stages.Settle != nil {
				if err := stages.Settle(b); err != nil {
					return err
				}
			}
			settled <- b
			return nil
		})
		if err != nil {
			cancel(err)
			for range parsed { // let the workers go
			}
		}
	}()
	go func() {
		group.Wait()
		close(finished)
	}()

	err := inOrder(finished, func(b *Batch) error {
		if opt.Progress != nil {
			opt.Progress(b.Bytes)
		}
		if stages.Emit != nil {
			if err := stages.Emit(b); err != nil {
				return err
			}
		}
		pool <- b
		return nil
	})
	if err != nil {
		cancel(err)
		for range finished { // let the workers go
		}
	}
	if err == nil {
		err = context.Cause(ctx)
	}
	return report, err
}

// work takes batches through the parallel stages: settled ones first, so that what
// is in flight is finished before more is begun.
func work(worker int, opt Options, stages Stages, jobs <-chan *Batch, parsed chan<- *Batch, settled <-chan *Batch, finished chan<- *Batch, parsing *sync.WaitGroup) {
	p := newParser(opt)
	for jobs != nil || settled != nil {
		var b *Batch
		var ok bool
		select {
		case b, ok = <-settled:
		default:
			select {
			case b, ok = <-settled:
			case next, more := <-jobs:
				if !more {
					jobs = nil
					parsing.Done()
					continue
				}
				p.parse(next)
				if stages.Work != nil {
					stages.Work(worker, next)
				}
				parsed <- next
				continue
			}
		}
		if !ok {
			settled = nil
			continue
		}
		if stages.Finish != nil {
			stages.Finish(worker, b)
		}
		finished <- b
	}
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
