// SPDX-License-Identifier: Apache-2.0

package account

import (
	"cmp"
	"maps"
	"slices"

	"github.com/woodlawn-health/woodlawn/vbc/assignment"
)

// smallestCell is the least number of people that a figure may tell of outside the
// organisation: CMS's cell size suppression policy shows none of 1 to 10. smallestMonths is
// the least number of person months that cannot be those of so few in one year.
const (
	smallestCell   = 11
	smallestMonths = (smallestCell-1)*12 + 1
)

// Rest is the key of a suppressed account's practices that are too small to be told apart.
const Rest = "practices too small to tell apart"

// Suppressed is a copy for whoever may not see single people. Small practices are one,
// months by county and counts of few are left out, and an enrollment type of few is zero in
// every year, with the next smallest where it would follow from the total: those are the
// types that are told. Whoever compares two accounts may still see who is in one of them
// alone.
func (s *Sums) Suppressed() (*Sums, [Types]bool) {
	out := *s
	var few [Types]bool
	for i := range s.Years {
		for t, hide := range s.Years[i].fewTypes() {
			few[t] = few[t] || hide
		}
	}
	for i := range out.Years {
		y := &out.Years[i]
		y.Counties = nil
		y.Practices = togetherIfFew(y.Practices)
		y.Steps = withoutFew(y.Steps)
		for _, n := range []*int64{&y.Lives, &y.OptedOut} {
			if *n < smallestCell {
				*n = 0
			}
		}
		for _, n := range []*int64{&y.Dual, &y.Derived} {
			if *n < smallestMonths {
				*n = 0
			}
		}
		for t := range y.Cells {
			switch c := &y.Cells[t]; {
			case few[t]:
				*c = Cell{}
			case c.Truncated < smallestCell:
				c.Truncated, c.Cut = 0, 0
			}
		}
	}
	return &out, few
}

// fewTypes are the enrollment types whose months may be those of few, and the next
// smallest if that is one alone.
func (s *YearSums) fewTypes() (few [Types]bool) {
	n, next := 0, -1
	for t := range s.Cells {
		switch months := s.Cells[t].Months; {
		case months > 0 && months < smallestMonths:
			few[t] = true
			n++
		case months > 0 && (next < 0 || months < s.Cells[next].Months):
			next = t
		}
	}
	if n == 1 && next >= 0 {
		few[next] = true
	}
	return few
}

// withoutFew leaves out steps of few, and the next smallest if that is one alone.
func withoutFew(steps map[assignment.Step]int64) map[assignment.Step]int64 {
	out := map[assignment.Step]int64{}
	bySize := slices.SortedFunc(maps.Keys(steps), func(a, b assignment.Step) int {
		return cmp.Or(cmp.Compare(steps[a], steps[b]), cmp.Compare(a, b))
	})
	left := 0
	for _, step := range bySize {
		if steps[step] < smallestCell || left == 1 {
			left++
			continue
		}
		out[step] = steps[step]
	}
	return out
}

// togetherIfFew adds small practices up, with as many of the next smallest as it takes for
// two and for enough people.
func togetherIfFew(practices map[string]Panel) map[string]Panel {
	out := map[string]Panel{}
	bySize := slices.SortedFunc(maps.Keys(practices), func(a, b string) int {
		return cmp.Or(cmp.Compare(practices[a].Lives, practices[b].Lives), cmp.Compare(a, b))
	})
	rest, n := Panel{}, 0
	for _, tin := range bySize {
		p := practices[tin]
		if p.Lives >= smallestCell && (n == 0 || n > 1 && rest.Lives >= smallestCell) {
			out[tin] = p
			continue
		}
		rest.Lives += p.Lives
		rest.Months += p.Months
		rest.Expenditure += p.Expenditure
		n++
	}
	if n > 0 && rest.Lives >= smallestCell {
		out[Rest] = rest
	}
	return out
}
