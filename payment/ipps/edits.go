// SPDX-License-Identifier: Apache-2.0

package ipps

import "slices"

// edit checks bill and record in the order of CMS's pricer and returns the code
// of the first fault, or nothing.
func (c *calc) edit() string {
	b, p := c.b, c.p
	switch {
	case b.Discharge.Before(p.Effective):
		return "55"
	case !p.Termination.IsZero() && !b.Discharge.Before(p.Termination):
		return "55"
	case b.LengthOfStay < 0 || b.LengthOfStay == 0 && !c.knownReviewCode():
		return "56"
	case b.LifetimeReserveDays < 0 || int64(b.LifetimeReserveDays) > c.reserveDays:
		return "61"
	case b.CoveredDays < 0 || b.CoveredDays == 0 && b.LengthOfStay > 0 || b.LifetimeReserveDays > b.CoveredDays:
		return "62"
	case !c.knownReviewCode():
		return "57"
	case b.CoveredCharges < 0:
		return "58"
	case p.CapitalNewHospital != "Y" && !slices.Contains(c.capitalPayCodes, p.CapitalPayCode):
		return "65"
	case slices.Contains(c.rules.hsp.mdhTypes, p.ProviderType) && b.Discharge.After(c.rules.hsp.mdhEnds):
		return "52"
	}
	return ""
}

func (c *calc) knownReviewCode() bool { return slices.Contains(c.reviewCodes, c.b.ReviewCode) }

// stayUtilization tells regular from lifetime reserve days (42 CFR 409.61).
func (c *calc) stayUtilization() {
	c.regular = c.b.CoveredDays - c.b.LifetimeReserveDays
	c.stay = max(c.b.LengthOfStay, 1) + 1
}

func (c *calc) daysUsed() {
	if c.regular > 0 {
		c.out.RegularDaysUsed = min(c.regular, c.b.LengthOfStay)
	} else {
		c.out.LifetimeReserveDaysUsed = min(c.b.LifetimeReserveDays, c.b.LengthOfStay)
	}
}

// The kinds of review code.
func (c *calc) acuteTransfer() bool          { return c.b.ReviewCode == "03" }
func (c *calc) acuteTransferNoOutlier() bool { return c.b.ReviewCode == "06" }
func (c *calc) postAcuteTransfer() bool      { return c.b.ReviewCode == "09" || c.b.ReviewCode == "11" }

func (c *calc) noOutlier() bool {
	switch c.b.ReviewCode {
	case "06", "07", "11":
		return true
	}
	return false
}

// shortStay tells whether a transfer is paid by the day: its days are fewer than
// the geometric mean, and the DRG is none that is priced for transferred patients.
func (c *calc) shortStay() bool { return c.belowMean() && c.b.DRG != c.exemptDRG }

// belowMean compares days with the geometric mean length of stay.
func (c *calc) belowMean() bool { return int64(c.stay)*10 < c.drg.gmlos }

// specialPay and perDiemPay are the two ways of paying a post-acute transfer.
func (c *calc) specialPay() bool { return c.drg.postAcute && c.drg.special }
func (c *calc) perDiemPay() bool { return c.drg.postAcute && !c.drg.special }
