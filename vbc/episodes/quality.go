// SPDX-License-Identifier: Apache-2.0

package episodes

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
)

// Quality holds hospitals' results on quality measures.
type Quality struct {
	name    string
	results map[[2]string]result // ccn, measure
	// baseline are the rates of all hospitals in the baseline, ascending, in millionths.
	baseline map[string][]int64
}

type result struct {
	percentile      int64 // hundredths, 0 to 10000
	rate            int64 // millionths
	percentileKnown bool
}

// ReadQuality reads a csv with the columns ccn and measure and percentile (0 to 100) or rate.
// A rate becomes a percentile by AddBaseline.
func ReadQuality(r io.Reader, name string) (*Quality, error) {
	q := &Quality{name: name, results: map[[2]string]result{}, baseline: map[string][]int64{}}
	err := eachRow(r, name, []string{"ccn", "measure"}, []string{"percentile", "rate"}, func(f []string) error {
		key := [2]string{f[0], f[1]}
		if _, ok := q.results[key]; ok {
			return fmt.Errorf("%s of %s is listed twice", f[1], f[0])
		}
		var x result
		var err error
		switch {
		case f[2] != "":
			x.percentile, err = money.ParseScaled(f[2], 2)
			x.percentileKnown = true
			if err == nil && (x.percentile < 0 || x.percentile > 10_000) {
				err = fmt.Errorf("percentile %s is not from 0 to 100", f[2])
			}
		case f[3] != "":
			x.rate, err = money.ParseScaled(f[3], 6)
		default:
			err = errors.New("neither a percentile nor a rate")
		}
		q.results[key] = x
		return err
	})
	return q, err
}

// AddBaseline reads a csv with the columns measure and rate: one line for each hospital of the
// measure's baseline.
func (q *Quality) AddBaseline(r io.Reader, name string) error {
	err := eachRow(r, name, []string{"measure", "rate"}, nil, func(f []string) error {
		v, err := money.ParseScaled(f[1], 6)
		q.baseline[f[0]] = append(q.baseline[f[0]], v)
		return err
	})
	for _, list := range q.baseline {
		slices.Sort(list)
	}
	return err
}

// Percentile is the share of baseline hospitals whose rate is no better than a rate, in
// hundredths of a percent; the baseline ascends.
func Percentile(rate int64, baseline []int64, higher bool) int64 {
	n, found := slices.BinarySearch(baseline, rate)
	if higher && found {
		for n < len(baseline) && baseline[n] == rate {
			n++
		}
	}
	if !higher {
		n = len(baseline) - n
	}
	return money.HalfUp(int64(n), 10_000, int64(len(baseline)))
}

// score is a hospital's scaled score on a measure in hundredths of a point.
func (q *Quality) score(ccn string, m *Measure) (points int64, how string, known bool) {
	if q == nil {
		return 0, "no results are loaded", false
	}
	x, ok := q.results[[2]string{ccn, m.Name}]
	if !ok {
		return 0, "no result", false
	}
	if x.percentileKnown {
		return x.percentile, "percentile as loaded from " + q.name, true
	}
	base := q.baseline[m.Name]
	if len(base) == 0 {
		return 0, "a rate, and no baseline to rank it in", false
	}
	return Percentile(x.rate, base, m.Higher), fmt.Sprintf("rate %s among %d hospitals of the baseline", money.AppendScaled(nil, x.rate, 6), len(base)), true
}

// CompositeScore is the composite quality score in hundredths of a point, 0 to 10000: the
// scaled scores of the year's measures, weighted by the episodes of the categories that each
// covers (42 CFR 512.547). A measure without a result has the neutral score. known is
// false if no measure has a result; the score is neutral then.
func (r *Rules) CompositeScore(ccn string, episodes map[string]int, q *Quality, t *trace.Trace) (score int64, known bool) {
	var sum, volume int64
	for i := range r.measures {
		m := &r.measures[i]
		var v int64
		for category, n := range episodes {
			if m.covers(category) {
				v += int64(n)
			}
		}
		points, how, ok := q.score(ccn, m)
		known = known || ok && v > 0
		if !ok {
			points, how = r.neutral, how+": neutral"
		}
		sum, volume = sum+points*v, volume+v
		if t.On() {
			t.Add(trace.Step{Name: "measure " + m.Name, Inputs: []trace.Input{trace.In("episodes", v)}, Formula: how, Result: string(money.AppendScaled(nil, points, 2)),
				Table: r.rowOf("episodes.measures", m.Name), Cite: m.cite, Unverified: !m.verified})
		}
	}
	score = r.neutral
	if volume > 0 {
		score = money.HalfUp(sum, 1, volume)
	}
	if t.On() {
		t.Add(trace.Step{Name: "composite quality score", Formula: fmt.Sprintf("%s / %d", money.AppendScaled(nil, sum, 2), volume), Rounding: "half up to 2 decimals",
			Result: string(money.AppendScaled(nil, score, 2)), Table: r.row("neutral_score"), Cite: r.params["neutral_score"].cite, Unverified: !r.params["neutral_score"].verified})
	}
	return score, known
}
