// SPDX-License-Identifier: Apache-2.0

package population

import (
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// LastAnnualVisit is the latest day up to the end of a year on which a claim has an annual
// visit, 0 where none has.
func (r *Rules) LastAnnualVisit(b *feed.Beneficiary, year int) (last civil.Date) {
	for i := range b.Claims {
		x := &b.Claims[i]
		if x.Thru.Year() > year || !last.IsZero() && !x.Thru.After(last) {
			continue
		}
		for k := range x.Lines {
			if r.annualVisit[x.Lines[k].Code] && x.Lines[k].Denial != "0" {
				last = x.Thru
			}
		}
	}
	return last
}
