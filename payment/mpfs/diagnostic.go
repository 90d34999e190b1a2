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

// components splits one unit. A row for a component is that component; a global row
// has rows for both, or (a global test, PC/TC indicator 4) a code for its technical
// part.
func (it *item) components(tcPolicy, pcPolicy policy) (c components) {
	var tcRow *rvu
	switch {
	case it.r.key == it.key.with("26"):
		c.pc = it.svc
	case it.r.key == it.key.with("TC"), it.r.pctc == '3':
		tcRow = it.r
	case it.r.pctc == '1':
		tcRow = it.s.row(it.key.with("TC"))
	case it.r.pctc == '4' && it.r.technical != 0:
		tcRow = it.s.row(it.r.technical)
	case it.r.pctc == '2':
		c.pc = it.svc
	}
	if c.pc == 0 && tcRow == nil {
		it.unpriced(fmt.Sprintf("the technical part of %s, which the multiple procedure rule reduces, is not known for %s", it.l.Procedure, it.on))
		return c
	}
	tcShare := &it.s.policy[tcPolicy]
	if !tcShare.ok || pcPolicy != policies && !it.s.policy[pcPolicy].ok {
		it.unpriced("rule " + policyKeys[tcPolicy] + " is not in table mpfs.policy for " + it.on.String())
		return c
	}
	if tcRow != nil {
		full := it.pre.apply(tcRow.uncapped(it.g, it.setting, it.cf.value, whole))
		c.tc = full
		reduced := full.Percent(tcShare.value)
		if tcRow.capped() {
			limit := it.pre.apply(tcRow.cap(it.g, it.setting, it.cf.value))
			c.tc, reduced = min(full, limit), min(reduced, limit)
		}
		c.tc = min(c.tc, it.svc)
		c.lessTC = max(0, c.tc-reduced)
		if tcRow != it.r {
			c.pc = it.svc - c.tc
		}
	}
	if pcPolicy != policies {
		c.lessPC = c.pc - c.pc.Percent(it.s.policy[pcPolicy].value)
	}
	return c
}
