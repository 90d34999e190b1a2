// SPDX-License-Identifier: Apache-2.0

// Package ndjson cuts streams of lines, a JSON value each, into batches for
// workers. It holds one batch at a time, whatever the size of the stream.
package ndjson

import (
	"bufio"
	"errors"
	"io"
	"iter"
	"strings"
)

const (
	// MaxLine bounds a line in bytes. A longer one is cut, which makes it a bad one
	// wherever lines are JSON.
	MaxLine = 4 << 20
	// BatchBytes is about how much a batch holds.
	BatchBytes = 64 << 10
)

// Batch is a run of whole lines.
type Batch struct {
	First int // number of the first line, from 1
	text  string
	ends  []int // where each line ends in text
}

// Len is the number of lines, blank ones included.
func (b *Batch) Len() int { return len(b.ends) }

// Lines yields the lines with their numbers, without their ends.
func (b *Batch) Lines() iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		start := 0
		for i, end := range b.ends {
			if !yield(b.First+i, b.text[start:end]) {
				return
			}
			start = end
		}
	}
}

// Read cuts r into batches until emit says stop.
func Read(r io.Reader, emit func(*Batch) bool) error {
	in := bufio.NewReaderSize(r, BatchBytes)
	next := 1
	for {
		var text strings.Builder
		text.Grow(BatchBytes + BatchBytes/4)
		b := &Batch{First: next}
		var err error
		for err == nil && text.Len() < BatchBytes {
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
	room := MaxLine
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
