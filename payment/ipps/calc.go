// SPDX-License-Identifier: Apache-2.0

package ipps

import (
	"slices"

	"github.com/woodlawn-health/woodlawn/claim/trace"
)

// calc is the pricing of one bill. Its numbers are held with the decimals with
// which CMS's pricer stores them.
type calc struct {
	*year
	b   *Bill
	p   *ProviderRecord
	t   *trace.Trace
	out Payment

	wageIndex decimal // 4
	rural     bool    // by the standardised-amount area
	drg       drgRow
	regular   int // covered days that are no lifetime reserve days
	stay      int // days that count in a transfer: length of stay, at least 1, plus 1

	labor, nonlabor           decimal
	laborShare, nonlaborShare decimal
	cola                      decimal // 3
	midnight                  decimal // 6
	covid, noCost             decimal
	operatingCCR, capitalCCR  decimal // 3

	weight         decimal // 4
	fsp            decimal // 9
	dshRatio       decimal // 4
	ime            decimal // 9
	transfer       decimal // 4
	fraction       decimal // 4
	weightFraction decimal // 4

	gaf         decimal // 4
	capitalCOLA decimal // 3
	capitalFSP  decimal // 9
	capitalDSH  decimal // 4
	capitalIME  decimal // 9

	uncompensated decimal // 2
	baseDRG       decimal // operating payment that new technology is compared with, 2
	addOns        decimal // new technology as the outlier test sees it, 2
	newTech       decimal // with new COVID-19 treatments, 2
	islet         decimal // 2
	outlier       outlierResult
	operOutlier   decimal // 9
	capOutlier    decimal // 9
	vbpBase       decimal // operating base DRG payment, 2
	hsp           decimal // 9

	codes groupSet
}

var one = whole(1)

// run prices the bill in the order of CMS's pricer.
func (c *calc) run() error {
	if c.p == nil {
		c.out.ReturnCode = "51"
		return nil
	}
	c.out.DriverVersion = c.driverVersion
	if c.p.EHRReduction != "" && c.p.EHRReduction != "Y" {
		c.out.ReturnCode = "65"
		return nil
	}
	if code := c.findWageIndex(); code != "" {
		c.out.ReturnCode = code
		return nil
	}
	c.out.CalculationVersion = c.calculationVersion
	c.out.HACIndicator, c.out.EHRIndicator = c.p.HACReduction, c.p.EHRReduction
	c.out.BundleDiscount.Value = c.p.BundleDiscount
	if code := c.edit(); code != "" {
		c.out.ReturnCode = code
		return nil
	}
	c.stayUtilization()
	if err := c.assemble(); err != nil {
		return err
	}
	if c.out.ReturnCode == "54" {
		return nil
	}
	if err := c.calculate(); err != nil {
		return err
	}
	if !c.out.Paid() {
		c.out.clearCalculated()
		return nil
	}
	c.reconcile()
	if c.p.Waiver == "Y" {
		c.waive()
	}
	return nil
}

// calculate is the payment proper. It leaves 65, 67, 68 or 53 if the bill can't
// be paid after all.
func (c *calc) calculate() error {
	c.operatingFSP()
	c.operatingDSH()
	c.operatingIME()
	c.out.ReturnCode = "00"
	c.out.WageIndex = c.wageIndex.fixed(4)
	c.out.GeometricMeanLOS.Value = c.drg.gmlos
	c.transferFractions()
	c.capital()
	c.perDiem()
	if err := c.newTechnology(); err != nil {
		return err
	}
	c.costOutlier()
	c.newCOVIDTreatment()
	if c.readmissions(); c.stopped() {
		return nil
	}
	if c.valueBasedPurchasing(); c.stopped() {
		return nil
	}
	c.outlierCode()
	if slices.Contains(c.rules.hsp.types, c.p.ProviderType) {
		c.hospitalSpecific()
	}
	c.totals()
	return nil
}

// stopped tells whether a check during pricing has ended it.
func (c *calc) stopped() bool {
	switch c.out.ReturnCode {
	case "65", "67", "68":
		return true
	}
	return false
}

// reconcile flags a bill that would be an outlier if the operating cost-to-charge
// ratio were higher: its payment may be settled with the cost report.
func (c *calc) reconcile() {
	switch c.out.ReturnCode {
	case "00", "03", "10", "12", "14":
	default:
		return
	}
	again := c.outlierAt(c.operatingCCR.plus(c.reconciliationCCR))
	if !again.operating.plus(again.capital).positive() {
		return
	}
	n := c.out.ReturnCode
	c.out.ReturnCode = string([]byte{n[0] + 3, n[1]})
	if c.t.On() {
		c.step("Outlier reconciliation", "flagged, return code "+c.out.ReturnCode, "42 CFR 412.84(i)(4)", "outlier.reconciliation_ccr",
			"with an operating cost-to-charge ratio of %s + %s the costs are above the cutoff", c.operatingCCR, c.reconciliationCCR)
	}
}

// waive takes back the operating payment of a hospital that its state pays. What
// capital and the rest would have been stays for information.
func (c *calc) waive() {
	o := &c.out
	o.ReturnCode = "53"
	o.OperatingHSP, o.OperatingFSP, o.OperatingOutlier, o.TotalPayment, o.OperatingDSH, o.OperatingIME = 0, 0, 0, 0, 0, 0
	o.OutlierDays, o.RegularDaysUsed, o.LifetimeReserveDaysUsed = 0, 0, 0
	if c.t.On() {
		c.step("Waiver", "not paid by Medicare", "42 CFR 412.23", "", "the hospital is paid by its state's system")
	}
}
