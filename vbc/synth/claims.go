// SPDX-License-Identifier: Apache-2.0

package synth

import (
	"strconv"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// The claim adjustment type codes.
const (
	original   = "0"
	cancel     = "1"
	adjustment = "2"
)

// care writes a person's whole period of care.
func (g *generator) care(l *life, out *block) {
	for m := g.first; !m.After(g.last); {
		y, mon, _ := m.YMD()
		next := civil.Of(y, mon+1, 1)
		if l.death.IsZero() || !m.After(l.death) {
			if c := l.coverage[(y-g.firstYear)*12+int(mon)-1]; c == 'F' || c == 'A' || c == 'B' {
				g.month(l, out, m, next.AddDays(-1))
			}
		}
		m = next
	}
}

// month draws one month of care.
func (g *generator) month(l *life, out *block, first, last civil.Date) {
	rng := l.rng
	if !l.death.IsZero() && last.After(l.death) {
		last = l.death
	}
	day := func() civil.Date { return first.AddDays(rng.IntN(last.Sub(first) + 1)) }
	chance := func(perMille int) bool { return rng.IntN(1000) < perMille }
	if l.usual.npi != "" && chance(140+80*l.sick) {
		g.visit(l, out, day(), true)
	}
	if chance(90 + 90*l.sick) {
		g.visit(l, out, day(), false)
	}
	if chance(100 + 60*l.sick) {
		g.professional(l, out, day(), pick(rng, g.world.labs), "81", labCodes, 1+rng.IntN(4))
	}
	if chance(70 + 50*l.sick) {
		g.institution(l, out, "hospital", "40", "13", day(), 0, 1+rng.IntN(4))
	}
	if chance(6 * l.sick) {
		stay := 1 + rng.IntN(8)
		admitted := day()
		g.institution(l, out, "hospital", "60", "11", admitted, stay, 5+rng.IntN(6))
		g.professional(l, out, admitted, pick(rng, pick(rng, g.world.practices).primary), "21", []string{"99223", "99232", "99239"}, 2)
		if rng.IntN(5) == 0 {
			g.institution(l, out, "SNF", "20", "21", admitted.AddDays(stay), 5+rng.IntN(25), 4)
			g.professional(l, out, admitted.AddDays(stay+2), pick(rng, pick(rng, g.world.practices).primary), "31", []string{"99308", "99309"}, 1)
		}
		if rng.IntN(4) == 0 {
			g.institution(l, out, "HHA", "10", "32", admitted.AddDays(stay), 29, 6)
		}
	}
	if chance(20 * l.sick) {
		g.equipment(l, out, day())
	}
	for range 1 + rng.IntN(1+l.sick/2) {
		if chance(600) {
			g.drug(l, out, day())
		}
	}
	if !l.death.IsZero() && l.death.Sub(last) < 40 && l.number%3 == 0 {
		g.institution(l, out, "hospice", "50", "81", first, last.Sub(first), 3)
	}
}

// visit is an encounter with the usual clinician or with another one.
func (g *generator) visit(l *life, out *block, day civil.Date, usual bool) {
	rng := l.rng
	switch {
	case usual && l.center != nil:
		bill := map[string]string{"FQHC": "77", "RHC": "71", "CAH2": "85", "ETA": "13"}[l.center.kind]
		g.outpatient(l, out, l.center, bill, day, 1+rng.IntN(2))
	case usual && rng.IntN(6) > 0:
		g.professional(l, out, day, l.usual, "11", visitCodes, 1+rng.IntN(3))
	case usual:
		g.professional(l, out, day, pick(rng, l.home.primary), "11", visitCodes, 1)
	default:
		p := pick(rng, g.world.practices)
		codes := otherCodes
		if rng.IntN(3) > 0 {
			codes = specialistCodes
		}
		who := pick(rng, p.others)
		if len(p.specialist) > 0 {
			who = pick(rng, p.specialist)
		}
		g.professional(l, out, day, who, "11", codes, 1+rng.IntN(2))
	}
}

// event is one record set of a claim: first the original, then what became of it.
type event struct {
	kind      string
	id        int64
	effective civil.Date
	factor    int64 // percent of the amounts
}

// history draws what becomes of a claim and tells what is in force in the end.
func (g *generator) history(l *life, thru civil.Date) (events []event, inForce int64) {
	rng := l.rng
	newID := func() int64 { l.claims++; return int64(l.number+1)*100_000 + l.claims }
	l.processed++
	effective := thru.AddDays(6 + rng.IntN(30))
	events = append(events, event{original, newID(), effective, 100})
	for p := 40; rng.IntN(1000) < p; p = 150 {
		e := &events[len(events)-1]
		effective = effective.AddDays(rng.IntN(70))
		events = append(events, event{cancel, newID(), effective, e.factor})
		if rng.IntN(5) == 0 {
			break
		}
		events = append(events, event{adjustment, newID(), effective, 80 + int64(rng.IntN(40))})
	}
	kept := events[:0]
	for _, e := range events {
		if g.deliveryOf(e.effective) < 0 || !l.optOut.IsZero() && !e.effective.Before(l.optOut) {
			break
		}
		kept = append(kept, e)
		inForce = e.factor
		if e.kind == cancel {
			inForce = 0
		}
	}
	if len(kept) == 0 {
		inForce = 0
	}
	return kept, inForce
}

// amount is a line's share after a change.
func amount(c money.Cents, factor int64) money.Cents { return c * money.Cents(factor) / 100 }

// paidOf is Medicare's part of an allowed charge.
func paidOf(c money.Cents) money.Cents { return c * 78 / 100 }

func (g *generator) control(l *life) string {
	return "N" + strconv.Itoa(l.number) + "-" + strconv.Itoa(l.processed)
}

// professional writes a claim of CCLF5.
func (g *generator) professional(l *life, out *block, day civil.Date, who clinician, place string, codes []string, lines int) {
	rng := l.rng
	type line struct {
		code, denial string
		allowed      money.Cents
	}
	list := make([]line, lines)
	for i := range list {
		list[i] = line{pick(rng, codes), "1", money.Cents(2500 + rng.IntN(16000))}
		if rng.IntN(60) == 0 {
			list[i].denial, list[i].allowed = "0", 0
		}
	}
	dx := [2]string{pick(rng, diagnosisCodes), pick(rng, diagnosisCodes)}
	events, inForce := g.history(l, day)
	control := g.control(l)
	if inForce > 0 {
		l.truth.Claims++
		for _, x := range list {
			l.truth.PartB += paidOf(amount(x.allowed, inForce))
		}
	}
	for _, e := range events {
		d := g.deliveryOf(e.effective)
		id := l.id(g.deliveries[d])
		for i, x := range list {
			p := out.start(d, '5')
			p.num(e.id)
			p.str(id)
			p.str(l.ids[0])
			p.str(e.kind)
			p.date(e.effective)
			p.date(e.effective.AddDays(2))
			p.num(int64(i + 1))
			p.str("71")
			p.date(day)
			p.date(day)
			p.str(control)
			p.date(day)
			p.date(day)
			p.str(x.code)
			allowed := amount(x.allowed, e.factor)
			p.cents(paidOf(allowed))
			p.cents(allowed)
			p.units(1)
			p.str(who.specialty)
			p.str(place)
			p.str(who.tin)
			p.str(who.npi)
			p.str(x.denial)
			p.str("A")
			p.str(dx[0])
			p.str(dx[0])
			p.str(dx[1])
			p.str("0")
		}
	}
}

// equipment writes a claim of CCLF6.
func (g *generator) equipment(l *life, out *block, day civil.Date) {
	code, supplier := pick(l.rng, supplyCodes), pick(l.rng, g.world.suppliers)
	allowed := money.Cents(3000 + l.rng.IntN(30000))
	events, inForce := g.history(l, day)
	control := g.control(l)
	if inForce > 0 {
		l.truth.Claims++
		l.truth.DME += paidOf(amount(allowed, inForce))
	}
	for _, e := range events {
		d := g.deliveryOf(e.effective)
		p := out.start(d, '6')
		p.num(e.id)
		p.str(l.id(g.deliveries[d]))
		p.str(l.ids[0])
		p.str(e.kind)
		p.date(e.effective)
		p.date(e.effective.AddDays(2))
		p.num(1)
		p.str("82")
		p.date(day)
		p.date(day)
		p.str(control)
		p.date(day)
		p.date(day)
		p.str(code)
		a := amount(allowed, e.factor)
		p.cents(paidOf(a))
		p.cents(a)
		p.str("12")
		p.str(supplier)
		p.str("1")
	}
}

// drug writes a prescription of CCLF7.
func (g *generator) drug(l *life, out *block, day civil.Date) {
	ndc, pharmacy := pick(l.rng, drugCodes), pick(l.rng, g.world.pharmacies)
	copay := money.Cents(l.rng.IntN(5000))
	prescriber := l.usual.npi
	events, inForce := g.history(l, day)
	if inForce > 0 {
		l.truth.Claims++
		l.truth.Copays += amount(copay, inForce)
	}
	reference := int64(l.number)*1000 + int64(l.processed%1000)
	for _, e := range events {
		d := g.deliveryOf(e.effective)
		p := out.start(d, '7')
		p.num(e.id)
		p.str(l.id(g.deliveries[d]))
		p.str(e.kind)
		p.date(e.effective)
		p.date(e.effective.AddDays(2))
		p.str("01")
		p.date(day)
		p.str(ndc)
		p.units(30)
		p.num(30)
		p.str(pharmacy)
		p.str(prescriber)
		p.cents(amount(copay, e.factor))
		p.num(reference)
		p.num(int64(l.processed / 1000))
	}
}

// monthAfter is the first day of the month n months after the first.
func (g *generator) monthAfter(n int) civil.Date {
	y, m, _ := g.first.YMD()
	return civil.Of(y, m+time.Month(n), 1)
}
