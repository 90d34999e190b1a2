// SPDX-License-Identifier: Apache-2.0

package mpfs

import "fmt"

// endoscopies applies the rule for endoscopies of one family, those with the same
// base procedure: the highest is paid in full, the others what they are worth above
// the base, and the base itself nothing if another of the family is paid. After
// that the family counts as one service (Pub. 100-04 ch. 12, 40.6.C.9 to 12).
func (w *work) endoscopies(first int) {
	for i := first; i < len(w.items); i++ {
		it := &w.items[i]
		base := it.family()
		if base == 0 || it.status != Priced || it.leader > 0 || !it.groupedWith(&w.items[first]) {
			continue
		}
		best, members := -1, 0
		for j := range w.items {
			o := &w.items[j]
			if o.status != Priced || !o.groupedWith(it) || !o.inFamily(base) || o.leader > 0 {
				continue
			}
			members += int(o.units)
			if best < 0 || o.before(&w.items[best]) {
				best = j
			}
		}
		if members < 2 {
			continue
		}
		for j := range w.items {
			o := &w.items[j]
			if o.status == Priced && o.groupedWith(it) && o.inFamily(base) && o.leader == 0 {
				o.leader = best + 1
				o.aboveBase(base, j == best)
			}
		}
	}
}

// family is the base procedure of an endoscopy; 0 for others. The base procedure
// itself belongs to its family only beside others, which name it.
func (it *item) family() codeKey {
	if it.r == nil || it.r.mult != '3' {
		return 0
	}
	return it.r.endoBase
}

func (it *item) inFamily(base codeKey) bool { return it.family() == base || it.key == base }

// before orders a family: the higher amount first, then by code and line; the base
// comes last whatever it is worth.
func (it *item) before(o *item) bool {
	if aBase, bBase := it.key == o.family(), o.key == it.family(); aBase != bBase {
		return bBase
	}
	if it.svc != o.svc {
		return it.svc > o.svc
	}
	return it.order(o) < 0
}

// aboveBase pays a member of a family: its first unit in full if it is the highest,
// all else what it is worth above the base.
func (it *item) aboveBase(base codeKey, highest bool) {
	const cite = "Pub. 100-04 ch. 12 40.6.C"
	if it.key == base {
		it.deny("endoscopy")
		it.rule = multipleRule{name: "diagnostic base of an endoscopy that is paid", cite: cite}
		return
	}
	if highest && it.units == 1 {
		return
	}
	row := it.s.row(base)
	if row == nil {
		it.unpriced(fmt.Sprintf("the base endoscopy %s of %s is not loaded for %s: import PPRRVU for %d", base, it.l.Procedure, it.on, it.on.Year()))
		return
	}
	above := max(0, it.svc-it.pre.apply(row.amount(it.g, it.setting, it.cf.value)))
	it.parts.n = 0
	rest := it.units
	if highest {
		it.parts.add(part{it.svc, 1, whole})
		rest--
	}
	it.parts.add(part{above, rest, whole})
	it.rule = multipleRule{name: "endoscopy of a family: paid above the base " + base.String(), cite: cite}
}
