// SPDX-License-Identifier: Apache-2.0

package population

import (
	"cmp"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// Needs is the number of classes of emergency visits.
const Needs = 8

// NeedNames are the classes, in the order of Counts.ByNeed.
var NeedNames = [Needs]string{"not an emergency", "treatable by primary care", "needed emergency care, preventable", "needed emergency care, not preventable",
	"injury", "mental health", "alcohol", "drugs"}

// needColumns are the columns of the table ed.classes in that order.
var needColumns = [Needs]string{"noner", "epct", "edcnpa", "edcnnpa", "injury", "psych", "alcohol", "drug"}

// readNeeds reads the probabilities of each diagnosis.
func readNeeds(cat *refdata.Catalog, on civil.Date) (map[string][Needs]int32, error) {
	t, err := cat.Load("ed.classes", on)
	if err != nil {
		return nil, err
	}
	b := t.Bind()
	codes := b.Text("code")
	var columns [Needs][]int64
	for i, name := range needColumns {
		columns[i] = b.Numbers(name, 6)
	}
	if b.Err() != nil {
		return nil, b.Err()
	}
	out := make(map[string][Needs]int32, len(codes))
	for k, code := range codes {
		var p [Needs]int32
		for i := range columns {
			p[i] = int32(columns[i][k])
		}
		out[code] = p
	}
	return out, nil
}

// visit is a day with an emergency department line at one facility.
type visit struct {
	facility  string
	day       civil.Date
	admitted  bool
	principal string // of the first claim, by its number
	claim     int64
}

// emergency counts days with an emergency department line, once a facility, and divides
// those that did not end in an admission by need.
func (r *Rules) emergency(c *Counts, b *feed.Beneficiary, year int) {
	var list []visit
	for i := range b.Claims {
		x := &b.Claims[i]
		if x.Setting != feed.Outpatient && x.Setting != feed.Inpatient {
			continue
		}
		for k := range x.Lines {
			l := &x.Lines[k]
			if !r.edRevenue[l.Revenue] {
				continue
			}
			day := l.From
			if day.IsZero() || x.Setting == feed.Inpatient {
				day = x.From
			}
			if counted(b, day, year) {
				list = append(list, visit{x.Facility, day, x.Setting == feed.Inpatient, x.Principal, x.ID})
			}
		}
	}
	slices.SortFunc(list, func(a, b visit) int {
		return cmp.Or(a.day.Sub(b.day), strings.Compare(a.facility, b.facility), cmp.Compare(a.claim, b.claim))
	})
	for i := 0; i < len(list); {
		v := list[i]
		for i++; i < len(list) && list[i].day == v.day && list[i].facility == v.facility; i++ {
			v.admitted = v.admitted || list[i].admitted
		}
		c.EDVisits++
		if v.admitted {
			c.EDAdmitted++
			continue
		}
		if p, ok := r.needs[strings.ReplaceAll(v.principal, ".", "")]; ok {
			c.Classified++
			for k := range p {
				c.ByNeed[k] += int64(p[k])
			}
		}
	}
}
