// SPDX-License-Identifier: Apache-2.0

package msdrg

import "math/bits"

// codeKey is a code of up to eight letters and digits, packed into a number: upper
// case, without points. Zero is no code.
type codeKey uint64

// keyOf packs a code. What is no ICD-10 code gives a key that no table holds.
func keyOf(code string) codeKey {
	var k codeKey
	n := 0
	for i := 0; i < len(code); i++ {
		b := code[i]
		switch {
		case b == '.':
			continue
		case 'a' <= b && b <= 'z':
			b -= 'a' - 'A'
		}
		if n++; n > 8 {
			return 0
		}
		k = k<<8 | codeKey(b)
	}
	return k
}

// codeIndex finds the row of a code: an open hash with linear probing.
type codeIndex struct {
	slots []codeSlot
	shift uint8
}

type codeSlot struct {
	key codeKey
	row int32
}

func newCodeIndex(n int) codeIndex {
	size := 1 << bits.Len(uint(n+n/2)) // at most two thirds full
	return codeIndex{make([]codeSlot, size), uint8(64 - bits.Len(uint(size-1)))}
}

// start is where a search for k begins. The multiplier is 2^64 divided by the
// golden ratio, which spreads the alike codes of a chapter.
func (x *codeIndex) start(k codeKey) int { return int(uint64(k) * 0x9e3779b97f4a7c15 >> x.shift) }

func (x *codeIndex) add(k codeKey, row int32) {
	i := x.start(k)
	for x.slots[i].key != 0 && x.slots[i].key != k {
		i = (i + 1) & (len(x.slots) - 1)
	}
	x.slots[i] = codeSlot{k, row}
}

// find returns the row of a code, or -1.
func (x *codeIndex) find(k codeKey) int32 {
	if k == 0 {
		return -1
	}
	for i := x.start(k); ; i = (i + 1) & (len(x.slots) - 1) {
		switch s := &x.slots[i]; s.key {
		case k:
			return s.row
		case 0:
			return -1
		}
	}
}
