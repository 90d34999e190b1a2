// SPDX-License-Identifier: Apache-2.0

package settlement

import (
	"math/bits"

	"github.com/woodlawn-health/woodlawn/claim/money"
)

// Rate is a share in billionths: 0.5 is 500,000,000.
type Rate int64

// Whole is the rate 1.
const Whole Rate = 1_000_000_000

// String prints a rate with six decimals, rounded half up.
func (r Rate) String() string {
	return string(money.AppendScaled(nil, money.Rescale(int64(r), 9, 6), 6))
}

// MarshalJSON writes the rate as a JSON number with all its decimals.
func (r Rate) MarshalJSON() ([]byte, error) { return money.AppendTrimmed(nil, int64(r), 9), nil }

// percent turns hundredths of a percent, as the tables have them, into a rate.
func percent(hundredths int64) Rate { return Rate(hundredths * 100_000) }

// of is amount x rate, rounded half up to the cent.
func (r Rate) of(amount money.Cents) money.Cents {
	return money.Cents(money.HalfUp(int64(amount), int64(r), int64(Whole)))
}

// times is the product of two rates, rounded half up.
func (r Rate) times(o Rate) Rate { return Rate(money.HalfUp(int64(r), int64(o), int64(Whole))) }

// reaches tells exactly whether part is at least rate x whole; neither is negative.
func reaches(part, whole money.Cents, rate Rate) bool {
	ah, al := bits.Mul64(uint64(part), uint64(Whole))
	bh, bl := bits.Mul64(uint64(whole), uint64(rate))
	return ah > bh || ah == bh && al >= bl
}

// UnmarshalJSON reads a JSON number or a string with at most nine decimals.
func (r *Rate) UnmarshalJSON(b []byte) error {
	if len(b) >= 2 && b[0] == '"' {
		b = b[1 : len(b)-1]
	}
	v, err := money.ParseScaled(b, 9)
	if err != nil {
		return err
	}
	*r = Rate(v)
	return nil
}
