// SPDX-License-Identifier: Apache-2.0

package population

import (
	"maps"
	"slices"
)

// Panels are the counts of groups of beneficiaries, such as those of each practice, by the
// group's key.
type Panels map[string]*Counts

// Add counts a beneficiary in a panel.
func (p Panels) Add(key string, c *Counts) {
	if p[key] == nil {
		p[key] = &Counts{}
	}
	p[key].Merge(c)
}

// Panel is one panel's figures.
type Panel struct {
	Key     string   `json:"panel"`
	Metrics []Metric `json:"metrics"`
}

// PanelMetrics are the figures of every panel, by key, small cells suppressed. Where one
// panel alone is suppressed for its number of lives, the next smallest goes with it: else
// it would follow from the total.
func (r *Rules) PanelMetrics(p Panels) []Panel {
	var out []Panel
	hidden, next := 0, ""
	for _, key := range slices.Sorted(maps.Keys(p)) {
		switch n := p[key].Lives; {
		case n > 0 && n < r.smallestCell:
			hidden++
		case n > 0 && (next == "" || n < p[next].Lives):
			next = key
		}
	}
	for _, key := range slices.Sorted(maps.Keys(p)) {
		list := r.Metrics(p[key])
		if hidden == 1 && key == next {
			for i := range list {
				r.suppress(&list[i])
			}
		}
		out = append(out, Panel{key, list})
	}
	return out
}
