// SPDX-License-Identifier: Apache-2.0

package adjudicate

import (
	"hash/maphash"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// Ledger keeps what cost sharing has to remember of each beneficiary: the Part B
// deductible met in a year and the days of the current benefit period. Claims are
// posted one after another, in the order in which they were received; a Ledger is
// not safe for concurrent use. It holds hashes, no member numbers: about 50 bytes
// a beneficiary.
type Ledger struct {
	params *parameters
	seed   maphash.Seed
	partB  map[uint64]money.Cents // deductible met, by beneficiary and year
	spells map[uint64]benefitPeriod
}

// benefitPeriod is a spell of illness: 42 CFR 409.60. It ends when the beneficiary
// has been out of hospital for 60 days in a row.
type benefitPeriod struct {
	lastDay       civil.Date
	deductibleMet money.Cents
	daysUsed      int // of the 60 full and 30 coinsurance days
	reserveUsed   int // of the 60 days in a lifetime
}

func newLedger(p *parameters) *Ledger {
	return &Ledger{params: p, seed: maphash.MakeSeed(), partB: map[uint64]money.Cents{}, spells: map[uint64]benefitPeriod{}}
}

// person identifies a beneficiary by member number, or by name and birth date if
// the claim has none.
func (l *Ledger) person(c *claim.Claim) uint64 {
	p := &c.Patient
	if p.ID == "" && c.Subscriber.ID != "" {
		p = &c.Subscriber
	}
	if p.ID != "" {
		return maphash.String(l.seed, p.ID)
	}
	return maphash.Comparable(l.seed, struct {
		last, first string
		born        civil.Date
	}{p.Name.Last, p.Name.First, p.Born})
}

func (l *Ledger) year(person uint64, on civil.Date) uint64 {
	return maphash.Comparable(l.seed, [2]uint64{person, uint64(on.Year())})
}

// SetPartB records a deductible that was met before this run.
func (l *Ledger) SetPartB(member string, year int, met money.Cents) {
	l.partB[l.year(maphash.String(l.seed, member), civil.Of(year, 1, 1))] = met
}

// SetPartA records an open benefit period: its last inpatient day, the deductible
// met in it, the days used in it, and the lifetime reserve days used.
func (l *Ledger) SetPartA(member string, lastDay civil.Date, met money.Cents, days, reserve int) {
	l.spells[maphash.String(l.seed, member)] = benefitPeriod{lastDay, met, days, reserve}
}
