// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"slices"

	"github.com/woodlawn-health/woodlawn/payment/mpfs"
	"github.com/woodlawn-health/woodlawn/refdata"
)

type refdataVerifyCmd struct{}

// Run decodes every table, which checks its hash, and then asks the packages that
// use the tables whether these fit together. Tables that were not compared with
// CMS's publication are told, and are no error.
func (refdataVerifyCmd) Run(a *App) error {
	cat, err := a.Catalog()
	if err != nil {
		return err
	}
	rows := [][]string{{"ID", "VERSION", "ROWS", "CONTENT", "VERIFIED"}}
	bad := 0
	for _, m := range cat.List() {
		content, verified := "ok", verifiedWord(&m)
		t, err := cat.LoadListed(m)
		if err != nil {
			content = err.Error()
			bad++
		} else if verified == "by row" {
			verified = verifiedRows(t)
		}
		rows = append(rows, []string{m.ID, m.Version, fmt.Sprint(m.Rows), content, verified})
	}
	findings := mpfs.Check(cat)
	if a.Format == "json" {
		err = writeJSON(a.Out, struct {
			Tables   []map[string]string `json:"tables"`
			Findings []string            `json:"findings"`
		}{objects(rows), findings})
	} else {
		err = writeRows(a, rows)
		for _, f := range findings {
			fmt.Fprintln(a.Err, "woodlawn:", f)
		}
	}
	if err != nil {
		return &ExitError{ExitInternal, err}
	}
	if bad+len(findings) > 0 {
		return &ExitError{ExitRejects, fmt.Errorf("%d tables are damaged, %d checks between tables failed", bad, len(findings))}
	}
	return nil
}

// verifiedRows counts the rows that say yes.
func verifiedRows(t *refdata.Table) string {
	col := slices.IndexFunc(t.Columns, func(c refdata.Column) bool { return c.Name == "verified" })
	n := 0
	for r := range t.Rows {
		if t.Cell(r, col) == "yes" {
			n++
		}
	}
	return fmt.Sprintf("%d of %d rows", n, t.Rows)
}
