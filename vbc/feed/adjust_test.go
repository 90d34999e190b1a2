// SPDX-License-Identifier: Apache-2.0

package feed

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"pgregory.net/rapid"
)

func inForce(chain []link) (ids []int64, paid money.Cents) {
	for _, l := range chain {
		if !l.dead {
			ids, paid = append(ids, l.id), paid+l.paid
		}
	}
	slices.Sort(ids)
	return ids, paid
}

// TestChains resolves the chains that occur, in every order of their records.
func TestChains(t *testing.T) {
	day := civil.Of(2025, 3, 1)
	o := link{kind: original, effective: day, id: 1, paid: 10000}
	c := link{kind: cancel, effective: day.AddDays(20), id: 2, paid: 10000}
	a := link{kind: adjustment, effective: day.AddDays(20), id: 3, paid: 12000}
	c2 := link{kind: cancel, effective: day.AddDays(40), id: 4, paid: 12000}
	a2 := link{kind: adjustment, effective: day.AddDays(40), id: 5, paid: 9000}
	sameDay := func(l link) link { l.effective = day; return l }
	other := link{kind: original, effective: day, id: 6, paid: 5000}
	wrong := link{kind: cancel, effective: day.AddDays(20), id: 7, paid: 777}
	for name, x := range map[string]struct {
		chain []link
		want  []int64
		count Adjustments
	}{
		"original":                      {[]link{o}, []int64{1}, Adjustments{}},
		"cancelled":                     {[]link{o, c}, nil, Adjustments{Cancelled: 1}},
		"adjusted":                      {[]link{o, c, a}, []int64{3}, Adjustments{Cancelled: 1}},
		"adjusted twice":                {[]link{o, c, a, c2, a2}, []int64{5}, Adjustments{Cancelled: 2}},
		"adjusted, then cancelled":      {[]link{o, c, a, c2}, nil, Adjustments{Cancelled: 2}},
		"all on one day":                {[]link{o, sameDay(c), sameDay(a), sameDay(c2)}, nil, Adjustments{Cancelled: 2}},
		"a cancel alone":                {[]link{c}, nil, Adjustments{LoneCancels: 1}},
		"an adjustment without cancel":  {[]link{o, a}, []int64{3}, Adjustments{Unannounced: 1}},
		"two claims of one day":         {[]link{o, other}, []int64{1, 6}, Adjustments{}},
		"two claims, one adjusted":      {[]link{o, other, c, a}, []int64{3, 6}, Adjustments{Cancelled: 1}},
		"a cancel of another amount":    {[]link{o, wrong}, nil, Adjustments{Cancelled: 1, Mismatched: 1}},
		"a cancel before the claim":     {[]link{{kind: original, effective: day.AddDays(60), id: 8, paid: 10000}, c}, []int64{8}, Adjustments{LoneCancels: 1}},
		"the adjustment is not the one": {[]link{o, c, a, other}, []int64{3, 6}, Adjustments{Cancelled: 1}},
	} {
		permute(x.chain, func(chain []link) {
			var count Adjustments
			chain = slices.Clone(chain)
			resolve(chain, &count)
			if got, _ := inForce(chain); !slices.Equal(got, x.want) || count != x.count {
				t.Errorf("%s: %v in force, want %v; %+v, want %+v", name, got, x.want, count, x.count)
			}
		})
	}
}

func permute(list []link, fn func([]link)) {
	var walk func(int)
	walk = func(k int) {
		if k == len(list) {
			fn(list)
			return
		}
		for i := k; i < len(list); i++ {
			list[k], list[i] = list[i], list[k]
			walk(k + 1)
			list[k], list[i] = list[i], list[k]
		}
	}
	walk(0)
}

// TestChainsAddUpToNetting makes several claims of one natural key, each with a history of
// its own, and shuffles them: what is in force pays what CMS's netting gives.
func TestChainsAddUpToNetting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var chain []link
		var net money.Cents
		id := int64(0)
		add := func(kind byte, day civil.Date, paid money.Cents) {
			id++
			chain = append(chain, link{kind: kind, effective: day, id: id, paid: paid})
			if kind == cancel {
				paid = -paid
			}
			net += paid
		}
		alive := 0
		for range rapid.IntRange(1, 4).Draw(t, "claims") {
			day := civil.Of(2025, 1, 1).AddDays(rapid.IntRange(0, 40).Draw(t, "day"))
			paid := money.Cents(rapid.IntRange(0, 5).Draw(t, "paid") * 1000)
			add(original, day, paid)
			living := true
			for range rapid.IntRange(0, 3).Draw(t, "changes") {
				day = day.AddDays(rapid.IntRange(0, 20).Draw(t, "later"))
				add(cancel, day, paid)
				if living = rapid.Bool().Draw(t, "adjusted"); !living {
					break
				}
				paid = money.Cents(rapid.IntRange(0, 5).Draw(t, "new") * 1000)
				add(adjustment, day, paid)
			}
			if living {
				alive++
			}
		}
		seed := rapid.Uint64().Draw(t, "order")
		rand.New(rand.NewPCG(seed, 1)).Shuffle(len(chain), func(i, j int) { chain[i], chain[j] = chain[j], chain[i] })
		var count Adjustments
		resolve(chain, &count)
		ids, paid := inForce(chain)
		if paid != net || len(ids) != alive {
			t.Fatalf("in force %d claims, %s; netting gives %d, %s; %+v", len(ids), paid, alive, net, count)
		}
		if count.LoneCancels+count.Unannounced+count.Mismatched != 0 {
			t.Fatalf("a whole chain is told to have gaps: %+v", count)
		}
	})
}

func TestCrossref(t *testing.T) {
	day := civil.Of(2025, 1, 1)
	changes := []Change{
		{Current: "C", Previous: "B", Obsolete: day.AddDays(30)},
		{Current: "B", Previous: "A", Obsolete: day},
		{Current: "Y", Previous: "X", Obsolete: day},
		{Current: "X", Previous: "Y", Obsolete: day.AddDays(9)}, // a ring
		{Current: "Q", Previous: "P", Obsolete: day},
		{Current: "R", Previous: "P", Obsolete: day.AddDays(1)}, // split
		{Current: "S", Previous: "S"},
	}
	for seed := range uint64(50) {
		rand.New(rand.NewPCG(seed, 2)).Shuffle(len(changes), func(i, j int) { changes[i], changes[j] = changes[j], changes[i] })
		x := NewCrossref(changes)
		for id, want := range map[string]string{"A": "C", "B": "C", "C": "C", "X": "X", "Y": "X", "P": "R", "Q": "R", "S": "S", "Z": "Z"} {
			if got := x.Current(id); got != want {
				t.Fatalf("%s leads to %s, want %s", id, got, want)
			}
		}
		if !slices.Equal(x.Former("C"), []string{"A", "B"}) || len(x.Cycles) != 1 || len(x.Splits) != 1 || x.Len() != 5 {
			t.Fatalf("former %v, rings %v, splits %v", x.Former("C"), x.Cycles, x.Splits)
		}
	}
}
