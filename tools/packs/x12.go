// SPDX-License-Identifier: Apache-2.0

package main

import (
	_ "embed"
	"fmt"

	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/refdata/layout"
)

// x12Adjustments lists the adjustment codes that Woodlawn's own outputs use, in words
// of our own.
//
//go:embed x12-adjustments.csv
var x12Adjustments []byte

func init() {
	builders["x12"] = func(string) ([]*refdata.Table, error) {
		tables, rejects, err := layout.X12Codes.Read(layout.File{Name: "x12-adjustments.csv", Data: x12Adjustments,
			Options: map[string]string{"release": "2026-11-01"}})
		if err == nil && len(rejects) > 0 {
			err = fmt.Errorf("x12-adjustments.csv: %v", rejects)
		}
		return tables, err
	}
}
