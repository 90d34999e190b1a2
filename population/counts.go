// SPDX-License-Identifier: Apache-2.0

package population

import (
	"cmp"
	"slices"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// settings is the number of categories that payments are summed by.
const settings = int(feed.Drug) + 1

// Counts are the sums of a year over any number of beneficiaries. Only months with Part A
// and Part B count, and of claims those whose last day is in such a month.
type Counts struct {
	Lives int64 // with at least one month that counts
	// MemberMonths by enrollment type (feed.EnrollmentType).
	MemberMonths [5]int64
	// Paid is Medicare's payment by setting; of drugs what beneficiaries paid.
	Paid [settings]money.Cents
	// Admissions are inpatient stays that begin in the year, Days their nights; a stay
	// billed in parts counts once.
	Admissions, Days int64
	// EDVisits are days with an emergency department line at one facility; EDAdmitted of
	// them those on an inpatient claim.
	EDVisits, EDAdmitted int64
	SNFStays, SNFDays    int64
	// IndexStays are stays at acute hospitals that a readmission could follow; Readmissions
	// those that an unplanned one did follow within 30 days, of any cause, and
	// PlannedReadmissions those that a planned one did (CMS's algorithm 4.0).
	IndexStays, Readmissions, PlannedReadmissions int64
	AnnualVisits                                  int64 // lives with an annual wellness or welcome visit
	// Classified are emergency visits without an admission whose diagnosis has a class;
	// ByNeed sums their probabilities of each class, in millionths.
	Classified int64
	ByNeed     [Needs]int64
}

// Merge adds what was counted elsewhere.
func (c *Counts) Merge(o *Counts) {
	c.Lives += o.Lives
	for i := range c.MemberMonths {
		c.MemberMonths[i] += o.MemberMonths[i]
	}
	for i := range c.Paid {
		c.Paid[i] += o.Paid[i]
	}
	c.Admissions += o.Admissions
	c.Days += o.Days
	c.EDVisits += o.EDVisits
	c.EDAdmitted += o.EDAdmitted
	c.SNFStays += o.SNFStays
	c.SNFDays += o.SNFDays
	c.IndexStays += o.IndexStays
	c.Readmissions += o.Readmissions
	c.PlannedReadmissions += o.PlannedReadmissions
	c.Classified += o.Classified
	for i := range c.ByNeed {
		c.ByNeed[i] += o.ByNeed[i]
	}
	c.AnnualVisits += o.AnnualVisits
}

// Months are the member months of all types.
func (c *Counts) Months() (n int64) {
	for _, m := range c.MemberMonths {
		n += m
	}
	return n
}

// Total is the payment under Part A and Part B: drugs are left out.
func (c *Counts) Total() (sum money.Cents) {
	for i, p := range c.Paid {
		if feed.Setting(i) != feed.Drug {
			sum += p
		}
	}
	return sum
}

// stay is an inpatient or SNF stay: claims of one facility without a day between.
type stay struct {
	facility   string
	begin, end civil.Date
	status     string
	principal  string
	procedures []feed.Procedure
}

// Count counts one beneficiary for a year.
func (r *Rules) Count(b *feed.Beneficiary, year int) Counts {
	var c Counts
	for m := time.January; m <= time.December; m++ {
		if b.Enrollment.At(year, m) == feed.BothParts {
			c.MemberMonths[b.Enrollment.TypeAt(year, m)]++
		}
	}
	if c.Months() == 0 {
		return c
	}
	c.Lives = 1
	for i := range b.Claims {
		r.claim(&c, b, &b.Claims[i], year)
	}
	r.stays(&c, b, year)
	r.emergency(&c, b, year)
	return c
}

// counted tells that a day is in a month that counts.
func counted(b *feed.Beneficiary, day civil.Date, year int) bool {
	y, m, _ := day.YMD()
	return y == year && b.Enrollment.At(y, m) == feed.BothParts
}

func (r *Rules) claim(c *Counts, b *feed.Beneficiary, x *feed.Claim, year int) {
	if !counted(b, x.Thru, year) {
		return
	}
	c.Paid[x.Setting] += x.Paid
	if c.AnnualVisits == 0 {
		for i := range x.Lines {
			if r.annualVisit[x.Lines[i].Code] {
				c.AnnualVisits = 1
			}
		}
	}
}

func (r *Rules) stays(c *Counts, b *feed.Beneficiary, year int) {
	for _, s := range staysOf(b, feed.SNF) {
		if counted(b, s.begin, year) {
			c.SNFStays++
			c.SNFDays += int64(max(1, s.end.Sub(s.begin)))
		}
	}
	list := staysOf(b, feed.Inpatient)
	for _, s := range list {
		if counted(b, s.begin, year) {
			c.Admissions++
			c.Days += int64(max(1, s.end.Sub(s.begin)))
		}
	}
	r.readmissions(c, b, list, year)
}

// staysOf joins the claims of a setting into stays, in order of time.
func staysOf(b *feed.Beneficiary, setting feed.Setting) []stay {
	var list []stay
	for i := range b.Claims {
		if x := &b.Claims[i]; x.Setting == setting {
			list = append(list, stay{x.Facility, x.From, x.Thru, x.PatientStatus, x.Principal, x.Procedures})
		}
	}
	slices.SortFunc(list, func(x, y stay) int {
		return cmp.Or(x.begin.Sub(y.begin), x.end.Sub(y.end), cmp.Compare(x.facility, y.facility), cmp.Compare(x.status, y.status))
	})
	out := list[:0]
	for _, s := range list {
		if n := len(out); n > 0 {
			last := &out[n-1]
			if last.facility == s.facility && s.begin.Sub(last.end) <= 0 {
				if s.end.After(last.end) {
					last.end, last.status = s.end, s.status
				}
				last.procedures = append(last.procedures[:len(last.procedures):len(last.procedures)], s.procedures...)
				continue
			}
		}
		out = append(out, s)
	}
	return out
}
