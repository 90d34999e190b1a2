// SPDX-License-Identifier: Apache-2.0

package mpfs

// therapies pays the practice expense of one therapy unit a day in full, that of
// the unit with the highest practice expense, and of all others in part (section
// 1848(b)(7) of the Act; Pub. 100-04 ch. 5, 10.7).
func (w *work) therapies(first int) {
	best := first
	for i := first; i < len(w.items); i++ {
		it := &w.items[i]
		if it.status != Priced || !it.groupedWith(&w.items[first]) {
			continue
		}
		if it.therapyBefore(&w.items[best]) {
			best = i
		}
	}
	for i := first; i < len(w.items); i++ {
		it := &w.items[i]
		if it.status != Priced || !it.groupedWith(&w.items[first]) {
			continue
		}
		share := &it.s.policy[therapyPE]
		if !share.ok {
			it.unpriced("rule therapy.pe is not in table mpfs.policy for " + it.on.String())
			continue
		}
		reduced := it.pre.apply(it.r.uncapped(it.g, it.setting, it.cf.value, share.value))
		full := int64(0)
		if i == best {
			full = 1
		}
		if it.units == full {
			continue
		}
		it.parts.set(part{it.svc, full, whole}, part{reduced, it.units - full, whole})
		it.rule = multipleRule{name: "multiple therapy services: practice expense reduced", cite: share.cite, rates: [2]*rate{share}}
	}
}

// therapyBefore ranks by practice expense RVU, then by amount, then by code and line.
func (it *item) therapyBefore(o *item) bool {
	if a, b := it.r.pe[it.setting], o.r.pe[o.setting]; a != b {
		return a > b
	}
	if it.svc != o.svc {
		return it.svc > o.svc
	}
	return it.order(o) < 0
}
