// SPDX-License-Identifier: Apache-2.0

package worklist

import (
	"cmp"
	"slices"

	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
	"github.com/woodlawn-health/woodlawn/vbc/risk"
)

// milli prints thousandths.
func milli(v int64) string { return string(money.AppendScaled(nil, v, 3)) }

// recapture compares the payment categories of the years before with those found in the year
// that is worked. Categories count after hierarchies; one that is found again as a category
// above it in a hierarchy is found again. who is the person of the next payment year.
func (f *Finder) recapture(b *feed.Beneficiary, who *risk.Person, p *Person) {
	m := f.l.next
	who.Diagnoses = f.diagnoses(b, 1, f.l.cfg.Lookback)
	r, err := m.Score(who, &f.scratch, nil)
	if err != nil {
		return
	}
	var before []int
	for _, text := range r.HCCs {
		if n := risk.Number(text); f.pays(r.Segment, n) {
			before = append(before, n)
		}
	}
	now := slices.Clone(f.diagnoses(b, 0, 0))
	who.Diagnoses = now
	if r, err = m.Score(who, &f.scratch, nil); err != nil {
		return
	}
	base := r.Score
	for _, hcc := range before {
		p.Before++
		if f.again(hcc) {
			p.Again++
			continue
		}
		g := Gap{HCC: hcc, Label: m.Label(hcc)}
		g.Coefficient, _ = m.Factor(r.Segment, hcc)
		who.Diagnoses = slices.Clone(now)
		for _, e := range f.found[hcc].before {
			who.Diagnoses = append(who.Diagnoses, e.Code)
			if e.Day.After(g.Last.Day) || g.Last.Day.IsZero() {
				g.Last = e
			}
		}
		with, err := m.Score(who, &f.scratch, nil)
		if err != nil {
			continue
		}
		g.Adds = with.Score - base
		g.Factor, g.Gain = milli(g.Coefficient), milli(g.Adds)
		p.Open = append(p.Open, g)
	}
	slices.SortFunc(p.Open, func(x, y Gap) int { return cmp.Or(cmp.Compare(y.Adds, x.Adds), cmp.Compare(x.HCC, y.HCC)) })
}

func (f *Finder) pays(segment string, hcc int) bool {
	v, ok := f.l.next.Factor(segment, hcc)
	return ok && v > 0
}

// again tells that a category, or one above it, was found in the year that is worked.
func (f *Finder) again(hcc int) bool {
	for n, s := range f.found {
		if len(s.now) > 0 && (n == hcc || f.l.next.Above(n, hcc)) {
			return true
		}
	}
	return false
}

// known tells that a category, or one above it, was found in any of the years.
func (f *Finder) known(hcc int) bool {
	for n := range f.found {
		if n == hcc || f.l.next.Above(n, hcc) {
			return true
		}
	}
	return false
}
