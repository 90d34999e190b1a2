// SPDX-License-Identifier: Apache-2.0

package episodes

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
	"github.com/woodlawn-health/woodlawn/vbc/risk"
)

// Config is what a Builder works with. Only Rules and Hospitals must be there.
type Config struct {
	Rules      *Rules
	Hospitals  Hospitals
	Exclusions *Exclusions
	Amounts    *Amounts
	Prices     *Prices
	Factors    *Factors
	// HCC counts conditions for the risk factors; nil leaves the count unknown.
	HCC *risk.Model
	// Baseline builds episodes of From to To (by discharge or procedure), whenever the model
	// began; without it they are those of the performance year.
	Baseline bool
	From, To civil.Date
}

// Builder finds the episodes of one beneficiary after the other. It is for one goroutine;
// what it is made of may be shared.
type Builder struct {
	Config
	candidates []candidate
	claims     []*feed.Claim
	out        []Episode
	diagnoses  []string
	scratch    risk.Scratch
	assembler  feed.Assembler
	explain    string // ID of the episode that is traced
	trace      *trace.Trace
}

// New makes a Builder.
func New(cfg Config) *Builder {
	if !cfg.Baseline {
		cfg.From, cfg.To = civil.Of(cfg.Rules.Year, 1, 1), civil.Of(cfg.Rules.Year, 12, 31)
	}
	return &Builder{Config: cfg}
}

// candidate is an anchor, before anything is known of what else happened.
type candidate struct {
	claim             *feed.Claim
	trigger           *Trigger
	hospital          *Hospital
	start, discharged civil.Date
	outpatient        bool
	chain             []*feed.Claim // stays that the patient was transferred to
	movedTo           *feed.Claim   // an anchor of its own that the patient was transferred to
	procedure         *feed.Claim   // an outpatient procedure of the days before, from which the episode starts
}

// Episodes finds a beneficiary's episodes whose anchor ended in the period, cancelled ones
// among them, in order of start and claim. The slice is good until the next call.
func (b *Builder) Episodes(p *feed.Beneficiary) []Episode {
	b.out = b.out[:0]
	if !b.find(p) {
		return nil
	}
	b.joinProcedures()
	b.followTransfers(p)
	slices.SortFunc(b.candidates, func(x, y candidate) int {
		return cmp.Or(x.start.Sub(y.start), x.discharged.Sub(y.discharged), cmp.Compare(x.claim.ID, y.claim.ID))
	})
	b.order(p)
	kept := b.out[:0]
	for i := range b.out {
		e := &b.out[i]
		if e.Discharged.Before(b.From) || e.Discharged.After(b.To) {
			continue
		}
		kept = append(kept, *e)
	}
	b.out = kept
	for i := range b.out {
		b.finish(p, &b.out[i])
	}
	return b.out
}

// Explain is Episodes that traces one of them. It returns nil if there is none of that ID.
func (b *Builder) Explain(p *feed.Beneficiary, id string, t *trace.Trace) *Episode {
	b.explain, b.trace = id, t
	defer func() { b.explain, b.trace = "", nil }()
	list := b.Episodes(p)
	for i := range list {
		if list[i].ID == id {
			return &list[i]
		}
	}
	return nil
}

// tracing is the trace of one episode, nil unless it is to be explained.
func (b *Builder) tracing(e *Episode) *trace.Trace {
	if b.trace == nil || e.ID != b.explain {
		return nil
	}
	return b.trace
}

// find collects the anchors, and sorts pointers to the claims.
func (b *Builder) find(p *feed.Beneficiary) bool {
	b.candidates = b.candidates[:0]
	for i := range p.Claims {
		c := &p.Claims[i]
		switch c.Setting {
		case feed.Inpatient:
			if t := b.Rules.drgs[drg(c.DRG)]; t != nil {
				b.add(candidate{claim: c, trigger: t, start: c.From, discharged: c.Thru})
			}
		case feed.Outpatient:
			b.procedures(c)
		}
	}
	if len(b.candidates) == 0 {
		return false
	}
	b.claims = b.claims[:0]
	for i := range p.Claims {
		b.claims = append(b.claims, &p.Claims[i])
	}
	slices.SortFunc(b.claims, func(x, y *feed.Claim) int { return cmp.Or(x.From.Sub(y.From), cmp.Compare(x.ID, y.ID)) })
	return true
}

// procedures finds the first anchor procedure of an outpatient claim: the earliest, and of
// those of a day the one with the lowest code.
func (b *Builder) procedures(c *feed.Claim) {
	var best candidate
	for i := range c.Lines {
		l := &c.Lines[i]
		t := b.Rules.hcpcs[l.Code]
		if t == nil {
			continue
		}
		day := lineDay(c, l)
		if best.trigger == nil || day.Before(best.start) || day == best.start && t.Code < best.trigger.Code {
			best = candidate{claim: c, trigger: t, start: day, discharged: day, outpatient: true}
		}
	}
	if best.trigger != nil {
		b.add(best)
	}
}

func lineDay(c *feed.Claim, l *feed.Line) civil.Date {
	if l.From.IsZero() {
		return c.From
	}
	return l.From
}

// add keeps an anchor of a participating acute hospital that Medicare paid, in the time of
// the model.
func (b *Builder) add(x candidate) {
	x.hospital = b.Hospitals[x.claim.Facility]
	if x.hospital == nil || x.claim.NonPayment != "" || b.Rules.Place(x.claim.Facility) != "acute" {
		return
	}
	if !b.Baseline && (x.start.Before(b.Rules.Begins) || x.discharged.Before(x.trigger.from) || x.discharged.After(x.trigger.to)) {
		return
	}
	b.candidates = append(b.candidates, x)
}

// joinProcedures lets an admission within the days after an outpatient procedure of the
// same category take the procedure's place; the episode starts with the procedure.
func (b *Builder) joinProcedures() {
	joined := make([]bool, len(b.candidates))
	for i := range b.candidates {
		x := &b.candidates[i]
		if x.outpatient {
			continue
		}
		admitted := x.claim.From
		for k := range b.candidates {
			y := &b.candidates[k]
			if !y.outpatient || y.trigger.Category != x.trigger.Category {
				continue
			}
			if gap := admitted.Sub(y.discharged); gap < 0 || gap > b.Rules.before {
				continue
			}
			joined[k] = true
			if x.procedure == nil || y.discharged.Before(x.start) || y.discharged == x.start && y.claim.ID < x.procedure.ID {
				x.procedure, x.start = y.claim, y.discharged
			}
		}
	}
	kept := b.candidates[:0]
	for i := range b.candidates {
		if !joined[i] {
			kept = append(kept, b.candidates[i])
		}
	}
	b.candidates = kept
}

// followTransfers extends anchors to the hospitals that patients were transferred to.
func (b *Builder) followTransfers(p *feed.Beneficiary) {
	for i := range b.candidates {
		x := &b.candidates[i]
		if x.outpatient {
			continue
		}
		last := x.claim
		for len(x.chain) < 20 { // more hospitals in a row are an error of the claims
			next := b.receiving(x, last)
			if next == nil {
				break
			}
			if b.anchors(next) {
				x.movedTo = next
				break
			}
			x.chain = append(x.chain, next)
			last, x.discharged = next, next.Thru
		}
	}
}

// receiving is the stay that a patient went to on leaving another.
func (b *Builder) receiving(x *candidate, from *feed.Claim) *feed.Claim {
	for _, c := range b.claims {
		if c.Setting != feed.Inpatient || c.Facility == from.Facility || c.NonPayment != "" || c == x.claim || slices.Contains(x.chain, c) || c.Thru.Before(from.Thru) {
			continue
		}
		if place := b.Rules.Place(c.Facility); place != "acute" && place != "critical access" {
			continue
		}
		gap := c.From.Sub(from.Thru)
		if gap == 0 || gap == 1 && b.Rules.transfers[from.PatientStatus] {
			return c
		}
	}
	return nil
}

func (b *Builder) anchors(c *feed.Claim) bool {
	for i := range b.candidates {
		if b.candidates[i].claim == c {
			return true
		}
	}
	return false
}

// order makes episodes of the anchors, one after the other, and cancels what overlaps.
func (b *Builder) order(p *feed.Beneficiary) {
	open := -1 // the episode in which later anchors fall
	for i := range b.candidates {
		x := &b.candidates[i]
		e := b.episode(p, x)
		e.Cancelled = b.cancelled(p, x, e)
		if open >= 0 && !e.Start.After(b.out[open].End) && initiates(e) {
			earlier := &b.out[open]
			if b.Rules.laterCancels && earlier.Cancelled == nil {
				earlier.Cancelled = &Cancel{NewAnchor, "episode " + e.ID, e.Start, b.Rules.params["new_anchor"].cite}
			} else if !b.Rules.laterCancels && e.Cancelled == nil {
				e.Cancelled = &Cancel{OtherEpisode, "episode " + earlier.ID, e.Start, b.Rules.params["new_anchor"].cite}
			}
		}
		b.out = append(b.out, *e)
		if e.Cancelled == nil {
			open = len(b.out) - 1
		}
	}
}

// initiates tells that an anchor began an episode of the model, cancelled later or not.
func initiates(e *Episode) bool {
	return e.Cancelled == nil || e.Cancelled.Reason != NotEligible && e.Cancelled.Reason != AfterModel
}

// episode is an anchor's episode before it is known whether it counts.
func (b *Builder) episode(p *feed.Beneficiary, x *candidate) *Episode {
	e := &Episode{ID: p.MBI + "-" + strconv.FormatInt(x.claim.ID, 10), MBI: strings.Clone(p.MBI), Model: b.Rules.Model, Year: x.discharged.Year(),
		Category: x.trigger.Category, Type: x.trigger.PricedAs, Code: x.trigger.Code, Hospital: x.hospital.CCN, Region: x.hospital.Region,
		Anchor: x.claim.ID, Start: x.start, Discharged: x.discharged, End: x.discharged.AddDays(b.Rules.days), Outpatient: x.outpatient}
	if t := b.tracing(e); t.On() {
		b.traceAnchor(t, x, e)
	}
	return e
}

// candidateOf finds an episode's anchor again.
func (b *Builder) candidateOf(e *Episode) *candidate {
	for i := range b.candidates {
		if b.candidates[i].claim.ID == e.Anchor {
			return &b.candidates[i]
		}
	}
	return nil
}

// finish sums, adjusts and prices an episode that counts.
func (b *Builder) finish(p *feed.Beneficiary, e *Episode) {
	t := b.tracing(e)
	if e.Cancelled != nil {
		if t.On() {
			t.Add(trace.Step{Name: "cancelled", Inputs: []trace.Input{trace.In("detail", e.Cancelled.Detail), trace.In("on", e.Cancelled.On)},
				Result: string(e.Cancelled.Reason), Cite: e.Cancelled.Cite})
		}
		return
	}
	b.sum(b.candidateOf(e), e, t)
	e.Risk = b.risk(p, e, t)
	e.Price = b.price(e, t)
}
