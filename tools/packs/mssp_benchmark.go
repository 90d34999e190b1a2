// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strconv"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// msspBenchmarks are the constants of the benchmark by the begin of the agreement period,
// a version for each day from which another set holds.
func msspBenchmarks() ([]*refdata.Table, error) {
	starts := []civil.Date{civil.Of(2019, time.July, 1), civil.Of(2024, time.January, 1), civil.Of(2025, time.January, 1)}
	var out []*refdata.Table
	for i, start := range starts {
		meta := refdata.Meta{ID: "mssp.benchmark", Version: start.String(), Title: "Constants of the historical benchmark and its update, by begin of the agreement period (percent)",
			Source: "42 CFR 425.601, 425.605, 425.610, 425.652 to 425.662", Effective: start,
			Note:    "values are percent or yes (1) and no (0); rows say no where the regulation's text was not at hand to compare",
			Columns: []refdata.Column{vbcText("name"), vbcNumber("value", 4), vbcText("verified"), vbcText("cite")}}
		if i+1 < len(starts) {
			meta.Ends = starts[i+1].AddDays(-1)
		}
		b := refdata.NewBuilder(meta)
		err := msspRows("benchmark.csv", func(r map[string]string) error {
			in, err := inForce(r["from"], r["to"], start)
			if err != nil || !in {
				return err
			}
			return b.Add(r["name"], r["value"], r["verified"], r["cite"])
		})
		if err != nil {
			return nil, err
		}
		out = append(out, b.Table())
	}
	return out, nil
}

func inForce(from, to string, on civil.Date) (bool, error) {
	begin, err := civil.ParseISO(from)
	if err != nil || on.Before(begin) {
		return false, err
	}
	if to == "" {
		return true, nil
	}
	end, err := civil.ParseISO(to)
	return !on.After(end), err
}

// msspSuspect lists the codes of significant, anomalous and highly suspect billing.
func msspSuspect() (*refdata.Table, error) {
	b := refdata.NewBuilder(refdata.Meta{ID: "mssp.suspect", Version: "2023", Title: "Codes left out of expenditures as significant, anomalous and highly suspect billing",
		Source: "89 FR 79152, September 27, 2024", Effective: civil.Of(2023, time.January, 1), Verified: true, Cite: "42 CFR 425.670",
		Note:    "CMS names codes of later years when it settles them (42 CFR 425.672)",
		Columns: []refdata.Column{vbcText("code"), {Name: "from", Kind: refdata.Day}, {Name: "to", Kind: refdata.Day}, vbcText("verified"), vbcText("cite")}})
	err := msspRows("suspect.csv", func(r map[string]string) error {
		from, err := civil.ParseISO(r["from"])
		if err != nil {
			return err
		}
		to, err := civil.ParseISO(r["to"])
		if err != nil {
			return err
		}
		return b.Add(r["code"], from, to, r["verified"], r["cite"])
	})
	return b.Table(), err
}

// msspRiskModels are the models of a performance year's risk scores.
func msspRiskModels(year int) (*refdata.Table, error) {
	b := refdata.NewBuilder(vbcYear("mssp.riskmodels", year, "Risk adjustment models of the Shared Savings Program and their parts of the score (percent)",
		"42 CFR 425.659(b); Rate Announcement", vbcText("group"), vbcText("model"), vbcNumber("percent", 2), vbcText("verified"), vbcText("cite")))
	err := msspRows("riskmodels.csv", func(r map[string]string) error {
		if !spans(r["from"], r["to"], year) {
			return nil
		}
		return b.Add(r["group"], r["model"], r["percent"], r["verified"], r["cite"])
	})
	return b.Table(), err
}

// msspQuality is the quality performance standard of a year. A score of 0 is not loaded.
func msspQuality(year int) (*refdata.Table, error) {
	b := refdata.NewBuilder(vbcYear("mssp.quality", year, "Quality performance standard and alternative standard", "42 CFR 425.512",
		vbcNumber("percentile", 0), vbcNumber("score", 2), vbcNumber("outcome_percentile", 0), vbcNumber("other_percentile", 0),
		vbcText("alternative"), vbcText("incentive"), vbcText("verified"), vbcText("cite")))
	err := msspRows("quality.csv", func(r map[string]string) error {
		if r["year"] != strconv.Itoa(year) {
			return nil
		}
		return b.Add(r["percentile"], r["score"], r["outcome_percentile"], r["other_percentile"], r["alternative"], r["incentive"], r["verified"], r["cite"])
	})
	return b.Table(), err
}
