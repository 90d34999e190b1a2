// SPDX-License-Identifier: Apache-2.0

// Package assignment assigns beneficiaries to an accountable care organisation by the
// rules of the Medicare Shared Savings Program (42 CFR 425.400 to 425.404): voluntary
// alignment, the pre-step, steps 1 to 3, prospective or with retrospective reconciliation.
//
// A result says why: the services that counted, whose they were, what they came to, and
// what would change it. Codes, specialties and dates of the rules are rows of the table
// mssp.assignment of the performance year.
package assignment

import (
	"fmt"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// group is how a clinician counts.
type group byte

const (
	noGroup      group = iota
	primary            // primary care physician
	practitioner       // nurse practitioner, physician assistant, clinical nurse specialist
	specialist         // physician of a specialty of 425.402(c)
)

func (g group) String() string {
	return [...]string{"", "primary care physician", "NP, PA or CNS", "specialist physician"}[g]
}

// place is a limit on where a primary care service counts.
type place byte

const (
	anywhere     place = iota + 1
	notInSNF           // not in a skilled nursing facility
	notInpatient       // not in an inpatient setting
	teachingOnly       // only at an electing teaching amendment hospital
)

// Rules are those of one performance year.
type Rules struct {
	Year    int
	Version string
	// Verified tells that every row was compared with the regulation's text.
	Verified bool

	groups    map[string]group // by specialty code
	services  map[string]place // by HCPCS code
	centers   map[string]CenterKind
	cahPrefix []string
	denied    string
	processed string
	step3     bool
	reach     *reachTerms // not nil: alignment under ACO REACH
	// allInStep3 counts specialists' charges in step 3, allCenter every service of a
	// health center or rural clinic.
	allInStep3, allCenter bool
}

// CenterKind is a kind of facility whose outpatient claims count (42 CFR 425.404).
type CenterKind string

// The kinds.
const (
	FQHC CenterKind = "FQHC" // federally qualified health center
	RHC  CenterKind = "RHC"  // rural health clinic
	CAH2 CenterKind = "CAH2" // critical access hospital, method II
	ETA  CenterKind = "ETA"  // electing teaching amendment hospital
)

// Load reads the rules of a performance year, or fails with a *refdata.NotLoadedError.
func Load(cat *refdata.Catalog, year int) (*Rules, error) {
	t, err := cat.Load("mssp.assignment", civil.Of(year, time.January, 1))
	if err != nil {
		return nil, err
	}
	r := &Rules{Year: year, Version: t.Version, Verified: true, groups: map[string]group{}, services: map[string]place{}, centers: map[string]CenterKind{}}
	b := t.Bind()
	kind, code, verified := b.Text("kind"), b.Text("code"), b.Text("verified")
	if b.Err() != nil {
		return nil, b.Err()
	}
	for i := range kind {
		if verified[i] != "yes" {
			r.Verified = false
		}
		if err := r.row(kind[i], code[i]); err != nil {
			return nil, fmt.Errorf("table %s %s: %w", t.ID, t.Version, err)
		}
	}
	return r, nil
}

func (r *Rules) row(kind, code string) error {
	switch kind {
	case "primary":
		r.groups[code] = primary
	case "practitioner":
		r.groups[code] = practitioner
	case "specialist":
		r.groups[code] = specialist
	case "service":
		r.services[code] = anywhere
	case "service-not-in-snf":
		r.services[code] = notInSNF
	case "service-not-inpatient":
		r.services[code] = notInpatient
	case "service-teaching":
		r.services[code] = teachingOnly
	case "bill-type":
		name, bill, ok := strings.Cut(code, ":")
		if !ok {
			return fmt.Errorf("bill type %q", code)
		}
		r.centers[bill] = CenterKind(name)
	case "cah-revenue":
		r.cahPrefix = append(r.cahPrefix, code)
	case "denied":
		r.denied += code
	case "processed":
		r.processed += code
	case "rule":
		switch code {
		case "step-3":
			r.step3 = true
		case "step-3-all-specialties":
			r.allInStep3 = true
		case "center-all-services":
			r.allCenter = true
		default:
			return fmt.Errorf("rule %q is not known", code)
		}
	default:
		return fmt.Errorf("kind %q is not known", kind)
	}
	return nil
}

// Method is how an organisation chose to have beneficiaries assigned (42 CFR 425.226).
type Method string

// The methods.
const (
	// Prospective assigns once, by the twelve months that end on 30 September before the
	// performance year.
	Prospective Method = "prospective"
	// Retrospective assigns for good by the performance year's own twelve months.
	Retrospective Method = "retrospective"
)

// Window is the span of services that decide.
type Window struct {
	Begin, End civil.Date
	// Expanded is the begin of the 24 months of step 3.
	Expanded civil.Date
}

// WindowOf is the assignment window of a performance year (42 CFR 425.20).
func WindowOf(year int, m Method) Window {
	if m == Prospective {
		return ending(year-1, time.September)
	}
	return ending(year, time.December)
}

// ending is the window of twelve months up to the end of one.
func ending(year int, month time.Month) Window {
	return Window{Begin: civil.Of(year-1, month+1, 1), End: civil.Of(year, month+1, 1).AddDays(-1), Expanded: civil.Of(year-2, month+1, 1)}
}

// Ending is the rolling window of a quarterly, preliminary assignment.
func Ending(year int, month time.Month) Window { return ending(year, month) }
