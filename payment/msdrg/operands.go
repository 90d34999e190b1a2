// SPDX-License-Identifier: Apache-2.0

package msdrg

import (
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

// operandWords bounds the operands of a version: 64 a word. The versions held need
// fewer than 450.
const operandWords = 8

// operandSet holds which operands of the formulas are true of a case.
type operandSet [operandWords]uint64

func (s *operandSet) set(id operand)      { s[id>>6] |= 1 << (id & 63) }
func (s *operandSet) has(id operand) bool { return s[id>>6]&(1<<(id&63)) != 0 }

func (s *operandSet) add(o *operandSet) {
	for i := range s {
		s[i] |= o[i]
	}
}

// operand is the number of an operand in its version.
type operand uint16

// The severity operands come first, because each formula may see them otherwise.
const (
	operandMCC operand = iota
	operandCC
)

// noOperand stands for a name that no formula asks for.
const noOperand = operand(1<<16 - 1)

// vocabulary numbers the operands that a version's formulas ask for. A list of
// codes is asked for with the place where its code must stand: PDX:list as
// principal, SDX:list as secondary, ANY:list or plain list as either.
type vocabulary struct {
	ids   map[string]operand
	names []string
	given operandSet // those that a list or a rule can make true
}

func newVocabulary() *vocabulary {
	v := &vocabulary{ids: map[string]operand{"MCC": operandMCC, "CC": operandCC}, names: []string{"MCC", "CC"}}
	v.given.set(operandMCC)
	v.given.set(operandCC)
	return v
}

func (v *vocabulary) number(name string) (operand, error) {
	if id, ok := v.ids[name]; ok {
		return id, nil
	}
	if len(v.names) == operandWords*64 {
		return 0, fmt.Errorf("more than %d operands", operandWords*64)
	}
	id := operand(len(v.names))
	v.ids[name] = id
	v.names = append(v.names, name)
	return id, nil
}

func (v *vocabulary) find(name string) operand {
	if id, ok := v.ids[name]; ok {
		return id
	}
	return noOperand
}

// mark sets the operands that a list gives under each of the prefixes.
func (v *vocabulary) mark(s *operandSet, list string, prefixes ...string) {
	for _, p := range prefixes {
		if id := v.find(p + list); id != noOperand {
			s.set(id)
			v.given.set(id)
		}
	}
}

// countRule derives an operand from the lists on which a case's diagnoses, or its
// procedures and clusters, stand: either so many different lists, or so large a
// sum of weights over all codes.
type countRule struct {
	operand    operand
	diagnoses  bool
	distinct   bool
	lists      []string
	weights    []uint16
	with       []string // a code counts only if it is on one of these as well
	atLeast    int
	unverified bool
}

// contribution is what one code adds to a rule: a list's bit, or its weight.
type contribution struct {
	rule  uint8
	value uint16
}

// contributions of a code that stands on the lists.
func contributions(rules []countRule, lists []string, diagnosis bool) []contribution {
	var out []contribution
	for i, r := range rules {
		if r.diagnoses != diagnosis || len(r.with) > 0 && !slices.ContainsFunc(r.with, func(w string) bool { return slices.Contains(lists, w) }) {
			continue
		}
		var value uint16
		for k, l := range r.lists {
			if !slices.Contains(lists, l) {
				continue
			}
			if r.distinct {
				value |= 1 << k
			} else {
				value += r.weights[k]
			}
		}
		if value > 0 {
			out = append(out, contribution{uint8(i), value})
		}
	}
	return out
}

// count adds a contribution to the state of its rule.
func (r *countRule) count(state, value uint16) uint16 {
	if r.distinct {
		return state | value
	}
	return state + value
}

func (r *countRule) met(state uint16) bool {
	if r.distinct {
		return bits.OnesCount16(state) >= r.atLeast
	}
	return int(state) >= r.atLeast
}

// statusRule derives an operand from the discharge status.
type statusRule struct {
	operand  operand
	statuses [2]uint64 // bit n stands for status n
	negate   bool
}

func (r *statusRule) met(status int) bool {
	in := status >= 0 && status < 128 && r.statuses[status>>6]&(1<<(status&63)) != 0
	return in != r.negate
}

func parseStatuses(text string) (set [2]uint64, err error) {
	for _, f := range strings.Fields(text) {
		n, err := strconv.Atoi(f)
		if err != nil || n < 0 || n >= 128 {
			return set, fmt.Errorf("discharge status %q is no number from 0 to 127", f)
		}
		set[n>>6] |= 1 << (n & 63)
	}
	return set, nil
}
