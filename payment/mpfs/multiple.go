// SPDX-License-Identifier: Apache-2.0

package mpfs

import (
	"cmp"
	"slices"

	"github.com/woodlawn-health/woodlawn/claim/money"
)

// multipleRule says for the trace which rule changed a line's parts.
type multipleRule struct {
	name  string
	cite  string
	rates [2]*rate
}

// service is what the rules for multiple surgery rank: one line, or the lines of one
// endoscopy family, or the two sides of a bilateral procedure.
type service struct {
	leader int // index of its first item
	amount money.Cents
	units  int64
}

// multipleProcedures applies the rules for several services on one day.
func (w *work) multipleProcedures() {
	if len(w.items) == 1 && w.items[0].units == 1 {
		return
	}
	w.bilateralPairs()
	for i := range w.items {
		it := &w.items[i]
		if it.status != Priced {
			continue
		}
		if it.anes.used {
			w.anesthesiaOfDay(i)
		} else if it.ranked {
			continue
		}
		for j := i; j < len(w.items); j++ { // now: a rule may deny a member of the group
			o := &w.items[j]
			o.ranked = o.ranked || o.status == Priced && o.groupedWith(it)
		}
		switch it.r.mult {
		case '1', '2', '3':
			w.surgeries(i)
		case '4', '6', '7':
			if w.groupUnits(i) > 1 {
				w.tests(i)
			}
		case '5':
			if w.groupUnits(i) > 1 {
				w.therapies(i)
			}
		}
	}
	for i := range w.items {
		if it := &w.items[i]; it.anes.used && it.status == Priced && it.rule.name != "" {
			it.parts.set(part{it.base, 1, whole})
		}
	}
}

// order settles ties of equal amounts, so that the order of the lines matters only
// between lines that say the same.
func (it *item) order(o *item) int {
	return cmp.Or(cmp.Compare(it.key, o.key), cmp.Compare(o.units, it.units), cmp.Compare(it.mods, o.mods), it.line-o.line)
}

// groupUnits counts the units of the group that starts at an item.
func (w *work) groupUnits(first int) (n int64) {
	for i := first; i < len(w.items); i++ {
		if it := &w.items[i]; it.status == Priced && it.groupedWith(&w.items[first]) {
			n += it.units
		}
	}
	return n
}

// groupedWith tells whether the multiple procedure rules look at two items together.
func (it *item) groupedWith(o *item) bool {
	if it.group() == 0 { // a session of its own
		return it == o
	}
	return it.sameDay(o) && !it.anes.used && !o.anes.used && it.group() == o.group() && it.mods.has(assisting) == o.mods.has(assisting)
}

// group is the indicator, endoscopies and old rules among surgery; a test in a
// session of its own (modifier 59 or XE) stands alone.
func (it *item) group() byte {
	switch it.r.mult {
	case '1', '2', '3':
		return 's'
	case '4', '6', '7':
		if it.mods.has(m59) {
			return 0
		}
	}
	return it.r.mult
}

// surgeries ranks the day's procedures and pays the first in full and the next ones
// by the rank's share (Pub. 100-04 ch. 12, 40.6). The sixth and later are priced by
// report.
func (w *work) surgeries(first int) {
	w.svc = w.svc[:0]
	w.endoscopies(first)
	var ranks int64
	for i := first; i < len(w.items); i++ {
		it := &w.items[i]
		if it.status != Priced || !it.groupedWith(&w.items[first]) {
			continue
		}
		lead := i
		if it.leader > 0 {
			lead = it.leader - 1
		}
		at := slices.IndexFunc(w.svc, func(s service) bool { return s.leader == lead })
		if at < 0 {
			w.svc = append(w.svc, service{leader: lead, units: 1})
			at = len(w.svc) - 1
			if it.parts.n == 1 && lead == i {
				w.svc[at].units = it.units
			}
			ranks += w.svc[at].units
		}
		w.svc[at].amount += it.parts.total()
	}
	if ranks < 2 {
		return
	}
	slices.SortFunc(w.svc, func(a, b service) int {
		return cmp.Or(cmp.Compare(b.amount/money.Cents(b.units), a.amount/money.Cents(a.units)), w.items[a.leader].order(&w.items[b.leader]))
	})
	next := int64(1)
	for _, s := range w.svc {
		for i := range w.items {
			it := &w.items[i]
			if it.status == Priced && it.groupedWith(&w.items[first]) && (i == s.leader || it.leader == s.leader+1) {
				it.rank(next, s.units)
			}
		}
		next += s.units
	}
}

// rank pays the item's units from the given rank on.
func (it *item) rank(from, units int64) {
	shares := [6]policy{0, 0, rank2, rank3, rank4, rank5}
	if it.r.mult == '1' {
		shares = [6]policy{0, 0, oldRank2, oldRank3, oldRank4, oldRank5}
	}
	if from+units-1 > 5 {
		it.unpriced("the sixth and later procedures of a day are priced by report")
		return
	}
	if from == 1 && units == 1 {
		return
	}
	old := it.parts
	it.parts.n = 0
	for k := from; k < from+units; k++ {
		share := int64(whole)
		if k > 1 {
			r := &it.s.policy[shares[k]]
			if !r.ok {
				it.unpriced("rule " + policyKeys[shares[k]] + " is not in table mpfs.policy for " + it.on.String())
				return
			}
			share = r.value
			it.rule.rates[0] = r
		}
		for _, x := range old.all() {
			n := x.units
			if units > 1 {
				n = 1 // each unit has a rank of its own
			}
			it.parts.add(part{x.amount.Percent(share), n, share})
		}
	}
	if it.rule.name == "" {
		it.rule.name, it.rule.cite = "multiple procedures", "42 CFR 414.40(b); Pub. 100-04 ch. 12 40.6"
	}
}

// bilateralPairs finds a procedure billed on two lines, left and right: together
// they are paid as one bilateral procedure (Pub. 100-04 ch. 12, 40.7).
func (w *work) bilateralPairs() {
	for i := range w.items {
		a := &w.items[i]
		if a.status != Priced || a.r.bilat != '1' || !a.oneSide() || a.leader > 0 {
			continue
		}
		for j := i + 1; j < len(w.items); j++ {
			b := &w.items[j]
			if b.status != Priced || b.leader > 0 || !b.oneSide() || b.r.key != a.r.key || !a.groupedWith(b) || a.mods&(mLT|mRT) == b.mods&(mLT|mRT) {
				continue
			}
			r := &b.s.policy[bilateralOne]
			if !r.ok {
				b.unpriced("rule bilateral.1 is not in table mpfs.policy for " + b.on.String())
				return
			}
			a.leader, b.leader = i+1, i+1
			share := r.value - whole
			b.parts.set(part{b.svc.Percent(share), b.units, share})
			b.rule = multipleRule{name: "second side of a bilateral procedure", cite: r.cite, rates: [2]*rate{r}}
			break
		}
	}
}

// oneSide tells whether the line is one unit of one named side.
func (it *item) oneSide() bool {
	return it.units == 1 && it.mods.has(mLT|mRT) && !it.mods.has(m50) && (it.mods&(mLT|mRT) != mLT|mRT)
}
