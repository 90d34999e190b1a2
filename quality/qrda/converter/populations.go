// SPDX-License-Identifier: Apache-2.0

package converter

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/quality/qrda/xmltree"
)

// byRate sorts the populations by performance rate, in the order in which they stand: the
// first of a kind is the first rate's.
func byRate(pops []population) []map[string]*population {
	var groups []map[string]*population
	next := map[string]int{}
	for i := range pops {
		p := &pops[i]
		k := next[p.code]
		next[p.code]++
		for len(groups) <= k {
			groups = append(groups, map[string]*population{})
		}
		groups[k][p.code] = p
	}
	return groups
}

// contained checks that no population is larger than what it is taken from. Where a kind
// is not there as often as the others, the order does not tell to which rate it belongs.
func (c *checker) contained(g map[string]*population) {
	n := func(code string) (int, bool) {
		p := g[code]
		if p == nil || !p.counted {
			return 0, false
		}
		return p.count, true
	}
	denom, ok := n("DENOM")
	if !ok {
		return
	}
	if ipop, ok := n("IPOP"); ok && denom > ipop {
		c.bad(13, g["DENOM"].at, fmt.Sprintf("%d of %d", denom, ipop))
	}
	denex, _ := n("DENEX")
	if denex > denom {
		c.bad(94, g["DENEX"].at, fmt.Sprintf("%d of %d", denex, denom))
	}
	exceptions, _ := n("DENEXCEP")
	left := denom - denex - exceptions
	if left < 0 && denex <= denom {
		c.bad(92, g["DENOM"].at, strconv.Itoa(left))
	}
	if numer, ok := n("NUMER"); ok && left >= 0 && numer > left {
		c.bad(93, g["NUMER"].at, fmt.Sprintf("%d of %d", numer, left))
	}
}

// performance checks the rates and that there is one where there is a numerator.
func (c *checker) performance(at *xmltree.Node, pops []population, groups []map[string]*population, rates []*xmltree.Node) {
	numerators := map[string]map[string]*population{}
	for _, g := range groups {
		if p := g["NUMER"]; p != nil {
			numerators[strings.ToLower(p.id)] = g
		}
	}
	if len(rates) == 0 && len(numerators) > 0 {
		c.bad(72, at, "")
	}
	for _, r := range rates {
		var refs []string
		for _, ref := range r.All("reference") {
			if id := ref.Child("externalObservation", "id").Get("root"); id != "" {
				refs = append(refs, strings.ToLower(id))
			}
		}
		if len(refs) != 1 {
			c.bad(61, r, strconv.Itoa(len(refs))+" found")
			continue
		}
		c.value(r, numerators[refs[0]])
	}
}

// value checks one rate against what is left of its denominator.
func (c *checker) value(r *xmltree.Node, g map[string]*population) {
	left, known := 0, false
	if p := g["DENOM"]; p != nil && p.counted {
		left, known = p.count, true
		for _, code := range []string{"DENEX", "DENEXCEP"} {
			if p := g[code]; p != nil {
				left -= p.count
			}
		}
	}
	v := r.Child("value")
	if v.Get("nullFlavor") != "" {
		if known && left > 0 {
			c.bad(91, r, "")
		}
		return
	}
	text := v.Get("value")
	x, ok := new(big.Rat).SetString(text)
	if !ok || len(text) > 32 || strings.ContainsAny(text, "eE/") || x.Sign() < 0 || x.Cmp(big.NewRat(1, 1)) > 0 {
		c.bad(33, r, "")
		return
	}
	if known && left == 0 {
		c.bad(98, r, "")
	}
}

// compare holds the populations and strata against those of the year's measure.
func (c *checker) compare(at *xmltree.Node, e *Expected, pops []population) {
	want := map[string]map[string]int{} // by code: UUID to the number of its rate
	for i, rate := range e.Rates {
		for code, id := range rate {
			if want[code] == nil {
				want[code] = map[string]int{}
			}
			want[code][strings.ToLower(id)] = i
		}
	}
	have := map[string]int{}
	for i := range pops {
		p := &pops[i]
		have[p.code]++
		rate, ok := want[p.code][strings.ToLower(p.id)]
		if !ok {
			c.bad(59, p.at, p.code)
			continue
		}
		if rate < len(e.Strata) {
			c.strata(p, e.Strata[rate])
		}
	}
	for code, list := range want {
		if have[code] != len(list) {
			c.bad(14, at, fmt.Sprintf("%d of %s, %d expected", have[code], code, len(list)))
		}
	}
	for code := range have {
		if want[code] == nil && code != "" {
			c.bad(14, at, code+" is not the measure's")
		}
	}
}

func (c *checker) strata(p *population, want []string) {
	if len(p.strata) != len(want) {
		c.bad(49, p.at, fmt.Sprintf("%d, %d expected", len(p.strata), len(want)))
	}
	have := map[string]bool{}
	for _, id := range p.strata {
		have[strings.ToLower(id)] = true
	}
	for _, id := range want {
		if !have[strings.ToLower(id)] {
			c.bad(48, p.at, id)
		}
	}
}
