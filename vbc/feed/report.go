// SPDX-License-Identifier: Apache-2.0

package feed

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/vbc/cclf"
)

// Report tells what the deliveries hold and lack, each for itself and all together.
type Report struct {
	Deliveries []Delivery // by day
	Lists      []ListReport
	Other      []string // files that are nothing of the feed
	// MissingDeliveries are the months between the first and the last delivery in which
	// none came (CMS sends one a month); MissingService those without any service between
	// the first and the last month that has.
	MissingDeliveries, MissingService []string
	// Replaced counts identifiers that were changed; Cycles and Splits the changes that
	// contradict each other.
	Replaced, Cycles, Splits int
	// Totals are of the beneficiaries, once Each or Collect has run.
	Totals Totals
}

// Delivery is the completeness of one delivery.
type Delivery struct {
	Name   string
	Date   civil.Date
	Report *cclf.Report // nil if the zip could not be opened
	Err    error
	// Records of a research file: claims or beneficiaries. A delivery's Report counts its own.
	Records int
	Service map[int]int // records by month of service (year*12 + month-1)
	// Rejected records passed the layout and hold something that is no number.
	Rejected int
	Issues   []string
}

// ListReport is the completeness of one assignment list, enrollment file or opt-out list.
type ListReport struct {
	Name            string
	Lines, Rejected int
}

// Totals count beneficiaries and what became of records.
type Totals struct {
	Beneficiaries int
	// Unknown have claims, and no CCLF8 or list that names them.
	Unknown, OptedOut, Deceased int
	// Listed have claims or a CCLF8 and no known month of enrollment.
	NoEnrollment int
	Claims       int
	Lines        int
	Adjustments  Adjustments
}

func (t *Totals) count(b *Beneficiary) {
	t.Beneficiaries++
	if !b.Known {
		t.Unknown++
	}
	if b.OptedOut {
		t.OptedOut++
	}
	if !b.Death.IsZero() {
		t.Deceased++
	}
	if len(b.Enrollment.months) == 0 {
		t.NoEnrollment++
	}
	t.Claims += len(b.Claims)
	for i := range b.Claims {
		t.Lines += len(b.Claims[i].Lines)
	}
	t.Adjustments.Add(&b.Adjustments)
}

func (t *Totals) add(o *Totals) {
	t.Beneficiaries += o.Beneficiaries
	t.Unknown += o.Unknown
	t.OptedOut += o.OptedOut
	t.Deceased += o.Deceased
	t.NoEnrollment += o.NoEnrollment
	t.Claims += o.Claims
	t.Lines += o.Lines
	t.Adjustments.Add(&o.Adjustments)
}

// finish orders the deliveries and finds the gaps between them.
func (r *Report) finish() {
	slices.SortFunc(r.Deliveries, func(a, b Delivery) int { return cmp.Or(a.Date.Sub(b.Date), strings.Compare(a.Name, b.Name)) })
	slices.SortFunc(r.Lists, func(a, b ListReport) int { return strings.Compare(a.Name, b.Name) })
	slices.Sort(r.Other)
	came, service := map[int]int{}, map[int]int{}
	files := map[string]string{}
	for i := range r.Deliveries {
		d := &r.Deliveries[i]
		for m, n := range d.Service {
			service[m] += n
		}
		if d.Date.IsZero() {
			continue
		}
		came[monthOf(d.Date)]++
		d.repeats(files)
	}
	r.MissingDeliveries, r.MissingService = gaps(came), gaps(service)
}

// repeats names files that another delivery has under the same name.
func (d *Delivery) repeats(seen map[string]string) {
	if d.Report == nil {
		return
	}
	for _, f := range d.Report.Files {
		if other, ok := seen[f.Name]; ok {
			d.Issues = append(d.Issues, f.Name+" came in "+other+" too; its records count once")
		}
		seen[f.Name] = d.Name
	}
}

// gaps are the months between the first and the last that nothing is known of.
func gaps(have map[int]int) []string {
	lo, hi := 1<<30, 0
	for m := range have {
		lo, hi = min(lo, m), max(hi, m)
	}
	var out []string
	for m := lo; m <= hi; m++ {
		if have[m] == 0 {
			out = append(out, fmt.Sprintf("%04d-%02d", m/12, m%12+1))
		}
	}
	return out
}

// Complete tells that nothing is missing, set aside or contradictory.
func (r *Report) Complete() bool {
	if len(r.MissingDeliveries)+len(r.MissingService)+r.Cycles+r.Splits > 0 {
		return false
	}
	for i := range r.Deliveries {
		if d := &r.Deliveries[i]; d.Err != nil || d.Rejected > 0 || len(d.Issues) > 0 || d.Report != nil && !d.Report.Complete() {
			return false
		}
	}
	t := &r.Totals
	return t.Unknown+t.Adjustments.LoneCancels+t.Adjustments.Unannounced+t.Adjustments.Mismatched+t.Adjustments.Orphans == 0
}

// String prints the report.
func (r *Report) String() string {
	var b strings.Builder
	for i := range r.Deliveries {
		r.Deliveries[i].write(&b)
	}
	for _, l := range r.Lists {
		fmt.Fprintf(&b, "%s: %d lines, %d set aside\n", l.Name, l.Lines, l.Rejected)
	}
	for _, name := range r.Other {
		fmt.Fprintf(&b, "%s: no file of the feed; not read\n", name)
	}
	line := func(label string, months []string) {
		if len(months) > 0 {
			fmt.Fprintf(&b, "%s: %s\n", label, spans(months))
		}
	}
	line("months without a delivery", r.MissingDeliveries)
	line("months without any service", r.MissingService)
	fmt.Fprintf(&b, "identifiers replaced: %d", r.Replaced)
	if r.Cycles+r.Splits > 0 {
		fmt.Fprintf(&b, "; contradictory: %d rings, %d split; the latest change counts", r.Cycles, r.Splits)
	}
	b.WriteByte('\n')
	t := &r.Totals
	fmt.Fprintf(&b, "beneficiaries: %d (%d known from claims alone, %d opted out, %d deceased, %d without enrollment)\n",
		t.Beneficiaries, t.Unknown, t.OptedOut, t.Deceased, t.NoEnrollment)
	a := &t.Adjustments
	fmt.Fprintf(&b, "claims: %d records, %d in force; %d cancelled, %d repeated, %d lone cancels, %d adjustments without a cancel, %d cancels of another amount, %d lines without a claim\n",
		a.Records, a.InForce, a.Cancelled, a.Repeated, a.LoneCancels, a.Unannounced, a.Mismatched, a.Orphans)
	return b.String()
}

// spans prints months, those that follow each other as a span, and no more than a dozen.
func spans(months []string) string {
	number := func(m string) int {
		var y, k int
		_, _ = fmt.Sscanf(m, "%d-%d", &y, &k) // as gaps prints them
		return y*12 + k
	}
	var out []string
	for i := 0; i < len(months); {
		j := i
		for j+1 < len(months) && number(months[j+1]) == number(months[j])+1 {
			j++
		}
		text := months[i]
		if j > i {
			text += " to " + months[j]
		}
		out = append(out, text)
		i = j + 1
	}
	const most = 12
	if n := len(out); n > most {
		return strings.Join(out[:most], ", ") + fmt.Sprintf(" and %d spans more", n-most)
	}
	return strings.Join(out, ", ")
}

func (d *Delivery) write(b *strings.Builder) {
	if d.Err != nil {
		fmt.Fprintf(b, "%v\n", d.Err)
		return
	}
	if d.Report == nil {
		fmt.Fprintf(b, "%s: %d claims or beneficiaries, %d set aside\n", d.Name, d.Records, d.Rejected)
		return
	}
	records, rejected := 0, d.Rejected
	for _, f := range d.Report.Files {
		records, rejected = records+f.Records, rejected+f.Rejected
	}
	state := "complete"
	if rejected > 0 || len(d.Issues) > 0 || !d.Report.Complete() {
		state = "not complete"
	}
	fmt.Fprintf(b, "%s: %d records, %d set aside, %s\n", d.Name, records, rejected, state)
	for _, issue := range d.Issues {
		fmt.Fprintf(b, "  %s\n", issue)
	}
	if state != "complete" {
		b.WriteString("  " + strings.ReplaceAll(strings.TrimSpace(d.Report.String()), "\n", "\n  ") + "\n")
	}
}
