// SPDX-License-Identifier: Apache-2.0

package synth

import (
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// stay is one institutional claim before it is written.
type stay struct {
	where      *facility
	claimType  string
	bill       string // two digits
	from, thru civil.Date
	lines      []revenue
	paid       money.Cents
	drg        string
	principal  string
	second     string
	procedure  string
	status     string
	attending  string
}

type revenue struct {
	center, code string
	paid         money.Cents
}

// institution writes a claim of a facility of some kind, days long.
func (g *generator) institution(l *life, out *block, kind, claimType, bill string, from civil.Date, days, lines int) {
	rng := l.rng
	list := g.world.facilities[kind]
	s := stay{where: &list[(l.county+rng.IntN(2))%len(list)], claimType: claimType, bill: bill, from: from, thru: from.AddDays(days),
		principal: pick(rng, diagnosisCodes), second: pick(rng, diagnosisCodes), status: "01"}
	if !l.death.IsZero() && s.thru.After(l.death) {
		s.thru, s.status = l.death, "20"
		if s.thru.Before(s.from) {
			return
		}
	}
	s.attending = pick(rng, s.where.staff).npi
	each := 8000
	if claimType == "60" {
		s.drg, each = pick(rng, drgs), 160_000
		if rng.IntN(3) == 0 {
			s.procedure = pick(rng, procedureCodes)
		}
	}
	centers := map[string][]string{"40": {"0450", "0300", "0320", "0510"}, "60": {"0120", "0250", "0300", "0360"}, "20": {"0022", "0420"}, "10": {"0023", "0551"}, "50": {"0651"}}[claimType]
	for range lines {
		r := revenue{center: pick(rng, centers), paid: money.Cents(1000 + rng.IntN(each))}
		if claimType == "40" {
			r.code = pick(rng, otherCodes)
		}
		s.lines = append(s.lines, r)
	}
	g.write(l, out, &s)
}

// outpatient writes a primary care encounter at a health center or hospital clinic.
func (g *generator) outpatient(l *life, out *block, where *facility, bill string, day civil.Date, lines int) {
	rng := l.rng
	s := stay{where: where, claimType: "40", bill: bill, from: day, thru: day, principal: pick(rng, diagnosisCodes),
		second: pick(rng, diagnosisCodes), status: "01", attending: l.usual.npi}
	for range lines {
		r := revenue{center: "0521", code: pick(rng, visitCodes), paid: money.Cents(3000 + rng.IntN(12000))}
		switch where.kind {
		case "CAH2":
			r.center = "0983"
		case "ETA":
			r.center, r.code = "0510", "G0463"
		}
		s.lines = append(s.lines, r)
	}
	g.write(l, out, &s)
}

// write writes the records of CCLF1 to CCLF4.
func (g *generator) write(l *life, out *block, s *stay) {
	for _, r := range s.lines {
		s.paid += r.paid
	}
	events, inForce := g.history(l, s.thru)
	if inForce > 0 {
		l.truth.Claims++
		l.truth.PartA += amount(s.paid, inForce)
	}
	control := g.control(l)
	for _, e := range events {
		d := g.deliveryOf(e.effective)
		id := l.id(g.deliveries[d])
		g.header(l, out, s, e, d, id, control)
		for i, r := range s.lines {
			p := out.start(d, '2')
			p.num(e.id)
			p.str(id)
			p.num(int64(i + 1))
			p.str(s.claimType)
			p.date(s.from)
			p.date(s.thru)
			p.str(r.center)
			p.str(r.code)
			p.units(1)
			p.cents(amount(r.paid, e.factor))
			p.date(s.from)
			p.date(s.thru)
			p.str(s.where.ccn)
		}
		if s.procedure != "" {
			p := out.start(d, '3')
			p.num(e.id)
			p.str(id)
			p.num(1)
			p.str(s.procedure)
			p.date(s.from)
			p.date(s.from)
			p.date(s.thru)
		}
		for i, code := range []string{s.principal, s.second} {
			p := out.start(d, '4')
			p.num(e.id)
			p.str(id)
			p.num(int64(i + 1))
			p.str("PD"[i : i+1])
			p.str(code)
			p.date(s.from)
			p.date(s.thru)
		}
	}
}

func (g *generator) header(l *life, out *block, s *stay, e event, d int, id, control string) {
	p := out.start(d, '1')
	p.num(e.id)
	p.str(id)
	p.str(l.ids[0])
	p.str(e.kind)
	p.date(e.effective)
	p.date(e.effective.AddDays(2))
	p.str(s.where.ccn)
	p.str(s.claimType)
	p.date(s.from)
	p.date(s.thru)
	p.str(s.bill[:1])
	p.str(s.bill[1:])
	p.str("1")
	p.str(s.principal)
	paid := amount(s.paid, e.factor)
	p.cents(paid)
	p.str(s.drg)
	p.str(s.status)
	p.str(s.attending)
	p.str(s.where.npi)
	ime := money.Cents(0)
	if s.claimType == "60" {
		ime = paid / 50
	}
	p.cents(ime)
	p.cents(ime / 2)
	p.str(control)
	p.str("0")
}
