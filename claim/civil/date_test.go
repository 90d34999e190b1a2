// SPDX-License-Identifier: Apache-2.0

package civil

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestAgainstTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		day := time.Date(1800, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 146_000).Draw(t, "day"))
		d, err := ParseCompact(day.Format("20060102"))
		if err != nil {
			t.Fatal(err)
		}
		if got := d.String(); got != day.Format(time.DateOnly) {
			t.Fatalf("%s came back as %s", day.Format(time.DateOnly), got)
		}
		if FromTime(day) != d || string(d.AppendCompact(nil)) != day.Format("20060102") {
			t.Fatalf("%s: FromTime or AppendCompact differ", d)
		}
		n := rapid.IntRange(-40_000, 40_000).Draw(t, "n")
		if got := d.AddDays(n).Sub(d); got != n {
			t.Fatalf("AddDays(%d) moved %d", n, got)
		}
	})
}

func TestEpochIsADate(t *testing.T) {
	d := Of(1970, 1, 1)
	if d.IsZero() || d.String() != "1970-01-01" || !d.Before(Of(1970, 1, 2)) || !d.After(Of(1969, 12, 31)) {
		t.Fatalf("1970-01-01 is %q", d)
	}
}

func TestRefused(t *testing.T) {
	for _, s := range []string{"", "20250229", "20251301", "20250100", "2025010a", "00000000", "202501011", "17991231"} {
		if d, err := ParseCompact(s); err == nil {
			t.Errorf("%q gave %s", s, d)
		}
	}
}

func TestYears(t *testing.T) {
	if got := Of(2025, 10, 1).FiscalYear(); got != 2026 {
		t.Errorf("fiscal year of 2025-10-01 is %d", got)
	}
	if got := Of(1960, 2, 29).Age(Of(2025, 2, 28)); got != 64 {
		t.Errorf("age is %d", got)
	}
	if got := Of(1960, 2, 29).Age(Of(2025, 3, 1)); got != 65 {
		t.Errorf("age is %d", got)
	}
}
