// SPDX-License-Identifier: Apache-2.0

package synth

import (
	"math/rand/v2"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// life is one invented person.
type life struct {
	number       int
	rng          *rand.Rand
	birth, death civil.Date
	sex          byte // 1 male, 2 female
	dual, status string
	orec         byte
	county       int
	partA        civil.Date
	// ids are the identifiers in order; changed[i] is the day from which ids[i+1] holds.
	ids     []string
	changed []civil.Date
	// optOut is the day of a refusal to share claims, if any.
	optOut civil.Date
	// sick scales how much care is used, 1 to 8.
	sick      int
	coverage  []byte // a letter a month of the period's calendar years
	types     []byte
	abroad    bool
	home      *practice
	usual     clinician
	center    *facility // a health center in place of a practice
	va        clinician // primary clinician designated, if npi is set
	claims    int64
	processed int // histories of claims so far
	truth     Truth
}

// Truth is what a reader must find for one life once all chains are resolved.
type Truth struct {
	MBI                       string
	OptedOut                  bool
	Claims                    int
	PartA, PartB, DME, Copays money.Cents
}

const idLetters = "ACDEFGHJKMNPQRTUVWXY"

// newID invents an identifier of CMS's form whose second letter CMS never uses.
func newID(number, change int) string {
	n := uint64(number)*4 + uint64(change)
	b := []byte("1S00A00AA00")
	for i := len(b) - 1; i >= 2; i-- {
		if b[i] == 'A' {
			b[i] = idLetters[n%20]
			n /= 20
		} else {
			b[i] = byte('0' + n%10)
			n /= 10
		}
	}
	return string(b)
}

// newLife draws one person. Every draw comes from the person's own generator.
func (g *generator) newLife(number int) *life {
	rng := rand.New(rand.NewPCG(g.cfg.Seed, uint64(number)+1))
	l := &life{number: number, rng: rng, county: 1 + 2*rng.IntN(40), sex: byte('1' + rng.IntN(2)), dual: "NA", status: "10", orec: '0'}
	age := 65 + rng.IntN(28)
	if rng.IntN(100) < 12 {
		age, l.status, l.orec = 30+rng.IntN(35), "20", '1'
	}
	if rng.IntN(200) == 0 {
		l.status, l.orec = "31", '2'
	}
	if rng.IntN(100) < 18 {
		l.dual = []string{"01", "02", "04", "08"}[rng.IntN(4)]
	}
	l.birth = civil.Of(g.first.Year()-age, time.Month(1+rng.IntN(12)), 1+rng.IntN(28))
	l.partA = l.birth.AddDays(age * 365)
	if l.partA.After(g.first) {
		l.partA = g.first.AddDays(-rng.IntN(900))
	}
	l.sick = 1 + rng.IntN(3)
	if rng.IntN(10) == 0 {
		l.sick += 2 + rng.IntN(4)
	}
	days := g.last.Sub(g.first)
	if rng.IntN(1000) < 12+l.sick*8*days/365 {
		l.death = g.first.AddDays(rng.IntN(days))
	}
	l.ids = []string{newID(number, 0)}
	for p := 15 * days / 365; rng.IntN(1000) < p && len(l.ids) < 4; p = 100 {
		after := g.first
		if n := len(l.changed); n > 0 {
			after = l.changed[n-1]
		}
		if left := g.last.Sub(after); left > 40 {
			l.changed = append(l.changed, after.AddDays(20+rng.IntN(left-20)))
			l.ids = append(l.ids, newID(number, len(l.ids)))
		}
	}
	if rng.IntN(50) == 0 {
		l.optOut = g.first.AddDays(rng.IntN(days))
	}
	l.abroad = rng.IntN(250) == 0
	g.drawCoverage(l)
	g.drawHome(l)
	return l
}

// drawCoverage gives each month its coverage and type.
func (g *generator) drawCoverage(l *life) {
	n := g.years * 12
	l.coverage, l.types = make([]byte, n), make([]byte, n)
	letter := byte('F')
	switch l.rng.IntN(60) {
	case 0:
		letter = 'A'
	case 1:
		letter = 'B'
	}
	plan := -1 // month from which a health plan covers
	if l.rng.IntN(25) == 0 {
		plan = l.rng.IntN(n)
	}
	late := 0 // month of first entitlement
	if l.rng.IntN(30) == 0 {
		late = l.rng.IntN(n)
	}
	for i := range l.coverage {
		month := civil.Of(g.firstYear, time.Month(1+i), 1)
		l.coverage[i], l.types[i] = letter, g.kind(l, month)
		if plan >= 0 && i >= plan {
			l.coverage[i] = 'M'
		}
		if i < late || !l.death.IsZero() && month.After(l.death) {
			l.coverage[i] = '-'
		}
		if l.coverage[i] != 'F' {
			l.types[i] = '0'
		}
	}
}

func (g *generator) kind(l *life, month civil.Date) byte {
	switch {
	case l.status == "31":
		return '1'
	case l.birth.Age(month) < 65:
		return '2'
	case l.dual != "NA":
		return '3'
	}
	return '4'
}

// drawHome chooses where a person goes for primary care.
func (g *generator) drawHome(l *life) {
	w := g.world
	l.home = &w.practices[l.rng.IntN(len(w.practices))]
	switch x := l.rng.IntN(100); {
	case x < 68:
		l.usual = pick(l.rng, l.home.primary)
	case x < 84:
		l.usual = pick(l.rng, l.home.others)
	case x < 88 && len(l.home.specialist) > 0:
		l.usual = pick(l.rng, l.home.specialist)
	case x < 94:
		kind := []string{"FQHC", "RHC", "CAH2", "ETA"}[l.rng.IntN(4)]
		l.center = &w.facilities[kind][l.rng.IntN(len(w.facilities[kind]))]
		l.usual = pick(l.rng, l.center.staff)
	} // others have no usual clinician
	if l.rng.IntN(30) == 0 {
		l.va = pick(l.rng, w.practices[l.rng.IntN(len(w.practices))].primary)
	}
}

func pick[T any](rng *rand.Rand, list []T) T { return list[rng.IntN(len(list))] }

// id is the identifier in use on a day.
func (l *life) id(on civil.Date) string {
	i := 0
	for i < len(l.changed) && !on.Before(l.changed[i]) {
		i++
	}
	return l.ids[i]
}
