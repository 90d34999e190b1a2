// SPDX-License-Identifier: Apache-2.0

package main

import (
	"embed"

	"github.com/woodlawn-health/woodlawn/refdata"
)

func init() { builders["cmmi"] = buildCMMI }

// cmmiFiles are terms of Innovation Center models.
//
//go:embed cmmi/*.csv
var cmmiFiles embed.FS

func cmmiRows(name string, row func(map[string]string) error) error {
	f, err := cmmiFiles.Open("cmmi/" + name)
	if err != nil {
		return err
	}
	defer f.Close()
	return vbcRows(f, row)
}

func buildCMMI(string) ([]*refdata.Table, error) {
	var out []*refdata.Table
	for year := 2021; year <= 2027; year++ {
		b := refdata.NewBuilder(vbcYear("cmmi.terms", year, "Discount, quality withhold and administrative add-on of Innovation Center ACO models (percent of the benchmark)",
			"CMS Innovation Center: ACO REACH and LEAD", vbcText("model"), vbcText("option"), vbcText("spending"), vbcNumber("discount", 2),
			vbcNumber("withhold", 2), vbcNumber("add_on", 2), vbcNumber("sequestration", 2), vbcText("verified"), vbcText("cite")))
		err := cmmiRows("terms.csv", func(r map[string]string) error {
			if !spans(r["from"], r["to"], year) {
				return nil
			}
			return b.Add(r["model"], r["option"], r["spending"], r["discount"], r["withhold"], r["add_on"], r["sequestration"], r["verified"], r["cite"])
		})
		if err != nil {
			return nil, err
		}
		c := refdata.NewBuilder(vbcYear("cmmi.corridors", year, "Risk corridors: part of savings and losses that an ACO keeps, above a share of the benchmark (percent)",
			"CMS Innovation Center: ACO REACH and LEAD", vbcText("model"), vbcText("option"), vbcNumber("above", 2), vbcNumber("savings", 2), vbcNumber("losses", 2),
			vbcText("verified"), vbcText("cite")))
		err = cmmiRows("corridors.csv", func(r map[string]string) error {
			if !spans(r["from"], r["to"], year) {
				return nil
			}
			return c.Add(r["model"], r["option"], r["above"], r["savings"], r["losses"], r["verified"], r["cite"])
		})
		if err != nil {
			return nil, err
		}
		out = append(out, b.Table(), c.Table())
		d := refdata.NewBuilder(vbcYear("cmmi.alignment", year, "Alignment of beneficiaries by claims under Innovation Center ACO models: windows, weights and shares",
			"CMS Innovation Center: ACO REACH", vbcText("model"), vbcText("name"), vbcNumber("value", 0), vbcText("verified"), vbcText("cite")))
		rows := 0
		err = cmmiRows("alignment.csv", func(r map[string]string) error {
			if !spans(r["from"], r["to"], year) {
				return nil
			}
			rows++
			return d.Add(r["model"], r["name"], r["value"], r["verified"], r["cite"])
		})
		if err != nil {
			return nil, err
		}
		if rows > 0 {
			out = append(out, d.Table())
		}
	}
	return out, nil
}
