// SPDX-License-Identifier: Apache-2.0

package account

import (
	"sync"

	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// Run measures every beneficiary of a feed on all cores, once for each plan, and gives the
// sums of each. seen, if it is not nil, is told each beneficiary's lives, one per plan; it
// is called from several goroutines, and what it is given is good until it returns.
func Run(f *feed.Feed, plans []*Plan, seen func(b *feed.Beneficiary, lives []Life) error) ([]*Sums, error) {
	totals := make([]*Sums, len(plans))
	for i := range totals {
		totals[i] = &Sums{}
	}
	parts := make([]*partSums, f.Parts())
	var mu sync.Mutex
	err := f.EachPart(func(part int, b *feed.Beneficiary) error {
		s := parts[part] // one goroutine alone works on a part
		if s == nil {
			s = &partSums{lives: make([]Life, len(plans)), sums: make([]Sums, len(plans))}
			parts[part] = s
		}
		for i, p := range plans {
			w := p.workers.Get().(*worker)
			s.lives[i] = w.measure(p, b)
			p.workers.Put(w)
			s.sums[i].Add(&s.lives[i])
		}
		if seen != nil {
			return seen(b, s.lives)
		}
		return nil
	}, func(part int) error {
		mu.Lock()
		defer mu.Unlock()
		if s := parts[part]; s != nil {
			for i := range plans {
				totals[i].Merge(&s.sums[i])
			}
			parts[part] = nil
		}
		return nil
	})
	return totals, err
}

// partSums is the work on one part of a feed.
type partSums struct {
	lives []Life
	sums  []Sums
}
