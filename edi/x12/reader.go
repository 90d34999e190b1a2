// SPDX-License-Identifier: Apache-2.0

package x12

import (
	"io"
	"strconv"
	"strings"
)

// Options of a Reader. The zero value is ready to use.
type Options struct {
	File   string // base name, for the report
	Limits Limits
	// Issue takes the issues that the Reader finds, with the envelopes that they
	// belong to (nil where there is none). If it is nil they go into the report.
	Issue func(*InterchangeReport, *GroupReport, *TransactionReport, Issue)
}

// Reader reads the segments of a file in order and checks its envelopes: control
// numbers, counts, nesting and versions. It takes any transaction.
type Reader struct {
	scan    *Scanner
	opt     Options
	report  *Report
	ic      *InterchangeReport
	group   *GroupReport
	tx      *TransactionReport
	pos     int
	numbers map[string]bool // ISA13 seen, with sender
	inGroup map[string]bool // ST02 seen in the group

	badInterchange, badGroup, badTransaction bool
	segment                                  Segment
}

// NewReader reads from r.
func NewReader(r io.Reader, opt Options) *Reader {
	rd := &Reader{opt: opt, report: &Report{File: opt.File}, numbers: map[string]bool{}, inGroup: map[string]bool{}}
	rd.scan = NewScanner(r, opt.Limits, rd.place)
	return rd
}

// Report is what was found so far; it is complete once Next has returned io.EOF.
func (r *Reader) Report() *Report { return r.report }

// Interchange, Group and Transaction are the envelopes that the last segment
// stands in, or nil. An envelope's own trailer still stands in it.
func (r *Reader) Interchange() *InterchangeReport { return r.ic }

// Group is the group of the last segment, or nil.
func (r *Reader) Group() *GroupReport { return r.group }

// Transaction is the transaction of the last segment, or nil.
func (r *Reader) Transaction() *TransactionReport { return r.tx }

// Bad tells whether an error of the open interchange, group or transaction
// condemns what stands in it.
func (r *Reader) Bad() bool { return r.badInterchange || r.badGroup || r.badTransaction }

// Read is how many bytes of the file were taken so far.
func (r *Reader) Read() int64 { return r.scan.Read() }

// Delimiters are those of the open interchange.
func (r *Reader) Delimiters() Delimiters { return r.scan.Delimiters() }

// Next is the next segment, valid until the call after. At the end of the file it
// is io.EOF; every other error comes from the underlying reader. Faults of the
// file are issues, not errors.
func (r *Reader) Next() (Segment, error) {
	for {
		// An envelope stays open until the segment after its trailer is read.
		if r.tx != nil && r.tx.Closed {
			r.tx, r.pos, r.badTransaction = nil, 0, false
		}
		if r.group != nil && r.group.Closed {
			r.group, r.badGroup = nil, false
		}
		if r.ic != nil && r.ic.Closed {
			r.ic, r.badInterchange = nil, false
		}
		if !r.scan.Scan() {
			r.closeInterchange("the file ends before it")
			r.report.Bytes = r.scan.Read()
			if err := r.scan.Err(); err != nil {
				return Segment{}, err
			}
			return Segment{}, io.EOF
		}
		r.report.Segments++
		r.segment = Segment{Raw: r.scan.Bytes(), Delimiters: r.scan.Delimiters(), Offset: r.scan.Offset()}
		if len(r.segment.Raw) == 0 {
			r.raise(Issue{Level: SegmentLevel, Rule: "X12.segment.empty", Code: "1", Warning: true,
				Message: "two segment terminators stand side by side", Remedy: "send one terminator after each segment"})
			continue
		}
		if r.tx != nil {
			r.pos++
			r.tx.Segments++
			r.segment.Position = r.pos
			if r.pos == 2 && r.segment.Is("BHT") {
				r.tx.Reference = clip(r.segment.Text(3), 50)
			}
		}
		r.envelope(&r.segment)
		if !r.scan.Terminated() && !r.segment.Is("IEA") {
			r.truncated()
		}
		return r.segment, nil
	}
}

func (r *Reader) truncated() {
	i := Issue{Level: Interchange, Rule: "X12.segment.cut", Code: "023", Message: "the file ends inside a segment",
		Remedy: "send the file again, whole"}
	if r.tx != nil {
		i.Level, i.Code = Transaction, "2"
	}
	r.raise(i)
}

// envelope follows the nesting. Most segments leave at the first switch.
func (r *Reader) envelope(s *Segment) {
	switch s.Raw[0] {
	case 'I', 'G', 'S', 'T':
	default:
		if r.tx == nil {
			r.stray(s)
		}
		return
	}
	switch {
	case r.scan.Opened():
		r.closeInterchange("the next ISA comes before it")
		r.openInterchange(s)
	case s.Is("IEA"):
		r.endInterchange(s)
	case s.Is("GS"):
		r.closeGroup("the next GS comes before it")
		r.openGroup(s)
	case s.Is("GE"):
		r.endGroup(s)
	case s.Is("ST"):
		r.closeTransaction("the next ST comes before it")
		r.openTransaction(s)
	case s.Is("SE"):
		r.endTransaction(s)
	case s.Is("TA1") && r.group == nil && r.ic != nil:
	case r.tx == nil:
		r.stray(s)
	}
}

func (r *Reader) stray(s *Segment) {
	r.raise(Issue{Level: r.innermost(), Rule: "X12.segment.stray", Code: map[Level]string{Interchange: "024", Group: "1"}[r.innermost()],
		Segment: clip(s.ID(), 3), Message: "a segment stands outside any transaction",
		Remedy: "put it between ST and SE, or drop it"})
}

func (r *Reader) innermost() Level {
	if r.group != nil {
		return Group
	}
	return Interchange
}

// place puts a fault that the scanner found where the reader stands.
func (r *Reader) place(i Issue) {
	offset := i.Offset
	if i.Level == Interchange && r.ic != nil && r.ic.Closed {
		r.ic, r.badInterchange = nil, false
	}
	if i.Level >= SegmentLevel && r.tx != nil {
		i.Position = r.pos + 1
	}
	r.raise(i, offset)
}

// raise completes an issue with the place and hands it on.
func (r *Reader) raise(i Issue, offset ...int64) {
	i.Offset = r.segment.Offset
	if len(offset) > 0 {
		i.Offset = offset[0]
	}
	if r.ic != nil {
		i.Interchange = r.ic.ControlNumber
	}
	if r.group != nil {
		i.Group = r.group.ControlNumber
	}
	if r.tx != nil {
		i.Transaction = r.tx.ControlNumber
		if i.Position == 0 && i.Level >= SegmentLevel {
			i.Position = r.segment.Position
		}
	}
	if i.Level >= SegmentLevel && r.tx == nil {
		i.Level = Interchange
		i.Code = "024"
	}
	if !i.Warning {
		switch i.Level {
		case Interchange:
			r.badInterchange = true
		case Group:
			r.badGroup = true
		case Transaction:
			r.badTransaction = true
		}
	}
	if r.opt.Issue != nil {
		r.opt.Issue(r.ic, r.group, r.tx, i)
		return
	}
	r.report.AddIssue(r.ic, r.group, r.tx, i)
}

// number reads a count or control number; -1 if it is none.
func number(b []byte) int {
	if len(b) == 0 || len(b) > 10 {
		return -1
	}
	n, err := strconv.Atoi(string(b))
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// sameNumber compares two control numbers, leading zeros apart.
func sameNumber(a, b string) bool {
	return a == b || (number([]byte(a)) >= 0 && number([]byte(a)) == number([]byte(b)))
}

func trimmed(b []byte) string { return strings.TrimSpace(string(b)) }

func clip(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}
