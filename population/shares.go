// SPDX-License-Identifier: Apache-2.0

package population

import (
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// Share is how many of a panel's people, or of anything that is counted of them, have
// something.
type Share struct {
	Key   string
	N, Of int64
	// People are those who are counted, where Of counts something else; 0 where Of is them.
	People int64
}

// ShareRow is a share as it may leave the house.
type ShareRow struct {
	Key        string `json:"panel"`
	N          string `json:"n"`
	Of         string `json:"of"`
	Percent    string `json:"percent"`
	Suppressed bool   `json:"suppressed,omitempty"`
}

// Shares are the rows of panels and of all together, small cells suppressed: counts of 1 to
// 10, their complements, and the rates that rest on them. Where one panel alone is suppressed
// the next smallest goes with it: else it would follow from the total.
func (r *Rules) Shares(list []Share) []ShareRow {
	small := func(n int64) bool { return n > 0 && n < r.smallestCell }
	all := Share{Key: "all"}
	hideN, hideOf := make([]bool, len(list)), make([]bool, len(list))
	for i, x := range list {
		all.N, all.Of, all.People = all.N+x.N, all.Of+x.Of, all.People+x.People
		hideOf[i] = small(x.Of) || small(x.People)
		hideN[i] = hideOf[i] || small(x.N) || small(x.Of-x.N)
	}
	second(hideOf, func(i int) int64 { return list[i].Of })
	for i := range hideN {
		hideN[i] = hideN[i] || hideOf[i]
	}
	second(hideN, func(i int) int64 { return list[i].Of })
	out := make([]ShareRow, 0, len(list)+1)
	for i, x := range list {
		out = append(out, r.share(x, hideN[i], hideOf[i]))
	}
	of := small(all.Of) || small(all.People)
	return append(out, r.share(all, of || small(all.N) || small(all.Of-all.N), of))
}

// second hides the smallest cell that is shown where one alone is hidden.
func second(hidden []bool, of func(int) int64) {
	n, next := 0, -1
	for i, h := range hidden {
		switch {
		case h:
			n++
		case of(i) > 0 && (next < 0 || of(i) < of(next)):
			next = i
		}
	}
	if n == 1 && next >= 0 {
		hidden[next] = true
	}
}

func (r *Rules) share(x Share, hideN, hideOf bool) ShareRow {
	text := func(n int64) string { return string(money.AppendScaled(nil, n, 0)) }
	row := ShareRow{Key: x.Key, N: text(x.N), Of: text(x.Of), Suppressed: hideN}
	switch {
	case hideN:
		row.N, row.Percent = "suppressed", "suppressed"
	case x.Of > 0:
		row.Percent = string(money.AppendScaled(nil, money.HalfUp(x.N, 1000, x.Of), 1))
	}
	if hideOf {
		row.Of = "suppressed"
	}
	return row
}
