// SPDX-License-Identifier: Apache-2.0

package ipps

import "slices"

// readmissions lowers the base payment under the Hospital Readmissions Reduction
// Program (42 CFR 412.154); 65 if the record's flag and factor don't agree.
func (c *calc) readmissions() {
	p := c.p
	factor := dec(p.HRRFactor, 4)
	switch p.HRRParticipant {
	case "1":
	case "0":
		if factor.positive() {
			c.out.ReturnCode = "65"
		}
		return
	default:
		if p.HRRParticipant == "" || p.HRRParticipant >= "2" && p.HRRParticipant <= "9" {
			c.out.ReturnCode = "65"
			return
		}
	}
	if factor.less(c.hrrMin) || c.hrrMax.less(factor) || c.inStates(c.hrrExcluded) {
		c.out.ReturnCode = "65"
		return
	}
	c.out.HRRAdjustment = factor.times(c.vbpBase).minus(c.vbpBase).cents()
	if c.t.On() {
		c.step("Readmissions reduction", c.out.HRRAdjustment.String(), "42 CFR 412.154", "hrr.minimum", "%s x %s - %s", factor, c.vbpBase, c.vbpBase)
		c.rounded("half up to cents")
	}
}

// valueBasedPurchasing adjusts the base payment by the hospital's VBP factor
// (42 CFR 412.162); 68 if the record's flag, factor and quality status don't agree.
func (c *calc) valueBasedPurchasing() {
	p := c.p
	if p.VBPParticipant == "N" {
		return
	}
	factor := dec(p.VBPFactor, 11)
	if p.VBPParticipant != "Y" || p.Quality != "1" || c.inStates(c.vbpExcluded) || factor.less(c.vbpMin) || c.vbpMax.less(factor) {
		c.out.ReturnCode = "68"
		return
	}
	c.out.VBPAdjustment = factor.times(c.vbpBase).minus(c.vbpBase).cents()
	if c.t.On() {
		c.step("Value-based purchasing", c.out.VBPAdjustment.String(), "42 CFR 412.162", "vbp.minimum", "%s x %s - %s", factor, c.vbpBase, c.vbpBase)
		c.rounded("half up to cents")
	}
}

// hospitalSpecific pays sole community and Medicare-dependent hospitals what their
// own rate gives above the federal payment (42 CFR 412.92(d), 412.108(c)). The
// federal side has teaching, disproportionate share, the outlier that is paid and
// uncompensated care; the hospital's own rate is not lowered for transfers.
func (c *calc) hospitalSpecific() {
	o, h := &c.out, &c.rules.hsp
	update := h.factor.times(c.marketBasket()).times(c.midnight).round(5)
	own := cents(c.p.HospitalSpecificRate).times(update).times(c.weight).times(c.covid).times(c.noCost).round(9)
	rate := c.adjustedRate().times(c.weightFraction).times(c.midnight.trim()).times(c.covid).times(c.noCost)
	federal := rate.times(one.plus(c.ime).plus(c.dshRatio.times(c.rules.dsh.paid))).plus(c.operOutlier).round(9)
	o.UpdateFactor, o.HospitalSpecificPayment = update.fixed(5), own.cents()
	c.use("hsp.mdh_ends")
	c.hsp = decimal{scale: 9}
	compared := federal.plus(c.uncompensated)
	share := one
	if slices.Contains(h.mdhTypes, c.p.ProviderType) {
		share = h.mdhShare
	}
	if compared.less(own) {
		c.hsp = own.minus(compared).times(share).round(9)
	}
	if c.t.On() {
		c.step("Update of the hospital-specific rate", update.String(), "42 CFR 412.79", "hsp.types",
			"product of the updates and budget neutrality factors %s x %s x %s", h.factor.round(9), c.marketBasket(), c.midnight)
		c.rounded("half up to 5 decimals")
		c.step("Payment at the hospital-specific rate", own.String(), "42 CFR 412.92(d)", "", "%s x %s x %s%s", cents(c.p.HospitalSpecificRate),
			update, c.weight, factors(c.covid, c.noCost))
		c.step("Payment at the federal rate", federal.String(), "42 CFR 412.92(d)", "", "%s x %s%s x (1 + %s + %s x %s) + %s", c.adjustedRate(),
			c.weightFraction, factors(c.midnight, c.covid, c.noCost), c.ime, c.dshRatio, c.rules.dsh.paid, c.operOutlier)
		c.step("Hospital-specific addition", c.hsp.String(), "42 CFR 412.92(d) and 412.108(c)", "hsp.mdh_share", "(%s - (%s + %s)) x %s, if positive",
			own, federal, c.uncompensated, share)
		c.rounded("half up to 9 decimals")
	}
}

// marketBasket is this year's update, which quality data and EHR use decide.
func (c *calc) marketBasket() decimal {
	h := &c.rules.hsp
	switch met, cut := c.p.Quality == "1", c.p.EHRReduction == "Y"; {
	case met && !cut:
		return h.full
	case met:
		return h.noEHR
	case !cut:
		return h.noQuality
	}
	return h.nothing
}
