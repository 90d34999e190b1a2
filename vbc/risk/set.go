// SPDX-License-Identifier: Apache-2.0

package risk

import "math/bits"

// set is a set of a model's categories, by position; no model has more than 128.
type set [2]uint64

const maxCategories = 128

func one(i int) set {
	var s set
	s[i>>6] = 1 << (i & 63)
	return s
}

func (s set) has(i int) bool    { return s[i>>6]&(1<<(i&63)) != 0 }
func (s set) or(o set) set      { return set{s[0] | o[0], s[1] | o[1]} }
func (s set) without(o set) set { return set{s[0] &^ o[0], s[1] &^ o[1]} }
func (s set) and(o set) set     { return set{s[0] & o[0], s[1] & o[1]} }
func (s set) meets(o set) bool  { return s[0]&o[0]|s[1]&o[1] != 0 }
func (s set) empty() bool       { return s[0]|s[1] == 0 }
func (s set) len() int          { return bits.OnesCount64(s[0]) + bits.OnesCount64(s[1]) }

// next is the first member from i on, or -1.
func (s set) next(i int) int {
	for w := i >> 6; w < len(s); w++ {
		word := s[w]
		if w == i>>6 {
			word &^= 1<<(i&63) - 1
		}
		if word != 0 {
			return w<<6 + bits.TrailingZeros64(word)
		}
	}
	return -1
}
