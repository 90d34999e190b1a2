// SPDX-License-Identifier: Apache-2.0

package x12

import "bytes"

// Segment is one segment as it stands in the file, with the delimiters to take it
// apart. The methods search the text each time; use Tokens where speed matters.
type Segment struct {
	Raw        []byte // without the terminator
	Delimiters Delimiters
	Offset     int64 // in the file
	Position   int   // in the transaction, ST is 1; 0 outside one
}

// ID is the segment identifier: "CLM".
func (s Segment) ID() string {
	if i := bytes.IndexByte(s.Raw, s.Delimiters.Element); i >= 0 {
		return string(s.Raw[:i])
	}
	return string(s.Raw)
}

// Is tells whether the identifier is id, without an allocation.
func (s Segment) Is(id string) bool {
	return len(s.Raw) >= len(id) && string(s.Raw[:len(id)]) == id &&
		(len(s.Raw) == len(id) || s.Raw[len(id)] == s.Delimiters.Element)
}

// Element is the n-th element, from 1, with all its repetitions and components;
// empty if there is none.
func (s Segment) Element(n int) []byte { return part(s.Raw, s.Delimiters.Element, n) }

// Text is Element as a string.
func (s Segment) Text(n int) string { return string(s.Element(n)) }

// Component is the c-th component, from 1, of the first repetition of element n.
func (s Segment) Component(n, c int) []byte {
	e := s.Element(n)
	if s.Delimiters.Repetition != 0 {
		e = part(e, s.Delimiters.Repetition, 0)
	}
	return part(e, s.Delimiters.Component, c-1)
}

// Repetition is the r-th repetition, from 1, of element n.
func (s Segment) Repetition(n, r int) []byte {
	if s.Delimiters.Repetition == 0 {
		if r == 1 {
			return s.Element(n)
		}
		return nil
	}
	return part(s.Element(n), s.Delimiters.Repetition, r-1)
}

// Elements is the number of elements after the identifier.
func (s Segment) Elements() int { return bytes.Count(s.Raw, []byte{s.Delimiters.Element}) }

// part is the n-th part of b, from 0, between separators.
func part(b []byte, sep byte, n int) []byte {
	for ; n > 0; n-- {
		i := bytes.IndexByte(b, sep)
		if i < 0 {
			return nil
		}
		b = b[i+1:]
	}
	if i := bytes.IndexByte(b, sep); i >= 0 {
		return b[:i]
	}
	return b
}
