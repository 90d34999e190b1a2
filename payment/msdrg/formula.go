// SPDX-License-Identifier: Apache-2.0

package msdrg

import (
	"fmt"
	"strings"
)

// formula is one line of an MDC's list, compiled. A case that meets it gets its
// DRG, is sent to another MDC's list, or is refused with a return code.
type formula struct {
	drg, base  int16
	reroute    int8
	kind       Type
	refuse     ReturnCode // other than OK: the claim cannot be grouped
	suppress   uint8      // which list of codes does not count for CC or MCC
	rank       int16
	terms      program
	text       string
	unverified operandSet // its operands whose rule is not verified
}

// program is a boolean expression as alternatives, any of which makes it true.
type program []alternative

// alternative is true if all its checks hold.
type alternative []check

// check compares one word of the operands: all of need set, none of bar.
type check struct {
	word      uint8
	need, bar uint64
}

func (p program) met(s *operandSet) bool {
alternatives:
	for _, alt := range p {
		for i := range alt {
			c := &alt[i]
			if w := s[c.word]; w&c.need != c.need || w&c.bar != 0 {
				continue alternatives
			}
		}
		return true
	}
	return false
}

// lacking names what the nearest alternative lacks, for an explanation.
func (p program) lacking(s *operandSet, names []string) []string {
	var best []string
	for i, alt := range p {
		var lacks []string
		for _, c := range alt {
			for bit := range 64 {
				id := operand(c.word)<<6 | operand(bit)
				if c.need&(1<<bit) != 0 && !s.has(id) {
					lacks = append(lacks, names[id])
				}
				if c.bar&(1<<bit) != 0 && s.has(id) {
					lacks = append(lacks, "not "+names[id])
				}
			}
		}
		if i == 0 || len(lacks) < len(best) {
			best = lacks
		}
	}
	return best
}

// maxAlternatives bounds what an expression may multiply out to.
const maxAlternatives = 4096

// literal is an operand or its negation.
type literal struct {
	id  operand
	not bool
}

// compile reads an expression of operands, & | ~ and parentheses, where ~ binds
// closest and & closer than |.
func compile(text string, v *vocabulary) (program, error) {
	p := parser{rest: text, v: v}
	dnf, err := p.or(false)
	if err == nil && p.peek() != "" {
		err = fmt.Errorf("%q is left over", p.rest)
	}
	if err != nil {
		return nil, fmt.Errorf("formula %q: %w", text, err)
	}
	return pack(dnf), nil
}

// pack writes the alternatives as checks of whole words.
func pack(dnf [][]literal) program {
	var out program
	for _, term := range dnf {
		var need, bar operandSet
		for _, l := range term {
			if l.not {
				bar.set(l.id)
			} else {
				need.set(l.id)
			}
		}
		alt := alternative{}
		for w := range need {
			if need[w]|bar[w] != 0 {
				alt = append(alt, check{uint8(w), need[w], bar[w]})
			}
		}
		out = append(out, alt)
	}
	return out
}

// parser reads an expression straight into alternatives. Under a negation it
// swaps "and" with "or", so that only operands are left negated.
type parser struct {
	rest string
	v    *vocabulary
}

// or reads terms joined by |; negated, all of them must be false.
func (p *parser) or(not bool) ([][]literal, error) { return p.chain("|", not, not, p.and) }

// and reads factors joined by &; negated, one of them must be false.
func (p *parser) and(not bool) ([][]literal, error) { return p.chain("&", !not, not, p.unary) }

// chain reads parts with a sign between them; all tells whether every part must
// hold, or one.
func (p *parser) chain(sign string, all, not bool, part func(bool) ([][]literal, error)) ([][]literal, error) {
	left, err := part(not)
	for err == nil && p.peek() == sign {
		p.next()
		var right [][]literal
		if right, err = part(not); err != nil {
			break
		}
		if !all {
			left = append(left, right...)
		} else if left = multiply(left, right); len(left) > maxAlternatives {
			err = fmt.Errorf("more than %d alternatives", maxAlternatives)
		}
	}
	return left, err
}

func multiply(a, b [][]literal) [][]literal {
	out := make([][]literal, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			out = append(out, append(append([]literal{}, x...), y...))
		}
	}
	return out
}

func (p *parser) unary(not bool) ([][]literal, error) {
	switch token := p.next(); token {
	case "~":
		return p.unary(!not)
	case "(":
		inner, err := p.or(not)
		if err == nil && p.next() != ")" {
			err = fmt.Errorf("a parenthesis is not closed")
		}
		return inner, err
	case "", ")", "&", "|":
		return nil, fmt.Errorf("an operand is missing")
	default:
		id, err := p.v.number(token)
		return [][]literal{{{id, not}}}, err
	}
}

const signs = "&|~()"

// peek is the next token, or nothing at the end.
func (p *parser) peek() string {
	p.rest = strings.TrimLeft(p.rest, " ")
	if p.rest == "" {
		return ""
	}
	if strings.IndexByte(signs, p.rest[0]) >= 0 {
		return p.rest[:1]
	}
	if end := strings.IndexAny(p.rest, signs+" "); end >= 0 {
		return p.rest[:end]
	}
	return p.rest
}

func (p *parser) next() string {
	token := p.peek()
	p.rest = p.rest[len(token):]
	return token
}
