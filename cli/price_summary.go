// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/edi/x12"
	"github.com/woodlawn-health/woodlawn/payment/adjudicate"
)

// priceSummary adds up a run.
type priceSummary struct {
	rows   []summaryRow
	files  int
	bytes  int64
	broken []string // what was wrong with whole files or their envelopes
}

// summaryRow is the total of the claims of one system and outcome.
type summaryRow struct {
	System      string      `json:"system"`
	Outcome     string      `json:"outcome"`
	Claims      int         `json:"claims"`
	Charge      money.Cents `json:"charge"`
	Allowed     money.Cents `json:"allowed"`
	PatientOwes money.Cents `json:"patient_owes"`
	Paid        money.Cents `json:"paid"`
}

func (s *priceSummary) row(system, outcome string) *summaryRow {
	for i := range s.rows {
		if s.rows[i].System == system && s.rows[i].Outcome == outcome {
			return &s.rows[i]
		}
	}
	s.rows = append(s.rows, summaryRow{System: system, Outcome: outcome})
	return &s.rows[len(s.rows)-1]
}

func (s *priceSummary) add(r *adjudicate.Result) { s.count(r, r.Status, 1) }

// moved takes a claim that could not be written on the 835 out of the paid ones.
func (s *priceSummary) moved(r *adjudicate.Result) {
	s.count(r, adjudicate.Paid, -1)
	s.count(r, r.Status, 1)
}

func (s *priceSummary) count(r *adjudicate.Result, status adjudicate.Status, n int) {
	row := s.row(systemOf(r), status.String())
	row.Claims += n
	row.Charge += r.Charge * money.Cents(n)
	if status == adjudicate.Paid {
		row.Allowed += r.Allowed * money.Cents(n)
		row.PatientOwes += r.PatientOwes * money.Cents(n)
		row.Paid += r.Paid * money.Cents(n)
	}
}

func systemOf(r *adjudicate.Result) string {
	if r.System == "" {
		return "none"
	}
	return r.System
}

func (s *priceSummary) refused(c *claim.Claim) {
	row := s.row("none", "refused")
	row.Claims++
	row.Charge += c.Charge
}

// file notes what was wrong with a file as a whole.
func (s *priceSummary) file(rep *x12.Report) {
	s.files++
	s.bytes += rep.Bytes
	rep.Each(func(i *x12.Issue) {
		if i.ClaimID == "" && !i.Warning && len(s.broken) < 20 {
			s.broken = append(s.broken, rep.File+": "+i.Error())
		}
	})
}

// paid is the number of claims on the 835.
func (s *priceSummary) paid() int {
	n := 0
	for i := range s.rows {
		if s.rows[i].Outcome == adjudicate.Paid.String() {
			n += s.rows[i].Claims
		}
	}
	return n
}

// setAside is the number of claims, and of breaks outside claims, that are not paid.
func (s *priceSummary) setAside() int {
	n := len(s.broken)
	for i := range s.rows {
		if s.rows[i].Outcome != adjudicate.Paid.String() {
			n += s.rows[i].Claims
		}
	}
	return n
}

// print writes the summary in the format that was asked for.
func (s *priceSummary) print(a *App, files *priceFiles, took time.Duration) error {
	slices.SortStableFunc(s.rows, func(x, y summaryRow) int { return outcomeOrder(x) - outcomeOrder(y) })
	var total summaryRow
	for _, r := range s.rows {
		total.Claims += r.Claims
		total.Charge += r.Charge
		total.Allowed += r.Allowed
		total.PatientOwes += r.PatientOwes
		total.Paid += r.Paid
	}
	for _, b := range s.broken {
		fmt.Fprintln(a.Err, "woodlawn:", b)
	}
	switch a.Format {
	case "json":
		return json.NewEncoder(a.Out).Encode(struct {
			Rows     []summaryRow `json:"rows"`
			Total    summaryRow   `json:"total"`
			Files    []string     `json:"files"`
			Payments int          `json:"payments"`
			Payment  money.Cents  `json:"payment"`
			Issues   []string     `json:"issues,omitempty"`
		}{s.rows, total, files.paths(), files.totals.Transactions, files.totals.Payment, s.broken})
	case "csv":
		w := csv.NewWriter(a.Out)
		_ = w.Write([]string{"system", "outcome", "claims", "charge", "allowed", "patient_owes", "paid"})
		for _, r := range s.rows {
			_ = w.Write([]string{r.System, r.Outcome, fmt.Sprint(r.Claims), r.Charge.String(), r.Allowed.String(), r.PatientOwes.String(), r.Paid.String()})
		}
		w.Flush()
		return w.Error()
	}
	total.System, total.Outcome = "all", ""
	tw := tabwriter.NewWriter(a.Out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "System\tOutcome\tClaims\tCharges\tAllowed\tPatient owes\tMedicare pays\t")
	for _, r := range append(slices.Clone(s.rows), total) {
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", r.System, r.Outcome, thousands(int64(r.Claims)),
			dollars(r.Charge), dollars(r.Allowed), dollars(r.PatientOwes), dollars(r.Paid))
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	rate := float64(total.Claims) / max(took.Seconds(), 1e-9)
	fmt.Fprintf(a.Out, "\n%s claims in %s (%s/s); %d payments of %s in all on the 835, which balances.\n", thousands(int64(total.Claims)),
		took.Round(time.Millisecond), thousands(int64(rate)), files.totals.Transactions, dollars(files.totals.Payment))
	for _, p := range files.paths() {
		fmt.Fprintln(a.Out, " ", p)
	}
	return nil
}

// outcomeOrder puts what was paid first.
func outcomeOrder(r summaryRow) int {
	return slices.Index([]string{"paid", "returned", "unpriced", "refused"}, r.Outcome)
}

// dollars prints an amount with separators of thousands.
func dollars(c money.Cents) string {
	s := c.String()
	whole, cents := s[:len(s)-3], s[len(s)-3:]
	var n int64
	if _, err := fmt.Sscan(whole, &n); err != nil || n == 0 {
		return s
	}
	return thousands(n) + cents
}

// paths are the files that the run has left.
func (s *priceFiles) paths() []string {
	list := make([]string, len(s.names))
	for i, n := range s.names {
		list[i] = filepath.Join(s.dir, n)
	}
	slices.Sort(list)
	return list
}
