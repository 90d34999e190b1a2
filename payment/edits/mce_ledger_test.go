// SPDX-License-Identifier: Apache-2.0

package edits

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

// flagUse is what the tables of codes say of one flag.
type flagUse struct {
	rows       map[string]int // by table
	from, last civil.Date
	open       bool // some row has no end
}

// TestMCELedger writes which flags of the tables make which edits. A flag without
// an edit, and an edit without a flag, is a gap.
func TestMCELedger(t *testing.T) {
	uses := map[string]*flagUse{}
	for _, id := range []string{"mce.diagnoses", "mce.procedures"} {
		readUses(t, id, uses)
	}
	edits := table(t, "mce.edits")
	b := edits.Bind()
	number, name, rule := b.Numbers("edit", 0), b.Text("name"), b.Text("rule")
	flags, with, effect := b.Text("flags"), b.Text("with"), b.Text("effect")
	from, to := b.Days("effective"), b.Days("ends")
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	out.WriteString(mceHead)
	served := map[string]bool{}
	for i := range number {
		fmt.Fprintf(&out, "| %d | %s | %s | %s | %s | %s |\n", number[i], name[i], rule[i],
			strings.TrimSpace(flags[i]+" / "+with[i]), dates(from[i], to[i], to[i].IsZero()), effect[i])
		if rule[i] == "sex" {
			continue
		}
		for _, f := range strings.Fields(flags[i] + " " + with[i]) {
			served[f] = true
			if uses[f] == nil {
				t.Errorf("edit %d asks for flag %s, which no code has", number[i], f)
			}
		}
	}
	out.WriteString(mceFlags)
	for _, f := range slices.Sorted(maps.Keys(uses)) {
		u := uses[f]
		fmt.Fprintf(&out, "| %s | %d | %d | %s |\n", f, u.rows["mce.diagnoses"], u.rows["mce.procedures"], dates(u.from, u.last, u.open))
		if !served[f] {
			t.Errorf("flag %s makes no edit", f)
		}
	}
	out.WriteString(mceOpen)
	ledger.Check(t, "mce.md", out.String())
}

func table(t *testing.T, id string) *refdata.Table {
	t.Helper()
	tab, err := refdata.Embedded().LoadVersion(id, "v43.1")
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func readUses(t *testing.T, id string, uses map[string]*flagUse) {
	t.Helper()
	b := table(t, id).Bind()
	flags, from, to := b.Text("flags"), b.Days("effective"), b.Days("ends")
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	for i := range flags {
		for f := range strings.FieldsSeq(flags[i]) {
			u := uses[f]
			if u == nil {
				u = &flagUse{rows: map[string]int{}, from: from[i]}
				uses[f] = u
			}
			u.rows[id]++
			u.open = u.open || to[i].IsZero()
			u.from, u.last = min(u.from, from[i]), max(u.last, to[i])
		}
	}
}

func dates(from, to civil.Date, open bool) string {
	if open {
		return "from " + from.String()
	}
	return from.String() + " to " + to.String()
}

const mceHead = `# Medicare Code Editor

Written by the tests of payment/edits. The editor's own tables (codes with date spans and flags, ages, discharge
statuses) are those of CMS's Medicare Code Editor (Java) 43.1, for discharges from 1 October 2015 to 30 September 2026.
No answers of the official editor are at hand: every rule below is read from the flags and from the public description
of the edits, is marked "verified: no" in the table mce.edits, and says so in each finding. The effect is the
contractor's procedure of the Claims Processing Manual, chapter 3, section 20.2.1, and is not verified either.

| edit | name | rule | flags / with | discharges | effect |
|---:|---|---|---|---|---|
`

const mceFlags = `
Sex conflicts (edit 5) end with September 2024, because no code has the flag male or female after that.

## Flags of the tables

Every flag that a code has makes an edit, and every flag that an edit asks for is on some code.

| flag | diagnoses | procedures | on codes |
|---|---:|---:|---|
`

const mceOpen = `
## What the tables do not hold

- Edit 7 (non-specific principal diagnosis), 10 (non-specific O.R. procedure), 12 (open biopsy check) and 13 (bilateral
  procedure): no ICD-10 code has their flags. They were edits of ICD-9 claims.
- The alert for Medicare as secondary payer has no flag either.
- Present-on-admission indicators: the tables name no code that is exempt from reporting, so no indicator is edited here.
  The grouper refuses a claim whose hospital-acquired condition has none.
- ICD-9 codes, for discharges before 1 October 2015, are not packed.
- Edit 19 needs the days of stay: it is made if the day of admission is given. That the stay must be at least five days
  for ventilation of more than 96 consecutive hours is not verified.
- Sex "unknown" is taken from 1 October 2024 on; the date is not verified.
`
