// SPDX-License-Identifier: Apache-2.0

package assignment

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// Config says for whom and how to assign.
type Config struct {
	Rules        *Rules
	Participants *Participants
	Specialties  Specialties // may be nil
	ACO          string
	Method       Method
	// Window overrides the window of method and year, for preliminary assignments.
	Window Window
}

// Result is the assignment of one beneficiary.
type Result struct {
	MBI      string `json:"mbi"`
	Assigned bool   `json:"assigned"`
	Step     Step   `json:"step,omitempty"`
	Reason   Reason `json:"reason"`
	// Not names the criterion of 42 CFR 425.401 that is not met, if Reason says so.
	Not string `json:"not_met,omitempty"`
	// Shares are the competitors' charges in the step that decided, largest first; with no
	// step, those of the twelve months.
	Shares []Share `json:"shares,omitempty"`
	// Own is what the organisation's part of Shares came to; Margin how much more it is
	// than the next one's, negative if another has more.
	Own    money.Cents `json:"own_charges"`
	Margin money.Cents `json:"margin"`
	// EnrollmentUnknown tells that no list says whether the person was enrolled: the result
	// rests on claims alone. UnknownSpecialty counts services of hospitals that could not
	// be used because their clinician's specialty is not known.
	EnrollmentUnknown bool `json:"enrollment_unknown,omitempty"`
	UnknownSpecialty  int  `json:"unknown_specialty,omitempty"`
	// Changes say what would make it otherwise.
	Changes []Change `json:"would_change,omitempty"`
}

// Change is one way in which a result would be another.
type Change struct {
	// What is the event in words; TIN the practice, if it is about one.
	What string `json:"what"`
	TIN  string `json:"tin,omitempty"`
}

// Assigner assigns one beneficiary after the other. It is not safe for concurrent use;
// every goroutine makes its own.
type Assigner struct {
	cfg    Config
	c      collector
	shares []Share
	begin  civil.Date // of the performance year
	end    civil.Date
}

// New makes an assigner.
func New(cfg Config) *Assigner {
	if cfg.Window.End.IsZero() {
		cfg.Window = cfg.Rules.Window(cfg.Method)
	}
	a := &Assigner{cfg: cfg, begin: civil.Of(cfg.Rules.Year, time.January, 1), end: civil.Of(cfg.Rules.Year, time.December, 31)}
	a.c = collector{rules: cfg.Rules, specialties: cfg.Specialties, eta: cfg.Participants.eta, window: cfg.Window}
	return a
}

// Window is the assignment window in use.
func (a *Assigner) Window() Window { return a.cfg.Window }

// Services are the primary care services of the beneficiary assigned last, good until the
// next one.
func (a *Assigner) Services() []Service { return a.c.services }

// Assign assigns one beneficiary and, if t is not nil, writes down how. The result holds
// nothing of b.
func (a *Assigner) Assign(b *feed.Beneficiary, t *trace.Trace) Result {
	r := Result{MBI: strings.Clone(b.MBI)}
	clear(a.c.services)
	a.c.services = a.c.services[:0]
	r.Not, r.EnrollmentUnknown = a.eligible(b)
	a.traceEligible(t, &r)
	switch {
	case r.Not == deathBefore:
		r.Reason = DeathBeforeYear
		return r
	case r.Not != "":
		r.Reason = NotEligible
		return r
	}
	if aligned := a.voluntary(b, &r, t); aligned {
		return r
	}
	if b.OptedOut {
		r.Reason = ClaimsNotShared
		return r
	}
	a.c.collect(b)
	r.UnknownSpecialty = a.c.unknown
	v := decide(a.cfg.Rules, a.cfg.ACO, a.cfg.Participants, move{}, a.c.services, a.shares)
	a.shares = v.shares
	r.Assigned, r.Reason = v.won, v.reason
	if r.Step = v.step; !v.won {
		r.Step = NoStep
	}
	r.Shares = make([]Share, len(v.shares))
	for i, s := range v.shares {
		s.Entity = strings.Clone(s.Entity)
		r.Shares[i] = s
	}
	r.Own, r.Margin = margin(r.Shares, a.cfg.ACO)
	a.traceSteps(t, v)
	return r
}

func margin(shares []Share, aco string) (own, by money.Cents) {
	var other money.Cents
	for _, s := range shares {
		if s.Entity == aco {
			own = s.Charges
		} else {
			other = max(other, s.Charges)
		}
	}
	return own, own - other
}

const deathBefore = "alive at the beginning of the performance year"

// eligible applies 42 CFR 425.401. The months of the window decide; under prospective
// assignment those of the performance year, as far as they are known, exclude too.
func (a *Assigner) eligible(b *feed.Beneficiary) (not string, unknown bool) {
	if a.cfg.Rules.reach != nil {
		return a.eligibleREACH(b)
	}
	w := a.cfg.Window
	if !b.Death.IsZero() && b.Death.Before(a.begin) && a.cfg.Method == Prospective {
		return deathBefore, false
	}
	both, known, not := a.months(b, w.Begin, w.End)
	if not == "" && known && !both {
		not = "at least one month with Part A and Part B in the window"
	}
	if not == "" && a.cfg.Method == Prospective {
		alive := a.end
		if !b.Death.IsZero() && b.Death.Before(alive) {
			alive = b.Death
		}
		inYear, knownYear, bad := a.months(b, a.begin, alive)
		if bad != "" {
			not = bad + " (performance year)"
		} else if knownYear && !inYear {
			not = "at least one month with Part A and Part B in the performance year"
		}
	}
	if res := b.Enrollment.Residence; not == "" && res != "" && res != "US" {
		not = "residence in the United States or its territories"
	}
	return not, not == "" && !known
}

// months looks through the months of a span.
func (a *Assigner) months(b *feed.Beneficiary, begin, end civil.Date) (both, known bool, not string) {
	y, m, _ := begin.YMD()
	for {
		first := civil.Of(y, m, 1)
		if first.After(end) {
			return both, known, not
		}
		c := b.Enrollment.At(first.Year(), first.Time().Month())
		known = known || c != feed.Unknown
		switch c {
		case feed.BothParts:
			both = true
		case feed.PartAOnly:
			not = "no month with Part A alone"
		case feed.PartBOnly:
			not = "no month with Part B alone"
		case feed.HealthPlan:
			not = "no month in a Medicare health plan"
		}
		if not != "" {
			return both, known, not
		}
		m++
	}
}

// voluntary applies 42 CFR 425.402(e): a designated clinician decides before any claim.
func (a *Assigner) voluntary(b *feed.Beneficiary, r *Result, t *trace.Trace) bool {
	d := b.Clinician
	if d.IsZero() {
		return false
	}
	r.Assigned = a.cfg.Participants.byTIN[d.TIN] == a.cfg.ACO
	r.Reason = DesignatedOther
	if r.Assigned {
		r.Step, r.Reason = Voluntary, Designated
	}
	if t.On() {
		t.Add(trace.Step{Name: string(Voluntary), Inputs: []trace.Input{trace.In("TIN", d.TIN), trace.In("NPI", d.NPI)},
			Result: string(r.Reason), Cite: a.cfg.Rules.cite("42 CFR 425.402(e)"), Unverified: !a.cfg.Rules.Verified})
	}
	return true
}

// Explain adds to a result what would change it. It is for the beneficiary assigned last.
func (a *Assigner) Explain(r *Result) {
	cfg := &a.cfg
	switch r.Reason {
	case Designated, DesignatedOther:
		r.Changes = []Change{{What: "another designation of a primary clinician"}}
	case NotEligible:
		r.Changes = []Change{{What: r.Not}}
	case ClaimsNotShared:
		r.Changes = []Change{{What: "leave to share claims"}}
	case NoPhysician, NoServices:
		r.Changes = []Change{{What: "a primary care service of a physician of the ACO in the window, with the plurality of charges"}}
	case Plurality:
		if r.Margin > 0 && len(r.Shares) > 1 {
			r.Changes = append(r.Changes, Change{What: fmt.Sprintf("%s more in charges at %s", r.Margin, runnerUp(r.Shares, cfg.ACO))})
		}
	case MoreElsewhere, TieLost:
		r.Changes = append(r.Changes, Change{What: fmt.Sprintf("more than %s more in charges at the ACO", -r.Margin)})
	}
	a.tinChanges(r)
}

func runnerUp(shares []Share, aco string) string {
	for _, s := range shares {
		if s.Entity != aco {
			return s.Entity
		}
	}
	return ""
}

// tinChanges decides again with each practice among the services that is the ACO's taken
// away, or that is nobody's added.
func (a *Assigner) tinChanges(r *Result) {
	cfg := &a.cfg
	if r.Step == Voluntary || len(a.c.services) == 0 {
		return
	}
	var tins []string
	for i := range a.c.services {
		s := &a.c.services[i]
		tin := s.TIN
		if s.CCN != "" {
			tin = cfg.Participants.tinOf[s.CCN]
		}
		if tin != "" && !slices.Contains(tins, tin) {
			tins = append(tins, tin)
		}
	}
	slices.Sort(tins)
	for _, tin := range tins {
		m, what := move{tin: tin}, "TIN "+tin+" leaving the ACO"
		switch owner := cfg.Participants.byTIN[tin]; {
		case owner == cfg.ACO && r.Assigned:
		case owner == "" && !r.Assigned:
			m.aco, what = cfg.ACO, "TIN "+tin+" joining the ACO"
		default:
			continue
		}
		if v := decide(cfg.Rules, cfg.ACO, cfg.Participants, m, a.c.services, nil); v.won != r.Assigned {
			r.Changes = append(r.Changes, Change{What: what, TIN: strings.Clone(tin)})
		}
	}
}
