// SPDX-License-Identifier: Apache-2.0

package episodes

import (
	"fmt"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// cancelled looks for the reasons, apart from other episodes, for which an anchor is not
// reconciled; the first of them is told.
func (b *Builder) cancelled(p *feed.Beneficiary, x *candidate, e *Episode) *Cancel {
	r := b.Rules
	start := b.notEligible(p, e.Start, e.Start, e)
	if start != nil {
		start.Reason = NotEligible
		return start
	}
	if !b.Baseline && e.End.After(r.endsBy) {
		return &Cancel{AfterModel, "the model ends on " + r.endsBy.String(), e.End, r.params["ends_by"].cite}
	}
	died := p.Death
	last := x.claim
	if n := len(x.chain); n > 0 {
		last = x.chain[n-1]
	}
	if !x.outpatient && r.died[last.PatientStatus] || !died.IsZero() && !died.After(e.Discharged) {
		return &Cancel{DiedInAnchor, "", e.Discharged, r.params["death_cancels"].cite}
	}
	if r.deathInEpisode && !died.IsZero() && !died.After(e.End) {
		return &Cancel{DiedInEpisode, "", died, r.params["death_cancels"].cite}
	}
	if lost := b.notEligible(p, e.Start, e.End, e); lost != nil {
		lost.Reason, lost.Cite = LostCriteria, r.params["cancellation"].cite
		return lost
	}
	if x.movedTo != nil {
		return &Cancel{Transferred, fmt.Sprintf("claim %d of %s", x.movedTo.ID, x.movedTo.Facility), x.movedTo.From, r.params["transfer"].cite}
	}
	return nil
}

// notEligible looks for a criterion that does not hold on some day of a span: coverage by
// month, Medicare as primary payer by claim, entitlement by the state at the end of the
// feed. Coverage through the United Mine Workers is not in the feed.
func (b *Builder) notEligible(p *feed.Beneficiary, from, to civil.Date, e *Episode) *Cancel {
	cite := b.Rules.params["criteria"].cite
	if p.MedicareStatus == b.Rules.params["esrd_status"].value {
		return &Cancel{Detail: "entitled by end-stage renal disease (status " + p.MedicareStatus + ")", On: from, Cite: b.Rules.params["esrd_status"].cite}
	}
	if !p.Death.IsZero() && to.After(p.Death) {
		to = p.Death
	}
	if to.Before(from) {
		to = from
	}
	e.CoverageKnown = true
	y, m, _ := from.YMD()
	for ; !civil.Of(y, m, 1).After(to); y, m = nextMonth(y, m) {
		switch p.Enrollment.At(y, m) {
		case feed.BothParts:
		case feed.Unknown:
			e.CoverageKnown = false
		case feed.HealthPlan:
			return &Cancel{Detail: fmt.Sprintf("in a health plan in %04d-%02d", y, m), On: civil.Of(y, m, 1), Cite: cite}
		default:
			return &Cancel{Detail: fmt.Sprintf("not in both parts in %04d-%02d", y, m), On: civil.Of(y, m, 1), Cite: cite}
		}
	}
	for _, c := range b.claims {
		if c.From.After(to) {
			break
		}
		if c.Thru.Before(from) || c.Setting == feed.Drug {
			continue
		}
		if payer := b.otherPayer(c); payer != "" {
			return &Cancel{Detail: fmt.Sprintf("another payer (%s) is primary on claim %d", payer, c.ID), On: c.From, Cite: b.Rules.params["other_payer"].cite}
		}
	}
	return nil
}

func nextMonth(y int, m time.Month) (int, time.Month) {
	if m == time.December {
		return y + 1, time.January
	}
	return y, m + 1
}

// otherPayer is the code of a payer before Medicare on a claim.
func (b *Builder) otherPayer(c *feed.Claim) string {
	if b.Rules.otherPayers[c.PrimaryPayer] {
		return c.PrimaryPayer
	}
	for i := range c.Lines {
		if code := c.Lines[i].PrimaryPayer; b.Rules.otherPayers[code] {
			return code
		}
	}
	return ""
}

// traceAnchor tells where an episode comes from.
func (b *Builder) traceAnchor(t *trace.Trace, x *candidate, e *Episode) {
	r := b.Rules
	kind := "anchor hospitalization"
	if x.outpatient {
		kind = "anchor procedure"
	}
	t.Add(trace.Step{Name: kind, Inputs: []trace.Input{trace.In("claim", x.claim.ID), trace.In("CCN", x.claim.Facility),
		trace.In("from", x.claim.From), trace.In("to", x.claim.Thru), trace.In(x.trigger.Kind, x.trigger.Code)},
		Table:  r.rowOf("episodes.triggers", x.trigger.Kind+" "+x.trigger.Code),
		Result: e.Category + ", priced as MS-DRG " + e.Type, Cite: x.trigger.cite, Unverified: !x.trigger.verified})
	if x.procedure != nil {
		t.Add(trace.Step{Name: "outpatient procedure before", Inputs: []trace.Input{trace.In("claim", x.procedure.ID), trace.In("on", x.start)},
			Table: r.row("outpatient_days_before"), Result: "the episode starts with it", Cite: r.params["outpatient_days_before"].cite,
			Unverified: !r.params["outpatient_days_before"].verified})
	}
	for _, c := range x.chain {
		t.Add(trace.Step{Name: "transfer", Inputs: []trace.Input{trace.In("claim", c.ID), trace.In("CCN", c.Facility), trace.In("from", c.From),
			trace.In("to", c.Thru)}, Table: r.row("transfer"), Result: "joins the anchor", Cite: r.params["transfer"].cite, Unverified: !r.params["transfer"].verified})
	}
	t.Add(trace.Step{Name: "start and end", Formula: fmt.Sprintf("%s + %d days", e.Discharged, r.days), Table: r.row("days_after"),
		Result: e.Start.String() + " to " + e.End.String(), Cite: r.params["days_after"].cite, Unverified: !r.params["days_after"].verified})
}
