// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"io"
	"runtime"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/ndjson"
)

// lineFunc answers line n, counted from 1 and without its end, by appending to dst.
// It reports whether the line was good.
type lineFunc func(n int, line string, dst []byte) (out []byte, ok bool)

const (
	maxLine    = ndjson.MaxLine // a longer one is given to the lineFunc cut
	batchBytes = ndjson.BatchBytes
)

// batch is a run of lines on its way through a worker.
type batch struct {
	*ndjson.Batch
	blank   int // lines with nothing in them, which have no answer
	out     []byte
	rejects int
	done    chan struct{}
}

// eachLine answers every line of r that is not blank on w, in order, with a worker for each core. It
// holds no more than a few batches, whatever the size of the input. worker makes
// the function for one goroutine. It returns the lines read and those not good.
func eachLine(r io.Reader, w io.Writer, worker func() lineFunc) (total, rejects int, err error) {
	workers := runtime.GOMAXPROCS(0)
	todo := make(chan *batch)
	queue := make(chan *batch, 2*workers) // in the order of the input
	stop := make(chan struct{})
	readErr := make(chan error, 1)
	for range workers {
		answer := worker()
		go func() {
			for b := range todo {
				b.run(answer)
			}
		}()
	}
	go func() {
		defer close(queue)
		defer close(todo)
		readErr <- ndjson.Read(r, func(lines *ndjson.Batch) bool {
			b := &batch{Batch: lines, done: make(chan struct{})}
			select {
			case queue <- b:
				todo <- b
				return true
			case <-stop:
				return false
			}
		})
	}()
	for b := range queue {
		<-b.done
		if err != nil {
			continue // let the reader and the workers end
		}
		total += b.Len() - b.blank
		rejects += b.rejects
		if _, werr := w.Write(b.out); werr != nil {
			err = &ExitError{ExitInternal, werr}
			close(stop)
		}
	}
	if err == nil {
		err = <-readErr
	}
	return total, rejects, err
}

func (b *batch) run(answer lineFunc) {
	for n, line := range b.Lines() {
		if strings.TrimSpace(line) == "" {
			b.blank++
			continue
		}
		out, ok := answer(n, line, b.out)
		if !ok {
			b.rejects++
		}
		b.out = out
	}
	close(b.done)
}
