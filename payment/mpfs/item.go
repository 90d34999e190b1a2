// SPDX-License-Identifier: Apache-2.0

package mpfs

import (
	"fmt"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// item is a line on its way to a price.
type item struct {
	line    int
	l       *claim.Line
	on      civil.Date
	s       *schedule
	key     codeKey
	r       *rvu
	mods    modifiers
	posCode string
	place   posRule
	setting int
	g       *gpci
	cf      *rate
	apm     int // 1 for a qualifying APM participant
	prov    Provider
	npi     string // of who performed the service
	pract   *practitioner
	units   int64

	zip, zipSource string
	divided        bool

	base  money.Cents // one unit by the fee schedule
	svc   money.Cents // one unit after the factors before the multiple procedure rules
	pre   factors
	post  factors
	parts parts
	rule  multipleRule

	anes anesthesiaUnits

	// leader is the item, counted from 1, whose service this one is a part of: an
	// endoscopy of the same family or the other side of a bilateral procedure.
	leader int
	ranked bool // its group has been through the multiple procedure rules

	status Status
	denial Denial
	reason string
}

// factor is a share of the amount with its name and where it stands.
type factor struct {
	what  string
	share int64 // units of 10^-4
	rate  *rate // nil for a share from the relative value file
	cite  string
}

type factors struct {
	list [4]factor
	n    int
}

func (f *factors) add(x factor) {
	f.list[f.n] = x
	f.n++
}

func (f *factors) all() []factor { return f.list[:f.n] }

// apply multiplies an amount by each share in turn, each time to the cent.
func (f *factors) apply(a money.Cents) money.Cents {
	for i := 0; i < f.n; i++ {
		a = a.Percent(f.list[i].share)
	}
	return a
}

// part is a number of units at an amount of their own.
type part struct {
	amount money.Cents
	units  int64
	share  int64 // of the service, for the trace; whole if the amount was not made by a share
}

// parts are a line's units by amount: at most one class for each rank.
type parts struct {
	list [6]part
	n    int
}

func (p *parts) set(list ...part) {
	p.n = 0
	for _, x := range list {
		p.add(x)
	}
}

func (p *parts) add(x part) {
	if x.units == 0 {
		return
	}
	if p.n > 0 && p.list[p.n-1].amount == x.amount && p.list[p.n-1].share == x.share {
		p.list[p.n-1].units += x.units
		return
	}
	p.list[p.n] = x
	p.n++
}

func (p *parts) all() []part { return p.list[:p.n] }

// total is the amount of all units.
func (p *parts) total() (sum money.Cents) {
	for _, x := range p.all() {
		sum += x.amount * money.Cents(x.units)
	}
	return sum
}

// unpriced ends the item; it returns false so that a check can return it.
func (it *item) unpriced(reason string) bool {
	it.status, it.reason = Unpriced, reason
	return false
}

// deny ends the item with one of the table's denials.
func (it *item) deny(key string) bool {
	d, ok := it.s.denial[key]
	if !ok {
		return it.unpriced("the reason codes of denial " + key + " are not in table mpfs.denials")
	}
	it.status, it.denial = Denied, d
	if key == "bundled" || key == "endoscopy" || key == "global" {
		it.status = Bundled
	}
	return false
}

// need adds a factor of a policy; without the policy the item is unpriced.
func (it *item) need(f *factors, what string, p policy) bool {
	r := &it.s.policy[p]
	if !r.ok {
		return it.unpriced("rule " + policyKeys[p] + " is not in table mpfs.policy for " + it.on.String())
	}
	f.add(factor{what, r.value, r, r.cite})
	return true
}

// maxUnits bounds a line's units, so that no amount overflows.
const maxUnits = 999_999

// resolve finds everything that the line's own price needs.
func (p *Pricer) resolve(c *claim.Claim, opt *Options, line int, it *item) {
	l := &c.Lines[line]
	it.line, it.l, it.on = line, l, l.From
	if it.on.IsZero() {
		it.on = c.From
	}
	it.s = p.schedule(it.on)
	it.mods = parseModifiers(&l.Modifiers)
	it.key = keyOf(l.Procedure, "")
	if it.s.err != nil {
		it.unpriced(it.s.err.Error())
		return
	}
	if it.on.IsZero() {
		it.unpriced("the line has no date of service")
		return
	}
	if it.posCode = l.PlaceOfService; it.posCode == "" {
		it.posCode = c.PlaceOfService
	}
	if !it.covered() || !it.find() || !it.setPlace() || !it.countUnits() {
		return
	}
	who := rendering(c, l)
	it.npi, it.prov = who.NPI, opt.provider(c.Billing.TaxID, who.NPI)
	if it.pract = it.s.practitioner(who.Taxonomy); it.pract == nil && it.prov.NonPhysician {
		it.pract = it.s.practitioner("363L")
	}
	if it.prov.QualifyingAPM {
		it.apm = 1
	}
	it.byStatus(c)
}

// covered handles the modifiers that say the line is not.
func (it *item) covered() bool {
	if it.mods.has(mGY) {
		return it.deny("excluded")
	}
	if it.mods.has(mGZ) {
		return it.deny("unnecessary")
	}
	return true
}

// find looks the code up, with the modifier that has a row of its own.
func (it *item) find() bool {
	if it.s.rvuErr != nil {
		return it.unpriced(it.s.missing("", it.on))
	}
	it.r = it.s.row(it.key)
	if it.r == nil {
		return it.unpriced(it.s.missing(it.l.Procedure, it.on))
	}
	mod := ""
	switch {
	case it.mods.has(m26) && it.mods.has(mTC):
		return it.deny("modifier")
	case it.mods.has(m26):
		mod = "26"
	case it.mods.has(mTC):
		mod = "TC"
	case it.mods.has(m53):
		mod = "53"
	}
	if mod == "" {
		return true
	}
	if r := it.s.row(it.key.with(mod)); r != nil {
		it.r = r
		return true
	}
	if mod == "53" {
		return true // priced by the contractor, once the amount is known
	}
	return it.deny("modifier")
}

// setPlace finds facility or non-facility from the place of service.
func (it *item) setPlace() bool {
	it.place = it.s.place(it.posCode)
	if !it.place.known {
		return it.unpriced(fmt.Sprintf("place of service %q has no payment setting on %s (table mpfs.pos)", it.posCode, it.on))
	}
	if it.place.facility {
		it.setting = facility
	}
	return true
}

// countUnits takes whole units; anesthesia reads its minutes itself.
func (it *item) countUnits() bool {
	u := it.l.Units
	one := money.Pow10(int(u.Scale))
	if u.Value%one != 0 || u.Value <= 0 || u.Value/one > maxUnits {
		return it.unpriced(fmt.Sprintf("units %s are not a whole number from 1 to %d", u, maxUnits))
	}
	it.units = u.Value / one
	return true
}

// byStatus goes the way of the code's status indicator.
func (it *item) byStatus(c *claim.Claim) {
	st := &it.s.status[it.r.status]
	switch st.outcome {
	case paid, paidAlone:
		if !it.r.valued() {
			it.unpriced(fmt.Sprintf("status %c without relative values: the contractor sets the amount", it.r.status))
			return
		}
		it.priceLine(c)
	case anesthesia:
		it.priceAnesthesia(c)
	case carrierPriced:
		it.unpriced(fmt.Sprintf("status %c: the contractor sets the amount", it.r.status))
	case otherSchedule:
		it.unpriced(fmt.Sprintf("status %c: not paid under the physician fee schedule (%s)", it.r.status, st.note))
	case bundled, denied, reportOnly:
		it.deny(st.denial)
	default:
		it.unpriced(fmt.Sprintf("status indicator %q is not in table mpfs.status", string(it.r.status)))
	}
}

// priceLine makes the amount of one unit, before the multiple procedure rules.
func (it *item) priceLine(c *claim.Claim) {
	if it.place.hospital && it.technicalPart() {
		it.deny("hospital")
		return
	}
	if !it.locate(c) {
		return
	}
	it.cf = &it.s.cf[it.apm]
	if !it.cf.ok {
		it.unpriced(fmt.Sprintf("the conversion factor for %s is not loaded: import PPRRVU for %d (woodlawn refdata import FILE)", it.on, it.on.Year()))
		return
	}
	it.base = it.r.amount(it.g, it.setting, it.cf.value)
	if !it.byReport() || !it.sides() || !it.packageShare() || !it.surgeonsPart() || !it.whoIsPaid() {
		return
	}
	it.svc = it.pre.apply(it.base)
	it.parts.set(part{it.svc, it.units, whole})
	it.status = Priced
}

// technicalPart tells whether the row pays for equipment and staff, which in a
// hospital are the hospital's (PC/TC indicators of Pub. 100-04 ch. 23).
func (it *item) technicalPart() bool {
	switch it.r.pctc {
	case '1':
		return !it.mods.has(m26)
	case '3', '4', '5', '7':
		return true
	}
	return false
}

// byReport sets aside what the contractor prices by its documentation.
func (it *item) byReport() bool {
	switch {
	case it.mods.has(m53) && it.r.key == it.key:
		return it.unpriced("modifier 53: a discontinued procedure is priced by the contractor")
	case it.mods.has(m52):
		return it.unpriced("modifier 52: reduced services are priced by the contractor")
	case it.mods.has(m22):
		return it.unpriced("modifier 22: the contractor may pay more than the fee schedule amount on review")
	}
	return true
}
