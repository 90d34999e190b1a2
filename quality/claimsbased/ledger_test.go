// SPDX-License-Identifier: Apache-2.0

package claimsbased

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
)

// TestLedger loads CMS's file of 2025 and writes down what it uses.
func TestLedger(t *testing.T) {
	set, err := Load(bytes.NewReader(evidence.Read(t, "data/quality/mips/claims-related_data_qpp-single-source-2025.json.gz")), 2025)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("# Claims-based measures: CMS's single-source file of 2025\n\n" +
		"Written by the test run. A construct that is not in this list makes loading fail, so that no condition is passed over.\n\n")
	used := map[string]int{}
	b.WriteString("| measure | rates | one instance is | low is good | eligibility options | procedure codes | diagnoses | quality options |\n|---|---|---|---|---|---|---|---|\n")
	for _, m := range set.Measures {
		options, procedures, quality := 0, 0, 0
		for _, s := range m.Strata {
			for _, g := range s.groups {
				options, quality = options+len(g.eligibility), quality+len(g.performance)
				for i := range g.eligibility {
					procedures += len(g.eligibility[i].procedures)
				}
				g.tally(used)
			}
		}
		fmt.Fprintf(&b, "| %s | %d | %s | %v | %d | %d | %d | %d |\n", m.ID, len(m.Strata), m.Unit, m.Inverse, options, procedures,
			len(m.diagnoses), quality)
	}
	b.WriteString("\n| construct | times | support |\n|---|---|---|\n")
	for _, k := range slices.Sorted(maps.Keys(used)) {
		fmt.Fprintf(&b, "| %s | %d | evaluated |\n", k, used[k])
	}
	b.WriteString(remarks)
	ledger.Check(t, "claims-measures.md", b.String())
}

func (g *group) tally(used map[string]int) {
	add := func(name string, yes bool) {
		if yes {
			used[name]++
		}
	}
	for _, e := range g.eligibility {
		add("minimum age", e.minAge > 0)
		add("maximum age", e.maxAge >= 0)
		add("sex", e.sex != 0)
		add("diagnosis", len(e.diagnoses) > 0)
		add("diagnosis that excludes", len(e.excluded) > 0)
		for _, rules := range e.procedures {
			for _, r := range rules {
				add("procedure or encounter code", true)
				add("code with modifiers that bar it", len(r.modifiersBarred) > 0)
				add("code with places that bar it", len(r.places) > 0)
			}
		}
	}
	for _, p := range g.performance {
		add("option: "+p.outcome.String(), true)
		add("option of several quality-data codes, all needed", len(p.codes) > 1)
		for _, r := range p.codes {
			add("quality-data code with a modifier", len(r.modifiers) > 0)
		}
	}
}

const remarks = `
What the file does not say, and where it is taken from:

- How often a measure counts (once a patient, the last coded claim, each date, an episode of one diagnosis): from CMS's
  claims-to-quality software of 2018. It was not checked against the specifications of 2025, so every result says verified: no.
- Which of several codes counts: the most advantageous, in the order of that software (met, exclusion, exception, not met; for
  measures where a low rate is good, the other way round).
- A quality-data code without a modifier in the file is not met by a line with 1P, 2P, 3P or 8P. The file of 2018 barred these one
  by one; that of 2025 leaves it unsaid.
- Episodes (024, 418): a claim joins the first episode of the patient that shares a diagnosis of the measure. The software of 2018
  looks at the first episode only, and loses claims that belong to a later one.
- Option groups of one measure are one rate unless CMS's measures data call the measure a multi-rate one (226).
`
