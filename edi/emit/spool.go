// SPDX-License-Identifier: Apache-2.0

package emit

import (
	"bufio"
	"errors"
	"io"
	"os"
)

// Spool keeps the unfinished parts of many transactions in one temporary file, so
// that memory does not grow with the number of claims: totals stand at the head of a
// transaction and are known at its end.
type Spool struct {
	Dir  string // folder of the file
	file *os.File
	w    *bufio.Writer
	size int64
}

// Chunk is a run of segments in the spool.
type Chunk struct {
	offset int64
	Length int // bytes
}

// Put appends b. The file is made when it is first needed.
func (s *Spool) Put(b []byte) (Chunk, error) {
	if s.file == nil {
		f, err := os.CreateTemp(s.Dir, ".spool-*")
		if err != nil {
			return Chunk{}, err
		}
		os.Remove(f.Name()) // where the system allows it the file is gone when the process is
		s.file, s.w = f, bufio.NewWriterSize(f, 256<<10)
	}
	c := Chunk{s.size, len(b)}
	n, err := s.w.Write(b)
	s.size += int64(n)
	return c, err
}

// Reader reads the chunks in order. It is good until the next Put.
func (s *Spool) Reader(chunks []Chunk) (io.Reader, error) {
	if len(chunks) == 0 {
		return io.MultiReader(), nil
	}
	if err := s.w.Flush(); err != nil {
		return nil, err
	}
	parts := make([]io.Reader, len(chunks))
	for i, c := range chunks {
		parts[i] = io.NewSectionReader(s.file, c.offset, int64(c.Length))
	}
	return io.MultiReader(parts...), nil
}

// Copy writes the chunks to w in order.
func (s *Spool) Copy(w io.Writer, chunks []Chunk) error {
	r, err := s.Reader(chunks)
	if err != nil {
		return err
	}
	want := int64(0)
	for _, c := range chunks {
		want += int64(c.Length)
	}
	n, err := io.Copy(w, r)
	if err == nil && n != want {
		err = errors.New("the temporary file of unfinished transactions was cut short")
	}
	return err
}

// Close drops the file.
func (s *Spool) Close() {
	if s.file != nil {
		s.file.Close()
		os.Remove(s.file.Name())
		s.file = nil
	}
}
