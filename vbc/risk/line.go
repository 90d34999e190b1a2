// SPDX-License-Identifier: Apache-2.0

package risk

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Line is one request of a JSON lines file: a person, the model to score with, and an
// id that is echoed as it came.
type Line struct {
	ID    string // raw JSON, empty if there is none
	Model string
	Year  int // 0 is the caller's default
	Person
}

// SyntaxError says where a line stops being what a request looks like.
type SyntaxError struct {
	Column int // byte of the line, from 1
	Reason string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("column %d: %s", e.Column, e.Reason) }

// Read reads one JSON object: id, model, payment_year, age, sex, dual_code, orec, lti,
// new_enrollee, snp, low_income, esrd (dialysis, transplant, graft), graft_months,
// segment (to override), dx. Other names are skipped. Strings of the line stay shared
// with s, and the Diagnoses slice is reused.
func (l *Line) Read(s string) error {
	dx := l.Diagnoses[:0]
	*l = Line{}
	l.Diagnoses, l.OREC = dx, '0'
	sc := scanner{s: s}
	if err := sc.want('{'); err != nil {
		return err
	}
	if sc.peek() == '}' {
		sc.i++
	} else {
		for {
			if err := l.member(&sc); err != nil {
				return err
			}
			switch sc.peek() {
			case ',':
				sc.i++
				continue
			case '}':
				sc.i++
			default:
				return sc.fail("wanted a comma or the end of the object")
			}
			break
		}
	}
	if sc.peek() != 0 || sc.i < len(s) {
		return sc.fail("text after the object")
	}
	return nil
}

func (l *Line) member(sc *scanner) error {
	name, err := sc.str()
	if err != nil {
		return err
	}
	if err := sc.want(':'); err != nil {
		return err
	}
	switch name {
	case "id":
		l.ID, err = sc.value()
	case "model":
		l.Model, err = sc.str()
	case "payment_year":
		l.Year, err = sc.integer()
	case "age":
		l.Age, err = sc.integer()
	case "sex":
		l.Sex, err = sc.sex()
	case "dual_code":
		l.Dual, err = sc.str()
	case "orec":
		l.OREC, err = sc.code()
	case "lti":
		l.Institution, err = sc.boolean()
	case "new_enrollee":
		l.NewEnrollee, err = sc.boolean()
	case "snp":
		l.SNP, err = sc.boolean()
	case "low_income":
		l.LowIncome, err = sc.boolean()
	case "graft_months":
		l.GraftMonths, err = sc.integer()
	case "segment":
		l.Segment, err = sc.str()
	case "esrd":
		l.ESRD, err = sc.esrd()
	case "dx":
		l.Diagnoses, err = sc.diagnoses(l.Diagnoses)
	default:
		_, err = sc.value()
	}
	return err
}

// scanner reads JSON in place.
type scanner struct {
	s string
	i int
}

func (sc *scanner) fail(reason string) error { return &SyntaxError{sc.i + 1, reason} }

// peek skips white space and returns the next byte, or 0 at the end.
func (sc *scanner) peek() byte {
	for sc.i < len(sc.s) {
		switch c := sc.s[sc.i]; c {
		case ' ', '\t', '\r', '\n':
			sc.i++
		default:
			return c
		}
	}
	return 0
}

func (sc *scanner) want(c byte) error {
	if sc.peek() != c {
		return sc.fail(fmt.Sprintf("wanted %q", c))
	}
	sc.i++
	return nil
}

// str reads a string; only one with escapes is copied.
func (sc *scanner) str() (string, error) {
	if sc.peek() != '"' {
		return "", sc.fail("wanted a string")
	}
	start := sc.i
	escaped := false
	for sc.i++; sc.i < len(sc.s); sc.i++ {
		switch sc.s[sc.i] {
		case '\\':
			escaped = true
			sc.i++
		case '"':
			sc.i++
			if !escaped {
				return sc.s[start+1 : sc.i-1], nil
			}
			var out string
			if json.Unmarshal([]byte(sc.s[start:sc.i]), &out) != nil {
				return "", sc.fail("string with a bad escape")
			}
			return out, nil
		}
	}
	sc.i = len(sc.s)
	return "", sc.fail("string without an end")
}

func (sc *scanner) integer() (int, error) {
	if c := sc.peek(); c != '-' && (c < '0' || c > '9') {
		return 0, sc.fail("wanted a whole number")
	}
	text := sc.word()
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, sc.fail("wanted a whole number")
	}
	return n, nil
}

// word reads up to the next delimiter.
func (sc *scanner) word() string {
	start := sc.i
	for sc.i < len(sc.s) && !strings.ContainsRune(",}] \t\r\n:{[\"", rune(sc.s[sc.i])) {
		sc.i++
	}
	return sc.s[start:sc.i]
}

func (sc *scanner) boolean() (bool, error) {
	sc.peek()
	switch sc.word() {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, sc.fail("wanted true or false")
}

// code reads a code of one character, as a string or a digit.
func (sc *scanner) code() (byte, error) {
	if c := sc.peek(); c >= '0' && c <= '9' {
		n, err := sc.integer()
		if err != nil || n > 9 {
			return 0, sc.fail("wanted a code of one digit")
		}
		return byte('0' + n), nil
	}
	s, err := sc.str()
	if err == nil && len(s) != 1 {
		err = sc.fail("wanted a code of one character")
	}
	if err != nil {
		return 0, err
	}
	return s[0], nil
}

// sex takes F and M, and CMS's 2 and 1.
func (sc *scanner) sex() (byte, error) {
	c, err := sc.code()
	switch c {
	case '1', 'm':
		c = 'M'
	case '2', 'f':
		c = 'F'
	}
	return c, err
}

func (sc *scanner) esrd() (ESRDStatus, error) {
	s, err := sc.str()
	if err != nil {
		return 0, err
	}
	switch s {
	case "", "dialysis":
		return Dialysis, nil
	case "transplant":
		return Transplant, nil
	case "graft":
		return FunctioningGraft, nil
	}
	return 0, sc.fail("esrd must be dialysis, transplant or graft")
}

// diagnoses reads ICD-10-CM codes and puts them in the form of the tables: upper case,
// no points.
func (sc *scanner) diagnoses(into []string) ([]string, error) {
	if err := sc.want('['); err != nil {
		return into, err
	}
	if sc.peek() == ']' {
		sc.i++
		return into, nil
	}
	for {
		code, err := sc.str()
		if err != nil {
			return into, err
		}
		into = append(into, plainCode(code))
		switch sc.peek() {
		case ',':
			sc.i++
		case ']':
			sc.i++
			return into, nil
		default:
			return into, sc.fail("wanted a comma or the end of the list")
		}
	}
}

func plainCode(code string) string {
	for i := range len(code) {
		if c := code[i]; c == '.' || c == ' ' || c >= 'a' && c <= 'z' {
			return strings.ToUpper(strings.NewReplacer(".", "", " ", "").Replace(code))
		}
	}
	return code
}

const maxDepth = 32

// value reads any JSON value as its text.
func (sc *scanner) value() (string, error) {
	text, err := sc.raw(0)
	if err == nil && !json.Valid([]byte(text)) {
		err = sc.fail("wanted a JSON value")
	}
	if err != nil {
		return "", err
	}
	return text, nil
}

// raw skips one value and returns its text.
func (sc *scanner) raw(depth int) (string, error) {
	c := sc.peek()
	start := sc.i
	switch c {
	case '"':
		if _, err := sc.str(); err != nil {
			return "", err
		}
	case '{', '[':
		if depth == maxDepth {
			return "", sc.fail("nested too deeply")
		}
		if err := sc.skipNested(c+2, depth); err != nil {
			return "", err
		}
	case 0, ',', ':', '}', ']':
		return "", sc.fail("wanted a value")
	default:
		sc.word()
	}
	return sc.s[start:sc.i], nil
}

// skipNested skips an object or array up to its end, which is two bytes after its
// beginning in ASCII for both.
func (sc *scanner) skipNested(end byte, depth int) error {
	sc.i++
	if sc.peek() == end {
		sc.i++
		return nil
	}
	for {
		if _, err := sc.raw(depth + 1); err != nil {
			return err
		}
		switch c := sc.peek(); c {
		case ',', ':':
			sc.i++
		case end:
			sc.i++
			return nil
		default:
			return sc.fail("wanted a comma or the end of the value")
		}
	}
}
