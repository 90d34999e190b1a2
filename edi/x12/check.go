// SPDX-License-Identifier: Apache-2.0

package x12

import (
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
)

// flaw is what is wrong with an element: 0 is nothing.
type flaw uint8

const (
	flawNone flaw = iota
	flawMissing
	flawRelation
	flawTooMany
	flawShort
	flawLong
	flawCharacter
	flawCode
	flawSoftCode
	flawDate
	flawTime
	flawExclusive
	flawParts
	flawUnused
	flawRepeat
	flawHigh
	flawNumber
	flawRange
)

// flaws gives each flaw its rule, its IK403 code and its text.
var flaws = [...]struct {
	rule, code, message, remedy string
	warning                     bool
}{
	flawMissing:   {"required", "1", "a required element is missing", "add it", false},
	flawRelation:  {"relation", "2", "an element is missing that another one calls for", "send both or neither, as the guide has it", false},
	flawTooMany:   {"count", "3", "the segment has more elements than it may have", "drop the elements at its end", false},
	flawShort:     {"length", "4", "the element is too short", "give it in full", false},
	flawLong:      {"length", "5", "the element is too long", "shorten it", false},
	flawCharacter: {"character", "6", "the element has a character that its type does not take", "remove the character", false},
	flawCode:      {"code", "7", "the code is none that the guide takes here", "use a code of the guide", false},
	flawSoftCode:  {"code", "7", "the code is not the guide's, though it is widely taken", "use the code of the guide", true},
	flawDate:      {"date", "8", "the element is no date in the form that it must have", "give a date that exists, as CCYYMMDD", false},
	flawTime:      {"time", "9", "the element is no time", "give the time as HHMM", false},
	flawExclusive: {"relation", "10", "two elements stand that exclude each other", "send one of them", false},
	flawParts:     {"components", "3", "the composite has more components than it may have", "drop the components at its end", false},
	flawUnused:    {"unused", "I10", "the guide does not use this element", "leave it empty", true},
	flawRepeat:    {"repetition", "12", "the element repeats, which it may not", "send it once", false},
	flawHigh:      {"character", "6", "the element has a character beyond ASCII", "spell it in ASCII letters", true},
	flawNumber:    {"number", "6", "the element is no number", "give digits, with a decimal point if need be", false},
	flawRange:     {"date", "8", "the range of dates runs backwards", "give the earlier date first", false},
}

// elements checks the elements of a segment at its place.
func (w *Walker) elements(n *Node, t *Tokens) {
	last := min(t.N, MaxElements)
	var present uint64
	for i := range n.elems {
		if i >= last {
			break
		}
		sp := &n.elems[i]
		e := t.elems[i+1]
		if e.start == e.end {
			if sp.usage == 'R' {
				w.flaw(n, t, i, 0, flawMissing, sp)
			}
			continue
		}
		present |= 1 << (i + 1)
		if sp.usage == 'N' {
			w.flaw(n, t, i, 0, flawUnused, sp)
			continue
		}
		if e.class&(classComponent|classRepetition|classControl|classHigh) != 0 || sp.kind == 'C' {
			w.compound(n, t, i, sp, e)
			continue
		}
		v := t.Text[e.start:e.end]
		format := ""
		if sp.kind == 'P' && i > 0 {
			format = t.El(i)
		}
		if f := sp.check(v, e.class, format); f != flawNone {
			w.flaw(n, t, i, 0, f, sp)
		}
	}
	for i := last; i < len(n.elems); i++ {
		if n.elems[i].usage == 'R' {
			w.flaw(n, t, i, 0, flawMissing, &n.elems[i])
		}
	}
	if t.N > len(n.elems) {
		w.flaw(n, t, len(n.elems), 0, flawTooMany, &elemSpec{})
	}
	for i := range n.rules {
		if r := &n.rules[i]; !r.holds(present) {
			w.broken(n, t, -1, r, present)
		}
	}
}

// compound checks a composite, and elements with characters out of the ordinary.
func (w *Walker) compound(n *Node, t *Tokens, i int, sp *elemSpec, e token) {
	if e.class&classControl != 0 {
		w.flaw(n, t, i, 0, flawCharacter, sp)
		return
	}
	if e.class&classHigh != 0 {
		w.flaw(n, t, i, 0, flawHigh, sp)
	}
	if e.class&classRepetition != 0 {
		w.flaw(n, t, i, 0, flawRepeat, sp)
		return
	}
	v := t.Text[e.start:e.end]
	if sp.kind != 'C' {
		f := flawCharacter // a component separator in a simple element
		if e.class&classComponent == 0 {
			f = sp.check(v, e.class, t.El(i))
		}
		if f != flawNone {
			w.flaw(n, t, i, 0, f, sp)
		}
		return
	}
	var present uint64
	start, part := 0, 0
	previous := ""
	for at := 0; at <= len(v); at++ {
		if at < len(v) && v[at] != t.Sep.Component {
			continue
		}
		piece := v[start:at]
		start = at + 1
		if part >= len(sp.parts) {
			w.flaw(n, t, i, 0, flawParts, sp)
			break
		}
		ps := &sp.parts[part]
		part++
		switch {
		case piece == "":
			if ps.usage == 'R' {
				w.flaw(n, t, i, part, flawMissing, ps)
			}
		case ps.usage == 'N':
			present |= 1 << part
			w.flaw(n, t, i, part, flawUnused, ps)
		default:
			present |= 1 << part
			if f := ps.check(piece, classOf(piece), previous); f != flawNone {
				w.flaw(n, t, i, part, f, ps)
			}
		}
		previous = piece
	}
	for ; part < len(sp.parts); part++ {
		if sp.parts[part].usage == 'R' {
			w.flaw(n, t, i, part+1, flawMissing, &sp.parts[part])
		}
	}
	for k := range sp.rules {
		if r := &sp.rules[k]; !r.holds(present) {
			w.broken(n, t, i, r, present)
		}
	}
}

// classOf is the joined class of a text whose separators are taken out.
func classOf(v string) uint8 {
	var c uint8
	for i := 0; i < len(v); i++ {
		switch b := v[i]; {
		case b >= '0' && b <= '9':
			c |= classDigit
		case b == '.' || b == '-' || b == '+':
			c |= classSign
		default:
			c |= classText
		}
	}
	return c
}

// check looks at one value. format is the date format that stands before it.
func (sp *elemSpec) check(v string, class uint8, format string) flaw {
	n := len(v)
	switch sp.kind {
	case 'N', 'R':
		if class&^(classDigit|classSign) != 0 {
			return flawNumber
		}
		digits, f := countDigits(v, sp.kind == 'R')
		if f != flawNone {
			return f
		}
		n = digits
	case 'D':
		if _, err := civil.ParseCompact(v); err != nil {
			return flawDate
		}
		return flawNone
	case 'T':
		if !validTime(v) {
			return flawTime
		}
		return flawNone
	case 'P':
		return checkPeriod(v, format)
	}
	if n < sp.min {
		return flawShort
	}
	if n > sp.max {
		return flawLong
	}
	if len(sp.codes) == 0 {
		return flawNone
	}
	for i, c := range sp.codes {
		if c == v {
			if i >= sp.soft {
				return flawSoftCode
			}
			return flawNone
		}
	}
	return flawCode
}

// countDigits counts the digits of a number, which are its length in X12.
func countDigits(v string, decimal bool) (int, flaw) {
	digits := 0
	point := false
	for i := 0; i < len(v); i++ {
		switch c := v[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c == '-' && i == 0:
		case c == '.' && decimal && !point:
			point = true
		default:
			return 0, flawNumber
		}
	}
	if digits == 0 {
		return 0, flawNumber
	}
	return digits, flawNone
}

// checkPeriod looks at a date, time or range in the format that a code names.
func checkPeriod(v, format string) flaw {
	switch format {
	case "D8":
		if _, err := civil.ParseCompact(v); err != nil {
			return flawDate
		}
	case "RD8":
		if len(v) != 17 || v[8] != '-' {
			return flawDate
		}
		from, err1 := civil.ParseCompact(v[:8])
		to, err2 := civil.ParseCompact(v[9:])
		if err1 != nil || err2 != nil {
			return flawDate
		}
		if to.Before(from) {
			return flawRange
		}
	case "DT":
		if len(v) != 12 {
			return flawDate
		}
		if _, err := civil.ParseCompact(v[:8]); err != nil || !validTime(v[8:]) {
			return flawDate
		}
	case "TM":
		if !validTime(v) {
			return flawTime
		}
	default:
		if len(v) > 35 {
			return flawLong
		}
	}
	return flawNone
}

// flaw reports a flaw of element i (from 0) or its component (from 1).
func (w *Walker) flaw(n *Node, t *Tokens, i, component int, f flaw, sp *elemSpec) {
	text := &flaws[f]
	if !text.warning {
		w.Errors[n.Loop.Scope]++
	}
	if w.Quiet {
		return
	}
	issue := Issue{Level: ElementLevel, Code: text.code, Warning: text.warning, Segment: n.ID, Loop: n.Loop.ID, Element: i + 1,
		Component: component, DataElement: sp.number, Message: text.message, Remedy: text.remedy}
	issue.Rule = w.guide.Name + "." + n.Loop.ID + "." + n.ID + element2(i+1)
	if component > 0 {
		issue.Rule += "-" + element2(component)
		issue.Value = clip(t.Comp(i+1, component), 99)
	} else {
		issue.Value = clip(t.El(i+1), 99)
	}
	issue.Rule += "." + text.rule
	if (f == flawCode || f == flawSoftCode) && len(sp.codes) <= 12 {
		issue.Remedy = "use " + strings.Join(sp.codes[:sp.soft], ", ")
	}
	w.add(t, issue)
}

// broken reports a relation that does not hold, of the segment or of composite i.
func (w *Walker) broken(n *Node, t *Tokens, i int, r *relation, present uint64) {
	f := flawRelation
	if r.kind == 'E' {
		f = flawExclusive
	}
	w.Errors[n.Loop.Scope]++
	if w.Quiet {
		return
	}
	wanted := 0 // the first element that is missing, or for E the last that stands
	for k := 1; k < 64; k++ {
		if bit := uint64(1) << k; r.mask&bit != 0 && (present&bit == 0) == (r.kind != 'E') && (wanted == 0 || r.kind == 'E') {
			wanted = k
		}
	}
	issue := Issue{Level: ElementLevel, Code: flaws[f].code, Segment: n.ID, Loop: n.Loop.ID, Element: wanted,
		Message: flaws[f].message + " (" + r.text + ")", Remedy: flaws[f].remedy}
	if i >= 0 {
		issue.Element, issue.Component = i+1, wanted
	} else if wanted >= 1 && wanted <= len(n.elems) {
		issue.DataElement = n.elems[wanted-1].number
	}
	issue.Rule = w.guide.Name + "." + n.Loop.ID + "." + n.ID + "." + r.text
	w.add(t, issue)
}
