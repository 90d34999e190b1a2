// SPDX-License-Identifier: Apache-2.0

package rif

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Bounds of what is read at once.
const (
	maxRow   = 1 << 20
	maxBlock = 32 << 20 // rows of one claim; the longest claims have a few thousand
)

// Reader cuts a file into blocks. It holds one claim at a time.
type Reader struct {
	br     *bufio.Reader
	name   string
	header *Header
	line   int
	offset int64
	// pending is the first row of the next block.
	pending       []byte
	pendingLine   int
	pendingOffset int64
	err           error
}

// NewReader reads the names of the columns. The error is a *FileError.
func NewReader(r io.Reader, name string) (*Reader, error) {
	rd := &Reader{br: bufio.NewReaderSize(r, 256<<10), name: name}
	row, err := rd.row()
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = &FileError{name, "is empty"}
		}
		return nil, err
	}
	if rd.header, err = NewHeader(string(row)); err != nil {
		return nil, &FileError{name, err.Error()}
	}
	return rd, nil
}

// Header is the columns of the file.
func (r *Reader) Header() *Header { return r.header }

// Offset is how many bytes of the file are read.
func (r *Reader) Offset() int64 { return r.offset }

// Next reads the next block; io.EOF ends the file. Other errors are *FileError and end
// it as well.
func (r *Reader) Next() (Block, error) {
	if r.err != nil {
		return Block{}, r.err
	}
	var text strings.Builder
	b := Block{Header: r.header, File: r.name}
	key := ""
	for {
		if r.pending == nil {
			row, err := r.row()
			if err != nil {
				r.err = err
				if text.Len() == 0 || !errors.Is(err, io.EOF) {
					return Block{}, err
				}
				break
			}
			r.pending = row
		}
		k := r.keyOf(r.pending)
		if text.Len() == 0 {
			key, b.Line, b.Offset = string(k), r.pendingLine, r.pendingOffset
		} else if string(k) != key {
			break
		}
		if text.Len()+len(r.pending) > maxBlock {
			r.err = &FileError{r.name, fmt.Sprintf("the claim that begins in line %d has more than %d bytes of rows", b.Line, maxBlock)}
			return Block{}, r.err
		}
		text.Write(r.pending)
		r.pending = nil
		if !r.header.Claims() || r.header.Kind == PDE {
			break // one row is all
		}
	}
	b.Text = text.String()
	return b, nil
}

// row reads a line that is not blank, with its end. It is good until the next call.
func (r *Reader) row() ([]byte, error) {
	for {
		line, err := r.br.ReadSlice('\n')
		start := r.offset
		if errors.Is(err, bufio.ErrBufferFull) {
			long := append([]byte(nil), line...)
			for errors.Is(err, bufio.ErrBufferFull) && len(long) <= maxRow {
				line, err = r.br.ReadSlice('\n')
				long = append(long, line...)
			}
			if line = long; len(long) > maxRow {
				return nil, &FileError{r.name, fmt.Sprintf("line %d has more than %d bytes; this is no RIF file", r.line+1, maxRow)}
			}
		}
		r.offset += int64(len(line))
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, &FileError{r.name, fmt.Sprintf("after line %d (byte %d): %v", r.line, r.offset, err)}
		}
		if len(line) == 0 {
			return nil, io.EOF
		}
		r.line++
		if strings.TrimSpace(string(line)) == "" {
			continue
		}
		r.pendingLine, r.pendingOffset = r.line, start
		return line, nil
	}
}

// keyOf is the value that tells the claims of the file apart.
func (r *Reader) keyOf(row []byte) []byte {
	column, start := 0, 0
	for i, c := range row {
		if c != '|' && c != '\n' {
			continue
		}
		if column == r.header.key {
			return row[start:i]
		}
		column, start = column+1, i+1
	}
	if column == r.header.key {
		return row[start:]
	}
	return nil
}
