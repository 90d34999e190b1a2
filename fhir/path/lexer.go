// SPDX-License-Identifier: Apache-2.0

package path

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

type tokenKind uint8

const (
	endToken tokenKind = iota
	nameToken
	quotedNameToken // `name`
	stringToken
	numberToken
	dateToken     // @2014-01-01, @2014T10:00, @T10:00, without the @
	variableToken // %name
	thisToken     // $this, $index, $total
	symbolToken   // operators and brackets
)

type token struct {
	kind tokenKind
	text string
	pos  int
}

// lexer splits an expression into tokens.
type lexer struct {
	src string
	pos int
}

func (l *lexer) next() (token, error) {
	if err := l.space(); err != nil {
		return token{}, err
	}
	start := l.pos
	if start >= len(l.src) {
		return token{kind: endToken, pos: start}, nil
	}
	switch c := l.src[start]; {
	case isLetter(c):
		return token{nameToken, l.word(), start}, nil
	case isDigit(c):
		return l.number()
	case c == '\'':
		s, err := l.quoted('\'')
		return token{stringToken, s, start}, err
	case c == '`':
		s, err := l.quoted('`')
		return token{quotedNameToken, s, start}, err
	case c == '@':
		return l.date()
	case c == '%':
		return l.variable()
	case c == '$':
		l.pos++
		return token{thisToken, l.word(), start}, nil
	}
	for _, symbol := range [...]string{"<=", ">=", "!=", "!~"} {
		if strings.HasPrefix(l.src[start:], symbol) {
			l.pos += 2
			return token{symbolToken, symbol, start}, nil
		}
	}
	if strings.IndexByte(".,()[]{}+-*/&|<>=~", l.src[start]) < 0 {
		return token{}, fail(start, "no expression has this character here")
	}
	l.pos++
	return token{symbolToken, l.src[start:l.pos], start}, nil
}

// space passes over blanks and comments.
func (l *lexer) space() error {
	for l.pos < len(l.src) {
		rest := l.src[l.pos:]
		switch {
		case strings.IndexByte(" \t\r\n", rest[0]) >= 0:
			l.pos++
		case strings.HasPrefix(rest, "\u00a0"):
			l.pos += 2
		case strings.HasPrefix(rest, "//"):
			end := strings.IndexByte(rest, '\n')
			if end < 0 {
				end = len(rest)
			}
			l.pos += end
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest[2:], "*/")
			if end < 0 {
				return fail(l.pos, "a comment has no end")
			}
			l.pos += end + 4
		default:
			return nil
		}
	}
	return nil
}

func isLetter(c byte) bool { return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }

func (l *lexer) word() string {
	start := l.pos
	for l.pos < len(l.src) && (isLetter(l.src[l.pos]) || isDigit(l.src[l.pos])) {
		l.pos++
	}
	return l.src[start:l.pos]
}

func (l *lexer) digits() {
	for l.pos < len(l.src) && isDigit(l.src[l.pos]) {
		l.pos++
	}
}

func (l *lexer) number() (token, error) {
	start := l.pos
	l.digits()
	if l.pos+1 < len(l.src) && l.src[l.pos] == '.' && isDigit(l.src[l.pos+1]) {
		l.pos++
		l.digits()
	}
	return token{numberToken, l.src[start:l.pos], start}, nil
}

// date reads what follows an @: digits and the marks of dates, with a point only
// before a digit and a sign only before a zone.
func (l *lexer) date() (token, error) {
	start := l.pos
	l.pos++
	clock := false
	for l.pos < len(l.src) {
		c := l.src[l.pos]
		switch {
		case isDigit(c) || c == ':':
		case c == 'T' && !clock:
			clock = true
		case c == 'Z' && clock:
			if l.src[start+1] == 'T' {
				return token{}, fail(l.pos, "a time of day has no zone")
			}
			l.pos++
			return token{dateToken, l.src[start+1 : l.pos], start}, nil
		case c == '-' && !clock && l.digitAfter():
		case (c == '+' || c == '-') && clock && l.zoneAfter():
			if l.src[start+1] == 'T' {
				return token{}, fail(l.pos, "a time of day has no zone")
			}
			l.pos += 6
			return token{dateToken, l.src[start+1 : l.pos], start}, nil
		case c == '.' && clock && l.digitAfter():
		default:
			return token{dateToken, l.src[start+1 : l.pos], start}, nil
		}
		l.pos++
	}
	return token{dateToken, l.src[start+1 : l.pos], start}, nil
}

func (l *lexer) digitAfter() bool { return l.pos+1 < len(l.src) && isDigit(l.src[l.pos+1]) }

// zoneAfter tells whether +hh:mm stands here.
func (l *lexer) zoneAfter() bool {
	s := l.src[l.pos:]
	return len(s) >= 6 && isDigit(s[1]) && isDigit(s[2]) && s[3] == ':' && isDigit(s[4]) && isDigit(s[5])
}

func (l *lexer) variable() (token, error) {
	start := l.pos
	l.pos++
	if l.pos < len(l.src) && (l.src[l.pos] == '`' || l.src[l.pos] == '\'' || l.src[l.pos] == '"') {
		s, err := l.quoted(l.src[l.pos])
		return token{variableToken, s, start}, err
	}
	from := l.pos
	for l.pos < len(l.src) && (isLetter(l.src[l.pos]) || isDigit(l.src[l.pos]) || l.src[l.pos] == '-' && l.pos > from+1 && isVariablePrefix(l.src[from:l.pos])) {
		l.pos++
	}
	if l.pos == from {
		return token{}, fail(start, "the name of a variable should follow %%")
	}
	return token{variableToken, l.src[from:l.pos], start}, nil
}

// isVariablePrefix lets %vs-name and %ext-name be written without quotes.
func isVariablePrefix(s string) bool {
	return strings.HasPrefix(s, "vs") || strings.HasPrefix(s, "ext")
}

// quoted reads a string or a name in quotes, with its escapes.
func (l *lexer) quoted(quote byte) (string, error) {
	start := l.pos
	end := start + 1
	for end < len(l.src) && l.src[end] != quote && l.src[end] != '\\' {
		end++
	}
	if end < len(l.src) && l.src[end] == quote {
		l.pos = end + 1
		return l.src[start+1 : end], nil
	}
	var b strings.Builder
	for i := start + 1; i < len(l.src); {
		c := l.src[i]
		if c == quote {
			l.pos = i + 1
			return b.String(), nil
		}
		if c != '\\' {
			b.WriteByte(c)
			i++
			continue
		}
		n := l.escape(l.src[i:], &b)
		if n == 0 {
			return "", fail(i, "the string has an escape that FHIRPath does not know")
		}
		i += n
	}
	return "", fail(start, "the string has no end")
}

// escape writes what an escape stands for and gives its length, 0 if it is none.
func (l *lexer) escape(s string, b *strings.Builder) int {
	if len(s) < 2 {
		return 0
	}
	switch s[1] {
	case 'f':
		b.WriteByte('\f')
	case 'n':
		b.WriteByte('\n')
	case 'r':
		b.WriteByte('\r')
	case 't':
		b.WriteByte('\t')
	case '\\', '/', '\'', '"', '`':
		b.WriteByte(s[1])
	case 'u':
		r, ok := hex4(s)
		if !ok {
			return 0
		}
		if utf16.IsSurrogate(r) {
			low, ok := hex4(s[6:])
			pair := utf16.DecodeRune(r, low)
			if !ok || pair == utf8.RuneError {
				return 0
			}
			b.WriteRune(pair)
			return 12
		}
		b.WriteRune(r)
		return 6
	default:
		return 0
	}
	return 2
}

func hex4(s string) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range []byte(s[2:6]) {
		switch {
		case isDigit(c):
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
