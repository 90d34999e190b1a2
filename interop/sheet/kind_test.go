// SPDX-License-Identifier: Apache-2.0

package sheet

import (
	"strings"
	"testing"
)

func TestHours(t *testing.T) {
	for in, want := range map[string]string{
		"mon-fri 08:00-17:00; sat all-day": "[{[mon tue wed thu fri] false 08:00:00 17:00:00} {[sat] true  }]",
		"Mon 09:30-10:00":                  "[{[mon] false 09:30:00 10:00:00}]",
		"":                                 "[]", "fri-mon 08:00-17:00": "[]", "mon 17:00-08:00": "[]", "mon 08:00-24:00": "[]", "mon 08:60-09:00": "[]", "xyz all-day": "[]",
	} {
		if got := strings.Trim(spans(ParseHours(in)), " "); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

func spans(list []Span) string {
	var b strings.Builder
	b.WriteString("[")
	for i, s := range list {
		if i > 0 {
			b.WriteString(" ")
		}
		b.WriteString("{[" + strings.Join(s.Days, " ") + "] ")
		b.WriteString(map[bool]string{true: "true ", false: "false "}[s.All] + s.From + " " + s.To + "}")
	}
	return b.String() + "]"
}

func FuzzCells(f *testing.F) {
	f.Add("mon-fri 08:00-17:00", "2026-01-01..2026-01-02 x")
	f.Fuzz(func(t *testing.T, h, c string) {
		for _, s := range ParseHours(h) {
			if len(s.Days) == 0 || !s.All && s.From >= s.To {
				t.Fatalf("%q: %+v", h, s)
			}
		}
		if from, to, why, ok := ParseClosed(c); ok && (to.Before(from) || why == "") {
			t.Fatalf("%q", c)
		}
	})
}
