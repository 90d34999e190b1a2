// SPDX-License-Identifier: Apache-2.0

package qrda

// checkRate compares a rate with the counts it comes from, where the measure has
// one set of populations. With several rates the numerator's identifier does not
// say which denominator is its own, so only the range is checked.
func (m *MeasureResult) checkRate(p *Problems, path string, r Rate) {
	if r.Millionths < 0 || r.Millionths > 1_000_000 {
		p.add("CONF:CMS_62", path, "the performance rate is not between 0 and 1")
		return
	}
	numer, found := m.only("NUMER")
	denom, one := m.only("DENOM")
	if !found || !one || len(m.Rates) > 1 {
		return
	}
	exclusions, _ := m.only("DENEX")
	exceptions, _ := m.only("DENEXCEP")
	removed, _ := m.only("NUMEX")
	want := PerformanceRate(r.Numerator, numer-removed, denom, exclusions, exceptions)
	if want.Undefined != r.Undefined {
		p.add("W_RATE", path, "the rate must be null (NA) when, and only when, nobody is left in the denominator")
		return
	}
	// Senders round or cut at fewer digits; what they wrote must not be off by more
	// than the last of them.
	if diff := want.Millionths - r.Millionths; !want.Undefined && (diff > r.tolerance() || -diff > r.tolerance()) {
		p.add("W_RATE", path, "the rate is %s, but the counts give %s", decimal(r.Millionths), decimal(want.Millionths))
	}
}

// tolerance is one unit of the last decimal that the rate has.
func (r Rate) tolerance() int64 {
	unit := int64(1)
	for v := r.Millionths; v != 0 && v%10 == 0 && unit < 1_000; v /= 10 {
		unit *= 10
	}
	return unit
}

// only is the count of the one population of the code; false if there are none or
// several.
func (m *MeasureResult) only(code string) (int, bool) {
	n, found := 0, 0
	for i := range m.Populations {
		if m.Populations[i].Code == code {
			n += m.Populations[i].Count
			found++
		}
	}
	return n, found == 1
}
