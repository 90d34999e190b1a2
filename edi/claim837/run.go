// SPDX-License-Identifier: Apache-2.0

package claim837

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
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
// from 0, so that they can keep scratch memory by worker.
//
// An error of r or of a stage, a panic, or the end of ctx ends the run early; the
// report is then nil. A panic comes back as a *PanicError. Run does not wait for a Read
// of r that blocks when the run has ended otherwise; r may then still be in use.
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
		defer caught(cancel)
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
		group.Go(func() {
			w := worker{number: i, parser: newParser(opt), stages: stages, parsing: &parsing, cancel: cancel}
			w.run(ctx, jobs, parsed, settled, finished)
		})
	}
	go func() {
		parsing.Wait()
		close(parsed)
	}()
	report := split.r.Report()
	go func() {
		defer close(settled)
		defer func() {
			for range parsed { // let the workers go
			}
		}()
		defer caught(cancel)
		err := inOrder(parsed, func(b *Batch) error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
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
		}
	}()
	go func() {
		group.Wait()
		close(finished)
	}()

	func() {
		defer caught(cancel)
		err := inOrder(finished, func(b *Batch) error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
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
		}
	}()
	for range finished { // let the workers go
	}
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return report, nil
}

// PanicError is a panic of a stage: an error of the program.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("an error of the program: %v", e.Value) }

// caught makes a panic the cause of the run's end, so that what is half done can be
// cleaned up and nobody waits for a goroutine that is gone.
func caught(cancel context.CancelCauseFunc) {
	if v := recover(); v != nil {
		cancel(&PanicError{v, debug.Stack()})
	}
}

// worker takes batches through the parallel stages.
type worker struct {
	number  int
	parser  *parser
	stages  Stages
	parsing *sync.WaitGroup
	cancel  context.CancelCauseFunc
}

// run takes settled batches first, so that what is in flight is finished before more
// is begun.
func (w *worker) run(ctx context.Context, jobs <-chan *Batch, parsed chan<- *Batch, settled <-chan *Batch, finished chan<- *Batch) {
	ended := ctx.Done()
	noMore := func() {
		jobs, ended = nil, nil
		w.parsing.Done()
	}
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
					noMore()
				} else if w.parse(next) {
					parsed <- next
				}
				continue
			case <-ended:
				noMore()
				continue
			}
		}
		if !ok {
			settled = nil
		} else if w.finish(b) {
			finished <- b
		}
	}
}

// parse reads the batch and works on it; false after a panic.
func (w *worker) parse(b *Batch) (ok bool) {
	defer caught(w.cancel)
	w.parser.parse(b)
	if w.stages.Work != nil {
		w.stages.Work(w.number, b)
	}
	return true
}

// finish takes a settled batch through its last stage; false after a panic.
func (w *worker) finish(b *Batch) (ok bool) {
	defer caught(w.cancel)
	if w.stages.Finish != nil {
		w.stages.Finish(w.number, b)
	}
	return true
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
