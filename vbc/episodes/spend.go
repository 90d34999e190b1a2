// SPDX-License-Identifier: Apache-2.0

package episodes

import (
	"fmt"
	"slices"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// AmountBasis says which amounts are summed and what CMS sums.
const AmountBasis = "amounts: allowed charges of Part B lines; Medicare's payment of Part A and outpatient claims, without IME, DSH and uncompensated care, " +
	"as the feed has neither allowed amounts of Part A nor CMS's standardized amounts, which the model uses; a file of standardized amounts replaces them claim by claim"

// span is a range of days, both included.
type span struct{ from, to civil.Date }

func (s span) has(d civil.Date) bool { return !d.Before(s.from) && !d.After(s.to) }

// overlap is the number of days that a claim shares with the span, and its own.
func (s span) overlap(c *feed.Claim) (shared, own int64) {
	from, to := c.From, c.Thru
	if to.Before(from) {
		to = from
	}
	own = int64(to.Sub(from)) + 1
	if from.Before(s.from) {
		from = s.from
	}
	if to.After(s.to) {
		to = s.to
	}
	return max(0, int64(to.Sub(from))+1), own
}

// sum adds what was spent in an episode and in the days after it.
func (b *Builder) sum(x *candidate, e *Episode, t *trace.Trace) {
	window := span{e.Start, e.End}
	post := span{e.End.AddDays(1), e.End.AddDays(b.Rules.postDays)}
	end := t.Section("claims")
	for _, c := range b.claims {
		if c.Setting == feed.Drug || c.Setting == feed.OtherSetting || c.NonPayment != "" {
			continue
		}
		byLine := c.Setting == feed.Outpatient || c.Setting == feed.Professional || c.Setting == feed.Equipment // lines have days of their own
		if byLine || !c.Thru.Before(window.from) && !c.From.After(window.to) {
			b.count(x, c, e, window, t)
		}
		if b.Rules.postDays > 0 && (byLine || !c.Thru.Before(post.from) && !c.From.After(post.to)) {
			in, _, _ := b.share(c, post, nil)
			e.Post += in
		}
	}
	end()
	e.Total = e.Spend.Total()
	if t.On() {
		for s, c := range e.Spend {
			if c != 0 {
				t.Add(trace.Step{Name: "spent, " + Setting(s).String(), Result: c.String()})
			}
		}
		t.Add(trace.Step{Name: "episode spending", Inputs: []trace.Input{trace.In("left out", e.Excluded), trace.In("readmissions", e.Readmissions)},
			Result: e.Total.String(), Cite: b.Rules.params["included"].cite, Unverified: true, Formula: AmountBasis})
		if b.Rules.postDays > 0 {
			t.Add(trace.Step{Name: "spent after the episode", Inputs: []trace.Input{trace.In("from", post.from), trace.In("to", post.to)}, Table: b.Rules.row("post_days"),
				Result: e.Post.String(), Cite: b.Rules.params["post_days"].cite, Unverified: !b.Rules.params["post_days"].verified})
		}
	}
}

// count adds one claim to an episode.
func (b *Builder) count(x *candidate, c *feed.Claim, e *Episode, window span, t *trace.Trace) {
	setting := b.setting(c)
	anchor := c == x.claim || slices.Contains(x.chain, c)
	var in, out money.Cents
	how := ""
	if x.claim == c && x.outpatient || !anchor {
		in, out, how = b.share(c, window, &exclusions{b, e.Category, nil})
	} else {
		in, how = b.whole(c), "whole"
	}
	if anchor {
		setting = Anchor
	} else if setting == Readmission && !c.From.Before(e.Discharged) {
		switch {
		case in > 0:
			e.Readmissions++
		case out > 0:
			e.ExcludedReadmissions++
		}
	}
	e.Spend[setting] += in
	e.Excluded += out
	if t.On() && (in != 0 || out != 0 || how != "") {
		s := trace.Step{Name: fmt.Sprintf("claim %d, %s", c.ID, setting), Inputs: []trace.Input{trace.In("from", c.From), trace.In("to", c.Thru),
			trace.In("at", c.Facility)}, Formula: how, Result: in.String(), Cite: b.Rules.params["prorate"].cite, Unverified: how != "whole"}
		if c.Facility == "" {
			s.Inputs = s.Inputs[:2]
		}
		if out != 0 {
			s.Inputs = append(s.Inputs, trace.In("left out", out))
		}
		t.Add(s)
	}
}

// setting is where a claim's money counts, apart from anchors.
func (b *Builder) setting(c *feed.Claim) Setting {
	switch c.Setting {
	case feed.SNF:
		return SNF
	case feed.HomeHealth:
		return HomeHealth
	case feed.Hospice:
		return Hospice
	case feed.Outpatient:
		return Outpatient
	case feed.Professional:
		return Professional
	case feed.Equipment:
		return Equipment
	}
	switch b.Rules.Place(c.Facility) {
	case "acute", "critical access":
		return Readmission
	case "rehabilitation":
		return Rehabilitation
	case "long-term":
		return LongTerm
	case "psychiatric":
		return Psychiatric
	}
	return OtherInpatient
}

// whole is the amount of an institutional claim.
func (b *Builder) whole(c *feed.Claim) money.Cents {
	amount := c.Paid
	if c.Setting == feed.Inpatient {
		amount -= c.IME + c.DSH + c.Uncompensated
	}
	if b.Amounts != nil {
		if std, ok := b.Amounts.standardized[c.ID]; ok {
			amount = std
		}
		amount -= b.Amounts.taken[c.ID]
	}
	return max(0, amount)
}

// exclusions answers whether something is left out of an episode of a category.
type exclusions struct {
	b        *Builder
	category string
	why      *exclusion // of the last one left out
}

func (x *exclusions) out(kind, code string, day civil.Date) bool {
	if x == nil || code == "" {
		return false
	}
	e, ok := x.b.Exclusions.find(kind, code, x.category, day)
	if !ok {
		e, ok = x.b.Rules.excluded[kind+" "+code]
	}
	if ok {
		x.why = &e
	}
	return ok
}

// share is the part of a claim that falls in a span, the part of it that is excluded
// instead, and how it was found. Without exclusions nothing is left out.
func (b *Builder) share(c *feed.Claim, s span, x *exclusions) (in, out money.Cents, how string) {
	switch c.Setting {
	case feed.Professional, feed.Equipment:
		return b.lines(c, s, x, func(l *feed.Line) money.Cents { return l.Allowed })
	case feed.Outpatient:
		return b.lines(c, s, x, func(l *feed.Line) money.Cents { return l.Paid })
	case feed.Inpatient:
		in, how = b.stay(c, s)
		if code := drg(c.DRG); x.out("drg", code, c.Thru) || x.out("diagnosis", c.Principal, c.Thru) {
			return 0, in, "left out: " + x.why.reason + " [" + x.why.table + ", " + x.why.cite + "]"
		}
		return in, 0, how
	}
	return b.byDays(c, s)
}

func (b *Builder) byDays(c *feed.Claim, s span) (in, out money.Cents, how string) {
	amount := b.whole(c)
	shared, own := s.overlap(c)
	if shared == own {
		return amount, 0, "whole"
	}
	if shared == 0 {
		return 0, 0, ""
	}
	in = money.Cents(money.HalfUp(int64(amount), shared, own))
	return in, 0, fmt.Sprintf("%s x %d of %d days", amount, shared, own)
}

// stay divides an inpatient claim: payments under the IPPS belong to the day of admission
// and are cut only if fewer days than the geometric mean stay fall in the span.
func (b *Builder) stay(c *feed.Claim, s span) (money.Cents, string) {
	if b.Rules.Place(c.Facility) != "acute" {
		in, _, how := b.byDays(c, s)
		return in, how
	}
	if !s.has(c.From) {
		return 0, ""
	}
	gmlos := b.Rules.gmlos[drg(c.DRG)]
	shared, own := s.overlap(c)
	if shared == own || gmlos > 0 && shared*10 >= gmlos {
		return b.whole(c), "whole"
	}
	if gmlos == 0 {
		in, _, how := b.byDays(c, s)
		return in, how
	}
	amount := b.whole(c)
	return money.Cents(money.HalfUp(int64(amount), shared*10, gmlos)),
		fmt.Sprintf("%s x %d days of %s (geometric mean stay, ipps.drg %s)", amount, shared, money.AppendScaled(nil, gmlos, 1), b.Rules.gmlosTable)
}

// lines divides a claim by its lines: those of days in the span count, those with an
// excluded code or diagnosis are left out. A claim without amounts on its lines is divided by days.
func (b *Builder) lines(c *feed.Claim, s span, x *exclusions, amount func(*feed.Line) money.Cents) (in, out money.Cents, how string) {
	var all, within, excluded money.Cents
	for i := range c.Lines {
		l := &c.Lines[i]
		if b.Rules.denied[l.Denial] {
			continue
		}
		a, day := amount(l), lineDay(c, l)
		all += a
		if !s.has(day) {
			continue
		}
		dx := l.Diagnosis
		if dx == "" {
			dx = c.Principal
		}
		if x.out("hcpcs", l.Code, day) || x.out("diagnosis", dx, day) {
			excluded += a
		} else {
			within += a
		}
	}
	base := all
	if c.Setting == feed.Outpatient {
		base = b.whole(c)
		if all <= 0 {
			return b.byDays(c, s)
		}
	} else if b.Amounts != nil {
		if std, ok := b.Amounts.standardized[c.ID]; ok {
			base = std
		}
		base = max(0, base-b.Amounts.taken[c.ID])
	}
	if all <= 0 {
		return 0, 0, ""
	}
	in, out = within, excluded
	if base != all {
		in = money.Cents(money.HalfUp(int64(base), int64(within), int64(all)))
		out = money.Cents(money.HalfUp(int64(base), int64(excluded), int64(all)))
	}
	switch {
	case in == 0 && out == 0:
		return 0, 0, ""
	case out != 0:
		how = "lines left out: " + x.why.reason + " [" + x.why.table + ", " + x.why.cite + "]"
	case within == all:
		how = "whole"
	default:
		how = "lines within the episode"
	}
	return in, out, how
}
