// SPDX-License-Identifier: Apache-2.0

package benchmark

import (
	"fmt"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// Rules are the constants of agreement periods that begin on a day.
type Rules struct {
	Version string
	values  map[string]constant
}

type constant struct {
	value    Factor // percent as a share, or a count as it is
	raw      int64
	verified bool
	cite     string
}

// Load reads the constants for the begin of an agreement period, or fails with a
// *refdata.NotLoadedError.
func Load(cat *refdata.Catalog, start civil.Date) (*Rules, error) {
	t, err := cat.Load("mssp.benchmark", start)
	if err != nil {
		return nil, err
	}
	r := &Rules{Version: t.Version, values: map[string]constant{}}
	b := t.Bind()
	name, value, verified, cite := b.Text("name"), b.Numbers("value", 4), b.Text("verified"), b.Text("cite")
	if b.Err() != nil {
		return nil, b.Err()
	}
	for i := range name {
		r.values[name[i]] = constant{percent(value[i]), value[i], verified[i] == "yes", cite[i]}
	}
	for _, want := range []string{"first_period_by1", "first_period_by2", "first_period_by3", "regional_lower_1", "regional_higher_4", "regional_cap", "regional_floor",
		"negative_offset", "negative_applies", "prior_savings_share", "acpt_thirds", "risk_cap", "risk_cap_demographic", "regional_risk_cap"} {
		if _, ok := r.values[want]; !ok {
			return nil, fmt.Errorf("table mssp.benchmark %s has no row %s", t.Version, want)
		}
	}
	return r, nil
}

// share is a constant given in percent, as a factor; 0 if the rules have none.
func (r *Rules) share(name string) Factor { return r.values[name].value }

// yes is a constant that is yes or no.
func (r *Rules) yes(name string) bool { return r.values[name].raw != 0 }

// row points at a constant, for a trace.
func (r *Rules) row(name string) *trace.Row {
	return &trace.Row{Table: "mssp.benchmark", Version: r.Version, Key: name}
}

// LowRevenue tells whether an ACO is a low revenue one: its participants' revenue is less
// than a part of the assigned beneficiaries' expenditures (42 CFR 425.20).
func (r *Rules) LowRevenue(revenue, expenditures money.Cents) bool {
	limit := money.HalfUp(int64(expenditures), int64(r.share("low_revenue")), int64(one))
	return int64(revenue) < limit
}
