// SPDX-License-Identifier: Apache-2.0

package cclf

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// Record is one record. Its bytes are good until the next one is read.
type Record struct {
	Layout *Layout
	Number int // from 1
	line   []byte
}

// Text is a field without the blanks around it; a field that the version lacks is empty.
func (r *Record) Text(i int) string { return string(r.bytes(i)) }

// Bytes is Text without a copy: good until the next record is read.
func (r *Record) Bytes(i int) []byte { return r.bytes(i) }

func (r *Record) bytes(i int) []byte {
	if i < 0 || i >= len(r.Layout.Fields) {
		return nil
	}
	f := &r.Layout.Fields[i]
	return trim(r.line[f.Start : f.Start+f.Length])
}

// trim takes the blanks off a field's ends.
func trim(b []byte) []byte {
	for len(b) > 0 && blank(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	for len(b) > 0 && blank(b[0]) {
		b = b[1:]
	}
	return b
}

func blank(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// Date is a date field; none for a blank or CMS's 1000-01-01 and 9999-12-31.
func (r *Record) Date(i int) (civil.Date, error) { return parseDate(r.bytes(i)) }

// Cents is an amount field; blank is 0.
func (r *Record) Cents(i int) (money.Cents, error) {
	b := r.bytes(i)
	if len(b) == 0 {
		return 0, nil
	}
	return money.ParseCents(b)
}

func parseDate(b []byte) (civil.Date, error) {
	switch string(b) {
	case "", "1000-01-01", "9999-12-31":
		return 0, nil
	}
	return civil.ParseISO(b)
}

// Reader reads the records of one file.
type Reader struct {
	// Reject is called with every record that is no good; nil drops the notice.
	Reject func(*RecordError)
	// Promised is the record length that CCLF0 gives, 0 if none is known. It matters where
	// a sender cut the blanks off the ends of records: these are read with blanks again,
	// and counted by Padded.
	Promised int

	name           string
	file           byte
	layouts        *Layouts
	br             *bufio.Reader
	rec            Record
	offset         int64
	read, rejected int
	padded         int
	pad            []byte
	err            error
	buf            []byte
}

// maxRecord bounds a record; the longest of CMS's has 549 bytes.
const maxRecord = 64 << 10

// NewReader reads a file ('1' to '9', 'A', 'B') whose name is used in errors. The first
// record tells the layout.
func NewReader(r io.Reader, name string, file byte, layouts *Layouts) *Reader {
	return &Reader{name: name, file: file, layouts: layouts, br: bufio.NewReaderSize(r, maxRecord)}
}

// Next advances to the next good record; false at the end or at an error of the file.
func (r *Reader) Next() bool {
	for r.err == nil {
		line, ok := r.line()
		if !ok {
			return false
		}
		if r.rec.Layout == nil {
			l, err := r.pick(len(line))
			if err != nil {
				r.err = &FileError{File: r.name, Reason: err.(*FileError).Reason}
				return false
			}
			r.rec.Layout = l
		}
		start := r.offset - int64(len(r.buf))
		whole := len(line) == r.rec.Layout.Length
		if !whole && r.Promised == r.rec.Layout.Length && len(line) < r.Promised {
			line = r.padTo(line, r.Promised)
		}
		if e := r.check(line); e != nil {
			e.File, e.Record, e.Offset = r.name, r.read, start
			r.rejected++
			if r.Reject != nil {
				r.Reject(e)
			}
			continue
		}
		if !whole {
			r.padded++
		}
		r.rec.Number, r.rec.line = r.read, line
		return true
	}
	return false
}

// pick chooses the layout by the first record. A length that is of a known version goes
// before what CCLF0 promises, which is taken where the record is shorter.
func (r *Reader) pick(length int) (*Layout, error) {
	l, err := r.layouts.For(r.file, length)
	if err == nil && l.Version != "" || r.Promised <= length {
		return l, err
	}
	if promised, perr := r.layouts.For(r.file, r.Promised); perr == nil {
		return promised, nil
	}
	return l, err
}

func (r *Reader) padTo(line []byte, length int) []byte {
	r.pad = append(r.pad[:0], line...)
	for len(r.pad) < length {
		r.pad = append(r.pad, ' ')
	}
	return r.pad
}

// Padded counts the records that were shorter than CCLF0 promises and read with blanks
// at the end.
func (r *Reader) Padded() int { return r.padded }

// line reads up to the end of a line into buf, and returns it without the end.
func (r *Reader) line() ([]byte, bool) {
	for {
		chunk, err := r.br.ReadSlice('\n')
		r.buf = append(r.buf[:0], chunk...)
		r.offset += int64(len(chunk))
		if errors.Is(err, bufio.ErrBufferFull) {
			r.skipLong()
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			r.err = &FileError{File: r.name, Reason: fmt.Sprintf("after record %d (byte %d): %v", r.read, r.offset, err)}
			return nil, false
		}
		if len(chunk) == 0 {
			return nil, false
		}
		line := bytes.TrimRight(r.buf, "\r\n")
		if len(line) == 0 {
			continue // an empty line is no record
		}
		r.read++
		return line, true
	}
}

// skipLong sets a record aside that is longer than any.
func (r *Reader) skipLong() {
	r.read++
	r.rejected++
	e := &RecordError{File: r.name, Record: r.read, Offset: r.offset - int64(len(r.buf)), Reason: fmt.Sprintf("longer than %d bytes", maxRecord)}
	for {
		chunk, err := r.br.ReadSlice('\n')
		r.offset += int64(len(chunk))
		if !errors.Is(err, bufio.ErrBufferFull) {
			break
		}
	}
	if r.Reject != nil {
		r.Reject(e)
	}
}

// check holds a record against its layout.
func (r *Reader) check(line []byte) *RecordError {
	l := r.rec.Layout
	if len(line) != l.Length {
		return &RecordError{Reason: fmt.Sprintf("has %d bytes, the layout %d; columns may be shifted or the record cut", len(line), l.Length)}
	}
	for i := range l.Fields {
		f := &l.Fields[i]
		if f.Kind == Text {
			continue
		}
		b := trim(line[f.Start : f.Start+f.Length])
		if len(b) == 0 {
			continue
		}
		var err error
		switch f.Kind {
		case Date:
			_, err = parseDate(b)
		case Amount:
			_, err = money.ParseCents(b)
		case Number:
			_, err = money.ParseScaled(b, 4)
		}
		if err != nil {
			return &RecordError{Field: f.Name, Value: string(b), Reason: fmt.Sprintf("is no %s", f.Kind)}
		}
	}
	return nil
}

// Record is the current record.
func (r *Reader) Record() *Record { return &r.rec }

// Err is the error that ended the file early, a *FileError.
func (r *Reader) Err() error { return r.err }

// Counts are the records read and, of them, those set aside.
func (r *Reader) Counts() (read, rejected int) { return r.read, r.rejected }

// Layout is the layout in use, nil before the first record.
func (r *Reader) Layout() *Layout { return r.rec.Layout }
