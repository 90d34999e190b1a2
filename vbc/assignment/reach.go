// SPDX-License-Identifier: Apache-2.0

package assignment

import (
	"fmt"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

const reachCite = "ACO REACH, beneficiary alignment"

// reachTerms are those of alignment by claims under ACO REACH: two alignment years of
// different weight, and the share of charges from which primary care specialties decide.
// A service's Expanded tells that it is of the earlier alignment year.
type reachTerms struct {
	version        string
	earlier, later int64 // weights
	primaryPercent int64
	endMonth       time.Month // in which the later alignment year ends, in the year before
}

// LoadREACH reads the rules of alignment under ACO REACH in a performance year, or fails
// with a *refdata.NotLoadedError. The model's own list of evaluation and management
// services (PQEM) and its specialties are not held: those of the Shared Savings Program's
// table of the year stand in for them, and Verified is false.
func LoadREACH(cat *refdata.Catalog, year int) (*Rules, error) {
	t, err := cat.Load("cmmi.alignment", civil.Of(year, time.January, 1))
	if err != nil {
		return nil, err
	}
	r, err := Load(cat, year)
	if err != nil {
		return nil, err
	}
	b := t.Bind()
	model, name, value := b.Text("model"), b.Text("name"), b.Numbers("value", 0)
	if b.Err() != nil {
		return nil, b.Err()
	}
	x := &reachTerms{version: t.Version}
	for i := range model {
		if model[i] != "REACH" {
			continue
		}
		switch v := value[i]; name[i] {
		case "window-end-month":
			x.endMonth = time.Month(v)
		case "weight-earlier":
			x.earlier = v
		case "weight-later":
			x.later = v
		case "primary-percent":
			x.primaryPercent = v
		default:
			return nil, fmt.Errorf("table %s %s: %q is not known", t.ID, t.Version, name[i])
		}
	}
	if x.earlier <= 0 || x.later <= 0 || x.primaryPercent <= 0 || x.endMonth < time.January || x.endMonth > time.December {
		return nil, fmt.Errorf("table %s %s is not whole", t.ID, t.Version)
	}
	r.reach, r.Verified = x, false
	return r, nil
}

// REACH tells that the rules are those of ACO REACH.
func (r *Rules) REACH() bool { return r.reach != nil }

// Window is the span of services that decide. Under ACO REACH its twelve months are the
// later alignment year, and the earlier one begins with Expanded.
func (r *Rules) Window(m Method) Window {
	if r.reach != nil {
		return ending(r.Year-1, r.reach.endMonth)
	}
	return WindowOf(r.Year, m)
}

// cite is where a rule is from.
func (r *Rules) cite(section string) string {
	if r.reach != nil {
		return reachCite
	}
	return section
}

// before names what begins ahead of the window.
func (r *Rules) before() string {
	if r.reach != nil {
		return "earlier alignment year"
	}
	return "expanded"
}

func (x *reachTerms) weight(s *Service) int64 {
	if s.Expanded {
		return x.earlier
	}
	return x.later
}

// whose is the competitor that a service counts for: of a TIN whose participants are named
// one by one, only their services are the organisation's.
func (p *Participants) whose(s *Service, m move) string {
	who := s.entity(p, m)
	if npis := p.byNPI[s.TIN]; npis != nil && s.CCN == "" && !npis[s.NPI] && who != "" {
		return s.key
	}
	return who
}

// decide aligns by weighted allowed charges: those of primary care specialties if they are
// at least a share of all, else those of selected specialties.
func (x *reachTerms) decide(aco string, p *Participants, m move, services []Service, shares []Share) verdict {
	var all, primaryCare money.Cents
	for i := range services {
		s := &services[i]
		s.who = p.whose(s, m)
		charges := s.Allowed * money.Cents(x.weight(s))
		all += charges
		if s.group != specialist {
			primaryCare += charges
		}
	}
	v := verdict{step: PrimaryCare}
	if len(services) == 0 {
		v.step, v.reason, v.shares = NoStep, NoServices, shares[:0]
		return v
	}
	bySpecialists := primaryCare*100 < all*money.Cents(x.primaryPercent)
	if bySpecialists {
		v.step = Specialists
	}
	v.shares = tally(services, func(s *Service) int64 {
		if (s.group == specialist) != bySpecialists {
			return 0
		}
		return x.weight(s)
	}, shares)
	v.reason = outcome(v.shares, aco)
	v.won = v.reason == Plurality
	for i := range v.shares { // weighted until here, so that nothing is rounded before it is compared
		v.shares[i].Charges = money.Cents(money.HalfUp(int64(v.shares[i].Charges), 1, x.earlier+x.later))
	}
	return v
}

const notOnFirstDay = "Part A and Part B and no health plan in January of the performance year"

// eligibleREACH holds the first month of the performance year against the model's criteria;
// a month that no list tells of leaves the question open.
func (a *Assigner) eligibleREACH(b *feed.Beneficiary) (not string, unknown bool) {
	if !b.Death.IsZero() && b.Death.Before(a.begin) {
		return deathBefore, false
	}
	c := b.Enrollment.At(a.cfg.Rules.Year, time.January)
	if c != feed.Unknown && c != feed.BothParts {
		return notOnFirstDay, false
	}
	if res := b.Enrollment.Residence; res != "" && res != "US" {
		return "residence in the United States or its territories", false
	}
	return "", c == feed.Unknown
}

// traceREACH writes down how the charges compare.
func (a *Assigner) traceREACH(t *trace.Trace, v verdict) {
	x := a.cfg.Rules.reach
	row := func(key string) *trace.Row {
		return &trace.Row{Table: "cmmi.alignment", Version: x.version, Key: "REACH " + key}
	}
	var all, primaryCare money.Cents
	for i := range a.c.services {
		s := &a.c.services[i]
		charges := s.Allowed * money.Cents(x.weight(s))
		all += charges
		if s.group != specialist {
			primaryCare += charges
		}
	}
	percent := "none"
	if all > 0 {
		percent = string(money.AppendScaled(nil, money.HalfUp(int64(primaryCare), 10_000, int64(all)), 2)) + "%"
	}
	t.Add(trace.Step{Name: "charges with primary care specialties", Result: percent, Table: row("primary-percent"), Cite: reachCite, Unverified: true,
		Inputs: []trace.Input{trace.In("at least, percent", x.primaryPercent)}})
	name := string(v.step)
	if v.step == NoStep {
		name = "no alignment"
	}
	end := t.Section(name)
	for _, s := range v.shares {
		t.Add(trace.Step{Name: s.Entity, Result: s.Charges.String(), Inputs: []trace.Input{trace.In("services", s.Services), trace.In("latest", s.Latest)},
			Formula: fmt.Sprintf("(%d x earlier year + %d x later year) / %d", x.earlier, x.later, x.earlier+x.later), Table: row("weight-earlier, weight-later"), Cite: reachCite, Unverified: true})
	}
	end()
	t.Add(trace.Step{Name: "result", Result: string(v.reason), Cite: reachCite, Unverified: true})
}
