// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// preventiveRows are kept as text that a person reviews. Of a service that only
// its modifier marks, the code is empty.
//
//go:embed preventive.csv
var preventiveRows []byte

// preventive makes the table of preventive services that the Part B deductible
// spares, with the coinsurance that is left of them.
func preventive() (*refdata.Table, error) {
	b := refdata.NewBuilder(refdata.Meta{
		ID: "medicare.preventive", Version: "2026-11", Title: "Preventive services without Part B deductible, and their coinsurance",
		Effective: civil.Of(2011, time.January, 1), Source: "CMS Pub. 100-04 chapter 18 section 1.2 and transmittals; the rows name theirs",
		Note: "Rows whose verified column says no were not compared with the manual's table. Services that the binary has no row for share cost as any other.",
		Cite: "42 CFR 410.160(b), 410.152(l)",
		Columns: []refdata.Column{{Name: "hcpcs", Kind: refdata.Text}, {Name: "modifier", Kind: refdata.Text},
			{Name: "coinsurance", Kind: refdata.Number, Scale: 4}, {Name: "from", Kind: refdata.Day}, {Name: "to", Kind: refdata.Day},
			{Name: "source", Kind: refdata.Text}, {Name: "cite", Kind: refdata.Text}, {Name: "verified", Kind: refdata.Text}},
	})
	rows, err := csv.NewReader(bytes.NewReader(preventiveRows)).ReadAll()
	if err != nil {
		return nil, err
	}
	for _, r := range rows[1:] {
		from, err := civil.ParseISO(r[3])
		if err != nil {
			return nil, err
		}
		to := civil.Date(0)
		if r[4] != "" {
			if to, err = civil.ParseISO(r[4]); err != nil {
				return nil, err
			}
		}
		if err := b.Add(r[0], r[1], r[2], from, to, r[5], r[6], r[7]); err != nil {
			return nil, err
		}
	}
	return b.Table(), nil
}
