// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// jsonText reads JSON of a known shape in one pass, without allocating: strings
// without escapes are parts of the text.
type jsonText struct {
	rest  string
	depth int
}

// maxDepth bounds how deep objects and arrays may lie in each other.
const maxDepth = 32

var (
	errJSON  = errors.New("it is no valid JSON")
	errDepth = errors.New("objects lie too deep in each other")
)

func (p *jsonText) down() error {
	if p.depth++; p.depth > maxDepth {
		return errDepth
	}
	return nil
}

func (p *jsonText) up() { p.depth-- }

// peek is the next byte after white space, or 0 at the end.
func (p *jsonText) peek() byte {
	for i := 0; i < len(p.rest); i++ {
		switch b := p.rest[i]; b {
		case ' ', '\t', '\r', '\n':
		default:
			p.rest = p.rest[i:]
			return b
		}
	}
	p.rest = ""
	return 0
}

func (p *jsonText) more() bool { return p.peek() != 0 }

func (p *jsonText) take(b byte) bool {
	if p.peek() != b {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

// object calls fn for every member; fn reads its value.
func (p *jsonText) object(fn func(p *jsonText, name string) error) error {
	if !p.take('{') {
		return errors.New("a JSON object is missing")
	}
	if err := p.down(); err != nil {
		return err
	}
	defer p.up()
	if p.take('}') {
		return nil
	}
	for {
		name, err := p.text()
		if err != nil || !p.take(':') {
			return errJSON
		}
		if err := fn(p, name); err != nil {
			return err
		}
		if p.take('}') {
			return nil
		}
		if !p.take(',') {
			return errJSON
		}
	}
}

// array calls fn for every element; null is an array without any.
func (p *jsonText) array(fn func(p *jsonText) error) error {
	if p.word("null") {
		return nil
	}
	if !p.take('[') {
		return errors.New("it is no JSON array")
	}
	if err := p.down(); err != nil {
		return err
	}
	defer p.up()
	if p.take(']') {
		return nil
	}
	for {
		if err := fn(p); err != nil {
			return err
		}
		if p.take(']') {
			return nil
		}
		if !p.take(',') {
			return errJSON
		}
	}
}

// text reads a string.
func (p *jsonText) text() (string, error) {
	if p.peek() != '"' {
		return "", errors.New("it is no JSON string")
	}
	escaped := false
	for i := 1; i < len(p.rest); i++ {
		switch b := p.rest[i]; {
		case b == '\\':
			escaped = true
			i++
		case b == '"':
			quoted := p.rest[:i+1]
			p.rest = p.rest[i+1:]
			if !escaped {
				return quoted[1:i], nil
			}
			var s string
			if json.Unmarshal([]byte(quoted), &s) != nil {
				return "", errJSON
			}
			return s, nil
		case b < ' ':
			return "", errJSON
		}
	}
	return "", errJSON
}

// scalar reads a string, or a number as its text; null is empty.
func (p *jsonText) scalar() (string, error) {
	switch b := p.peek(); {
	case b == '"':
		return p.text()
	case b == '-' || '0' <= b && b <= '9':
		end := 1
		for end < len(p.rest) && strings.IndexByte("0123456789.eE+-", p.rest[end]) >= 0 {
			end++
		}
		number := p.rest[:end]
		p.rest = p.rest[end:]
		if !json.Valid([]byte(number)) {
			return "", errJSON
		}
		return number, nil
	case p.word("null"):
		return "", nil
	}
	return "", errors.New("it is neither a string nor a number")
}

func (p *jsonText) word(w string) bool {
	if p.peek(); strings.HasPrefix(p.rest, w) {
		p.rest = p.rest[len(w):]
		return true
	}
	return false
}

// int reads a whole number, which may stand in quotes.
func (p *jsonText) int() (int, error) {
	s, err := p.scalar()
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil {
		return 0, errors.New("it is no whole number")
	}
	return int(n), nil
}

func (p *jsonText) bool() (bool, error) {
	switch {
	case p.word("true"):
		return true, nil
	case p.word("false"), p.word("null"):
		return false, nil
	}
	return false, errors.New("it is neither true nor false")
}

// raw reads any value as it stands.
func (p *jsonText) raw() (string, error) {
	p.peek()
	before := p.rest
	err := p.skip()
	return before[:len(before)-len(p.rest)], err
}

func (p *jsonText) skip() error {
	switch p.peek() {
	case '{':
		return p.object(func(p *jsonText, _ string) error { return p.skip() })
	case '[':
		return p.array((*jsonText).skip)
	case 't', 'f':
		_, err := p.bool()
		return err
	}
	_, err := p.scalar()
	return err
}
