// SPDX-License-Identifier: Apache-2.0

package mpfs

import (
	"fmt"
	"slices"
	"testing"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/refdata"
	"pgregory.net/rapid"
)

// billable are codes of the embedded tables with every kind of multiple procedure
// indicator, and modifiers that may stand with them.
var (
	billable  = []string{"99213", "99214", "93000", "93306", "72148", "70553", "76700", "45378", "45385", "43235", "43239", "27447", "66984", "29881", "11042", "20610", "97110", "97140", "92014", "51798", "G0101", "71046"}
	modifying = []string{"", "", "", "26", "TC", "50", "59", "LT", "RT", "78", "54", "80", "25", "CQ", "62"}
)

func someClaim(t *rapid.T) *claim.Claim {
	c := &claim.Claim{Form: claim.Professional, PlaceOfService: rapid.SampledFrom([]string{"11", "22", "24"}).Draw(t, "pos")}
	c.Billing.Address.ZIP = rapid.SampledFrom([]string{"35203", "10001", "99501", "94103"}).Draw(t, "zip")
	for i := range rapid.IntRange(1, 6).Draw(t, "lines") {
		l := claim.Line{Number: i + 1, Procedure: rapid.SampledFrom(billable).Draw(t, "code"), From: testDay.AddDays(rapid.IntRange(0, 1).Draw(t, "day")),
			Units: money.Fixed{Value: rapid.Int64Range(1, 3).Draw(t, "units")}, UnitKind: "UN"}
		l.Modifiers[0] = rapid.SampledFrom(modifying).Draw(t, "modifier")
		c.Lines = append(c.Lines, l)
	}
	return c
}

// The other lines of a claim never raise what a line is paid alone.
func TestReductionsNeverRaise(t *testing.T) {
	p := New(refdata.Embedded())
	rapid.Check(t, func(t *rapid.T) {
		c := someClaim(t)
		for i, got := range p.Price(c, Options{}, nil, nil) {
			one := *c
			one.Lines = []claim.Line{c.Lines[i]}
			alone := p.Price(&one, Options{}, nil, nil)[0]
			if got.Allowed > alone.Allowed {
				t.Fatalf("line %d is paid %s beside others, %s alone", i+1, got.Allowed, alone.Allowed)
			}
			for _, r := range got.Reductions() {
				if r.Amount <= 0 {
					t.Fatalf("reduction %s", r.Amount)
				}
			}
		}
	})
}

// The order of the lines changes nothing but which of two equal lines is first.
func TestOrderOfLines(t *testing.T) {
	p := New(refdata.Embedded())
	rapid.Check(t, func(t *rapid.T) {
		c := someClaim(t)
		turned := *c
		turned.Lines = rapid.Permutation(c.Lines).Draw(t, "order")
		if a, b := outcomesOf(p, c), outcomesOf(p, &turned); !slices.Equal(a, b) {
			t.Fatalf("%v in one order, %v in another", a, b)
		}
	})
}

func outcomesOf(p *Pricer, c *claim.Claim) []string {
	var out []string
	for i, lp := range p.Price(c, Options{}, nil, nil) {
		l := &c.Lines[i]
		out = append(out, fmt.Sprint(l.Procedure, l.Modifiers[0], l.Units.Value, l.From, lp.Status, lp.Denial.Reason, lp.Allowed))
	}
	slices.Sort(out)
	return out
}

// An amount grows with every RVU and every index.
func TestMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rv := func(name string) int32 { return rapid.Int32Range(0, 20_000).Draw(t, name) }
		r := rvu{work: rv("work"), mp: rv("mp"), pe: [2]int32{rv("pe"), rv("peFac")}, oppsPE: [2]int32{rv("opps"), rv("oppsFac")}, oppsMP: rv("oppsMP")}
		gp := func(name string) int64 { return rapid.Int64Range(300, 2500).Draw(t, name) }
		g := gpci{work: gp("gw"), pe: gp("gpe"), mp: gp("gmp")}
		const cf = 323465
		setting := rapid.IntRange(0, 1).Draw(t, "setting")
		a := r.uncapped(&g, setting, cf, whole)
		more, dearer := r, g
		more.work += rv("more")
		more.pe[setting] += rv("more")
		dearer.pe += gp("more")
		dearer.mp += gp("more")
		if more.uncapped(&g, setting, cf, whole) < a || r.uncapped(&dearer, setting, cf, whole) < a || r.uncapped(&g, setting, cf, whole/2) > a {
			t.Fatal("an amount falls while a part of it grows")
		}
		if r.capped() && r.amount(&g, setting, cf) > r.cap(&g, setting, cf) {
			t.Fatal("above the cap")
		}
	})
}

// Whatever a claim says, pricing answers each line and does not panic.
func FuzzPrice(f *testing.F) {
	p := New(refdata.Embedded())
	f.Add("99213", "25", "11", "352030000", int64(1), uint8(0), int32(20150))
	f.Add("00142", "AA", "24", "10001", int64(48), uint8(1), int32(20150))
	f.Fuzz(func(t *testing.T, procedure, modifier, pos, zip string, units int64, scale uint8, day int32) {
		c := &claim.Claim{PlaceOfService: pos}
		c.Billing.Address.ZIP = zip
		l := claim.Line{Procedure: procedure, Modifiers: [4]string{modifier, "59"}, Units: money.Fixed{Value: units, Scale: scale % 19}, From: testDay.AddDays(int(day % 4000)), UnitKind: "MJ"}
		c.Lines = []claim.Line{l, l, {Procedure: "93306", Units: money.Fixed{Value: 1}, From: l.From}}
		if got := p.Price(c, Options{}, nil, nil); len(got) != 3 || got[0].Status == 0 {
			t.Fatal(got)
		}
	})
}
