// SPDX-License-Identifier: Apache-2.0

package assignment

import (
	"cmp"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// Step is what assigned a beneficiary.
type Step string

// The steps.
const (
	NoStep    Step = ""
	Voluntary Step = "voluntary alignment"
	Step1     Step = "step 1"
	Step2     Step = "step 2"
	Step3     Step = "step 3"
	// PrimaryCare and Specialists are the two ways of alignment by claims under ACO REACH.
	PrimaryCare Step = "primary care specialties"
	Specialists Step = "selected specialties"
)

// Reason is why a beneficiary is assigned or not, for counting.
type Reason string

// The reasons.
const (
	Plurality         Reason = "plurality of allowed charges"
	Designated        Reason = "designated a clinician of the ACO"
	DesignatedOther   Reason = "designated a clinician outside the ACO"
	NotEligible       Reason = "not eligible"
	NoServices        Reason = "no primary care service"
	NoPhysician       Reason = "no physician of the ACO in the window"
	MoreElsewhere     Reason = "more allowed charges elsewhere"
	TieLost           Reason = "equal charges, later service elsewhere"
	TieUndecided      Reason = "equal charges and days; CMS draws by lot"
	DeathBeforeYear   Reason = "died before the performance year"
	ClaimsNotShared   Reason = "claims are not shared (opted out)"
	NoChargesAnywhere Reason = "no allowed charges"
)

// Share is what one competitor's services came to.
type Share struct {
	// Entity is an organisation, "TIN 123456789" or "CCN 123456".
	Entity   string      `json:"entity"`
	Charges  money.Cents `json:"charges"`
	Services int         `json:"services"`
	Latest   civil.Date  `json:"latest"`
}

// verdict is the outcome of the claims-based steps.
type verdict struct {
	step   Step
	reason Reason
	shares []Share // by charges, largest first
	won    bool
}

// decide applies the pre-step and steps 1 to 3 for one organisation (42 CFR 425.402(b)).
// shares is scratch to use again.
func decide(r *Rules, aco string, p *Participants, m move, services []Service, shares []Share) verdict {
	if r.reach != nil {
		return r.reach.decide(aco, p, m, services, shares)
	}
	var preStep, anyPrimary, extended, inWindow, practitionerInWindow bool
	for i := range services {
		s := &services[i]
		s.who = s.entity(p, m)
		ours := s.who == aco
		physician := s.group == primary || s.group == specialist
		if s.Expanded {
			extended = extended || ours && physician
			continue
		}
		inWindow = true
		preStep = preStep || ours && physician
		practitionerInWindow = practitionerInWindow || ours && s.group == practitioner
		anyPrimary = anyPrimary || s.group == primary || s.group == practitioner
	}
	v := verdict{step: Step1}
	var counts func(*Service) int64
	switch {
	case preStep && anyPrimary:
		counts = func(s *Service) int64 { return once(!s.Expanded && s.group != specialist) }
	case preStep:
		v.step = Step2
		counts = func(s *Service) int64 { return once(!s.Expanded && s.group == specialist) }
	case r.step3 && practitionerInWindow && extended:
		v.step = Step3
		counts = func(s *Service) int64 { return once(r.allInStep3 || s.group != specialist) }
	default:
		v.step, v.reason = NoStep, NoPhysician
		if !inWindow {
			v.reason = NoServices
		}
		v.shares = tally(services, func(s *Service) int64 { return once(!s.Expanded) }, shares)
		return v
	}
	v.shares = tally(services, counts, shares)
	v.reason = outcome(v.shares, aco)
	v.won = v.reason == Plurality
	return v
}

// once is the weight of a service that counts or does not.
func once(counts bool) int64 {
	if counts {
		return 1
	}
	return 0
}

// tally sums the services by competitor, each as often as it weighs, the largest first.
func tally(services []Service, weight func(*Service) int64, shares []Share) []Share {
	shares = shares[:0]
	for i := range services {
		s := &services[i]
		w := weight(s)
		if w == 0 {
			continue
		}
		name := s.who
		if name == "" {
			continue
		}
		k := slices.IndexFunc(shares, func(x Share) bool { return x.Entity == name })
		if k < 0 {
			shares = append(shares, Share{Entity: name})
			k = len(shares) - 1
		}
		x := &shares[k]
		x.Charges += s.Allowed * money.Cents(w)
		x.Services++
		if x.Latest.IsZero() || s.Day.After(x.Latest) {
			x.Latest = s.Day
		}
	}
	slices.SortFunc(shares, func(a, b Share) int {
		return cmp.Or(cmp.Compare(b.Charges, a.Charges), b.Latest.Sub(a.Latest), strings.Compare(a.Entity, b.Entity))
	})
	return shares
}

// outcome tells whether an organisation has the plurality. Of equal charges the later
// service decides; where the days are equal too, CMS draws by lot, and no answer is made up.
func outcome(shares []Share, aco string) Reason {
	k := slices.IndexFunc(shares, func(x Share) bool { return x.Entity == aco })
	if k < 0 || shares[k].Charges <= 0 {
		if len(shares) > 0 && shares[0].Charges > 0 {
			return MoreElsewhere
		}
		return NoChargesAnywhere
	}
	own := &shares[k]
	if own.Charges < shares[0].Charges {
		return MoreElsewhere
	}
	for i := range shares {
		x := &shares[i]
		if i == k || x.Charges < own.Charges {
			continue
		}
		if x.Latest.After(own.Latest) {
			return TieLost
		}
	}
	for i := range shares {
		if x := &shares[i]; i != k && x.Charges == own.Charges && x.Latest == own.Latest {
			return TieUndecided
		}
	}
	return Plurality
}
