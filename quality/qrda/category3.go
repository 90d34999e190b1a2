// SPDX-License-Identifier: Apache-2.0

// Package qrda writes, reads and checks the Quality Reporting Document
// Architecture: Category III, the summary that clinicians, groups and APM entities
// submit to MIPS, and Category I, one patient's data as hospitals submit it.
package qrda

import (
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
)

// CategoryIII is one summary report. Counts are of patients or episodes, as the
// measure says.
type CategoryIII struct {
	// Year is the performance year: it picks the templates.
	Year int
	// ID names the document, a UUID. The identifiers inside are derived from it, so
	// that the same report gives the same bytes.
	ID      string
	Created time.Time
	Title   string // empty: a title of the program and year
	// Software and Organization are the author, custodian and authenticator.
	Software     string
	Organization Organization

	// Program is CMS's program name: MIPS_INDIV, MIPS_GROUP, MIPS_APMENTITY, ...
	Program string
	Submitter
	// CEHRT is the CMS EHR certification ID, 15 characters; empty if none.
	CEHRT string
	// MVP is the MIPS Value Pathway, such as G0053; empty if none.
	MVP string

	From, Through civil.Date // performance period

	Measures         []MeasureResult
	Activities       []Attestation
	Interoperability []Interoperability
}

// Organization is who reports. ID is a UUID or OID, or, with Number, an OID's root.
type Organization struct{ Name, ID, Number string }

// Submitter is on whose behalf. Which fields are needed follows from the program.
type Submitter struct {
	TIN, NPI     string
	APMEntity    string
	VirtualGroup string
	Subgroup     string
}

// MeasureResult is one electronic measure's result.
type MeasureResult struct {
	ID          string // version-specific UUID of the measure
	SetID       string // version-neutral UUID; may be empty
	Title       string
	Populations []Population
	Rates       []Rate
}

// Population is one population of a measure (of one rate, where it has several).
type Population struct {
	// Code is IPOP, DENOM, DENEX, NUMER, NUMEX, DENEXCEP, MSRPOPL or MSRPOPLEX.
	Code  string
	ID    string // UUID of the population in the measure
	Count int
	// Counts by code: administrative sex, CDC race and ethnicity, and CMS payer
	// group (A Medicare, B Medicaid, C private, D other).
	Sex, Race, Ethnicity, Payer []Tally
	Strata                      []Stratum
	// Observed is the value of a continuous variable; nil for none.
	Observed *Observed
}

// Tally is a count of those with a code.
type Tally struct {
	Code  string
	Count int
}

// Stratum is the part of a population in one reporting stratum.
type Stratum struct {
	ID    string // UUID of the stratum in the measure
	Count int
}

// Observed is a measure observation's aggregate. Value is in millionths.
type Observed struct {
	ID     string // UUID of the measure observation
	Method string // MEDIAN, MEAN, SUM, ...
	Value  int64
	Unit   string
}

// Rate is a performance rate.
type Rate struct {
	Numerator string // UUID of the numerator population
	// Millionths is the rate times a million, 0 to 1,000,000.
	Millionths int64
	// Undefined says that nobody is left in the denominator.
	Undefined bool
}

// PerformanceRate is numerator / (denominator - exclusions - exceptions), rounded
// half up to six decimals, the most that CMS takes.
func PerformanceRate(numeratorID string, numerator, denominator, exclusions, exceptions int) Rate {
	rest := int64(denominator) - int64(exclusions) - int64(exceptions)
	if rest <= 0 {
		return Rate{Numerator: numeratorID, Undefined: true}
	}
	return Rate{Numerator: numeratorID, Millionths: (int64(numerator)*2_000_000 + rest) / (2 * rest)}
}

// Attestation is an improvement activity, answered with yes or no.
type Attestation struct {
	ID, Title string // such as IA_EPA_1
	Performed bool
}

// Interoperability is a Promoting Interoperability measure: Answer for those of
// yes or no, otherwise numerator and denominator.
type Interoperability struct {
	ID, Title              string // such as PI_EP_1
	Answer                 *bool
	Numerator, Denominator int
}
