// SPDX-License-Identifier: Apache-2.0

package ipps

import "slices"

// assemble finds weight, rates and factors. The return code is 54 if the DRG has
// no weight.
func (c *calc) assemble() error {
	p, o := c.p, &c.out
	c.cola = one.round(3)
	if c.inStates(c.colaStates) {
		c.cola = dec(p.COLA, 3)
	}
	c.operatingCCR, c.capitalCCR = dec(p.OperatingCCR, 3), dec(p.CapitalCCR, 3)
	c.uncompensated = cents(p.UncompensatedCare)
	c.codes = c.tech.of(c.b)
	found := false
	if c.drg, found = c.drgs[c.b.DRG]; !found {
		o.ReturnCode = "54"
	}
	c.weight = dec(c.drg.weight, 4)
	c.covidFactor()
	if err := c.noCostFactor(); err != nil {
		return err
	}
	c.standardizedAmount()
	c.midnightFactor()

	o.HospitalSpecificRate = p.HospitalSpecificRate
	o.InternToBedRatio.Value = p.InternToBedRatio
	o.OperatingCOLA = c.cola.fixed(3)
	o.UncompensatedCare = p.UncompensatedCare
	o.FSPPercent.Value, o.NationalPercent.Value = 100, 100
	if slices.Contains(c.rules.hsp.types, p.ProviderType) {
		o.HSPPercent.Value = 100
	}
	if found {
		o.ArithmeticMeanLOS.Value = c.drg.amlos
		o.DRGWeight = c.weight.times(c.covid).times(c.noCost).fixed(4)
		c.daysUsed()
	}
	return nil
}

// rateTable is the number of the standardised amounts that quality data, EHR use
// and the wage index select.
func (c *calc) rateTable() int {
	n := 1
	if c.p.Quality != "1" {
		n++
	}
	if c.wageIndex.cmp(one) <= 0 {
		n += 2
	}
	if c.p.EHRReduction == "Y" {
		n += 4
	}
	return n
}

func (c *calc) standardizedAmount() {
	r := c.rates[c.rateTable()]
	c.labor, c.nonlabor = cents(r.labor), cents(r.nonlabor)
	c.laborShare, c.nonlaborShare = c.laborLow, c.nonlaborLow
	if c.wageIndex.cmp(one) > 0 {
		c.laborShare, c.nonlaborShare = c.laborHigh, c.nonlaborHigh
	}
	o := &c.out
	o.NationalLabor, o.NationalNonlabor, o.RegionalLabor, o.RegionalNonlabor = r.labor, r.nonlabor, r.labor, r.nonlabor
	if c.t.On() {
		c.stepRow("Standardised amount", c.labor.String()+" labour, "+c.nonlabor.String()+" other", "42 CFR 412.64(d)",
			c.row("ipps.rates", string([]byte{'0' + byte(c.rateTable())})), c.rateTableWords())
	}
}

// covidFactor is 1.2 in the public health emergency for a patient with COVID-19.
func (c *calc) covidFactor() {
	c.covid = one
	r := &c.rules.covid
	if !r.applies || !r.row.inForce(c.b.Discharge) || !slices.Contains(c.b.Diagnoses, r.diagnosis) ||
		slices.Contains(c.b.ConditionCodes, r.condition) {
		return
	}
	c.covid = r.factor
	if c.t.On() {
		c.step("COVID-19", "weight x "+c.covid.String(), "CARES Act section 3710", "covid.factor", "diagnosis %s without condition %s", r.diagnosis, r.condition)
	}
}

// noCostFactor lowers the payment of an immunotherapy whose product the hospital
// got free, in a clinical trial or expanded access (42 CFR 412.85(c)).
func (c *calc) noCostFactor() error {
	c.noCost = one
	r := &c.carT
	if c.b.DRG != r.drg {
		return nil
	}
	free := slices.Contains(c.b.ConditionCodes, r.free)
	if !free && !slices.Contains(c.b.ConditionCodes, r.paying) {
		for _, code := range r.trial {
			free = free || c.hasTrialCode(code)
		}
	}
	if !free {
		return nil
	}
	if !r.loaded {
		return &MissingError{c.fiscalYear, "car_t.factor (payment for DRG " + r.drg + " without cost of the product)"}
	}
	c.use("car_t.factor")
	c.noCost = r.factor
	if c.t.On() {
		c.step("Product without cost", "weight x "+c.noCost.String(), "42 CFR 412.85(c)", "car_t.factor", "DRG %s in a clinical trial or expanded access", r.drg)
	}
	return nil
}

// hasTrialCode finds a CODE:KIND; a diagnosis counts if it is secondary.
func (c *calc) hasTrialCode(text string) bool {
	code, kind := text[:len(text)-5], text[len(text)-4:]
	if kind == "COND" {
		return slices.Contains(c.b.ConditionCodes, code)
	}
	return len(c.b.Diagnoses) > 1 && slices.Contains(c.b.Diagnoses[1:], code)
}

func (c *calc) midnightFactor() {
	c.midnight = one
	if f, ok := c.year.midnight[c.p.MSAGeographic]; ok {
		c.midnight = dec(f, 6)
		if c.t.On() {
			c.stepRow("Two-midnight factor", c.midnight.String(), "81 FR 57060", c.row("ipps.midnight", c.p.MSAGeographic), "")
		}
	}
}

// adjustedRate is the standardised amount at the hospital's wages and prices.
func (c *calc) adjustedRate() decimal {
	return c.labor.times(c.wageIndex).plus(c.nonlabor.times(c.cola))
}

// operatingFSP is the federal operating payment (42 CFR 412.64(g)).
func (c *calc) operatingFSP() {
	c.fsp = c.adjustedRate().times(c.weight).times(c.midnight.trim()).times(c.covid).times(c.noCost).round(9)
	if c.t.On() {
		c.stepRow("DRG", "weight "+c.weight.String()+", geometric mean stay "+dec(c.drg.gmlos, 1).String()+" days", "42 CFR 412.60(b)",
			c.row("ipps.drg", c.b.DRG), c.drg.title)
		c.step("Federal operating payment", c.fsp.String(), "42 CFR 412.64(g)", "", "(%s x %s + %s x %s) x %s%s",
			c.labor, c.wageIndex, c.nonlabor, c.cola, c.weight, factors(c.midnight, c.covid, c.noCost))
		c.rounded("half up to 9 decimals")
	}
}

// operatingDSH is the disproportionate share percentage (42 CFR 412.106(d)).
func (c *calc) operatingDSH() {
	p, d := c.p, &c.rules.dsh
	patients := dec(p.SSIRatio, 4).plus(dec(p.MedicaidRatio, 4))
	c.dshRatio = decimal{scale: 4}
	if patients.less(d.minimum) {
		return
	}
	slope, from, base := d.highSlope, d.breakpoint, d.highBase
	if patients.less(d.breakpoint) {
		slope, from, base = d.lowSlope, d.minimum, d.lowBase
	}
	c.dshRatio = patients.minus(from).times(slope).plus(base).round(4)
	capped := c.dshCapped() && d.cap.less(c.dshRatio)
	full := c.dshRatio
	if capped {
		c.dshRatio = d.cap.round(4)
	}
	if c.t.On() {
		c.step("Disproportionate share percentage", c.dshRatio.String(), "42 CFR 412.106(d)", "dsh.minimum",
			"(%s + %s - %s) x %s + %s = %s%s", dec(p.SSIRatio, 4), dec(p.MedicaidRatio, 4), from, slope, base, full,
			when(capped, ", held at the cap"))
		c.rounded("half up to 4 decimals")
	}
}

// dshCapped tells whether the percentage of this kind of hospital has a cap.
func (c *calc) dshCapped() bool {
	p, d := c.p, &c.rules.dsh
	switch {
	case slices.Contains(d.uncappedProviderTypes, p.ProviderType):
		return false
	case c.rural && slices.Contains(d.cappedRuralTypes, p.ProviderType):
		return true
	case c.rural:
		return p.Beds < d.ruralBeds
	}
	return p.Beds < d.urbanBeds
}

// operatingIME is the indirect medical education factor (42 CFR 412.105).
func (c *calc) operatingIME() {
	c.ime = decimal{scale: 9}
	if c.p.InternToBedRatio <= 0 {
		return
	}
	c.ime = c.imeMultiplier.times(c.rules.ime.at(c.p.InternToBedRatio).minus(one)).round(9)
	if c.t.On() {
		c.step("Indirect medical education factor", c.ime.String(), "42 CFR 412.105(d)", "ime.exponent",
			"%s x ((1 + %s)^%s - 1)", c.imeMultiplier, dec(c.p.InternToBedRatio, 4), c.parameters.shown("ime.exponent"))
		c.rounded("half up to 9 decimals")
	}
}
