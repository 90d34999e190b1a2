// SPDX-License-Identifier: Apache-2.0

package account

import (
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/vbc/assignment"
)

// Cell sums an enrollment type in a year.
type Cell struct {
	Months      int64       `json:"months"`
	Paid        money.Cents `json:"paid"`
	Expenditure money.Cents `json:"expenditure"`
	// Cut is what truncation took away, from Truncated lives.
	Cut       money.Cents `json:"cut"`
	Truncated int64       `json:"truncated"`
	// Risk sums score x months in millionths, over ScoredMonths.
	Risk         int64 `json:"risk"`
	ScoredMonths int64 `json:"scored_months"`
}

// Panel sums a practice in a year.
type Panel struct {
	Lives       int64       `json:"lives"`
	Months      int64       `json:"months"`
	Expenditure money.Cents `json:"expenditure"`
}

// YearSums sum the assigned beneficiaries of a year.
type YearSums struct {
	Lives int64 `json:"lives"`
	// OptedOut are those of them whose claims are not shared.
	OptedOut int64                     `json:"opted_out"`
	Steps    map[assignment.Step]int64 `json:"steps,omitempty"`
	Cells    [Types]Cell               `json:"cells"`
	Dual     int64                     `json:"dual_months"`
	Derived  int64                     `json:"derived_months"`
	AddOns   money.Cents               `json:"add_ons"`
	Suspect  money.Cents               `json:"suspect"`
	Setting  [Settings]money.Cents     `json:"setting"`
	// Counties are the months by FIPS code and type, Practices the panels by TIN.
	Counties  map[string][Types]int64 `json:"counties,omitempty"`
	Practices map[string]Panel        `json:"practices,omitempty"`
}

// Sums are the account of any number of lives. They hold whole numbers alone, so that
// Merge gives the same in any order. The zero value is the account of nobody.
type Sums struct {
	Beneficiaries int64              `json:"beneficiaries"`
	Years         [MaxYears]YearSums `json:"years"`
}

// Add adds one life.
func (s *Sums) Add(l *Life) {
	s.Beneficiaries++
	for i := range l.Years {
		if y := &l.Years[i]; y.Assigned {
			s.Years[i].add(y, l.County)
		}
	}
}

func (s *YearSums) add(y *Year, county string) {
	s.Lives++
	if s.Steps == nil {
		s.Steps, s.Counties, s.Practices = map[assignment.Step]int64{}, map[string][Types]int64{}, map[string]Panel{}
	}
	s.Steps[y.Step]++
	if y.OptedOut {
		s.OptedOut++
	}
	s.Dual += y.Dual
	s.Derived += y.Derived
	s.AddOns += y.AddOns
	s.Suspect += y.Suspect
	for i, c := range y.Setting {
		s.Setting[i] += c
	}
	for t := range s.Cells {
		c := &s.Cells[t]
		c.Months += y.Months[t]
		c.Paid += y.Paid[t]
		c.Expenditure += y.Expenditure[t]
		c.Cut += y.Cut[t]
		if y.Cut[t] > 0 {
			c.Truncated++
		}
		if y.Score[t] > 0 {
			c.Risk += y.Score[t] * y.Months[t]
			c.ScoredMonths += y.Months[t]
		}
	}
	months, known := s.Counties[county]
	for t, m := range y.Months {
		months[t] += m
	}
	if !known {
		county = strings.Clone(county)
	}
	s.Counties[county] = months
	panel, known := s.Practices[y.Practice]
	panel.Lives++
	panel.Months += y.PersonMonths()
	panel.Expenditure += y.Total()
	practice := y.Practice
	if !known {
		practice = strings.Clone(practice)
	}
	s.Practices[practice] = panel
}

// Merge adds what was summed elsewhere.
func (s *Sums) Merge(o *Sums) {
	s.Beneficiaries += o.Beneficiaries
	for i := range s.Years {
		s.Years[i].merge(&o.Years[i])
	}
}

func (s *YearSums) merge(o *YearSums) {
	if o.Lives == 0 {
		return
	}
	if s.Steps == nil {
		s.Steps, s.Counties, s.Practices = map[assignment.Step]int64{}, map[string][Types]int64{}, map[string]Panel{}
	}
	s.Lives += o.Lives
	s.OptedOut += o.OptedOut
	s.Dual += o.Dual
	s.Derived += o.Derived
	s.AddOns += o.AddOns
	s.Suspect += o.Suspect
	for step, n := range o.Steps {
		s.Steps[step] += n
	}
	for i, c := range o.Setting {
		s.Setting[i] += c
	}
	for t := range s.Cells {
		a, b := &s.Cells[t], &o.Cells[t]
		a.Months += b.Months
		a.Paid += b.Paid
		a.Expenditure += b.Expenditure
		a.Cut += b.Cut
		a.Truncated += b.Truncated
		a.Risk += b.Risk
		a.ScoredMonths += b.ScoredMonths
	}
	for county, months := range o.Counties {
		sum := s.Counties[county]
		for t, m := range months {
			sum[t] += m
		}
		s.Counties[county] = sum
	}
	for tin, b := range o.Practices {
		a := s.Practices[tin]
		a.Lives += b.Lives
		a.Months += b.Months
		a.Expenditure += b.Expenditure
		s.Practices[tin] = a
	}
}
