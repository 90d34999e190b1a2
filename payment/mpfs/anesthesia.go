// SPDX-License-Identifier: Apache-2.0

package mpfs

import (
	"fmt"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// anesthesiaUnits are what an anesthesia service is paid by.
type anesthesiaUnits struct {
	used bool
	base rate  // units of 10^-4
	time int64 // tenths
	cf   int64 // units of 10^-4
}

// priceAnesthesia pays (base units + time units) × the locality's anesthesia
// conversion factor (42 CFR 414.46). Time is billed in minutes; a time unit is 15
// of them, to one decimal. Supervision of more than four cases (AD) is paid three
// base units and no time; a further unit for presence at induction is not on a
// claim.
func (it *item) priceAnesthesia(c *claim.Claim) {
	if !it.mods.has(mAA | mAD | mQK | mQZ) {
		it.deny("modifier")
		return
	}
	if it.l.UnitKind != "MJ" && !it.mods.has(mAD) {
		it.unpriced("anesthesia time is billed in minutes (MJ), not in units")
		return
	}
	if it.s.anesErr != nil {
		it.unpriced(it.s.anesErr.Error())
		return
	}
	if !it.locate(c) {
		return
	}
	a := &it.anes
	a.used, a.cf = true, it.g.anesthesia[it.apm]
	if a.cf == 0 {
		it.unpriced(fmt.Sprintf("locality %s/%s has no anesthesia conversion factor for %s: import ANES for %d", it.g.carrier, it.g.locality, it.on, it.on.Year()))
		return
	}
	if it.mods.has(mAD) {
		a.base = it.s.policy[anesthesiaSupervised]
	} else {
		a.base = it.s.baseUnits[it.key]
		per := it.s.policy[anesthesiaMinutes]
		if !a.base.ok || !per.ok {
			it.unpriced(fmt.Sprintf("the anesthesia base units of %s are not loaded (table mpfs.anesthesia-base)", it.l.Procedure))
			return
		}
		a.time = money.HalfUp(it.units, 10*whole, per.value)
	}
	if it.mods.has(mQK) && !it.need(&it.post, "medical direction", anesthesiaDirected) {
		return
	}
	if it.prov.NonParticipating && !it.need(&it.post, "nonparticipating provider", nonparticipating) {
		return
	}
	it.status = Priced
	it.base = a.amount()
	it.svc = it.base
	it.parts.set(part{it.svc, 1, whole})
}

// amount is units times factor: both have four decimals.
func (a *anesthesiaUnits) amount() money.Cents {
	return money.Cents(money.HalfUp(a.base.value+a.time*(whole/10), a.cf, 1_000_000))
}

// anesthesiaOfDay pays the base units of the day's highest service alone, and the
// time of all (Pub. 100-04 ch. 12, 50.E).
func (w *work) anesthesiaOfDay(i int) {
	first := &w.items[i]
	best := i
	for j := range w.items {
		it := &w.items[j]
		if it.sameDay(first) && it.anes.used && it.status == Priced && it.higherBase(&w.items[best]) {
			best = j
		}
	}
	if best == i {
		return
	}
	first.anes.base.value = 0
	first.base = first.anes.amount()
	first.rule = multipleRule{name: "another anesthesia service that day has the base units", cite: "Pub. 100-04 ch. 12 50.E"}
}

func (it *item) higherBase(than *item) bool {
	if it.anes.base.value != than.anes.base.value {
		return it.anes.base.value > than.anes.base.value
	}
	return it.order(than) < 0
}

// sameDay tells whether two items are one provider's work on one day.
func (it *item) sameDay(o *item) bool { return it.on == o.on }
