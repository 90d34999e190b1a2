// SPDX-License-Identifier: Apache-2.0

package node

import (
	"fmt"
	"math"
	"unicode/utf8"
)

// Limits bound what a document may cost. A zero field means the default.
type Limits struct {
	Bytes   int // size of the document; default 64 MiB, at most 2 GiB
	Depth   int // nesting of arrays and objects; default 128
	Values  int // JSON values; default 4 million
	Members int // members of one object; default 256 (no FHIR type has half as many)

	// Repeats accepts a name twice in an object, where the first one counts. FHIR
	// forbids it; ELM has it.
	Repeats bool
}

// DefaultLimits are those of Parse and ParseResource.
var DefaultLimits = Limits{Bytes: 64 << 20, Depth: 128, Values: 4 << 20, Members: 256}

// Parse reads one JSON value. It keeps src, which must not be changed while the
// document is in use. Beyond JSON's own grammar it refuses invalid UTF-8,
// unpaired surrogates, a name twice in an object, and escapes in names.
func Parse(src []byte) (*Doc, error) { return DefaultLimits.Parse(src) }

// ParseResource reads a resource: a JSON object with a resourceType.
func ParseResource(src []byte) (*Doc, error) { return DefaultLimits.ParseResource(src) }

// ParseResource is the package's ParseResource within these limits.
func (l Limits) ParseResource(src []byte) (*Doc, error) {
	d, err := l.Parse(src)
	if err != nil {
		return nil, err
	}
	root := d.Root()
	reason := ""
	switch {
	case root.Kind() != Object:
		reason = "a FHIR resource is a JSON object, this is " + root.Kind().String()
	case root.Get("resourceType").Kind() != String || root.ResourceType() == "":
		reason = "the object has no resourceType, so it is no FHIR resource"
	default:
		return d, nil
	}
	return nil, &SyntaxError{Line: 1, Column: 1, Reason: reason}
}

// Parse is the package's Parse within these limits.
func (l Limits) Parse(src []byte) (*Doc, error) {
	l = l.orDefault()
	d := tapes.Get().(*Doc)
	p := parser{src: src, limits: l, tape: d.tape[:0]}
	if cap(p.tape) == 0 {
		p.tape = make([]entry, 0, 16+min(len(src)/14, 1<<16))
	}
	p.tape = append(p.tape, entry{})
	err := p.document()
	d.tape = p.tape
	if err != nil {
		d.Release()
		return nil, err
	}
	d.src = src
	return d, nil
}

func (l Limits) orDefault() Limits {
	or := func(v *int, def int) {
		if *v <= 0 {
			*v = def
		}
	}
	or(&l.Bytes, DefaultLimits.Bytes)
	or(&l.Depth, DefaultLimits.Depth)
	or(&l.Values, DefaultLimits.Values)
	or(&l.Members, DefaultLimits.Members)
	l.Bytes = min(l.Bytes, math.MaxInt32)
	return l
}

type parser struct {
	src     []byte
	pos     int
	tape    []entry
	limits  Limits
	open    []uint32 // entries of the containers that are open, outermost first
	opens   [16]uint32
	pending bool // the last entry on the tape is a value that is being read
}

func (p *parser) document() error {
	if len(p.src) > p.limits.Bytes {
		return p.fail(0, fmt.Sprintf("the document has %d bytes, more than the %d allowed", len(p.src), p.limits.Bytes))
	}
	if !utf8.Valid(p.src) {
		for at := 0; ; {
			r, size := utf8.DecodeRune(p.src[at:])
			if r == utf8.RuneError && size <= 1 {
				return p.fail(at, "this is not valid UTF-8")
			}
			at += size
		}
	}
	p.open = p.opens[:0]
	p.space()
	if p.pos == len(p.src) {
		return p.fail(p.pos, "the document is empty")
	}
	if err := p.value(0, 0); err != nil {
		return err
	}
	p.space()
	if p.pos != len(p.src) {
		p.pending = false
		return p.fail(p.pos, "something follows the end of the document")
	}
	return nil
}

func (p *parser) space() {
	for p.pos < len(p.src) {
		switch p.src[p.pos] {
		case ' ', '\n', '\t', '\r':
			p.pos++
		default:
			return
		}
	}
}

// value reads the value at the present place, whose name is known.
func (p *parser) value(key uint32, keyLen uint16) error {
	if p.pos >= len(p.src) {
		return p.fail(p.pos, "the document ends where a value should be")
	}
	i := len(p.tape)
	if i > p.limits.Values {
		return p.fail(p.pos, fmt.Sprintf("the document has more than the %d values allowed", p.limits.Values))
	}
	start := p.pos
	p.tape = append(p.tape, entry{start: uint32(start), key: key, keyLen: keyLen})
	p.pending = true
	var kind Kind
	var err error
	switch c := p.src[start]; c {
	case '"':
		kind = String
		var esc bool
		if esc, err = p.string(); esc {
			p.tape[i].flags |= escaped
		}
	case '{':
		kind = Object
		p.tape[i].kind = kind
		err = p.object(uint32(i))
	case '[':
		kind = Array
		p.tape[i].kind = kind
		err = p.array(uint32(i))
	case 't':
		kind, err = True, p.word("true")
	case 'f':
		kind, err = False, p.word("false")
	case 'n':
		kind, err = Null, p.word("null")
	default:
		if c != '-' && (c < '0' || c > '9') {
			return p.fail(start, "no JSON value begins like this")
		}
		kind, err = Number, p.number()
	}
	if err != nil {
		return err
	}
	e := &p.tape[i]
	e.kind = kind
	e.end = uint32(p.pos)
	e.next = uint32(len(p.tape))
	p.pending = false
	return nil
}

func (p *parser) enter(i uint32) error {
	if len(p.open) >= p.limits.Depth {
		return p.fail(p.pos, fmt.Sprintf("arrays and objects are nested more than %d deep", p.limits.Depth))
	}
	p.open = append(p.open, i)
	p.pending = false
	p.pos++
	p.space()
	return nil
}

func (p *parser) object(i uint32) error {
	if err := p.enter(i); err != nil {
		return err
	}
	var seen uint64 // a bit for each hash of a name: most names need no comparison
	for n := uint32(0); ; {
		if p.pos >= len(p.src) {
			return p.fail(p.pos, "the document ends inside an object")
		}
		if p.src[p.pos] == '}' && n == 0 {
			break
		}
		if p.src[p.pos] != '"' {
			return p.fail(p.pos, "a name in quotes should be here")
		}
		key, keyLen, err := p.name()
		if err != nil {
			return err
		}
		if bit := nameBit(p.src[key : key+keyLen]); seen&bit == 0 {
			seen |= bit
		} else if !p.limits.Repeats && p.twice(i, key, keyLen) {
			return p.fail(key, "the name "+shortName(p.src[key:key+keyLen])+" stands twice in this object")
		}
		if p.src[key] == '_' {
			p.tape[i].flags |= underscore
		}
		if n++; int(n) > p.limits.Members {
			return p.fail(key, fmt.Sprintf("an object has more than the %d members allowed", p.limits.Members))
		}
		p.tape[i].count = n
		if err := p.value(uint32(key), uint16(keyLen)); err != nil {
			return err
		}
		more, err := p.separator('}', "object")
		if err != nil {
			return err
		}
		if !more {
			break
		}
	}
	p.open = p.open[:len(p.open)-1]
	p.pos++
	return nil
}

func (p *parser) array(i uint32) error {
	if err := p.enter(i); err != nil {
		return err
	}
	key, keyLen := p.tape[i].key, p.tape[i].keyLen
	if p.pos < len(p.src) && p.src[p.pos] == ']' {
		p.open = p.open[:len(p.open)-1]
		p.pos++
		return nil
	}
	for {
		p.tape[i].count++
		if err := p.value(key, keyLen); err != nil {
			return err
		}
		more, err := p.separator(']', "array")
		if err != nil {
			return err
		}
		if !more {
			break
		}
	}
	p.open = p.open[:len(p.open)-1]
	p.pos++
	return nil
}

// separator reads the comma between members, or stops at the end of the container.
func (p *parser) separator(end byte, what string) (more bool, err error) {
	p.space()
	if p.pos >= len(p.src) {
		return false, p.fail(p.pos, "the document ends inside an "+what)
	}
	switch p.src[p.pos] {
	case end:
		return false, nil
	case ',':
		p.pos++
		p.space()
		if p.pos < len(p.src) && p.src[p.pos] == end {
			return false, p.fail(p.pos, "a comma stands before the end of the "+what)
		}
		return true, nil
	}
	return false, p.fail(p.pos, "a comma or the end of the "+what+" should be here")
}

// name reads a member's name and the colon after it.
func (p *parser) name() (start, length int, err error) {
	start = p.pos + 1
	esc, err := p.string()
	if err != nil {
		return 0, 0, err
	}
	length = p.pos - 1 - start
	switch {
	case esc:
		return 0, 0, p.fail(start, "a name contains an escape; FHIR's names need none")
	case length == 0:
		return 0, 0, p.fail(start, "a name is empty")
	case length > 256:
		return 0, 0, p.fail(start, "a name is longer than 256 bytes")
	}
	p.space()
	if p.pos >= len(p.src) || p.src[p.pos] != ':' {
		return 0, 0, p.fail(p.pos, "a colon should follow the name "+shortName(p.src[start:start+length]))
	}
	p.pos++
	p.space()
	return start, length, nil
}

// twice tells whether an earlier member of the object has this name.
func (p *parser) twice(object uint32, key, keyLen int) bool {
	name := p.src[key : key+keyLen]
	for at := object + 1; at < uint32(len(p.tape)); at = p.tape[at].next {
		e := &p.tape[at]
		if int(e.keyLen) == keyLen && string(p.src[e.key:int(e.key)+keyLen]) == string(name) {
			return true
		}
	}
	return false
}

// nameBit is one of 64 bits, by the name's ends and length.
func nameBit(name []byte) uint64 {
	n := len(name)
	return 1 << ((uint(name[0])*7 + uint(name[n-1])*3 + uint(name[n/2])*5 + uint(n)) & 63)
}

func shortName(name []byte) string {
	if len(name) > 64 {
		return string(name[:64]) + "..."
	}
	return string(name)
}
