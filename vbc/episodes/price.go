// SPDX-License-Identifier: Apache-2.0

package episodes

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
)

// PriceRow is the preliminary target price of an episode type in a region, after CMS's
// discount, with the factors that reconciliation replaces.
type PriceRow struct {
	Price money.Cents
	// Cap is the high-cost outlier cap: spending beyond it does not count; 0 is none.
	Cap money.Cents
	// Normalization and Trend are the prospective factors inside the price, FinalNormalization
	// and FinalTrend those that reconciliation puts in their place; in millionths, 0 if unknown.
	Normalization, FinalNormalization, Trend, FinalTrend int64
}

// PostRow is a region's spending in the days after an episode.
type PostRow struct{ Mean, Deviation money.Cents }

// Prices are the target prices of a performance year.
type Prices struct {
	name string
	rows map[[2]string]PriceRow // region, type
	post map[string]PostRow     // region
}

// ReadPrices reads a csv with the columns region, type (MS-DRG) and price and, if they are
// there, year, outlier_cap, normalization, final_normalization, trend, final_trend, post_mean
// and post_sd. Rows of another year are left alone. A type of * carries the region's spending
// after episodes.
func ReadPrices(r io.Reader, name string, year int) (*Prices, error) {
	p := &Prices{name: name, rows: map[[2]string]PriceRow{}, post: map[string]PostRow{}}
	optional := []string{"year", "outlier_cap", "normalization", "final_normalization", "trend", "final_trend", "post_mean", "post_sd"}
	err := eachRow(r, name, []string{"region", "type", "price"}, optional, func(f []string) error {
		if f[3] != "" && f[3] != strconv.Itoa(year) {
			return nil
		}
		if f[1] == "*" {
			post, err := amounts(f[9], f[10])
			if err == nil {
				p.post[f[0]] = PostRow{post[0], post[1]}
			}
			return err
		}
		key := [2]string{f[0], drg(f[1])}
		if _, ok := p.rows[key]; ok {
			return fmt.Errorf("type %s of region %s is listed twice", f[1], f[0])
		}
		money, err := amounts(f[2], f[4])
		if err != nil {
			return err
		}
		if money[0] == 0 {
			return errors.New("no price")
		}
		row := PriceRow{Price: money[0], Cap: money[1]}
		for i, to := range []*int64{&row.Normalization, &row.FinalNormalization, &row.Trend, &row.FinalTrend} {
			if *to, err = factor(f[5+i]); err != nil {
				return err
			}
		}
		p.rows[key] = row
		return nil
	})
	if err == nil && len(p.rows) == 0 {
		err = fmt.Errorf("%s has no price of %d", name, year)
	}
	return p, err
}

func amounts(texts ...string) ([]money.Cents, error) {
	out := make([]money.Cents, len(texts))
	for i, s := range texts {
		if s == "" {
			continue
		}
		c, err := money.ParseCents(s)
		if err != nil {
			return nil, err
		}
		if c < 0 || c > most {
			return nil, fmt.Errorf("amount %s is out of range", s)
		}
		out[i] = c
	}
	return out, nil
}

func factor(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	v, err := money.ParseScaled(s, 6)
	if err == nil && (v < 200_000 || v > 5_000_000) {
		err = fmt.Errorf("factor %s is not from 0.2 to 5", s)
	}
	return v, err
}

// Price is an episode's reconciliation target price and what is held against it.
type Price struct {
	Preliminary money.Cents `json:"preliminary"`
	Target      money.Cents `json:"target"`
	// Spending is the episode's total up to the outlier cap.
	Spending money.Cents `json:"spending"`
	Cap      money.Cents `json:"outlier_cap,omitempty"`
	// Final tells that normalization and trend are those of reconciliation.
	Final bool `json:"final"`
}

// price makes the reconciliation target price of an episode (42 CFR 512.545).
func (b *Builder) price(e *Episode, t *trace.Trace) *Price {
	if b.Prices == nil {
		return nil
	}
	row, ok := b.Prices.rows[[2]string{e.Region, e.Type}]
	if !ok {
		if t.On() {
			t.Add(trace.Step{Name: "target price", Result: "not loaded for MS-DRG " + e.Type + " in region " + e.Region, Cite: b.Rules.params["price"].cite})
		}
		return nil
	}
	r := b.Rules
	p := &Price{Preliminary: row.Price, Cap: row.Cap, Spending: e.Total}
	if t.On() {
		t.Add(trace.Step{Name: "preliminary target price", Table: &trace.Row{Table: b.Prices.name, Version: "as loaded", Key: "region " + e.Region + ", MS-DRG " + e.Type},
			Result: row.Price.String(), Cite: r.params["price"].cite})
	}
	multiplier := e.Risk.Multiplier
	normalization, known := limited(row.FinalNormalization, row.Normalization, r.normalLimit)
	trend, trendKnown := limited(row.FinalTrend, row.Trend, r.trendLimit)
	p.Final = known && trendKnown
	for _, x := range []struct {
		name         string
		ratio        int64
		final, prior int64
		limit        int64
		param        string
	}{{"normalization", normalization, row.FinalNormalization, row.Normalization, r.normalLimit, "normalization_limit"},
		{"trend", trend, row.FinalTrend, row.Trend, r.trendLimit, "trend_limit"}} {
		multiplier = money.HalfUp(multiplier, x.ratio, One)
		if t.On() {
			s := trace.Step{Name: "retrospective " + x.name, Result: string(money.AppendScaled(nil, x.ratio, 9)), Table: r.row(x.param),
				Cite: r.params[x.param].cite, Unverified: !r.params[x.param].verified}
			if x.final > 0 && x.prior > 0 {
				s.Formula = fmt.Sprintf("%s / %s, at most %s from 1", money.AppendScaled(nil, x.final, 6), money.AppendScaled(nil, x.prior, 6), Percent(x.limit))
			} else {
				s.Formula = "not known before reconciliation: 1"
			}
			t.Add(s)
		}
	}
	p.Target = scaled(row.Price, multiplier)
	category := r.categories[e.Category]
	if h := b.Hospitals[e.Hospital]; h.Discount >= 0 && category != nil && category.Discount < 10_000 {
		before := p.Target
		p.Target = money.Cents(money.HalfUp(int64(p.Target), 10_000-h.Discount, 10_000-category.Discount))
		if t.On() {
			t.Add(trace.Step{Name: "discount by quality", Formula: fmt.Sprintf("%s x (1 - %s) / (1 - %s)", before, Percent(h.Discount), Percent(category.Discount)),
				Result: p.Target.String(), Rounding: "half up to cents", Cite: category.cite, Unverified: !category.verified})
		}
	}
	if row.Cap > 0 && p.Spending > row.Cap {
		p.Spending = row.Cap
	}
	if t.On() {
		t.Add(trace.Step{Name: "reconciliation target price", Formula: fmt.Sprintf("%s x %s", row.Price, money.AppendScaled(nil, multiplier, 9)),
			Rounding: "half up to cents", Result: p.Target.String(), Cite: r.params["final_price"].cite, Unverified: !r.params["final_price"].verified})
		s := trace.Step{Name: "spending held against it", Result: p.Spending.String(), Cite: r.params["outlier_percentile"].cite, Table: r.row("outlier_percentile"),
			Unverified: !r.params["outlier_percentile"].verified, Formula: "the lesser of " + e.Total.String() + " and the outlier cap " + row.Cap.String()}
		if row.Cap == 0 {
			s.Formula = "no outlier cap is loaded"
		}
		t.Add(s)
	}
	return p
}

// limited is final / prospective in billionths, at most limit (hundredths of a percent) away
// from 1 if there is a limit; 1 if one of them is not known.
func limited(final, prospective, limit int64) (ratio int64, known bool) {
	if final <= 0 || prospective <= 0 {
		return One, false
	}
	ratio = money.HalfUp(final, One, prospective)
	if limit > 0 {
		d := limit * (One / 10_000)
		ratio = min(max(ratio, One-d), One+d)
	}
	return ratio, true
}

// scaled is an amount times billionths, rounded half up to the cent.
func scaled(c money.Cents, billionths int64) money.Cents {
	return money.Cents(money.HalfUp(int64(c), billionths, One))
}
