// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// objects makes rows, of which the first is the heading, into objects for JSON.
func objects(rows [][]string) []map[string]string {
	out := []map[string]string{}
	for _, row := range rows[1:] {
		o := map[string]string{}
		for i, v := range row {
			o[rows[0][i]] = v
		}
		out = append(out, o)
	}
	return out
}

// writeRows prints rows as a table or as CSV; the first row is the heading.
func writeRows(a *App, rows [][]string) error {
	if a.Format == "csv" {
		w := csv.NewWriter(a.Out)
		rows[0] = slices.Clone(rows[0])
		for i := range rows[0] {
			rows[0][i] = strings.ToLower(rows[0][i])
		}
		return w.WriteAll(rows)
	}
	tw := tabwriter.NewWriter(a.Out, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(tw, strings.TrimRight(strings.Join(row, "\t"), "\t"))
	}
	return tw.Flush()
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
