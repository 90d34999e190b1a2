// SPDX-License-Identifier: Apache-2.0

package mpfs

import (
	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// Reduction codes: multiple procedures, and a legislated penalty for the type of
// technology with its remark (MLN Matters MM10188).
const (
	multipleProcedureReason = "59"
	technologyReason        = "237"
	technologyRemark        = "N794"
)

// finish makes the answer of an item.
func (it *item) finish() LinePrice {
	p := LinePrice{Line: it.line, Status: it.status, FeeSchedule: it.base, Denial: it.denial, Reason: it.reason,
		Facility: it.setting == facility, NeedsZIP9: it.divided, Units: it.units, PaymentShare: whole}
	if it.g != nil {
		p.Carrier, p.Locality = it.g.carrier, it.g.locality
	}
	if it.status != Priced {
		p.Unverified = it.status != Unpriced && !it.denial.verified
		return p
	}
	units := money.Cents(it.fullUnits())
	full, single := it.paid(it.svc+it.less)*units, it.paid(it.svc)*units
	for _, x := range it.parts.all() {
		p.Allowed += it.paid(x.amount) * money.Cents(x.units)
	}
	multiple, technology := single-p.Allowed, full-single
	if charge := it.l.Charge; charge > 0 { // what the charge leaves for the reductions
		p.Allowed = min(p.Allowed, charge)
		multiple = min(multiple, charge-p.Allowed)
		technology = min(technology, charge-p.Allowed-multiple)
	}
	p.reduce(multipleProcedureReason, multiple)
	if p.reduce(technologyReason, technology) {
		p.Remark = technologyRemark
	}
	if r := &it.s.policy[limiting]; it.prov.NonParticipating && r.ok {
		for _, x := range it.parts.all() {
			p.LimitingCharge += it.paid(x.amount).Percent(r.value) * money.Cents(x.units)
		}
	}
	p.MIPSAdjustment = it.prov.MIPS
	if r := &it.s.policy[hpsaBonus]; it.mods.has(mAQ) && it.pract == nil && r.ok && !it.r.technicalOnly() {
		p.Bonus = r.value
	}
	if r := &it.s.policy[therapyAssistant]; it.mods.has(mCO) && it.r.mult == '5' && r.ok {
		p.PaymentShare = r.value
	}
	p.Unverified = it.unverified()
	return p
}

// reduce adds a contractual adjustment, if it is one.
func (p *LinePrice) reduce(reason string, amount money.Cents) bool {
	if amount <= 0 {
		return false
	}
	p.reductions[p.reduced] = claim.Adjustment{Group: claim.ContractualObligation, Reason: reason, Amount: amount}
	p.reduced++
	return true
}

// paid applies what comes after the multiple procedure rules: assistants,
// practitioners, participation.
func (it *item) paid(a money.Cents) money.Cents { return it.post.apply(a) }

// fullUnits are the units that would be paid without the multiple procedure rules.
func (it *item) fullUnits() int64 {
	if it.anes.used {
		return 1
	}
	return it.units
}

// technicalOnly tells whether the row has no professional part.
func (r *rvu) technicalOnly() bool { return r.pctc == '3' || r.key == r.key.with("TC") }

// unverified tells whether a rule or rate behind the amount was not compared with
// its source.
func (it *item) unverified() bool {
	if it.anes.used {
		if !it.anes.base.verified {
			return true
		}
	} else if !it.cf.verified || !it.s.table.Verified {
		return true
	}
	if !it.place.verified || !it.s.gpciTab.Verified {
		return true
	}
	for _, f := range [...]*factors{&it.pre, &it.equip, &it.post} {
		for _, x := range f.all() {
			if x.rate != nil && !x.rate.verified {
				return true
			}
		}
	}
	for _, r := range it.rule.rates {
		if r != nil && !r.verified {
			return true
		}
	}
	return false
}
