// SPDX-License-Identifier: Apache-2.0

package measure

import "fmt"

// Count is how many are in the first population with a role.
func (g *GroupResult) Count(role Role) int { return g.count(role) }

// Gap tells whether a proportion or ratio calls for care that was not given: the
// patient, or an episode, is in the denominator and not in the numerator, or in the
// numerator where the measure's improvement is a decrease. Who is excluded or excepted
// has no gap. The reason names the populations.
func (g *GroupResult) Gap() (open bool, reason string) {
	excluded, excepted := g.count(DenominatorExclusion), g.count(DenominatorException)
	applies := g.count(Denominator) - excluded - excepted
	met := g.count(Numerator) - g.count(NumeratorExclusion)
	inverse := g.Group.Improvement == "decrease"
	of := func(n, all int) string {
		if all == 1 && n == 1 {
			return ""
		}
		return fmt.Sprintf(" (%d of %d)", n, all)
	}
	switch {
	case applies <= 0 && excluded > 0:
		return false, "denominator exclusion"
	case applies <= 0 && excepted > 0:
		return false, "denominator exception"
	case applies <= 0:
		return false, "not in the denominator"
	case inverse && met > 0:
		return true, "in the numerator of an inverse measure" + of(met, applies)
	case inverse:
		return false, "not in the numerator of an inverse measure"
	case met < applies:
		return true, "in the denominator, not in the numerator" + of(applies-met, applies)
	}
	return false, "in the numerator"
}
