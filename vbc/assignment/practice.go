// SPDX-License-Identifier: Apache-2.0

package assignment

import (
	"cmp"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// At is the rules of a year for an earlier one: benchmark years are assigned by the method
// and codes of the performance year (42 CFR 425.652(a), 425.652(a)(9)).
func (r *Rules) At(year int) *Rules {
	x := *r
	x.Year = year
	return &x
}

// Owner is the organisation whose participant a billing TIN is, empty if it takes part in
// none or in several.
func (p *Participants) Owner(tin string) string { return single(p.byTIN[tin]) }

// OwnerOfFacility is Owner by CCN.
func (p *Participants) OwnerOfFacility(ccn string) string { return single(p.byCCN[ccn]) }

func single(aco string) string {
	if aco == several {
		return ""
	}
	return aco
}

// Practice is the participant's TIN with the most charges among the services that counted
// for the organisation, of the beneficiary assigned last; empty where none did. Of equal
// charges the later service decides, then the lower TIN. It is no rule of CMS, which
// assigns to organisations, but tells whose panel a person is on.
func (a *Assigner) Practice() string {
	return a.leading(func(s *Service) string {
		if s.CCN != "" {
			return a.cfg.Participants.tinOf[s.CCN]
		}
		return s.TIN
	})
}

// Clinician is Practice by the NPI of the clinician.
func (a *Assigner) Clinician() string {
	return a.leading(func(s *Service) string { return s.NPI })
}

// leading is the key with the most charges.
func (a *Assigner) leading(key func(*Service) string) string {
	type sum struct {
		key     string
		charges money.Cents
		latest  civil.Date
	}
	var sums [8]sum
	list := sums[:0]
	for i := range a.c.services {
		s := &a.c.services[i]
		if s.who != a.cfg.ACO || s.Expanded {
			continue
		}
		of := key(s)
		k := 0
		for k < len(list) && list[k].key != of {
			k++
		}
		if k == len(list) {
			list = append(list, sum{key: of})
		}
		list[k].charges += s.Allowed
		if list[k].latest.IsZero() || s.Day.After(list[k].latest) {
			list[k].latest = s.Day
		}
	}
	best := sum{}
	for i, x := range list {
		if i == 0 || cmp.Or(cmp.Compare(x.charges, best.charges), x.latest.Sub(best.latest), strings.Compare(best.key, x.key)) > 0 {
			best = x
		}
	}
	return best.key
}
