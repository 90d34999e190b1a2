// SPDX-License-Identifier: Apache-2.0

package main

import (
	"embed"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
)

func init() { builders["episodes"] = buildEpisodes }

// episodeFiles are the rules of episode models that no file of CMS gives as a table. Each
// row has its own dates.
//
//go:embed episodes/*.csv
var episodeFiles embed.FS

// episodeTables are the tables by name, with their columns beside from, to, verified and cite.
var episodeTables = []struct {
	name, title string
	undated     bool
	columns     []refdata.Column
}{
	{"parameters", "Windows, limits and criteria of episode models", false, []refdata.Column{vbcText("model"), vbcText("name"), vbcText("value")}},
	{"categories", "Episode categories and their discount (percent)", false, []refdata.Column{vbcText("model"), vbcText("category"), vbcText("title"), vbcText("service_line"), vbcNumber("discount", 2)}},
	{"triggers", "MS-DRGs and HCPCS codes that anchor episodes", false, []refdata.Column{vbcText("model"), vbcText("category"), vbcText("kind"), vbcText("code"), vbcText("priced_as")}},
	{"tracks", "Stop-gain, stop-loss and quality adjustment by track (percent)", false, []refdata.Column{vbcText("model"), vbcText("track"), vbcNumber("stop_gain", 2), vbcNumber("stop_loss", 2), vbcNumber("quality_gain", 2), vbcNumber("quality_loss", 2)}},
	{"measures", "Quality measures of the composite quality score", false, []refdata.Column{vbcText("model"), vbcText("measure"), vbcText("categories"), vbcText("better")}},
	{"exclusions", "What does not count towards an episode, and which lists are not held", false, []refdata.Column{vbcText("model"), vbcText("kind"), vbcText("code"), vbcText("reason")}},
	{"places", "Kinds of hospital by the last four characters of the CCN", true, []refdata.Column{vbcText("setting"), vbcText("low"), vbcText("high")}},
}

func buildEpisodes(string) ([]*refdata.Table, error) {
	var out []*refdata.Table
	for _, x := range episodeTables {
		cols := x.columns
		if !x.undated {
			cols = append(cols, refdata.Column{Name: "from", Kind: refdata.Day}, refdata.Column{Name: "to", Kind: refdata.Day})
		}
		cols = append(cols, vbcText("verified"), vbcText("cite"))
		meta := refdata.Meta{ID: "episodes." + x.name, Version: "2026-11", Title: x.title, Columns: cols,
			Source: "42 CFR part 512 subpart E, 42 CFR part 510, BPCI Advanced specifications", Effective: civil.Of(2013, time.January, 1),
			Note: "rows have their own dates; rows say no where the primary text was not at hand to compare"}
		b := refdata.NewBuilder(meta)
		f, err := episodeFiles.Open("episodes/" + x.name + ".csv")
		if err != nil {
			return nil, err
		}
		err = vbcRows(f, func(r map[string]string) error {
			values := make([]any, len(cols))
			for i, c := range cols {
				values[i] = r[c.Name]
				if c.Kind == refdata.Day {
					day, err := civil.ParseISO(r[c.Name])
					if err != nil {
						return err
					}
					values[i] = day
				}
			}
			return b.Add(values...)
		})
		f.Close() // read from memory
		if err != nil {
			return nil, err
		}
		out = append(out, b.Table())
	}
	return out, nil
}
