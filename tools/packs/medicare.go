// SPDX-License-Identifier: Apache-2.0

package main

import (
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
)

func init() { builders["medicare"] = medicare }

// medicare makes the figures of Original Medicare that belong to no one payment
// system: cost sharing and sequestration.
func medicare(string) ([]*refdata.Table, error) {
	b := refdata.NewBuilder(refdata.Meta{
		ID: "medicare.parameters", Version: "2026-11", Title: "Medicare cost sharing and sequestration by date",
		Effective: civil.Of(2013, time.April, 1), Source: "CMS notices of deductibles and coinsurance; sequestration orders",
		Note: "One row a parameter and period. Rows whose verified column says no were not compared with the notice.",
		Cite: "42 CFR 409.80-409.83, 410.152, 410.160; 2 U.S.C. 906(d)",
		Columns: []refdata.Column{{Name: "parameter", Kind: refdata.Text}, {Name: "from", Kind: refdata.Day},
			{Name: "to", Kind: refdata.Day}, {Name: "value", Kind: refdata.Number, Scale: 4}, {Name: "unit", Kind: refdata.Text},
			{Name: "verified", Kind: refdata.Text}, {Name: "source", Kind: refdata.Text}, {Name: "cite", Kind: refdata.Text}},
	})
	day := civil.Of
	for _, y := range []struct {
		year     int
		a, b     string
		verified string
	}{
		{2020, "1408", "198", "no"}, {2021, "1484", "203", "no"}, {2022, "1556", "233", "no"}, {2023, "1600", "226", "no"},
		{2024, "1632", "240", "yes"}, {2025, "1676", "257", "yes"}, {2026, "1736", "283", "yes"},
	} {
		from, to := day(y.year, 1, 1), day(y.year, 12, 31)
		source := "CMS yearly notice of Part A and Part B deductibles"
		if err := b.Add("part_a_deductible", from, to, y.a, "USD", y.verified, source, "42 CFR 409.82"); err != nil {
			return nil, err
		}
		if err := b.Add("part_b_deductible", from, to, y.b, "USD", y.verified, source, "42 CFR 410.160(f)"); err != nil {
			return nil, err
		}
	}
	open := civil.Date(0)
	for _, r := range []struct {
		name     string
		from, to civil.Date
		value    string
		unit     string
		source   string
		cite     string
	}{
		{"part_b_coinsurance", day(2013, 4, 1), open, "0.20", "share", "Social Security Act 1833(a)(1)", "42 CFR 410.152(b)"},
		{"part_a_coinsurance_day_61_90", day(2013, 4, 1), open, "0.25", "share of the Part A deductible a day", "Social Security Act 1813(a)(1)", "42 CFR 409.83(a)"},
		{"part_a_coinsurance_reserve_day", day(2013, 4, 1), open, "0.50", "share of the Part A deductible a day", "Social Security Act 1813(a)(1)", "42 CFR 409.83(a)"},
		{"part_a_full_days", day(2013, 4, 1), open, "60", "days", "Social Security Act 1812(a)(1)", "42 CFR 409.61(a)"},
		{"part_a_coinsurance_days", day(2013, 4, 1), open, "30", "days", "Social Security Act 1812(a)(1)", "42 CFR 409.61(a)"},
		{"part_a_reserve_days", day(2013, 4, 1), open, "60", "days in a lifetime", "Social Security Act 1812(a)(1)", "42 CFR 409.61(a)(2)"},
		{"benefit_period_gap", day(2013, 4, 1), open, "60", "days", "Social Security Act 1861(a)", "42 CFR 409.60(b)"},
		{"sequestration", day(2013, 4, 1), day(2020, 4, 30), "0.02", "share of the payment", "Sequestration order of 1 March 2013", "2 U.S.C. 906(d)"},
		{"sequestration", day(2020, 5, 1), day(2022, 3, 31), "0", "share of the payment", "CARES Act 3709 as extended by Pub. L. 117-71", "2 U.S.C. 906(d)"},
		{"sequestration", day(2022, 4, 1), day(2022, 6, 30), "0.01", "share of the payment", "Pub. L. 117-71 section 2", "2 U.S.C. 906(d)"},
		{"sequestration", day(2022, 7, 1), open, "0.02", "share of the payment", "Pub. L. 117-71 section 2", "2 U.S.C. 906(d)"},
		{"timely_filing", day(2013, 4, 1), open, "1", "calendar years", "Affordable Care Act 6404", "42 CFR 424.44(a)"},
	} {
		if err := b.Add(r.name, r.from, r.to, r.value, r.unit, "yes", r.source, r.cite); err != nil {
			return nil, err
		}
	}
	return []*refdata.Table{b.Table()}, nil
}
