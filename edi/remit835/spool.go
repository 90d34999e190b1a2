// SPDX-License-Identifier: Apache-2.0

package remit835

import (
	"bufio"
	"errors"
	"io"
	"os"
)

// spool keeps the unfinished parts of many transactions in one temporary file, so
// that memory does not grow with the number of claims: BPR stands at the head of a
// transaction and holds a total that is known at its end.
type spool struct {
	dir  string
	file *os.File
	w    *bufio.Writer
	size int64
}

// chunk is a run of segments in the spool.
type chunk struct {
	offset int64
	length int
}

// put appends b.
func (s *spool) put(b []byte) (chunk, error) {
	if s.file == nil {
		f, err := os.CreateTemp(s.dir, ".835-spool-*")
		if err != nil {
			return chunk{}, err
		}
		os.Remove(f.Name()) // where the system allows it the file is gone when the process is
		s.file, s.w = f, bufio.NewWriterSize(f, 256<<10)
	}
	c := chunk{s.size, len(b)}
	n, err := s.w.Write(b)
	s.size += int64(n)
	return c, err
}

// copy writes the chunks to w in order.
func (s *spool) copy(w io.Writer, chunks []chunk) error {
	if len(chunks) == 0 {
		return nil
	}
	if err := s.w.Flush(); err != nil {
		return err
	}
	for _, c := range chunks {
		n, err := io.Copy(w, io.NewSectionReader(s.file, c.offset, int64(c.length)))
		if err != nil {
			return err
		}
		if n != int64(c.length) {
			return errors.New("the temporary file of unfinished transactions was cut short")
		}
	}
	return nil
}

func (s *spool) close() {
	if s.file != nil {
		s.file.Close()
		os.Remove(s.file.Name())
		s.file = nil
	}
}
