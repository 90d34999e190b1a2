// SPDX-License-Identifier: Apache-2.0

package elm

import "github.com/woodlawn-health/woodlawn/fhir/node"

// Libraries follow references by queries such as
//
//	[Condition] C where C.id = diagnosis.condition.reference.getId()
//
// within another query. Looked through row by row, that is the square of the patient's
// resources. Where the source is the same for every row and one side of the equality
// depends on its element alone, the elements are kept by the hash of that side, and the
// query looks only at those that can be equal.

// indexFrom is the length of a source from which an index pays.
const indexFrom = 16

// equalityIndex is an equality in a query's where clause: key depends on the source's
// element alone, want does not depend on it.
type equalityIndex struct {
	key, want expr
}

// equalityIndex finds such an equality: the condition itself, or what it asks first.
func (c *compiler) equalityIndex(where node.Node, slot int) *equalityIndex {
	operands := where.Get("operand")
	switch where.Get("type").Text() {
	case "And":
		return c.equalityIndex(operands.At(0), slot)
	case "Equal":
	default:
		return nil
	}
	a, aOnly, aFree := c.dependence(operands.At(0), slot)
	b, bOnly, bFree := c.dependence(operands.At(1), slot)
	switch {
	case aOnly && bFree:
		return &equalityIndex{a, b}
	case bOnly && aFree:
		return &equalityIndex{b, a}
	}
	return nil
}

// dependence compiles an expression and tells whether it depends on a slot and on no
// other name from outside it, and whether it is free of the slot.
func (c *compiler) dependence(n node.Node, slot int) (e expr, only, free bool) {
	before := len(c.touched)
	e = c.expr(n)
	only, free = false, true
	for _, s := range c.touched[before:] {
		if s == slot {
			only, free = true, false
		}
	}
	for _, s := range c.touched[before:] {
		only = only && (s == slot || s >= c.used)
	}
	return e, only, free
}

// keyed is what an index knows of a source.
type keyed struct {
	byKey map[uint64][]int // places in the source
	other []int            // those whose key is not of a type with a hash of its own
}

// narrow keeps of a source's elements those whose key may be equal to what is wanted,
// in their order.
func (x *equalityIndex) narrow(r *run, f []Value, slot int, source List) List {
	k, ok := r.indexes[x]
	if !ok {
		k = &keyed{byKey: make(map[uint64][]int, len(source))}
		for i, item := range source {
			f[slot] = item
			switch key := r.plain(x.key.eval(r, f)); {
			case key == nil: // equal to nothing
			case hashable(key):
				h := hashValue(key)
				k.byKey[h] = append(k.byKey[h], i)
			default:
				k.other = append(k.other, i)
			}
		}
		if r.indexes == nil {
			r.indexes = map[*equalityIndex]*keyed{}
		}
		r.indexes[x] = k
	}
	want := r.plain(x.want.eval(r, f))
	switch {
	case want == nil:
		return nil
	case len(k.other) > 0 || !hashable(want):
		return source
	}
	places := k.byKey[hashValue(want)]
	found := make(List, len(places))
	for i, place := range places {
		found[i] = source[place]
	}
	return found
}

// hashable tells whether values equal to v have the same hash, whatever their types.
func hashable(v Value) bool {
	switch v.(type) {
	case String, Boolean, Integer, Long, Decimal, Temporal, *Code:
		return true
	}
	return false
}
