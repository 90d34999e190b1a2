// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"

	"github.com/woodlawn-health/woodlawn/population"
)

// panelColumns are the metrics that the table of panels shows; JSON and CSV have all.
var panelColumns = []struct{ metric, head string }{
	{"lives", "lives"},
	{"PMPM, Part A and Part B", "PMPM"},
	{"admissions", "adm/1,000"},
	{"emergency department visits", "ED/1,000"},
	{"SNF stays", "SNF/1,000"},
	{"30-day readmissions, unplanned", "readm %"},
	{"lives with an annual visit", "annual %"},
}

func printPanels(out *bufio.Writer, format string, list []population.Panel) error {
	switch format {
	case "json":
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false) // "<11" stays readable
		for _, p := range list {
			if err := enc.Encode(p); err != nil {
				return err
			}
		}
		return nil
	case "csv":
		w := csv.NewWriter(out)
		_ = w.Write([]string{"panel", "metric", "unit", "value", "suppressed", "place", "median"}) // seen at the end
		for _, p := range list {
			for _, m := range p.Metrics {
				_ = w.Write([]string{p.Key, m.Name, m.Unit, m.Text, fmt.Sprint(m.Suppressed), m.Place, m.Median})
			}
		}
		w.Flush()
		return w.Error()
	}
	fmt.Fprintf(out, "%-12s", "panel")
	for _, c := range panelColumns {
		fmt.Fprintf(out, "  %10s", c.head)
	}
	fmt.Fprintln(out)
	for _, p := range list {
		fmt.Fprintf(out, "%-12s", p.Key)
		for _, c := range panelColumns {
			text := ""
			for _, m := range p.Metrics {
				if m.Name == c.metric {
					text = m.Text
				}
			}
			fmt.Fprintf(out, "  %10s", text)
		}
		fmt.Fprintln(out)
	}
	return nil
}
