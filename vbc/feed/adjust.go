// SPDX-License-Identifier: Apache-2.0

package feed

import (
	"cmp"
	"slices"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// The claim adjustment type codes of CCLF.
const (
	original   = 0
	cancel     = 1
	adjustment = 2
)

// link is one record of a chain: the records of one beneficiary that share a natural key.
type link struct {
	kind      byte // original, cancel or adjustment
	effective civil.Date
	id        int64
	paid      money.Cents
	claim     int // place in the caller's list
	dead      bool
}

// Adjustments counts what became of records. A feed without gaps has neither lone
// cancels nor unannounced adjustments.
type Adjustments struct {
	// Records are the claims read, before anything was resolved; InForce those left.
	Records, InForce int
	// Cancelled are claims taken back; Repeated are records that came more than once.
	Cancelled, Repeated int
	// LoneCancels take back a claim that the deliveries do not hold.
	LoneCancels int
	// Unannounced adjustments replace a claim for which no cancel came.
	Unannounced int
	// Mismatched cancels name another amount than the claim that they take back.
	Mismatched int
	// Paid is Medicare's payment by CMS's netting: originals and adjustments added,
	// cancels subtracted.
	Paid money.Cents
	// Orphans are lines, procedures and diagnoses without their claim's header.
	Orphans int
}

// Add sums two counts.
func (a *Adjustments) Add(b *Adjustments) {
	a.Records += b.Records
	a.InForce += b.InForce
	a.Cancelled += b.Cancelled
	a.Repeated += b.Repeated
	a.LoneCancels += b.LoneCancels
	a.Unannounced += b.Unannounced
	a.Mismatched += b.Mismatched
	a.Paid += b.Paid
	a.Orphans += b.Orphans
}

// resolve marks the links of one chain that are not in force. A cancel takes back a claim
// of the same amount that was there by its day, the earliest of them; if the amounts do
// not tell, the latest. Where fewer cancels came than adjustments, the latest adjustments
// replace what stands before them. What is left adds up to CMS's netting wherever every cancel came.
func resolve(chain []link, a *Adjustments) {
	slices.SortFunc(chain, func(x, y link) int {
		return cmp.Or(x.effective.Sub(y.effective), cmp.Compare(x.kind, y.kind), cmp.Compare(x.id, y.id))
	})
	unannounced := 0
	for i := range chain {
		switch chain[i].kind {
		case cancel:
			if takeBack(chain, &chain[i], a) {
				unannounced--
			}
		case adjustment:
			unannounced++
		}
	}
	for i := len(chain) - 1; i >= 0 && unannounced > 0; i-- {
		if chain[i].dead || chain[i].kind != adjustment {
			continue
		}
		for j := i - 1; j >= 0; j-- {
			if !chain[j].dead {
				chain[j].dead = true
				a.Unannounced++
				break
			}
		}
		unannounced--
	}
}

// takeBack marks the claim that a cancel takes back, and the cancel itself; false if
// there is no such claim.
func takeBack(chain []link, c *link, a *Adjustments) bool {
	c.dead = true
	best := -1
	for i := range chain {
		x := &chain[i]
		if x.dead || x.kind == cancel || x.effective.After(c.effective) {
			continue
		}
		if x.paid.Abs() == c.paid.Abs() {
			best = i
			break
		}
		best = i
	}
	if best < 0 {
		a.LoneCancels++
		return false
	}
	if chain[best].paid.Abs() != c.paid.Abs() {
		a.Mismatched++
	}
	chain[best].dead = true
	a.Cancelled++
	return true
}
