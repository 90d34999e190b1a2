// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"strings"
	"testing"
)

// A gap is care that the measure calls for and did not see; what is excluded or excepted
// has none, and an inverse measure counts the other way.
func TestGap(t *testing.T) {
	for _, test := range []struct {
		labels, notation string
		open             bool
		reason           string
	}{
		{"ip den", "increase", true, "in the denominator, not in the numerator"},
		{"ip den num", "increase", false, "in the numerator"},
		{"ip den num numex", "increase", true, "in the denominator, not in the numerator"},
		{"ip den denex", "increase", false, "denominator exclusion"},
		{"ip den excep", "increase", false, "denominator exception"},
		{"ip den num excep", "increase", false, "in the numerator"},
		{"ip", "increase", false, "not in the denominator"},
		{"", "increase", false, "not in the denominator"},
		{"ip den num", "decrease", true, "in the numerator of an inverse measure"},
		{"ip den", "decrease", false, "not in the numerator of an inverse measure"},
		{"ip den denex num", "decrease", false, "denominator exclusion"},
	} {
		e, ms := load(t, strings.Replace(proportionMeasure(), `"code":"increase"`, `"code":"`+test.notation+`"`, 1))
		rs := evaluateOne(t, e, ms, labelledPatient("p", strings.Fields(test.labels)))
		if open, reason := rs[0].Groups[0].Gap(); open != test.open || reason != test.reason {
			t.Errorf("%s, %s: %v %q, want %v %q", test.labels, test.notation, open, reason, test.open, test.reason)
		}
	}
	// Of episodes, one that was missed is a gap.
	e, ms := load(t, ratioMeasure())
	rs := evaluateOne(t, e, ms, labelledPatient("p", nil, "v1:ip,den,num=10", "v2:ip,den=20", "v3:ip,den,denex=5"))
	if open, reason := rs[0].Groups[0].Gap(); !open || reason != "in the denominator, not in the numerator (1 of 2)" {
		t.Errorf("episodes: %v %q", open, reason)
	}
}
