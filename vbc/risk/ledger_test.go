// SPDX-License-Identifier: Apache-2.0

package risk

import (
	"encoding/csv"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/refdata"
)

const sasFolder = "data/payment/hcc/cms-sas/"

func hccLedger(t *testing.T, byModel map[string]*tally, differ []string) string {
	var b strings.Builder
	b.WriteString("# Risk adjustment\n\nWritten by the tests of vbc/risk.\n\n" +
		"## Scored cases\n\nRandom sets of diagnoses on whose score two independent public engines agree; tables of payment year 2026.\n\n" +
		"| model | cases | score equal to the printed decimals | segment equal | category list equal |\n|---|---|---|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(byModel)) {
		k := byModel[name]
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d |\n", name, k.cases, k.scores, k.segments, k.lists)
	}
	fmt.Fprintf(&b, "\nCategory lists that differ, all with equal scores (%d):\n\n| case | model | reason |\n|---|---|---|\n%s\n", len(differ), strings.Join(differ, "\n"))
	b.WriteString("\n## Tables against CMS's own model software\n\n| table | model | compared with | rows compared | equal |\n|---|---|---|---|---|\n")
	for _, c := range []struct {
		id, model, file string
		compare         func(t *testing.T, version, model, file string) (n, equal int)
	}{
		{"hcc.coefficients", "CMS-HCC V24", "V24hcccoefn.csv", compareCoefficients},
		{"hcc.coefficients", "CMS-HCC V28", "V28hcccoefn.csv", compareCoefficients},
		{"hcc.hierarchy", "CMS-HCC V24", "V24H86H1.TXT", compareHierarchy},
		{"hcc.hierarchy", "CMS-HCC V28", "V28115H1.TXT", compareHierarchy},
		{"hcc.mapping", "CMS-HCC V24", "F2422P1M.TXT.gz", compareMapping},
		{"hcc.mapping", "CMS-HCC V28", "F2823T2N_FY22FY23.TXT.gz", compareMapping},
	} {
		for _, version := range []string{"2025", "2026"} {
			n, equal := c.compare(t, version, c.model, c.file)
			fmt.Fprintf(&b, "| %s %s | %s | %s | %d | %d |\n", c.id, version, c.model, strings.TrimSuffix(c.file, ".gz"), n, equal)
		}
	}
	b.WriteString(notHeld)
	return b.String()
}

const notHeld = `
## Not compared, or not held

- CMS-HCC V22, ESRD V21, ESRD V24 and RxHCC V05 are scored from their tables and CMS's program text; no scored cases of theirs
  are at hand, so nothing but the arithmetic is tested.
- RxHCC V08 of 2025 and 2026: the factors at hand give two values for each variable without naming the plan type; the model
  answers "not loaded". The factors of 2027 are named, but the mapping of 2027 is not held.
- 2027: proposed factors only, no mapping: "not loaded".
- ESRD V24: new enrollees with a functioning graft are not built, and say so.
- Groups and interactions of V22, V24, V28 and ESRD V21 were read against CMS's programs V2218O1M, V2422P2M, V2823T2M and
  E2118P1M, which are not at hand for a test; those of ESRD V24 were not.
- Normalization factors and the MA coding pattern adjustment (hcc.factors) are not checked against the Rate Announcements; every
  payment score that rests on them says so.
- The age and sex edits of the Medicare code editor, which CMS's program applies at the user's choice, are not applied.
`

// compareCoefficients checks CMS's one-row files: names in the first line, values in the second.
func compareCoefficients(t *testing.T, version, model, file string) (n, equal int) {
	recs, err := csv.NewReader(strings.NewReader(string(evidence.Read(t, sasFolder+file)))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	ours := map[string]int64{}
	eachRow(t, "hcc.coefficients", version, model, func(tab *refdata.Table, row int) {
		v, err := money.ParseScaled(tab.Cell(row, 2), 3)
		if err != nil {
			t.Fatal(err)
		}
		ours[coefficientKey(tab.Cell(row, 1))] = v
	})
	for i, name := range recs[0] {
		v, err := money.ParseScaled(strings.TrimSpace(recs[1][i]), 3)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		n++
		if have, ok := ours[coefficientKey(name)]; have == v && (ok || v == 0) {
			equal++
		} else {
			t.Errorf("%s %s: %d, CMS %d", model, name, have, v)
		}
	}
	return n, equal
}

// coefficientKey drops what only some files put at the end of a name.
func coefficientKey(name string) string {
	return strings.TrimSuffix(strings.ToLower(strings.TrimSpace(name)), "_v28")
}

var setZero = regexp.MustCompile(`(?s)SET0\(CC=(\d+)\s*,\s*HIER=%STR\(([^)]*)\)`)

func compareHierarchy(t *testing.T, version, model, file string) (n, equal int) {
	ours := map[[2]string]bool{}
	eachRow(t, "hcc.hierarchy", version, model, func(tab *refdata.Table, row int) {
		ours[[2]string{tab.Cell(row, 1), tab.Cell(row, 2)}] = true
	})
	total := len(ours)
	for _, x := range setZero.FindAllStringSubmatch(string(evidence.Read(t, sasFolder+file)), -1) {
		for _, drop := range strings.Split(x[2], ",") {
			n++
			if ours[[2]string{x[1], strings.TrimSpace(drop)}] {
				equal++
			} else {
				t.Errorf("%s: %s > %s is missing", model, x[1], drop)
			}
		}
	}
	if n != total {
		t.Errorf("%s: %d rows, CMS has %d", model, total, n)
	}
	return n, equal
}

// compareMapping checks every diagnosis of CMS's SAS format that the year's own table
// still lists; codes come and go with the fiscal year.
func compareMapping(t *testing.T, version, model, file string) (n, equal int) {
	ours := map[string]map[string]bool{}
	eachRow(t, "hcc.mapping", version, model, func(tab *refdata.Table, row int) {
		dx := tab.Cell(row, 1)
		if ours[dx] == nil {
			ours[dx] = map[string]bool{}
		}
		ours[dx][tab.Cell(row, 2)] = true
	})
	for line := range strings.Lines(string(evidence.Read(t, sasFolder+file))) {
		f := strings.Fields(line)
		if len(f) < 2 {
			continue
		}
		if _, err := strconv.Atoi(f[1]); err != nil || ours[f[0]] == nil {
			continue
		}
		n++
		if ours[f[0]][f[1]] {
			equal++
		} else {
			t.Errorf("%s %s: CMS maps it to %s", model, f[0], f[1])
		}
	}
	return n, equal
}

func eachRow(t *testing.T, id, version, model string, fn func(*refdata.Table, int)) {
	tab, err := refdata.Embedded().LoadVersion(id, version)
	if err != nil {
		t.Fatal(err)
	}
	for row := range tab.Rows {
		if tab.Cell(row, 0) == model {
			fn(tab, row)
		}
	}
}
