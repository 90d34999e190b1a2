// SPDX-License-Identifier: Apache-2.0

package ipps

import "strings"

// capital is the federal capital payment and its factors (42 CFR 412.312 to
// 412.322). It is computed for every hospital; a new hospital, which is paid on
// cost, loses it with the totals.
func (c *calc) capital() {
	p := c.p
	c.capitalDSH = decimal{scale: 4}
	if c.capitalUrban() && p.Beds >= c.capitalDSHBeds {
		c.capitalDSH = c.rules.capitalDSH.at(p.SSIRatio + p.MedicaidRatio).minus(one)
	}
	c.capitalIME = c.rules.capitalIME.at(min(p.CapitalIMERatio, c.capitalIMECap)).minus(one)
	c.gaf = c.rules.gaf.at(c.wageIndex.units(4))
	c.capitalCOLA = c.capitalCOLAShare.times(c.cola.minus(one)).plus(one).round(3)
	rate := c.capitalRate.times(c.gaf).round(2)
	c.capitalFSP = c.weight.times(rate).times(c.capitalCOLA).times(c.midnight.trim()).times(c.noCost).round(9)
	c.out.CapitalDSHRatio, c.out.OperatingDSHRatio = c.capitalDSH.fixed(4), c.dshRatio.fixed(4)
	if c.t.On() {
		c.explainCapital(rate)
	}
}

func (c *calc) explainCapital(rate decimal) {
	e, x := c.parameters.shown("power.e"), c.parameters.shown
	c.step("Geographic adjustment factor", c.gaf.String(), "42 CFR 412.316(a)", "capital.gaf_exponent", "%s^%s", c.wageIndex, x("capital.gaf_exponent"))
	c.rounded("half up to 4 decimals")
	c.step("Capital rate of the area", rate.String(), "42 CFR 412.308", "capital.federal_rate", "%s x %s", c.capitalRate, c.gaf)
	c.rounded("half up to cents")
	c.step("Federal capital payment", c.capitalFSP.String(), "42 CFR 412.312", "", "%s x %s x %s%s", c.weight, rate, c.capitalCOLA,
		factors(c.midnight, c.noCost))
	c.rounded("half up to 9 decimals")
	if c.capitalDSH.positive() {
		c.step("Capital disproportionate share factor", c.capitalDSH.String(), "42 CFR 412.320", "capital.dsh_exponent",
			"%s^(%s x (%s + %s)) - 1", e, x("capital.dsh_exponent"), dec(c.p.SSIRatio, 4), dec(c.p.MedicaidRatio, 4))
		c.rounded("half up to 4 decimals")
	}
	if c.capitalIME.positive() {
		c.step("Capital teaching factor", c.capitalIME.String(), "42 CFR 412.322", "capital.ime_exponent",
			"%s^(%s x %s) - 1", e, x("capital.ime_exponent"), dec(min(c.p.CapitalIMERatio, c.capitalIMECap), 4))
		c.rounded("half up to 9 decimals")
	}
}

// capitalUrban tells whether the hospital counts as urban for capital: by the
// area of its standardised amount, and since fiscal year 2024 by where it stands.
func (c *calc) capitalUrban() bool {
	return !c.rural || c.capitalDSHGeographicUrban && len(strings.TrimSpace(c.p.CBSAGeographic)) > 2
}
