// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/refdata"
)

type formulaEntry struct {
	DRG      int      `json:"drg"`
	BaseDRG  int      `json:"baseDrg"`
	Type     string   `json:"surgical"`
	Reroute  int      `json:"reRouteMdcId"`
	Formula  string   `json:"formula"`
	Suppress []string `json:"severitySuppressionOperand"`
	Ranks    []struct {
		Rank    int    `json:"rank"`
		Version string `json:"version"`
	} `json:"versionRanks"`
}

// msdrgFormulas keeps the source's order inside an MDC, because it decides where
// two formulas have the same rank.
func msdrgFormulas(s *source) *refdata.Table {
	var mdcs struct {
		Formulas []keyedInt[struct{ Formulas []formulaEntry }] `json:"mdc_formulas"`
	}
	sum := s.read(msdrgDir+"formulaRoot.json.gz", &mdcs)
	b := refdata.NewBuilder(msdrgMeta("msdrg.formulas", "DRG formulas of each MDC, first met first served", "formulaRoot", sum,
		number("mdc"), number("rank"), number("from"), number("to"), number("drg"), number("base_drg"),
		text("type"), number("reroute_mdc"), text("suppress"), text("formula")))
	slices.SortFunc(mdcs.Formulas, func(a, b keyedInt[struct{ Formulas []formulaEntry }]) int { return cmp.Compare(a.Key, b.Key) })
	for _, mdc := range mdcs.Formulas {
		for _, f := range mdc.Value.Formulas {
			rows := map[string]string{}
			for _, r := range f.Ranks {
				rows[r.Version] = strconv.Itoa(r.Rank)
			}
			byVersion(rows, func(sp span, rank string) {
				s.must(b.Add(mdc.Key, rank, sp.from, sp.upTo, f.DRG, f.BaseDRG, strings.ToLower(f.Type), f.Reroute,
					strings.TrimSpace(strings.Join(f.Suppress, " ")), f.Formula))
			})
		}
	}
	return b.Table()
}

func msdrgHAC(s *source) *refdata.Table {
	var hacs struct {
		HACs []keyedInt[struct {
			Items []struct {
				Number   int      `json:"hacNumber"`
				Formula  string   `json:"formula"`
				Versions []string `json:"versions"`
			} `json:"hacFormulaItems"`
		}] `json:"hacFormulaLists"`
	}
	sum := s.read(msdrgDir+"hacFormulaLists.json.gz", &hacs)
	b := refdata.NewBuilder(msdrgMeta("msdrg.hac", "Hospital-acquired conditions: when one is met", "hacFormulaLists", sum,
		number("hac"), number("from"), number("to"), text("formula")))
	for _, h := range hacs.HACs {
		for _, item := range h.Value.Items {
			rows := map[string]string{}
			for _, v := range item.Versions {
				rows[v] = item.Formula
			}
			byVersion(rows, func(sp span, formula string) { s.must(b.Add(item.Number, sp.from, sp.upTo, formula)) })
		}
	}
	return b.Table()
}

func msdrgTitles(s *source) *refdata.Table {
	type described struct {
		Descriptions []struct {
			Description string   `json:"description"`
			Versions    []string `json:"versions"`
		} `json:"descriptions"`
	}
	b := refdata.NewBuilder(msdrgMeta("msdrg.titles", "Titles of DRGs, base DRGs, MDCs and HACs", "", "",
		text("kind"), number("number"), number("from"), number("to"), text("title")))
	for _, kind := range []struct{ name, file string }{
		{"drg", "drgDescriptions"}, {"base", "baseDrgDescriptions"}, {"mdc", "mdcDescription"}, {"hac", "hacDescription"},
	} {
		var d struct {
			Descriptions []keyedInt[described] `json:"descriptions"`
		}
		s.read(msdrgDir+kind.file+".json.gz", &d)
		slices.SortFunc(d.Descriptions, func(a, b keyedInt[described]) int { return cmp.Compare(a.Key, b.Key) })
		for _, e := range d.Descriptions {
			rows := map[string]string{}
			for _, x := range e.Value.Descriptions {
				for _, v := range x.Versions {
					rows[v] = x.Description
				}
			}
			byVersion(rows, func(sp span, title string) { s.must(b.Add(kind.name, e.Key, sp.from, sp.upTo, title)) })
		}
	}
	return b.Table()
}

// derivedOperands are the operands of formulas that no list of codes carries: the
// grouper works them out from the whole claim. They are part of the grouper's
// program, not of its tables. A row is verified if answers of the official grouper
// turn on it.
var derivedOperands = []struct {
	operand, rule, lists, with string
	atLeast                    int
	verified                   string
}{
	{"ANYDX", "always", "", "", 0, "no"},
	{"INVALID_PDX", "principal unknown", "", "", 0, "no"},
	{"PDX_ECODE", "principal on list", "ecode", "", 0, "yes"},
	{"INVALID_SEX", "sex needed", "", "", 0, "no"},
	{"MDC_20_FALL_THRU", "principal mdc", "20", "", 0, "no"},
	{"INVALID_DSTAT", "discharge unknown", "", "", 0, "no"},
	{"ALIVE", "discharge not", "20", "", 0, "yes"},
	{"DIED", "discharge", "20", "", 0, "yes"},
	{"AMA", "discharge", "7", "", 0, "yes"},
	{"XFRNBA", "discharge", "2 5 66 82 85 94", "", 0, "yes"},
	{"ONLY:incident", "all diagnoses on list", "incident", "", 0, "no"},
	{"MULTST", "diagnosis lists", "sthead stchest stabdom stkidney sturin stpel stuplimb stlolimb", "", 2, "yes"},
	{"BILATERAL", "procedure lists", "lefthip righthip leftknee rightknee leftankle rightankle", "", 2, "yes"},
	{"FOUR_VESSELS", "procedure sum", "vessel1:1 vessel2:2 vessel3:3 vessel4:4", "", 4, "yes"},
	{"FOUR_STENTS", "procedure sum", "stent1:1 stent2:2 stent3:3 stent4:4", "NORdrugstent NORstent", 4, "yes"},
	{"FOUR_DRUG_ELUTING_STENTS", "procedure sum", "stent1:1 stent2:2 stent3:3 stent4:4", "NORdrugstent", 4, "no"},
	{"FOUR_NON_DRUG_ELUTING_STENTS", "procedure sum", "stent1:1 stent2:2 stent3:3 stent4:4", "NORstent", 4, "no"},
	{"MULTFUSE", "procedure sum", "sglantfuse:1 sglpostfuse1:1", "", 2, "no"},
	{"SGLANTSECTXCTR", "procedure sum", "sglantsectXfuse:1", "", 2, "no"},
	{"SGLPOSTFUSECTR", "procedure sum", "sglpostfuse:1", "", 2, "no"},
	{"SINGLEFUSIONCTR", "procedure sum", "sglantfuse:1 sglpostfuse:1", "", 3, "no"},
	{"SGLANTCTR", "procedure sum", "sglantfuse:1", "", 2, "no"},
	{"SGLPOST1CTR", "procedure sum", "sglpostfuse1:1", "", 2, "no"},
}

func msdrgOperands(s *source) *refdata.Table {
	meta := msdrgMeta("msdrg.operands", "Operands that the grouper derives from the whole claim", "", "",
		text("operand"), text("rule"), text("lists"), text("with"), number("at_least"), text("verified"))
	meta.Note = "Rules of the grouper's program, from its public description; a row is verified if answers of the official grouper turn on it."
	b := refdata.NewBuilder(meta)
	for _, o := range derivedOperands {
		lists := o.lists
		if o.rule == "discharge unknown" { // known are the statuses that the code editor knows in these years
			lists = join(s.dischargeStatuses(grouperVersions[0].from))
		}
		s.must(b.Add(o.operand, o.rule, lists, o.with, o.atLeast, o.verified))
	}
	return b.Table()
}
