// SPDX-License-Identifier: Apache-2.0

package node

import (
	"unicode/utf16"
	"unicode/utf8"
)

// plain marks the bytes that stand for themselves inside a string.
var plain = func() (t [256]bool) {
	for c := 0x20; c < 256; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// string reads a string and tells whether it has escapes.
func (p *parser) string() (esc bool, err error) {
	src := p.src
	i := p.pos + 1
	for {
		for i < len(src) && plain[src[i]] {
			i++
		}
		if i >= len(src) {
			return esc, p.fail(p.pos, "a string has no end")
		}
		switch src[i] {
		case '"':
			p.pos = i + 1
			return esc, nil
		case '\\':
			esc = true
			n := escapeLen(src[i:])
			if n == 0 {
				return esc, p.fail(i, "a string has an escape that JSON does not know, or half of a surrogate pair")
			}
			i += n
		default:
			return esc, p.fail(i, "a string has a control character, which must be escaped")
		}
	}
}

// escapeLen is the length of the escape at the start of s (a surrogate pair
// counts as one), or 0 if it is none.
func escapeLen(s []byte) int {
	if len(s) < 2 {
		return 0
	}
	switch s[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		r := hex4(s)
		switch {
		case r < 0:
			return 0
		case !utf16.IsSurrogate(r):
			return 6
		case len(s) >= 12 && utf16.DecodeRune(r, hex4(s[6:])) != utf8.RuneError:
			return 12
		}
	}
	return 0
}

// hex4 reads \uXXXX, or gives -1.
func hex4(s []byte) rune {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return -1
	}
	var r rune
	for _, c := range s[2:6] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}

// unescape appends the text of a string's inside; its escapes are known to be good.
func unescape(dst, s []byte) []byte {
	for i := 0; i < len(s); {
		if s[i] != '\\' {
			dst = append(dst, s[i])
			i++
			continue
		}
		switch c := s[i+1]; c {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			r := hex4(s[i:])
			if utf16.IsSurrogate(r) {
				r = utf16.DecodeRune(r, hex4(s[i+6:]))
				i += 6
			}
			dst = utf8.AppendRune(dst, r)
			i += 4
		default: // quote, backslash, slash
			dst = append(dst, c)
		}
		i += 2
	}
	return dst
}

func (p *parser) word(w string) error {
	if len(p.src)-p.pos < len(w) || string(p.src[p.pos:p.pos+len(w)]) != w {
		return p.fail(p.pos, "no JSON value begins like this")
	}
	p.pos += len(w)
	return nil
}

// number reads a number by JSON's grammar: no leading zero, digits on both sides of the point.
func (p *parser) number() error {
	src, i := p.src, p.pos
	digits := func() bool {
		from := i
		for i < len(src) && src[i]-'0' <= 9 {
			i++
		}
		return i > from
	}
	if src[i] == '-' {
		i++
	}
	first := i
	if !digits() {
		return p.fail(i, "a number has no digits")
	}
	if src[first] == '0' && i > first+1 {
		return p.fail(first, "a number begins with 0")
	}
	if i < len(src) && src[i] == '.' {
		i++
		if !digits() {
			return p.fail(i, "a number has no digits after the point")
		}
	}
	if i < len(src) && src[i]|0x20 == 'e' {
		i++
		if i < len(src) && (src[i] == '+' || src[i] == '-') {
			i++
		}
		if !digits() {
			return p.fail(i, "a number has no digits in its exponent")
		}
	}
	p.pos = i
	return nil
}
