// SPDX-License-Identifier: Apache-2.0

// Package trace records how a figure came about: ordered steps, each with its
// inputs, the table row it read, its rounding, its result and the regulation that
// asks for it. Pricing, grouping, measures and settlement all use it.
//
// A nil *Trace is off and costs nothing. Code on a hot path asks On before it
// makes the text of a step:
//
//	if t.On() {
//		t.Add(trace.Step{Name: "work", Result: amount.String(), Cite: "42 CFR 414.22"})
//	}
package trace

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Trace is the ordered account of one result.
type Trace struct {
	Steps []Step `json:"steps"`
	depth int
}

// New returns a trace that is on.
func New() *Trace { return &Trace{} }

// Step is one line of the account.
type Step struct {
	// Depth is 0 for the result's own steps and grows by one inside each Section.
	Depth int `json:"depth,omitempty"`
	// Name says what the step decides or computes, in the field's words.
	Name string `json:"name"`
	// Inputs are the values it started from, each with the name of its source.
	Inputs []Input `json:"inputs,omitempty"`
	// Table is the row that was read, if any.
	Table *Row `json:"table,omitempty"`
	// Formula is the arithmetic with the figures in place.
	Formula string `json:"formula,omitempty"`
	// Rounding names the rule: "half up to cents", "half up to 4 decimals".
	Rounding string `json:"rounding,omitempty"`
	// Result is what came out, as text with its unit.
	Result string `json:"result"`
	// Cite is the regulation, manual section or CMS file.
	Cite string `json:"cite,omitempty"`
	// Unverified is set if a table value behind the step was not checked against
	// its CMS source.
	Unverified bool `json:"unverified,omitempty"`
}

// Input is a named value.
type Input struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Row points at one row of one version of a reference table.
type Row struct {
	Table   string `json:"table"`
	Version string `json:"version"`
	Key     string `json:"key"`
}

// In makes an Input; value is printed with fmt.Sprint.
func In(name string, value any) Input { return Input{name, fmt.Sprint(value)} }

// On tells whether steps are recorded.
func (t *Trace) On() bool { return t != nil }

// Add records a step at the current depth. It does nothing on a nil Trace.
func (t *Trace) Add(s Step) {
	if t == nil {
		return
	}
	s.Depth = t.depth
	t.Steps = append(t.Steps, s)
}

// Section records a heading and nests what follows under it until the returned
// function is called.
func (t *Trace) Section(name string) (end func()) {
	if t == nil {
		return func() {}
	}
	t.Add(Step{Name: name})
	t.depth++
	return func() { t.depth-- }
}

// Unverified tells whether any step rests on an unchecked table value.
func (t *Trace) Unverified() bool {
	if t == nil {
		return false
	}
	for i := range t.Steps {
		if t.Steps[i].Unverified {
			return true
		}
	}
	return false
}

// WriteTable prints the trace for a person: a step a line, its sources below it.
func (t *Trace) WriteTable(w io.Writer) error {
	if t == nil {
		return nil
	}
	width := 0 // of the names; the longer lines of sources do not widen the column
	for _, s := range t.Steps {
		width = max(width, 2*s.Depth+utf8.RuneCountInString(s.Name))
	}
	b := bufio.NewWriter(w)
	for _, s := range t.Steps {
		indent := strings.Repeat("  ", s.Depth)
		mark := ""
		if s.Unverified {
			mark = "  (not verified)"
		}
		line := fmt.Sprintf("%-*s  %s%s", width, indent+s.Name, s.Result, mark)
		fmt.Fprintln(b, strings.TrimRight(line, " "))
		for _, detail := range s.details() {
			fmt.Fprintf(b, "%s    %s\n", indent, detail)
		}
	}
	return b.Flush()
}

func (s *Step) details() []string {
	var lines []string
	if s.Formula != "" {
		line := s.Formula
		if s.Rounding != "" {
			line += ", rounded " + s.Rounding
		}
		lines = append(lines, line)
	}
	if len(s.Inputs) > 0 {
		parts := make([]string, len(s.Inputs))
		for i, in := range s.Inputs {
			parts[i] = in.Name + " " + in.Value
		}
		lines = append(lines, strings.Join(parts, ", "))
	}
	var sources []string
	if s.Table != nil {
		sources = append(sources, fmt.Sprintf("table %s %s, row %s", s.Table.Table, s.Table.Version, s.Table.Key))
	}
	if s.Cite != "" {
		sources = append(sources, s.Cite)
	}
	if len(sources) > 0 {
		lines = append(lines, "["+strings.Join(sources, "; ")+"]")
	}
	return lines
}
