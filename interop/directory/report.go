// SPDX-License-Identifier: Apache-2.0

package directory

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/interop/sheet"
)

// Report is what became of a directory's rows, and how old they were when they
// were published.
type Report struct {
	Day   string `json:"day"` // of the build
	Limit Limit  `json:"limit"`
	Kinds []Sum  `json:"kinds"`
	Late  []Late `json:"late,omitempty"` // the first of them
}

// Limit is the time within which a payer must publish.
type Limit struct {
	Program  string `json:"program"`
	Days     int    `json:"days"`
	Verified bool   `json:"verified"`
	Cite     string `json:"cite"`
	Table    string `json:"table"`
	Row      int    `json:"row"`
}

// Sum counts the rows of a sheet.
type Sum struct {
	sheet.Sum
	New     int `json:"new"`     // published by this build
	Late    int `json:"late"`    // published after the limit
	Longest int `json:"longest"` // days from receipt to publication
}

// Late is a row that was published after the limit.
type Late struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
	Days int    `json:"days"`
}

const maxLate = 100 // listed one by one

// finish puts the counts of rows beside the ages.
func (r *Report) finish(day civil.Date, sums []sheet.Sum) {
	r.Day = day.String()
	ages := r.Kinds
	r.Kinds = nil
	for _, v := range sums {
		sum := Sum{Sum: v}
		for _, a := range ages {
			if a.Kind == v.Kind {
				sum.New, sum.Late, sum.Longest = a.New, a.Late, a.Longest
			}
		}
		r.Kinds = append(r.Kinds, sum)
	}
}

func (r *Report) kind(name string) *Sum {
	for i := range r.Kinds {
		if r.Kinds[i].Kind == name {
			return &r.Kinds[i]
		}
	}
	r.Kinds = append(r.Kinds, Sum{Sum: sheet.Sum{Kind: name}})
	return &r.Kinds[len(r.Kinds)-1]
}

func (r *Report) age(kind, id string, days int, isNew bool) {
	sum := r.kind(kind)
	if isNew {
		sum.New++
	}
	sum.Longest = max(sum.Longest, days)
	if days > r.Limit.Days {
		if sum.Late++; len(r.Late) < maxLate {
			r.Late = append(r.Late, Late{kind, id, days})
		}
	}
}

// Rejected is how many rows did not become resources.
func (r *Report) Rejected() (n int) {
	for _, s := range r.Kinds {
		n += s.Rejected
	}
	return n
}

// Write prints the report as a table.
func (r *Report) Write(w io.Writer) error {
	var b strings.Builder
	tw := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "Sheet\tRows\tPublished\tof them new\tRejected\tLongest days\tLate\t")
	for _, s := range r.Kinds {
		if s.Rows > 0 {
			fmt.Fprintf(tw, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t\n", s.Kind, s.Rows, s.Written, s.New, s.Rejected, s.Longest, s.Late)
		}
	}
	tw.Flush()
	sure := ""
	if !r.Limit.Verified {
		sure = ", not verified"
	}
	fmt.Fprintf(&b, "\nLate is more than %d calendar days from receipt to publication [table %s, row %d; %s%s].\n", r.Limit.Days, r.Limit.Table, r.Limit.Row, r.Limit.Cite, sure)
	for _, l := range r.Late {
		fmt.Fprintf(&b, "  %s %s: %d days\n", l.Kind, l.ID, l.Days)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
