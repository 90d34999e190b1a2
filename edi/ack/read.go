// SPDX-License-Identifier: Apache-2.0

package ack

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/edi/x12"
)

// File is what a file of acknowledgments says.
type File struct {
	Interchanges []InterchangeAck // TA1 segments
	Groups       []GroupAck       // 999 transactions
	// Omitted counts what was not kept for want of room; see MaxKept.
	Omitted int
}

// MaxKept is how many transactions, segments and elements of a file are kept.
const MaxKept = 200_000

// InterchangeAck is a TA1.
type InterchangeAck struct {
	ControlNumber, Date, Time string // of the interchange that is acknowledged
	Code                      byte   // A, E, R
	Note                      string // TA105
}

// GroupAck is a 999: the fate of a functional group.
type GroupAck struct {
	FunctionalID, ControlNumber, Version string
	Transactions                         []TransactionAck
	Code                                 byte // A, E, P, R and others of AK901
	Declared, Received, Accepted         int
	Errors                               []string // AK905 to 09
}

// TransactionAck is an AK2 loop.
type TransactionAck struct {
	ID, ControlNumber, Version string
	Segments                   []SegmentError
	Code                       byte     // A, E, R and others of IK501
	Errors                     []string // IK502 to 06
}

// SegmentError is an IK3 loop.
type SegmentError struct {
	Segment  string
	Position int
	Loop     string
	Code     string
	Contexts []Context
	Elements []ElementError
}

// ElementError is an IK4 loop. Position, component and repetition count from 1.
type ElementError struct {
	Position, Component, Repeat int
	DataElement                 int
	Code                        string
	Value                       string // copy of the bad data
	Contexts                    []Context
}

// Context is a CTX: what the error belongs to ("CLM01" and the claim's number), or
// what made a situational rule apply.
type Context struct {
	Name, Value string
	Segment     string
	Position    int
	Loop        string
	Element     string // element, component and repetition, as they came
	DataElement string
}

// Read reads TA1 and 999 acknowledgments. What is wrong with the file is in the
// report; a transaction with an error is Failed there, and what could be read of it is in
// the File all the same.
func Read(src io.Reader, opt x12.Options) (*File, *x12.Report, error) {
	r := &reader{x: x12.NewReader(src, opt), opt: opt, file: &File{}}
	for {
		seg, err := r.x.Next()
		if err == io.EOF {
			return r.file, r.x.Report(), nil
		}
		if err != nil {
			return r.file, r.x.Report(), err
		}
		r.seg = seg
		r.segment()
	}
}

type reader struct {
	x    *x12.Reader
	opt  x12.Options
	seg  x12.Segment
	file *File
	kept int

	state state
	// What is being read, in the file or, where there is no room, beside it.
	group   *GroupAck
	tx      *TransactionAck
	segErr  *SegmentError
	elemErr *ElementError
}

// state is where in a 999 the reader stands: what the last segment was.
type state uint8

const (
	outside      state = iota
	header             // ST
	opened             // AK1
	transaction        // AK2
	segmentError       // IK3 and its CTX
	elementError       // IK4 and its CTX
	closed             // IK5
	ended              // AK9
)

// may lists the states after which a segment may stand.
var may = map[string][]state{
	"AK1": {header}, "AK2": {opened, closed}, "IK3": {transaction, segmentError, elementError},
	"CTX": {segmentError, elementError}, "IK4": {segmentError, elementError},
	"IK5": {transaction, segmentError, elementError}, "AK9": {opened, closed}, "SE": {ended},
}

// elements is the most elements that a segment has in the guide.
var elements = map[string]int{"AK1": 3, "AK2": 3, "IK3": 4, "CTX": 6, "IK4": 4, "IK5": 6, "AK9": 9}

func (r *reader) segment() {
	id := r.seg.ID()
	switch id {
	case "TA1":
		if r.x.Group() == nil {
			r.interchange()
		}
		return
	case "ST":
		r.state, r.group = outside, nil
		if r.x.Transaction() == nil {
			return
		}
		if kind := r.seg.Text(1); kind != "999" {
			r.raise(x12.Issue{Level: x12.Transaction, Rule: "999.ST01", Code: "1", Element: 1, Value: clip(kind),
				Message: "the transaction is no 999", Remedy: "read it with the command for its kind"})
			return
		}
		r.state = header
		return
	}
	if r.state == outside || r.x.Transaction() == nil {
		return
	}
	after, known := may[id]
	if !known {
		r.raise(x12.Issue{Level: x12.SegmentLevel, Rule: "999.segment", Code: "2", Message: "the segment is none of a 999",
			Remedy: "see guide 005010X231"})
		return
	}
	ok := false
	for _, s := range after {
		ok = ok || s == r.state
	}
	if !ok {
		r.raise(x12.Issue{Level: x12.SegmentLevel, Rule: "999.order", Code: "7", Message: "the segment does not stand where the guide has it",
			Remedy: "the order is AK1, for each transaction AK2, IK3, CTX, IK4, CTX and IK5, and AK9 at the end"})
		return
	}
	if most := elements[id]; id != "SE" && r.seg.Elements() > most {
		r.raise(x12.Issue{Level: x12.ElementLevel, Rule: "999." + id + ".elements", Code: "3", Element: most + 1,
			Message: fmt.Sprintf("the segment has more than %d elements", most), Remedy: "drop the others"})
	}
	switch id {
	case "AK1":
		r.openGroup()
	case "AK2":
		r.openTransaction()
	case "IK3":
		r.openSegment()
	case "CTX":
		r.context()
	case "IK4":
		r.openElement()
	case "IK5":
		r.closeTransaction()
	case "AK9":
		r.closeGroup()
	case "SE":
		r.state = outside
	}
}

func (r *reader) interchange() {
	t := InterchangeAck{ControlNumber: r.text(1), Date: r.text(2), Time: r.text(3), Code: r.code(4, "AER"), Note: r.text(5)}
	if n, err := strconv.Atoi(t.Note); err != nil || n < 0 || n > 31 || len(t.Note) != 3 {
		r.bad(5, "7", "TA105 is no note code from 000 to 031")
	}
	put(r, &r.file.Interchanges, t)
}

func (r *reader) openGroup() {
	r.state = opened
	r.group = put(r, &r.file.Groups, GroupAck{FunctionalID: r.required(1), ControlNumber: r.required(2), Version: r.text(3)})
}

func (r *reader) openTransaction() {
	r.state = transaction
	r.tx = put(r, &r.group.Transactions, TransactionAck{ID: r.required(1), ControlNumber: r.required(2), Version: r.text(3)})
}

func (r *reader) openSegment() {
	r.state = segmentError
	s := SegmentError{Segment: r.required(1), Position: r.count(2), Loop: r.text(3), Code: r.text(4)}
	if !oneOf(s.Code, "1 2 3 4 5 6 7 8 I4 I6 I7 I8 I9") {
		r.bad(4, "7", "IK304 is no code of the guide")
	}
	r.segErr = put(r, &r.tx.Segments, s)
}

func (r *reader) openElement() {
	r.state = elementError
	place := r.components(1)
	e := ElementError{Position: place(0), Component: place(1), Repeat: place(2), DataElement: r.count(2), Code: r.text(3), Value: r.text(4)}
	if !oneOf(e.Code, "1 2 3 4 5 6 7 8 9 10 12 13 I10 I11 I12 I13 I6 I9") {
		r.bad(3, "7", "IK403 is no code of the guide")
	}
	r.elemErr = put(r, &r.segErr.Elements, e)
}

func (r *reader) context() {
	first := r.seg.Repetition(1, 1)
	name, value, _ := strings.Cut(string(first), string(r.seg.Delimiters.Component))
	c := Context{Name: name, Value: value, Segment: r.text(2), Position: r.count(3), Loop: r.text(4), Element: r.text(5), DataElement: r.text(6)}
	list := &r.segErr.Contexts
	if r.state == elementError {
		list = &r.elemErr.Contexts
	}
	put(r, list, c)
}

func (r *reader) closeTransaction() {
	r.state = closed
	t := r.tx
	t.Code = r.code(1, "AEMRWX")
	t.Errors = r.list(2, 6)
	if t.Code == 'A' && len(t.Segments) > 0 {
		r.bad(1, "7", "IK501 accepts a transaction whose errors are listed")
	}
}

func (r *reader) closeGroup() {
	r.state = ended
	g := r.group
	g.Code, g.Declared, g.Received, g.Accepted = r.code(1, "AEMPRWX"), r.count(2), r.count(3), r.count(4)
	g.Errors = r.list(5, 9)
	if g.Accepted > g.Received || len(g.Transactions) > g.Received {
		r.bad(3, "7", "the counts of AK9 do not agree with each other or with the AK2 segments")
	}
}

func (r *reader) text(n int) string { return string(bytes.TrimSpace(r.seg.Element(n))) }

func (r *reader) required(n int) string {
	s := r.text(n)
	if s == "" {
		r.bad(n, "1", "a required element has no value")
	}
	return s
}

func (r *reader) count(n int) int {
	s := r.text(n)
	if s == "" {
		return 0
	}
	v, err := strconv.Atoi(s)
	if err != nil || v < 0 || v > 999_999_999 {
		r.bad(n, "6", "a count is no whole number")
		return 0
	}
	return v
}

func (r *reader) code(n int, codes string) byte {
	s := r.text(n)
	if len(s) != 1 || !strings.Contains(codes, s) {
		r.bad(n, "7", "the code is none of "+codes)
		return 0
	}
	return s[0]
}

func (r *reader) list(from, to int) []string {
	var out []string
	for n := from; n <= to; n++ {
		if s := r.text(n); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// components reads the numbers of a composite; one that is absent is 0.
func (r *reader) components(n int) func(int) int {
	parts := strings.Split(r.text(n), string(r.seg.Delimiters.Component))
	return func(i int) int {
		if i >= len(parts) || parts[i] == "" {
			return 0
		}
		v, err := strconv.Atoi(parts[i])
		if err != nil || v < 0 || v > 999_999 {
			r.bad(n, "6", "a position is no whole number")
			return 0
		}
		return v
	}
}

// put appends v to a list if there is room, and returns where it is.
func put[T any](r *reader, list *[]T, v T) *T {
	if r.kept >= MaxKept {
		r.file.Omitted++
		return &v
	}
	r.kept++
	*list = append(*list, v)
	return &(*list)[len(*list)-1]
}

func (r *reader) bad(n int, code, message string) {
	r.raise(x12.Issue{Level: x12.ElementLevel, Rule: fmt.Sprintf("999.%s%02d", clip(r.seg.ID()), n), Code: code, Element: n,
		Value: clip(r.text(n)), Message: message, Remedy: "see guide 005010X231"})
}

func (r *reader) raise(i x12.Issue) {
	i.Segment, i.Position, i.Offset = clip(r.seg.ID()), r.seg.Position, r.seg.Offset
	ic, g, t := r.x.Interchange(), r.x.Group(), r.x.Transaction()
	if ic != nil {
		i.Interchange = ic.ControlNumber
	}
	if g != nil {
		i.Group = g.ControlNumber
	}
	if t != nil {
		i.Transaction = t.ControlNumber
	} else if i.Level > x12.Interchange {
		i.Level = x12.Interchange
	}
	if r.opt.Issue != nil {
		r.opt.Issue(ic, g, t, i)
		return
	}
	r.x.Report().AddIssue(ic, g, t, i)
}

func oneOf(word, list string) bool {
	for w := range strings.FieldsSeq(list) {
		if w == word {
			return true
		}
	}
	return false
}

func clip(s string) string { return s[:min(len(s), 99)] }
