// SPDX-License-Identifier: Apache-2.0

package xpath

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// tokenKind is the kind of a lexical token.
type tokenKind uint8

const (
	end tokenKind = iota
	symbol
	operator // and, or, div, mod, * and the signs
	name     // QName or NCName, or a name test with *
	literal
	figure
	variable
)

type token struct {
	kind tokenKind
	text string
	pos  int // byte offset in the expression
}

func lex(src string) ([]token, *SyntaxError) {
	var list []token
	for i := 0; ; {
		for i < len(src) && strings.IndexByte(" \t\r\n", src[i]) >= 0 {
			i++
		}
		if i == len(src) {
			return append(list, token{end, "", i}), nil
		}
		t, n := next(src[i:], operatorMayFollow(list))
		if n == 0 {
			return nil, &SyntaxError{src, i, "unexpected character"}
		}
		t.pos = i
		list = append(list, t)
		i += n
	}
}

// operatorMayFollow is the disambiguation rule of XPath 1.0, section 3.7: after an
// operand, * multiplies and a name is an operator.
func operatorMayFollow(list []token) bool {
	if len(list) == 0 {
		return false
	}
	last := list[len(list)-1]
	switch last.kind {
	case operator:
		return false
	case symbol:
		switch last.text {
		case "@", "::", "(", "[", ",", "/", "//":
			return false
		}
	}
	return true
}

func next(s string, afterOperand bool) (token, int) {
	for _, two := range []string{"//", "::", "..", "!=", "<=", ">="} {
		if strings.HasPrefix(s, two) {
			return token{kind: signKind(two), text: two}, 2
		}
	}
	switch c := s[0]; {
	case c == '\'' || c == '"':
		n := strings.IndexByte(s[1:], c)
		if n < 0 {
			return token{}, 0
		}
		return token{kind: literal, text: s[1 : n+1]}, n + 2
	case c >= '0' && c <= '9' || c == '.' && len(s) > 1 && s[1] >= '0' && s[1] <= '9':
		n := numberLength(s)
		return token{kind: figure, text: s[:n]}, n
	case c == '*' && !afterOperand:
		return token{kind: name, text: "*"}, 1
	case strings.IndexByte("()[].@,/|+-=<>*", c) >= 0:
		return token{kind: signKind(s[:1]), text: s[:1]}, 1
	case c == '$':
		n := qnameLength(s[1:])
		if n == 0 {
			return token{}, 0
		}
		return token{kind: variable, text: s[1 : n+1]}, n + 1
	}
	n := qnameLength(s)
	if n == 0 {
		return token{}, 0
	}
	word := s[:n]
	if afterOperand {
		switch word {
		case "and", "or", "div", "mod":
			return token{kind: operator, text: word}, n
		}
		return token{}, 0
	}
	if strings.HasPrefix(s[n:], ":*") {
		return token{kind: name, text: s[:n+2]}, n + 2
	}
	return token{kind: name, text: word}, n
}

func signKind(s string) tokenKind {
	switch s {
	case "|", "+", "-", "=", "!=", "<", "<=", ">", ">=", "*":
		return operator
	}
	return symbol
}

func numberLength(s string) int {
	n, point := 0, false
	for n < len(s) && (s[n] >= '0' && s[n] <= '9' || s[n] == '.' && !point) {
		point = point || s[n] == '.'
		n++
	}
	return n
}

// qnameLength is the length of a name with at most one colon, not followed by a
// second (an axis).
func qnameLength(s string) int {
	n := ncnameLength(s)
	if n > 0 && n+1 < len(s) && s[n] == ':' && s[n+1] != ':' {
		if more := ncnameLength(s[n+1:]); more > 0 {
			return n + 1 + more
		}
	}
	return n
}

func ncnameLength(s string) int {
	n := 0
	for n < len(s) {
		r, size := utf8.DecodeRuneInString(s[n:])
		start := unicode.IsLetter(r) || r == '_'
		if !start && (n == 0 || !(unicode.IsDigit(r) || r == '-' || r == '.' || unicode.IsMark(r))) {
			break
		}
		n += size
	}
	return n
}
