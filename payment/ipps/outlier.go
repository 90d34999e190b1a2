// SPDX-License-Identifier: Apache-2.0

package ipps

import "slices"

// outlierResult is the test for extraordinarily costly cases (42 CFR 412.80 to
// 412.84), all with 9 decimals but the fixed loss with 2.
type outlierResult struct {
	fixedLoss                      decimal
	operatingShare, capitalShare   decimal
	operatingThreshold             decimal
	capitalThreshold               decimal
	operatingCutoff, capitalCutoff decimal
	operatingCosts, capitalCosts   decimal
	marginal                       decimal
	operating, capital             decimal // what is paid
}

// outlierAt makes the test with an operating cost-to-charge ratio.
func (c *calc) outlierAt(ccr decimal) outlierResult {
	r := outlierResult{marginal: c.marginal}
	if slices.Contains(c.burnDRGs, c.b.DRG) {
		r.marginal = c.marginalBurn
	}
	if both := ccr.plus(c.capitalCCR); both.positive() {
		r.operatingShare, r.capitalShare = ccr.over(both, 9), c.capitalCCR.over(both, 9)
	}
	r.fixedLoss = c.transferFixedLoss()
	local := c.laborShare.times(c.wageIndex).plus(c.nonlaborShare.times(c.cola))
	r.operatingThreshold = r.fixedLoss.times(local).times(r.operatingShare).round(9)
	r.capitalThreshold = r.fixedLoss.times(c.gaf).times(r.capitalShare).times(c.capitalCOLA).round(9)
	r.operatingCutoff = c.fsp.times(one.plus(c.ime)).plus(c.fsp.times(c.dshRatio).times(c.rules.dsh.paid)).
		plus(r.operatingThreshold).plus(c.uncompensated).plus(c.addOns).round(9)
	r.capitalCutoff = c.capitalFSP.times(one.plus(c.capitalIME).plus(c.capitalDSH)).plus(r.capitalThreshold).round(9)
	newHospital := c.p.CapitalNewHospital == "Y"
	if newHospital {
		r.capitalCutoff = decimal{scale: 9}
	}
	charges := cents(c.b.CoveredCharges)
	r.operatingCosts, r.capitalCosts = charges.times(ccr).round(9), charges.times(c.capitalCCR).round(9)
	if c.noOutlier() || r.operatingCosts.plus(r.capitalCosts).less(r.operatingCutoff.plus(r.capitalCutoff)) {
		return r
	}
	if r.operatingCutoff.less(r.operatingCosts) {
		r.operating = r.marginal.times(r.operatingCosts.minus(r.operatingCutoff)).round(9)
	}
	if r.capitalCutoff.less(r.capitalCosts) && !newHospital {
		r.capital = r.marginal.times(r.capitalCosts.minus(r.capitalCutoff)).round(9)
	}
	return r
}

// transferFixedLoss lowers the fixed loss of a short transferred stay as its
// payment is lowered (42 CFR 412.80(b)).
func (c *calc) transferFixedLoss() decimal {
	if !c.belowMean() {
		return c.fixedLoss
	}
	switch {
	case c.b.ReviewCode == "03", c.b.ReviewCode == "09" && c.perDiemPay():
		return c.fixedLoss.times(c.transfer).round(2)
	case c.b.ReviewCode == "09" && c.specialPay():
		return c.fixedLoss.times(c.fraction).round(2)
	}
	return c.fixedLoss
}

// costOutlier pays an outlier, or gives 67 if the covered days end before the stay.
func (c *calc) costOutlier() {
	c.outlier = c.outlierAt(c.operatingCCR)
	r, o := &c.outlier, &c.out
	o.OperatingCostOutlierCutoff, o.OperatingBillCosts = r.operatingCutoff.fixed(9), r.operatingCosts.fixed(9)
	if c.t.On() {
		c.explainOutlier()
	}
	if !r.operating.plus(r.capital).positive() {
		return
	}
	c.operOutlier, c.capOutlier = r.operating, r.capital
	o.ReturnCode = "02"
	if both := c.operatingCCR.plus(c.capitalCCR); both.positive() {
		o.OutlierChargeThreshold = r.capitalCutoff.plus(r.operatingCutoff).over(both, 9).fixed(9)
	}
	if c.b.CoveredDays < c.b.LengthOfStay {
		o.ReturnCode = "67"
	}
}

func (c *calc) explainOutlier() {
	r := &c.outlier
	defer c.t.Section("Cost outlier")()
	c.step("Fixed loss", r.fixedLoss.String(), "42 CFR 412.80(a)(3)", "outlier.fixed_loss", "%s%s", c.fixedLoss,
		when(r.fixedLoss.cmp(c.fixedLoss) != 0, " x share of the transferred stay"))
	c.step("Operating threshold", r.operatingThreshold.String(), "42 CFR 412.84(h)", "labor.share_low",
		"(%s x %s x %s + %s x %s x %s) x %s / (%s + %s)", r.fixedLoss, c.laborShare, c.wageIndex, r.fixedLoss, c.nonlaborShare, c.cola,
		c.operatingCCR, c.operatingCCR, c.capitalCCR)
	c.rounded("half up to 9 decimals, the share as well")
	c.step("Capital threshold", r.capitalThreshold.String(), "42 CFR 412.84(h)", "", "%s x %s x %s x %s / (%s + %s)",
		r.fixedLoss, c.gaf, c.capitalCOLA, c.capitalCCR, c.operatingCCR, c.capitalCCR)
	c.rounded("half up to 9 decimals, the share as well")
	c.step("Operating cutoff", r.operatingCutoff.String(), "42 CFR 412.80(a)(2)", "", "%s x (1 + %s) + %s x %s x %s + %s + %s + %s",
		c.fsp, c.ime, c.fsp, c.dshRatio, c.rules.dsh.paid, r.operatingThreshold, c.uncompensated, c.addOns)
	c.step("Capital cutoff", r.capitalCutoff.String(), "42 CFR 412.80(a)(2)", "", "%s x (1 + %s + %s) + %s", c.capitalFSP, c.capitalIME,
		c.capitalDSH, r.capitalThreshold)
	c.step("Operating costs", r.operatingCosts.String(), "42 CFR 412.84(g)", "", "%s x %s", cents(c.b.CoveredCharges), c.operatingCCR)
	c.step("Capital costs", r.capitalCosts.String(), "42 CFR 412.84(g)", "", "%s x %s", cents(c.b.CoveredCharges), c.capitalCCR)
	costs, cutoffs := r.operatingCosts.plus(r.capitalCosts), r.operatingCutoff.plus(r.capitalCutoff)
	if r.operating.isZero() && r.capital.isZero() {
		c.step("Outlier payment", "none", "42 CFR 412.80", "", "costs %s, cutoffs %s%s", costs, cutoffs,
			when(c.noOutlier(), ", review code "+c.b.ReviewCode+" pays none"))
		return
	}
	c.step("Operating outlier payment", r.operating.String(), "42 CFR 412.84(k)", "outlier.marginal", "%s x (%s - %s), if positive",
		r.marginal, r.operatingCosts, r.operatingCutoff)
	c.step("Capital outlier payment", r.capital.String(), "42 CFR 412.84(k)", "outlier.marginal", "%s x (%s - %s), if positive",
		r.marginal, r.capitalCosts, r.capitalCutoff)
}
