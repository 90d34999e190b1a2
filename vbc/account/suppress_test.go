// SPDX-License-Identifier: Apache-2.0

package account_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/vbc/account"
	"github.com/woodlawn-health/woodlawn/vbc/assignment"
)

// TestSuppressed: no practice, step or type of 1 to 10 people is left, none follows from
// the total, and what is not suppressed is as it was.
func TestSuppressed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s account.Sums
		y := &s.Years[0]
		y.Steps, y.Practices, y.Counties = map[assignment.Step]int64{}, map[string]account.Panel{}, map[string][account.Types]int64{"01001": {1: 7}}
		for i := range rapid.IntRange(0, 6).Draw(t, "practices") {
			lives := rapid.Int64Range(1, 30).Draw(t, "lives")
			y.Practices[fmt.Sprint("TIN", i)] = account.Panel{Lives: lives, Months: 12 * lives, Expenditure: money.Cents(lives * 100)}
			y.Lives += lives
		}
		for _, step := range []assignment.Step{assignment.Step1, assignment.Step2, assignment.Step3} {
			y.Steps[step] = rapid.Int64Range(1, 30).Draw(t, "step")
		}
		for k := 1; k < account.Types; k++ {
			y.Cells[k].Months = rapid.Int64Range(0, 400).Draw(t, "months")
			y.Cells[k].Truncated = rapid.Int64Range(0, 20).Draw(t, "truncated")
		}
		before := y.Lives
		got, few := s.Suppressed()
		if y.Lives != before || len(y.Counties) != 1 {
			t.Fatal("the account itself was changed")
		}
		z := &got.Years[0]
		if len(z.Counties) != 0 {
			t.Fatal("counties are left")
		}
		told, tins := int64(0), 0
		for tin, p := range z.Practices {
			if p.Lives < 11 {
				t.Fatalf("%s has %d", tin, p.Lives)
			}
			if tin != account.Rest && p != y.Practices[tin] {
				t.Fatalf("%s was changed", tin)
			}
			if tin != account.Rest {
				tins++
			}
			told += p.Lives
		}
		if missing := y.Lives - told; missing > 0 && missing < 11 && z.Lives != 0 && len(z.Practices) > 0 {
			t.Fatalf("%d lives follow from the total", missing)
		}
		if len(y.Practices) > 1 && len(y.Practices)-tins == 1 {
			t.Fatal("one practice alone is hidden")
		}
		if hidden := len(y.Steps) - len(z.Steps); hidden == 1 {
			t.Fatal("one step alone is hidden")
		}
		for step, n := range z.Steps {
			if n < 11 || n != y.Steps[step] {
				t.Fatalf("%s has %d", step, n)
			}
		}
		hidden, shown := 0, 0
		for k := 1; k < account.Types; k++ {
			switch m := y.Cells[k].Months; {
			case few[k]:
				hidden++
				if z.Cells[k] != (account.Cell{}) {
					t.Fatalf("type %d is told", k)
				}
			case m > 0 && m <= 120:
				t.Fatalf("type %d with %d months is not hidden", k, m)
			case m > 0:
				shown++
				if z.Cells[k].Months != m || z.Cells[k].Truncated > 0 && z.Cells[k].Truncated < 11 {
					t.Fatalf("type %d: %+v", k, z.Cells[k])
				}
			}
		}
		if hidden == 1 && shown > 0 {
			t.Fatal("one type alone is hidden")
		}
	})
}
