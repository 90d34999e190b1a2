// SPDX-License-Identifier: Apache-2.0

// Package benchmark holds the benchmark arithmetic of the Shared Savings Program
// (42 CFR 425.601 to 425.603 and 425.652).
package benchmark

import "github.com/woodlawn-health/woodlawn/claim/money"

// Total is the total updated benchmark of a performance period: the amount per capita
// and year, times the assigned beneficiaries' person years, for the months of the
// period. CMS rounds the printed amount per capita to a dollar and the person years to
// a whole, so that the product of the printed figures is open by slack.
func Total(perCapita money.Cents, personYears int64, months int) (total, slack money.Cents) {
	whole := int64(perCapita) * personYears
	open := personYears*50 + int64(perCapita)/2 + 50
	return money.Cents(money.HalfUp(whole, int64(months), 12)), money.Cents(money.HalfUp(open, int64(months), 12))
}
