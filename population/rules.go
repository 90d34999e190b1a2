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
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/quality/readmission"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// Rules are the codes and limits of the metrics.
type Rules struct {
	Version  string
	Verified bool
	// Bands are percentiles over other organisations, to compare with.
	Bands *Bands

	edRevenue       map[string]bool
	annualVisit     map[string]bool
	acute           []ccnRange // of the last four digits
	readmit         *readmission.Lists
	needs           map[string][Needs]int32
	readmissionDays int
	smallestCell    int64
}

// Load reads the rules in force at the beginning of a year.
func Load(cat *refdata.Catalog, year int) (*Rules, error) {
	t, err := cat.Load("population.rules", civil.Of(year, time.January, 1))
	if err != nil {
		return nil, err
	}
	r := &Rules{Version: t.Version, Verified: true, edRevenue: map[string]bool{}, annualVisit: map[string]bool{}}
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
		case "acute-hospital":
			first, last, ok := strings.Cut(code[i], "-")
			if !ok {
				return nil, fmt.Errorf("table %s %s: acute-hospital %q is no range", t.ID, t.Version, code[i])
			}
			r.acute = append(r.acute, ccnRange{first, last})
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
	if r.readmit, err = readmission.Load(cat, civil.Of(year, time.January, 1)); err != nil {
		return nil, err
	}
	if r.needs, err = readNeeds(cat, civil.Of(year, time.January, 1)); err != nil {
		return nil, err
	}
	if r.Bands, err = loadBands(cat); err != nil {
		return nil, err
	}
	return r, nil
}

// ccnRange is a range of the last four digits of CCNs, both ends included.
type ccnRange struct{ first, last string }
