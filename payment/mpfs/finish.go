// SPDX-License-Identifier: Apache-2.0

package mpfs

import (
	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// multipleProcedureReason is the CARC for a multiple procedure reduction.
const multipleProcedureReason = "59"

// finish makes the answer of an item.
func (it *item) finish() LinePrice {
	p := LinePrice{Line: it.line, Status: it.status, FeeSchedule: it.base, Denial: it.denial, Reason: it.reason,
		Facility: it.setting == facility, NeedsZIP9: it.divided, Units: it.units, PaymentShare: whole}
	if it.g != nil {
		p.Carrier, p.Locality = it.g.carrier, it.g.locality
	}
	if it.status != Priced {
		return p
	}
	full := it.paid(it.svc) * money.Cents(it.fullUnits())
	for _, x := range it.parts.all() {
		p.Allowed += it.paid(x.amount) * money.Cents(x.units)
	}
	charge := it.l.Charge
	room := full - p.Allowed // what the multiple procedure rules took
	if charge > 0 {
		p.Allowed = min(p.Allowed, charge)
		room = min(room, charge-p.Allowed)
	}
	if room > 0 {
		p.reduction = claim.Adjustment{Group: claim.ContractualObligation, Reason: multipleProcedureReason, Amount: room}
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
	for _, f := range [...]*factors{&it.pre, &it.post} {
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
