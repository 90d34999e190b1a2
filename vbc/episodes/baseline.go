// SPDX-License-Identifier: Apache-2.0

package episodes

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"math/big"
	"slices"
	"strconv"

	"github.com/woodlawn-health/woodlawn/claim/money"
)

// Baseline estimates preliminary target prices from the baseline years' episodes (42 CFR
// 512.540). CMS computes them from every claim of a region; what is made of one feed is that
// feed's own history, in the same steps.
type Baseline struct {
	rules *Rules
	first int // first baseline year
	// Trend is the prospective trend from the last baseline year to the performance year, in
	// millionths; the user's, as CMS's is not computed here.
	Trend  int64
	values map[[2]string][][]money.Cents // region and type: by year
	kinds  map[[2]string]string          // category
	post   map[string][]money.Cents      // region
}

// NewBaseline takes episodes of as many years as the model weights, the last of them given.
func NewBaseline(r *Rules, last int) *Baseline {
	return &Baseline{rules: r, first: last - len(r.weights) + 1, Trend: 1_000_000, values: map[[2]string][][]money.Cents{},
		kinds: map[[2]string]string{}, post: map[string][]money.Cents{}}
}

// First is the first baseline year.
func (b *Baseline) First() int { return b.first }

// Add takes an episode; cancelled ones and those of other years are left out.
func (b *Baseline) Add(e *Episode) {
	y := e.Year - b.first
	if !e.Counts() || y < 0 || y >= len(b.rules.weights) {
		return
	}
	key := [2]string{e.Region, e.Type}
	if b.values[key] == nil {
		b.values[key] = make([][]money.Cents, len(b.rules.weights))
		b.kinds[key] = e.Category
	}
	b.values[key][y] = append(b.values[key][y], e.Total)
	b.post[e.Region] = append(b.post[e.Region], e.Post)
}

// BaselinePrice is the estimate for one type in one region.
type BaselinePrice struct {
	Region, Type, Category string
	Episodes               []int // by year
	// Average is the weighted average of the years' capped spending; Price that after trend and discount.
	Average, Price, Cap money.Cents
}

// Prices makes the estimates, by region and type.
func (b *Baseline) Prices() []BaselinePrice {
	var out []BaselinePrice
	for _, key := range slices.SortedFunc(maps.Keys(b.values), func(x, y [2]string) int { return cmp.Or(cmp.Compare(x[0], y[0]), cmp.Compare(x[1], y[1])) }) {
		p := BaselinePrice{Region: key[0], Type: key[1], Category: b.kinds[key]}
		var sum, weights int64
		for y, list := range b.values[key] {
			p.Episodes = append(p.Episodes, len(list))
			if len(list) == 0 {
				continue
			}
			limit := nearestRank(list, b.rules.percentile)
			var total money.Cents
			for _, c := range list {
				total += min(c, limit)
			}
			w := int64(b.rules.weights[y])
			sum += w * money.HalfUp(int64(total), 1, int64(len(list)))
			weights += w
			p.Cap = limit
		}
		p.Average = money.Cents(money.HalfUp(sum, 1, weights))
		trended := money.HalfUp(int64(p.Average), b.Trend, 1_000_000)
		p.Price = money.Cents(money.HalfUp(trended, 10_000-b.rules.categories[p.Category].Discount, 10_000))
		p.Cap = money.Cents(money.HalfUp(int64(p.Cap), b.Trend, 1_000_000))
		out = append(out, p)
	}
	return out
}

// nearestRank is the smallest value that at least so many percent do not exceed.
func nearestRank(list []money.Cents, percent int) money.Cents {
	slices.Sort(list)
	if percent <= 0 {
		return list[len(list)-1]
	}
	return list[(percent*len(list)+99)/100-1]
}

// Write writes the estimates in the form that ReadPrices takes.
func (b *Baseline) Write(w io.Writer) error {
	c := csv.NewWriter(w)
	head := []string{"year", "region", "type", "price", "outlier_cap", "normalization", "trend", "post_mean", "post_sd", "category", "average"}
	for y := range b.rules.weights {
		head = append(head, fmt.Sprintf("episodes_%d", b.first+y))
	}
	_ = c.Write(head) // an error is seen at the end
	year, trend := strconv.Itoa(b.rules.Year), string(money.AppendScaled(nil, b.Trend, 6))
	for _, p := range b.Prices() {
		row := []string{year, p.Region, p.Type, p.Price.String(), p.Cap.String(), "1", trend, "", "", p.Category, p.Average.String()}
		for _, n := range p.Episodes {
			row = append(row, strconv.Itoa(n))
		}
		_ = c.Write(row)
	}
	for _, region := range slices.Sorted(maps.Keys(b.post)) {
		mean, sd := deviation(b.post[region])
		row := []string{year, region, "*", "", "", "", "", mean.String(), sd.String(), "", ""}
		for range b.rules.weights {
			row = append(row, "")
		}
		_ = c.Write(row)
	}
	c.Flush()
	return c.Error()
}

// deviation is the mean and the standard deviation of a population, in whole cents.
func deviation(list []money.Cents) (mean, sd money.Cents) {
	n := int64(len(list))
	sum, squares := new(big.Int), new(big.Int)
	for _, c := range list {
		v := big.NewInt(int64(c))
		sum.Add(sum, v)
		squares.Add(squares, new(big.Int).Mul(v, v))
	}
	// n x squares - sum^2 is n^2 times the variance.
	v := new(big.Int).Sub(new(big.Int).Mul(big.NewInt(n), squares), new(big.Int).Mul(sum, sum))
	root := new(big.Int).Sqrt(v).Int64()
	return money.Cents(money.HalfUp(sum.Int64(), 1, n)), money.Cents(money.HalfUp(root, 1, n))
}
