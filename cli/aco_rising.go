// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
)

// printRising lists those whose second half of the year cost more than the first.
func printRising(out *bufio.Writer, format string, list []measured) error {
	switch format {
	case "json":
		enc := json.NewEncoder(out)
		for _, m := range list {
			if err := enc.Encode(map[string]any{"mbi": m.mbi, "first_half": m.halves.First, "second_half": m.halves.Second, "admissions": m.counts.Admissions, "ed_visits": m.counts.EDVisits}); err != nil {
				return err
			}
		}
		return nil
	case "csv":
		fmt.Fprintln(out, "bene_mbi_id,first_half,second_half,admissions,ed_visits")
		for _, m := range list {
			fmt.Fprintf(out, "%s,%s,%s,%d,%d\n", m.mbi, m.halves.First, m.halves.Second, m.counts.Admissions, m.counts.EDVisits)
		}
		return nil
	}
	fmt.Fprintf(out, "%-11s  %14s  %14s  %10s  %9s\n", "MBI", "January-June", "July-December", "admissions", "ED visits")
	for _, m := range list {
		fmt.Fprintf(out, "%-11s  %14s  %14s  %10d  %9d\n", m.mbi, m.halves.First, m.halves.Second, m.counts.Admissions, m.counts.EDVisits)
	}
	return nil
}
