// SPDX-License-Identifier: Apache-2.0

package ipps

import (
	"slices"

	"github.com/woodlawn-health/woodlawn/claim/money"
)

// totals rounds the parts to cents and adds them up. Puerto Rico hospitals are
// outside the hospital-acquired condition program: 53.
func (c *calc) totals() {
	p, o := c.p, &c.out
	c.capitalTotals()
	o.OperatingHSP = c.hsp.cents()
	o.OperatingOutlier = c.operOutlier.cents()
	o.NewTechnology, o.Islet = c.newTech.cents(), c.islet.cents()
	o.OperatingBaseDRGPayment = c.vbpBase.cents()
	operating := o.OperatingHSP + o.OperatingFSP + o.OperatingIME + o.OperatingDSH + o.OperatingOutlier
	capital := o.CapitalFSP + o.CapitalIME + o.CapitalDSH + o.CapitalOutlier
	c.lowVolume(operating + capital + o.UncompensatedCare + o.NewTechnology)
	o.CapitalTotal = capital
	c.ehrSavings()
	c.standardizedValue()

	sum := operating + capital + o.UncompensatedCare + o.NewTechnology + o.LowVolume + o.HRRAdjustment + o.VBPAdjustment
	if p.HACReduction == "Y" {
		if c.inStates(c.hacExcluded) {
			o.ReturnCode = "53"
			return
		}
		o.HACReduction = -cents(sum).times(c.hacReduction).cents()
		if c.t.On() {
			c.step("Hospital-acquired condition reduction", o.HACReduction.String(), "42 CFR 412.172", "hac.reduction", "-%s x %s", c.hacReduction, sum)
			c.rounded("half up to cents")
		}
	}
	o.TotalPayment = sum + o.HACReduction + o.Islet
	o.VBPParticipant, o.VBPFactor.Value = p.VBPParticipant, p.VBPFactor
	o.HRRParticipant, o.HRRFactor.Value = p.HRRParticipant, p.HRRFactor
	o.PassThrough = p.PassThroughTotal * money.Cents(c.b.CoveredDays)
}

func (c *calc) capitalTotals() {
	p, o := c.p, &c.out
	o.CapitalPayCode = p.CapitalPayCode
	fsp := c.capitalFSP
	o.CapitalBFSP = fsp.cents()
	if slices.Contains(c.capitalPayCodes, p.CapitalPayCode) {
		o.CapitalFSPPercent.Value = 10000
	} else {
		fsp = decimal{}
	}
	if p.CapitalPayCode == "C" {
		o.CapitalBOutlier = c.capOutlier.cents()
	}
	if p.CapitalNewHospital == "Y" {
		return
	}
	o.CapitalFSP = fsp.cents()
	o.CapitalDSH = cents(o.CapitalFSP).times(c.capitalDSH).cents()
	o.CapitalIME = cents(o.CapitalFSP).times(c.capitalIME).cents()
	o.CapitalOutlier = c.capOutlier.cents()
	o.CapitalExceptions = p.CapitalExceptions
	if c.t.On() && o.CapitalDSH+o.CapitalIME > 0 {
		c.step("Capital disproportionate share and teaching", (o.CapitalDSH + o.CapitalIME).String(), "42 CFR 412.312(b)", "", "%s x %s + %s x %s",
			cents(o.CapitalFSP), c.capitalDSH, cents(o.CapitalFSP), c.capitalIME)
		c.rounded("half up to cents, each")
	}
}

// lowVolume adds the low-volume hospital's percentage to all but the quality
// adjustments (42 CFR 412.101).
func (c *calc) lowVolume(sum money.Cents) {
	factor, ok := c.lowVolumeFactor()
	if !ok {
		return
	}
	c.out.LowVolume = cents(sum).times(factor).cents()
	if c.t.On() {
		c.step("Low-volume hospital", c.out.LowVolume.String(), "42 CFR 412.101(c)", "low_volume.maximum", "%s x %s", factor, sum)
		c.rounded("half up to cents")
	}
}

func (c *calc) lowVolumeFactor() (decimal, bool) {
	factor := dec(c.p.LowVolumeFactor, 6)
	return factor, c.p.TemporaryRelief == "Y" && factor.positive() && !c.lowVolumeMax.less(factor)
}

// ehrSavings is what the lower update of a hospital that is no meaningful user of
// EHR has saved, without outliers and new technology. It is for information.
func (c *calc) ehrSavings() {
	if c.p.EHRReduction != "Y" {
		return
	}
	o := &c.out
	base := o.OperatingHSP + o.OperatingFSP + o.OperatingDSH + o.OperatingIME
	paid := base + o.HRRAdjustment + o.VBPAdjustment
	if factor, ok := c.lowVolumeFactor(); ok {
		paid += money.Cents(cents(base).times(factor).cut(2).units(2)) // the pricer cuts here
	}
	ratio := c.ehrRestore
	if c.p.Quality != "1" {
		ratio = c.ehrRestoreNoQuality
	}
	o.EHRSavings = cents(paid).times(ratio).cents() - paid
}

// standardizedValue is the payment without what is the hospital's own: national
// base rates, costs at national prices. CMS uses it to compare hospitals.
func (c *calc) standardizedValue() {
	r := &c.outlier
	charges := cents(c.b.CoveredCharges)
	var operatingCosts, capitalCosts decimal
	if local := c.laborShare.times(c.wageIndex).plus(c.nonlaborShare.times(c.cola)).trim(); local.positive() {
		operatingCosts = charges.times(c.operatingCCR).over(local, 2)
	}
	if local := c.gaf.times(c.capitalCOLA).trim(); local.positive() {
		capitalCosts = charges.times(c.capitalCCR).over(local, 2)
	}
	operatingCutoff := r.fixedLoss.times(r.operatingShare).plus(c.operatingBase.times(c.weightFraction)).plus(c.newTech).round(9)
	capitalCutoff := r.fixedLoss.times(r.capitalShare).plus(c.capitalRate.times(c.weightFraction)).round(2)
	outlier := decimal{scale: 9}
	if operatingCutoff.plus(capitalCutoff).less(operatingCosts.plus(capitalCosts)) {
		if operatingCutoff.less(operatingCosts) {
			outlier = outlier.plus(r.marginal.times(operatingCosts.minus(operatingCutoff)).round(9))
		}
		if capitalCutoff.less(capitalCosts) {
			outlier = outlier.plus(r.marginal.times(capitalCosts.minus(capitalCutoff)).round(9))
		}
	}
	c.out.StandardizedValue = c.operatingBase.plus(c.capitalRate).times(c.weightFraction).plus(outlier).plus(c.newTech).cents()
}
