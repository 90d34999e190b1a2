// SPDX-License-Identifier: Apache-2.0

package ipps

import (
	"slices"
	"strings"
)

// findWageIndex finds the hospital's wage index and whether its area is rural
// (42 CFR 412.64(h) and (i)). It returns 52 if there is none.
//
// The record's special payment indicator says where to look: 1 and 2 give the
// index itself, Y the reclassified column of the area to which the hospital was
// reclassified, D that area's own column, anything else the own column of the
// area that sets its standardised amount.
func (c *calc) findWageIndex() string {
	p := c.p
	if p.Effective.Before(c.wage.firstProviderDate) {
		return "52"
	}
	standard := p.CBSAStandardized
	if strings.TrimSpace(standard) == "" {
		standard = p.CBSAGeographic
	}
	c.rural = isRuralArea(standard)
	var code string
	if p.SpecialPayment == "1" || p.SpecialPayment == "2" {
		code = c.specialWageIndex()
	} else {
		code = c.areaWageIndex(standard)
	}
	if code != "" {
		return code
	}
	return c.indianHealthIndex()
}

// isRuralArea tells the three blanks and a state of a rural area from a CBSA.
func isRuralArea(code string) bool {
	return len(strings.TrimSpace(code)) <= 2
}

func (c *calc) specialWageIndex() string {
	p := c.p
	if p.Effective.Before(c.first) || p.Effective.After(c.last) || p.SpecialWageIndex <= 0 {
		return "52"
	}
	c.wageIndex = dec(p.SpecialWageIndex, 4)
	if c.t.On() {
		c.step("Wage index", c.wageIndex.String(), "42 CFR 412.64(h)", "", "special wage index of the provider record")
	}
	return ""
}

func (c *calc) areaWageIndex(standard string) string {
	p := c.p
	used := standard
	if p.SpecialPayment == "Y" || p.SpecialPayment == "D" {
		used = p.CBSAReclassified
	}
	row, ok := c.area(used, c.b.Discharge)
	if !ok {
		return "52"
	}
	index := row.geographic
	if p.SpecialPayment == "Y" {
		index = row.reclassified
	}
	c.wageIndex = dec(index, 4)
	if c.t.On() {
		c.stepRow("Wage index of the area", c.wageIndex.String(), "42 CFR 412.64(h)", c.row("ipps.wageindex", strings.TrimSpace(used)), row.name)
	}
	c.floors(used)
	c.outmigration()
	c.lowestQuartile()
	if code := c.declineCap(); code != "" {
		return code
	}
	if !c.wageIndex.positive() {
		return "52"
	}
	return ""
}

// stateCode is the key of the state's rural row.
func (c *calc) stateCode() string {
	if c.p.State == "" || c.p.State == "00" {
		return "03"
	}
	return c.p.State
}

// floors raises an urban hospital's index to its state's rural one, and in a
// state without rural areas to the imputed floor.
func (c *calc) floors(used string) {
	state := c.stateCode()
	row, ok := c.area(state, c.b.Discharge)
	if !ok {
		return
	}
	if !isRuralArea(used) {
		floor := row.ruralFloor
		if c.wage.ruralFloor == "geographic" {
			floor = row.geographic
		}
		c.raise("Rural floor", floor, "42 CFR 412.64(h)(4)", "wage_index.rural_floor", state)
	}
	if c.wage.imputedFloor {
		c.raise("Imputed floor", row.imputed, "42 CFR 412.64(h)(4)(vii)", "wage_index.imputed_floor", state)
	}
}

func (c *calc) raise(name string, floor int64, cite, param, key string) {
	if f := dec(floor, 4); c.wageIndex.less(f) {
		c.use(param)
		if c.t.On() {
			c.stepRow(name, f.String(), cite, c.row("ipps.wageindex", key), "above "+c.wageIndex.String())
			c.mark(param)
		}
		c.wageIndex = f
	}
}

// outmigration adds the adjustment of the hospital's county, if the hospital is
// not reclassified (42 CFR 412.64(i)).
func (c *calc) outmigration() {
	p := c.p
	if p.SpecialPayment != "" && p.SpecialPayment != "0" || !noArea(p.CBSAReclassified) || !noArea(p.CBSAStandardized) {
		return
	}
	county, ok := c.counties[p.County]
	if !ok || county.effective.After(c.b.Discharge) {
		return
	}
	before := c.wageIndex
	c.wageIndex = before.plus(dec(county.adjustment, 4))
	if c.t.On() {
		c.stepRow("Out-migration adjustment", c.wageIndex.String(), "42 CFR 412.64(i)", c.row("ipps.outmigration", p.County),
			before.String()+" + "+dec(county.adjustment, 4).String())
	}
}

func noArea(code string) bool {
	code = strings.TrimSpace(code)
	return code == "" || code == "00000"
}

// lowestQuartile halves the gap to the 25th percentile (fiscal years 2020 to 2024).
func (c *calc) lowestQuartile() {
	if !c.wage.quartileApplies || !c.wageIndex.less(c.wage.quartile) {
		return
	}
	before := c.wageIndex
	c.wageIndex = before.plus(c.wage.quartile.minus(before).over(whole(2), 4)).round(4)
	if c.t.On() {
		c.step("Low wage index hospital", c.wageIndex.String(), "42 CFR 412.64(h)", "wage_index.quartile",
			"%s + (%s - %s) / 2", before, c.wage.quartile, before)
	}
}

// declineCap holds the index at 95 per cent of the year before.
func (c *calc) declineCap() string {
	p := c.p
	if p.PriorWageIndexUse != "1" {
		if c.wage.priorYearRequired {
			return "52"
		}
		return ""
	}
	if p.PriorWageIndex <= 0 {
		return "52"
	}
	prior := dec(p.PriorWageIndex, 4)
	least := prior.times(one.minus(c.wage.declineCap))
	if c.wageIndex.less(least) {
		before := c.wageIndex
		c.wageIndex = least.round(4)
		if c.t.On() {
			c.step("Cap on the fall of the wage index", c.wageIndex.String(), "42 CFR 412.64(h)(7)", "wage_index.decline_cap",
				"%s is below %s x (1 - %s)", before, prior, c.wage.declineCap)
		}
	}
	return ""
}

// indianHealthIndex gives Indian Health Service hospitals their own index.
func (c *calc) indianHealthIndex() string {
	if c.p.ProviderType != c.wage.indianType {
		return ""
	}
	key := "99"
	if c.p.State == c.wage.indianAlaska {
		key = "98"
	}
	row, ok := c.areas[key]
	if !ok {
		return "52"
	}
	c.wageIndex = dec(row.geographic, 4)
	if c.t.On() {
		c.stepRow("Indian Health Service wage index", c.wageIndex.String(), "42 CFR 412.64(h)", c.row("ipps.wageindex", key), row.name)
	}
	return ""
}

func (c *calc) inStates(states []string) bool {
	return len(c.p.ProviderNumber) >= 2 && slices.Contains(states, c.p.ProviderNumber[:2])
}
