// SPDX-License-Identifier: Apache-2.0

package x12

// MaxElements is how many elements of a segment Tokens holds; no segment of a
// guide has as many.
const MaxElements = 40

// Tokens is a segment taken apart, for the paths where speed matters. Its elements
// point into Text.
type Tokens struct {
	Text     string // the segment without its terminator
	Key      uint32 // the identifier, packed; see SegmentKey
	N        int    // number of elements after the identifier, more than MaxElements included
	Position int    // in the transaction
	Offset   int64  // in the file
	Sep      Delimiters

	elems [MaxElements + 1]token
}

type token struct {
	start, end uint32
	class      uint8
}

// Classes of characters; a token's class joins those of its characters.
const (
	classDigit uint8 = 1 << iota
	classSign        // . - +
	classText        // any other printable character
	classControl
	classHigh // beyond ASCII
	classComponent
	classRepetition
	classSeparator uint8 = 0
)

// Tokenizer takes segments apart. It belongs to one set of delimiters.
type Tokenizer struct {
	sep   Delimiters
	class [256]uint8
}

// NewTokenizer makes a tokenizer for an interchange.
func NewTokenizer(d Delimiters) *Tokenizer {
	z := &Tokenizer{sep: d}
	for c := range z.class {
		switch {
		case c >= '0' && c <= '9':
			z.class[c] = classDigit
		case c == '.' || c == '-' || c == '+':
			z.class[c] = classSign
		case c < ' ' || c == 0x7F:
			z.class[c] = classControl
		case c > 0x7F:
			z.class[c] = classHigh
		default:
			z.class[c] = classText
		}
	}
	z.class[d.Component] = classComponent
	if d.Repetition != 0 {
		z.class[d.Repetition] = classRepetition
	}
	z.class[d.Element] = classSeparator
	return z
}

// Delimiters are those that the tokenizer splits by.
func (z *Tokenizer) Delimiters() Delimiters { return z.sep }

// Split takes text, a segment without its terminator, apart into t.
func (z *Tokenizer) Split(t *Tokens, text string) {
	t.Text, t.Sep = text, z.sep
	n, start := 0, 0
	var joined uint8
	for i := 0; i < len(text); i++ {
		c := z.class[text[i]]
		if c != classSeparator {
			joined |= c
			continue
		}
		if n <= MaxElements {
			t.elems[n] = token{uint32(start), uint32(i), joined}
		}
		n, start, joined = n+1, i+1, 0
	}
	if n <= MaxElements {
		t.elems[n] = token{uint32(start), uint32(len(text)), joined}
	}
	t.N = n
	t.Key = SegmentKey(text[:t.elems[0].end])
}

// SegmentKey packs a segment identifier of two or three characters; 0 for others.
func SegmentKey(id string) uint32 {
	switch len(id) {
	case 2:
		return uint32(id[0])<<16 | uint32(id[1])<<8
	case 3:
		return uint32(id[0])<<16 | uint32(id[1])<<8 | uint32(id[2])
	}
	return 0
}

// ID is the segment identifier.
func (t *Tokens) ID() string { return t.Text[:t.elems[0].end] }

// El is element n, from 1; empty if there is none.
func (t *Tokens) El(n int) string {
	if n > t.N || n > MaxElements {
		return ""
	}
	return t.Text[t.elems[n].start:t.elems[n].end]
}

// Comp is component c, from 1, of element n.
func (t *Tokens) Comp(n, c int) string {
	v := t.El(n)
	if n <= t.N && n <= MaxElements && t.elems[n].class&classComponent == 0 {
		if c == 1 {
			return v
		}
		return ""
	}
	return component(v, t.Sep.Component, c)
}

// component is the c-th part of a composite.
func component(v string, sep byte, c int) string {
	start := 0
	for i := 0; i < len(v); i++ {
		if v[i] == sep {
			if c--; c == 0 {
				return v[start:i]
			}
			start = i + 1
		}
	}
	if c == 1 {
		return v[start:]
	}
	return ""
}
