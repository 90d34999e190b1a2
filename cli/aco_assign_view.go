// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/vbc/assignment"
)

// assignView prints assignments: a line each as csv or json, counts as a table.
type assignView struct {
	format       string
	out          io.Writer
	csv          *csv.Writer
	base         assignment.Config
	other        *assignment.Config
	lives        int
	unknown      int
	assigned     int
	steps        map[string]int
	after        map[string]int
	joined, left int
}

func newAssignView(format string, out io.Writer, base assignment.Config, other *assignment.Config) *assignView {
	v := &assignView{format: format, out: out, base: base, other: other, steps: map[string]int{}, after: map[string]int{}}
	if format == "csv" {
		v.csv = csv.NewWriter(out)
		head := []string{"bene_mbi_id", "assigned", "step", "reason", "not_met", "own_charges", "margin", "largest", "largest_charges", "latest_service", "enrollment_known", "would_change"}
		if other != nil {
			head = append(head, "assigned_after", "step_after", "reason_after")
		}
		_ = v.csv.Write(head) // the buffer's error is seen when it is flushed
	}
	return v
}

// rows tells that every beneficiary is printed.
func (v *assignView) rows() bool { return v.format != "table" }

func label(r *assignment.Result) string {
	if r.Assigned {
		return "assigned, " + string(r.Step)
	}
	return "not assigned, " + string(r.Reason)
}

func (v *assignView) add(x *assigned) error {
	v.lives++
	v.steps[label(&x.now)]++
	if x.now.EnrollmentUnknown {
		v.unknown++
	}
	if x.now.Assigned {
		v.assigned++
	}
	if x.after != nil {
		v.after[label(x.after)]++
		switch {
		case x.after.Assigned && !x.now.Assigned:
			v.joined++
		case !x.after.Assigned && x.now.Assigned:
			v.left++
		}
	}
	switch v.format {
	case "csv":
		return v.row(x)
	case "json":
		return writeAssignJSON(v.out, &x.now, x.after, nil)
	}
	return nil
}

func (v *assignView) row(x *assigned) error {
	r := &x.now
	largest, charges, latest := "", "", ""
	if len(r.Shares) > 0 {
		largest, charges, latest = r.Shares[0].Entity, r.Shares[0].Charges.String(), r.Shares[0].Latest.String()
	}
	var changes []string
	for _, c := range r.Changes {
		changes = append(changes, c.What)
	}
	rec := []string{r.MBI, strconv.FormatBool(r.Assigned), string(r.Step), string(r.Reason), r.Not, r.Own.String(), r.Margin.String(),
		largest, charges, latest, strconv.FormatBool(!r.EnrollmentUnknown), strings.Join(changes, "; ")}
	if x.after != nil {
		rec = append(rec, strconv.FormatBool(x.after.Assigned), string(x.after.Step), string(x.after.Reason))
	}
	return v.csv.Write(rec)
}

// writeAssignJSON writes one line.
func writeAssignJSON(w io.Writer, r, after *assignment.Result, t *trace.Trace) error {
	return json.NewEncoder(w).Encode(struct {
		*assignment.Result
		After *assignment.Result `json:"after,omitempty"`
		Trace *trace.Trace       `json:"trace,omitempty"`
	}{r, after, t})
}

func (v *assignView) finish() error {
	if v.csv != nil {
		v.csv.Flush()
		return v.csv.Error()
	}
	if v.format == "json" {
		return nil
	}
	w := assignment.New(v.base).Window()
	if v.base.Rules.REACH() {
		fmt.Fprintf(v.out, "%s, ACO REACH, performance year %d: alignment years from %s and from %s, to %s\n", v.base.ACO, v.base.Rules.Year, w.Expanded, w.Begin, w.End)
	} else {
		fmt.Fprintf(v.out, "%s, performance year %d, %s: window %s to %s\n", v.base.ACO, v.base.Rules.Year, v.base.Method, w.Begin, w.End)
	}
	fmt.Fprintf(v.out, "%-60s  %9d\n%-60s  %9d\n", "beneficiaries", v.lives, "assigned", v.assigned)
	labels := map[string]bool{}
	for l := range v.steps {
		labels[l] = true
	}
	for l := range v.after {
		labels[l] = true
	}
	for _, l := range slices.Sorted(maps.Keys(labels)) {
		fmt.Fprintf(v.out, "  %-58s  %9d", l, v.steps[l])
		if v.other != nil {
			fmt.Fprintf(v.out, "  after %9d", v.after[l])
		}
		fmt.Fprintln(v.out)
	}
	if v.other != nil {
		fmt.Fprintf(v.out, "%-60s  %9d\n%-60s  %9d\n", "would join", v.joined, "would leave", v.left)
	}
	if v.unknown > 0 {
		fmt.Fprintf(v.out, "%-60s  %9d\n", "of them by claims alone, enrollment not known", v.unknown)
	}
	if v.base.Rules.REACH() {
		fmt.Fprintln(v.out, "table cmmi.alignment was not compared with the model's paper; the codes and specialties of mssp.assignment stand in for the model's own")
	} else if !v.base.Rules.Verified {
		fmt.Fprintf(v.out, "table mssp.assignment %s holds codes that were not compared with the regulation's text\n", v.base.Rules.Version)
	}
	return nil
}
