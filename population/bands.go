// SPDX-License-Identifier: Apache-2.0

package population

import (
	"fmt"

	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// Bands are percentiles of metrics over the ACOs of one year.
type Bands struct {
	Version  string // the year
	Note     string // what they are not
	Verified bool
	by       map[string]map[int64]int64 // metric, percentile: ten-thousandths
}

// bandYears turns a figure of a year into one of a month.
var bandYears = map[string]int64{"PMPM, Part A and Part B": 12}

// loadBands reads the newest year.
func loadBands(cat *refdata.Catalog) (*Bands, error) {
	versions := cat.Versions("mssp.bands")
	if len(versions) == 0 {
		return nil, &refdata.NotLoadedError{ID: "mssp.bands"}
	}
	m := versions[len(versions)-1]
	t, err := cat.LoadVersion("mssp.bands", m.Version)
	if err != nil {
		return nil, err
	}
	b := t.Bind()
	metric, rank, value := b.Text("metric"), b.Numbers("percentile", 0), b.Numbers("value", 4)
	if b.Err() != nil {
		return nil, b.Err()
	}
	out := &Bands{Version: m.Version, Note: m.Note, Verified: m.Verified, by: map[string]map[int64]int64{}}
	for i, name := range metric {
		if out.by[name] == nil {
			out.by[name] = map[int64]int64{}
		}
		out.by[name][rank[i]] = money.HalfUp(value[i], 1, max(1, bandYears[name]))
	}
	return out, nil
}

// ranks are the percentiles of a band.
var ranks = [...]int64{10, 25, 50, 75, 90}

// Place says where a value (in units of 10^-scale) lies among the ACOs, as "p25 to p50",
// with the ACOs' median in the same scale. ok is false where there is no band of the metric.
func (b *Bands) Place(metric string, value int64, scale uint8) (place string, median int64, ok bool) {
	band := b.by[metric]
	if band == nil {
		return "", 0, false
	}
	for s := scale; s < 4; s++ {
		value *= 10
	}
	place = fmt.Sprintf("above p%d", ranks[len(ranks)-1])
	for i, r := range ranks {
		if value < band[r] {
			if place = fmt.Sprintf("below p%d", r); i > 0 {
				place = fmt.Sprintf("p%d to p%d", ranks[i-1], r)
			}
			break
		}
	}
	unit := int64(1)
	for s := scale; s < 4; s++ {
		unit *= 10
	}
	return place, money.HalfUp(band[50], 1, unit), true
}
