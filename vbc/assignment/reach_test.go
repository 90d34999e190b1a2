// SPDX-License-Identifier: Apache-2.0

package assignment

import (
	"math/big"
	"strings"
	"sync"
	"testing"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
	"github.com/woodlawn-health/woodlawn/vbc/synth"
)

func reachRules(t *testing.T, year int) *Rules {
	t.Helper()
	r, err := LoadREACH(refdata.Embedded(), year)
	if err != nil {
		t.Fatal(err)
	}
	if r.Verified {
		t.Fatal("the model's paper was not read")
	}
	return r
}

// officeVisit is a professional claim of one line.
func officeVisit(id int64, day civil.Date, tin, npi, specialty string, dollars int64) feed.Claim {
	return feed.Claim{ID: id, Setting: feed.Professional, From: day, Thru: day,
		Lines: []feed.Line{{From: day, Code: "99213", TIN: tin, NPI: npi, Specialty: specialty, Place: "11", Allowed: money.Cents(dollars * 100), Processing: "A"}}}
}

// TestREACHByHand works the weights, the tenth and the ties through on few visits.
func TestREACHByHand(t *testing.T) {
	p, err := ReadParticipants(strings.NewReader("aco_id,tin,ccn,kind,npi\nA1,111111111,,practice,1111111111\nA1,222222222,,practice,\n"), "participants.csv")
	if err != nil {
		t.Fatal(err)
	}
	earlier, later := civil.Of(2022, 7, 1), civil.Of(2024, 6, 30) // the outermost days of PY 2025
	const ours, other, ownNPI, otherNPI = "111111111", "999999999", "1111111111", "9999999999"
	for _, c := range []struct {
		name    string
		visits  []feed.Claim
		won     bool
		step    Step
		reason  Reason
		own, by money.Cents
	}{
		{"a later dollar weighs two earlier ones: a tie on charges, the latest visit decides",
			[]feed.Claim{officeVisit(1, later, ours, ownNPI, "11", 100), officeVisit(2, earlier, other, otherNPI, "11", 200)}, true, PrimaryCare, Plurality, 66_67, 0},
		{"a cent more in the earlier year is more", []feed.Claim{officeVisit(1, later, ours, ownNPI, "11", 100), officeVisit(2, earlier, other, otherNPI, "11", 201)}, false, PrimaryCare, MoreElsewhere, 66_67, -33},
		{"a tenth with primary care aligns by it", []feed.Claim{officeVisit(1, later, ours, ownNPI, "08", 10), officeVisit(2, later, other, otherNPI, "06", 90)}, true, PrimaryCare, Plurality, 6_67, 6_67},
		{"less than a tenth aligns by specialists", []feed.Claim{officeVisit(1, later, ours, ownNPI, "08", 10), officeVisit(2, later, other, otherNPI, "06", 91)}, false, Specialists, MoreElsewhere, 0, -60_67},
		{"a nurse practitioner is primary care", []feed.Claim{officeVisit(1, later, ours, ownNPI, "50", 50)}, true, PrimaryCare, Plurality, 33_33, 33_33},
		{"another clinician of the TIN does not take part", []feed.Claim{officeVisit(1, later, ours, otherNPI, "11", 100)}, false, PrimaryCare, MoreElsewhere, 0, -66_67},
		{"every clinician of a TIN without names does", []feed.Claim{officeVisit(1, later, "222222222", otherNPI, "11", 100)}, true, PrimaryCare, Plurality, 66_67, 66_67},
		{"the day before the window does not count", []feed.Claim{officeVisit(1, earlier.AddDays(-1), ours, ownNPI, "11", 100)}, false, NoStep, NoServices, 0, 0},
		{"nor the day after", []feed.Claim{officeVisit(1, later.AddDays(1), ours, ownNPI, "11", 100)}, false, NoStep, NoServices, 0, 0},
	} {
		a := New(Config{Rules: reachRules(t, 2025), Participants: p, ACO: "A1", Method: Prospective})
		tr := trace.New()
		r := a.Assign(&feed.Beneficiary{MBI: "1S00A00AA00", Claims: c.visits}, tr)
		step := c.step
		if !c.won {
			step = NoStep
		}
		if r.Assigned != c.won || r.Reason != c.reason || r.Step != step || r.Own != c.own || r.Margin != c.by {
			t.Errorf("%s: %+v", c.name, r)
		}
	}
}

// reachOracle answers in rational numbers, from the claims anew.
func (o *oracle) reach(b *feed.Beneficiary) (bool, Step) {
	first := civil.Of(o.year, 1, 1)
	if !b.Death.IsZero() && b.Death.Before(first) {
		return false, NoStep
	}
	if c := b.Enrollment.At(o.year, 1); c != feed.BothParts && c != feed.Unknown {
		return false, NoStep
	}
	if r := b.Enrollment.Residence; r != "" && r != "US" {
		return false, NoStep
	}
	if b.Clinician.TIN != "" {
		if o.p.byTIN[b.Clinician.TIN] == o.aco {
			return true, Voluntary
		}
		return false, NoStep
	}
	if b.OptedOut {
		return false, NoStep
	}
	charges := map[string]map[string]*big.Rat{"primary": {}, "special": {}}
	last := map[string]map[string]civil.Date{"primary": {}, "special": {}}
	total := map[string]*big.Rat{"primary": new(big.Rat), "special": new(big.Rat)}
	year := func(from, to civil.Date, weight *big.Rat) {
		for _, x := range o.items(b, from, to) {
			class := "primary"
			if x.class == "specialist" {
				class = "special"
			}
			if charges[class][x.whose] == nil {
				charges[class][x.whose] = new(big.Rat)
			}
			sum := new(big.Rat).Mul(weight, big.NewRat(int64(x.charges), 100))
			charges[class][x.whose].Add(charges[class][x.whose], sum)
			total[class].Add(total[class], sum)
			if d, ok := last[class][x.whose]; !ok || x.day.After(d) {
				last[class][x.whose] = x.day
			}
		}
	}
	year(civil.Of(o.year-3, 7, 1), civil.Of(o.year-2, 6, 30), big.NewRat(1, 3))
	year(civil.Of(o.year-2, 7, 1), civil.Of(o.year-1, 6, 30), big.NewRat(2, 3))
	class, step := "primary", PrimaryCare
	all := new(big.Rat).Add(total["primary"], total["special"])
	if total["primary"].Cmp(new(big.Rat).Mul(big.NewRat(1, 10), all)) < 0 {
		class, step = "special", Specialists
	}
	own := charges[class][o.aco]
	if own == nil || own.Sign() <= 0 {
		return false, NoStep
	}
	for who, c := range charges[class] {
		if who != o.aco && (c.Cmp(own) > 0 || c.Cmp(own) == 0 && !last[class][o.aco].After(last[class][who])) {
			return false, NoStep
		}
	}
	return true, step
}

// TestREACHOracle aligns 4,000 generated lives twice.
func TestREACHOracle(t *testing.T) {
	lives := 4_000
	if testing.Short() {
		lives = 1_000
	}
	f, p, s := organisation(t, lives, 42, 23)
	rules := reachRules(t, 2025)
	o := newOracle(t, 2025, p, s, synth.ACO, Prospective)
	pool := sync.Pool{New: func() any {
		return New(Config{Rules: rules, Participants: p, Specialties: s, ACO: synth.ACO, Method: Prospective})
	}}
	var mu sync.Mutex
	steps, misses := map[Step]int{}, 0
	if err := f.Each(func(_ int, b *feed.Beneficiary) error {
		a := pool.Get().(*Assigner)
		defer pool.Put(a)
		got := a.Assign(b, nil)
		want, step := o.reach(b)
		mu.Lock()
		defer mu.Unlock()
		steps[step]++
		if got.Assigned != want || got.Step != step {
			if misses++; misses < 5 {
				t.Errorf("%+v, oracle %t %s", got, want, step)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, step := range []Step{NoStep, Voluntary, PrimaryCare, Specialists} {
		if steps[step] == 0 {
			t.Errorf("no life by %q: the lives do not try it", step)
		}
	}
	t.Log(steps)
}
