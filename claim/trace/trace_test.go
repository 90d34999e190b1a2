// SPDX-License-Identifier: Apache-2.0

package trace

import (
	"strings"
	"testing"
)

func TestNilTraceIsOff(t *testing.T) {
	var tr *Trace
	if n := testing.AllocsPerRun(100, func() {
		if tr.On() {
			tr.Add(Step{Name: "never"})
		}
	}); n != 0 {
		t.Errorf("a trace that is off allocates %v times", n)
	}
	tr.Add(Step{})
	tr.Section("x")()
	if tr.Unverified() || tr.WriteTable(&strings.Builder{}) != nil {
		t.Error("a nil trace must answer as an empty one")
	}
}

func TestWriteTable(t *testing.T) {
	tr := New()
	end := tr.Section("Operating payment")
	tr.Add(Step{Name: "Wage-adjusted rate", Formula: "4456.72 x 1.0210 + 2295.89", Rounding: "half up to cents",
		Result: "6846.20", Table: &Row{"ipps.rates", "2026", "1"}, Cite: "42 CFR 412.64(h)", Unverified: true})
	end()
	tr.Add(Step{Name: "Total", Result: "6846.20", Inputs: []Input{In("weight", 1)}})
	var b strings.Builder
	if err := tr.WriteTable(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"  Wage-adjusted rate", "(not verified)", "rounded half up to cents",
		"[table ipps.rates 2026, row 1; 42 CFR 412.64(h)]", "\nTotal", "weight 1"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in\n%s", want, b.String())
		}
	}
	if !tr.Unverified() {
		t.Error("one unverified step makes the trace unverified")
	}
}
