// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/woodlawn-health/woodlawn/population"
)

// readIndicators reads the definitions of ambulatory-sensitive admissions, if any are given.
func readIndicators(path string) (*population.Indicators, error) {
	if path == "" {
		return nil, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return population.ReadIndicators(file, path)
}

// printSensitive lists the stays that indicators count or leave out, with the reason.
func printSensitive(out *bufio.Writer, format string, list []population.SensitiveStay) error {
	switch format {
	case "json":
		enc := json.NewEncoder(out)
		for i := range list {
			if err := enc.Encode(&list[i]); err != nil {
				return err
			}
		}
		return nil
	case "csv":
		w := csv.NewWriter(out)
		_ = w.Write([]string{"bene_mbi_id", "indicator", "facility_ccn", "begin", "end", "claims", "principal_diagnosis", "rule", "excluded"}) // seen at the end
		for _, s := range list {
			_ = w.Write([]string{s.MBI, s.Indicator, s.Facility, s.Begin.String(), s.End.String(), strings.Trim(fmt.Sprint(s.Claims), "[]"), s.Principal, s.Rule, s.Excluded})
		}
		w.Flush()
		return w.Error()
	}
	rows := [][]string{{"MBI", "indicator", "facility", "begin", "end", "principal", "why"}}
	for _, s := range list {
		why := s.Rule
		if s.Excluded != "" {
			why = "left out, " + s.Excluded
		}
		rows = append(rows, []string{s.MBI, s.Indicator, s.Facility, s.Begin.String(), s.End.String(), s.Principal, why})
	}
	writeColumns(out, rows)
	return nil
}
