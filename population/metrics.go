// SPDX-License-Identifier: Apache-2.0

package population

import (
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// Metric is one figure of a table that leaves the house.
type Metric struct {
	Name string `json:"name"`
	Unit string `json:"unit"`
	// Value is in units of 10^-Scale. It is 0 where Suppressed: the figure, or what it
	// is made of, counts fewer people or events than may be shown.
	Value      int64 `json:"-"`
	Scale      uint8 `json:"-"`
	Suppressed bool  `json:"suppressed,omitempty"`
	// Text is the value as printed, or a less-than sign and the smallest cell.
	Text string `json:"value"`
	// Place says where the value lies among other organisations, and Median what theirs is;
	// empty where there is nothing to compare with.
	Place  string `json:"place,omitempty"`
	Median string `json:"median,omitempty"`
}

// Metrics are the figures of a population, small cells suppressed: counts of 1 to 10, and
// with them every rate that they would give away.
func (r *Rules) Metrics(c *Counts) []Metric {
	months := c.Months()
	small := func(n int64) bool { return n > 0 && n < r.smallestCell }
	hide := small(c.Lives)
	var out []Metric
	put := func(name, unit string, value int64, scale uint8, suppressed bool) {
		m := Metric{Name: name, Unit: unit, Value: value, Scale: scale, Suppressed: suppressed || hide}
		m.Text = string(money.AppendScaled(nil, value, int(scale)))
		if m.Suppressed {
			r.suppress(&m)
		} else if place, median, ok := r.Bands.Place(name, value, scale); ok {
			m.Place, m.Median = place, string(money.AppendScaled(nil, median, int(scale)))
		}
		out = append(out, m)
	}
	count := func(name string, n int64) { put(name, "count", n, 0, small(n)) }
	// per 1,000 person-years: 12,000 x n / months, one decimal
	rate := func(name string, n int64) {
		if months > 0 {
			put(name, "per 1,000 person-years", money.HalfUp(n, 120_000, months), 1, small(n))
		}
	}
	count("lives", c.Lives)
	hidden := r.hiddenTypes(c)
	for t := feed.ESRD; t <= feed.AgedNonDual; t++ {
		put("member months, "+typeNames[t], "months", c.MemberMonths[t], 0, hidden[t])
	}
	put("member months", "months", months, 0, small(months))
	for s := range settings {
		if c.Paid[s] != 0 && months > 0 {
			unit := "dollars a member month"
			if feed.Setting(s) == feed.Drug {
				unit = "dollars paid by beneficiaries a member month"
			}
			put("PMPM, "+feed.Setting(s).String(), unit, money.HalfUp(int64(c.Paid[s]), 1, months), 2, false)
		}
	}
	if months > 0 {
		put("PMPM, Part A and Part B", "dollars a member month", money.HalfUp(int64(c.Total()), 1, months), 2, false)
	}
	rate("admissions", c.Admissions)
	rate("inpatient days", c.Days)
	rate("emergency department visits", c.EDVisits)
	rate("emergency department visits that led to admission", c.EDAdmitted)
	hideNeeds := small(c.Classified)
	for i, name := range NeedNames {
		if c.Classified > 0 {
			put("emergency visits without admission: "+name, "percent", money.HalfUp(c.ByNeed[i], 1, c.Classified*1000), 1, hideNeeds || small(c.ByNeed[i]/1_000_000))
		}
	}
	rate("SNF stays", c.SNFStays)
	if c.SNFStays > 0 {
		put("days of a SNF stay", "days", money.HalfUp(c.SNFDays, 10, c.SNFStays), 1, small(c.SNFStays))
	}
	share := func(name string, n, of int64) {
		if of > 0 {
			put(name, "percent", money.HalfUp(n, 1000, of), 1, small(n) || small(of) || small(of-n))
		}
	}
	count("index stays", c.IndexStays)
	share("30-day readmissions, unplanned", c.Readmissions, c.IndexStays)
	share("30-day readmissions, planned", c.PlannedReadmissions, c.IndexStays)
	share("lives with an annual visit", c.AnnualVisits, c.Lives)
	return out
}

// suppress takes the value away.
func (r *Rules) suppress(m *Metric) {
	m.Value, m.Place, m.Median, m.Suppressed = 0, "", "", true
	m.Text = "<" + string(money.AppendScaled(nil, r.smallestCell, 0))
}

// hiddenTypes are the enrollment types whose months are suppressed. Where it is one alone,
// the next smallest goes with it: else it would follow from the total.
func (r *Rules) hiddenTypes(c *Counts) (hidden [5]bool) {
	n, next := 0, -1
	for t, m := range c.MemberMonths {
		switch {
		case m > 0 && m < r.smallestCell:
			hidden[t] = true
			n++
		case m > 0 && (next < 0 || m < c.MemberMonths[next]):
			next = t
		}
	}
	if n == 1 && next >= 0 {
		hidden[next] = true
	}
	return hidden
}

var typeNames = [...]string{feed.ESRD: "ESRD", feed.Disabled: "disabled", feed.AgedDual: "aged, dual", feed.AgedNonDual: "aged, not dual"}
