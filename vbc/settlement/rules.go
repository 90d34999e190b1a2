// SPDX-License-Identifier: Apache-2.0

package settlement

import (
	"fmt"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// Track is a participation option: "Track 1", "Track 1+", "Track 2", "Track 3",
// "BASIC A" to "BASIC E", "ENHANCED".
type Track string

// Rules are the rules of one performance year.
type Rules struct {
	Year int
	// Sequestration is taken off payments of shared savings, not off losses.
	Sequestration Rate
	// Quality says how quality makes the final sharing rate.
	Quality QualityRule
	// LowRevenueShare is the part of the sharing rate that a low-revenue ACO of the BASIC
	// track gets for savings below the minimum rate (42 CFR 425.605(h)); 0 is none.
	LowRevenueShare Rate
	// LowRevenueMinimum and LowRevenueFrom are the assigned beneficiaries and the begin of
	// the agreement period that it takes.
	LowRevenueMinimum int
	LowRevenueFrom    civil.Date
	// LossesMitigated is the part of shared losses that the year's extreme and
	// uncontrollable circumstances take away from every ACO (public health emergency).
	LossesMitigated Rate
	Verified        bool

	tracks   map[Track]*trackRules
	bands    []band
	versions map[string]string
	cite     string
}

// QualityRule is how quality makes the final sharing rate.
type QualityRule string

// The rules: the score scales the maximum rate (to 2020); the standard gives it whole
// (2021 and 2022); and besides, an ACO that meets only the alternative standard gets it
// scaled by its score (from 2023).
const (
	ScoreScales QualityRule = "score"
	Standard    QualityRule = "standard"
	Alternative QualityRule = "alternative"
)

type trackRules struct {
	maxShare, shareCap          Rate
	twoSided                    bool
	lossRule                    string // none, fixed, inverse (1 less maximum rate x quality score)
	lossRate, lossFloor, lossTo Rate
	benchmarkLimit              [3]Rate // first, second, third and later year of the agreement
	revenueLimit                Rate    // 0 if there is none
	verified                    bool
	cite                        string
}

// band is a range of assigned beneficiaries in which the minimum rate is linear.
type band struct {
	low, high         int64 // high 0 is open
	atLow, atHigh     Rate
	version, position string
}

// Load reads the rules of a performance year, or fails with a *refdata.NotLoadedError.
func Load(cat *refdata.Catalog, year int) (*Rules, error) {
	r := &Rules{Year: year, tracks: map[Track]*trackRules{}, versions: map[string]string{}}
	on := civil.Of(year, time.January, 1)
	for _, part := range []struct {
		id   string
		read func(*refdata.Table) error
	}{{"mssp.years", r.readYear}, {"mssp.tracks", r.readTracks}, {"mssp.msr", r.readBands}} {
		t, err := cat.Load(part.id, on)
		if err != nil {
			return nil, err
		}
		r.versions[part.id] = t.Version
		if err := part.read(t); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *Rules) readYear(t *refdata.Table) error {
	b := t.Bind()
	seq, rule, mitigated, cite := b.Numbers("sequestration", 2), b.Text("quality_rule"), b.Numbers("losses_mitigated", 2), b.Text("cite")
	low, minimum, from := b.Numbers("low_revenue_share", 2), b.Numbers("low_revenue_minimum", 0), b.Days("low_revenue_from")
	if b.Err() != nil {
		return b.Err()
	}
	if t.Rows != 1 {
		return fmt.Errorf("table %s %s: %d rows, wanted 1", t.ID, t.Version, t.Rows)
	}
	r.Sequestration, r.Quality, r.LossesMitigated, r.LowRevenueShare = percent(seq[0]), QualityRule(rule[0]), percent(mitigated[0]), percent(low[0])
	if r.Quality != ScoreScales && r.Quality != Standard && r.Quality != Alternative {
		return fmt.Errorf("table %s %s: quality rule %q", t.ID, t.Version, rule[0])
	}
	r.LowRevenueMinimum, r.LowRevenueFrom = int(minimum[0]), from[0]
	r.Verified, r.cite = t.Verified, cite[0]
	return nil
}

func (r *Rules) readTracks(t *refdata.Table) error {
	b := t.Bind()
	name, two, rule, verified, cite := b.Text("track"), b.Text("two_sided"), b.Text("loss_rule"), b.Text("verified"), b.Text("cite")
	num := func(col string) []int64 { return b.Numbers(col, 2) }
	maxShare, shareCap, loss, floor, ceiling := num("max_share"), num("share_cap"), num("loss_rate"), num("loss_floor"), num("loss_ceiling")
	limits := [3][]int64{num("benchmark_limit"), num("benchmark_limit_2"), num("benchmark_limit_3")}
	revenue := num("revenue_limit")
	if b.Err() != nil {
		return b.Err()
	}
	for i := range name {
		tr := &trackRules{maxShare: percent(maxShare[i]), shareCap: percent(shareCap[i]), twoSided: two[i] == "yes", lossRule: rule[i],
			lossRate: percent(loss[i]), lossFloor: percent(floor[i]), lossTo: percent(ceiling[i]), revenueLimit: percent(revenue[i]),
			verified: verified[i] == "yes", cite: cite[i]}
		for k := range limits {
			tr.benchmarkLimit[k] = percent(limits[k][i])
		}
		r.tracks[Track(name[i])] = tr
	}
	return nil
}

func (r *Rules) readBands(t *refdata.Table) error {
	b := t.Bind()
	low, high, atLow, atHigh := b.Numbers("low", 0), b.Numbers("high", 0), b.Numbers("msr_low", 6), b.Numbers("msr_high", 6)
	if b.Err() != nil {
		return b.Err()
	}
	for i := range low {
		r.bands = append(r.bands, band{low: low[i], high: high[i], atLow: Rate(atLow[i] * 1000), atHigh: Rate(atHigh[i] * 1000),
			version: t.Version, position: fmt.Sprintf("%d-%d", low[i], high[i])})
	}
	return nil
}

// TwoSided tells whether a track shares losses, and whether it exists in the year.
func (r *Rules) TwoSided(t Track) (two, ok bool) {
	tr := r.tracks[t]
	if tr == nil {
		return false, false
	}
	return tr.twoSided, true
}

// MaxShare is the highest sharing rate of a track, 0 if the year has no such track.
func (r *Rules) MaxShare(t Track) Rate {
	if tr := r.tracks[t]; tr != nil {
		return tr.maxShare
	}
	return 0
}

// VariableMSR is the minimum savings rate that follows from the number of assigned
// beneficiaries: linear within each band (42 CFR 425.605(b)(1), 425.610(b)).
func (r *Rules) VariableMSR(assigned int) (Rate, bool) {
	rate, _, ok := r.variable(assigned)
	return rate, ok
}

func (r *Rules) variable(assigned int) (Rate, *band, bool) {
	n := int64(assigned)
	for i := range r.bands {
		b := &r.bands[i]
		if n < b.low || b.high != 0 && n > b.high {
			continue
		}
		if b.high == 0 || b.high == b.low || b.atLow == b.atHigh {
			return b.atLow, b, true
		}
		fall := money.HalfUp(int64(b.atLow-b.atHigh), n-b.low, b.high-b.low)
		return b.atLow - Rate(fall), b, true
	}
	return 0, nil, false
}
