// SPDX-License-Identifier: Apache-2.0

package x12

import (
	"fmt"
	"strconv"
	"strings"
)

// dictionary reads the data elements, composites and segments.
func (c *compiler) dictionary(in []string) error {
	for pass := range 2 { // elements first: composites name them
		for _, line := range in {
			f := strings.Fields(line)
			if len(f) < 3 || (f[0] == "e") != (pass == 0) {
				if len(f) < 3 {
					return fmt.Errorf("%q: too short", line)
				}
				continue
			}
			var err error
			switch f[0] {
			case "e":
				err = c.element(f)
			case "c":
				c.composites[f[1]], err = c.parts(f[2:])
			case "s":
				c.segments[f[1]], err = c.parts(f[2:])
			default:
				err = fmt.Errorf("neither element, composite nor segment")
			}
			if err != nil {
				return fmt.Errorf("%q: %w", line, err)
			}
		}
	}
	return nil
}

func (c *compiler) element(f []string) error {
	if len(f) != 5 {
		return fmt.Errorf("not a data element")
	}
	lo, err1 := strconv.Atoi(f[3])
	hi, err2 := strconv.Atoi(f[4])
	if err1 != nil || err2 != nil {
		return fmt.Errorf("lengths are no numbers")
	}
	kinds := map[string]byte{"AN": 'A', "ID": 'I', "N0": 'N', "R": 'R', "DT": 'D', "TM": 'T'}
	kind, ok := kinds[f[2]]
	if !ok {
		return fmt.Errorf("unknown type %s", f[2])
	}
	number, _ := strconv.Atoi(strings.TrimRight(f[1], "x"))
	if number == 1251 {
		kind = 'P'
	}
	c.elements[f[1]] = elemSpec{usage: 'N', kind: kind, number: number, min: lo, max: hi}
	return nil
}

// parts reads the parts of a composite or segment and the relations after a slash.
func (c *compiler) parts(f []string) (elemSpec, error) {
	out := elemSpec{usage: 'N', kind: 'C'}
	for i, word := range f {
		if word == "/" {
			for _, text := range f[i+1:] {
				r, err := parseRelation(text)
				if err != nil {
					return out, err
				}
				out.rules = append(out.rules, r)
			}
			break
		}
		name, count, _ := strings.Cut(word, "*")
		times := 1
		if count != "" {
			times, _ = strconv.Atoi(count)
		}
		sp, ok := c.elements[name]
		if !ok {
			sp, ok = c.composites[name]
		}
		if !ok {
			return out, fmt.Errorf("there is no element %s", name)
		}
		for range times {
			out.parts = append(out.parts, sp)
		}
	}
	return out, nil
}

// parseRelation reads a relation such as P0304.
func parseRelation(text string) (relation, error) {
	r := relation{kind: text[0], text: text}
	if !strings.Contains("PRECL", text[:1]) || len(text) < 5 || len(text)%2 == 0 {
		return r, fmt.Errorf("%q is no relation", text)
	}
	for i := 1; i < len(text); i += 2 {
		n, err := strconv.Atoi(text[i : i+2])
		if err != nil {
			return r, fmt.Errorf("%q: %w", text, err)
		}
		r.mask |= 1 << n
		if i == 1 {
			r.first = 1 << n
		}
	}
	return r, nil
}

// holds tells whether the relation holds for the elements present.
func (r *relation) holds(present uint64) bool {
	switch have := present & r.mask; r.kind {
	case 'P':
		return have == 0 || have == r.mask
	case 'R':
		return have != 0
	case 'E':
		return have&(have-1) == 0
	case 'C':
		return present&r.first == 0 || have == r.mask
	default: // L
		return present&r.first == 0 || have&^r.first != 0
	}
}
