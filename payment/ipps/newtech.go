// SPDX-License-Identifier: Apache-2.0

package ipps

import "slices"

// newTechnology adds up the add-on payments for new technology (42 CFR 412.88).
// Each is the lesser of its maximum and a share of the costs above the operating
// payment; together they pay no more than the costs.
func (c *calc) newTechnology() error {
	o := &c.out
	o.OperatingFSP = c.fsp.cents()
	fsp := cents(o.OperatingFSP)
	o.OperatingDSH = fsp.times(c.dshRatio).times(c.rules.dsh.paid).cents()
	o.OperatingIME = fsp.times(c.ime).cents()
	c.baseDRG = fsp.plus(cents(o.OperatingDSH)).plus(cents(o.OperatingIME)).plus(c.uncompensated)
	if c.t.On() {
		c.explainAddOns(fsp)
	}
	c.newTech, c.islet = decimal{scale: 2}, decimal{scale: 2}
	if !c.codes.empty() {
		if err := c.technologies(); err != nil {
			return err
		}
	}
	c.addOns = c.newTech
	c.vbpBase = c.fsp.plus(c.newTech).round(2)
	return nil
}

// technologies are the add-ons of a bill that shows codes of new technology.
func (c *calc) technologies() error {
	for id, name := range c.tech.unruled {
		if c.codes.has(id) {
			return &MissingError{c.fiscalYear, "rule of new technology " + name}
		}
	}
	costs := cents(c.b.CoveredCharges).times(c.operatingCCR)
	for i := range c.tech.list {
		if t := &c.tech.list[i]; t.used(&c.codes) {
			c.addTechnology(t, costs)
		}
	}
	room := costs.round(9).minus(c.baseDRG)
	if c.newTech.positive() && room.round(2).positive() && room.less(c.newTech) {
		c.newTech = room.round(2)
		if c.t.On() {
			c.step("New technology held at the costs", c.newTech.String(), "42 CFR 412.88(b)", "", "%s - %s", costs.round(9), c.baseDRG)
			c.rounded("half up to cents")
		}
	}
	return c.isletCells()
}

func (c *calc) explainAddOns(fsp decimal) {
	o := &c.out
	if o.OperatingDSH > 0 {
		c.step("Disproportionate share payment", o.OperatingDSH.String(), "42 CFR 412.106(f)", "dsh.paid_share",
			"%s x %s x %s", fsp, c.dshRatio, c.rules.dsh.paid)
		c.rounded("half up to cents")
	}
	if o.OperatingIME > 0 {
		c.step("Indirect medical education payment", o.OperatingIME.String(), "42 CFR 412.105(e)", "", "%s x %s", fsp, c.ime)
		c.rounded("half up to cents")
	}
	if c.uncompensated.positive() {
		c.step("Uncompensated care payment", c.uncompensated.String(), "42 CFR 412.106(g)", "", "amount a claim of the provider record")
	}
}

func (c *calc) addTechnology(t *technology, costs decimal) {
	share := dec(t.share, 2)
	excess := costs.minus(c.baseDRG).times(share).round(2)
	if !excess.positive() {
		return
	}
	add := cents(t.amount)
	if excess.less(add) {
		add = excess
	}
	c.newTech = c.newTech.plus(add)
	if !t.verified {
		c.out.Unverified = true
	}
	if c.t.On() {
		c.stepRow("New technology "+t.name, add.String(), "42 CFR 412.88(a)", c.row("ipps.newtech", t.name), "lesser of "+
			cents(t.amount).String()+" and ("+costs.String()+" - "+c.baseDRG.String()+") x "+share.String()+" = "+excess.String())
		c.rounded("half up to cents")
		c.lastStep().Unverified = !t.verified
	}
}

// isletCells pays for pancreatic islet cells in a clinical trial, one or more
// infusions.
func (c *calc) isletCells() error {
	group, trial := c.tech.isletCodes, c.tech.isletTrial
	if group < 0 || trial < 0 || !c.codes.has(uint16(group)) || !c.codes.has(uint16(trial)) {
		return nil
	}
	if !c.carT.isletsLoaded {
		return &MissingError{c.fiscalYear, "islet.one and islet.more (islet cell add-on)"}
	}
	count := 0
	for _, code := range c.b.Procedures {
		if slices.Contains(c.tech.codes["PROC"+code], uint16(group)) {
			count++
		}
	}
	c.islet = c.carT.islets
	if count > 1 {
		c.islet = c.carT.moreIslets
	}
	if c.t.On() {
		c.step("Islet cell add-on", c.islet.String(), "42 CFR 412.88", "islet.one", "%d procedure codes", count)
	}
	return nil
}

// newCOVIDTreatment adds the add-on payment for new COVID-19 treatments: a share
// of the lesser of the outlier threshold and the costs above the payment without it.
func (c *calc) newCOVIDTreatment() {
	o := &c.outlier
	window := c.nctapWindow()
	if window == nil {
		return
	}
	without := o.operatingCutoff.minus(o.operatingThreshold)
	add := decimal{scale: 2}
	if without.less(o.operatingCosts) {
		add = o.operatingThreshold.times(c.nctapOf).round(2)
		if excess := o.operatingCosts.minus(without).times(c.nctapOf).round(2); excess.less(add) {
			add = excess
		}
	}
	c.newTech = c.newTech.plus(add)
	c.vbpBase = c.vbpBase.plus(add)
	if c.t.On() {
		c.step("New COVID-19 treatments add-on", add.String(), "42 CFR 412.88", window.name, "%s x lesser of %s and %s - %s",
			c.nctapOf, o.operatingThreshold, o.operatingCosts, without)
		c.rounded("half up to cents")
	}
}

// nctapWindow is the list of products in force on the day of which the bill has one.
func (c *calc) nctapWindow() *parameter {
	r := &c.rules.covid
	if len(c.nctap) == 0 || !slices.Contains(c.b.Diagnoses, r.diagnosis) || slices.Contains(c.b.ConditionCodes, r.condition) {
		return nil
	}
	for i := range c.nctap {
		if c.nctap[i].inForce(c.b.Discharge) && c.nctap[i].holdsAny(c.b.Procedures) {
			return &c.nctap[i]
		}
	}
	return nil
}
