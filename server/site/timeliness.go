// SPDX-License-Identifier: Apache-2.0

package site

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/refdata/calendar"
	"github.com/woodlawn-health/woodlawn/store"
)

// Timeliness says how soon claims could be seen: 42 CFR 422.119(b)(1)(i), 431.60(b)(1),
// 457.730(b)(1), 45 CFR 156.221(b)(1)(i) give a payer one business day from the day on
// which a claim is processed.
type Timeliness struct {
	Line   string `json:"line"`
	Kind   Kind   `json:"kind,omitempty"`
	Claims int    `json:"claims"` // ExplanationOfBenefits that are claims
	OnTime int    `json:"on_time"`
	Late   int    `json:"late"`
	// LateBy counts late claims by the business days that they were late.
	LateBy map[string]int `json:"late_by_business_days,omitempty"`
	// Undated have no date of adjudication, Early one after the day on which they
	// could be seen: either cannot be judged.
	Undated int `json:"undated"`
	Early   int `json:"adjudicated_after_seen"`
	// Before are claims whose service began before the first date that the rules ask for.
	Before   int         `json:"served_before_2016"`
	Earliest civil.Date  `json:"earliest_service,omitzero"`
	Worst    []LateClaim `json:"worst,omitempty"` // the latest first
	Cite     string      `json:"cite,omitempty"`
	Holidays string      `json:"holidays"` // the table that was used
}

// LateClaim is a claim that could be seen too late.
type LateClaim struct {
	ID          string     `json:"id"` // of the ExplanationOfBenefit
	Adjudicated civil.Date `json:"adjudicated"`
	Deadline    civil.Date `json:"deadline"`
	Seen        civil.Date `json:"seen"`
	BusinessDay int        `json:"business_days_late"`
}

// worstKept is how many late claims are named.
const worstKept = 20

// lateness are the steps in which late claims are counted: up to so many business days.
var lateness = []struct {
	upTo int
	name string
}{{1, "1"}, {5, "2-5"}, {20, "6-20"}, {1 << 30, "over 20"}}

// CheckTimeliness goes through a line's claims that were adjudicated from a day on
// (zero: all). A claim was to be seen from the time of its first version in the
// store, in the time zone given; it is adjudicated on ExplanationOfBenefit.created,
// or if that is missing, paid on payment.date.
func CheckTimeliness(ctx context.Context, s *store.Store, l *Line, cal *calendar.Calendar, from civil.Date, zone *time.Location) (*Timeliness, error) {
	t := &Timeliness{Line: l.ID, Kind: l.Kind, LateBy: map[string]int{}, Holidays: cal.Meta.ID + " " + cal.Meta.Version}
	if rule, ok := RuleOf(l.Kind); ok {
		t.Cite = rule.Timely
	}
	const atOnce = 500
	var page []store.Scanned
	for v, err := range s.Each(ctx, "ExplanationOfBenefit", nil, time.Time{}, 0, nil) {
		if err != nil {
			return nil, err
		}
		if page = append(page, v); len(page) == atOnce {
			if err := t.add(ctx, s, page, cal, from, zone); err != nil {
				return nil, err
			}
			page = page[:0]
		}
	}
	if err := t.add(ctx, s, page, cal, from, zone); err != nil {
		return nil, err
	}
	t.Worst = worst(t.Worst)
	return t, nil
}

func (t *Timeliness) add(ctx context.Context, s *store.Store, page []store.Scanned, cal *calendar.Calendar, from civil.Date, zone *time.Location) error {
	rids := make([]int64, len(page))
	for i, v := range page {
		rids[i] = v.RID
	}
	made, err := s.Made(ctx, rids)
	if err != nil {
		return err
	}
	for _, v := range page {
		d, err := node.ParseResource(v.JSON())
		if err != nil {
			return err
		}
		t.claim(v.ID, d.Root(), civil.FromTime(made[v.RID].In(zone)), cal, from)
		d.Release()
	}
	return nil
}

// claim judges one claim.
func (t *Timeliness) claim(id string, eob node.Node, seen civil.Date, cal *calendar.Calendar, from civil.Date) {
	if eob.Get("use").Text() != "claim" {
		return
	}
	adjudicated := dayOf(eob.Get("created"))
	if adjudicated.IsZero() {
		adjudicated = dayOf(eob.Get("payment").Get("date"))
	}
	if !from.IsZero() && !adjudicated.IsZero() && adjudicated.Before(from) {
		return
	}
	t.Claims++
	if served := dayOf(eob.Get("billablePeriod").Get("start")); !served.IsZero() {
		if served.Before(serviceDates) {
			t.Before++
		}
		if t.Earliest.IsZero() || served.Before(t.Earliest) {
			t.Earliest = served
		}
	}
	deadline := cal.Add(adjudicated, BusinessDays)
	switch {
	case adjudicated.IsZero():
		t.Undated++
	case adjudicated.After(seen):
		t.Early++
	case !seen.After(deadline):
		t.OnTime++
	default:
		t.Late++
		days := cal.Between(deadline, seen)
		for _, step := range lateness {
			if max(days, 1) <= step.upTo { // seen on a weekend after the deadline counts as one
				t.LateBy[step.name]++
				break
			}
		}
		t.Worst = append(t.Worst, LateClaim{id, adjudicated, deadline, seen, days})
		if len(t.Worst) > 2*worstKept {
			t.Worst = worst(t.Worst)
		}
	}
}

func worst(list []LateClaim) []LateClaim {
	slices.SortFunc(list, func(a, b LateClaim) int {
		return cmp.Or(cmp.Compare(b.BusinessDay, a.BusinessDay), cmp.Compare(a.ID, b.ID))
	})
	return list[:min(len(list), worstKept)]
}

// dayOf is the day of a date or dateTime; zero if it names none.
func dayOf(n node.Node) civil.Date {
	text := n.Text()
	if len(text) < 10 {
		return 0
	}
	d, err := civil.ParseISO(text[:10])
	if err != nil {
		return 0
	}
	return d
}
