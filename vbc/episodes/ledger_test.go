// SPDX-License-Identifier: Apache-2.0

package episodes

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
	"github.com/woodlawn-health/woodlawn/refdata"
)

const oracleLives = 10_000

// TestLedger compares generated lives with the oracle, and writes what holds and what was
// compared with the regulation.
func TestLedger(t *testing.T) {
	out := compareWithOracle(t, oracleLives)
	var b strings.Builder
	b.WriteString("# Episodes of bundled payment\n\nWritten by the tests of vbc/episodes.\n\n## Construction against an oracle\n\n" +
		"A second construction, which asks the whole timeline about every day and shares nothing with the first but the rows of the tables,\n" +
		"goes over generated lives dense in operations, transfers, readmissions and post-acute care. Kind, price type, first and last day, reason of\n" +
		"cancellation, spending by setting, excluded amounts, readmissions and spending after the episode must be the same.\n\n" +
		"| model | lives | lives that differ | outcomes seen |\n|---|---|---|---|\n")
	for _, m := range Models {
		k := out[m]
		if k.beneficiaries != oracleLives || k.episodes < oracleLives/50 || k.by["readmissions"] == 0 {
			t.Errorf("%s: %d lives with %d episodes: too few to tell anything", m, k.beneficiaries, k.episodes)
		}
		var seen []string
		for _, name := range slices.Sorted(maps.Keys(k.by)) {
			if k.by[name] > 0 {
				seen = append(seen, name)
			}
		}
		fmt.Fprintf(&b, "| %s | %d | 0 | %s |\n", m, k.beneficiaries, strings.Join(seen, "; "))
	}
	b.WriteString("\nThe same comparison runs over random timelines in which anchors crowd (TestOracleOnDenseTimelines). Reconciliation is held against one\n" +
		"closed formula over fractions for every track of the three models (TestReconcileClosedForm); the composite quality score, percentiles and\n" +
		"baseline prices against their definitions. The order of claims does not matter, an excluded claim changes no spending, a claim within an\n" +
		"episode adds its amount to one setting, no payment is beyond its limit, more spending never pays more.\n\n" +
		"No public example of CMS's with claims and a result was found; nothing here was compared with a reconciliation report of CMS.\n")
	rulesLedger(t, &b)
	b.WriteString(gaps)
	ledger.Check(t, "episodes.md", b.String())
}

func rulesLedger(t *testing.T, b *strings.Builder) {
	b.WriteString("\n## Rules and whether they were compared with the regulation's text\n\n" +
		"| model | table | rows | compared | compared rows |\n|---|---|---|---|---|\n")
	for _, id := range []string{"parameters", "categories", "triggers", "tracks", "measures", "exclusions"} {
		table, err := refdata.Embedded().Load("episodes."+id, civil.Of(2026, 6, 1))
		if err != nil {
			t.Fatal(err)
		}
		bind := table.Bind()
		model, verified := bind.Text("model"), bind.Text("verified")
		name := map[string]string{"parameters": "name", "categories": "category", "triggers": "code", "tracks": "track", "measures": "measure", "exclusions": "code"}[id]
		key := bind.Text(name)
		if bind.Err() != nil {
			t.Fatal(bind.Err())
		}
		for _, m := range Models {
			rows, yes := 0, []string{}
			for i := range model {
				if model[i] == m {
					rows++
					if verified[i] == "yes" {
						yes = append(yes, key[i])
					}
				}
			}
			if rows > 0 {
				fmt.Fprintf(b, "| %s | episodes.%s | %d | %d | %s |\n", m, id, rows, len(yes), strings.Join(yes, ", "))
			}
		}
	}
}

const gaps = `
Read for this: 42 CFR 512.520 (tracks by year), 512.535 (beneficiaries), the head of 512.540 (procedures by MS-DRG, day that picks the price),
512.545(a)(1) to (5) (risk variables), 510.100, 510.200, 510.210(a), 510.300(a) and 510.315(b). The text of 512.525, 512.537, 512.540(b), 512.545
from (a)(6), 512.547, 512.550 and 512.555 was not at hand: what follows from it is marked and every result says so. 512.540(a)(1)(i) speaks of 24
MS-DRGs, and the list here has 29: it follows the MS-DRGs of fiscal year 2025 on.

## Not held, or not done

- CMS's exclusion lists (readmissions of oncology and trauma, clotting factors, high-cost and low-volume drugs, pass-through devices): from
  the user's file; without it results say so. Major diagnostic categories, organ transplants and ventricular shunts are excluded by the tables.
- New technology add-on payments and standardized allowed amounts are not in the feed: from the user's file of amounts. Without it Part B
  counts at allowed charges and Part A at Medicare's payment without IME, DSH and uncompensated care.
- Coverage through the United Mine Workers, the low-income subsidy and the community deprivation index are not in the feed: the economic variable
  rests on full Medicaid benefits alone.
- Risk factors and target prices are CMS's: from the user's files. Episode-specific risk variables (512.545(a)(6)) are not built. The condition
  count takes every diagnosis of inpatient, outpatient and professional claims.
- Final normalization and trend are read from the file of prices; without them prices are preliminary and results say so.
- Baseline prices are an estimate from the claims at hand. The prospective trend is the user's; MS-DRGs that were renumbered within the baseline
  are not mapped (512.540(a)(2)(i)).
- Extreme and uncontrollable circumstances, low-volume hospitals, reorganizations, appeals and the second reconciliation of CJR are not done.
- Split bills of one stay are not joined. The geometric mean stay is that of the fiscal year in which the performance year begins.
- CJR: the effective discount that follows from quality is given by hospital (column discount), not computed. BPCI Advanced: target prices by
  peer group and patient case mix, and physician group initiators, are not built.
`
