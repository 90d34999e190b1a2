// SPDX-License-Identifier: Apache-2.0

package benchmark

import (
	"testing"

	"github.com/woodlawn-health/woodlawn/claim/money"
)

func TestTotal(t *testing.T) {
	for _, c := range []struct {
		perCapita    money.Cents
		years        int64
		months       int
		total, slack money.Cents
	}{
		{10_000_00, 5_000, 12, 50_000_000_00, 7_500_50},
		{10_000_00, 5_000, 6, 25_000_000_00, 3_750_25},
		{0, 5_000, 12, 0, 2_500_50},
	} {
		total, slack := Total(c.perCapita, c.years, c.months)
		if total != c.total || slack != c.slack {
			t.Errorf("%s x %d for %d months: %s open by %s, want %s by %s", c.perCapita, c.years, c.months, total, slack, c.total, c.slack)
		}
	}
}
