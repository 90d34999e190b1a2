// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/refdata/layout"
)

var (
	parameterColumns = []refdata.Column{
		{Name: "name", Kind: refdata.Text}, {Name: "effective", Kind: refdata.Day}, {Name: "ends", Kind: refdata.Day},
		{Name: "value", Kind: refdata.Text}, {Name: "verified", Kind: refdata.Text}, {Name: "cite", Kind: refdata.Text},
		{Name: "source", Kind: refdata.Text}}
	newTechRuleColumns = []refdata.Column{
		{Name: "technology", Kind: refdata.Text}, {Name: "rule", Kind: refdata.Text}, {Name: "verified", Kind: refdata.Text},
		{Name: "source", Kind: refdata.Text}}
)

// ippsOwn makes the tables whose rows stand in this tool's data files: the
// parameters of each fiscal year, the rules of new technologies, and Part A
// amounts and sequestration.
func ippsOwn(tables []*refdata.Table) ([]*refdata.Table, error) {
	var out []*refdata.Table
	for _, year := range []int{2021, 2026} {
		t, err := parameters(year)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	for _, t := range tables {
		if t.ID == "ipps.newtech-codes" {
			rules, err := newTechRules(t, tables)
			if err != nil {
				return nil, err
			}
			out = append(out, rules)
		}
	}
	amounts, err := medicareAmounts()
	return append(out, amounts), err
}

func parameters(year int) (*refdata.Table, error) {
	rows, err := readOwn("parameters.csv")
	if err != nil {
		return nil, err
	}
	first, last := layout.FiscalYear(year)
	b := refdata.NewBuilder(refdata.Meta{ID: "ipps.parameters", Version: first.String(),
		Title: fmt.Sprintf("Constants and switches of IPPS pricing, FY %d", year), Effective: first, Ends: last,
		Source: "CMS IPPS Pricer, CMS contractor implementation tables, 42 CFR part 412; per row", Verified: false,
		Note: "Column verified tells per row whether the figure was read in CMS's own publication.", Columns: parameterColumns})
	for _, r := range rows {
		if !slices.Contains(strings.Fields(r["years"]), strconv.Itoa(year)) {
			continue
		}
		if err := addDated(b, r); err != nil {
			return nil, err
		}
	}
	return b.Table(), nil
}

func addDated(b *refdata.Builder, r map[string]string) error {
	var from, to civil.Date
	if err := from.UnmarshalText([]byte(r["effective"])); err != nil {
		return fmt.Errorf("%s: %w", r["name"], err)
	}
	if err := to.UnmarshalText([]byte(r["ends"])); err != nil {
		return fmt.Errorf("%s: %w", r["name"], err)
	}
	return b.Add(r["name"], from, to, r["value"], r["verified"], r["cite"], r["source"])
}

func medicareAmounts() (*refdata.Table, error) {
	rows, err := readOwn("medicare_amounts.csv")
	if err != nil {
		return nil, err
	}
	b := refdata.NewBuilder(refdata.Meta{ID: "medicare.amounts", Version: "2026-01-01",
		Title: "Part A deductible and coinsurance, sequestration", Effective: civil.Of(2013, 4, 1),
		Source: "CMS annual notices; sequestration statutes; per row",
		Note:   "Column verified tells per row whether the figure was read in CMS's own publication.", Columns: parameterColumns})
	for _, r := range rows {
		if err := addDated(b, r); err != nil {
			return nil, err
		}
	}
	return b.Table(), nil
}

// newTechRules says for each technology of a year which groups of codes a claim
// must have. A technology whose codes are of one group needs no rule of its own.
func newTechRules(codes *refdata.Table, tables []*refdata.Table) (*refdata.Table, error) {
	year := codes.Effective.FiscalYear()
	own, err := readOwn("newtech_rules.csv")
	if err != nil {
		return nil, err
	}
	b := refdata.NewBuilder(refdata.Meta{ID: "ipps.newtech-rules", Version: codes.Version, Title: "Which codes announce a new technology together",
		Effective: codes.Effective, Ends: codes.Ends, Source: codes.Source,
		Note: "A rule is GROUP:KIND terms; + is and, | is or, ! is without. No rule means that CMS's combination of codes was not read.",
		Cite: "42 CFR 412.87", Columns: newTechRuleColumns})
	bind := codes.Bind()
	groups, kinds := bind.Text("group"), bind.Text("kind")
	if bind.Err() != nil {
		return nil, bind.Err()
	}
	has := map[string][]string{}
	for i, g := range groups {
		if !slices.Contains(has[g], kinds[i]) {
			has[g] = append(has[g], kinds[i])
		}
	}
	written := map[string]bool{}
	for _, r := range own {
		if r["year"] == strconv.Itoa(year) {
			written[r["technology"]] = true
			if err := b.Add(r["technology"], r["rule"], r["verified"], r["source"]); err != nil {
				return nil, err
			}
		}
	}
	for _, t := range tables {
		if t.ID != "ipps.newtech" || t.Version != codes.Version {
			continue
		}
		bind := t.Bind()
		for _, tech := range bind.Text("technology") {
			if written[tech] || len(has[tech]) == 0 {
				continue
			}
			slices.Sort(has[tech])
			slices.Reverse(has[tech]) // procedures first
			terms := make([]string, len(has[tech]))
			for i, kind := range has[tech] {
				terms[i] = tech + ":" + kind
			}
			if err := b.Add(tech, strings.Join(terms, " + "), verifiedIf(year == 2021 || len(terms) == 1), codes.Source); err != nil {
				return nil, err
			}
		}
		if bind.Err() != nil {
			return nil, bind.Err()
		}
	}
	if year == 2021 {
		if err := b.Add("BAROSTIM", "BAROSTIM1:PROC + BAROSTIM2:PROC", "yes", codes.Source); err != nil {
			return nil, err
		}
	}
	return b.Table(), nil
}

func verifiedIf(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// newTech2021 reads the table of FY 2021 technologies at the end of the notes on
// the official answers.
func newTech2021(path string) ([]*refdata.Table, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	costMeta := meta2021("ipps.newtech", "New technology add-on payments", "PPCAL215", data, layout.IPPSNewTechColumns)
	codeMeta := meta2021("ipps.newtech-codes", "Codes that announce a new technology", "NTECH211", data, layout.IPPSNewTechCodeColumns)
	costMeta.Cite, codeMeta.Cite = "42 CFR 412.88", "42 CFR 412.87"
	costs, codes := refdata.NewBuilder(costMeta), refdata.NewBuilder(codeMeta)
	_, table, ok := strings.Cut(string(data), "| name | maximum | share | codes |")
	if !ok {
		return nil, fmt.Errorf("%s: no table of new technologies", path)
	}
	for _, line := range strings.Split(table, "\n")[2:] {
		cells := strings.Split(strings.Trim(line, "| "), "|")
		if len(cells) != 4 {
			break
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		name := strings.ToUpper(cells[0])
		if name == "ISLET" { // its amounts are parameters
			if err := codes.Add("ISLET", "Z006", "DIAG"); err != nil {
				return nil, err
			}
		} else if err := costs.Add(name, cells[1], cells[2]); err != nil {
			return nil, err
		}
		first, second, two := strings.Cut(cells[3], " together with one of ")
		if err := addCodes(codes, name, first, second, two); err != nil {
			return nil, err
		}
	}
	if costs.Rows() != 24 {
		return nil, fmt.Errorf("%s: %d technologies, expected 24", path, costs.Rows())
	}
	return []*refdata.Table{costs.Table(), codes.Table()}, nil
}

func addCodes(b *refdata.Builder, name, first, second string, two bool) error {
	group := name
	if two {
		group = name + "1"
		for _, code := range strings.Fields(second) {
			if err := b.Add(name+"2", code, "PROC"); err != nil {
				return err
			}
		}
	}
	for _, code := range strings.Fields(first) {
		if err := b.Add(group, code, "PROC"); err != nil {
			return err
		}
	}
	return nil
}
