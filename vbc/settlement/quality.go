// SPDX-License-Identifier: Apache-2.0

package settlement

import (
	"fmt"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// QualityReport is what an ACO reported and scored for a performance year.
type QualityReport struct {
	// FirstYear tells of the first performance year of the first agreement period;
	// Reported that data were complete and CAHPS for MIPS was administered; Nothing that
	// neither any measure was reported nor CAHPS administered.
	FirstYear bool `json:"first_year"`
	Reported  bool `json:"reported"`
	Nothing   bool `json:"nothing_reported"`
	// Score is the quality performance score, health equity adjusted where the year has
	// that, as a share of 1.
	Score Rate `json:"score"`
	// Threshold is the percentile across MIPS Quality scores that the standard asks for, as
	// a share of 1; 0 takes that of the table.
	Threshold Rate `json:"threshold"`
	// CQMs tells that all eCQMs or MIPS CQMs were reported with complete data.
	// OutcomePercentile is the best percentile among the outcome measures, OtherPercentile
	// the best among the remaining ones.
	CQMs              bool `json:"cqms"`
	OutcomePercentile int  `json:"outcome_percentile"`
	OtherPercentile   int  `json:"other_percentile"`
}

// QualityRules are the quality performance standard of a year (42 CFR 425.512).
type QualityRules struct {
	Year       int
	Verified   bool
	percentile int64
	score      Rate
	outcome    int64
	other      int64
	alt        bool
	incentive  bool
	version    string
	cite       string
}

// LoadQuality reads the standard of a year from 2021, or fails with a
// *refdata.NotLoadedError.
func LoadQuality(cat *refdata.Catalog, year int) (*QualityRules, error) {
	t, err := cat.Load("mssp.quality", civil.Of(year, time.January, 1))
	if err != nil {
		return nil, err
	}
	b := t.Bind()
	percentile, score, outcome, other := b.Numbers("percentile", 0), b.Numbers("score", 2), b.Numbers("outcome_percentile", 0), b.Numbers("other_percentile", 0)
	alt, incentive, verified, cite := b.Text("alternative"), b.Text("incentive"), b.Text("verified"), b.Text("cite")
	if b.Err() != nil {
		return nil, b.Err()
	}
	if t.Rows != 1 {
		return nil, fmt.Errorf("table %s %s: %d rows, wanted 1", t.ID, t.Version, t.Rows)
	}
	return &QualityRules{Year: year, Verified: verified[0] == "yes", percentile: percentile[0], score: percent(score[0]), outcome: outcome[0], other: other[0],
		alt: alt[0] == "yes", incentive: incentive[0] == "yes", version: t.Version, cite: cite[0]}, nil
}

// Standard decides which standard an ACO met. known is false where the percentile that the
// score is held against is not loaded.
func (q *QualityRules) Standard(r QualityReport, t *trace.Trace) (met Quality, known bool) {
	threshold := r.Threshold
	if threshold == 0 {
		threshold = q.score
	}
	met, known = QualityNotMet, true
	reason := "no standard met"
	switch {
	case r.Nothing:
		reason = "nothing reported"
	case r.FirstYear && r.Reported:
		met, reason = QualityMet, "first performance year, reported completely"
	case threshold > 0 && r.Score >= threshold:
		met, reason = QualityMet, fmt.Sprintf("score reaches the %dth percentile", q.percentile)
	case q.incentive && r.CQMs && int64(r.OutcomePercentile) >= q.outcome && int64(r.OtherPercentile) >= q.other:
		met, reason = QualityMet, fmt.Sprintf("all CQMs complete, an outcome measure at the %dth percentile and another at the %dth", q.outcome, q.other)
	case threshold == 0:
		known, reason = false, fmt.Sprintf("the %dth percentile of MIPS Quality scores of %d is not loaded", q.percentile, q.Year)
	}
	if met == QualityNotMet && !r.Nothing && q.alt && r.Reported && int64(r.OutcomePercentile) >= max(q.outcome, 1) {
		met, reason = QualityAlternative, fmt.Sprintf("alternative standard: an outcome measure at the %dth percentile; %s", q.outcome, reason)
	}
	t.Add(trace.Step{Name: "quality performance standard", Inputs: []trace.Input{trace.In("score", r.Score), trace.In("threshold", threshold)}, Result: met.String() + ": " + reason,
		Table: &trace.Row{Table: "mssp.quality", Version: q.version, Key: fmt.Sprint(q.Year)}, Cite: q.cite, Unverified: !q.Verified})
	return met, known
}

// Guarded settles a performance year whose benchmark was updated with the prospective
// trend. If that alone makes losses or makes them larger, the benchmark updated with
// national and regional growth decides (42 CFR 425.652(b)(5)). It returns the benchmark
// that counted.
func Guarded(in Inputs, twoWay money.Cents, r *Rules, t *trace.Trace) (Result, money.Cents, error) {
	res, err := Settle(in, r, nil)
	if err != nil {
		return res, 0, err
	}
	tr := r.tracks[in.Track]
	threshold := res.MSR // losses of one-sided ACOs count for monitoring alone
	loss := res.Difference < 0 && reaches(-res.Difference, in.Benchmark, threshold)
	if !loss || twoWay <= in.Benchmark {
		res, err = Settle(in, r, t)
		return res, in.Benchmark, err
	}
	t.Add(trace.Step{Name: "guardrail", Inputs: []trace.Input{trace.In("updated benchmark", in.Benchmark), trace.In("with national and regional growth alone", twoWay)},
		Result: "losses are measured against " + twoWay.String(), Cite: "42 CFR 425.652(b)(5)"})
	in.Benchmark = twoWay
	if in.Expenditures < twoWay {
		// neither losses nor savings
		out := Result{Outcome: Within, Difference: twoWay - in.Expenditures, MSR: res.MSR, Verified: res.Verified && tr.verified}
		out.Rate = Rate(money.HalfUp(int64(out.Difference), int64(Whole), int64(twoWay)))
		t.Add(trace.Step{Name: "result", Result: "neither savings nor losses", Cite: "42 CFR 425.652(b)(5)(ii)"})
		return out, twoWay, nil
	}
	res, err = Settle(in, r, t)
	return res, twoWay, err
}
