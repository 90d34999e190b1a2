// SPDX-License-Identifier: Apache-2.0

package ipps

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
	"github.com/woodlawn-health/woodlawn/refdata"
)

const officialCases = "data/payment/ipps/pricer-cases/fy2021_cases.jsonl.gz"

// Every output field of CMS's pricer, for every official case.
func TestOfficialPricer(t *testing.T) {
	pricer := New(refdata.Embedded())
	byGroup, byCode := map[string][2]int{}, map[string][2]int{}
	fields, differ := 0, map[string]int{}
	shown := 0
	evidence.Lines(t, officialCases, func(n int, line []byte) {
		var want struct {
			Group    string
			Expected map[string]any
		}
		if err := json.Unmarshal(line, &want); err != nil {
			t.Fatal(err)
		}
		k, err := ParseCase(line)
		if err != nil {
			t.Fatalf("line %d: %v", n, err)
		}
		pay, err := pricer.Price(&k.Bill, k.Record(), nil)
		if err != nil {
			t.Fatalf("%s: %v", k.ID, err)
		}
		out, err := json.Marshal(pay)
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatal(err)
		}
		equal := 1
		for key, w := range want.Expected {
			fields++
			if g, ok := got[key]; !ok || g != w {
				equal = 0
				differ[key]++
				if shown++; shown <= 40 {
					t.Errorf("%s (%s, %s) %s is %v, CMS's pricer has %v", k.ID, want.Group, want.Expected["return_code"], key, g, w)
				}
			}
		}
		if len(got) != len(want.Expected) {
			t.Fatalf("%s: %d fields, CMS's pricer has %d", k.ID, len(got), len(want.Expected))
		}
		count(byGroup, want.Group, equal)
		count(byCode, want.Expected["return_code"].(string), equal)
	})
	if t.Failed() {
		t.Fatalf("fields that differ: %v", differ)
	}
	ledger.Check(t, "ipps.md", ledgerText(byGroup, byCode, fields))
}

func count(m map[string][2]int, key string, equal int) {
	c := m[key]
	c[0] += equal
	c[1]++
	m[key] = c
}

func ledgerText(byGroup, byCode map[string][2]int, fields int) string {
	var b strings.Builder
	total := [2]int{}
	for _, c := range byGroup {
		total[0] += c[0]
		total[1] += c[1]
	}
	fmt.Fprintf(&b, `# Conformance: inpatient prospective payment (IPPS)

Made by the test TestOfficialPricer of payment/ipps. WOODLAWN_UPDATE=1 writes it anew.

Answers: CMS IPPS Pricer 2021.5 (COBOL), fiscal year 2021, invented bills and hospitals. A case counts as equal if every
one of its output fields is equal, to the last decimal: payments, factors, cutoffs, return code and echoed fields.

| | equal | cases |
|---|---|---|
| all | %d | %d |

Fields compared: %d.

## By what the cases were made for

| group | equal | cases |
|---|---|---|
`, total[0], total[1], fields)
	rows(&b, byGroup)
	b.WriteString("\n## By return code\n\n| code | meaning | equal | cases |\n|---|---|---|---|\n")
	codes := map[string][2]int{}
	for code, c := range byCode {
		codes[code+" | "+Meaning(code)] = c
	}
	rows(&b, codes)
	unverified(&b)
	b.WriteString(`
## Not covered by official answers

- Fiscal year 2026 has no official answers here. It is the same calculation with the tables and switches of its year;
  docs/guide/ipps-example.md works three bills by hand.
- Fiscal years other than 2021 and 2026 have no complete tables: pricing answers which one is not loaded.
- The add-on for Medicare Advantage claims (teaching only) and the former capital hold-harmless method A are not priced:
  no bill record announces the first, the second ended with fiscal year 2014.
`)
	return b.String()
}

func rows(b *strings.Builder, m map[string][2]int) {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		fmt.Fprintf(b, "| %s | %d | %d |\n", k, m[k][0], m[k][1])
	}
}

// unverified lists the figures that were not read in CMS's own publication, and
// the technologies whose combination of codes was not.
func unverified(b *strings.Builder) {
	b.WriteString("\n## Figures not verified\n\nA payment that rests on one of them says so, and the trace marks the step.\n\n" +
		"| fiscal year | figure | value | source |\n|---|---|---|---|\n")
	for _, day := range []civil.Date{civil.Of(2021, 1, 1), civil.Of(2026, 1, 1)} {
		y, err := testPricer().yearOf(day)
		if err != nil {
			fmt.Fprintf(b, "| %d | %v | | |\n", day.FiscalYear(), err)
			continue
		}
		for _, name := range y.parameters.prefixed("") {
			for _, r := range y.parameters.rows[name] {
				if !r.verified {
					fmt.Fprintf(b, "| %d | %s | %s | %s |\n", y.fiscalYear, name, r.text, r.source)
				}
			}
		}
		var rules []string
		for _, t := range y.tech.list {
			if !t.verified {
				rules = append(rules, t.name)
			}
		}
		if len(rules) > 0 {
			fmt.Fprintf(b, "| %d | which codes announce together | %s | the code groups of CMS's table |\n", y.fiscalYear, strings.Join(rules, ", "))
		}
		missing := map[string]bool{}
		for _, name := range y.tech.unruled {
			missing[name] = true
		}
		for name := range missing {
			fmt.Fprintf(b, "| %d | rule of %s | not loaded | a bill with its codes is not priced |\n", y.fiscalYear, name)
		}
		for _, name := range []string{"car_t.factor", "islet.one"} {
			if _, ok := y.parameters.find(name); !ok {
				fmt.Fprintf(b, "| %d | %s | not loaded | a bill that needs it is not priced |\n", y.fiscalYear, name)
			}
		}
	}
}
