// SPDX-License-Identifier: Apache-2.0

package episodes

import (
	"math/big"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// nearest rounds half away from zero.
func nearest(r *big.Rat) money.Cents {
	if r.Sign() < 0 {
		return -round(new(big.Rat).Neg(r))
	}
	return round(r)
}

func rat(a, b int64) *big.Rat { return big.NewRat(a, b) }

// closed is the reconciliation as one formula over fractions (42 CFR 512.550): R = target -
// spending; R x (1 - g (1 - Q)) if positive, R x (1 - l Q) if negative; cut to the limits; less
// what is spent after episodes beyond mean + 3 deviations; a track without stop-loss owes nothing.
func closed(a *Account, tr *Track, score int64, post PostRow) money.Cents {
	r := a.Target - a.Spending
	q := rat(score, 10_000)
	change := new(big.Rat)
	if r >= 0 {
		change.Mul(rat(tr.QualityGain, 10_000), new(big.Rat).Sub(rat(1, 1), q))
	} else {
		change.Mul(rat(tr.QualityLoss, 10_000), q)
	}
	x := r - nearest(change.Mul(change, rat(int64(r), 1)))
	if top := nearest(new(big.Rat).Mul(rat(int64(a.Target), 1), rat(tr.StopGain, 10_000))); x > top {
		x = top
	}
	if bottom := -nearest(new(big.Rat).Mul(rat(int64(a.Target), 1), rat(tr.StopLoss, 10_000))); x < bottom {
		x = bottom
	}
	if excess := a.Post - money.Cents(a.Episodes)*(post.Mean+3*post.Deviation); excess > 0 {
		x -= excess
	}
	if tr.StopLoss == 0 && x < 0 {
		return 0
	}
	return x
}

// TestReconcileClosedForm holds the steps against the formula, and the limits against
// themselves, for every track of every year of the three models.
func TestReconcileClosedForm(t *testing.T) {
	var all []*Rules
	for _, m := range []struct {
		model string
		years []int
	}{{"TEAM", []int{2026, 2027, 2029}}, {"CJR", []int{2017, 2018, 2022}}, {"BPCI Advanced", []int{2024}}} {
		for _, y := range m.years {
			all = append(all, rules(t, m.model, y))
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		r := rapid.SampledFrom(all).Draw(t, "rules")
		var names []string
		for n := range r.tracks {
			names = append(names, n)
		}
		slices.Sort(names)
		track := r.tracks[rapid.SampledFrom(names).Draw(t, "track")]
		a := NewAccount(&Hospital{CCN: "980101", Region: "4", Track: track.Name, Discount: -1})
		a.Episodes = rapid.IntRange(1, 400).Draw(t, "episodes")
		a.ByCategory["LEJR"] = a.Episodes
		a.Target = money.Cents(rapid.Int64Range(1, 5e9).Draw(t, "target"))
		a.Spending = money.Cents(rapid.Int64Range(0, 8e9).Draw(t, "spending"))
		a.Post = money.Cents(rapid.Int64Range(0, 5e8).Draw(t, "post"))
		post := PostRow{money.Cents(rapid.Int64Range(0, 200_000).Draw(t, "mean")), money.Cents(rapid.Int64Range(0, 200_000).Draw(t, "sd"))}
		score := rapid.Int64Range(0, 10_000).Draw(t, "score")
		q := &Quality{results: map[[2]string]result{}}
		for _, m := range r.measures {
			q.results[[2]string{"980101", m.Name}] = result{percentile: score, percentileKnown: true}
		}
		if r.Model == "CJR" {
			score = 0 // quality moves CJR's discount, not the amount
		}
		if len(r.measures) == 0 && r.neutral > 0 {
			score = r.neutral
		}
		prices := &Prices{post: map[string]PostRow{"4": post}}
		tr := trace.New()
		got, err := r.Reconcile(a, q, prices, tr)
		if err != nil {
			t.Fatal(err)
		}
		if want := closed(a, track, score, post); got.Payment != want {
			t.Fatalf("%s %d track %s: %s, want %s\n%+v", r.Model, r.Year, track.Name, got.Payment, want, got)
		}
		if top := a.Target.Percent(track.StopGain); got.Payment > top || got.Limited < -a.Target.Percent(track.StopLoss) {
			t.Fatalf("%s is beyond the limits of %s", got.Payment, a.Target)
		}
		if got.Amount == 0 && got.PostEpisode == 0 && got.Payment != 0 {
			t.Fatalf("%s for spending at the target", got.Payment)
		}
		plain, _ := r.Reconcile(a, q, prices, nil)
		if plain.Payment != got.Payment {
			t.Fatal("the trace changes the payment")
		}
		a.Spending += money.Cents(rapid.Int64Range(0, 1e8).Draw(t, "more"))
		if worse, _ := r.Reconcile(a, q, prices, nil); worse.Payment > got.Payment {
			t.Fatalf("more spending pays more: %s after %s", worse.Payment, got.Payment)
		}
	})
}

// TestWorkedReconciliation is worked by hand: target 1,000,000, spending 900,000, score 60.
func TestWorkedReconciliation(t *testing.T) {
	for _, c := range []struct {
		year     int
		track    string
		spending int64 // dollars
		want     string
	}{
		{2026, "3", 900_000, "96000.00"},     // 100,000 x (1 - 10 % x 0.4)
		{2026, "1", 900_000, "96000.00"},     // below 10 %
		{2026, "1", 850_000, "100000.00"},    // 144,000, cut to 10 %
		{2026, "1", 1_200_000, "0.00"},       // no downside
		{2027, "2", 900_000, "50000.00"},     // cut to 5 %
		{2027, "2", 1_040_000, "-36400.00"},  // -40,000 x (1 - 15 % x 0.6)
		{2027, "3", 1_040_000, "-37600.00"},  // -40,000 x (1 - 10 % x 0.6)
		{2027, "3", 1_300_000, "-200000.00"}, // -282,000, cut to 20 %
	} {
		r := rules(t, "TEAM", c.year)
		q := &Quality{results: map[[2]string]result{}}
		for _, m := range r.measures {
			q.results[[2]string{"980101", m.Name}] = result{percentile: 6000, percentileKnown: true}
		}
		a := NewAccount(&Hospital{CCN: "980101", Track: c.track})
		a.Episodes, a.Target, a.Spending = 40, 100_000_000, money.Cents(c.spending*100)
		a.ByCategory["LEJR"] = 40
		got, err := r.Reconcile(a, q, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got.Payment.String() != c.want || got.Quality != 6000 {
			t.Errorf("%d track %s, spending %d: %s, want %s", c.year, c.track, c.spending, got.Payment, c.want)
		}
	}
}

// TestCompositeScore weighs measures by the episodes that they cover, and lies between the
// lowest and the highest of them.
func TestCompositeScore(t *testing.T) {
	r := rules(t, "TEAM", 2026)
	q, err := ReadQuality(strings.NewReader("ccn,measure,percentile\n980101,Hybrid HWR,80\n980101,PSI 90,40\n980101,THA/TKA PRO-PM,100\n"), "quality.csv")
	if err != nil {
		t.Fatal(err)
	}
	// 80 x 30 + 40 x 30 + 100 x 20 over 80 episodes.
	if got, known := r.CompositeScore("980101", map[string]int{"LEJR": 20, "CABG": 10}, q, nil); got != 7000 || !known {
		t.Errorf("score %d", got)
	}
	if got, known := r.CompositeScore("980102", map[string]int{"LEJR": 20}, q, nil); got != 5000 || known {
		t.Errorf("without results %d, %t: wanted the neutral score", got, known)
	}
	if got, known := r.CompositeScore("980101", nil, q, nil); got != 5000 || known {
		t.Errorf("without episodes %d, %t: wanted the neutral score", got, known)
	}
	rapid.Check(t, func(t *rapid.T) {
		q := &Quality{results: map[[2]string]result{}}
		volumes := map[string]int{"LEJR": rapid.IntRange(0, 50).Draw(t, "LEJR"), "SPINE": rapid.IntRange(0, 50).Draw(t, "SPINE"), "CABG": rapid.IntRange(1, 50).Draw(t, "CABG")}
		sum, weight := new(big.Rat), int64(0)
		lo, hi := int64(10_000), int64(0)
		for _, m := range r.measures {
			s := rapid.Int64Range(0, 10_000).Draw(t, m.Name)
			q.results[[2]string{"x", m.Name}] = result{percentile: s, percentileKnown: true}
			v := int64(volumes["LEJR"])
			if m.Name != "THA/TKA PRO-PM" {
				v += int64(volumes["SPINE"] + volumes["CABG"])
			}
			if v > 0 {
				lo, hi = min(lo, s), max(hi, s)
			}
			sum.Add(sum, rat(s*v, 1))
			weight += v
		}
		got, _ := r.CompositeScore("x", volumes, q, nil)
		if want := round(sum.Quo(sum, rat(weight, 1))); int64(want) != got || got < lo || got > hi {
			t.Fatalf("score %d, want %d between %d and %d", got, want, lo, hi)
		}
	})
}

// TestPercentile counts one by one.
func TestPercentile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := rapid.SliceOfN(rapid.Int64Range(0, 20), 1, 40).Draw(t, "baseline")
		rate := rapid.Int64Range(-1, 21).Draw(t, "rate")
		higher := rapid.Bool().Draw(t, "higher")
		n := int64(0)
		for _, b := range base {
			if higher && b <= rate || !higher && b >= rate {
				n++
			}
		}
		slices.Sort(base)
		if got, want := Percentile(rate, base, higher), int64(round(rat(n*10_000, int64(len(base))))); got != want {
			t.Fatalf("percentile %d, want %d", got, want)
		}
	})
}

// TestTargetPrice is worked by hand, with each limit reached.
func TestTargetPrice(t *testing.T) {
	prices, err := ReadPrices(strings.NewReader("year,region,type,price,outlier_cap,normalization,final_normalization,trend,final_trend\n"+
		"2026,1,470,20000,15000,1,1.04,1,0.98\n2026,1,480,20000,,1,1.2,1,1.2\n2025,1,470,1,,,,,\n2026,1,330,20000,,,,,\n"), "prices.csv", 2026)
	if err != nil {
		t.Fatal(err)
	}
	factors, err := ReadFactors(strings.NewReader("category,variable,factor\n*,age_75,1.1\nLEJR,beds_251,0.95\n*,beds_251,2\n*,safety_net_no,1\n*,economic_no,1\n"), "factors.csv")
	if err != nil {
		t.Fatal(err)
	}
	b := New(Config{Rules: rules(t, "TEAM", 2026), Hospitals: hospitals(t, twoHospitals), Prices: prices, Factors: factors})
	for _, c := range []struct{ code, target, spending string }{
		{"470", "21301.28", "15000.00"}, // 20,000 x 1.1 x 0.95 x 1.04 x 0.98
		{"480", "47586.00", "16000.00"}, // 20,000 x 1.1 x 2 x 1.05 x 1.03
		{"330", "44000.00", "16000.00"},
	} {
		p := person()
		p.Birth = day("1951-03-01") // 75 on the first day
		p.Claims = []feed.Claim{stay(1, "980101", c.code, "2026-03-01", "2026-03-04", 16000)}
		e := only(t, b.Episodes(p))
		if e.Price == nil || e.Price.Target.String() != c.target || e.Price.Spending.String() != c.spending {
			t.Errorf("MS-DRG %s: %+v, want %s", c.code, e.Price, c.target)
		}
		if e.Price.Final != (c.code != "330") {
			t.Errorf("MS-DRG %s: final is %t", c.code, e.Price.Final)
		}
	}
	p := person()
	p.Claims = []feed.Claim{stay(1, "980101", "331", "2026-03-01", "2026-03-04", 16000)}
	if e := only(t, b.Episodes(p)); e.Price != nil {
		t.Error("a price without a row")
	}
}

// TestBaseline compares with sums over a sorted list.
func TestBaseline(t *testing.T) {
	r := rules(t, "TEAM", 2026)
	rapid.Check(t, func(t *rapid.T) {
		b := NewBaseline(r, 2024)
		b.Trend = rapid.Int64Range(900_000, 1_200_000).Draw(t, "trend")
		var years [3][]int64
		for y := range years {
			for range rapid.IntRange(0, 220).Draw(t, "n") {
				v := rapid.Int64Range(100, 9_000_000).Draw(t, "spent")
				years[y] = append(years[y], v)
				b.Add(&Episode{Region: "5", Type: "235", Category: "CABG", Year: 2022 + y, Total: money.Cents(v)})
			}
		}
		b.Add(&Episode{Region: "5", Type: "235", Category: "CABG", Year: 2021, Total: 1})
		b.Add(&Episode{Region: "5", Type: "235", Category: "CABG", Year: 2022, Total: 1, Cancelled: &Cancel{}})
		sum, weights, last := new(big.Rat), int64(0), int64(0)
		for y, list := range years {
			if len(list) == 0 {
				continue
			}
			slices.Sort(list)
			limit := int64(0)
			for _, v := range list { // the smallest that 99 % do not exceed
				n := 0
				for _, u := range list {
					if u <= v {
						n++
					}
				}
				if n*100 >= 99*len(list) {
					limit = v
					break
				}
			}
			total := int64(0)
			for _, v := range list {
				total += min(v, limit)
			}
			w := []int64{17, 33, 50}[y]
			sum.Add(sum, rat(w*int64(round(rat(total, int64(len(list))))), 1))
			weights += w
			last = limit
		}
		got := b.Prices()
		if weights == 0 {
			if len(got) != 0 {
				t.Fatal("a price of nothing")
			}
			return
		}
		average := round(sum.Quo(sum, rat(weights, 1)))
		trended := round(rat(int64(average)*b.Trend, 1_000_000))
		price := round(rat(int64(trended)*985, 1000))
		limit := round(rat(last*b.Trend, 1_000_000))
		if len(got) != 1 || got[0].Average != average || got[0].Price != price || got[0].Cap != limit {
			t.Fatalf("%+v, want average %s price %s cap %s", got, average, price, limit)
		}
	})
}
