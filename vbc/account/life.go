// SPDX-License-Identifier: Apache-2.0

package account

import (
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/vbc/assignment"
)

// Life is what one beneficiary adds to the account: integers and short texts alone, so
// that it is the same wherever it is written and read.
type Life struct {
	MBI    string         `json:"mbi"`
	County string         `json:"county,omitempty"` // FIPS codes of state and county
	Years  [MaxYears]Year `json:"years"`            // as many as the plan has
}

// Year is a beneficiary's part in one year. Amounts and months are those of months with
// Part A and Part B; all are zero where the beneficiary is not assigned.
type Year struct {
	Assigned bool              `json:"assigned"`
	Step     assignment.Step   `json:"step,omitempty"`
	Reason   assignment.Reason `json:"reason,omitempty"`
	// Practice is the TIN of the participant with the most charges.
	Practice string `json:"practice,omitempty"`
	// OptedOut tells that the person does not share claims: what was spent is not known.
	OptedOut bool `json:"opted_out,omitempty"`
	// Months by enrollment type, and of all of them those with a dual status.
	Months [Types]int64 `json:"months"`
	Dual   int64        `json:"dual_months"`
	// Derived counts months whose type no list tells: it follows from the latest
	// demographics.
	Derived int64 `json:"derived_months,omitempty"`
	// Paid is Medicare's payment under Part A and Part B by type, less what is left out.
	Paid [Types]money.Cents `json:"paid"`
	// AddOns are indirect medical education, disproportionate share and uncompensated care
	// payments; Suspect is billing that CMS leaves out. Neither is part of Paid.
	AddOns  money.Cents `json:"add_ons,omitempty"`
	Suspect money.Cents `json:"suspect,omitempty"`
	// Expenditure is Paid with the completion factor, cut at the 99th percentile; Cut is
	// what that took away.
	Expenditure [Types]money.Cents `json:"expenditure"`
	Cut         [Types]money.Cents `json:"cut"`
	// Setting divides Paid by where care was given.
	Setting [Settings]money.Cents `json:"setting"`
	// Score is the prospective risk score by type in millionths, before it is
	// renormalised; 0 where the person has no month of the type or no score.
	Score [Types]int64 `json:"score"`
}

// PersonMonths are the months of all types.
func (y *Year) PersonMonths() (n int64) {
	for _, m := range y.Months {
		n += m
	}
	return n
}

// Total is the expenditure of all types.
func (y *Year) Total() (sum money.Cents) {
	for _, c := range y.Expenditure {
		sum += c
	}
	return sum
}
