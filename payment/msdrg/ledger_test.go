// SPDX-License-Identifier: Apache-2.0

package msdrg_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/internal/ledger"
	"github.com/woodlawn-health/woodlawn/payment/msdrg"
)

// TestLedger writes what the official answers cover.
func TestLedger(t *testing.T) {
	var b strings.Builder
	b.WriteString(ledgerHead)
	g := grouper()
	var s msdrg.Scratch
	seen := map[string]map[int]bool{} // DRGs answered, by version
	tallies := []*tally{{name: "Return code"}, {name: "HAC status"}, {name: "Secondary diagnosis"}, {name: "Type of DRG"}}
	for _, file := range caseFiles {
		equal, unequal := 0, 0
		drgs := map[int]bool{}
		version := ""
		for _, l := range readCases(t, file) {
			v, err := g.Named(l.Version)
			if err != nil {
				t.Fatal(err)
			}
			version = v.Name
			c := l.input()
			r := v.Group(&c, &s, nil)
			if reflect.DeepEqual(answerOf(&r), l.Expect) {
				equal++
			} else {
				unequal++
			}
			if seen[version] == nil {
				seen[version] = map[int]bool{}
			}
			seen[version][l.Expect.DRG], drgs[l.Expect.DRG] = true, true
			tallies[0].add(l.Expect.RC)
			tallies[1].add(l.Expect.HACStatus)
			for _, f := range l.Expect.SDX {
				tallies[2].add(f)
			}
			tallies[3].add(l.Expect.Type)
		}
		fmt.Fprintf(&b, "| %s | %s | %d | %d | %d | %d |\n", file, version, equal+unequal, equal, unequal, len(drgs))
	}
	b.WriteString("\nWhat the answers hold, over all files:\n\n| | answers |\n|---|---:|\n")
	for _, t := range tallies {
		t.write(&b)
	}
	b.WriteString("\n## DRGs without a case\n\n")
	for _, version := range []string{"v42.1", "v43.1"} {
		v := named(t, version)
		all := append(v.DRGs(), 999)
		missing := slices.DeleteFunc(slices.Clone(all), func(drg int) bool { return seen[version][drg] })
		slices.Sort(missing)
		fmt.Fprintf(&b, "%s: %d of %d DRGs have cases. These have none: %s.\n\n", version, len(all)-len(missing), len(all), ranges(missing))
	}
	b.WriteString(ledgerManual)
	want := readManual(t)
	b.WriteString("| Appendix | codes in the manual |\n|---|---:|\n")
	names := make([]string, 0, len(want))
	for name := range want {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(&b, "| %s | %d |\n", name, len(want[name]))
	}
	b.WriteString(ledgerOpen)
	ledger.Check(t, "msdrg.md", b.String())
}

// tally counts words.
type tally struct {
	name  string
	words map[string]int
}

func (t *tally) add(word string) {
	if t.words == nil {
		t.words = map[string]int{}
	}
	t.words[word]++
}

func (t *tally) write(b *strings.Builder) {
	words := make([]string, 0, len(t.words))
	for w := range t.words {
		words = append(words, w)
	}
	slices.Sort(words)
	for _, w := range words {
		fmt.Fprintf(b, "| %s %s | %d |\n", t.name, w, t.words[w])
	}
}

// ranges writes ascending numbers with runs drawn together.
func ranges(numbers []int) string {
	var parts []string
	for i := 0; i < len(numbers); {
		k := i
		for k+1 < len(numbers) && numbers[k+1] == numbers[k]+1 {
			k++
		}
		part := fmt.Sprintf("%03d", numbers[i])
		if k > i {
			part += fmt.Sprintf("-%03d", numbers[k])
		}
		parts = append(parts, part)
		i = k + 1
	}
	return strings.Join(parts, ", ")
}

const ledgerHead = `# MS-DRG grouper

Written by the tests of payment/msdrg. The answers are those of CMS's own MS-DRG grouper (Java, 43.1) to generated
claims. A case is equal if every one of its figures is: initial and final DRG and MDC, base DRG, type, return code,
severity, HAC status and count, and the flag of each secondary diagnosis.

| file | version | cases | equal | unequal | DRGs |
|---|---|---:|---:|---:|---:|
`

const ledgerManual = `## v40.0 against the Definitions Manual

No cases are at hand for v40.0. Its tables are held against the text of the MS-DRG Definitions Manual v40 instead: the
DRGs and titles of Appendix A, and the lists of codes of Appendices F (procedures of DRG 987 to 989), G (CC), H (MCC;
H2: of the living only) and I (hospital-acquired conditions; "too" are codes to be marked beside those of HAC 06).
Everything is equal, but for procedure codes that began on 1 October 2022 or ended the day before: the manual at hand
has the procedures from before that update.

`

const ledgerOpen = `
## What no official answer covers

- v40.0, v40.1, v41.0, v41.1, v42.0 and v43.0 have no cases. They run on the same code as v42.1 and v43.1, from tables of
  the same release. Every operand that their formulas ask for is given by a list or a rule (a test checks that).
- Operands that the grouper's program derives and on which no case turns are marked "verified: no" in the table
  msdrg.operands, and a trace says so where one decides: the counts of spinal fusions, four stents of one kind, ANYDX.
- Return codes INVALID_PDX, INVALID_SEX, INVALID_DISCHARGE_STATUS, UNGROUPABLE and HAC_MISSING_ONE_POA. They follow from
  the formulas of the tables, the last one from CMS's rule that a claim whose HAC code lacks a present-on-admission
  indicator can't be grouped; the official names of these codes were not seen in answers.
- An MCC of the living (Appendix H Part 2) of a patient who died is flagged MCC_EXCLUDED.
- HAC 06: an infection that is only marked beside a catheter code counts as hospital-acquired if such a code meets the
  condition itself, and if its own indicator is N or U.
- HACs 08 and 10 to 14 beside the procedures that they ask for are rare in the cases.
- A secondary diagnosis equal to the principal diagnosis is not dropped: its exclusion group nearly always takes its CC
  or MCC away. No case has one.
- The age decides nothing in v40 to v43, so no age is refused; the code editor does that.
- v44 (discharges from 1 October 2026) is not held: such a discharge is answered with "not loaded".
`
