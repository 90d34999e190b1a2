// SPDX-License-Identifier: Apache-2.0

package population

import (
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// Halves are Part A and Part B payments of a year in its first and second half, in months
// that count. A person whose second half costs much more than the first is rising; that is
// our own plain rule and no measure of CMS.
type Halves struct{ First, Second money.Cents }

// Rise is by how much the second half is more.
func (h Halves) Rise() money.Cents { return h.Second - h.First }

// Halves divides a beneficiary's payments. ok is false where either half has fewer than
// three months that count: the halves could not be compared.
func (r *Rules) Halves(b *feed.Beneficiary, year int) (h Halves, ok bool) {
	var months [2]int
	for m := time.January; m <= time.December; m++ {
		if b.Enrollment.At(year, m) == feed.BothParts {
			months[(m-1)/6]++
		}
	}
	if months[0] < 3 || months[1] < 3 {
		return h, false
	}
	july := civil.Of(year, time.July, 1)
	for i := range b.Claims {
		x := &b.Claims[i]
		switch {
		case x.Setting == feed.Drug || !counted(b, x.Thru, year):
		case x.Thru.Before(july):
			h.First += x.Paid
		default:
			h.Second += x.Paid
		}
	}
	return h, true
}
