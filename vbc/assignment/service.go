// SPDX-License-Identifier: Apache-2.0

package assignment

import (
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// Service is one primary care service that counts.
type Service struct {
	Claim   int64
	Day     civil.Date
	Code    string
	Group   string // how its clinician counts, in words
	TIN     string // of the practice, or of the facility where it is known
	CCN     string // of the facility, for an outpatient claim
	NPI     string
	Allowed money.Cents
	// Expanded tells that the day is in the expanded window alone.
	Expanded bool

	group group
	key   string // "TIN 123456789" or "CCN 123456"
	who   string // for whom it counts, once decide has looked
}

// move is a practice that changes hands in thought: its TIN counts for aco, or for itself
// if aco is empty.
type move struct{ tin, aco string }

// entity is the competitor for the plurality that a service counts for: an organisation,
// or a practice or facility that takes part in none. Empty if it counts for nobody.
func (s *Service) entity(p *Participants, m move) string {
	aco, tin := p.byTIN[s.TIN], s.TIN
	if s.CCN != "" {
		aco, tin = p.byCCN[s.CCN], p.tinOf[s.CCN]
	}
	if m.tin != "" && tin == m.tin {
		aco = m.aco
	}
	switch aco {
	case several:
		return ""
	case "":
		return s.key
	}
	return aco
}

// collector finds a beneficiary's primary care services.
type collector struct {
	rules       *Rules
	specialties Specialties
	eta         map[string]bool
	window      Window
	inSNF       []feed.Period
	inpatient   []feed.Period
	services    []Service
	// unknown counts services of facilities whose clinician's specialty is not known.
	unknown int
}

// collect lists the services of the expanded window, in order of the claims.
func (c *collector) collect(b *feed.Beneficiary) {
	clear(c.services) // a text left in it would keep what it was read from in memory
	c.services, c.inSNF, c.inpatient, c.unknown = c.services[:0], c.inSNF[:0], c.inpatient[:0], 0
	for i := range b.Claims {
		switch x := &b.Claims[i]; x.Setting {
		case feed.SNF:
			c.inSNF = append(c.inSNF, feed.Period{Begin: x.From, End: x.Thru})
		case feed.Inpatient:
			c.inpatient = append(c.inpatient, feed.Period{Begin: x.From, End: x.Thru})
		}
	}
	for i := range b.Claims {
		switch x := &b.Claims[i]; x.Setting {
		case feed.Professional:
			c.professional(x)
		case feed.Outpatient:
			c.outpatient(x)
		}
	}
}

func (c *collector) professional(x *feed.Claim) {
	for i := range x.Lines {
		l := &x.Lines[i]
		g := c.rules.groups[l.Specialty]
		limit := c.rules.services[l.Code]
		if g == noGroup || limit == 0 || limit == teachingOnly || !c.inWindow(l.From) {
			continue
		}
		if strings.Contains(c.rules.denied, l.Denial) && l.Denial != "" || l.Processing != "" && !strings.Contains(c.rules.processed, l.Processing) {
			continue
		}
		if !c.placed(limit, l.From, l.Place) {
			continue
		}
		c.add(Service{Claim: x.ID, Day: l.From, Code: l.Code, TIN: l.TIN, NPI: l.NPI, Allowed: l.Allowed, group: g})
	}
}

// outpatient takes the claims of health centers, rural clinics, method II hospitals and
// teaching hospitals. The feed has no allowed charges of these; the payment stands in.
func (c *collector) outpatient(x *feed.Claim) {
	kind, ok := c.rules.centers[x.BillType]
	if !ok || kind == ETA && !c.eta[x.Facility] || x.NonPayment != "" {
		return
	}
	g := primary // a service of a health center or rural clinic is one of a primary care physician
	if kind == CAH2 || kind == ETA {
		if g = c.specialtyOf(x); g == noGroup {
			return
		}
	}
	for i := range x.Lines {
		l := &x.Lines[i]
		day := l.From
		if day.IsZero() {
			day = x.From
		}
		if !c.inWindow(day) || !c.counts(kind, l) || !c.placed(c.rules.services[l.Code], day, "") {
			continue
		}
		c.add(Service{Claim: x.ID, Day: day, Code: l.Code, CCN: x.Facility, NPI: x.Attending, Allowed: l.Paid, group: g})
	}
}

// counts tells whether a line of a facility is a primary care service.
func (c *collector) counts(kind CenterKind, l *feed.Line) bool {
	limit := c.rules.services[l.Code]
	switch kind {
	case FQHC, RHC:
		return c.rules.allCenter || limit != 0 && limit != teachingOnly
	case CAH2:
		for _, prefix := range c.rules.cahPrefix {
			if strings.HasPrefix(l.Revenue, prefix) {
				return limit != 0 && limit != teachingOnly
			}
		}
		return false
	}
	return limit != 0 // at a teaching hospital G0463 too
}

func (c *collector) specialtyOf(x *feed.Claim) group {
	for _, npi := range []string{x.OtherNPI, x.Attending, x.Operating} {
		if s, ok := c.specialties[npi]; ok {
			return c.rules.groups[s]
		}
	}
	c.unknown++
	return noGroup
}

// placed holds a code with a limit against where the service was.
func (c *collector) placed(limit place, day civil.Date, pos string) bool {
	switch limit {
	case notInSNF:
		return pos != "31" && !within(c.inSNF, day)
	case notInpatient:
		return pos != "21" && !within(c.inpatient, day)
	}
	return true
}

func within(stays []feed.Period, day civil.Date) bool {
	for _, s := range stays {
		if !day.Before(s.Begin) && !day.After(s.End) {
			return true
		}
	}
	return false
}

func (c *collector) inWindow(day civil.Date) bool {
	begin := c.window.Begin
	if c.rules.step3 || c.rules.reach != nil {
		begin = c.window.Expanded
	}
	return !day.Before(begin) && !day.After(c.window.End)
}

func (c *collector) add(s Service) {
	s.Expanded = s.Day.Before(c.window.Begin)
	s.Group = s.group.String()
	s.key = "TIN " + s.TIN
	if s.CCN != "" {
		s.key = "CCN " + s.CCN
	}
	c.services = append(c.services, s)
}
