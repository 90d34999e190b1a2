// SPDX-License-Identifier: Apache-2.0

package population

import (
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/quality/readmission"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// isAcute tells by the CCN whether a hospital is a short-term acute or critical access
// one. The last four digits tell the kind (State Operations Manual, section 2779A1); units
// of other kinds within a hospital have a letter in their place.
func (r *Rules) isAcute(ccn string) bool {
	if len(ccn) != 6 || strings.Trim(ccn[2:], "0123456789") != "" {
		return false
	}
	for _, x := range r.acute {
		if ccn[2:] >= x.first && ccn[2:] <= x.last {
			return true
		}
	}
	return false
}

// readmissions counts index stays that begin in the year and what followed them.
func (r *Rules) readmissions(c *Counts, b *feed.Beneficiary, list []stay, year int) {
	var stays []readmission.Stay
	for _, s := range list {
		if !r.isAcute(s.facility) {
			continue
		}
		x := readmission.Stay{Hospital: s.facility, Admission: s.begin, Discharge: s.end, Status: s.status, Principal: s.principal}
		for _, p := range s.procedures {
			x.Procedures = append(x.Procedures, p.Code)
		}
		stays = append(stays, x)
	}
	if len(stays) == 0 {
		return
	}
	for _, o := range r.readmit.Outcomes(stays, readmission.Options{Enrolled: func(_, through civil.Date) bool {
		return r.followed(b, through.AddDays(-readmission.Days), year)
	}}, nil) {
		switch {
		case !counted(b, stays[o.Index].Admission, year) || o.Excluded != readmission.Counted:
			continue
		case o.Readmission >= 0 && o.Verdict.Planned:
			c.PlannedReadmissions++
		case o.Readmission >= 0:
			c.Readmissions++
		}
		c.IndexStays++
	}
}

// followed tells that a person was covered on the day of discharge and for the days in
// which a readmission would count, or died in them, all within the year.
func (r *Rules) followed(b *feed.Beneficiary, discharge civil.Date, year int) bool {
	until := discharge.AddDays(r.readmissionDays)
	if !b.Death.IsZero() && b.Death.Before(until) {
		until = b.Death
	}
	return counted(b, discharge, year) && counted(b, until, year)
}
