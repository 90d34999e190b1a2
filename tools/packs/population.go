// SPDX-License-Identifier: Apache-2.0

package main

import (
	"embed"

	"github.com/woodlawn-health/woodlawn/refdata"
)

func init() { builders["population"] = buildPopulation }

//go:embed population/rules.csv
var populationFiles embed.FS

// buildPopulation makes the table of codes and limits of population metrics.
func buildPopulation(string) ([]*refdata.Table, error) {
	meta := vbcOpen("population.rules", "2023", "Codes and limits of population metrics", "CMS reports and measures named in each row",
		vbcText("kind"), vbcText("code"), vbcText("verified"), vbcText("cite"))
	b := refdata.NewBuilder(meta)
	f, err := populationFiles.Open("population/rules.csv")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	err = vbcRows(f, func(r map[string]string) error { return b.Add(r["kind"], r["code"], r["verified"], r["cite"]) })
	return []*refdata.Table{b.Table()}, err
}
