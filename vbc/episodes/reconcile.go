// SPDX-License-Identifier: Apache-2.0

package episodes

import (
	"fmt"

	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
)

// Account sums a hospital's episodes. Sums do not depend on the order of episodes.
type Account struct {
	Hospital *Hospital
	// Episodes are reconciled; Unpriced have no target price and count nowhere; Cancelled are left out.
	Episodes, Unpriced, Cancelled int
	ByCategory                    map[string]int
	Target, Spending, Post        money.Cents
	Readmissions                  int
	Settings                      Spend // of the reconciled episodes, before the outlier cap
	Final                         bool  // every price is final
}

// NewAccount opens a hospital's account.
func NewAccount(h *Hospital) *Account {
	return &Account{Hospital: h, ByCategory: map[string]int{}, Final: true}
}

// Add adds an episode.
func (a *Account) Add(e *Episode) {
	switch {
	case !e.Counts():
		a.Cancelled++
		return
	case e.Price == nil:
		a.Unpriced++
		return
	}
	a.Episodes++
	a.ByCategory[e.Category]++
	a.Target += e.Price.Target
	a.Spending += e.Price.Spending
	a.Post += e.Post
	a.Readmissions += e.Readmissions
	for i, c := range e.Spend {
		a.Settings[i] += c
	}
	a.Final = a.Final && e.Price.Final
}

// Result is a hospital's reconciled year. Amounts that the hospital owes are negative.
type Result struct {
	CCN   string `json:"ccn"`
	Name  string `json:"name,omitempty"`
	Track string `json:"track"`
	// Episodes, Unpriced and Cancelled are as in the Account.
	Episodes     int         `json:"episodes"`
	Unpriced     int         `json:"unpriced"`
	Cancelled    int         `json:"cancelled"`
	Readmissions int         `json:"readmissions"`
	Settings     Spend       `json:"spend"`
	Target       money.Cents `json:"target"`
	Spending     money.Cents `json:"spending"`
	// Amount is target less spending; Quality the composite quality score in hundredths of a
	// point; Adjusted the amount after it; Limited after stop-gain and stop-loss.
	Amount   money.Cents `json:"reconciliation_amount"`
	Quality  int64       `json:"-"`
	Adjusted money.Cents `json:"quality_adjusted"`
	Limited  money.Cents `json:"limited"`
	// PostEpisode is what is taken off for spending after the episodes; Payment what CMS pays
	// (positive) or is owed (negative).
	PostEpisode money.Cents `json:"post_episode_excess"`
	Payment     money.Cents `json:"payment"`
	// Final is false if prices are preliminary; Verified is false if a rule behind the result was not
	// compared with the regulation's text; Notes say what was not known.
	Final    bool     `json:"final"`
	Verified bool     `json:"verified"`
	Notes    []string `json:"notes,omitempty"`
}

// Reconcile settles a hospital's year: reconciliation amount, adjustment by the composite
// quality score, limits, post-episode spending (42 CFR 512.550, 510.305). It fails if the
// hospital's track is none of the year.
func (r *Rules) Reconcile(a *Account, q *Quality, p *Prices, t *trace.Trace) (Result, error) {
	name := a.Hospital.Track
	if name == "" {
		name = r.params["default_track"].value
	}
	track := r.tracks[name]
	if track == nil {
		return Result{}, fmt.Errorf("hospital %s: %s has no track %q in %d", a.Hospital.CCN, r.Model, name, r.Year)
	}
	x := Result{CCN: a.Hospital.CCN, Name: a.Hospital.Name, Track: name, Episodes: a.Episodes, Unpriced: a.Unpriced, Cancelled: a.Cancelled,
		Readmissions: a.Readmissions, Settings: a.Settings, Target: a.Target, Spending: a.Spending, Amount: a.Target - a.Spending, Final: a.Final,
		Verified: track.verified && r.Verified()}
	if t.On() {
		t.Add(trace.Step{Name: "episodes", Inputs: []trace.Input{trace.In("reconciled", a.Episodes), trace.In("without a price", a.Unpriced), trace.In("cancelled", a.Cancelled)},
			Result: fmt.Sprint(a.Episodes)})
		t.Add(trace.Step{Name: "reconciliation amount", Formula: fmt.Sprintf("%s - %s", a.Target, a.Spending),
			Inputs: []trace.Input{trace.In("total target price", a.Target), trace.In("total spending", a.Spending)}, Result: x.Amount.String(), Cite: r.params["reconciliation"].cite, Unverified: !r.params["reconciliation"].verified})
	}
	r.adjust(&x, a, track, q, t)
	gain, loss := a.Target.Percent(track.StopGain), a.Target.Percent(track.StopLoss)
	x.Limited = min(max(x.Adjusted, -loss), gain)
	if t.On() {
		t.Add(trace.Step{Name: "stop-gain and stop-loss", Formula: fmt.Sprintf("%s from -%s to %s", x.Adjusted, loss, gain),
			Inputs: []trace.Input{trace.In("stop-gain", Percent(track.StopGain)), trace.In("stop-loss", Percent(track.StopLoss))}, Rounding: "half up to cents",
			Table: r.trackRow(name), Result: x.Limited.String(), Cite: track.cite, Unverified: !track.verified})
	}
	r.after(&x, a, p, t)
	x.Payment = x.Limited - x.PostEpisode
	if track.StopLoss == 0 {
		x.Payment = max(0, x.Payment) // a track without downside risk owes nothing
	}
	x.Notes = append(x.Notes, r.Missing...)
	if !a.Final {
		x.Notes = append(x.Notes, "prices are preliminary: normalization and trend of reconciliation are not loaded")
	}
	if t.On() {
		what := "paid to the hospital"
		if x.Payment < 0 {
			what = "owed by the hospital"
		}
		t.Add(trace.Step{Name: "reconciliation payment or repayment", Inputs: []trace.Input{trace.In("track", name)}, Formula: fmt.Sprintf("%s - %s", x.Limited, x.PostEpisode),
			Result: x.Payment.String() + ", " + what, Cite: r.params["reconciliation"].cite, Unverified: !r.params["reconciliation"].verified})
	}
	return x, nil
}

func (r *Rules) trackRow(name string) *trace.Row {
	return r.rowOf("episodes.tracks", "track "+name)
}

// adjust applies the composite quality score: a gain shrinks by the track's share times what
// the score lacks of 100, a loss shrinks by the share times the score.
func (r *Rules) adjust(x *Result, a *Account, track *Track, q *Quality, t *trace.Trace) {
	x.Adjusted = x.Amount
	if track.QualityGain == 0 && track.QualityLoss == 0 || len(r.measures) == 0 && r.neutral == 0 {
		return
	}
	var known bool
	x.Quality, known = r.CompositeScore(x.CCN, a.ByCategory, q, t)
	if !known {
		x.Notes = append(x.Notes, "no quality results: the composite quality score is neutral")
	}
	share, points := track.QualityGain, 10_000-x.Quality
	if x.Amount < 0 {
		share, points = track.QualityLoss, x.Quality
	}
	// share and points are hundredths of a percent and of a point: one in 10^8 of the amount.
	change := money.Cents(money.HalfUp(int64(x.Amount), share*points, 100_000_000))
	x.Adjusted -= change
	if t.On() {
		t.Add(trace.Step{Name: "quality-adjusted reconciliation amount", Formula: fmt.Sprintf("%s - %s x %s x %s / 100", x.Amount, x.Amount, Percent(share), money.AppendScaled(nil, points, 2)),
			Rounding: "half up to cents", Table: r.trackRow(track.Name), Result: x.Adjusted.String(), Cite: track.cite, Unverified: !track.verified})
	}
}

// after takes off what a hospital's episodes cost in the days after them beyond so many
// standard deviations above the region's mean.
func (r *Rules) after(x *Result, a *Account, p *Prices, t *trace.Trace) {
	if r.postDays == 0 || a.Episodes == 0 {
		return
	}
	var region PostRow
	ok := false
	if p != nil {
		region, ok = p.post[a.Hospital.Region]
	}
	if !ok {
		x.Notes = append(x.Notes, "the region's spending after episodes is not loaded: nothing is taken off for it")
		return
	}
	threshold := region.Mean + money.Cents(r.deviations)*region.Deviation
	x.PostEpisode = max(0, a.Post-money.Cents(a.Episodes)*threshold)
	if t.On() {
		t.Add(trace.Step{Name: "post-episode spending", Inputs: []trace.Input{trace.In("spent", a.Post), trace.In("episodes", a.Episodes), trace.In("region's mean", region.Mean),
			trace.In("standard deviation", region.Deviation)}, Formula: fmt.Sprintf("%s - %d x (%s + %d x %s), if more than 0", a.Post, a.Episodes, region.Mean, r.deviations, region.Deviation),
			Table: r.row("post_deviations"), Result: x.PostEpisode.String(), Cite: r.params["post_deviations"].cite, Unverified: !r.params["post_deviations"].verified})
	}
}
