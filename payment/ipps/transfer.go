// SPDX-License-Identifier: Apache-2.0

package ipps

// transferFractions are the shares of the full payment that a transferred
// patient's stay earns (42 CFR 412.4(f)). They are reported even where the stay
// is not short enough to be paid by the day.
func (c *calc) transferFractions() {
	c.transfer, c.fraction = decimal{scale: 4}, one.round(4)
	c.weightFraction = c.weight
	o := &c.out
	defer func() {
		o.DischargeFraction, o.TransferAdjustment = c.fraction.fixed(4), c.transfer.fixed(4)
		o.DRGWeightFraction = c.weightFraction.times(c.covid).times(c.noCost).fixed(4)
	}()
	if c.drg.gmlos <= 0 {
		return
	}
	days, mean := whole(c.stay), dec(c.drg.gmlos, 1)
	switch {
	case c.acuteTransfer() || c.acuteTransferNoOutlier() || c.postAcuteTransfer() && c.perDiemPay():
		c.transfer = days.over(mean, 4)
		c.fraction = c.transfer
		if one.less(c.fraction) {
			c.transfer, c.fraction = one.round(4), one.round(4)
		} else {
			c.weightFraction = c.transfer.times(c.weight).round(4)
		}
		if c.t.On() {
			c.step("Transfer: days over the mean stay", c.transfer.String(), "42 CFR 412.4(f)(1)", "",
				"(%d + 1) / %s, at most 1", c.stay-1, mean)
			c.rounded("half up to 4 decimals")
		}
	case c.postAcuteTransfer() && c.specialPay():
		c.specialFraction(days, mean)
	}
}

// specialFraction is half the payment at once and half by the day.
func (c *calc) specialFraction(days, mean decimal) {
	c.transfer = days.over(mean, 4)
	// s + s x days / mean = s x (mean + days) / mean
	share := c.specialShare.times(mean.plus(days))
	c.fraction = share.over(mean, 4)
	if one.less(c.fraction) {
		c.transfer, c.fraction = one.round(4), one.round(4)
	} else {
		c.weightFraction = share.times(c.weight).over(mean, 4)
	}
	if c.t.On() {
		c.step("Post-acute transfer with special payment", c.fraction.String(), "42 CFR 412.4(f)(6)", "transfer.special_share",
			"%s + %s x (%d + 1) / %s, at most 1", c.specialShare, c.specialShare, c.stay-1, mean)
		c.rounded("half up to 4 decimals")
	}
}

// perDiem lowers the payments of a short stay and notes its code.
func (c *calc) perDiem() {
	if !c.shortStay() {
		return
	}
	share := c.transfer
	switch {
	case c.acuteTransfer():
		c.out.ReturnCode = "03"
	case c.acuteTransferNoOutlier():
		c.out.ReturnCode = "06"
	case c.postAcuteTransfer() && c.specialPay():
		c.out.ReturnCode, share = "10", c.fraction
	case c.postAcuteTransfer() && c.perDiemPay():
		c.out.ReturnCode = "12"
	default:
		return
	}
	full, fullCapital := c.fsp, c.capitalFSP
	c.fsp, c.capitalFSP = c.fsp.times(share).round(9), c.capitalFSP.times(share).round(9)
	if c.t.On() {
		c.step("Operating payment of the transferred stay", c.fsp.String(), "42 CFR 412.4(f)", "", "%s x %s", full, share)
		c.rounded("half up to 9 decimals")
		c.step("Capital payment of the transferred stay", c.capitalFSP.String(), "42 CFR 412.4(f)", "", "%s x %s", fullCapital, share)
		c.rounded("half up to 9 decimals")
	}
}

// outlierCode settles the return code after the outlier: a short post-acute
// transfer keeps its own, an acute transfer with an outlier is 05.
func (c *calc) outlierCode() {
	o := &c.out
	if c.postAcuteTransfer() && c.shortStay() {
		if c.specialPay() {
			o.ReturnCode = "10"
		} else if c.perDiemPay() {
			o.ReturnCode = "12"
		}
	}
	if c.acuteTransfer() {
		switch {
		case c.outlier.operating.positive():
			c.operOutlier, o.ReturnCode = c.outlier.operating, "05"
		case o.ReturnCode != "03":
			c.operOutlier, o.ReturnCode = decimal{}, "00"
		}
		switch {
		case c.outlier.capital.positive():
			c.capOutlier, o.ReturnCode = c.outlier.capital, "05"
		case o.ReturnCode != "03":
			c.capOutlier = decimal{}
		}
	}
	if int64(c.stay)*10 >= c.drg.gmlos {
		switch o.ReturnCode {
		case "00":
			o.ReturnCode = "14"
		case "02":
			o.ReturnCode = "16"
		}
	}
}
