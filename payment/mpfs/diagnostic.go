// SPDX-License-Identifier: Apache-2.0

package mpfs

import (
	"fmt"

	"github.com/woodlawn-health/woodlawn/claim/money"
)

// components are the professional and the technical part of one unit of a test.
type components struct {
	pc, tc money.Cents
	lessPC money.Cents // what the rule takes off each, if it takes
	lessTC money.Cents
}

// tests applies the reductions for imaging (indicator 4), cardiovascular (6) and
// ophthalmologic tests (7) of one day: the highest technical component is paid in
// full and each other one in part, and for imaging the professional components
// likewise. The reduced technical amount is then held against the OPPS cap.
func (w *work) tests(first int) {
	lead := &w.items[first]
	tcPolicy, pcPolicy := imagingTC, imagingPC
	name := "multiple imaging procedures"
	switch lead.r.mult {
	case '6':
		tcPolicy, pcPolicy, name = cardiovascularTC, policies, "multiple cardiovascular tests"
	case '7':
		tcPolicy, pcPolicy, name = ophthalmologyTC, policies, "multiple ophthalmologic tests"
	}
	bestPC, bestTC := -1, -1
	for i := range w.items {
		it := &w.items[i]
		if !w.inTests(first, i) {
			continue
		}
		c := it.components(tcPolicy, pcPolicy)
		if it.status != Priced {
			continue
		}
		if c.pc > 0 && (bestPC < 0 || it.testBefore(&w.items[bestPC], c.pc, w.items[bestPC].components(tcPolicy, pcPolicy).pc)) {
			bestPC = i
		}
		if c.tc > 0 && (bestTC < 0 || it.testBefore(&w.items[bestTC], c.tc, w.items[bestTC].components(tcPolicy, pcPolicy).tc)) {
			bestTC = i
		}
	}
	for i := range w.items {
		it := &w.items[i]
		if !w.inTests(first, i) {
			continue
		}
		c := it.components(tcPolicy, pcPolicy)
		one := it.svc
		if i != bestPC {
			one -= c.lessPC
		}
		if i != bestTC {
			one -= c.lessTC
		}
		rest := it.svc - c.lessPC - c.lessTC
		if one == it.svc && (it.units == 1 || rest == it.svc) {
			continue
		}
		it.parts.set(part{one, 1, whole}, part{rest, it.units - 1, whole})
		it.rule = multipleRule{name: name, cite: it.s.policy[tcPolicy].cite, rates: [2]*rate{&it.s.policy[tcPolicy]}}
		if pcPolicy != policies {
			it.rule.rates[1] = &it.s.policy[pcPolicy]
		}
	}
}

// inTests tells whether an item belongs to the group of the first one.
func (w *work) inTests(first, i int) bool {
	return i >= first && w.items[i].status == Priced && w.items[i].groupedWith(&w.items[first])
}

func (it *item) testBefore(o *item, a, b money.Cents) bool {
	if a != b {
		return a > b
	}
	return it.order(o) < 0
}

// components splits one unit and says what the rule takes off each part.
func (it *item) components(tcPolicy, pcPolicy policy) (c components) {
	full, limit, ok := it.technical()
	if !ok {
		return c
	}
	tcShare := &it.s.policy[tcPolicy]
	if !tcShare.ok || pcPolicy != policies && !it.s.policy[pcPolicy].ok {
		it.unpriced("rule " + policyKeys[tcPolicy] + " is not in table mpfs.policy for " + it.on.String())
		return c
	}
	c.tc = min(it.equip.apply(min(full, limit)), it.svc)
	c.lessTC = max(0, c.tc-it.equip.apply(min(full.Percent(tcShare.value), limit)))
	c.pc = it.svc - c.tc
	if pcPolicy != policies {
		c.lessPC = c.pc - c.pc.Percent(it.s.policy[pcPolicy].value)
	}
	return c
}

// technical is the technical part of one unit: the amount without the OPPS cap, and
// the cap (or the amount, where there is none). A row for a component is that
// component; a global row has a row for its technical part, or (a global test,
// PC/TC indicator 4) a code for it, or is what it is worth above the code for its
// professional part.
func (it *item) technical() (full, limit money.Cents, ok bool) {
	row := it.r
	switch {
	case it.r.key == it.key.with("26") || it.r.pctc == '2':
		return 0, 0, true
	case it.r.key == it.key.with("TC") || it.r.pctc == '3':
	case it.r.pctc == '1':
		row = it.s.row(it.key.with("TC"))
	case it.r.pctc == '4' && it.r.technical != 0:
		row = it.s.row(it.r.technical)
	case it.r.pctc == '4' && it.r.professional != 0:
		if prof := it.s.row(it.r.professional); prof != nil {
			full = it.pre.apply(max(0, it.base-prof.amount(it.g, it.setting, it.cf.value)))
			return full, full, true
		}
		row = nil
	default:
		row = nil
	}
	if row == nil {
		return 0, 0, it.unpriced(fmt.Sprintf("the technical part of %s, which a rule reduces, is not known for %s", it.l.Procedure, it.on))
	}
	full = it.pre.apply(row.uncapped(it.g, it.setting, it.cf.value, whole))
	limit = full
	if row.capped() {
		limit = it.pre.apply(row.cap(it.g, it.setting, it.cf.value))
	}
	return full, limit, true
}

// oldEquipment reduces the technical component of X-rays on film (FX), computed
// radiography (FY, after FX) and CT below the equipment standard (CT). The OPPS cap
// comes first.
func (it *item) oldEquipment() bool {
	for _, x := range [...]struct {
		mod  modifiers
		what string
		p    policy
	}{{mFX, "X-ray on film (FX): technical component", filmTC}, {mFY, "computed radiography (FY): technical component", radiographyTC},
		{mCT, "CT below the equipment standard: technical component", tomographyTC}} {
		if it.mods.has(x.mod) && !it.need(&it.equip, x.what, x.p) {
			return false
		}
	}
	full, limit, ok := it.technical()
	if !ok {
		return false
	}
	tc := min(full, limit, it.svc)
	it.less = tc - it.equip.apply(tc)
	it.svc -= it.less
	return true
}
