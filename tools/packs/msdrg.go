// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
)

func init() { builders["msdrg"] = msdrgTables }

// grouperRelease is the release of the grouper whose tables are packed. It carries
// every version of grouperVersions.
const grouperRelease = "v43.1"

// grouperVersions are the grouper's versions with the discharge dates they serve:
// an October version for the fiscal year's first half, an April one for the second.
var grouperVersions = []struct {
	key        string // as the source tables name it
	number     int    // 431 is v43.1
	name       string
	from, upTo civil.Date
}{
	{"V400", 400, "v40.0", civil.Of(2022, 10, 1), civil.Of(2023, 3, 31)},
	{"V401", 401, "v40.1", civil.Of(2023, 4, 1), civil.Of(2023, 9, 30)},
	{"V410", 410, "v41.0", civil.Of(2023, 10, 1), civil.Of(2024, 3, 31)},
	{"V411", 411, "v41.1", civil.Of(2024, 4, 1), civil.Of(2024, 9, 30)},
	{"V420", 420, "v42.0", civil.Of(2024, 10, 1), civil.Of(2025, 3, 31)},
	{"V421", 421, "v42.1", civil.Of(2025, 4, 1), civil.Of(2025, 9, 30)},
	{"V430", 430, "v43.0", civil.Of(2025, 10, 1), civil.Of(2026, 3, 31)},
	{"V431", 431, "v43.1", civil.Of(2026, 4, 1), civil.Of(2026, 9, 30)},
}

// msdrgDir is the folder of the grouper's tables, below the folder of CMS's files.
const msdrgDir = "data/payment/msdrg/v40-v43.1/"

func msdrgTables(from string) ([]*refdata.Table, error) {
	s := &source{root: from}
	tables := []*refdata.Table{
		msdrgVersions(),
		msdrgDiagnoses(s),
		msdrgProcedures(s),
		msdrgClusters(s),
		msdrgExclusions(s),
		msdrgFormulas(s),
		msdrgHAC(s),
		msdrgTitles(s),
		msdrgOperands(s),
	}
	if s.err != nil {
		return nil, s.err
	}
	return tables, nil
}

// msdrgMeta describes one table of the grouper's release.
func msdrgMeta(id, title, file, sum string, columns ...refdata.Column) refdata.Meta {
	m := refdata.Meta{
		ID: id, Version: grouperRelease, Title: title,
		Effective: grouperVersions[0].from, Ends: grouperVersions[len(grouperVersions)-1].upTo,
		Source:  "CMS MS-DRG Grouper (Java) 43.1",
		Release: "v43.1, FY 2026 April update",
		Cite:    "42 CFR 412.60; MS-DRG Definitions Manual", Verified: true, Columns: columns,
	}
	if file != "" {
		m.Source += ", table " + file
		m.SourceSHA256 = sum
	}
	return m
}

func text(name string) refdata.Column   { return refdata.Column{Name: name, Kind: refdata.Text} }
func number(name string) refdata.Column { return refdata.Column{Name: name, Kind: refdata.Number} }
func day(name string) refdata.Column    { return refdata.Column{Name: name, Kind: refdata.Day} }

func msdrgVersions() *refdata.Table {
	b := refdata.NewBuilder(msdrgMeta("msdrg.versions", "MS-DRG grouper versions by discharge date", "", "",
		text("version"), number("number"), day("effective"), day("ends")))
	for _, v := range grouperVersions {
		must(b.Add(v.name, v.number, v.from, v.upTo))
	}
	return b.Table()
}

// span is a run of versions over which a code's row does not change.
type span struct{ from, upTo int }

// byVersion turns the rows that the source gives version by version, each written
// as one text, into runs of versions; no row means that a version has none.
func byVersion(rows map[string]string, add func(span, string)) {
	start := 0
	for i, v := range grouperVersions {
		if i+1 < len(grouperVersions) && rows[grouperVersions[i+1].key] == rows[v.key] {
			continue
		}
		if rows[v.key] != "" {
			add(span{grouperVersions[start].number, v.number}, rows[v.key])
		}
		start = i + 1
	}
}

type dxEntry struct {
	MDC      int      `json:"mdc"`
	Severity string   `json:"severity"`
	Operands int      `json:"operandsPatternNum"`
	HAC      int      `json:"hacOperandsPatternNum"`
	Category int      `json:"dxCatListPatternNum"`
	Versions []string `json:"versions"`
}

// msdrgDiagnoses joins what the release keeps apart: attributes, sex-dependent
// MDCs, HAC numbers and the exclusion group of each diagnosis code.
func msdrgDiagnoses(s *source) *refdata.Table {
	var dx struct{ DxMap []keyed[list[dxEntry]] }
	sum := s.read(msdrgDir+"diagnoses.json.gz", &dx)
	lists := s.patterns(msdrgDir + "dxPatterns.json.gz")
	sexes, hacs, exclusions := s.sexMDCs(), s.hacNumbers(), s.exclusionGroups()

	b := refdata.NewBuilder(msdrgMeta("msdrg.diagnoses", "ICD-10-CM codes: MDC, CC or MCC, lists", "diagnoses", sum,
		text("code"), number("from"), number("to"), number("mdc"), number("male_mdc"), number("female_mdc"),
		text("severity"), text("lists"), text("category"), text("hac_lists"), text("hacs"), number("exclusion_group")))
	slices.SortFunc(dx.DxMap, byKey)
	for _, e := range dx.DxMap {
		rows := map[string]string{}
		for _, x := range e.Value.List {
			for _, v := range x.Versions {
				severity := x.Severity
				if severity == "NCC" {
					severity = ""
				}
				at := e.Key + "@" + v
				sex := sexes[at]
				rows[v] = strings.Join([]string{strconv.Itoa(x.MDC), strconv.Itoa(sex[0]), strconv.Itoa(sex[1]), severity,
					lists[x.Operands], lists[x.Category], lists[x.HAC], hacs[at], strconv.Itoa(exclusions[at])}, "|")
			}
		}
		byVersion(rows, func(sp span, row string) {
			c := strings.Split(row, "|")
			s.must(b.Add(e.Key, sp.from, sp.upTo, c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], c[8]))
		})
	}
	return b.Table()
}

type prEntry struct {
	Operands int      `json:"operandsPatternNum"`
	Versions []string `json:"versions"`
}

// msdrgProcedures keeps the keys of procedure clusters (Z@...) among the codes, as
// the release does: the grouper takes such a key for a procedure.
func msdrgProcedures(s *source) *refdata.Table {
	codes, sum := s.procedures()
	b := refdata.NewBuilder(msdrgMeta("msdrg.procedures", "ICD-10-PCS codes and cluster keys that take part in grouping, with their lists", "procedures", sum,
		text("code"), number("from"), number("to"), text("lists")))
	lists := s.patterns(msdrgDir + "prPatterns.json.gz")
	for _, e := range codes {
		rows := map[string]string{}
		for _, x := range e.Value.List {
			for _, v := range x.Versions {
				rows[v] = lists[x.Operands]
			}
		}
		byVersion(rows, func(sp span, row string) { s.must(b.Add(e.Key, sp.from, sp.upTo, row)) })
	}
	return b.Table()
}

type clusterEntry struct {
	Suppressed []int `json:"suppressionMdcs"`
	Choices    []struct {
		Codes []string `json:"codes"`
	} `json:"choices"`
	Versions []string `json:"versions"`
}

// msdrgClusters writes a cluster as its choices: "A B + C" is met by A or B
// together with C.
func msdrgClusters(s *source) *refdata.Table {
	var clusters struct {
		Clusters []keyed[struct{ Cluster []clusterEntry }]
	}
	sum := s.read(msdrgDir+"clusters.json.gz", &clusters)
	codes, _ := s.procedures()
	lists := s.patterns(msdrgDir + "prPatterns.json.gz")
	attributes := map[string]string{}
	for _, e := range codes {
		for _, x := range e.Value.List {
			for _, v := range x.Versions {
				attributes[e.Key+"@"+v] = lists[x.Operands]
			}
		}
	}
	b := refdata.NewBuilder(msdrgMeta("msdrg.clusters", "Procedure combinations, and the MDCs in which their parts do not count alone", "clusters", sum,
		text("cluster"), number("from"), number("to"), text("lists"), text("suppressed_mdcs"), text("choices")))
	slices.SortFunc(clusters.Clusters, byKey)
	for _, e := range clusters.Clusters {
		for _, x := range e.Value.Cluster {
			choices := make([]string, len(x.Choices))
			for i, ch := range x.Choices {
				choices[i] = strings.Join(ch.Codes, " ")
			}
			row := join(x.Suppressed) + "|" + strings.Join(choices, " + ")
			rows := map[string]string{}
			for _, v := range x.Versions {
				rows[v] = attributes[e.Key+"@"+v] + "|" + row
			}
			byVersion(rows, func(sp span, row string) {
				c := strings.Split(row, "|")
				s.must(b.Add(e.Key, sp.from, sp.upTo, c[0], c[1], c[2]))
			})
		}
	}
	return b.Table()
}

func msdrgExclusions(s *source) *refdata.Table {
	var groups struct {
		ExclusionGroups []keyedInt[struct{ Codes []string }]
	}
	sum := s.read(msdrgDir+"exclusionGroups.json.gz", &groups)
	b := refdata.NewBuilder(msdrgMeta("msdrg.exclusions",
		"CC exclusions: the CCs and MCCs that do not count beside a principal diagnosis of the group", "exclusionGroups", sum,
		number("group"), text("codes")))
	slices.SortFunc(groups.ExclusionGroups, func(a, b keyedInt[struct{ Codes []string }]) int { return cmp.Compare(a.Key, b.Key) })
	for _, g := range groups.ExclusionGroups {
		s.must(b.Add(g.Key, strings.Join(g.Value.Codes, " ")))
	}
	return b.Table()
}

func join(numbers []int) string {
	parts := make([]string, len(numbers))
	for i, n := range numbers {
		parts[i] = strconv.Itoa(n)
	}
	return strings.Join(parts, " ")
}

// must stops the tool on rows that are its own.
func must(err error) {
	if err != nil {
		panic(fmt.Sprintf("packs: %v", err))
	}
}
