// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"errors"
	"io"
	"runtime"
	"strings"
)

// lineFunc answers line n, counted from 1 and without its end, by appending to dst.
// It reports whether the line was good.
type lineFunc func(n int, line string, dst []byte) (out []byte, ok bool)

const (
	// maxLine bounds a line; a longer one is given to the lineFunc cut, which makes
	// it a bad one wherever lines are JSON.
	maxLine = 4 << 20
	// batchBytes is about how much a worker takes at a time.
	batchBytes = 64 << 10
)

// batch is a run of lines on its way through a worker.
type batch struct {
	first   int
	text    string
	ends    []int // where each line ends in text
	blank   int   // lines with nothing in them, which have no answer
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
		readErr <- readBatches(r, func(b *batch) bool {
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
		total += len(b.ends) - b.blank
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
	start := 0
	for i, end := range b.ends {
		line := b.text[start:end]
		if start = end; strings.TrimSpace(line) == "" {
			b.blank++
			continue
		}
		out, ok := answer(b.first+i, line, b.out)
		if !ok {
			b.rejects++
		}
		b.out = out
	}
	close(b.done)
}

// readBatches cuts r into batches of whole lines until emit says stop.
func readBatches(r io.Reader, emit func(*batch) bool) error {
	in := bufio.NewReaderSize(r, batchBytes)
	next := 1
	for {
		var text strings.Builder
		text.Grow(batchBytes + batchBytes/4)
		b := &batch{first: next, done: make(chan struct{})}
		var err error
		for err == nil && text.Len() < batchBytes {
			var any bool
			if any, err = readLine(in, &text); any {
				b.ends = append(b.ends, text.Len())
			}
		}
		b.text = text.String()
		next += len(b.ends)
		if len(b.ends) > 0 && !emit(b) {
			return nil
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// readLine appends the next line without its end; any tells whether there was one.
func readLine(in *bufio.Reader, text *strings.Builder) (any bool, err error) {
	room := maxLine
	for {
		part, err := in.ReadSlice('\n')
		any = any || len(part) > 0
		if err == nil {
			part = part[:len(part)-1]
			if n := len(part); n > 0 && part[n-1] == '\r' {
				part = part[:n-1]
			}
		}
		text.Write(part[:min(len(part), room)])
		room -= min(len(part), room)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return any, err
		}
	}
}
