// SPDX-License-Identifier: Apache-2.0

// Package population measures a population of beneficiaries over their timelines: member
// months, payments by category of service, use per 1,000 person-years, readmissions.
//
// Counts are whole numbers that add up in any order, so that many cores give what one
// gives. What leaves as a table has its small cells suppressed.
package population

import (
	"fmt"
	"strconv"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// Rules are the codes and limits of the metrics.
type Rules struct {
	Version  string
	Verified bool

	edRevenue       map[string]bool
	annualVisit     map[string]bool
	noIndex         map[string]bool // patient status that makes no index stay
	readmissionDays int
	smallestCell    int64
}

// Load reads the rules in force at the beginning of a year.
func Load(cat *refdata.Catalog, year int) (*Rules, error) {
	t, err := cat.Load("population.rules", civil.Of(year, time.January, 1))
	if err != nil {
		return nil, err
	}
	r := &Rules{Version: t.Version, Verified: true, edRevenue: map[string]bool{}, annualVisit: map[string]bool{}, noIndex: map[string]bool{}}
	b := t.Bind()
	kind, code, verified := b.Text("kind"), b.Text("code"), b.Text("verified")
	if b.Err() != nil {
		return nil, b.Err()
	}
	for i := range kind {
		r.Verified = r.Verified && verified[i] == "yes"
		switch kind[i] {
		case "ed-revenue":
			r.edRevenue[code[i]] = true
		case "annual-visit":
			r.annualVisit[code[i]] = true
		case "no-index-status":
			r.noIndex[code[i]] = true
		case "readmission-days", "smallest-cell":
			n, err := strconv.Atoi(code[i])
			if err != nil {
				return nil, fmt.Errorf("table %s %s: %s %q is no number", t.ID, t.Version, kind[i], code[i])
			}
			if kind[i] == "smallest-cell" {
				r.smallestCell = int64(n)
			} else {
				r.readmissionDays = n
			}
		}
	}
	if r.readmissionDays == 0 || r.smallestCell == 0 {
		return nil, fmt.Errorf("table %s %s lacks the days of a readmission or the smallest cell", t.ID, t.Version)
	}
	return r, nil
}
