// SPDX-License-Identifier: Apache-2.0

package main

import (
	"embed"
	"fmt"
	"path/filepath"
	"strconv"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
)

func init() { builders["mssp"] = buildMSSP }

// msspFiles are the rules of 42 CFR 425 that no file of CMS gives as a table.
//
//go:embed mssp/*.csv
var msspFiles embed.FS

func buildMSSP(from string) ([]*refdata.Table, error) {
	msr, err := msspMSR(filepath.Join(from, "data", "vbc", "mssp_puf", "msr_bands.csv"))
	if err != nil {
		return nil, err
	}
	out := []*refdata.Table{msr}
	benchmarks, err := msspBenchmarks()
	if err != nil {
		return nil, err
	}
	suspect, err := msspSuspect()
	if err != nil {
		return nil, err
	}
	out = append(append(out, benchmarks...), suspect)
	for year := 2021; year <= 2025; year++ {
		quality, err := msspQuality(year)
		if err != nil {
			return nil, err
		}
		out = append(out, quality)
		if year < 2025 { // the models of 2024 are not loaded
			continue
		}
		models, err := msspRiskModels(year)
		if err != nil {
			return nil, err
		}
		out = append(out, models)
	}
	for year := 2013; year <= 2025; year++ {
		tracks, err := msspTracks(year)
		if err != nil {
			return nil, err
		}
		rules, err := msspYear(year)
		if err != nil {
			return nil, err
		}
		out = append(out, tracks, rules)
	}
	for year := firstAssignment; year <= 2026; year++ {
		assignment, err := msspAssignment(year)
		if err != nil {
			return nil, err
		}
		out = append(out, assignment)
	}
	return out, nil
}

// msspMSR stores rates in millionths. An open upper bound is 0.
func msspMSR(path string) (*refdata.Table, error) {
	meta := vbcOpen("mssp.msr", "2012", "Variable minimum savings rate by number of assigned beneficiaries", "42 CFR 425.604(b), 425.605(b), 425.610(b)",
		vbcNumber("low", 0), vbcNumber("high", 0), vbcNumber("msr_low", 6), vbcNumber("msr_high", 6))
	meta.Effective, meta.Verified = civil.Of(2012, time.April, 1), true
	meta.Cite = "42 CFR 425.604(b), 425.605(b)(1), 425.610(b)"
	meta.Note = "compared with the rates that CMS printed for ACO-years 2013 to 2021; below 500 beneficiaries not confirmed"
	return vbcFromCSV(path, meta, func(r map[string]string, b *refdata.Builder) error {
		return b.Add(r["assigned_low"], r["assigned_high"], r["msr_at_low"], r["msr_at_high"])
	})
}

func msspTracks(year int) (*refdata.Table, error) {
	meta := vbcYear("mssp.tracks", year, "Sharing rates and limits by track (percent)", "42 CFR 425.604 to 425.610",
		vbcText("track"), vbcNumber("max_share", 2), vbcNumber("share_cap", 2), vbcText("two_sided"), vbcText("loss_rule"),
		vbcNumber("loss_rate", 2), vbcNumber("loss_floor", 2), vbcNumber("loss_ceiling", 2), vbcNumber("benchmark_limit", 2),
		vbcNumber("benchmark_limit_2", 2), vbcNumber("benchmark_limit_3", 2), vbcNumber("revenue_limit", 2),
		vbcText("verified"), vbcText("cite"))
	meta.Note = "rates and floors confirmed by CMS's public results of 2014 to 2021; rows say no where a limit was never reached in them"
	b := refdata.NewBuilder(meta)
	err := msspRows("tracks.csv", func(r map[string]string) error {
		if !spans(r["from"], r["to"], year) {
			return nil
		}
		return b.Add(r["track"], r["max_share"], r["share_cap"], r["two_sided"], r["loss_rule"], r["loss_rate"], r["loss_floor"],
			r["loss_ceiling"], r["benchmark_limit"], r["benchmark_limit_2"], r["benchmark_limit_3"], r["revenue_limit"], r["verified"], r["cite"])
	})
	return b.Table(), err
}

func spans(from, to string, year int) bool {
	lo, _ := strconv.Atoi(from)
	hi, err := strconv.Atoi(to)
	return year >= lo && (err != nil || year <= hi)
}

func msspYear(year int) (*refdata.Table, error) {
	meta := vbcYear("mssp.years", year, "Sequestration, quality rule and relief of a performance year", "42 CFR 425.502, 425.512, 425.605(f)",
		vbcNumber("sequestration", 2), vbcText("quality_rule"), vbcNumber("losses_mitigated", 2),
		vbcNumber("low_revenue_share", 2), vbcNumber("low_revenue_minimum", 0),
		refdata.Column{Name: "low_revenue_from", Kind: refdata.Day}, vbcText("cite"))
	meta.Note = "quality_rule: score scales the maximum rate; standard gives it whole; alternative scales it where only the alternative standard is met"
	b := refdata.NewBuilder(meta)
	verified := false
	err := msspRows("years.csv", func(r map[string]string) error {
		if r["year"] != strconv.Itoa(year) {
			return nil
		}
		verified = r["verified"] == "yes"
		var from civil.Date
		if text := r["low_revenue_from"]; text != "" {
			var err error
			if from, err = civil.ParseISO(text); err != nil {
				return err
			}
		}
		return b.Add(r["sequestration"], r["quality_rule"], r["losses_mitigated"], r["low_revenue_share"], r["low_revenue_minimum"], from, r["cite"])
	})
	if err == nil && b.Rows() != 1 {
		err = fmt.Errorf("years.csv has %d rows for %d", b.Rows(), year)
	}
	t := b.Table()
	t.Verified = verified
	return t, err
}

func msspRows(name string, row func(map[string]string) error) error {
	f, err := msspFiles.Open("mssp/" + name)
	if err != nil {
		return err
	}
	defer f.Close()
	return vbcRows(f, row)
}

// firstAssignment is the first year whose codes of primary care services are in assignment.csv.
const firstAssignment = 2023

// msspAssignment lists the specialties, services and rules by which beneficiaries are assigned.
func msspAssignment(year int) (*refdata.Table, error) {
	meta := vbcYear("mssp.assignment", year, "Specialties, primary care services and rules of beneficiary assignment",
		"42 CFR 425.20, 425.400, 425.402, 425.404; final rules on the physician fee schedule of 2019 to 2026",
		vbcText("kind"), vbcText("code"), vbcText("verified"), vbcText("cite"))
	meta.Cite = "42 CFR 425.400(c)(1)"
	meta.Note = "codes alone; rows say no where the regulation's text was not at hand to compare"
	b := refdata.NewBuilder(meta)
	err := msspRows("assignment.csv", func(r map[string]string) error {
		if !spans(r["from"], r["to"], year) {
			return nil
		}
		return b.Add(r["kind"], r["code"], r["verified"], r["cite"])
	})
	return b.Table(), err
}
